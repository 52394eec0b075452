"""Types as a bake file writes them: `string`, `list(number)`, `object({a = string})`."""

from ctxopt.builds.hcl.syntax import Call, Expression, Literal, Name, ObjectOf, TupleOf
from ctxopt.builds.hcl.values import EvaluationError, Type, text

_PRIMITIVES = ("string", "number", "bool", "any")


def type_named(expression: Expression) -> Type:
    """The type that an expression is the name of. Raises EvaluationError."""
    match expression:
        case Name(name) if name in _PRIMITIVES:
            return name
        case Call(kind, (inner,)) if kind in ("list", "set", "map"):
            return (kind, type_named(inner))
        case Call("tuple", (TupleOf(items),)):
            return ("tuple", tuple(map(type_named, items)))
        case Call("object", (ObjectOf(pairs),)):
            found = {text(key.value): type_named(of) for key, of in pairs if isinstance(key, Literal)}
            if len(found) == len(pairs):
                return ("object", tuple(sorted(found.items())))
    raise EvaluationError("a type is required, such as string or list(string)")
