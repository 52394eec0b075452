"""A pattern without a slash, written as in a .gitignore: it only matches at the context root."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from typing import Final, TypeAlias

from ctxopt.core.context.tree import KEPT, Directory, EntryKind, Totals, View
from ctxopt.core.dockerignore.quote import literal
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.golang.text import trim_space
from ctxopt.display import plural
from ctxopt.edits import Edit
from ctxopt.edits.ignore_file import with_pattern
from ctxopt.edits.lines import Lines
from ctxopt.evidence.ignore_lines import IgnoreLine, ignore_lines
from ctxopt.evidence.own_block import block_lines
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.places import same_part

#: An entry: its directory and its index there.
_Entry: TypeAlias = tuple[Directory, int]

#: Maximum number of entries to exclude by their paths.
_NAMED: Final = 4
#: Maximum number of pairs of a pattern with wildcards and a name to compare, and what a search in all names counts for.
_COMPARED = 100_000
_CHARACTERS: Final = 1000
#: Maximum number of pairs of a pattern and an entry that it would match; beyond that one pattern of an entry counts.
_MOST_PAIRS: Final = 1_000_000


def check(context: RuleContext) -> Iterator[Finding]:
    """Find patterns that seem meant for every level and would match entries below the root."""
    yield from context.once(_all)


def _all(context: RuleContext) -> tuple[Finding, ...]:
    return tuple(_findings(context))


def _findings(context: RuleContext) -> Iterator[Finding]:
    build = context.build
    file = build.ignore_file(View.BUILDKIT)
    # The patterns that `generate` proposed are meant as they are written.
    ours = block_lines(file.data) if file is not None else range(0)
    wanted = [line for line in ignore_lines(build) if line.line.number not in ours and _is_meant_for_all_levels(line)]
    if not wanted:
        return
    matching: dict[str, list[int]] = {}
    matchers = _Matchers(wanted)
    for number, name in matchers.matches(build.tree.names):
        matching.setdefault(name, []).append(number)
    entries_of: dict[int, list[_Entry]] = {}
    left = _MOST_PAIRS
    wild = frozenset(number for number, line in enumerate(wanted) if gomatch.has_wildcards(line.pattern.cleaned))
    for directory, index in build.tree.named(matching):
        # Nobody means by a name what git, or another tool of its kind, keeps in its own directory.
        if directory.parent is not None and directory.flags[index] & KEPT and not _is_in_history(directory):
            name = directory.names[index]
            # A plain file name may be meant for the root only; a wildcard, a directory or a hidden file seldom is.
            is_meant = directory.kinds[index] == EntryKind.DIRECTORY or name.startswith(".")
            numbers = matching[name]
            left -= len(numbers)
            for number in numbers if left > 0 else numbers[:1]:
                if is_meant or number in wild:
                    entries_of.setdefault(number, []).append((directory, index))
    wanted_paths = _wanted(context, [entry for entries in entries_of.values() for entry in entries])
    for number, entries in sorted(entries_of.items()):
        junk = [entry for entry in entries if _path(entry) not in wanted_paths]
        if junk:
            yield _finding(context, wanted[number], junk, whole=len(junk) == len(entries))
    if matchers.uncompared:
        yield _unfinished(wanted[matchers.uncompared[0]], len(matchers.uncompared))


RULE = Rule(
    id="CTX005",
    name="ignore-root-only",
    title="Pattern only matches at the context root",
    help=(
        "Docker matches a pattern from the context root, not at every level as git does. Write `**/NAME` "
        "to exclude the name at every level."
    ),
    check=check,
)


def lines(context: RuleContext) -> frozenset[int]:
    """The numbers of the lines of the ignore file that the rule finds."""
    return frozenset(finding.line for finding in context.once(_all) if finding.line is not None)


def _is_in_history(directory: Directory) -> bool:
    """Whether a directory is in one of version control."""
    from ctxopt.evidence.junk_names import is_history

    return any(map(is_history, directory.path.split("/")))


def _is_meant_for_all_levels(line: IgnoreLine) -> bool:
    text = line.pattern.cleaned
    # Whoever writes a slash in front of a name means the root.
    anchored = line.line.text.lstrip().startswith(("/", "./"))
    plain = "/" not in text and "\\" not in text and text.strip("*") != ""
    return plain and not line.pattern.exception and not anchored


def _wanted(context: RuleContext, entries: Sequence[_Entry]) -> frozenset[str]:
    """The paths of those entries that are source, or that something needs: an instruction, a command, a kept text.

    Where git does not say what is source, all but names of well-known junk may be.
    """
    if not entries:
        return frozenset()
    # Imported here because it loads what is known of all ecosystems.
    from ctxopt.evidence.junk_names import is_generated, is_never_source
    from ctxopt.evidence.of_build import named_in_texts

    found: set[str] = set()
    unsure: dict[str, bool] = {}
    for entry in entries:
        path, (directory, index) = _path(entry), entry
        name = directory.names[index]
        if (context.git.tracks(path) if context.git is not None else not is_never_source(name)) or _is_named(
            context, path
        ):
            found.add(path)
        elif not is_generated(name, directory.names):
            unsure[path] = directory.kinds[index] == EntryKind.DIRECTORY
    if unsure and context.evidence is not None:
        found |= named_in_texts(context.build, context.evidence, unsure)
    return frozenset(found)


def _path(entry: _Entry) -> str:
    return entry[0].child_path(entry[0].names[entry[1]])


def _is_named(context: RuleContext, path: str) -> bool:
    """Whether an instruction or a command names an entry, or something in it."""
    parts = path.split("/")
    for read in context.build.plan.reads:
        sources = () if read.broad else read.sources
        if any(_leads_to([part for part in paths.join("/", source).split("/") if part], parts) for source in sources):
            return True
    mentions = context.evidence.mentions if context.evidence is not None else None
    return mentions is not None and any(not mention.shallow for mention in mentions.of(path))


def _leads_to(source: list[str], parts: list[str]) -> bool:
    """Whether a source names an entry, or something in it."""
    return len(source) >= len(parts) and all(map(same_part, source, parts))


class _Matchers:
    """Compares many patterns with many names, most of which match none.

    Wild patterns are compared with the names that begin as they do, that end as they do, or that contain what they
    contain, whichever are the fewest. After _COMPARED comparisons the remaining patterns match nothing, so that the
    rule takes no seconds: their numbers are `uncompared`.
    """

    def __init__(self, lines: list[IgnoreLine]) -> None:
        self._exact: dict[str, int] = {}
        self._tails: dict[str, int] = {}
        self._others: list[tuple[int, str]] = []
        for number, line in enumerate(lines):
            text = line.pattern.cleaned
            if not gomatch.has_wildcards(text):
                self._exact[text] = number
            elif text.startswith("*") and not gomatch.has_wildcards(text[1:]):
                self._tails[text[1:]] = number
            else:
                self._others.append((number, text))
        self._ends = tuple(self._tails)
        self.uncompared: list[int] = []

    def matches(self, names: Collection[str]) -> list[tuple[int, str]]:
        """Pairs of the number of a pattern and a name that it matches."""
        pairs = [(self._exact[name], name) for name in names if name in self._exact]
        lengths = set(map(len, self._ends))
        for name in [name for name in names if name.endswith(self._ends)] if self._ends else ():
            ends = [self._tails.get(name[len(name) - length :]) for length in lengths if length <= len(name)]
            pairs += [(number, name) for number in ends if number is not None]
        if not self._others:
            return pairs
        by_start, by_end = sorted(names), sorted(name[::-1] for name in names)
        joined = "\0".join(["", *by_start, ""])
        compared = 0
        for place, (number, text) in enumerate(self._others):
            fitting = _beginning(by_start, text[: min(at for at in map(text.find, "*?[") if at >= 0)])
            turned = _beginning(by_end, text[: max(map(text.rfind, "*?]")) : -1])
            if len(turned) < len(fitting):
                fitting = [name[::-1] for name in turned]
            search = len(joined) // _CHARACTERS
            needed = gomatch.needed_text(text) if len(fitting) > search else None
            if needed:
                compared += search
                fitting = _containing(joined, needed)
            compared += len(fitting)
            if compared > _COMPARED:
                self.uncompared = [other for other, _ in self._others[place:]]
                break
            pairs += [(number, name) for name in fitting if gomatch.match(text, name)]
        return pairs


def _containing(joined: str, text: str) -> list[str]:
    """The names that have a text in them; NUL is before and after each name."""
    found = []
    at = joined.find(text)
    while at >= 0:
        # The text may begin or end with the NUL itself.
        start = joined.rfind("\0", 0, at + 1) + 1
        end = joined.find("\0", start)
        found.append(joined[start:end])
        at = joined.find(text, end)
    return found


def _beginning(ordered: list[str], start: str) -> list[str]:
    """Those of the sorted texts that begin with `start`."""
    first = bisect_left(ordered, start)
    return ordered[first : bisect_right(ordered, start, first, key=lambda text: text[: len(start)])]


def _finding(context: RuleContext, line: IgnoreLine, entries: list[_Entry], *, whole: bool) -> Finding:
    """The finding about a line; unless `whole`, other entries of these names have to stay."""
    files = size = 0
    for directory, index in entries:
        if directory.kinds[index] != EntryKind.DIRECTORY:
            files += 1
            size += directory.sizes[index]
        elif (inside := directory.subdirectories.get(directory.names[index])) is not None:
            kept = _kept(inside)
            files += kept[0]
            size += kept[1]
    name = _path(entries[0])
    what = f"{name} and {len(entries) - 1:,} more are not excluded" if len(entries) > 1 else f"{name} is not excluded"
    written = trim_space(line.line.text)
    new = [f"**/{written}"] if whole else [literal(_path(entry)) for entry in entries[:_NAMED]]
    lines = context.ignore_text(line.file) if len(entries) <= _NAMED or whole else None
    number = line.line.number
    return Finding(
        RULE.id,
        Severity.WARNING,
        line.file,
        number,
        f"`{written}` only matches at the context root; {what}",
        f"write {new[0]}" if whole else f"add {' and '.join(new)}: others of that name are source, or needed",
        totals=Totals(files, size),
        edits=() if lines is None else (_edit(lines, number, new, whole=whole),),
    )


def _unfinished(first: IgnoreLine, count: int) -> Finding:
    """The finding about patterns that were not compared with all names."""
    return Finding(
        RULE.id,
        Severity.INFO,
        first.file,
        first.line.number,
        f"{plural(count, 'pattern')} with wildcards not compared with the entries below the root: too many of both",
        "write fewer patterns with wildcards",
    )


def _edit(lines: Lines, number: int, new: Sequence[str], *, whole: bool) -> Edit:
    """The edit that writes a pattern in place of that of a line, or several below it."""
    if whole:
        return with_pattern(lines, number, new[0])
    return lines.inserted(number + 1, [pattern.encode("utf-8", "surrogateescape") for pattern in new])


def _kept(top: Directory) -> tuple[int, int]:
    """The number and bytes of the files that BuildKit keeps in a directory, at any depth."""
    files = size = 0
    for directory in top.with_all_below():
        for kind, flags, count in zip(directory.kinds, directory.flags, directory.sizes, strict=True):
            if kind != EntryKind.DIRECTORY and flags & View.BUILDKIT:
                files += 1
                size += count
    return files, size
