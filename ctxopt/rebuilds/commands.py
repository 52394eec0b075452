"""What the commands of a RUN need of the files that were copied before: none, the manifests, or unknown."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from ctxopt.catalogue.archives import archives
from ctxopt.catalogue.installs import Install
from ctxopt.catalogue.names import any_match
from ctxopt.catalogue.system import system
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.ids import StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.image.commands import Reader, Run, is_independent
from ctxopt.image.installs import install_alone, named_files

#: What makes the value of a word unknown.
_UNSURE: Final = frozenset("$`~*?[{")


@dataclass(frozen=True, slots=True)
class Installing:
    """A command that installs dependencies."""

    run: Run
    install: Install

    @property
    def named(self) -> tuple[str, ...]:
        """The files that options of the command name, as written."""
        return tuple(named_files(self.run, self.install))

    def wants(self, path: str) -> bool:
        """Whether it needs a file, by its path relative to the directory that it runs in."""
        directory, _, name = path.rpartition("/")
        install = self.install
        if path in {word.removeprefix("./") for word in self.named} or any_match(install.nested, name):
            return True
        if directory:
            return path.partition("/")[0] in install.directories
        return any_match((*install.manifest, *install.reads), name)

    def has_all(self, names: Collection[str]) -> bool:
        """Whether the files that it requires are among files with these names."""
        manifest = self.install.manifest
        there = not manifest or any(any_match(manifest, name) for name in names)
        return there and all(word.rpartition("/")[2] in names for word in self.named)


class Commands:
    """The commands of a plan's steps."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._runs: defaultdict[StepId, list[Run]] = defaultdict(list)
        for run in Reader(plan, 0).runs():
            self._runs[run.step].append(run)

    def of(self, step: StepId) -> Sequence[Run]:
        """The commands of a step, by its index in the plan."""
        return self._runs[step]

    def is_independent(self, step: StepId) -> bool:
        """Whether a RUN surely does not use what was copied before."""
        return self._is_plain(step) and all(map(self._independent, self._runs[step]))

    def installing(self, step: StepId) -> tuple[Installing, ...]:
        """The commands of a RUN that only installs dependencies; () for any other."""
        if not self._is_plain(step):
            return ()
        commands = []
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
        install = install_alone(run)
        if install is None:
            return None
        command = Installing(run, install)
        if not (install.manifest or command.named) or any(_UNSURE & set(word) for word in command.named):
            return None
        return None if _goes_on(command) else command

    def _is_plain(self, step: StepId) -> bool:
        """Whether a step is a RUN with known commands and without mounted files."""
        instruction = self._plan.steps[step]
        if instruction.kind != "RUN" or instruction.read is not None or instruction.takes_from:
            return False
        runs = self._runs[step]
        return bool(runs) and not any(run.project for run in runs)

    def _independent(self, run: Run) -> bool:
        if not run.sure or run.files:
            return False
        if run.name == "rm":
            return all(word.startswith(("-", *system().left_over)) and "$" not in word for word in run.words[1:])
        if any(_UNSURE & set(word) or "/" in word or word.endswith(archives().given) for word in run.words[1:]):
            return False
        return is_independent(run)


def _goes_on(installing: Installing) -> bool:
    """Whether an installing command names something of the project besides the files that it is known to need."""
    named = set(installing.named)
    for word in installing.run.words[1:]:
        value = word.partition("=")[2] if word.startswith("-") else word
        if word in ("-e", "--editable", ".", "..") or value.startswith(("./", "../", ".[")):
            return value not in named
        if value in named or value.startswith("/") or "://" in value:
            continue
        if "/" in value or value.endswith(archives().given):
            return True
    return False
