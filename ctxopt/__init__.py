"""ctxopt: what a docker build sends, which instruction uses it, and what may safely go.

The names below are the public API; docs/api.md describes them with examples.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ctxopt.builds.discovery import Request
    from ctxopt.core.build_context import BuildContext
    from ctxopt.core.dockerfile.model import ContextRead, Plan
    from ctxopt.core.dockerfile.plan import plan
    from ctxopt.core.dockerignore.spec import DockerIgnore, Verdict
    from ctxopt.errors import ContextError, CtxoptError, DockerfileError, PatternError, ReadError
    from ctxopt.proposal.model import Level, Proposal, Style
    from ctxopt.proposal.propose import propose
    from ctxopt.reports.report import Report

_HOMES = {
    "BuildContext": "ctxopt.core.build_context",
    "ContextError": "ctxopt.errors",
    "ContextRead": "ctxopt.core.dockerfile.model",
    "CtxoptError": "ctxopt.errors",
    "DockerIgnore": "ctxopt.core.dockerignore.spec",
    "DockerfileError": "ctxopt.errors",
    "Level": "ctxopt.proposal.model",
    "PatternError": "ctxopt.errors",
    "Plan": "ctxopt.core.dockerfile.model",
    "Proposal": "ctxopt.proposal.model",
    "ReadError": "ctxopt.errors",
    "Report": "ctxopt.reports.report",
    "Request": "ctxopt.builds.discovery",
    "Style": "ctxopt.proposal.model",
    "Verdict": "ctxopt.core.dockerignore.spec",
    "plan": "ctxopt.core.dockerfile.plan",
    "propose": "ctxopt.proposal.propose",
}

__all__ = [
    "BuildContext",
    "ContextError",
    "ContextRead",
    "CtxoptError",
    "DockerIgnore",
    "DockerfileError",
    "Level",
    "PatternError",
    "Plan",
    "Proposal",
    "ReadError",
    "Report",
    "Request",
    "Style",
    "Verdict",
    "analyze",
    "plan",
    "propose",
]


def __getattr__(name: str) -> Any:
    # Loaded on first use: the command line must not pay for what it does not need.
    if name not in _HOMES:
        raise AttributeError(f"module 'ctxopt' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def analyze(
    root: str,
    dockerfile: str | None = None,
    target: str | None = None,
    build_args: "dict[str, str] | None" = None,
    platform: str | None = None,
) -> "Report":
    """Take stock of a build context: what `ctxopt analyze` prints, as a `Report` of frozen dataclasses.

    The parameters are those of `BuildContext`; sizes are logical bytes. Raises CtxoptError for anything
    that BuildKit would refuse.
    """
    from ctxopt.core.build_context import BuildContext
    from ctxopt.core.context.walk import LeftOut
    from ctxopt.reports.report import report

    return report(BuildContext(root, dockerfile, target, build_args, platform, left_out=LeftOut.MEASURE))
