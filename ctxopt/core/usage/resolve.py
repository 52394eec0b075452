"""What one COPY, ADD or bind mount reads: its sources resolved in the transferred context.

Two parts of BuildKit have a say. The content hash (cache/contenthash) looks at every source first and
fails for what is missing, dangling links below wildcards included; then the copy itself
(tonistiigi/fsutil, package `copy`) expands wildcards, follows links and applies `--exclude` and
`--parents`.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress
from operator import gt, itemgetter
from typing import Final, Protocol

from ctxopt.core.context.rooted import TooManyLinks
from ctxopt.core.context.tree import Directory, EntryKind
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore.patterns import Carried, PatternSet
from ctxopt.core.dockerignore.scope import Scope, scope
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.lazy_re import lazy_re
from ctxopt.core.usage.excluding import MANY, Masks
from ctxopt.core.usage.snapshot import Node, Snapshot
from ctxopt.core.usage.together import MOST_APART, matching_any, may_be_together
from ctxopt.errors import PatternError


class Take(Protocol):
    """Receives every entry that is read: files, directories, and links that are copied or followed."""

    def start(self, name: str, node: Node) -> None:
        """What follows is read for one source, or one match of its wildcards: `node`, by the last part of its path.

        The name of a link is its own, not that of its target.
        """

    def follow(self, link: Node) -> None:
        """A link on the way to a source. It is read, but not copied."""

    def one(self, node: Node) -> None:
        """One entry."""

    def all_in(self, directories: Iterable[Directory]) -> None:
        """All entries of these directories that are sent, but not those of their subdirectories."""

    def some(self, directory: Directory, mask: bytes) -> None:
        """The entries of a directory for which the mask is 1: as if each was given to `one`."""

    def passed(self, directory: Directory) -> None:
        """All entries of one directory that are sent, since all of them pass filters: as if each was given to `one`."""


#: A pattern that means just what it looks like, and what is no plain text in it.
_SIMPLE: Final = lazy_re(r"(?:[A-Za-z0-9_.*?/-]|\[\^?[a-z0-9-]+\])+", re.ASCII)
_WILD: Final = lazy_re(r"[*?]|\[[^\]]*\]")


class Unresolved(Exception):
    """A source that BuildKit would fail on; `kind` is "not_found", "bad_pattern" or "other"."""

    def __init__(self, kind: str, source: str, path: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.source = source
        self.path = path


def resolve(snapshot: Snapshot, read: ContextRead, take: Take, *, apart: bool = True) -> tuple[str, ...]:
    """Resolve all sources of an instruction; `take` receives what it reads. Raises Unresolved.

    Without `apart`, very many sources may be given to `take` as one. Returns the links to nothing on which BuildKit
    fails up to version 0.24: it follows those as well that are in a directory which wildcards match or filters are for.
    """
    if read.kind == "RUN":
        for source, written in zip(read.sources, read.written, strict=True):
            Source(snapshot, source, written, take).mount()
        return ()
    sources = copy_sources(snapshot, read, take)
    checked = _checked_together(sources)
    if apart:
        for one in sources:
            one.guarded(one.copy)
    else:
        _copy_together(snapshot, checked)
    return tuple(dict.fromkeys(path for one in checked for path in one.nested))


def _checked_together(sources: "list[Source]") -> "list[Source]":
    """The sources after their checks, with one for very many that only differ in what they include below one path.

    Raises Unresolved for the first that is not found.
    """
    numbers: dict[object, list[int]] = {}
    for number, one in enumerate(sources):
        numbers.setdefault(one.path if one.may_be_joined else number, []).append(number)
    checked: dict[int, Source] = {}
    failed: list[tuple[int, Unresolved]] = []
    for same in numbers.values():
        joined = len(same) > MOST_APART
        for number in same[:1] if joined else same:
            one = checked[number] = sources[number].with_all([sources[i] for i in same]) if joined else sources[number]
            try:
                one.guarded(one.check)
            except Unresolved as error:
                failed.append(_first_failure(sources, same) if joined else (number, error))
    if failed:
        raise min(failed, key=lambda failure: failure[0])[1]
    return [checked[number] for number in sorted(checked)]


def _copy_together(snapshot: Snapshot, sources: "list[Source]") -> None:
    """Copy the sources, very many with wildcards below one directory as one. Raises Unresolved."""
    # Where a link matches, what it leads to is copied.
    groups: dict[str, list[Source]] = {}
    if EntryKind.SYMLINK not in snapshot.tree.all_kinds and len(sources) > MOST_APART:
        for one in sources:
            base, pattern = split_wildcards(one.path)
            if pattern and one.include is None and one.exclude is None and may_be_together(pattern):
                groups.setdefault(base, []).append(one)
    first = {one: group[0] for group in groups.values() if len(group) > MOST_APART for one in group}
    for one in sources:
        if one not in first:
            one.guarded(one.copy)
        elif first[one] is one:
            group = groups[split_wildcards(one.path)[0]]
            one.copy_any([split_wildcards(other.path)[1] for other in group])


def _first_failure(sources: "list[Source]", numbers: list[int]) -> tuple[int, Unresolved]:
    """The first of some sources that is not found, where one of them is not, and its error."""

    def fails(count: int) -> bool:
        one = sources[numbers[0]].with_all([sources[number] for number in numbers[:count]])
        try:
            one.guarded(one.check)
        except Unresolved:
            return True
        return False

    number = numbers[bisect_left(range(1, len(numbers)), True, key=fails)]
    try:
        sources[number].guarded(sources[number].check)
    except Unresolved as error:
        return number, error
    raise AssertionError("together the sources are found, and alone they are not")


def copy_sources(snapshot: Snapshot, read: ContextRead, take: Take) -> "list[Source]":
    """The sources of a COPY or ADD, ready to be checked and copied. Raises Unresolved for a bad pattern."""
    # A source that is written again is the same one.
    pairs = dict.fromkeys(zip(read.sources, read.written, strict=True))
    return [_copy_source(snapshot, read, source, written, take) for source, written in pairs]


def _copy_source(snapshot: Snapshot, read: ContextRead, source: str, written: str, take: Take) -> "Source":
    include: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()
    if read.parents:
        pivot, mark, pattern = source.partition("/./")
        if not mark:
            pivot, pattern = "/", source
        wild = gomatch.has_wildcards(pivot) or gomatch.has_wildcards(pattern)
        required = frozenset(() if wild else (paths.join("/", pivot, pattern),))
        include = (_normalized(pattern)[1:],)
        source = pivot
    try:
        return Source(
            snapshot,
            _normalized(source),
            written,
            take,
            PatternSet(include) if include else None,
            PatternSet(read.excludes) if read.excludes else None,
            required,
        )
    except PatternError:
        raise Unresolved("bad_pattern", written) from None


def _normalized(path: str) -> str:
    """A source as an absolute, clean path; BuildKit's `NormalizePath` without a kept slash."""
    return paths.join("/", path)


class Source:
    """One source of an instruction: an absolute path, with the patterns of `--parents` and `--exclude`.

    `required` are the absolute paths that must be there.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        path: str,
        written: str,
        take: Take,
        include: PatternSet | None = None,
        exclude: PatternSet | None = None,
        required: frozenset[str] = frozenset(),
    ) -> None:
        self.snapshot = snapshot
        self.path = path
        self.written = written
        self.take = take
        self.include = include
        self.exclude = exclude
        self.required = required
        #: Texts of which one is in every name that `exclude` matches; None if there are no such texts.
        self._excluded_texts = None if exclude is None else _texts_in_matching_names(exclude)
        self._included_texts = None if include is None else _texts_in_matching_names(include)
        self._tops: set[str] = set()
        self._joined = False
        #: The links to nothing that are in a directory of the source.
        self.nested: list[str] = []

    @property
    def may_be_joined(self) -> bool:
        """Whether others that include something else below the same path could be one source with it.

        Of patterns without exceptions, each adds to what is included, in whatever order.
        """
        if self.include is None or not self.include.patterns or gomatch.has_wildcards(self.path):
            return False
        filters = (self.include,) if self.exclude is None else (self.include, self.exclude)
        return not any(one.exceptions or one.fails_on_use for one in filters)

    def with_all(self, sources: "list[Source]") -> "Source":
        """One source that includes what any of these does; all of them may be joined with this one."""
        include = PatternSet([text for one in sources for text in (one.include.sources if one.include else ())])
        required = frozenset().union(*(one.required for one in sources))
        made = Source(self.snapshot, self.path, self.written, self.take, include, self.exclude, required)
        made._joined = True
        return made

    def guarded(self, step: Callable[[], None]) -> None:
        """Run a step; patterns that fail on use and endless links raise Unresolved."""
        try:
            step()
        except (PatternError, gomatch.BadPattern):
            raise Unresolved("bad_pattern", self.written) from None
        except TooManyLinks:
            raise Unresolved("other", self.written) from None

    def mount(self) -> None:
        """Read everything below the source of a bind mount."""

        def show() -> None:
            path = paths.join("/", self.path)
            node = self._followed(path)
            self.take.start(paths.base(path), node)
            self._take_all(node)

        self.guarded(show)

    # -- the content hash -----------------------------------------------------------------------

    def check(self) -> None:
        """The content hash's part: raise Unresolved for what it does not find."""
        wild = gomatch.has_wildcards(self.path)
        if not wild and self.include is None and self.exclude is None:
            if self._dangles(self.path):
                raise self._missing(self.path)
            return
        if self._is_found_at_once():
            return
        missing = set(self.required)
        for node in self.hashed():
            missing.discard("/" + node.path)
            # Links are followed only where they could be a source themselves, not further down.
            beside = paths.parent("/" + node.path) == paths.parent(self.path)
            source_like = node.path in self._tops if wild else beside
            if node.kind == EntryKind.SYMLINK:
                if source_like and self._dangles(node.path):
                    raise self._missing(node.path)
                if not source_like and self._leads_nowhere(node.path):
                    self.nested.append(node.path)
        for path in missing:
            raise self._missing(path)

    def _is_found_at_once(self) -> bool:
        """Whether nothing can be missing: nothing is required, and all links that could be in the hash lead somewhere.

        False where that is not told from the names of the links alone.
        """
        filters = [one for one in (self.include, self.exclude) if one is not None]
        if self.required or any(one.fails_on_use for one in filters):
            return False
        wild = gomatch.has_wildcards(self.path)
        if EntryKind.SYMLINK not in self.snapshot.tree.all_kinds:
            if wild:
                base, pattern = split_wildcards(self.path)
                if self.snapshot.find(base.lstrip("/")) is not None:
                    gomatch.check(pattern)
            return True
        if wild or self.include is not None or self.exclude is None or self.exclude.exceptions:
            return False
        node = self.snapshot.lookup(self.path, follow_last=False)
        return (
            node is not None
            and node.kind == EntryKind.DIRECTORY
            and not any(map(self._leads_nowhere, self._links(node)))
        )

    def _links(self, node: Node) -> Iterator[str]:
        """The links below a directory that pass the filters."""
        for directory, mask in self._passing(node):
            if EntryKind.SYMLINK in directory.kinds:
                passing = self.snapshot.mask(directory) if mask is None else mask
                for index in compress(range(len(passing)), passing):
                    if directory.kinds[index] == EntryKind.SYMLINK:
                        yield directory.child_path(directory.names[index])

    def _dangles(self, path: str) -> bool:
        return self.snapshot.lookup(path, follow_last=True) is None

    def _leads_nowhere(self, path: str) -> bool:
        try:
            return self._dangles(path)
        except TooManyLinks:
            return True

    def hashed(self) -> Iterator[Node]:
        """The entries that pass the filters and so go into the content hash."""
        if gomatch.has_wildcards(self.path):
            base, pattern = split_wildcards(self.path)
            start = self.snapshot.lookup(base, follow_last=True)
            roots = [] if start is None else list(matching(self.snapshot, start, pattern))
            self._tops = {root.path for root in roots}
        else:
            node = self.snapshot.lookup(self.path, follow_last=False)
            roots = [] if node is None else [node]
        if self._joined:
            for root in roots:
                yield from self._filtered(root)
            return
        for root in roots:
            stack: list[tuple[Node, str, Carried | None, Carried | None]] = [(root, "", None, None)]
            while stack:
                node, name, carried_in, carried_out = stack.pop()
                included, inner_in, inner_out = self._decide(name, carried_in, carried_out)
                if included:
                    yield node
                for child in self.snapshot.children(node):
                    child_name = child.name
                    stack.append((child, f"{name}/{child_name}" if name else child_name, inner_in, inner_out))

    def _decide(
        self, path: str, carried_in: Carried | None, carried_out: Carried | None
    ) -> tuple[bool, Carried | None, Carried | None]:
        inner_in = inner_out = None
        if self.include is not None:
            included, inner_in = self.include.decide(path, carried_in)
            if not included:
                # The excludes are then not asked, and nothing of theirs is handed down.
                return False, inner_in, None
        if self.exclude is not None:
            excluded, inner_out = self.exclude.decide(path, carried_out)
            if excluded:
                return False, inner_in, inner_out
        return True, inner_in, inner_out

    # -- the copy -------------------------------------------------------------------------------

    def copy(self) -> None:
        """The copy's part: report what is read. Raises Unresolved for what is missing."""
        base, pattern = split_wildcards(self.path)
        if not pattern:
            self._copy_node(self._followed(base), paths.base(base))
            return
        for match in list(matching(self.snapshot, self._followed(base), pattern)):
            self._copy_node(self._followed(match.path), match.name)

    def copy_any(self, patterns: Iterable[str]) -> None:
        """Report what is read by this source and by others with these patterns below its directory.

        There must be no link in the context. Raises Unresolved where the directory is missing.
        """
        base = self._followed(split_wildcards(self.path)[0])
        for match in matching_any(self.snapshot, base, patterns):
            self._copy_node(match, match.name)

    def _followed(self, path: str) -> Node:
        passed: list[Node] = []
        resolved = self.snapshot.resolve(path, passed)
        node = self.snapshot.find(resolved)
        if node is None:
            raise self._missing(path)
        for link in passed:
            self.take.follow(link)
        return node

    def _copy_node(self, node: Node, name: str) -> None:
        """Copy one source: a file as it is, a directory's contents through the filters."""
        self.take.start(name, node)
        if node.kind != EntryKind.DIRECTORY or (self.include is None and self.exclude is None):
            self._take_all(node)
            return
        for directory, mask in self._passing(node):
            if mask is None:
                self.take.passed(directory)
            else:
                self.take.some(directory, mask)

    def _filtered(self, node: Node) -> Iterator[Node]:
        """The entries below a directory that pass the filters."""
        for directory, mask in self._passing(node):
            passing = self.snapshot.mask(directory) if mask is None else mask
            for index in compress(range(len(passing)), passing):
                yield Node(directory, index)

    def _passing(self, node: Node) -> Iterator[tuple[Directory, bytes | None]]:
        """The directories at and below one, with 1 for each entry that passes the filters; None for all that are sent.

        Directories in which nothing passes may be among them.
        """
        if node.inside is None:
            return
        found = self._found_by_name(node.inside)
        if found is not None:
            yield from found
            return
        if self.include is None and self._excludes_nothing():
            below = [node.inside]
            while below:
                directory = below.pop()
                yield directory, None
                below += directory.subdirectories.values()
            return
        together = self._excluded_together(node.inside)
        if together is not None:
            yield from together
            return
        include = scope(self.include) if self.include is not None else None
        exclude = scope(self.exclude) if self.exclude is not None else None
        stack: list[tuple[Directory, Scope | None, Scope | None]] = [(node.inside, include, exclude)]
        while stack:
            directory, include, exclude = stack.pop()
            sent = self.snapshot.mask(directory)
            names = list(compress(directory.names, sent))
            wanted = True if include is None else include.matched(names)
            excluded = False if exclude is None or not self._may_exclude(directory) else exclude.matched(names)
            if wanted is True and excluded is False:
                yield directory, None
            else:
                passing = bytes(map(gt, _each(wanted, len(names)), _each(excluded, len(names))))
                yield directory, _spread(sent, passing)
            closed = _spread(sent, excluded) if excluded and not self._has_exceptions() else bytes(len(sent))
            for name, inner in directory.subdirectories.items():
                index = directory.find(name)
                if not sent[index] or closed[index]:
                    continue
                stack.append(
                    (
                        inner,
                        include.enter(name)[1] if include is not None else None,
                        exclude.enter(name)[1] if exclude is not None else None,
                    )
                )

    def _found_by_name(self, top: Directory) -> list[tuple[Directory, bytes | None]] | None:
        """What passes below a directory where only names with a text in them can be included; None for other filters.

        Very many sources then do not go through the tree for each of them.
        """
        texts = None if self._joined or self.exclude is not None else self._included_texts
        if self.include is None or not texts:
            return None
        start = f"{top.path}/" if top.path else ""
        found: dict[str, tuple[Directory, bytearray | None]] = {}
        for directory, index in self.snapshot.with_names(texts):
            path = directory.child_path(directory.names[index])
            if not directory.flags[index] & self.snapshot.view or not path.startswith(start):
                continue
            if any(pattern.matches(path[len(start) :]) for pattern in self.include.patterns):
                _, row = found.setdefault(directory.path, (directory, bytearray(len(directory.names))))
                if row is not None:
                    row[index] = 1
                below = directory.subdirectories.get(directory.names[index])
                for inner in (
                    () if below is None or found.get(below.path, (0, 0))[1] is None else below.with_all_below()
                ):
                    found[inner.path] = inner, None
        return [(directory, None if row is None else bytes(row)) for directory, row in found.values()]

    def _excluded_together(self, top: Directory) -> Iterator[tuple[Directory, bytes | None]] | None:
        """What passes the excludes below a directory, where very many instructions have some; else None."""
        if self.include is not None or self.exclude is None or self.exclude.exceptions or self.exclude.fails_on_use:
            return None
        if len(self.snapshot.excludes) < MANY:
            return None
        masks = self.snapshot.once(("excludes", top.path), lambda: Masks(top, self.snapshot.excludes))
        return masks.passing(self.exclude, self.snapshot.view)

    def _excludes_nothing(self) -> bool:
        """Whether no name in the whole tree has what `--exclude` must find in one to match it."""
        return _is_in_no_name(self.snapshot, self._excluded_texts)

    def _may_exclude(self, directory: Directory) -> bool:
        """Whether a name in a directory could be matched by `--exclude`, if the directory itself is not."""
        texts = self._excluded_texts
        return texts is None or any(self.snapshot.has_in_name_of(directory, text) for text in texts)

    def _has_exceptions(self) -> bool:
        return self.exclude is not None and bool(self.exclude.exceptions)

    def _take_all(self, node: Node) -> None:
        self.take.one(node)
        if node.inside is None:
            return
        # A directory that is not sent has nothing in it that is.
        self.take.all_in(self.snapshot.tree.within(node.inside))

    def _missing(self, path: str) -> Unresolved:
        return Unresolved("not_found", self.written, path.lstrip("/"))


def linked_sources(snapshot: Snapshot, sources: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """The sources that are reached through links: the index, the path without links, and the path that was followed.

    The last part of that is the name in the copy. A source that fails has none.
    """
    if EntryKind.SYMLINK not in snapshot.tree.all_kinds:
        return
    known: dict[str, list[tuple[str, str]]] = {}
    for index, source in enumerate(sources):
        if source not in known:
            known[source] = _linked(snapshot, _normalized(source))
        for path, followed in known[source]:
            yield index, path, followed


def _linked(snapshot: Snapshot, source: str) -> list[tuple[str, str]]:
    """For what a source reaches through links, the path without links, and the path that was followed."""
    base, pattern = split_wildcards(source)
    try:
        real = snapshot.resolve(base, [])
        if not pattern:
            return [(real, base[1:])] if real != base[1:] else []
        start = snapshot.find(real)
        through = real != base[1:]
        return [
            (snapshot.resolve(node.path, []), node.path)
            for node in (() if start is None else matching(snapshot, start, pattern))
            if through or node.kind == EntryKind.SYMLINK
        ]
    except (TooManyLinks, gomatch.BadPattern):
        return []


def matching(snapshot: Snapshot, start: Node, pattern: str) -> Iterator[Node]:
    """The entries below a directory that match a pattern; not those inside a matching directory. Raises BadPattern."""
    gomatch.check(pattern)
    # Only a class can match a slash; without such a one a level of the pattern is a level of the tree.
    levels = pattern.split("/") if gomatch.keeps_to_levels(pattern) else None
    texts = [gomatch.needed_text(level) for level in levels or ()]
    if levels is not None and len(levels) > 1 and texts[-1] and snapshot.is_often_looked_through:
        yield from _matching_by_name(snapshot, start, levels, texts[-1])
        return
    stack = [(start, "", 0)]
    while stack:
        directory, prefix, depth = stack.pop()
        text = texts[depth] if texts else None
        snapshot.count_look()
        for child in snapshot.children_with(directory, text) if text else snapshot.children(directory):
            name = child.name
            relative = f"{prefix}/{name}" if prefix else name
            if levels is None:
                if gomatch.match(pattern, relative):
                    yield child
                elif child.kind == EntryKind.DIRECTORY:
                    stack.append((child, relative, depth + 1))
            elif gomatch.match(levels[depth], name):
                if depth + 1 == len(levels):
                    yield child
                elif child.kind == EntryKind.DIRECTORY:
                    stack.append((child, relative, depth + 1))


def _matching_by_name(snapshot: Snapshot, start: Node, levels: Sequence[str], text: str) -> Iterator[Node]:
    """The same for a pattern of several levels, of whose last one a text must be in a name: by an index of names."""
    top = start.inside
    if top is None:
        return
    found: list[tuple[tuple[int, ...], Node]] = []
    above = top.path.count("/") + 1 if top.path else 0
    for directory, index in snapshot.with_names([text]):
        parts = directory.path.split("/") if directory.path else []
        if len(parts) != above + len(levels) - 1 or not snapshot.has(directory, index):
            continue
        names = [*parts[above:], directory.names[index]]
        if not all(map(gomatch.match, levels, names)):
            continue
        # In the order in which the levels are looked through one by one: the last directory first.
        inside: Directory | None = top
        order = []
        for name in names[:-1]:
            if inside is None:
                break
            order.append(-inside.find(name))
            inside = inside.subdirectories.get(name)
        if inside is directory:
            found.append(((*order, index), Node(directory, index)))
    yield from (node for _, node in sorted(found, key=itemgetter(0)))


def excludes_nothing(snapshot: Snapshot, excludes: Sequence[str]) -> bool:
    """Whether no name in the whole tree has what `--exclude` must find in one; True without any excludes."""
    try:
        return _is_in_no_name(snapshot, _texts_in_matching_names(PatternSet(excludes)) if excludes else ())
    except PatternError:
        return False


def _is_in_no_name(snapshot: Snapshot, texts: Sequence[str] | None) -> bool:
    return texts is not None and not any(map(snapshot.has_in_a_name, texts))


def _texts_in_matching_names(patterns: PatternSet) -> tuple[str, ...] | None:
    """Texts of which one is in the last part of every path that a pattern itself matches; None if not all have one.

    None also for patterns with exceptions, or that fail on use, or with signs that may mean more than a name.
    """
    if patterns.exceptions or patterns.fails_on_use:
        return None
    texts = []
    for pattern in patterns.patterns:
        # Two stars in a part match slashes as well.
        last = pattern.cleaned.rpartition("/")[2].rpartition("**")[2]
        text = max(_WILD.split(last), key=len) if _SIMPLE.fullmatch(pattern.cleaned) else ""
        if not text:
            return None
        texts.append(text)
    return tuple(dict.fromkeys(texts))


def _spread(sent: bytes, answer: bool | bytes) -> bytes:
    """For each entry the answer for it if it is sent, else 0; `answer` is for those that are sent."""
    if isinstance(answer, bool):
        return sent if answer else bytes(len(sent))
    answers = iter(answer)
    return bytes(next(answers) if is_sent else 0 for is_sent in sent)


def _each(answer: bool | bytes, count: int) -> bytes:
    return bytes([answer]) * count if isinstance(answer, bool) else answer


def split_wildcards(path: str) -> tuple[str, str]:
    """The path up to the first part with a wildcard, and the rest."""
    parts = path.split("/")
    for i, part in enumerate(parts):
        if gomatch.has_wildcards(part):
            return "/".join(parts[:i]) or "/", "/".join(parts[i:])
    return path, ""
