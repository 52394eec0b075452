"""Lines of a terminal as a picture, and several screens as one that moves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

#: The size of a cell and of the letters, and what is around the lines, in pixels.
_WIDTH, _HEIGHT, _LETTERS, _AROUND = 8, 18, 14, 10
_BACKGROUND, _FOREGROUND = "#14181f", "#d5d9e0"
_COLORS = {
    "red": "#ff7b72",
    "green": "#7ee787",
    "yellow": "#e3b341",
    "blue": "#79c0ff",
    "magenta": "#d2a8ff",
    "cyan": "#56d4dd",
}


@dataclass(frozen=True)
class Frame:
    """One screen: its lines, how many seconds it stays, and what is written below it, such as the key pressed."""

    lines: Sequence[Text]
    seconds: float = 1.0
    caption: str = ""


def picture(lines: Sequence[Text], columns: int) -> str:
    """One screen as SVG."""
    return "\n".join([*_head(columns, len(lines)), *_screen(lines), "</svg>", ""])


def recording(frames: Sequence[Frame], columns: int) -> str:
    """Screens one after the other, and then again, as SVG; where nothing moves, the last one is shown."""
    whole = sum(frame.seconds for frame in frames)
    rows = max(len(frame.lines) for frame in frames)
    out = _head(columns, rows + 2)
    rules, start = [], 0.0
    for number, frame in enumerate(frames):
        begin, end = 100 * start / whole, 100 * (start + frame.seconds) / whole
        after = "" if number == len(frames) - 1 else f"{end:.3f}%{{visibility:hidden}}"
        before = "0%{visibility:hidden}" if number else ""
        rules.append(f"@keyframes f{number}{{{before}{begin:.3f}%{{visibility:visible}}{after}}}")
        rules.append(f".f{number}{{animation:f{number} {whole:.1f}s step-end infinite}}")
        start += frame.seconds
    hidden = ",".join(f".f{number}" for number in range(len(frames) - 1))
    out.append(f"<style>{hidden}{{visibility:hidden}}{''.join(rules)}</style>")
    for number, frame in enumerate(frames):
        caption = Text(frame.caption, "bold yellow")
        out += [f'<g class="f{number}">', *_screen([*frame.lines, Text(), caption]), "</g>"]
    return "\n".join([*out, "</svg>", ""])


def _head(columns: int, rows: int) -> list[str]:
    width, height = columns * _WIDTH + 2 * _AROUND, rows * _HEIGHT + 2 * _AROUND
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="{_LETTERS}" '
        f'fill="{_FOREGROUND}">',
        f'<rect width="{width}" height="{height}" rx="6" fill="{_BACKGROUND}"/>',
    ]


def _screen(lines: Sequence[Text]) -> Iterator[str]:
    console = Console(width=1000, color_system="truecolor", file=None)
    for row, line in enumerate(lines):
        column = 0
        for segment in _runs(line, console):
            width = cell_len(segment.text)
            yield from _run(segment.text, segment.style or Style.null(), column, row, width)
            column += width


def _runs(line: Text, console: Console) -> Iterator[Segment]:
    """The pieces of a line with one style each."""
    yield from Segment.simplify(line.render(console, end=""))


def _run(text: str, style: Style, column: int, row: int, width: int) -> Iterator[str]:
    x, y = _AROUND + column * _WIDTH, _AROUND + row * _HEIGHT
    name = "" if style.color is None else style.color.name
    color = _COLORS.get(name, _FOREGROUND)
    if style.reverse:
        yield f'<rect x="{x}" y="{y}" width="{width * _WIDTH}" height="{_HEIGHT}" fill="{color}"/>'
        color = _BACKGROUND
    if not text.strip():
        return
    more = ' font-weight="bold"' if style.bold else ""
    more += ' opacity="0.6"' if style.dim else ""
    more += ' text-decoration="underline"' if style.underline else ""
    fill = "" if color == _FOREGROUND else f' fill="{color}"'
    yield (
        f'<text x="{x}" y="{y + _LETTERS}" textLength="{width * _WIDTH}" lengthAdjust="spacingAndGlyphs"'
        f' xml:space="preserve"{fill}{more}>{escape(text)}</text>'
    )
