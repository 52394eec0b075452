"""The picture of one context: what each builder does with each file, today and after a proposal."""

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import SourceFile
from ctxopt.core.context.tree import Totals, Tree, View
from ctxopt.findings.secret_files import risks
from ctxopt.proposal.group import with_file
from ctxopt.proposal.model import Proposal
from ctxopt.reports.report import Report
from ctxopt.treemap.fates import Fates
from ctxopt.treemap.model import Picture
from ctxopt.treemap.nodes import nodes
from ctxopt.treemap.seen import Seen


def picture(context: BuildContext, recorded: Tree, report: Report, proposal: Proposal | None, why: str = "") -> Picture:
    """The picture of a context over a recorded tree, with everything in it that the ignore file leaves out.

    `why` says why there is no proposal. Raises CtxoptError where BuildKit would refuse the context.
    """
    refusal = "" if isinstance(report.classic, Totals) else report.classic.text
    views = [View.BUILDKIT, *([] if refusal else [View.CLASSIC])]
    seen = [Seen(context, view, after=False) for view in views]
    then = None if proposal is None else _proposed(context, recorded, proposal)
    if then is not None:
        seen += [Seen(then, view, after=True) for view in views]
    fates = Fates(context, seen, risks(context))
    directories = context.transferred.directories()
    numbers = {directory.path: fates.of(directory) for directory in directories}
    table = fates.table
    keep = frozenset(i for i, fate in enumerate(table) if fate.risk)
    return Picture(report, fates.looks, table, nodes(directories, numbers, keep), proposal, why, refusal)


def _proposed(context: BuildContext, recorded: Tree, proposal: Proposal) -> BuildContext:
    """The build with what is proposed for the ignore files that it reads, or would read."""
    present = context.located.buildkit_ignore
    own = {context.located.dockerfile.name + ".dockerignore"} | (set() if present is None else {present.name})
    made = context.with_recorded(recorded)
    # The shared file first: the Dockerfile's own comes before it.
    for file in sorted(proposal.files, key=lambda file: file.name in own):
        if file.changes and file.name in own | {".dockerignore"}:
            made = with_file(made, SourceFile(file.name, file.new), file.name, recorded)
    return made
