"""How soon the Escape key is noticed."""

import selectors
from types import ModuleType
from typing import Final

#: The attribute of Textual's module for terminals by which it knows the standard library's `selectors`.
_NAME: Final = "selectors"


def notice_escape() -> None:
    """Have Textual take an Escape for the key as soon as its own delay for that is over.

    What follows within the delay tells the key from the sequences of other keys. Textual's thread for input looks at
    the clock only ten times a second. Where Textual reads input in another way, nothing changes.
    """
    try:
        from textual.drivers import linux_driver
    except ImportError:
        # Windows has no such terminals.
        return
    if getattr(linux_driver, _NAME, None) is selectors:
        from textual.constants import ESCAPE_DELAY

        setattr(linux_driver, _NAME, _prompt_selectors(ESCAPE_DELAY))


def _prompt_selectors(delay: float) -> ModuleType:
    """The module `selectors`, with a selector that waits no longer than `delay` seconds where there was input."""

    class Prompt(selectors.SelectSelector):
        _had_input = False

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            found = super().select(delay if self._had_input else timeout)
            self._had_input = bool(found)
            return found

    module = ModuleType(_NAME)
    module.__dict__.update(vars(selectors) | {"SelectSelector": Prompt})
    return module
