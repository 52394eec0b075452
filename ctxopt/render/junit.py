"""Annotations as JUnit XML, which CI systems show as tests: a suite for each rule."""

from collections import Counter
from xml.etree import ElementTree as ET

from ctxopt.annotations.model import Annotation, Annotations, Descriptor, Level
from ctxopt.display import printable


def render(annotations: Annotations) -> str:
    """A document in ASCII. Errors and warnings are failures, notes are skipped; a rule that found nothing passes.

    What could not be checked is an error of its suite, or skipped if that is allowed. Only what Jenkins' xUnit schema
    (junit-10) has is used: the place of a test is its name.
    """
    counts = _counts(annotations, None)
    # Jenkins' schema has no number of skipped tests here.
    del counts["skipped"]
    root = ET.Element("testsuites", {"name": _allowed(printable(annotations.title)), **counts})
    if annotations.summary:
        suite = ET.SubElement(root, "testsuite", {"name": "summary", "tests": "0", "failures": "0", "errors": "0"})
        properties = ET.SubElement(suite, "properties")
        for label, value in annotations.summary:
            ET.SubElement(properties, "property", name=_allowed(printable(label)), value=_allowed(printable(value)))
    for rule in annotations.rules:
        _suite(root, rule, annotations)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return document.decode("ascii") + "\n"


def _counts(annotations: Annotations, rule: Descriptor | None) -> dict[str, str]:
    """The counts of tests in the suite of a rule, or of all rules."""
    items = [item for item in annotations.items if rule is None or item.rule == rule.id]
    unchecked = [item for item in annotations.unchecked if rule is None or item.rule == rule.id]
    found = {item.rule for item in (*items, *unchecked)}
    passed = len(annotations.rules if rule is None else (rule,)) - len(found)
    skipped = sum(item.level is Level.NOTE for item in items)
    errors = sum(item.level is Level.ERROR for item in unchecked)
    return {
        "tests": str(len(items) + len(unchecked) + passed),
        "failures": str(len(items) - skipped),
        "errors": str(errors),
        "skipped": str(skipped + len(unchecked) - errors),
    }


def _suite(root: ET.Element, rule: Descriptor, annotations: Annotations) -> None:
    suite = ET.SubElement(root, "testsuite", {"name": rule.id, **_counts(annotations, rule)})
    unchecked = [item for item in annotations.unchecked if item.rule == rule.id]
    items = [*unchecked, *(item for item in annotations.items if item.rule == rule.id)]
    if not items:
        ET.SubElement(suite, "testcase", classname=rule.id, name=rule.title)
    names = _distinct([_allowed(item.place or rule.title) for item in items])
    for number, (item, name) in enumerate(zip(items, names, strict=True)):
        _case(suite, item, name, "error" if number < len(unchecked) else "failure")


def _distinct(names: list[str]) -> list[str]:
    """The names, with numbers after repeated ones: readers take tests with the same name for one test."""
    counts: Counter[str] = Counter()
    taken: dict[str, None] = {}
    for name in names:
        made = name
        while made in taken:
            counts[name] += 1
            made = f"{name} ({counts[name] + 1})"
        taken[made] = None
    return list(taken)


def _case(suite: ET.Element, item: Annotation, name: str, failure: str) -> None:
    case = ET.SubElement(suite, "testcase", classname=item.rule, name=name)
    text = _allowed(item.text)
    head = text.partition("\n")[0]
    if item.level is Level.NOTE:
        ET.SubElement(case, "skipped", message=head).text = text
    else:
        ET.SubElement(case, failure, message=head, type=item.level.value).text = text


def _allowed(text: str) -> str:
    """Printable text without the two printable characters that XML forbids."""
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
