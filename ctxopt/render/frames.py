"""The lines of a Dockerfile that a finding is about, with the part marked, as compilers show code."""

import re
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ctxopt.core.lazy_re import lazy_re
from ctxopt.display import printable
from ctxopt.findings.model import Finding
from ctxopt.render.glyphs import glyphs

#: Maximum number of lines of an instruction to show.
_SHOWN = 3
#: Maximum number of characters of a line that are looked at: nobody reads more, and it may be anything.
_LONGEST = 10_000
#: What a message quotes.
_QUOTED = lazy_re(r'"([^"]+)"|`([^`]+)`')
#: An instruction up to what follows its flags: what is marked if the message quotes nothing of it.
_KEYWORD = lazy_re(r"\s*[A-Za-z]+\s+(?=\S)")


def frame(source: bytes, finding: Finding, console: Console) -> Iterator[Text]:
    """The lines of a finding with their numbers, and a line of marks; nothing if the file has no such line."""
    first = finding.line or 1
    lines = source.split(b"\n") if source else []
    wanted = range(first, min(max(first, finding.end_line or first), len(lines)) + 1)
    texts = {number: _decoded(lines[number - 1]) for number in wanted[:_LONGEST]}
    if not texts:
        return
    at, begin, end = _marked(texts, finding)
    shown = [number for number in texts if number < first + _SHOWN or number == at]
    width = len(str(shown[-1]))
    for number in shown:
        yield from _line(texts[number], number, width, (begin, end) if number == at else None, console)
    if len(texts) > len(shown):
        yield Text(f"  {'':>{width}} | {glyphs(console).dots}", style="dim")


def _decoded(line: bytes) -> str:
    """A line as text, with blanks for its tabs, which would be shown as escapes."""
    return line[:_LONGEST].rstrip(b"\r").decode("utf-8", "surrogateescape").replace("\t", " ")


def _marked(texts: dict[int, str], finding: Finding) -> tuple[int, int, int]:
    """The line and the columns to mark: what the finding names, quotes or begins with, or else the instruction."""
    first, text = next(iter(texts.items()))
    # The keyword alone says nothing: every instruction has one.
    parts = (part for part in _parts(finding) if part.upper() != text.strip().partition(" ")[0].upper())
    for part in parts:
        wanted = re.compile(rf"(?<![\w./-]){re.escape(part)}(?![\w-])")
        for number, line in texts.items():
            there = wanted.search(line)
            if there is not None:
                return number, *there.span()
    keyword = _KEYWORD.match(text)
    body = text.rstrip().removesuffix("\\").rstrip()
    return first, keyword.end() if keyword is not None else 0, len(body)


def _parts(finding: Finding) -> Iterator[str]:
    """What a finding may be about, the best first; the first words of a message often are the command."""
    if finding.subject:
        yield finding.subject
    yield from (one or other for one, other in _QUOTED.findall(finding.message))
    words = finding.message.split(" ", 3)[:3]
    yield from (" ".join(words[:count]) for count in range(len(words), 0, -1))


def _line(text: str, number: int, width: int, mark: tuple[int, int] | None, console: Console) -> Iterator[Text]:
    """One line, cut to the console's width so that the mark is visible, and the line of marks if it has one."""
    room = console.width - width - 6
    begin, end = mark or (0, 0)
    # What is before the mark is cut at its beginning, so that some of it remains.
    start = max(0, begin - room // 3) if len(printable(text)) > room else 0
    dots = glyphs(console).dots
    before = (dots if start else "") + printable(text[start:begin])
    marked, after = printable(text[begin:end]), printable(text[end:])
    line = Text(before).append(marked, style="bold" if mark else "").append(after)
    if cell_len(line.plain) > room:
        line.truncate(room - len(dots))
        line.append(dots)
    yield Text(f"  {number:>{width}} | ", style="dim").append_text(_plain(line))
    if mark is not None and end > begin:
        carets = min(cell_len(marked), max(1, room - cell_len(before)))
        yield (
            Text(f"  {'':>{width}} | ", style="dim").append(" " * cell_len(before)).append("^" * carets, style="yellow")
        )


def _plain(line: Text) -> Text:
    """The line in the style of its own, whatever it is appended to."""
    return Text("", style="default").append_text(line)
