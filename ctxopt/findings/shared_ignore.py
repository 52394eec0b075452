"""Other Dockerfiles of a context that read the same ignore file, and so lose what it excludes."""

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.core.dockerfile.parser import Instruction, parse
from ctxopt.core.golang import paths
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import DockerfileError
from ctxopt.findings.enclosed import DOCKERFILE

#: Maximum number of Dockerfiles, and maximum size of one, in bytes.
_MOST: Final = 50
_LARGEST: Final = 256 << 10
#: The source of a mount.
_SOURCE: Final = lazy_re(r"\b(?:source|src)=([^,\s]+)")


def others_with_the_file(build: BuildContext) -> Iterator[tuple[str, bytes]]:
    """The other Dockerfiles that may be built from this context with the same ignore file, by path, and their texts."""
    ignore = build.ignore_file(View.BUILDKIT)
    if ignore is not None and paths.base(ignore.name) != ".dockerignore":
        return
    names = {name for name in build.tree.names if DOCKERFILE.fullmatch(name)}
    for directory, index in islice(build.tree.named(names), _MOST):
        path = directory.child_path(directory.names[index])
        # One with an ignore file of its own reads no other one.
        if path != build.plan.file and directory.find(f"{directory.names[index]}.dockerignore") < 0:
            yield path, build.read(path, _LARGEST) or b""


def needed_elsewhere(build: BuildContext, wanted: Collection[str], commands: Collection[str] = ()) -> str:
    """The first other Dockerfile that names one of some paths in an instruction, or that has one of some commands.

    "" for none. What it copies as a whole directory it may not need.
    """
    for path, data in others_with_the_file(build):
        try:
            instructions = parse(data, path).instructions
        except DockerfileError:
            continue
        for one in instructions:
            if one.keyword == "RUN" and any(command in one.rest for command in commands):
                return path
            named = {paths.join("/", source)[1:] for source in _sources(one)}
            if any(name == other or name.startswith(f"{other}/") for name in named for other in wanted):
                return path
    return ""


def _sources(instruction: Instruction) -> Iterator[str]:
    """The paths that an instruction names, as they are written, where they are those of the context."""
    if any(flag.startswith("--from") for flag in instruction.flags):
        return
    if instruction.keyword in ("COPY", "ADD"):
        yield from instruction.args[:-1]
    elif instruction.keyword == "RUN":
        mounts = (flag for flag in instruction.flags if flag.startswith("--mount") and "from=" not in flag)
        yield from (found[1] for flag in mounts for found in _SOURCE.finditer(flag))
