"""What comments of a Dockerfile suppressed at a revision: the same comment may hide other things now.

The same text may be in a stage that became the image's, and its variables and the names of contexts may have other
values: then nobody at that revision accepted what the comment would hide.
"""

from collections.abc import Iterator
from functools import cached_property

from ctxopt.checks.inline import Inline, InlinePolicy, InlineSuppression
from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import Plan
from ctxopt.errors import CtxoptError
from ctxopt.findings.model import Finding
from ctxopt.findings.settings import Settings
from ctxopt.reports.report import full_report


def build_before(context: BuildContext, policy: InlinePolicy, dockerfile: bytes) -> BuildContext | None:
    """The build at the revision of a policy, where it had this Dockerfile; None if there was none that Docker makes.

    Without one that is known it is the build of now with that Dockerfile.
    """
    before = None if policy.before is None else policy.before()
    try:
        if before is None:
            return context.with_dockerfile(dockerfile)
        return before if before.located.dockerfile.data == dockerfile else before.with_dockerfile(dockerfile)
    except CtxoptError:
        return None


def with_same_meaning(inline: Inline, context: BuildContext, before: BuildContext | None, revision: str) -> Inline:
    """The suppressions whose instructions did the same in the build `before`, with a note about each of the others."""
    kept: list[InlineSuppression] = []
    notes = [*inline.notes]
    for one in inline.suppressions:
        if one.lines is None or (
            before is not None
            and one.lines_before is not None
            and _does_the_same(context, one.lines, before, one.lines_before)
        ):
            kept.append(one)
        else:
            notes.append(
                f"{context.plan.file}:{one.line}: this comment suppresses nothing: its instruction did something else "
                f"at {revision}"
            )
    return Inline(tuple(kept), tuple(notes))


class SuppressedBefore:
    """The findings of a build at a revision, which is only reported on where it is asked about."""

    def __init__(self, build: BuildContext | None, settings: Settings) -> None:
        self._build = build
        self._settings = settings

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        try:
            return () if self._build is None else full_report(self._build, self._settings, entries=0).findings
        except CtxoptError:
            return ()

    def hid(self, comment: InlineSuppression, finding: Finding) -> bool:
        """Whether a comment that applies to an instruction hid something as serious as this finding.

        One that hid nothing was accepted for what it would hide: files may be here that no revision has.
        """
        lines = comment.lines_before
        if comment.lines is None or lines is None:
            return True
        ranks = [
            one.severity.rank
            for one in self._findings
            if one.rule == finding.rule and one.line is not None and lines[0] <= one.line <= lines[1]
        ]
        return not ranks or min(ranks) <= finding.severity.rank


def _does_the_same(
    now: BuildContext, lines: tuple[int, int], before: BuildContext, lines_before: tuple[int, int]
) -> bool:
    """Whether the instructions in these lines of two builds do the same, and it is in the image only if it was."""
    is_in_image = _is_in_image(now.plan, lines)
    return set(_meaning(now, lines)) == set(_meaning(before, lines_before)) and (
        not is_in_image or _is_in_image(before.plan, lines_before)
    )


def _is_in_image(plan: Plan, lines: tuple[int, int]) -> bool:
    """Whether an instruction in these lines is one of a stage that the image consists of."""
    first, last = lines
    exported = {stage.number for stage in plan.stages if stage.exported}
    return any(first <= stage.line <= last for stage in plan.stages if stage.exported) or any(
        first <= step.line <= last for step in plan.steps if step.stage in exported
    )


def _meaning(build: BuildContext, lines: tuple[int, int]) -> Iterator[tuple[object, ...]]:
    """What the instructions in these lines do, with values in place of variables and of the names of contexts."""
    first, last = lines
    plan = build.plan
    values = {one.name: one.directory is None and one.value for one in build.contexts}
    for use in plan.images:
        if first <= use.line <= last:
            yield use.kind, use.name
    for stage in plan.stages:
        if first <= stage.line <= last and stage.needed:
            yield "FROM", stage.base, stage.context, values.get(stage.context), stage.platform
    for step in plan.steps:
        if first <= step.line <= last:
            yield step.kind, step.expanded
    for read in plan.reads:
        if first <= read.line <= last:
            yield read.kind, read.sources, read.destination, read.excludes, read.context, values.get(read.context)
    for download in plan.downloads:
        if first <= download.line <= last:
            yield "ADD", download.url, download.destination
