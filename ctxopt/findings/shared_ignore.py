"""Other Dockerfiles of a context that read the same ignore file, and so lose what it excludes."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Final

from ctxopt.core.context.tree import View
from ctxopt.core.dockerfile.parser import Instruction, parse
from ctxopt.core.golang import paths
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import DockerfileError
from ctxopt.findings.context import RuleContext
from ctxopt.findings.enclosed import DOCKERFILE

#: Maximum number of Dockerfiles, and maximum size of one, in bytes.
_MOST: Final = 50
_LARGEST: Final = 256 << 10
#: A source that is no plain path.
_OPEN: Final = lazy_re(r"[*?\[$<]|://")
#: The source of a mount.
_SOURCE: Final = lazy_re(r"\b(?:source|src)=([^,\s]+)")


@dataclass(frozen=True, slots=True)
class OtherDockerfile:
    """Another Dockerfile: its path and its text, the texts of its RUN, and the paths that it names, sorted."""

    path: str
    text: str
    commands: str
    named: tuple[str, ...]

    def names(self, wanted: str) -> bool:
        """Whether an instruction names a path, or one below it."""
        return self._has(wanted, exactly=True) or self._has(f"{wanted}/", exactly=False)

    def _has(self, start: str, *, exactly: bool) -> bool:
        at = bisect_left(self.named, start)
        found = self.named[at] if at < len(self.named) else ""
        return found == start if exactly else found.startswith(start)


def other_dockerfiles(context: RuleContext) -> tuple[OtherDockerfile, ...]:
    """Those that may be built from the same context with the same ignore file."""
    return context.once(_found)


def _found(context: RuleContext) -> tuple[OtherDockerfile, ...]:
    build = context.build
    ignore = build.ignore_file(View.BUILDKIT)
    if ignore is not None and paths.base(ignore.name) != ".dockerignore":
        return ()
    found = []
    names = {name for name in build.tree.names if DOCKERFILE.fullmatch(name)}
    for directory, index in islice(build.tree.named(names), _MOST):
        path = directory.child_path(directory.names[index])
        # One with an ignore file of its own reads no other one.
        if path == build.plan.file or directory.find(f"{directory.names[index]}.dockerignore") >= 0:
            continue
        data = build.read(path, _LARGEST) or b""
        instructions = _instructions(data, path)
        if _is_for_its_own_directory(context, directory.path, instructions):
            continue
        commands = "\n".join(one.rest for one in instructions if one.keyword == "RUN")
        named = {paths.join("/", source)[1:] for one in instructions for source in _sources(one)}
        found.append(OtherDockerfile(path, data.decode("utf-8", "replace"), commands, tuple(sorted(named))))
    return tuple(found)


def _is_for_its_own_directory(context: RuleContext, directory: str, instructions: Sequence[Instruction]) -> bool:
    """Whether a Dockerfile names files that are in its own directory, and not in this context: it has another one."""
    plain = [source for one in instructions for source in _sources(one) if not _OPEN.search(source)]
    names = [name for source in plain if (name := paths.join("/", source)[1:])]
    exists = context.build.exists
    return any(not exists(name) and exists(paths.join(directory, name)) for name in names if directory)


def needed_elsewhere(context: RuleContext, wanted: Collection[str], commands: Collection[str] = ()) -> str:
    """The first other Dockerfile that names one of some paths in an instruction, or that has one of some commands.

    "" for none. What it copies as a whole directory it may not need.
    """
    others = other_dockerfiles(context)
    return next(
        (
            other.path
            for other in others
            if any(command in other.commands for command in commands) or any(map(other.names, filter(None, wanted)))
        ),
        "",
    )


def _instructions(data: bytes, path: str) -> tuple[Instruction, ...]:
    """The instructions of a Dockerfile; () for one that is not valid."""
    try:
        return tuple(parse(data, path).instructions)
    except DockerfileError:
        return ()


def _sources(instruction: Instruction) -> Iterator[str]:
    """The paths that an instruction names, as they are written, where they are those of the context."""
    if any(flag.startswith("--from") for flag in instruction.flags):
        return
    if instruction.keyword in ("COPY", "ADD"):
        yield from instruction.args[:-1]
    elif instruction.keyword == "RUN":
        mounts = (flag for flag in instruction.flags if flag.startswith("--mount") and "from=" not in flag)
        yield from (found[1] for flag in mounts for found in _SOURCE.finditer(flag))
