"""The treemap of a build: one walk, the report, and what `generate` would write."""

from dataclasses import replace

from ctxopt.builds.build import Build
from ctxopt.builds.discovery import Request
from ctxopt.builds.opened import open_build, walk_unfiltered
from ctxopt.checks.suppress import without_suppressed
from ctxopt.checks.suppression import Suppression
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.disk import Progress
from ctxopt.core.context.tree import Totals, Tree, View
from ctxopt.core.context.walk import IgnoredPolicy
from ctxopt.errors import CtxoptError
from ctxopt.evidence.secret_files import risks
from ctxopt.findings.settings import DEFAULT, Settings
from ctxopt.proposal.applied import with_proposal
from ctxopt.proposal.model import Proposal
from ctxopt.proposal.propose import propose
from ctxopt.reports.report import Report, report
from ctxopt.treemap.builder_view import BuilderView
from ctxopt.treemap.file_status import StatusTable
from ctxopt.treemap.model import Treemap
from ctxopt.treemap.nodes import nodes


def build_treemap(
    build: Build,
    declared: tuple[Build, ...] = (),
    suppressions: tuple[Suppression, ...] = (),
    progress: Progress | None = None,
    settings: Settings = DEFAULT,
) -> Treemap:
    """The treemap of a build, and of what `generate` proposes if these builds are declared besides.

    `settings` are for the rules. Raises CtxoptError where BuildKit would refuse the context.
    """
    unfiltered = walk_unfiltered(build.context, progress)
    context = open_build(build, IgnoredPolicy.RECORD, unfiltered=unfiltered)
    reported, notes = without_suppressed(report(context, settings), context, suppressions)
    reported = replace(reported, notes=(*reported.notes, *notes))
    request = Request.for_build(build, declared)
    try:
        proposal = propose(build.context, request, unfiltered=unfiltered)
    except CtxoptError as error:
        return _treemap(context, unfiltered, reported, None, f"There is no proposal: {error.text}")
    return _treemap(context, unfiltered, reported, proposal)


def _treemap(
    context: BuildContext, unfiltered: Tree, reported: Report, proposal: Proposal | None, why: str = ""
) -> Treemap:
    """The treemap over a tree that records what the ignore file excludes too; `why` explains a missing proposal."""
    refusal = "" if isinstance(reported.classic, Totals) else reported.classic.text
    builders = [View.BUILDKIT, *([] if refusal else [View.CLASSIC])]
    views = [BuilderView(context, view, after=False) for view in builders]
    if proposal is not None:
        after = with_proposal(context, proposal, unfiltered)
        views += [BuilderView(after, view, after=True) for view in builders]
    table = StatusTable(context, views, risks(context))
    directories = context.transferred.directories()
    numbers = {directory.path: table.of(directory) for directory in directories}
    keep = frozenset(i for i, status in enumerate(table.statuses) if status.risk)
    return Treemap(reported, table.summaries, table.statuses, nodes(directories, numbers, keep), proposal, why, refusal)
