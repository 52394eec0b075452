"""What a proposal says of entries that a build names which cannot be resolved: nothing is proven about them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Tree
from ctxopt.proposal.group import Group
from ctxopt.proposal.keep import KeepMap
from ctxopt.proposal.model import PatternRow
from ctxopt.proposal.task import Solution


def with_doubts(
    rows: tuple[PatternRow, ...], solution: Solution, group: Group, today: Sequence[BuildContext], tree: Tree
) -> tuple[PatternRow, ...]:
    """The rows of a solution's patterns, where the evidence also names the first build that names what they exclude.

    `today` are the builds of the group as they are.
    """
    named = [
        (origin, KeepMap(tree, [context], classic=group.classic)) for origin, context in group.unresolved_of(today)
    ]
    if not named:
        return rows
    entries = {solved.pattern: solved.entries for solved in solution.patterns}
    return tuple(replace(row, evidence=row.evidence + _doubt(named, entries[row.pattern])) for row in rows)


def _doubt(named: Sequence[tuple[str, KeepMap]], entries: Iterable[str]) -> str:
    for path in entries:
        for origin, keep in named:
            if keep.keeps_below(path):
                return f"; {origin}, which cannot be resolved, names it"
    return ""
