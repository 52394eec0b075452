"""Directories with what belongs to others: installed packages, and what git ignores."""

from ctxopt.core.context.tree import Directory
from ctxopt.evidence.junk_names import is_installed
from ctxopt.git.facts import GitFacts


def is_foreign(directory: Directory, name: str, git: GitFacts | None) -> bool:
    """Whether a directory in `directory` contains what others wrote: what is in there says nothing of a project."""
    path = directory.child_path(name)
    if git is not None and git.tracks(path):
        return False
    return is_installed(name, directory.names) or (git is not None and git.ignored(path))
