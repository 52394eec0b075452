"""Options of `docker build` that a declaration gives besides its own keys."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace
from typing import Final

from ctxopt.builds.partial import Partial, Unknown, Value
from ctxopt.core.lazy_dataclass import dataclass

_BUILD_ARG: Final = "--build-arg"
_CONTEXT: Final = "--build-context"
_TARGET: Final = ("--target",)
_PLATFORM: Final = ("--platform",)
_FILE: Final = ("--file", "-f")
#: The options that change what a build reads or starts from; each takes a value.
_READ: Final = (_BUILD_ARG, _CONTEXT, *_TARGET, *_PLATFORM, *_FILE)


@dataclass(frozen=True, slots=True)
class Options:
    """The options that matter, with their values as they are written, in their order."""

    given: tuple[tuple[str, str], ...] = field(default=())

    @classmethod
    def of(cls, words: Iterable[str]) -> "Options":
        """Those among words of a command line."""
        return cls(tuple(_pairs(iter(words))))

    def over(self, partial: Partial, value: Callable[[str, str], Value], place: Callable[[Value], Value]) -> Partial:
        """A declaration with the options over it.

        `value` is that of a text that may have variables, by its name for people; `place` is where a local path is.
        """
        args, contexts = dict(partial.args), dict(partial.contexts)
        for option, written in self.given:
            name, equals, rest = written.partition("=")
            if option == _BUILD_ARG:
                known = value(rest, name) if equals else Unknown(f"{name} has its value from the environment")
                args[name] = replace(known, later=True) if isinstance(known, Unknown) else known
            elif option == _CONTEXT:
                contexts[name] = place(value(rest, f"context {name}"))
            elif option in _TARGET:
                partial = replace(partial, target=value(written, "target"))
            elif option in _PLATFORM:
                partial = replace(partial, platforms=(value(written, "platform"),))
            else:
                partial = replace(partial, dockerfile=Unknown(f"its options name the Dockerfile {written}"))
        return replace(partial, args=args, contexts=contexts)


def _pairs(words: Iterator[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        name, equals, value = word.partition("=")
        if word.startswith("-f") and len(word) > len("-f"):
            yield "-f", word.removeprefix("-f").removeprefix("=")
        elif name in _READ:
            yield name, value if equals else next(words, "")
