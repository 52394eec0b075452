"""How often the history rebuilds one instruction: a number for findings to be measured with."""

from dataclasses import dataclass

from ctxopt.core.build_context import BuildContext
from ctxopt.errors import CtxoptError
from ctxopt.rebuilds.epochs import Timeline
from ctxopt.rebuilds.inputs import changed_inputs
from ctxopt.rebuilds.log import read_history
from ctxopt.rebuilds.replay import replay


@dataclass(frozen=True, slots=True)
class Count:
    """Of the last `commits`, which are those with a parent in this clone, so many `rebuilds`.

    `causes` are the paths that changed, with the number of rebuilds in which they did, the most frequent first.
    """

    rebuilds: int
    commits: int
    causes: tuple[tuple[str, int], ...]


def count_rebuilds(context: BuildContext, line: int, most: int = 100) -> Count | None:
    """How often the last `most` commits rebuild the instruction that begins at a line of the Dockerfile.

    None where that cannot be told: no repository, no commit with a parent, nothing committed of the context, or no
    RUN, COPY or ADD at the line in a stage that the target needs. It takes about a tenth of a second, and runs
    git: ask only once there is something to tell, and with `rebuild_counts` for several lines.
    """
    return rebuild_counts(context, most).get(line)


def rebuild_counts(context: BuildContext, most: int = 100) -> dict[int, Count]:
    """The same for all lines at which an instruction begins; empty where there is no history to go by."""
    try:
        history = read_history(context.root, most)
        replayed = replay(context.plan, changed_inputs(context, Timeline(history)))
    except CtxoptError:
        return {}
    commits = len(history.commits)
    if not commits:
        return {}
    # Triggers all have the line of the FROM that fired them; the last one stands on the others.
    return {one.step.line: Count(one.rebuilds, commits, one.causes) for one in replayed.instructions}
