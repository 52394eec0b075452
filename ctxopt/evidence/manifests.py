"""What the files of a context say: the other files that they name, and the commands that they run."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from ctxopt.catalogue.ecosystems import Catalogue, Reference, Scripts, Workspaces
from ctxopt.catalogue.history import Need
from ctxopt.catalogue.names import any_match
from ctxopt.catalogue.vocabulary import shells
from ctxopt.core.golang import paths
from ctxopt.evidence.image import ImageLocation
from ctxopt.evidence.mentions import Mention
from ctxopt.evidence.model import ReadFile
from ctxopt.image.commands import (
    Reader,
    Run,
    first_command,
    is_command,
    may_be_command,
    words_after,
)
from ctxopt.image.places import resolved, same_part
from ctxopt.image.shell.wrappers import base_name

#: A word in a plain text that may name a path.
_WORD: Final = re.compile(r"[^\s'\"`(),;<>=|&$\[\]{}]+")
#: Maximum depth of scripts that call scripts.
_MAX_DEPTH: Final = 3
#: Maximum number of characters of all scripts of a build together, far above any real build.
_MAX_TEXT: Final = 512 << 10


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read: its path in the context and its text."""

    path: str
    text: str

    @property
    def directory(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        return base_name(self.path)


def document(path: str, read_file: ReadFile) -> Document | None:
    """A file of the context as text; None if it cannot be read."""
    data = read_file(path)
    return None if data is None else Document(path, data.decode("utf-8", "replace"))


# -- strings in documents -----------------------------------------------------------------------


def strings(text: str, form: str, keys: Sequence[str]) -> list[str]:
    """The strings in a document: all words of a text, or those at the keys; none if it is malformed."""
    if form == "text":
        return _WORD.findall(text)
    tree = _tree(text, form)
    return [value for key in keys for value in _at(tree, tuple(key.split(".")))]


def _tree(text: str, form: str) -> object:
    try:
        return json.loads(text) if form == "json" else tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _at(value: object, key: tuple[str, ...]) -> Iterator[str]:
    stack: list[tuple[object, tuple[str, ...]]] = [(value, key)]
    while stack:
        value, key = stack.pop()
        if isinstance(value, str):
            if not key or key == ("**",):
                yield value
        elif key and isinstance(value, Mapping):
            rest = key if key == ("**",) else key[1:]
            stack.extend((child, rest) for name, child in value.items() if key[0] in (name, "*", "**"))
        elif key and isinstance(value, list) and key[0] in ("*", "**"):
            stack.extend((child, key if key == ("**",) else key[1:]) for child in value)


# -- references ---------------------------------------------------------------------------------


def references(documents: Iterable[Document], known: Catalogue, runs: Sequence[Run]) -> Iterator[Mention]:
    """What the documents name, relative to the directory that each is in."""
    called = called_references(known, runs)
    for doc in documents:
        for reference in called:
            if not any_match((reference.file,), doc.name):
                continue
            for value in dict.fromkeys(strings(doc.text, reference.format, reference.keys)):
                parts = _referenced("" if reference.rootless else doc.directory, value)
                if parts:
                    yield Mention(parts, f"{doc.path} names it", anchored=not reference.rootless)


def called_references(known: Catalogue, runs: Sequence[Run]) -> list[Reference]:
    """The references that count if these commands run."""
    return [
        reference
        for reference in known.reference
        if not reference.when or first_command(runs, reference.when, may_be_command) is not None
    ]


def _referenced(directory: str, value: str) -> tuple[str, ...]:
    """The path that a string names, up to a `**`."""
    value = value.strip().removeprefix("!").replace("\\", "/")
    if len(value) > 4096 or "\0" in value:
        return ()
    parts = paths.join(directory, value.lstrip("/") or ".").split("/")
    if "**" in parts:
        parts = parts[: parts.index("**")]
    while parts and not parts[-1].strip("*?"):
        parts.pop()
    return () if not parts or parts[0] in ("..", ".", "") or "/".join(parts) == directory else tuple(parts)


# -- workspaces ---------------------------------------------------------------------------------


def members(documents: Iterable[Document], known: Catalogue) -> dict[str, list[tuple[str, ...]]]:
    """The members of workspaces: for each directory with one, patterns relative to it, as parts."""
    patterns: dict[str, list[tuple[str, ...]]] = {}
    for doc in documents:
        for workspaces in known.workspaces:
            if workspaces.file == doc.name:
                patterns.setdefault(doc.directory, []).extend(_members(doc, workspaces))
    return patterns


def _members(doc: Document, workspaces: Workspaces) -> Iterator[tuple[str, ...]]:
    for value in strings(doc.text, workspaces.format, workspaces.keys):
        parts = paths.clean(value).strip("/").split("/")
        if parts[0] not in ("", ".", "..") and any(char.isalnum() for char in value):
            yield tuple(parts)


def is_member(patterns: Iterable[tuple[str, ...]], path: str) -> bool:
    """Whether a directory is a member of a workspace."""
    given = path.split("/")
    return any(_is_member(parts, given) for parts in patterns)


def _is_member(parts: tuple[str, ...], given: list[str]) -> bool:
    if "**" in parts:
        parts = parts[: parts.index("**")]
        given = given[: len(parts)]
    return len(parts) == len(given) and all(map(same_part, parts, given))


# -- commands in files --------------------------------------------------------------------------


class Scripted:
    """The commands that the commands of a build run in turn, from scripts and tables in files of the context."""

    def __init__(
        self, reader: Reader, locations: Sequence[ImageLocation], known: Catalogue, read_file: ReadFile
    ) -> None:
        self._reader = reader
        self._locations = locations
        self._known = known
        self._document = cache(lambda path: document(path, read_file))
        self._table = cache(self._read_table)

    def runs(self, runs: Iterable[Run]) -> Iterator[Run]:
        """The commands that some commands run; a step reads each script once."""
        seen: set[tuple[int, str]] = set()
        left = _MAX_TEXT
        waiting = [(run, 0) for run in runs]
        while waiting:
            run, depth = waiting.pop()
            if depth == _MAX_DEPTH:
                continue
            for text, key, directory, where in self._texts(run):
                if (run.step, key) in seen:
                    continue
                seen.add((run.step, key))
                if not left:
                    return
                some, left = text[:left], max(0, left - len(text))
                start = replace(run, directory=directory, files=(), sure=True, origin=where)
                for command in self._reader.of_text(some, start):
                    yield command
                    # Text that cannot be parsed is not followed further.
                    if command.sure:
                        waiting.append((command, depth + 1))

    def _texts(self, run: Run) -> Iterator[tuple[str, str, str | None, str]]:
        """The shell texts that a command runs: text, name, directory, and where it is for people."""
        for scripts in self._known.scripts:
            yield from self._named(run, scripts)
        for path in self._script_files(run):
            doc = self._document(path)
            if doc is not None and _is_shell(doc):
                yield doc.text, path, run.directory, f"{{}} in {path}, run by {run.origin}"

    def _named(self, run: Run, scripts: Scripts) -> Iterator[tuple[str, str, str | None, str]]:
        names = self._names(run, scripts)
        if not names:
            return
        for path in self._context_paths(run, scripts.file):
            table = self._table(path, scripts.table)
            for name in names:
                text = table.get(name)
                for line in text if isinstance(text, list) else [text]:
                    if isinstance(line, str):
                        yield line, f"{path} {name} {line}", run.directory, f"{{}} in {path}, run by {run.origin}"

    def _read_table(self, path: str, key: str) -> dict[str, object]:
        doc = self._document(path)
        tree = _tree(doc.text, "json") if doc is not None else None
        table = tree.get(key) if isinstance(tree, dict) else None
        return table if isinstance(table, dict) else {}

    def _names(self, run: Run, scripts: Scripts) -> list[str]:
        names = [name for hook in scripts.hooks if first_command([run], hook.by, is_command) for name in hook.names]
        for command in scripts.run:
            rest = words_after(run, command)
            name = next((word for word in rest or () if not word.startswith("-")), None)
            if name is not None:
                names += [scripts.before + name, name, scripts.after + name]
        return names

    def _script_files(self, run: Run) -> Iterator[str]:
        words = run.words
        if not words:
            return
        if _runs_files(run.name) and "/" not in words[0].strip("./"):
            words = tuple(word for word in words[1:] if not word.startswith("-"))[:1]
        for word in words[:1]:
            if "/" in word or word.endswith(shells().script_endings):
                yield from self._context_paths(run, word)

    def _context_paths(self, run: Run, path: str) -> Iterator[str]:
        """The paths in the context of a path that a command uses."""
        target = resolved(run.directory, path)
        for location in self._locations:
            inside = location.context_path(target) if target is not None else None
            if inside:
                yield inside
        if target is None or not any(location.context_path(target) for location in self._locations):
            # If the directory is not known, or the file was copied by something else, it mostly has the same path here.
            yield paths.clean(path.lstrip("/"))


def _is_shell(doc: Document) -> bool:
    first = doc.text[:200].partition("\n")[0]
    if first.startswith("#!"):
        return base_name(first.split()[0]) in shells().shells or any(
            word in shells().shells for word in first.split()[1:2]
        )
    return doc.name.endswith(shells().script_endings)


def _runs_files(name: str) -> bool:
    """Whether a command runs the text of the file that it is given."""
    return name in shells().shells or name in shells().sourcing


# -- needs --------------------------------------------------------------------------------------


def needed_by(needs: Iterable[Need], documents: Sequence[Document], runs: Sequence[Run]) -> str | None:
    """Why a build reads version control metadata, for people; None if nothing says that it does."""
    for need in needs:
        run = first_command(runs, need.run, may_be_command) if need.run else None
        if need.run and run is None:
            continue
        doc = next((doc for doc in documents if need.files and _speaks(need, doc)), None)
        if need.files and doc is None:
            continue
        if doc is None:
            return f"{run.origin} needs it" if run is not None else None
        text = next(text for text in need.text if text in doc.text)
        return f"{doc.path} has {text.strip()!r} in it" + (f", and {run.origin} uses it" if run is not None else "")
    return None


def _speaks(need: Need, doc: Document) -> bool:
    if not any(fnmatchcase(doc.name, name) for name in need.files):
        return False
    spoken = strings(doc.text, "json", need.keys) if need.keys else [doc.text]
    return any(text in piece for text in need.text for piece in spoken)
