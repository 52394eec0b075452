"""Which patterns break a build, found with few builds: delta debugging over a set of patterns.

After Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input" (2002).
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from ctxopt.core.lazy_dataclass import dataclass

T = TypeVar("T")


class OutOfBuilds(Exception):
    """No more builds may be run."""


@dataclass(frozen=True, slots=True)
class Search(Generic[T]):
    """What a search found: the items that pass together, the smallest sets that fail, in the order they were found.

    `untried` are those of which nothing is known, since the builds ran out.
    """

    passing: tuple[T, ...]
    culprits: tuple[tuple[T, ...], ...] = ()
    untried: tuple[T, ...] = ()


def without_culprits(items: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> Search[T]:
    """Drop smallest failing sets from `items` until the rest passes.

    `fails` tries a set; it raises OutOfBuilds once it may not. The empty set passes.
    """
    passing: tuple[T, ...] = ()

    def tried(some: Sequence[T]) -> bool:
        nonlocal passing
        failed = fails(some)
        if not failed and len(some) > len(passing):
            passing = tuple(some)
        return failed

    left = tuple(items)
    culprits: list[tuple[T, ...]] = []
    try:
        while left and tried(left):
            culprit = smallest_failing(left, tried)
            culprits.append(culprit)
            left = tuple(item for item in left if item not in culprit)
            passing = ()
    except OutOfBuilds:
        pass
    return Search(passing, tuple(culprits), tuple(item for item in left if item not in passing))


def smallest_failing(items: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> tuple[T, ...]:
    """A subset of failing items that fails, and of which no item can be spared."""
    failing = tuple(items)
    parts = 2
    while len(failing) > 1:
        chunks = _split(failing, parts)
        smaller = next((chunk for chunk in chunks if len(chunk) < len(failing) and fails(chunk)), None)
        if smaller is not None:
            failing, parts = smaller, 2
            continue
        rests = (tuple(item for item in failing if item not in chunk) for chunk in chunks)
        # With two parts the rest of one is the other.
        rest = next((rest for rest in rests if fails(rest)), None) if parts > 2 else None
        if rest is not None:
            failing, parts = rest, max(parts - 1, 2)
        elif parts < len(failing):
            parts = min(2 * parts, len(failing))
        else:
            break
    return failing


def also_passing(base: Sequence[T], more: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> Search[T]:
    """Which of `more` pass with `base`: tried together, then halved; the first ones are tried first."""
    passing: list[T] = []
    culprits: list[tuple[T, ...]] = []
    waiting = [tuple(more)] if more else []
    try:
        while waiting:
            group = waiting[0]
            if not fails((*base, *passing, *group)):
                passing += group
            elif len(group) == 1:
                culprits.append(group)
            else:
                waiting[1:1] = _split(group, 2)
            waiting.pop(0)
    except OutOfBuilds:
        pass
    return Search(tuple(passing), tuple(culprits), tuple(item for group in waiting for item in group))


def _split(items: tuple[T, ...], parts: int) -> list[tuple[T, ...]]:
    size, more = divmod(len(items), parts)
    chunks, start = [], 0
    for number in range(parts):
        end = start + size + (number < more)
        chunks.append(items[start:end])
        start = end
    return [chunk for chunk in chunks if chunk]
