"""Every build counts: those that cannot be resolved, those of the legacy builder, and those of named contexts."""

import json
from pathlib import Path

import pytest

from ctxopt.builds.discovery import Request
from ctxopt.core.named_context import NamedContext
from ctxopt.evidence import script_files
from ctxopt.evidence.manifests import Document, document
from ctxopt.evidence.model import ReadFile
from ctxopt.proposal.model import ConsideredBuild, Level, Style
from ctxopt.proposal.propose import propose
from tests.proposal.support import FROM, hidden, lines, proposed, some
from tests.support.files import Files, write


def _builds(root: Path) -> dict[str, ConsideredBuild]:
    """What was looked at, by what it is called."""
    return {build.origin: build for build in propose(str(root), Request()).builds}


def _service(**build: str) -> str:
    """A Compose file with a service whose context is its directory."""
    return json.dumps({"services": {"web": {"build": {"context": ".", **build}}}})


# -- builds that cannot be resolved -------------------------------------------------------------

_UNRESOLVED: dict[str, Files] = {
    "an argument without a value": {"svc/Dockerfile": "ARG BASE\nFROM ${BASE}\nCOPY used/a b$X /\n"},
    "a syntax error": {"x.Dockerfile": "FROM scratch\nCOPY used/a /\nNOSUCH\n"},
    "a missing source": {"svc/Dockerfile": FROM + "COPY ci-output used/a /\n"},
    "a service": {"compose.yaml": _service(dockerfile="D"), "D": "FROM ${NONE}\nCOPY used /\n"},
    "an inline Dockerfile": {"compose.yaml": _service(dockerfile_inline="FROM $$X\nCOPY used /\n")},
}


@pytest.mark.parametrize("files", _UNRESOLVED.values(), ids=_UNRESOLVED)
@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("style", Style)
def test_what_a_build_names_that_cannot_be_resolved_is_kept(
    tmp_path: Path, files: Files, level: Level, style: Style
) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY k /\n", "k": 1, "used/a": 1, "rest/a": 1, **files})
    (file,) = proposed(tmp_path, level=level, style=style).files
    assert hidden(file, "k", "used/a", "rest/a") == ["rest/a"]
    notes = [build.note for build in _builds(tmp_path).values() if not build.counts]
    assert any(note.endswith("; what it names is kept") for note in notes)


def test_a_pattern_says_which_build_cannot_be_resolved(tmp_path: Path) -> None:
    files: Files = {"Dockerfile": FROM + "COPY k /\n", "svc/Dockerfile": "FROM $BASE\nCOPY . /\n"}
    write(tmp_path, {**files, "k": 1, "a.pyc": 9, "__pycache__/x.pyc": 9, "rest": 9})
    (file,) = proposed(tmp_path).files
    assert lines(file) == []
    (file,) = proposed(tmp_path, level=Level.LIKELY).files
    row = next(row for row in file.rows if row.pattern == "**/__pycache__")
    assert row.level is Level.LIKELY
    assert row.evidence.endswith("; svc/Dockerfile, which cannot be resolved, names it")
    assert hidden(file, "rest") == []


def test_a_dockerfile_nearer_to_its_own_directory_is_not_kept_for(tmp_path: Path) -> None:
    svc: Files = {"svc/Dockerfile": FROM + "COPY . /\nCOPY gone main.go /\n", "svc/main.go": 1}
    write(tmp_path, {"Dockerfile": FROM + "COPY k /\n", "k": 1, "rest": 1, **svc})
    (file,) = proposed(tmp_path).files
    assert hidden(file, "k", "rest") == ["rest"]
    assert _builds(tmp_path)["svc/Dockerfile"].note == "it is built from svc, where more of its sources are"


def test_a_stage_without_a_name_that_the_legacy_builder_builds(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY a /\n" + FROM + "COPY b /\n", **dict.fromkeys("abc", 1)})
    (file,) = proposed(tmp_path).files
    assert hidden(file, "a", "b", "c") == ["c"]


# -- named contexts -----------------------------------------------------------------------------


def _named(root: Path, dockerfile: str, more: Files | None = None) -> None:
    build = {"context": "app", "additional_contexts": {"lib": "lib"}}
    declared = {"services": {"web": {"build": build}}}
    files: Files = {"compose.yaml": json.dumps(declared), "app/Dockerfile": dockerfile, "app/a": 1, ".git/HEAD": ""}
    write(root, {**files, "lib/x": 1, "lib/sub/y": 1, "lib/log": 1, **(more or {})})


def test_what_a_build_reads_of_a_directory_by_a_name_is_kept(tmp_path: Path) -> None:
    _named(tmp_path, FROM + "COPY a /\nCOPY --from=lib x /\n")
    (file,) = proposed(tmp_path / "lib").files
    assert (file.builds, lines(file)) == (("../compose.yaml: service web, context lib",), ["log", "sub"])
    assert file.effects[0].classic is None


def test_a_copy_of_all_of_it(tmp_path: Path) -> None:
    _named(tmp_path, FROM + "COPY --from=lib . /\n")
    (file,) = proposed(tmp_path / "lib").files
    assert lines(file) == []


def test_a_stage_that_starts_from_it(tmp_path: Path) -> None:
    _named(tmp_path, "FROM lib\nCOPY a /\n")
    (file,) = proposed(tmp_path / "lib").files
    assert lines(file) == []


def test_it_counts_beside_a_build_of_the_directory(tmp_path: Path) -> None:
    _named(tmp_path, FROM + "COPY --from=lib x /\n", {"lib/Dockerfile": FROM + "COPY sub /\n"})
    (file,) = proposed(tmp_path / "lib").files
    assert hidden(file, "x", "sub/y", "log") == ["log"]


def test_stages_that_the_default_target_does_not_need_read_it_as_well(tmp_path: Path) -> None:
    _named(tmp_path, "FROM scratch AS t\nCOPY --from=lib sub /\n" + FROM + "COPY --from=lib x /\n")
    (file,) = proposed(tmp_path / "lib").files
    assert hidden(file, "x", "sub/y", "log") == ["log"]


def test_a_build_that_cannot_be_resolved_names_parts_of_it(tmp_path: Path) -> None:
    dockerfile = "FROM scratch\nNOSUCH\nCOPY --from=lib sub /\n"
    _named(tmp_path, dockerfile, {"lib/Dockerfile": FROM + "COPY x /\n"})
    (file,) = proposed(tmp_path / "lib").files
    assert hidden(file, "x", "sub/y", "log") == ["log"]


def test_the_context_itself_by_a_name(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY a /\nCOPY --from=src b /\n", **dict.fromkeys("abc", 1)})
    request = Request(contexts=(NamedContext("src", str(tmp_path)),))
    (file,) = proposed(tmp_path, request=request).files
    assert hidden(file, "a", "b", "c") == ["c"]
    assert file.builds == ("Dockerfile", "Dockerfile, context src")


# -- declarations that cannot be read -----------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compose.yaml", "services:\n  web:\n   build: {context: ./used\n  x: [\n"),
        ("docker-bake.hcl", 'target "x" {\n  context = "used"\n'),
        ("docker-bake.json", '{"target": {"x": {"context": "used", }}}'),
        ("compose.yaml", "services: {web: {build: 'used'}}\n# \udcff\n"),
    ],
)
@pytest.mark.parametrize("level", Level)
def test_what_a_declaration_names_that_cannot_be_read_is_kept(
    tmp_path: Path, name: str, text: str, level: Level
) -> None:
    files: Files = {"Dockerfile": FROM + "COPY k /\n", name: text.encode("utf-8", "surrogateescape")}
    write(tmp_path, {**files, "k": 1, "used/a": 1, "rest/a": 1})
    proposal = proposed(tmp_path, level=level)
    (file,) = proposal.files
    assert hidden(file, "k", "used/a", "rest/a") == ["rest/a"]
    assert any(note.startswith(f"skipped: {name}") for note in proposal.notes)


def test_a_declaration_that_names_the_directory_itself_names_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY k /\n", "compose.yaml": "services: {web: {build: .}\n", "k": 1, "a": 1})
    (file,) = proposed(tmp_path).files
    assert hidden(file, "k", "a") == ["a"]


def test_what_several_judgements_read_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that names all that it reads is judged apart from those with a broad COPY, on the same scripts."""
    write(
        tmp_path,
        {
            "Dockerfile": FROM + "COPY . .\nRUN sh build.sh && make all\n",
            "b.Dockerfile": FROM + "COPY build.sh used /\nRUN sh build.sh\n",
            "build.sh": "cat used/a\n",
            "Makefile": "all:\n\tcat used/b\n",
            **some("used", "a", "b"),
            **some("docs", "x.md"),
        },
    )
    read: list[str] = []

    def counted(path: str, read_file: ReadFile) -> Document | None:
        read.append(path)
        return document(path, read_file)

    monkeypatch.setattr(script_files, "document", counted)
    propose(str(tmp_path), Request(), level=Level.LIKELY)
    assert {"build.sh", "Makefile"} <= set(read)
    assert len(read) == len(set(read))
