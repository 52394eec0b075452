"""Terminal output as plain text, for a file."""

import io
from collections.abc import Callable

from rich.console import Console

from ctxopt.display import inert

_WIDTH = 120


def plain(draw: Callable[[Console], None]) -> str:
    """The text of what rich would draw on a terminal of a fixed width."""
    file = io.StringIO()
    draw(
        Console(
            file=file, width=_WIDTH, highlight=False, markup=False, emoji=False, force_terminal=False, no_color=True
        )
    )
    return inert(file.getvalue())
