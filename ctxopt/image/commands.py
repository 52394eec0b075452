"""The commands that the steps of a build run, and patterns for them.

A pattern for commands is written as their first words, in which flags may stand anywhere:

    npm ci              npm, then ci, whatever follows
    python -m venv      a flag in it must be there
    yarn $              nothing but flags follows
    git * !--version    any word; not if a word of the command has "--version" in it
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from ctxopt.catalogue.vocabulary import Commands, Vocabulary
from ctxopt.core.dockerfile.model import Plan
from ctxopt.image.places import directories, resolved
from ctxopt.image.shell.model import Command, Scope
from ctxopt.image.shell.wrappers import plain, script_at

#: The steps whose words are those of commands.
COMMAND_STEPS: Final = ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK")
#: How many words of text that could not be parsed are looked at as one command.
_LONGEST_GUESS: Final = 8
#: How much of a command is shown to people.
_SHOWN: Final = 60
#: The first line of a RUN that gives a here-document to a shell.
_SCRIPT: Final = re.compile(
    r"""(?P<before>(?:/\S*/)?(?:ba|da|a|k|z)?sh(?:[ ]+-[-\w]+)*[ ]+)?"""
    r"""<<-?(?P<quote>["']?)(?P<name>\w+)(?P=quote)(?P<after>[ ]+(?:/\S*/)?(?:ba|da|a|k|z)?sh(?:[ ]+-[-\w]+)*)?[ ]*"""
)


@dataclass(frozen=True, slots=True)
class Run:
    """One command of a build.

    `words` begin with the command itself: commands that only run another one are taken off. `files` are
    those that its input comes from. `directory` is the one of the image that it works in, None where that
    is not known. `given` are the texts of the instructions that set variables for it.
    `sure` is False for a guess from text that could not be parsed. `origin` says for people where it is.
    `conditional` tells that the shell may well skip it; `writes` are the files that its output goes to.
    """

    plan: int
    step: int
    words: tuple[str, ...]
    files: tuple[str, ...]
    directory: str | None
    given: tuple[str, ...]
    sure: bool
    origin: str
    conditional: bool = False
    writes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The command without the directory that it is in."""
        return base_name(self.words[0]) if self.words else ""


def base_name(word: str) -> str:
    return word.rpartition("/")[2]


class Reader:
    """Reads the steps of one plan. `number` tells the plan from others."""

    def __init__(self, plan: Plan, number: int, known: Vocabulary) -> None:
        self._plan = plan
        self._number = number
        self._known = known
        self.directories = directories(plan)
        self._given = list(_given(plan))

    def runs(self) -> Iterator[Run]:
        """The commands of all steps, in their order."""
        for number in range(len(self._plan.steps)):
            yield from self.of_step(number)

    def of_step(self, number: int) -> Iterator[Run]:
        """The commands of one step."""
        step = self._plan.steps[number]
        if step.kind not in COMMAND_STEPS:
            return
        origin = f"{step.kind} {{}} ({self._plan.file}:{step.line})"
        start = Run(self._number, number, (), (), self.directories[number], self._given[number], True, origin)
        if step.words is not None:
            yield from self._of_words(step.words, start)
        elif step.shell or step.kind != "RUN":
            yield from self.of_text(_given_script(step.text), start)
        else:
            yield from _guesses(step.text, start)

    def of_text(self, text: str, start: Run) -> Iterator[Run]:
        """The commands of a shell's text. `start` says where it is run."""
        # What reads a shell's text is loaded for the first one.
        from ctxopt.image.shell.parse import commands

        found = commands(text)
        if found is None:
            yield from _guesses(text, start)
            return
        whereabouts = _Whereabouts(start.directory)
        for command in found:
            yield self._of_command(command, replace(start, directory=whereabouts.at(command.scopes)))
            whereabouts.after(command)

    def _of_words(self, words: tuple[str, ...], start: Run) -> Iterator[Run]:
        """The command with these words, or the ones in the text that it gives to a shell."""
        if not words:
            return
        command = Command(words, 0)
        inner = plain(command).words
        script = script_at(inner) if inner else None
        if script is None:
            yield self._of_command(command, start)
        else:
            yield from self.of_text(inner[script], start)

    def _of_command(self, command: Command, start: Run) -> Run:
        words = self._unwrapped(plain(command).words)
        directory, words = self._located(words, start.directory)
        origin = start.origin.replace("{}", _shown(command.words), 1)
        return replace(
            start,
            words=words,
            files=command.reads,
            directory=directory,
            origin=origin,
            conditional=command.conditional,
            writes=command.writes,
        )

    def _unwrapped(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The words without commands before them that only run what follows."""
        while words:
            taken = max((_taken(wrapper, words) for wrapper in self._known.wrappers), default=0)
            if not taken:
                return words
            rest = words[taken:]
            while rest and rest[0].startswith("-"):
                rest = rest[1:]
            if not rest:
                return words
            words = rest
        return words

    def _located(self, words: tuple[str, ...], directory: str | None) -> tuple[str | None, tuple[str, ...]]:
        """Where a command works, and its words without the flags for that and without values that say nothing."""
        tool = self._known.tools.get(base_name(words[0])) if words else None
        if tool is None or not (tool.directory or tool.values):
            return directory, words
        left: list[str] = []
        at = 0
        while at < len(words):
            word = words[at]
            flag, equals, value = word.partition("=")
            at += 1
            if flag in tool.directory and (equals or at < len(words)):
                directory = _changed(directory, (value if equals else words[at],))
                at += not equals
                continue
            left.append(word)
            at += word in tool.values
        return directory, tuple(left)


def _given_script(text: str) -> str:
    """The text that a shell gets as a here-document, if that is all there is; or else the text as it is."""
    head, newline, rest = text.partition("\n")
    found = _SCRIPT.fullmatch(head) if newline else None
    if found is None or not (found["before"] or found["after"]):
        return text
    body, _, last = rest.rpartition("\n")
    return body if last.strip() == found["name"] else text


def _given(plan: Plan) -> Iterator[tuple[str, ...]]:
    """For each step the texts of the instructions that set variables for it."""
    texts: dict[int, list[str]] = {}
    parents = {stage.number: stage.parent for stage in plan.stages}
    for step in plan.steps:
        parent = parents.get(step.stage)
        given = texts.setdefault(step.stage, list(texts.get(parent, ())) if parent is not None else [])
        yield tuple(given)
        if step.kind in ("ENV", "ARG"):
            given.append(step.text)


class _Whereabouts:
    """The directory that each command of a text works in, by the `cd` before it."""

    def __init__(self, start: str | None) -> None:
        self._known: dict[tuple[Scope, ...], str | None] = {(): start}

    def at(self, scopes: tuple[Scope, ...]) -> str | None:
        """The directory in some scopes now; None if it is not known."""
        if len(self._known) > 1:
            for end in range(len(scopes), 0, -1):
                if scopes[:end] in self._known:
                    return self._known[scopes[:end]]
        return self._known[()]

    def after(self, command: Command) -> None:
        if command.words[0] not in ("cd", "pushd", "popd"):
            return
        scopes = command.scopes
        is_cd = command.words[0] == "cd"
        self._known[scopes] = _changed(self.at(scopes), command.words[1:]) if is_cd else None
        # After something that may not be run, either directory is possible.
        while scopes and not scopes[-1].subshell:
            scopes = scopes[:-1]
            self._known[scopes] = None


def _guesses(text: str, start: Run) -> Iterator[Run]:
    """For text that cannot be parsed: every word may begin a command."""
    words = text.split()
    for some in dict.fromkeys(tuple(words[i : i + _LONGEST_GUESS]) for i in range(len(words))):
        yield replace(start, words=some, sure=False, origin=start.origin.replace("{}", _shown(some), 1))


def _shown(words: Sequence[str]) -> str:
    text = " ".join(" ".join(words).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _changed(directory: str | None, words: Sequence[str]) -> str | None:
    """The directory after a `cd`; None for one that is not written out."""
    targets = [word for word in words if not word.startswith("-")]
    if len(targets) != 1 or any(char in targets[0] for char in "$`*?~"):
        return None
    return resolved(directory, targets[0])


# -- patterns for commands ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pattern:
    words: tuple[str, ...]
    without: tuple[str, ...]
    #: Whether nothing but flags may follow.
    ends: bool


@cache
def _pattern(command: str) -> _Pattern:
    words = command.split()
    return _Pattern(
        tuple(word for word in words if word != "$" and not word.startswith("!")),
        tuple(word[1:] for word in words if word.startswith("!")),
        "$" in words,
    )


def is_command(run: Run, command: str) -> bool:
    """Whether this is the command for certain, so that what it does may be relied on."""
    return _matches(run, command, loose=False)


def may_be_command(run: Run, command: str) -> bool:
    """Whether this may be the command: other words, such as the values of flags, may stand in between."""
    return _matches(run, command, loose=True)


def first_command(runs: Iterable[Run], wanted: Commands, test: Callable[[Run, str], bool]) -> Run | None:
    """The first of the runs that is one of these commands."""
    plain_ones, wild = _by_name(wanted)
    for run in runs:
        if any(test(run, command) for command in (*plain_ones.get(run.name, ()), *wild)):
            return run
    return None


@cache
def _by_name(wanted: Commands) -> tuple[Mapping[str, list[str]], list[str]]:
    """Commands by their first word, and those of which that has wildcards."""
    plain_ones: dict[str, list[str]] = {}
    wild = []
    for command in wanted:
        name = _pattern(command).words[0]
        if "*" in name:
            wild.append(command)
        else:
            plain_ones.setdefault(name, []).append(command)
    return plain_ones, wild


def words_after(run: Run, command: str) -> tuple[str, ...] | None:
    """The words that follow a command; None if it is another one."""
    pattern = _pattern(command)
    taken = _match_words(pattern.words, _plain(run.words), loose=False)
    if taken is None or _excluded(run, pattern):
        return None
    rest = run.words[taken:]
    return None if pattern.ends and any(not word.startswith("-") for word in rest) else rest


def _matches(run: Run, command: str, loose: bool) -> bool:
    pattern = _pattern(command)
    if not run.words or not _same(pattern.words[0], base_name(run.words[0])):
        return False
    taken = _match_words(pattern.words, _plain(run.words), loose)
    if taken is None or _excluded(run, pattern):
        return False
    return not pattern.ends or all(word.startswith("-") for word in run.words[taken:])


def _plain(words: tuple[str, ...]) -> tuple[str, ...]:
    return (base_name(words[0]), *words[1:]) if words else ()


def _match_words(pattern: tuple[str, ...], words: tuple[str, ...], loose: bool) -> int | None:
    """How many of the words it takes until all of the pattern's have come; None if they do not."""
    at = 0
    for i, word in enumerate(words):
        if _same(pattern[at], word):
            at += 1
            if at == len(pattern):
                return i + 1
        elif i == 0 or not (loose or word.startswith("-")):
            return None
    return None


def _same(pattern: str, word: str) -> bool:
    if pattern == "*":
        return not word.startswith("-")
    return pattern == word or ("*" in pattern and fnmatchcase(word, pattern))


def _excluded(run: Run, pattern: _Pattern) -> bool:
    for text in pattern.without:
        if any(fnmatchcase(word, text + "*") for word in run.words):
            return True
        if any(text.strip("*") in given for given in run.given):
            return True
    return False


def _taken(wrapper: str, words: tuple[str, ...]) -> int:
    """How many words a command that runs another one takes; 0 if this is another one."""
    return _match_words(_pattern(wrapper).words, _plain(words), loose=False) or 0
