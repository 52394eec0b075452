"""The options of BuildKit's lint rules: the directive `# check=`, or the build argument in its place."""

import re
from collections.abc import Mapping
from typing import Final

from ctxopt.core.dockerfile.frontend import directive
from ctxopt.core.golang.text import trim_space
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import DockerfileError

_ARGUMENT: Final = "BUILDKIT_DOCKERFILE_CHECK"
_TRUE: Final = ("1", "t", "T", "TRUE", "true", "True")
_FALSE: Final = ("0", "f", "F", "FALSE", "false", "False")


@dataclass(frozen=True, slots=True)
class LintOptions:
    """Which rules run, and whether a violation is an `error` of the build. `skip` and `experimental` may be "all"."""

    error: bool = False
    skip: frozenset[str] = frozenset()
    experimental: frozenset[str] = frozenset()


def lint_options(data: bytes, file: str, build_args: Mapping[str, str]) -> LintOptions:
    """The options that apply to a Dockerfile. Raises DockerfileError for those that BuildKit refuses."""
    given = build_args.get(_ARGUMENT)
    if given is not None:
        text, line = given, None
    else:
        found, number = directive(data, "check")
        text, line = found or "", number or None
    text = trim_space(text)
    options: dict[str, str] = {}
    for part in text.split(";", 2) if text else ():
        name, equals, value = part.partition("=")
        name, value = trim_space(name), trim_space(value)
        known = equals and name in ("skip", "experimental", "error")
        if not known or (name == "error" and value not in (*_TRUE, *_FALSE)):
            shown = f"{_ARGUMENT} has an invalid option" if given is not None else f'invalid check option "{part}"'
            raise DockerfileError(
                shown, file=file, line=line, hint="write skip=RULE,RULE or error=true, separated by ;"
            )
        options[name] = value
    return LintOptions(
        options.get("error") in _TRUE, _names(options.get("skip", "")), _names(options.get("experimental", ""))
    )


def _names(text: str) -> frozenset[str]:
    return frozenset(trim_space(name) for name in re.split(",", text) if name)
