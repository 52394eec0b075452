"""The entries that may be an obstacle, found for all of a context at once: mostly there are few."""

from ctxopt.core.context.tree import EntryKind, Tree
from ctxopt.core.usage.masks import both, either, where
from ctxopt.evidence.manifest_names import possible_manifests
from ctxopt.evidence.mentions import Mentions
from ctxopt.evidence.model import Subject, Taken

_ALL_BUT_DIRECTORIES = bytes(kind != EntryKind.DIRECTORY for kind in range(256))


class Suspects:
    """For each entry of a context, whether a question about it needs a closer look."""

    def __init__(self, subject: Subject, mentions: Mentions) -> None:
        self._subject = subject
        self._mentions = mentions
        self._known: dict[object, bytes] = {}

    def mask(self, *, inside: bool, mentioned: bool, manifests: bool, tracked: bool) -> bytes:
        """1 for each entry that may be an obstacle, in the order of the walk, else 0.

        `inside`: what is inside of directories that instructions name is in scope as well. `mentioned`, `manifests`,
        `tracked`: what is mentioned, what may be a manifest, and what git may track, is an obstacle.
        """
        key = inside, mentioned, manifests, tracked
        if key not in self._known:
            mask = self._out_of_scope(Taken.ONLY_BROAD | (Taken.ONLY_ABOVE if inside else 0))
            mask = either(mask, self._mentioned()) if mentioned else mask
            mask = either(mask, self._manifests()) if manifests else mask
            mask = either(mask, self._tree.all_kinds.translate(_ALL_BUT_DIRECTORIES)) if tracked else mask
            self._known[key] = both(mask, self._tree.all_flags().translate(where(self._subject.view, 1)))
        return self._known[key]

    @property
    def _tree(self) -> Tree:
        return self._subject.tree

    def _out_of_scope(self, taken: int) -> bytes:
        return self._subject.readers.all.translate(bytes(not byte & taken for byte in range(256)))

    def _mentioned(self) -> bytes:
        if "mentioned" not in self._known:
            self._known["mentioned"] = self._tree.mask(frozenset(self._mentions.candidates(self._tree.names)))
        return self._known["mentioned"]

    def _manifests(self) -> bytes:
        if "manifests" not in self._known:
            self._known["manifests"] = self._tree.mask(frozenset(possible_manifests(self._tree.names)))
        return self._known["manifests"]
