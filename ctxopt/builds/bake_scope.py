"""What the expressions of bake files refer to: variables, functions, and attributes of targets and groups.

Follows buildx's own parser on top of HCL: a variable gets its value from the environment in the type of its default,
and whatever is wrong in any part of a file is an error, whether the part is used or not.
"""

import json
import math
import os
import platform
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal

from ctxopt.builds.hcl.evaluate import Evaluator, Function, free_names
from ctxopt.builds.hcl.functions import NAMES
from ctxopt.builds.hcl.parse import from_json
from ctxopt.builds.hcl.syntax import Block, Body, Expression, Given, Literal, Name, TupleOf
from ctxopt.builds.hcl.type_names import type_named
from ctxopt.builds.hcl.values import (
    EvaluationError,
    TooLargeError,
    Type,
    UnknownValueError,
    Value,
    boolean,
    converted,
    float_value,
    mapping,
    object_of,
    sequence,
    text,
    tuple_of,
    type_of,
)
from ctxopt.builds.reading import Budget
from ctxopt.core.golang.strconv import parse_bool
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

_FLOAT = lazy_re(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm/v7", "i686": "386"}

#: The attributes of a target by their types. A type of None is not looked at: texts or objects that describe them.
TARGET: Mapping[str, Type | None] = {
    **dict.fromkeys(("context", "dockerfile", "dockerfile-inline", "target", "network", "shm-size", "call"), "string"),
    **dict.fromkeys(("description",), "string"),
    **dict.fromkeys(("pull", "no-cache"), "bool"),
    **dict.fromkeys(("inherits", "annotations", "tags", "platforms", "no-cache-filter"), ("list", "string")),
    **dict.fromkeys(("ulimits", "entitlements"), ("list", "string")),
    **dict.fromkeys(("args", "contexts", "labels", "extra-hosts"), ("map", "string")),
    **dict.fromkeys(("attest", "cache-from", "cache-to", "secret", "ssh", "output", "policy", "resources"), None),
}
GROUP: Mapping[str, Type | None] = {"description": "string", "targets": ("list", "string")}
_ATTRIBUTES = {"target": TARGET, "group": GROUP}
_FUNCTION = ("params", "variadic_params", "result")
#: The attributes of a target that a group must not have.
_REFUSED = {"group": ("matrix", "name")}


class WithoutValuesError(EvaluationError):
    """An error whose text contains no value of the environment."""


class RefusedWithoutValuesError(CtxoptError):
    """The same with its place."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A block or an expression, with the name of its file for people."""

    block: Block
    file: str


class BakeScope:
    """The variables, functions and blocks of bake files that are read together. Raises CtxoptError for a wrong one."""

    def __init__(
        self,
        bodies: Sequence[tuple[Body, str]],
        environment: Mapping[str, str],
        budget: Budget,
        unknown: Collection[str] = (),
    ) -> None:
        self.evaluator = Evaluator(self, budget)
        self._environment = environment
        #: The names of further variables of the environment, whose values are not known.
        self._without_value = frozenset(unknown)
        self._given: dict[str, tuple[Given, str]] = {}
        self._variables: dict[str, Placed] = {}
        self._functions: dict[str, Placed] = {}
        self.targets: list[Placed] = []
        self.groups: list[Placed] = []
        self._known: dict[str, Value] = {"BAKE_CMD_CONTEXT": "cwd://", "BAKE_LOCAL_PLATFORM": local_platform()}
        self._unknown: set[str] = set()
        #: The variables that have their values from the environment, of those that were evaluated since it was emptied.
        self.used: set[str] = set()
        self._uses: dict[str, set[str]] = {}
        #: Those that the matrix of a block uses, by the block's id.
        self.used_by_matrix: dict[int, set[str]] = {}
        #: Whether any value is from the environment.
        self.environment_used = False
        self._evaluating: set[object] = set()
        self._defined: dict[str, Function] = {}
        self._expanded: dict[tuple[str, str], list[tuple[Placed, Mapping[str, Value]]]] = {}
        for body, file in bodies:
            self._given |= {name: (given, file) for name, given in body.attributes.items()}
            for block in body.blocks:
                self._sort(Placed(block, file))

    def _sort(self, placed: Placed) -> None:
        block = placed.block
        for name, given in block.attributes.items():
            # Other blocks may have attributes that this version of buildx does not know.
            if name in _REFUSED.get(block.kind, ()) or (block.kind == "function" and name not in _FUNCTION):
                raise CtxoptError(f"{name} is no attribute of a {block.kind}", file=placed.file, line=given.line)
        if block.kind == "group" and "targets" not in block.attributes:
            raise CtxoptError("a group needs targets", file=placed.file, line=block.line)
        for inner in block.blocks if block.kind == "function" else ():
            raise CtxoptError("a function has no blocks in it", file=placed.file, line=inner.line)
        {"variable": self._variables, "function": self._functions}.get(block.kind, {})[block.labels[0]] = placed
        {"target": self.targets, "group": self.groups}.get(block.kind, []).append(placed)

    def check(self) -> None:
        """Evaluate all variables, functions and attributes of the files. Raises CtxoptError."""
        for name in self._in_order():
            placed = self._variables.get(name)
            at = self._given.get(name)
            file, line = (placed.file, placed.block.line) if placed else (at[1], at[0].line) if at else ("", None)
            with refusing(file, line, name), suppress(UnknownValueError):
                self.variable(name)
        for placed in self._variables.values():
            self._validate(placed)
        for name, placed in self._functions.items():
            with refusing(placed.file, placed.block.line, f"function {name}"):
                self._checked(name)

    def _in_order(self) -> Iterator[str]:
        """The variables and attributes, those first that others refer to, so that evaluating one never goes deep."""
        done: set[str] = set()
        for first in (*self._variables, *self._given):
            stack = [(first, False)]
            while stack:
                name, ready = stack.pop()
                if ready:
                    yield name
                elif name not in done:
                    done.add(name)
                    stack.append((name, True))
                    stack += [(other, False) for other in self._referred(name) if other not in done]

    def _referred(self, name: str) -> Iterator[str]:
        given = self._expression(name)
        names = free_names(given) if given is not None else set()
        for other in sorted(names):
            if other in self._variables or other in self._given:
                yield other
            elif other in self._functions:
                result = self._functions[other].block.attributes.get("result")
                inner = free_names(result.expression) if result is not None else set()
                yield from sorted(inner & (self._variables.keys() | self._given.keys()))

    def _expression(self, name: str) -> Expression | None:
        if name in self._given:
            return self._given[name][0].expression
        default = self._variables[name].block.attributes.get("default") if name in self._variables else None
        return None if default is None else default.expression

    # -- variables ------------------------------------------------------------------------------

    def variable(self, name: str) -> Value:
        """The value of a variable. Raises EvaluationError and UnknownValueError."""
        if name in self._known:
            self.used |= self._uses.get(name, set())
            return self._known[name]
        if name in self._unknown:
            raise UnknownValueError
        if name not in self._given and name not in self._variables:
            raise EvaluationError(f"there is no variable {name}")
        before, self.used = self.used, set()
        with self._once(("variable", name), f"the variable {name} refers to itself"):
            try:
                self._known[name] = self._value_of(name)
            except UnknownValueError:
                self._unknown.add(name)
                raise
            finally:
                self._uses[name] = self.used
                self.used = before | self.used
        return self._known[name]

    @contextmanager
    def _once(self, what: object, problem: str) -> Iterator[None]:
        if what in self._evaluating:
            raise EvaluationError(problem)
        self._evaluating.add(what)
        try:
            yield
        finally:
            self._evaluating.discard(what)

    def _value_of(self, name: str) -> Value:
        if name in self._given:
            return self.evaluator.value(self._given[name][0].expression, {})
        block = self._variables[name].block
        wanted = _declared_type(block)
        if not self._without_value.isdisjoint((name, f"{name}_JSON")):
            raise UnknownValueError
        given = self._override(name, typed=wanted is not None)
        if given is not None:
            self.used.add(name)
            self.environment_used = True
        default = block.attributes.get("default")
        value: Value = None if wanted is not None else ""
        if default is not None:
            try:
                value = converted(self.evaluator.value(default.expression, {}), wanted or "any")
            except UnknownValueError:
                if given is None:
                    raise
                value = None
        if given is None:
            return value
        if wanted is not None:
            return _typed(given[0], wanted, is_json=given[1])
        return given[0] if default is None or value is None else _like(given[0], type_of(value), name)

    def names_used(self) -> str:
        """The variables of the environment that were used, as they are written in texts."""
        return " and ".join(f"${{{name}}}" for name in sorted(self.used))

    def _override(self, name: str, *, typed: bool) -> tuple[str, bool] | None:
        """What the environment has for a variable, and whether that is JSON."""
        plain = self._environment.get(name)
        as_json = f"{name}_JSON"
        if (plain is None or typed) and as_json not in self._variables and as_json in self._environment:
            return self._environment[as_json], True
        return None if plain is None else (plain, False)

    def _validate(self, placed: Placed) -> None:
        for rule in placed.block.blocks:
            condition, message = rule.attributes.get("condition"), rule.attributes.get("error_message")
            if rule.kind != "validation" or condition is None:
                continue
            with refusing(placed.file, rule.line, "validation"):
                try:
                    if not boolean(self.evaluator.value(condition.expression, {})):
                        self.used = set()
                        why = text(self.evaluator.value(message.expression, {})) if message is not None else "it failed"
                        raise WithoutValuesError(f"it failed with {self.names_used()}" if self.used else why)
                except UnknownValueError:
                    continue

    # -- functions ------------------------------------------------------------------------------

    def function(self, name: str) -> Function | None:
        """A function that the files define."""
        if name in NAMES or name not in self._functions:
            return None
        if name not in self._defined:
            self._defined[name] = _function(self._functions[name].block)
        return self._defined[name]

    def _checked(self, name: str) -> None:
        for other in sorted(self._referred_in(name)):
            if not self.knows(other) and other not in NAMES and other not in self._functions:
                raise EvaluationError(f"{other} does not exist")
        stack, seen = [name], {name}
        while stack:
            for other in self._referred_in(stack.pop()):
                if other == name and other not in NAMES:
                    raise EvaluationError("it calls itself")
                if other in self._functions and other not in seen:
                    seen.add(other)
                    stack.append(other)

    def _referred_in(self, name: str) -> set[str]:
        """What the result of a function refers to besides its parameters. Raises EvaluationError."""
        function = _function(self._functions[name].block)
        return free_names(function.result) - {*function.parameters, function.rest or ""}

    # -- blocks ---------------------------------------------------------------------------------

    def knows(self, name: str) -> bool:
        """Whether a name means something in these files."""
        return name in self._known or name in self._variables or name in self._given or self.is_block(name)

    def is_block(self, kind: str) -> bool:
        """Whether this is what a kind of blocks is called."""
        return kind in _ATTRIBUTES

    def name_blocks(self, kind: str, named: Mapping[str, list[tuple[Placed, Mapping[str, Value]]]]) -> None:
        """Make blocks known by their names, with the variables of their matrix."""
        self._expanded |= {(kind, name): blocks for name, blocks in named.items()}

    def block(self, kind: str, name: str, attribute: str | None) -> Value:
        """An attribute of a block, or all its attributes. Raises EvaluationError and UnknownValueError."""
        blocks = self._expanded.get((kind, name))
        if not blocks:
            raise EvaluationError(f"there is no {kind} {name}")
        if attribute is None:
            return object_of({one: self.block(kind, name, one) for one in _ATTRIBUTES[kind]} | {"name": name})
        if attribute == "name":
            return name
        if attribute not in _ATTRIBUTES[kind]:
            raise EvaluationError(f"{attribute} is no attribute of a {kind}")
        # What is declared last is what a reference sees.
        for placed, local in reversed(blocks):
            if attribute in placed.block.attributes:
                with self._once((kind, name, attribute), f"{kind}.{name}.{attribute} refers to itself"):
                    return self.attribute(placed, attribute, local)
        return None

    def attribute(self, placed: Placed, name: str, local: Mapping[str, Value]) -> Value:
        """An attribute of a target or a group in its type; None if it is not set."""
        given = placed.block.attributes.get(name)
        if given is None:
            return None
        wanted = _ATTRIBUTES[placed.block.kind][name]
        self.used |= self.used_by_matrix.get(id(placed.block), set())
        found = self.evaluator.value(given.expression, local)
        return found if wanted is None else converted(found, wanted)


@contextmanager
def refusing(file: str, line: int | None, what: str) -> Iterator[None]:
    """Turn what buildx refuses into a CtxoptError with its place."""
    try:
        yield
    except WithoutValuesError as error:
        raise RefusedWithoutValuesError(f"{what}: {error}", file=file, line=line) from None
    except EvaluationError as error:
        raise CtxoptError(f"{what}: {error}", file=file, line=line) from None
    except TooLargeError:
        raise CtxoptError(
            f"{what} unfolds to more than can be read", file=file, line=line, hint="is it the right file?"
        ) from None


def local_platform() -> str:
    """The platform of this machine, as buildx names it."""
    machine = platform.machine().lower()
    return f"linux/{_ARCHITECTURES.get(machine, machine)}"


def _function(block: Block) -> Function:
    """A function from its block. Raises EvaluationError."""
    result, parameters = block.attributes.get("result"), block.attributes.get("params")
    if result is None or parameters is None:
        raise EvaluationError("params or result is missing")
    rest = block.attributes.get("variadic_params")
    found = parameters.expression
    names = [_identifier(item) for item in found.items] if isinstance(found, TupleOf) else [None]
    variadic = None if rest is None else _identifier(rest.expression)
    if None in names or (rest is not None and variadic is None):
        raise EvaluationError("params must be a list of names")
    return Function(tuple(name for name in names if name is not None), result.expression, variadic)


def _identifier(expression: Expression) -> str | None:
    """The name that an expression is; in JSON it is a text."""
    if isinstance(expression, Name):
        return expression.name
    return expression.value if isinstance(expression, Literal) and isinstance(expression.value, str) else None


def _declared_type(block: Block) -> Type | None:
    """The type that a variable is declared with. Raises EvaluationError."""
    given = block.attributes.get("type")
    if given is None or given.expression == Literal(None):
        return None
    name = _identifier(given.expression)
    return type_named(given.expression if name is None else Name(name))


def _typed(given: str, wanted: Type, *, is_json: bool) -> Value:
    """A variable of the environment in a declared type. Raises EvaluationError."""
    if is_json:
        try:
            return converted(from_json(json.loads(given, parse_int=Decimal, parse_float=Decimal)), wanted)
        except (ValueError, ArithmeticError, RecursionError):
            raise WithoutValuesError("the environment has no valid JSON for it") from None
    if isinstance(wanted, str):
        return given if wanted == "any" else _like(given, wanted, "it")
    kind, inner = str(wanted[0]), wanted[1]
    parts = given.split(",") if given else []
    if kind in ("list", "set") and isinstance(inner, str):
        return sequence(kind, [_like(part, inner, "an element") for part in parts], inner)
    if kind == "tuple" and len(parts) == len(inner):
        return tuple_of(_like(part, of, "an element") for part, of in zip(parts, inner, strict=True))
    if kind == "map" and isinstance(inner, str):
        pairs = [part.split(":") for part in parts]
        if all(len(pair) == 2 for pair in pairs):
            return mapping({name: _like(value, inner, "an element") for name, value in pairs}, inner)
    raise WithoutValuesError("the environment has no value of its type")


def _like(given: str, wanted: Type, name: str) -> Value:
    """A variable of the environment in the type of a default. Raises EvaluationError."""
    if wanted in ("string", "any"):
        return given
    truth = parse_bool(given) if wanted == "bool" else None
    if truth is not None:
        return truth
    if wanted == "number" and _FLOAT.fullmatch(given) and math.isfinite(float(given)):
        return float_value(float(given))
    raise WithoutValuesError(f"the environment has no value of the type of {name}")


def environment_of(environment: Mapping[str, str] | None) -> Mapping[str, str]:
    """The environment that is given, or that of the process."""
    return os.environ if environment is None else environment
