"""The search for patterns that break a build: smallest sets, few builds, and an end when there are none left."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from ctxopt.verify.search import OutOfBuilds, also_passing, smallest_failing, without_culprits


class Builds:
    """Fails where one of some sets of items is complete; counts, and ends after a number of builds."""

    def __init__(self, culprits: Sequence[frozenset[int]], most: int = 10_000) -> None:
        self.culprits = culprits
        self.most = most
        self.run = 0

    def __call__(self, some: Sequence[int]) -> bool:
        if self.run >= self.most:
            raise OutOfBuilds
        self.run += 1
        return any(culprit <= set(some) for culprit in self.culprits)


_culprits = st.lists(st.frozensets(st.integers(0, 15), min_size=1, max_size=3), max_size=4)


@given(_culprits)
def test_what_passes_and_what_was_dropped_are_all(culprits: list[frozenset[int]]) -> None:
    builds = Builds(culprits)
    search = without_culprits(range(16), builds)
    assert not builds(search.passing)
    dropped = [item for culprit in search.culprits for item in culprit]
    assert sorted((*search.passing, *dropped)) == list(range(16))
    assert search.untried == ()


@given(_culprits)
def test_each_culprit_is_a_smallest_failing_set(culprits: list[frozenset[int]]) -> None:
    builds = Builds(culprits)
    for culprit in without_culprits(range(16), builds).culprits:
        assert builds(culprit)
        assert not any(builds([item for item in culprit if item != spared]) for spared in culprit)


@given(st.integers(0, 255))
def test_one_culprit_takes_about_two_builds_for_each_halving(culprit: int) -> None:
    builds = Builds([frozenset({culprit})])
    assert smallest_failing(range(256), builds) == (culprit,)
    assert builds.run <= 2 * 8


@given(_culprits, st.integers(0, 30))
def test_what_passes_was_tried_also_when_the_builds_run_out(culprits: list[frozenset[int]], most: int) -> None:
    search = without_culprits(range(16), Builds(culprits, most))
    assert not Builds(culprits)(search.passing)
    assert set(search.passing) | set(search.untried) | {one for each in search.culprits for one in each} == {*range(16)}


def test_nothing_to_try_takes_no_build() -> None:
    builds = Builds([])
    assert without_culprits((), builds).passing == ()
    assert builds.run == 0


@given(_culprits.filter(lambda culprits: not any(max(each) < 8 for each in culprits)))
def test_more_is_added_to_what_passes(culprits: list[frozenset[int]]) -> None:
    builds = Builds(culprits)
    search = also_passing(range(8), range(8, 16), builds)
    assert not builds((*range(8), *search.passing))
    for (spared,) in search.culprits:
        assert builds((*range(8), *search.passing, spared))
    assert search.untried == ()


def test_more_that_passes_together_takes_one_build() -> None:
    builds = Builds([])
    assert also_passing((1,), (2, 3, 4), builds).passing == (2, 3, 4)
    assert builds.run == 1


def test_more_that_was_not_tried_is_named() -> None:
    search = also_passing((), range(4), Builds([frozenset({0})], 2))
    assert search.passing == ()
    assert search.untried == (0, 1, 2, 3)
