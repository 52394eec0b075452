"""The lines of an ignore file that are verified, and its text with only some of them."""

from collections.abc import Collection, Iterator
from typing import Final

from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.reader import read_lines
from ctxopt.edits.ignore_file import without_lines
from ctxopt.proposal.block import sealed, split, without_block
from ctxopt.verify.model import Unit

#: What no comment above patterns begins with: the markers of the block, and what it records.
_KEPT: Final = (b"# >>>", b"# <<<", b"# needed ")


def units(name: str, data: bytes, *, all_lines: bool) -> tuple[Unit, ...]:
    """The patterns of an ignore file that exclude something: those of our block, or of the whole file.

    Raises CtxoptError for a file that Docker refuses.
    """
    lines = read_lines(data, name)
    texts = {line.number: line.text.strip() for line in lines}
    excluding = (pattern for pattern in PatternSet(lines, name).patterns if not pattern.exception)
    numbers = range(1, data.count(b"\n") + 2) if all_lines else _block_lines(data, name)
    return tuple(Unit(name, each.line, texts[each.line]) for each in excluding if each.line in numbers)


def in_block(name: str, data: bytes) -> tuple[Unit, ...]:
    """The units of our block."""
    return units(name, data, all_lines=False)


def text_without(data: bytes, dropped: Collection[Unit], left: Collection[Unit], name: str) -> bytes:
    """The text of an ignore file without some of its units; without our block if none of its units is left.

    Exceptions stay, since they take nothing away; so do the user's own lines.
    """
    block = _block_lines(data, name)
    if block and not any(unit.line in block for unit in left):
        return without_lines(without_block(data, name), {unit.line for unit in dropped if unit.line not in block})
    numbers = {unit.line for unit in dropped}
    return sealed(without_lines(data, numbers | set(_lone_comments(data, block, numbers))))


def _block_lines(data: bytes, name: str) -> range:
    """The numbers of the lines of our block, its markers among them; none without a block."""
    parts = split(data, name)
    if parts.block is None:
        return range(0)
    first = parts.before.count(b"\n") + 1
    return range(first, first + parts.block.count(b"\n") + 1)


def _lone_comments(data: bytes, block: range, dropped: Collection[int]) -> Iterator[int]:
    """The comments in our block below which nothing is left."""
    lines = data.split(b"\n")
    heads: list[int] = []
    body: list[int] = []
    for number in (*block[1:], 0):
        text = lines[number - 1].strip() if 0 < number <= len(lines) else b"#"
        if not text.startswith(b"#"):
            body += [number] if text else []
            continue
        if body:
            yield from heads if all(line in dropped for line in body) else ()
            heads, body = [], []
        if not text.startswith(_KEPT):
            heads.append(number)
