"""One builder's view of a context, as it is or as it would be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Kind, Totals, Tree, View
from ctxopt.treemap.deciding import Deciders, deciders
from ctxopt.treemap.model import Look, Status

_BUILDERS = {View.BUILDKIT: "BuildKit", View.CLASSIC: "classic"}


@dataclass(frozen=True)
class Seen:
    """One builder's view of the context at one time."""

    context: BuildContext
    view: int
    after: bool

    @cached_property
    def tree(self) -> Tree:
        return self.context.transferred

    @cached_property
    def flags(self) -> dict[str, bytearray]:
        return {directory.path: directory.flags for directory in self.tree.directories()}

    @property
    def sends(self) -> int:
        """The bit of what this builder is sent."""
        return View.TRANSFER if self.view == View.BUILDKIT else View.CLASSIC

    def status(self, flags: int, read: int | None) -> int:
        """The status of a file with these flags; `read` is what reading makes of it, if it is read."""
        if read == Status.BUILDER:
            return Status.BUILDER
        if not flags & self.view:
            return Status.IGNORED
        if read is not None:
            return read
        return Status.UNUSED if flags & self.sends else Status.IDLE

    def look(self, places: Iterable[int]) -> Look:
        """This view with the patterns at these places of its ignore file."""
        file = self.context.ignore_file(self.view)
        name = "" if file is None else file.name
        patterns = self.context.patterns(self.view).without_added().patterns
        told = [patterns[place] for place in places]
        rows = tuple((("!" if one.exception else "") + one.cleaned, name, one.line) for one in told)
        return Look(_BUILDERS[self.view], self.after, self._sent(), rows)

    def _sent(self) -> Totals:
        files = size = 0
        for directory in self.tree.directories():
            rows = zip(directory.kinds, directory.flags, directory.sizes, strict=True)
            counted = [count for kind, flags, count in rows if flags & self.sends and kind != Kind.DIRECTORY]
            files += len(counted)
            size += sum(counted)
        return Totals(files, size)


def decided(seen: Sequence[Seen]) -> list[dict[str, Deciders]]:
    """For each view, by the paths of directories, which pattern leaves the entries out; all have the same names."""
    known: dict[object, dict[str, Deciders]] = {}
    found = []
    for one in seen:
        patterns = one.context.patterns(one.view)
        # Without exceptions both builders decide alike.
        key = patterns.sources, one.view if patterns.exceptions else 0
        if key not in known:
            known[key] = deciders(one.tree.root, patterns, one.view)
        found.append(known[key])
    return found
