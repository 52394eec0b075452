"""Limits, what breaks them, and what accounts for it."""

from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.checks.amount import parse_share
from ctxopt.checks.evaluate import evaluate
from ctxopt.checks.limits import Breach, Culprit, Limits
from ctxopt.core.context.tree import Totals, View
from tests.support.contexts import READS_ALL, context


def broken(limits: Limits, given: BuildContext, base: BuildContext | None = None) -> dict[str, Breach]:
    return {breach.rule: breach for breach in evaluate(limits, given, base)}


def test_no_limit_is_never_broken(tmp_path: Path) -> None:
    assert evaluate(Limits(), context(tmp_path, {"a": 1000})) == ()


@pytest.mark.parametrize(
    ("allowed", "over"),
    [(1000 + len(READS_ALL), None), (999 + len(READS_ALL), 1), (0, 1000 + len(READS_ALL))],
)
def test_the_size(tmp_path: Path, allowed: int, over: int | None) -> None:
    found = broken(Limits(max_size=allowed), context(tmp_path, {"a": 1000}))
    assert (found["limit-size"].over if found else None) == over


def test_the_view_that_counts(tmp_path: Path) -> None:
    given = context(tmp_path, {"src/a": 10, "data/b": 5000}, "FROM scratch\nCOPY src /\n")
    assert broken(Limits(max_size=100), given) == {}
    assert broken(Limits(max_size=100, view=View.CLASSIC), given)["limit-size"].measured == 5010 + 24


def test_what_accounts_for_the_size(tmp_path: Path) -> None:
    files = {"deep/er/down/big": 9000, "deep/small": 5, **{f"many/{n}": 100 for n in range(20)}, "a": 1}
    found = broken(Limits(max_size=10), context(tmp_path, files))
    assert [(culprit.path, culprit.totals) for culprit in found["limit-size"].culprits] == [
        ("deep/er/down/big", Totals(1, 9000)),
        ("many/", Totals(20, 2000)),
        ("Dockerfile", Totals(1, len(READS_ALL))),
        ("a", Totals(1, 1)),
    ]


def test_the_number_of_files(tmp_path: Path) -> None:
    found = broken(Limits(max_files=4), context(tmp_path, {"big": 9000, **{f"many/{n}": 1 for n in range(9)}}))
    breach = found["limit-files"]
    assert (breach.measured, breach.in_bytes, breach.culprits[0].path) == (11, False, "many/")


@pytest.mark.parametrize(("share", "breaks"), [("5kB", False), ("4kB", True), ("99%", False), ("90%", True)])
def test_what_nothing_reads(tmp_path: Path, share: str, breaks: bool) -> None:
    given = context(tmp_path, {"src/a": 100, "data/b": 5000}, "FROM scratch\nCOPY src /\n")
    found = broken(Limits(max_unused=parse_share(share)), given)
    assert bool(found) is breaks
    if breaks:
        assert found["limit-unused"].culprits == (Culprit("data/b", Totals(1, 5000)),)


def test_large_files(tmp_path: Path) -> None:
    files = {"x/big": 900, "y/bigger": 1000, "z": 5}
    found = broken(Limits(max_file_size=500), context(tmp_path, files))
    assert [culprit.path for culprit in found["limit-file-size"].culprits] == ["y/bigger", "x/big"]
    assert found["limit-file-size"].measured == 1000


def test_growth(tmp_path: Path) -> None:
    base = context(tmp_path / "old", {"src/a": 1000, "lib/b": 1000})
    given = context(tmp_path / "new", {"src/a": 1000, "lib/b": 1100, "lib/node_modules/x": 400, "src/new.bin": 500})
    assert broken(Limits(max_growth=parse_share("1000")), given, base) == {}
    assert broken(Limits(max_growth=parse_share("10%")), given) == {}
    breach = broken(Limits(max_growth=parse_share("10%")), given, base)["limit-growth"]
    assert (breach.measured, breach.allowed) == (1000, (2000 + len(READS_ALL)) // 10)
    assert breach.culprits == (
        Culprit("src/new.bin", Totals(1, 500), True),
        Culprit("lib/node_modules/", Totals(1, 400), True),
        Culprit("lib/b", Totals(1, 100), False),
    )


def test_what_is_new_comes_first(tmp_path: Path) -> None:
    base = context(tmp_path / "old", {"old": 90_000, "src/a": 10})
    given = context(tmp_path / "new", {"old": 90_000, "src/a": 10, "src/new": 700, "x/y": 50})
    breach = broken(Limits(max_size=100), given, base)["limit-size"]
    assert [(culprit.path, culprit.new) for culprit in breach.culprits][:3] == [
        ("src/new", True),
        ("x/", True),
        ("old", False),
    ]


#: What there is before and after; only after, the ignore file and the Dockerfile leave everything in.
_LARGE = {"src/old": 900, "src/ignored": 800, "unread": 700}


@pytest.mark.parametrize(
    ("view", "new"),
    [
        (View.TRANSFER, ["src/ignored", "unread", "src/new"]),
        (View.BUILDKIT, ["src/ignored", "src/new"]),
        (View.CLASSIC, ["src/ignored", "src/new"]),
    ],
)
def test_a_large_file_is_new_where_it_was_not_in_the_view_before(tmp_path: Path, view: int, new: list[str]) -> None:
    base = context(tmp_path / "old", _LARGE, "FROM scratch\nCOPY src /\n", "src/ignored\n")
    given = context(tmp_path / "new", {**_LARGE, "src/new": 600})
    breach = broken(Limits(max_file_size=500, view=view), given, base)["limit-file-size"]
    assert [culprit.path for culprit in breach.culprits if culprit.new] == new
    assert len(breach.culprits) == 4
    assert breach.culprits[len(new)] == Culprit("src/old", Totals(1, 900), False)


def test_no_large_file_is_new_without_a_state_before(tmp_path: Path) -> None:
    breach = broken(Limits(max_file_size=500), context(tmp_path, _LARGE))["limit-file-size"]
    assert [culprit.new for culprit in breach.culprits] == [False] * 3
