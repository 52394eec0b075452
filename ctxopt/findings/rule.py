"""A rule: what is said about it, and the function that finds it."""

from collections.abc import Callable, Iterator

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, RuleInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(RuleInfo):
    """One rule. `check` yields its findings; it raises CtxoptError where BuildKit would refuse the build."""

    check: Callable[[RuleContext], Iterator[Finding]]
