"""The commands that Compose and Kubernetes run in an image, as their files have them."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re

#: A key with a command, and what follows it in its line.
_KEY: Final = lazy_re(
    r"^([ \t]*)((?:-[ \t]+)?)[\"']?(command|entrypoint|args)[\"']?[ \t]*:[ \t]*([^\n]{0,2000})$", re.MULTILINE
)
#: A word in a list or in a line, with quotes or without.
_WORD: Final = lazy_re(r""""((?:[^"\\]|\\.){0,1000})"|'([^']{0,1000})'|([^\s,"'\[\]{}][^\s,\[\]"']{0,1000})""")
_IN_LINE: Final = lazy_re(r""""((?:[^"\\]|\\.){0,1000})"|'([^']{0,1000})'|([^\s"']{1,1000})""")
_ITEM: Final = lazy_re(r"([ \t]*)-[ \t]+(.*)")
_COMMENT: Final = lazy_re(r"(?:^|[ \t])#.*")
#: Maximum number of lines, and of words, of one command.
_MAX_LINES: Final = 40
_MAX_WORDS: Final = 60
#: Commands of one container are so many lines apart at most.
_NEAR: Final = 40


@dataclass(frozen=True, slots=True)
class ServiceCommand:
    """The words that a service gives to a container: with `whole`, they replace its entry point."""

    words: tuple[str, ...]
    whole: bool


def service_commands(text: str) -> Iterator[ServiceCommand]:
    """The commands in a file of YAML, those of one container also put together."""
    lines = text.split("\n")
    numbers = {start: number for number, start in enumerate(_starts(lines))}
    found: list[tuple[int, str, tuple[str, ...]]] = []
    for key in _KEY.finditer(text):
        number = numbers[key.start()]
        words = _words(key[4].strip(), lines, number, len(key[1]) + len(key[2]))[:_MAX_WORDS]
        if words:
            found.append((number, key[3], words))
    for _, name, words in found:
        yield ServiceCommand(words, name == "entrypoint")
    for (first, name, words), (second, other, more) in pairwise(found):
        if name != other and second - first <= _NEAR:
            # Of these the one replaces the entry point, the other has its arguments.
            before, after = (more, words) if name == "args" or other == "entrypoint" else (words, more)
            yield ServiceCommand((*before, *after), True)


def _starts(lines: Sequence[str]) -> Iterator[int]:
    at = 0
    for line in lines:
        yield at
        at += len(line) + 1


def _words(value: str, lines: Sequence[str], number: int, indent: int) -> tuple[str, ...]:
    """The words of a value that begins in a line, and goes on in those that are indented further."""
    value = _COMMENT.sub("", value)
    following = lines[number + 1 : number + 1 + _MAX_LINES]
    if value.startswith("["):
        text = value
        for line in following:
            if "]" in text:
                break
            text += " " + _COMMENT.sub("", line)
        return tuple(_found(_WORD, text.partition("]")[0][1:]))
    if value and value[0] not in "|>":
        return tuple(_found(_IN_LINE, value))
    block = []
    for line in following:
        inner = len(line) - len(line.lstrip())
        is_item = _ITEM.match(line) is not None
        if line.strip() and (inner < indent or (inner == indent and not is_item)):
            break
        block.append(line)
    if value:
        return tuple(_found(_IN_LINE, " ".join(block)))
    return tuple(_items(block))


def _items(lines: Sequence[str]) -> Iterator[str]:
    """The words that the items of a list are."""
    for number, line in enumerate(lines):
        item = _ITEM.match(line)
        text = _COMMENT.sub("", item[2]).strip() if item is not None else ""
        if text[:1] in ("'", '"'):
            yield from list(_found(_IN_LINE, text))[:1]
        elif item is not None and text[:1] in ("|", ">"):
            rest = lines[number + 1 :]
            end = next((at for at, other in enumerate(rest) if other.startswith(f"{item[1]}- ")), len(rest))
            yield "\n".join(rest[:end]).strip()
        elif text and text[0] not in "{[":
            yield text


def _found(words: re.Pattern[str], text: str) -> Iterator[str]:
    for found in words.finditer(text):
        word = next(filter(None, found.groups()), "")
        if word:
            yield word
