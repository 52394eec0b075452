"""Submodules that are not checked out: empty directories, for each of which the index has a commit."""

import os
from collections.abc import Iterable

from ctxopt.git.repository import repository_of

#: How `git ls-files --stage` begins the record of a submodule.
_GITLINK = b"160000 "


def empty_submodules(root: str, directories: Iterable[str]) -> dict[str, str]:
    """Those of some empty directories that are submodules, by their paths in `root`, each with its commit.

    `root` is an absolute path without links. Where git has no answer there are none.
    """
    repositories: dict[str, list[str]] = {}
    above: dict[str, str | None] = {}
    for path in directories:
        parent = os.path.dirname(os.path.join(root, path))
        if parent not in above:
            above[parent] = repository_of(parent)
        top = above[parent]
        if top is not None:
            repositories.setdefault(top, []).append(path)
    found: dict[str, str] = {}
    for top, paths in repositories.items():
        commits = _submodules(top)
        if commits:
            inside = {path: os.path.relpath(os.path.join(root, path), top).replace(os.sep, "/") for path in paths}
            found |= {path: commits[place] for path, place in inside.items() if place in commits}
    return found


def _submodules(top: str) -> dict[str, str]:
    """The submodules in the index of the repository at `top`, by their paths, each with its commit."""
    # Imported here because it takes long, and most empty directories are in no repository.
    from ctxopt.git.command import NoGit, ask_git

    try:
        records = ask_git(top, "ls-files", "-z", "--stage").split(b"\0")
    except NoGit:
        return {}
    found = {}
    for record in records:
        if record.startswith(_GITLINK):
            head, _, path = record.partition(b"\t")
            found[path.decode("utf-8", "surrogateescape")] = head.split()[1].decode()
    return found
