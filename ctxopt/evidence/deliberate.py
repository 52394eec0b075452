"""Projects whose secrets are there to be found, as in exercises for people who learn about security."""

import os
import re
from typing import Final

from ctxopt.builds.declared import top_of
from ctxopt.builds.reading import LeadsOut, read_text
from ctxopt.core.build_context import BuildContext
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError
from ctxopt.evidence.one_run import once_a_run

#: How the beginning of a manual says so; markup may stand between the words.
_SAYS_SO: Final = lazy_re(
    r"\b(?:intentional|deliberate|purpose|purposeful)(?:ly)?[ -](?:\w{1,20}[ -]){0,2}(?:vulnerable|insecure|exposed)\b"
    r"|\b(?:vulnerable|insecure)[ -]by[ -]design\b|\bdamn[ -]vulnerable\b"
    r"|\bhow(?: to)? [_*]{0,2}not[_*]{0,2} (?:to )?(?:store|keep|handle|manage)\b[^.\n]{0,30}\bsecrets\b",
    re.IGNORECASE,
)
_MANUALS: Final = ("README.md", "Readme.md", "readme.md", "README.rst", "README")
#: Maximum length of a beginning, in characters.
_BEGINNING: Final = 16 << 10


def is_deliberate(build: BuildContext) -> bool:
    """Whether the manual of a repository says that the project is insecure on purpose."""
    top = top_of(build.root)
    return once_a_run((is_deliberate, top), lambda: _says_so(top))


def _says_so(top: str) -> bool:
    return any(_SAYS_SO.search(_text(top, name)[:_BEGINNING]) is not None for name in _MANUALS)


def _text(top: str, name: str) -> str:
    try:
        return read_text(os.path.join(top, name), name, top) or ""
    except (CtxoptError, LeadsOut):
        return ""
