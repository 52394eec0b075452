"""The cost of one build: what is sent now, and with the proposed ignore files."""

from ctxopt.builds.discovery import Request
from ctxopt.builds.opened import walk_unfiltered
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals, View
from ctxopt.errors import CtxoptError
from ctxopt.proposal.applied import with_proposal, with_proposed_files
from ctxopt.proposal.propose import propose
from ctxopt.reports.cost.model import Cost, Rates, Sizes, cost


def estimate(context: BuildContext, request: Request, rates: Rates) -> Cost:
    """The cost of a build now, and with what `generate` proposes for a request at its default level.

    The directory is walked twice more. Where there can be no proposal, a note says why. Raises CtxoptError where
    BuildKit would refuse the context.
    """
    before = _sizes(context)
    try:
        proposal = propose(context.root, request)
    except CtxoptError as error:
        return cost(before, None, rates, f"nothing can be proposed: {error.text}")
    tree = with_proposed_files(walk_unfiltered(context.root), proposal)
    return cost(before, _sizes(with_proposal(context, proposal, tree)), rates)


def _sizes(context: BuildContext) -> Sizes:
    """What each builder is sent. Raises CtxoptError where BuildKit would refuse the context."""
    tree = context.transferred
    tree.check(View.BUILDKIT)
    classic: Totals | None
    try:
        tree.check(View.CLASSIC)
        classic = context.usage.totals(lambda flags, _: bool(flags & View.CLASSIC))
    except CtxoptError:
        classic = None
    return Sizes(context.usage.totals(lambda flags, _: bool(flags & View.TRANSFER)), classic)
