"""Edits applied together, and those that cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt.edits import Edit, OverlapError, applied, compatible


def _edit(start: int, end: int, new: bytes = b"", file: str = "f") -> Edit:
    return Edit(file, start, end, new)


def test_edits_apply_in_any_order_and_equal_ones_once() -> None:
    edits = [_edit(4, 6, b"Y"), _edit(0, 1, b"X"), _edit(3, 3, b"+"), _edit(0, 1, b"X")]
    assert applied(b"abcdefgh", edits) == b"Xbc+dYgh"


@pytest.mark.parametrize(
    "pair",
    [
        (_edit(0, 3, b"x"), _edit(2, 5, b"y")),
        (_edit(0, 3, b"x"), _edit(0, 3, b"y")),
        (_edit(0, 5), _edit(2, 2, b"y")),
        (_edit(2, 2, b"x"), _edit(2, 2, b"y")),
        (_edit(1, 2), _edit(1, 4)),
    ],
)
def test_overlapping_edits_are_refused(pair: tuple[Edit, Edit]) -> None:
    with pytest.raises(OverlapError):
        applied(b"abcdefgh", pair)
    assert compatible([pair]) == []
    assert compatible([[pair[0]], [pair[1]]]) == [0]


@pytest.mark.parametrize(
    "pair", [(_edit(0, 3), _edit(3, 5)), (_edit(2, 2, b"x"), _edit(2, 4)), (_edit(0, 3), _edit(3, 3))]
)
def test_edits_side_by_side_do_not_overlap(pair: tuple[Edit, Edit]) -> None:
    applied(b"abcdefgh", pair)
    assert compatible([[pair[0]], [pair[1]]]) == [0, 1]


@pytest.mark.parametrize("edit", [_edit(3, 2), _edit(0, 9), _edit(-1, 1)])
def test_an_edit_is_within_its_file(edit: Edit) -> None:
    with pytest.raises(ValueError, match="not within the file"):
        applied(b"abcdefgh", [edit])


def test_a_group_is_accepted_as_a_whole_and_by_file() -> None:
    groups = [[_edit(0, 2)], [_edit(1, 3), _edit(5, 6)], [_edit(5, 6, b"z")], [_edit(0, 2, file="g")], [_edit(0, 2)]]
    assert compatible(groups) == [0, 2, 3, 4]


_groups = st.lists(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 3), st.sampled_from([b"", b"x", b"yy"])).map(
            lambda given: _edit(given[0], given[0] + given[1], given[2])
        ),
        min_size=1,
        max_size=3,
    ),
    max_size=8,
)


@given(_groups)
def test_what_is_compatible_can_be_applied_and_nothing_else(groups: list[list[Edit]]) -> None:
    data = bytes(range(20))
    chosen = compatible(groups)
    taken: list[Edit] = []
    for index, group in enumerate(groups):
        try:
            applied(data, [*taken, *group])
        except OverlapError:
            assert index not in chosen
        else:
            assert index in chosen
            taken += group
