"""Every rule has its texts, a page and tests."""

import csv
import re
import runpy
from importlib import import_module
from pathlib import Path

import pytest

from ctxopt.findings import all_rules, example, rule_names
from ctxopt.findings import rules as package
from ctxopt.findings.rule import Rule

_ROOT = Path(__file__).parent.parent.parent
_PAGES = _ROOT / "docs" / "rules"
_MODULES = sorted(path.stem for path in (_ROOT / "ctxopt" / "findings" / "rules").glob("[!_]*.py"))


def test_every_rule_has_a_title_and_help() -> None:
    found = all_rules()
    assert {rule.id for rule in found} >= {f"CTX00{number}" for number in range(1, 8)}
    names = rule_names()
    assert len(names) == 2 * len(found)
    assert all(re.fullmatch("CTX[0-9]{3}|[a-z]+(?:-[a-z]+)+", name) for name in names)
    assert len({rule.title for rule in found}) == len(found)
    for rule in found:
        assert re.fullmatch(r"[A-Za-z][^\n]{10,70}[^.\n]", rule.title)
        assert re.fullmatch(r"[^<>\n]{20,}\.", rule.help)


def test_every_module_has_a_rule_of_its_own() -> None:
    found = [import_module(f"ctxopt.findings.rules.{name}").RULE for name in _MODULES]
    assert sorted(found, key=lambda rule: rule.id) == list(all_rules())
    assert len({rule.check for rule in found}) == len(found)


def test_a_module_without_a_rule_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "no_rule.py").touch()
    monkeypatch.setattr(package, "__path__", [str(tmp_path)])
    all_rules.cache_clear()
    try:
        with pytest.raises(TypeError, match="no_rule defines no RULE"):
            all_rules()
    finally:
        all_rules.cache_clear()


@pytest.mark.parametrize("name", _MODULES)
def test_a_rule_has_tests_in_a_module_of_its_name(name: str) -> None:
    text = (Path(__file__).parent / f"test_{name}.py").read_text(encoding="utf-8")
    assert f"rules.{name} import" in text


def test_only_the_package_of_the_rules_knows_ids_and_names() -> None:
    names = re.compile("|".join(rf"\b{name}\b" for name in rule_names()))
    package_root = _ROOT / "ctxopt"
    files = [path for path in package_root.rglob("*.py") if "findings" not in path.relative_to(package_root).parts]
    assert len(files) > 100
    assert {path.name: found[0] for path in files if (found := names.search(path.read_text(encoding="utf-8")))} == {}


def test_the_example_is_a_rule() -> None:
    assert example() in all_rules()


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
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
    rows = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \| `([\w-]+)` \| ([^|]+) \|(?:[^|]*\|){13}$", text, re.MULTILINE)
    assert rows == [(rule.id, rule.id, rule.name, rule.title) for rule in all_rules()]
    assert {path.stem for path in _PAGES.glob("CTX*.md")} == {rule.id for rule in all_rules()}


def test_the_index_has_the_figures_of_the_verdicts() -> None:
    count = runpy.run_path(str(_ROOT / "benchmarks" / "rules" / "count.py"))
    text = (_PAGES / "README.md").read_text(encoding="utf-8")
    assert count["with_figures"](text, count["figures"](count["read"]())) == text


def test_every_verdict_says_about_what_and_why() -> None:
    with (_ROOT / "benchmarks" / "rules" / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        verdicts = list(csv.DictReader(file))
    assert all(re.fullmatch("CTX[0-9]{3}", one["rule"]) for one in verdicts)
    assert all(re.fullmatch("[0-9a-f]{40}", one["commit"]) and one["why"] for one in verdicts)
    assert {one["verdict"] for one in verdicts} == {"true", "false", "unsure"}
    assert {one["sample"] for one in verdicts} == {
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
    }
    assert {one["now"] for one in verdicts} == {"found", "corrected", "gone"}


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_what_is_left_of_a_rule_is_true(rule: Rule) -> None:
    """At least 95 of 100 findings, where there are ten or more."""
    count = runpy.run_path(str(_ROOT / "benchmarks" / "rules" / "count.py"))
    figures = count["figures"](count["read"]()).get(rule.id)
    assert figures is None or figures.every.left < 10 or figures.every.true >= 0.95 * figures.every.left
