"""A build as it is, and as it would be with the ignore files that `generate` proposes at each level."""

from collections.abc import Callable
from contextlib import suppress

from ctxopt.builds.build import Build
from ctxopt.builds.discovery import Request
from ctxopt.builds.opened import open_build, walk_unfiltered
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.disk import Progress
from ctxopt.core.context.locate import SourceFile
from ctxopt.core.context.tree import Totals, Tree, View
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.index import Usage
from ctxopt.errors import CtxoptError
from ctxopt.evidence.secret_files import risks
from ctxopt.proposal.applied import with_proposal, with_proposed_files
from ctxopt.proposal.model import Level, Proposal
from ctxopt.proposal.propose import Proposer
from ctxopt.reports.report import Report, report
from ctxopt.reports.stages import image_files


@dataclass(frozen=True, slots=True)
class Decisions:
    """What one builder decides about the context as it is (`level` is None), or with what is proposed at a level.

    `view` is the builder's View bit. `tree` has the ignore files that are proposed; what it does not record is ignored.
    `patterns` are those of `ignore_file`. `broken` is why the builder fails with the proposal though it does not now,
    "" if it does not.
    """

    view: int
    level: Level | None
    tree: Tree
    ignore_file: SourceFile | None
    patterns: PatternSet
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """One build, as it is and with each of the `proposals` that change an ignore file, the surest first.

    `tree` is its context, walked with no patterns.
    `decisions` are those of BuildKit and of the classic builder as it is, then the same for each of the `proposals`;
    `refusal` is why the classic builder fails, so that it has none, "" if it does not. `proposal` is what `generate`
    proposes without a level, None where it cannot, and `why` says why. `image` are the paths of the context's files in
    the image, `risks` says by path why a file should not be sent.
    """

    tree: Tree
    report: Report
    plan: Plan
    usage: Usage
    decisions: tuple[Decisions, ...]
    image: frozenset[str]
    risks: dict[str, str]
    proposal: Proposal | None
    why: str
    refusal: str
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What builds on a directory share: its tree, walked with no patterns, and what is proposed for it.

    `proposal` is what `generate` proposes without a level, None where it cannot, and `why` says why; `proposals` are
    that and the one of the next level where it saves more, if they change something.
    """

    unfiltered: Tree
    proposal: Proposal | None
    why: str
    proposals: tuple[Proposal, ...]


def preview(
    build: Build,
    declared: tuple[Build, ...] = (),
    progress: Progress | None = None,
    analyze: Callable[[BuildContext], Report] = report,
    known: Known | None = None,
) -> Preview:
    """One build, as it is and with what `generate` proposes for it and for `declared` builds; one walk for all.

    `analyze` makes the report. `known` is what was worked out for the directory already, where several builds share it.
    Raises CtxoptError where BuildKit would refuse the context.
    """
    known = known or known_of(build.context, Request.for_build(build, declared), progress)
    unfiltered = known.unfiltered
    context = open_build(build, unfiltered=unfiltered)
    reported = analyze(context)
    refusal = "" if isinstance(reported.classic, Totals) else reported.classic.text
    builders = (View.BUILDKIT,) if refusal else (View.BUILDKIT, View.CLASSIC)
    decisions = [_decisions(context, view, None) for view in builders]
    for proposal in known.proposals:
        after = with_proposal(context, proposal, with_proposed_files(unfiltered, proposal))
        decisions += [_decisions(after, view, proposal.level, _broken(context, after, view)) for view in builders]
    return Preview(
        unfiltered,
        reported,
        context.plan,
        context.usage,
        tuple(decisions),
        image_files(context),
        risks(context),
        known.proposal,
        known.why,
        refusal,
        known.proposals,
    )


def known_of(root: str, request: Request, progress: Progress | None = None) -> Known:
    """What is the same for all builds of a request on a directory. Raises CtxoptError if it cannot be walked."""
    tree = walk_unfiltered(root, progress)
    try:
        proposer = Proposer(root, request, unfiltered=tree)
        own = proposer.at()
    except CtxoptError as error:
        return Known(tree, None, f"No proposal: {error.text}", ())
    made = [own]
    if own.likely is not None:
        # Where that level has none, the surer one is shown alone.
        with suppress(CtxoptError):
            made.append(proposer.at(Level.LIKELY))
    return Known(tree, own, "", tuple(one for one in made if any(file.changes for file in one.files)))


def _broken(now: BuildContext, after: BuildContext, view: int) -> str:
    """Why a builder fails with a proposal, though it does not now; "" if it does not."""
    try:
        after.transferred.check(view)
        failing = set(_failing(now, view))
        return next((text for text in _failing(after, view) if text not in failing), "")
    except CtxoptError as error:
        return error.text


def _failing(context: BuildContext, view: int) -> tuple[str, ...]:
    """Why instructions fail with a builder."""
    if view == View.CLASSIC:
        return tuple(error.text for error in context.legacy_errors)
    return tuple(result.error.text for result in context.usage.results if result.error is not None)


def _decisions(context: BuildContext, view: int, level: Level | None, broken: str = "") -> Decisions:
    return Decisions(view, level, context.transferred, context.ignore_file(view), context.patterns(view), broken)
