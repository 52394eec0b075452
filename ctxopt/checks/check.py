"""The check of one build: its report, the limits that it exceeds, and the findings that fail it."""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType

from ctxopt.checks.changed import CheckChange
from ctxopt.checks.evaluate import evaluate
from ctxopt.checks.inline import InlinePolicy
from ctxopt.checks.limits import Breach, Limits
from ctxopt.checks.suppress import without_suppressed
from ctxopt.checks.suppression import Suppression
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.named_context import entry_of
from ctxopt.evidence.from_git import as_from_git, before_from_git
from ctxopt.evidence.made_before import made_notes, without_made
from ctxopt.evidence.not_here import is_sent, not_here, not_here_notes
from ctxopt.findings import canonical
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.settings import DEFAULT, Settings
from ctxopt.image.needs_buildkit import buildkit_steps
from ctxopt.reports.report import Report, full_report


@dataclass(frozen=True, slots=True)
class BuildCheck:
    """The result of checking one build. `failing` are the findings of the report that fail the check.

    `name` is what the configuration calls the build, if it has it; `base` names the revision that it was
    compared with, and `changed` what of the check itself differs from there. `notes` are what the check does not
    cover, `suppressed` what suppressions did. `unknown` are the reasons for which a limit or a rule cannot be checked.
    """

    report: Report
    breaches: tuple[Breach, ...]
    failing: tuple[Finding, ...]
    name: str | None = None
    base: str | None = None
    notes: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    changed: tuple[CheckChange, ...] = ()
    suppressed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def is_uncompared(self) -> bool:
        """Whether its growth is limited, and there is nothing to compare it with."""
        return self.limits.max_growth is not None and self.base is None

    @property
    def passed(self) -> bool:
        """Whether nothing fails: no limit, no finding, no instruction."""
        return not (self.breaches or self.failing or self.report.errors)


def check(
    context: BuildContext,
    limits: Limits,
    base: BuildContext | None = None,
    *,
    name: str | None = None,
    revision: str | None = None,
    notes: tuple[str, ...] = (),
    changed: tuple[CheckChange, ...] = (),
    alike: tuple[str, ...] = (),
    submodules: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    suppressions: Sequence[Suppression] = (),
    inline: InlinePolicy | None = None,
    settings: Settings = DEFAULT,
    known: MutableMapping[BuildContext, Report] | None = None,
) -> BuildCheck:
    """Check one build. `base` is the same build at a revision. Raises CtxoptError where Docker would refuse it.

    `alike` are files whose content differs there though their size does not, `submodules` the commits there of those of
    which nothing is here, for each context by its name.

    With limits on the view of the legacy builder it is the build that this one makes, else the one of BuildKit.
    `suppressions` are those of the configuration; `inline` says which of the Dockerfile's count, all by default.
    `known` are the full reports of contexts with the same settings and the same view, and gets that of this one.
    """
    known = {} if known is None else known
    if limits.view == View.CLASSIC:
        context = context.as_legacy()
        base = None if base is None else base.as_legacy()
        notes = (*notes, *_not_legacy(context))
    notes = (*notes, *dict.fromkeys(note for one in _contexts(context) for note in not_here_notes(one, limits.view)))
    notes = (*notes, *made_notes(context))
    if context not in known:
        known[context] = _reported(context, limits, settings)
    result, suppressed = without_suppressed(known[context], context, suppressions, inline, settings)
    named = frozenset(canonical(limits.fail_on))
    # A severity includes all that are worse.
    least = max((severity.rank for severity in Severity if severity.value in named), default=-1)
    failing = tuple(finding for finding in result.findings if finding.rule in named or finding.severity.rank <= least)
    breaches = (*_breaches(limits, context, base, alike), *_breaches_from_git(limits, context, base, alike))
    unsearched = (finding.message for finding in result.findings if finding.incomplete)
    uncounted = _uncounted(limits, context, base, submodules)
    unknown = (*uncounted, *unsearched, *(_unsearched(context, limits) if settings.scan_secrets else ()))
    return BuildCheck(result, breaches, failing, name, revision, notes, limits, changed, suppressed, unknown)


def _contexts(context: BuildContext) -> tuple[BuildContext, ...]:
    """The contexts of a build that it reads, the main one first."""
    return context, *(named for named in context.named.values() if named.plan.reads)


def _uncounted(
    limits: Limits, context: BuildContext, base: BuildContext | None, submodules: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    """The growth that nobody sees: submodules of which nothing is here, and which are not the same at the base."""
    if limits.max_growth is None or base is None:
        return
    for one in _contexts(context):
        before, commits = (base.named.get(one.name) if one.name else base), submodules.get(one.name, {})
        for path, commit in not_here(one).submodules.items():
            was_sent = before is not None and is_sent(before, path, limits.view)
            if not is_sent(one, path, limits.view) or (was_sent and commits.get(path) == commit):
                continue
            yield (
                f"max-growth: submodule {path} is another one than at the base and is not checked out, so nobody knows "
                "its size: check out submodules (`submodules: recursive` in actions/checkout)"
            )


def _unsearched(context: BuildContext, limits: Limits) -> Iterator[str]:
    """The submodules of which nothing is here, so that nothing in them was searched for secrets."""
    for one in _contexts(context):
        for path in not_here(one).submodules:
            if is_sent(one, path, limits.view):
                yield f"submodule {path} is not checked out, so it was not searched for secrets: check out submodules"


def _reported(context: BuildContext, limits: Limits, settings: Settings) -> Report:
    """The full report of a build, with the errors of the builder that it is checked for."""
    result = full_report(context, settings, entries=0)
    if limits.view != View.CLASSIC:
        return result
    pairs = zip(result.reads, context.legacy_results, strict=True)
    reads = tuple(replace(one, error=error) for one, error in pairs)
    return replace(result, reads=without_made(context, reads), named=())


def _not_legacy(context: BuildContext) -> Iterator[str]:
    """What the legacy builder lacks that a build needs, besides the instructions that fail."""
    for step in buildkit_steps(context.plan):
        if step.read is None:
            yield f"{context.plan.file}:{step.line}: the legacy builder fails: this {step.kind} needs BuildKit"
    if context.contexts:
        names = ", ".join(one.name for one in context.contexts)
        yield f"not checked: the named contexts {names}, which the legacy builder does not have"


def _breaches(
    limits: Limits, context: BuildContext, base: BuildContext | None, alike: tuple[str, ...]
) -> Iterator[Breach]:
    """The limits that a build exceeds: each of its contexts that a builder sends is checked by itself."""
    yield from evaluate(limits, context, base, alike)
    others = {} if limits.view == View.CLASSIC else context.named
    for name, named in others.items():
        before = None if base is None else base.named.get(name) or _of_another_name(named, base)
        if not named.plan.reads:
            continue
        new = _all_new(limits, named, base) if base is not None and before is None else ()
        for breach in (*evaluate(limits, named, before), *new):
            culprits = tuple(replace(one, path=entry_of(name, one.path)) for one in breach.culprits)
            yield replace(breach, what=f"{breach.what} (context {name})", culprits=culprits)


def _breaches_from_git(
    limits: Limits, context: BuildContext, base: BuildContext | None, alike: tuple[str, ...]
) -> Iterator[Breach]:
    """The limits that a build only exceeds where a workflow makes it from git, without its ignore file."""
    if limits.view == View.CLASSIC or not limits.names:
        return
    git = as_from_git(context)
    if git is None:
        return
    # What a build from git does not use is sent by nobody.
    limits = replace(limits, max_unused=None)
    known = {(one.rule, one.what) for one in evaluate(limits, context, base, alike)}
    before = None if base is None else before_from_git(base, git.step)
    for breach in evaluate(limits, git.build, before, alike):
        if (breach.rule, breach.what) not in known:
            yield replace(breach, what=f"{breach.what} (from git, {git.step.file}:{git.step.line})")


def _all_new(limits: Limits, named: BuildContext, base: BuildContext) -> Iterator[Breach]:
    """The growth by a named context that a build did not have: its share is one of the main context of the base."""
    if limits.max_growth is None:
        return
    allowed = limits.max_growth.of(base.sent(limits.view).size)
    for breach in evaluate(Limits(limits.view, max_size=allowed), named):
        culprits = tuple(replace(one, new=True) for one in breach.culprits)
        yield replace(breach, rule="limit-growth", what="max-growth", culprits=culprits)


def _of_another_name(named: BuildContext, base: BuildContext) -> BuildContext | None:
    """The named context of the base that is the same directory, if there is one."""
    return next((one for one in base.named.values() if one.root == named.root), None)
