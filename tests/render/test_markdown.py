"""A Markdown parser finds only code spans and plain words in a comment, whatever the names are."""

import re

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ctxopt.annotations.model import Annotation, Annotations, Level
from ctxopt.display import printable
from ctxopt.render import markdown
from tests.render.support import ANY, HOSTILE, RULES, everywhere, one

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
#: Text that GitHub also treats as plain words.
_WORDS = re.compile(r"[A-Za-z0-9 ,;:.()']*")
_LINKED = re.compile(r"www\.|://|\b[0-9a-f]{7,40}\b|:[a-z]+:", re.IGNORECASE)
_STRUCTURE = {"heading", "paragraph", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td", "strong"}


def inlines(text: str) -> list[list[Token]]:
    """The parts of each paragraph, heading and cell, all inert."""
    found = []
    for token in _PARSER.parse(text):
        if token.type != "inline":
            assert token.type.removesuffix("_open").removesuffix("_close") in _STRUCTURE
            continue
        children = token.children or []
        found.append(children)
        for child in children:
            if child.type == "text":
                assert _WORDS.fullmatch(child.content), child.content
                assert not _LINKED.search(child.content), child.content
            elif child.type == "html_inline":
                assert child.content == "<br>"
            else:
                assert child.type in ("code_inline", "strong_open", "strong_close")
    return found


def _plain(children: list[Token]) -> str:
    return "".join("\n" if child.type == "html_inline" else child.content for child in children)


def _squeezed(text: str) -> str:
    """Text with runs of spaces collapsed, as in a browser."""
    return text.replace(" ", "")


def _as_shown(text: str) -> str:
    """Text without the backticks around code: a code span has no others."""
    return re.sub(r"(?<![^ ])(\(?)`([^`]+)`(\)?[,;:.]?)(?![^ ])", r"\1\2\3", text)


def test_code_is_one_code_span() -> None:
    text = "write `**/node_modules`, or (`RUN npm ci`); `a`b"
    (cells, *_) = inlines(markdown.render(Annotations(text, (), RULES, ())))
    assert [child.content for child in cells if child.type == "code_inline"] == [
        "**/node_modules",
        "RUN npm ci",
        "`a`b",
    ]


def test_the_form() -> None:
    items = (
        Annotation("limit-size", Level.NOTE, "so be it", None),
        Annotation(
            "build-fails", Level.ERROR, "COPY source src/*.py does not exist; it's left out", "api/Dockerfile", 3
        ),
        Annotation("limit-size", Level.WARNING, "too large:\n3.5 kB in 2 files", ".dockerignore"),
        Annotation("limit-size", Level.WARNING, "more", ".dockerignore", 1),
    )
    rows = (("BuildKit transfers", "36.5 kB in 19 files"), ("Ignore file", "a|b"))
    assert markdown.render(Annotations("ctxopt check", rows, RULES, items)) == (
        "### ctxopt check\n"
        "\n"
        "| | |\n"
        "| --- | --- |\n"
        "| BuildKit transfers | 36.5 kB in 19 files |\n"
        "| Ignore file | `a\\|b` |\n"
        "\n"
        "**1 error**\n"
        "\n"
        "- `api/Dockerfile:3`: COPY source `src/*.py` does not exist; it's left out (`build-fails`)\n"
        "\n"
        "**2 warnings**\n"
        "\n"
        "- `.dockerignore`: too large:<br>3.5 kB in 2 files (`limit-size`)\n"
        "- `.dockerignore:1`: more (`limit-size`)\n"
        "\n"
        "**1 note**\n"
        "\n"
        "- `limit-size`: so be it\n"
    )


def test_nothing_was_found() -> None:
    assert markdown.render(Annotations("ctxopt check", (), RULES, ())) == "### ctxopt check\n\nNo findings.\n"


def test_no_more_than_fifty_rows_the_worst_first() -> None:
    levels = [*[Level.NOTE] * 30, *[Level.ERROR] * 30]
    items = tuple(Annotation("never", level, f"message {number}", "x", 1) for number, level in enumerate(levels))
    text = markdown.render(Annotations("t", (), RULES, items))
    numbers = [int(number) for number in re.findall(r"message (\d+)", text)]
    assert numbers == [*range(30, 60), *range(20)]
    assert "**30 errors**" in text
    assert "**30 notes**" in text
    assert text.endswith("\n\nand 10 more\n")


@pytest.mark.parametrize("text", ["`" * 5000, "a ` " * 5000, "\U000e0041" * 5000, "-\n" * 5000, "|" * 5000])
def test_there_is_a_limit(text: str) -> None:
    items = tuple(Annotation("never", level, text, text, 1) for level in Level for _ in range(40))
    printed = markdown.render(Annotations(text, ((text, text),) * 30, RULES, items))
    assert len(printed) <= 60_000
    shown = sum(line.startswith("- ") for line in printed.split("\n"))
    assert 0 < shown <= 50
    assert printed.endswith(f"\nand {120 - shown} more\n")
    assert "| and 10 more | |" in printed


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_inert(text: str) -> None:
    inlines(markdown.render(everywhere(text)))


@pytest.mark.parametrize("text", [text for text in HOSTILE if len(text) < 150])
def test_hostile_text_is_shown_in_full(text: str) -> None:
    annotations = one(text, text)
    item = annotations.items[0]
    row = inlines(markdown.render(annotations))[-1]
    assert _squeezed(_plain(row)) == _squeezed(f"{item.place}: {_as_shown(item.text)} (build-fails)")


@pytest.mark.parametrize("text", ["a|b", "a\\|b", "\\\\|", "|", "| `|` |"])
def test_bars_do_not_end_a_cell(text: str) -> None:
    cells = inlines(markdown.render(Annotations("t", ((text, "b"),), RULES, ())))
    assert [_squeezed(_plain(cell)) for cell in cells[3:5]] == [_squeezed(_as_shown(printable(text))), "b"]


def test_the_end_of_a_long_path_is_shown() -> None:
    text = markdown.render(one("it", "d/" * 300 + "Dockerfile", 7))
    assert re.search(r"- `…[^`]*/Dockerfile:7`: it", text)


@settings(max_examples=200)
@given(ANY)
def test_any_text_is_inert(annotations: Annotations) -> None:
    printed = markdown.render(annotations)
    printed.encode("utf-8")
    found = inlines(printed)
    headings = [children for children in found if any(child.type == "strong_open" for child in children)]
    assert len(headings) == len({item.level for item in annotations.items})
    assert sum(token.type == "list_item_open" for token in _PARSER.parse(printed)) == len(annotations.items)
    assert len(printed) <= 60_000
