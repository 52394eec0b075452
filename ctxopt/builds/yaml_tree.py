"""YAML as Compose sees it: mappings, lists and strings with their lines; no Python object is constructed from tags.

The parser's events are put together here and not by PyYAML, whose own way recurses and counts nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime
from decimal import Decimal
from typing import Any

import yaml

from ctxopt.builds.reading import Budget
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 200
_MOST_ALIASES = 10_000

_STRING = "tag:yaml.org,2002:str"
_NULLS = ("", "~", "null", "Null", "NULL")
_BOOLS = ("true", "True", "TRUE", "false", "False", "FALSE")
_INTEGER = lazy_re(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)")
_FLOAT = lazy_re(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
#: A day, and perhaps its time: with a T also where in the world.
_TIME = lazy_re(
    r"(\d{4}-\d{1,2}-\d{1,2})"
    r"(?:(?:[Tt](?=.*(?:Z|[-+]\d\d:\d\d)$)| (?!.*[Z+]))(\d{1,2}:\d{1,2}:\d{1,2})(\.\d+)?(Z|[-+]\d\d:\d\d)?)?"
)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string, or None for null. Numbers and booleans are strings as well."""

    text: str | None
    line: int
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple["Node", ...]
    line: int
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Map:
    """A mapping, with merge keys (`<<`) already applied."""

    entries: Mapping[str, "Node"]
    line: int
    tag: str = ""


Node = Scalar | Sequence | Map


@dataclass(slots=True)
class _Open:
    """A list or mapping that is still open."""

    is_map: bool
    line: int
    tag: str
    anchor: str | None
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Node] = field(default_factory=dict)
    merges: list[Node] = field(default_factory=list)
    key: str | None = None
    merging: bool = False


def parse(text: str, shown: str, budget: Budget, *, times: bool = False) -> tuple[Node, ...]:
    """The documents of a YAML text, without empty ones. With `times`, dates without quotes become what Compose has.

    Raises CtxoptError for what is no YAML, for a key that is there twice, and for aliases and nesting
    that no honest file has.
    """
    budget.spend(len(text) // 16)
    documents = []
    builder = _Builder(shown, budget, times=times)
    for node in builder.documents(_events(text, shown)):
        if not isinstance(node, Scalar) or node.text is not None:
            documents.append(node)
    return tuple(documents)


def _events(text: str, shown: str) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or "it cannot be parsed"
        raise CtxoptError(f"not valid YAML: {problem}", file=shown, line=mark.line + 1 if mark else None) from None
    except (yaml.YAMLError, ValueError):
        raise CtxoptError("not valid YAML: it has characters that are not allowed", file=shown) from None


class _Builder:
    def __init__(self, shown: str, budget: Budget, *, times: bool) -> None:
        self._times = times
        self._shown = shown
        self._budget = budget
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._aliases = 0

    def documents(self, events: Iterator[Any]) -> Iterator[Node]:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
            node = self._node(event)
            if node is None:
                continue
            self._budget.spend(1)
            if self._open:
                self._add(self._open[-1], node)
            else:
                yield node

    def _node(self, event: Any) -> Node | None:
        """The node that an event completes."""
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor, line)
        if isinstance(event, yaml.ScalarEvent):
            return self._anchored(self._scalar(event, line), event.anchor)
        if isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            if len(self._open) >= _DEEPEST:
                raise self._error(f"it is nested deeper than {_DEEPEST}", line)
            is_map = isinstance(event, yaml.MappingStartEvent)
            self._open.append(_Open(is_map, line, event.tag or "", event.anchor))
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            done = self._open.pop()
            node = self._map(done) if done.is_map else Sequence(tuple(done.items), done.line, done.tag)
            return self._anchored(node, done.anchor)
        return None

    def _anchored(self, node: Node, anchor: str | None) -> Node:
        if anchor is not None:
            self._anchors[anchor] = node
        return node

    def _alias(self, anchor: str | None, line: int) -> Node:
        self._aliases += 1
        if self._aliases > _MOST_ALIASES:
            raise self._error(f"it has more than {_MOST_ALIASES:,} aliases", line)
        if any(outer.anchor == anchor for outer in self._open):
            raise self._error(f"the anchor {anchor} contains itself", line)
        if anchor is None or anchor not in self._anchors:
            raise self._error(f"there is no anchor {anchor}", line)
        return self._anchors[anchor]

    def _add(self, parent: _Open, node: Node) -> None:
        if not parent.is_map:
            parent.items.append(node)
        elif parent.merging:
            parent.merges.append(node)
            parent.merging = False
        elif parent.key is None:
            self._key(parent, node)
        else:
            parent.entries[parent.key] = node
            parent.key = None

    def _key(self, parent: _Open, node: Node) -> None:
        if not isinstance(node, Scalar) or node.text is None:
            raise self._error("a key must be a text", node.line)
        if node.text == "<<" and node.tag != _STRING:
            parent.merging = True
        elif node.text in parent.entries:
            raise self._error(f"the key {node.text} is there twice", node.line, "remove one of them")
        else:
            parent.key = node.text

    def _scalar(self, event: Any, line: int) -> Scalar:
        tag, value = event.tag or "", event.value
        if event.style or tag in ("!", _STRING):
            return Scalar(value, line, tag)
        time = _time(value) if self._times and not tag else None
        return Scalar(_plain(value) if time is None else time, line, tag)

    def _map(self, done: _Open) -> Map:
        entries = done.entries
        for merged in done.merges:
            for source in merged.items if isinstance(merged, Sequence) else (merged,):
                if not isinstance(source, Map):
                    raise self._error("a merge key (<<) takes a mapping, or a list of them", done.line)
                self._budget.spend(len(source.entries))
                entries = {**source.entries, **entries}
        return Map(entries, done.line, done.tag)

    def _error(self, problem: str, line: int, hint: str = "") -> CtxoptError:
        return CtxoptError(problem, file=self._shown, line=line, hint=hint)


def _plain(value: str) -> str | None:
    """A value without quotes as Compose converts it: `1.20` becomes "1.2", and `0x10` becomes "16"."""
    if value in _NULLS:
        return None
    if value in _BOOLS:
        return value.lower()
    if value[0] not in "+-.0123456789" or len(value) > 64:
        return value
    number = value.replace("_", "")
    if _INTEGER.fullmatch(number):
        integer = _integer(number)
        if -(1 << 63) <= integer < 1 << 64:
            return str(integer)
    if _FLOAT.fullmatch(number):
        return _float(float(number), value)
    return value


def _time(value: str) -> str | None:
    """A date without quotes as Compose converts it, in the words of Go; None for any other value."""
    found = _TIME.fullmatch(value)
    if found is None:
        return None
    day, clock, fraction, zone = found.groups()
    try:
        read = datetime.strptime(f"{day} {clock or '0:0:0'}", "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None
    nanoseconds = (fraction or "")[:10].rstrip("0.")
    offset = "+0000" if zone in (None, "Z", "+00:00", "-00:00") else zone.replace(":", "")
    named = "UTC" if offset == "+0000" else offset
    return f"{read.isoformat(' ')}{nanoseconds} {offset} {named}"


def _integer(number: str) -> int:
    digits = number.lstrip("+-")
    octal = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
    value = int(digits, 8 if octal else 0)
    return -value if number.startswith("-") else value


def _float(number: float, written: str) -> str:
    """A number as Go prints it: without an exponent up to 21 digits."""
    text = repr(number).removesuffix(".0")
    if text.endswith("inf"):
        return written
    if "e+" in text and Decimal(text).adjusted() < 21:
        return format(Decimal(text), "f")
    return text
