"""The commands that the steps of a build run, and patterns for them.

A pattern for commands is written as their first words, in which flags may stand anywhere:

    npm ci              npm, then ci, whatever follows
    python -m venv      a flag in it must be there
    yarn $              nothing but flags follows
    git * !--version    any word; not if a word of the command has "--version" in it
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache, cached_property, lru_cache
from heapq import merge
from operator import itemgetter
from typing import Final

from ctxopt.catalogue.vocabulary import Commands, Tool, tools
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.ids import StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.image.given import Given, given
from ctxopt.image.places import directories, resolved
from ctxopt.image.shell.model import MOST_VARIANTS, Command, Scope
from ctxopt.image.shell.texts import Texts, texts_of_run
from ctxopt.image.shell.wrappers import base_name, plain

#: The instructions whose words are commands.
COMMAND_STEPS: Final = ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK")
#: Maximum number of words of one guessed command, in text that cannot be parsed.
_LONGEST_GUESS: Final = 8
#: Maximum number of variables that are known from one text to the next.
_MOST_ASSIGNED: Final = 2_000
#: The scopes of a command that the shell may skip.
_PERHAPS: Final = (Scope(0, False),)
#: Maximum length of a command in messages, in characters.
_SHOWN: Final = 60
#: Values that turn an option off.
_OFF: Final = frozenset({"false", "0", "no", "off"})
#: The first line of a RUN whose here-document a shell runs.
_SCRIPT: Final = lazy_re(
    r"""(?P<before>(?:/\S*/)?(?:ba|da|a|k|z)?sh(?:[ ]+-[-\w]+)*[ ]+)?"""
    r"""<<-?(?P<quote>["']?)(?P<name>\w+)(?P=quote)(?P<after>[ ]+(?:/\S*/)?(?:ba|da|a|k|z)?sh(?:[ ]+-[-\w]+)*)?[ ]*"""
)


@dataclass(frozen=True, slots=True)
class Run:
    """One command of a build.

    `words` begin with the command itself, without wrappers that only run another one; `bare` are those without
    the values of options that are no commands, and `written` are all words. `files` are those that its input is
    redirected from, `writes` those that its output is redirected to, `appends` those of them that it is only added to.
    `directory` is its working directory in the image, None if unknown. `given` are the texts of the instructions that
    set variables for it. `sure` is False for a guess from text that cannot be parsed. `origin` says where it is, for
    messages. `conditional` says that the shell may skip it, `by_value` that the value of a variable decides that,
    `asks` are conditions that must hold for it, and `project` says that a wrapper reads files of the project first.
    `script` is the path in the context of the script that it is written in, "" for none. `variants` are the
    words that it may have instead, with values in place of variables, and `outside` is the directory that these start
    in.
    """

    plan: int
    step: StepId
    words: tuple[str, ...]
    files: tuple[str, ...]
    directory: str | None
    given: Given
    sure: bool
    origin: str
    conditional: bool = False
    writes: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    project: bool = False
    script: str = ""
    variants: tuple[tuple[str, ...], ...] = ()
    outside: str | None = None
    by_value: bool = False
    appends: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()

    @property
    def identity(self) -> tuple[int, StepId, tuple[str, ...]]:
        """What two commands have in common that are the same one."""
        return self.plan, self.step, self.written

    @property
    def name(self) -> str:
        """The command without its directory."""
        return base_name(self.words[0]) if self.words else ""


def as_written(run: Run) -> Run:
    """A command with its wrappers: task runners name their own tasks, as in `hatch run test`."""
    return replace(run, words=run.written, bare=_bare(run.written))


class Reader:
    """Reads the commands of one plan's steps; `number` becomes the `plan` of each Run.

    `texts` are those that other builds run as well.
    """

    def __init__(self, plan: Plan, number: int, texts: Texts | None = None) -> None:
        self._texts = texts or texts_of_run()
        self._plan = plan
        self._number = number
        self.directories = directories(plan)
        self._given = list(given(plan))
        self._variants_left = MOST_VARIANTS
        #: What the texts so far assign to variables.
        self.assigned: dict[str, Sequence[str]] = {}

    def _assigned_to(self, name: str) -> Sequence[str]:
        return self.assigned.get(name, ())

    def runs(self) -> Iterator[Run]:
        """The commands of all steps, in order."""
        for number, _ in self._plan.numbered_steps():
            yield from self.of_step(number)

    def of_step(self, number: StepId) -> Iterator[Run]:
        """The commands of one step."""
        step = self._plan.steps[number]
        if step.kind not in COMMAND_STEPS:
            return
        origin = f"{step.kind} {{}} ({self._plan.file}:{step.line})"
        start = Run(self._number, number, (), (), self.directories[number], self._given[number], True, origin)
        if step.words is not None:
            yield from self.of_words(step.words, start)
        elif step.shell or step.kind != "RUN":
            yield from self.of_text(_given_script(step.text), start)
        else:
            yield from _guesses(step.text, start)

    def of_step_text(self, number: StepId, text: str, origin: str) -> Iterator[Run]:
        """The commands in a text that runs where a step does; `origin` says where it is, for messages."""
        yield from self.of_text(text, self.start(number, origin))

    def start(self, number: StepId, origin: str) -> Run:
        """No command, with all that those of a text have in common which runs where a step does."""
        return Run(self._number, number, (), (), self.directories[number], self._given[number], True, origin)

    def of_text(self, text: str, start: Run, begins: Callable[[str], bool] = lambda _: True) -> Iterator[Run]:
        """The commands in the text of a shell; `start` gives their other fields.

        `begins` says of a word whether a guess may begin with it, in text that cannot be parsed.
        """
        parsed, assigned = self._texts.commands(text, start.given.values_of, self._assigned_to)
        self.assigned.update(list(assigned.items())[: _MOST_ASSIGNED - len(self.assigned)])
        if parsed is None:
            yield from _guesses(text, start, begins)
            return
        whereabouts = _Whereabouts(start.directory)
        for command in parsed:
            if command.only_runs_text and not (command.reads or command.writes):
                continue
            yield self._of_command(command, start, whereabouts.at(command.scopes))
            whereabouts.after(command)

    @property
    def last_step(self) -> StepId | None:
        """The last step, after which the image is as it runs; None where there is none."""
        return StepId(len(self._plan.steps) - 1) if self._plan.steps else None

    def of_words(self, words: tuple[str, ...], start: Run) -> Iterator[Run]:
        """The command with these words, or those in the text that it passes to a shell."""
        if not words:
            return
        inner = plain(words)
        if inner.script is None:
            yield self._of_command(Command(words, 0), start, start.directory)
        else:
            moved = replace(start, directory=_moved(start.directory, inner.moves))
            yield from self.of_text(inner.words[inner.script], moved)

    def _of_command(self, command: Command, start: Run, outside: str | None) -> Run:
        """A command that is run in the directory `outside`."""
        inner = _understood(command.words)
        origin = start.origin.replace("{}", _shown(command.words), 1)
        return replace(
            start,
            words=inner.words,
            files=command.reads,
            directory=_moved(outside, inner.moves),
            origin=origin,
            conditional=command.conditional,
            by_value=command.by_value,
            asks=command.asks,
            writes=command.writes,
            appends=command.appends,
            bare=inner.bare,
            written=command.words,
            project=inner.project,
            variants=command.variants,
            outside=outside,
        )

    def variants(self, run: Run) -> Iterator[Run]:
        """A command with the values that its text gives to variables in it; which of them it has is not known."""
        yield from self._with(run, run.variants)

    def late_variants(self, runs: Iterable[Run]) -> Iterator[Run]:
        """Those that commands have besides with what texts assign that were read after them."""
        values = self._texts.values(self.assigned)
        for run in runs:
            # Of a guess only the first word counts for itself: the others begin guesses of their own.
            if self._variants_left and any("$" in word for word in (run.words if run.sure else run.words[:1])):
                known = {run.words, *run.variants}
                yield from self._with(run, (words for words in values.all_variants(run.words) if words not in known))

    def _with(self, run: Run, variants: Iterable[tuple[str, ...]]) -> Iterator[Run]:
        for words in variants:
            if not self._variants_left:
                return
            self._variants_left -= 1
            yield self._of_command(Command(words, 0, scopes=_PERHAPS), run, run.outside)


def _moved(directory: str | None, moves: Sequence[str]) -> str | None:
    """The working directory after some `cd`."""
    for move in moves:
        directory = _changed(directory, (move,))
    return directory


@dataclass(frozen=True, slots=True)
class _Understood:
    """The words of a command as in `Run`; `moves` are the arguments of `cd` that have the effect of the others."""

    words: tuple[str, ...]
    bare: tuple[str, ...]
    moves: tuple[str, ...]
    project: bool


# The same commands are in the scripts of many builds.
@lru_cache(maxsize=1 << 13)
def _understood(written: tuple[str, ...]) -> _Understood:
    """What the words of a command say."""
    inner = plain(written)
    moves, words = _located(inner.words)
    before = inner.moves if inner.script is None else ()
    return _Understood(words, _bare(words), (*before, *moves), inner.project)


def _located(words: tuple[str, ...]) -> tuple[Sequence[str], tuple[str, ...]]:
    """Where the options of a command say that it works, and its words without these."""
    tool = _tool(words)
    if tool is None or not tool.directory:
        return (), words
    moves: list[str] = []
    left: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        flag, equals, value = word.partition("=")
        at += 1
        if flag in tool.directory and (equals or at < len(words)):
            moves.append(value if equals else words[at])
            at += not equals
            continue
        left.append(word)
    return moves, tuple(left)


def _tool(words: tuple[str, ...]) -> Tool | None:
    """How the words of a command are read; None if nothing is known of it, or it has no option."""
    return tools().get(base_name(words[0])) if any(word[:1] == "-" for word in words[1:]) else None


def _bare(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without the values of options that are no commands."""
    tool = _tool(words)
    return words if tool is None else without_values(words, (*tool.values, *tool.files))


def without_values(words: tuple[str, ...], options: Sequence[str]) -> tuple[str, ...]:
    """The words without the values of some options that are words of their own."""
    if not options:
        return words
    return tuple(word for word, before in zip(words, ("", *words), strict=False) if before not in options)


def _given_script(text: str) -> str:
    """The here-document, if a shell runs it and there is nothing else; otherwise the text itself."""
    head, newline, rest = text.partition("\n")
    found = _SCRIPT.fullmatch(head) if newline else None
    if found is None or not (found["before"] or found["after"]):
        return text
    body, _, last = rest.rpartition("\n")
    return body if last.strip() == found["name"] else text


class _Whereabouts:
    """Follows `cd` to the directory of each command of a text."""

    def __init__(self, start: str | None) -> None:
        self._known: dict[tuple[Scope, ...], str | None] = {(): start}

    def at(self, scopes: tuple[Scope, ...]) -> str | None:
        """The current directory in nested scopes; None if unknown."""
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
        # After a branch either directory is possible.
        while scopes and not scopes[-1].subshell:
            scopes = scopes[:-1]
            self._known[scopes] = None


def _guesses(text: str, start: Run, begins: Callable[[str], bool] = lambda _: True) -> Iterator[Run]:
    """Guesses for text that cannot be parsed: every word may begin a command, unless `begins` denies it.

    So may the first word of what the shell puts in place of a command, as in `V=$(git describe)`.
    """
    words = text.replace("$(", " $( ").replace("`", " ` ").split()
    begun = (tuple(words[i : i + _LONGEST_GUESS]) for i, word in enumerate(words) if begins(word))
    for some in dict.fromkeys(begun):
        yield replace(
            start, words=some, bare=some, written=some, sure=False, origin=start.origin.replace("{}", _shown(some), 1)
        )


def _shown(words: Sequence[str]) -> str:
    text = " ".join(" ".join(words).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _changed(directory: str | None, words: Sequence[str]) -> str | None:
    """The directory after a `cd`; None if its argument depends on the shell."""
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


#: Options with which a tool only says something about itself.
_INFORMS: Final = ("-V", "--version", "-h", "--help")


def informs(run: Run) -> bool:
    """Whether a command only says something about its tool, such as the version."""
    # With something behind it, -v may ask pip to say more.
    return (len(run.words) == 2 and run.words[1] == "-v") or (len(run.words) > 1 and run.words[1] in _INFORMS)


def is_command(run: Run, command: str) -> bool:
    """Whether a command certainly matches a pattern, so that its effect can be relied on."""
    return _matches(run, command, loose=False)


def is_independent(run: Run) -> bool:
    """Whether a command has no use for the files of a project, unless one of its words is a path."""
    from ctxopt.catalogue.commands import known_commands

    return first_command((run,), known_commands().independent, is_command) is not None


def may_be_command(run: Run, command: str) -> bool:
    """Whether a command may match a pattern: other words, such as values of flags, may come in between."""
    return _matches(run, command, loose=True)


def first_command(runs: Iterable[Run], wanted: Commands, test: Callable[[Run, str], bool]) -> Run | None:
    """The first command that matches one of the patterns; None if none does."""
    plain_ones, wild = _by_name(wanted)
    for run in runs.that_may_be(wanted) if isinstance(runs, Runs) else runs:
        named = plain_ones.get(run.name, ())
        if (named or wild) and any(test(run, command) for command in (*named, *wild)):
            return run
    return None


class Runs(tuple[Run, ...]):
    """Commands that are found by their names: most questions are about few of many."""

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[tuple[int, Run]]]:
        found: dict[str, list[tuple[int, Run]]] = {}
        for number, run in enumerate(self):
            found.setdefault(run.name, []).append((number, run))
        return found

    @cached_property
    def _by_plan(self) -> Mapping[int, Sequence[Run]]:
        found: dict[int, list[Run]] = {}
        for run in self:
            found.setdefault(run.plan, []).append(run)
        return found

    def of_plan(self, number: int) -> Sequence[Run]:
        """Those of one build, in their order."""
        return self._by_plan.get(number, ())

    def that_may_be(self, wanted: Commands) -> Iterator[Run]:
        """Those that have a name with which a match of one of the patterns begins, in their order."""
        named = [runs for name, runs in self._by_name.items() if may_begin(name, wanted)]
        return (run for _, run in merge(*named, key=itemgetter(0)))


def may_begin(name: str, wanted: Commands) -> bool:
    """Whether a command of this name may match one of the patterns."""
    plain_ones, wild = _by_name(wanted)
    return name in plain_ones or any(_same(_pattern(command).words[0], name) for command in wild)


@cache
def _by_name(wanted: Commands) -> tuple[Mapping[str, list[str]], list[str]]:
    """Patterns by their first word, and those whose first word has wildcards."""
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
    """The words after the matched ones; None if the command does not match."""
    pattern = _pattern(command)
    taken = _match_words(pattern.words, _plain(run.bare), loose=False)
    if taken is None or _excluded(run, pattern, loose=False):
        return None
    rest = run.bare[taken:]
    return None if pattern.ends and any(not word.startswith("-") for word in rest) else rest


def option_values(words: Sequence[str], option: str) -> Iterator[str]:
    """The values that words give an option, behind it or behind its `=`."""
    for word, following in zip(words, (*words[1:], ""), strict=False):
        if word == option and following:
            yield following
        elif word.startswith(f"{option}="):
            yield word.partition("=")[2]


def _matches(run: Run, command: str, loose: bool) -> bool:
    pattern = _pattern(command)
    if not run.words or not _same(pattern.words[0], base_name(run.words[0])):
        return False
    taken = _match_words(pattern.words, _plain(run.bare), loose)
    if taken is None or _excluded(run, pattern, loose):
        return False
    return not pattern.ends or all(word.startswith("-") for word in run.bare[taken:])


def _plain(words: tuple[str, ...]) -> tuple[str, ...]:
    return (base_name(words[0]), *words[1:]) if words else ()


def _match_words(pattern: tuple[str, ...], words: tuple[str, ...], loose: bool) -> int | None:
    """The number of words up to the last one of the pattern; None without a match."""
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


def _excluded(run: Run, pattern: _Pattern, loose: bool) -> bool:
    """Whether a word that a pattern is `without` stands there, given as on.

    Whether an option whose value is a variable is on cannot be told, so it excludes nothing where a command is looked
    for that may match (`loose`).
    """
    for text in pattern.without:
        if any(fnmatchcase(word, text + "*") and ("=" in text or _may_be_on(word, loose)) for word in run.words):
            return True
        if run.given.mentions(text.strip("*")):
            return True
    return False


def _may_be_on(word: str, loose: bool) -> bool:
    """Whether an option is not given as off."""
    _, assigned, value = word.partition("=")
    return not (assigned and (value.lower() in _OFF or (loose and "$" in value)))
