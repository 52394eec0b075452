"""The values of expressions. Follows HCL; the functions are buildx's."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Protocol

from ctxopt.builds.hcl.functions import call_builtin
from ctxopt.builds.hcl.syntax import (
    ELEMENT,
    Attribute,
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    Index,
    Literal,
    Name,
    ObjectOf,
    Part,
    Splat,
    Template,
    TemplateFor,
    TemplateIf,
    TupleOf,
    Unary,
    children,
)
from ctxopt.builds.hcl.type_names import type_named
from ctxopt.builds.hcl.values import (
    EvaluationError,
    Obj,
    Seq,
    TooLargeError,
    UnknownValueError,
    Value,
    boolean,
    converted,
    number,
    number_text,
    object_of,
    rounded,
    same,
    short,
    text,
    tuple_of,
    type_name,
    type_of,
    unified,
)
from ctxopt.builds.reading import Budget
from ctxopt.core.lazy_dataclass import dataclass

#: Maximum nesting of what is evaluated, including what it refers to.
_DEEPEST = 150

Local = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Function:
    """A function that a file defines; `rest` is the name of its further arguments, if it takes any."""

    parameters: tuple[str, ...]
    result: Expression
    rest: str | None = None


class Scope(Protocol):
    """What the expressions of a file refer to. The methods raise EvaluationError for what does not exist."""

    def variable(self, name: str) -> Value:
        """The value of a variable."""

    def function(self, name: str) -> Function | None:
        """A function that the file defines."""

    def is_block(self, kind: str) -> bool:
        """Whether this is what a kind of blocks is called."""

    def block(self, kind: str, name: str, attribute: str | None) -> Value:
        """An attribute of a block, or all its attributes."""


class Evaluator:
    """Evaluates expressions. Raises UnknownValueError and EvaluationError, and CtxoptError for too much work."""

    def __init__(self, scope: Scope, budget: Budget) -> None:
        self._scope = scope
        self._budget = budget
        self._depth = 0

    def value(self, expression: Expression, local: Local) -> Value:
        """The value of an expression."""
        self._budget.spend(1)
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                raise TooLargeError
            found = self._evaluate(expression, local)
        finally:
            self._depth -= 1
        if isinstance(found, Seq | Obj):
            self._budget.spend(found.size)
        elif isinstance(found, str):
            self._budget.spend(len(found) // 16)
            # go-cty keeps all texts in this form.
            found = found if found.isascii() else unicodedata.normalize("NFC", found)
        return found

    def _evaluate(self, expression: Expression, local: Local) -> Value:
        match expression:
            case Literal(value):
                return value
            case Name(name):
                return local[name] if name in local else self._scope.variable(name)
            case Template(parts):
                return self._template(parts, local)
            case Attribute() | Index():
                return self._step(expression, local)
            case Call():
                return self._call(expression, local)
            case TupleOf(items):
                return tuple_of(self.value(item, local) for item in items)
            case ObjectOf(items):
                return object_of({self._key(key, local): self.value(value, local) for key, value in items})
            case Conditional():
                return self._conditional(expression, local)
            case Unary(operator, of):
                found = self.value(of, local)
                return not boolean(_present(found)) if operator == "!" else -number(_present(found))
            case Binary():
                return self._binary(expression, local)
            case Splat(of, each):
                return self._splat(self.value(of, local), each, local)
            case For():
                return self._for(expression, local)

    # -- texts ----------------------------------------------------------------------------------

    def _template(self, parts: Sequence[Part], local: Local) -> Value:
        """The value of a template; one that consists of a single `${...}` is not converted to a text."""
        if len(parts) == 1 and not isinstance(parts[0], str | TemplateIf | TemplateFor):
            return self.value(parts[0], local)
        return self._text(parts, local)

    def _text(self, parts: Iterable[Part], local: Local) -> str:
        joined: list[str] = []
        length = 0
        for part in parts:
            joined.append(self._piece(part, local))
            length += len(joined[-1])
            if length > 1 << 20:
                raise TooLargeError
        return "".join(joined)

    def _piece(self, part: Part, local: Local) -> str:
        if isinstance(part, str):
            return part
        if isinstance(part, TemplateIf):
            chosen = part.yes if boolean(_present(self.value(part.condition, local))) else part.no
            return self._text(chosen.parts, local)
        if isinstance(part, TemplateFor):
            rounds = self._rounds(part.names, self.value(part.collection, local), local)
            return short("".join(self._text(part.body.parts, inner) for inner in rounds))
        return text(_present(self.value(part, local)))

    def _key(self, key: Expression, local: Local) -> str:
        return text(_present(self.value(key, local)))

    # -- references -----------------------------------------------------------------------------

    def _step(self, expression: Attribute | Index, local: Local) -> Value:
        block = self._block(expression, local)
        if block is not None:
            return block[0]
        of = self.value(expression.of, local)
        if isinstance(expression, Attribute):
            return _attribute(of, expression.name)
        return element(of, self.value(expression.key, local))

    def _block(self, expression: Attribute | Index, local: Local) -> tuple[Value] | None:
        """What a reference such as `target.app.args` refers to; None if it does not begin so."""
        inner = expression.of
        root = inner if isinstance(inner, Name) else inner.of if isinstance(inner, Attribute | Index) else None
        if not isinstance(root, Name) or root.name in local or not self._scope.is_block(root.name):
            return None
        if root is inner:
            return (self._scope.block(root.name, self._step_name(expression, local), None),)
        assert isinstance(inner, Attribute | Index)
        name, attribute = self._step_name(inner, local), self._step_name(expression, local)
        return (self._scope.block(root.name, name, attribute),)

    def _step_name(self, expression: Attribute | Index, local: Local) -> str:
        return expression.name if isinstance(expression, Attribute) else self._key(expression.key, local)

    def _splat(self, of: Value, each: Expression, local: Local) -> Value:
        if of is None:
            return tuple_of(())
        items = of.items if isinstance(of, Seq) else (of,)
        made = tuple(self.value(each, {**local, ELEMENT: item}) for item in items)
        return Seq("tuple" if not isinstance(of, Seq) or of.kind == "tuple" else "list", made)

    # -- operators ------------------------------------------------------------------------------

    def _conditional(self, expression: Conditional, local: Local) -> Value:
        """The branch that is chosen, as the type that both have; the other one may be wrong."""
        chosen = boolean(_present(self.value(expression.condition, local)))
        value = self.value(expression.yes if chosen else expression.no, local)
        try:
            other = self.value(expression.no if chosen else expression.yes, local)
        except (EvaluationError, UnknownValueError):
            return value
        if other is None or value is None:
            return value
        wanted = unified([type_of(value), type_of(other)])
        if wanted is None:
            types = f"{type_name(value)} and {type_name(other)}"
            raise EvaluationError(f"both results of ? must have one type, not {types}")
        return converted(value, wanted)

    def _binary(self, expression: Binary, local: Local) -> Value:
        operator = expression.operator
        left = self.value(expression.left, local)
        if operator in ("&&", "||"):
            first = boolean(_present(left))
            return first if first is (operator == "||") else boolean(_present(self.value(expression.right, local)))
        right = self.value(expression.right, local)
        if operator in ("==", "!="):
            return same(left, right) is (operator == "==")
        return arithmetic(operator, number(_present(left)), number(_present(right)))

    # -- loops and calls ------------------------------------------------------------------------

    def _for(self, expression: For, local: Local) -> Value:
        made: dict[str, list[Value]] = {}
        items: list[Value] = []
        for inner in self._rounds(expression.names, self.value(expression.collection, local), local):
            if expression.condition is not None and not boolean(_present(self.value(expression.condition, inner))):
                continue
            if expression.key is None:
                items.append(self.value(expression.value, inner))
                continue
            key = self._key(expression.key, inner)
            if key in made and not expression.groups:
                raise EvaluationError(f'for makes the key "{key}" twice')
            made.setdefault(key, []).append(self.value(expression.value, inner))
        if expression.key is None:
            return tuple_of(items)
        return object_of({key: tuple_of(values) if expression.groups else values[0] for key, values in made.items()})

    def _rounds(self, names: tuple[str, ...], collection: Value, local: Local) -> Iterator[Local]:
        """The variables of each round of a loop."""
        pairs: Iterable[tuple[Value, Value]]
        if isinstance(collection, Obj):
            pairs = collection.sorted()
        elif isinstance(collection, Seq):
            is_set = collection.kind == "set"
            pairs = [(item if is_set else Fraction(index), item) for index, item in enumerate(collection.items)]
        else:
            raise EvaluationError(f"for takes a list or a map, not {type_name(collection)}")
        for key, item in pairs:
            yield {**local, **dict(zip(names, (item,) if len(names) == 1 else (key, item), strict=True))}

    def _call(self, expression: Call, local: Local) -> Value:
        special = _SPECIAL.get(expression.name)
        if special is not None:
            return special(self, expression, local)
        arguments = [self.value(argument, local) for argument in expression.arguments]
        if expression.expands:
            last = arguments.pop()
            if not isinstance(last, Seq):
                raise EvaluationError(f"... expands a list, not {type_name(last)}")
            arguments += last.items
        function = self._scope.function(expression.name)
        if function is None:
            return call_builtin(expression.name, arguments)
        return self._defined(expression.name, function, arguments)

    def _defined(self, name: str, function: Function, arguments: list[Value]) -> Value:
        count = len(function.parameters)
        if len(arguments) < count or (len(arguments) > count and function.rest is None):
            raise EvaluationError(f"{name} takes {count} arguments, not {len(arguments)}")
        given = dict(zip(function.parameters, arguments, strict=False))
        if function.rest is not None:
            given[function.rest] = tuple_of(arguments[count:])
        return self.value(function.result, given)

    def _try(self, expression: Call, local: Local) -> Value:
        if not expression.arguments:
            raise EvaluationError("try takes at least one argument")
        problem = None
        for argument in expression.arguments:
            try:
                return self.value(argument, local)
            except EvaluationError as error:
                problem = error
        raise EvaluationError(f"no argument of try has a value: {problem}")

    def _can(self, expression: Call, local: Local) -> Value:
        if len(expression.arguments) != 1:
            raise EvaluationError("can takes one argument")
        try:
            self.value(expression.arguments[0], local)
        except EvaluationError:
            return False
        return True

    def _convert(self, expression: Call, local: Local) -> Value:
        if len(expression.arguments) != 2:
            raise EvaluationError("convert takes a value and a type")
        value, wanted = expression.arguments
        return converted(self.value(value, local), type_named(wanted))


_SPECIAL: Mapping[str, Callable[[Evaluator, Call, Local], Value]] = {
    "try": Evaluator._try,
    "can": Evaluator._can,
    "convert": Evaluator._convert,
}


def arithmetic(operator: str, left: Fraction, right: Fraction) -> Value:
    """The result of an operator on numbers. Raises EvaluationError for a division by zero."""
    if operator in ("/", "%") and not right:
        raise EvaluationError("division by zero")
    match operator:
        case "+":
            return rounded(left + right)
        case "-":
            return rounded(left - right)
        case "*":
            return rounded(left * right)
        case "/":
            return rounded(left / right)
        case "%":
            return rounded(left - right * int(left / right))
        case "<":
            return left < right
        case ">":
            return left > right
        case "<=":
            return left <= right
    return left >= right


def element(value: Value, place: Value) -> Value:
    """The element of a list or a map at a place. Raises EvaluationError."""
    if isinstance(value, Obj):
        return _attribute(value, text(_present(place)))
    if isinstance(value, Seq) and value.kind != "set":
        index = number(_present(place))
        if index.denominator == 1 and 0 <= index < len(value.items):
            return value.items[int(index)]
        raise EvaluationError(f"there is no element {number_text(index)}")
    raise EvaluationError(f"{type_name(value)} has no elements to choose from")


def _attribute(value: Value, name: str) -> Value:
    if not isinstance(value, Obj):
        raise EvaluationError(f"{type_name(value)} has no attributes")
    if name not in value.entries:
        raise EvaluationError(f'it has no attribute "{name}"')
    return value.entries[name]


def _present(value: Value) -> Value:
    if value is None:
        raise EvaluationError("the value is null")
    return value


def free_names(expression: Expression) -> set[str]:
    """The names of the variables and functions that an expression refers to, without those of its own loops."""
    found: set[str] = set()
    stack: list[tuple[Part, frozenset[str]]] = [(expression, frozenset((ELEMENT,)))]
    while stack:
        part, own = stack.pop()
        if isinstance(part, Name | Call) and part.name not in own:
            found.add(part.name)
        if isinstance(part, For | TemplateFor):
            stack.append((part.collection, own))
            own = own | frozenset(part.names)
        stack += [(child, own) for child in children(part)]
    return found
