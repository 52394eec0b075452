"""Lines of the block that somebody chose: they stay, come last, and count as the user's own."""

from pathlib import Path

import pytest

from ctxopt.proposal.block import Record, Section, merge, recorded, with_building_only, with_by_hand, without_block
from tests.support.cli import run
from tests.support.files import write

_LINES = ("docs", "!docs/kept.md")


@pytest.mark.parametrize("users", [None, b"", b"a\n", b"a", b"a\r\n", b"\xef\xbb\xbfa\n"])
def test_lines_are_recorded_and_removed_without_a_trace(users: bytes | None) -> None:
    data = with_by_hand(users, _LINES)
    assert recorded(data).by_hand == _LINES
    assert without_block(data) == (users or b"")
    assert with_by_hand(data, ()) == (users or b"")
    assert recorded(with_by_hand(data, ("x",))).by_hand == ("x",)


def test_lines_stay_last_in_a_block_and_the_rest_stays_as_it_is() -> None:
    proposed = merge(b"a\n", (Section("Tests", ("tests",)),), record=Record(("--level", "likely"), ("needed",)))
    chosen = with_by_hand(proposed, _LINES)
    assert with_by_hand(chosen, ()) == proposed
    assert recorded(chosen) == Record(("--level", "likely"), ("needed",), (), _LINES)
    built = with_building_only(chosen, ("more",), Record())
    assert recorded(built).by_hand == _LINES
    assert built.index(b"\nmore\n") < built.index(b"\ndocs\n")
    assert with_by_hand(with_by_hand(built, ()), _LINES) == built


def test_a_line_that_is_no_pattern_is_refused() -> None:
    with pytest.raises(ValueError, match="not a pattern"):
        with_by_hand(b"", ("# comment",))


def test_generate_keeps_what_was_chosen(tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM scratch\nCOPY . /app\n", "docs/a.md": "x" * 5000, "docs/b.md": "y", "notes.txt": "z"}
    write(tmp_path, {**files, ".dockerignore": with_by_hand(b"notes.txt\n", ("docs", "!docs/b.md")).decode()})
    before = (tmp_path / ".dockerignore").read_bytes()
    assert run("generate", str(tmp_path), "--check").returncode == 0
    write(tmp_path, {".git/config": "", ".git/HEAD": "ref: refs/heads/main\n" * 40, "app.log": "x" * 9000})
    assert run("generate", str(tmp_path), "--level", "likely", "--write").returncode == 0
    after = (tmp_path / ".dockerignore").read_bytes()
    assert after != before
    assert recorded(after).by_hand == ("docs", "!docs/b.md")
    listed = run("ls", str(tmp_path)).stdout.split()
    assert "docs/b.md" in listed
    assert "docs/a.md" not in listed
    assert "app.log" not in listed
    assert run("generate", str(tmp_path), "--check").returncode == 0


def test_what_is_excepted_stays_although_nothing_reads_it(tmp_path: Path) -> None:
    write(
        tmp_path, {"Dockerfile": "FROM scratch\nCOPY app /app\n", "app": "x", "big.bin": "x" * 9000, "other": "y" * 99}
    )
    (tmp_path / ".dockerignore").write_bytes(with_by_hand(b"", ("!big.bin",)))
    assert run("generate", str(tmp_path), "--write").returncode == 0
    assert "big.bin" in run("ls", str(tmp_path), "--view", "buildkit").stdout.split()
    assert recorded((tmp_path / ".dockerignore").read_bytes()).by_hand == ("!big.bin",)
