"""The screen of a change: the diff of what would be written."""

from collections.abc import Sequence

from rich.text import Text as Line

from ctxopt.explore.canvas import Page
from ctxopt.explore.drawing import wrapped


class ChangePage(Page):
    """A change as the lines of a diff, of which none is cut; closed with y where it is to be written."""

    def __init__(self, heading: str, change: Sequence[Line]) -> None:
        super().__init__(heading, "y write   n, Esc back", closing=("y", "n"))
        self._change = change

    def make_lines(self, width: int) -> list[Line]:
        return [part for line in self._change for part in (wrapped([line], width) if line.cell_len > width else [line])]
