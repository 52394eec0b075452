"""One builder's view of a context, as it is or as it would be."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from ctxopt.core.context.tree import EntryKind, Totals, View
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.reports.preview import Decisions
from ctxopt.treemap.deciding import Deciders, deciders
from ctxopt.treemap.model import Status, ViewSummary

_BUILDERS = {View.BUILDKIT: "BuildKit", View.CLASSIC: "classic"}


@dataclass(frozen=True)
class BuilderView:
    """One builder's view of the context, as statuses of files."""

    decisions: Decisions

    @cached_property
    def flags(self) -> dict[str, bytearray]:
        """The View bits of the entries of each directory, by its path."""
        return {directory.path: directory.flags for directory in self.decisions.tree.directories()}

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
        return ViewSummary(_BUILDERS[self.decisions.view], self.decisions.after, self._sent(), rows)

    def _sent(self) -> Totals:
        files = size = 0
        for directory in self.decisions.tree.directories():
            rows = zip(directory.kinds, directory.flags, directory.sizes, strict=True)
            sizes = [count for kind, flags, count in rows if flags & self.sends and kind != EntryKind.DIRECTORY]
            files += len(sizes)
            size += sum(sizes)
        return Totals(files, size)


def decided(views: Sequence[Decisions]) -> list[dict[str, Deciders]]:
    """For each view, by the paths of directories, which pattern excludes the entries; all views have the same names."""
    known: dict[object, dict[str, Deciders]] = {}
    by_view = []
    for view in views:
        # Without exceptions both builders decide the same.
        key = view.patterns.sources, view.view if view.patterns.exceptions else 0
        if key not in known:
            known[key] = deciders(view.tree.root, view.patterns, view.view)
        by_view.append(known[key])
    return by_view
