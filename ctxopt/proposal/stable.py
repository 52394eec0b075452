"""Whether a block that is there may stay as it is, and whether a new one is worth having."""

from ctxopt.core.context.tree import EntryKind
from ctxopt.evidence.model import ReasonKind
from ctxopt.proposal.block import has_block, recorded, split, without_block
from ctxopt.proposal.keep import Mark
from ctxopt.proposal.model import FileProposal
from ctxopt.proposal.room import ENOUGH, is_worth_a_line
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
    if views.lost(task.keep):
        return False
    more = _left(views, task)
    for path in _left(Views(task, solution.data), task):
        more.pop(path, None)
    return not more or (is_long(present) and not is_worth_a_line(sum(more.values()), _excluded_size(task, solution)))


def is_idle(proposal: FileProposal, solution: Solution) -> bool:
    """Whether a proposal excludes nothing of the context but what builders load themselves, which they send anyway."""
    own = {solved.pattern for solved in solution.patterns if solved.reason and solved.reason.kind is ReasonKind.DOCKER}
    return not any(row.files for row in proposal.rows if row.pattern not in own)


def is_long(data: bytes) -> bool:
    """Whether the block in an ignore file is so long that not everything is worth a line."""
    block = split(data).block or b""
    return block.count(b"\n") >= ENOUGH


def _left(views: Views, task: Task) -> dict[str, int]:
    """The files that a builder would send and that nothing needs, with their sizes."""
    return {
        directory.child_path(name): size
        for directory, row in views.left(task.keep)
        for name, kind, size, is_left in zip(directory.names, directory.kinds, directory.sizes, row, strict=True)
        if is_left and kind != EntryKind.DIRECTORY
    }


def _excluded_size(task: Task, solution: Solution) -> int:
    """The bytes that a solution excludes of what is there."""
    left = _left(Views(task, solution.data), task)
    return task.keep.totals(Mark.BUILDKIT).size - task.keep.totals(Mark.KEEP).size - sum(left.values())
