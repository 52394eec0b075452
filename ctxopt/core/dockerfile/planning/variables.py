"""Variables of a build: their values, which of them are in doubt, and the words that they are expanded in."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Final

from ctxopt.core.dockerfile.lex import Expansion, Lex, LexError
from ctxopt.core.dockerfile.parser import Instruction
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError, DockerfileError

#: Stands for any argument that a build may be given besides those that are known.
ANY_ARGUMENT: Final = "*"

#: The arguments that BuildKit itself gives, from the platforms of the build and of the machine.
PLATFORM_ARGUMENTS: Final = tuple(
    f"{of}{part}" for of in ("BUILD", "TARGET") for part in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")
)

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: Maximum number of characters that variables may add altogether: each line can contain the largest value again.
_MAX_ADDED = 1 << 24
#: What the name of a platform consists of.
_PLATFORM = lazy_re(r"[\w./()-]*", re.ASCII)
#: Names of architectures that containerd/platforms rewrites: architecture, and variant if the name implies one.
_MACHINES = {
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
    "armv7l": ("arm", "v7"),
    "i386": ("386", ""),
    "i686": ("386", ""),
}


@dataclass(eq=False, slots=True)
class Variables:
    """Variables with their values. `doubts` are the names that may be unset or have another value in a real build.

    `given` are the names of those whose values contain one that the build is given, and the Dockerfile does not show.
    """

    values: dict[str, str] = field(default_factory=dict)
    doubts: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)
    #: Whether an unknown image may set any other variable as well.
    open: bool = False
    #: Whether these are the arguments before the first FROM.
    outer: bool = False

    def set(self, name: str, value: str, doubt: bool, *, given: bool = False) -> None:
        self.values[name] = value
        (self.doubts.add if doubt else self.doubts.discard)(name)
        (self.given.add if given else self.given.discard)(name)

    def copy(self) -> "Variables":
        return Variables(dict(self.values), set(self.doubts), set(self.given), self.open)

    def overridden_by(self, other: "Variables") -> "Variables":
        """These variables, with those of `other` set over them."""
        doubts = (self.doubts - other.values.keys()) | other.doubts
        given = (self.given - other.values.keys()) | other.given
        return Variables({**self.values, **other.values}, doubts, given, self.open)

    def without_given(self) -> Mapping[str, str]:
        """The values, with a reference in place of each that is not to be shown."""
        return {**self.values, **{name: f"${name}" for name in self.given}}


def of_image(unknown: bool) -> Variables:
    """The variables of an image; those of `scratch` are known."""
    variables = Variables(open=unknown)
    variables.set("PATH", _PATH, unknown)
    return variables


class Words:
    """Expands the words of one Dockerfile, whose name is `file`. `devices`: its front end may know `RUN --device`."""

    def __init__(self, file: str, lex: Lex, *, devices: bool = False) -> None:
        self.file = file
        self.devices = devices
        self._lex = lex
        self._added = 0
        #: The variables without a value that are not declared either, with the instruction that names each.
        self.undefined: list[tuple[str, Instruction]] = []

    def expand(
        self, word: str, env: Variables, instruction: Instruction, lex: Lex | None = None
    ) -> tuple[str, frozenset[str]]:
        """The expanded word, and the variables in it whose values are in doubt. Raises DockerfileError."""
        result, doubts = self._expanded(word, env, instruction, lex)
        if result.unset and not env.open and not (env.outer and instruction.keyword == "ARG"):
            self.undefined += [(name, instruction) for name in result.unset - env.doubts]
        return result.text, doubts

    def split(self, word: str, env: Variables, instruction: Instruction) -> tuple[tuple[str, ...], frozenset[str]]:
        """The words that a word becomes, and the variables as of `expand`. Raises DockerfileError."""
        result, doubts = self._expanded(word, env, instruction, None)
        return result.words, doubts

    def _expanded(
        self, word: str, env: Variables, instruction: Instruction, lex: Lex | None
    ) -> tuple[Expansion, frozenset[str]]:
        try:
            result = (lex or self._lex).expand(word, env.values, may_be_set=env.open)
        except LexError as error:
            raise self.error(self._problem(word, env, error), instruction.line) from None
        self._added += result.added
        if self.is_full:
            raise self.error(f"the variables up to here fill in more than {_MAX_ADDED:,} characters", instruction.line)
        doubts = (result.used | result.unset) & env.doubts
        return result, frozenset(doubts | result.unset if env.open else doubts)

    def expansion(self, word: str, env: Variables) -> Expansion:
        """All about an expanded word, which can be expanded."""
        return self._lex.expand(word, env.values, may_be_set=env.open)

    @property
    def is_full(self) -> bool:
        """Whether variables have added too much, so that no further word can be expanded."""
        return self._added > _MAX_ADDED

    def quiet(self) -> "Words":
        """The same for words that do not count."""
        return Words(self.file, self._lex)

    def _problem(self, word: str, env: Variables, error: LexError) -> str:
        """Why a word cannot be expanded, without any value that the build is given."""
        if not env.given:
            return str(error)
        try:
            self._lex.expand(word, env.without_given(), may_be_set=env.open)
        except LexError as shown:
            return str(shown)
        return f"{word} cannot be expanded with the arguments that are given"

    def is_given(self, word: str, env: Variables) -> bool:
        """Whether a word, which can be expanded, has a value in it that the build is given."""
        if not env.given or "$" not in word:
            return False
        return not env.given.isdisjoint(self._lex.expand(word, env.values, may_be_set=env.open).used)

    def refuse(
        self,
        problem_of: Callable[[str], str],
        value: str,
        word: str,
        env: Variables,
        doubts: frozenset[str],
        line: int,
    ) -> None:
        """Raise DockerfileError if a value has a problem that a word becomes; it is not shown if the build is given it.

        A value in doubt has none.
        """
        problem = "" if doubts else problem_of(value)
        if problem:
            shown = f"{word} is not valid with the arguments that are given" if self.is_given(word, env) else problem
            raise self.error(shown, line)

    def is_plain(self, word: str, line: int) -> bool:
        """Whether a word contains no variable, quote or escape. Raises DockerfileError."""
        try:
            return self._lex.expand(word, {}).text == word
        except LexError as error:
            raise self.error(str(error), line) from None

    def error(self, problem: str, line: int, hint: str = "") -> DockerfileError:
        """An error at a line of the Dockerfile, to be raised."""
        return DockerfileError(problem, file=self.file, line=line, hint=hint)


@dataclass(frozen=True, slots=True)
class Arguments:
    """The build arguments: those that are given, those before the first FROM, and the predefined ones.

    `unknown` are the names of those that are given with a value that is not known.
    """

    given: Mapping[str, str]
    globals: Variables
    #: The predefined arguments that the platforms decide.
    platform: Mapping[str, str]
    unknown: frozenset[str] = frozenset()


def build_arguments(
    words: Words,
    declared: Iterable[Instruction],
    given: Mapping[str, str],
    platform: str | None,
    target: str,
    unknown: Iterable[str] = (),
) -> Arguments:
    """The arguments of a build; `declared` are the ARG instructions before the first FROM. Raises DockerfileError.

    `unknown` are the names of further arguments that are given, with a value that is not known. Raises CtxoptError for
    what names no platform, such as a list of several, as containerd/platforms does.
    """
    if platform is not None and not _PLATFORM.fullmatch(platform):
        raise CtxoptError(f'"{platform}" is not a platform', hint="name one, such as linux/arm64")
    unknown = frozenset(unknown)
    host = f"linux/{machine()}"
    predefined = {**_platform_args("BUILD", host), **_platform_args("TARGET", platform or host)}
    variables = Variables(outer=True)
    for name, value in {**predefined, "TARGETSTAGE": target or "default"}.items():
        # The machine that builds may be another one, whatever the platform that is built for.
        assumed = platform is None or name.startswith("BUILD")
        doubt = name in unknown or (assumed and name in predefined and name not in given)
        variables.set(name, given.get(name, value), doubt, given=name in given)
    for instruction in declared:
        for name, default in arguments_of(instruction):
            if name in given:
                variables.set(name, given[name], False, given=True)
            elif default is not None:
                value, doubts = words.expand(default, variables, instruction)
                shows = words.is_given(default, variables)
                variables.set(name, value, bool(doubts) or name in unknown, given=shows)
    return Arguments(given, variables, predefined, unknown)


def arguments_of(instruction: Instruction) -> list[tuple[str, str | None]]:
    """The names that an ARG declares, each with its default if it has one."""
    pairs = []
    for word in instruction.args:
        name, equals, default = word.partition("=")
        pairs.append((name, default if equals else None))
    return pairs


def machine() -> str:
    """The machine's architecture, as its system names it."""
    if hasattr(os, "uname"):
        return os.uname().machine
    import platform

    return platform.machine()


def _platform_args(prefix: str, platform: str) -> dict[str, str]:
    """The predefined arguments of a platform, in the names that containerd/platforms gives."""
    system, _, machine = platform.lower().partition("/")
    architecture, _, variant = machine.partition("/")
    architecture, implied = _MACHINES.get(architecture, (architecture, ""))
    variant = implied or variant
    if architecture == "arm":
        variant = "v" + (variant or "7").removeprefix("v")
    elif (architecture, variant.removeprefix("v")) in (("arm64", "8"), ("amd64", "1")):
        variant = ""
    whole = "/".join(part for part in (system, architecture, variant) if part)
    values = {"PLATFORM": whole, "OS": system, "OSVERSION": "", "ARCH": architecture, "VARIANT": variant}
    return {prefix + name: value for name, value in values.items()}
