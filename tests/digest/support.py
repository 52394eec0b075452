"""Digests of states, and what is read of a checkout, put together plainly."""

import os
from pathlib import Path

from ctxopt import BuildContext
from ctxopt.builds.build import Build
from ctxopt.core.context.tree import EntryKind, View
from ctxopt.digest.affected import compare
from ctxopt.digest.base_digests import BaseDigests
from ctxopt.digest.digest import StateBuilds
from ctxopt.digest.model import ComparedBuild, Comparison
from ctxopt.errors import CtxoptError
from ctxopt.git.states import State, revision_state, work_tree_state

#: What an instruction reads, or that it fails.
Read = frozenset[tuple[str, str, bool, bytes]] | str


def build_of(root: Path, **others: str) -> tuple[str, Build]:
    return "Dockerfile", Build("Dockerfile", str(root), str(root / "Dockerfile"), **others)  # type: ignore[arg-type]


def digest(state: State, root: Path) -> str | None:
    """The digest of the Dockerfile at the root in a state; None where the build fails."""
    name, build = build_of(root)
    keyed = StateBuilds(state, BaseDigests(), [(name, build)]).keyed(name, build)
    return None if keyed.chain is None else keyed.chain.digest.hex()


def compared(root: Path, before: str, after: str | None = None) -> ComparedBuild:
    """What is affected from a revision to another one, or to the working tree."""
    (found,) = comparison(root, before, after).builds
    return found


def comparison(root: Path, before: str, after: str | None = None) -> Comparison:
    build = build_of(root)
    old = revision_state(str(root), before)
    new = work_tree_state(str(root)) if after is None else revision_state(str(root), after)
    bases = BaseDigests()
    return compare(StateBuilds(old, bases, [build]), StateBuilds(new, bases, [build]), [build], [build], bases)


def plainly(root: Path) -> tuple[Read, ...] | None:
    """What each instruction reads of a checkout: all paths with their types, modes and bytes; None where one fails."""
    try:
        context = BuildContext(str(root))
        context.usage.check()
    except CtxoptError:
        return None
    found: list[Read] = []
    for read in context.plan.reads:
        entries = set()
        for directory in context.tree.directories():
            for index, name in enumerate(directory.names):
                path = directory.child_path(name)
                view = View.BUILDKIT if read.unresolved else View.TRANSFER
                if directory.flags[index] & view and read.number in context.usage.readers(directory, index):
                    entries.add(_entry(root, path, directory.kinds[index]))
        found.append(frozenset(entries))
    return tuple(found)


def _entry(root: Path, path: str, kind: int) -> tuple[str, str, bool, bytes]:
    full = root / path
    if kind == EntryKind.SYMLINK:
        return path, "link", False, os.fsencode(os.readlink(full))
    if kind == EntryKind.DIRECTORY:
        return path, "directory", False, b""
    return path, "file", bool(full.stat().st_mode & 0o100), full.read_bytes()
