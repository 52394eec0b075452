"""Lines that someone wrote inside the block of an ignore file: they are theirs, so they move below it and stay."""

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations
from typing import Final

from ctxopt.edits.ignore_file import without_lines
from ctxopt.proposal.block import block_texts, fits, has_block, seal_of, split
from ctxopt.proposal.draft import is_heading

#: Maximum number of lines in a block of which all pairs are tried.
_MOST_TRIED: Final = 100


def is_edited(data: bytes) -> bool:
    """Whether someone changed the lines of the block, or its seal, without which nothing is known."""
    return has_block(data) and not fits(seal_of(data) or "", block_texts(data))


def added_lines(data: bytes) -> tuple[int, ...] | None:
    """The indexes of the lines that were added to an edited block; None where more was changed than that.

    One or two lines, or several in a row, are recognized: without them, the seal fits.
    """
    lines, seal = block_texts(data), seal_of(data) or ""
    if len(lines) > _MOST_TRIED:
        return None
    for indexes in _candidates(len(lines)):
        left = set(indexes)
        if fits(seal, [line for index, line in enumerate(lines) if index not in left]):
            return indexes
    return None


def _candidates(count: int) -> Iterator[tuple[int, ...]]:
    for length in range(1, count):
        yield from (tuple(range(start, start + length)) for start in range(count - length + 1))
    yield from combinations(range(count), 2)


def unknown_lines(data: bytes, proposed: bytes) -> tuple[int, ...]:
    """The indexes of the lines of an edited block that may be someone's: those that a new block does not have."""
    ours = set(block_texts(proposed))
    return tuple(
        index
        for index, line in enumerate(block_texts(data))
        if line.strip() and line not in ours and not is_heading(line.decode("utf-8", "replace"))
    )


def moved_below(data: bytes, indexes: Collection[int], file: str) -> tuple[bytes, tuple[str, ...]]:
    """The file with these lines of the block below it, in their order, and their texts. Raises CtxoptError."""
    texts = block_texts(data)
    moved = [texts[index] for index in sorted(indexes)]
    parts = split(data, file)
    if parts.block is None or not moved:
        return data, ()
    first = data.count(b"\n", 0, data.index(b">>> ctxopt")) + 2
    without = split(without_lines(data, {first + index for index in indexes}), file)
    end = b"\r\n" if b"\r\n" in parts.block else b"\n"
    text = b"".join(line + end for line in moved)
    return without.before + (without.block or b"") + text + without.after, tuple(map(_shown, moved))


def _shown(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")


def note(moved: Sequence[str]) -> str:
    """What became of the lines, for people."""
    kept = ", ".join(moved)
    return f"kept below the block, where it is not overwritten: {kept} (someone added it inside)"
