"""What the text of a Dockerfile names, where the build itself cannot be planned.

Nothing here follows BuildKit: a Dockerfile with an unknown argument or an error still says which files it is about.
What the text does not say counts as everything.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from ctxopt.core.dockerfile.model import ContextRead, Plan, Stage, Step
from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId, StageId, StepId
from ctxopt.core.lazy_re import lazy_re
from ctxopt.core.named_context import NamedContext, context_name

#: Maximum number of instructions that are looked at one by one; with more, everything counts as read.
_MOST: Final = 2_000
_INSTRUCTION: Final = lazy_re(r"(?i)[ \t]*(?:ONBUILD[ \t]+)?(COPY|ADD|RUN|FROM)[ \t]+(.*)", re.DOTALL)
_CONTINUED: Final = lazy_re(r"[\\`][ \t]*\Z")
_FLAG: Final = lazy_re(r"--(\w[\w-]*)(?:=(\S*))?[ \t]*")
_MOUNT: Final = lazy_re(r"--mount=(\S+)")
_REMOTE: Final = ("http://", "https://", "git@", "git://", "ssh://")


def outline(data: bytes, file: str, contexts: Sequence[NamedContext] = ()) -> Plan:
    """A plan with a read for each COPY, ADD and bind mount that the text has, whatever stage it is in.

    A source with a variable stands for all that begins like it. `file` is the Dockerfile's name, `contexts` are
    the named contexts.
    """
    return _outlined(data, file, tuple(context.name for context in contexts if context.directory is not None))


@lru_cache(maxsize=8)
def _outlined(data: bytes, file: str, names: tuple[str, ...]) -> Plan:
    """The plan for the names of the contexts that are directories: many builds may be of one text."""
    reads: dict[str, list[ContextRead]] = {"": [], **{name: [] for name in names}}
    steps: list[Step] = []
    for line, end_line, kind, rest in _instructions(data.decode("utf-8", "surrogateescape")):
        for context, sources in _sources(kind, rest, names):
            if len(steps) == _MOST:
                return _plan(file, {name: [_read("COPY", 1, 1, ("/",), 0, 0, name)] for name in reads}, [_step(1, "")])
            reads[context].append(
                _read(kind, line, end_line, sources, len(reads[context]), len(steps), context),
            )
            steps.append(_step(line, kind))
    return _plan(file, reads, steps)


def _plan(file: str, reads: dict[str, list[ContextRead]], steps: Sequence[Step]) -> Plan:
    def of(name: str) -> Plan:
        at = {read.step: read.number for read in reads[name]}
        stage = Stage(StageId(0), "", "scratch", 1, needed=True, exported=True)
        numbered = tuple(
            Step(step.stage, step.kind, step.line, step.text, workdir="/", read=at.get(StepId(number)))
            for number, step in enumerate(steps)
        )
        named = tuple((other, of(other)) for other in reads if other) if not name else ()
        return Plan(file, (stage,), tuple(reads[name]), bool(reads[name]), (), steps=numbered, named=named)

    return of("")


def _step(line: int, kind: str) -> Step:
    return Step(StageId(0), kind or "COPY", line, "")


def _read(
    kind: str, line: int, end_line: int, sources: tuple[str, ...], number: int, step: int, context: str
) -> ContextRead:
    return ContextRead(
        kind,
        line,
        end_line,
        StageId(0),
        "",
        sources,
        sources,
        "/",
        exported=True,
        workdir="/",
        context=context,
        number=ReadId(number),
        step=StepId(step),
    )


def _instructions(text: str) -> Iterator[tuple[int, int, str, str]]:
    """The instructions that may read something: first and last line, keyword, and the rest with its lines joined."""
    joined: list[str] = []
    first = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not joined:
            first = number
        if line.lstrip().startswith("#"):
            continue
        going_on = _CONTINUED.search(line.rstrip("\r"))
        joined.append(line[: going_on.start()] if going_on else line)
        if not going_on:
            found = _INSTRUCTION.fullmatch(" ".join(joined).rstrip())
            joined = []
            if found:
                yield first, number, found[1].upper(), found[2]


def _sources(kind: str, rest: str, names: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The contexts that an instruction reads, each with the sources there; "" is the main one."""
    if kind == "FROM":
        words = _FLAG.sub("", rest, count=1).split()
        yield from ((name, ("/",)) for name in _meant(words[0] if words else "", names))
    elif kind == "RUN":
        for mount in _MOUNT.findall(rest):
            fields = {name: value for name, _, value in (one.partition("=") for one in mount.strip("\"'").split(","))}
            if fields.get("type", "bind") in ("bind", "cache"):
                source = fields.get("source", fields.get("src", "/"))
                if "from" in fields:
                    yield from ((name, (_mounted(source),)) for name in _meant(fields["from"], names))
                elif fields.get("type", "bind") == "bind":
                    yield "", (_mounted(source),)
    else:
        origin = None
        while flag := _FLAG.match(rest):
            origin = flag[2] or "" if flag[1].lower() == "from" else origin
            rest = rest[flag.end() :]
        words = _words(rest)[:-1] if "\\" not in rest else ["/"]
        sources = tuple(_known(word) for word in words if not word.startswith(("<<", *_REMOTE)))
        if sources:
            yield from ((name, sources) for name in ([""] if origin is None else _meant(origin, names)))


def _meant(name: str, names: Sequence[str]) -> list[str]:
    """The named contexts that a name may be; with a variable in it, any of them."""
    return list(names) if "$" in name else [one for one in names if one == context_name(name.lower())]


def _words(rest: str) -> list[str]:
    """The words of a COPY or an ADD in either form, without their quotes."""
    if rest.startswith("["):
        return re.findall(r'"([^"]*)"', rest)
    return [word.replace('"', "").replace("'", "") for word in rest.split()]


def _known(source: str) -> str:
    """A source of a COPY, with a star for what a variable decides."""
    before, variable, _ = source.partition("$")
    return _clean(f"{before}*" if variable else source)


def _mounted(source: str) -> str:
    """A source of a mount, in which a star is no wildcard: a directory above it where there is a variable in it."""
    before, variable, _ = source.partition("$")
    return _clean(before.rpartition("/")[0] if variable else source)


def _clean(source: str) -> str:
    clean = paths.join("/", source)
    return "/" if clean in ("/", "/*") else clean[1:]
