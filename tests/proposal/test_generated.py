"""What a proposal promises, on more than 2,000 random builds in both styles."""

import pytest

from ctxopt.proposal.model import Style
from tests.proposal.generated import outcome

_AT_ONCE = 100


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("first", range(0, 2600, _AT_ONCE))
def test_nothing_that_is_read_is_lost_and_nothing_else_is_kept(first: int, style: Style) -> None:
    cases = 0
    for seed in range(first, first + _AT_ONCE):
        result = outcome(seed, style)
        if result is None:
            continue
        cases += 1
        assert result.wrong == (), seed
        if result.works:
            assert max(result.ratios) <= 1.0, seed
    # Docker refuses a fifth of what is drawn.
    assert cases > 0.68 * _AT_ONCE
