"""Textual screens that show lines: one widget that draws only what differs, and pages to scroll."""

from collections.abc import Sequence
from typing import Final

from rich.text import Text as Line
from textual import events
from textual.app import ComposeResult
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

#: The keys that move, as steps in rows, or in pages of them; the last ones go to an end.
_ROWS: Final = {"down": 1, "j": 1, "up": -1, "k": -1}
_PAGES: Final = {"pagedown": 1, "ctrl+f": 1, "space": 1, "pageup": -1, "ctrl+b": -1}
_ENDS: Final = {"home": -1, "g": -1, "end": 1, "G": 1}
_FAR: Final = 1 << 40
#: The keys that close a page.
CLOSING: Final = ("escape", "q", "backspace", "ctrl+c")
#: Rows that a turn of the wheel moves.
WHEEL: Final = 3


def name_of(event: events.Key) -> str:
    """The key as people name it: the character that it types, if that is visible, or else its name."""
    character = event.character
    return character if character is not None and character.isprintable() and character != " " else event.key


def steps(event: events.Key, page: int) -> int | None:
    """By how many rows a key moves, where so many are on a page; None for a key that does not move."""
    key = name_of(event)
    if key in _ROWS:
        return _ROWS[key]
    if key in _PAGES:
        return _PAGES[key] * max(1, page - 1)
    return _ENDS[key] * _FAR if key in _ENDS else None


class Canvas(Widget):
    """A widget that shows lines; only those that differ are drawn again."""

    DEFAULT_CSS = "Canvas { width: 100%; height: 100%; }"
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        #: The lines that are shown.
        self.shown: list[Line] = []

    def show(self, lines: list[Line]) -> None:
        """Show these lines."""
        before, self.shown = self.shown, [_spanned(line) for line in lines]
        if len(before) != len(lines):
            self.refresh()
            return
        pairs = enumerate(zip(before, self.shown, strict=True))
        changed = [number for number, pair in pairs if not _is_same(*pair)]
        if changed:
            self.refresh(*(Region(0, number, self.size.width, 1) for number in changed))

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.size.width
        if y >= len(self.shown):
            return Strip.blank(width)
        line = self.shown[y]
        return Strip(line.render(self.app.console, end="")).adjust_cell_length(width)


def _spanned(line: Line) -> Line:
    """The line with its own style as that of a part: without any part it would be drawn without a style."""
    if line.style:
        line = line.copy()
        line.stylize_before(line.style)
        line.style = ""
    return line


def _is_same(one: Line, other: Line) -> bool:
    return one.plain == other.plain and one.spans == other.spans


class Page(Screen[str]):
    """A screen of lines to scroll; the key with which it is closed is its result.

    It is closed with Escape, q, Backspace and Ctrl+C, and with the keys of `closing`.
    """

    def __init__(self, heading: str, keys: str, lines: Sequence[Line] = (), closing: Sequence[str] = ()) -> None:
        super().__init__()
        self.lines = list(lines)
        self.top = 0
        self._heading = heading
        self._keys = keys
        self.closing_keys = (*CLOSING, *closing)
        self._canvas = Canvas()

    def compose(self) -> ComposeResult:
        yield self._canvas

    def make_lines(self, width: int) -> list[Line]:
        """The lines for a width; those that there are, unless they depend on it."""
        return self.lines

    @property
    def page(self) -> int:
        """The number of lines that are visible."""
        return max(1, self.app.size.height - 2)

    def on_mount(self) -> None:
        self.redraw(again=True)

    def on_resize(self) -> None:
        self.redraw(again=True)

    def redraw(self, *, again: bool = False) -> None:
        """Draw the visible part; `again` works the lines out for the width."""
        width, height = self.app.size
        if again:
            self.lines = self.make_lines(max(10, width - 2))
        self.top = max(0, min(self.top, len(self.lines) - self.page))
        body = [Line(" ").append_text(line) for line in self.lines[self.top : self.top + self.page]]
        body += [Line()] * (height - 2 - len(body))
        self._canvas.show([self.heading(width), *body, Line(f" {self.keys()}", "dim")])

    def heading(self, width: int) -> Line:
        """The first line."""
        return Line(f" {self._heading}".ljust(width)[:width], "reverse")

    def keys(self) -> str:
        """The last line."""
        return self._keys + ("   Up Down scroll" if len(self.lines) > self.page else "")

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        key = name_of(event)
        moved = steps(event, self.page)
        if key in self.closing_keys:
            self.dismiss(key)
        elif moved is not None:
            self.move(moved)
        else:
            self.pressed(key)

    def move(self, count: int) -> None:
        """Scroll by so many lines."""
        self.top = min(self.top + count, len(self.lines))
        self.redraw()

    def pressed(self, key: str) -> None:
        """A key that neither moves nor closes."""

    def on_mouse_scroll_down(self) -> None:
        self.move(WHEEL)

    def on_mouse_scroll_up(self) -> None:
        self.move(-WHEEL)
