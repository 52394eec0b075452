"""What becomes of each file, for both builders, today and after the proposal."""

from pathlib import Path

import pytest

from ctxopt.builds.build import Build
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.errors import CtxoptError
from ctxopt.reports.preview import preview
from ctxopt.treemap.build import build_treemap
from ctxopt.treemap.model import DIRECTORY, FileStatus, Status, Treemap
from sample_projects.make_junk import make
from tests.support.files import Files, write

_IMAGE, _BUILD, _BUILDER, _UNUSED, _IDLE, _IGNORED = range(6)
_STAGES = "FROM a AS build\nCOPY src /src\nCOPY lib /lib\nFROM b\nCOPY --from=build /lib /lib\nCOPY main /\n"
_FILES: Files = {"src/a": 30, "lib/b": 20, "main": 10, "data/c": 500, "old.log": 7, "sub/x.log": 8, "sub/keep.log": 9}


def _treemap(root: Path, files: Files, dockerfile: str | None = None) -> Treemap:
    return build_treemap(preview(Build("", str(write(root, files)), dockerfile)))


def _statuses(treemap: Treemap) -> dict[str, FileStatus]:
    """The statuses by path; files that are summed up are the directory's path with a star."""
    nodes = treemap.nodes
    paths = [""]
    found = {}
    for place in range(1, len(nodes.names)):
        path = f"{paths[nodes.parents[place]]}/{nodes.names[place] or '*'}".lstrip("/")
        paths.append(path)
        if nodes.statuses[place] != DIRECTORY:
            found[path] = treemap.statuses[nodes.statuses[place]]
    return found


def test_each_file_has_a_status_for_each_builder_today_and_afterwards(tmp_path: Path) -> None:
    ignore = "*.log\nsub\n!sub/keep.log\n"
    treemap = _treemap(tmp_path, {**_FILES, "Dockerfile": _STAGES, ".dockerignore": ignore})
    assert [(view.builder, view.after) for view in treemap.views] == [
        ("BuildKit", False),
        ("classic", False),
        ("BuildKit", True),
        ("classic", True),
    ]
    statuses = {path: status.by_view for path, status in _statuses(treemap).items()}
    assert statuses == {
        "main": (_IMAGE, _IMAGE, _IMAGE, _IMAGE),
        "lib/b": (_IMAGE, _IMAGE, _IMAGE, _IMAGE),
        "src/a": (_BUILD, _BUILD, _BUILD, _BUILD),
        "Dockerfile": (_BUILDER,) * 4,
        ".dockerignore": (_BUILDER,) * 4,
        "data/c": (_IDLE, _UNUSED, _IGNORED, _IGNORED),
        "sub/keep.log": (_IDLE, _UNUSED, _IGNORED, _IGNORED),
        "old.log": (_IGNORED,) * 4,
        "sub/x.log": (_IGNORED,) * 4,
    }


def test_readers_are_the_instructions(tmp_path: Path) -> None:
    treemap = _treemap(tmp_path, {**_FILES, "Dockerfile": "FROM scratch\nCOPY src /\nCOPY . /\n"})
    statuses = _statuses(treemap)
    assert (statuses["src/a"].readers, statuses["main"].readers) == ((0, 1), (1,))
    assert [result.read.line for result in treemap.report.reads] == [2, 3]


def test_the_pattern_that_leaves_a_file_out(tmp_path: Path) -> None:
    ignore = "# all\n*\n!sub\n**/x.*\n"
    treemap = _treemap(tmp_path, {**_FILES, "Dockerfile": "FROM scratch\nCOPY sub /\n", ".dockerignore": ignore})
    patterns = treemap.views[0].patterns
    found = {
        path: patterns[status.deciders[0]] for path, status in _statuses(treemap).items() if status.deciders[0] >= 0
    }
    assert found["data/c"] == ("*", ".dockerignore", 2)
    assert found["sub/x.log"] == ("**/x.*", ".dockerignore", 4)
    assert "sub/keep.log" not in found
    spec = DockerIgnore.from_bytes((tmp_path / ".dockerignore").read_bytes())
    for path, (text, _, line) in found.items():
        last = spec.explain(path).touches[-1].pattern
        assert (last.cleaned, last.line) == (text, line), path


def test_only_patterns_that_decide_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files: Files = {f"f{number}": 1 for number in range(30)}
    files = {**files, "Dockerfile": "FROM scratch\n", ".dockerignore": "".join(f"f{n}\ng{n}\n" for n in range(30))}
    treemap = _treemap(tmp_path, files)
    assert sorted(text for text, _, _ in treemap.views[0].patterns) == sorted(f"f{n}" for n in range(30))
    monkeypatch.setattr("ctxopt.treemap.file_status._MOST", 10)
    bounded = _treemap(tmp_path, files)
    assert len(bounded.statuses) < 15
    assert set(_statuses(bounded)) == set(_statuses(treemap))


def test_the_sums_are_those_of_the_report(tmp_path: Path) -> None:
    make("python-service", tmp_path / "project")
    treemap = build_treemap(preview(Build("", str(tmp_path / "project"), None)))
    report = treemap.report
    sums = dict.fromkeys(range(6), 0)
    for status, size in zip(treemap.nodes.statuses, treemap.nodes.sizes, strict=True):
        if status != DIRECTORY:
            sums[treemap.statuses[status].by_view[0]] += size
    assert sums[_IMAGE] + sums[_BUILD] == report.used.size
    assert sums[_IDLE] + sums[_UNUSED] == report.unused.size
    assert sums[_IGNORED] == report.ignored.size
    assert [view.sent for view in treemap.views[:2]] == [report.transfer, report.classic]
    assert treemap.views[3].sent.size < 40_000


def test_the_builders_read_different_ignore_files(tmp_path: Path) -> None:
    files: Files = {
        "app.Dockerfile": "FROM scratch\nCOPY . /\n",
        "app.Dockerfile.dockerignore": "docs\n",
        ".dockerignore": "main\n",
        "docs/a": 10,
        "main": 20,
    }
    statuses = _statuses(_treemap(tmp_path, files, "app.Dockerfile"))
    assert statuses["docs/a"].by_view[:2] == (_IGNORED, _IMAGE)
    assert statuses["docs/a"].readers == (0,)
    assert statuses["main"].by_view[:2] == (_IMAGE, _IGNORED)


def test_secrets_are_a_risk_only_where_they_are_sent(tmp_path: Path) -> None:
    key = "-----BEGIN PRIVATE KEY-----\n"
    files: Files = {
        "Dockerfile": "FROM scratch\nCOPY . /\n",
        ".dockerignore": "out\n",
        ".env": "DB_PASSWORD=hunter22\n",
        ".env.example": 10,
        "out/.env": "DB_PASSWORD=hunter22\n",
        ".ssh/config": 10,
        ".ssh/id_ed25519": key,
        "a/server.key": key,
        "a/public.pem": "-----BEGIN CERTIFICATE-----\n",
    }
    risky = {path for path, status in _statuses(_treemap(tmp_path, files)).items() if status.risk}
    assert risky == {".env", ".ssh/id_ed25519", "a/server.key"}


def test_without_a_proposal_there_is_only_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise CtxoptError("too many builds")

    monkeypatch.setattr("ctxopt.reports.preview.Proposer", refuse)
    treemap = _treemap(tmp_path, {"Dockerfile": "FROM scratch\nCOPY main /\n", "main": 1})
    assert (treemap.proposal, treemap.why) == (None, "No proposal: too many builds")
    assert [view.after for view in treemap.views] == [False, False]


def test_a_context_that_the_classic_builder_refuses(tmp_path: Path) -> None:
    files: Files = {"Dockerfile": "FROM scratch\nCOPY main /\n", "main": 1, ".dockerignore/x": 1}
    treemap = _treemap(tmp_path, files)
    assert {view.builder for view in treemap.views} == {"BuildKit"}
    assert "directory" in treemap.refusal
    assert all(len(status.by_view) == len(treemap.views) for status in treemap.statuses)


def test_a_context_that_buildkit_refuses(tmp_path: Path) -> None:
    with pytest.raises(CtxoptError, match="bad pattern"):
        _treemap(tmp_path, {"Dockerfile": "FROM scratch\n", ".dockerignore": "[\n"})


def test_a_missing_source_leaves_the_rest(tmp_path: Path) -> None:
    treemap = _treemap(tmp_path, {"Dockerfile": "FROM scratch\nCOPY gone /\nCOPY main /\n", "main": 1})
    assert _statuses(treemap)["main"].by_view[0] == Status.IMAGE
    assert len(treemap.report.errors) == 1
