"""The builds that a Bake file declares, in HCL or JSON.

Follows buildx: variables, inheritance, matrices, and how blocks of one name are merged.
"""

import itertools
import os
from collections.abc import Mapping
from dataclasses import dataclass

from ctxopt.builds.bake_eval import Evaluator, Function, Local, Variable
from ctxopt.builds.bake_functions import UnknownValueError, text
from ctxopt.builds.bake_functions import Value as BakeValue
from ctxopt.builds.bake_source import Block, Expression, Json, Source, parse_hcl, parse_json, trees
from ctxopt.builds.build import Declared, Unresolved
from ctxopt.builds.partial import Partial, Unknown, Value, finish, is_remote
from ctxopt.builds.reading import Budget, LeadsOut, read_text
from ctxopt.errors import CtxoptError

_MOST_TARGETS = 1000
_MOST_INHERITED = 200

#: Marks a path relative to the directory that buildx runs in, which is taken to be that of the file.
_CWD = "cwd://"


def read(path: str, shown: str, *, environment: Mapping[str, str] | None = None, root: str | None = None) -> Declared:
    """The build of every target in a Bake file; relative contexts are relative to its directory.

    `shown` is the file's name for people, `environment` the process's own by default. A link may not lead
    out of `root`, which is the file's directory by default. Targets whose names begin with an underscore,
    and those that others inherit and that say nothing of a build, are only there for others. Raises
    CtxoptError for a file that cannot be read.
    """
    path = os.path.abspath(path)
    directory = os.path.dirname(path)
    try:
        content = read_text(path, shown, root or directory)
    except LeadsOut:
        raise CtxoptError(
            "it is a symbolic link that leads out of the project", file=shown, hint="put the file itself there"
        ) from None
    if content is None:
        raise CtxoptError("there is no such file", file=shown)
    source = parse_json(content, shown) if path.endswith(".json") else parse_hcl(content, shown)
    budget = Budget(shown)
    evaluator = _evaluator(source, os.environ if environment is None else environment, budget)
    unresolved: dict[Unresolved, None] = {}
    targets: dict[str, _Target] = {}
    for block in source.blocks:
        if block.kind == "target":
            for name, target in _expanded(block, evaluator, directory, shown, unresolved):
                targets[name] = target.merged(targets.get(name))
            if len(targets) > _MOST_TARGETS:
                raise CtxoptError(f"it has more than {_MOST_TARGETS:,} targets", file=shown)
    return _declared(targets, directory, shown, budget, unresolved)


@dataclass(frozen=True, slots=True)
class _Target:
    """A target before inheritance: what it declares, and which targets it inherits (None if unknown)."""

    partial: Partial
    inherits: tuple[str, ...] | None = ()

    def merged(self, earlier: "_Target | None") -> "_Target":
        """This block merged over an earlier one of the same name."""
        if earlier is None:
            return self
        known = earlier.inherits is not None and self.inherits is not None
        return _Target(
            self.partial.over(earlier.partial),
            (*(earlier.inherits or ()), *(self.inherits or ())) if known else None,
        )


def _evaluator(source: Source, environment: Mapping[str, str], budget: Budget) -> Evaluator:
    variables = {name: Variable(value, overridable=False) for name, value in source.attributes.items()}
    functions = {}
    for block in source.blocks:
        if block.kind == "variable":
            variables[block.label] = Variable(block.attributes.get("default"))
        elif block.kind == "function" and "variadic_params" not in block.attributes:
            parameters = _parameters(block.attributes.get("params"))
            if parameters is not None and "result" in block.attributes:
                functions[block.label] = Function(parameters, block.attributes["result"])
    return Evaluator(variables, functions, environment, budget)


def _parameters(expression: Expression | None) -> tuple[str, ...] | None:
    """The names of a function's parameters, or None if they are not a list of names."""
    if isinstance(expression, Json):
        names = expression.value
        return tuple(names) if isinstance(names, list) and all(isinstance(name, str) for name in names) else None
    if expression is None or expression.data != "expr_term" or [tree.data for tree in trees(expression)] != ["tuple"]:
        return None
    return tuple(str(token) for item in trees(trees(expression)[0]) for token in item.scan_values(lambda _: True))


def _expanded(
    block: Block, evaluator: Evaluator, directory: str, shown: str, unresolved: dict[Unresolved, None]
) -> list[tuple[str, _Target]]:
    """The targets of a block: one, or one for each combination of its matrix, with their names."""
    origin = f"{shown}: target {block.label}"
    matrix = block.attributes.get("matrix")
    if matrix is None:
        return [(block.label, _target(block.attributes, evaluator, {}, directory))]
    try:
        axes = list(evaluator.items(matrix, {}))
        combinations = 1
        for _, values in axes:
            if not isinstance(values, list):
                raise UnknownValueError
            combinations *= len(values)
    except UnknownValueError:
        unresolved[Unresolved(origin, shown, "its matrix cannot be evaluated")] = None
        return [(block.label, _target(block.attributes, evaluator, {}, directory))]
    if combinations > _MOST_TARGETS:
        raise CtxoptError(f"target {block.label} expands to more than {_MOST_TARGETS:,} builds", file=shown)
    expanded: list[tuple[str, _Target]] = []
    names = [name for name, _ in axes]
    for chosen in itertools.product(*(axis for _, axis in axes if isinstance(axis, list))):
        local = dict(zip(names, chosen, strict=True))
        name = _text(block.attributes.get("name"), "its name", evaluator, local)
        if not isinstance(name, str):
            name = f"{block.label}[{len(expanded)}]"
            unresolved[Unresolved(origin, shown, "the names in its matrix cannot be evaluated")] = None
        expanded.append((name, _target(block.attributes, evaluator, local, directory)))
    return expanded


def _target(attributes: Mapping[str, Expression], evaluator: Evaluator, local: Local, directory: str) -> _Target:
    def part(name: str) -> Value | None:
        return _text(attributes.get(name), f"its {name}", evaluator, local)

    context, dockerfile = part("context"), part("dockerfile")
    if context is not None and context != "-":
        context = _placed(context, directory)
    if isinstance(dockerfile, str) and dockerfile.startswith(_CWD):
        dockerfile = os.path.join(directory, dockerfile.removeprefix(_CWD))
    return _Target(
        Partial(
            context,
            dockerfile,
            part("dockerfile-inline"),
            part("target"),
            _platforms(attributes.get("platforms"), evaluator, local),
            _pairs(attributes.get("args"), "args", evaluator, local),
            {
                name: None if value is None else _placed(value, directory)
                for name, value in _pairs(attributes.get("contexts"), "contexts", evaluator, local).items()
            },
        ),
        _texts(attributes.get("inherits"), evaluator, local),
    )


def _text(expression: Expression | None, what: str, evaluator: Evaluator, local: Local) -> Value | None:
    """An attribute's text; None if it is not set, Unknown if it cannot be evaluated."""
    if expression is None:
        return None
    try:
        value = evaluator.value(expression, local)
        return None if value is None else text(value)
    except UnknownValueError:
        return Unknown(f"{what} cannot be evaluated")


def _placed(context: Value, directory: str) -> Value:
    """A local context as an absolute path."""
    if isinstance(context, Unknown) or is_remote(context.removeprefix(_CWD)):
        return context
    return os.path.normpath(os.path.join(directory, context.removeprefix(_CWD)))


def _pairs(expression: Expression | None, what: str, evaluator: Evaluator, local: Local) -> dict[str, Value | None]:
    """The arguments or the named contexts with a value, known or Unknown."""
    pairs: dict[str, Value | None] = {}
    if expression is None or (isinstance(expression, Json) and expression.value is None):
        return pairs
    try:
        for name, value in evaluator.items(expression, local):
            if value is not None:
                pairs[name] = _paired(f"{what}.{name}", value)
    except UnknownValueError:
        pairs[""] = Unknown(f"some of its {what} cannot be evaluated")
    return pairs


def _paired(what: str, value: BakeValue | UnknownValueError) -> Value:
    try:
        if not isinstance(value, UnknownValueError):
            return text(value)
    except UnknownValueError:
        pass
    return Unknown(f"the value of {what} cannot be evaluated")


def _platforms(expression: Expression | None, evaluator: Evaluator, local: Local) -> tuple[Value, ...]:
    found = _texts(expression, evaluator, local)
    return (Unknown("its platforms cannot be evaluated"),) if found is None else found


def _texts(expression: Expression | None, evaluator: Evaluator, local: Local) -> tuple[str, ...] | None:
    """The texts of a list, () where there is no list, None where they are unknown."""
    try:
        found = None if expression is None else evaluator.value(expression, local)
        if found is None:
            return ()
        return tuple(text(item) for item in found) if isinstance(found, list) else None
    except UnknownValueError:
        return None


def _declared(
    targets: Mapping[str, _Target], directory: str, shown: str, budget: Budget, unresolved: dict[Unresolved, None]
) -> Declared:
    """The builds of all targets, except those that only serve to be inherited."""
    inherited = {name for target in targets.values() for name in target.inherits or ()}
    builds = []
    for name, target in targets.items():
        if name.startswith("_") or (name in inherited and target == _Target(Partial())):
            continue
        origin = f"{shown}: target {name}"
        missing: dict[str, None] = {}
        partial = _resolved(name, targets, {}, missing, budget, shown)
        reasons = (f"it inherits {base}, which is not in this file" for base in missing)
        unresolved |= {Unresolved(origin, shown, reason): None for reason in reasons}
        finished = finish(partial, origin, shown, directory)
        builds += [finished.build] if finished.build is not None else []
        unresolved |= dict.fromkeys(finished.unresolved)
    return Declared(tuple(builds), unresolved=tuple(unresolved))


def _resolved(
    name: str,
    targets: Mapping[str, _Target],
    seen: dict[str, Partial],
    missing: dict[str, None],
    budget: Budget,
    shown: str,
) -> Partial:
    """A target with what it inherits: the last one named counts most, and the target itself above all.

    As in buildx, one that inherits itself takes nothing from there.
    """
    if name in seen:
        return seen[name]
    if len(seen) > _MOST_INHERITED:
        raise CtxoptError(f"target {name} is one of more than {_MOST_INHERITED} that one inherits", file=shown)
    target = targets[name]
    seen[name] = Partial()
    partial = target.partial
    if target.inherits is None:
        unknown = Unknown("what it inherits cannot be evaluated")
        partial = partial.over(Partial(unknown, unknown, None, unknown))
    base = Partial()
    for parent in target.inherits or ():
        if parent not in targets:
            missing[parent] = None
            continue
        base = _resolved(parent, targets, seen, missing, budget, shown).over(base)
    seen[name] = partial.over(base)
    budget.spend(10 + len(seen[name].args))
    return seen[name]
