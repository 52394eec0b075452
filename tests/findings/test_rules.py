"""Every rule tells what it is about and what to do."""

import re

from ctxopt.findings import rule_names, rules


def test_every_rule_has_a_title_and_help() -> None:
    found = rules()
    assert {rule.id for rule in found} >= {f"CTX00{number}" for number in range(1, 8)}
    names = rule_names()
    assert len(names) == 2 * len(found)
    assert all(re.fullmatch("CTX[0-9]{3}|[a-z]+(?:-[a-z]+)+", name) for name in names)
    assert len({rule.title for rule in found}) == len(found)
    for rule in found:
        assert re.fullmatch(r"[A-Z][^\n]{10,70}[^.\n]", rule.title)
        assert re.fullmatch(r"[^<>\n]{20,}\.", rule.help)
