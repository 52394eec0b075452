"""The proof of a proposal: what the builds read with the new text, compared with what they read before."""

from collections.abc import Iterator

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind, View
from ctxopt.core.golang import match as gomatch
from ctxopt.core.usage.readers import is_used
from ctxopt.errors import CtxoptError
from ctxopt.proposal.keep import KeepMap, Mark


def must_exist(before: BuildContext, after: BuildContext) -> Iterator[str]:
    """The targets of the links that are read by instructions which fail only with the new text.

    BuildKit may require the target of a link even where it copies the link alone.
    """
    failing = {
        number
        for number, (was, now) in enumerate(zip(before.usage.results, after.usage.results, strict=True))
        if was.error is None and (now.error is not None or set(now.dangling).difference(was.dangling))
    }
    if not failing:
        return
    for directory, index in before.usage.entries(View.BUILDKIT, lambda readers: not failing.isdisjoint(readers)):
        if directory.kinds[index] == EntryKind.SYMLINK:
            target = before.snapshot.lookup(directory.child_path(directory.names[index]), follow_last=True)
            if target is not None and target.path:
                yield target.path


def objections(before: BuildContext, after: BuildContext, keep: KeepMap) -> Iterator[str]:
    """What speaks against the new text, for people: instructions that fail, and files that are no longer read.

    Only files that `keep` has to keep count. Nothing is yielded for a text that is safe.
    """
    for was, now in zip(before.usage.results, after.usage.results, strict=True):
        if was.error is None and now.error is not None:
            yield str(now.error)
    yield from harms(before, after)
    yield from _no_longer_read(before, after, keep)


def harms(before: BuildContext, after: BuildContext) -> Iterator[str]:
    """What the new text would break besides instructions that fail with BuildKit, for people."""
    for was, now in zip(before.usage.results, after.usage.results, strict=True):
        for link in sorted(set(now.dangling).difference(was.dangling)):
            yield f"Docker before version 29 would fail on the link {link}, whose target would not be sent"
    for path in sorted(set(after.emptied_files).difference(before.emptied_files)):
        found = before.locate(path)
        if found is not None and is_used(before.usage.readers(*found)):
            yield f"{path} would arrive empty"
    yield from _legacy_objections(before, after)


def _no_longer_read(before: BuildContext, after: BuildContext, keep: KeepMap) -> Iterator[str]:
    """The files that have to stay and are read by fewer instructions, for people."""
    sets, after_sets = before.usage.reader_sets, after.usage.reader_sets
    loses: dict[tuple[int, int], bool] = {}
    for directory in before.transferred.directories():
        used = before.usage.rows.get(directory.path)
        if used is None:
            continue
        marks = keep.row(directory)
        after_used = after.usage.rows.get(directory.path)
        for index, number in enumerate(used):
            if marks[index] & Mark.KEEP:
                pair = (number, after_used[index] if after_used is not None else 0)
                if pair not in loses:
                    lost = sets[number].all() - after_sets[pair[1]].all()
                    loses[pair] = any(reader >= 0 for reader in lost)
                if loses[pair]:
                    yield f"{directory.child_path(directory.names[index])} would no longer be read"


def _legacy_objections(before: BuildContext, after: BuildContext) -> Iterator[str]:
    """The instructions that fail with the legacy builder alone: it wants at least one file for a source with wildcards.

    What else it needs is kept where it is sent today, as for BuildKit.
    """
    if not any(gomatch.has_wildcards(source) for read in before.plan.reads for source in read.sources):
        return
    try:
        pairs = zip(before.legacy_results, after.legacy_results, strict=True)
    except CtxoptError:
        # That builder refuses the context, today or with the new text; the views say so.
        return
    for was, now in pairs:
        if now is not None and was is None:
            yield f"{now}, with the legacy builder"
