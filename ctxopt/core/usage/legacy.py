"""What one COPY or ADD reads with the legacy builder (moby, `builder/dockerfile`).

Its engine unpacks the tar that the client sent, and removes the Dockerfile and .dockerignore from it if the ignore
file excludes them. A source with wildcards is compared with whole paths as it is written, all sources together have
to find something, and more than one needs a destination that ends in a slash.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence

from ctxopt.core.context.files import Files
from ctxopt.core.context.rooted import TooManyLinks
from ctxopt.core.context.tree import Directory, EntryKind, Tree, View
from ctxopt.core.dockerfile.flags import flag_names
from ctxopt.core.dockerfile.model import ContextRead, Plan, Step
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.usage.failures import legacy_error
from ctxopt.core.usage.resolve import Unresolved, matching
from ctxopt.core.usage.snapshot import Node, Snapshot
from ctxopt.core.usage.together import MOST_APART, matching_any, may_be_together
from ctxopt.errors import ReadError

#: The flags with which it runs an instruction; some of them it ignores. It fails on `--exclude` before Docker 28, and
#: copies too much since then.
LEGACY_FLAGS = {"COPY": ("from", "chown", "link"), "ADD": ("chown", "link", "keep-git-dir", "checksum")}

_SENT = bytes(bool(flags & View.CLASSIC) for flags in range(256))


class LegacySnapshot(Snapshot):
    """What the legacy builder's engine has of a context; `removed` are the paths that it removes again."""

    def __init__(self, tree: Tree, files: Files, removed: Collection[str]) -> None:
        super().__init__(tree, View.CLASSIC, files)
        self.removed = frozenset(removed)
        #: The paths of directories that are not in the tar themselves, but with something in them.
        self._implied: set[str] = set()
        for directory in reversed(tree.directories()):
            holds = directory.path in self._implied or any(directory.flags.translate(_SENT))
            if holds and directory.parent is not None:
                self._implied |= {directory.path, directory.parent.path}

    def children(self, node: Node) -> Iterator[Node]:
        directory = node.inside
        if directory is not None:
            for index in range(len(directory.names)):
                if self.has(directory, index):
                    yield Node(directory, index)

    def has(self, directory: Directory, index: int) -> bool:
        path = directory.child_path(directory.names[index])
        if path in self.removed:
            return False
        return bool(directory.flags[index] & self.view) or path in self._implied


#: What one read finds: entries, why it fails, or None where a variable has no value.
LegacyFound = list[Node] | ReadError | None


def legacy_found(snapshot: LegacySnapshot, plan: Plan) -> Iterator[LegacyFound]:
    """For each read of a plan the entries that it copies, of directories all that is in them, or why it fails.

    Reads that ask for the same have the same list.
    """
    asked: dict[Hashable, list[Node] | Unresolved] = {}
    for read in plan.reads:
        if read.unresolved:
            yield None
            continue
        step = plan.steps[read.step]
        key = read.kind, read.sources, read.written, step.flags
        if key not in asked:
            try:
                asked[key] = _sources(snapshot, read, step)
            except Unresolved as failure:
                asked[key] = failure
        found = asked[key]
        if not isinstance(found, Unresolved) and len(found) > 1 and not read.destination.endswith("/"):
            found = Unresolved("no_directory", read.destination)
        yield legacy_error(found, read, plan.file) if isinstance(found, Unresolved) else found


def legacy_files(snapshot: LegacySnapshot, found: Iterable[LegacyFound]) -> Iterator[list[str] | ReadError | None]:
    """The same with the sorted files that are copied; reads that ask for the same have the same list."""
    known: dict[int, list[str]] = {}
    for one in found:
        if isinstance(one, list):
            if id(one) not in known:
                known[id(one)] = sorted({path for node in one for path in _files_in(snapshot, node)})
            yield known[id(one)]
        else:
            yield one


def _sources(snapshot: LegacySnapshot, read: ContextRead, step: Step) -> list[Node]:
    """The entries that an instruction copies, of directories all that is in them. Raises Unresolved."""
    unknown = [name for name in flag_names(step.flags) if name not in LEGACY_FLAGS.get(read.kind, ())]
    if unknown:
        raise Unresolved("buildkit_only", f"--{unknown[0]}")
    sources = dict.fromkeys(read.sources)
    together = _found_together(snapshot, list(sources)) if len(sources) > MOST_APART else None
    nodes = together or [node for source in read.sources for node in _found(snapshot, source)]
    if not nodes:
        raise Unresolved("nothing", ", ".join(read.written))
    return nodes


def _found_together(snapshot: LegacySnapshot, sources: Sequence[str]) -> list[Node] | None:
    """What very many sources find, without what is in other entries of it; None where that is not more than one entry.

    None also where links, or what the engine removes, could have a source fail. Raises Unresolved.
    """
    if EntryKind.SYMLINK in snapshot.tree.all_kinds or snapshot.removed:
        return None
    patterns = [
        text for source in sources if gomatch.has_wildcards(text := _relative(source)) and may_be_together(text)
    ]
    known = set(patterns)
    apart = [node for source in sources if _relative(source) not in known for node in _found(snapshot, source)]
    top = snapshot.find("")
    found = [*apart, *(() if top is None else matching_any(snapshot, top, patterns))]
    return found if len(found) > 1 else None


def _relative(source: str) -> str:
    return source.removeprefix("/").removeprefix("./")


def _found(snapshot: LegacySnapshot, source: str) -> Iterator[Node]:
    text = _relative(source)
    if not gomatch.has_wildcards(text):
        yield _one(snapshot, text)
        return
    top = snapshot.find("")
    try:
        matches = [] if top is None else [node.path for node in matching(snapshot, top, text)]
    except gomatch.BadPattern:
        return
    for path in matches:
        yield _one(snapshot, path)


def _one(snapshot: LegacySnapshot, path: str) -> Node:
    """What a path leads to."""
    clean = paths.clean("./" + path)
    if clean == ".." or clean.startswith("../"):
        raise Unresolved("outside", path)
    try:
        node = snapshot.lookup(clean, follow_last=True)
    except TooManyLinks:
        raise Unresolved("other", path) from None
    if node is None:
        raise Unresolved("not_found", path, clean)
    return node


def _files_in(snapshot: Snapshot, node: Node) -> Iterator[str]:
    """The regular files that an entry is or contains."""
    stack = [node]
    while stack:
        node = stack.pop()
        if node.kind == EntryKind.FILE:
            yield node.path
        stack += snapshot.children(node)
