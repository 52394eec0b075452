"""Commands that run another command, such as `sudo` and `env`."""

from collections.abc import Sequence
from dataclasses import field

from ctxopt.catalogue.vocabulary import Wrapper, may_run_another, shells, wrappers_by_name
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re

_ASSIGNMENT = lazy_re(r"[A-Za-z_][A-Za-z0-9_]*=")
#: A directory that is not known, as an argument of `cd`.
_ELSEWHERE = "~"


@dataclass(frozen=True, slots=True)
class Plain:
    """The command that wrappers run in the end.

    `words` are the last words of the whole command. `moves` are the arguments of `cd` that have the effect of the
    wrappers on the working directory, "~" where that is unknown. `script` is the index in `words` of a text for a
    shell, None if there is none. `project` says that a wrapper reads files of a project first.
    """

    words: tuple[str, ...]
    moves: tuple[str, ...] = ()
    script: int | None = None
    project: bool = False


def plain(words: tuple[str, ...]) -> Plain:
    """The command that `sudo`, `env`, `gosu`, `npx` and others run in the end, or the text for a shell.

    A wrapper that runs nothing, such as `command -v x`, is itself that command.
    """
    moves: tuple[str, ...] = ()
    project = False
    while _may_run_another(words):
        scan = _scan(words)
        if scan is None:
            break
        moves += tuple(scan.moves)
        project |= scan.wrapper.project
        if scan.script is not None:
            return Plain(words, moves, scan.script, project)
        words = words[scan.at :]
    return Plain(words, moves, _shell_script(words), project)


def _may_run_another(words: tuple[str, ...]) -> bool:
    return bool(words) and may_run_another((base_name(words[0]), *words[1:]))


def _shell_script(words: tuple[str, ...]) -> int | None:
    """The index of the script of a shell's `-c`; None if this is no such command."""
    if not _may_run_another(words) or base_name(words[0]) not in shells().shells:
        return None
    at = 1
    given = False
    while at < len(words) and words[at][:1] in ("-", "+") and len(words[at]) > 1:
        option = words[at]
        at += 1
        if option == "--":
            break
        if option.startswith("--"):
            continue
        given |= option[0] == "-" and "c" in option
        at += option.lower().count("o")
    return at if given and at < len(words) else None


def base_name(word: str) -> str:
    """A command without the directory that it is in."""
    return word.rpartition("/")[2]


@dataclass(slots=True)
class _Scan:
    """The words of a wrapper, read up to `at`."""

    words: Sequence[str]
    wrapper: Wrapper
    at: int = 1
    moves: list[str] = field(default_factory=list)
    script: int | None = None
    instead: bool = False
    never: bool = False

    def reads(self, name: Sequence[str]) -> bool:
        """Read all up to the command; False if these are not the words of this wrapper with a command behind."""
        for part in name[1:]:
            self._options()
            if self.words[self.at : self.at + 1] != (part,):
                return False
            self.at += 1
        if self.wrapper.optional and not self._next().startswith("-"):
            self.at += self.wrapper.optional
        self._options()
        for _ in range(0 if self.instead else self.wrapper.arguments):
            self.at += 1
            self._options()
        self._assignments()
        if self.wrapper.moved:
            self.moves.append(_ELSEWHERE)
        return not self.never and (self.script is not None or self._has_command())

    def _has_command(self) -> bool:
        wrapper = self.wrapper
        if not self._next() or (wrapper.runs and self._next() not in wrapper.runs):
            return False
        return wrapper.words or self.instead

    def _next(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def _assignments(self) -> None:
        # No command is called by a number: that is how often or how long.
        while self._next().isdecimal() or (self.wrapper.assignments and _ASSIGNMENT.match(self._next())):
            self.at += 1
            self._options()

    def _options(self) -> None:
        while self._next().startswith("-") and self.script is None:
            word = self._next()
            self.at += 1
            if word == "--":
                return
            if word.startswith("--"):
                name, equals, value = word.partition("=")
                self._option(name, value if equals else None)
            else:
                self._short(word)

    def _short(self, word: str) -> None:
        """Read a word of short options: behind one that takes a value is the value."""
        for index, letter in enumerate(word[1:] or "-", 2):
            name = "-" if word == "-" else f"-{letter}"
            if self._option(name, word[index:] or None):
                return

    def _option(self, name: str, value: str | None) -> bool:
        """Note what an option says, and return whether it takes a value; None is one in the next word."""
        wrapper = self.wrapper
        self.never |= name in wrapper.never
        self.instead |= name in wrapper.instead
        if name in wrapper.moves:
            self.moves.append(_ELSEWHERE)
        if name in wrapper.script:
            self.script = self.at if value is None and self.at < len(self.words) else None
            self.never |= self.script is None
            return True
        if name not in wrapper.values:
            return False
        if value is None:
            value = self._next()
            self.at += 1
        if name in wrapper.directory:
            self.moves.append(value)
        return True


def _scan(words: tuple[str, ...]) -> _Scan | None:
    """The wrapper that these words are, read up to the command that it runs; None if they are none."""
    for name, wrapper in wrappers_by_name().get(base_name(words[0]), ()):
        scan = _Scan(words, wrapper)
        if scan.reads(name):
            return scan
    return None
