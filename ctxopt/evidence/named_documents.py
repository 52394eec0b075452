"""The files of a project by their names."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from ctxopt.catalogue.names import NameIndex
from ctxopt.evidence.foreign import is_foreign
from ctxopt.evidence.manifests import Document
from ctxopt.evidence.model import Subject


class NamedDocuments:
    """Finds files by their names, except those of other projects that lie in this one; `read` gives one as text.

    Its directories are walked once, for whatever names are asked for.
    """

    def __init__(self, subject: Subject, read: Callable[[str], Document | None]) -> None:
        self._subject = subject
        self._read = read

    @cached_property
    def _own(self) -> Mapping[str, int]:
        """The directories of the project, by their paths, with their places in the order in which files are found."""
        own: dict[str, int] = {}
        stack = [self._subject.tree.root]
        while stack:
            directory = stack.pop()
            own[directory.path] = len(own)
            stack += [
                below
                for name, below in directory.subdirectories.items()
                if not is_foreign(directory, name, self._subject.git)
            ]
        return own

    def named(self, names: Iterable[str]) -> Iterator[Document]:
        """The files with some names, which may have wildcards."""
        tree, view, git = self._subject.tree, self._subject.view, self._subject.git
        patterns = tuple(names)
        # Asked of one tree again for each of the builds that are made from it.
        wanted = tree.once(
            (NamedDocuments, patterns), lambda: NameIndex((name, True) for name in patterns).find(tree.names)
        )
        there = [(directory, index) for directory, index in tree.named(wanted) if directory.path in self._own]
        for directory, index in sorted(there, key=lambda entry: (self._own[entry[0].path], entry[1])):
            path = directory.child_path(directory.names[index])
            if directory.flags[index] & view and not (git is not None and git.ignored(path)):
                document = self._read(path)
                if document is not None:
                    yield document
