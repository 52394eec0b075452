"""Every rule tells what it is about and what to do."""

import re

from ctxopt.annotations import rules_of_findings


def test_every_rule_has_a_title_and_help() -> None:
    rules = rules_of_findings()
    assert {rule.id for rule in rules} == {
        "ignore-directory-slash",
        "ignore-exception-classic",
        "ignore-file-not-read",
        "ignore-needed",
        "ignore-no-effect",
        "ignore-root-only",
        "ignore-trailing-comment",
    }
    assert len({rule.title for rule in rules}) == len(rules)
    for rule in rules:
        assert re.fullmatch(r"[A-Z][^\n]{10,70}[^.\n]", rule.title)
        assert re.fullmatch(r"[^<>\n]{20,}\.", rule.help)
