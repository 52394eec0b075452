"""One builder's view of a context, as it is or as it would be."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import compress

from ctxopt.core.context.tree import Directory, Totals, Tree, View
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.masks import IS_FILE, both, where
from ctxopt.reports.preview import Decisions
from ctxopt.treemap.deciding import Deciders, deciders
from ctxopt.treemap.model import Status, ViewSummary

_BUILDERS = {View.BUILDKIT: "BuildKit", View.CLASSIC: "classic"}


@dataclass(frozen=True)
class BuilderView:
    """One builder's view of the context, as statuses of files."""

    decisions: Decisions
    #: The places of files in their directories that are not in the tree which is shown: ignore files that are proposed.
    new: Mapping[str, frozenset[int]]

    @classmethod
    def over(cls, shown: Tree, decisions: Decisions) -> "BuilderView":
        """The view, whose tree has the files of the one that is shown, and perhaps new ones."""
        names = {directory.path: directory.names for directory in shown.directories()}
        new = {}
        for directory in decisions.tree.directories():
            if len(directory.names) != len(names[directory.path]):
                known = set(names[directory.path])
                new[directory.path] = frozenset(i for i, name in enumerate(directory.names) if name not in known)
        return cls(decisions, new)

    def flags(self, shown: Directory) -> bytes | bytearray:
        """The View bits of the entries of a directory that is shown."""
        return self._flags.get(shown.path) or bytes(len(shown.names))

    @cached_property
    def _flags(self) -> dict[str, bytearray]:
        """The same by the paths of directories, without those of which nothing is recorded."""
        found = {directory.path: directory.flags for directory in self.decisions.tree.directories()}
        for path, places in self.new.items():
            found[path] = bytearray(flag for place, flag in enumerate(found[path]) if place not in places)
        return found

    @property
    def sends(self) -> int:
        """The View bit of what this builder is sent."""
        return View.TRANSFER if self.decisions.view == View.BUILDKIT else View.CLASSIC

    def status(self, flags: int, read: int | None) -> int:
        """The Status of a file with these View bits; `read` is its Status if the file is read, or None."""
        if read == Status.BUILDER:
            return Status.BUILDER
        if not flags & self.decisions.view:
            return Status.IGNORED
        if read is not None:
            return read
        return Status.UNUSED if flags & self.sends else Status.IDLE

    def summary(self, indices: Iterable[int]) -> ViewSummary:
        """A summary with the patterns at these indices of the ignore file."""
        file = self.decisions.ignore_file
        name = "" if file is None else file.name
        patterns = self.decisions.patterns.without_added().patterns
        listed = [patterns[index] for index in indices]
        rows = tuple((("!" if pattern.exception else "") + pattern.cleaned, name, pattern.line) for pattern in listed)
        made = self.decisions
        return ViewSummary(_BUILDERS[made.view], made.level, self._sent(), rows, made.broken)

    def _sent(self) -> Totals:
        tree = self.decisions.tree
        mask = both(tree.all_flags().translate(where(self.sends, 1)), tree.all_kinds.translate(IS_FILE))
        return Totals(mask.count(1), sum(compress(tree.all_sizes, mask)))


def decided(shown: Tree, views: Sequence[BuilderView]) -> list[dict[str, Deciders]]:
    """For each view, by the paths of directories, which pattern excludes the entries that are shown."""
    known: dict[object, dict[str, Deciders]] = {}
    by_view = []
    for view in views:
        made = view.decisions
        # Without exceptions both builders decide the same.
        key = made.patterns.sources, made.view if made.patterns.exceptions else 0
        if key not in known:
            known[key] = deciders(shown.root, made.patterns, made.view)
        by_view.append(known[key])
    return by_view
