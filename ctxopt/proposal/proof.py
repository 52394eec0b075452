"""The proof of a proposal: the builds done again with the new text, and compared with what they read before."""

from collections.abc import Iterator

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind, View
from ctxopt.proposal.wanted import Mark, Wanted


def must_exist(before: BuildContext, after: BuildContext) -> Iterator[str]:
    """What the links lead to that are read by instructions which fail now and did not before.

    BuildKit may want to see that a link leads somewhere even where it copies the link alone.
    """
    failing = {
        number
        for number, (was, now) in enumerate(zip(before.usage.results, after.usage.results, strict=True))
        if was.error is None and now.error is not None
    }
    for directory, place in before.usage.entries(View.BUILDKIT, lambda readers: not failing.isdisjoint(readers)):
        if directory.kinds[place] == EntryKind.SYMLINK:
            target = before.snapshot.lookup(directory.child_path(directory.names[place]), follow_last=True)
            if target is not None and target.path:
                yield target.path


def objections(before: BuildContext, after: BuildContext, wanted: Wanted) -> Iterator[str]:
    """What speaks against the new text: instructions that fail now, and files that are not read any more.

    Files that `wanted` does not hold on to may go. Nothing is yielded for a text that is safe.
    """
    for was, now in zip(before.usage.results, after.usage.results, strict=True):
        if was.error is None and now.error is not None:
            yield str(now.error)
    sets, after_sets = before.usage.reader_sets, after.usage.reader_sets
    loses: dict[tuple[int, int], bool] = {}
    for directory in before.transferred.directories():
        used = before.usage.rows.get(directory.path)
        if used is None:
            continue
        marks = wanted.rows[directory.path]
        after_used = after.usage.rows.get(directory.path)
        for place, number in enumerate(used):
            if marks[place] & Mark.STAYS:
                pair = (number, after_used[place] if after_used is not None else 0)
                if pair not in loses:
                    lost = set(sets[number]).difference(after_sets[pair[1]])
                    loses[pair] = any(reader >= 0 for reader in lost)
                if loses[pair]:
                    yield f"{directory.child_path(directory.names[place])} would not be read any more"
