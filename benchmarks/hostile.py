"""Time what a hostile project can ask of ctxopt, at a size and at twice that size.

    python benchmarks/hostile.py [--only NAME] [--limit SECONDS] [--scale 1.0]

Each case writes a project and runs one command on it in a process of its own. Prints the processor's seconds for both
sizes and their ratio: 2 is linear, 4 grows with the square. Exits with 1 if a run takes longer than the
limit or ends in a traceback.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """A project of some size, made in an empty directory, and the command that is run there."""

    name: str
    size: int
    make: Callable[[Path, int], None]
    command: tuple[str, ...] = ("analyze",)


def _project(
    root: Path, *, ignore: str = "", dockerfile: str = "FROM scratch\nCOPY . /\n", names: tuple[str, ...] = ()
) -> None:
    (root / "Dockerfile").write_text(dockerfile)
    if ignore:
        (root / ".dockerignore").write_text(ignore)
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


#: Names as long as a file system takes, which nearly match what a backtracking engine would try for ages.
_LONG = tuple("a" * length for length in range(155, 255))


def _patterns(line: Callable[[int], str], names: tuple[str, ...] = _LONG) -> Callable[[Path, int], None]:
    """An ignore file of one pattern of about so many characters."""
    return lambda root, size: _project(root, ignore=line(size) + "\n", names=names)


def _many(line: Callable[[int], str], names: int = 1000) -> Callable[[Path, int], None]:
    """An ignore file of so many patterns."""
    there = tuple(f"d{number % 40}/name{number}.txt" for number in range(names))
    return lambda root, size: _project(root, ignore="".join(line(i) + "\n" for i in range(size)), names=there)


def _instructions(
    line: Callable[[int], str], head: str = "FROM scratch\n", names: int = 0
) -> Callable[[Path, int], None]:
    """A Dockerfile of so many instructions."""
    there = tuple(f"d{number % 40}/name{number}.txt" for number in range(names)) or ("a", "b/c")
    return lambda root, size: _project(
        root, dockerfile=head + "".join(line(i) + "\n" for i in range(size)), names=there
    )


def _sources(flags: str, source: Callable[[int], str]) -> Callable[[Path, int], None]:
    """One COPY of so many sources, over a thousand files."""
    there = tuple(f"d{number % 40}/fN{number}" if number % 2 else f"cN{number}" for number in range(1000))

    def write(root: Path, size: int) -> None:
        # In lines that are continued: one line may only be so long.
        text = " ".join(f"{source(number)}{'' if number % 100 else chr(92) + chr(10)}" for number in range(size))
        _project(root, dockerfile=f"FROM scratch\nCOPY {flags} {text} /x/\n", names=there)

    return write


def _word(make: Callable[[int], str]) -> Callable[[Path, int], None]:
    """A Dockerfile made of one text of a size."""
    return lambda root, size: _project(root, dockerfile=make(size), names=("a", "b/c", "b/" + "x" * 200))


def _secrets(root: Path, size: int) -> None:
    names = tuple(f"d{number}/.env" for number in range(1000))
    _project(root, dockerfile="FROM scratch\n" + "".join(f"COPY d{i} /x{i}\n" for i in range(size)), names=names)


def _secrets_and_broad(root: Path, size: int) -> None:
    names = tuple(f"d{number}/.env" for number in range(1000))
    _project(root, dockerfile="FROM scratch\n" + "".join(f"COPY . /x{i}\n" for i in range(size)), names=names)


def _deep(root: Path, size: int) -> None:
    _project(root, ignore="**/*.log\n!**/keep*\n")
    here = os.getcwd()
    os.chdir(root)
    try:
        for _ in range(size):
            os.mkdir("d")
            os.chdir("d")
            Path("file").touch()
    finally:
        os.chdir(here)


def _wide(root: Path, size: int) -> None:
    for number in range(size):
        (root / f"d{number}").mkdir()
        (root / f"d{number}/file").touch()
    _project(root, dockerfile="FROM scratch\nCOPY d0 /\n")


def git(root: Path, *arguments: str) -> None:
    settings = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *settings, *arguments], cwd=root, check=True, capture_output=True)


def changing_link(root: Path, size: int) -> None:
    """A repository with so many commits, in each of which a link leads elsewhere."""
    _project(root, names=tuple(f"d{number % 40}/f{number}" for number in range(1000)))
    git(root, "init", "--quiet")
    for number in range(size):
        (root / "link").unlink(missing_ok=True)
        (root / "link").symlink_to(f"d{number % 40}")
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message", f"{number}")


def _pipe_of_excludes(root: Path, size: int) -> None:
    """A repository with a pipe that nobody writes to, where git would look for what it ignores."""
    _project(root, names=("a", "b.log"))
    git(root, "init", "--quiet")
    (root / ".git/info").mkdir(exist_ok=True)
    (root / ".git/info/exclude").unlink(missing_ok=True)
    os.mkfifo(root / ".git/info/exclude")


def _files(make: Callable[[int], dict[str, str]]) -> Callable[[Path, int], None]:
    """A project of these files."""

    def write(root: Path, size: int) -> None:
        _project(root)
        for name, text in make(size).items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return write


def _compose(make: Callable[[int], str]) -> Callable[[Path, int], None]:
    def write(root: Path, size: int) -> None:
        _project(root)
        (root / "compose.yaml").write_text(make(size))

    return write


def _group(size: int) -> str:
    return 'group "default" { targets = [' + ", ".join(f'"t{i}"' for i in range(size)) + "] }\n"


def _bake(make: Callable[[int], str], name: str = "docker-bake.hcl") -> Callable[[Path, int], None]:
    def write(root: Path, size: int) -> None:
        _project(root)
        (root / name).write_text(make(size))

    return write


def _config(make: Callable[[int], str]) -> Callable[[Path, int], None]:
    def write(root: Path, size: int) -> None:
        _project(root)
        (root / "ctxopt.toml").write_text(make(size))

    return write


def _bomb(size: int) -> str:
    """Each line holds the one before it several times."""
    lines = ['x-a0: &a0 ["lol"]'] + [f"x-a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, size)]
    return "\n".join(lines) + f"\nservices:\n  web:\n    build: {{context: ., args: *a{size - 1}}}\n"


_COMPOSE = ("check", "--compose", "compose.yaml")
_BAKE = ("check", "--bake", "docker-bake.hcl")

CASES = (
    # Patterns that a backtracking engine tries for ages.
    Case("stars in a pattern", 10_000, _patterns(lambda n: "*a" * (n // 2) + "b")),
    Case("double stars in a pattern", 10_000, _patterns(lambda n: "**/" * (n // 3) + "b*c*d")),
    Case("classes and stars in a pattern", 10_000, _patterns(lambda n: "[a-z]*" * (n // 6) + "!")),
    Case("double stars and classes", 10_000, _patterns(lambda n: "**[a-z]/" * (n // 8) + "b")),
    Case("a long class", 20_000, _patterns(lambda n: "x*[" + "b-c" * (n // 3) + "]z")),
    Case("counted repetitions", 20, _patterns(lambda n: "a{1000}" * n + "*b")),
    Case("many lines of stars", 100, _patterns(lambda n: "\n".join(f"*{'a*' * 50}{i}" for i in range(n)))),
    Case("a line of a megabyte", 1_000_000, _patterns(lambda n: "a*" * (n // 2))),
    # Very many patterns.
    Case("plain patterns", 10_000, _many(lambda i: f"nothing{i}")),
    Case("patterns for any directory", 10_000, _many(lambda i: f"**/nothing{i}")),
    Case("paths", 10_000, _many(lambda i: f"d{i % 40}/nothing{i}")),
    Case("patterns with stars", 10_000, _many(lambda i: f"n*{i}x")),
    Case("patterns with inner stars", 10_000, _many(lambda i: f"**/n*{i}*x")),
    Case("endings", 10_000, _many(lambda i: f"**/*.{i}x")),
    Case("beginnings", 10_000, _many(lambda i: f"d*/n{i}x*")),
    Case("exceptions by turns", 10_000, _many(lambda i: f"{'!' * (i % 2)}d{i % 40}/name{i // 2}.txt")),
    Case("wild exceptions by turns", 10_000, _many(lambda i: f"{'!' * (i % 2)}**/name{i // 2}.*")),
    Case("patterns that match all", 10_000, _many(lambda i: ("!" if i % 2 else "") + "**")),
    Case("directories at any depth, with more below", 2_000, _many(lambda i: f"**/dir{i}/*.x")),
    Case("patterns of stars on both sides", 4_000, _many(lambda i: f"*{i}*")),
    Case("double stars in one name", 26_000, _patterns(lambda n: "a**" * (n // 3))),
    Case("two megabytes of patterns", 50_000, _many(lambda i: f"d{i % 40}/nothing{i}x{i}")),
    Case("two megabytes of patterns, generate", 50_000, _many(lambda i: f"d{i % 40}/nothing{i}x{i}"), ("generate",)),
    Case("empty lines", 1_500_000, _many(lambda i: "")),
    Case("patterns, generate", 5_000, _many(lambda i: f"d{i % 40}/nothing{i}"), ("generate",)),
    # Trees.
    Case("a deep tree", 2_000, _deep),
    Case("a deep tree, generate", 1_000, _deep, ("generate",)),
    Case("a wide tree, --top", 2_000, _wide, ("analyze", "--top", "5000")),
    # Dockerfiles.
    Case("broad COPY lines", 1_000, _instructions(lambda i: f"COPY . /x{i}", names=400)),
    Case("overlapping COPY lines", 1_000, _instructions(lambda i: f"COPY d{i % 40} d{i * 7 % 40} /x{i}/", names=400)),
    Case("wild COPY lines", 1_000, _instructions(lambda i: f"COPY d*/name{i}* /x{i}/", names=400)),
    Case("missing sources", 2_000, _instructions(lambda i: f"COPY missing{i} /x{i}/")),
    Case("excludes", 1_000, _instructions(lambda i: f"COPY --exclude=**/x{i} . /x{i}/", names=400)),
    Case("a source of stars", 10_000, _word(lambda n: f"FROM scratch\nCOPY {'*x' * (n // 2)} b /y/\n")),
    Case("a source of directories", 10_000, _word(lambda n: f"FROM scratch\nCOPY {'*/' * (n // 2)}x /y/\n")),
    Case("a source of classes", 10_000, _word(lambda n: f"FROM scratch\nCOPY {'[x-z]*' * (n // 6)} /y/\n")),
    Case("very many sources", 5_000, _word(lambda n: "FROM scratch\nCOPY " + "a b/c " * n + "/y/\n")),
    Case(
        "a chain of stages", 5_000, _instructions(lambda i: f"FROM s{i - 1} AS s{i}" if i else "FROM scratch AS s0", "")
    ),
    Case(
        "a chain of stages with variables",
        2_000,
        _instructions(lambda i: (f"FROM s{i - 1} AS s{i}" if i else "FROM scratch AS s0") + f"\nENV v{i}=1", ""),
    ),
    Case(
        "stages that copy from each other",
        2_000,
        _instructions(lambda i: f"FROM scratch AS s{i}\n" + (f"COPY --from=s{i - 1} / /\n" if i else "COPY a /\n"), ""),
    ),
    Case(
        "triggers in a chain",
        1_000,
        _instructions(lambda i: f"FROM s{i - 1} AS s{i}\nONBUILD COPY a /" if i else "FROM scratch AS s0", ""),
    ),
    Case(
        "unset arguments",
        100,
        _word(
            lambda n: (
                "FROM scratch\n"
                + "".join(f"ARG a{i}\n" for i in range(n))
                + f"COPY {''.join(f'${{a{i}}}' for i in range(n))} /x/\n" * n
            )
        ),
    ),
    Case("variables", 5_000, _instructions(lambda i: f"ENV v{i}=${{v{i - 1}}}x")),
    Case("a replacement", 2_000, _word(lambda n: f"FROM scratch\nENV x={'a' * n}\nCOPY ${{x//{'a' * n}b/c}} /y\n")),
    Case(
        "a replacement with stars",
        2_000,
        _word(lambda n: f"FROM scratch\nENV x={'a' * n}\nCOPY b${{x//{'a*' * n}b/c}} /y\n"),
    ),
    Case("a prefix", 5_000, _word(lambda n: f"FROM scratch\nENV x={'a' * n}\nCOPY b${{x##{'a*' * n}b}} /y\n")),
    Case(
        "many replacements",
        50,
        _word(lambda n: f"FROM scratch\nENV x={'a' * 900}\n" + f"ENV y=${{x//{'?' * 899}b/c}}\n" * n),
    ),
    Case(
        "a RUN that the grammar does not know",
        8_000,
        _word(lambda n: f"FROM scratch\nCOPY . /\nRUN {'(' * n}\n"),
        ("generate", "--level", "likely"),
    ),
    Case(
        "many such RUNs",
        4,
        _word(lambda n: "FROM scratch\nCOPY . /\n" + ("RUN " + "$((" * 2600 + "\n") * n),
        ("generate", "--level", "likely"),
    ),
    Case("continued lines", 50_000, _word(lambda n: "FROM scratch\nRUN a " + "\\\n b " * n + "\n")),
    Case("here-documents", 2_000, _instructions(lambda i: f"COPY <<E{i} /x\ntext\nE{i}")),
    Case(
        "unused COPY of stages, stages",
        1_000,
        _instructions(lambda i: f"FROM scratch AS s{i}\nCOPY . /\n", ""),
        ("stages",),
    ),
    Case(
        "COPY . / into a stage, stages",
        1_000,
        lambda root, n: _project(
            root, dockerfile="FROM scratch\n" + "COPY . /\n" * n, names=tuple(f"d{i % 40}/f{i}" for i in range(1000))
        ),
        ("stages",),
    ),
    Case(
        "sources at any depth",
        2_000,
        lambda root, n: _project(
            root,
            dockerfile="FROM scratch\nCOPY --parents " + " ".join(f"**/a{i}*" for i in range(n)) + " /x/\n",
            names=tuple(f"d{i % 40}/f{i}" for i in range(1000)),
        ),
    ),
    Case("sources at any depth, each of its own", 3_000, _sources("--parents", lambda i: f"**/fN{i}*")),
    Case("paths with parents, each of its own", 3_000, _sources("--parents", lambda i: f"d{i % 40}/fN{i}*")),
    Case("sources of a class and a name", 3_000, _sources("", lambda i: f"[a-g]N{i}*")),
    Case("sources of a class and a name, stages", 3_000, _sources("", lambda i: f"[a-g]N{i}*"), ("stages",)),
    Case("stages", 20_000, _word(lambda n: "".join(f"FROM scratch AS s{i}\n" for i in range(n)))),
    Case("stages, stages", 10_000, _word(lambda n: "".join(f"FROM scratch AS s{i}\n" for i in range(n))), ("stages",)),
    Case(
        "stages that copy, --each-target",
        400,
        _word(lambda n: "".join(f"FROM scratch AS s{i}\nCOPY . /\n" for i in range(n))),
        ("stages", "--each-target"),
    ),
    Case(
        "a chain of stages that copy, --each-target",
        140,
        _instructions(
            lambda i: (
                (f"FROM s{i - 1} AS s{i}\n" if i else "FROM scratch AS s0\n")
                + "".join(f"COPY d{(i * 7 + j) % 40} /x{i}/{j}/\nRUN make t{j}\n" for j in range(10))
            ),
            "",
            names=1000,
        ),
        ("stages", "--each-target"),
    ),
    Case(
        "sources of one sign, many",
        8_000,
        lambda root, n: _project(
            root, dockerfile="FROM scratch\nCOPY " + "*? " * n + "/x/\n", names=tuple(f"f{i}" for i in range(1000))
        ),
    ),
    Case(
        "the same sources at any depth",
        5_000,
        lambda root, n: _project(
            root,
            dockerfile="FROM scratch\nCOPY --parents " + "**/f* " * n + "/x/\n",
            names=tuple(f"d{i % 40}/f{i}" for i in range(1000)),
        ),
    ),
    Case("sources that each match all files", 3_000, _sources("", lambda i: f"[c-d]*{'*' * (i % 7)}[0-9N{i}]")),
    Case("sources that each match half", 3_000, _sources("", lambda i: f"d*/fN*[13579{i}]*")),
    Case(
        "excludes of one file each",
        1_000,
        _instructions(lambda i: f"COPY --exclude=**/name{i}.txt . /x{i}/", names=1000),
    ),
    Case("excludes that match all", 1_000, _instructions(lambda i: f"COPY --exclude=**/*[t{i}] . /x{i}/", names=1000)),
    Case(
        "excludes of one COPY",
        3_000,
        _word(lambda n: "FROM scratch\nCOPY " + "".join(f"--exclude=**/name{i}* \\\n" for i in range(n)) + ". /x/\n"),
    ),
    Case("arguments and commands", 2_000, _instructions(lambda i: f"ARG a{i}=b{i}\nRUN echo $a{i}", names=1000)),
    Case("variables and commands", 2_000, _instructions(lambda i: f"ENV a{i}=b{i}\nRUN cp $a{i} /x$a{i}", names=1000)),
    Case("directories and commands", 2_000, _instructions(lambda i: f"WORKDIR a{i}\nRUN cat b{i}", names=1000)),
    Case("copies and their removal", 1_000, _instructions(lambda i: f"COPY . /x{i}\nRUN rm -rf /x{i}", names=1000)),
    Case("copies and their removal in one", 2_000, _instructions(lambda i: f"COPY d{i % 40} /x{i}", names=1000)),
    Case("copies and their owner", 1_000, _instructions(lambda i: f"COPY . /x{i}\nRUN chown -R a /x{i}", names=1000)),
    Case(
        "copies of one file and commands",
        1_000,
        _instructions(lambda i: f"COPY d1/name1.txt /x\nRUN cat /x/y{i}", names=1000),
    ),
    Case("broad copies and commands", 2_000, _instructions(lambda i: f"COPY . .\nRUN make x{i}", names=1000)),
    Case(
        "commands",
        2_000,
        _instructions(lambda i: f"RUN cat name{i}.txt && npm ci", "FROM node\nCOPY . .\n", names=1000),
    ),
    Case(
        "commands of one RUN",
        5_000,
        _word(
            lambda n: (
                "FROM node\nCOPY . .\nRUN a " + "".join(f"&& cat d{i % 40}/name{i}.txt \\\n" for i in range(n)) + "\n"
            )
        ),
    ),
    Case("mounts", 2_000, _instructions(lambda i: f"RUN --mount=type=bind,target=/x{i} cat /x{i}/y", names=1000)),
    Case(
        "mounts of one RUN",
        2_000,
        _word(
            lambda n: (
                "FROM scratch\nRUN " + "".join(f"--mount=type=bind,target=/x{i} \\\n" for i in range(n)) + "true\n"
            )
        ),
    ),
    Case(
        "paths of stages",
        2_000,
        _instructions(
            lambda i: f"FROM scratch AS s{i}\n" + (f"COPY --from=s{i - 1} /a{i - 1} /a{i}\n" if i else "COPY . /a0\n"),
            "",
            names=1000,
        ),
    ),
    Case(
        "paths of one stage",
        2_000,
        _instructions(
            lambda i: f"COPY --from=s /d{i % 40}/name{i}.txt /a{i}",
            "FROM scratch AS s\nCOPY . /\nFROM scratch\n",
            names=1000,
        ),
    ),
    Case(
        "all of one stage",
        2_000,
        _instructions(lambda i: f"COPY --from=s / /a{i}", "FROM scratch AS s\nCOPY . /\nFROM scratch\n", names=1000),
    ),
    Case("secrets, a directory each", 2_000, _secrets),
    Case("secrets and broad COPY lines", 2_000, _secrets_and_broad),
    # Links, and what git reads.
    Case("git's patterns", 5_000, _files(lambda n: {".gitignore": "".join(f"/d{i % 40}/no{i}*\n" for i in range(n))})),
    Case(
        "git's attributes",
        5_000,
        _files(lambda n: {".gitattributes": "".join(f"/d{i % 40}/no{i}* text\n" for i in range(n))}),
    ),
    Case("a link that changes in each commit, cache", 100, changing_link, ("cache", "--commits", "1000")),
    Case("a pipe as git's file of excludes", 1, _pipe_of_excludes, ("generate", "--level", "likely")),
    # What declares builds, and the configuration.
    Case("a YAML bomb", 20, _compose(_bomb), _COMPOSE),
    Case(
        "YAML merges",
        300,
        _compose(
            lambda n: (
                "x-a: &a {"
                + ", ".join(f"k{i}: 1" for i in range(n))
                + "}\nservices:\n"
                + "".join(f"  s{i}:\n    <<: *a\n    build: .\n" for i in range(n))
            )
        ),
        _COMPOSE,
    ),
    Case("deep YAML", 100_000, _compose(lambda n: "[" * n), _COMPOSE),
    Case(
        "YAML of services",
        200,
        _compose(lambda n: "services:\n" + "".join(f"  s{i}:\n    build: .\n" for i in range(n))),
        _COMPOSE,
    ),
    Case(
        "YAML of services with Dockerfiles in line",
        200,
        _compose(
            lambda n: (
                "services:\n"
                + "".join(
                    f"  s{i}:\n    build:\n      context: .\n      dockerfile_inline: |\n"
                    "        FROM scratch\n        COPY . /\n"
                    for i in range(n)
                )
            )
        ),
        _COMPOSE,
    ),
    Case(
        "YAML of services with contexts",
        200,
        _compose(lambda n: "services:\n" + "".join(f"  s{i}:\n    build: d{i % 40}\n" for i in range(n))),
        _COMPOSE,
    ),
    Case(
        "YAML of services with targets",
        200,
        _files(
            lambda n: {
                "compose.yaml": "services:\n"
                + "".join(f"  s{i}:\n    build:\n      context: .\n      target: t{i}\n" for i in range(n)),
                "Dockerfile": "".join(f"FROM scratch AS t{i}\nCOPY . /\n" for i in range(n)),
            }
        ),
        _COMPOSE,
    ),
    Case(
        "YAML interpolation",
        20_000,
        _compose(lambda n: "services:\n  a:\n    build:\n      context: " + "${a:-" * n + "\n"),
        _COMPOSE,
    ),
    Case("a YAML text of spaces", 500_000, _compose(lambda n: "a:" + " " * n + "b\n" + "? " * 1000), _COMPOSE),
    Case(
        "HCL of targets with a context each",
        150,
        _bake(lambda n: "".join(f'target "t{i}" {{ args = {{ a = "{i}" }} }}\n' for i in range(n)) + _group(n)),
        _BAKE,
    ),
    # What evidence reads.
    Case(
        "tasks that run each other",
        2_000,
        _files(
            lambda n: {
                "package.json": '{"scripts": {' + ", ".join(f'"s{i}": "npm run s{i + 1}"' for i in range(n)) + "}}",
                "Dockerfile": "FROM node\nCOPY . .\nRUN npm ci && npm run s0\n",
            }
        ),
        ("generate", "--level", "likely"),
    ),
    Case(
        "tasks that run two others each",
        2_000,
        _files(
            lambda n: {
                "package.json": '{"scripts": {'
                + ", ".join(f'"s{i}": "npm run s{i * 2 + 1} && npm run s{i * 2 + 2}"' for i in range(n))
                + "}}",
                "Dockerfile": "FROM node\nCOPY . .\nRUN npm ci && npm run s0\n",
            }
        ),
        ("generate", "--level", "likely"),
    ),
    Case(
        "rules of make",
        2_000,
        _files(
            lambda n: {
                "Makefile": "".join(f"t{i}: t{i + 1}\n\tcat d{i % 40}/name{i}.txt\n" for i in range(n)),
                "Dockerfile": "FROM debian\nCOPY . .\nRUN make t0\n",
            }
        ),
        ("generate", "--level", "likely"),
    ),
    Case(
        "variables of make",
        2_000,
        _files(
            lambda n: {
                "Makefile": "".join(f"v{i} = $(v{i + 1}) $(v{i + 1})\n" for i in range(n)) + "t:\n\tcat $(v0)\n",
                "Dockerfile": "FROM debian\nCOPY . .\nRUN make t\n",
            }
        ),
        ("generate", "--level", "likely"),
    ),
    Case(
        "a script",
        5_000,
        _files(
            lambda n: {
                "run.sh": "".join(f"cat d{i % 40}/name{i}.txt\n" for i in range(n)),
                "Dockerfile": "FROM debian\nCOPY . .\nRUN sh run.sh\n",
            }
        ),
        ("generate", "--level", "likely"),
    ),
    Case(
        "members of a workspace",
        5_000,
        _files(
            lambda n: {
                "package.json": '{"workspaces": [' + ", ".join(f'"d*/n*{i}"' for i in range(n)) + "]}",
                "Dockerfile": "FROM node\nCOPY . .\nRUN npm ci\n",
            }
        ),
        ("generate", "--level", "likely"),
    ),
    Case(
        "jobs of a workflow",
        500,
        _files(
            lambda n: {
                ".github/workflows/a.yml": "on: push\njobs:\n"
                + "".join(
                    f"  j{i}:\n    runs-on: a\n    steps:\n    - uses: actions/checkout@v4\n"
                    f"    - run: docker build -t a{i} .\n"
                    for i in range(n)
                )
            }
        ),
        ("generate", "--level", "likely"),
    ),
    Case(
        "code that names files",
        5_000,
        _files(
            lambda n: {
                "main.py": "".join(f'open("d{i % 40}/name{i}.txt")\n' for i in range(n)),
                "Dockerfile": "FROM python\nCOPY . .\nRUN python main.py\n",
                ".gitignore": "*.txt\n",
            }
        ),
        ("generate", "--level", "likely"),
    ),
    Case("HCL of braces", 50_000, _bake(lambda n: "{" * n), _BAKE),
    Case("HCL of brackets", 2_000, _bake(lambda n: 'target "a" { args = {a = ' + "[" * n + "]" * n + "} }"), _BAKE),
    Case("HCL of operators", 5_000, _bake(lambda n: 'target "a" { args = {a = "${1' + "+1" * n + '}"} }'), _BAKE),
    Case("HCL of not", 3_000, _bake(lambda n: 'target "a" { args = {a = ' + "!" * n + "true} }"), _BAKE),
    Case("HCL of conditions", 300, _bake(lambda n: 'target "a" { args = {a = ' + "true ? 1 : " * n + "2} }"), _BAKE),
    Case(
        "HCL of templates",
        300,
        _bake(lambda n: 'target "a" { args = {a = ' + '"${' * n + "1" + '}"' * n + "} }"),
        _BAKE,
    ),
    Case("HCL of here-documents", 1_000, _bake(lambda n: "".join(f"x{i} = <<E{i}\n" for i in range(n))), _BAKE),
    Case("HCL of comments", 20_000, _bake(lambda n: "/*" * n), _BAKE),
    Case("HCL of quotes", 20_000, _bake(lambda n: 'a = "' + "\\\\" * n), _BAKE),
    Case(
        "HCL of targets",
        150,
        _bake(lambda n: "".join(f'target "t{i}" {{ inherits = ["t{i - 1}"] }}\n' for i in range(n))),
        _BAKE,
    ),
    Case(
        "a matrix",
        10,
        _bake(
            lambda n: (
                'target "a" { name = "x"\n matrix = {' + ", ".join(f"v{i} = [1,2,3,4,5]" for i in range(n)) + "} }"
            )
        ),
        _BAKE,
    ),
    Case(
        "suppressions",
        1_000,
        _config(
            lambda n: "".join(f'[[suppress]]\nrule = "CTX001"\npath = "a{i}/**"\nreason = "b"\n' for i in range(n))
        ),
        ("check",),
    ),
    Case(
        "suppressions of as many findings",
        1_000,
        _files(
            lambda n: {
                "ctxopt.toml": "".join(
                    f'[[suppress]]\nrule = "CTX001"\npath = "a{i}/**"\nreason = "b"\n' for i in range(n)
                ),
                "Dockerfile": "FROM scratch\n" + "".join(f"ADD http://a/b{i} /x\nRUN cd /x{i}\n" for i in range(n)),
            }
        ),
        ("check",),
    ),
    Case("deep TOML", 50_000, _config(lambda n: "a = " + "[" * n), ("check",)),
    Case("deep TOML of tables", 20_000, _config(lambda n: "a = " + "{b = " * n), ("check",)),
    Case("TOML keys", 20_000, _config(lambda n: "".join(f"a{i}.b.c = 1\n" for i in range(n))), ("check",)),
    Case("TOML tables", 10_000, _config(lambda n: "".join(f"[a{i}.b]\n" for i in range(n))), ("check",)),
    Case(
        "TOML headers of many parts",
        10_000,
        _config(lambda n: "".join(f"[{'a.' * 40}a{i}]\n" for i in range(n // 10))),
        ("check",),
    ),
)


@contextmanager
def empty_directory() -> Iterator[Path]:
    """An empty directory; Python's own way to remove one gives up on very deep trees."""
    made = tempfile.mkdtemp()
    try:
        yield Path(made)
    finally:
        subprocess.run(["rm", "-rf", made], check=True)


def processor_seconds() -> float:
    """What all processes that were waited for have taken, whatever else the machine did."""
    times = os.times()
    return times.children_user + times.children_system


def _seconds(case: Case, size: int, limit: float) -> tuple[float, str]:
    """How long a run takes, and what is wrong with it ("" for nothing)."""
    with empty_directory() as root:
        case.make(root, size)
        started = processor_seconds()
        try:
            done = subprocess.run(
                [sys.executable, "-m", "ctxopt", *case.command],
                cwd=root,
                capture_output=True,
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return limit, "took too long"
        seconds = processor_seconds() - started
        if b"Traceback" in done.stderr or done.returncode not in (0, 1, 2):
            return seconds, done.stderr.decode(errors="replace").strip().splitlines()[-1:][0][:100]
        return seconds, ""


def main() -> int:
    parser = argparse.ArgumentParser(description="Time what a hostile project can ask of ctxopt.")
    parser.add_argument("--only", default="", help="Cases whose name holds this.")
    parser.add_argument("--after", default="", help="The cases that come after the one of this name.")
    parser.add_argument("--limit", type=float, default=60, help="Seconds after which a run is stopped.")
    parser.add_argument("--scale", type=float, default=1.0, help="A factor for all sizes.")
    options = parser.parse_args()
    failed = False
    names = [case.name for case in CASES]
    for case in CASES[names.index(options.after) + 1 if options.after else 0 :]:
        if options.only not in case.name:
            continue
        size = max(1, int(case.size * options.scale))
        once, wrong = _seconds(case, size, options.limit)
        twice, also_wrong = (0.0, "") if wrong else _seconds(case, size * 2, options.limit)
        failed |= bool(wrong or also_wrong)
        print(
            f"{case.name:<38} {size:>9,} {once:7.2f} s {twice:7.2f} s {twice / once:5.1f}x  {wrong or also_wrong}",
            flush=True,
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
