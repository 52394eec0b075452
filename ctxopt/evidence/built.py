"""The directories that the commands of a build write, where their own configuration says which."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ctxopt.catalogue.built import Built, built
from ctxopt.catalogue.commands import known_commands
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.golang import paths
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.image import ImageLocation
from ctxopt.evidence.manifests import strings
from ctxopt.evidence.model import ReadFile
from ctxopt.image.commands import Run, Runs, is_command, may_begin, option_values, words_after
from ctxopt.image.places import resolved

#: Maximum number of files that one extends another.
_DEEPEST: Final = 4


@dataclass(frozen=True, slots=True)
class BuiltDirectory:
    """A directory in the image that a command of a RUN writes, by its path."""

    path: str
    run: Run


def built_directories(
    runs: Runs, plans: Sequence[Plan], locations: Iterable[ImageLocation], read_file: ReadFile
) -> Iterator[BuiltDirectory]:
    """The directories that the commands of RUN write for certain, as their configurations in the context say."""
    by_plan: dict[int, list[ImageLocation]] = {}
    for location in locations:
        by_plan.setdefault(location.plan_number, []).append(location)
    seen: set[tuple[int, int, tuple[str, ...], str | None]] = set()
    for run in runs.that_may_be(tuple(command for known in built() for command in known.commands)):
        key = (run.plan, run.step, run.words, run.directory)
        is_run = plans[run.plan].steps[run.step].kind == "RUN" and run.sure and not run.conditional
        if not is_run or run.directory is None or key in seen:
            continue
        seen.add(key)
        for known in built():
            if may_begin(run.name, known.commands) and any(is_command(run, one) for one in known.commands):
                project = _Project(known, run, by_plan.get(run.plan, ()), read_file)
                yield from (BuiltDirectory(path, run) for path in project.directories())


@dataclass(frozen=True, slots=True)
class _Project:
    """A command that builds a project, and the files in which it may look for where to write."""

    known: Built
    run: Run
    locations: Sequence[ImageLocation]
    read_file: ReadFile

    def directories(self) -> Iterator[str]:
        """The paths in the image of what it writes."""
        known, run = self.known, self.run
        if not {word.partition("=")[0] for word in run.words}.isdisjoint((*known_commands().outputs, *known.overrides)):
            return
        words = self._plain()
        if known.target:
            target = resolved(run.directory, words[known.target - 1]) if len(words) >= known.target else None
            yield from [target] if target is not None else []
            return
        given = next((value for option in known.options for value in option_values(run.words, option)), "")
        if known.project and len(words) >= known.project:
            given = words[known.project - 1]
        home = resolved(run.directory, given or ".")
        if home is None:
            return
        for place, file in ((home, file) for file in known.files):
            text = self._text(paths.join(place, file))
            if text is not None:
                yield from self._said(text, place, _DEEPEST)
                return
        text = self._text(home) if given else None
        if text is not None:
            yield from self._said(text, paths.parent(home), _DEEPEST)

    def _plain(self) -> list[str]:
        """The words of the command that are no options and no values of some, without its own name."""
        rest = next(rest for one in self.known.commands if (rest := words_after(self.run, one)) is not None)
        before = ("", *rest)
        values = (*self.known.values, *self.known.options)
        return [word for word, last in zip(rest, before, strict=False) if word[:1] != "-" and last not in values]

    def _text(self, image_path: str) -> str | None:
        """The text of a file by its path in the image; None for none."""
        for location in self.locations:
            path = location.context_path(image_path)
            data = self.read_file(path) if path else None
            if data is not None:
                return data.decode("utf-8", "replace")
        return None

    def _said(self, text: str, home: str, left: int) -> Iterator[str]:
        """What a file in a directory says, or one that it extends, or what is so where nothing is said."""
        known = self.known
        if any(word in text for word in known.unless):
            return
        if known.says:
            named = [paths.join(*filter(None, found)) for found in _matches(known.says, text)]
        else:
            named = strings(text, known.format, known.keys) if known.keys else []
        if not named and known.extends and left:
            for other in strings(text, known.format, (known.extends,)):
                path = paths.join(home, other if other.endswith(".json") else f"{other}.json")
                more = self._text(path) if other.startswith(".") else None
                yield from self._said(more, paths.parent(path), left - 1) if more is not None else ()
            return
        for name in named or filter(None, (known.otherwise,)):
            if not name.startswith(("/", "~")) and "$" not in name and paths.clean(name) != ".":
                yield paths.join(home, name)


def _matches(pattern: str, text: str) -> Iterator[tuple[str, ...]]:
    for found in re.finditer(pattern, text):
        yield tuple(found.groups(default=""))
