"""Programs that show the commit that they were built from, where the build writes it into them."""

from collections.abc import Callable, Sequence
from typing import Final

from ctxopt.catalogue.history import history
from ctxopt.catalogue.names import any_match
from ctxopt.core.context.tree import Directory, Tree
from ctxopt.core.dockerfile.model import Plan
from ctxopt.evidence.git_there import may_have_git
from ctxopt.evidence.history import HistoryNeed, building_runs
from ctxopt.image.commands import Run, may_be_command

#: Maximum number of files to read, and of the bytes of one; of more than these, one may ask for the commit.
_MOST: Final = 5_000
_LARGEST: Final = 256 << 10
#: Directories with the code of others, and with data of tests.
_OTHERS: Final = frozenset(("vendor", "node_modules", "testdata", "third_party"))
_OF_TESTS: Final = "*_test.go"

Read = Callable[[str], bytes | None]


def stamped_need(plans: Sequence[Plan], runs: Sequence[Run], tree: Tree, view: int, read: Read) -> HistoryNeed | None:
    """Why builds need the history for a program that shows its commit; None where none does.

    `runs` are their commands; `tree` has the context's files, those in `view` are searched.
    """
    wanted = history().stamping.run
    stamping = (
        run for run in building_runs(runs).that_may_be(wanted) if any(may_be_command(run, one) for one in wanted)
    )
    run = next((one for one in stamping if _has_git(plans, one)), None)
    found = None if run is None else shows_commit(tree, view, read)
    if run is None or found is None:
        return None
    path, text, dirty = found
    return HistoryNeed(f"{path} has {text!r} in it, and {run.origin} uses it", dirty, run.step)


def shows_commit(tree: Tree, view: int, read: Read) -> tuple[str, str, bool] | None:
    """A file of a program that shows the commit, the text that says so, and whether it shows missing files as well.

    None for none; told once for each tree.
    """
    return tree.once((shows_commit, view), lambda: _shows_commit(tree, view, read))


def _has_git(plans: Sequence[Plan], run: Run) -> bool:
    plan = plans[run.plan]
    return may_have_git(plan, plan.steps[run.step].stage)


def _shows_commit(tree: Tree, view: int, read: Read) -> tuple[str, str, bool] | None:
    stamping = history().stamping
    names = {name for name in tree.names if any_match(stamping.files, name) and not any_match((_OF_TESTS,), name)}
    number = 0
    for directory, index in tree.named(names):
        if not directory.flags[index] & view or _is_of_others(directory):
            continue
        number += 1
        path = directory.child_path(directory.names[index])
        data = (read(path) or b"")[:_LARGEST]
        text = next((text for text in stamping.text if text.encode() in data), "")
        if text or number > _MOST:
            return path, text or stamping.text[0], any(text.encode() in data for text in stamping.dirty)
    return None


def _is_of_others(directory: Directory) -> bool:
    return not _OTHERS.isdisjoint(directory.path.split("/"))
