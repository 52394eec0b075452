"""Removes lines of the user's from an ignore file: those that do nothing, and those that break an instruction."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind, Tree
from ctxopt.core.golang import match as gomatch
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.by_name import could_hide
from ctxopt.edits.ignore_file import without_lines
from ctxopt.evidence.hidden_needs import hidden_needs
from ctxopt.evidence.hidden_sources import hidden_sources
from ctxopt.evidence.idle_patterns import Cause, idle_patterns
from ctxopt.evidence.ignore_lines import ignore_lines
from ctxopt.proposal.group import Group

#: Maximum number of rounds: without one line another may begin to have an effect, so all are looked at again.
_MAX_ROUNDS: Final = 50
#: Maximum number of texts to try, each by deciding the whole context.
_MAX_TRIES: Final = 200


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    reason: str
    #: Whether it matches nothing here; it may match something on other machines.
    unmatched: bool = False


def tidy(group: Group, data: bytes, tree: Tree, is_junk: Callable[[str], bool]) -> tuple[bytes, tuple[str, ...]]:
    """The user's bytes without such lines, and for each line, for people, what was wrong with it.

    A line that matches nothing stays if `is_junk` knows what it names: other machines may have that. A line with
    wildcards never counts as one that breaks an instruction, since it may match much more. Raises CtxoptError where
    Docker would refuse the file.
    """
    removed: list[_Line] = []
    search = _Search(group, tree)
    for _ in range(_MAX_ROUNDS):
        contexts = group.with_text(data, tree)
        harmful = [line for context in contexts for line in _harmful(context)]
        if harmful:
            useless = harmful
        else:
            useless = [line for line in _idle(contexts, tree) if not (line.unmatched and is_junk(_name(line.text)))]
            # Of two lines that make each other useless one has to stay, and the legacy builder may need one.
            useless = search.removable(data, useless)
        if not useless:
            break
        removed += useless
        data = _without(data, useless)
    return data, tuple(f"{line.text.strip()}: {line.reason}" for line in removed)


class _Search:
    """Tries which lines can be removed together without changing what any builder sees."""

    def __init__(self, group: Group, tree: Tree) -> None:
        self._group = group
        self._tree = tree
        self._tries = 0

    def removable(self, data: bytes, lines: list[_Line]) -> list[_Line]:
        """All of the lines, or some that can be removed, found by halving; none after too many tries."""
        if not lines or self._tries >= _MAX_TRIES:
            return []
        seen = _views(self._group, data, self._tree)
        waiting = [lines]
        while waiting and self._tries < _MAX_TRIES:
            part = waiting.pop()
            self._tries += 1
            if _views(self._group, _without(data, part), self._tree) == seen:
                return part
            if len(part) > 1:
                middle = len(part) // 2
                waiting += [part[middle:], part[:middle]]
        return []


def _harmful(context: BuildContext) -> Iterator[_Line]:
    """The lines that exclude what an instruction names and fails without, or just one path that something needs."""
    lines = {line.line.number: line for line in ignore_lines(context)}
    for hidden in hidden_sources(context):
        line = lines.get(hidden.pattern.line)
        if line is None or hidden.is_partial or line.pattern.exception:
            continue
        if not gomatch.has_wildcards(line.pattern.cleaned):
            yield _Line(line.line.number, line.line.text, hidden.reason)
    for need in hidden_needs(context):
        line = lines.get(need.pattern.line)
        # Of a line that hides more, an exception is the better remedy.
        if line is not None and need.exception and line.pattern.cleaned == need.path:
            yield _Line(line.line.number, line.line.text, need.reason)


def _idle(contexts: Sequence[BuildContext], tree: Tree) -> Iterator[_Line]:
    """The lines that decide about nothing, except exceptions for what an instruction may read one day."""
    reads = [read for context in contexts for read in context.plan.reads]

    def is_file(path: str) -> bool:
        found = tree.find(path)
        return found is not None and found[0].kinds[found[1]] == EntryKind.FILE

    for idle in idle_patterns(contexts[0]):
        line, pattern = idle.line.line, idle.line.pattern
        matters = pattern.exception and any(could_hide(pattern.cleaned, read, is_file) for read in reads)
        if not matters:
            yield _Line(line.number, line.text, idle.reason, idle.cause is Cause.UNMATCHED)


def _name(text: str) -> str:
    return text.strip().rstrip("/").rpartition("/")[2]


def _without(data: bytes, lines: list[_Line]) -> bytes:
    return without_lines(data, [line.number for line in lines])


def _views(group: Group, data: bytes, tree: Tree) -> list[dict[str, bytearray]]:
    """What both builders see of the context, for each build."""
    return [
        {directory.path: directory.flags for directory in context.tree.directories()}
        for context in group.with_text(data, tree)
    ]
