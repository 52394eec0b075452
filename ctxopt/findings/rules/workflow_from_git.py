"""A workflow that builds from git, where untracked files are missing and the ignore file does not apply."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ctxopt.core.context.tree import View
from ctxopt.display import amount, plural
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule

if TYPE_CHECKING:
    from ctxopt.evidence.from_git import GitStep
    from ctxopt.git.facts import GitFacts

#: Minimum number of bytes that are copied although the ignore file excludes them: for less nobody changes a workflow.
_LEAST = 1_000_000
#: Maximum number of names that a finding shows.
_SHOWN = 5


def check(context: RuleContext) -> Iterator[Finding]:
    """Find steps of workflows that build from git what needs an untracked file, or what the ignore file is for."""
    if not context.build.plan.reads:
        return
    from ctxopt.evidence.from_git import facts_of, git_steps

    steps = list(git_steps(context.build))
    facts = facts_of(context.build) if steps else None
    for step in steps if facts is not None else ():
        assert facts is not None
        yield from _missing(context, step, facts)
        yield from _ignored(context, step, facts)


RULE = Rule(
    id="CTX013",
    name="workflow-from-git",
    title="Workflow builds from git",
    help=(
        "`docker/build-push-action` without `context`, and `docker/bake-action` without `source` from version 6 on, "
        "build from git: files that are not tracked, also those of earlier steps, are missing, and no ignore file "
        "applies. Add `context: .` or `source: .` to build from the checkout."
    ),
    check=check,
)


def _missing(context: RuleContext, step: "GitStep", facts: "GitFacts") -> Iterator[Finding]:
    """The sources that are not in git, and that are here or that an earlier step makes."""
    from ctxopt.evidence.from_git import untracked_sources

    sources = (one for one in untracked_sources(context.build, facts) if one.exists or step.makes_files)
    found = [one for one in sources if not step.gives(one.read)]
    if not found:
        return
    first = found[0]
    others = f" and {plural(len(found) - 1, 'other source')}" if len(found) > 1 else ""
    yield Finding(
        RULE.id,
        Severity.WARNING,
        step.file,
        step.line,
        f"builds from git, which does not track {first.source}{others}, needed by {first.read.kind} in line "
        f"{first.read.line} of {context.build.plan.file}: the build fails, or copies nothing",
        f"add `{step.fix}` to build from the checkout",
        evidence=tuple(one.source for one in found[1 : 1 + _SHOWN]),
        subject=first.source,
    )


def _ignored(context: RuleContext, step: "GitStep", facts: "GitFacts") -> Iterator[Finding]:
    """What is copied although the ignore file excludes it."""
    from ctxopt.evidence.from_git import size_of, tracked_and_ignored

    build = context.build
    file = build.ignore_file(View.BUILDKIT)
    files = tracked_and_ignored(build, facts)
    if file is None or not files:
        return
    totals = size_of(build, files)
    if totals.size < _LEAST:
        return
    yield Finding(
        RULE.id,
        Severity.NOTE,
        step.file,
        step.line,
        f"builds from git, where {file.name} does not apply and does not keep out {amount(totals.size, totals.files)}",
        f"add `{step.fix}` to build from the checkout",
        totals=totals,
        confidence=Confidence.MEDIUM,
        evidence=tuple(files[:_SHOWN]),
    )
