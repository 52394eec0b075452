"""Which builds a change affects: the digests of the same builds in two states, and what makes them differ."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ctxopt.builds.build import Build
from ctxopt.core.context.tree import EntryKind
from ctxopt.digest.base_digests import BaseDigests
from ctxopt.digest.digest import KeyedBuild, StateBuilds, info_of, unseen_by
from ctxopt.digest.model import (
    Change,
    ChangedFile,
    ComparedBuild,
    Comparison,
    Difference,
    Status,
)
from ctxopt.digest.reads import listing_of_read
from ctxopt.digest.steps import Chain, KeyedStep, labels_of, reads_of, shown
from ctxopt.errors import CtxoptError
from ctxopt.git.states import DIRECTORY, EXECUTABLE, FILE, LINK, SUBMODULE

#: A build with its name for people.
Named = tuple[str, Build]
#: What entries are, by the first byte of their contents.
_TYPES: Final = {
    FILE: EntryKind.FILE,
    EXECUTABLE: EntryKind.FILE,
    LINK: EntryKind.SYMLINK,
    DIRECTORY: EntryKind.DIRECTORY,
    SUBMODULE: EntryKind.DIRECTORY,
}


def compare(
    before: StateBuilds,
    after: StateBuilds,
    old: Sequence[Named],
    new: Sequence[Named],
    bases: BaseDigests,
    *,
    unknown: Iterable[str] = (),
    notes: Iterable[str] = (),
) -> Comparison:
    """Compare all builds of two states; `bases` are those of the newer one.

    `unknown` are builds and files with builds that cannot be resolved, each with the reason. A build that cannot be
    read in either state counts as affected.
    """
    builds = []
    for earlier, build in _paired(old, new):
        if build is not None:
            builds.append(_compared(before, after, earlier, build, bases))
        elif earlier is not None:
            builds.append(ComparedBuild(info_of(*earlier, before.state.top), Status.GONE, None, None))
    return Comparison(
        before.state.label,
        after.state.label,
        tuple(builds),
        tuple(dict.fromkeys(unknown)),
        tuple(dict.fromkeys((*notes, *before.state.notes, *after.state.notes))),
    )


def _paired(old: Sequence[Named], new: Sequence[Named]) -> Iterator[tuple[Named | None, Named | None]]:
    """Each build with what it was before: the one that is run alike, or else the next of the same name."""
    waiting: dict[str, list[Named]] = {}
    for named in old:
        waiting.setdefault(named[0], []).append(named)
    pairs: dict[int, Named] = {}
    # Those that are the same first: a build that was added must not take the place of one that stayed.
    for exactly in (True, False):
        for at, named in enumerate(new):
            same = [one for one in waiting.get(named[0], ()) if not exactly or one == named]
            if at not in pairs and same:
                pairs[at] = same[0]
                waiting[named[0]].remove(same[0])
    for at, named in enumerate(new):
        yield pairs.get(at), named
    for left in waiting.values():
        for named in left:
            yield named, None


def _compared(
    before: StateBuilds, after: StateBuilds, earlier: Named | None, build: Named, bases: BaseDigests
) -> ComparedBuild:
    info = info_of(*build, after.state.top)
    now = after.keyed(*build)
    unseen = tuple(unseen_by(now, after.state, bases))
    if now.chain is None:
        return ComparedBuild(info, Status.UNREADABLE, None, None, unseen=unseen, error=now.error)
    digest = now.chain.digest.hex()
    if earlier is None:
        return ComparedBuild(info, Status.NEW, None, digest, unseen=unseen)
    then = before.keyed(*earlier)
    if then.is_missing:
        return ComparedBuild(info, Status.NEW, None, digest, unseen=unseen)
    if then.chain is None:
        error = f"at {before.state.label}: {then.error}"
        return ComparedBuild(info, Status.UNREADABLE, None, digest, unseen=unseen, error=error)
    old = then.chain.digest.hex()
    if old == digest:
        return ComparedBuild(info, Status.UNAFFECTED, old, digest, unseen=unseen)
    change = _change(before, after, then, now)
    return ComparedBuild(info, Status.AFFECTED, old, digest, change, unseen)


def _change(before: StateBuilds, after: StateBuilds, then: KeyedBuild, now: KeyedBuild) -> Change:
    """What changes first, as BuildKit finds it: the first step whose key was not there before."""
    assert then.chain is not None
    assert now.chain is not None
    assert now.context is not None
    known = {step.key for step in then.chain.steps if step.is_run}
    first = next((step for step in now.chain.steps if step.is_run and step.key not in known), None)
    labels = labels_of(now.context.plan)
    if first is None:
        return _of_settings(then, now)
    said = {step.own for step in then.chain.steps}
    if first.own not in said:
        cause = _cause(then.chain, now.chain, first)
        return Change(shown(first.step, labels), cause or "the instruction changed")
    same = [step for step in then.chain.steps if step.own == first.own]
    if all(step.inputs != first.inputs for step in same):
        files = tuple(_changed_files(before, after, then, now, _closest(same, first), first))
        # What is read could only be the same files in another place.
        return Change(shown(first.step, labels), "" if files else "the files that it reads moved", files)
    return Change(shown(first.step, labels), _cause(then.chain, now.chain, first) or "what it is built on changed")


def _closest(same: Sequence[KeyedStep], first: KeyedStep) -> KeyedStep:
    """Of instructions that say the same, the one that is nearest to where the other is."""
    return min(same, key=lambda step: (step.step.stage != first.step.stage, abs(step.step.line - first.step.line)))


def _cause(then: Chain, now: Chain, first: KeyedStep) -> str:
    """The instruction before a step, of its stage or of one that this is built on, that is new or is gone."""
    said = {step.own for step in then.steps}
    for step in now.steps[: now.steps.index(first)]:
        if not step.is_run and step.own not in said:
            return f"{step.step.kind} in line {step.step.line} changed"
    left, keys = {step.own for step in now.steps}, {step.key for step in now.steps}
    for step in then.steps:
        if step.own not in left and step.step.kind != first.step.kind:
            return f"{step.step.kind} in line {step.step.line} is gone"
        if step.is_run and step.key not in keys:
            # What came behind it has changed nothing before it.
            break
    return ""


def _of_settings(then: KeyedBuild, now: KeyedBuild) -> Change:
    """What changes where every step comes from the cache."""
    assert then.chain is not None
    assert now.chain is not None
    assert now.context is not None
    for name, (value, step) in now.chain.config.items():
        known = then.chain.config.get(name)
        if step is not None and (known is None or known[0] != value):
            return Change(shown(step, labels_of(now.context.plan)), "only the configuration of the image changes")
    for name, (_, step) in then.chain.config.items():
        if step is not None and name not in now.chain.config:
            return Change(None, f"{step.kind} in line {step.line} is gone: the configuration of the image changes")
    if then.chain.settings != now.chain.settings:
        return Change(None, "the front end, the platform or an argument of the builder changed")
    known_keys = {step.key for step in then.chain.steps}
    base = next((step for step in now.chain.steps if step.step.kind == "FROM" and step.key not in known_keys), None)
    if base is not None:
        return Change(shown(base.step, labels_of(now.context.plan)), "the base image changed")
    return Change(None, "steps at its end are gone")


# -- files --------------------------------------------------------------------------------------


def _changed_files(
    before: StateBuilds, after: StateBuilds, then: KeyedBuild, now: KeyedBuild, old: KeyedStep, new: KeyedStep
) -> list[ChangedFile]:
    """The files that a step reads and that are not the same, the largest first."""
    earlier = _listing(before, then, old)
    later = _listing(after, now, new)
    if not earlier.keys() & later.keys() and earlier and later:
        # It reads another directory now.
        return []
    different = {
        path: _difference(earlier.get(path), later.get(path))
        for path in earlier.keys() | later.keys()
        if earlier.get(path) != later.get(path)
    }
    # A directory is there for what is in it.
    different = {path: what for path, what in different.items() if what is not None}
    sizes = before.state.sizes(path for path, what in different.items() if what is Difference.REMOVED)
    sizes |= after.state.sizes(path for path, what in different.items() if what is not Difference.REMOVED)
    files = [ChangedFile(path, what, sizes.get(path)) for path, what in different.items() if what is not None]
    return sorted(files, key=lambda file: (-(file.size or 0), file.path))


def _listing(builds: StateBuilds, keyed: KeyedBuild, step: KeyedStep) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        assert keyed.context is not None
        for context, read in reads_of(keyed.context, step.number):
            found |= listing_of_read(context, read, builds.reader)
    except CtxoptError:
        # It was read before: only a file that changes in this moment leads here.
        return {}
    return found


def _difference(old: bytes | None, new: bytes | None) -> Difference | None:
    kinds = [None if content is None else _TYPES.get(content[:1]) for content in (old, new)]
    if old is None or new is None:
        is_directory = EntryKind.DIRECTORY in kinds and (old or new or b"")[:1] == DIRECTORY
        if is_directory:
            return None
        return Difference.ADDED if old is None else Difference.REMOVED
    if kinds[0] != kinds[1]:
        return Difference.TYPE
    return Difference.MODE if old[1:] == new[1:] else Difference.MODIFIED
