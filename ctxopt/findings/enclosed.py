"""Whether a Dockerfile is only a part of others, so that what its own final image would be says nothing."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.golang import paths
from ctxopt.core.lazy_re import lazy_re

#: Names of Dockerfiles.
DOCKERFILE: Final = lazy_re(r"(?:Docker|Container)file(?:[.-].*)?|.*\.(?:Docker|Container)file", re.IGNORECASE)
#: The instruction of the frontend dockerfile-x that puts another file in its place.
_INCLUDE: Final = lazy_re(r"^[ \t]*INCLUDE[ \t]+(\S+)", re.IGNORECASE | re.MULTILINE)
#: What puts files together, up to the end of the command.
_CAT: Final = lazy_re(r"\bcat[ \t](?:[^\n|;&>\\]|\\\n)*")
#: Maximum number of files of each kind to search, and maximum size of one, in bytes.
_MOST_FILES: Final = 50
_LARGEST: Final = 64 << 10


def is_enclosed(build: BuildContext) -> bool:
    """Whether another Dockerfile includes this one, or a script puts it together with others."""
    own = build.plan.file
    name = paths.base(own)
    for path, text in _texts(build):
        if path == own:
            continue
        if DOCKERFILE.fullmatch(paths.base(path)):
            parts = (found[1] for found in _INCLUDE.finditer(text))
        else:
            # One file alone is only shown, or given to a builder as it is.
            words = (found[0].replace("\\\n", " ").split()[1:] for found in _CAT.finditer(text))
            parts = (word.strip("\"'") for some in words if _puts_together(some) for word in some)
        if any(paths.base(part) == name for part in parts):
            return True
    return False


def _puts_together(words: Sequence[str]) -> bool:
    """Whether `cat` has several files, or the only one where what it prints is a part of a text in quotes."""
    return len(words) > 1 or any(word[-1] in "\"'" for word in words)


def _texts(build: BuildContext) -> Iterator[tuple[str, str]]:
    """The Dockerfiles and the scripts of a context by their paths, of each only some."""
    from ctxopt.catalogue.commands import known_commands

    outside = known_commands().outside
    scripts = [pattern for pattern in outside.files if not pattern.endswith(outside.settings)]
    names = build.tree.names
    dockerfiles = {name for name in names if DOCKERFILE.fullmatch(name)}
    others = {name for name in names if any(fnmatchcase(name, pattern) for pattern in scripts)} - dockerfiles
    for some in (dockerfiles, others):
        for directory, index in islice(build.tree.named(some), _MOST_FILES):
            path = directory.child_path(directory.names[index])
            yield path, (build.read(path, _LARGEST) or b"").decode("utf-8", "replace")
