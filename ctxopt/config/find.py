"""Finding the configuration file of a project."""

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ctxopt.builds.reading import LeadsOut, read_text, relative_to
from ctxopt.errors import CtxoptError

if TYPE_CHECKING:
    from ctxopt.config.table import Place

_OWN = "ctxopt.toml"
_SHARED = "pyproject.toml"
_SECTION = ("tool", "ctxopt")


@dataclass(frozen=True, slots=True)
class Found:
    """A configuration as it stands in a file: its TOML, where that is, and the file's directory."""

    raw: object
    place: "Place"
    directory: str
    notes: tuple[str, ...] = ()


def find(start: str) -> Found | None:
    """The configuration of the nearest directory that has one, from `start` up to the one that holds `.git`.

    In one directory ctxopt.toml comes before pyproject.toml. Raises CtxoptError for a file that cannot
    be read, is no TOML or leads out of its directory.
    """
    try:
        directory = os.path.realpath(start, strict=True)
        is_directory = os.path.isdir(directory)
        here = None if os.path.isabs(start) else os.getcwd()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a valid path"
        raise CtxoptError(f"cannot look for a configuration there: {reason}", file=start) from None
    if not is_directory:
        raise CtxoptError("cannot look for a configuration there: it is not a directory", file=start)
    while True:
        found = _find_in(directory, directory if here is None else relative_to(here, directory))
        parent = os.path.dirname(directory)
        if found is not None or parent == directory or os.path.lexists(os.path.join(directory, ".git")):
            return found
        directory = parent


def _find_in(directory: str, shown: str) -> Found | None:
    own = _document(directory, shown, _OWN)
    if own is None:
        return _section(directory, shown)
    try:
        other = _section(directory, shown)
    except CtxoptError:
        # It does not count, so it need not be readable.
        return own
    if other is None:
        return own
    note = f"{other.place.file} has [tool.ctxopt] too, which does not count: {own.place.file} comes before it"
    return replace(own, notes=(note,))


def _section(directory: str, shown: str) -> Found | None:
    """What stands at [tool.ctxopt] in the pyproject.toml of a directory."""
    document = _document(directory, shown, _SHARED)
    raw = None if document is None else document.raw
    for name in _SECTION:
        raw = raw.get(name) if isinstance(raw, dict) else None
    if document is None or raw is None:
        return None
    return replace(document, raw=raw, place=document.place.at(*_SECTION))


def _document(directory: str, shown: str, name: str) -> Found | None:
    """A TOML file as a whole, if it is there."""
    file = os.path.normpath(os.path.join(shown, name)).replace(os.sep, "/")
    path = os.path.join(directory, name)
    try:
        text = read_text(path, file, directory)
    except LeadsOut:
        raise CtxoptError(
            "it is a symbolic link that leads out of its directory", file=file, hint="put the file itself there"
        ) from None
    if text is None:
        if name == _OWN and os.path.lexists(path):
            raise CtxoptError("it is a symbolic link that leads nowhere", file=file)
        return None
    if name == _SHARED and "ctxopt" not in text and "\\u" not in text.lower():
        # The section is not there: not even its name, spelled out or escaped.
        return None
    from ctxopt.config.document import parsed
    from ctxopt.config.lines import key_lines
    from ctxopt.config.table import Place

    try:
        return Found(parsed(text, file), Place("file", file, (), key_lines(text)), directory)
    except CtxoptError:
        if name == _SHARED and "ctxopt" not in text:
            # Templates of projects are no TOML yet, and no business of ours.
            return None
        raise
