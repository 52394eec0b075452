"""What could be better, each with its evidence: one module a rule, found by its being in `rules`.

A rule module has a function `check` that takes a BuildContext and yields findings, and the constants RULE
(its id), TITLE and HELP. Adding a rule touches nothing else.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from ctxopt.build_context import BuildContext
from ctxopt.findings import rules
from ctxopt.findings.model import Finding

Rule = Callable[[BuildContext], Iterator[Finding]]


def check(context: BuildContext) -> tuple[Finding, ...]:
    """All findings, by the file and line they are about. Raises CtxoptError."""
    found = [finding for rule in _rules() for finding in rule(context)]
    return tuple(sorted(found, key=lambda finding: (finding.file, finding.line or 0, finding.rule)))


def rule_ids() -> tuple[str, ...]:
    """The ids of all rules, sorted."""
    return tuple(sorted(str(module.RULE) for module in modules()))


def _rules() -> Iterator[Rule]:
    for module in modules():
        rule: Rule = module.check
        yield rule


def modules() -> Iterator[ModuleType]:
    """The modules of the rules, by name."""
    for module in iter_modules(rules.__path__, rules.__name__ + "."):
        yield import_module(module.name)
