"""The names of scripts and lists in a text, which count where something names them."""

import re
from collections.abc import Collection
from typing import Final

from ctxopt.catalogue.texts import texts
from ctxopt.core.lazy_re import lazy_re

_ENDS: Final = tuple(name.removeprefix("*").encode() for name in (*texts().scripts, *texts().lists))
#: The end of such a name: all of them begin with a dot, so that a text is searched for that alone.
_END: Final = lazy_re(rb"\.(?:%s)\b" % b"|".join(re.escape(end.removeprefix(b".")) for end in _ENDS))
#: The bytes of names, as in `[\w.@+-]`.
_OF_NAME: Final = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@+-")
#: A wildcard or a value before the end of a name: `*.sh`, `$name.sh`, `name + ".sh"`; and how far to look for it.
_OPEN: Final = lazy_re(rb"(?:[*})\]\\]|\$\w{1,60}|\+ {0,4}[\"'])\Z")
_LONGEST: Final = 64


def script_names(data: bytes) -> tuple[Collection[bytes], Collection[bytes]]:
    """The names of scripts and lists in a text, and the ends of those that a wildcard or a value begins.

    Of a run of bytes of names, the name ends with the last of the ends in it.
    """
    names: dict[int, bytes] = {}
    opened: set[bytes] = set()
    #: Where the last end was, and where the run of bytes that it is in begins.
    last, begun = -1, 0
    for found in _END.finditer(data):
        at, end = found.span()
        start = at
        while start > max(last, 0) and data[start - 1] in _OF_NAME:
            start -= 1
        if start == last:
            # Each byte is looked at once.
            start = begun
        last, begun = end, start
        if start < at:
            names[start] = data[start:end]
        if _OPEN.search(data, max(0, at - _LONGEST), at) is not None:
            opened.add(found[0])
    return frozenset(names.values()), opened
