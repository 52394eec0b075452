"""Constants and settings whose value is a word, such as `HELP = "docs"`, and where a path is made of them."""

from collections.abc import Collection, Iterator
from typing import Final

from ctxopt.catalogue.texts import TextKind, texts
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.named import follows_path, is_comment, says_label, words_at

#: The name of a constant or the key of a setting, with what stands between it and its value.
_NAME: Final = lazy_re(
    r"""([A-Za-z_][\w-]{1,60})["']?(?:[ \t]{0,8}:[ \t]{0,8}[\w&<>\[\]' .?]{1,40}?)?"""
    r"""[ \t]{0,20}(?:=>|:=|<-|[:=])[ \t]{0,20}["'`]?$"""
    r"""|\bdefine\(["']([A-Za-z_]\w{1,60})["'],[ \t]{0,8}["']$"""
    r"""|(?:#define[ \t]{1,8}|@)([A-Za-z_]\w{1,60})[ \t]{1,20}["']$"""
)
_ENDS: Final = lazy_re(r"""["'`]|[ \t]{0,20}(?:[,;}\n\r#]|$)""")
_BEFORE: Final = 160
#: What follows a value that is the beginning of a path, or of the name of a file.
_GOES_ON: Final = lazy_re(
    r"""[\w.]{0,40}["'\])]{0,3}[ \t]{0,8}"""
    r"""(?:(?:\+|\.{1,2}|~|&|<>)[ \t]{0,8}["'`][/.]|/[ \t]{0,8}[rf]?["'`\w]|\}{1,2}[/.])"""
)
#: The start of a line that only takes names from elsewhere, or says what they are.
_IMPORTS: Final = lazy_re(r"[ \t]*(?:from|import|use|using|export|package|require_relative|#include)[ \t{][^=]*$")
_DEFINE: Final = lazy_re(r"[ \t]*#define\b")
#: Maximum number of places in one text where a name is looked at.
_MAX_PLACES: Final = 200


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant or a setting: its name, its value, and where that is in its text."""

    name: str
    value: str
    at: int


def constants_in(text: str, kind: TextKind, words: Collection[str]) -> Iterator[Constant]:
    """The constants of a text whose values begin with one of some words, and are no labels."""
    for at, word in words_at(text, words):
        before = text[max(0, at - _BEFORE) : at].rpartition("\n")[2]
        quoted = before[-1:] in ("'", '"', "`")
        if (kind is TextKind.CODE and not quoted) or _ENDS.match(text, at + len(word)) is None:
            continue
        found = _NAME.search(before)
        name = next(filter(None, found.groups()), "") if found is not None else ""
        if (
            name
            and not says_label(name)
            and name.lower() not in texts().no_paths
            and (_DEFINE.match(before) or not is_comment(text, at))
        ):
            yield Constant(name, word, at)


def is_part_of_path(text: str, name: str) -> bool:
    """Whether a text makes a path, or the name of a file, of the value of a constant with a name."""
    places = 0
    for at, _ in words_at(text, (name,)):
        places += 1
        if places > _MAX_PLACES:
            break
        line = text[max(0, at - _BEFORE) : at].rpartition("\n")[2]
        if _IMPORTS.match(line) or is_comment(text, at):
            continue
        if follows_path(text, at) or _GOES_ON.match(text, at + len(name)):
            return True
    return False
