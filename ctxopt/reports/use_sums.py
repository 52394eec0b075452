"""What becomes of the files of a context, and how much that is below each directory."""

from array import array
from itertools import compress, count
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.sums import DirectorySums
from ctxopt.core.context.tree import Directory, EntryKind, Totals, Tree, View
from ctxopt.core.usage.masks import either, only
from ctxopt.reports.uses import Use, Uses

#: The uses by their codes, the values of bytes; what has no reader is unused.
_USES: Final = (Use.UNUSED, Use.UNKNOWN, Use.BUILDER, Use.BUILD, Use.IMAGE, Use.IGNORED)
_CODES: Final = {use: code for code, use in enumerate(_USES)}
#: Bits that are set beside the code for what the ignore file excludes, and for directories, which have no use.
_EXCLUDED: Final = 0x10
_DIRECTORY: Final = 0x20
_FLAG_BITS: Final = {
    view: bytes(0 if flags & view else _EXCLUDED for flags in range(256)) for view in (View.BUILDKIT, View.CLASSIC)
}
_KIND_BITS: Final = bytes(_DIRECTORY if kind == EntryKind.DIRECTORY else 0 for kind in range(256))
_FINAL: Final = bytes(
    _DIRECTORY if code & _DIRECTORY else _CODES[Use.IGNORED] if code & _EXCLUDED else code for code in range(256)
)


#: The files of a directory, with everything below it, by their use.
Sums = dict[Use, Totals]


class UseSums:
    """What becomes of each file of a context, and the sums for directories with all below them.

    What is not in `view` is excluded: that of BuildKit, or that of the legacy builder.
    """

    def __init__(self, context: BuildContext, uses: Uses, view: int = View.BUILDKIT) -> None:
        tree = context.transferred
        self._tree = tree
        self._codes = _codes(context, tree, uses, view)
        #: The directories that the walk only measured, by the directory that they are in.
        self.measured: dict[str, dict[str, Totals]] = {}
        for path, totals in tree.pruned.items():
            self.measured.setdefault(path.rpartition("/")[0], {})[path] = totals
        there = {_USES[code] for code in set(self._codes) if code != _DIRECTORY}
        if self.measured:
            there.add(Use.IGNORED)
        self._sums = {use: self._summed(use) for use in sorted(there, key=_USES.index)}

    def of(self, directory: Directory, index: int) -> Use:
        """What becomes of one file."""
        return _USES[self._codes[self._tree.start(directory.path) + index]]

    def mask(self, use: Use) -> bytes:
        """For each entry, in the order of the walk, 1 if it is a file of this use, else 0."""
        return self._codes.translate(only(_CODES[use]))

    def below(self, directory: Directory) -> Sums:
        """The files below a directory by their use, without uses that none has."""
        numbers = self._tree.numbers(directory)
        found = {use: sums.among(numbers) for use, sums in self._sums.items()}
        return {use: totals for use, totals in found.items() if totals.files}

    def _summed(self, use: Use) -> DirectorySums:
        measured = {path: tuple(inside.values()) for path, inside in self.measured.items()}
        return DirectorySums(self._tree, self.mask(use), measured if use is Use.IGNORED else None)


def _codes(context: BuildContext, tree: Tree, uses: Uses, view: int) -> bytes:
    """The code of what becomes of each entry, in the order of the walk."""
    by_set = [_CODES[use] for use in uses.by_readers]
    table = bytes(by_set[:256]).ljust(256, b"\0")
    rows = {
        path: bytes(map(by_set.__getitem__, row)) if isinstance(row, array) else row.translate(table)
        for path, row in context.usage.rows.items()
    }
    bits = either(tree.all_flags().translate(_FLAG_BITS[view]), tree.all_kinds.translate(_KIND_BITS))
    codes = either(tree.joined(rows), bits).translate(_FINAL)
    return codes if uses.image is None else _by_layout(tree, codes, uses.image)


def _by_layout(tree: Tree, codes: bytes, image: frozenset[str]) -> bytes:
    """The codes where other stages decide what gets into the image: by what they copy."""
    taken = codes.translate(only(_CODES[Use.BUILD]))
    changed = bytearray(codes)
    for position, (directory, index) in zip(compress(count(), taken), tree.selected(taken), strict=True):
        if directory.child_path(directory.names[index]) in image:
            changed[position] = _CODES[Use.IMAGE]
    return bytes(changed)


def by_size(sums: Sums) -> tuple[tuple[Use, Totals], ...]:
    """The uses with their files, most bytes first."""
    return tuple(sorted(sums.items(), key=lambda item: (-item[1].size, -item[1].files, item[0].value)))
