"""What an instruction reads of a context, as a digest: as BuildKit does, by what it reads and not by where that was."""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import compress
from typing import Final, Protocol

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.usage.failures import read_error
from ctxopt.core.usage.resolve import Unresolved, resolve
from ctxopt.core.usage.snapshot import Node
from ctxopt.errors import CtxoptError
from ctxopt.git.states import State


class _Receiver(Protocol):
    """Gets each entry that is read, by the directory that it is in."""

    def source(self, name: str) -> None:
        """What follows is read for a source of this name."""

    def file(self, directory: Directory, name: str) -> None:
        """The source is a file, whose name is that of the source."""

    def entries(self, directory: Directory, names: Sequence[str], relative: str) -> None:
        """Entries of a directory; `relative` is its path from the source."""

    def some(self, directory: Directory, mask: bytes, relative: str) -> None:
        """The entries of a directory for which the mask is 1, as if each was given to `entries`."""

    def whole(self, directory: Directory, mask: bytes, relative: str) -> None:
        """The entries of a directory for which the mask is 1."""


class StateReader:
    """The contents of one state, with the digests of what was read before: many builds read the same directories."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._rows: dict[tuple[str, bytes], bytes] = {}
        #: What is hashed for each entry, and for the last of those that were asked for, by their directory.
        self._hashed: dict[tuple[str, str], dict[str, bytes]] = {}
        self._last: dict[tuple[str, str], tuple[Directory, bytes, bytes]] = {}

    def contents(self, prefix: str, directory: Directory, names: Sequence[str]) -> list[bytes]:
        """The contents of some entries of a directory. Raises CtxoptError for a file that cannot be read."""
        return self.state.contents(_joined(prefix, directory.path), names)

    def row(self, prefix: str, directory: Directory, mask: bytes) -> bytes:
        """The digest of the entries of a directory for which the mask is 1. Raises CtxoptError."""
        key = (_joined(prefix, directory.path), mask)
        known = self._rows.get(key)
        if known is None:
            names = list(compress(directory.names, mask))
            known = self._rows[key] = _digest_of(names, self.contents(prefix, directory, names))
        return known

    def hashed(self, prefix: str, directory: Directory, mask: bytes, relative: str) -> bytes:
        """What is hashed for the entries of a directory for which the mask is 1. Raises CtxoptError.

        `relative` is the path of the directory from the source.
        """
        key = _joined(prefix, directory.path), relative
        last = self._last.get(key)
        if last is None or last[0] is not directory or last[1] != mask:
            hashed = self._hashed.setdefault(key, {})
            names = list(compress(directory.names, mask))
            new = [name for name in names if name not in hashed]
            contents = self.contents(prefix, directory, new)
            hashed |= {name: _entry(relative, name, content) for name, content in zip(new, contents, strict=True)}
            last = self._last[key] = directory, mask, b"".join(map(hashed.__getitem__, names))
        return last[2]


def digest_of_read(context: BuildContext, read: ContextRead, reader: StateReader) -> bytes:
    """The digest of what one instruction reads. Raises CtxoptError where it fails, or where a file cannot be read.

    Where a source has the last part of its path only, as a COPY of a file, the rest of the path does not matter.
    """
    made = _Hashing(context, reader)
    _receive(context, read, made)
    return made.digest()


def listing_of_read(context: BuildContext, read: ContextRead, reader: StateReader) -> dict[str, bytes]:
    """The contents of all entries that one instruction reads, by their paths in the state. Raises CtxoptError."""
    made = _Listing(context, reader)
    _receive(context, read, made)
    return made.found


def _receive(context: BuildContext, read: ContextRead, receiver: _Receiver) -> None:
    tree = context.transferred
    if read.unresolved:
        # It could be anything in the context.
        receiver.source("")
        for directory in tree.directories():
            receiver.whole(directory, bytes(directory.flags.translate(_IN_BUILDKIT)), directory.path)
        return
    taking = _Sources(receiver, with_paths=read.parents)
    snapshot = context.snapshot_of(read)
    try:
        resolve(snapshot, read, taking)
    except Unresolved as failure:
        raise read_error(snapshot.tree, context.files, failure, read, context.plan.file) from None


#: 1 for flags with a view, else 0.
_IN_TRANSFER: Final = bytes(bool(flags & View.TRANSFER) for flags in range(256))
_IN_BUILDKIT: Final = bytes(bool(flags & View.BUILDKIT) for flags in range(256))


class _Sources:
    """Hands over what is read, relative to its source; with `with_paths`, relative to the context."""

    def __init__(self, receiver: _Receiver, *, with_paths: bool) -> None:
        self._receiver = receiver
        self._with_paths = with_paths
        self._root: Node | None = None
        self._start = 0

    def start(self, name: str, node: Node) -> None:
        self._receiver.source(name)
        if not self._with_paths:
            self._root, self._start = node, len(node.path)

    def follow(self, link: Node) -> None:
        """A link that only leads to a source is not copied."""

    def one(self, node: Node) -> None:
        if node.index < 0:
            return
        if node != self._root:
            self._receiver.entries(node.directory, (node.name,), self._relative(node.directory))
        elif node.inside is None:
            self._receiver.file(node.directory, node.name)

    def all_in(self, directories: Iterable[Directory]) -> None:
        for directory in directories:
            mask = directory.flags.translate(_IN_TRANSFER)
            self._receiver.whole(directory, bytes(mask), self._relative(directory))

    def some(self, directory: Directory, mask: bytes) -> None:
        # One by one: that some others of the directory do not pass changes nothing of what is read.
        self._receiver.some(directory, mask, self._relative(directory))

    def passed(self, directory: Directory) -> None:
        self.some(directory, bytes(directory.flags.translate(_IN_TRANSFER)))

    def _relative(self, directory: Directory) -> str:
        return directory.path[self._start :].strip("/")


class _Hashing:
    def __init__(self, context: BuildContext, reader: StateReader) -> None:
        self._reader = reader
        self._prefix = _prefix_of(context, reader.state)
        self._hash = hashlib.sha256()

    def digest(self) -> bytes:
        return self._hash.digest()

    def source(self, name: str) -> None:
        self._hash.update(b"source\0" + _bytes(name) + b"\0")

    def file(self, directory: Directory, name: str) -> None:
        (content,) = self._reader.contents(self._prefix, directory, (name,))
        self._hash.update(b"file\0" + _sized(content))

    def entries(self, directory: Directory, names: Sequence[str], relative: str) -> None:
        for name, content in zip(names, self._reader.contents(self._prefix, directory, names), strict=True):
            self._hash.update(_entry(relative, name, content))

    def some(self, directory: Directory, mask: bytes, relative: str) -> None:
        self._hash.update(self._reader.hashed(self._prefix, directory, mask, relative))

    def whole(self, directory: Directory, mask: bytes, relative: str) -> None:
        if 1 in mask:
            row = self._reader.row(self._prefix, directory, mask)
            self._hash.update(b"directory\0" + _bytes(relative) + b"\0" + row)


class _Listing:
    def __init__(self, context: BuildContext, reader: StateReader) -> None:
        self._reader = reader
        self._prefix = _prefix_of(context, reader.state)
        self.found: dict[str, bytes] = {}

    def source(self, name: str) -> None:
        """All sources are in one listing."""

    def file(self, directory: Directory, name: str) -> None:
        self.entries(directory, (name,), "")

    def entries(self, directory: Directory, names: Sequence[str], relative: str) -> None:
        start = _joined(self._prefix, directory.path)
        contents = self._reader.contents(self._prefix, directory, names)
        self.found |= {_joined(start, name): content for name, content in zip(names, contents, strict=True)}

    def whole(self, directory: Directory, mask: bytes, relative: str) -> None:
        self.entries(directory, list(compress(directory.names, mask)), relative)

    some = whole


def _prefix_of(context: BuildContext, state: State) -> str:
    """The path of a context in a state. Raises CtxoptError for a context that is not in it."""
    prefix = state.inside(context.root)
    if prefix is None:
        raise CtxoptError("it is outside of the repository, so it cannot be compared", file=context.root)
    return prefix


def _digest_of(names: Sequence[str], contents: Sequence[bytes]) -> bytes:
    made = hashlib.sha256()
    for name, content in zip(names, contents, strict=True):
        made.update(_bytes(name) + b"\0" + _sized(content))
    return made.digest()


def _entry(relative: str, name: str, content: bytes) -> bytes:
    return b"entry\0" + _bytes(relative) + b"\0" + _bytes(name) + b"\0" + _sized(content)


def _sized(content: bytes) -> bytes:
    # With its length, since a content is any bytes.
    return b"%d\0" % len(content) + content


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _joined(directory: str, path: str) -> str:
    return f"{directory}/{path}" if directory and path else directory or path
