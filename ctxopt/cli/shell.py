"""Words of the commands that messages tell people to type."""

import os
import shlex


def quoted(word: str) -> str:
    """A word as it is typed in the shell of this system."""
    if os.name == "nt":
        return f'"{word}"' if " " in word else word
    return shlex.quote(word)
