"""A partially declared build: services and targets inherit parts from others before it is complete."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import field, replace
from typing import Any

from ctxopt.builds.build import Build, Unresolved
from ctxopt.builds.dockerfiles import looks_like_dockerfile
from ctxopt.builds.reading import is_outside, relative_to
from ctxopt.core.context.locate import is_containerfile
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.named_context import ContextSource, NamedContext, named_context, source_of
from ctxopt.errors import CtxoptError


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that the file alone does not determine; `why` explains that, for people.

    `later`: the tool determines it when it builds, so that as an argument it matters only to what uses it.
    """

    why: str
    later: bool = False


Value = str | Unknown


class Filled(str):
    """A text that contains values of the environment or of a `.env` file; `written` is the text as the file has it.

    Such values may be secrets, so messages show `written`. What is made of such a text by other means is a plain text.
    """

    __slots__ = ("written",)
    written: str

    def __new__(cls, text: str, written: str) -> "Filled":
        filled = super().__new__(cls, text)
        filled.written = written
        return filled

    def __reduce__(self) -> "tuple[type[Filled], tuple[str, str]]":
        return Filled, (str(self), self.written)


def as_written(text: str) -> str:
    """A text as its file has it, for messages."""
    return text.written if isinstance(text, Filled) else text


def path_in(directory: str, path: str) -> str:
    """A path in a directory, without `..`; filled if one of the two is."""
    joined = os.path.normpath(os.path.join(directory, path))
    if isinstance(directory, Filled) or isinstance(path, Filled):
        return Filled(joined, os.path.join(as_written(directory), as_written(path)))
    return joined


@dataclass(frozen=True, slots=True)
class Partial:
    """The parts of a build before inheritance; a `Build` is complete. None where a part is not declared.

    `context` is an absolute path, or a remote one as it is written. An argument that is None has no
    value. `contexts` are the named contexts, local ones as absolute paths.
    """

    context: Value | None = None
    dockerfile: Value | None = None
    inline: Value | None = None
    target: Value | None = None
    platforms: tuple[Value, ...] = ()
    args: Mapping[str, Value | None] = field(default_factory=dict)
    contexts: Mapping[str, Value | None] = field(default_factory=dict)

    def over(self, base: "Partial") -> "Partial":
        """These parts, completed with those of a base. Platforms are not joined: the last list counts."""
        return Partial(
            self.context if self.context is not None else base.context,
            self.dockerfile if self.dockerfile is not None else base.dockerfile,
            self.inline if self.inline is not None else base.inline,
            self.target if self.target is not None else base.target,
            self.platforms or base.platforms,
            {**base.args, **self.args},
            {**base.contexts, **self.contexts},
        )

    def without(self, part: str, name: str | None = None) -> "Partial":
        """These parts without one of them, or without what has this name in it."""
        given: Any = getattr(self, part)
        left: Any = getattr(Partial(), part) if name is None else {key: given[key] for key in given if key != name}
        return replace(self, **{part: left})


def is_remote(context: str) -> bool:
    """Whether a context is fetched, or is another build's result, instead of a local directory."""
    return source_of(context) not in (ContextSource.DIRECTORY, ContextSource.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Finished:
    """A complete build, or None if it cannot be built here, and why it is not resolved completely."""

    build: Build | None
    unresolved: tuple[Unresolved, ...] = ()


def finish(partial: Partial, origin: str, file: str, directory: str) -> Finished:
    """The complete build of a declaration in `file`, as shown. Without a context it is `directory`."""

    def refused(reason: str) -> Finished:
        return Finished(None, (Unresolved(origin, file, reason),))

    for part in (partial.context, partial.dockerfile, partial.inline, partial.target):
        if isinstance(part, Unknown):
            return refused(part.why)
    context = _known(partial.context) or directory
    if is_remote(context) or context == "-":
        return refused(f"its context {as_written(context)} is not a directory here")
    if not os.path.isdir(context):
        shown = relative_to(as_written(directory), as_written(context))
        return refused(f"its context {shown} does not exist")
    root = os.path.realpath(context)
    dockerfile = _known(partial.dockerfile)
    if dockerfile and (why := _refused_dockerfile(path_in(root, dockerfile), dockerfile, directory)):
        return refused(why)
    partial = replace(
        partial, contexts={name: _existing(name, value, directory) for name, value in partial.contexts.items()}
    )
    platform = next(iter(partial.platforms), None)
    build = Build(
        origin,
        root,
        path_in(root, dockerfile) if dockerfile else None,
        _known(partial.inline),
        _known(partial.target) or None,
        tuple((name, value) for name, value in partial.args.items() if isinstance(value, str)),
        _known(platform) or None,
        contexts=tuple(_named_contexts(partial, directory)),
        # Compose, bake and the actions are Docker's, also where they name a file as podman would call it.
        dialect="docker" if dockerfile and is_containerfile(dockerfile) else None,
        unknown_args=tuple(name for name, value in partial.args.items() if isinstance(value, Unknown) and name),
        platforms=tuple(filter(None, map(_known, partial.platforms))) if len(partial.platforms) > 1 else (),
    )
    args = (value for value in partial.args.values() if not (isinstance(value, Unknown) and value.later))
    parts = (platform, *args, *partial.contexts.values())
    unknown = dict.fromkeys(part.why for part in parts if isinstance(part, Unknown))
    return Finished(build, tuple(Unresolved(origin, file, why) for why in unknown))


def _refused_dockerfile(path: str, declared: str, directory: str) -> str | None:
    """Why a Dockerfile is not opened: its name would show a value, or it is a file of others."""
    if isinstance(declared, Filled) and not os.path.lexists(path):
        return f"its Dockerfile {declared.written} does not exist"
    # An error shows lines of it. What is built elsewhere has a Dockerfile by its name.
    if is_outside(path, directory, directory) and not looks_like_dockerfile(os.path.basename(path)):
        return f"its Dockerfile {as_written(declared)} is outside of the project"
    return None


def _existing(name: str, value: Value | None, directory: str) -> Value | None:
    """A named context, unknown where its path has values of the environment and is not there."""
    if not isinstance(value, Filled) or is_remote(value) or os.path.isdir(os.path.join(directory, value)):
        return value
    return Unknown(f"its context {name}, {relative_to(as_written(directory), value.written)}, does not exist")


def _known(value: Value | None) -> str | None:
    return value if isinstance(value, str) else None


def _named_contexts(partial: Partial, directory: str) -> Iterator[NamedContext]:
    """The named contexts whose names BuildKit takes; one whose value is not known has none."""
    for name, value in partial.contexts.items():
        with suppress(CtxoptError):
            yield named_context(name, _known(value) or "", directory)
