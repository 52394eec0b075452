"""The files of a context with scripts and tasks: each is read once, however many builds run what is in it."""

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Final

from ctxopt.catalogue.ecosystems import Catalogue, Scripts, installed_names
from ctxopt.catalogue.vocabulary import Commands
from ctxopt.core.context.tree import Tree
from ctxopt.core.golang import paths
from ctxopt.core.golang.match import has_wildcards
from ctxopt.evidence.manifests import Document, document
from ctxopt.evidence.model import ReadFile
from ctxopt.evidence.recipes import Recipes
from ctxopt.evidence.tasks import tasks
from ctxopt.image.commands import may_begin
from ctxopt.image.places import same_part

#: Maximum number of files that one word with wildcards matches, and with some names.
MAX_MATCHES: Final = 100
#: Maximum number of entries that a wildcard of a Makefile is replaced by; more of them stay a wildcard.
_MAX_LISTED: Final = 300


class ScriptFiles:
    """Reads the files of one context; what is asked twice is worked out once.

    `document` gives a file as text, `recipes` the tasks in one, None where it cannot be read. `below_root` gives the
    files with some names in the directories of the project below its root, `asked_by` the files with tasks that a
    command of a name may ask for.
    """

    def __init__(self, tree: Tree, read_file: ReadFile, known: Catalogue) -> None:
        self.tree = tree
        self._known = known
        self.document = cache(lambda path: document(path, read_file))
        self.recipes = cache(self._recipes)
        self.below_root = cache(self._below_root)
        self.asked_by = cache(self._asked_by)

    def text(self, path: str) -> str:
        """The text of a file, "" where it cannot be read."""
        doc: Document | None = self.document(path)
        return doc.text if doc is not None else ""

    def entries(self, pattern: str, directories: bool = False) -> Iterator[str]:
        """The entries that a path with wildcards matches; only `directories`, or all of them."""
        level, parts = [self.tree.root], pattern.split("/")
        for part in parts[:-1]:
            level = [below for one in level for name, below in one.subdirectories.items() if same_part(part, name)]
        for one in level:
            names = one.subdirectories if directories else one.names
            yield from (one.child_path(name) for name in names if same_part(parts[-1], name))

    def _below_root(self, names: tuple[str, ...]) -> list[str]:
        found = ((directory, directory.child_path(directory.names[at])) for directory, at in self.tree.named(names))
        own = (path for inside, path in found if inside.path and installed_names().isdisjoint(inside.path.split("/")))
        return list(islice(own, MAX_MATCHES))

    def _asked_by(self, name: str) -> tuple[Scripts, ...]:
        return tuple(scripts for scripts in self._known.scripts if may_begin(name, asking(scripts)))

    def _recipes(self, path: str, scripts: Scripts) -> Recipes | None:
        if self.document(path) is None:
            return None
        directory = path.rpartition("/")[0]

        def include(other: str) -> str | None:
            return self.text(paths.join(directory or ".", other)) or None

        def listed(pattern: str) -> list[str]:
            # A Makefile is mostly read in its directory.
            found = self._listed(directory, pattern)
            return found if found or not directory else self._listed("", pattern)

        return tasks(scripts, self.text(path), include, listed)

    def _listed(self, directory: str, pattern: str) -> list[str]:
        """The entries that a pattern in a directory matches, as it is written; none where there are very many."""
        start = f"{directory}/" if directory else ""
        whole = paths.join(start or ".", pattern)
        if whole.startswith(("/", "..")) or not has_wildcards(pattern):
            return []
        only = pattern.endswith("/")
        entries = list(islice(self.entries(whole, only), _MAX_LISTED + 1))
        ends = "/" if only else ""
        return [entry.removeprefix(start) + ends for entry in entries] if len(entries) <= _MAX_LISTED else []


def asking(scripts: Scripts) -> Commands:
    """All commands that ask for a task."""
    hooks = (command for hook in scripts.hooks for command in hook.by)
    return (*hooks, *scripts.run, *scripts.many, *scripts.texts, *scripts.default, *scripts.all)
