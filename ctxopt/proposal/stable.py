"""Whether a block that is there may stay as it is, and whether a new one is worth having."""

from ctxopt.core.context.tree import EntryKind
from ctxopt.evidence.model import ReasonKind
from ctxopt.proposal.block import has_block, recorded, without_block
from ctxopt.proposal.model import FileProposal
from ctxopt.proposal.task import Solution, Task
from ctxopt.proposal.views import Views


def does_as_well(present: bytes | None, task: Task, solution: Solution) -> bool:
    """Whether the present file keeps what has to stay, and excludes all that a solution excludes.

    It may have patterns for what is not here: a checkout without junk must not change the file.
    """
    if present is None or not has_block(present) or recorded(present) != task.record:
        return False
    if without_block(present, task.name) != without_block(task.data, task.name):
        return False
    views = Views(task, present)
    return not views.lost(task.keep) and _left(views, task) <= _left(Views(task, solution.data), task)


def is_idle(proposal: FileProposal, solution: Solution) -> bool:
    """Whether a proposal excludes nothing of the context but what builders load themselves, which they send anyway."""
    own = {solved.pattern for solved in solution.patterns if solved.reason and solved.reason.kind is ReasonKind.DOCKER}
    return not any(row.files for row in proposal.rows if row.pattern not in own)


def _left(views: Views, task: Task) -> set[str]:
    return {
        directory.child_path(name)
        for directory, row in views.left(task.keep)
        for name, kind, is_left in zip(directory.names, directory.kinds, row, strict=True)
        if is_left and kind != EntryKind.DIRECTORY
    }
