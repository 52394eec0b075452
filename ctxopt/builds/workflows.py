"""The builds that a GitHub workflow runs with docker/build-push-action and docker/bake-action.

Follows these actions: paths count from the top of the repository, wherever it is checked out, and without a context
they build from git, where no file exists that is not tracked and no ignore file applies. docker/bake-action does so
from version 6 on. Expressions are replaced where the workflow says their value: those of `env` and of a static matrix.
What is built of another repository that a job checks out is no build of this one.
"""

import itertools
import os
import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property

from ctxopt.builds import yaml_tree
from ctxopt.builds.bake_set import Override, overridden, overrides_of
from ctxopt.builds.build import Build, Declared, DeclaringFile, Unresolved
from ctxopt.builds.checkouts import CHECKOUT, Checkouts, own_names
from ctxopt.builds.dockerfiles import is_bake_file, looks_like_dockerfile
from ctxopt.builds.partial import Partial, Unknown, Value, finish, is_remote
from ctxopt.builds.reading import Budget, LeadsOut, inside, is_outside, read_text, relative_to
from ctxopt.builds.yaml_parts import entries, items, text_of
from ctxopt.builds.yaml_tree import Node
from ctxopt.core.dockerfile.planning.variables import ANY_ARGUMENT
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.display import plural
from ctxopt.errors import CtxoptError

_BUILD = "docker/build-push-action"
_BAKE = "docker/bake-action"
#: What may be an escape in a text of YAML.
_ESCAPED = lazy_re(r"""\\[xuU]|"[^"\n]{0,300}\\\r?\n""")
#: What may be an action of the repository itself, and what ends it in lists and mappings on one line.
_LOCAL = lazy_re(r"""\./[^\s"'#]{1,300}""")
_ENDS = lazy_re(r"[,\[\]{}]")
#: What stands before a file of the checkout, where others are those of a repository.
_HERE = "cwd://"
_CACHE = "actions/cache"
_DEFAULT_CONTEXT = "{{defaultContext}}"
#: With which inputs the actions build from the checkout.
_BUILD_FIX = "context: ."
_BAKE_FIX = "source: ."
#: The first version of docker/bake-action that builds from git by default.
_BAKE_FROM_GIT = 6
_VERSION = lazy_re(r"v?(\d{1,4})(\.|$)")
_EXPRESSION = lazy_re(r"\$\{\{(.*?)\}\}", re.DOTALL)
_MOST_COMBINATIONS = 256
#: How many levels of mappings in a value of a matrix are looked into.
_DEEPEST = 5
#: A variable in a script, and a value that means the same there as it is written.
_VARIABLE = lazy_re(r"\$(?:\{(\w+)\}|(\w+))")
_PLAIN = lazy_re(r"[\w./:-]{1,200}")
#: What sets variables for later steps, in a script.
_SETS = lazy_re(r"github[_.]env", re.IGNORECASE)
#: A line of a script that sets one variable and no other, whose value has no line break.
_SETS_ONE = lazy_re(
    r"""echo\s+["']?(\w+)=(?:[^\\`$\n"';|&<>()]|"(?=\s*>>)|'(?=\s*>>)|\$\{\{[^\n{}]*\}\}|\$\{\w[^\n{}`$]*\}|\$\w+"""
    r"""|\$\((?:git|date)\b[^\n()`$;&|]*\))*\s*>>\s*["']?(?:\$\{?GITHUB_ENV\}?|\$\{\{\s*github\.env\s*\}\})["']?"""
)
#: What is given a value in a script.
_ASSIGNED = lazy_re(r"(\w{1,200})=")
#: What may be the path of a script, in another one, and the maximum number of those to read.
_NAMES_FILE = lazy_re(r"[\w./-]{1,300}")
_MOST_SCRIPTS = 200
#: Maximum number of characters of a line that sets a variable.
_LONGEST = 1_000

#: A line of a script that makes no file in the workspace.
_HARMLESS = lazy_re(
    r"""(?:echo|printf|export|set|ls|pwd|env|cat|docker (?:login|version|info)|\w+=)[^>|;&]*"""
    r"""(?:>>?\s*"?\$\{?GITHUB_\w+\}?"?)?"""
)

#: A property of the matrix: its name with dots.
_PROPERTY = lazy_re(r"[\w-]+(?:\.[\w-]+)*")

#: Values by their names with dots, in lower case, as GitHub does not tell cases apart; None for what is no text.
_Flat = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Combination:
    """The values of one combination of a matrix. If `complete`, the workflow says all of them."""

    values: Mapping[str, str | None]
    complete: bool

    def value(self, name: str) -> str | None:
        """The text of a property; None if it is not known. What a complete combination lacks is empty."""
        name = name.lower()
        if name in self.values or not self.complete or not _PROPERTY.fullmatch(name):
            return self.values.get(name)
        parts = name.split(".")
        above = (self.values.get(".".join(parts[:end])) for end in range(1, len(parts)))
        return None if any("${{" in (text or "") for text in above) else ""


@dataclass(frozen=True, slots=True)
class GitBuild:
    """A build of a workflow that an action makes from git; `line` is that of its step.

    `directory` is relative to the top of the repository, "" for that; `file` is the Dockerfile in it. `makes_files`
    is True if the job has an earlier step that may make files, which are not there. With the input `fix` the action
    would build from the checkout. `arguments` are the names of the build arguments that it gives.
    """

    line: int
    directory: str
    file: str
    makes_files: bool
    fix: str = _BUILD_FIX
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepBuild:
    """A build of one step: its context, relative to the top of the repository, the Dockerfile there, and the target.

    `from_git` says that it has only what git tracks, whatever earlier steps made.
    """

    context: str
    file: str
    target: str
    from_git: bool


@dataclass(frozen=True, slots=True)
class JobStep:
    """One step of a job: its action without a version, or its script, and what docker/build-push-action builds in it.

    There is a script for each combination of the matrix in which it differs; expressions without a known value stay.
    `moved` says that it runs in another directory than the top of the repository. `path` is what the action is told to
    write, in lines.
    """

    line: int
    action: str
    scripts: tuple[str, ...]
    moved: bool
    path: str
    builds: tuple[StepBuild, ...]


def jobs_of(file: DeclaringFile, root: str) -> tuple[tuple[JobStep, ...], ...]:
    """The steps of each job of a workflow that mentions a builder.

    Raises CtxoptError for what is no YAML, and LeadsOut.
    """
    return tuple(_read(file, root, ("docker", "podman", "buildah")).jobs)


def read(file: DeclaringFile, root: str) -> Declared:
    """The builds of a workflow of the repository at `root`. Raises CtxoptError for what is no YAML, and LeadsOut."""
    reader = _read(file, root, (_BUILD, _BAKE))
    return Declared(tuple(reader.builds), (*reader.git_notes(), *reader.foreign_notes()), tuple(reader.unresolved))


def git_builds(file: DeclaringFile, root: str) -> tuple[GitBuild, ...]:
    """The builds of a workflow that are made from git. Raises CtxoptError for what is no YAML, and LeadsOut."""
    return tuple(_read(file, root, (_BUILD, _BAKE)).git_builds)


def _read(file: DeclaringFile, root: str, actions: Iterable[str]) -> "_Reader":
    """What was read of a workflow, nothing if it has none of the actions."""
    text = file.text if file.text is not None else read_text(file.path, file.shown, root)
    budget = Budget(file.shown)
    reader = _Reader(file.shown, root, budget)
    lowered = (text or "").lower()
    if text is None:
        return reader
    has_local = (_building(action, root, budget) is not None for action in _local_actions(text))
    # The text of a name may be written with escapes, and its parts with more slashes.
    named = any(action.rpartition("/")[2] in lowered for action in actions) or _ESCAPED.search(text) is not None
    if not named and not any(has_local):
        return reader
    for document in yaml_tree.parse(text, file.shown, budget):
        workflow = entries(document)
        for name, job in entries(workflow.get("jobs")).items():
            reader.job(name, entries(job), _environment(workflow.get("env")))
    return reader


def _local_actions(text: str) -> set[str]:
    """What may be the actions of the repository itself that a text uses, in whatever layout."""
    found = set(_LOCAL.findall(text))
    return found | {_ENDS.split(name)[0] for name in found}


def _building(action: str, root: str, budget: Budget) -> str | None:
    """The action of the repository itself that builds, from one that a step uses; None for none that can be read."""
    waiting, seen = [action], {action}
    while waiting:
        action = waiting.pop()
        for name in ("action.yml", "action.yaml") if action.startswith("./") else ():
            path = os.path.normpath(os.path.join(root, action, name))
            try:
                text = (read_text(path, action, root) if inside(root, path) else None) or ""
            except (CtxoptError, LeadsOut):
                continue
            budget.spend(1 + len(text) // 1_000)
            if _BUILD in text.lower() or _BAKE in text.lower():
                return action
            used = _local_actions(text) - seen
            seen |= used
            waiting += sorted(used)
    return None


def _environment(node: Node | None) -> dict[str, str]:
    return {name: text for name, value in entries(node).items() if (text := text_of(value)) is not None}


@dataclass(frozen=True, slots=True)
class _Values:
    """What the expressions of a step stand for: the variables of `env`, and one combination of the matrix."""

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

    def of_environment(self, name: str) -> Value | None:
        """The value of a variable for the step's program; None if the workflow gives it none."""
        text = self.environment.get(name)
        return None if text is None else self.replaced(yaml_tree.Scalar(text, 0), name)

    def known(self, text: str) -> str:
        """A text with those expressions replaced that have a value."""

        def value(found: re.Match[str]) -> str:
            known = self._value(found[1].strip())
            return found[0] if known is None else known

        return _EXPRESSION.sub(value, text)

    def _value(self, expression: str) -> str | None:
        kind, _, name = expression.partition(".")
        if expression == "github.workspace":
            return "."
        found = self.matrix.value(name) if kind == "matrix" else None
        if kind == "env":
            found = self.environment.get(name)
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
        self.jobs: list[tuple[JobStep, ...]] = []
        self._makes_files = False
        #: The variables to which earlier steps of the job may give values.
        self._written: set[str] = set()
        #: What bake files declare, by their paths and the variables that they were read with.
        self._bake_files: dict[tuple[object, ...], Declared] = {}
        #: The texts of scripts by their paths.
        self._texts: dict[str, str] = {}
        #: The absolute paths that earlier steps of the job make.
        self._made: dict[str, None] = {}
        self._git: dict[tuple[str, str], dict[int, None]] = {}
        self._checkouts = Checkouts()
        #: The steps that build other repositories, by these.
        self._foreign: dict[tuple[str, str], dict[int, None]] = {}

    def job(self, name: str, job: Mapping[str, Node], environment: Mapping[str, str]) -> None:
        """Read the steps of a job."""
        environment = {**environment, **_environment(job.get("env"))}
        combinations = _combinations(entries(job.get("strategy")).get("matrix"), self._budget)
        self._makes_files = False
        self._made = {}
        self._written = set()
        self.jobs.append(tuple(self._steps(job, environment, combinations)))
        checkouts = [Checkouts(self._own_names) for _ in combinations]
        steps = items(job.get("steps"))
        builds = any(_used(entries(step))[0] in (_BUILD, _BAKE) for step in steps)
        for step in steps:
            parts = entries(step)
            action, _, version = _used(parts)
            given = _inputs(parts)
            if action == CHECKOUT:
                for self._checkouts, combination in zip(checkouts, combinations, strict=True):
                    self._budget.spend(1)
                    self._check_out(given, _Values(environment, combination), certain="if" not in parts)
            label = text_of(parts.get("name")) or f"line {step.line}"
            origin = f"{self._shown}: job {name}, step {label}"
            if action not in (_BUILD, _BAKE):
                self._local(origin, text_of(parts.get("uses")) or "", step.line)
                self._makes_files |= "run" in parts or "download" in action
                for self._checkouts in checkouts:
                    self._budget.spend(1)
                    self._made |= dict.fromkeys(self._made_by(action, parts))
                changed = self._sets(action, parts) if builds else lambda _: False
                environment = {name: value for name, value in environment.items() if not changed(name)}
                continue
            if action == _BUILD:
                given = _as_newer(given, version)
            for self._checkouts, combination in zip(checkouts, combinations, strict=True):
                values = _Values({**environment, **_environment(parts.get("env"))}, combination)
                self._budget.spend(10 + len(given))
                if action == _BUILD:
                    self._build(origin, given, values, step.line)
                else:
                    self._bake(origin, given, values, step.line, version)

    def _sets(self, action: str, parts: Mapping[str, Node]) -> Callable[[str], bool]:
        """Whether a step may give a variable a value for the steps that follow it: by what it or its files say.

        An action of another repository is taken to set none.
        """
        texts = [text_of(parts.get("run")) or ""]
        if action.startswith("./"):
            texts += [self._text(f"{action}/{name}") for name in ("action.yml", "action.yaml")]
        elif texts[0]:
            directory = text_of(parts.get("working-directory")) or "."
            named = dict.fromkeys(_NAMES_FILE.findall(texts[0]))
            texts += [self._text(os.path.join(directory, name)) for name in list(named)[:_MOST_SCRIPTS]]
        self._written.update(name for text in texts if _SETS.search(text) for name in _ASSIGNED.findall(text))
        names: set[str] = set()
        for line in (line for text in texts if _SETS.search(text) for line in text.splitlines() if _SETS.search(line)):
            found = _SETS_ONE.fullmatch(line.strip()) if len(line) <= _LONGEST else None
            if found is None:
                return lambda _: True
            names.add(found[1])
        return names.__contains__

    def _text(self, path: str) -> str:
        """The text of a file of the repository; "" for none that can be read."""
        path = os.path.normpath(os.path.join(self._root, path))
        if path not in self._texts:
            self._texts[path] = ""
            with suppress(CtxoptError, LeadsOut):
                if inside(self._root, path) and os.path.isfile(path):
                    self._texts[path] = read_text(path, path, self._root) or ""
            self._budget.spend(1 + len(self._texts[path]) // 1_000)
        return self._texts[path]

    def _local(self, origin: str, action: str, line: int) -> None:
        """Say that the builds of an action of the repository itself are not read, if it has any."""
        building = _building(action, self._root, self._budget)
        if building is not None:
            reason = f"the builds of {building} are not read: declare them in a Compose or bake file"
            self.unresolved[Unresolved(origin, self._shown, reason, line)] = None

    @cached_property
    def _own_names(self) -> frozenset[str]:
        return own_names(self._root)

    def _check_out(self, given: Mapping[str, Node], values: _Values, *, certain: bool) -> None:
        """Count a checkout; a path that is not known may be any.

        One that may not happen takes the place of nothing that this repository has.
        """
        texts = {name: values.replaced(given.get(name), name) for name in ("repository", "path")}
        known = {name: text_of(given.get(name)) if isinstance(text, Unknown) else text for name, text in texts.items()}
        here = os.path.join(self._root, os.path.normpath((known.get("path") or ".").lstrip("/")))
        if certain or not os.path.lexists(here):
            self._checkouts.add(known, anywhere=isinstance(texts["path"], Unknown))

    def _steps(
        self, job: Mapping[str, Node], environment: Mapping[str, str], combinations: Sequence[Combination]
    ) -> Iterator[JobStep]:
        """The steps of a job, in their order."""
        defaults = entries(entries(job.get("defaults")).get("run"))
        for step in items(job.get("steps")):
            parts = entries(step)
            action = _used(parts)[0]
            builds = dict.fromkeys(
                build
                for combination in (combinations if action == _BUILD else ())
                if (build := self._step_build(parts, environment, combination)) is not None
            )
            moved = "working-directory" in parts or "working-directory" in defaults
            scripts = dict.fromkeys(self._script(parts, environment, one) for one in combinations)
            path = text_of(_inputs(parts).get("path")) or ""
            yield JobStep(step.line, action, tuple(filter(None, scripts)), moved, path, tuple(builds))

    def _script(self, parts: Mapping[str, Node], environment: Mapping[str, str], combination: Combination) -> str:
        """The script of a step with the expressions replaced that have a known value."""
        text = text_of(parts.get("run")) or ""
        self._budget.spend(1 + len(text) // 100)
        given = {**environment, **_environment(parts.get("env"))}
        values = _Values(environment, combination)
        known = {name: value for name, text in given.items() if _PLAIN.fullmatch(value := values.known(text))}
        return _VARIABLE.sub(lambda found: known.get(found[1] or found[2], found[0]), values.known(text))

    def _step_build(
        self, parts: Mapping[str, Node], environment: Mapping[str, str], combination: Combination
    ) -> StepBuild | None:
        """What one combination of a step builds; None where that is not known."""
        given = _inputs(parts)
        self._budget.spend(10 + len(given))
        values = _Values({**environment, **_environment(parts.get("env"))}, combination)
        context, file, target = (values.replaced(given.get(name), name) for name in ("context", "file", "target"))
        if isinstance(context, Unknown) or isinstance(file, Unknown) or isinstance(target, Unknown):
            return None
        from_git = context is None or context.strip().startswith(_DEFAULT_CONTEXT)
        directory = _in_git(context or "")
        if is_remote(directory):
            return None
        place = posixpath.normpath(directory or ".")
        # Of a context in git, the Dockerfile is looked for in it; otherwise a given path counts from the top.
        written = (file or "").strip()
        base = "." if written and not from_git else place
        dockerfile = posixpath.normpath(posixpath.join(base, written or "Dockerfile"))
        return StepBuild(place, dockerfile, (target or "").strip(), from_git)

    def _build(self, origin: str, given: Mapping[str, Node], values: _Values, line: int) -> None:
        context = values.replaced(given.get("context"), "context")
        if context is None or (isinstance(context, str) and context.strip().startswith(_DEFAULT_CONTEXT)):
            self._from_git(_BUILD, line, _BUILD_FIX)
            file = values.replaced(given.get("file"), "file")
            args = self._pairs(origin, given.get("build-args"), "build-args", values)
            self._built_from_git(context or "", file, line, args)
            if isinstance(file, Unknown):
                self.unresolved[Unresolved(origin, self._shown, file.why, line)] = None
            if not isinstance(file, str) or not file.strip() or looks_like_dockerfile(posixpath.basename(file)):
                # It is found by itself.
                return
            # Nothing else tells that this file is built: what git tracks is what is there.
            directory = _in_git(context or "")
            placed: Value | None = os.path.normpath(os.path.join(self._root, directory))
            written: Value | None = file.strip()
            file = os.path.normpath(os.path.join(self._root, directory, file.strip()))
        else:
            placed = self._placed(_BUILD, context, line)
            written = values.replaced(given.get("file"), "file") or None
            file = self._placed(_BUILD, written, line)
        if placed is None or (file is None and written is not None):
            return
        args = self._pairs(origin, given.get("build-args"), "build-args", values)
        platforms = values.replaced(given.get("platforms"), "platforms")
        partial = Partial(
            placed,
            file,
            None,
            values.replaced(given.get("target"), "target"),
            () if isinstance(platforms, Unknown) else _listed(platforms or ""),
            {name: replace(value, later=True) if isinstance(value, Unknown) else value for name, value in args.items()},
            {
                name: self._placed("", value, line)
                for name, value in self._pairs(origin, given.get("build-contexts"), "build-contexts", values).items()
            },
        )
        finished = finish(partial, origin, self._shown, self._root)
        if finished.build is not None:
            build = replace(finished.build, made=tuple(self._made_in(finished.build.context)))
            self.builds[replace(build, platforms=("",)) if isinstance(platforms, Unknown) else build] = None
        self.unresolved |= dict.fromkeys(finished.unresolved)

    def _made_by(self, action: str, parts: Mapping[str, Node]) -> Iterator[str]:
        """The absolute paths that a step makes; the top of the repository where it may make anything."""
        if "run" in parts:
            if _makes_files(text_of(parts.get("run")) or ""):
                yield self._root
        elif action.startswith("./"):
            yield self._root
        elif "download" in action or action == _CACHE:
            for line in (text_of(_inputs(parts).get("path")) or ".").splitlines():
                path = line.strip()
                if not path or path.startswith(("${{ runner.", "~")):
                    continue
                placed = self._placed("", "." if "${{" in path else path, 0)
                if isinstance(placed, str):
                    yield placed

    def _made_in(self, context: str) -> Iterator[str]:
        """What earlier steps of the job make in a context, as paths in it; "" for anything."""
        root = os.path.realpath(context)
        for path in self._made:
            real = os.path.realpath(path)
            if inside(real, root):
                yield ""
            elif inside(root, real):
                yield relative_to(root, real)

    def _bake(self, origin: str, given: Mapping[str, Node], values: _Values, line: int, version: str) -> None:
        """The targets of bake files of other names; those of the usual names are found by themselves."""
        source, directory = (values.replaced(given.get(name), name) for name in ("source", "workdir"))
        unknown = next((one for one in (directory, source) if isinstance(one, Unknown)), None)
        if unknown is not None or isinstance(directory, Unknown) or isinstance(source, Unknown):
            # Files of the usual names are found wherever they are.
            if unknown is not None and text_of(given.get("files")):
                self.unresolved[Unresolved(origin, self._shown, unknown.why, line)] = None
            return
        from_git = not source and _major(version) >= _BAKE_FROM_GIT
        if from_git:
            self._from_git(_BAKE, line, _BAKE_FIX)
        if source and is_remote(source):
            return
        below = posixpath.join(source or "", directory or "")
        place = os.path.normpath(os.path.join(self._root, below)) if from_git else self._placed(_BAKE, below, line)
        if not isinstance(place, str):
            return
        named = [os.path.join(place, one) for one in self._files(origin, given.get("files"), values, line, place)]
        if any(is_outside(os.path.normpath(path), self._root, self._root) for path in named):
            reason = "it names a bake file outside of the project"
            self.unresolved[Unresolved(origin, self._shown, reason, line)] = None
            return
        overrides = tuple(overrides_of(self._set_lines(given.get("set"), values)))
        files = named or (self._usual_in(place) if overrides or values.environment or self._written else [])
        read = self._read_bake(origin, files, place, values) if files else None
        if read is not None:
            self._set(origin, line, read, overrides, self._wanted(read, given, values), every=bool(named))
        if from_git:
            self._baked_from_git(read or self._usual, given, values, line)

    def _set_lines(self, node: Node | None, values: _Values) -> Iterator[tuple[str, Value]]:
        """The lines of the input `set`, each as it is written and with its expressions replaced."""
        whole = values.replaced(node, "set")
        for written in (whole if isinstance(whole, str) else text_of(node) or "").splitlines():
            self._budget.spend(1)
            line = written.strip().strip('"')
            if line and not line.startswith("#"):
                yield line, values.replaced(yaml_tree.Scalar(line, 0), "set") or ""

    def _usual_in(self, directory: str) -> list[str]:
        """The bake files that buildx reads in a directory where none is named."""
        from ctxopt.builds.projects import bake_files_in

        try:
            found = bake_files_in(directory)
        except CtxoptError:
            return []
        # What Compose files declare depends on the environment of who reads them, wherever that is.
        return [path for path in found if is_bake_file(os.path.basename(path))]

    def _wanted(self, declared: Declared, given: Mapping[str, Node], values: _Values) -> Collection[str]:
        """The targets that a step builds: those that it names, or all where it names a group or none."""
        text = values.known(text_of(given.get("targets")) or "")
        wanted = set(filter(None, re.split(r"[\s,]+", text)))
        names = {_target_of(build) for build in declared.builds}
        return wanted if wanted and wanted <= names else names

    def _baked_from_git(self, declared: Declared, given: Mapping[str, Node], values: _Values, line: int) -> None:
        """The targets that a step builds from git."""
        some = self._wanted(declared, given, values)
        for build in declared.builds:
            if _target_of(build) in some and build.inline is None and inside(self._root, build.context):
                dockerfile = build.dockerfile or os.path.join(build.context, "Dockerfile")
                directory = relative_to(self._root, build.context)
                made = GitBuild(
                    line,
                    "" if directory == "." else directory,
                    relative_to(build.context, dockerfile),
                    self._makes_files,
                    _BAKE_FIX,
                )
                self.git_builds[made] = None

    def _files(self, origin: str, node: Node | None, values: _Values, line: int, place: str) -> list[str]:
        """The files of a list in lines, relative to the directory `place`.

        Those that an earlier step makes, such as one with tags, are left to that.
        """
        named: list[str] = []
        unknown: list[Unknown] = []
        for written in _listed(text_of(node) or ""):
            file = values.replaced(yaml_tree.Scalar(written, line), "files")
            if isinstance(file, Unknown):
                unknown += [] if "steps." in file.why else [file]
            elif file is not None and file.startswith(_HERE):
                # It may be one that an earlier step makes.
                here = file.removeprefix(_HERE)
                named += [here] if os.path.lexists(os.path.join(place, here)) else []
            elif file and not is_remote(file):
                named.append(file)
        if unknown:
            self.unresolved[Unresolved(origin, self._shown, unknown[0].why, line)] = None
        return [] if unknown else named

    def _set(
        self,
        origin: str,
        line: int,
        declared: Declared,
        overrides: tuple[Override, ...],
        wanted: Collection[str],
        *,
        every: bool,
    ) -> None:
        """Count the builds of a step with what it sets, and with `every` also those that it does not build."""
        for build in declared.builds:
            self._budget.spend(1 + len(overrides))
            target = _target_of(build)
            changed, why = overridden(build, target, overrides if target in wanted else (), self._root)
            if every or target in wanted:
                self.builds[changed] = None
            if why:
                self.unresolved[Unresolved(origin, self._shown, why, line)] = None

    def _read_bake(self, origin: str, paths: list[str], directory: str, values: _Values) -> Declared | None:
        """What bake files declare for a step; None, which is noted, for those that are refused."""
        from ctxopt.builds.declared import read_bake

        files = [DeclaringFile(path, os.path.relpath(path, self._root).replace(os.sep, "/")) for path in paths]
        try:
            given = {name: values.of_environment(name) for name in values.environment}
            known = {name: value for name, value in given.items() if isinstance(value, str)}
            unknown = (given.keys() | self._written) - known.keys()
            key = (*paths, directory, frozenset(known.items()), frozenset(unknown))
            if key not in self._bake_files:
                sizes = (os.path.getsize(path) for path in paths if os.path.isfile(path))
                self._budget.spend(2_000 + sum(sizes) // 2)
                self._bake_files[key] = read_bake(
                    files, self._root, directory, {**os.environ, **known} if given else None, unknown
                )
            declared = self._bake_files[key]
        except CtxoptError as error:
            self.unresolved[Unresolved(origin, self._shown, error.text)] = None
            return None
        self.unresolved |= dict.fromkeys(declared.unresolved)
        return declared

    @cached_property
    def _usual(self) -> Declared:
        """What the bake files declare that buildx reads where none is named; what is refused is said elsewhere."""
        from ctxopt.builds.declared import read_bake
        from ctxopt.builds.projects import bake_files_in

        try:
            files = [DeclaringFile(path, os.path.basename(path)) for path in bake_files_in(self._root)]
            return read_bake(files, self._root, self._root) if files else Declared(())
        except (CtxoptError, LeadsOut):
            return Declared(())

    def _from_git(self, action: str, line: int, fix: str) -> None:
        self._git.setdefault((action, fix), {})[line] = None

    def _built_from_git(self, context: str, file: Value | None, line: int, args: Iterable[str]) -> None:
        if isinstance(file, Unknown):
            return
        directory = posixpath.normpath(_in_git(context) or ".")
        made = GitBuild(
            line,
            "" if directory == "." else directory,
            posixpath.normpath((file or "").strip() or "Dockerfile"),
            self._makes_files,
            arguments=tuple(args),
        )
        self.git_builds[made] = None

    def git_notes(self) -> Iterator[str]:
        """What is to be said of steps that build from git."""
        for (action, fix), lines in self._git.items():
            yield (
                f"{self._shown}:{next(iter(lines))}: {action} builds from git here{_more(lines)}: files that are not "
                "tracked, also those of earlier steps, are missing, and .dockerignore does not apply; to build from "
                f"the checkout, add `{fix}`"
            )

    def foreign_notes(self) -> Iterator[str]:
        """What is to be said of steps that build other repositories."""
        for (action, name), lines in self._foreign.items():
            what = name or "a directory in which this repository is not checked out"
            yield (
                f"{self._shown}:{next(iter(lines))}: {action} builds {what} here{_more(lines)}: not counted, since it "
                "is not this repository"
            )

    def _pairs(self, origin: str, node: Node | None, what: str, values: _Values) -> dict[str, Value | None]:
        """The names and values of lines such as `NAME=value`, ANY_ARGUMENT for those whose names are not known."""
        pairs: dict[str, Value | None] = {}
        whole = values.replaced(node, what)
        for written in (whole if isinstance(whole, str) else text_of(node) or "").splitlines():
            written = written.strip()
            if len(written) > 1 and written[0] == written[-1] == '"':
                # The actions read the lines as CSV.
                written = written[1:-1].replace('""', '"')
            if not written or written.startswith("#"):
                continue
            line = values.replaced(yaml_tree.Scalar(written, 0), what)
            name, equals, value = (written if isinstance(line, Unknown) else line or "").partition("=")
            if "${{" in name:
                unknown = f"the expression {written} in {what} is not known"
                pairs[ANY_ARGUMENT] = line if isinstance(line, Unknown) else Unknown(unknown)
            elif isinstance(line, Unknown):
                pairs[name] = line
            else:
                pairs[name] = value if equals else values.of_environment(name)
        return pairs

    def _placed(self, action: str, path: Value | None, line: int) -> Value | None:
        """A path of the workspace as an absolute one of this repository; None for one of another.

        That is noted of an `action`. Also the path of a Dockerfile counts from the workspace, and not from the context.
        """
        if path is None or isinstance(path, Unknown) or is_remote(path):
            return path
        placed = self._checkouts.place(path)
        if placed.path is not None:
            return os.path.normpath(os.path.join(self._root, placed.path))
        if action:
            self._foreign.setdefault((action, placed.repository), {})[line] = None
        return None


def _target_of(build: Build) -> str:
    """The name of a target of a bake file."""
    return build.origin.rpartition(" ")[2]


def _in_git(context: str) -> str:
    """The directory of a context without the name of the repository of the workflow."""
    return context.strip().removeprefix(_DEFAULT_CONTEXT).removeprefix(":")


def _listed(text: str) -> tuple[str, ...]:
    """The items of an input that is a list, between commas or in lines."""
    return tuple(item for item in (part.strip() for part in re.split("[,\n]", text)) if item)


def _makes_files(script: str) -> bool:
    """Whether the commands of a script may make files; those that only show or set something make none."""
    lines = (line.strip() for line in script.splitlines())
    return any(line and not line.startswith("#") and _HARMLESS.fullmatch(line) is None for line in lines)


def _more(lines: Collection[int]) -> str:
    return f" (and {plural(len(lines) - 1, 'other step')})" if len(lines) > 1 else ""


def _major(version: str) -> int:
    """The first number of an action's version; for a commit or a branch that of the newest."""
    found = _VERSION.match(version)
    return int(found[1]) if found else _BAKE_FROM_GIT


def _used(step: Mapping[str, Node]) -> tuple[str, str, str]:
    """The action of a step, "@", and its version. GitHub does not tell cases of the name apart."""
    action, at, version = (text_of(step.get("uses")) or "").partition("@")
    action = action.lower().removeprefix("https://github.com/")
    if action.startswith((".", "docker:")):
        return action, at, version
    # The runner takes a slash of either kind between parts, and drops empty ones.
    return "/".join(filter(None, re.split(r"[/\\]", action))), at, version


def _as_newer(given: Mapping[str, Node], version: str) -> Mapping[str, Node]:
    """The inputs of docker/build-push-action as those of version 2 and later; version 1 builds from the checkout.

    Which version a commit or a branch is, its inputs say.
    """
    old = {"path", "dockerfile", "build_args"} & given.keys()
    major = _VERSION.match(version)
    if int(major[1]) != 1 if major else not old or "context" in given:
        return given
    here = yaml_tree.Scalar(".", 0)
    path, file, args = (given.get(name) for name in ("path", "dockerfile", "build_args"))
    lines = yaml_tree.Scalar((text_of(args) or "").replace(",", "\n"), 0)
    newer = {**given, "context": path or here, "file": file, "build-args": None if args is None else lines}
    return {name: node for name, node in newer.items() if node is not None}


def _inputs(step: Mapping[str, Node]) -> Mapping[str, Node]:
    """The inputs of a step by their names, of which GitHub does not tell cases apart."""
    return {name.lower(): node for name, node in entries(step.get("with")).items()}


def _combinations(node: Node | None, budget: Budget) -> list[Combination]:
    """The combinations of a matrix; one without any value where there is none, or where it is not static.

    As GitHub makes them: an entry of `include` is added to each combination of the lists of which it contradicts no
    value, also over what another entry added; one that is added to none is a combination of its own.
    """
    matrix = entries(node)
    lists = {name: values for name, values in matrix.items() if name not in ("include", "exclude")}
    complete = bool(matrix) and all(isinstance(values, yaml_tree.Sequence) for values in matrix.values())
    axes = {name: items(values) for name, values in lists.items() if items(values)}
    excluded = [dict(_flat(entries(one).items())) for one in items(matrix.get("exclude"))]
    originals: list[_Flat] = []
    for chosen in itertools.product(*axes.values()) if axes else ():
        budget.spend(1 + len(chosen) + len(excluded))
        drawn = dict(_flat(zip(axes, chosen, strict=True)))
        originals += [] if any(out.items() <= drawn.items() for out in excluded) else [drawn]
        if len(originals) > _MOST_COMBINATIONS:
            raise CtxoptError(f"a matrix has more than {_MOST_COMBINATIONS} combinations, which GitHub refuses")
    made = [dict(one) for one in originals]
    more: list[_Flat] = []
    for one in items(matrix.get("include")):
        budget.spend(1 + len(originals))
        added = dict(_flat(entries(one).items()))
        shared = {name.lower() for name in entries(one)} & {name.lower() for name in axes}
        wanted = _parts(added, shared)
        fitting = [other for first, other in zip(originals, made, strict=True) if _parts(first, shared) == wanted]
        for other in fitting:
            other |= added
        more += [] if fitting else [added]
    return [Combination(one, complete) for one in (*made, *more)] or [Combination({}, complete=False)]


def _parts(values: _Flat, names: Collection[str]) -> _Flat:
    """The values of some lists of a matrix."""
    return {name: value for name, value in values.items() if name.partition(".")[0] in names}


def _flat(pairs: Iterable[tuple[str, Node]], prefix: str = "") -> Iterator[tuple[str, str | None]]:
    """The values by their names with dots; that of `null` is empty."""
    for name, node in pairs:
        key = f"{prefix}{name}".lower()
        yield key, (node.text or "") if isinstance(node, yaml_tree.Scalar) else None
        if prefix.count(".") < _DEEPEST:
            yield from _flat(entries(node).items(), f"{key}.")
