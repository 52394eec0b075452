"""The builds that a GitHub workflow runs with docker/build-push-action and docker/bake-action.

Follows these actions: paths count from the top of the repository, and without a context they build from git, where no
file exists that is not tracked and no ignore file applies. Expressions are replaced where the workflow says their
value: those of `env` and of a static matrix.
"""

import itertools
import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ctxopt.builds import yaml_tree
from ctxopt.builds.build import Build, Declared, DeclaringFile, Unresolved
from ctxopt.builds.partial import Partial, Unknown, Value, finish, is_remote
from ctxopt.builds.reading import Budget, read_text
from ctxopt.builds.yaml_parts import entries, items, text_of
from ctxopt.builds.yaml_tree import Node
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import plural
from ctxopt.errors import CtxoptError

_BUILD = "docker/build-push-action"
_BAKE = "docker/bake-action"
_DEFAULT_CONTEXT = "{{defaultContext}}"
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_MOST_COMBINATIONS = 256

#: The values of a combination of a matrix, by their names with dots.
Combination = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class GitBuild:
    """A build of a workflow that docker/build-push-action makes from git; `line` is that of its step.

    `directory` is relative to the top of the repository, "" for that; `file` is the Dockerfile in it. `makes_files`
    is True if the job has an earlier step that may make files, which are not there.
    """

    line: int
    directory: str
    file: str
    makes_files: bool


def read(file: DeclaringFile, root: str) -> Declared:
    """The builds of a workflow of the repository at `root`. Raises CtxoptError for what is no YAML, and LeadsOut."""
    reader = _read(file, root, (_BUILD, _BAKE))
    return Declared(tuple(reader.builds), tuple(reader.git_notes()), tuple(reader.unresolved))


def git_builds(file: DeclaringFile, root: str) -> tuple[GitBuild, ...]:
    """The builds of a workflow that are made from git. Raises CtxoptError for what is no YAML, and LeadsOut."""
    return tuple(_read(file, root, (_BUILD,)).git_builds)


def _read(file: DeclaringFile, root: str, actions: Iterable[str]) -> "_Reader":
    """What was read of a workflow, nothing if it has none of the actions."""
    text = file.text if file.text is not None else read_text(file.path, file.shown, root)
    budget = Budget(file.shown)
    reader = _Reader(file.shown, root, budget)
    if text is None or not any(action in text for action in actions):
        return reader
    for document in yaml_tree.parse(text, file.shown, budget):
        workflow = entries(document)
        for name, job in entries(workflow.get("jobs")).items():
            reader.job(name, entries(job), _environment(workflow.get("env")))
    return reader


def _environment(node: Node | None) -> dict[str, str]:
    return {name: text for name, value in entries(node).items() if (text := text_of(value)) is not None}


@dataclass(frozen=True, slots=True)
class _Values:
    """What the expressions of a step stand for: the variables of `env`, and those of one combination of the matrix."""

    environment: Mapping[str, str]
    matrix: Combination

    def replaced(self, node: Node | None, what: str) -> Value | None:
        """A text with its expressions replaced, Unknown if one has no value that the workflow says."""
        text = text_of(node)
        if text is None or "${{" not in text:
            return text
        parts: list[str] = []
        at = 0
        for found in _EXPRESSION.finditer(text):
            value = self._value(found[1].strip())
            if value is None:
                return Unknown(f"the expression {found[0]} in {what} is not known")
            parts += [text[at : found.start()], value]
            at = found.end()
        return "".join([*parts, text[at:]])

    def _value(self, expression: str) -> str | None:
        kind, _, name = expression.partition(".")
        if expression == "github.workspace":
            return "."
        found = {"matrix": self.matrix, "env": self.environment}.get(kind, {}).get(name)
        # A value that is an expression itself is not looked into.
        return None if found is None or "${{" in found else found


class _Reader:
    """Reads the jobs of one workflow."""

    def __init__(self, shown: str, root: str, budget: Budget) -> None:
        self.builds: dict[Build, None] = {}
        self.unresolved: dict[Unresolved, None] = {}
        self._shown = shown
        self._root = root
        self._budget = budget
        self.git_builds: dict[GitBuild, None] = {}
        self._makes_files = False
        self._git: dict[tuple[str, str], dict[int, None]] = {}

    def job(self, name: str, job: Mapping[str, Node], environment: Mapping[str, str]) -> None:
        """Read the steps of a job."""
        environment = {**environment, **_environment(job.get("env"))}
        combinations = _combinations(entries(entries(job.get("strategy")).get("matrix")), self._budget)
        self._makes_files = False
        for step in items(job.get("steps")):
            parts = entries(step)
            action = (text_of(parts.get("uses")) or "").partition("@")[0]
            if action not in (_BUILD, _BAKE):
                self._makes_files |= "run" in parts or "download" in action
                continue
            label = text_of(parts.get("name")) or f"line {step.line}"
            origin = f"{self._shown}: job {name}, step {label}"
            given = entries(parts.get("with"))
            for combination in combinations:
                values = _Values({**environment, **_environment(parts.get("env"))}, combination)
                self._budget.spend(10 + len(given))
                (self._build if action == _BUILD else self._bake)(origin, given, values, step.line)

    def _build(self, origin: str, given: Mapping[str, Node], values: _Values, line: int) -> None:
        context = values.replaced(given.get("context"), "context")
        if context is None or (isinstance(context, str) and context.strip().startswith(_DEFAULT_CONTEXT)):
            self._from_git(_BUILD, line, "context: .")
            self._built_from_git(context or "", values.replaced(given.get("file"), "file"), line)
            return
        args = self._pairs(origin, given.get("build-args"), "build-args", values)
        partial = Partial(
            self._placed(context),
            self._file(values.replaced(given.get("file"), "file")),
            None,
            values.replaced(given.get("target"), "target"),
            (),
            {name: replace(value, later=True) if isinstance(value, Unknown) else value for name, value in args.items()},
            {
                name: None if value is None else self._placed(value)
                for name, value in self._pairs(origin, given.get("build-contexts"), "build-contexts", values).items()
            },
        )
        finished = finish(partial, origin, self._shown, self._root)
        self.builds |= {} if finished.build is None else {finished.build: None}
        self.unresolved |= dict.fromkeys(finished.unresolved)

    def _bake(self, origin: str, given: Mapping[str, Node], values: _Values, line: int) -> None:
        """The targets of bake files of other names; those of the usual names are found by themselves."""
        source, directory = (values.replaced(given.get(name), name) for name in ("source", "workdir"))
        if source is None and "workdir" not in given:
            self._from_git(_BAKE, line, "source: .")
        if isinstance(directory, Unknown) or isinstance(source, Unknown):
            return
        place = os.path.normpath(os.path.join(self._root, directory or "."))
        named = self._files(origin, given.get("files"), values, line)
        if named:
            self._read_bake(origin, [os.path.join(place, one) for one in named], place)

    def _files(self, origin: str, node: Node | None, values: _Values, line: int) -> list[str]:
        """The files of a list in lines. Those that an earlier step makes, such as one with tags, are left to that."""
        named: list[str] = []
        unknown: list[Unknown] = []
        for written in re.split(r"[\n,]", text_of(node) or ""):
            file = values.replaced(yaml_tree.Scalar(written.strip(), line), "files")
            if isinstance(file, Unknown):
                unknown += [] if "steps." in file.why else [file]
            elif file and not file.startswith("cwd://") and not is_remote(file):
                named.append(file)
        if unknown:
            self.unresolved[Unresolved(origin, self._shown, unknown[0].why, line)] = None
        return [] if unknown else named

    def _read_bake(self, origin: str, paths: list[str], directory: str) -> None:
        from ctxopt.builds.declared import read_bake

        files = [DeclaringFile(path, os.path.relpath(path, self._root).replace(os.sep, "/")) for path in paths]
        try:
            declared = read_bake(files, self._root, directory)
        except CtxoptError as error:
            self.unresolved[Unresolved(origin, self._shown, error.text)] = None
            return
        self.builds |= dict.fromkeys(declared.builds)
        self.unresolved |= dict.fromkeys(declared.unresolved)

    def _from_git(self, action: str, line: int, fix: str) -> None:
        self._git.setdefault((action, fix), {})[line] = None

    def _built_from_git(self, context: str, file: Value | None, line: int) -> None:
        if isinstance(file, Unknown):
            return
        directory = posixpath.normpath(context.strip().removeprefix(_DEFAULT_CONTEXT).removeprefix(":") or ".")
        made = GitBuild(
            line,
            "" if directory == "." else directory,
            posixpath.normpath((file or "").strip() or "Dockerfile"),
            self._makes_files,
        )
        self.git_builds[made] = None

    def git_notes(self) -> Iterator[str]:
        """What is to be said of steps that build from git."""
        for (action, fix), lines in self._git.items():
            more = f" (and {plural(len(lines) - 1, 'other step')})" if len(lines) > 1 else ""
            yield (
                f"{self._shown}:{next(iter(lines))}: {action} builds from git here{more}: files that are not tracked, "
                "also those of earlier steps, are missing, and .dockerignore does not apply; to build from the "
                f"checkout, add `{fix}`"
            )

    def _pairs(self, origin: str, node: Node | None, what: str, values: _Values) -> dict[str, Value | None]:
        """The names and values of lines such as `NAME=value`."""
        pairs: dict[str, Value | None] = {}
        for written in (text_of(node) or "").splitlines():
            name, equals, _ = written.strip().partition("=")
            if not name or name.startswith("#"):
                continue
            line = values.replaced(yaml_tree.Scalar(written.strip(), 0), what)
            pairs[name] = line if not isinstance(line, str) else line.partition("=")[2] if equals else None
        return pairs

    def _placed(self, context: Value) -> Value:
        if isinstance(context, Unknown) or is_remote(context):
            return context
        return os.path.normpath(os.path.join(self._root, context.strip()))

    def _file(self, file: Value | None) -> Value | None:
        """A Dockerfile, whose path counts from the top of the repository and not from the context."""
        return os.path.join(self._root, file.strip()) if isinstance(file, str) and file.strip() else file or None


def _combinations(matrix: Mapping[str, Node], budget: Budget) -> list[Combination]:
    """The combinations of a matrix; one without any value where there is none, or where it is not static."""
    axes = {name: items(values) for name, values in matrix.items() if name not in ("include", "exclude")}
    axes = {name: values for name, values in axes.items() if values}
    made: list[dict[str, str]] = []
    for chosen in itertools.islice(itertools.product(*axes.values()), _MOST_COMBINATIONS):
        budget.spend(1 + len(chosen))
        made.append(dict(_flat(zip(axes, chosen, strict=True))))
    made = [] if not axes else made
    excluded = [dict(_flat(entries(one).items())) for one in items(matrix.get("exclude"))]
    made = [one for one in made if not any(out.items() <= one.items() for out in excluded)]
    for one in itertools.islice(items(matrix.get("include")), _MOST_COMBINATIONS):
        added = dict(_flat(entries(one).items()))
        fitting = [other for other in made if all(other.get(name, value) == value for name, value in added.items())]
        budget.spend(len(made))
        for other in fitting:
            other |= added
        made += [] if fitting and axes else [added]
    return list(made) or [{}]


def _flat(pairs: Iterable[tuple[str, Node]], prefix: str = "") -> Iterator[tuple[str, str]]:
    """The texts in values, by their names with dots."""
    for name, node in pairs:
        text = text_of(node)
        if text is not None:
            yield prefix + name, text
        elif prefix.count(".") < 5:
            yield from _flat(entries(node).items(), f"{prefix}{name}.")
