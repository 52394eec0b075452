"""The text of a Bake file, HCL or JSON, as blocks with attributes that are not evaluated yet."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hcl2 import parses_to_tree
from lark import Token, Tree
from lark.exceptions import LarkError, UnexpectedInput

from ctxopt.errors import CtxoptError

#: Maximum size of an HCL file in bytes: less than for other files, since HCL is parsed slowly.
_LARGEST_HCL = 256 << 10

#: Searching for the end of a here-document takes time that grows with the square of such a run.
_LONG_SPACE = re.compile(r"\s{1000}")

_BLOCKS = ("target", "group", "variable", "function")


@dataclass(frozen=True, slots=True)
class Json:
    """A value of a JSON file. Its strings are templates, as in HCL."""

    value: Any


Expression = Tree[Token] | Json


@dataclass(frozen=True, slots=True)
class Block:
    """A block such as `target "app" { ... }`, without nested blocks."""

    kind: str
    label: str
    attributes: Mapping[str, Expression]


@dataclass(frozen=True, slots=True)
class Source:
    """A whole file: its blocks in order, and its top-level attributes."""

    blocks: tuple[Block, ...]
    attributes: Mapping[str, Expression] = field(default_factory=dict)


def parse_hcl(text: str, shown: str) -> Source:
    """Parse HCL. Raises CtxoptError with the line of what is wrong."""
    if len(text) > _LARGEST_HCL:
        raise CtxoptError("it is larger than 256 KiB", file=shown, hint="is it the right file?")
    space = _LONG_SPACE.search(text)
    if space is not None:
        line = text.count("\n", 0, space.start()) + 1
        raise CtxoptError("it has more than 1,000 spaces or empty lines in a row", file=shown, line=line)
    try:
        body = _only(parses_to_tree(text), "body")
    except LarkError as error:
        place = error.line if isinstance(error, UnexpectedInput) and error.line > 0 else None
        raise CtxoptError("it cannot be read as HCL", file=shown, line=place, hint="check the syntax there") from None
    blocks = tuple(_block(tree, shown) for tree in trees(body) if tree.data == "block" and _name(tree) in _BLOCKS)
    return Source(blocks, _attributes(body, shown))


def parse_expression(text: str) -> Expression | None:
    """The expression in a template's `${...}`; None if it is not one."""
    if len(text) > _LARGEST_HCL or _LONG_SPACE.search(text):
        return None
    try:
        found = trees(_only(parses_to_tree(f"x = ({text})"), "body"))
    except LarkError:
        return None
    return trees(found[0])[-1] if len(found) == 1 and found[0].data == "attribute" else None


def parse_json(text: str, shown: str) -> Source:
    """Parse JSON in the form that HCL gives it. Raises CtxoptError."""
    try:
        data = json.loads(text, parse_int=Decimal, parse_float=Decimal, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise CtxoptError(f"not valid JSON: {error.msg}", file=shown, line=error.lineno) from None
    except (ValueError, ArithmeticError):
        raise CtxoptError("not valid JSON: it has a number that is none", file=shown) from None
    except RecursionError:
        raise CtxoptError("it is nested too deep", file=shown) from None
    if not isinstance(data, dict):
        raise CtxoptError("a Bake file must be a JSON object", file=shown)
    blocks = []
    for kind in _BLOCKS:
        for label, body in _labelled(data.get(kind), kind, shown):
            blocks.append(Block(kind, label, {name: Json(value) for name, value in body.items()}))
    return Source(tuple(blocks), {name: Json(value) for name, value in data.items() if name not in _BLOCKS})


def trees(tree: Tree[Token]) -> list[Tree[Token]]:
    """The parts of a node without its tokens, line ends and comments."""
    return [child for child in tree.children if isinstance(child, Tree) and child.data != "new_line_or_comment"]


def _only(tree: Tree[Token], rule: str) -> Tree[Token]:
    return next(child for child in trees(tree) if child.data == rule)


def _block(tree: Tree[Token], shown: str) -> Block:
    names = [child for child in trees(tree) if child.data != "body"]
    if len(names) != 2:
        raise CtxoptError(f"a {_name(tree)} block takes one name", file=shown, line=_line(tree))
    return Block(_name(tree), _label(names[1], shown), _attributes(_only(tree, "body"), shown))


def _attributes(body: Tree[Token], shown: str) -> dict[str, Expression]:
    attributes: dict[str, Expression] = {}
    for tree in trees(body):
        if tree.data == "attribute":
            if _name(tree) in attributes:
                raise CtxoptError(f"{_name(tree)} is set twice", file=shown, line=_line(tree), hint="remove one")
            attributes[_name(tree)] = trees(tree)[-1]
    return attributes


def _name(tree: Tree[Token]) -> str:
    """The name at the start of an attribute or a block."""
    return str(trees(tree)[0].children[0])


def _label(tree: Tree[Token], shown: str) -> str:
    """A block's label: a plain name, or a string without variables."""
    if tree.data != "string":
        return str(tree.children[0])
    parts = [part.children[0] for part in trees(tree)]
    if any(isinstance(part, Tree) for part in parts):
        raise CtxoptError("the name of a block takes no variables", file=shown, line=_line(tree))
    return "".join(str(part) for part in parts)


def _line(tree: Tree[Token]) -> int | None:
    return getattr(tree.meta, "line", None)


def _labelled(value: Any, kind: str, shown: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The blocks of one kind: an object for each name, where HCL allows lists of objects as well."""
    for blocks in value if isinstance(value, list) else () if value is None else (value,):
        if not isinstance(blocks, dict):
            raise CtxoptError(f"{kind} must be an object with a name for each", file=shown)
        for label, bodies in blocks.items():
            for body in bodies if isinstance(bodies, list) else (bodies,):
                if not isinstance(body, dict):
                    raise CtxoptError(f"{kind} {label} must be an object", file=shown)
                yield label, body


def _no_constant(name: str) -> None:
    raise ValueError(name)
