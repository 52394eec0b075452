"""The options of BuildKit's lint rules: the directive `# check=`, or the build argument in its place."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from ctxopt.core.dockerfile.frontend import directive
from ctxopt.core.golang.strconv import parse_bool
from ctxopt.core.golang.text import trim_space
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import DockerfileError

_ARGUMENT: Final = "BUILDKIT_DOCKERFILE_CHECK"
_ABOVE: Final = lazy_re(r"(?i:check)[\t\n\f\r ]*=(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LintOptions:
    """Whether the violation of a rule is an `error` of the build, and the rules to `skip`, which may be "all"."""

    error: bool = False
    skip: frozenset[str] = frozenset()


def lint_options(data: bytes, file: str, build_args: Mapping[str, str]) -> LintOptions:
    """The options that apply to a Dockerfile. Raises DockerfileError for those that BuildKit refuses."""
    given = build_args.get(_ARGUMENT)
    if given is not None:
        text, line = given, None
    else:
        found, number = directive(data, "check")
        text, line = found or "", number or None
    try:
        return _options(text)
    except ValueError as error:
        shown = f"{_ARGUMENT} has an invalid option" if given is not None else f'invalid check option "{error}"'
        hint = "write skip=RULE,RULE or error=true, separated by ;"
        raise DockerfileError(shown, file=file, line=line, hint=hint) from None


def options_above(comments: Iterable[str]) -> LintOptions:
    """The options that the comments right above an instruction set for it."""
    for comment in comments:
        found = _ABOVE.fullmatch(comment)
        if found is not None:
            try:
                return _options(found[1].strip("\t\n\f\r ").partition(" ")[0])
            except ValueError:
                break
    return LintOptions()


def _options(text: str) -> LintOptions:
    """The options in a text. Raises ValueError with the part that is none."""
    text = trim_space(text)
    options: dict[str, str] = {}
    for part in text.split(";", 2) if text else ():
        name, equals, value = part.partition("=")
        name, value = trim_space(name), trim_space(value)
        known = equals and name in ("skip", "experimental", "error")
        if not known or (name == "error" and parse_bool(value) is None):
            raise ValueError(part)
        options[name] = value
    skip = frozenset(map(trim_space, options["skip"].split(","))) if "skip" in options else frozenset()
    return LintOptions(parse_bool(options.get("error", "")) is True, skip)
