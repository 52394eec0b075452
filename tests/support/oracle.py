"""Our parser beside BuildKit's own, which a package wraps: an older one, and not for every platform."""

from importlib.util import find_spec
from typing import Any

from ctxopt.core.dockerfile.forms import KEYWORDS
from ctxopt.core.dockerfile.parser import parse
from ctxopt.errors import DockerfileError

Rows = list[tuple[Any, ...]]


def has_oracle() -> bool:
    """Whether the package is here."""
    return find_spec("dockerfile") is not None


def theirs(text: str) -> Rows | None:
    """The instructions as BuildKit's parser gives them; None where it gives up."""
    import dockerfile

    try:
        commands = dockerfile.parse_string(text)
    except dockerfile.GoParseError:
        return None
    return [
        _row((c.cmd or "").upper(), (c.sub_cmd or "").upper(), c.flags, c.value, c.json, c.start_line, c.end_line)
        for c in commands
    ]


def _row(keyword: str, *rest: Any) -> tuple[Any, ...]:
    """One instruction; of an unknown one only its keyword and lines, as its arguments are not parsed."""
    return (keyword, *rest) if keyword in KEYWORDS else (keyword, *rest[-2:])


def ours(text: str) -> Rows | None:
    """The same as our parser gives them."""
    try:
        found = parse(text.encode("utf-8", "surrogateescape"), "Dockerfile").instructions
    except DockerfileError:
        return None
    rows = []
    for one in found:
        sub = one.args[0] if one.keyword == "ONBUILD" and one.args else ""
        args = one.args[1:] if sub else one.args
        rows.append(_row(one.keyword, sub, one.flags, args, one.is_json, one.line, one.end_line))
    return rows
