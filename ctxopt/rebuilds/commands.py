"""What the commands of a RUN need of the files that were copied before: none, the manifests, or unknown."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ctxopt.catalogue.ecosystems import Install, catalogue
from ctxopt.catalogue.names import any_match
from ctxopt.core.dockerfile.model import Plan
from ctxopt.image.commands import Reader, Run, is_command

#: What `rm` may remove without affecting a project's files.
_SYSTEM: Final = ("/var/", "/tmp/", "/root/.", "/usr/share/doc", "/usr/share/man", "/etc/apt/")
#: What makes the value of a word unknown.
_UNSURE: Final = frozenset("$`~*?[{")
#: The endings of files that a package manager may be given.
_FILES: Final = (".deb", ".rpm", ".apk", ".whl", ".gem", ".tgz", ".gz", ".xz", ".bz2", ".zip", ".txt", ".list", ".jar")
#: Commands that take words from a file, or read a project's, before they run another one.
_READING: Final = re.compile(
    r"\b(?:xargs|npx|bunx|uvx)\b|\b(?:uv|poetry|pipenv|pdm|hatch|rye|conda) run\b|\b(?:npm|pnpm|yarn|bundle) exec\b"
)


@dataclass(frozen=True, slots=True)
class Installing:
    """A command that installs dependencies."""

    run: Run
    install: Install

    @property
    def named(self) -> tuple[str, ...]:
        """The files that flags of the command name, as written."""
        words = self.run.words
        files = []
        for flag, value in zip(words, (*words[1:], ""), strict=True):
            name, equals, given = flag.partition("=")
            if name in self.install.named_by:
                files.append(given if equals else value)
        return tuple(files)

    def wants(self, name: str) -> bool:
        """Whether a file of this name in its directory is one that it needs."""
        return any_match(self.install.needs, name) or name in {word.removeprefix("./") for word in self.named}


class Commands:
    """The commands of a plan's steps."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._known = catalogue()
        self._runs: defaultdict[int, list[Run]] = defaultdict(list)
        for run in Reader(plan, 0, self._known.vocabulary).runs():
            self._runs[run.step].append(run)

    def of(self, step: int) -> Sequence[Run]:
        """The commands of a step, by its index in the plan."""
        return self._runs[step]

    def is_independent(self, step: int) -> bool:
        """Whether a RUN surely does not use what was copied before."""
        return self._is_plain(step) and all(map(self._independent, self._runs[step]))

    def installing(self, step: int) -> tuple[Installing, ...]:
        """The commands of a RUN that only installs dependencies; () for any other."""
        if not self._is_plain(step):
            return ()
        commands: list[Installing] = []
        for run in self._runs[step]:
            installing = self.install(run)
            if installing is not None:
                commands.append(installing)
            elif not self._independent(run):
                return ()
        return tuple(commands)

    def install(self, run: Run) -> Installing | None:
        """A command as one that installs dependencies; None if it may not be one."""
        if not run.sure or run.files:
            return None
        for install in self._known.install:
            if any(is_command(run, command) for command in install.commands):
                installing = Installing(run, install)
                unsure = any(_UNSURE & set(word) for word in installing.named)
                return None if unsure or _goes_on(installing) else installing
        return None

    def _is_plain(self, step: int) -> bool:
        """Whether a step is a RUN with known commands and without mounted files."""
        instruction = self._plan.steps[step]
        if instruction.kind != "RUN" or instruction.read is not None or instruction.takes_from:
            return False
        if _READING.search(" ".join(instruction.words or (instruction.text,))):
            return False
        return bool(self._runs[step])

    def _independent(self, run: Run) -> bool:
        if not run.sure or run.files:
            return False
        if run.name == "rm":
            return all(word.startswith(("-", *_SYSTEM)) and "$" not in word for word in run.words[1:])
        if any(_UNSURE & set(word) or "/" in word or word.endswith(_FILES) for word in run.words[1:]):
            return False
        return any(is_command(run, command) for command in self._known.independent)


def _goes_on(installing: Installing) -> bool:
    """Whether an installing command names something of the project besides the files that it is known to need."""
    named = set(installing.named)
    for word in installing.run.words[1:]:
        value = word.partition("=")[2] if word.startswith("-") else word
        if word in ("-e", "--editable", ".", "..") or value.startswith(("./", "../", ".[")):
            return value not in named
        if value in named or value.startswith("/") or "://" in value:
            continue
        if "/" in value or value.endswith(_FILES):
            return True
    return False
