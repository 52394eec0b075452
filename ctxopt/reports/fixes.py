"""The files of a project after the fixes of its findings, proven by working out every build again. Writes nothing."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import cached_property
from typing import Final

from ctxopt.builds.build import Build
from ctxopt.builds.discovery import Contexts, DiscoveryPolicy, Request, discover
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import SourceFile
from ctxopt.core.context.tree import View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore.pattern import Pattern
from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.edits import Edit, applied, compatible
from ctxopt.errors import CtxoptError
from ctxopt.evidence.junk_names import is_installed, is_never_source
from ctxopt.findings.model import Finding

#: Maximum number of rounds: a fixed file may have something to fix that was not there before.
_MOST_ROUNDS: Final = 10

_NUMBER: Final = lazy_re(r"[0-9][0-9,.]*")

#: The findings of a build that count. Raises CtxoptError.
FindingsOf = Callable[[BuildContext], Sequence[Finding]]


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file with its bytes now and after the fixes; `name` is for people, `path` absolute."""

    name: str
    path: str
    old: bytes
    new: bytes

    @property
    def changes(self) -> bool:
        """Whether the fixes change it."""
        return self.old != self.new


@dataclass(frozen=True, slots=True)
class Remaining:
    """A finding that is not fixed, and why its edits are not applied; "" where it has none and says what to decide.

    `finding` has the lines of the files as they are, `after` those of the fixed files.
    """

    finding: Finding
    after: Finding
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Fixes:
    """What fixes change: the files in the order of their names, the findings that they fix, and all others.

    `fixed` have the lines of the files as they are.
    """

    root: str
    files: tuple[ChangedFile, ...]
    fixed: tuple[Finding, ...]
    remaining: tuple[Remaining, ...]


def fixes(
    root: str,
    builds: Sequence[BuildContext],
    others: Sequence[BuildContext],
    findings_of: FindingsOf,
    is_wanted: Callable[[Finding], bool] = lambda _: True,
) -> Fixes:
    """The fixes of the findings in some builds, applied together, and again to the result until nothing is left.

    All builds have an unfiltered tree. Only findings that `is_wanted` is true for are fixed.

    `others` are more builds that may use the same files: no fix may make an instruction of these or of `builds` fail,
    nor take a file away that one reads by name; one that a builder refuses as it is has nothing to lose. Findings of
    one Dockerfile in several builds count once. `root` is the directory of the command, for names. Raises CtxoptError
    where a builder would refuse a build.
    """
    work = _Work(tuple(builds), tuple(filter(_is_accepted, others)), findings_of)
    start = state = _State({}, tuple(work.findings(work.builds)))
    fixed: list[Finding] = []
    refused: dict[tuple[str, str, bytes], str] = {}
    for _ in range(_MOST_ROUNDS):
        texts = state.texts
        open_ones = [one for one in state.fixable if one.key not in refused and is_wanted(one.finding)]
        chosen = [open_ones[index] for index in compatible([one.edits for one in open_ones])]
        if not chosen:
            break
        state, accepted = _accepted(work, state, chosen, refused)
        fixed += work.as_before(accepted, texts)
    left = (
        Remaining(before, one.finding, refused.get(one.key, ""))
        for before, one in zip(_before(work, start, state), state.found, strict=True)
    )
    return Fixes(root, tuple(work.files(root, state.texts)), tuple(fixed), tuple(left))


def _is_accepted(build: BuildContext) -> bool:
    """Whether BuildKit does not refuse a build as it is."""
    try:
        return build.usage is not None
    except CtxoptError:
        return False


def _before(work: "_Work", start: "_State", state: "_State") -> Iterator[Finding]:
    """The findings of a state as they were at the start, whose lines and texts have the numbers of the old lines.

    What was not found at the start has the line that it would have there.
    """
    first: dict[tuple[str, str, str], list[Finding]] = {}
    for one in start.found:
        first.setdefault(one.message, []).append(one.finding)
    for one, mapped in zip(state.found, work.as_before(state.found, state.texts), strict=True):
        same = first.get(one.message, ())
        yield next((finding for finding in same if finding.line == mapped.line), mapped)


def builds_beside(
    builds: Sequence[BuildContext], declared: tuple[Build, ...], exclude: tuple[Pattern, ...] = ()
) -> list[BuildContext]:
    """The builds that share a context with some builds, as `generate` finds them; `declared` are known beforehand.

    `exclude` are patterns of directories in which none are looked for. All have an unfiltered tree.
    """
    found: list[BuildContext] = []
    for context in {one.root: one for one in builds}.values():
        assert context.unfiltered is not None
        request = Request(declared=declared, exclude=exclude)
        try:
            discovery = discover(
                context.root, context.unfiltered, request, DiscoveryPolicy(Contexts.SEARCHED, is_installed)
            )
        except CtxoptError:
            # None has this context, or the default one cannot be planned: the chosen builds are all.
            continue
        found += (one.context.with_unfiltered(context.unfiltered) for one in (*discovery.builds, *discovery.outlined))
    return found


@dataclass(frozen=True, slots=True)
class _Found:
    """A finding with the edits of its fix, whose files are absolute paths, and the path of the file that it is in.

    `code` is the line that the first edit changes.
    """

    finding: Finding
    file: str
    edits: tuple[Edit, ...]
    code: bytes

    @property
    def key(self) -> tuple[str, str, bytes]:
        """What is the same in another round, where lines have moved."""
        return self.finding.rule, self.file, self.code

    @property
    def message(self) -> tuple[str, str, str]:
        """What it says, with other numbers of lines and of bytes or not."""
        return self.finding.rule, self.file, _NUMBER.sub("0", self.finding.message)


@dataclass(frozen=True, slots=True)
class _State:
    """The texts of the files that were changed so far, by absolute path, and the findings with them."""

    texts: Mapping[str, bytes]
    found: tuple[_Found, ...]

    @property
    def fixable(self) -> list[_Found]:
        return [one for one in self.found if one.edits]


@dataclass(frozen=True)
class _Work:
    """The builds, each with any texts in its files."""

    builds: tuple[BuildContext, ...]
    others: tuple[BuildContext, ...]
    findings_of: FindingsOf

    @cached_property
    def _original(self) -> dict[str, bytes]:
        """The files that can be edited, by absolute path."""
        return dict(file for one in (*self.builds, *self.others) for file in _sources(one))

    def findings(self, builds: Iterable[BuildContext]) -> Iterator[_Found]:
        """The findings of some builds, each once."""
        seen: set[tuple[str, int | None, str, str]] = set()
        for build in builds:
            for finding in self.findings_of(build):
                file = _path(build, finding.file)
                key = file, finding.line, finding.rule, finding.message
                if key not in seen:
                    seen.add(key)
                    edits = self._edits(build, finding)
                    yield _Found(finding, file, edits, _code(build, edits))

    def _edits(self, build: BuildContext, finding: Finding) -> tuple[Edit, ...]:
        """The edits of a finding with absolute paths; () where one is of a text that is no file of its own."""
        edits = tuple(replace(edit, file=_path(build, edit.file)) for edit in finding.edits)
        editable = {path for path, _ in _sources(build)}
        return edits if all(edit.file in editable for edit in edits) else ()

    def with_texts(self, texts: Mapping[str, bytes]) -> tuple[tuple[BuildContext, ...], tuple[BuildContext, ...]]:
        """The builds and the others with these texts. Raises CtxoptError for one that a builder would refuse."""
        builds, others = (tuple(_with_texts(one, texts) for one in several) for several in (self.builds, self.others))
        return builds, others

    def text(self, path: str, texts: Mapping[str, bytes]) -> bytes:
        """The text of a file in a state."""
        return texts[path] if path in texts else self._original[path]

    def as_before(self, found: Iterable[_Found], texts: Mapping[str, bytes]) -> Iterator[Finding]:
        """Findings in these texts, with the lines of the files as they are, which the patch shows as well."""
        lines = {path: _lines_before(self._original[path], text) for path, text in texts.items()}
        for one in found:
            places = lines.get(one.file, ())
            yield replace(one.finding, line=_at(places, one.finding.line), end_line=_at(places, one.finding.end_line))

    def files(self, root: str, texts: Mapping[str, bytes]) -> Iterator[ChangedFile]:
        """The files that have another text."""
        for path, text in sorted(texts.items()):
            if text != self._original[path]:
                yield ChangedFile(_shown(root, path), path, self._original[path], text)


def _accepted(
    work: _Work, state: _State, chosen: Sequence[_Found], refused: dict[tuple[str, str, bytes], str]
) -> tuple[_State, list[_Found]]:
    """The state after those of the fixes that are safe together, found by halving; why others are not is noted."""
    accepted: list[_Found] = []
    start, result = state, state
    waiting = [list(chosen)]
    while waiting:
        part = waiting.pop()
        tried = _tried(work, start, [*accepted, *part])
        if isinstance(tried, _State):
            result = tried
            accepted += part
        elif len(part) == 1:
            refused[part[0].key] = tried
        else:
            middle = len(part) // 2
            waiting += [part[middle:], part[:middle]]
    return result, accepted


def _tried(work: _Work, start: _State, every: Sequence[_Found]) -> _State | str:
    """The state after some fixes, or why they are not applied."""
    texts = dict(start.texts)
    by_file: dict[str, list[Edit]] = {}
    for edit in (edit for one in every for edit in one.edits):
        by_file.setdefault(edit.file, []).append(edit)
    for path, edits in by_file.items():
        texts[path] = applied(work.text(path, start.texts), edits)
    try:
        builds, others = work.with_texts(texts)
        before = work.with_texts(start.texts)
        for was, now in zip((*before[0], *before[1]), (*builds, *others), strict=True):
            objection = next(_objections(was, now), None)
            if objection is not None:
                return objection
        found = tuple(work.findings(builds))
    except CtxoptError as error:
        return f"the build would be refused: {error.text}"
    gone = Counter(one.message for one in start.found) - Counter(one.message for one in found)
    if Counter(one.message for one in every) - gone:
        return "the finding would remain"
    return _State(texts, found)


def _objections(before: BuildContext, after: BuildContext) -> Iterator[str]:
    """What a fix would break in a build: instructions that fail, and files that one names and no longer gets.

    Below a directory that an instruction names, junk may go, as below the whole context.
    """
    old, new = before.usage.results, after.usage.results
    failing = Counter(str(result.error.problem) for result in old if result.error is not None)
    for result in new:
        if result.error is not None:
            failing[str(result.error.problem)] -= 1
            if failing[str(result.error.problem)] < 0:
                yield f"an instruction would fail: {result.error.text}"
    if before.located.dockerfile.data != after.located.dockerfile.data:
        return
    smaller = [
        was.read
        for was, now in zip(old, new, strict=True)
        if was.error is None and not was.read.broad and now.totals.files < was.totals.files
    ]
    if smaller:
        yield from _named_losses(smaller, before, after)


def _named_losses(reads: Sequence[ContextRead], before: BuildContext, after: BuildContext) -> Iterator[str]:
    """The files that instructions lose, except junk below a directory that they name."""
    by_number = {read.number: read for read in reads}
    still = {path for path, _ in _files_of(after, by_number.keys())}
    for path, readers in _files_of(before, by_number.keys()):
        if path not in still:
            deepest = max((by_number[number] for number in readers if number in by_number), key=_depth)
            below = path.split("/")[_depth(deepest) :]
            if not any(map(is_never_source, below)):
                verb = "may read" if deepest.unresolved else "reads"
                yield f"line {deepest.line} {verb} {path}, which would be excluded"


def _files_of(context: BuildContext, wanted: Set[ReadId]) -> Iterator[tuple[str, Set[ReadId]]]:
    """The files that some instructions read, each with all its readers."""
    usage = context.usage
    for directory, index in usage.entries(View.BUILDKIT, lambda readers: not wanted.isdisjoint(readers)):
        yield directory.child_path(directory.names[index]), usage.readers(directory, index)


def _depth(read: ContextRead) -> int:
    """Number of names in the longest source; without limit where it contains `**` or a value that is not known."""
    if read.unresolved or any("**" in source for source in read.sources):
        return sys.maxsize
    return max(paths.join("/", source).count("/") for source in read.sources)


def _lines_before(old: bytes, new: bytes) -> Sequence[int]:
    """For each line of a new text the line of the old one that it was, or that it came in the place of; from 1."""
    from difflib import SequenceMatcher

    found: list[int] = []
    for _, start, end, first, last in SequenceMatcher(None, old.split(b"\n"), new.split(b"\n")).get_opcodes():
        found += (min(start + (line - first), max(end - 1, start)) + 1 for line in range(first, last))
    return found


def _at(lines: Sequence[int], number: int | None) -> int | None:
    return lines[number - 1] if number is not None and number <= len(lines) else number


def _with_texts(context: BuildContext, texts: Mapping[str, bytes]) -> BuildContext:
    """A build with other texts in its Dockerfile and its ignore file, as far as these are among its files."""
    located = context.located
    unfiltered = context.unfiltered
    assert unfiltered is not None
    dockerfile = _path(context, located.dockerfile.name)
    if not located.inline and dockerfile in texts:
        context = context.with_dockerfile(texts[dockerfile])
    for file in {
        one.name: one for one in (located.buildkit_ignore, located.classic_ignore) if one is not None
    }.values():
        path = _path(context, file.name)
        if path in texts:
            changed = SourceFile(file.name, texts[path])
            context = context.with_ignore_file(changed, file.name, unfiltered)
    return context


def _sources(context: BuildContext) -> Iterator[tuple[str, bytes]]:
    """The files of a build that can be edited, with their bytes."""
    located = context.located
    if not located.inline:
        yield _path(context, located.dockerfile.name), located.dockerfile.data
    for file in (located.buildkit_ignore, located.classic_ignore):
        if file is not None:
            yield _path(context, file.name), file.data


def _code(context: BuildContext, edits: Sequence[Edit]) -> bytes:
    """The line that the first edit changes; nothing without any."""
    for edit in edits[:1]:
        data = dict(_sources(context))[edit.file]
        start = data.rfind(b"\n", 0, edit.start) + 1
        return data[start:].partition(b"\n")[0]
    return b""


def _path(context: BuildContext, name: str) -> str:
    """The absolute path of a file that has a name in findings."""
    return os.path.normpath(os.path.join(context.root, name))


def _shown(root: str, path: str) -> str:
    try:
        relative = os.path.relpath(path, root)
    except ValueError:
        # Another drive of Windows.
        return path
    return path if relative.startswith(os.pardir) else relative.replace(os.sep, "/")
