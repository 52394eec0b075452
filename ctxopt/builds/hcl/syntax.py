"""The parts of a bake file's text: blocks, attributes and expressions that are not evaluated yet."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TypeAlias

from ctxopt.builds.hcl.values import Value
from ctxopt.core.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text without variables, true, false or null."""

    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    """A variable. As the key of an object it stands for itself."""

    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """A text with variables. One that consists of a single `${...}` keeps the type of its value."""

    parts: tuple["Part", ...]


@dataclass(frozen=True, slots=True)
class TemplateIf:
    """`%{if ...}` with what is in it, and what follows `%{else}`."""

    condition: "Expression"
    yes: Template
    no: Template


@dataclass(frozen=True, slots=True)
class TemplateFor:
    """`%{for ...}` with what is repeated."""

    names: tuple[str, ...]
    collection: "Expression"
    body: Template


@dataclass(frozen=True, slots=True)
class Attribute:
    """`of.name`."""

    of: "Expression"
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """`of[key]`."""

    of: "Expression"
    key: "Expression"


@dataclass(frozen=True, slots=True)
class Splat:
    """`of[*].each` or `of.*.each`: what `each` makes of every element, which it knows by the name ELEMENT."""

    of: "Expression"
    each: "Expression"


#: The name of an element in what a splat makes of it; no variable has it.
ELEMENT = "*"


@dataclass(frozen=True, slots=True)
class Call:
    """A function's call; with `expands`, its last argument is a list of arguments."""

    name: str
    arguments: tuple["Expression", ...]
    expands: bool = False


@dataclass(frozen=True, slots=True)
class TupleOf:
    """`[...]`."""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """`{...}`."""

    items: tuple[tuple["Expression", "Expression"], ...]


@dataclass(frozen=True, slots=True)
class For:
    """`[for ...]`, or `{for ...}` with a key; with `groups`, values of one key become a list."""

    names: tuple[str, ...]
    collection: "Expression"
    value: "Expression"
    key: "Expression | None" = None
    condition: "Expression | None" = None
    groups: bool = False


@dataclass(frozen=True, slots=True)
class Conditional:
    """`condition ? yes : no`."""

    condition: "Expression"
    yes: "Expression"
    no: "Expression"


@dataclass(frozen=True, slots=True)
class Unary:
    """`-of` or `!of`."""

    operator: str
    of: "Expression"


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right`."""

    operator: str
    left: "Expression"
    right: "Expression"


Expression: TypeAlias = (
    Literal
    | Name
    | Template
    | Attribute
    | Index
    | Splat
    | Call
    | TupleOf
    | ObjectOf
    | For
    | Conditional
    | Unary
    | Binary
)
Part: TypeAlias = str | Expression | TemplateIf | TemplateFor


@dataclass(frozen=True, slots=True)
class Given:
    """An attribute's expression and its line."""

    expression: Expression
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A block such as `target "app" { ... }`: its kind, its labels, its attributes, and the blocks in it."""

    kind: str
    labels: tuple[str, ...]
    attributes: Mapping[str, Given]
    blocks: tuple["Block", ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """A whole file: its blocks in order, and its top-level attributes."""

    blocks: tuple[Block, ...] = ()
    attributes: Mapping[str, Given] = field(default_factory=dict)


def children(expression: Part) -> Iterator[Part]:
    """The expressions directly in an expression."""
    match expression:
        case Template(parts):
            yield from parts
        case TemplateIf(condition, yes, no):
            yield from (condition, yes, no)
        case TemplateFor(_, collection, body):
            yield from (collection, body)
        case Attribute(of, _) | Unary(_, of):
            yield of
        case Index(of, key):
            yield from (of, key)
        case Splat(of, each):
            yield from (of, each)
        case Call(_, arguments, _):
            yield from arguments
        case TupleOf(items):
            yield from items
        case ObjectOf(pairs):
            for key, value in pairs:
                yield from (value,) if isinstance(key, Name) else (key, value)
        case For(_, collection, value, key, condition, _):
            yield from (part for part in (collection, key, value, condition) if part is not None)
        case Conditional(condition, yes, no):
            yield from (condition, yes, no)
        case Binary(_, left, right):
            yield from (left, right)
