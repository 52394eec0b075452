"""What differs between two trees."""

from pathlib import Path

import pytest

from ctxopt.core.context.tree import Totals, View
from ctxopt.reports.compare.changes import Change, changes
from ctxopt.reports.compare.difference import difference
from tests.support.contexts import context


def test_files_and_directories(tmp_path: Path) -> None:
    before = context(tmp_path / "a", {"same": 1, "grown": 10, "gone": 5, "old/x": 3, "old/y": 4, "both/a": 1})
    after = context(tmp_path / "b", {"same": 1, "grown": 30, "new/x/y": 100, "new/z": 2, "both/a": 1, "both/b": 7})
    found = changes(before.transferred, after.transferred, View.BUILDKIT)
    assert found.items == (
        Change("new/", Totals(), Totals(2, 102)),
        Change("grown", Totals(1, 10), Totals(1, 30)),
        Change("both/b", Totals(), Totals(1, 7)),
        Change("gone", Totals(1, 5), Totals()),
        Change("old/", Totals(2, 7), Totals()),
    )
    assert found.added == Totals(3, 129)
    assert found.removed == Totals(3, 12)


def test_a_file_that_becomes_a_directory(tmp_path: Path) -> None:
    before = context(tmp_path / "a", {"x": 4})
    after = context(tmp_path / "b", {"x/y": 9})
    items = changes(before.transferred, after.transferred, View.BUILDKIT).items
    assert items == (Change("x/", Totals(), Totals(1, 9)), Change("x", Totals(1, 4), Totals()))


def test_only_the_view_counts(tmp_path: Path) -> None:
    before = context(tmp_path / "a", {"src/a": 1, "logs/a": 50}, ignore="logs\n")
    after = context(tmp_path / "b", {"src/a": 1, "logs/a": 90}, ignore="logs\n")
    assert changes(before.transferred, after.transferred, View.BUILDKIT).items == ()


@pytest.mark.parametrize(("first", "second", "growth"), [("a", "a", [2]), ("a", "b", [3, -1])])
def test_instructions(tmp_path: Path, first: str, second: str, growth: list[int]) -> None:
    before = context(tmp_path / "a", {"a": 1, "b": 1}, f"FROM scratch\nCOPY {first} /\n")
    after = context(tmp_path / "b", {"a": 3, "b": 3}, f"FROM scratch\n\nCOPY {second} /\n")
    found = difference(before, after, ("old", "new"))
    assert [change.growth for change in found.reads] == growth
    assert (found.transfer_before, found.transfer_after) == (Totals(1, 1), Totals(1, 3))


def test_what_git_keeps_is_at_no_revision(tmp_path: Path) -> None:
    before = context(tmp_path / "a", {"x": 4})
    after = context(tmp_path / "b", {"x": 4, ".git/objects/1": 900, "sub/.git": 3, "sub/x": 5})
    assert [change.path for change in changes(before.transferred, after.transferred, View.BUILDKIT).items] == ["sub/"]
    found = difference(before, after, ("old", "new"))
    assert found.totals_after.size - found.totals_before.size == 5
