"""The one block of an ignore file that is kept up to date: everything around it is the user's, byte for byte.

The block is found by the lines that open and close it. What was added around it, a blank line or the line end that
the user's last line lacked, is removed together with the block. The closing line has a seal, a hash of the lines
between, which tells whether someone changed them.
"""

import re
from collections.abc import Iterator, Sequence

from ctxopt.core.golang.text import UTF_16_MARKS
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.display import printable
from ctxopt.errors import CtxoptError
from ctxopt.evidence.own_block import MARKER, block_lines

_BOM = b"\xef\xbb\xbf"
_START = '# >>> ctxopt: do not edit;{verified} patterns kept up to date by "ctxopt generate{options}"'
#: What the opening line says of patterns that builds have verified, all of them, and what stands before that.
_VERIFIED = ' verified by "ctxopt verify";'
_BEFORE_VERIFIED = b"ctxopt: do not edit;"
#: The options in an opening line: the words with which the block was proposed.
_OPTIONS = lazy_re(rb'"ctxopt generate((?: [\w-]+)*)"')
#: What the opening line says where the user's last line had no line end and got one.
_UNENDED = " (added a newline above)"
_END = "# <<< ctxopt{seal} <<<"
_SEAL = lazy_re(rb"ctxopt ([0-9a-f]{8}) <<<")
_BLANK = (b"\n", b"\r\n")
#: Begins a line with a pattern that must not be proposed.
_NEEDED = b'# needed by a build, says "ctxopt verify": '
#: The comment above the patterns for which no evidence speaks, only that no build missed anything.
BUILDING_ONLY = 'Verified by building only, says "ctxopt verify"'
#: The comment above the lines that somebody chose; they come last, so that no other line of the block overrules them.
BY_HAND = 'Chosen in "ctxopt explore"'


@dataclass(frozen=True, slots=True)
class Section:
    """Patterns that are proposed for one reason, which the line `comment` gives."""

    comment: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """What a block records: the options that it was proposed with, what builds have shown, and what people chose.

    `options` are words of letters, digits, _ and -. `needed` are patterns that break a build, `building_only` those
    that excluded nothing that a build missed, though evidence speaks against them. `by_hand` are lines, exceptions
    among them, that stay as they are.
    """

    options: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    building_only: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of an ignore file: `before + block + after` are its bytes, `block` is None where there is none.

    `before` has no line end where the user's last line had none before the block was added.
    """

    before: bytes
    after: bytes
    block: bytes | None


def split(data: bytes, file: str = ".dockerignore") -> Parts:
    """The parts of an ignore file.

    Raises CtxoptError where its markers do not enclose exactly one block, and for UTF-16, where nothing can be added.
    """
    if _is_utf_16(data):
        raise CtxoptError(
            "it is UTF-16 text, of which Docker reads no pattern as it is meant", file=file, hint="save it as UTF-8"
        )
    bom = len(_BOM) if data.startswith(_BOM) else 0
    markers = [(bom + found.start(), bom + found.end(), found) for found in MARKER.finditer(data[bom:])]
    if not markers:
        return Parts(data, b"", None)
    for wanted, (start, _, found) in zip((b">>>", b"<<<", None), markers, strict=False):
        # Behind a byte order mark it is a pattern, but would be a marker once it comes first.
        if found[1] != wanted or found[0].startswith(_BOM):
            raise _mismatch(data, start, file)
    if len(markers) == 1:
        raise _mismatch(data, markers[0][0], file)
    (start, _, opening), (_, end, _) = markers
    start = _without_blank_line_above(data, bom, start)
    if _UNENDED.encode() in opening[0]:
        # The added line end is the same as the marker's own; a lone \r before it is the user's.
        added = b"\r\n" if opening[0].endswith(b"\r\n") else b"\n"
        if data.endswith(added, bom, start):
            start -= len(added)
    if start == bom:
        end += next((len(blank) for blank in _BLANK if data.startswith(blank, end)), 0)
    return Parts(data[:start], data[end:], data[start:end])


def _is_utf_16(data: bytes) -> bool:
    """Whether it is text in UTF-16, with a byte order mark or of ASCII alone."""
    if data.startswith(UTF_16_MARKS):
        return True
    halves = data[::2], data[1::2]
    return len(data) >= 4 and any(any(one) and not any(other) for one, other in (halves, halves[::-1]))


def without_block(data: bytes, file: str = ".dockerignore") -> bytes:
    """The user's own bytes: the file as it was before a block was added, with what was changed since.

    Raises CtxoptError as `split` does.
    """
    parts = split(data, file)
    if parts.block is None:
        return data
    # Lines that were added below the block must not run on from the last one above it.
    joint = _line_end(parts) if parts.after and _is_unended(parts.before) else b""
    return parts.before + joint + parts.after


def merge(
    data: bytes | None,
    sections: Sequence[Section],
    *,
    at_start: bool = False,
    file: str = ".dockerignore",
    record: Record | None = None,
) -> bytes:
    """An ignore file with its block brought up to date; `data` is None for a file that does not exist.

    The block stays where it is. A new one is added below the user's lines or, with `at_start`, above them.
    Without patterns there is no block, unless the record has some that a build needs, or that were chosen by hand.
    Those that are verified by building only are a section, and not written otherwise. Raises CtxoptError as `split`
    does, ValueError for a pattern that would not be read as one line.
    """
    parts = split(data or b"", file)
    record = record or Record()
    by_hand = Section(BY_HAND, record.by_hand)
    lines = [*(_NEEDED + _line(pattern) for pattern in record.needed), *_lines((*sections, by_hand))]
    if not lines:
        return without_block(data or b"", file)
    line_end = _line_end(parts)
    if parts.block is None and at_start:
        bom = _BOM if parts.before.startswith(_BOM) else b""
        parts = Parts(bom, parts.before[len(bom) :], None)
    first = _is_empty(parts.before)
    unended = _is_unended(parts.before)
    still = is_verified(data or b"") and block_texts(data or b"") == lines
    opening = _START.format(verified=_VERIFIED if still else "", options="".join(f" {word}" for word in record.options))
    block = line_end.join(
        [
            *([b""] if unended else []),
            *([] if first else [b""]),
            (opening + (_UNENDED if unended else "") + " >>>").encode(),
            *lines,
            _END.format(seal=f" {_hash(lines)}").encode(),
            *([b""] if first and parts.after else []),
            b"",
        ]
    )
    return parts.before + block + parts.after


def has_block(data: bytes) -> bool:
    """Whether an ignore file has the line that opens a block."""
    return _opening(data) is not None


def recorded(data: bytes) -> Record:
    """What the block of an ignore file records; nothing without a block."""
    opening = _opening(data)
    if opening is None:
        return Record()
    options = _OPTIONS.search(opening[0])
    lines = block_texts(data)
    needed = [line.removeprefix(_NEEDED) for line in lines if line.startswith(_NEEDED)]
    return Record(
        () if options is None else tuple(options[1].decode().split()),
        tuple(map(_text, needed)),
        tuple(_text(line) for line in _below(lines, _comment(BUILDING_ONLY)) if not line.startswith(b"!")),
        tuple(map(_text, _below(lines, _comment(BY_HAND)))),
    )


def is_record(line: str) -> bool:
    """Whether a line of a block records a pattern that a build needs."""
    return line.encode("utf-8", "replace").startswith(_NEEDED)


def _below(lines: Sequence[bytes], comment: bytes) -> Iterator[bytes]:
    """The lines with patterns and exceptions between a comment and the next one."""
    inside = False
    for line in lines:
        if line.startswith(b"#"):
            inside = line == comment
        elif inside and line:
            yield line


def _text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")


def with_needed(data: bytes, needed: Sequence[str], record: Record, file: str = ".dockerignore") -> bytes:
    """An ignore file whose block records patterns that a build needs; with none, one that has nothing else is made.

    `record` is what a new block records besides.
    """
    parts = split(data, file)
    if not needed:
        return data
    if parts.block is None:
        return merge(data or None, (), file=file, record=Record(record.options, tuple(needed)))
    opening = next(found for found in MARKER.finditer(data) if found[1] == b">>>")
    lines = b"".join(_NEEDED + _line(pattern) + _line_end(parts) for pattern in needed)
    return sealed(data[: opening.end()] + lines + data[opening.end() :])


def with_building_only(data: bytes, patterns: Sequence[str], record: Record, file: str = ".dockerignore") -> bytes:
    """An ignore file whose block ends with patterns that are verified by building only.

    `record` is what a new block records.
    """
    parts = split(data, file)
    if not patterns:
        return data
    if parts.block is None:
        return merge(data or None, (Section(BUILDING_ONLY, tuple(patterns)),), file=file, record=record)
    end = len(parts.before) + _end_of_proposed(parts.block)
    lines = b"".join(line + _line_end(parts) for line in _lines((Section(BUILDING_ONLY, tuple(patterns)),)))
    return sealed(data[:end] + lines + data[end:])


def block_texts(data: bytes) -> list[bytes]:
    """The lines between the markers, without their ends; none without a whole block."""
    numbers = block_lines(data)
    lines = data.removeprefix(_BOM).split(b"\n")
    return [line.rstrip(b"\r") for line in lines[numbers.start - 1 : numbers.stop - 1]] if numbers else []


def seal_of(data: bytes) -> str | None:
    """What the closing line says of the lines of the block; None without a block, or one with no seal."""
    closing = next((found for found in MARKER.finditer(data) if found[1] == b"<<<"), None)
    seal = None if closing is None else _SEAL.search(closing[0])
    return None if seal is None else seal[1].decode()


def fits(seal: str, lines: Sequence[bytes]) -> bool:
    """Whether a seal was made for these lines of a block."""
    return _hash(lines) == seal


def is_verified(data: bytes) -> bool:
    """Whether the block says that builds have verified its patterns."""
    opening = _opening(data)
    return opening is not None and _VERIFIED.encode() in opening[0]


def as_verified(data: bytes, *, verified: bool = True) -> bytes:
    """An ignore file whose block says that builds have verified its patterns, or no longer says it.

    Without a block, the same bytes.
    """
    opening = _opening(data)
    if opening is None or is_verified(data) is verified:
        return data
    marked = _BEFORE_VERIFIED + _VERIFIED.encode()
    line = opening[0].replace(*((_BEFORE_VERIFIED, marked) if verified else (marked, _BEFORE_VERIFIED)))
    return data[: opening.start()] + line + data[opening.end() :]


def _opening(data: bytes) -> "re.Match[bytes] | None":
    """The line that opens the block."""
    return next((found for found in MARKER.finditer(data) if found[1] == b">>>"), None)


def sealed(data: bytes) -> bytes:
    """An ignore file whose block is sealed as it is; without a block, the same bytes.

    Where its lines are not those that the seal was made for, builds have not verified them.
    """
    closing = next((found for found in MARKER.finditer(data) if found[1] == b"<<<"), None)
    if closing is None or not has_block(data):
        return data
    if is_verified(data) and not fits(seal_of(data) or "", block_texts(data)):
        return sealed(as_verified(data, verified=False))
    end = closing[0][len(closing[0].rstrip(b"\r\n")) :]
    return (
        data[: closing.start()]
        + _END.format(seal=f" {_hash(block_texts(data))}").encode()
        + end
        + data[closing.end() :]
    )


def _hash(lines: Sequence[bytes]) -> str:
    # Loading it takes longer than most of a short run.
    from hashlib import sha256

    return sha256(b"\n".join(lines)).hexdigest()[:8]


def with_by_hand(data: bytes | None, lines: Sequence[str], file: str = ".dockerignore") -> bytes:
    """An ignore file whose block ends with these lines, in place of those that were chosen by hand before.

    `data` is None for a file that does not exist. A block in which nothing is left is removed. Raises CtxoptError as
    `split` does, ValueError as `merge` does.
    """
    parts = split(data or b"", file)
    if parts.block is None:
        return merge(data, (), file=file, record=Record(by_hand=tuple(lines)))
    start, end = _end_of_proposed(parts.block), _closing(parts.block)
    chosen = b"".join(line + _line_end(parts) for line in _lines((Section(BY_HAND, tuple(lines)),)))
    block = parts.block[:start] + chosen + parts.block[end:]
    whole = parts.before + block + parts.after
    if _is_without_lines(block):
        return without_block(whole, file)
    seal = seal_of(data or b"")
    # A block that somebody changed has a seal that does not fit, by which that is known.
    return sealed(whole) if seal is None or fits(seal, block_texts(data or b"")) else whole


def _end_of_proposed(block: bytes) -> int:
    """Where what is proposed ends in a block: at what was chosen by hand, or else at the line that closes it."""
    chosen = re.search(rb"^" + re.escape(_comment(BY_HAND)) + rb"\r?$", block, re.MULTILINE)
    return _closing(block) if chosen is None else chosen.start()


def _closing(block: bytes) -> int:
    """Where the line starts that closes a block."""
    return next(found.start() for found in MARKER.finditer(block) if found[1] == b"<<<")


def _is_without_lines(block: bytes) -> bool:
    """Whether a block has neither patterns nor a record of any."""
    lines = [line.strip() for line in block.split(b"\n")]
    return not any(line and (not line.startswith(b"#") or line.startswith(_NEEDED.strip())) for line in lines)


def _lines(sections: Sequence[Section]) -> Iterator[bytes]:
    for section in sections:
        if not section.patterns:
            continue
        yield _comment(section.comment)
        for pattern in section.patterns:
            yield _line(pattern)


def _line(pattern: str) -> bytes:
    # A carriage return inside of a line is a character like any other.
    if "\n" in pattern or pattern.endswith("\r") or not pattern.strip() or pattern.startswith("#"):
        raise ValueError(f"not a pattern for a line of its own: {pattern!r}")
    return pattern.encode()


def _comment(text: str) -> bytes:
    line = f"# {printable(text)}".rstrip().encode()
    # A comment must never look like one of the markers.
    return b"# " + line[1:] if MARKER.match(line) else line


def _line_end(parts: Parts) -> bytes:
    """The line end that most of the user's lines have."""
    crlf = parts.before.count(b"\r\n") + parts.after.count(b"\r\n")
    return b"\r\n" if 2 * crlf > parts.before.count(b"\n") + parts.after.count(b"\n") else b"\n"


def _is_empty(before: bytes) -> bool:
    return before in (b"", _BOM)


def _is_unended(before: bytes) -> bool:
    return not _is_empty(before) and not before.endswith(b"\n")


def _without_blank_line_above(data: bytes, bom: int, start: int) -> int:
    """Where a block starts if the line above it is blank: at that line."""
    above = data.rfind(b"\n", bom, max(bom, start - 1)) + 1 or bom
    return above if data[above:start] in _BLANK else start


def _mismatch(data: bytes, at: int, file: str) -> CtxoptError:
    return CtxoptError(
        "the markers of the ctxopt block do not match",
        file=file,
        line=data.count(b"\n", 0, at) + 1,
        hint="remove the line or restore the other",
    )
