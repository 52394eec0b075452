"""Files that the ignore file excludes and that commands or texts name, and what is proposed for them."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt import BuildContext
from ctxopt.builds.discovery import Request
from ctxopt.builds.opened import walk_unfiltered
from ctxopt.catalogue.texts import TextKind
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.evidence import kept_text
from ctxopt.evidence.hidden_needs import hidden_needs
from ctxopt.evidence.named import Named, named_in, words_in
from ctxopt.findings.model import Severity
from ctxopt.findings.rules.needed_by_manifest import RULE
from ctxopt.proposal.propose import propose
from tests.findings.support import built

_APP = "FROM python:3.12\nWORKDIR /app\nCOPY . .\n"


@pytest.mark.parametrize(
    ("ignore", "files", "exception"),
    [
        ("*.md\n", {"app.py": 'open("CHANGELOG.md")\n', "CHANGELOG.md": "x", "README.md": "x"}, "!CHANGELOG.md"),
        ("docs\n", {"app.js": 'YAML.load("./docs/api.yaml")\n', "docs/api.yaml": "x"}, "!docs/api.yaml"),
        ("docs/*.md\n", {"src/a.go": 'os.ReadFile("docs/a.md")\n', "docs/a.md": "x", "docs/b": "x"}, "!docs/a.md"),
        ("**/*.txt\n", {"a.rb": "File.read('data/x.txt')\n", "data/x.txt": "x"}, "!data/x.txt"),
    ],
)
def test_what_a_text_names(tmp_path: Path, ignore: str, files: dict[str, str], exception: str) -> None:
    """The program may do without it, so that it is no finding; a proposal keeps it."""
    assert built(tmp_path, RULE, _APP, files, ignore) == []
    (need,) = hidden_needs(BuildContext(str(tmp_path)))
    assert (need.pattern.line, need.certain, f"!{need.exception}") == (1, False, exception)
    (file,) = propose(str(tmp_path), Request()).files
    path = exception[1:]
    assert DockerIgnore.from_bytes(ignore.encode()).ignores(path)
    assert not DockerIgnore.from_bytes(file.new).ignores(path)


def test_what_a_command_names(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, _APP + "RUN python docs/build.py\n", {"docs/build.py": "x", "a": "x"}, "docs\n")
    assert (finding.severity, finding.fix) == (Severity.WARNING, "add !docs/build.py below the pattern")
    assert finding.message == "`docs` excludes docs/build.py: RUN python docs/build.py (Dockerfile:4) names it"


@pytest.mark.parametrize(
    ("ignore", "files"),
    [
        # Made by the build, or local.
        (
            "node_modules\n",
            {"a.js": 'require("./node_modules/x/i.js")\n', "node_modules/x/i.js": "x", "package.json": "{}"},
        ),
        (".env\n", {"a.py": 'open(".env")\n', ".env": "A=1\n"}),
        (".github\n", {"a.py": 'open(".github/x.yml")\n', ".github/x.yml": "x"}),
        # Only spoken of, or not there.
        ("docs\n", {"a.py": "# see docs/a.md\n", "docs/a.md": "x"}),
        ("docs\n", {"a.py": 'DOCS = "docs"\n', "docs/a.md": "x"}),
        ("docs\n", {"a.py": 'open("docs/b.md")\n', "docs/a.md": "x"}),
        ("*.md\n", {"README.rst": 'open("a.md")\n', "a.md": "x"}),
        ("*.json\n", {"a.js": 'document.getElementById("app")\n', "app.json": "{}"}),
    ],
)
def test_what_nobody_misses(tmp_path: Path, ignore: str, files: dict[str, str]) -> None:
    built(tmp_path, RULE, _APP, files, ignore)
    assert list(hidden_needs(BuildContext(str(tmp_path)))) == []


@pytest.mark.parametrize("ignore", ["CHANGELOG.md\n", "*\n!app.py\n", "**\n!app.py\n"])
def test_a_text_alone_overrules_no_line_that_means_the_file(tmp_path: Path, ignore: str) -> None:
    built(tmp_path, RULE, _APP, {"app.py": 'open("CHANGELOG.md")\n', "CHANGELOG.md": "x"}, ignore)
    (file,) = propose(str(tmp_path), Request()).files
    assert DockerIgnore.from_bytes(file.new or b"").ignores("CHANGELOG.md")


def test_a_source_names_what_it_takes(tmp_path: Path) -> None:
    files = {"src/a.py": 'open("CHANGELOG.md")\n', "CHANGELOG.md": "x"}
    built(tmp_path, RULE, _APP.replace(". .", "src src"), files, "*.md\n")
    assert list(hidden_needs(BuildContext(str(tmp_path)))) == []


def test_the_better_line(tmp_path: Path) -> None:
    files = {
        "a.py": 'open("CHANGELOG.md")\nopen("docs/a.txt")\n',
        "CHANGELOG.md": "x",
        "docs/a.txt": "x",
        "docs/b": "x",
    }
    built(tmp_path, RULE, _APP, files, "CHANGELOG.md\ndocs\n")
    (file,) = propose(str(tmp_path), Request(), tidy=True).files
    assert file.tidied == ("CHANGELOG.md: `CHANGELOG.md` excludes CHANGELOG.md: a.py:1 names it",)
    lines = file.new.decode().splitlines()
    assert "CHANGELOG.md" not in lines
    assert "docs" in lines
    assert "!docs/a.txt" in lines


_NAMED = (
    "docs/a.md",
    "./docs/b.x.txt",
    "../docs/a.md",
    "a.md",
    "docs",
    "b.x",
    "docs/LICENSE",
    "-",
    "docs/-/c d.md",
    "e.md",
)
_FORMS = (
    'open("{}")',
    "require('{}')",
    "//go:embed {}",
    "x = {}",
    'join("docs", "{}")',
    'glob("docs/*.md")',
    "# {}",
    "{}",
)


@given(
    st.lists(st.tuples(st.sampled_from(_FORMS), st.sampled_from(_NAMED)), max_size=6),
    st.sampled_from(("a.py", "b.go", "c.js", "d.md", "e.sh", "sub/f.py")),
    st.sampled_from(("docs\n", "*.md\n", "docs/*\n", "**/*.txt\n")),
)
def test_only_texts_with_the_name_of_an_excluded_file_matter(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, str]], text: str, ignore: str
) -> None:
    """Where all names are known, other texts are left out, and nothing is found that is not found without that."""
    root = tmp_path_factory.mktemp("project")
    files = {text: "\n".join(form.format(name) for form, name in lines), "docs/a.md": "", "docs/b.x.txt": ""}
    files |= {"docs/LICENSE": "", "docs/-/c d.md": "", "docs/-/-": "", ".dockerignore": ignore, "Dockerfile": _APP}
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    with_names = BuildContext(str(root), unfiltered=walk_unfiltered(str(root)))
    assert list(hidden_needs(with_names)) == list(hidden_needs(BuildContext(str(root))))
    # Another build on the same tree, which does not read what names nothing once more.
    (root / "Other").write_text(f"{_APP}RUN pytest\n")
    other = BuildContext(str(root), "Other", unfiltered=with_names.unfiltered)
    assert list(hidden_needs(other)) == list(hidden_needs(BuildContext(str(root), "Other")))


def test_what_names_no_excluded_file_is_read_once_for_all_builds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    files = {f"src/m{number}.py": "a = 1\n" for number in range(50)}
    built(tmp_path, RULE, _APP, {**files, "app.py": 'open("docs/a.md")\n', "docs/a.md": "x"}, "docs\n")
    (tmp_path / "Other").write_text(f"{_APP}RUN python app.py\n")

    def counted(data: bytes) -> Collection[bytes]:
        read.append(data)
        return words_in(data)

    monkeypatch.setattr(kept_text, "words_in", counted)
    tree = walk_unfiltered(str(tmp_path))
    (need,) = hidden_needs(BuildContext(str(tmp_path), unfiltered=tree))
    (other,) = hidden_needs(BuildContext(str(tmp_path), "Other", unfiltered=tree))
    assert need == other
    assert read.count(b"a = 1\n") == 50


def test_what_names_no_excluded_file_is_not_read_closely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def counted(text: str, kind: TextKind, python: bool, words: Collection[str]) -> Iterator[Named]:
        read.append(text)
        return named_in(text, kind, python, words)

    monkeypatch.setattr(kept_text, "named_in", counted)
    files = {f"src/m{number}.py": 'docs = "docs"\nopen(docs)\n' for number in range(50)}
    built(tmp_path, RULE, _APP, {**files, "app.py": 'open("docs/a.md")\n', "docs/a.md": "x"}, "docs\n")
    (need,) = hidden_needs(BuildContext(str(tmp_path), unfiltered=walk_unfiltered(str(tmp_path))))
    assert (need.path, len(read)) == ("docs/a.md", 1)


_MODULES = '[submodule "vendor/zerokit"]\n\tpath = vendor/zerokit\n\turl = https://github.com/a/zerokit.git\n'


@pytest.mark.parametrize(
    ("commands", "count"),
    [
        ("RUN git submodule update --init --recursive\nRUN make -C vendor/zerokit\n", 0),
        ("RUN git submodule update --init\nRUN python vendor/zerokit/a.py\n", 0),
        ("RUN git submodule status\nRUN python vendor/zerokit/a.py\n", 1),
        ("RUN git submodule update --init\nRUN python vendor/own/a.py\n", 1),
    ],
)
def test_what_a_command_gets_as_a_submodule(tmp_path: Path, commands: str, count: int) -> None:
    files = {".gitmodules": _MODULES, "vendor/zerokit/a.py": "x", "vendor/own/a.py": "x", "a": "x"}
    assert len(built(tmp_path, RULE, _APP + commands, files, "vendor/*\n")) == count


@pytest.mark.parametrize(
    ("commands", "count"),
    [
        ('ARG VERSION=dev\nRUN go build -ldflags "-s -X example.com/a.version=${VERSION}" ./cmd\n', 0),
        ('ARG VERSION=dev\nRUN go build -ldflags "-X example.com/a.version=$VERSION" ./cmd\n', 0),
        # The variable is a word, or the word is written.
        ("ARG PLACE=dev\nRUN cat $PLACE\n", 1),
        ('ARG PLACE=dev\nRUN cat "${PLACE}"\n', 1),
        ('ARG VERSION=dev\nRUN cat dev && go build -ldflags "-X a.version=${VERSION}" ./cmd\n', 1),
    ],
)
def test_the_default_of_an_argument_is_a_version(tmp_path: Path, commands: str, count: int) -> None:
    files = {"go.mod": "module a\n", "cmd/a.go": "package main\n", "dev/a": "x"}
    assert len(built(tmp_path, RULE, _APP + commands, files, "dev\n")) == count


@pytest.mark.parametrize(
    ("commands", "count"),
    [
        ("RUN mkdir -p /tool && cd /tool && npm install mjml\n", 0),
        ("RUN mkdir -p /app && cd /app && npm install mjml\n", 1),
        ("RUN npm install mjml\n", 1),
    ],
)
def test_a_directory_that_the_command_makes(tmp_path: Path, commands: str, count: int) -> None:
    files = {"package.json": '{"dependencies": {"a": "1"}}', "a": "x"}
    assert len(built(tmp_path, RULE, _APP + commands, files, "package.json\n")) == count
