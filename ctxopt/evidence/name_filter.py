"""Which words of a text could name an entry of a context at all: found out faster than what each word means."""

from collections.abc import Collection, Iterator, Sequence
from functools import cache, lru_cache
from typing import Final

from ctxopt.catalogue.commands import CommandNeed, known_commands
from ctxopt.catalogue.ecosystems import catalogue
from ctxopt.core.context.tree import Tree
from ctxopt.core.dockerfile.model import ContextRead, Plan, StageCopy
from ctxopt.core.lazy_re import lazy_re
from ctxopt.image.commands import may_begin
from ctxopt.image.shell.wrappers import base_name
from ctxopt.image.sources import stage_mounts

#: What makes a word mean another one, or a path that begins anywhere.
_OPEN: Final = lazy_re(r"[*?\[\]\\${}`]|\.\.|^/")
#: What of that is in no name: brackets alone, or all arguments of a script.
_EMPTY: Final = lazy_re(r"\$[@*#?!-]|[*?\[\]\\${}`.=:,\s\"'()]")
#: What stands between the paths in a word.
_BETWEEN: Final = lazy_re(r"[=:,\s\"'()]+")
#: The number of characters of a flag right before a name: `-Iinclude`.
_FLAG: Final = 2


class NameFilter:
    """The names that words could have: those in a tree, in the images of builds, and of what tools leave."""

    def __init__(self, tree: Tree, plans: Sequence[Plan]) -> None:
        self._there = tree.names
        self._others = frozenset(_usual()).union(part for plan in plans for part in _in_images(plan))
        self._known: dict[str, bool] = {}

    def may_concern(self, word: str) -> bool:
        """Whether a command that begins with a word could name an entry by it, or need one that it does not name."""
        return self.may_name(word) or bool(needs_of(base_name(word)))

    def may_name(self, word: str) -> bool:
        """Whether a word, or a part of it, could name an entry; False only where it certainly does not."""
        known = self._known.get(word)
        if known is None:
            known = self._known[word] = self._finds(word)
        return known

    def _finds(self, word: str) -> bool:
        if _OPEN.search(word) and _EMPTY.sub("", word):
            return True
        pieces = [piece for piece in _BETWEEN.split(word) if piece]
        # The directory itself has no name.
        return any(not piece.strip("./") for piece in pieces) or any(
            name in self._there or name in self._others for piece in pieces for name in _names_in(piece)
        )


@lru_cache(maxsize=1 << 12)
def needs_of(name: str) -> tuple[CommandNeed, ...]:
    """What commands of this name may need without naming it: scripts of thousands of commands are asked about."""
    return tuple(need for need in known_commands().need if may_begin(name, need.commands))


def _names_in(piece: str) -> Iterator[str]:
    """The names in a path; that of a module is the one of its file without the end."""
    yield from piece.split("/")
    if piece.startswith("-"):
        yield from piece[_FLAG:].split("/")
    if "." in piece:
        modules = piece.split(".")
        yield from modules
        yield f"{modules[-1]}.py"


def _in_images(plan: Plan) -> Iterator[str]:
    """The names in the paths to which a build copies files, and in the directories that it works in."""
    copies: list[ContextRead | StageCopy] = [*plan.reads, *plan.copies, *stage_mounts(plan)]
    places = [place for copy in copies for place in (copy.destination, copy.workdir)]
    for place in dict.fromkeys((*places, *(step.workdir for step in plan.steps))):
        yield from filter(None, (place or "").split("/"))


@cache
def _usual() -> Collection[str]:
    return frozenset(name for usual in catalogue().usual for name in usual.names)
