"""Finding the configuration file of a project."""

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ctxopt.builds.reading import LeadsOut, read_text, relative_to
from ctxopt.errors import CtxoptError

if TYPE_CHECKING:
    from ctxopt.config.table import Location

_OWN = "ctxopt.toml"
_SHARED = "pyproject.toml"
_SECTION = ("tool", "ctxopt")


@dataclass(frozen=True, slots=True)
class RawConfig:
    """The configuration of one file before it is validated: its TOML, where it starts, and the file's directory."""

    raw: object
    location: "Location"
    directory: str
    notes: tuple[str, ...] = ()


def find(start: str) -> RawConfig | None:
    """The configuration of the nearest directory that has one, from `start` up to the one that contains `.git`.

    In one directory ctxopt.toml comes before pyproject.toml. Raises CtxoptError for a file that cannot
    be read, is no TOML or leads out of its directory.
    """
    try:
        directory = os.path.realpath(start, strict=True)
        is_directory = os.path.isdir(directory)
        here = None if os.path.isabs(start) else os.getcwd()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a valid path"
        raise CtxoptError(f"cannot search for a configuration: {reason}", file=start) from None
    if not is_directory:
        raise CtxoptError("cannot search for a configuration: it is not a directory", file=start)
    while True:
        found = _find_in(directory, directory if here is None else relative_to(here, directory))
        parent = os.path.dirname(directory)
        if found is not None or parent == directory or os.path.lexists(os.path.join(directory, ".git")):
            return found
        directory = parent


def find_file(file: str) -> RawConfig:
    """The configuration in a file: all of it, or [tool.ctxopt] of a pyproject.toml. Raises CtxoptError."""
    directory, name = os.path.split(file)
    where = os.path.realpath(directory or os.curdir)
    found = (_section(where, directory) if name == _SHARED else _document(where, directory, name)) if name else None
    if found is not None:
        return found
    if name == _SHARED and os.path.isfile(file):
        raise CtxoptError("it has no [tool.ctxopt]", file=file)
    raise CtxoptError(f"configuration not found: {file}")


def _find_in(directory: str, shown: str) -> RawConfig | None:
    own = _document(directory, shown, _OWN)
    if own is None:
        return _section(directory, shown)
    try:
        other = _section(directory, shown)
    except CtxoptError:
        # It is not used, so it need not be readable.
        return own
    if other is None:
        return own
    note = f"{other.location.file} has [tool.ctxopt] too, which does not count: {own.location.file} comes before it"
    return replace(own, notes=(note,))


def _section(directory: str, shown: str) -> RawConfig | None:
    """The [tool.ctxopt] table of the pyproject.toml of a directory; None if there is none."""
    document = _document(directory, shown, _SHARED)
    raw = None if document is None else document.raw
    for name in _SECTION:
        raw = raw.get(name) if isinstance(raw, dict) else None
    if document is None or raw is None:
        return None
    return replace(document, raw=raw, location=document.location.at(*_SECTION))


def _document(directory: str, shown: str, name: str) -> RawConfig | None:
    """A TOML file as a whole; None if it does not exist."""
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
        # Without its name, spelled out or escaped, there is no such section.
        return None
    from ctxopt.config.document import parsed
    from ctxopt.config.lines import key_lines
    from ctxopt.config.table import Location

    try:
        return RawConfig(parsed(text, file), Location("file", file, (), key_lines(text)), directory)
    except CtxoptError:
        if name == _SHARED and "ctxopt" not in text:
            # A project template, which is not TOML yet and has no section for us.
            return None
        raise
