"""The front end that a Dockerfile names with `# syntax=`, as BuildKit detects it."""

import json
import re
from collections.abc import Collection, Mapping
from itertools import islice
from typing import Final

from ctxopt.core.dockerfile.references import is_image
from ctxopt.core.golang.text import BOM, SPACE, LineTooLong, decode, scan_lines
from ctxopt.core.image_reference import reference
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import DockerfileError

#: The repositories of Docker's front end, on any registry: a mirror has the same.
_DOCKERS = ("docker/dockerfile", "docker/dockerfile-upstream")
_DIRECTIVE = lazy_re(r"([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*", re.DOTALL)
_NAMES = ("syntax", "escape", "check")
#: A front end of Docker's by the version of a release.
_RELEASE: Final = lazy_re(r"[\w./:-]*?dockerfile(?::[0-9.]+|:latest)?")
#: The build argument that takes precedence over the file.
_ARGUMENT = "BUILDKIT_SYNTAX"


def check_front_end(data: bytes, file: str, build_args: Mapping[str, str], unknown_args: Collection[str] = ()) -> None:
    """Raise DockerfileError if another front end than Docker's builds a file: only that knows what the file means.

    Also if one is given that is not known, as an argument among `unknown_args`.
    """
    if _ARGUMENT in unknown_args and _ARGUMENT not in build_args:
        raise DockerfileError(
            f"{_ARGUMENT} names the front end, and its value is not known",
            file=file,
            hint="ctxopt supports docker/dockerfile and its mirrors",
        )
    name, line = front_end_of(data, build_args)
    if name is None or _is_dockers(name):
        return
    raise DockerfileError(
        f'the front end "{name}" builds this file, and what it means is only known for Docker\'s',
        file=file,
        line=line or None,
        hint="ctxopt supports docker/dockerfile and its mirrors",
    )


def front_end_of(data: bytes, build_args: Mapping[str, str]) -> tuple[str | None, int]:
    """The front end that is asked for, and the line that does; None for that of BuildKit, and 0 where no line does."""
    given = build_args.get(_ARGUMENT)
    return (given.strip(SPACE).partition(" ")[0], 0) if given is not None else directive(data, "syntax")


def may_have_devices(data: bytes, build_args: Mapping[str, str]) -> bool:
    """Whether the front end that builds a file may know `RUN --device`: only those of the labs channel do."""
    name = front_end_of(data, build_args)[0]
    return name is not None and _RELEASE.fullmatch(name) is None


def _is_dockers(name: str) -> bool:
    if not is_image(name):
        return False
    repository = reference(name).repository
    return any(repository.endswith("/" + known) for known in _DOCKERS)


def directive(data: bytes, wanted: str) -> tuple[str | None, int]:
    """The value of a parser directive up to its first space, such as the front end that `syntax` names, and its line.

    None for none.
    """
    if wanted.encode() not in data.lower():
        return None, 0
    for comment in ("#", "//"):
        value, line = _in_comments(data, comment, wanted)
        if value is not None:
            return value, line
    return _in_json(data, wanted), 1


def _in_comments(data: bytes, comment: str, wanted: str) -> tuple[str | None, int]:
    """The value of a directive at the start of a file."""
    skipped = 1 if data.removeprefix(BOM.encode()).startswith(b"#!") else 0
    seen: set[str] = set()
    try:
        for number, raw in islice(enumerate(scan_lines(data), 1), skipped, None):
            text = (raw.removeprefix(BOM) if number == 1 else raw).removesuffix("\n").removesuffix("\r")
            found = _DIRECTIVE.fullmatch(text.removeprefix(comment).lstrip(SPACE)) if text.startswith(comment) else None
            name = found[1].lower() if found else ""
            if found is None or name not in _NAMES or name in seen:
                break
            if name == wanted:
                return found[2].partition(" ")[0], number
            seen.add(name)
    except LineTooLong:
        pass
    return None, 0


def _in_json(data: bytes, wanted: str) -> str | None:
    """The value that a JSON object gives it."""
    if not data.removeprefix(BOM.encode()).lstrip().startswith(b"{"):
        return None
    try:
        value = json.loads(decode(data.removeprefix(BOM.encode())))
    except (ValueError, RecursionError):
        return None
    named = value.get(wanted)
    return named if isinstance(named, str) else None
