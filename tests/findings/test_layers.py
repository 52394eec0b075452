"""What the rules about layers share."""

import pytest

from ctxopt.core.context.tree import Totals
from ctxopt.findings.layers import listed, severity
from ctxopt.findings.model import Severity


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, Severity.INFO), (9_999, Severity.INFO), (10_000, Severity.NOTE), (100_000, Severity.WARNING)],
)
def test_how_much_bytes_matter(size: int, expected: Severity) -> None:
    assert severity(Totals(1, size)) is expected


def test_names_in_a_sentence() -> None:
    assert [listed(["a"] * count) for count in (1, 2, 3, 1001)] == ["a", "a and a", "a and 2 more", "a and 1,000 more"]
