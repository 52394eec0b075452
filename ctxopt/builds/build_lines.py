"""`docker build` lines in Makefiles and scripts, which hint at the context of a Dockerfile; nothing counts on them."""

import os
import re
import shlex
from collections.abc import Iterator, Sequence

from ctxopt.builds.reading import LeadsOut, read_text
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

_FILE = lazy_re(r"(?:GNUm|m|M)akefile|[Jj]ustfile|Taskfile\.ya?ml|package\.json|.+\.(?:sh|bash|mk)", re.DOTALL)
_LINE = lazy_re(r"\b(?:docker(?:\s+buildx)?|podman)\s+build\s+([^\n|;&`]*)")
_QUOTES = lazy_re("[\"'`]")
#: Maximum number of files to read, and of characters of a line to look at.
_MOST_FILES = 20
_LONGEST = 1000
_WITH_VALUE = (
    *("-f", "--file", "-t", "--tag", "--target", "--build-arg", "--platform", "--build-context", "-o", "--output"),
    *(
        "--progress",
        "--cache-from",
        "--cache-to",
        "--secret",
        "--ssh",
        "--label",
        "--network",
        "--iidfile",
        "--builder",
    ),
    *(
        "--metadata-file",
        "--attest",
        "--annotation",
        "--allow",
        "--add-host",
        "--shm-size",
        "--ulimit",
        "-m",
        "--memory",
    ),
    *("--isolation", "--format", "--no-cache-filter", "--provenance", "--sbom"),
)


def context_hint(root: str, names: Sequence[str], dockerfile: str) -> str:
    """Where a file at the root of a project says that a Dockerfile is built, for people; "" if none does.

    `names` are those at the root; `dockerfile` is relative to it.
    """
    for name in [name for name in names if _FILE.fullmatch(name)][:_MOST_FILES]:
        try:
            text = read_text(os.path.join(root, name), name, root) or ""
        except (CtxoptError, LeadsOut):
            continue
        for line, given, context in built_in(text):
            if os.path.normpath(given or os.path.join(context, "Dockerfile")) == os.path.normpath(dockerfile):
                return f"{name}:{line} builds it from {context}"
    return ""


def _command(text: str, at: int, words: str) -> str:
    """The words of a command, up to the quote in which it is itself, as in a manifest in JSON."""
    before = text[max(text.rfind("\n", 0, at) + 1, at - _LONGEST) : at]
    return _QUOTES.split(words, maxsplit=1)[0] if len(_QUOTES.findall(before)) % 2 else words


def built_in(text: str) -> Iterator[tuple[int, str, str]]:
    """The lines of a script that build, each with its number, the Dockerfile and the context as they are written."""
    # Of one length, so that a place in one is that place in the other.
    joined = text.replace("\\\n", "  ")
    for found in _LINE.finditer(joined):
        try:
            words = shlex.split(_command(joined, found.start(), found[1][:_LONGEST]))
        except ValueError:
            continue
        given, context = "", ""
        position = 0
        while position < len(words):
            word = words[position]
            option, equals, value = word.partition("=")
            if option in _WITH_VALUE and not equals:
                position += 1
                value = words[position] if position < len(words) else ""
            if option in ("-f", "--file"):
                given = value
            elif not word.startswith("-"):
                context = word
            position += 1
        if context and not any("$" in part for part in (given, context)):
            yield text.count("\n", 0, found.start()) + 1, given, context
