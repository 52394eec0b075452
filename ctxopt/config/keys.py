"""The keys of a configuration, each with a reader, a JSON Schema and a description."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ctxopt.checks.amount import PERCENTAGE, SIZE, Share, parse_share, parse_size, quoted
from ctxopt.core.dockerignore.pattern import BadPattern, Pattern, compile_pattern
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.named_context import context_name
from ctxopt.errors import CtxoptError

SEVERITIES = ("error", "warning", "note", "info")
VIEWS = ("transfer", "classic")
#: What Docker's documentation calls the classic builder.
LEGACY = "legacy"

#: The largest integer that every TOML parser must accept.
_LARGEST = 2**63 - 1

#: Maximum length of a pattern in characters: no path is longer, and much longer patterns take time to compile.
_LONGEST_PATTERN = 4096

#: Maximum number of patterns in a list: each is compared with each name.
_MOST_GLOBS = 1000

#: At least one character that is not blank, and no NUL, which no path, argument or name can contain.
_TEXT = r"^[^\x00]*[^\s\x00][^\x00]*$"
#: Git would read a revision that starts with a dash as an option.
_REVISION = r"^[^-\s\x00][^\s\x00]*$"
_RULE = r"^(?:CTX[0-9]+|[a-z0-9]+(?:-[a-z0-9]+)*)$"
#: An id may be written in lower case.
_LOWER_ID = r"^ctx[0-9]+$"
_ARGUMENT = r"^[^=\s\x00]+$"
#: The characters of image names and of wildcards.
_IMAGE = r"^[A-Za-z0-9_.:/@*?\[\]!-]{1,1000}$"

_ANY_TEXT: Mapping[str, Any] = {"type": "string", "pattern": _TEXT}
_NATURAL: Mapping[str, Any] = {"type": "integer", "minimum": 0, "maximum": _LARGEST}


@dataclass(frozen=True, slots=True)
class KeySpec:
    """The type of a key's value: how it is read, its JSON Schema, and its metavar in the help of an option.

    `read` returns the value and how it was written, and raises CtxoptError.
    """

    read: Callable[[object], tuple[Any, str]]
    schema: Mapping[str, Any]
    metavar: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key: its name in the file, the type of its value, and its description."""

    name: str
    spec: KeySpec
    description: str
    required: bool = False

    @property
    def field(self) -> str:
        """The name of the attribute in the model."""
        return self.name.replace("-", "_")


def _text(raw: object) -> tuple[str, str]:
    if not isinstance(raw, str):
        raise CtxoptError(f"must be a text, not {_named(raw)}", hint="put it in quotation marks")
    if "\x00" in raw:
        raise CtxoptError("must not contain a NUL character")
    if not raw.strip():
        raise CtxoptError("must not be empty")
    return raw, raw


def _number(raw: object) -> tuple[int, str]:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise CtxoptError(f"must be a whole number, not {_named(raw)}")
    if raw < 0:
        raise CtxoptError("must not be negative")
    if raw > _LARGEST:
        raise CtxoptError("is too large", hint=f"the largest number is {_LARGEST}")
    return raw, str(raw)


def _size(raw: object) -> tuple[int, str]:
    return (parse_size(raw), raw) if isinstance(raw, str) else _bytes(raw, "a size")


def _share(raw: object) -> tuple[Share, str]:
    if isinstance(raw, str):
        return parse_share(raw), raw
    count, text = _bytes(raw, "a percentage or a size")
    return Share(text, count), text


def _bytes(raw: object, what: str) -> tuple[int, str]:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise CtxoptError(
            f"must be {what}, not {_named(raw)}", hint='write a text such as "50MB", or a number of bytes'
        )
    return _number(raw)


def _view(raw: object) -> tuple[str, str]:
    value, text = _text(raw)
    if value == LEGACY:
        return "classic", text
    if value not in VIEWS:
        raise CtxoptError(f"{quoted(value)} is not a view", hint="write " + " or ".join(map(quoted, VIEWS)))
    return value, text


def _revision(raw: object) -> tuple[str, str]:
    value, text = _text(raw)
    if re.fullmatch(_REVISION, value) is None:
        raise CtxoptError(f"{quoted(value)} is not a git revision", hint="write a branch, a tag or a commit")
    return value, text


def _rule(raw: object) -> tuple[str, str]:
    value, text = _text(raw)
    if re.fullmatch(_RULE, value) is None:
        raise CtxoptError(f"{quoted(value)} is not a rule", hint=_rule_hint())
    return value.upper() if re.fullmatch(_LOWER_ID, value) else value, text


def _rule_hint() -> str:
    # Imported here because only an error needs the rules.
    from ctxopt.findings import example

    return f"write its id, such as {quoted(example().id)} or {quoted(example().name)}"


def _rules(raw: object) -> tuple[tuple[str, ...], str]:
    if not isinstance(raw, list):
        raise CtxoptError(f"must be a list, not {_named(raw)}", hint='write a list such as ["warning"]')
    values = tuple(_rule(item)[0] for item in raw)
    return values, ", ".join(values) or "nothing"


def _arguments(raw: object) -> tuple[tuple[tuple[str, str], ...], str]:
    if not isinstance(raw, dict):
        raise CtxoptError(f"must be a table, not {_named(raw)}")
    for name, value in raw.items():
        if re.fullmatch(_ARGUMENT, name) is None:
            raise CtxoptError(f"{quoted(name)} cannot be the name of a build argument")
        if not isinstance(value, str):
            raise CtxoptError(
                f"the value of {quoted(name)} must be a text, not {_named(value)}", hint="put it in quotation marks"
            )
        if "\x00" in value:
            raise CtxoptError(f"the value of {quoted(name)} must not contain a NUL character")
    return tuple(raw.items()), " ".join(f"{name}={value}" for name, value in raw.items())


def _contexts(raw: object) -> tuple[tuple[tuple[str, str], ...], str]:
    if not isinstance(raw, dict):
        raise CtxoptError(f"must be a table, not {_named(raw)}")
    pairs = []
    for name, given in raw.items():
        known = context_name(name)
        if known is None:
            raise CtxoptError(f"{quoted(name)} cannot be the name of a context", hint="write it in lower case")
        pairs.append((known, _text(given)[0]))
    return tuple(pairs), " ".join(f"{name}={value}" for name, value in pairs)


def _flag(raw: object) -> tuple[bool, str]:
    if not isinstance(raw, bool):
        raise CtxoptError(f"must be true or false, not {_named(raw)}")
    return raw, "true" if raw else "false"


def _images(raw: object) -> tuple[tuple[str, ...], str]:
    if not isinstance(raw, list):
        raise CtxoptError(
            f"must be a list, not {_named(raw)}", hint='write a list such as ["registry.example/golden/*"]'
        )
    values = tuple(_image(item) for item in raw)
    return values, ", ".join(values) or "nothing"


def _image(raw: object) -> str:
    value, _ = _text(raw)
    if re.fullmatch(_IMAGE, value) is None:
        raise CtxoptError(
            f"{quoted(value)} is not an image pattern", hint='write one such as "registry.example/golden/*"'
        )
    return value


def _glob(raw: object) -> tuple[Pattern, str]:
    value, text = _text(raw)
    if len(value) > _LONGEST_PATTERN:
        raise CtxoptError(f"must not be longer than {_LONGEST_PATTERN:,} characters")
    try:
        pattern = compile_pattern(value.strip().removeprefix("/"))
    except BadPattern as error:
        raise CtxoptError(f"{quoted(value)} is not a pattern: {error}") from None
    if pattern is None or pattern.exception or pattern.error is not None:
        why = "" if pattern is None or pattern.error is None else f": {pattern.error}"
        raise CtxoptError(f"{quoted(value)} is not a path pattern{why}", hint='write one such as "docs/**"')
    return pattern, text


def _globs(raw: object) -> tuple[tuple[Pattern, ...], str]:
    if not isinstance(raw, list):
        raise CtxoptError(f"must be a list, not {_named(raw)}", hint='write a list such as ["legacy/**"]')
    if len(raw) > _MOST_GLOBS:
        raise CtxoptError(f"must not have more than {_MOST_GLOBS:,} patterns")
    read = [_glob(item) for item in raw]
    return tuple(pattern for pattern, _ in read), ", ".join(text for _, text in read) or "nothing"


def _named(raw: object) -> str:
    """The TOML type of a value, for messages."""
    kinds: dict[type, str] = {str: "a text", bool: "true or false", int: "a whole number", float: "a decimal number"}
    kinds |= {list: "a list", dict: "a table"}
    return kinds.get(type(raw), "a date or a time")


TEXT = KeySpec(_text, _ANY_TEXT, "TEXT")
NUMBER = KeySpec(_number, _NATURAL, "N")
BYTES = KeySpec(_size, {"anyOf": [_NATURAL, {"type": "string", "pattern": SIZE}]}, "SIZE")
SHARE = KeySpec(
    _share,
    {"anyOf": [_NATURAL, {"type": "string", "pattern": SIZE}, {"type": "string", "pattern": PERCENTAGE}]},
    "SHARE",
)
VIEW = KeySpec(_view, {"enum": [*VIEWS, LEGACY]}, "|".join(VIEWS))
REVISION = KeySpec(_revision, {"type": "string", "pattern": _REVISION}, "REV")
RULE = KeySpec(_rule, {"type": "string", "pattern": _RULE}, "RULE")
RULES = KeySpec(_rules, {"type": "array", "items": RULE.schema}, "RULE|SEVERITY")
ARGUMENTS = KeySpec(
    _arguments,
    {
        "type": "object",
        "propertyNames": {"pattern": _ARGUMENT},
        "additionalProperties": {"type": "string", "pattern": r"^[^\x00]*$"},
    },
    "KEY=VALUE",
)
CONTEXTS = KeySpec(
    _contexts,
    {"type": "object", "propertyNames": {"pattern": r"^[^A-Z\s]+$"}, "additionalProperties": _ANY_TEXT},
    "NAME=VALUE",
)
FLAG = KeySpec(_flag, {"type": "boolean"}, "true|false")
IMAGES = KeySpec(_images, {"type": "array", "items": {"type": "string", "pattern": _IMAGE}}, "PATTERN")
GLOBS = KeySpec(
    _globs, {"type": "array", "items": {**_ANY_TEXT, "maxLength": _LONGEST_PATTERN}, "maxItems": _MOST_GLOBS}, "GLOB"
)
GLOB = KeySpec(_glob, {**_ANY_TEXT, "maxLength": _LONGEST_PATTERN}, "PATTERN")

#: Keys that are allowed at the top level and in each build.
LIMIT_KEYS = (
    Key("max-size", BYTES, "Maximum context size."),
    Key("view", VIEW, "Builder to measure."),
    Key("max-files", NUMBER, "Maximum number of files."),
    Key("max-unused", SHARE, "Maximum size of unused files."),
    Key("max-file-size", BYTES, "Maximum size of a single file."),
    Key("max-growth", SHARE, "Maximum growth since the revision to compare with."),
    Key("against", REVISION, "Compare with the context at this git revision."),
    Key("fail-on", RULES, "Fail on findings of a rule, or of a severity (error, warning, note, info) and worse."),
)

#: Settings of the rules, at the top level only.
RULE_KEYS = (
    Key("approved-base-images", IMAGES, "Approved images, as patterns (default: any image)."),
    Key(
        "scan-secrets",
        FLAG,
        "Look for passwords and keys in files that instructions read (docker-ctxopt[secrets]).",
    ),
)

#: Settings of the check as a whole, at the top level only.
CHECK_KEYS = (
    Key("allow-unchecked", GLOBS, "Builds, by path or name, that may stay unchecked if they cannot be resolved."),
    Key("exclude", GLOBS, "Directories, by path, in which no builds are looked for."),
    Key("allow-override", FLAG, "Let the configuration of a subdirectory weaken this one, that of the root."),
)

#: Keys of a build, in addition to the limits.
BUILD_KEYS = (
    Key("name", TEXT, "Name of the build in reports; must be unique.", required=True),
    Key("context", TEXT, "The build context, relative to the configuration file (default: its directory)."),
    Key("dockerfile", TEXT, "The Dockerfile, relative to the configuration file (default: found in the context)."),
    Key("target", TEXT, "Stage to build (default: the last one)."),
    Key("build-args", ARGUMENTS, "Build arguments."),
    Key("build-contexts", CONTEXTS, "Named contexts; directories are relative to the configuration file."),
    Key("platform", TEXT, "Platform that the build is for, such as linux/arm64."),
)

#: Keys of a suppression.
SUPPRESS_KEYS = (
    Key("rule", RULE, "The rule to suppress.", required=True),
    Key("path", GLOB, "Only suppress findings in files that match this pattern, written as in a .dockerignore."),
    Key("reason", TEXT, "Reason for the suppression.", required=True),
)

#: The arrays of tables, with their keys and descriptions.
ARRAYS: Mapping[str, tuple[tuple[Key, ...], str]] = {
    "build": ((*BUILD_KEYS, *LIMIT_KEYS), "A build, with limits that override the common ones."),
    "suppress": (SUPPRESS_KEYS, "Suppressed findings."),
}
