"""Every rule tells what it is about and what to do, in the program and on a page."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from ctxopt.findings import Rule, rule_names, rules

_ROOT = Path(__file__).parent.parent.parent
_PAGES = _ROOT / "docs" / "rules"
_MODULES = sorted(path.stem for path in (_ROOT / "ctxopt" / "findings" / "rules").glob("[!_]*.py"))


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


@pytest.mark.parametrize("name", _MODULES)
def test_a_rule_has_tests_in_a_module_of_its_name(name: str) -> None:
    text = (Path(__file__).parent / f"test_{name}.py").read_text(encoding="utf-8")
    assert f"rules.{name} import" in text or import_module(f"ctxopt.findings.rules.{name}").RULE in text


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_has_a_page(rule: Rule) -> None:
    assert rule.page.endswith(f"/docs/rules/{rule.id}.md")
    text = (_PAGES / f"{rule.id}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {rule.id} {rule.title}\n\n`{rule.name}`: ")
    headings = re.findall("^## (.+)$", text, re.MULTILINE)
    assert headings == ["Why", "Found", "Not found", "Fix", "Suppress"]
    assert re.search(rf'ignore={rule.id} \w|rule = "{rule.id}"', text.rpartition("## Suppress")[2])
    assert max(map(len, text.splitlines())) <= 120


def test_the_index_has_every_rule_and_no_other() -> None:
    text = (_PAGES / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \| `([\w-]+)` \| (.+) \|$", text, re.MULTILINE)
    assert rows == [(rule.id, rule.id, rule.name, rule.title) for rule in rules()]
    assert {path.stem for path in _PAGES.glob("CTX*.md")} == {rule.id for rule in rules()}
