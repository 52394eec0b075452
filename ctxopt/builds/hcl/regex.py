"""Go's regular expressions with groups, in time linear in the text: a Pike machine, which never goes back."""

import re
from collections.abc import Iterator
from dataclasses import field

from ctxopt.builds.hcl.values import TooLargeError
from ctxopt.core.golang.regex import BadRegex, CharSet, read_escape, read_set
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re

_COUNT = lazy_re(r"\{([0-9]{1,4})(,([0-9]{0,4}))?\}")
_GROUP = lazy_re(r"\?(?:P?<(\w+)>|([imsU]*)(?:-([imsU]+))?([:)]))")
_MOST_REPEATS = 1000
_MOST_STEPS = 5_000
_MOST_WORK = 200_000
_DEEPEST = 50


@dataclass(slots=True)
class _Step:
    """One step of a program: what it takes ("char" of a set), goes on to, saves or asserts."""

    kind: str
    holds: CharSet | None = None
    first: int = 0
    second: int = 0
    what: str = ""


#: The places of a match and of its groups: begins at even, ends at odd indexes; None for a group that took no part.
Places = tuple[int | None, ...]


@dataclass(slots=True)
class Program:
    """A compiled expression; `names` are those of its groups, "" for one without a name."""

    steps: list[_Step]
    names: list[str]

    def search(self, text: str, start: int = 0) -> Places | None:
        """The first match at or after a place. Raises TooLargeError where that takes too much work."""
        return _Machine(self, text).run(start)

    def all(self, text: str) -> Iterator[Places]:
        """All matches, none of which overlaps another."""
        machine = _Machine(self, text)
        at, previous = 0, -1
        while at <= len(text):
            found = machine.run(at)
            if found is None:
                return
            begin, end = found[0] or 0, found[1] or 0
            if end > begin or begin != previous:
                yield found
            previous = end
            at = end if end > begin else end + 1


class _Machine:
    def __init__(self, program: Program, text: str) -> None:
        self._steps = program.steps
        self._text = text
        self._slots = 2 * (len(program.names) + 1)
        self._work = 0

    def run(self, start: int) -> Places | None:
        matched: Places | None = None
        threads: list[tuple[int, Places]] = []
        for at in range(start, len(self._text) + 1):
            if matched is None:
                seen = {index for index, _ in threads}
                threads += self._follow(0, (None,) * self._slots, at, seen)
            if not threads:
                break
            following: list[tuple[int, Places]] = []
            seen = set()
            for index, saved in threads:
                step = self._steps[index]
                if step.kind == "match":
                    matched = saved
                    break
                self._work += 1
                if step.holds is not None and at < len(self._text) and step.holds(self._text[at]):
                    following += self._follow(index + 1, saved, at + 1, seen)
            threads = following
            if self._work > _MOST_WORK:
                raise TooLargeError
        return matched

    def _follow(self, index: int, saved: Places, at: int, seen: set[int]) -> list[tuple[int, Places]]:
        """The steps that take a character, or end, and are reached from one without a character; best first."""
        found: list[tuple[int, Places]] = []
        stack = [(index, saved)]
        while stack:
            index, saved = stack.pop()
            if index in seen:
                continue
            seen.add(index)
            self._work += 1
            step = self._steps[index]
            match step.kind:
                case "split":
                    stack += [(step.second, saved), (step.first, saved)]
                case "jump":
                    stack.append((step.first, saved))
                case "save":
                    stack.append((index + 1, (*saved[: step.first], at, *saved[step.first + 1 :])))
                case "assert":
                    if self._holds(step.what, at):
                        stack.append((index + 1, saved))
                case _:
                    found.append((index, saved))
        return found

    def _holds(self, what: str, at: int) -> bool:
        text = self._text
        match what:
            case "begin":
                return at == 0
            case "end":
                return at == len(text)
            case "line begin":
                return at == 0 or text[at - 1] == "\n"
            case "line end":
                return at == len(text) or text[at] == "\n"
        before, after = (bool(re.match(r"[A-Za-z0-9_]", text[i : i + 1])) if i >= 0 else False for i in (at - 1, at))
        return (before != after) is (what == "boundary")


def compiled(regex: str) -> Program:
    """Compile an expression. Raises BadRegex."""
    parser = _Parser(regex)
    body = parser.whole()
    steps = [_Step("save", first=0), *_moved(body, 1), _Step("save", first=1), _Step("match")]
    return Program(steps, parser.names)


def _moved(steps: list[_Step], by: int) -> list[_Step]:
    """Steps whose places are counted from elsewhere."""
    made = []
    for step in steps:
        moves = step.kind in ("split", "jump")
        made.append(_Step(step.kind, step.holds, step.first + by if moves else step.first, step.second + by, step.what))
    return made


def _joined(left: list[_Step], right: list[_Step]) -> list[_Step]:
    joined = [*left, *_moved(right, len(left))]
    if len(joined) > _MOST_STEPS:
        raise BadRegex("the expression is too large")
    return joined


@dataclass(slots=True)
class _Parser:
    """Makes the steps of an expression; the places of each part are counted from its own beginning."""

    regex: str
    at: int = 0
    names: list[str] = field(default_factory=list)
    flags: frozenset[str] = frozenset()
    depth: int = 0

    def whole(self) -> list[_Step]:
        steps = self._alternatives()
        if self.at < len(self.regex):
            raise BadRegex("unexpected )")
        return steps

    def _alternatives(self) -> list[_Step]:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise BadRegex("it is nested too deep")
        flags = self.flags
        branches = [self._branch()]
        while self._takes("|"):
            branches.append(self._branch())
        self.flags = flags
        self.depth -= 1
        steps = branches.pop()
        while branches:
            left = branches.pop()
            either = _joined([_Step("split", first=1, second=len(left) + 2)], left)
            steps = _joined(_joined(either, [_Step("jump", first=len(steps) + 1)]), steps)
        return steps

    def _branch(self) -> list[_Step]:
        steps: list[_Step] = []
        while self.at < len(self.regex) and self.regex[self.at] not in "|)":
            steps = _joined(steps, self._repeated(self._atom()))
        return steps

    def _takes(self, mark: str) -> bool:
        if not self.regex.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    # -- repetition -----------------------------------------------------------------------------

    def _repeated(self, steps: list[_Step]) -> list[_Step]:
        bounds = self._bounds()
        if bounds is None:
            return steps
        lazy = self._takes("?") != ("U" in self.flags)
        if self._bounds() is not None:
            raise BadRegex("invalid nested repetition operator")
        least, most = bounds
        repeated: list[_Step] = []
        for _ in range(least):
            repeated = _joined(repeated, steps)
        if most is None:
            return _joined(repeated, self._any_number(steps, lazy=lazy))
        optional: list[_Step] = []
        for _ in range(most - least):
            inner = _joined(steps, optional)
            optional = _joined([_split(1, len(inner) + 1, lazy=lazy)], inner)
        return _joined(repeated, optional)

    def _bounds(self) -> tuple[int, int | None] | None:
        for mark, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._takes(mark):
                return bounds
        found = _COUNT.match(self.regex, self.at)
        if found is None:
            return None
        self.at = found.end()
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else None
        if least > _MOST_REPEATS or (most is not None and not least <= most <= _MOST_REPEATS):
            raise BadRegex("invalid repeat count")
        return least, most

    def _any_number(self, steps: list[_Step], *, lazy: bool) -> list[_Step]:
        looped = _joined([_split(1, len(steps) + 2, lazy=lazy)], steps)
        return [*looped, _Step("jump", first=0)]

    # -- atoms ----------------------------------------------------------------------------------

    def _atom(self) -> list[_Step]:
        char = self.regex[self.at]
        if char == "(":
            return self._group()
        if char == "\\":
            return self._escape()
        if char == "[":
            found = read_set(self.regex, self.at)
            assert found is not None
            holds, self.at = found
            return [self._char(holds)]
        self.at += 1
        if char in "*+?":
            raise BadRegex("missing argument to repetition operator")
        if char == "^":
            return [_Step("assert", what="line begin" if "m" in self.flags else "begin")]
        if char == "$":
            return [_Step("assert", what="line end" if "m" in self.flags else "end")]
        if char == ".":
            dots_lines = "s" in self.flags
            return [_Step("char", lambda other: dots_lines or other != "\n")]
        return [self._char(lambda other: other == char)]

    def _char(self, holds: CharSet) -> _Step:
        if "i" not in self.flags:
            return _Step("char", holds)
        return _Step("char", lambda char: holds(char) or holds(char.lower()) or holds(char.upper()))

    def _group(self) -> list[_Step]:
        self.at += 1
        name = ""
        if self.regex.startswith("?", self.at):
            found = _GROUP.match(self.regex, self.at)
            if found is None:
                raise BadRegex("invalid or unsupported Perl syntax")
            self.at = found.end()
            if found[1] is None:
                return self._flagged(found)
            name = found[1]
            if name in self.names:
                raise BadRegex("duplicate capture group name")
        self.names.append(name)
        number = len(self.names)
        inner = self._closed()
        return _joined(_joined([_Step("save", first=2 * number)], inner), [_Step("save", first=2 * number + 1)])

    def _flagged(self, found: re.Match[str]) -> list[_Step]:
        """`(?flags)`, which hold for what follows, or `(?flags:...)`."""
        flags = (self.flags | frozenset(found[2])) - frozenset(found[3] or "")
        if found[4] == ")":
            self.flags = flags
            return []
        outer, self.flags = self.flags, flags
        inner = self._closed()
        self.flags = outer
        return inner

    def _closed(self) -> list[_Step]:
        inner = self._alternatives()
        if not self._takes(")"):
            raise BadRegex("missing closing )")
        return inner

    def _escape(self) -> list[_Step]:
        second = self.regex[self.at + 1 : self.at + 2]
        asserts = {"A": "begin", "z": "end", "b": "boundary", "B": "no boundary"}
        if second in asserts:
            self.at += 2
            return [_Step("assert", what=asserts[second])]
        if second == "Q":
            quoted, end, _ = self.regex[self.at + 2 :].partition("\\E")
            self.at += 2 + len(quoted) + len(end)
            return [self._char(_is(char)) for char in quoted]
        found = read_set(self.regex, self.at)
        if found is not None:
            holds, self.at = found
            return [self._char(holds)]
        char, self.at = read_escape(self.regex, self.at)
        return [self._char(lambda other: other == char)]


def _is(char: str) -> CharSet:
    return lambda other: other == char


def _split(first: int, second: int, *, lazy: bool) -> _Step:
    return _Step("split", first=second, second=first) if lazy else _Step("split", first=first, second=second)
