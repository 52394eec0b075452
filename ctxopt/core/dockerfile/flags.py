"""The `--flags` of instructions and the fields of `RUN --mount`, as BuildKit checks them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from ctxopt.core.dockerfile.values import interval_problem, retries_problem, size_problem
from ctxopt.core.golang.strconv import parse_bool
from ctxopt.core.golang.text import trim_space
from ctxopt.core.lazy_dataclass import dataclass


class FlagError(ValueError):
    """A flag or mount that BuildKit refuses; `str()` is the reason."""


#: For each instruction, its flags: "bool", "text" (at most once) or "list".
_FLAGS: Mapping[str, Mapping[str, str]] = {
    "FROM": {"platform": "text"},
    "COPY": {
        "from": "text",
        "chown": "text",
        "chmod": "text",
        "link": "bool",
        "parents": "bool",
        "exclude": "list",
    },
    "ADD": {
        "chown": "text",
        "chmod": "text",
        "link": "bool",
        "keep-git-dir": "bool",
        "checksum": "text",
        "unpack": "bool",
        "exclude": "list",
    },
    "RUN": {"mount": "list", "network": "text", "security": "text", "device": "list"},
    "HEALTHCHECK": {
        "interval": "text",
        "timeout": "text",
        "start-period": "text",
        "start-interval": "text",
        "retries": "text",
    },
}

#: The values that flags of RUN can have.
_VALUES: Mapping[str, tuple[str, ...]] = {"network": ("default", "none", "host"), "security": ("insecure", "sandbox")}
#: The flags of HEALTHCHECK that take a duration.
_INTERVALS = ("interval", "timeout", "start-period", "start-interval")

#: The values of the flags of each name, in order; "" for a bool flag without a value.
Flags = Mapping[str, tuple[str, ...]]


def parse_flags(keyword: str, written: Iterable[str]) -> Flags:
    """Check and sort the flags of an instruction. Raises FlagError."""
    known = _FLAGS.get(keyword, {})
    found: dict[str, tuple[str, ...]] = {}
    for flag in written:
        name, equals, value = flag.removeprefix("--").partition("=")
        kind = known.get(name)
        if kind is None:
            raise FlagError(f"unknown flag --{name}{suggestion(name, known)}")
        if name in found and kind != "list":
            raise FlagError(f"flag --{name} is given twice")
        if kind == "bool":
            if equals and value.lower() not in ("true", "false"):
                raise FlagError(f'flag --{name} takes true or false, not "{value}"')
            value = value.lower()
        elif not equals:
            raise FlagError(f"flag --{name} needs a value")
        _check_value(name, value)
        found[name] = (*found.get(name, ()), value)
    return found


def _check_value(name: str, value: str) -> None:
    """Raise FlagError for a value that BuildKit's parser refuses whatever variables are set to."""
    known = _VALUES.get(name)
    if known is not None and value not in known:
        raise FlagError(f'flag --{name} takes {", ".join(known[:-1])} or {known[-1]}, not "{value}"')
    if name in _INTERVALS:
        problem = interval_problem(name, value)
    else:
        problem = retries_problem(value) if name == "retries" else ""
    if problem:
        raise FlagError(problem)


def flag_names(written: Iterable[str]) -> Iterator[str]:
    """The names of flags as they are written."""
    return (flag.removeprefix("--").partition("=")[0] for flag in written)


def is_set(flags: Flags, name: str) -> bool:
    """Whether a bool flag is given and not false."""
    return name in flags and flags[name][0] != "false"


def text_of(flags: Flags, name: str) -> str:
    """The value of a text flag, "" if it is not given."""
    return flags.get(name, ("",))[0]


def suggestion(word: str, known: Iterable[str]) -> str:
    """ " (did you mean NAME?)" with the closest known name; "" if none is close."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), 1)
    return f" (did you mean {close[0]}?)" if close else ""


@dataclass(frozen=True, slots=True)
class Mount:
    """One `RUN --mount`: its type, and the fields that decide what it reads.

    `unresolved` are variables without a known value in the type or the source; `target` is None if the
    target has one.
    """

    type: str
    source_stage: str
    source: str
    target: str | None
    unresolved: frozenset[str]


_MOUNT_TYPES = ("bind", "cache", "tmpfs", "secret", "ssh")
_MOUNT_NAMES = {"src": "source", "dst": "target", "destination": "target", "ro": "readonly", "rw": "readwrite"}
_MOUNT_KEYS = (
    *("type", "from", "source", "target", "readonly", "readwrite", "required"),
    *("size", "id", "sharing", "mode", "uid", "gid", "env"),
)


def mount_stage(text: str) -> str:
    """The `from` of a mount, before any expansion. Raises FlagError."""
    stage = ""
    for name, _, value in _mount_fields(text):
        if name == "from":
            if re.search(r"\$.", value):
                raise FlagError("'from' in a mount takes no variables; define a stage with FROM instead")
            stage = value
    return stage


def parse_mount(text: str, expand: Callable[[str], tuple[str, frozenset[str]]]) -> Mount:
    """Check a mount and expand its values, with the variables that are not known. Raises FlagError."""
    values = {"type": "bind"}
    unknown: dict[str, frozenset[str]] = {}
    for name, equals, value in _mount_fields(text):
        if not equals and name not in ("readonly", "readwrite", "required"):
            raise FlagError(f"'{name}' in a mount needs a value")
        value, unknown[name] = expand(value)
        if name not in _MOUNT_KEYS:
            raise FlagError(f"unknown mount option '{name}'{suggestion(name, _MOUNT_KEYS)}")
        if name == "type":
            value = value.lower()
            if unknown[name]:
                value = "bind"
            if value not in _MOUNT_TYPES:
                raise FlagError(f"unknown mount type '{value}'{suggestion(value, _MOUNT_TYPES)}")
        if not any(unknown.values()):
            _check_mount_value(name, equals, value, values["type"])
        values[name] = value
    if not any(unknown.values()):
        _check_mount(values)
    return Mount(
        values["type"],
        values.get("from", ""),
        values.get("source", ""),
        None if unknown.get("target") else values.get("target", ""),
        frozenset().union(*(unknown.get(name, ()) for name in ("type", "source"))),
    )


def _mount_fields(text: str) -> list[tuple[str, str, str]]:
    fields = []
    for field in _csv(text):
        name, equals, value = field.partition("=")
        name = name.lower()
        fields.append((_MOUNT_NAMES.get(name, name), equals, value))
    return fields


def _check_mount_value(name: str, equals: str, value: str, kind: str) -> None:
    if name in ("readonly", "readwrite", "required") and equals and parse_bool(value) is None:
        raise FlagError(f"mount option '{name}' takes true or false, not '{value}'")
    if name == "required" and kind not in ("secret", "ssh"):
        raise FlagError(f"mount option 'required' does not go with type {kind}")
    if name == "size" and kind != "tmpfs":
        raise FlagError(f"mount option 'size' does not go with type {kind}")
    if name == "size" and size_problem(value):
        raise FlagError(size_problem(value))
    if name == "sharing" and value.lower() not in ("shared", "private", "locked"):
        raise FlagError(f"unknown mount sharing '{value}'")
    if name == "mode" and not (
        re.fullmatch("[0-7]+", value) and len(value.lstrip("0")) <= 11 and int(value, 8) >> 32 == 0
    ):
        raise FlagError(f"mount option 'mode' takes an octal number, not '{value}'")
    if name in ("uid", "gid") and not (re.fullmatch("0*[0-9]{1,10}", value) and int(value) >> 32 == 0):
        raise FlagError(f"mount option '{name}' takes a number, not '{value}'")


def _check_mount(values: Mapping[str, str]) -> None:
    kind = values["type"]
    if kind in ("bind", "tmpfs"):
        for name in ("mode", "uid", "gid"):
            if name in values:
                raise FlagError(f"mount option '{name}' does not go with type {kind}")
    if kind == "secret":
        if values.get("from"):
            raise FlagError("a secret mount takes no 'from'")
        if not any(values.get(name) for name in ("source", "target", "id")):
            raise FlagError("a secret mount needs an id, a source or a target")
        if values.get("source") and values.get("id"):
            raise FlagError("a secret mount takes an id or a source, not both")
    if kind == "ssh" and values.get("source"):
        raise FlagError("an ssh mount takes no 'source'")
    if values.get("sharing") and kind != "cache":
        raise FlagError(f"mount option 'sharing' does not go with type {kind}")


def _csv(text: str) -> list[str]:
    """One line of comma-separated fields, as strict as Go's `encoding/csv`. Raises FlagError."""
    if not trim_space(text):
        raise FlagError("a mount needs options, such as type=bind,source=.,target=/src")
    fields = []
    at = 0
    while True:
        if text.startswith('"', at):
            found = re.compile(r'"((?:[^"]|"")*+)"(?=,|$)').match(text, at)
            if found is None:
                raise FlagError("a quoted mount option does not end")
            fields.append(found[1].replace('""', '"'))
            at = found.end()
        else:
            end = text.find(",", at)
            end = len(text) if end < 0 else end
            if '"' in text[at:end]:
                raise FlagError('a mount option has a bare " in it')
            fields.append(text[at:end])
            at = end
        if at >= len(text):
            return fields
        at += 1
