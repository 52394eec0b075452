"""Which entries a filter matches: by a part of the name, or a pattern with wildcards."""

import re
from collections.abc import Callable
from fnmatch import translate

from ctxopt.core.context.tree import Tree
from ctxopt.core.lazy_re import lazy_re

_WILDCARDS = lazy_re(r"[*?\[]")


def matching(tree: Tree, text: str) -> bytes:
    """For each entry, in the order of the walk, 1 if it matches, or is below a directory that does.

    The text is compared with names, without regard to case; with a slash in it, with paths. With a wildcard it has to
    match the whole of that, otherwise a part.
    """
    wanted = text.lower().strip("/")
    matches = _matcher(wanted)
    rows: dict[str, bytes] = {}
    for directory in tree.directories():
        parent = directory.parent
        if parent is not None and rows[parent.path][directory.index]:
            rows[directory.path] = b"\1" * len(directory.names)
        elif "/" in wanted:
            prefix = directory.path.lower() + "/" if directory.path else ""
            rows[directory.path] = bytes([matches(prefix + name.lower()) for name in directory.names])
        else:
            rows[directory.path] = bytes([matches(name.lower()) for name in directory.names])
    return tree.joined(rows)


def _matcher(wanted: str) -> Callable[[str], bool]:
    if _WILDCARDS.search(wanted):
        pattern = re.compile(translate(wanted))
        return lambda name: pattern.match(name) is not None
    return lambda name: wanted in name
