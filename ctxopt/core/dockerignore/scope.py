"""Decisions for whole directories: the fast form of `PatternSet.decide`.

A `Scope` is a pattern set seen from inside one directory. Of each pattern it keeps only the part that is
still to be matched below that directory: most patterns cannot match anything there any more and are dropped;
the rest of the others is mostly a fixed name, prefix or suffix, which one lookup decides for all patterns
together. Directories with the same rest share one `_Frame`.

Why this gives the same answers: a path is decided by the last pattern that matches it or a parent
directory of it. Patterns that Docker skips could not have changed that decision, only what is passed
down, so the skipping is imitated for directories and not for files.
"""

import re
from collections.abc import Callable, Hashable, Iterator, Sequence, Set
from dataclasses import replace
from operator import itemgetter
from typing import Final, Protocol
from weakref import WeakKeyDictionary

from ctxopt.core.dockerignore.pattern import Pattern, PatternKind
from ctxopt.core.dockerignore.patterns import Carried, PatternSet
from ctxopt.core.golang.containing import Containing
from ctxopt.core.golang.regex import (
    ANY_IN_SEGMENT,
    DEAD,
    DIRECTORIES,
    ItemKind,
    Program,
    RegexItem,
    State,
    bits,
    not_slash,
)
from ctxopt.core.golang.text import replace_invalid
from ctxopt.core.lazy_dataclass import dataclass


class Scope(Protocol):
    """A pattern set seen from inside a directory."""

    def matched(self, names: Sequence[str]) -> bool | bytes:
        """Which of the names in this directory are matched, as 0 or 1; a single bool if it is the same for all."""
        ...

    def enter(self, name: str) -> "tuple[bool, Scope]":
        """Whether the directory of this name is matched, and the scope inside it."""
        ...

    def deciders(self, names: Sequence[str]) -> list[int]:
        """For each name the index of the pattern that decides about it; -1 if none does."""
        ...

    def hits(self, name: str) -> int:
        """The patterns that match this name or were passed down to it: one bit for each."""
        ...

    def within(self, name: str) -> "tuple[bool, Scope]":
        """Like `enter`, but also where everything is settled, so that `deciders` can be asked inside."""
        ...

    @property
    def settled(self) -> bool | None:
        """The answer for everything below this directory, or None if it is not the same for all."""
        ...

    @property
    def carried(self) -> int:
        """The patterns that are passed down to this directory as matching: one bit for each."""
        ...


class Effects:
    """Collects which patterns decided something, as one bit for each pattern.

    A pattern has an effect on a name if the state changes at it, even if a later pattern changes it back:
    what a directory passes down can depend on that. Without a pattern that has no effect on any name the same
    entries would be excluded, unless it is an exception, for which builders may also descend into directories.
    """

    def __init__(self) -> None:
        self.bits = 0

    def indexes(self) -> frozenset[int]:
        """The indexes of the patterns in their set."""
        return frozenset(set_bits(self.bits))


def set_bits(number: int) -> Iterator[int]:
    """The positions of the bits that are set in a number, lowest first; linear in its length."""
    for at, byte in enumerate(number.to_bytes((number.bit_length() + 7) // 8, "little")):
        if byte:
            yield from (at * 8 + bit for bit in range(8) if byte >> bit & 1)


def scope(patterns: PatternSet, effects: Effects | None = None) -> Scope:
    """The scope of the root directory; `effects` collects what `matched` finds, unless a pattern may fail on use."""
    if patterns.fails_on_use:
        return _PlainScope(patterns, "", None)
    frames = _Frames(patterns, effects or Effects())
    return _FastScope(frames.state(frames.rests.start, 0), "")


def scope_by_path(patterns: PatternSet) -> Scope:
    """The scope of the root directory where each path is decided by itself, as by `matches_or_parent_matches`.

    No pattern may fail on use.
    """
    frames = _AllFrames(patterns, Effects())
    return _FastScope(frames.state(frames.rests.start, 0), "")


class _PlainScope:
    """Decides pattern by pattern, for sets in which some pattern fails on use."""

    def __init__(self, patterns: PatternSet, prefix: str, carried: Carried | None) -> None:
        self._patterns = patterns
        self._prefix = prefix
        self._carried = carried

    settled = None

    def matched(self, names: Sequence[str]) -> bytes:
        return bytes(self._patterns.decide(self._prefix + name, self._carried)[0] for name in names)

    def enter(self, name: str) -> tuple[bool, Scope]:
        path = self._prefix + name
        matched, carried = self._patterns.decide(path, self._carried)
        return matched, _PlainScope(self._patterns, path + "/", carried)

    within = enter

    def hits(self, name: str) -> int:
        carried = self._patterns.decide(self._prefix + name, self._carried)[1]
        return bits(index for index, hit in enumerate(carried) if hit)

    @property
    def carried(self) -> int:
        return bits(index for index, hit in enumerate(self._carried or ()) if hit)

    def deciders(self, names: Sequence[str]) -> list[int]:
        return [self.hits(name).bit_length() - 1 for name in names]


#: The rest of a pattern inside a directory: text for EXACT and PREFIX, whether the directory's own
#: path matches for SUFFIX, an automaton's state for REGEX. None: nothing below can match.
_Left = Hashable
_Live = tuple[tuple[int, _Left], ...]


#: Up to so many patterns, one operation for each bit takes less than the bytes; maximum number of results to remember.
_FEW_BITS: Final = 256
_FEW_DOWN: Final = 1 << 10
#: Maximum number of names that one state remembers, so that very large directories do not fill the memory.
_REMEMBERED = 1 << 14


class _FastScope:
    """A state, and the directory's path with a slash if the path still matters."""

    __slots__ = ("_prefix", "_state", "settled")

    def __init__(self, state: "_State", prefix: str) -> None:
        self._state = state
        self._prefix = prefix
        self.settled = state.settled

    @property
    def carried(self) -> int:
        return self._state.carried

    def matched(self, names: Sequence[str]) -> bool | bytes:
        return self._state.matched(names)

    def enter(self, name: str) -> tuple[bool, Scope]:
        if self.settled is not None:
            return self.settled, self
        return self._state.enter(name, self._prefix)

    def within(self, name: str) -> tuple[bool, Scope]:
        return self._state.enter(name, self._prefix)

    def hits(self, name: str) -> int:
        return self._state.hits(name)

    def deciders(self, names: Sequence[str]) -> list[int]:
        return list(map(self._state.deciding.__getitem__, names))


class _State(dict[str, bool]):
    """The rest of the patterns in a directory, and what is passed down to it.

    Directories in the same state decide the same way, so each name is decided once: the state is the table of
    its decisions.
    """

    __slots__ = (
        *("_all_noted", "_base", "_below", "_deciding", "_frame", "_frames", "_tests", "_usual"),
        *("carried", "settled"),
    )

    def __init__(self, frames: "_Frames", frame: "_Frame", handed: int) -> None:
        super().__init__()
        self._frames = frames
        self._frame = frame
        #: One bit for each pattern: whether it matched this directory, as Docker carries it.
        self.carried = handed
        self._base = handed | frame.always
        #: The decision for names that no pattern matches, and whether another one is possible.
        self._usual = frames.verdict(self._base)
        self._tests = frames.may_flip(frame.tested, self._base)
        self._below: dict[str, tuple[bool, Scope]] = {}
        self._deciding: _Deciding | None = None
        self._all_noted = False
        # A pattern such as `a/*` matches all names in `a`, but Docker may skip it there and then not pass
        # it down: only what is passed down already, or matches again at every depth, is sure to last.
        lasting = handed | frame.lasting
        self.settled = None if frames.may_flip(frame.live_bits, lasting) else frames.verdict(lasting)

    def matched(self, names: Sequence[str]) -> bool | bytes:
        if self._tests:
            return bytes(map(self.__getitem__, names))
        if names and not self._all_noted:
            self._note(names)
        return self._usual

    def _note(self, names: Sequence[str]) -> None:
        """Note the effects that patterns have on names which they cannot decide."""
        frames = self._frames
        frames.note(self._base)
        if self._base:
            frames.note_uncertain(self._base)
            if frames.unnoted(self._frame.tested):
                for name in names:
                    self[name]
        # What was noted stays so: most directories have the state of many others.
        self._all_noted = not (self._base and frames.unnoted(self._frame.tested))

    def __missing__(self, name: str) -> bool:
        frame, frames = self._frame, self._frames
        verdict = self._usual
        frames.note(self._base)
        names = frame.names
        if names.others or name in names.exact or name.endswith(names.ends) or name.startswith(names.starts):
            verdict = frames.note(self._base | frame.hits(name))
        if len(self) == _REMEMBERED:
            self.clear()
        self[name] = verdict
        return verdict

    def hits(self, name: str) -> int:
        """The patterns that match this name or are passed down to it, as it would pass them down itself."""
        return self._frames.hand_down(self.carried, self._base | self._frame.hits(name))

    @property
    def deciding(self) -> "_Deciding":
        """By name the index of the last pattern that matches it or is passed down to it; -1 if there is none."""
        if self._deciding is None:
            self._deciding = _Deciding(self)
        return self._deciding

    def enter(self, name: str, prefix: str) -> tuple[bool, Scope]:
        """Whether the directory of this name is matched, and the scope inside it."""
        entered = self._below.get(name)
        if entered is not None:
            return entered
        frame, frames, handed = self._frame, self._frames, self.carried
        hits = frame.always | frame.hits(name)
        if hits & ~handed:
            handed = frames.hand_down(handed, hits)
        prefix = f"{prefix}{name}/" if frame.needs_path else ""
        state = frames.state(frame.below(frames.rests, name, prefix), handed)
        entered = (frames.verdict(handed), _FastScope(state, prefix))
        if not frame.needs_path:
            if len(self._below) == _REMEMBERED:
                self._below.clear()
            self._below[name] = entered
        return entered


class _Deciding(dict[str, int]):
    """The pattern that decides about each name in directories of one state, as its index."""

    def __init__(self, state: _State) -> None:
        super().__init__()
        self._state = state

    def __missing__(self, name: str) -> int:
        if len(self) == _REMEMBERED:
            self.clear()
        index = self[name] = self._state.hits(name).bit_length() - 1
        return index


class _Rests:
    """The frames of one pattern set, each built once, however often the set is applied to a tree."""

    def __init__(self, patterns: PatternSet) -> None:
        self.patterns = patterns.patterns
        self._made: dict[_Live, _Frame] = {}
        self.start = self.get(tuple((i, _start(pattern)) for i, pattern in enumerate(self.patterns)))

    def get(self, live: _Live) -> "_Frame":
        frame = self._made.get(live)
        if frame is None:
            frame = self._made[live] = _Frame(self.patterns, live)
        return frame


#: The frames of each pattern set, as long as it exists.
_RESTS: "WeakKeyDictionary[PatternSet, _Rests]" = WeakKeyDictionary()


class _Frames:
    """The states of one pattern set that is applied to a tree."""

    def __init__(self, patterns: PatternSet, effects: Effects) -> None:
        rests = _RESTS.get(patterns)
        if rests is None:
            rests = _RESTS[patterns] = _Rests(patterns)
        self.rests = rests
        self._exceptions = patterns.exception_bits
        self._effects = effects
        self._noted: set[int] = set()
        self._known_down: dict[tuple[int, int], int] = {}
        self._states: dict[tuple[_Frame, int], _State] = {}

    def state(self, frame: "_Frame", handed: int) -> "_State":
        """The state of a directory with these rests, to which these patterns are passed down as matching."""
        state = self._states.get((frame, handed))
        if state is None:
            state = self._states[frame, handed] = _State(self, frame, handed)
        return state

    def verdict(self, hits: int) -> bool:
        """The decision when these patterns matched the path or a parent of it."""
        return bool(hits) and not self._exceptions >> (hits.bit_length() - 1) & 1

    def note(self, hits: int) -> bool:
        """The verdict; notes an effect of each pattern at which the state changes on the way to it."""
        if hits not in self._noted:
            self._noted.add(hits)
            self._effects.bits |= self.hand_down(0, hits)
        return self.verdict(hits)

    def note_uncertain(self, base: int) -> None:
        """Count the pattern that settles names before all comparisons are made: it may have changed the state."""
        self._effects.bits |= 1 << (base.bit_length() - 1)

    def unnoted(self, candidates: int) -> bool:
        """Whether one of these patterns has had no effect yet."""
        return bool(candidates & ~self._effects.bits)

    def may_flip(self, candidates: int, base: int) -> bool:
        """Whether one of the candidates could reverse the decision of `base`."""
        above = candidates >> base.bit_length()
        exceptions = self._exceptions >> base.bit_length()
        return bool(above & (exceptions if self.verdict(base) else ~exceptions))

    def hand_down(self, handed: int, hits: int) -> int:
        """The patterns that a directory passes down as matching, given its parent's and its own hits."""
        matched = False
        result = 0
        either = handed | hits
        if either.bit_length() > _FEW_BITS:
            return self._handed_down(handed, hits)
        while either:
            bit = either & -either
            either ^= bit
            exception = bool(self._exceptions & bit)
            if handed & bit or exception == matched:
                result |= bit
                matched = not exception
        return result

    def _handed_down(self, handed: int, hits: int) -> int:
        """The same for very many patterns, for which each operation on all bits takes its time."""
        known = self._known_down.get((handed, hits))
        if known is not None:
            return known
        matched = False
        result = []
        count = len(self.rests.patterns) // 8 + 1
        exceptions, kept = self._exceptions.to_bytes(count, "little"), handed.to_bytes(count, "little")
        for index in set_bits(handed | hits):
            byte, bit = index >> 3, index & 7
            exception = bool(exceptions[byte] >> bit & 1)
            if kept[byte] >> bit & 1 or exception == matched:
                result.append(index)
                matched = not exception
        if len(self._known_down) == _FEW_DOWN:
            self._known_down.clear()
        found = self._known_down[handed, hits] = _bits(result)
        return found


class _AllFrames(_Frames):
    """Passes every pattern down that matched, also those that could not change a decision."""

    def hand_down(self, handed: int, hits: int) -> int:
        return handed | hits


@dataclass(frozen=True, slots=True)
class _Test:
    """What a name must be to match the rest of one pattern; exactly one field is set."""

    exact: str | None = None
    start: str | None = None
    end: str | None = None
    other: Callable[[str], bool] | None = None
    #: A text that every name has in it for which `other` is true.
    needs: str = ""
    #: The same as `other` by items of an automaton, with the positions that are live in front of a name, if it is that.
    items: tuple[RegexItem, ...] | None = None
    live: int = 0
    always: bool = False


_ALWAYS = _Test(always=True)


#: From so many tests on, asked so often, one automaton for all of them is faster.
_MANY_TESTS: Final = 16
_OFTEN: Final = 4
#: What no character matches, behind the items of one of several patterns.
_END: Final = RegexItem(ItemKind.ONE, lambda _: False)


#: The numbers of some patterns, in no order, and one bit for each of them.
Hits = tuple[list[int], int]


class _Joined:
    """The tests of many patterns as one automaton: each character of a name is one step for all of them."""

    def __init__(self, tests: Sequence[tuple[_Test, int]]) -> None:
        items: list[RegexItem] = []
        live: list[int] = []
        #: The numbers by the positions that are live behind a name which passes their tests.
        self._numbers: dict[int, int] = {}
        self._alone = [(test.other, number) for test, number in tests if test.items is None and test.other is not None]
        for test, number in tests:
            if test.items is not None:
                live += [len(items) + at for at in set_bits(test.live)]
                items += test.items
                self._numbers[len(items)] = number
                items.append(_END)
        self._program = Program(tuple(items))
        self._start: State = (bits(live), 0)
        self._ends = bits(self._numbers)
        #: What the positions behind a name mean: most names pass the same tests.
        self._known: dict[int, Hits] = {}

    def hits(self, name: str) -> "Hits":
        """The tests that a name passes."""
        live, _ = self._program.feed(self._start, replace_invalid(name))
        live &= self._ends
        found = self._known.get(live)
        if found is None:
            if len(self._known) == _FEW_DOWN:
                self._known.clear()
            numbers = [self._numbers[at] for at in set_bits(live)]
            found = self._known[live] = numbers, _bits(numbers)
        alone = [number for test, number in self._alone if test(name)]
        return (found[0] + alone, found[1] | _bits(alone)) if alone else found


class _Table:
    """Numbers, each with what a name must be: the numbers of a name are found without comparing it with each."""

    def __init__(self) -> None:
        #: The numbers by texts. A bit for each of them would be as long as there are patterns.
        self.exact: dict[str, list[int]] = {}
        self._starts: dict[str, list[int]] = {}
        self._ends: dict[str, list[int]] = {}
        self.others: Containing[tuple[_Test, int]] = Containing()
        #: The large groups of these as one automaton each, once they were asked often enough.
        self._joined: dict[str, _Joined] = {}
        self._asked: dict[str, int] = {}
        self._always: list[int] = []

    def add(self, test: _Test, number: int) -> None:
        """Add a number for the names that pass a test."""
        for text, table in ((test.exact, self.exact), (test.start, self._starts), (test.end, self._ends)):
            if text is not None:
                table.setdefault(text, []).append(number)
        if test.other is not None:
            self.others.add(test.needs, (test, number))
        if test.always:
            self._always.append(number)

    def finish(self) -> None:
        """To be called after the last number was added."""
        self.starts, self.ends = tuple(self._starts), tuple(self._ends)
        self._start_lengths, self._end_lengths = set(map(len, self._starts)), set(map(len, self._ends))

    def numbers(self, name: str) -> list[int]:
        """The numbers of a name, in no order."""
        found = self._alone(name)
        for key in self._large(name):
            found += self._joined[key].hits(name)[0]
        return found

    def bits(self, name: str) -> int:
        """The same as one bit for each of them."""
        found = _bits(self._alone(name))
        for key in self._large(name):
            found |= self._joined[key].hits(name)[1]
        return found

    def _large(self, name: str) -> Set[str]:
        """The groups of the other tests that a name may pass and for which there is an automaton."""
        return self._joined.keys() & self.others.groups(name) if self._joined else frozenset()

    def _alone(self, name: str) -> list[int]:
        """The numbers of a name that no automaton finds."""
        found = [*self._always, *self.exact.get(name, ())]
        if name.endswith(self.ends):
            for text in {name[-length:] for length in self._end_lengths}:
                found += self._ends.get(text, ())
        if name.startswith(self.starts):
            for text in {name[:length] for length in self._start_lengths}:
                found += self._starts.get(text, ())
        if self.others:
            for key in self.others.groups(name) - self._joined.keys():
                tests = self.others.group(key)
                if len(tests) >= _MANY_TESTS:
                    self._asked[key] = self._asked.get(key, 0) + 1
                    if self._asked[key] > _OFTEN:
                        self._joined[key] = _Joined(tests)
                        continue
                found += [number for test, number in tests if test.other is not None and test.other(name)]
        return found


class _Frame:
    """The rest of all patterns inside a directory, grouped by the way a name is compared."""

    def __init__(self, patterns: Sequence[Pattern], live: _Live) -> None:
        self._live = live
        ending = [entry for entry in live if _ends_here(patterns[entry[0]], entry[1])]
        #: The patterns that match nothing further down, or only in directories of one name.
        self._ending: dict[int, _Left] = dict.fromkeys((i for i, _ in ending), None)
        moving = [entry for entry in live if entry[0] not in self._ending and not _stays(patterns[entry[0]], entry[1])]
        #: The rests that a directory may change: those that only one name changes by that name, those that all names
        #: change which match the next part of the pattern by that part, with what they become, and all others.
        self._moving_in: dict[str, list[tuple[int, _Left]]] = {}
        self._moving_by: list[list[tuple[int, _Left]]] = []
        self._heads = _Table()
        by_part: dict[Hashable, int] = {}
        others: list[tuple[int, _Left]] = []
        for i, left in moving:
            next_name = _next_name(patterns[i], left)
            if next_name is not None:
                self._ending[i] = None
            head = _head(patterns[i], left) if next_name is None else next_name
            if head is not None:
                self._moving_in.setdefault(head, []).append((i, left))
                continue
            part = _next_part(patterns[i], left)
            if part is None:
                others.append((i, left))
                continue
            if not part.stays:
                self._ending[i] = None
            if part.key not in by_part:
                by_part[part.key] = len(self._moving_by)
                self._heads.add(part.test(), len(self._moving_by))
                self._moving_by.append([])
            self._moving_by[by_part[part.key]].append((i, part.after))
        self._heads.finish()
        #: The frames of directories whose names match just these parts, where nothing else depends on the name.
        self._below_by: dict[tuple[int, ...], _Frame] = {}
        self._moving = tuple(others)
        changing = {i for i, _ in others}
        #: The rests that stay as they are in a directory of any other name than the one that changes them.
        self._staying = tuple(entry for entry in live if entry[0] not in self._ending and entry[0] not in changing)
        self._staying_numbers = frozenset(i for i, _ in self._staying)
        self.live_bits = _bits([i for i, _ in live])
        #: Patterns that match every name here, and those of them that match everything further down too.
        self.always = self.lasting = 0
        self.names = _Table()
        tested: list[int] = []
        for i, left in live:
            test = _test(patterns[i], left)
            if test is None:
                continue
            if test.always:
                self.always |= 1 << i
                if patterns[i].kind is not PatternKind.REGEX:
                    self.lasting |= 1 << i
            else:
                tested.append(i)
                self.names.add(test, i)
        self.names.finish()
        self.tested = _bits(tested)
        #: Whether the path of a directory, and not only its name, decides the rest inside it.
        self.needs_path = any(_needs_path(patterns[i]) for i, _ in live)

    def hits(self, name: str) -> int:
        """The patterns that match this name, except those that match any name."""
        return self.names.bits(name)

    def below(self, rests: _Rests, name: str, prefix: str) -> "_Frame":
        """The frame inside a directory of this name; `prefix` is the directory's path with a slash."""
        named = self._moving_in.get(name, ())
        if "\n" in name:
            # What is cut off at the end of a line is not in the tables.
            return self._moved(rests, {i: _advance(rests.patterns[i], left, name, prefix) for i, left in self._live})
        parts = tuple(sorted(self._heads.numbers(name))) if self._moving_by else ()
        if not self._moving and not named:
            if not parts and not self._ending:
                return self
            known = self._below_by.get(parts)
            if known is not None:
                return known
        moved = {i: _advance(rests.patterns[i], left, name, prefix) for i, left in (*self._moving, *named)}
        moved.update(entry for part in parts for entry in self._moving_by[part])
        frame = self._moved(rests, moved)
        if not self._moving and not named:
            self._below_by[parts] = frame
        return frame

    def _moved(self, rests: _Rests, moved: dict[int, _Left]) -> "_Frame":
        """The frame of a directory in which these patterns have these rests, and the others what they have in all."""
        # Most patterns end where they are for other names, so that only the others are gone through.
        staying = self._staying
        if not self._staying_numbers.isdisjoint(moved):
            staying = tuple(entry for entry in staying if entry[0] not in moved)
        changed = [(i, now) for i, now in moved.items() if now is not None]
        live = tuple(sorted((*staying, *changed), key=itemgetter(0))) if changed else staying
        return self if live == self._live else rests.get(live)


def _bits(numbers: Sequence[int]) -> int:
    """One bit for each number, in time that is linear in their count and the largest of them."""
    if len(numbers) < 2:
        return 1 << numbers[0] if numbers else 0
    row = bytearray(max(numbers) // 8 + 1)
    for number in numbers:
        row[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(row, "little")


def _start(pattern: Pattern) -> _Left:
    if pattern.kind is PatternKind.SUFFIX:
        return "/" not in pattern.text[1:]
    if pattern.kind is PatternKind.REGEX:
        program = _program(pattern)
        if program is None:
            return ""
        live, inside = program.start
        if program.items and program.items[0] is DIRECTORIES:
            # In the root a slash group is where it is in every directory: in the group, or right behind it.
            return live & ~1, inside | 1
        return live, inside
    return pattern.text


#: This state where no item behind the group can be skipped.
_AT_ANY_DEPTH: State = (0b10, 0b01)


def _first_name(program: Program) -> str | None:
    """The name that a program names first, at any depth, with more to come below it; None if it does not begin so."""
    items = program.items
    return _literal_name(items[1:]) if items and items[0] is DIRECTORIES else None


def _literal_name(items: Sequence[RegexItem]) -> str | None:
    """The name that some items are up to a slash; None if they are not one."""
    name: list[str] = []
    for item in items:
        if item.kind is not ItemKind.ONE or item.literal is None or item.optional or item.literal == "\ufffd":
            return None
        if item.literal == "/":
            return "".join(name) or None
        name.append(item.literal)
    return None


def _next_name(pattern: Pattern, left: _Left) -> str | None:
    """The only name of a directory in which a rest can match anything; None if there are others."""
    if pattern.kind is PatternKind.REGEX:
        program = _program(pattern)
        if program is None:
            return None
        live, inside = _state(left)
        # Where only one item can come next, and nothing of a slash group.
        return _literal_name(program.items[_low(live) :]) if not inside and live == live & -live else None
    return left.partition("/")[0] or None if isinstance(left, str) and "/" in left else None


def _head(pattern: Pattern, left: _Left) -> str | None:
    """The only name of a directory that changes the rest of a pattern; None if there are others."""
    if pattern.kind is not PatternKind.REGEX or left != _AT_ANY_DEPTH:
        return None
    program = _program(pattern)
    return None if program is None else _first_name(program)


@dataclass(frozen=True, slots=True)
class _Part:
    """The next part of a pattern, up to a slash, and the rest after it.

    Parts with the same `key` match the same names. One that `stays` is looked for in every directory.
    """

    program: Program
    items: tuple[RegexItem, ...]
    state: State
    after: State
    stays: bool

    @property
    def key(self) -> Hashable:
        # Items that mean the same are mostly the same object.
        return self.stays, tuple(map(id, self.items))

    def test(self) -> _Test:
        """What a name must be to match the part."""
        live = self.state[0]
        live >>= _low(live)
        program, state = self.program, self.state
        other = _Test(
            other=lambda name: program.feed(state, replace_invalid(name) + "/") != DEAD,
            needs=_needed_text(self.items),
            items=self.items,
            live=live,
        )
        glob = _simple_glob(self.items, live)
        return (None if glob is None else _glob_test(glob, other)) or other


def _next_part(pattern: Pattern, left: _Left) -> _Part | None:
    """The next part of a pattern, if all that matters of a directory's name is whether it matches that; else None.

    Then the rest in the directory does not depend on the name: only one item can match the slash.
    """
    program = None if pattern.kind is not PatternKind.REGEX else _program(pattern)
    if program is None:
        return None
    live, inside = _state(left)
    low = _low(live)
    stays = bool(inside)
    if not live or live != program.at(low)[0] or (stays and (inside, low) != (1, 1)):
        return None
    for end in range(low, len(program.items)):
        item = program.items[end]
        if item is DIRECTORIES:
            return None
        if not item.holds("/"):
            continue
        if item.literal != "/" or item.kind is not ItemKind.ONE or item.optional:
            return None
        after, _ = program.at(end + 1)
        # What is looked for at any depth is looked for in the directory again.
        return _Part(program, program.items[low:end], (live, 0), (after | live, 1) if stays else (after, 0), stays)
    return None


def _ends_here(pattern: Pattern, left: _Left) -> bool:
    """Whether the rest is for names in this directory only, whatever they are."""
    if pattern.kind is PatternKind.EXACT:
        return isinstance(left, str) and "/" not in left
    if pattern.kind is not PatternKind.REGEX:
        return False
    program = _program(pattern)
    if program is None:
        return False
    live, inside = _state(left)
    if inside or (program.open_end and live & program.accept):
        return False
    return not any(item is DIRECTORIES or item.holds("/") for item in program.items[_low(live) :])


def _stays(pattern: Pattern, left: _Left) -> bool:
    """Whether the rest is the same in every directory below, as long as names have no newline."""
    if pattern.kind is PatternKind.SUFFIX:
        return "/" not in pattern.text[1:]
    if pattern.kind is not PatternKind.REGEX:
        return left == ""
    program = _program(pattern)
    if program is None:
        return False
    # Inside a slash group, and nothing after it can match a slash: after the next slash the live
    # positions are again exactly those that follow the group.
    live, inside = _state(left)
    # What has no end may match in the name of a directory already, and then matches all below it.
    if not inside or program.open_end:
        return False
    if any(item is DIRECTORIES or item.holds("/") for item in program.items[_low(live) :]):
        return False
    return program.feed((live, inside), "/") == (live, inside)


def _needs_path(pattern: Pattern) -> bool:
    """Whether the rest of a pattern depends on the whole path of a directory."""
    if pattern.kind is PatternKind.SUFFIX:
        return "/" in pattern.text[1:]
    return pattern.kind is PatternKind.REGEX and _program(pattern) is None


def _advance(pattern: Pattern, left: _Left, name: str, prefix: str) -> _Left:
    """The rest of a pattern one directory further down; None if nothing there can match."""
    if pattern.kind is PatternKind.SUFFIX:
        head = pattern.text.rpartition("/")[0]
        if not head:
            return left
        directory = prefix[:-1]
        return directory.endswith(head) or (head.startswith("/") and directory == head[1:])
    if pattern.kind is PatternKind.REGEX:
        program = _program(pattern)
        if program is None:
            return prefix
        if program.open_end and _state(left)[0] & program.accept:
            return left
        state = program.feed(_state(left), replace_invalid(name) + "/")
        return None if state == DEAD else state
    assert isinstance(left, str)
    step = name + "/"
    if left.startswith(step) and left != step:
        return left[len(step) :]
    if pattern.kind is PatternKind.PREFIX and step.startswith(left):
        return ""
    return None


def _test(pattern: Pattern, left: _Left) -> _Test | None:
    """What a name in this directory must be; None if no name will do."""
    if pattern.kind is PatternKind.SUFFIX:
        tail = pattern.text.rpartition("/")[2]
        if pattern.text == "":
            return _ALWAYS
        if "/" not in pattern.text:
            return _Test(end=tail)
        return _Test(exact=tail) if left else None
    if pattern.kind is PatternKind.REGEX:
        return _regex_test(pattern, left)
    assert isinstance(left, str)
    if pattern.kind is PatternKind.PREFIX and left == "":
        return _ALWAYS
    if "/" in left:
        return None
    return _Test(start=left) if pattern.kind is PatternKind.PREFIX else _Test(exact=left)


def _regex_test(pattern: Pattern, left: _Left) -> _Test | None:
    program = _program(pattern)
    if program is None:
        return _Test(other=lambda name: pattern.matches(f"{left}{name}"))
    state = _state(left)
    live = state[0]
    if program.open_end and live & program.accept:
        return _ALWAYS
    if not live:
        return None
    low = _low(live)
    items = None if program.open_end else program.items[low:]
    other = _Test(
        other=lambda name: program.accepts(program.feed(state, replace_invalid(name))),
        needs=_needed_text(program.items[live.bit_length() - 1 :]),
        items=items,
        live=live >> low,
    )
    simple = None if items is None else _simple_glob(items, other.live)
    return other if simple is None else _glob_test(simple, other)


def _needed_text(items: Sequence[RegexItem]) -> str:
    """The longest text that is in every name which some items match; "" for none."""
    texts = [""]
    for item in items:
        if item.kind is ItemKind.ONE and item.literal is not None and not item.optional and item.literal != "\ufffd":
            texts[-1] += item.literal
        else:
            texts.append("")
    return max(texts, key=len)


#: A glob for a single name: text, "*" for anything, "?" for any character.
_Glob = list[tuple[str, str]]


def _simple_glob(items: Sequence[RegexItem], live: int) -> _Glob | None:
    """Some items as a glob for names, if they are one; `live` are the positions that are live in front of them."""
    # Positions that follow from the lowest one by skipping items add nothing.
    reach = 0
    while reach < len(items) and items[reach].kind in (ItemKind.STAR, ItemKind.SLASHED):
        reach += 1
    if live != (1 << (reach + 1)) - 1:
        return None
    glob: _Glob = []
    for item in items:
        if item.optional:
            return None
        if item is DIRECTORIES:
            continue
        if item is ANY_IN_SEGMENT:
            glob.append(("*", ""))
        elif item.literal is not None and item.literal != "\ufffd":
            glob.append(("", item.literal))
        elif item.kind is ItemKind.ONE and item.holds is not_slash:
            glob.append(("?", ""))
        else:
            return None
    return glob


def _glob_test(glob: _Glob, other: _Test) -> _Test | None:
    """The test of a glob that is the same as another test; None where no name passes."""
    if any(char == "/" for _, char in glob):
        return None
    shape = re.sub(r"\*+", "*", "".join(wild or "a" for wild, _ in glob))
    text = "".join(char for _, char in glob)
    if "?" not in shape:
        if "*" not in shape:
            return _Test(exact=text) if text else None
        if shape == "*":
            return _ALWAYS
        if shape.strip("a") == "*" and shape.endswith("*"):
            return _Test(start=text)
        if shape.strip("a") == "*" and shape.startswith("*"):
            return _Test(end=text)
    texts = "".join("\0" if wild else char for wild, char in glob).split("\0")
    return replace(other, other=_matcher(glob, other.other), needs=max(texts, key=len))


def _matcher(glob: _Glob, other: Callable[[str], bool] | None) -> Callable[[str], bool]:
    """A test by a regular expression, which is compiled once it is asked more often than few names have its text."""
    compiled: re.Pattern[str] | None = None
    asked = 0

    def test(name: str) -> bool:
        nonlocal compiled, asked
        asked += 1
        if asked <= _OFTEN and other is not None:
            return other(name)
        if compiled is None:
            compiled = re.compile(_expression(glob))
        return compiled.fullmatch(name) is not None

    return test


def _expression(glob: _Glob) -> str:
    """A regular expression for names.

    After each star the earliest match of the next piece is kept (atomic group): the time stays bounded.
    """
    pieces = [""]
    for wild, char in glob:
        if wild == "*":
            pieces.append("")
        else:
            pieces[-1] += "." if wild else re.escape(char)
    middle = "".join(f"(?>.*?{piece})" for piece in pieces[1:-1] if piece)
    end = f".*{pieces[-1]}" if len(pieces) > 1 else ""
    return f"(?s:{pieces[0]}{middle}{end})"


def _program(pattern: Pattern) -> Program | None:
    """The program of a REGEX pattern that can be fed a path piece by piece; None for one that cannot."""
    assert pattern.regex is not None
    return pattern.regex.program


def _low(live: int) -> int:
    return (live & -live).bit_length() - 1 if live else 0


def _state(left: _Left) -> State:
    assert isinstance(left, tuple)
    return left
