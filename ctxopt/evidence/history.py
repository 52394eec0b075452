"""Files that make a build read the history that a version control system keeps."""

from collections.abc import Sequence
from typing import Final

from ctxopt.catalogue.history import Need, needs, needs_by_file
from ctxopt.evidence.model import ReadFile

#: The keys of all scripts of a package.json.
_SCRIPTS: Final = ("scripts.*",)


def may_read_history(name: str, read_file: ReadFile) -> bool:
    """Whether a file of the root configures a build so that it may read the history; True if it cannot be read."""
    cases = needs_by_file().of(name)
    if not cases:
        return False
    data = read_file(name)
    if data is None:
        return True
    text = data.decode("utf-8", "replace")
    return any(_shows(need, text) for need in cases) or (name == "package.json" and _runs_git(text))


def _shows(need: Need, text: str) -> bool:
    """Whether the text of a file contains what shows this need, at one of its keys if it has any."""
    clues = [clue for clue in need.text if clue in text]
    if not clues or not need.keys:
        return bool(clues)
    return any(clue in value for clue in clues for value in _strings(text, need.keys))


def _runs_git(text: str) -> bool:
    """Whether a script asks git for what other tools are known to ask."""
    commands = {clue for need in needs() for clue in need.text if clue.startswith("git ") and clue in text}
    return bool(commands) and any(command in script for script in _strings(text, _SCRIPTS) for command in commands)


def _strings(text: str, keys: Sequence[str]) -> list[str]:
    # Loaded for a file with keys only: it knows much more than that.
    from ctxopt.evidence.manifests import strings

    return strings(text, "json", keys)
