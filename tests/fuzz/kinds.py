"""What is drawn for each kind of input, and what must hold for it.

A check gets a random.Random and an empty directory, and raises whatever is wrong.
"""

import json
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ctxopt import BuildContext, CtxoptError
from ctxopt.config.read import read_config
from ctxopt.core.context.tree import KEPT, EntryKind, View
from ctxopt.core.dockerfile.forms import KEYWORDS
from ctxopt.core.dockerfile.plan import plan
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.reader import read_lines
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.core.golang import match as gomatch
from ctxopt.errors import PatternError
from ctxopt.image.shell.parse import commands
from tests.builds.support import bake_of, compose_of
from tests.fuzz import samples
from tests.fuzz.draw import as_read, copies, encoded, spoilt
from tests.fuzz.samples import Language
from tests.support import oracle, plain_match
from tests.support.agree import agree, nested
from tests.support.cli import run
from tests.support.files import write
from tests.support.inert import FORMATS, assert_inert
from tests.support.names import NAMES
from tests.support.repositories import KINDS as REPOSITORIES
from tests.support.repositories import repository, with_kinds
from tests.support.trees import Case, random_build, random_case, random_pattern, random_tree, write_case

Check = Callable[[random.Random, Path], None]


def _ignore_text(rng: random.Random, tree: list[Case]) -> str:
    """An ignore file that is mostly about this tree."""
    text = "\n".join(random_pattern(rng, tree) for _ in range(rng.randint(1, 9)))
    if rng.random() < 0.5:
        text = spoilt(rng, Language((text, *samples.PATTERNS.samples), samples.PATTERNS.pieces))
    return as_read(text)


def ignore_file(rng: random.Random, root: Path) -> None:
    """An ignore file is refused in one line, or decides all names as pattern by pattern would."""
    tree = random_tree(rng, 30)
    try:
        lines = read_lines(encoded(_ignore_text(rng, tree)), ".dockerignore")
        patterns = PatternSet(lines, ".dockerignore")
    except PatternError as error:
        _one_line(error)
        return
    if not patterns.fails_on_use:
        agree(patterns, nested(tree))


def shell_pattern(rng: random.Random, root: Path) -> None:
    """A shell pattern matches as the plain form of Go's algorithm does."""
    for _ in range(20):
        pattern = "".join(rng.choices("ab*?[]^-\\/é\udcff", k=rng.randint(0, 12)))
        name = "".join(rng.choices("ab/\\]-^é\udcff", k=rng.randint(0, 9)))
        assert _matched(gomatch.match, pattern, name) == _matched(plain_match.match, pattern, name), (pattern, name)


def _matched(match: Callable[[str, str], bool], pattern: str, name: str) -> bool | None:
    try:
        return match(pattern, name)
    except gomatch.BadPattern:
        return None


def dockerfile(rng: random.Random, root: Path) -> None:
    """A Dockerfile is planned, or refused in one line."""
    data = encoded(spoilt(rng, samples.DOCKERFILE))
    target = rng.choice((*[None] * 12, "build", "1", "\x1b"))
    try:
        plan(data, "Dockerfile", target=target, build_args={"V": "x"} if rng.random() < 0.3 else None)
    except CtxoptError as error:
        _one_line(error)


#: What may open a here-document behind a JSON array.
_BEHIND_JSON: Final = re.compile(r"\].*<<")


def buildkit_parser(rng: random.Random, root: Path) -> None:
    """A Dockerfile is cut into the instructions that BuildKit's own parser finds in it."""
    text = as_read(spoilt(rng, samples.DOCKERFILE))
    undecodable = "\0" in text or any("\ud800" <= char <= "\udfff" for char in text)
    # The older parser knows fewer expansions in the words that may open a here-document, and overlooks what follows a
    # JSON array, also where that opens one.
    if undecodable or ("<<" in text and "${" in text) or _BEHIND_JSON.search(text) is not None:
        return
    try:
        judged = oracle.theirs(text)
    except UnicodeDecodeError:
        return
    found = oracle.ours(text)
    assert (found is None) == (judged is None), text
    for one, other in zip(found or (), judged or (), strict=True):
        # What follows a JSON array was overlooked once, and an unknown trigger is refused later anyway.
        older = len(other) > 3 and (other[4] and not one[4])
        unknown = (other[0] == "ONBUILD" and other[1] not in KEYWORDS) or other[1] == "ONBUILD"
        assert one == other or older or unknown, (one, other)


def shell_text(rng: random.Random, root: Path) -> None:
    """The text of a RUN is read, or said to be unknown."""
    for command in commands(as_read(spoilt(rng, samples.SHELL))) or ():
        assert command.words


def compose_file(rng: random.Random, root: Path) -> None:
    """A Compose file declares builds, or is refused in one line."""
    for name in ("compose.yaml", "other.yaml"):
        (root / name).write_bytes(encoded(spoilt(rng, samples.COMPOSE)))
    if rng.random() < 0.3:
        (root / ".env").write_bytes(encoded(spoilt(rng, samples.DOTENV)))
    _declared(compose_of, "compose.yaml", root)


def bake_file(rng: random.Random, root: Path) -> None:
    """A bake file declares builds, or is refused in one line."""
    name, language = rng.choice((("b.hcl", samples.HCL), ("b.hcl", samples.HCL), ("b.json", samples.JSON)))
    (root / name).write_bytes(encoded(spoilt(rng, language)))
    _declared(bake_of, name, root)


def _declared(read: Callable[..., object], name: str, root: Path) -> None:
    try:
        read(str(root / name), name, root=str(root), environment={"V": "w"})
    except CtxoptError as error:
        _one_line(error)


def configuration(rng: random.Random, root: Path) -> None:
    """A configuration is read, or refused in one line."""
    (root / ".git").mkdir()
    text = spoilt(rng, samples.TOML)
    if rng.random() < 0.5:
        (root / "ctxopt.toml").write_bytes(encoded(text))
    else:
        (root / "pyproject.toml").write_bytes(encoded("[tool.ctxopt]\n" + text.replace("[[", "[[tool.ctxopt.")))
    try:
        read_config(str(root))
    except CtxoptError as error:
        _one_line(error)


def tree(rng: random.Random, root: Path) -> None:
    """The views of a context are what its ignore file says of each path, and the lists belong together."""
    case = random_build(rng.randrange(1 << 32))
    if rng.random() < 0.5:
        case["ignore_files"] = {".dockerignore": _ignore_text(rng, case["tree"])}
    write_case(root, case)
    try:
        context = BuildContext(str(root))
        kept = set(context.buildkit_entries)
        transferred = set(context.transfer_entries)
    except CtxoptError as error:
        _one_line(error)
        return
    assert transferred <= kept
    patterns = context.patterns(View.BUILDKIT)
    if not patterns.fails_on_use:
        ignore = DockerIgnore(patterns)
        for directory in context.tree.directories():
            for name, kind, flags in zip(directory.names, directory.kinds, directory.flags, strict=True):
                path = directory.child_path(name)
                assert bool(flags & KEPT) != ignore.ignores(path), path
                assert bool(flags & View.BUILDKIT) == (path + "/" * (kind == EntryKind.DIRECTORY) in kept), path
    try:
        assert set(context.used_files) <= transferred
    except CtxoptError as error:
        _one_line(error)


#: Commands with the format of what they print.
_COMMANDS: tuple[tuple[tuple[str, ...], str], ...] = (
    *((("analyze", "--format", form), form) for form in FORMATS),
    *((("generate", "--format", form), form) for form in (*FORMATS, "diff")),
    *((("fix", "--format", form), form) for form in ("text", "json", "diff")),
    *((("check", "--max-files", "1", "--format", form), form) for form in FORMATS),
    *(
        (("ls", *options), "text")
        for options in ((), ("--long",), ("--tree",), ("--view", "unused"), ("--view", "ignored"))
    ),
    *((("explain", name), "text") for name in ("plain", "\x1b[31mred", "new\nline", "byte\udcff", "::error::boo")),
    *((("stages", "--format", form), form) for form in ("text", "json")),
    *((("config", "show", "--format", form), form) for form in ("text", "json")),
    *((command, "text") for command in (("analyze", "--all"), ("check", "--all"), ("generate", "--level", "likely"))),
    (("generate", "--style", "allowlist"), "text"),
    (("generate", "--tidy"), "text"),
    (("report",), "html"),
    (("ls", "--json"), "json"),
    (("explain", "src", "--json"), "json"),
    *((("digest", "--by-instruction", *words), "text") for words in ((), ("--all",))),
    (("digest", "--all", "--json"), "json"),
)


def command_line(rng: random.Random, root: Path) -> None:
    """Any command on any project ends with 0, 1 or 2, and what it prints is inert."""
    names = rng.sample(NAMES, rng.randint(1, 8))
    for name in names:
        path = root / name
        if rng.random() < 0.3:
            path.mkdir()
            path = path / rng.choice(NAMES)
        path.write_bytes(b"x" * rng.randint(0, 3000))
    text = copies(rng, names)
    if rng.random() < 0.2:
        text = spoilt(rng, Language((text, *samples.DOCKERFILE.samples), samples.DOCKERFILE.pieces))
    (root / "Dockerfile").write_bytes(encoded(text))
    if rng.random() < 0.6:
        lines = [*rng.choices(names, k=rng.randint(0, 2)), rng.choice(("", "nothing", "*.log", "!src", "**/x"))]
        (root / ".dockerignore").write_bytes(encoded("\n".join(line for line in lines if line not in "\\[a-z]")))
    if rng.random() < 0.2:
        (root / "compose.yaml").write_bytes(encoded(spoilt(rng, samples.COMPOSE)))
    if rng.random() < 0.2:
        (root / "ctxopt.toml").write_bytes(encoded(spoilt(rng, samples.TOML)))
    command, form = rng.choice(_COMMANDS)
    done = run(*command, cwd=root)
    assert done.returncode in (0, 1, 2), done.returncode
    assert_inert(done.stdout, form)
    assert_inert(done.stderr, "text")


def docker(rng: random.Random, root: Path) -> None:
    """The classic client sends what we say that it sends."""
    from tests.live_differential import difference
    from tests.support.classic_client import shared_engine

    case = random_case(rng.randrange(1 << 32))
    if rng.random() < 0.5:
        case["ignore_files"] = {".dockerignore": _ignore_text(rng, case["tree"])}
    found = difference(shared_engine(), case)
    assert found is None, found


def _one_line(error: CtxoptError) -> None:
    assert error.problem
    assert_inert(str(error), "line")


def missing() -> frozenset[str]:
    """The kinds that cannot be checked here."""
    return frozenset({"docker"} if shutil.which("docker") is None else ()) | (
        frozenset() if oracle.has_oracle() else {"parser"}
    )


def gate(rng: random.Random, root: Path) -> None:
    """What is found and cannot be read is exit code 2 and named in JSON and text; nothing else is."""
    write(root, {"app/Dockerfile": "FROM scratch\nCOPY main /\n", "app/main": "x" * rng.randint(0, 900)})
    for name, language in (
        ("compose.yaml", samples.COMPOSE),
        ("docker-bake.hcl", samples.HCL),
        ("Dockerfile", samples.DOCKERFILE),
        ("sub/x.Dockerfile", samples.DOCKERFILE),
    ):
        if rng.random() < 0.4:
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_bytes(encoded(_near_a_limit(rng) if rng.random() < 0.1 else spoilt(rng, language)))
    comment = rng.choice(["# ctxopt ignore=CTX101 x", "# ctxopt global ignore=all", "#ctxopt ignore=,", "# ctxopt"])
    if rng.random() < 0.3:
        (root / "app" / "Dockerfile").write_text(f"{comment}\nFROM scratch\n{comment}\nCOPY main /\n")
    allowed = rng.choice([(), ("--allow-unchecked", rng.choice(["*", "sub", "**/x*", "compose.yaml: service *"]))])
    done = run("check", "--all", *allowed, "--json", cwd=root)
    document = json.loads(done.stdout)
    unexcused = [one for one in document["unchecked"] if not one["allowed"]]
    failed = not all(build["passed"] for build in document["builds"])
    assert done.returncode == (2 if unexcused else int(failed)), done
    assert document["passed"] is (done.returncode == 0)
    form = rng.choice(FORMATS)
    again = run("check", "--all", *allowed, "--format", form, cwd=root)
    assert again.returncode == done.returncode
    assert_inert(again.stdout, form)
    assert_inert(again.stderr, "text")
    assert ("passed (" in again.stdout) is (form == "text" and not done.returncode)


def _near_a_limit(rng: random.Random) -> str:
    """Text that is as large, as deep, or that grows as much as a declaration may, or a little more."""
    size = rng.choice([1 << 16, 1 << 18, 1 << 20]) + rng.randint(-2, 2)
    return rng.choice(
        [
            "#" * size,
            f"FROM scratch\nARG a={'x' * rng.randint(30_000, 66_000)}\nARG b=$a$a\n",
            "services: " + "{a: " * rng.randint(190, 210),
            'target "t" { args = { A = ' + "[" * rng.randint(190, 210),
            "services:\n" + "  a: &a {build: .}\n" * rng.randint(1, 3) + "  b: *a\n" * 2,
        ]
    )


def growth(rng: random.Random, root: Path) -> None:
    """A clean work tree has grown by nothing, and what is added counts in full, whatever git converts."""
    project = repository(root / "project")
    with_kinds(project, rng.sample([*REPOSITORIES], rng.randint(1, 4)))
    added = rng.choice([0, rng.randint(1, 5_000)])
    if added:
        (project / "docs" / "added").write_bytes(b"n" * added)
    done = run("check", "--against", "HEAD", "--max-growth", "0", "--json", cwd=project)
    (build,) = json.loads(done.stdout)["builds"]
    assert [breach["measured"] for breach in build["breaches"]] == ([added] if added else []), build


#: Each kind with its share of a hundred inputs.
KINDS: dict[str, tuple[Check, int]] = {
    "ignore": (ignore_file, 29),
    "match": (shell_pattern, 10),
    "dockerfile": (dockerfile, 15),
    "parser": (buildkit_parser, 5),
    "shell": (shell_text, 6),
    "compose": (compose_file, 8),
    "bake": (bake_file, 6),
    "config": (configuration, 7),
    "tree": (tree, 6),
    "command": (command_line, 4),
    "docker": (docker, 1),
    "gate": (gate, 2),
    "growth": (growth, 1),
}
