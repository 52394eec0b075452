"""Names and sizes that are safe to print.

File names and the text of Dockerfiles and ignore files come from untrusted sources: everything that could
control a terminal, be invisible or end a line is escaped before it is shown.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

#: Control and format characters, lone surrogates, line and paragraph separators, and spaces but the plain one.
_UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
#: Characters of other categories that show nothing: Default_Ignorable_Code_Point of Unicode, and the blank of Braille.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
#: The start of a command that a runner finds anywhere in a line: `##[` of GitHub and Azure, `##vso[`, `##teamcity[`.
_COMMAND = re.compile(r"##(?=\w*\[)")
#: A command of GitHub's runner, which skips space in front of it; colours may stand there as well.
_LINE_COMMAND = re.compile(r"^((?:[^\S\n]|\x1b\[[0-9;]*m)*):(?=:)", re.MULTILINE)
#: As many texts are looked at together.
_AT_ONCE: Final = 1_000


def printable(text: str) -> str:
    """The text with all invisible and control characters written as escapes such as `\\x1b` or `\\u202e`.

    Bytes of a file name that are not UTF-8 appear as `\\xNN` from `\\x80` on, and combining marks with nothing to
    combine with as escapes. A plain backslash is doubled where it would otherwise look like the start of an escape, so
    that the text can be read back, and this must not be applied twice. Commands to a runner are broken up, except
    for those that only count at the start of a line: see `inert`.
    """
    if _is_plain(text):
        return text
    parts = []
    base = False
    for char in text:
        category = unicodedata.category(char)
        shown = char == " " or (category not in _UNSAFE and not _INVISIBLE.match(char))
        shown = shown and (base or category[0] != "M")
        # A mark after a plain sign would change how that reads: a slash, a quote, a bracket.
        base = shown and (category[0] in "LNM" or (category[0] in "SP" and not char.isascii()))
        parts.append(char if shown else _escape(char))
    for command in _COMMAND.finditer(text):
        parts[command.start()] = "\\x23"
    following = ""
    for index in range(len(parts) - 1, -1, -1):
        if parts[index] == "\\" and following and following in "nrtxuU\\":
            parts[index] = "\\\\"
        following = parts[index][0]
    return "".join(parts)


def printable_lines(texts: Iterable[str]) -> Iterator[str]:
    """Each text as `printable` writes it, with a line end, so many at once."""
    left = iter(texts)
    while some := list(islice(left, _AT_ONCE)):
        lines = "\n".join(some) + "\n"
        # Looked at together: of a long list most parts have nothing to escape.
        as_it_is = lines.count("\n") == len(some) and _is_plain(lines.replace("\n", ""))
        yield lines if as_it_is else "".join(printable(text) + "\n" for text in some)


def _is_plain(text: str) -> bool:
    """Whether there is nothing to escape in a text."""
    return text.isascii() and text.isprintable() and "\\" not in text and "##" not in text


def inert(text: str) -> str:
    """Lines of text for a log, in which nothing at the start of a line is a command to the runner."""
    if "::" in text:
        text = _LINE_COMMAND.sub(r"\1\\x3a", text)
    return _COMMAND.sub(r"\\x23#", text) if "##" in text else text


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if char in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[char]
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


#: Maximum number of characters of a text in a message.
_SHOWN = 600


def shortened(text: str) -> str:
    """The text for a message; the middle of a very long one is cut out."""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]}…{text[-_SHOWN // 2 + 1 :]}"


def size(count: int) -> str:
    """A number of bytes in decimal units, as Docker prints them: "512 B", "1.2 kB", "3.4 GB"."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    units = ["kB", "MB", "GB", "TB"]
    value /= 1000
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        del units[0]
    return f"{value:.{0 if value >= 99.95 else 1}f} {units[0]}"


def plural(count: int, noun: str, many: str | None = None) -> str:
    """A count with its noun: "1 file", "2,345 files"."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def signed_size(count: int) -> str:
    """A change in bytes: "+1.2 kB", "-512 B"."""
    return f"-{size(-count)}" if count < 0 else f"+{size(count)}"


def amount(count: int, files: int) -> str:
    """Bytes and their number of files: "1.2 kB in 3 files"."""
    return f"{size(count)} in {plural(files, 'file')}"


def duration(seconds: float) -> str:
    """A time as people read it: "< 0.01 s", "0.02 s", "3.4 s", "12.0 min", "1.5 h", "3.1 days"."""
    if 0 < seconds < 0.005:
        return "< 0.01 s"
    for unit, name in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= unit * 1.995:
            value = seconds / unit
            return f"{value:,.{0 if value >= 99.5 else 1}f} {name}"
    return f"{seconds:.{2 if seconds < 0.995 else 1}f} s"


#: The characters of words that are names or values: what differs in these alone is alike.
_NAMES = frozenset("/.$\"'`{}<>0123456789")
#: Maximum number of lines that are alike and shown one by one.
_FEW = 2


def alike(lines: Iterable[str], listed_by: str) -> list[str]:
    """The lines, unescaped; of more than two that differ in names and numbers alone the first, with the count.

    `listed_by` is the option that lists all.
    """
    return [
        line if not more else f"{line} (and {len(more):,} more like this; {listed_by} lists them)"
        for line, more in folded(lines)
    ]


def folded(lines: Iterable[str]) -> list[tuple[str, list[str]]]:
    """The lines, each with the lines to fold into it: more than two that differ in names and numbers alone are one."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for line in lines:
        shape = tuple("" if _NAMES.intersection(word) or word.isupper() else word for word in line.split())
        groups.setdefault(shape, []).append(line)
    shown: list[tuple[str, list[str]]] = []
    for group in groups.values():
        shown += [(group[0], group[1:])] if len(group) > _FEW else [(line, []) for line in group]
    return shown
