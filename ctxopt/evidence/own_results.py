"""Results of ctxopt that lie in a project: they name files, and need none of them."""

from typing import Final

from ctxopt.core.lazy_re import lazy_re

#: How the page of `ctxopt report`, SARIF, JUnit and JSON of its commands begin.
_BEGINNINGS: Final = lazy_re(
    rb"<!doctype html>\r?\n<!-- ctxopt report -->"
    rb'|\{\s*"\$schema": "[^"]*/sarif-[^"]*",[^}]{0,200}"name": "ctxopt"'
    rb'|<\?xml [^>]*>\s*<testsuites name="ctxopt '
    rb'|\{\s*"version": 1,\s*"context": "'
)

#: As many bytes of a file decide whether it is one.
BEGINNING: Final = 4096


def is_own_result(data: bytes) -> bool:
    """Whether a text is a result that ctxopt wrote."""
    return _BEGINNINGS.match(data) is not None
