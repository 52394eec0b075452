"""Sizes and shares as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt.checks.amount import Share, parse_share, parse_size
from ctxopt.display import size
from ctxopt.errors import CtxoptError


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0", 0),
        ("512", 512),
        ("512 B", 512),
        ("50MB", 50_000_000),
        ("50 mb", 50_000_000),
        ("1.5 MB", 1_500_000),
        ("1.5MiB", 1_572_864),
        ("1 kB", 1000),
        ("1KB", 1000),
        ("1kib", 1024),
        ("2GB", 2_000_000_000),
        ("2GiB", 2_147_483_648),
        ("3TB", 3_000_000_000_000),
        ("1TiB", 1_099_511_627_776),
        ("0.0019 kB", 1),
        ("0.1MB", 100_000),
        ("999999999999999.999999999TiB", 999999999999999999999999 * 2**40 // 10**9),
    ],
)
def test_a_size_is_read(text: str, count: int) -> None:
    assert parse_size(text) == count


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "MB",
        "-5MB",
        "+5MB",
        "5M",
        "5 XB",
        "1.5",
        "1.5 B",
        "1,5 MB",
        "1_000",
        "1e6",
        "0x10",
        ".5MB",
        "5.MB",
        " 5MB",
        "5MB\n",
        "5MB 3kB",
        "5%",
        "1 PB",
        "½MB",
        "nan",
        "inf",
        "\u0665MB",
        "5\u212aB",
        "9" * 5000,
        "9" * 5000 + "MB",
    ],
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(CtxoptError, match="is not a size; write bytes, or kB, MB, GB") as raised:
        parse_size(text)
    assert len(str(raised.value)) < 250


@given(st.integers(0, 10**15 - 1))
def test_what_sizes_are_printed_as_is_read_again(count: int) -> None:
    assert abs(parse_size(size(count)) - count) <= count // 20


@pytest.mark.parametrize(
    ("text", "total", "part"),
    [
        ("5%", 1000, 50),
        ("5 %", 999, 49),
        ("0%", 1000, 0),
        ("2.5%", 1000, 25),
        ("0.1%", 10**18, 10**15),
        ("33.333333333%", 3 * 10**30, 999999999990000000000000000000),
        ("100%", 7, 7),
        ("150%", 10, 15),
        ("50%", 0, 0),
        ("1MB", 5, 1_000_000),
        ("10", 5, 10),
    ],
)
def test_a_share_of_a_total(text: str, total: int, part: int) -> None:
    share = parse_share(text)
    assert share.text == text
    assert share.of(total) == part


def test_a_share_says_which_it_is() -> None:
    assert parse_share("1 kB") == Share("1 kB", 1000)
    assert parse_share("2.5%") == Share("2.5%", 25, 1000)


@pytest.mark.parametrize("text", ["", "%", "-5%", "5%%", "5 percent", "1e3%", "5%MB", "5%\n", "9" * 5000 + "%", "5M"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(CtxoptError, match="is neither a percentage nor a size; write a percentage such as 5%"):
        parse_share(text)
