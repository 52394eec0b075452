"""What of a build is not known, so that a check of it does not hold."""

from collections.abc import Iterator

from ctxopt.core.dockerfile.model import Plan

#: Maximum number of variables of one instruction to name.
_NAMED = 5


def unknowns(plan: Plan) -> Iterator[tuple[str, int, str]]:
    """Each thing that is not known: its file, its line, and why."""
    for read in plan.reads:
        if read.unresolved:
            names = sorted(read.unresolved)
            more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
            listed = ", ".join(f"${name}" for name in names[:_NAMED])
            reason = f"it depends on {listed}{more}, whose value is not known; set it with --build-arg"
            yield plan.file, read.line, reason
