"""The commands that the steps of a build run, and whether they are ones that the catalogue knows."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from ctxopt.catalogue.ecosystems import Catalogue, Commands, Tool
from ctxopt.dockerfile.model import Plan, Step
from ctxopt.evidence.image import directories, resolved
from ctxopt.shell.model import Command
from ctxopt.shell.parse import commands
from ctxopt.shell.wrappers import plain, script_at

#: The steps whose words are those of commands.
COMMAND_STEPS: Final = ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK")
#: How many words of text that could not be parsed are looked at as one command.
_LONGEST_GUESS: Final = 8
#: How much of a command is shown to people.
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Run:
    """One command of a build.

    `words` begin with the command itself: commands that only run another one are taken off. `files` are
    those that its input comes from. `directory` is the one of the image that it works in, None where that
    is not known. `given` are the texts of the instructions that set variables for it.
    `sure` is False for a guess from text that could not be parsed. `origin` says for people where it is.
    """

    plan: int
    step: int
    words: tuple[str, ...]
    files: tuple[str, ...]
    directory: str | None
    given: tuple[str, ...]
    sure: bool
    origin: str

    @property
    def name(self) -> str:
        """The command without the directory that it is in."""
        return base_name(self.words[0]) if self.words else ""


def base_name(word: str) -> str:
    return word.rpartition("/")[2]


class Reader:
    """Reads the steps of one plan. `number` tells the plan from others."""

    def __init__(self, plan: Plan, number: int, known: Catalogue) -> None:
        self._plan = plan
        self._number = number
        self._known = known
        self._tools = tools(known)
        self.directories = directories(plan)

    def runs(self) -> Iterator[Run]:
        """The commands of all steps, in their order."""
        env: dict[int, list[str]] = {}
        parents = {stage.number: stage.parent for stage in self._plan.stages}
        for number, step in enumerate(self._plan.steps):
            parent = parents.get(step.stage)
            given = env.setdefault(step.stage, list(env.get(parent, ())) if parent is not None else [])
            if step.kind in ("ENV", "ARG"):
                given.append(step.text)
            elif step.kind in COMMAND_STEPS:
                yield from self._of_step(number, step, tuple(given))

    def _of_step(self, number: int, step: Step, given: tuple[str, ...]) -> Iterator[Run]:
        origin = f"{step.kind} {{}} ({self._plan.file}:{step.line})"
        start = Run(self._number, number, (), (), self.directories[number], given, True, origin)
        if step.words is not None:
            yield from self._of_words(step.words, start)
        elif step.shell or step.kind != "RUN":
            yield from self.of_text(step.text, start)
        else:
            yield from _guesses(step.text, start)

    def of_text(self, text: str, start: Run) -> Iterator[Run]:
        """The commands of a shell's text. `start` says where it is run."""
        found = commands(text)
        if found is None:
            yield from _guesses(text, start)
            return
        current = start
        for command in found:
            yield self._of_command(command, current)
            if command.words[0] == "cd":
                current = replace(current, directory=_changed(current.directory, command.words[1:]))

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
        return replace(start, words=words, files=command.reads, directory=directory, origin=origin)

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
        tool = self._tools.get(base_name(words[0])) if words else None
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


def tools(known: Catalogue) -> Mapping[str, Tool]:
    """The tools of the catalogue by name."""
    return {tool.name: tool for tool in known.tool}


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


# -- commands of the catalogue ------------------------------------------------------------------


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
    """The first of the runs that is one of the commands of the catalogue."""
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
    """The words that follow a command of the catalogue; None if it is another command."""
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
