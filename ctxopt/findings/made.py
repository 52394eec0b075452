"""What instructions of the exported image bring from outside of the context, and later RUN that remove it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ctxopt.catalogue.archives import archives as known_archives
from ctxopt.catalogue.archives import is_archive
from ctxopt.catalogue.system import system
from ctxopt.catalogue.words import WRITING
from ctxopt.core.dockerfile.model import Step
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.ids import StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.findings import archives, layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.downloads import covers, written_path
from ctxopt.image.commands import Run, first_command, is_command, without_values, words_after
from ctxopt.image.effects import Target, is_whole, removed
from ctxopt.image.places import resolved, same_part

if TYPE_CHECKING:
    from ctxopt.catalogue.writers import Writer

#: Maximum number of paths that commands write, and of paths that commands remove.
_MOST: Final = 500
#: Maximum number of those with wildcards: each is compared with everything that was written.
_MOST_WILD: Final = 50


@dataclass(frozen=True, slots=True)
class Made:
    """A directory that a command of a RUN writes, and the command of a later RUN that removes it."""

    run: Run
    path: str
    remover: Run


@dataclass(frozen=True, slots=True)
class Taken:
    """A COPY from another stage or an image, and the command of a later RUN that removes what it copied.

    `origin` is the name of the stage or the image, `sources` are the paths there, and `path` is where what is removed
    is in this image.
    """

    step: StepId
    origin: str
    sources: tuple[str, ...]
    path: str
    remover: Run


def made_and_removed(context: RuleContext) -> Iterator[Made]:
    """The directories that a RUN of the image writes and a later one removes, in the order of their removal."""
    commands, steps = context.commands, context.build.plan.steps
    removing = commands.with_words(commands.image_steps, ("rm",))
    if not removing:
        return
    written = _Written()
    ran = _Ran(context)
    left, wild = _MOST, _MOST_WILD
    for number in commands.image_steps:
        writes = steps[number].kind == "RUN" and any(word in steps[number].text for word in WRITING)
        for run in commands.of(number):
            for word in _taken_away(run):
                path = written_path(run.directory, word)
                if path is None:
                    written.drop_named(number, word)
                    continue
                left -= 1
                is_wild = gomatch.has_wildcards(path)
                wild -= is_wild
                if left < 0 or (is_wild and wild < 0):
                    return
                gone = [*written.drop(path.rstrip("/")), *ran.makers(path.rstrip("/"))]
                if run.name == "rm" and not layers.is_mounted(context, number, path):
                    yield from (Made(maker, directory, run) for maker, directory in gone if maker.step < number)
            ran.add(run)
            if writes and not written.is_full:
                for directory, is_guess in _directories(run):
                    if not layers.is_mounted(context, number, directory):
                        written.add(run, directory, is_guess)


def taken_and_removed(context: RuleContext) -> Iterator[Taken]:
    """The COPY from stages and images of which a later RUN of the image removes everything or a part, in order."""
    commands = context.commands
    removing = commands.with_words(commands.image_steps, ("rm", "unlink"))
    copies = list(_copies(context)) if removing else []
    left = _MOST
    for step, origin, sources, path, is_directory in copies[:_MOST]:
        found = None
        for number in removing:
            if number < step or found is not None:
                continue
            for run in commands.of(number):
                for target in removed(run):
                    left -= 1
                    if left < 0:
                        return
                    if layers.is_mounted(context, number, target.path):
                        continue
                    gone = _gone(target, sources, path, is_directory)
                    if gone is not None:
                        found = found or Taken(step, origin, sources, gone, run)
        if found is not None:
            yield found


def _copies(context: RuleContext) -> Iterator[tuple[StepId, str, tuple[str, ...], str, bool]]:
    """The COPY from stages and images of the image: the step, where from, the sources, where to, and if into that."""
    plan, directories = context.build.plan, context.commands.directories
    stages = {copy.step: copy for copy in plan.copies}
    for number in context.commands.image_steps:
        step = plan.steps[number]
        if step.kind != "COPY" or step.read is not None or any(flag.startswith("--parents") for flag in step.flags):
            continue
        copy = stages.get(number)
        if copy is not None:
            if copy.unresolved or copy.misplaced:
                continue
            origin, sources, destination = plan.stages[copy.source].label, copy.sources, copy.destination
        else:
            given = _from_image(step)
            if given is None:
                continue
            origin, sources, destination = given
        path = resolved(directories[number], destination or ".")
        if path is not None and path != "/":
            into = destination.endswith(("/", "/.")) or destination in (".", "") or len(sources) > 1
            yield number, origin, sources, path, into or path in system().existing
        elif path == "/":
            yield number, origin, sources, path, True


def _from_image(step: Step) -> tuple[str, tuple[str, ...], str] | None:
    """The image, the sources and the destination of a COPY from an image, as they are written; None if not known."""
    origin = next((flag.partition("=")[2] for flag in step.flags if flag.startswith("--from=")), "")
    words = step.text.split()
    if not origin or len(words) < 2 or any(mark in step.text for mark in "$\"'<\\"):
        return None
    return origin, tuple(words[:-1]), words[-1]


def _gone(target: Target, sources: Sequence[str], path: str, is_directory: bool) -> str | None:
    """What a command with a target removes of a COPY to a path; None for nothing, or nothing that is certain."""
    if target.whole and path != "/" and (covers(target.path, path) or target.path == f"{path}/*"):
        # What a path of a system has besides is not what was copied.
        return None if path in system().existing else path
    if not is_directory:
        return path if covers(target.path, path) and target.path.count("/") == path.count("/") else None
    for source in sources:
        name = paths.base(source)
        file = paths.join(path, name)
        # A directory as source is its contents; only the name of a file has an end.
        is_file = not target.whole or "." in name[1:]
        same = target.path == file or (not gomatch.has_wildcards(name) and covers(target.path, file))
        if is_file and same and target.path.count("/") == file.count("/"):
            return file
    return None


def _taken_away(run: Run) -> list[str]:
    """The words of a command that are paths of directories which are gone after it."""
    if run.name == "mv":
        return [word for word in run.words[1:-1] if not word.startswith("-")]
    if run.name != "rm" or not is_whole(run):
        return []
    return [word for word in run.words[1:] if not word.startswith("-")]


class _Written:
    """The directories that commands have written and that nothing has removed since."""

    def __init__(self) -> None:
        #: The command, the path, and whether the path is a guess from the name of an archive.
        self._all: dict[int, tuple[Run, str, bool]] = {}
        self._above: dict[str, list[int]] = {}
        self._count = 0

    @property
    def is_full(self) -> bool:
        """Whether no more are followed."""
        return self._count >= _MOST

    def add(self, run: Run, path: str, is_guess: bool) -> None:
        """Follow a directory."""
        self._all[self._count] = run, path, is_guess
        directory = path
        while directory.strip("/"):
            self._above.setdefault(directory, []).append(self._count)
            directory = directory.rpartition("/")[0]
        self._count += 1

    def drop(self, path: str) -> Iterator[tuple[Run, str]]:
        """Take out the directories that are at a path, which may have wildcards, or below it."""
        if path.endswith("/*") and path[:-2] not in system().existing:
            path = path[:-2]
        wild = gomatch.has_wildcards(path)
        for place in list(self._all) if wild else self._above.get(path, ()):
            if place not in self._all:
                continue
            run, directory, is_guess = self._all[place]
            # A guess must be named, at least how it begins.
            if covers(path, directory) and not (is_guess and not _names(path, directory)):
                del self._all[place]
                if not is_guess or path.count("/") == directory.count("/"):
                    yield run, directory

    def drop_named(self, step: StepId, word: str) -> None:
        """Take out what a step wrote that has the name of a path in a directory that is not known."""
        name = word.rstrip("/").rpartition("/")[2]
        for place, (run, path, _) in list(self._all.items()):
            if run.step == step and same_part(name, path.rpartition("/")[2]):
                del self._all[place]


def _names(path: str, directory: str) -> bool:
    """Whether the last part of a path begins like that of a directory, or the path is above it."""
    return path.count("/") < directory.count("/") or path.rpartition("/")[2][:1] not in ("*", "?", "[")


def _directories(run: Run) -> Iterator[tuple[str, bool]]:
    """The directories that a command writes, and whether each is a guess from the name of an archive."""
    from ctxopt.catalogue.writers import writers

    for known in writers():
        command = next((one for one in known.commands if is_command(run, one)), None)
        if command is None or (known.unpacks and not archives.unpacks(run)):
            continue
        into = _option(run, known)
        operands = [
            word
            for word in without_values(words_after(run, command) or (), (*known.values, *known.options))
            if not word.startswith("-")
        ]
        if into is None and 0 <= known.operand < len(operands):
            into = operands[known.operand]
        elif into is None and known.named and operands:
            into = operands[0].rstrip("/").replace(":", "/").rpartition("/")[2].removesuffix(".git")
        if into is None and not known.unpacks:
            return
        path = written_path(run.directory, into or ".")
        if path is None:
            return
        if path != "/":
            yield path.rstrip("/"), False
        for word in run.words[1:] if known.unpacks else ():
            name = word.rpartition("/")[2]
            if is_archive(name):
                ends = (*known_archives().tars, *known_archives().others)
                end = max((end for end in ends if name.lower().endswith(end)), key=len, default="")
                if end and name != end:
                    yield paths.join(path, name[: -len(end)]), True
        return


def _option(run: Run, known: "Writer") -> str | None:
    """The value of the option that names the directory; None without it."""
    for word, following in zip(run.words[1:], (*run.words[2:], ""), strict=True):
        for option in known.options:
            if word == option:
                return following or None
            if word.startswith(f"{option}="):
                return word.partition("=")[2]
            if not option.startswith("--") and word.startswith(option):
                return word[len(option) :]
    return None


class _Ran:
    """The commands so far by their directory, to find which of them made what has a known name."""

    def __init__(self, context: RuleContext) -> None:
        self._context = context
        self._in: dict[str, list[Run]] = {}
        self._seen: dict[str, int] = {}

    def add(self, run: Run) -> None:
        """Follow a command."""
        if run.directory is not None:
            self._in.setdefault(run.directory, []).append(run)

    def makers(self, path: str) -> Iterator[tuple[Run, str]]:
        """The command that made the dependencies at a path since they were last removed, with the path."""
        directory, _, name = path.rpartition("/")
        runs = self._in.get(directory or "/", [])
        if not runs or gomatch.has_wildcards(name):
            return
        from ctxopt.catalogue.ecosystems import catalogue

        since = self._seen.get(path, 0)
        self._seen[path] = len(runs)
        for known in catalogue().dependency:
            if name in known.names:
                maker = first_command(runs[since:], known.made_by, is_command)
                if maker is not None:
                    yield maker, path
                    return
