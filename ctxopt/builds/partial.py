"""A partially declared build: services and targets inherit parts from others before it is complete."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import field, replace
from typing import Any

from ctxopt.builds.build import Build, Unresolved
from ctxopt.builds.reading import relative_to
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
        return refused(f"its context {context} is not a directory here")
    if not os.path.isdir(context):
        return refused(f"its context {relative_to(directory, context)} does not exist")
    root = os.path.realpath(context)
    dockerfile = _known(partial.dockerfile)
    platform = next(iter(partial.platforms), None)
    build = Build(
        origin,
        root,
        os.path.normpath(os.path.join(root, dockerfile)) if dockerfile else None,
        _known(partial.inline),
        _known(partial.target) or None,
        tuple((name, value) for name, value in partial.args.items() if isinstance(value, str)),
        _known(platform) or None,
        contexts=tuple(_named_contexts(partial, directory)),
        unknown_args=tuple(name for name, value in partial.args.items() if isinstance(value, Unknown) and name),
        platforms=tuple(filter(None, map(_known, partial.platforms))) if len(partial.platforms) > 1 else (),
    )
    args = (value for value in partial.args.values() if not (isinstance(value, Unknown) and value.later))
    parts = (platform, *args, *partial.contexts.values())
    unknown = dict.fromkeys(part.why for part in parts if isinstance(part, Unknown))
    return Finished(build, tuple(Unresolved(origin, file, why) for why in unknown))


def _known(value: Value | None) -> str | None:
    return value if isinstance(value, str) else None


def _named_contexts(partial: Partial, directory: str) -> Iterator[NamedContext]:
    """The named contexts whose names BuildKit takes; one whose value is not known has none."""
    for name, value in partial.contexts.items():
        with suppress(CtxoptError):
            yield named_context(name, _known(value) or "", directory)
