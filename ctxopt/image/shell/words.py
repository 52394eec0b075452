"""Words of shell text without their quotes, by the quote removal of POSIX and the `$'…'` of bash."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ctxopt.core.lazy_re import lazy_re

if TYPE_CHECKING:
    from tree_sitter import Node

#: Nodes whose children are quoted on their own.
_COMPOSED = ("command_name", "concatenation", "variable_assignment", "translated_string")
_ESCAPED = lazy_re(r"\\(.?)", re.DOTALL)
_ESCAPED_IN_QUOTES = lazy_re(r'\\([$`"\\\n])')
_ANSI = lazy_re(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|c(.)|(.))", re.DOTALL)
_ANSI_LETTERS = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def source(node: "Node") -> str:
    """The text of a node as it is written."""
    return (node.text or b"").decode("utf-8", "replace")


def unquoted(node: "Node") -> str:
    """A word without its quotes; expansions stay as written."""
    text = source(node)
    if node.type in _COMPOSED:
        return joined(node.children)
    if node.type == "string":
        return _double_quoted(node)
    if node.type == "raw_string":
        return text[1:-1]
    if node.type == "ansi_c_string":
        return _ANSI.sub(_ansi, text[2:-1])
    return text if node.child_count else _ESCAPED.sub(_escaped, text)


def joined(nodes: "Sequence[Node]") -> str:
    """The word of adjacent nodes, without its quotes."""
    parts = []
    for node, following in zip(nodes, (*nodes[1:], None), strict=True):
        # The dollar of $"…" only asks for a translation.
        if node.type != "$" or following is None or not source(following).startswith('"'):
            parts.append(unquoted(node))
    return "".join(parts)


def _double_quoted(node: "Node") -> str:
    data = node.text or b""
    parts = []
    # Not all space between expansions is in a node of its own.
    at = 1
    for child in node.named_children:
        if child.type == "string_content":
            continue
        start, end = child.start_byte - node.start_byte, child.end_byte - node.start_byte
        parts += [_in_quotes(data[at:start]), source(child)]
        at = end
    return "".join((*parts, _in_quotes(data[at:-1])))


def _in_quotes(data: bytes) -> str:
    return _ESCAPED_IN_QUOTES.sub(_escaped, data.decode("utf-8", "replace"))


def _escaped(found: re.Match[str]) -> str:
    return "" if found[1] == "\n" else found[1]


def _ansi(escape: re.Match[str]) -> str:
    digits = escape[1] or escape[2] or escape[3]
    if digits or escape[4]:
        code = int(digits, 16) if digits else int(escape[4], 8) & 0xFF
        return chr(code) if code <= 0x10FFFF else escape[0]
    if escape[5]:
        return chr(ord(escape[5].upper()[0]) & 0x1F)
    letter = escape[6]
    return _ANSI_LETTERS.get(letter, letter if letter in "\\'\"?" else escape[0])
