"""Which of the user's lines may go: those that do nothing, and those that break an instruction."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind, Tree
from ctxopt.core.golang import match as gomatch
from ctxopt.core.usage.by_name import could_hide
from ctxopt.evidence.hidden_sources import hidden_sources
from ctxopt.evidence.idle_patterns import Cause, idle_patterns
from ctxopt.evidence.ignore_lines import ignore_lines
from ctxopt.proposal.block import remove_lines
from ctxopt.proposal.group import Group

#: Without one line another may begin to do something, so lines are looked at again; not for ever.
_ROUNDS = 50
#: As many files are tried out without some lines, each by deciding the whole context.
_TRIED = 200


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    reason: str
    #: Whether nothing is here that it matches; then it may be there for other machines.
    unmatched: bool = False


def tidy(group: Group, data: bytes, tree: Tree, is_junk: Callable[[str], bool]) -> tuple[bytes, tuple[str, ...]]:
    """The user's bytes without such lines, and for each of them what was wrong with it.

    A line that matches nothing stays if `is_junk` knows what it names: that may be there on other
    machines. A line with wildcards is never held to break an instruction, since it may be there for
    much more. Raises CtxoptError where Docker would refuse the file.
    """
    gone: list[_Line] = []
    search = _Search(group, tree)
    for _ in range(_ROUNDS):
        contexts = group.with_text(data, tree)
        harmful = [line for context in contexts for line in _harmful(context)]
        if harmful:
            useless = harmful
        else:
            useless = [line for line in _idle(contexts, tree) if not (line.unmatched and is_junk(_name(line.text)))]
            # Of two lines that make each other useless one must stay, and the classic builder may need one.
            useless = search.removable(data, useless)
        if not useless:
            break
        gone += useless
        data = _without(data, useless)
    return data, tuple(f"{line.text.strip()}: {line.reason}" for line in gone)


class _Search:
    """Tries out which lines may go at the same time without any builder seeing something else."""

    def __init__(self, group: Group, tree: Tree) -> None:
        self._group = group
        self._tree = tree
        self._tries = 0

    def removable(self, data: bytes, lines: list[_Line]) -> list[_Line]:
        """All of the lines, or some that can go, found by halving; none once too much was tried."""
        if not lines or self._tries >= _TRIED:
            return []
        seen = _views(self._group, data, self._tree)
        waiting = [lines]
        while waiting and self._tries < _TRIED:
            part = waiting.pop()
            self._tries += 1
            if _views(self._group, _without(data, part), self._tree) == seen:
                return part
            if len(part) > 1:
                middle = len(part) // 2
                waiting += [part[middle:], part[:middle]]
        return []


def _harmful(context: BuildContext) -> Iterator[_Line]:
    """The lines that leave out what an instruction names and cannot do without."""
    lines = {line.line.number: line for line in ignore_lines(context)}
    for hidden in hidden_sources(context):
        line = lines.get(hidden.pattern.line)
        if line is None or hidden.is_partial or line.pattern.exception:
            continue
        if not gomatch.has_wildcards(line.pattern.cleaned):
            yield _Line(line.line.number, line.line.text, hidden.reason)


def _idle(contexts: Sequence[BuildContext], tree: Tree) -> Iterator[_Line]:
    """The lines that decide about nothing; but not exceptions for what an instruction may read one day."""
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
    return remove_lines(data, [line.number for line in lines])


def _views(group: Group, data: bytes, tree: Tree) -> list[dict[str, bytearray]]:
    """What both builders see of the context, for each build."""
    return [
        {directory.path: directory.flags for directory in context.tree.directories()}
        for context in group.with_text(data, tree)
    ]
