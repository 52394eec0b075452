"""The treemap of a build: the status of each file, as it is and with what `generate` would write."""

from ctxopt.reports.preview import Preview
from ctxopt.treemap.builder_view import BuilderView
from ctxopt.treemap.file_status import StatusTable
from ctxopt.treemap.finding_nodes import finding_nodes
from ctxopt.treemap.model import Treemap
from ctxopt.treemap.nodes import MOST, nodes


def build_treemap(preview: Preview, *, name: str = "", command: str = "ctxopt generate", most: int = MOST) -> Treemap:
    """The treemap of a build, over the tree that records what the ignore file excludes too.

    `name` is that of the build among several, `command` proposes its ignore file, and `most` bounds the nodes.
    """
    shown = preview.tree
    table = StatusTable(preview, [BuilderView.over(shown, decisions) for decisions in preview.decisions])
    directories = shown.directories()
    numbers = {directory.path: table.of(directory) for directory in directories}
    keep = frozenset(i for i, status in enumerate(table.statuses) if status.risk)
    made = nodes(directories, numbers, keep, most)
    return Treemap(
        preview.report,
        table.summaries,
        table.statuses,
        made,
        preview.proposal,
        preview.why,
        preview.refusal,
        preview.proposals,
        finding_nodes(preview.report.findings, made),
        name,
        command,
    )
