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
    """One rule. `check` yields its findings; it raises CtxoptError where BuildKit would refuse the build.

    With `of_image`, they are about the layers of the final image. `hadolint` are the codes of hadolint's rules that
    find the same, which a comment for that may silence.
    """

    check: Callable[[RuleContext], Iterator[Finding]]
    limit: Limit | None = None
    of_image: bool = False
    hadolint: tuple[str, ...] = ()
