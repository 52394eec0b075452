"""What the commands of a RUN need of the files that were copied before: none, the manifests, or unknown."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from ctxopt.catalogue.archives import archives
from ctxopt.catalogue.commands import known_commands
from ctxopt.catalogue.installs import Install
from ctxopt.catalogue.names import any_match
from ctxopt.catalogue.system import system
from ctxopt.core.dockerfile.model import Plan, Step
from ctxopt.core.ids import StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.image.commands import Reader, Run, is_command, is_independent
from ctxopt.image.installs import install_alone, install_of, named_files

#: Commands that change the shell which runs them.
_STATEFUL: Final = ("cd", "export", "source", ".", "umask")
#: What keeps the text of a RUN from being split at each &&.
_INVOLVED: Final = lazy_re(r"[\"'`;|<>(){}#\\\n]|(?<!&)&(?!&)")
#: The variables that a command is given before its name.
_ASSIGNED: Final = lazy_re(r"(?:env\s+)?(?:[A-Za-z_]\w*=\S*\s+)+")
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


@dataclass(frozen=True, slots=True)
class Early:
    """A RUN that can install dependencies before the sources are there.

    `head` is the text of a RUN that does just that, "" for the RUN as it is. `rest` is the text of what it does
    besides, "" for nothing. `again` says that the RUN has to run again behind the sources, as it is.
    """

    step: StepId
    commands: tuple[Installing, ...]
    head: str = ""
    rest: str = ""
    again: bool = False


class Commands:
    """The commands of a plan's steps."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._runs: defaultdict[StepId, list[Run]] = defaultdict(list)
        self._early: dict[StepId, Early | None] = {}
        for run in Reader(plan, 0).runs():
            self._runs[run.step].append(run)

    def of(self, step: StepId) -> Sequence[Run]:
        """The commands of a step, by its index in the plan."""
        return self._runs[step]

    def is_independent(self, step: StepId) -> bool:
        """Whether a RUN surely does not use what was copied before."""
        return self._is_plain(step) and all(map(self._independent, self._runs[step]))

    def early(self, step: StepId) -> Early | None:
        """A RUN as one that can install before the sources are there; None if it is not known to be one."""
        if step not in self._early:
            self._early[step] = self._as_early(step)
        return self._early[step]

    def _as_early(self, step: StepId) -> Early | None:
        if not self._is_plain(step):
            return None
        runs = self._runs[step]
        installs = [(index, command) for index, run in enumerate(runs) if (command := self.install(run)) is not None]
        if (
            installs
            and runs[-1].name not in _STATEFUL
            and all(
                self._prepares(run) or any(index == place for place, _ in installs) for index, run in enumerate(runs)
            )
        ):
            return Early(step, tuple(command for _, command in installs))
        return self._split(step, runs, installs)

    def _split(self, step: StepId, runs: Sequence[Run], installs: Sequence[tuple[int, Installing]]) -> Early | None:
        """A RUN that does more after it installed, or installs and builds with one command."""
        texts = _parts(self._plan.steps[step])
        if texts is None or len(texts) != len(runs):
            return None
        if installs:
            cut = next(
                (i for i, run in enumerate(runs) if not self._prepares(run) and self.install(run) is None), len(runs)
            )
            before = tuple(command for index, command in installs if index < cut)
            if not before:
                return None
            # What changes the shell for the rest alone may need the sources, such as a directory of theirs.
            while runs[cut - 1].name in _STATEFUL:
                cut -= 1
            # What changed the shell itself has to be done again.
            kept = [text for text, run in zip(texts[:cut], runs, strict=False) if run.name in _STATEFUL]
            return Early(step, before, " && ".join(texts[:cut]), " && ".join((*kept, *texts[cut:])))
        for index, run in enumerate(runs):
            alone = _alone(run, texts[index])
            if alone is not None:
                return Early(step, (alone[0],), " && ".join((*texts[:index], alone[1])), again=True)
            if not self._prepares(run):
                return None
        return None

    def _prepares(self, run: Run) -> bool:
        """Whether a command prepares an installation, and surely does not use what was copied before."""
        if run.name in _STATEFUL:
            return _plain_state(run)
        return self._independent(run) or any(is_command(run, command) for command in known_commands().preparing)

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
        if _installs_by_name(run):
            return True
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


def _installs_by_name(run: Run) -> bool:
    """Whether a command installs packages that it names, and no file or directory."""
    if not any(is_command(run, command) for command in known_commands().by_name):
        return False
    words = run.words[1:]
    return not any(
        word in (".", "..", "-r", "-e", "-c", "--requirement", "--editable", "--constraint")
        or word.startswith(("-r", "./", "../", "/", "--requirement=", ".["))
        or word.endswith(archives().given)
        or "$" in word
        or ("/" in word and "@" not in word and not word.startswith("-"))
        for word in words
    )


def _plain_state(run: Run) -> bool:
    """Whether a command that changes the shell does so in a known way, by nothing that a COPY brought."""
    if run.name in (".", "source"):
        return all(word.endswith("bin/activate") for word in run.words[1:])
    return not any(set("`*?") & set(word) or "$(" in word for word in run.words[1:])


def _parts(step: Step) -> list[str] | None:
    """The commands of a RUN as texts, if they are nothing but commands with && between them."""
    if not step.shell or _INVOLVED.search(step.text):
        return None
    return [text.strip() for text in step.text.split("&&")]


def _alone(run: Run, text: str) -> tuple[Installing, str] | None:
    """A command that installs and builds as one that installs alone: with the same options, and those for that."""
    found = install_of(run)
    if found is None or not run.sure or run.files:
        return None
    install, _ = found
    if install.fetch:
        before = _ASSIGNED.match(text)
        given = (
            [word for word in before[0].split() if any_match(install.fetch_given, word.partition("=")[0])]
            if before
            else []
        )
        return Installing(replace(run, words=tuple(install.fetch.split())), install), " ".join((*given, install.fetch))
    if not install.flags:
        return None
    command = Installing(run, install)
    return None if _goes_on(command) else (command, " ".join((text, *install.flags)))
