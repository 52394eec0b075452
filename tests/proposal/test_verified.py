"""What builds have shown stays so in the next proposal."""

from pathlib import Path

import pytest

from ctxopt import FileProposal, Level, Request, propose
from ctxopt.proposal.block import BUILDING_ONLY, Record, Section, merge
from tests.support.files import write

_FILES = {
    "Dockerfile": "FROM alpine\nCOPY . /app/\n",
    "main.sh": "echo\n",
    "tests/deep/test_a.py": "assert True\n",
    "docs/guide.md": "text\n",
    "lib/docs/api.md": "text\n",
}


def _proposed(root: Path, level: Level | None = None) -> FileProposal:
    return propose(str(root), Request(), level=level).files[0]


def _lines(proposal: FileProposal) -> list[str]:
    return [line for line in proposal.new.decode().splitlines() if not line.startswith("#")]


def test_what_a_build_needs_is_not_proposed_again(tmp_path: Path) -> None:
    root = write(tmp_path, _FILES)
    assert "tests" in _lines(_proposed(root, Level.LIKELY))
    (root / ".dockerignore").write_bytes(merge(None, (), record=Record(("--level", "likely"), ("tests",))))
    proposal = _proposed(root)
    assert not any("tests" in line for line in _lines(proposal))
    assert any(row.path == "tests" and "a build needs it" in row.why for row in proposal.stays)
    (root / ".dockerignore").write_bytes(proposal.new)
    assert not _proposed(root).changes


def test_what_is_unused_is_not_proposed_either(tmp_path: Path) -> None:
    root = write(tmp_path, {**_FILES, "Dockerfile": "FROM alpine\nCOPY main.sh /app/\n"})
    assert "docs" in _lines(_proposed(root))
    (root / ".dockerignore").write_bytes(merge(None, (), record=Record((), ("docs",))))
    assert "docs" not in _lines(_proposed(root))
    assert "tests" in _lines(_proposed(root))


def test_a_pattern_for_a_part_keeps_that_part(tmp_path: Path) -> None:
    root = write(tmp_path, {**_FILES, "tests/other/test_b.py": "assert True\n"})
    (root / ".dockerignore").write_bytes(merge(None, (), record=Record(("--level", "likely"), ("tests/deep",))))
    lines = _lines(_proposed(root))
    assert "tests" not in lines or "!tests/deep" in lines


@pytest.mark.parametrize("written", [True, False])
def test_what_is_verified_by_building_only_stays(tmp_path: Path, *, written: bool) -> None:
    dockerfile = "FROM alpine\nCOPY . /app/\nRUN git -C /app describe > /version\n"
    root = write(tmp_path, {**_FILES, "Dockerfile": dockerfile, ".git/HEAD": "ref: refs/heads/main\n"})
    assert ".git" not in _lines(_proposed(root, Level.LIKELY))
    if written:
        record = Record(("--level", "likely"))
        sections = [Section(BUILDING_ONLY, (".git",)), Section("Tests", ("tests",))]
        (root / ".dockerignore").write_bytes(merge(None, sections, record=record))
    proposal = _proposed(root, Level.LIKELY)
    assert (".git" in _lines(proposal)) is written
    assert any(row.path == ".git" for row in proposal.stays) is not written
