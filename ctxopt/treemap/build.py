"""The treemap of a build: the status of each file, now and with what `generate` would write."""

from ctxopt.reports.preview import Preview
from ctxopt.treemap.builder_view import BuilderView
from ctxopt.treemap.file_status import StatusTable
from ctxopt.treemap.model import Treemap
from ctxopt.treemap.nodes import nodes


def build_treemap(preview: Preview) -> Treemap:
    """The treemap of a build, over the tree that records what the ignore file excludes too."""
    table = StatusTable(preview, [BuilderView(decisions) for decisions in preview.decisions])
    directories = preview.decisions[0].tree.directories()
    numbers = {directory.path: table.of(directory) for directory in directories}
    keep = frozenset(i for i, status in enumerate(table.statuses) if status.risk)
    return Treemap(
        preview.report,
        table.summaries,
        table.statuses,
        nodes(directories, numbers, keep),
        preview.proposal,
        preview.why,
        preview.refusal,
    )
