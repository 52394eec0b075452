"""The files of a whole tree, summed by their flags and by the set of their readers."""

from array import array
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, compress

from ctxopt.core.context.tree import Totals, Tree
from ctxopt.core.ids import SetId
from ctxopt.core.usage.masks import IS_FILE, both, only
from ctxopt.core.usage.readers import ReaderRows

#: Flags (View bits and KEPT), and the number of the set of readers.
Ledger = dict[tuple[int, SetId], Totals]

#: At most so many sets of readers are summed one after the other, each in one pass for all entries.
_FEW = 16


def ledger(tree: Tree, rows: ReaderRows) -> Ledger:
    """The sums; a combination that no file has is not among them."""
    # Row after row joined to one, so that each step is one call for all entries.
    directories = tree.directories()
    flags = tree.all_flags()
    sizes = array("q", b"".join([directory.sizes for directory in directories]))
    is_file = b"".join([directory.kinds for directory in directories]).translate(IS_FILE)
    used = [rows.of(directory) for directory in directories]
    if len(rows.sets) > _FEW:
        return _one_by_one(flags, used, sizes, is_file)
    return _set_by_set(flags, b"".join(used), sizes, is_file)


def _one_by_one(
    flags: bytes, used: "Sequence[bytes | bytearray | array[int]]", sizes: "array[int]", is_file: bytes
) -> Ledger:
    sums: defaultdict[tuple[int, SetId], list[int]] = defaultdict(lambda: [0, 0])
    for flag, number, size, count in zip(flags, chain.from_iterable(used), sizes, is_file, strict=True):
        entry = sums[flag, SetId(number)]
        entry[0] += count
        entry[1] += size
    return {key: Totals(*entry) for key, entry in sums.items() if entry[0]}


def _set_by_set(flags: bytes, used: bytes, sizes: "array[int]", is_file: bytes) -> Ledger:
    sums: Ledger = {}
    for flag in set(flags):
        with_flags = flags.translate(only(flag))
        for number in set(compress(used, with_flags)):
            mask = both(with_flags, used.translate(only(number)))
            # Directories have a size of 0, so only the count must leave them aside.
            files = both(mask, is_file).count(1)
            if files:
                sums[flag, SetId(number)] = Totals(files, sum(compress(sizes, mask)))
    return sums
