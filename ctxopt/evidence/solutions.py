"""Solutions of .NET: what they say of their projects, without the files that they list beside these for people."""

import re
from typing import Final

from ctxopt.core.lazy_re import lazy_re

_START: Final = b"ProjectSection(SolutionItems)"
_END: Final = b"EndProjectSection"
#: What in a solution is no path of a project: lines that are about none, and names of folders.
_NO_PROJECT: Final = lazy_re(rb'^(?!Project\()[^\n]*|"[^"\\./\n]*"', re.MULTILINE)
_ITEM: Final = lazy_re(rb"<File\s[^<>]{1,1000}>")


def without_items(name: str, data: bytes) -> bytes:
    """The text of a file with this name: of a solution without its items, with as many lines."""
    if name.endswith(".slnx"):
        return _ITEM.sub(lambda found: b"\n" * found[0].count(b"\n"), data)
    if not name.endswith(".sln"):
        return data
    parts, at = [], 0
    while (start := data.find(_START, at)) >= 0:
        end = data.find(_END, start)
        end = len(data) if end < 0 else end
        parts += [data[at:start], b"\n" * data.count(b"\n", start, end)]
        at = end
    return b"".join((*parts, data[at:]))


def projects_only(name: str, data: bytes) -> bytes:
    """The text of a file with this name: of a solution only the paths of its projects, with as many lines."""
    return _NO_PROJECT.sub(b" ", data) if name.endswith(".sln") else without_items(name, data)
