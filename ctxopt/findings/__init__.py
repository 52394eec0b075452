"""What could be better, each with its evidence: one module a rule, found by its being in `rules`.

A rule module has a function `check` that takes a BuildContext and yields findings, and the constants RULE
(its id), NAME (a word for people, which does as well), TITLE and HELP. Adding a rule touches nothing else.
"""

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from ctxopt.build_context import BuildContext
from ctxopt.findings import rules
from ctxopt.findings.model import Finding

Rule = Callable[[BuildContext], Iterator[Finding]]


def check(context: BuildContext) -> tuple[Finding, ...]:
    """All findings, the worst first, and of those what costs most. Raises CtxoptError."""
    found = [finding for rule in _rules() for finding in rule(context)]
    return tuple(sorted(found, key=_order))


def _order(finding: Finding) -> tuple[int, int, str, int, str]:
    cost = 0 if finding.totals is None else finding.totals.size
    return finding.severity.rank, -cost, finding.file, finding.line or 0, finding.rule


def rule_names() -> dict[str, str]:
    """What a rule may be called, and its id: the id itself and its name."""
    found = {}
    for module in modules():
        found[str(module.RULE)] = found[str(module.NAME)] = str(module.RULE)
    return found


def canonical(names: Iterable[str]) -> tuple[str, ...]:
    """The ids of rules that are named one way or the other; other words stay as they are."""
    known = rule_names()
    return tuple(known.get(name, name) for name in names)


def _rules() -> Iterator[Rule]:
    for module in modules():
        rule: Rule = module.check
        yield rule


def modules() -> Iterator[ModuleType]:
    """The modules of the rules, by name."""
    for module in iter_modules(rules.__path__, rules.__name__ + "."):
        yield import_module(module.name)
