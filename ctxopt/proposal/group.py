"""The builds that read one ignore file."""

import os
from copy import copy
from dataclasses import dataclass, replace

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import SourceFile
from ctxopt.core.context.tree import Tree


@dataclass(frozen=True, slots=True)
class Group:
    """The builds that read one ignore file.

    `name` is the file's name for people, `path` where it lies, `inside` its path in the context if it
    has one. `present` are its bytes, None where there is no file; `base` the bytes to start from.
    """

    name: str
    path: str
    inside: str | None
    present: bytes | None
    base: bytes
    contexts: tuple[BuildContext, ...]
    origins: tuple[str, ...]

    def today(self, tree: Tree) -> tuple[BuildContext, ...]:
        """The builds as they are."""
        return tuple(context.with_unfiltered(tree) for context in self.contexts)

    def with_text(self, data: bytes | None, tree: Tree) -> tuple[BuildContext, ...]:
        """The builds as they are with these bytes in the ignore file."""
        file = SourceFile(self.name, data) if data is not None else None
        return tuple(with_file(context, file, self.name, tree) for context in self.contexts)

    @property
    def classic(self) -> bool:
        """Whether the classic builder reads this file as well."""
        return self.name == ".dockerignore" or any(
            is_podmans(context)
            or (context.located.classic_ignore is not None and context.located.classic_ignore.name == self.name)
            for context in self.contexts
        )


def is_podmans(context: BuildContext) -> bool:
    """Whether a build is podman's, which reads one ignore file whatever builds."""
    return os.path.basename(context.located.dockerfile.name).startswith("Containerfile")


def with_shared(context: BuildContext) -> BuildContext:
    """A build with an ignore file of its own, as it is once there is a shared one that the classic builder reads."""
    if is_podmans(context) or context.located.classic_ignore is not None:
        return context
    made = copy(context)
    made.located = replace(made.located, classic_ignore=SourceFile(".dockerignore", b""))
    return made


def with_file(context: BuildContext, file: SourceFile | None, name: str, tree: Tree) -> BuildContext:
    """A build as it is with this ignore file, or with none of that name."""
    made = context.with_ignore_file(file, name, tree)
    if is_podmans(context):
        made.located = replace(made.located, classic_ignore=made.located.buildkit_ignore)
    return made
