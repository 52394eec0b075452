"""Notes and warnings below a proposal: a few are listed, the others counted."""

import pytest

from ctxopt.render.proposal import _some


@pytest.mark.parametrize(
    ("count", "last"), [(0, ""), (3, "note: 2"), (4, "note: 3"), (5, "note: and 2 more (--json lists them)")]
)
def test_only_so_many_are_listed(count: int, last: str) -> None:
    text = _some([str(number) for number in range(count)], "note: ", "dim", 3).plain
    assert text.rstrip("\n").rpartition("\n")[2] == last
