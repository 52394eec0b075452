"""The inputs of instructions, worked out for each state by itself: the reference for the fast way."""

from ctxopt import BuildContext, CtxoptError
from ctxopt.core.context.tree import Tree, View
from ctxopt.core.golang.match import matches
from ctxopt.core.golang.paths import join

#: By paths relative to the context: what makes two files the same for a build; None for directories.
State = dict[str, object]


def inputs(build: BuildContext, state: State, submodules: dict[str, object]) -> list[tuple[bool, State]]:
    """For each read of a build over a walked state whether it fails, and all entries that it reads if not.

    `submodules` count for reads of what is in them.
    """
    found: list[tuple[bool, State]] = []
    for number, read in enumerate(build.plan.reads):
        taken: State = {}
        try:
            fails = build.usage.results[number].error is not None
            if not fails:
                view = View.BUILDKIT if read.unresolved else View.TRANSFER
                taken = {path: state.get(path) for path in _taken(build, build.transferred, view, number)}
        except CtxoptError:
            fails = True
        for path, blob in submodules.items():
            if any(_is_in(source.replace("/./", "/") if read.parents else source, path) for source in read.sources):
                taken[path] = blob
        found.append((fails, taken))
    return found


def _taken(build: BuildContext, tree: Tree, view: int, number: int) -> list[str]:
    return [
        directory.child_path(name)
        for directory in tree.directories()
        for place, name in enumerate(directory.names)
        if directory.flags[place] & view and number in build.usage.readers(directory, place)
    ]


def _is_in(source: str, submodule: str) -> bool:
    parts, names = [part for part in join("/", source).split("/") if part], submodule.split("/")
    return len(parts) > len(names) and all(matches(part, name) for part, name in zip(parts, names, strict=False))


def differences(one: list[tuple[bool, State]], other: list[tuple[bool, State]]) -> dict[int, tuple[str, ...]]:
    """The reads that differ, with the paths that do; none where one of them fails."""
    found: dict[int, tuple[str, ...]] = {}
    for number, ((fails, here), (failed, there)) in enumerate(zip(one, other, strict=True)):
        paths = {path for path in {**here, **there} if here.get(path, "none") != there.get(path, "none")}
        if fails != failed:
            found[number] = ()
        elif paths:
            found[number] = tuple(sorted(path if here.get(path) or there.get(path) else f"{path}/" for path in paths))
    return found
