"""ctxopt: what a docker build sends, which instruction uses it, and what can be excluded.

The names below are the public API, which docs/api.md describes; modules and other names may change at any time.
"""

# Nothing is imported here: Ctrl-C would show a traceback, as the command cannot catch it yet.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import typing

    from ctxopt.builds.build import Build
    from ctxopt.builds.discovery import Request
    from ctxopt.core.build_context import BuildContext
    from ctxopt.core.context.tree import Totals
    from ctxopt.core.dockerfile.model import ContextRead, Download, ImageUse, Plan, Stage, StageCopy, Step
    from ctxopt.core.dockerfile.plan import plan
    from ctxopt.core.dockerignore.pattern import Pattern
    from ctxopt.core.dockerignore.patterns import Touch
    from ctxopt.core.dockerignore.spec import DockerIgnore, Verdict
    from ctxopt.core.named_context import ContextSource, NamedContext
    from ctxopt.core.usage.branches import Branch
    from ctxopt.core.usage.index import ReadResult
    from ctxopt.edits.model import Edit
    from ctxopt.errors import ContextError, CtxoptError, DockerfileError, PatternError, ReadError
    from ctxopt.evidence.secret_files import Reach
    from ctxopt.findings.model import Confidence, Finding, RuleInfo, Severity
    from ctxopt.proposal.model import (
        ConsideredBuild,
        Effect,
        FileProposal,
        KeptRow,
        Level,
        PatternRow,
        Proposal,
        SecretRow,
        Style,
    )
    from ctxopt.proposal.propose import propose
    from ctxopt.reports.cost.model import Amount, Cost, Costs, Rates, Sizes, Transfer
    from ctxopt.reports.large_entry import LargeEntry, Largest
    from ctxopt.reports.report import IgnoreSummary, NamedReport, Report, ReportedSecret
    from ctxopt.reports.savings import Savings
    from ctxopt.reports.uses import Use

#: The module of each public name, but for the function that is defined here.
_HOMES = {
    "Amount": "ctxopt.reports.cost.model",
    "Branch": "ctxopt.core.usage.branches",
    "Build": "ctxopt.builds.build",
    "BuildContext": "ctxopt.core.build_context",
    "Confidence": "ctxopt.findings.model",
    "ConsideredBuild": "ctxopt.proposal.model",
    "ContextError": "ctxopt.errors",
    "ContextRead": "ctxopt.core.dockerfile.model",
    "ContextSource": "ctxopt.core.named_context",
    "Cost": "ctxopt.reports.cost.model",
    "Costs": "ctxopt.reports.cost.model",
    "CtxoptError": "ctxopt.errors",
    "DockerIgnore": "ctxopt.core.dockerignore.spec",
    "DockerfileError": "ctxopt.errors",
    "Download": "ctxopt.core.dockerfile.model",
    "Effect": "ctxopt.proposal.model",
    "FileProposal": "ctxopt.proposal.model",
    "Edit": "ctxopt.edits.model",
    "Finding": "ctxopt.findings.model",
    "IgnoreSummary": "ctxopt.reports.report",
    "ImageUse": "ctxopt.core.dockerfile.model",
    "KeptRow": "ctxopt.proposal.model",
    "LargeEntry": "ctxopt.reports.large_entry",
    "Largest": "ctxopt.reports.large_entry",
    "Level": "ctxopt.proposal.model",
    "NamedContext": "ctxopt.core.named_context",
    "NamedReport": "ctxopt.reports.report",
    "Pattern": "ctxopt.core.dockerignore.pattern",
    "PatternError": "ctxopt.errors",
    "PatternRow": "ctxopt.proposal.model",
    "Plan": "ctxopt.core.dockerfile.model",
    "Proposal": "ctxopt.proposal.model",
    "Rates": "ctxopt.reports.cost.model",
    "Reach": "ctxopt.evidence.secret_files",
    "ReadError": "ctxopt.errors",
    "ReadResult": "ctxopt.core.usage.index",
    "Report": "ctxopt.reports.report",
    "ReportedSecret": "ctxopt.reports.report",
    "Request": "ctxopt.builds.discovery",
    "RuleInfo": "ctxopt.findings.model",
    "Savings": "ctxopt.reports.savings",
    "SecretRow": "ctxopt.proposal.model",
    "Severity": "ctxopt.findings.model",
    "Sizes": "ctxopt.reports.cost.model",
    "Stage": "ctxopt.core.dockerfile.model",
    "StageCopy": "ctxopt.core.dockerfile.model",
    "Step": "ctxopt.core.dockerfile.model",
    "Style": "ctxopt.proposal.model",
    "Totals": "ctxopt.core.context.tree",
    "Touch": "ctxopt.core.dockerignore.patterns",
    "Transfer": "ctxopt.reports.cost.model",
    "Use": "ctxopt.reports.uses",
    "Verdict": "ctxopt.core.dockerignore.spec",
    "plan": "ctxopt.core.dockerfile.plan",
    "propose": "ctxopt.proposal.propose",
}

__all__ = [
    "Amount",
    "Branch",
    "Build",
    "BuildContext",
    "Confidence",
    "ConsideredBuild",
    "ContextError",
    "ContextRead",
    "ContextSource",
    "Cost",
    "Costs",
    "CtxoptError",
    "DockerIgnore",
    "DockerfileError",
    "Download",
    "Edit",
    "Effect",
    "FileProposal",
    "Finding",
    "IgnoreSummary",
    "ImageUse",
    "KeptRow",
    "LargeEntry",
    "Largest",
    "Level",
    "NamedContext",
    "NamedReport",
    "Pattern",
    "PatternError",
    "PatternRow",
    "Plan",
    "Proposal",
    "Rates",
    "Reach",
    "ReadError",
    "ReadResult",
    "Report",
    "ReportedSecret",
    "Request",
    "RuleInfo",
    "Savings",
    "SecretRow",
    "Severity",
    "Sizes",
    "Stage",
    "StageCopy",
    "Step",
    "Style",
    "Totals",
    "Touch",
    "Transfer",
    "Use",
    "Verdict",
    "analyze",
    "plan",
    "propose",
]


def __getattr__(name: str) -> "typing.Any":
    from importlib import import_module

    # Loaded on first use: the command line must not load what it does not need.
    if name not in _HOMES:
        raise AttributeError(f"module 'ctxopt' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return list(__all__)


def analyze(
    root: str,
    dockerfile: str | None = None,
    target: str | None = None,
    build_args: "dict[str, str] | None" = None,
    platform: str | None = None,
) -> "Report":
    """The report that `ctxopt analyze` prints, as frozen dataclasses.

    The parameters are those of `BuildContext`; sizes are logical bytes. Raises CtxoptError for anything
    that BuildKit would refuse.
    """
    from ctxopt.core.build_context import BuildContext
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.reports.report import report

    return report(BuildContext(root, dockerfile, target, build_args, platform, ignored=IgnoredPolicy.MEASURE))
