"""Finding the configuration file of a project."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from ctxopt.builds.reading import LeadsOut, read_text, relative_to
from ctxopt.core.context.locate import DISK, Storage
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError
from ctxopt.git.repository import judging_repository

if TYPE_CHECKING:
    from ctxopt.config.table import Location

_OWN = "ctxopt.toml"
_SHARED = "pyproject.toml"
_SECTION = ("tool", "ctxopt")


@dataclass(frozen=True, slots=True)
class Place:
    """Where files are read from: the work tree, or a revision, whose name is shown before that of a file."""

    storage: Storage
    revision: str = ""

    def shown(self, file: str) -> str:
        """A file as it is shown: as git names files of revisions."""
        return f"{self.revision}:{file}" if self.revision else file

    def has(self, path: str) -> bool:
        """Whether there is anything at an absolute path."""
        return _is_there(path, self.storage)


#: The files on disk.
WORK_TREE = Place(DISK)


@dataclass(frozen=True, slots=True)
class RawConfig:
    """The configuration of one file before it is validated: its TOML, where it starts, and the file's directory."""

    raw: object
    location: "Location"
    directory: str
    notes: tuple[str, ...] = ()


def find(start: str, place: Place = WORK_TREE) -> RawConfig | None:
    """The configuration of the nearest directory that has one, from `start` up to the top of its repository.

    A submodule of the current directory's repository counts as a part of this one.

    `start` is a directory on disk, whatever the place that the files are read from. In one directory ctxopt.toml comes
    before pyproject.toml. Raises CtxoptError for a file that cannot be read, is no TOML or leads out of its directory.
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
    top = judging_repository(directory)
    while True:
        found = _find_in(directory, directory if here is None else relative_to(here, directory), place)
        parent = os.path.dirname(directory)
        if found is not None or directory in (parent, top):
            return found
        directory = parent


def find_in_root(below: RawConfig, place: Place = WORK_TREE) -> RawConfig | None:
    """The configuration of the top of the repository, if that is above the one of a found configuration."""
    top = judging_repository(below.directory)
    if top is None or top == below.directory:
        return None
    shown = relative_to(os.getcwd(), top)
    return _find_in(top, top if shown.startswith("../..") else shown, place)


def find_file(file: str, place: Place = WORK_TREE) -> RawConfig:
    """The configuration in a file: all of it, or [tool.ctxopt] of a pyproject.toml. Raises CtxoptError."""
    directory, name = os.path.split(file)
    where = os.path.realpath(directory or os.curdir)
    if name:
        section = name == _SHARED
        found = _section(where, directory, place) if section else _document(where, directory, name, place)
        if found is not None:
            return found
        if section and _is_there(os.path.join(where, name), place.storage):
            raise CtxoptError("it has no [tool.ctxopt]", file=place.shown(file))
    raise CtxoptError(f"configuration not found: {place.shown(file)}")


def _find_in(directory: str, shown: str, place: Place) -> RawConfig | None:
    own = _document(directory, shown, _OWN, place)
    if own is None:
        return _section(directory, shown, place)
    try:
        other = _section(directory, shown, place)
    except CtxoptError:
        # It is not used, so it need not be readable.
        return own
    if other is None:
        return own
    note = f"{other.location.file} also has [tool.ctxopt], which is ignored: {own.location.file} takes precedence"
    return replace(own, notes=(note,))


def _section(directory: str, shown: str, place: Place) -> RawConfig | None:
    """The [tool.ctxopt] table of the pyproject.toml of a directory; None if there is none."""
    document = _document(directory, shown, _SHARED, place)
    raw = None if document is None else document.raw
    for name in _SECTION:
        raw = raw.get(name) if isinstance(raw, dict) else None
    if document is None or raw is None:
        return None
    return replace(document, raw=raw, location=document.location.at(*_SECTION))


def _document(directory: str, shown: str, name: str, place: Place) -> RawConfig | None:
    """A TOML file as a whole; None if it does not exist."""
    file = place.shown(os.path.normpath(os.path.join(shown, name)).replace(os.sep, "/"))
    path = os.path.join(directory, name)
    try:
        text = read_text(path, file, directory, place.storage)
    except LeadsOut:
        raise CtxoptError(
            "it is a symbolic link that leads out of its directory", file=file, hint="put the file itself there"
        ) from None
    if text is None:
        if name == _OWN and _is_there(path, place.storage):
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


def _is_there(path: str, storage: Storage) -> bool:
    """Whether there is a file or a link of this path."""
    try:
        storage.status(path, follow=False)
    except (OSError, ValueError):
        return False
    return True
