"""A build that asks git for a version where tracked files are missing: git says that the work tree is changed."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind, View
from ctxopt.core.dockerfile.model import ContextRead, Plan
from ctxopt.core.golang import paths
from ctxopt.core.lazy_re import lazy_re
from ctxopt.display import plural
from ctxopt.evidence.git_there import family, may_have_git
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import is_environment
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule

if TYPE_CHECKING:
    from ctxopt.evidence.history import HistoryNeed

_NAME: Final = ".git"
#: Commands that bring files back, or tell git that they are not missing.
_RESTORING: Final = ("git checkout", "git reset", "git restore", "git stash", "git update-index", "sparse-checkout")
#: Variables by which a build gives the version, so that git is not asked.
_GIVEN: Final = ("VERGEN_GIT_", "SETUPTOOLS_SCM_PRETEND_VERSION", "PBR_VERSION", "POETRY_DYNAMIC_VERSIONING_BYPASS")
#: The command of make with a value for what its file asks git for.
_GIVEN_TO_MAKE: Final = lazy_re(
    r"\bmake\b[^;&|\n]{0,400}\s\w*(?:GIT|VERSION|TREE|DIRTY|DESCRIBE|COMMIT|REVISION)\w*=", re.IGNORECASE
)
_LONGEST: Final = 16 << 10
#: Maximum number of names that a finding shows.
_SHOWN: Final = 5


def check(context: RuleContext) -> Iterator[Finding]:
    """Find instructions that bring `.git` into a stage without files that it tracks, where a version says so."""
    build = context.build
    if _NAME not in build.tree.names or View.TRANSFER in build.tree.refusals or not _is_sent(build):
        return
    reads = [read for read in build.plan.reads if not read.unresolved and _brings_git(read)]
    if any(mark in step.text for step in build.plan.steps if step.kind in ("ENV", "RUN") for mark in _GIVEN):
        return
    history = context.history if reads else None
    if history is None or not history.dirty or not _can_ask(context, history, reads):
        return
    if is_environment(build):
        # It copies as little as its install needs, and nobody looks at its version.
        return
    from ctxopt.evidence.from_git import facts_of

    facts = facts_of(build)
    for read in reads if facts is not None else ():
        assert facts is not None
        missing = (
            _missing(context, read, facts.tracked - facts.repositories) if _asks(history, read, build.plan) else []
        )
        if missing:
            yield _finding(context, read, missing, history.why)
            return


RULE = Rule(
    id="CTX014",
    name="git-version-dirty",
    title="Version from git with tracked files missing",
    help=(
        "Git reports each tracked file that is not in the stage as deleted, so the version is that of a changed work "
        "tree. Copy all files before git is asked, or pass the version as a build argument."
    ),
    check=check,
)


def _is_sent(build: BuildContext) -> bool:
    """Whether git would find a repository: what is excluded of it is not there."""
    found = build.tree.find(f"{_NAME}/HEAD") or build.tree.find(_NAME)
    return found is not None and bool(found[0].flags[found[1]] & View.BUILDKIT)


def _can_ask(context: RuleContext, history: "HistoryNeed", reads: list[ContextRead]) -> bool:
    """Whether git runs at all, and nothing gives make what it would be asked for."""
    plan = context.build.plan
    if history.step is not None and _GIVEN_TO_MAKE.search(plan.steps[history.step].text[:_LONGEST]) is not None:
        return False
    stage = plan.steps[history.step].stage if history.step is not None else reads[0].stage
    return may_have_git(plan, stage)


def _asks(history: "HistoryNeed", read: ContextRead, plan: Plan) -> bool:
    """Whether the RUN that asks git, if that is known, may see what an instruction brings."""
    if history.step is None:
        return True
    if read.kind == "RUN" or history.step < read.step:
        return history.step == read.step
    return plan.steps[history.step].stage in family(plan, read.stage)


def _brings_git(read: ContextRead) -> bool:
    return _NAME not in read.excludes and any(_cleaned(source) in ("", "*", _NAME) for source in read.sources)


def _cleaned(source: str) -> str:
    return paths.join("/", source).strip("/")


def _missing(context: RuleContext, git: ContextRead, tracked: frozenset[str]) -> list[str]:
    """The sorted tracked files that are not there where an instruction brings `.git`; [] if that is not known."""
    build = context.build
    stages = family(build.plan, git.stage)
    until = git.step if git.kind == "RUN" else len(build.plan.steps)
    steps = [number for number, step in build.plan.numbered_steps() if step.stage in stages and number <= until]
    if any(build.plan.steps[number].takes_from for number in steps) or context.commands.with_words(steps, _RESTORING):
        return []
    taking = []
    for read in build.plan.reads:
        if read.stage not in stages or not _comes_in_time(read, git):
            continue
        if read.unresolved or build.usage.results[read.number].error is not None:
            return []
        taking.append(read.number)
    there = build.usage.files_of_any(taking)
    return sorted(path for path in tracked.difference(there) if build.exists(path) and not _is_sent_link(build, path))


def _comes_in_time(read: ContextRead, git: ContextRead) -> bool:
    """Whether what an instruction reads may be there while git is asked."""
    if read.kind == "RUN":
        return read.step == git.step
    return git.kind != "RUN" or read.step < git.step


def _is_sent_link(build: BuildContext, path: str) -> bool:
    found = build.tree.find(path)
    if found is None or not found[0].flags[found[1]] & View.BUILDKIT:
        return False
    return found[0].kinds[found[1]] != EntryKind.FILE


def _finding(context: RuleContext, read: ContextRead, missing: list[str], why: str) -> Finding:
    names = f"{missing[0]} and {plural(len(missing) - 1, 'other file')}" if len(missing) > 1 else missing[0]
    are = "are" if len(missing) > 1 else "is"
    return Finding(
        RULE.id,
        Severity.WARNING,
        context.build.plan.file,
        read.line,
        f"{names} that git tracks {are} not in stage {read.stage_label}, so git calls the work tree changed, and the "
        f"version is a dirty one ({why})",
        "copy or mount all tracked files for that RUN, or pass the version as a build argument in place of .git",
        confidence=Confidence.MEDIUM,
        evidence=tuple(missing[1 : 1 + _SHOWN]),
        end_line=read.end_line,
        subject=_NAME,
    )
