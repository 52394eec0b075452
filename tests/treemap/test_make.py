"""What becomes of each file, for both builders, today and after the proposal."""

from pathlib import Path

import pytest

from ctxopt.builds.build import Build
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.errors import CtxoptError
from ctxopt.treemap.model import DIRECTORY, Fate, Picture, Status
from ctxopt.treemap.take import take
from sample_projects.make_junk import make
from tests.support.files import Files, write

_IMAGE, _BUILD, _BUILDER, _UNUSED, _IDLE, _IGNORED = range(6)
_STAGES = "FROM a AS build\nCOPY src /src\nCOPY lib /lib\nFROM b\nCOPY --from=build /lib /lib\nCOPY main /\n"
_FILES: Files = {"src/a": 30, "lib/b": 20, "main": 10, "data/c": 500, "old.log": 7, "sub/x.log": 8, "sub/keep.log": 9}


def _taken(root: Path, files: Files, dockerfile: str | None = None) -> Picture:
    return take(Build("", str(write(root, files)), dockerfile))


def _fates(picture: Picture) -> dict[str, Fate]:
    """The fates by path; files that are summed up are the directory's path with a star."""
    nodes = picture.nodes
    paths = [""]
    found = {}
    for place in range(1, len(nodes.names)):
        path = f"{paths[nodes.parents[place]]}/{nodes.names[place] or '*'}".lstrip("/")
        paths.append(path)
        if nodes.fates[place] != DIRECTORY:
            found[path] = picture.fates[nodes.fates[place]]
    return found


def test_each_file_has_a_status_for_each_builder_today_and_afterwards(tmp_path: Path) -> None:
    ignore = "*.log\nsub\n!sub/keep.log\n"
    picture = _taken(tmp_path, {**_FILES, "Dockerfile": _STAGES, ".dockerignore": ignore})
    assert [(look.builder, look.after) for look in picture.looks] == [
        ("BuildKit", False),
        ("classic", False),
        ("BuildKit", True),
        ("classic", True),
    ]
    statuses = {path: fate.statuses for path, fate in _fates(picture).items()}
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
    picture = _taken(tmp_path, {**_FILES, "Dockerfile": "FROM scratch\nCOPY src /\nCOPY . /\n"})
    fates = _fates(picture)
    assert (fates["src/a"].readers, fates["main"].readers) == ((0, 1), (1,))
    assert [result.read.line for result in picture.report.reads] == [2, 3]


def test_the_pattern_that_leaves_a_file_out(tmp_path: Path) -> None:
    ignore = "# all\n*\n!sub\n**/x.*\n"
    picture = _taken(tmp_path, {**_FILES, "Dockerfile": "FROM scratch\nCOPY sub /\n", ".dockerignore": ignore})
    patterns = picture.looks[0].patterns
    found = {path: patterns[fate.deciders[0]] for path, fate in _fates(picture).items() if fate.deciders[0] >= 0}
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
    picture = _taken(tmp_path, files)
    assert sorted(text for text, _, _ in picture.looks[0].patterns) == sorted(f"f{n}" for n in range(30))
    monkeypatch.setattr("ctxopt.treemap.fates._MOST", 10)
    bounded = _taken(tmp_path, files)
    assert len(bounded.fates) < 15
    assert set(_fates(bounded)) == set(_fates(picture))


def test_the_sums_are_those_of_the_report(tmp_path: Path) -> None:
    make("python-service", tmp_path / "project")
    picture = take(Build("", str(tmp_path / "project"), None))
    report = picture.report
    sums = dict.fromkeys(range(6), 0)
    for fate, size in zip(picture.nodes.fates, picture.nodes.sizes, strict=True):
        if fate != DIRECTORY:
            sums[picture.fates[fate].statuses[0]] += size
    assert sums[_IMAGE] + sums[_BUILD] == report.used.size
    assert sums[_IDLE] + sums[_UNUSED] == report.unused.size
    assert sums[_IGNORED] == report.ignored.size
    assert [look.sent for look in picture.looks[:2]] == [report.transfer, report.classic]
    assert picture.looks[3].sent.size < 40_000


def test_the_builders_read_different_ignore_files(tmp_path: Path) -> None:
    files: Files = {
        "app.Dockerfile": "FROM scratch\nCOPY . /\n",
        "app.Dockerfile.dockerignore": "docs\n",
        ".dockerignore": "main\n",
        "docs/a": 10,
        "main": 20,
    }
    fates = _fates(_taken(tmp_path, files, "app.Dockerfile"))
    assert fates["docs/a"].statuses[:2] == (_IGNORED, _IMAGE)
    assert fates["docs/a"].readers == (0,)
    assert fates["main"].statuses[:2] == (_IMAGE, _IGNORED)


def test_secrets_are_a_risk_only_where_they_are_sent(tmp_path: Path) -> None:
    key = "-----BEGIN PRIVATE KEY-----\n"
    files: Files = {
        "Dockerfile": "FROM scratch\nCOPY . /\n",
        ".dockerignore": "out\n",
        ".env": 10,
        ".env.example": 10,
        "out/.env": 10,
        ".ssh/config": 10,
        ".ssh/id_ed25519": key,
        "a/server.key": key,
        "a/public.pem": "-----BEGIN CERTIFICATE-----\n",
    }
    risky = {path for path, fate in _fates(_taken(tmp_path, files)).items() if fate.risk}
    assert risky == {".env", ".ssh/id_ed25519", "a/server.key"}


def test_without_a_proposal_there_is_only_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise CtxoptError("too many builds")

    monkeypatch.setattr("ctxopt.treemap.take.propose", refuse)
    picture = _taken(tmp_path, {"Dockerfile": "FROM scratch\nCOPY main /\n", "main": 1})
    assert (picture.proposal, picture.why) == (None, "There is no proposal: too many builds")
    assert [look.after for look in picture.looks] == [False, False]


def test_a_context_that_the_classic_builder_refuses(tmp_path: Path) -> None:
    files: Files = {"Dockerfile": "FROM scratch\nCOPY main /\n", "main": 1, ".dockerignore/x": 1}
    picture = _taken(tmp_path, files)
    assert {look.builder for look in picture.looks} == {"BuildKit"}
    assert "directory" in picture.refusal
    assert all(len(fate.statuses) == len(picture.looks) for fate in picture.fates)


def test_a_context_that_buildkit_refuses(tmp_path: Path) -> None:
    with pytest.raises(CtxoptError, match="bad pattern"):
        _taken(tmp_path, {"Dockerfile": "FROM scratch\n", ".dockerignore": "[\n"})


def test_a_missing_source_leaves_the_rest(tmp_path: Path) -> None:
    picture = _taken(tmp_path, {"Dockerfile": "FROM scratch\nCOPY gone /\nCOPY main /\n", "main": 1})
    assert _fates(picture)["main"].statuses[0] == Status.IMAGE
    assert len(picture.report.errors) == 1
