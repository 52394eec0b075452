"""The cost of one build: what it is sent now, and what it would be sent with the ignore files that are proposed."""

from dataclasses import replace

from ctxopt.builds.build import Build
from ctxopt.builds.opened import record
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import SourceFile
from ctxopt.core.context.tree import Totals, Tree, View
from ctxopt.errors import CtxoptError
from ctxopt.proposal.considered import Request
from ctxopt.proposal.model import Proposal
from ctxopt.proposal.propose import propose
from ctxopt.reports.cost.model import Cost, Rates, Sizes, cost


def estimate(context: BuildContext, build: Build, rates: Rates) -> Cost:
    """The cost of a build now, and with what `generate` proposes at its default level.

    The directory is walked twice more. Where there can be no proposal, a note says why. Raises CtxoptError where
    BuildKit would refuse the context.
    """
    before = _sizes(context)
    try:
        proposal = propose(context.root, _request(build))
    except CtxoptError as error:
        return cost(before, None, rates, f"nothing can be proposed: {error.text}")
    return cost(before, _sizes(_with(context, proposal)), rates)


def _request(build: Build) -> Request:
    """The build itself, unless it is declared in a file, where it is found."""
    dockerfiles = () if build.dockerfile is None or build.inline is not None else (build.dockerfile,)
    targets = () if build.target is None or build.inline is not None else (build.target,)
    return Request(dockerfiles, targets, build.build_args, build.platform)


def _with(context: BuildContext, proposal: Proposal) -> BuildContext:
    """The build with all proposed files that it reads in their places."""
    changed = [file for file in proposal.files if file.changes]
    own = context.located.dockerfile.name + ".dockerignore"
    read = {file.name for file in map(context.ignore_file, (View.BUILDKIT, View.CLASSIC)) if file is not None}
    tree = record(context.root)
    for file in changed:
        tree = _placed(tree, file.name, len(file.new))
    made = context.with_recorded(tree)
    # The Dockerfile's own file comes last, since it comes before the shared one.
    for file in sorted(changed, key=lambda file: file.name == own):
        if file.name in {".dockerignore", own, *read}:
            made = made.with_ignore_file(SourceFile(file.name, file.new), file.name, tree)
    return made


def _placed(tree: Tree, name: str, size: int) -> Tree:
    """The tree with a file of this size in it, if its directory is there."""
    directory = tree.root
    for part in name.split("/")[:-1]:
        inside = directory.subdirectories.get(part)
        if inside is None:
            return tree
        directory = inside
    return replace(tree, root=tree.root.with_file(name, size))


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
