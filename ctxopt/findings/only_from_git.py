"""What rules find about files that an ignore file excludes, and that a build from git has all the same."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from ctxopt.core.context.tree import View
from ctxopt.evidence.from_git import as_from_git, is_sent
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding


def only_from_git(context: RuleContext, find: Callable[[RuleContext], Iterator[Finding]]) -> Iterator[Finding]:
    """What a rule finds about files of a build from git that its ignore file would exclude, and what it cannot search.

    Raises CtxoptError if BuildKit would not transfer the context.
    """
    git = as_from_git(context.build)
    if git is None:
        return
    where = f"{git.step.file}:{git.step.line} builds from git, where {git.ignore} does not apply"
    for finding in find(RuleContext(git.build, context.settings)):
        path = finding.subject or finding.file
        named = path != git.build.plan.file and not is_sent(context.build, path, View.BUILDKIT)
        if named or finding.incomplete:
            fix = f"remove it from git and revoke it; `{git.step.fix}` builds from the checkout"
            yield replace(finding, message=f"{finding.message} ({where})", fix=fix)
