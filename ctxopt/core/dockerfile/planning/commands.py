"""Instructions with their flags, checked as BuildKit checks them when it parses the file."""

import re

from ctxopt.core.dockerfile.flags import FlagError, mount_stage, parse_flags
from ctxopt.core.dockerfile.forms import form_problem
from ctxopt.core.dockerfile.lex import LexError
from ctxopt.core.dockerfile.model import Step
from ctxopt.core.dockerfile.parser import Instruction, heredoc_of, parse_trigger
from ctxopt.core.dockerfile.planning.state import Command, StageState
from ctxopt.core.dockerfile.planning.variables import Words
from ctxopt.core.golang.text import SPACE
from ctxopt.core.ids import ReadId, StageId
from ctxopt.core.lazy_re import lazy_re

#: The first line of a script for a shell like the one that RUN uses.
_SHELL_SCRIPT = lazy_re(r"#![ \t]*(?:\S*/)?(?:env[ \t]+(?:-\S+[ \t]+)*)?(?:ba|da|a|k|z)?sh(?=\s|$)")
#: The names of images with triggers, such as `python:3-onbuild`.
_ONBUILD = lazy_re(r"(?:^|[:/._-])onbuild(?:$|[@:._-])")


def checked(words: Words, instruction: Instruction, trigger: bool = False) -> Command:
    """An instruction as a command. Raises DockerfileError for what BuildKit's parser refuses."""
    keyword, args = instruction.keyword, instruction.args
    problem = form_problem(instruction)
    if problem:
        raise words.error(problem, instruction.line)
    try:
        flags = {} if _takes_any_flag(instruction) else parse_flags(keyword, instruction.flags)
        for mount in flags.get("mount", ()):
            mount_stage(mount)
    except FlagError as error:
        raise words.error(str(error), instruction.line) from None
    if keyword in ("COPY", "ADD") and is_heredoc(args[-1]):
        raise words.error(f"{keyword} cannot have a here-document as its destination", instruction.line)
    return Command(instruction, flags, trigger=trigger)


def _takes_any_flag(instruction: Instruction) -> bool:
    """Whether BuildKit does not look at the flags of an instruction."""
    keyword = instruction.keyword
    return keyword in ("ARG", "STOPSIGNAL") or (keyword == "HEALTHCHECK" and instruction.args[0].upper() == "NONE")


def triggered(words: Words, onbuild: Instruction, line: int) -> Command:
    """The command that an ONBUILD causes in the stage whose FROM is at this line. Raises DockerfileError."""
    text = onbuild.text.lstrip()[len("ONBUILD") :].lstrip("\t\n\f\r ")
    return checked(words, parse_trigger(_with_heredocs(text, onbuild), words.file, line), trigger=True)


def image_triggers(words: Words, stage: StageState) -> list[Command]:
    """What the ONBUILD triggers of a stage's image do, as far as its name tells: such images copy the context."""
    named = stage.number >= 0 and stage.parent is None and stage.has_unknown_image
    if not named or _ONBUILD.search(stage.base) is None:
        return []
    return [checked(words, parse_trigger("COPY . .", words.file, stage.line), trigger=True)]


def is_heredoc(word: str) -> bool:
    """Whether a word starts a here-document."""
    try:
        return heredoc_of(word) is not None
    except LexError:
        return False


def step_of(
    command: Command, stage: StageId, workdir: str | None, read: ReadId | None, expanded: tuple[str, ...] = ()
) -> Step:
    """A command as a step of the build; `workdir` is the directory before it, `read` its index in `Plan.reads`.

    `expanded` are its words, see Step.
    """
    instruction = command.instruction
    text, words, shell = _shell_text(instruction)
    return Step(
        stage,
        instruction.keyword,
        instruction.line,
        text,
        words if instruction.is_json else None,
        workdir,
        shell and not instruction.is_json,
        instruction.flags,
        instruction.end_line,
        read,
        tuple(source.number for source in command.sources if source.number >= 0 and not source.replaced),
        expanded,
    )


def _shell_text(instruction: Instruction) -> tuple[str, tuple[str, ...], bool]:
    """What follows the keyword and the flags, as text and as words, and whether a shell would run the text."""
    keyword, args, rest = instruction.keyword, instruction.args, instruction.rest
    if keyword == "RUN" and instruction.heredocs and is_heredoc(rest):
        # The shell then gets the text itself, and a text with a #! line is run as a script.
        only = instruction.heredocs[0]
        text = without_tabs(only.text) if only.strip_tabs else only.text
        return text, args, not text.startswith("#!") or _SHELL_SCRIPT.match(text) is not None
    if keyword == "HEALTHCHECK" and args[0].upper() == "CMD":
        return rest[len("CMD") :].lstrip(SPACE), args[1:], True
    return _with_heredocs(rest, instruction), args, keyword in ("RUN", "CMD", "ENTRYPOINT")


def without_tabs(text: str) -> str:
    """The text of a here-document that begins with `<<-`, without the tabs at the starts of its lines."""
    return re.sub(r"(?m)^\t+", "", text)


def _with_heredocs(text: str, instruction: Instruction) -> str:
    return text + "".join(f"\n{heredoc.text}{heredoc.name}" for heredoc in instruction.heredocs)
