"""BuildKit's own lint rules, for builds that fail where one is violated (`# check=error=true`).

Follows `frontend/dockerfile/linter` and the places of `dockerfile2llb` that run it. What depends on the image of a base
is taken as violated by none: the platform of an image, and variables that it may set. Neither is what an ignore file
excludes, on which a COPY fails by itself.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from ctxopt.core.dockerfile.lex import LexError
from ctxopt.core.dockerfile.lint_options import LintOptions, options_above
from ctxopt.core.dockerfile.model import Step
from ctxopt.core.dockerfile.parser import Instruction
from ctxopt.core.dockerfile.planning.state import StageState
from ctxopt.core.dockerfile.planning.variables import Arguments, Words, arguments_of, build_arguments
from ctxopt.core.dockerfile.references import is_image
from ctxopt.core.ids import StageId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

#: A rule that is violated, and the instruction whose comments can switch it off.
_Violation = tuple[str, Instruction | None]

_RESERVED: Final = ("context", "scratch")
_SECRET: Final = lazy_re(
    "(?:_|^)(?:apikey|auth|credential|credentials|key|password|pword|passwd|secret|token)(?:_|$)", re.IGNORECASE
)
_NO_SECRET: Final = lazy_re("(?:_|^)(?:public|file|version)(?:_|$)", re.IGNORECASE)
#: The instructions of which an image has one.
_ONCE: Final = ("CMD", "ENTRYPOINT", "HEALTHCHECK")
#: The instructions in whose words undefined variables are reported.
_EXPANDED: Final = frozenset(("ADD", "ARG", "COPY", "ENV", "LABEL", "RUN", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"))
_TARGET: Final = "TARGETPLATFORM"


@dataclass(frozen=True, slots=True)
class Linted:
    """A planned Dockerfile: its instructions, those of its stages that are built, the steps of these, and its words."""

    instructions: Sequence[Instruction]
    stages: Sequence[StageState]
    steps: Sequence[Step]
    words: Words
    arguments: Arguments


def violated(linted: Linted, options: LintOptions) -> list[str]:
    """The sorted names of the rules that a Dockerfile violates."""
    found = {name for name, instruction in _violations(linted) if _runs(name, instruction, options)}
    return sorted(found)


def _runs(name: str, instruction: Instruction | None, options: LintOptions) -> bool:
    skip = options.skip | (options_above(instruction.comments).skip if instruction is not None else frozenset())
    return "all" not in skip and name not in skip


def _violations(linted: Linted) -> Iterator[_Violation]:
    yield from _of_text(linted.instructions)
    yield from _of_bases(linted)
    expanded = {(step.stage, step.line, step.kind): step.expanded for step in linted.steps}
    for stage in linted.stages:
        yield from _of_stage(stage, expanded)
    declared = {name for one in _outer(linted.instructions) for name, _ in arguments_of(one)}
    for name, instruction in linted.words.undefined:
        if instruction.keyword == "FROM" and name not in declared:
            yield "UndefinedArgInFrom", instruction
        elif instruction.keyword in _EXPANDED:
            yield "UndefinedVar", instruction


def _outer(instructions: Sequence[Instruction]) -> list[Instruction]:
    """The instructions before the first FROM."""
    first = next(number for number, one in enumerate(instructions) if one.keyword == "FROM")
    return list(instructions[:first])


def _of_text(instructions: Sequence[Instruction]) -> Iterator[_Violation]:
    """What the instructions say whatever variables are."""
    names: set[str] = set()
    for one in instructions:
        if one.empty_lines:
            yield "NoEmptyContinuation", None
        if one.keyword == "MAINTAINER":
            yield "MaintainerDeprecated", one
        if one.keyword == "FROM" and len(one.args) == 3:
            name = one.args[2].lower()
            if name != one.args[2]:
                yield "StageNameCasing", one
            written = _keyword(one)
            if written == written.lower():
                other_case = one.args[1] != one.args[1].lower()
            else:
                other_case = written == written.upper() and one.args[1] != one.args[1].upper()
            if other_case:
                yield "FromAsCasing", one
            if name in _RESERVED:
                yield "ReservedStageName", None
            if name in names:
                yield "DuplicateStageName", None
            names.add(name)
    written_keywords = [_keyword(one) for one in instructions[len(_outer(instructions)) :]]
    lower = sum(word == word.lower() for word in written_keywords)
    upper = sum(word == word.upper() for word in written_keywords)
    if any(word != (word.lower() if lower > upper else word.upper()) for word in written_keywords):
        yield "ConsistentInstructionCasing", None


def _keyword(instruction: Instruction) -> str:
    """The keyword as it is written."""
    return instruction.text.lstrip()[: len(instruction.keyword)]


def _of_bases(linted: Linted) -> Iterator[_Violation]:
    """What is said about the images and platforms of all stages."""
    words, arguments = linted.words, linted.arguments
    for one in linted.instructions:
        if one.keyword != "FROM":
            continue
        platform = next((flag.partition("=")[2] for flag in one.flags if flag.startswith("--platform=")), "")
        if platform:
            yield from ((rule, one) for rule in _of_platform(platform, one, words, arguments))
    try:
        defaults = build_arguments(words.quiet(), _outer(linted.instructions), {}, None, "").globals
        bases = [
            words.quiet().expand(one.args[0], defaults, one)[0] for one in linted.instructions if one.keyword == "FROM"
        ]
    except (CtxoptError, LexError):
        return
    if any(not is_image(base) for base in bases):
        yield "InvalidDefaultArgInFrom", None


def _of_platform(platform: str, instruction: Instruction, words: Words, arguments: Arguments) -> Iterator[str]:
    expansion = words.expansion(platform, arguments.globals)
    name = instruction.args[2].lower() if len(instruction.args) == 3 else ""
    if not expansion.used and not expansion.unset:
        parts = expansion.text.lower().split("/")
        if not any(part in name for part in parts[:2]) and not (len(parts) == 1 and "linux" in name):
            yield "FromPlatformFlagConstDisallowed"
    elif expansion.used == {_TARGET} and not expansion.unset and expansion.text == arguments.globals.values[_TARGET]:
        yield "RedundantTargetPlatform"


def _of_stage(stage: StageState, expanded: Mapping[tuple[StageId, int, str], Sequence[str]]) -> Iterator[_Violation]:
    """What is said about the instructions of a stage."""
    shell, moved = _inherited(stage.parent)
    once: dict[str, Instruction] = {}
    for command in stage.commands:
        one = command.instruction
        words = expanded.get((stage.number, one.line, one.keyword), ())
        if one.keyword in _ONCE:
            if one.keyword in once:
                yield "MultipleInstructionsDisallowed", one
            once[one.keyword] = one
        if one.keyword in ("CMD", "ENTRYPOINT") and not one.is_json and not shell:
            yield "JSONArgsRecommended", one
        elif one.keyword == "SHELL":
            shell = True
        elif one.keyword == "WORKDIR":
            known = bool(words) and not (stage.env.open and "$" in one.args[0])
            if not moved and known and not words[0].startswith("/"):
                yield "WorkdirRelativePath", one
            moved = True
        elif one.keyword in ("ENV", "LABEL") and not one.rest.startswith(f"{one.args[0]}="):
            yield "LegacyKeyValueFormat", one
        elif one.keyword == "EXPOSE":
            yield from ((rule, one) for rule in _of_ports(words))
        if one.keyword in ("ENV", "ARG"):
            names = words[::2] if one.keyword == "ENV" else [name for name, _ in arguments_of(one)]
            if any(_SECRET.search(name) and not _NO_SECRET.search(name) for name in names):
                yield "SecretsUsedInArgOrEnv", one


def _inherited(stage: StageState | None) -> tuple[bool, bool]:
    """Whether a stage sets the shell and the directory, itself or by what it starts from."""
    shell = moved = False
    while stage is not None:
        keywords = {command.instruction.keyword for command in stage.commands}
        shell, moved = shell or "SHELL" in keywords, moved or "WORKDIR" in keywords
        stage = stage.parent
    return shell, moved


def _of_ports(words: Iterable[str]) -> Iterator[str]:
    for port in " ".join(words).split():
        address, _, rest = port.rpartition(":")
        protocol = rest.partition("/")[2]
        if protocol != protocol.lower():
            yield "ExposeProtoCasing"
        if address.strip(":"):
            yield "ExposeInvalidFormat"
