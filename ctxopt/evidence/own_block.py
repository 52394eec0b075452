"""The lines of an ignore file that ctxopt itself wrote: a block between two marker lines."""

import re
from typing import Final

from ctxopt.core.lazy_re import lazy_re

#: A marker in any version's wording. For Docker only \n ends a line, and a # in the first column starts a comment.
MARKER: Final = lazy_re(rb"^(?:\xef\xbb\xbf)*# (>>>|<<<) ctxopt(?![\w-])[^\n]*\n?", re.MULTILINE)


def block_lines(data: bytes) -> range:
    """The numbers of the lines between the markers, from 1; empty unless there is one of each, in order."""
    # A byte order mark is no part of the first line, which may be the opening one.
    data = data.removeprefix(b"\xef\xbb\xbf")
    markers = list(MARKER.finditer(data))
    if [found[1] for found in markers] != [b">>>", b"<<<"]:
        return range(0)
    opening, closing = markers
    return range(data.count(b"\n", 0, opening.end()) + 1, data.count(b"\n", 0, closing.start()) + 1)
