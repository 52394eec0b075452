"""A few inputs of each kind, always the same ones, and what was found with more of them."""

from functools import partial

import pytest

from tests.fuzz.kinds import KINDS, missing
from tests.fuzz.run import check, shares
from tests.support.steps import lines_run

_INPUTS = 300

#: Maximum number of lines of ctxopt for one input, a few times what any of these takes.
_MOST_LINES = 1_000_000


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_must_be_true_of_any_input(kind: str) -> None:
    if kind in missing():
        pytest.skip("what it is held against is not here")
    for number in range(shares(_INPUTS, list(KINDS))[kind]):
        lines_run(partial(check, kind, 7, number), _MOST_LINES)


def test_all_kinds_get_a_share() -> None:
    assert sum(share for _, share in KINDS.values()) == 100
    assert set(shares(1, list(KINDS)).values()) == {1}
