"""Sums over the files of a tree, for each directory with all below it."""

from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from operator import mul

from ctxopt.core.context.tree import Directory, Totals, Tree


class DirectorySums:
    """The files that a mask over all entries selects, added up over the directories in the order of the walk.

    `beside` are further totals, by the path of the directory that they are in.
    """

    def __init__(self, tree: Tree, mask: bytes, beside: Mapping[str, Sequence[Totals]] | None = None) -> None:
        self._tree = tree
        starts = tree.starts
        if 1 in mask:
            before = array("q", accumulate(map(mul, tree.all_sizes, mask), initial=0))
            counts = [mask.count(1, start, end) for start, end in pairwise(starts)]
            sizes = [before[end] - before[start] for start, end in pairwise(starts)]
        else:
            counts, sizes = [0] * (len(starts) - 1), [0] * (len(starts) - 1)
        if beside:
            for number, directory in enumerate(tree.directories()):
                for totals in beside.get(directory.path, ()):
                    counts[number] += totals.files
                    sizes[number] += totals.size
        #: What is selected before each directory, and at last of all.
        self._files = array("q", accumulate(counts, initial=0))
        self._sizes = array("q", accumulate(sizes, initial=0))

    def below(self, directory: Directory) -> Totals:
        """The selected files below a directory."""
        return self.among(self._tree.numbers(directory))

    def among(self, numbers: range) -> Totals:
        """The selected files of the directories with these numbers, in the order of the walk."""
        return Totals(
            self._files[numbers.stop] - self._files[numbers.start],
            self._sizes[numbers.stop] - self._sizes[numbers.start],
        )
