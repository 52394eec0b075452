"""What this checkout lacks of a context: files in Git LFS of which the pointers are here, and empty submodules.

A builder gets the checkout as it is. Elsewhere the same commit may have all of it, and then the context is larger.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind, View
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import plural, size
from ctxopt.git.repository import repository_of

_ATTRIBUTES: Final = ".gitattributes"
#: Maximum size of a file with git attributes that is read, in bytes.
_LARGEST: Final = 1 << 20
#: What some builder keeps.
_KEPT: Final = View.BUILDKIT | View.TRANSFER | View.CLASSIC
#: Maximum number of submodules to name.
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class NotHere:
    """What is not here: `pointers` are the bytes that each pointer of Git LFS lacks, by its path.

    `submodules` are the commits of those that are empty. What the ignore files exclude is not among them.
    """

    pointers: Mapping[str, int]
    submodules: Mapping[str, str]


def not_here(build: BuildContext) -> NotHere:
    """What is not here of the context of a build. Raises CtxoptError if BuildKit would not transfer it."""
    # Builds of one tree are sent the same of what the ignore file keeps.
    return build.transferred.once(_find, lambda: _find(build))


def not_here_notes(build: BuildContext, view: int = View.TRANSFER) -> Iterator[str]:
    """What is not here, in words, as far as it is in a view."""
    found = not_here(build)
    lacking = [count for path, count in found.pointers.items() if is_sent(build, path, view)]
    if lacking:
        files = plural(len(lacking), "file")
        are = "is a pointer" if len(lacking) == 1 else "are pointers"
        yield f"{files} in Git LFS {are} here and {size(sum(lacking))} larger after `git lfs pull`; limits count that"
    empty = [path for path in found.submodules if is_sent(build, path, view)]
    for path in empty[:_NAMED]:
        yield f"submodule {path} is not checked out, so nothing in it is counted: `git submodule update --init` gets it"
    if len(empty) > _NAMED:
        yield f"{len(empty) - _NAMED:,} more submodules are not checked out, so nothing in them is counted"


def is_sent(build: BuildContext, path: str, view: int) -> bool:
    """Whether an entry of the context is in a view."""
    found = build.transferred.find(path)
    return found is not None and bool(found[0].flags[found[1]] & view)


def _find(build: BuildContext) -> NotHere:
    return NotHere(_pointers(build), _submodules(build))


def _submodules(build: BuildContext) -> dict[str, str]:
    empty = [
        directory.child_path(name)
        for directory in build.transferred.directories()
        for name, child in directory.subdirectories.items()
        if not child.names and directory.flags[child.index] & _KEPT
    ]
    if not empty:
        return {}
    # Imported here because few contexts have an empty directory.
    from ctxopt.git.submodules import empty_submodules

    return empty_submodules(build.root, empty)


def _pointers(build: BuildContext) -> dict[str, int]:
    if not _uses_lfs(build):
        return {}
    # Imported here because few contexts have files in Git LFS.
    from ctxopt.git.command import NoGit
    from ctxopt.git.pointers import LARGEST, SMALLEST, pointer_size, with_filter

    small = {
        directory.child_path(name): count
        for directory in build.transferred.directories()
        for name, kind, flags, count in zip(
            directory.names, directory.kinds, directory.flags, directory.sizes, strict=True
        )
        if kind == EntryKind.FILE and flags & _KEPT and SMALLEST <= count <= LARGEST
    }
    try:
        stored = with_filter(build.root, list(small))
    except NoGit:
        # Without git, every text that is a pointer counts as one.
        stored = frozenset(small)
    found = {}
    for path in filter(stored.__contains__, small):
        data = build.read(path, LARGEST)
        full = None if data is None else pointer_size(data)
        if full is not None and full > small[path]:
            found[path] = full - small[path]
    return found


def _uses_lfs(build: BuildContext) -> bool:
    """Whether git attributes of the context, or above it in its repository, name Git LFS."""
    own = (directory.child_path(_ATTRIBUTES) for directory, _ in build.tree.named({_ATTRIBUTES}))
    if any(b"lfs" in (build.read(path, _LARGEST) or b"") for path in own):
        return True
    top = repository_of(build.root)
    if top is None:
        return False
    above, paths = build.root, [os.path.join(top, ".git", "info", "attributes")]
    while above != top:
        above = os.path.dirname(above)
        paths.append(os.path.join(above, _ATTRIBUTES))
    return any(b"lfs" in _text(path) for path in paths)


def _text(path: str) -> bytes:
    """The text of a regular file, empty for anything else."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return b""
        with open(path, "rb") as file:
            return file.read(_LARGEST)
    except (OSError, ValueError):
        return b""
