"""The names of excluded files, by which most texts are told to name none of them."""

from collections.abc import Iterable
from itertools import compress
from typing import Final, NamedTuple

from ctxopt.core.context.tree import Tree
from ctxopt.core.golang import paths
from ctxopt.core.usage.masks import IS_FILE
from ctxopt.evidence.candidate import Candidate

#: Maximum number of different names that are compared with texts.
_MOST: Final = 20_000


class Passed(NamedTuple):
    """What else is to be noted of a text that has none of the names: see `script_names`."""

    names: frozenset[str]
    opened: frozenset[str]


class FileNames:
    """The names of excluded files; a text that has none of them names nothing specific.

    `passed` are the texts of the context that were found to have none, by their paths: builds on it that exclude the
    same do not read them again.
    """

    def __init__(self, names: Iterable[str]) -> None:
        # Imported here because the texts are searched for names that few commands ask for.
        from ctxopt.evidence.named import first_word

        self.passed: dict[str, Passed] = {}
        self._by_word: dict[bytes, list[bytes]] = {}
        for name in names:
            word, text = (part.encode("utf-8", "surrogateescape") for part in (first_word(name), name))
            self._by_word.setdefault(word, []).append(text)
        self._without_word = self._by_word.pop(b"", [])
        self._words = frozenset(self._by_word)

    @classmethod
    def below(cls, tree: Tree, candidates: Iterable[Candidate]) -> "FileNames | None":
        """The names of the files that are candidates or in one; None where they are too many. `tree` has all."""
        names: set[str] = set()
        for candidate in candidates:
            if not candidate.directory:
                names.add(paths.base(candidate.path))
            top = tree.directory_at(candidate.path)
            for directory in tree.within(top) if top is not None else ():
                names.update(compress(directory.names, directory.kinds.translate(IS_FILE)))
                if len(names) > _MOST:
                    return None
        return cls(names)

    def any_in(self, words: frozenset[bytes], text: bytes) -> bool:
        """Whether a text with these words in it has one of the names."""
        found = map(self._by_word.__getitem__, words & self._words)
        return any(name in text for names in (*found, self._without_word) for name in names)
