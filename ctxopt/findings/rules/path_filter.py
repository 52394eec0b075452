"""A path filter of a workflow that misses files which its build reads, or names many that it does not."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ctxopt.display import plural
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

if TYPE_CHECKING:
    from ctxopt.evidence.filtered_paths import Idle, Missed

#: Maximum number of names that a finding shows.
_SHOWN = 5


def check(context: RuleContext) -> Iterator[Finding]:
    """Find filters of workflows that do not start them where a file changes that their build reads."""
    if not context.build.plan.reads:
        return
    from ctxopt.builds.declared import top_of
    from ctxopt.builds.projects import workflow_files

    if not workflow_files(top_of(context.build.root)):
        return
    from ctxopt.evidence.filtered_paths import Missed, filtered_paths

    for found in filtered_paths(context.build):
        yield _missed(context, found) if isinstance(found, Missed) else _idle(found)


RULE = Rule(
    id="CTX020",
    name="workflow-path-filter",
    title="Path filter of a workflow misses files that its build reads",
    help=(
        "`paths` of a workflow decides which changes start it. A file that the build reads and that no pattern matches "
        "changes the image, but nothing builds it. Add the path, or let `ctxopt affected` decide what is built."
    ),
    check=check,
)


def _missed(context: RuleContext, found: "Missed") -> Finding:
    first, *others = found.paths
    more = f" and {plural(len(others), 'other file')}" if others else ""
    reader = "the builder reads" if found.read is None else f"{found.read.kind} in line {found.read.line} reads"
    return Finding(
        RULE.id,
        Severity.NOTE,
        found.file,
        found.path_filter.line,
        f"{found.path_filter.key} does not match {first}{more}, which {reader} in {context.build.plan.file}",
        f"add it to `{found.path_filter.key}`, or build what `ctxopt affected` lists"
        if not found.path_filter.excludes
        else f"remove it from `{found.path_filter.key}`, or build what `ctxopt affected` lists",
        evidence=tuple(others[:_SHOWN]),
        subject=first,
    )


def _idle(found: "Idle") -> Finding:
    return Finding(
        RULE.id,
        Severity.NOTE,
        found.file,
        found.pattern.line,
        f"{found.path_filter.key}: `{found.pattern.text}` matches {plural(found.count, 'file')} that the build does "
        f"not read, such as {found.example}",
        "remove the pattern: a change there alone builds the same image again",
        subject=found.example,
    )
