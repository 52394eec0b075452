"""The check of one build: its report, the limits that it exceeds, and the findings that fail it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ctxopt.checks.evaluate import evaluate
from ctxopt.checks.inline import InlinePolicy
from ctxopt.checks.limits import Breach, Limits
from ctxopt.checks.suppress import without_suppressed
from ctxopt.checks.suppression import Suppression
from ctxopt.core.build_context import BuildContext
from ctxopt.findings import canonical
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.settings import DEFAULT, Settings
from ctxopt.reports.report import Report, report


@dataclass(frozen=True, slots=True)
class BuildCheck:
    """The result of checking one build. `failing` are the findings of the report that fail the check.

    `name` is what the configuration calls the build, if it has it; `base` names the revision that it was
    compared with.
    """

    report: Report
    breaches: tuple[Breach, ...]
    failing: tuple[Finding, ...]
    name: str | None = None
    base: str | None = None
    notes: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

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
    suppressions: Sequence[Suppression] = (),
    inline: InlinePolicy | None = None,
    settings: Settings = DEFAULT,
) -> BuildCheck:
    """Check one build. `base` is the same build at a revision. Raises CtxoptError where Docker would refuse it.

    `suppressions` are those of the configuration; `inline` says which of the Dockerfile's count, all by default.
    """
    result, suppressed = without_suppressed(report(context, settings, entries=0), context, suppressions, inline)
    named = frozenset(canonical(limits.fail_on))
    # A severity includes all that are worse.
    least = max((severity.rank for severity in Severity if severity.value in named), default=-1)
    failing = tuple(finding for finding in result.findings if finding.rule in named or finding.severity.rank <= least)
    breaches = evaluate(limits, context, base)
    return BuildCheck(result, breaches, failing, name, revision, (*notes, *suppressed), limits)
