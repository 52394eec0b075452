"""What `ctxopt generate` would save for one build: the proposal itself, so that the two commands always agree."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ctxopt.builds.discovery import Request
from ctxopt.builds.opened import walk_unfiltered
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals, Tree, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError
from ctxopt.proposal.applied import with_proposal, with_proposed_files
from ctxopt.proposal.model import KeptRow, Proposal
from ctxopt.proposal.propose import propose
from ctxopt.reports.cost.model import Sizes


@dataclass(frozen=True, slots=True)
class Savings:
    """What is sent now and with the proposal; `after` is None where there can be none, and `note` says why.

    `likely` is what `--level likely` would exclude beyond it, None for nothing. `warnings` are what makes the
    proposal unsafe. `command` proposes it. `kept` are the largest entries that are still sent with it, and why.
    """

    before: Sizes
    after: Sizes | None
    likely: Totals | None
    warnings: tuple[str, ...]
    note: str
    command: str
    kept: tuple[KeptRow, ...] = ()

    @property
    def buildkit(self) -> int:
        """The bytes that BuildKit would not transfer any more."""
        return 0 if self.after is None else _less(self.before.buildkit, self.after.buildkit)

    @property
    def classic(self) -> int:
        """The bytes that the legacy builder would not send any more."""
        return 0 if self.after is None else _less(self.before.classic, self.after.classic)


class Proposals:
    """What `ctxopt generate` proposes for directories, worked out once for each of them."""

    def __init__(self, request_of: Callable[[str], Request]) -> None:
        self._request_of = request_of
        self._known: dict[str, Proposal | CtxoptError] = {}

    def savings(self, context: BuildContext, command: str) -> Savings:
        """What `command`, which is `ctxopt generate` with the request for this directory, would save for a build.

        Raises CtxoptError where BuildKit would refuse the context.
        """
        before = _sizes(context)
        try:
            tree = context.unfiltered or walk_unfiltered(context.root)
            proposal = self._of(context.root, tree)
        except CtxoptError as error:
            return Savings(before, None, None, (), error.text, command)
        after = _sizes(with_proposal(context, proposal, with_proposed_files(tree, proposal)))
        return Savings(
            before,
            after,
            proposal.likely,
            proposal.warnings,
            "",
            command,
            tuple(_explained(proposal.largest_kept, context)),
        )

    def _of(self, root: str, tree: Tree) -> Proposal:
        """The proposal for a directory. Raises CtxoptError."""
        if root not in self._known:
            try:
                self._known[root] = propose(root, self._request_of(root), unfiltered=tree)
            except CtxoptError as error:
                self._known[root] = error
        known = self._known[root]
        if isinstance(known, CtxoptError):
            raise known
        return known


def _explained(rows: Iterable[KeptRow], context: BuildContext) -> Iterator[KeptRow]:
    """The rows, those that no evidence keeps with the first instruction that reads any of them."""
    for row in rows:
        read = None if row.why else _first_reader(context, row.path.rstrip("/"))
        yield row if read is None else replace(row, why=f"{read.kind} in line {read.line} reads it")


def _first_reader(context: BuildContext, path: str) -> ContextRead | None:
    found = context.locate(path)
    if found is None:
        return None
    directory, index = found
    usage = context.usage
    inside = directory.subdirectories.get(directory.names[index])
    numbers = {usage.numbers(directory)[index]} if inside is None else set()
    for below in inside.with_all_below() if inside is not None else ():
        numbers.update(usage.numbers(below))
    readers = {number for one in numbers for number in usage.reader_sets[one]}
    return next((read for read in context.plan.reads if read.number in readers), None)


def _less(before: Totals | None, after: Totals | None) -> int:
    return 0 if before is None or after is None else max(0, before.size - after.size)


def _sizes(context: BuildContext) -> Sizes:
    """What each builder is sent. Raises CtxoptError where BuildKit would refuse the context."""
    tree = context.transferred
    tree.check(View.BUILDKIT)
    classic: Totals | None
    try:
        tree.check(View.CLASSIC)
        classic = context.sent(View.CLASSIC)
    except CtxoptError:
        classic = None
    return Sizes(context.usage.totals(lambda flags, _: bool(flags & View.TRANSFER)), classic)
