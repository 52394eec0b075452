"""The Textual application: it hands keys to the model, draws what the model says, and runs what takes long in threads."""

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final, TypeVar

from rich.text import Text as Line
from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from ctxopt.core.context.tree import View
from ctxopt.errors import CtxoptError
from ctxopt.explore import model as moves
from ctxopt.explore import pages
from ctxopt.explore.model import Model, Pane
from ctxopt.explore.screen import drawn, room
from ctxopt.explore.session import Attempt, Session, Text
from ctxopt.explore.state import State, refusal
from ctxopt.explore.filter import matching
from ctxopt.findings.model import Finding
from ctxopt.proposal.by_hand import Choice
from ctxopt.proposal.model import FileProposal, Proposal
from ctxopt.render.glyphs import Glyphs

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Actions:
    """What the explorer has others do: write files, and build with and without a proposal.

    `verify` gets a function to say with what it does at the moment, which may raise to end it, and returns the lines
    of the result.
    """

    write: Callable[[str, Sequence[FileProposal]], None]
    verify: Callable[[Proposal, Callable[[str], object]], Sequence[str]]


class Canvas(Widget):
    """A widget that shows lines; only those that differ are drawn again."""

    DEFAULT_CSS = "Canvas { width: 100%; height: 100%; }"

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Line] = []

    def show(self, lines: list[Line]) -> None:
        """Show these lines."""
        before, self._lines = self._lines, lines
        width = self.size.width
        changed = [
            number
            for number in range(max(len(before), len(lines)))
            if number >= len(before) or number >= len(lines) or before[number] != lines[number] or
            before[number].spans != lines[number].spans
        ]
        if len(changed) > len(lines) // 2:
            self.refresh()
        elif changed:
            self.refresh(*(Region(0, number, width, 1) for number in changed))

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.size.width
        if y >= len(self._lines):
            return Strip.blank(width)
        segments = self._lines[y].render(self.app.console)
        return Strip(segments).adjust_cell_length(width)


class Page(Screen[str]):
    """A screen of lines to scroll; it returns the key with which it was closed."""

    def __init__(self, heading: str, keys: str, closing: Sequence[str] = ()) -> None:
        super().__init__()
        self._heading = heading
        self._keys = keys
        self._closing = ("escape", "q", "backspace", *closing)
        self.lines: list[Line] = []
        self.top = 0
        self._canvas = Canvas()

    def compose(self) -> ComposeResult:
        yield self._canvas

    def set_lines(self, width: int) -> None:
        """Work the lines out for a width."""

    def on_mount(self) -> None:
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        self.set_lines(event.size.width - 2)
        self.redraw()

    def redraw(self) -> None:
        """Draw the visible part."""
        width, height = self.app.size
        visible = max(1, height - 2)
        self.top = max(0, min(self.top, len(self.lines) - visible))
        body = [Line(" ").append_text(line) for line in self.lines[self.top : self.top + visible]]
        heading = Line(f" {self._heading}".ljust(width), "reverse")
        self._canvas.show([heading, *body, *[Line()] * (visible - len(body)), Line(f" {self._keys}", "dim")])

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if event.key in self._closing or event.character in self._closing:
            self.dismiss(event.character if event.character in self._closing else event.key)
            return
        step = _steps(event, max(1, self.app.size.height - 2))
        if step is not None:
            self.top += step
            self.redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self.top += 3
        self.redraw()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.top -= 3
        self.redraw()
