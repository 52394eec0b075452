"""The lines of an ignore file that are verified, and the text without some of them."""

import pytest

from ctxopt.proposal.block import Record, Section, merge
from ctxopt.verify.lines import text_without, units

_USERS = b"# mine\nown\n!own/keep\n"
_SECTIONS = (Section("Tests", ("tests", "!tests/data", "spec")), Section("Docs", ("docs",)))
_FILE = merge(_USERS, _SECTIONS)


def _patterns(data: bytes, *, all_lines: bool = False) -> list[str]:
    return [unit.pattern for unit in units("f", data, all_lines=all_lines)]


def _without(data: bytes, *dropped: str, all_lines: bool = False) -> bytes:
    listed = units("f", data, all_lines=all_lines)
    gone = [unit for unit in listed if unit.pattern in dropped]
    return text_without(data, gone, [unit for unit in listed if unit not in gone], "f")


def test_the_patterns_of_the_block_are_listed() -> None:
    assert _patterns(_FILE) == ["tests", "spec", "docs"]
    assert _patterns(_FILE, all_lines=True) == ["own", "tests", "spec", "docs"]
    assert _patterns(_USERS) == []


def test_a_unit_has_the_number_of_its_line() -> None:
    lines = _FILE.decode().split("\n")
    assert [lines[unit.line - 1] for unit in units("f", _FILE, all_lines=True)] == ["own", "tests", "spec", "docs"]


def test_nothing_changes_without_dropped_lines() -> None:
    assert _without(_FILE) == _FILE


def test_a_dropped_line_goes_alone() -> None:
    assert _without(_FILE, "spec") == merge(_USERS, (Section("Tests", ("tests", "!tests/data")), _SECTIONS[1]))


def test_a_comment_goes_with_its_last_line() -> None:
    assert _without(_FILE, "docs") == merge(_USERS, _SECTIONS[:1])


def test_a_comment_goes_with_its_last_line_also_at_the_start() -> None:
    assert _without(_FILE, "tests", "spec") == merge(_USERS, (Section("Tests", ("!tests/data",)), _SECTIONS[1]))
    first = merge(_USERS, (Section("Docs", ("docs",)), Section("Tests", ("tests",))))
    assert _without(first, "docs") == merge(_USERS, (Section("Tests", ("tests",)),))
    record = Record(needed=("spec",))
    assert _without(merge(None, _SECTIONS[::-1], record=record), "docs") == merge(None, _SECTIONS[:1], record=record)


def test_the_block_goes_with_its_last_pattern() -> None:
    assert _without(_FILE, "tests", "spec", "docs") == _USERS


def test_lines_of_the_user_are_dropped_only_where_all_are_verified() -> None:
    assert _without(_USERS, "own", all_lines=True) == b"# mine\n!own/keep\n"
    assert _without(_FILE, "own", all_lines=True) == _FILE.replace(b"\nown\n", b"\n")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_other_line_ends_stay(end: str) -> None:
    users = _USERS.replace(b"\n", end.encode())
    assert _without(merge(users, _SECTIONS), "docs") == merge(users, _SECTIONS[:1])
