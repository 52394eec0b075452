"""What could be better, each with its evidence: one module a rule, in `rules`; never changes a file.

A rule module has a function `check` that takes a BuildContext and the Settings and yields findings, and the
constants RULE (its id), NAME (a word for people, which does as well), TITLE and HELP. It has a page of the same
title, `docs/rules/ID.md`, and tests in a module of its name. Adding a rule touches nothing else.

Every rule runs in every analysis: one that has nothing to look at must cost next to nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from ctxopt.core.build_context import BuildContext
from ctxopt.findings import rules as package
from ctxopt.findings.model import Finding
from ctxopt.findings.settings import DEFAULT, Settings

#: Where the pages about the rules are.
_PAGES = "https://github.com/ctxopt/ctxopt/blob/main/docs/rules/"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule is called, and what it is about: a title of one line, and in Markdown without HTML what to do."""

    id: str
    name: str
    title: str
    help: str

    @property
    def page(self) -> str:
        """The address of the page about it, with examples."""
        return f"{_PAGES}{self.id}.md"


def check(context: BuildContext, settings: Settings = DEFAULT) -> tuple[Finding, ...]:
    """All findings, the worst first, and of those what costs most. Raises CtxoptError."""
    found = [finding for module in _modules() for finding in module.check(context, settings)]
    return tuple(sorted(found, key=_order))


def _order(finding: Finding) -> tuple[int, int, str, int, str]:
    cost = 0 if finding.totals is None else finding.totals.size
    return finding.severity.rank, -cost, finding.file, finding.line or 0, finding.rule


def rules() -> tuple[Rule, ...]:
    """All rules, by their ids."""
    found = (Rule(one.RULE, one.NAME, one.TITLE, one.HELP) for one in _modules())
    return tuple(sorted(found, key=lambda rule: rule.id))


def rule_names() -> dict[str, str]:
    """What a rule may be called, and its id: the id itself and its name."""
    return {name: rule.id for rule in rules() for name in (rule.id, rule.name)}


def canonical(names: Iterable[str]) -> tuple[str, ...]:
    """The ids of rules that are named one way or the other; other words stay as they are."""
    known = rule_names()
    return tuple(known.get(name, name) for name in names)


@cache
def _modules() -> tuple[ModuleType, ...]:
    return tuple(import_module(module.name) for module in iter_modules(package.__path__, package.__name__ + "."))
