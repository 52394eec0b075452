"""What the files of a context say: the other files that they name, and the commands that they run."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from ctxopt.catalogue.ecosystems import Catalogue, Reference, Workspaces
from ctxopt.catalogue.names import any_match
from ctxopt.core.golang import paths
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.exclusion_lists import leaves_out
from ctxopt.evidence.mentions import Mention
from ctxopt.evidence.model import ReadFile
from ctxopt.evidence.solutions import without_items
from ctxopt.evidence.tools_run import Tools, plain_name
from ctxopt.evidence.trees import tree_of
from ctxopt.image.commands import (
    Run,
    first_command,
    may_be_command,
)
from ctxopt.image.places import same_part
from ctxopt.image.shell.wrappers import base_name

#: A word in a plain text that may name a path.
_WORD: Final = lazy_re(r"[^\s'\"`(),;<>=|&$\[\]{}]+")
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
    return None if data is None else Document(path, without_items(path, data).decode("utf-8", "replace"))


# -- strings in documents -----------------------------------------------------------------------


def strings(text: str, form: str, keys: Sequence[str]) -> list[str]:
    """The strings in a document: all words of a text, or those at the keys; none if it is malformed."""
    if form == "text":
        # What has no letter is part of an expression.
        return [word for word in _WORD.findall(text) if any(map(str.isalnum, word))]
    tree = tree_of(text, form)
    return [value for key in keys for value in _at(tree, tuple(key.split(".")))]


def _at(value: object, key: tuple[str, ...]) -> Iterator[str]:
    stack: list[tuple[object, tuple[str, ...]]] = [(value, key)]
    while stack:
        value, key = stack.pop()
        if isinstance(value, str):
            if not key or key == ("**",):
                yield value
        elif key == ("@",) and isinstance(value, Mapping):
            yield from (name for name in value if isinstance(name, str))
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
            for value in dict.fromkeys(_values(doc, reference)):
                parts = _referenced(doc.directory, value)
                if parts:
                    yield Mention(parts, f"{doc.path} names it", anchored=True, shallow=True, file=doc.path)


def all_words(doc: Document) -> Iterator[Mention]:
    """What a file names if each of its words may be a path, relative to its directory or to the root."""
    for value in dict.fromkeys(strings(doc.text, "text", ())):
        for directory in dict.fromkeys((doc.directory, "")):
            parts = _referenced(directory, value)
            if parts:
                yield Mention(parts, f"{doc.path} names it", anchored=True)


def called_references(known: Catalogue, runs: Sequence[Run]) -> list[Reference]:
    """The references that count if these commands run."""
    return [
        reference
        for reference in known.reference
        if not reference.when or first_command(runs, reference.when, may_be_command) is not None
    ]


def _values(doc: Document, reference: Reference) -> Iterator[str]:
    """What a document names by one of its references."""
    if any(text in doc.text for text in reference.unless):
        return
    if reference.only and not any(text in doc.text for text in reference.only):
        return
    if reference.says:
        yield from reference.gives if any(text in doc.text for text in reference.says) else ()
        return
    text = re.sub(reference.cut, " ", doc.text, flags=re.MULTILINE) if reference.cut else doc.text
    for value in strings(text, reference.format, reference.keys):
        prefix = next((prefix for prefix in reference.behind or ("",) if value.startswith(prefix)), None)
        if prefix is not None and reference.modules:
            module = value.partition(":")[0].strip().replace(".", "/")
            yield from (module, f"{module}.py")
        elif prefix is not None:
            yield reference.template.replace("{}", value.removeprefix(prefix))


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


def section_references(documents: Iterable[Document], known: Catalogue, tools: Tools) -> Iterator[Mention]:
    """What the sections of tools that run name, relative to the directory that each document is in.

    A project may read a section with its own name itself.
    """
    for doc in documents:
        for sections in known.sections if tools.names else ():
            if sections.file != doc.name:
                continue
            tree = tree_of(doc.text, sections.format)
            own = _own_names(tree)
            for name, section in (item for table in _tables(tree, sections.table) for item in table.items()):
                runs = tools.runs(sections.tool, str(name)) or plain_name(str(name)) in own
                if isinstance(section, Mapping | list) and runs:
                    for value in dict.fromkeys(_named_in(section)):
                        parts = _referenced(doc.directory, value)
                        if parts:
                            yield Mention(parts, f"{doc.path} names it", anchored=True, shallow=True, file=doc.path)


def _own_names(tree: object) -> frozenset[str]:
    """The name of the project that a manifest describes, and those of its programs."""
    names = [value for key in (("name",), ("project", "name"), ("tool", "poetry", "name")) for value in _at(tree, key)]
    programs = [
        name for key in (("project", "scripts", "@"), ("tool", "poetry", "scripts", "@")) for name in _at(tree, key)
    ]
    return frozenset(map(plain_name, (*names, *programs)))


def _tables(tree: object, path: str) -> Iterator[Mapping[object, object]]:
    for key in path.split(".") if path else ():
        tree = tree.get(key) if isinstance(tree, Mapping) else None
    if isinstance(tree, Mapping):
        yield tree


def _named_in(section: object) -> Iterator[str]:
    """The strings in a section of a tool, but for what it leaves out."""
    stack = [section]
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            stack += value
        elif isinstance(value, Mapping):
            stack += (item for key, item in value.items() if not leaves_out(str(key)))


# -- workspaces ---------------------------------------------------------------------------------


def member_values(documents: Iterable[Document], known: Catalogue) -> list[str]:
    """What workspaces name as their members, as written."""
    return [
        value
        for doc in documents
        for workspaces in known.workspaces
        if workspaces.file == doc.name
        for value in strings(doc.text, workspaces.format, workspaces.keys)
    ]


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
