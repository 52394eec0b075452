"""A build as it is, and as it would be with the ignore files that `generate` proposes."""

from collections.abc import Callable

from ctxopt.builds.build import Build
from ctxopt.builds.discovery import Request
from ctxopt.builds.opened import open_build, walk_unfiltered
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.disk import Progress
from ctxopt.core.context.locate import SourceFile
from ctxopt.core.context.tree import Totals, Tree, View
from ctxopt.core.context.walk import IgnoredPolicy
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.index import Usage
from ctxopt.errors import CtxoptError
from ctxopt.evidence.secret_files import risks
from ctxopt.proposal.applied import with_proposal
from ctxopt.proposal.model import Proposal
from ctxopt.proposal.propose import propose
from ctxopt.reports.report import Report, report
from ctxopt.reports.stages import image_files


@dataclass(frozen=True, slots=True)
class Decisions:
    """What one builder decides about the context, now or (`after`) with the proposed ignore files.

    `view` is the builder's View bit. `tree` records ignored entries too; `patterns` are those of `ignore_file`.
    """

    view: int
    after: bool
    tree: Tree
    ignore_file: SourceFile | None
    patterns: PatternSet


@dataclass(frozen=True, slots=True)
class Preview:
    """One build, now and with the proposal; `proposal` is None where there is none, and `why` says why.

    `decisions` are those of BuildKit and of the classic builder now, then the same after the proposal; `refusal` is why
    the classic builder fails, so that it has none, "" if it does not. `image` are the paths of the context's files in
    the image, `risks` says by path why a file should not be sent.
    """

    report: Report
    plan: Plan
    usage: Usage
    decisions: tuple[Decisions, ...]
    image: frozenset[str]
    risks: dict[str, str]
    proposal: Proposal | None
    why: str
    refusal: str


def preview(
    build: Build,
    declared: tuple[Build, ...] = (),
    progress: Progress | None = None,
    analyze: Callable[[BuildContext], Report] = report,
) -> Preview:
    """One build, now and with what `generate` proposes for it and for `declared` builds; one walk for all.

    `analyze` makes the report. Raises CtxoptError where BuildKit would refuse the context.
    """
    unfiltered = walk_unfiltered(build.context, progress)
    context = open_build(build, IgnoredPolicy.RECORD, unfiltered=unfiltered)
    reported = analyze(context)
    refusal = "" if isinstance(reported.classic, Totals) else reported.classic.text
    builders = (View.BUILDKIT,) if refusal else (View.BUILDKIT, View.CLASSIC)
    decisions = [_decisions(context, view, after=False) for view in builders]
    proposal, why = _proposed(build, declared, unfiltered)
    if proposal is not None:
        after = with_proposal(context, proposal, unfiltered)
        decisions += [_decisions(after, view, after=True) for view in builders]
    return Preview(
        reported,
        context.plan,
        context.usage,
        tuple(decisions),
        image_files(context),
        risks(context),
        proposal,
        why,
        refusal,
    )


def _proposed(build: Build, declared: tuple[Build, ...], unfiltered: Tree) -> tuple[Proposal | None, str]:
    """The proposal, or None and why there is none."""
    try:
        return propose(build.context, Request.for_build(build, declared), unfiltered=unfiltered), ""
    except CtxoptError as error:
        return None, f"No proposal: {error.text}"


def _decisions(context: BuildContext, view: int, *, after: bool) -> Decisions:
    return Decisions(view, after, context.transferred, context.ignore_file(view), context.patterns(view))
