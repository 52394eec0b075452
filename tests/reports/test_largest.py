"""The largest entries are named, each once, with what becomes of them."""

from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.core.context.walk import IgnoredPolicy
from ctxopt.reports.large_entry import Largest
from ctxopt.reports.largest import largest
from ctxopt.reports.uses import Use
from tests.support.cli import run
from tests.support.contexts import context
from tests.support.files import Files, write

_ALL = "FROM scratch\nCOPY . .\n"


def _shown(found: Largest) -> list[tuple[str, int, Use]]:
    return [(entry.path, entry.totals.size, entry.use) for entry in found.entries]


def _of(tmp_path: Path, files: dict[str, int], dockerfile: str = _ALL, room: int = 12) -> Largest:
    return largest(context(tmp_path, files, dockerfile), room)


def _measured(root: Path, dockerfile: str) -> BuildContext:
    return BuildContext(str(root), dockerfile, ignored=IgnoredPolicy.MEASURE)


_MONOREPO: Files = {
    "cmd/api/main.go": 80,
    "deployments/Dockerfile": "FROM golang:1.24 AS b\nWORKDIR /s\nCOPY . .\nRUN go build -o /api ./cmd/api\n"
    "FROM alpine:3.20\nCOPY --from=b /api /api\n",
    "go.mod": 80,
    "web/.next/b.js": 906_240,
    "web/Dockerfile": "FROM node:20-alpine\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\n",
    "web/node_modules/x/a.js": 605_184,
    "web/package.json": "{}",
}


@pytest.mark.parametrize(
    ("directory", "dockerfile", "use"),
    [(".", "deployments/Dockerfile", Use.BUILD), ("web", "web/Dockerfile", Use.IMAGE)],
)
def test_directories_below_a_copy_of_everything(tmp_path: Path, directory: str, dockerfile: str, use: Use) -> None:
    write(tmp_path, _MONOREPO)
    found = largest(_measured(tmp_path / directory, str(tmp_path / dockerfile)), 12)
    prefix = "" if directory == "web" else "web/"
    assert _shown(found)[:2] == [
        (f"{prefix}.next/", 906_240, use),
        (f"{prefix}node_modules/", 605_184, use),
    ]


def test_installed_packages_are_one_entry(tmp_path: Path) -> None:
    found = _of(tmp_path, {"vendor/github.com/a/a.go": 7_000, "main.go": 100, "go.mod": 10})
    assert _shown(found)[0] == ("vendor/", 7_000, Use.IMAGE)


def test_a_directory_gives_way_to_what_is_most_of_it(tmp_path: Path) -> None:
    files: dict[str, int] = {
        "a/b/c/large": 9_000,
        "a/b/small": 10,
        "d/1": 300,
        "d/2": 300,
        "d/3": 300,
        "d/4": 300,
        "d/5": 300,
    }
    assert _shown(_of(tmp_path, {**files, **{f"d/{number}": 300 for number in range(6, 12)}}))[:2] == [
        ("a/b/c/large", 9_000, Use.IMAGE),
        ("d/", 3_300, Use.IMAGE),
    ]


def test_what_is_unused_or_excluded_as_a_whole_is_one_entry(tmp_path: Path) -> None:
    files: Files = {"src/a": 100, "data/deep/large": 9_000, "logs/deep/large": 8_000, ".dockerignore": "logs\n"}
    write(tmp_path, {**files, "Dockerfile": "FROM scratch\nCOPY src /src\n"})
    found = largest(_measured(tmp_path, "Dockerfile"), 12)
    assert _shown(found)[:3] == [
        ("data/", 9_000, Use.UNUSED),
        ("logs/", 8_000, Use.IGNORED),
        ("src/", 100, Use.IMAGE),
    ]


def test_uses_of_one_directory_are_told_apart(tmp_path: Path) -> None:
    found = _of(tmp_path, {"a/1": 500, "a/2": 510, "a/3": 520, "a/4": 530, "a/5": 540, "a/6": 550}, _EACH)
    (entry,) = [entry for entry in found.entries if entry.path == "a/"]
    assert {use: totals.size for use, totals in entry.uses} == {Use.IMAGE: 1_070, Use.BUILD: 510, Use.UNUSED: 1_570}
    assert entry.use is Use.UNUSED


_EACH = "FROM scratch AS b\nCOPY a/2 /b\nFROM scratch\nCOPY a/4 a/5 /\nCOPY --from=b /none /\n"


def test_what_a_later_stage_takes_is_in_the_image(tmp_path: Path) -> None:
    dockerfile = "FROM a AS b\nWORKDIR /s\nCOPY . .\nFROM c\nCOPY --from=b /s/dist /dist\n"
    found = _of(tmp_path, {"dist/page": 5_000, "src/page": 4_000}, dockerfile)
    assert _shown(found)[:2] == [("dist/page", 5_000, Use.IMAGE), ("src/page", 4_000, Use.BUILD)]


def test_room_and_what_is_too_small_are_limits(tmp_path: Path) -> None:
    files: dict[str, int] = {**{f"{number}/file": 1_000 + number for number in range(9)}, "tiny": 1}
    assert [entry.totals.size for entry in _of(tmp_path, files, room=3).entries] == [1_008, 1_007, 1_006]
    assert "tiny" not in [entry.path for entry in _of(tmp_path / "again", files, room=20).entries]


def test_no_entry_contains_another_of_the_same_use(tmp_path: Path) -> None:
    files: dict[str, int] = {f"{a}/{b}/{c}": 10 ** (a + b + c) for a in range(3) for b in range(3) for c in range(2)}
    found = _of(tmp_path, files, room=50)
    paths = [entry.path for entry in found.entries]
    assert not [(one, other) for one in paths for other in paths if one != other and other.startswith(one)]
    assert sum(entry.totals.size for entry in found.entries) <= sum(totals.size for _, totals in found.uses)


def test_an_empty_context_has_none(tmp_path: Path) -> None:
    write(tmp_path / "context", {"a": 0})
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    assert largest(_measured(tmp_path / "context", str(tmp_path / "Dockerfile")), 12).entries == ()


def test_they_are_not_looked_for_where_nobody_shows_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    monkeypatch.setattr("ctxopt.reports.largest.largest", lambda *_: pytest.fail("the largest entries are looked for"))
    for arguments in (("check", "--max-size", "1GB"), ("lint", "--exit-zero"), ("report", "-o", "page.html")):
        assert run(*arguments, cwd=tmp_path).returncode == 0
