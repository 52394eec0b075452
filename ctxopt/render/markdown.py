"""Annotations as Markdown for a comment on a pull request.

Words of plain letters and numbers are text; all else becomes a code span. GitHub makes links, mentions and
references out of text even where Markdown's own characters are escaped, but of nothing in a code span.
"""

import re

from ctxopt.annotations.model import Annotation, Annotations, Level
from ctxopt.core.lazy_re import lazy_re
from ctxopt.display import plural, printable

#: Maximum length of a comment, in characters; GitHub accepts 65,536.
_LONGEST = 60_000
_ROWS = 50
_SUMMARY_ROWS = 20
_UNCHECKED_ROWS = 10
#: Maximum length of a name or value, and of a message, in characters.
_NAME = 200
_MESSAGE = 1_000
#: Room for the text after the last row.
_RESERVE = 200

_NOUNS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "note"}
#: A word or a number that is never turned into a link, as a URL or the name of a commit is.
_TAME = lazy_re(r"\(?(?!(?i:www|[0-9a-f]{7,40}\b))(?:[A-Za-z]+(?:'[a-z]+)?|[0-9]+(?:[.,][0-9]+)?)\)?[,;:.]?")


#: A word, and code in backticks with what belongs to it.
_WORD = lazy_re(r"(?:`[^`]+`|[^ ])+")
_QUOTED = lazy_re(r"(\(?)`([^`]+)`(\)?[,;:.]?)")


def render(annotations: Annotations) -> str:
    """A comment with the summary and the items by level, the worst first, up to the maximum length."""
    lines = [f"### {_inline(printable(annotations.title), _NAME)}", *_summary(annotations.summary)]
    lines += _unchecked(annotations.unchecked)
    if not (annotations.items or annotations.unchecked):
        lines += ["", "No findings."]
    room = _LONGEST - _RESERVE - sum(len(line) + 1 for line in lines)
    shown = 0
    for level in Level:
        items = [item for item in annotations.items if item.level is level]
        rows: list[str] = []
        for item in items[: _ROWS - shown]:
            row = _row(item)
            room -= len(row) + 1
            if room < 0:
                break
            rows.append(row)
        if rows:
            heading = ["", f"**{plural(len(items), _NOUNS[level])}**", ""]
            room -= sum(len(line) + 1 for line in heading)
            lines += heading + rows
            shown += len(rows)
    if shown < len(annotations.items):
        lines += ["", f"and {len(annotations.items) - shown:,} more"]
    return "\n".join(lines) + "\n"


def _unchecked(items: tuple[Annotation, ...]) -> list[str]:
    if not items:
        return []
    # What fails the run comes first, so that it is never cut.
    ordered = sorted(items, key=lambda item: item.level is not Level.ERROR)
    lines = ["", "**Not checked**", "", *(_row(item) for item in ordered[:_UNCHECKED_ROWS])]
    if len(items) > _UNCHECKED_ROWS:
        lines += ["", f"and {len(items) - _UNCHECKED_ROWS:,} more that could not be checked"]
    return lines


def _summary(rows: tuple[tuple[str, str], ...]) -> list[str]:
    if not rows:
        return []
    cells = [f"| {cell(label)} | {cell(value)} |" for label, value in rows[:_SUMMARY_ROWS]]
    if len(rows) > _SUMMARY_ROWS:
        cells.append(f"| and {len(rows) - _SUMMARY_ROWS:,} more | |")
    return ["", "| | |", "| --- | --- |", *cells]


def cell(text: str) -> str:
    # In a table a code span does not protect the bar, but an escape does.
    return _inline(printable(text), _NAME).replace("|", "\\|")


def _row(item: Annotation) -> str:
    location = item.place
    if len(location) > _NAME:
        # The end of a path is more useful than its beginning.
        location = "…" + location[1 - _NAME :]
    message = "<br>".join(_inline(line, _MESSAGE) for line in _cut(item.text, _MESSAGE).split("\n"))
    return f"- {_code(location)}: {message} ({_code(item.rule)})" if location else f"- {_code(item.rule)}: {message}"


def _inline(text: str, longest: int) -> str:
    """One line of printable text, with code spans around everything but plain words."""
    parts: list[tuple[bool, str]] = []
    for word in _WORD.findall(_cut(text, longest)):
        quoted = _QUOTED.fullmatch(word)
        if quoted is not None:
            # It is a code span already, with blanks in it or without.
            word = f"{quoted[1]}{_code(quoted[2])}{quoted[3]}"
        tame = quoted is not None or _TAME.fullmatch(word) is not None
        if parts and parts[-1][0] == tame:
            parts[-1] = (tame, f"{parts[-1][1]} {word}")
        else:
            parts.append((tame, word))
    return " ".join(part if tame else _code(part) for tame, part in parts)


def _code(text: str) -> str:
    """A code span, fenced by more backticks than follow each other in the text."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    space = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{fence}{space}{text}{space}{fence}"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
