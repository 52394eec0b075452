"""The block that ctxopt writes, and the user's bytes around it."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ctxopt.core.dockerignore.reader import read_lines
from ctxopt.errors import CtxoptError
from ctxopt.proposal.block import (
    BUILDING_ONLY,
    Record,
    Section,
    merge,
    recorded,
    sealed,
    split,
    with_needed,
    without_block,
)

_START = b'# >>> ctxopt: do not edit; patterns kept up to date by "ctxopt generate" >>>\n'
_UNENDED = b'# >>> ctxopt: do not edit; patterns kept up to date by "ctxopt generate" (added a newline above) >>>\n'
_END = b"# <<< ctxopt <<<\n"
#: The start of a hash of the lines, which are "# history" and ".git".
_BLOCK = _START + b"# history\n.git\n# <<< ctxopt d3fcd4f6 <<<\n"
_SECTIONS = (Section("history", (".git",)),)

_PIECES = (
    *(b"", b"a", b"*.log", b"\n", b"\n\n", b"\r\n", b"\r\n\r\n", b"\r", b" ", b"\0", b"\xff", b"\xef\xbb\xbf"),
    *(b"# x", b"#", b">>> ctxopt", b" # >>> ctxopt", b"# <<< ctxopts", b"a\n", b"b\r\n"),
)
_plain = st.lists(st.sampled_from(_PIECES) | st.binary(max_size=4), max_size=8).map(b"".join)
_marked = st.lists(st.sampled_from((*_PIECES, _START, _UNENDED, _END, _BLOCK, b"# >>> ctxopt\r\n")), max_size=8).map(
    b"".join
)
_comments = st.text(max_size=12) | st.sampled_from((">>> ctxopt", "<<< ctxopt <<<", "a\nb", "\r", "\u202e"))
_names = st.sampled_from((".git", "**/*.pyc", "!keep", "src/ünï", "a b"))
_sections = st.lists(st.builds(Section, _comments, st.lists(_names, max_size=3).map(tuple)), max_size=3)


def _is_free_of_markers(data: bytes) -> bool:
    try:
        return split(data).block is None
    except CtxoptError:
        # Pieces that make half a block together.
        return False


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (None, _BLOCK),
        (b"", _BLOCK),
        (b"\xef\xbb\xbf", b"\xef\xbb\xbf" + _BLOCK),
        (b"a\n", b"a\n\n" + _BLOCK),
        (b"a\n\n", b"a\n\n\n" + _BLOCK),
        (b"a", b"a\n\n" + _BLOCK.replace(_START, _UNENDED)),
        (b"a\r\nb\r\n", b"a\r\nb\r\n\r\n" + _BLOCK.replace(b"\n", b"\r\n")),
        (b"a\r\nb\n", b"a\r\nb\n\n" + _BLOCK),
        (b"a\n\n" + _START + b"old\n" + _END + b"b\n", b"a\n\n" + _BLOCK + b"b\n"),
        (b"# >>> ctxopt, an older wording\nold\n# <<< ctxopt", _BLOCK),
    ],
)
def test_position_of_the_block(data: bytes | None, expected: bytes) -> None:
    assert merge(data, _SECTIONS) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", _BLOCK),
        (b"a", _BLOCK + b"\na"),
        (b"\xef\xbb\xbf*\n", b"\xef\xbb\xbf" + _BLOCK + b"\n*\n"),
        (b"a\n\n" + _BLOCK, b"a\n\n" + _BLOCK),
    ],
)
def test_a_new_block_above_the_users_lines(data: bytes, expected: bytes) -> None:
    assert merge(data, _SECTIONS, at_start=True) == expected


def test_each_section_has_its_comment() -> None:
    sections = (Section("one", ("a", "b")), Section("none", ()), Section("two\nlines", ("!c",)))
    assert merge(None, sections) == _START + b"# one\na\nb\n# two\\nlines\n!c\n# <<< ctxopt de0ad54c <<<\n"


def test_no_block_without_patterns() -> None:
    assert merge(None, ()) == b""
    assert merge(b"a", ()) == b"a"
    assert merge(merge(b"a", _SECTIONS), [Section("nothing", ())]) == b"a"


def test_lines_below_the_block_do_not_run_on_from_those_above() -> None:
    assert without_block(merge(b"a", _SECTIONS) + b"b\n") == b"a\nb\n"


def test_a_block_with_other_line_ends_is_removed_completely() -> None:
    assert without_block(merge(b"a\nb", _SECTIONS).replace(b"\n", b"\r\n")) == b"a\r\nb"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"a\n" + _START, 2),
        (b"a\n" + _END, 2),
        (_END + _START, 1),
        (_START + b"a\n" + _START + _END, 3),
        (_BLOCK + b"\n" + _BLOCK, 6),
        (_BLOCK + _END, 5),
        (b"\xef\xbb\xbf" + _START, 1),
        (_BLOCK + b"\xef\xbb\xbf" + _END, 5),
        (_BLOCK + b"\xef\xbb\xbf" + _START, 5),
        (b"a\n\xef\xbb\xbf" + _BLOCK, 2),
    ],
)
def test_markers_that_do_not_match(data: bytes, line: int) -> None:
    for action in (split, without_block, lambda data, file: merge(data, _SECTIONS, file=file)):
        with pytest.raises(CtxoptError, match=f"^sub/.dockerignore:{line}: the markers of the ctxopt block"):
            action(data, "sub/.dockerignore")


@pytest.mark.parametrize("pattern", ["a\nb", "a\r", "# no pattern", "", " ", "\udcff"])
def test_a_pattern_that_is_no_line_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|surrogates"):
        merge(None, [Section("x", (pattern,))])


@given(_plain.filter(_is_free_of_markers), _sections, st.booleans())
@example(b"\r", [Section("x", ("a",))], False)
@example(b"b\r\na\r", [Section("x", ("a",))], False)
@example(b"\xef\xbb\xbf\xef\xbb\xbf\n", [Section("x", ("a",))], True)
@settings(max_examples=400)
def test_the_users_bytes_are_restored(data: bytes, sections: list[Section], at_start: bool) -> None:
    merged = merge(data, sections, at_start=at_start)
    assert without_block(merged) == data
    assert merge(merged, sections, at_start=at_start) == merged
    assert merge(without_block(merged), sections, at_start=at_start) == merged
    assert merge(merged, ()) == data


@given(_plain.filter(_is_free_of_markers), _sections, _sections)
def test_replacing_a_block_equals_removing_and_writing_it(data: bytes, old: list[Section], new: list[Section]) -> None:
    assert merge(merge(data, old), new) == merge(data, new)


@given(_marked, _sections)
@settings(max_examples=400)
def test_markers_in_unusual_positions(data: bytes, sections: list[Section]) -> None:
    try:
        parts = split(data)
    except CtxoptError:
        return
    assert parts.before + (parts.block or b"") + parts.after == data
    merged = merge(data, sections)
    assert merge(merged, sections) == merged
    assert without_block(merged) == without_block(data)
    again = split(merged)
    if again.block is not None:
        assert (again.before, again.after) == (parts.before, parts.after)


@given(_plain.filter(_is_free_of_markers), _sections)
def test_docker_reads_the_users_patterns_and_ours(data: bytes, sections: list[Section]) -> None:
    ours = [pattern for section in sections for pattern in section.patterns]
    users = [line.pattern for line in read_lines(data, "f")]
    assert [line.pattern for line in read_lines(merge(data, sections), "f")] == users + ours


def test_the_block_records_the_options() -> None:
    sections = (Section("history", (".git",)),)
    data = merge(b"a\n", sections, record=Record(("--level", "likely")))
    assert b'"ctxopt generate --level likely" >>>\n' in data
    assert recorded(data) == Record(("--level", "likely"))
    assert recorded(merge(data, sections)) == Record()
    assert recorded(b"a\n") == Record()
    assert recorded(b'# >>> ctxopt: "ctxopt generate; rm -rf" >>>\n# <<< ctxopt <<<\n') == Record()
    assert without_block(data) == b"a\n"


def test_it_records_what_builds_need() -> None:
    record = Record(("--level", "likely"), ("tests", "a b", "# c".replace("# ", "\\#")))
    for data in (merge(b"own\r\n", [Section("Docs", ("docs",))], record=record), merge(None, [], record=record)):
        assert recorded(data) == record
        assert recorded(merge(data, [Section("Docs", ("docs",))], record=recorded(data))) == record


def test_what_builds_need_is_added_to_a_block() -> None:
    data = merge(b"own\n", [Section("Docs", ("docs",))], record=Record(("--level", "likely")))
    added = with_needed(data, ["tests"], Record())
    assert recorded(added) == Record(("--level", "likely"), ("tests",))
    assert sealed(added.replace(b'# needed by a build, says "ctxopt verify": tests\n', b"")) == data
    assert recorded(with_needed(b"own\n", ["tests"], Record(("--level", "likely")))) == recorded(added)
    assert with_needed(data, [], Record()) == data


def test_what_is_verified_by_building_only_is_a_section() -> None:
    sections = [Section(BUILDING_ONLY, ("vendor", "!vendor/a", "data")), Section("Docs", ("docs",))]
    assert recorded(merge(b"x\n", sections)) == Record(building_only=("vendor", "data"))
