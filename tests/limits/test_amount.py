"""Sizes and shares."""

import pytest

from ctxopt.errors import CtxoptError
from ctxopt.limits.amount import parse_share, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1000", 1000),
        ("12b", 12),
        ("50MB", 50_000_000),
        ("50 mb", 50_000_000),
        ("1.5GiB", 1_610_612_736),
        ("0.1kB", 100),
        ("2KiB", 2048),
        ("1TB", 10**12),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "-1", "MB", "1.MB", "1,5MB", "1e9", "5%", "1 PB", "½MB", "\u0661MB", "50M", " 1MB", "1" * 20])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(CtxoptError, match="is no size; write bytes"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "total", "allowed"),
    [("5%", 1000, 50), ("5%", 19, 0), ("33.3%", 1000, 333), ("150%", 10, 15), ("0%", 9, 0), ("2kB", 1, 2000)],
)
def test_shares(text: str, total: int, allowed: int) -> None:
    assert parse_share(text).of(total) == allowed


@pytest.mark.parametrize("text", ["", "%", "-5%", "five", "5%%"])
def test_what_is_no_share(text: str) -> None:
    with pytest.raises(CtxoptError, match="is neither a percentage nor a size; write a percentage"):
        parse_share(text)
