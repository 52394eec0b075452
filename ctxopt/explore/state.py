"""The context as one builder has it with one text in its ignore file: what the rows of the explorer are made of."""

from collections.abc import Mapping
from functools import cached_property
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.sums import DirectorySums
from ctxopt.core.context.tree import Directory, EntryKind, Totals, Tree, View
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.masks import IS_FILE, both, less, where
from ctxopt.errors import CtxoptError
from ctxopt.reports.explain import Explainer, Explanation
from ctxopt.reports.use_sums import Sums, UseSums
from ctxopt.reports.uses import Use

#: The views of the builders, and what each is sent.
_SENT: Final = {View.BUILDKIT: View.TRANSFER, View.CLASSIC: View.CLASSIC}
#: Maximum number of masks whose sums a state remembers, so that a key that is pressed again is answered at once.
_REMEMBERED: Final = 4


@dataclass(frozen=True, eq=False)
class State:
    """The context of a build as a builder, by its View bit, has it.

    The tree records what is excluded as well. `totals` are what each builder is sent, without one that would refuse the
    context.
    """

    context: BuildContext
    view: int
    totals: Mapping[int, Totals]

    @classmethod
    def of(cls, context: BuildContext, view: int) -> "State":
        """The state of a build for a builder. Raises CtxoptError where that would refuse the context."""
        refused = refusal(context, view)
        if refused is not None:
            raise refused
        builders = [one for one in _SENT if refusal(context, one) is None]
        totals = {one: context.sent(_SENT[one]) for one in builders}
        state = cls(context.as_legacy() if view == View.CLASSIC else context, view, totals)
        _ = state.sums, state.sent, state.secrets
        return state

    @property
    def tree(self) -> Tree:
        """The walked context."""
        return self.context.transferred

    @cached_property
    def _explainer(self) -> Explainer:
        return Explainer(self.context, self.view)

    @property
    def sums(self) -> UseSums:
        """What becomes of the files below each directory."""
        return self._explainer.sums

    @cached_property
    def sent_files(self) -> bytes:
        """For each entry, in the order of the walk, 1 if it is a file that the builder is sent, else 0."""
        sent = self.tree.all_flags().translate(where(_SENT[self.view], 1))
        return both(sent, self.tree.all_kinds.translate(IS_FILE))

    @cached_property
    def sent(self) -> DirectorySums:
        """What the builder is sent of each directory."""
        return DirectorySums(self.tree, self.sent_files)

    @cached_property
    def rest(self) -> DirectorySums:
        """The other files of each directory."""
        return DirectorySums(self.tree, less(self.tree.all_kinds.translate(IS_FILE), self.sent_files))

    def summed(self, mask: bytes) -> DirectorySums:
        """The files of each directory that a mask selects; those for the last masks are remembered."""
        known = self._summed
        sums = known.pop(mask, None) or DirectorySums(self.tree, mask)
        known[mask] = sums
        if len(known) > _REMEMBERED:
            del known[next(iter(known))]
        return sums

    @cached_property
    def _summed(self) -> dict[bytes, DirectorySums]:
        return {}

    @cached_property
    def secrets(self) -> Mapping[str, str]:
        """The paths of the files with secrets, each with what is wrong with sending it."""
        return {found.file.path: found.file.secret.warning for found in self._explainer.found_secrets}

    @cached_property
    def above_secrets(self) -> frozenset[str]:
        """The directories in which there are secrets."""
        return frozenset(
            path[: at + 1].rstrip("/") for path in self.secrets for at, char in enumerate(path) if char == "/"
        )

    @property
    def total(self) -> Totals:
        """What the builder is sent in all."""
        return self.totals[self.view]

    def explain(self, path: str) -> Explanation:
        """Why an entry is sent or not, and who reads it."""
        return self._explainer.explain(path)

    def uses(self, directory: Directory) -> Sums:
        """What becomes of the files below a directory."""
        return self.sums.below(directory)

    def use(self, directory: Directory, index: int) -> Use:
        """What becomes of one file."""
        use = self.sums.of(directory, index)
        return Use.SECRET if use is not Use.IGNORED and self.is_secret(directory, index) else use

    def is_secret(self, directory: Directory, index: int) -> bool:
        """Whether an entry is, or contains, a file with a secret."""
        if not self.secrets:
            return False
        path = directory.child_path(directory.names[index])
        return path in self.secrets or path in self.above_secrets


@dataclass(frozen=True, eq=False)
class Selection:
    """The files that the rows are about, as sums: those that are sent, and the others, by directory.

    `mask` has for each entry, in the order of the walk, 1 if it is one of them, else 0; None for all. `ranks` are those
    that are sent as things are, and `ranked` has 1 for each of them: rows do not move while somebody chooses.
    """

    mask: bytes | None
    sent: DirectorySums
    rest: DirectorySums
    ranks: DirectorySums
    ranked: bytes


def select(state: State, present: State, *, only_unused: bool = False, matching: bytes | None = None) -> Selection:
    """The files of a state to show: of one use, and of those that a filter matches; `present` is as things are."""
    mask = state.sums.mask(Use.UNUSED) if only_unused else None
    if matching is not None:
        mask = both(state.tree.all_kinds.translate(IS_FILE) if mask is None else mask, matching)
    if mask is None:
        return Selection(None, state.sent, state.rest, present.sent, present.sent_files)
    sent = both(mask, state.sent_files)
    sums = state.summed(sent)
    ranks = sums if state is present else state.summed(both(mask, present.sent_files))
    return Selection(mask, sums, state.summed(less(mask, sent)), ranks, present.sent_files)


def is_directory(directory: Directory, index: int) -> bool:
    """Whether an entry is a directory."""
    return directory.kinds[index] == EntryKind.DIRECTORY


def refusal(context: BuildContext, view: int) -> CtxoptError | None:
    """Why a builder would refuse the context; None if it would not."""
    try:
        if view == View.CLASSIC and context.located.classic_refusal is not None:
            return context.located.classic_refusal
        context.tree.check(view)
    except CtxoptError as error:
        return error
    return None
