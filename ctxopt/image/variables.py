"""The variables that instructions set: ENV and ARG, and the shell text of others."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ctxopt.core.dockerfile.model import Step
from ctxopt.core.dockerfile.parser import parse_trigger
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import DockerfileError

#: Instructions whose text is for a shell.
_COMMANDS: Final = ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK")
#: A word of a command that gives a value to a variable of another one, as after env, sudo or make.
_ASSIGNING: Final = lazy_re(r"([A-Z_][A-Z0-9_]*)=(.*)", re.DOTALL)
#: An assignment at the start of a line, in a text that is too long for the parser or no shell text.
_IN_LINE: Final = lazy_re(
    r"^[ \t]{0,40}(?:export[ \t]{1,9})?([A-Za-z_]\w{0,80})=[\"']?([^\s\"';&|]{1,500})", re.MULTILINE
)


def assigned_in(step: Step) -> Iterator[tuple[str, str]]:
    """The names and values of the variables that the commands of an instruction set for themselves or for others.

    Values are without quotes; expansions in them stay as they are written.
    """
    if step.kind not in _COMMANDS or "=" not in step.text:
        return
    # Imported here because the parser takes time to load.
    from ctxopt.image.shell.parse import commands
    from ctxopt.image.shell.values import Values

    text = step.text if step.words is None else shlex.join(step.words)
    values = Values()
    parsed = commands(text, values)
    if parsed is None:
        yield from ((found[1], found[2]) for found in _IN_LINE.finditer(text))
        return
    yield from ((name, value) for name, several in values.assigned.items() for value in several)
    for command in parsed:
        yield from ((found[1], found[2]) for word in command.words[1:] if (found := _ASSIGNING.fullmatch(word)))


def heredocs_of(step: Step) -> str:
    """The texts of the here-documents of an instruction that are no script, with what follows them; "" for none."""
    first, _, rest = step.text.partition("\n")
    return rest if "<<" in first and step.words is None else ""


def triggered(step: Step) -> Step | None:
    """The instruction that an ONBUILD adds to what is built from the image; None if it is not valid."""
    try:
        inner = parse_trigger(step.text, "", step.line)
    except DockerfileError:
        return None
    text = step.text[len(inner.keyword) :].lstrip()
    words = inner.args if inner.is_json else None
    return replace(step, kind=inner.keyword, text=text, words=words, flags=inner.flags)


def variables_of(step: Step) -> tuple[tuple[str, str | None], ...]:
    """The names that an ENV or ARG sets, each with its value as it is written; None for an ARG without a default."""
    if step.kind not in ("ENV", "ARG") or not step.text:
        return ()
    try:
        args = parse_trigger(f"{step.kind} {step.text}", "", step.line).args
    except DockerfileError:
        return ()
    if step.kind == "ENV":
        return tuple(zip(args[::2], args[1::2], strict=False))
    pairs = (word.partition("=") for word in args)
    return tuple((name, value if equals else None) for name, equals, value in pairs)
