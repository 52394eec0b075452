"""The builds that bake files declare, in HCL or JSON.

Follows buildx: variables, functions, inheritance, matrices, files that are read together, and how blocks of one name
are merged.
"""

import itertools
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace

from ctxopt.builds.bake_scope import TARGET, BakeScope, Placed, RefusedWithoutValuesError, environment_of, refusing
from ctxopt.builds.build import Build, Declared, DeclaringFile, Unresolved
from ctxopt.builds.dockerfiles import is_compose_file
from ctxopt.builds.hcl.parse import parse_hcl, parse_json
from ctxopt.builds.hcl.syntax import Body, Given, ObjectOf
from ctxopt.builds.hcl.values import EvaluationError, Obj, Seq, TooLargeError, UnknownValueError, text
from ctxopt.builds.hcl.values import Value as BakeValue
from ctxopt.builds.partial import Filled, Partial, Unknown, Value, as_written, finish, is_remote, path_in
from ctxopt.builds.reading import Budget, LeadsOut, read_text
from ctxopt.core.context.locate import default_dockerfile
from ctxopt.core.golang.strconv import parse_bool
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

_MOST_TARGETS = 1000
_MOST_INHERITED = 200
_NAME = lazy_re(r"[a-zA-Z0-9_-]+")

#: The attributes of a target that are read by themselves.
_READ = (
    *("context", "dockerfile", "dockerfile-inline", "target", "contexts", "platforms", "args", "inherits"),
    *("matrix", "name"),
)

#: Marks a path relative to the directory that buildx runs in, also where others are relative to their file.
_CWD = "cwd://"

#: The variable that makes paths relative to the file that has them.
_BY_FILE = "BUILDX_BAKE_FILE_RELATIVE_PATHS"


def read(
    files: Sequence[DeclaringFile],
    directory: str,
    *,
    environment: Mapping[str, str] | None = None,
    unknown: Collection[str] = (),
    root: str | None = None,
) -> Declared:
    """The build of every target in bake files that are read together, as `docker buildx bake -f A -f B` does.

    Relative paths count from `directory`, where buildx would run. `environment` is the process's own by default;
    `unknown` are the names of further variables in it whose values are not known. A link may not lead out of `root`,
    which is the first file's directory by default. A target that others inherit, that no group has and that has no
    Dockerfile is only there for others, which is a note. Raises CtxoptError for files that
    buildx would refuse.
    """
    environment = environment_of(environment)
    budget = Budget(files[0].shown)
    bodies = []
    base: dict[str, _Target] = {}
    composed = [file for file in files if is_compose_file(os.path.basename(file.path))]
    if composed:
        base = _of_compose(composed, directory, environment, root)
    for file in files:
        if file not in composed:
            bodies.append((_parsed(file, root or os.path.dirname(os.path.abspath(file.path))), file.shown))
    places = {file.shown: os.path.dirname(os.path.abspath(file.path)) for file in files}
    by_file = parse_bool(environment.get(_BY_FILE, "")) is True
    scope = BakeScope(bodies, environment, budget, unknown)
    try:
        scope.check()
        return _Reader(scope, os.path.abspath(directory), places if by_file else {}, budget).declared(base)
    except CtxoptError as error:
        if not scope.environment_used or isinstance(error, RefusedWithoutValuesError):
            raise
        refused = error
    # What the error says may contain values of the environment, which may be secrets: unless it says that without them.
    try:
        bare = BakeScope(bodies, {}, Budget(files[0].shown), unknown)
        bare.check()
        _Reader(bare, os.path.abspath(directory), places if by_file else {}, Budget(files[0].shown)).declared(base)
    except CtxoptError as error:
        if error.text == refused.text:
            raise
    raise CtxoptError(
        "it is refused with values of the environment, which are not shown", file=refused.file, line=refused.line
    )


def _parsed(file: DeclaringFile, root: str) -> Body:
    content = file.text
    if content is None:
        try:
            content = read_text(os.path.abspath(file.path), file.shown, root)
        except LeadsOut:
            raise CtxoptError(
                "it is a symbolic link that leads out of the project", file=file.shown, hint="put the file itself there"
            ) from None
    if content is None:
        raise CtxoptError("there is no such file", file=file.shown)
    try:
        if file.path.endswith(".json"):
            return parse_json(content, file.shown)
        if file.path.endswith(".hcl"):
            return parse_hcl(content, file.shown)
        # Of another name it may be either.
        return parse_json(content, file.shown) if content.lstrip()[:1] == "{" else parse_hcl(content, file.shown)
    except TooLargeError:
        raise CtxoptError(
            "it unfolds to more than can be read", file=file.shown, hint="is it the right file?"
        ) from None


def _of_compose(
    files: Sequence[DeclaringFile], directory: str, environment: Mapping[str, str], root: str | None
) -> "dict[str, _Target]":
    """The targets that the services of Compose files are."""
    from ctxopt.builds import compose

    services = compose.partials(files, directory, environment=environment, root=root)
    return {
        name.replace(".", "_"): _Target(service.for_bake(os.path.abspath(directory)), file=service.shown, grouped=True)
        for name, service in services.items()
    }


@dataclass(frozen=True, slots=True)
class _Target:
    """A target before inheritance: what it declares, in which file, and which targets it inherits (None if unknown)."""

    partial: Partial = field(default_factory=Partial)
    inherits: tuple[str, ...] | None = ()
    file: str = ""
    grouped: bool = False

    def merged(self, earlier: "_Target | None") -> "_Target":
        """This block merged over an earlier one of the same name."""
        if earlier is None:
            return self
        known = earlier.inherits is not None and self.inherits is not None
        return _Target(
            self.partial.over(earlier.partial),
            (*(earlier.inherits or ()), *(self.inherits or ())) if known else None,
            earlier.file,
            earlier.grouped or self.grouped,
        )


class _UnknownVariables(Mapping[str, BakeValue]):
    """The variables of a matrix that cannot be evaluated: all that nothing else defines."""

    def __init__(self, scope: BakeScope) -> None:
        self._scope = scope

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and not self._scope.knows(name)

    def __getitem__(self, name: str) -> BakeValue:
        raise UnknownValueError

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _Reader:
    """Evaluates the blocks of bake files; collects notes."""

    def __init__(self, scope: BakeScope, directory: str, places: Mapping[str, str], budget: Budget) -> None:
        self._scope = scope
        self._directory = directory
        self._places = places
        self._budget = budget
        self._notes: dict[str, None] = {}
        self._unresolved: dict[Unresolved, None] = {}
        self._targets: dict[str, _Target] = {}
        #: How targets are shown whose names must not be.
        self._shown: dict[str, str] = {}
        #: The targets of each group; a target with a matrix is one by its own name.
        self._groups: dict[str, list[str]] = {}

    def declared(self, base: Mapping[str, _Target]) -> Declared:
        """The builds of all targets. Raises CtxoptError."""
        self._targets = dict(base)
        named: dict[str, list[tuple[Placed, Mapping[str, BakeValue]]]] = {}
        for placed in self._scope.targets:
            names = self._expanded(placed)
            for name, local in names:
                named.setdefault(name, []).append((placed, local))
            if [name for name, _ in names] != [placed.block.labels[0]]:
                self._groups.setdefault(placed.block.labels[0], []).extend(name for name, _ in names)
            if len(named) > _MOST_TARGETS:
                raise CtxoptError(f"it has more than {_MOST_TARGETS:,} targets", file=placed.file)
        self._scope.name_blocks("target", named)
        self._scope.name_blocks("group", {one.block.labels[0]: [(one, {})] for one in self._scope.groups})
        for name, blocks in named.items():
            for placed, local in blocks:
                self._targets[name] = self._target(placed, local).merged(self._targets.get(name))
        for placed in self._scope.groups:
            self._group(placed)
        return self._finished()

    def _group(self, placed: Placed) -> None:
        label = placed.block.labels[0]
        self._check_name(label, placed)
        # As in buildx, a later group of the same name replaces an earlier one.
        self._groups[label] = list(self._texts(placed, "targets", {}) or ())

    def _check_name(self, name: str, placed: Placed) -> None:
        if _NAME.fullmatch(name) is None:
            raise CtxoptError(
                f'"{name}" cannot be the name of a {placed.block.kind}',
                file=placed.file,
                line=placed.block.line,
                hint="use letters, digits, _ and -",
            )

    # -- one target -----------------------------------------------------------------------------

    def _expanded(self, placed: Placed) -> list[tuple[str, Mapping[str, BakeValue]]]:
        """The targets of a block: one, or one for each combination of its matrix, with their names."""
        block = placed.block
        label = block.labels[0]
        self._check_name(label, placed)
        matrix, name = block.attributes.get("matrix"), block.attributes.get("name")
        if matrix is None:
            if name is not None:
                raise CtxoptError("name takes a matrix", file=placed.file, line=name.line)
            return [(label, {})]
        self._scope.used = set()
        with refusing(placed.file, matrix.line, f"target {label}: matrix"):
            try:
                combinations = self._combinations(self._scope.evaluator.value(matrix.expression, {}), placed)
                self._scope.used_by_matrix[id(block)] = self._scope.used
            except UnknownValueError:
                self._unknown(placed.file, label, "its matrix cannot be evaluated")
                return [(label, _UnknownVariables(self._scope))]
        return self._named(placed, combinations, name)

    def _combinations(self, matrix: BakeValue, placed: Placed) -> list[Mapping[str, BakeValue]]:
        if not isinstance(matrix, Obj):
            raise EvaluationError("it must be a map")
        axes: list[Sequence[BakeValue]] = []
        count = 1
        for _, values in matrix.sorted():
            if not isinstance(values, Seq | Obj):
                raise EvaluationError("its values must be lists")
            axes.append(values.items if isinstance(values, Seq) else [value for _, value in values.sorted()])
            count *= len(axes[-1])
            if count > _MOST_TARGETS:
                raise CtxoptError(
                    f"target {placed.block.labels[0]} expands to more than {_MOST_TARGETS:,} builds", file=placed.file
                )
        names = [name for name, _ in matrix.sorted()]
        return [dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*axes)]

    def _named(
        self, placed: Placed, combinations: list[Mapping[str, BakeValue]], name: Given | None
    ) -> list[tuple[str, Mapping[str, BakeValue]]]:
        label = placed.block.labels[0]
        named: dict[str, Mapping[str, BakeValue]] = {}
        for local in combinations:
            made = label
            if name is not None:
                with refusing(placed.file, name.line, f"target {label}: name"):
                    try:
                        self._scope.used = set(self._scope.used_by_matrix[id(placed.block)])
                        made = text(self._scope.evaluator.value(name.expression, local))
                        if self._scope.used:
                            # The name is made of values of the environment.
                            self._shown[made] = f"{label}, number {len(named) + 1}"
                    except UnknownValueError:
                        made = f"{label}_{len(named)}"
                        self._unknown(placed.file, label, "the names in its matrix cannot be evaluated")
                self._check_name(made, placed)
            if made in named:
                raise CtxoptError(f"two targets have the name {made}", file=placed.file, line=placed.block.line)
            named[made] = local
        return list(named.items())

    def _target(self, placed: Placed, local: Mapping[str, BakeValue]) -> _Target:
        def part(name: str) -> Value | None:
            return self._text(placed, name, local)

        base = self._places.get(placed.file, self._directory)
        context, dockerfile = part("context"), part("dockerfile")
        if isinstance(dockerfile, str) and dockerfile.startswith(_CWD):
            dockerfile = path_in(self._directory, _like(dockerfile, dockerfile.removeprefix(_CWD)))
        contexts = self._pairs(placed, "contexts", local)
        platforms = self._texts(placed, "platforms", local)
        partial = Partial(
            context if context is None or context == "-" else self._placed(context, base),
            dockerfile,
            part("dockerfile-inline"),
            part("target"),
            (Unknown("its platforms cannot be evaluated"),) if platforms is None else platforms,
            {name: value for name, value in self._pairs(placed, "args", local).items() if value is not None},
            {name: None if value is None else self._placed(value, base) for name, value in contexts.items()},
        )
        self._check_others(placed, local)
        return _Target(partial, self._texts(placed, "inherits", local), placed.file)

    def _placed(self, context: Value, base: str) -> Value:
        """A local context as an absolute path."""
        if isinstance(context, Unknown) or not context:
            return context
        if context.startswith(_CWD):
            return path_in(self._directory, _like(context, context.removeprefix(_CWD)))
        return context if is_remote(context) else path_in(base, context)

    def _check_others(self, placed: Placed, local: Mapping[str, BakeValue]) -> None:
        """Evaluate the attributes that do not matter here, since buildx refuses a file where one is wrong."""
        for name, given in placed.block.attributes.items():
            if name in _READ or name not in TARGET:
                continue
            with refusing(placed.file, given.line, self._what(placed, name)):
                try:
                    self._scope.attribute(placed, name, local)
                except UnknownValueError:
                    continue

    def _what(self, placed: Placed, name: str) -> str:
        return f"{placed.block.kind} {placed.block.labels[0]}: {name}"

    def _value(self, placed: Placed, name: str, local: Mapping[str, BakeValue]) -> BakeValue:
        """An attribute's value. Raises UnknownValueError, and CtxoptError for a wrong one."""
        given = placed.block.attributes.get(name)
        self._scope.used = set()
        with refusing(placed.file, None if given is None else given.line, self._what(placed, name)):
            return self._scope.attribute(placed, name, local)

    def _filled(self, text: str) -> str:
        """A text of the last value, filled where that is made of values of the environment."""
        return Filled(text, self._scope.names_used()) if self._scope.used else text

    def _text(self, placed: Placed, name: str, local: Mapping[str, BakeValue]) -> Value | None:
        try:
            value = self._value(placed, name, local)
        except UnknownValueError:
            return Unknown(f"its {name} cannot be evaluated")
        return self._filled(value) if isinstance(value, str) else None

    def _texts(self, placed: Placed, name: str, local: Mapping[str, BakeValue]) -> tuple[str, ...] | None:
        """The texts of a list, () where there is no list, None where they are unknown."""
        try:
            value = self._value(placed, name, local)
        except UnknownValueError:
            return None
        items = value.items if isinstance(value, Seq) else ()
        return tuple(self._filled(item) for item in items if isinstance(item, str))

    def _pairs(self, placed: Placed, name: str, local: Mapping[str, BakeValue]) -> dict[str, Value | None]:
        """The names and texts of a map; a value that is unknown does not hide the others."""
        try:
            value = self._value(placed, name, local)
        except UnknownValueError:
            return self._one_by_one(placed, name, local)
        if not isinstance(value, Obj):
            return {}
        return {one: self._filled(item) if isinstance(item, str) else None for one, item in value.entries.items()}

    def _one_by_one(self, placed: Placed, name: str, local: Mapping[str, BakeValue]) -> dict[str, Value | None]:
        expression = placed.block.attributes[name].expression
        pairs: dict[str, Value | None] = {}
        evaluator = self._scope.evaluator
        if not isinstance(expression, ObjectOf):
            return {"": Unknown(f"some of its {name} cannot be evaluated")}
        with refusing(placed.file, placed.block.attributes[name].line, self._what(placed, name)):
            for key, item in expression.items:
                try:
                    one = text(evaluator.value(key, local))
                except UnknownValueError:
                    pairs[""] = Unknown(f"some of its {name} cannot be evaluated")
                    continue
                try:
                    self._scope.used = set(self._scope.used_by_matrix.get(id(placed.block), ()))
                    value = evaluator.value(item, local)
                    pairs[one] = None if value is None else self._filled(text(value))
                except UnknownValueError:
                    pairs[one] = Unknown(f"the value of {name}.{one} cannot be evaluated", later=True)
        return pairs

    # -- all targets ----------------------------------------------------------------------------

    def _finished(self) -> Declared:
        inherited = {name for target in self._targets.values() for name in target.inherits or ()}
        grouped = {"default", *self._grouped()}
        builds = []
        for name, target in self._targets.items():
            origin = f"{target.file}: target {self._shown.get(name, name)}"
            missing: dict[str, None] = {}
            partial = self._resolved(name, {}, missing)
            for parent in missing:
                self._unknown(
                    target.file,
                    self._shown.get(name, name),
                    _not_there(parent),
                )
            base = self._places.get(target.file, self._directory)
            finished = finish(partial, origin, target.file, base)
            build = finished.build
            if name in inherited and name not in grouped and not target.grouped and not _has_dockerfile(build):
                self._notes[f"{origin} has no Dockerfile: it only serves to be inherited"] = None
                continue
            builds += [build] if build is not None else []
            self._unresolved |= dict.fromkeys(finished.unresolved)
        return Declared(tuple(builds), tuple(self._notes), tuple(self._unresolved))

    def _grouped(self) -> Iterator[str]:
        """The targets that a group has; one by a name with a matrix has all of that."""
        for targets in self._groups.values():
            yield from targets

    def _resolved(self, name: str, seen: dict[str, Partial], missing: dict[str, None]) -> Partial:
        """A target with what it inherits: the last one named counts most, and the target itself above all.

        As in buildx, one that inherits itself takes nothing from there.
        """
        if name in seen:
            return seen[name]
        target = self._targets[name]
        if len(seen) > _MOST_INHERITED:
            problem = f"target {name} is one of more than {_MOST_INHERITED} that one inherits"
            raise CtxoptError(problem, file=target.file)
        seen[name] = Partial()
        partial = target.partial
        if target.inherits is None:
            unknown = Unknown("what it inherits cannot be evaluated")
            partial = partial.over(Partial(unknown, unknown, None, unknown))
        base = Partial()
        for parent in target.inherits or ():
            if parent in self._targets:
                base = self._resolved(parent, seen, missing).over(base)
            else:
                missing[parent] = None
        resolved = partial.over(base)
        # A named context with an empty value is none.
        contexts = {one: value for one, value in resolved.contexts.items() if value not in ("", None)}
        seen[name] = replace(resolved, contexts=contexts)
        self._budget.spend(10 + len(seen[name].args))
        return seen[name]

    def _unknown(self, file: str, target: str, reason: str) -> None:
        self._unresolved[Unresolved(f"{file}: target {target}", file, reason)] = None


def _not_there(parent: str) -> str:
    return f"it inherits {as_written(parent)}, which these files do not have"


def _like(filled: str, text: str) -> str:
    """A text that is filled if another one is, and written in the same way."""
    return Filled(text, filled.written) if isinstance(filled, Filled) else text


def _has_dockerfile(build: Build | None) -> bool:
    """Whether the Dockerfile of a build is there."""
    if build is None or build.inline is not None:
        return build is not None
    return os.path.lexists(build.dockerfile or default_dockerfile(build.context) or build.context + "/Dockerfile")
