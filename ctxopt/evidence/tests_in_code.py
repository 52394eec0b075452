"""The parts of source code that only tests compile: files by their names, and items in files of Rust."""

import re
from collections.abc import Iterator
from typing import Final

from ctxopt.core.lazy_re import lazy_re

#: The attributes of an item that is only compiled for tests, and a module that is in another file.
_TESTS: Final = lazy_re(r"#\[cfg\((?:all\([ \t]{0,4})?test[ \t]{0,4}[,)][^\]\n]{0,200}\]")
_ALL: Final = lazy_re(r"^[ \t]*#!\[cfg\(test\)\]", re.MULTILINE)
_MODULE: Final = lazy_re(r"[^;{]{0,400}\bmod[ \t]{1,8}(\w{1,80})[ \t]{0,8};")
#: What begins or ends a block, or a text or a comment in which that has no meaning.
_MARKS: Final = lazy_re(r"""[{}"]|//|/\*|\br#{1,4}"|'(?:[^'\\\n]|\\[^\n']{1,10})'""")
_STRING_END: Final = lazy_re(r'(?:[^"\\]|\\.)*"', re.DOTALL)


def may_have_tests(data: bytes) -> bool:
    """Whether a text in Rust may have parts that only tests compile."""
    return b"cfg(" in data and b"test" in data


def test_modules(text: str) -> Iterator[str]:
    """The names of the modules of Rust in files of their own that only tests compile."""
    for found in _TESTS.finditer(text):
        module = _MODULE.match(text, found.end())
        if module is not None:
            yield module[1]


def without_tests(text: str) -> str:
    """A text in Rust with spaces in the place of what only tests compile, so that lines stay where they are."""
    if _ALL.search(text):
        return ""
    kept: list[str] = []
    at = 0
    while (found := _TESTS.search(text, at)) is not None:
        end = _end_of_item(text, found.end())
        if end is None:
            # What cannot be read stays.
            break
        kept += text[at : found.end()], re.sub(r"[^\n]", " ", text[found.end() : end])
        at = end
    return "".join((*kept, text[at:]))


def _end_of_item(text: str, at: int) -> int | None:
    """Where the item ends whose attributes are before a place; None where that is not clear."""
    depth = 0
    semicolon = text.find(";", at)
    while (mark := _MARKS.search(text, at)) is not None:
        if not depth and 0 <= semicolon < mark.start():
            return semicolon
        at = _behind(text, mark)
        if at < 0:
            return None
        if not depth and semicolon < at:
            semicolon = text.find(";", at)
        depth += (mark[0] == "{") - (mark[0] == "}")
        if mark[0] == "}" and depth <= 0:
            return at
    return semicolon if not depth and semicolon >= 0 else None


def _behind(text: str, mark: re.Match[str]) -> int:
    """Where the text or the comment ends that a mark begins, or the mark itself; -1 where it does not end."""
    if mark[0] == '"':
        end = _STRING_END.match(text, mark.end())
        return end.end() if end is not None else -1
    if mark[0].startswith("r#"):
        closing = '"' + "#" * (len(mark[0]) - 2)
    elif mark[0] in ("//", "/*"):
        closing = "\n" if mark[0] == "//" else "*/"
    else:
        return mark.end()
    end_at = text.find(closing, mark.end())
    return end_at + len(closing) if end_at >= 0 else -1
