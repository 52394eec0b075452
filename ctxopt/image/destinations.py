"""Where COPY and ADD put entries of the context, to find the entries at a path in the image.

Unlike `layout.py` this lists no files, so it is cheap for a few questions.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from ctxopt.catalogue.system import system
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId, StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.resolve import matching, split_wildcards
from ctxopt.core.usage.snapshot import Node, Snapshot
from ctxopt.core.usage.together import MOST_APART, matching_any, may_be_together
from ctxopt.image.effects import Target
from ctxopt.image.places import directories, resolved, same_part


@dataclass(frozen=True, slots=True)
class Destination:
    """What one source of a COPY or ADD copies, and its path in the image.

    `read` and `step` are the numbers of the instruction among the plan's reads and steps. Of a directory, the
    contents get to `path`.
    """

    read: ReadId
    step: StepId
    node: Node
    path: str

    def entries(self, target: Target) -> Iterator[Node]:
        """The copied entries that a command with this target touches."""
        if target.names:
            yield from self._named(target)
            return
        own = _parts(self.path)
        wanted = target.parts
        if not all(map(_matches, wanted, own)):
            return
        if len(wanted) <= len(own):
            if target.whole or (len(wanted) == len(own) and self.node.inside is None):
                yield self.node
            return
        level = [self.node]
        for part in wanted[len(own) :]:
            level = [child for node in level for child in _children(node, part)]
        yield from (node for node in level if target.whole or node.kind != EntryKind.DIRECTORY)

    def _named(self, target: Target) -> Iterator[Node]:
        """The copied entries with one of the target's names, at any depth below its path."""
        own, above = _parts(self.path), target.parts
        stack: list[Node] = []
        if len(above) <= len(own):
            if all(map(_matches, above, own)):
                stack = [self.node]
        else:
            stack = list(self.entries(Target(target.path, True)))
        # Names repeat, so each is compared once.
        known: dict[str, bool] = {}
        while stack:
            node = stack.pop()
            inside = node.inside
            if inside is None:
                # A file that is a source itself, as in COPY file /dir/, is found by its name as well.
                if node is self.node and _is_named(target, paths.base(self.path)) and _is_kind(target, node.kind):
                    yield node
                continue
            hits = set()
            for index, name in enumerate(inside.names):
                hit = known.get(name)
                if hit is None:
                    hit = known[name] = _is_named(target, name)
                if hit and _is_kind(target, inside.kinds[index]):
                    hits.add(name)
                    yield Node(inside, index)
            stack += [Node(inside, inside.find(name)) for name in inside.subdirectories if name not in hits]


def destinations(build: BuildContext) -> tuple[Destination, ...]:
    """Where COPY and ADD of a build put what they read, as far as it is known, in the order of the steps.

    What is copied through a link is not included. Raises CtxoptError where BuildKit would refuse the build.
    """
    plan, snapshot = build.plan, build.snapshot
    copied: list[Destination] = []
    places = directories(plan)
    for result in build.usage.results:
        read = result.read
        if read.kind == "RUN" or read.unresolved or read.misplaced or result.error is not None:
            continue
        base = resolved(places[read.step], read.destination or ".")
        if base is not None:
            into = _is_directory(read) or base in system().existing or base in places
            copied += (
                Destination(read.number, read.step, node, path) for node, path in _landed(read, base, into, snapshot)
            )
    return tuple(sorted(copied, key=lambda destination: destination.step))


def _is_directory(read: ContextRead) -> bool:
    return read.destination.endswith(("/", "/.")) or read.destination in (".", "") or len(read.sources) > 1


def _landed(read: ContextRead, base: str, into: bool, snapshot: Snapshot) -> Iterator[tuple[Node, str]]:
    """What the sources of an instruction name or match, without links, and where that gets to, each once."""
    seen: set[tuple[int, int, str]] = set()
    for (start, _, kept), patterns in _grouped(read).items():
        for node in _matching(snapshot, start, patterns):
            if read.parents:
                path = paths.join(base, *node.path.split("/")[kept:])
            else:
                # A file goes into a directory that exists already.
                path = paths.join(base, node.name) if into and node.inside is None else base
            key = id(node.directory), node.index, path
            if key not in seen:
                seen.add(key)
                yield node, path


def _grouped(read: ContextRead) -> dict[tuple[str, int, int], list[str]]:
    """The sources as patterns, "" for none, by the path that they start from.

    Those of a group have as many levels, and as many parts of their paths are not kept in the image.
    """
    grouped: dict[tuple[str, int, int], list[str]] = {}
    for source in read.sources:
        pivot, mark, rest = source.partition("/./")
        kept = len(_parts(paths.join("/", pivot))) - 1 if mark else 0
        start, pattern = split_wildcards(paths.join("/", f"{pivot}/{rest}" if read.parents and mark else source))
        levels = pattern.count("/") + 1 if pattern else 0
        grouped.setdefault((start[1:].replace("\\", ""), levels, kept), []).append(pattern)
    return grouped


def _matching(snapshot: Snapshot, path: str, patterns: list[str]) -> list[Node]:
    """The files and directories below a path that match a pattern; that of the path itself without one."""
    start = snapshot.find(path)
    if start is None:
        return []
    if not patterns[0]:
        found = [start]
    elif len(patterns) > MOST_APART and all(map(may_be_together, patterns)):
        found = _in_order(matching_any(snapshot, start, patterns))
    else:
        found = []
        for pattern in dict.fromkeys(patterns):
            with suppress(gomatch.BadPattern):
                found += _in_order(matching(snapshot, start, pattern))
    return [node for node in found if node.kind in (EntryKind.FILE, EntryKind.DIRECTORY)]


def _in_order(nodes: Iterable[Node]) -> list[Node]:
    return sorted(nodes, key=lambda node: node.path.split("/"))


def _children(node: Node, part: str) -> Iterator[Node]:
    inside: Directory | None = node.inside
    if inside is None:
        return
    if not gomatch.has_wildcards(part):
        index = inside.find(part)
        if index >= 0:
            yield Node(inside, index)
        return
    for index, name in enumerate(inside.names):
        if _matches(part, name):
            yield Node(inside, index)


def _matches(part: str, name: str) -> bool:
    """Whether a part of a shell path matches a name; its wildcards do not match hidden names."""
    return same_part(part, name) and not (name.startswith(".") and part[:1] in ("*", "?", "["))


def _is_named(target: Target, name: str) -> bool:
    return any(same_part(wanted, name) for wanted in target.names)


def _is_kind(target: Target, kind: int) -> bool:
    """Whether the target includes entries of a kind."""
    if kind == EntryKind.DIRECTORY:
        return target.whole and target.directories is not False
    return target.directories is not True


def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.rstrip("/").split("/"))
