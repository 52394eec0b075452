"""Every rule tells what it is about and what to do."""

import re

from ctxopt.annotations import rules_of_findings
from ctxopt.findings import modules, rule_names


def test_every_rule_has_a_title_and_help() -> None:
    rules = rules_of_findings()
    assert {rule.id for rule in rules} >= {f"CTX00{number}" for number in range(1, 8)}
    assert len(rules) == len(list(modules()))
    names = rule_names()
    assert len(names) == 2 * len(rules)
    assert all(re.fullmatch("CTX[0-9]{3}|[a-z]+(?:-[a-z]+)+", name) for name in names)
    assert len({rule.title for rule in rules}) == len(rules)
    for rule in rules:
        assert re.fullmatch(r"[A-Z][^\n]{10,70}[^.\n]", rule.title)
        assert re.fullmatch(r"[^<>\n]{20,}\.", rule.help)
