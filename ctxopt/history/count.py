"""How often the history rebuilds one instruction: a number for findings to be measured with."""

from dataclasses import dataclass

from ctxopt.build_context import BuildContext
from ctxopt.errors import CtxoptError
from ctxopt.history.epochs import Timeline
from ctxopt.history.inputs import changed_inputs
from ctxopt.history.log import read_history
from ctxopt.history.rebuilds import by_line, replay


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
    git: ask only once there is something to tell.
    """
    try:
        history = read_history(context.root, most)
        timeline = Timeline(history)
        instruction = by_line(replay(context.plan, changed_inputs(context, timeline)), line)
    except CtxoptError:
        return None
    if instruction is None or not history.commits:
        return None
    return Count(instruction.rebuilds, len(history.commits), instruction.causes)
