"""Whether what is printed does nothing but be read, whatever names are in it."""

import json
import re
import unicodedata
from typing import Any
from xml.etree import ElementTree

from ctxopt.cli.formats import ANNOTATED

#: The formats of `--format` that most commands have.
FORMATS = ("text", "json", *ANNOTATED)

#: Control and format characters, lone surrogates, and line and paragraph separators.
_STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
#: What runners take for a command wherever it is in a line.
_ANYWHERE = re.compile(r"##\w*\[")
_LEVELS = r"(?:error|warning|notice)"
_COMMAND = re.compile(rf"::{_LEVELS} (?:file=[^:]+,)?(?:line=\d+,)?(?:endLine=\d+,)?title=[^:,]+::.*")


def assert_inert(text: str, form: str) -> None:
    """Raise AssertionError for output of a format in which something could steer what reads it."""
    if form == "diff":
        # The bytes of the files are what a diff is about.
        return
    for char in text:
        assert char == "\n" or unicodedata.category(char) not in _STEERING, f"U+{ord(char):04X} in {text!r}"
    assert form == "line" or not _ANYWHERE.search(text), text
    if form == "line":
        assert "\n" not in text
    elif form != "github":
        assert not any(line.lstrip().startswith("::") for line in text.splitlines()), text
    if form in ("json", "sarif") and text:
        _assert_json(json.loads(text), form)
        assert text.isascii()
    if form == "junit" and text:
        ElementTree.fromstring(text)
    if form == "github":
        for line in text.splitlines():
            if line.lstrip().startswith("::") or "##[" in line:
                assert _COMMAND.fullmatch(line), line
    if form == "markdown":
        _assert_markdown(text)


def _assert_json(value: Any, form: str) -> None:
    if form == "sarif":
        assert value["version"] == "2.1.0"


def _assert_markdown(text: str) -> None:
    """Outside of code spans there is no HTML but line breaks, no link, no mention and no reference."""
    for line in text.splitlines():
        plain = _without_code(line).replace("<br>", "")
        for steering in ("<", "http", "](", "![", "@", "::", "~~"):
            assert steering not in plain, line


def _without_code(line: str) -> str:
    parts = []
    at = 0
    for opened in re.finditer("`+", line):
        if opened.start() < at:
            continue
        closed = next((run for run in re.finditer("`+", line[opened.end() :]) if run[0] == opened[0]), None)
        assert closed is not None, f"a code span without an end in {line!r}"
        parts.append(line[at : opened.start()])
        at = opened.end() + closed.end()
    return "".join(parts) + line[at:]
