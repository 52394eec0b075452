"""Sums over the files of a tree, for each directory with all below it."""

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate, compress, pairwise

from ctxopt.core.context.tree import Directory, Totals, Tree


class DirectorySums:
    """The files that a mask over all entries selects, added up over the directories in the order of the walk.

    `beside` are further totals, by the path of the directory that they are in.
    """

    def __init__(self, tree: Tree, mask: bytes, beside: Mapping[str, Sequence[Totals]] | None = None) -> None:
        self._tree = tree
        counts = [mask.count(1, start, end) for start, end in pairwise(tree.starts)]
        #: What is selected before each directory, and at last of all; and the bytes of so many of the selected files.
        self._files = array("q", accumulate(counts, initial=0))
        self._sizes = array("q", accumulate(compress(tree.all_sizes, mask), initial=0))
        #: The totals beside, by the numbers of their directories, and the sum of those before each.
        self._beside: list[int] = []
        self._more = [Totals()]
        for number, directory in enumerate(tree.directories()) if beside else ():
            for totals in (beside or {}).get(directory.path, ()):
                self._beside.append(number)
                self._more.append(self._more[-1] + totals)

    def below(self, directory: Directory) -> Totals:
        """The selected files below a directory."""
        return self.among(self._tree.numbers(directory))

    def among(self, numbers: range) -> Totals:
        """The selected files of the directories with these numbers, in the order of the walk."""
        start, stop = self._files[numbers.start], self._files[numbers.stop]
        before, after = (self._more[bisect_left(self._beside, number)] for number in (numbers.start, numbers.stop))
        return Totals(
            stop - start + after.files - before.files,
            self._sizes[stop] - self._sizes[start] + after.size - before.size,
        )
