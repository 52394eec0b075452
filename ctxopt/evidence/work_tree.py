"""What git knows about a context, where it is safe to ask."""

from collections.abc import Callable

from ctxopt.core.context.tree import EntryKind, Tree
from ctxopt.git.facts import GitFacts, git_facts


def work_tree_facts(root: str, tree: Tree, note: Callable[[str], object] | None = None) -> GitFacts | None:
    """What git knows about the directory of a tree; None if it is not asked, and `note` is called with the reason."""
    for directory, index in tree.named({".gitignore"}):
        if directory.kinds[index] in (EntryKind.SPECIAL, EntryKind.SOCKET):
            # Git would open it, and wait for what may never come.
            if note is not None:
                note(f"{directory.child_path('.gitignore')} is no regular file")
            return None
    return git_facts(root, note)
