"""Paths and patterns on their way from BuildKit's engine to its client.

BuildKit writes them as JSON, where a byte that is not UTF-8 becomes U+FFFD, and sends the values of each list as gRPC
metadata, which may only contain printable ASCII. Only a list in which some value has a character above ASCII is
escaped before.
"""

from collections.abc import Sequence

from ctxopt.core.golang.text import replace_invalid


def received(value: str) -> str:
    """The value as the client gets it."""
    return replace_invalid(value)


def first_refused(values: Sequence[str]) -> int:
    """The index of the first value with a control character for which gRPC refuses the list; -1 if there is none."""
    if all(map(str.isascii, values)):
        for index, value in enumerate(values):
            if not value.isprintable():
                return index
    return -1
