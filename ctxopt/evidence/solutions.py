"""Solutions of .NET without the files that they list beside their projects, which are only shown to people."""

from typing import Final

from ctxopt.core.lazy_re import lazy_re

_START: Final = b"ProjectSection(SolutionItems)"
_END: Final = b"EndProjectSection"
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
