"""The commands that the commands of a build run in turn: in shell scripts, and as tasks with names in other files."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Final

from ctxopt.catalogue.ecosystems import Scripts
from ctxopt.catalogue.names import any_match
from ctxopt.catalogue.system import system
from ctxopt.catalogue.vocabulary import shells
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.golang import paths
from ctxopt.core.golang.match import has_wildcards
from ctxopt.core.ids import StageId, StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.history import Program
from ctxopt.evidence.image import ImageLocation
from ctxopt.evidence.manifests import Document
from ctxopt.evidence.recipes import Recipe, Recipes, shell_texts
from ctxopt.evidence.script_files import MAX_MATCHES, ScriptFiles
from ctxopt.evidence.started import runs_there, scheduled_lines, started_files
from ctxopt.evidence.tasks import named_tasks
from ctxopt.image.commands import (
    Reader,
    Run,
    as_written,
    first_command,
    is_command,
    may_be_command,
    option_values,
    words_after,
)
from ctxopt.image.places import resolved
from ctxopt.image.shell.wrappers import base_name
from ctxopt.image.sources import Sources

#: Maximum depth of scripts that call scripts.
_MAX_DEPTH: Final = 8
#: Maximum number of characters of all scripts of a build together, far above any real build.
_MAX_TEXT: Final = 512 << 10
#: Ends of the names of what make compiles without being told how.
_OBJECTS: Final = ("o", "lo", "obj", "s", "class", "mod", "cmo", "cmx")
#: Commands that put files where others run them, and the number of words before the place.
_MOVING: Final = ("cp", "mv", "ln", "install")
_MOVED_TO: Final = 2
#: What stands before the name of a script in the words of a runner.
_RUNNERS: Final = ("npm:", "yarn:", "pnpm:", "bun:", "node:", "deno:")


#: What is said before the command of a file that only a target with an unknown name needs.
PERHAPS: Final = "perhaps "


@dataclass(frozen=True, slots=True)
class _Text:
    """A text for a shell: its working directory, and where it is for people; `key` names it.

    `path` is that of the script, "" where the text is no file of its own.
    """

    text: str
    key: str
    directory: str | None
    origin: str
    path: str = ""


class Scripted:
    """Follows the commands of one build into files of the context.

    `documents` are the files with scripts of a whole workspace. `opaque` are those whose every word may be needed,
    since what is run in them cannot be followed. `followed` are the commands of which all is known that they run.
    `programs` are those that interpreters of other languages run. `begins` denies words with which no guess at a
    command in text that cannot be parsed has to begin. `task_files` are the files with the tasks that run, each with
    the first command that asks for one.
    """

    def __init__(
        self,
        reader: Reader,
        plan: Plan,
        locations: Sequence[ImageLocation],
        files: ScriptFiles,
        documents: Sequence[Document],
        begins: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._reader = reader
        self._begins = begins
        self._plan = plan
        self._locations = locations
        self._sources = Sources(plan, [place for location in locations for place in location.places()])
        self._context_files = files
        self._documents = documents
        # The same commands are in many scripts.
        self._program_files = cache(self._programs_of)
        self.opaque: dict[str, Document] = {}
        self.programs: list[Program] = []
        self.task_files: dict[str, Run] = {}
        self.followed: set[tuple[int, StepId, tuple[str, ...]]] = set()

    def runs(self, runs: Iterable[Run], started: bool = True) -> Iterator[Run]:
        """The commands that some commands run; a step reads each script once.

        With `started`, also what scripts run that are where the system, or the program of the image, looks for them.
        """
        seen: set[tuple[int, str]] = set()
        left = _MAX_TEXT
        waiting = [(run, 0, texts) for run, texts in self._started()] if started else []
        for run in runs:
            variants = list(self._reader.variants(run))
            yield from variants
            waiting += [(form, 0, self._texts(form)) for form in (run, *variants)]
        read = [run for run, _, _ in waiting]
        while waiting:
            run, depth, texts = waiting.pop()
            if depth == _MAX_DEPTH:
                continue
            for script in texts:
                if (run.step, script.key) in seen:
                    continue
                seen.add((run.step, script.key))
                if not left:
                    break
                text, left = script.text[:left], max(0, left - len(script.text))
                start = replace(
                    run, directory=script.directory, files=(), sure=True, origin=script.origin, script=script.path
                )
                for command in self._forms(text, start):
                    yield command
                    read.append(command)
                    # Text that cannot be parsed is not followed further.
                    if command.sure:
                        waiting.append((command, depth + 1, self._texts(command)))
        yield from self._reader.late_variants(read)

    def _started(self) -> Iterator[tuple[Run, Iterator[_Text]]]:
        """The files that run because of where an instruction puts them, each with its texts."""
        found = started_files(self._plan, self._locations, self._sources, self._context_files.tree)
        # Where several instructions take a file, the last one mostly puts it into the image.
        for item in {item.path: item for item in found}.values():
            start = self._reader.start(item.step, item.origin)
            self.task_files.setdefault(item.path, start)
            yield start, self._scheduled(item.path, start) if item.scheduled else self._script(item.path, start)

    def _scheduled(self, path: str, run: Run) -> Iterator[_Text]:
        """The commands of a table of cron."""
        for line in scheduled_lines(self._context_files.text(path)):
            yield _Text(line, f"{path} {line}", run.directory, f"{{}} in {path}, run by {run.origin}")

    def _forms(self, text: str, start: Run) -> Iterator[Run]:
        """The commands in a text, each also with the values of variables in it."""
        for command in self._commands(text, start):
            yield command
            yield from self._reader.variants(command)

    def _commands(self, text: str, start: Run) -> Iterator[Run]:
        yield from self._reader.of_text(text, start, self._begins)
        # What make expands before a shell sees it.
        for inner in shell_texts(text):
            yield from self._reader.of_text(inner, start, self._begins)

    def _texts(self, run: Run) -> Iterator[_Text]:
        """The texts for a shell that a command runs."""
        for form in (run, as_written(run)) if run.written != run.words else (run,):
            for scripts in self._context_files.asked_by(form.name):
                yield from self._tasks(form, scripts)
        for path in self._matching(self._script_files(run)):
            yield from self._script(path, run)
        if run.name in system().schedulers:
            for path in (path for word in run.words[1:] for path in self._context_paths(run, word)):
                yield from self._scheduled(path, run)

    def _script(self, path: str, run: Run) -> Iterator[_Text]:
        """The text of a script that runs; a program in another language is noted."""
        doc = self._context_files.document(path)
        if doc is not None and _is_shell(doc):
            self.followed.add(run.identity)
            yield _Text(doc.text, path, run.directory, f"{{}} in {path}, run by {run.origin}", path)
        elif doc is not None:
            self.programs.append(Program(doc, run.origin, run.step))

    # -- tasks ----------------------------------------------------------------------------------

    def _tasks(self, run: Run, scripts: Scripts) -> Iterator[_Text]:
        asked = _asked(run, scripts)
        if asked is None:
            return
        for text in asked.texts:
            yield _Text(text, text, run.directory, run.origin)
        for path, directory in self._files(run, scripts, asked):
            recipes = self._context_files.recipes(path, scripts)
            if recipes is None:
                continue
            self.task_files.setdefault(path, run)
            if not recipes.opaque:
                self.followed.add(run.identity)
            else:
                self.opaque[path] = Document(path, self._context_files.text(path))
            origin = f"{{}} in {path}, run by {run.origin}"
            for recipe in _wanted(recipes, asked).values():
                for line in _lines(recipe, recipes):
                    yield _Text(line, f"{path} {line}", directory, origin)
                if recipe.needs:
                    # What is needed first may be a file: it is the word of a command that does nothing.
                    # What a pattern such as `out/%.html: docs/%.md` is made from, whatever it is.
                    needs = f": {' '.join(map(_made_from, recipe.needs))}".replace("%", "*")
                    perhaps = PERHAPS if recipe.guessed else ""
                    yield _Text(needs, f"{path} {needs}", directory, f"{path}, {perhaps}read by {run.origin},")
            if recipes.included or recipes.searched:
                files = f": {' '.join((*recipes.included, *recipes.searched))}"
                yield _Text(files, f"{path} {files}", directory, f"{path}, read by {run.origin},")
            for line in recipes.always:
                yield _Text(line, f"{path} {line}", directory, origin)

    def _files(self, run: Run, scripts: Scripts, asked: "_Asked") -> Iterator[tuple[str, str | None]]:
        """The files with the tasks that are asked for, and the directories that they run in."""
        for name in asked.files or scripts.files:
            for path in self._context_paths(run, name):
                yield path, run.directory
        if run.directory is None and not (asked.files or run.variants):
            # It may run in any directory that has such a file.
            for path in self._context_files.below_root(scripts.files):
                for location in self._locations:
                    yield path, location.image_path(path.rpartition("/")[0])
        if not asked.members:
            return
        for doc in self._documents:
            if any_match(scripts.files, doc.name):
                for location in self._locations:
                    yield doc.path, location.image_path(doc.directory) if doc.directory else location.base

    # -- files ----------------------------------------------------------------------------------

    def _matching(self, named: Iterable[str]) -> Iterator[str]:
        """Paths, with the files that those with wildcards match."""
        for path in named:
            if has_wildcards(path):
                yield from islice(self._context_files.entries(path), MAX_MATCHES)
            else:
                yield path

    def _script_files(self, run: Run) -> Iterator[str]:
        words = run.words
        if not words:
            return
        if run.name in _MOVING and len(words) > _MOVED_TO:
            target = resolved(run.directory, words[-1])
            if target is not None and runs_there(target):
                for word in words[1:-1]:
                    yield from (path for path in self._context_paths(run, word) if not word.startswith("-"))
            return
        if run.name in shells().starters:
            self.followed.add(run.identity)
            return
        for word, following in zip(words, (*words[1:], ""), strict=False):
            name, equals, value = word.partition("=")
            if name in shells().script_options and (value if equals else following):
                yield from self._context_paths(run, value if equals else following)
        if run.name == "go" and words[1:2] and words[1] in ("run", "test"):
            yield from (path for word in words[2:] if word.endswith(".go") for path in self._context_paths(run, word))
            return
        interpreted = any_match(shells().interpreters, run.name)
        if interpreted or (_runs_files(run.name) and "/" not in words[0].strip("./")):
            words = tuple(word for word in words[1:] if not word.startswith("-"))[:1]
        for word in words[:1]:
            before, slash, rest = word.rpartition(")/") if ")/" in word else word.partition("/")
            if slash and "$" in before:
                # A variable in front mostly holds the directory of the script, or the root.
                yield from (paths.join(base, rest) for base in (run.script.rpartition("/")[0], "."))
            elif "/" in word or word.endswith(shells().script_endings) or (interpreted and "." in word):
                yield from self._context_paths(run, word)
            elif not interpreted:
                yield from self._programs(run, word)

    def _programs(self, run: Run, name: str) -> Sequence[str]:
        """The files of the context that a COPY puts where programs are looked for, under a name."""
        return self._program_files(self._plan.steps[run.step].stage, name)

    def _programs_of(self, stage: StageId, name: str) -> Sequence[str]:
        found = (self._sources.find(stage, f"{directory}/{name}").paths for directory in system().programs)
        return tuple(path for paths_there in found for path in paths_there)

    def _context_paths(self, run: Run, path: str) -> Iterator[str]:
        """The paths in the context of a path that a command uses."""
        target = resolved(run.directory, path)
        stage = self._plan.steps[run.step].stage
        found = self._sources.find(stage, target).paths if target is not None else ()
        yield from found
        if not found:
            # If the directory is not known, or the file was copied by something else, it mostly has the same path here.
            yield paths.clean(path.lstrip("/"))
        if "/" not in path:
            yield from self._programs(run, path)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a command asks for: tasks with some names, or without a name, and commands in its own words."""

    names: list[str]
    texts: list[str]
    files: list[str]
    default: bool
    every: bool
    members: bool


def _asked(run: Run, scripts: Scripts) -> _Asked | None:
    """Which tasks a command asks for; None for none."""
    names = [name for hook in scripts.hooks if first_command([run], hook.by, is_command) for name in hook.names]
    texts: list[str] = []
    default = every = bool(names)
    for command in scripts.run:
        rest = words_after(run, command)
        name = next((word for word in rest or () if not word.startswith("-")), None)
        if name is not None:
            names += _with_hooks(name, scripts)
    for command in (*scripts.many, *scripts.texts):
        rest = words_after(run, command)
        if rest is None:
            continue
        given = _given(rest, scripts)
        texts += [word for word in given if command in scripts.texts and not word.startswith(_RUNNERS)]
        given = [word for word in given if command not in scripts.texts or word.startswith(_RUNNERS)]
        names += [found for word in given for found in _with_hooks(word, scripts)]
    asks = bool(names or texts)
    default = not asks and first_command([run], scripts.default, is_command) is not None
    every = not asks and first_command([run], scripts.all, is_command) is not None
    if not (asks or default or every):
        return None
    files = [value for option in scripts.file_options for value in option_values(run.words, option)]
    members = first_command([run], scripts.members, may_be_command) is not None
    return _Asked(names, texts, files, default, every, members)


def _given(words: Sequence[str], scripts: Scripts) -> list[str]:
    """The names among the words of a command: values of options, if there are any for names, or else plain words."""
    values = [value for option in scripts.options for value in option_values(words, option)]
    if values:
        return [name for value in values for name in value.split(",")]
    skipped = set(scripts.file_options)
    found = []
    for before, word in zip(("", *words), words, strict=False):
        if (
            not word.startswith("-")
            and "=" not in word.split("/")[0]
            and not word.isdecimal()
            and before not in skipped
        ):
            found.append(word)
    return found


def _with_hooks(name: str, scripts: Scripts) -> list[str]:
    for runner in _RUNNERS:
        name = name.removeprefix(runner)
    # Behind a colon is the task of a project, but for `build:*`, which means no task of another name.
    task = name.rpartition(":")[2]
    names = [name, task] if task != name and task.strip("*") else [name]
    return [found for one in names for found in (scripts.before + one, one, scripts.after + one)]


def _wanted(recipes: Recipes, asked: _Asked) -> dict[str, Recipe]:
    """The tasks that a command asks for, with those that they need."""
    if asked.every:
        return recipes.all()
    if asked.default:
        return recipes.wanted(["default"] if "default" in recipes.by_name else [])
    # Without a name only a default is asked for, which is another question.
    named = named_tasks(recipes, asked.names)
    return recipes.wanted(named) if named else {}


def _lines(recipe: Recipe, recipes: Recipes) -> Iterator[str]:
    """The lines of a task; a script of Composer may call another one, or its interpreter, by a name with an `@`."""
    for line in recipe.lines:
        name, _, rest = line.removeprefix("@").partition(" ")
        other = recipes.by_name.get(name) if line.startswith("@") else None
        if other is not None:
            yield from (inner for inner in other.lines if not inner.startswith("@"))
        else:
            yield f"{name} {rest}".strip() if line.startswith("@") else line


def _made_from(need: str) -> str:
    """What a target needs, with the sources that make knows how to compile for an object."""
    stem, dot, ending = need.rpartition(".")
    return f"{need} {stem}.*" if dot and ending in _OBJECTS and stem.strip("%*/") else need


def _is_shell(doc: Document) -> bool:
    first = doc.text[:200].partition("\n")[0]
    if first.startswith("#!"):
        return base_name(first.split()[0]) in shells().shells or any(
            word in shells().shells for word in first.split()[1:2]
        )
    return doc.name.endswith(shells().script_endings)


def _runs_files(name: str) -> bool:
    """Whether a command runs the text of the file that it is given."""
    return name in shells().shells or name in shells().sourcing
