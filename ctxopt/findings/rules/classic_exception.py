"""An exception that only BuildKit heeds: the classic client does not look into the directory above what it keeps."""

from collections.abc import Iterator

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import KEPT, Kind, View
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.findings.model import Finding, IgnoreLine, Severity, ignore_lines
from ctxopt.findings.settings import Settings

RULE = "CTX001"
NAME = "ignore-exception-classic"
TITLE = "An exception that only BuildKit heeds"
HELP = (
    "The classic builder looks into a directory that is left out only for exceptions that begin with its name. "
    "Write the exception with that name if the classic builder is used."
)

#: As many paths are taken apart; more exceptions than that are seldom at fault.
_EXPLAINED = 20
#: The flags of an entry that BuildKit keeps and the classic client does not send.
_BUILDKIT_ONLY = (View.BUILDKIT | KEPT, View.BUILDKIT | KEPT | View.TRANSFER)


def check(context: BuildContext, _settings: Settings) -> Iterator[Finding]:
    """Find exceptions with wildcards for something in a directory that is left out, one finding for each."""
    file = context.ignore_file(View.BUILDKIT)
    exceptions = {line.line.number: line for line in ignore_lines(context) if line.pattern.exception}
    if file is None or not exceptions or file != context.ignore_file(View.CLASSIC):
        return
    if View.CLASSIC in context.tree.refusals:
        return
    ignore = DockerIgnore(context.patterns(View.BUILDKIT))
    for path in _kept_by_buildkit_only(context):
        closed = ignore.explain(path, classic=True).closed_at
        touches = ignore.explain(path).touches
        line = exceptions.pop(touches[-1].pattern.line, None) if touches else None
        if closed is not None and line is not None:
            yield _finding(line, path, closed)


def _kept_by_buildkit_only(context: BuildContext) -> Iterator[str]:
    """The first such entry of each directory, as long as there are few."""
    rows = context.tree.all_flags()
    if not any(rows.find(flags) >= 0 for flags in _BUILDKIT_ONLY):
        return
    count = 0
    for directory in context.tree.directories():
        place = next((place for flags in _BUILDKIT_ONLY if (place := directory.flags.find(flags)) >= 0), -1)
        if place >= 0 and directory.kinds[place] != Kind.SOCKET:
            yield directory.child_path(directory.names[place])
            count += 1
            if count == _EXPLAINED:
                return


def _finding(line: IgnoreLine, path: str, closed: str) -> Finding:
    return Finding(
        RULE,
        Severity.NOTE,
        line.file,
        line.line.number,
        f"{line.shown} keeps {path} for BuildKit only: the classic builder does not look into {closed}",
        f"write an exception that starts with {closed}/, if that builder is used",
    )
