"""Breaches, and what could not be checked, in words, the same in every output format. Names are not escaped."""

from collections.abc import Iterator

from ctxopt.checks.check import BuildCheck
from ctxopt.checks.limits import Breach
from ctxopt.checks.outcome import Outcome, Unchecked
from ctxopt.display import amount, plural, size

#: Maximum number of patterns of excluded directories that are named.
_NAMED = 5


def sentence(breach: Breach) -> str:
    """One breach in words: what was measured, what is allowed, and by how much that is exceeded."""
    if breach.in_bytes:
        measured, allowed, over = map(size, (breach.measured, breach.allowed, breach.over))
    else:
        measured, allowed, over = (plural(count, "file") for count in (breach.measured, breach.allowed, breach.over))
    pointers = f", with {plural(breach.pointers, 'Git LFS pointer')} counted in full" if breach.pointers else ""
    return f"{breach.what}: {measured} > {allowed} (+{over}){pointers}"


def culprits(breach: Breach) -> Iterator[str]:
    """A line for each culprit of a breach."""
    for culprit in breach.culprits:
        new = ", new" if culprit.new else ""
        yield f"{culprit.path}: {amount(culprit.totals.size, culprit.totals.files)}{new}"


def unchecked(one: Unchecked) -> str:
    """What could not be checked, and why."""
    origin, file = one.unresolved.origin, one.unresolved.file
    name = "" if origin == file else f"{origin}: "
    return f"{name}not checked{' (allowed)' if one.excused else ''}: {one.unresolved.reason}"


def excluded(outcome: Outcome) -> str:
    """Where no builds were looked for; "" for nowhere."""
    patterns = list(outcome.excluded)
    more = f" and {len(patterns) - _NAMED:,} more" if len(patterns) > _NAMED else ""
    return ", ".join(patterns[:_NAMED]) + more


def notes(check: BuildCheck) -> list[str]:
    """What of the check itself changed, and its notes."""
    changes = ((one.file if one.line is None else f"{one.file}:{one.line}", one.message) for one in check.changed)
    return [*(f"{place}: {message}" for place, message in changes), *check.notes, *check.suppressed]
