"""The screen of the builds: one of them is chosen."""

from rich.text import Text as Line

from ctxopt.display import plural, printable
from ctxopt.explore.canvas import Page
from ctxopt.explore.drawing import wrapped
from ctxopt.explore.session import Builds


class BuildsPage(Page):
    """The builds to choose from; closed with Enter where the one at the cursor is chosen."""

    def __init__(self, builds: Builds) -> None:
        super().__init__(plural(len(builds.names), "build"), "Enter explore   Up Down select   Esc back")
        self.closing_keys = (*self.closing_keys, "enter", "o")
        self.cursor = builds.current
        self._builds = builds

    def keys(self) -> str:
        return self._keys

    def make_lines(self, width: int) -> list[Line]:
        lines = []
        for number, name in enumerate(self._builds.names):
            is_current = number == self._builds.current
            line = Line(f"{'*' if is_current else ' '} {printable(name)}", "reverse" if number == self.cursor else "")
            line.truncate(width, overflow="ellipsis", pad=True)
            lines.append(line)
        others = wrapped((Line(f"  not resolved: {printable(text)}", "dim") for text in self._builds.unresolved), width)
        return [*lines, *([Line(), *others] if others else [])]

    def redraw(self, *, again: bool = False) -> None:
        self.top = min(max(self.top, self.cursor - self.page + 1), self.cursor)
        super().redraw(again=again)

    def move(self, count: int) -> None:
        """Select another build."""
        self.cursor = max(0, min(self.cursor + count, len(self._builds.names) - 1))
        self.redraw(again=True)
