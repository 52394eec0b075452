"""The rules, and the findings of all of them in a build, each with its evidence; never changes a file.

Each module in `rules` defines one `RULE`, and is found by its being there. The rule has a page,
`docs/rules/ID.md`, and tests in a module of the same name. Adding a rule touches nothing else.

Every rule runs in every analysis: one that has nothing to look at must cost next to nothing.
"""

from collections.abc import Hashable, Iterable
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import ModuleInfo, iter_modules

from ctxopt.findings import rules as package
from ctxopt.findings.context import RuleContext
from ctxopt.findings.enclosed import is_enclosed
from ctxopt.findings.hadolint import as_allowed
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule
from ctxopt.findings.settings import Settings

_EXAMPLE = "ignore-root-only"


def check(context: RuleContext) -> tuple[Finding, ...]:
    """All findings of the rules that run: the worst first, and the costliest first of those. Raises CtxoptError.

    `limited` are those to show.
    """
    rules = running(context.settings)
    found = as_allowed((finding for rule in rules for finding in rule.check(context)), rules, context.build)
    of_image = {rule.id for rule in rules if rule.of_image}
    if any(finding.rule in of_image for finding in found) and is_enclosed(context.build):
        # Which layers the image has is said elsewhere.
        found = [finding for finding in found if finding.rule not in of_image]
    return tuple(sorted(_without_secrets(found, rules), key=_order))


def limited(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings as they are shown: of those of a rule that limits their number, one stands for the rest."""
    limits = {rule.id: rule.limit for rule in all_rules() if rule.limit is not None}
    shown: list[Finding] = []
    groups: dict[tuple[str, Hashable], list[Finding]] = {}
    for finding in sorted(findings, key=_order):
        limit = limits.get(finding.rule)
        group = None if limit is None else limit.group(finding)
        if group is None:
            shown.append(finding)
        else:
            groups.setdefault((finding.rule, group), []).append(finding)
    for (rule, _), some in groups.items():
        limit = limits[rule]
        if len(some) <= limit.most:
            shown += some
        else:
            shown += [*some[: limit.most - 1], limit.rest(some[limit.most - 1 :])]
    return tuple(sorted(shown, key=_order))


def _without_secrets(findings: list[Finding], rules: tuple[Rule, ...]) -> list[Finding]:
    """The findings, where none quotes a line in which a rule found a secret."""
    hiding = {rule.id for rule in rules if rule.hides_lines}
    lines = tuple(f"line {finding.line}: " for finding in findings if finding.rule in hiding)
    if not lines:
        return findings
    return [
        replace(finding, evidence=tuple(line for line in finding.evidence if not line.startswith(lines)))
        for finding in findings
    ]


def running(settings: Settings) -> tuple[Rule, ...]:
    """The rules that run with these settings, sorted by their ids."""
    return tuple(rule for rule in all_rules() if settings.runs(rule.id))


def _order(finding: Finding) -> tuple[int, int, str, int, str]:
    cost = 0 if finding.totals is None else finding.totals.size
    return finding.severity.rank, -cost, finding.file, finding.line or 0, finding.rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """All rules, sorted by their ids. Raises TypeError for a module without one."""
    return tuple(sorted(map(_rule, iter_modules(package.__path__, package.__name__ + ".")), key=lambda rule: rule.id))


def example() -> Rule:
    """The rule that help and hints name as an example."""
    return next(rule for rule in all_rules() if rule.name == _EXAMPLE)


def rule_names() -> dict[str, str]:
    """The id of each rule, by the id itself and by its name."""
    return {name: rule.id for rule in all_rules() for name in (rule.id, rule.name)}


def canonical(names: Iterable[str]) -> tuple[str, ...]:
    """The ids of rules that are given by id or by name; other words stay as they are."""
    known = rule_names()
    return tuple(known.get(name, name) for name in names)


def _rule(module: ModuleInfo) -> Rule:
    rule = getattr(import_module(module.name), "RULE", None)
    if not isinstance(rule, Rule):
        raise TypeError(f"{module.name} defines no RULE")
    return rule
