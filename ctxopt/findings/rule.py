"""A rule: what is said about it, and the function that finds it."""

from collections.abc import Callable, Hashable, Iterator, Sequence

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, RuleInfo


@dataclass(frozen=True, slots=True)
class Limit:
    """How many findings of a rule are shown of each group, and the one about the rest.

    `group` gives the group of a finding, None for one that is always shown. It counts what no suppression applies to.
    """

    most: int
    group: Callable[[Finding], Hashable]
    rest: Callable[[Sequence[Finding]], Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(RuleInfo):
    """One rule. `check` yields its findings; it raises CtxoptError where BuildKit would refuse the build."""

    check: Callable[[RuleContext], Iterator[Finding]]
    limit: Limit | None = None
