"""A reader of workflow commands like the runner's gets the annotations back, and nothing else."""

import re

import pytest
from hypothesis import given, settings

from ctxopt.annotations.model import Annotation, Annotations, Level
from ctxopt.display import printable
from ctxopt.render import github
from tests.render.support import ANY, HOSTILE, RULES, everywhere, one
from tests.support.inert import assert_inert

#: A command: its name, properties and data.
Command = tuple[str, dict[str, str], str]


def commands(text: str) -> list[Command]:
    """The commands that the runner finds in the lines of some output."""
    found = []
    for line in re.split("\r\n|\n|\r", text):
        # The runner trims, and searches the whole line for commands of the older form.
        trimmed = line.lstrip()
        if trimmed.startswith("::"):
            head, _, data = trimmed[2:].partition("::")
            name, _, listed = head.partition(" ")
            pairs = (pair.split("=", 1) for pair in listed.split(",") if pair)
            found.append((name, {key: _unescape(value) for key, value in pairs}, _unescape(data)))
        assert "##[" not in line
    return found


def _unescape(text: str) -> str:
    for escaped, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escaped, char)
    return text


def _expected(item: Annotation) -> Command:
    names = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
    properties = {}
    if item.file is not None:
        properties["file"] = printable(item.file).replace("##[", "## [")
        lines = {"line": item.line, "endLine": item.end_line if item.line is not None else None}
        properties |= {key: str(line) for key, line in lines.items() if line is not None}
    properties["title"] = next(f"{rule.id} {rule.title}" for rule in RULES if rule.id == item.rule)
    return names[item.level], properties, item.text.replace("##[", "## [")


def test_no_more_annotations_of_a_level_than_github_shows() -> None:
    items = tuple(
        Annotation("build-fails", level, f"n{number}", "Dockerfile", number)
        for level, count in ((Level.ERROR, 12), (Level.WARNING, 10))
        for number in range(1, count + 1)
    )
    text = github.render(Annotations("ctxopt check", (), RULES, items))
    assert len(commands(text)) == 20
    assert text.splitlines()[-3:] == [
        "- and 2 more of level error",
        "- error build-fails Dockerfile:11: n11",
        "- error build-fails Dockerfile:12: n12",
    ]


def test_the_form() -> None:
    item = Annotation("build-fails", Level.ERROR, "100% of it:\n\u202ea, b", "api/a,b:c", 3, 4)
    text = github.render(Annotations("ctxopt check", (("Size", "3 kB"),), RULES, (item,)))
    assert text.splitlines() == [
        "::error file=api/a%2Cb%3Ac,line=3,endLine=4,title=build-fails Instruction that fails::"
        "100%25 of it:%0A\\u202ea, b",
        "Summary of ctxopt check:",
        "- Size: 3 kB",
    ]


def test_what_is_about_the_whole_names_no_file() -> None:
    text = github.render(one("it", None, 7, Level.NOTE))
    assert text.startswith("::notice title=build-fails Instruction that fails::it\n")


def test_the_order_is_kept() -> None:
    items = [Annotation("never", level, str(number), None) for number, level in enumerate([*Level, *Level])]
    found = commands(github.render(Annotations("t", (), RULES, tuple(items))))
    assert [data for _, _, data in found] == [str(number) for number in range(6)]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_makes_no_command(text: str) -> None:
    annotations = everywhere(text)
    printed = github.render(annotations)
    assert_inert(printed, "github")
    assert commands(printed) == [_expected(item) for item in annotations.items]
    assert len(printed.split("\n")) == len(annotations.items) + 2


@settings(max_examples=300)
@given(ANY)
def test_any_text_comes_back(annotations: Annotations) -> None:
    printed = github.render(annotations)
    printed.encode("utf-8")
    assert commands(printed) == [_expected(item) for item in annotations.items]
    assert len(printed.split("\n")) == len(annotations.items) + 1 + len(annotations.summary)
