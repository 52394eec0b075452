"""The builds that read one ignore file."""

from dataclasses import dataclass

from ctxopt.build_context import BuildContext
from ctxopt.context.tree import Tree
from ctxopt.project.locate import SourceFile


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
        return tuple(context.with_recorded(tree) for context in self.contexts)

    def with_text(self, data: bytes | None, tree: Tree) -> tuple[BuildContext, ...]:
        """The builds as they are with these bytes in the ignore file."""
        file = SourceFile(self.name, data) if data is not None else None
        return tuple(context.with_ignore_file(file, self.name, tree) for context in self.contexts)

    @property
    def classic(self) -> bool:
        """Whether the classic builder reads this file as well."""
        return self.name == ".dockerignore" or any(
            context.located.classic_ignore is not None and context.located.classic_ignore.name == self.name
            for context in self.contexts
        )
