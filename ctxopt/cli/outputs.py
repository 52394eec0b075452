"""Files of a context that an instruction reads: no result is written over them."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import click

from ctxopt.errors import CtxoptError

if TYPE_CHECKING:
    from ctxopt.builds.build import Build
    from ctxopt.core.build_context import BuildContext

#: Where the file that the result is written to is kept, and what says that a build reads it.
_OUTPUT: Final = "ctxopt.output"
_READ: Final = "ctxopt.output_read"


def note_output(ctx: click.Context, file: str) -> None:
    """Note the file that the command writes its result to, before it opens a build."""
    ctx.meta[_OUTPUT] = os.path.realpath(file)


def note_build(build: "BuildContext") -> None:
    """Note whether a build reads the file that the result is written to, if that exists."""
    ctx = click.get_current_context(silent=True)
    path = None if ctx is None else ctx.meta.get(_OUTPUT)
    if ctx is None or path is None or _READ in ctx.meta or not os.path.isfile(path):
        return
    try:
        read = next((text for one in _contexts(build) if (text := _read_by(one, path)) is not None), None)
    except CtxoptError:
        # Where nothing is transferred, nothing is read.
        return
    if read is not None:
        ctx.meta[_READ] = read


def note_builds(builds: "Iterable[Build]") -> None:
    """Note whether one of some builds reads that file; they are only opened if it exists."""
    from ctxopt.builds.opened import open_build

    ctx = click.get_current_context()
    path = ctx.meta.get(_OUTPUT)
    for build in builds if path is not None and os.path.isfile(path) else ():
        # Where a build cannot be opened, nothing of it is read.
        with suppress(CtxoptError):
            note_build(open_build(build))


def read_by_a_build(ctx: click.Context) -> str | None:
    """The instruction that reads the file to write, of a build that was opened; None if none does."""
    return ctx.meta.get(_READ)


def _contexts(build: "BuildContext") -> "Iterator[BuildContext]":
    yield build
    yield from (named for named in build.named.values() if named.plan.reads)


def _read_by(build: "BuildContext", path: str) -> str | None:
    """The instruction of a build that reads a file; of one that takes the whole context, only what git tracks."""
    from ctxopt.core.usage.readers import BUILDER

    start = os.path.join(build.root, "")
    if not path.startswith(start):
        return None
    found = build.transferred.find(path[len(start) :].replace(os.sep, "/"))
    if found is None:
        return None
    readers = [build.plan.reads[number] for number in build.usage.readers(*found) if number != BUILDER]
    reads = [read for read in readers if not read.broad] or (readers if readers and _is_tracked(path) else [])
    return f"{reads[0].kind} in {build.plan.file}:{reads[0].line}" if reads else None


def _is_tracked(path: str) -> bool:
    """Whether git tracks a file. Another one that only takes a place in the context may be an earlier result."""
    from ctxopt.git.command import NoGit, ask_git

    try:
        return bool(ask_git(os.path.dirname(path), "ls-files", "-z", "--", os.path.basename(path)))
    except NoGit:
        return False
