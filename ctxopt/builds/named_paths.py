"""What the text of a file names that should declare builds and cannot be read as what it is."""

import json
import os
from collections.abc import Iterator
from itertools import islice
from typing import Final

from ctxopt.builds.reading import LARGEST, inside, relative_to
from ctxopt.core.context.locate import DISK
from ctxopt.core.context.tree import Tree
from ctxopt.core.lazy_re import lazy_re

#: A word of YAML, HCL or JSON: what stands between blanks, quotes, brackets and separators.
_WORD: Final = lazy_re(r"[^\s\"'`\[\]{}(),;=:#]+")
#: Maximum number of different words to look up.
_MOST: Final = 10_000
#: Characters that mean something in the source of a COPY.
_SPECIAL: Final = lazy_re(r"[\\*?\[\]$]")


def copying_named(path: str, top: str, root: str, tree: Tree) -> str | None:
    """The text of a Dockerfile that copies what a file names below the directory `root`; None if that is nothing.

    `path` is the absolute path of the file, which is read through no link below `top`; `tree` is the walked directory.
    """
    found = sorted(set(_found(path, top, root, tree)))
    return f"FROM scratch\nCOPY {json.dumps([*found, '/'], ensure_ascii=False)}\n" if found else None


def _found(path: str, top: str, root: str, tree: Tree) -> Iterator[str]:
    try:
        data = DISK.read_below(top, relative_to(top, path), LARGEST)
    except (OSError, ValueError):
        return
    words = dict.fromkeys(found[0] for found in _WORD.finditer(data.decode("utf-8", "replace")))
    for word in islice(words, _MOST):
        named = os.path.normpath(os.path.join(os.path.dirname(path), word))
        if named == root or not inside(root, named):
            continue
        below = relative_to(root, named)
        if tree.find(below) is not None and _SPECIAL.search(below) is None:
            yield below
