"""Values as Go's `strconv` reads them."""

from typing import Final

_TRUE: Final = ("1", "t", "T", "TRUE", "true", "True")
_FALSE: Final = ("0", "f", "F", "FALSE", "false", "False")


def parse_bool(text: str) -> bool | None:
    """The truth value that a text stands for, as in `strconv.ParseBool`; None for what that refuses."""
    if text in _TRUE:
        return True
    return False if text in _FALSE else None
