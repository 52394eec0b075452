"""From the text of a bake file, HCL or JSON, to blocks and attributes that are not evaluated yet."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ctxopt.builds.hcl.expressions import expression
from ctxopt.builds.hcl.syntax import Block, Body, Expression, Given, Literal, ObjectOf, TupleOf
from ctxopt.builds.hcl.templates import bare_template, quoted_template
from ctxopt.builds.hcl.text import Cursor
from ctxopt.builds.hcl.values import TooLargeError, Value, object_of, parsed_number, tuple_of
from ctxopt.core.golang.text import replace_invalid
from ctxopt.errors import CtxoptError

#: The blocks of a bake file. Others are not looked at, as in buildx.
KINDS = ("target", "group", "variable", "function")


def parse_hcl(text: str, shown: str) -> Body:
    """Parse HCL. Raises CtxoptError with the line of what is wrong."""
    cursor = Cursor(text, shown)
    attributes, blocks = _body(cursor, top=True)
    return Body(tuple(block for block in blocks if block.kind in KINDS), attributes)


def _body(cursor: Cursor, *, top: bool = False) -> tuple[dict[str, Given], list[Block]]:
    """The attributes and blocks up to the brace that closes a block, or up to the end of the file."""
    attributes: dict[str, Given] = {}
    blocks: list[Block] = []
    while True:
        cursor.blanks(lines=True)
        if cursor.at >= len(cursor.text):
            if not top:
                raise cursor.error("} is missing at the end of the file")
            return attributes, blocks
        if not top and cursor.takes("}"):
            return attributes, blocks
        _statement(cursor, attributes, blocks)
        cursor.blanks()
        if cursor.at < len(cursor.text) and not cursor.sees("\n"):
            raise cursor.error("a new line is missing before what follows")


def _statement(cursor: Cursor, attributes: dict[str, Given], blocks: list[Block]) -> None:
    line = cursor.line
    name = cursor.identifier()
    if name is None:
        raise cursor.error("the name of an attribute or of a block is missing")
    cursor.blanks()
    if cursor.takes("="):
        if name in attributes:
            raise cursor.error(f"{name} is set twice", "remove one")
        attributes[name] = Given(expression(cursor), line)
    else:
        blocks.append(_block(cursor, name, line))


def _block(cursor: Cursor, kind: str, line: int) -> Block:
    labels: list[str] = []
    while not cursor.takes("{"):
        if cursor.sees('"'):
            label = quoted_template(cursor, expression)
            if not isinstance(label, Literal):
                raise cursor.error("the name of a block takes no variables")
            labels.append(str(label.value))
        else:
            name = cursor.identifier()
            if name is None:
                raise cursor.error(f"{{ is missing after {kind}")
            labels.append(name)
        cursor.blanks()
    if kind in KINDS and len(labels) != 1:
        raise CtxoptError(f"a {kind} block takes one name", file=cursor.shown, line=line)
    cursor.enter()
    cursor.blanks()
    attributes, blocks = _body(cursor) if cursor.sees("\n") or cursor.sees("}") else _one_line(cursor)
    cursor.leave()
    return Block(kind, tuple(labels), attributes, tuple(blocks), line)


def _one_line(cursor: Cursor) -> tuple[dict[str, Given], list[Block]]:
    """A block in one line, which has one attribute at most."""
    attributes: dict[str, Given] = {}
    name, line = cursor.identifier(), cursor.line
    cursor.blanks()
    if name is None or not cursor.takes("="):
        raise cursor.error("a block in one line takes one attribute", "write each attribute on its own line")
    attributes[name] = Given(expression(cursor), line)
    cursor.blanks()
    if not cursor.takes("}"):
        raise cursor.error("a block in one line takes one attribute", "write each attribute on its own line")
    return attributes, []


# -- JSON ---------------------------------------------------------------------------------------


def parse_json(text: str, shown: str) -> Body:
    """Parse JSON in the form that HCL gives it. Raises CtxoptError."""
    try:
        data = json.loads(text, parse_int=Decimal, parse_float=Decimal, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise CtxoptError(f"not valid JSON: {error.msg}", file=shown, line=error.lineno) from None
    except (ValueError, ArithmeticError):
        raise CtxoptError("not valid JSON: invalid number", file=shown) from None
    except RecursionError:
        raise CtxoptError("it is nested too deep", file=shown) from None
    if not isinstance(data, dict):
        raise CtxoptError("a bake file must be a JSON object", file=shown)
    blocks = []
    for kind in KINDS:
        for label, body in _labelled(data.get(kind), kind, shown):
            blocks.append(_json_block(kind, (label,), body, shown))
    return Body(tuple(blocks), _json_attributes({name: data[name] for name in data if name not in KINDS}, shown))


def _json_block(kind: str, labels: tuple[str, ...], body: Mapping[str, Any], shown: str) -> Block:
    nested = []
    if kind == "variable" and "validation" in body:
        found = body["validation"]
        nested = [
            _json_block("validation", (), one, shown)
            for one in (found if isinstance(found, list) else [found])
            if isinstance(one, dict)
        ]
        body = {name: value for name, value in body.items() if name != "validation"}
    return Block(kind, labels, _json_attributes(body, shown), tuple(nested))


def _json_attributes(body: Mapping[str, Any], shown: str) -> dict[str, Given]:
    # A property of the name "//" is a comment.
    return {name: Given(_json_expression(value, shown, 0)) for name, value in body.items() if name != "//"}


def _json_expression(value: Any, shown: str, depth: int) -> Expression:
    if depth > 60:
        raise CtxoptError("it is nested too deep", file=shown)
    if isinstance(value, str):
        return json_template(value, shown)
    if isinstance(value, list):
        return TupleOf(tuple(_json_expression(item, shown, depth + 1) for item in value))
    if isinstance(value, dict):
        pairs = ((json_template(name, shown), _json_expression(item, shown, depth + 1)) for name, item in value.items())
        return ObjectOf(tuple(pairs))
    if isinstance(value, Decimal):
        try:
            return Literal(parsed_number(str(value)))
        except TooLargeError:
            raise CtxoptError("a number is too large", file=shown) from None
    return Literal(value)


def json_template(text: str, shown: str) -> Expression:
    """The expression that a string of a JSON file is. Raises CtxoptError."""
    if "{" not in text:
        return Literal(replace_invalid(text))
    cursor = Cursor(text, shown)
    try:
        return bare_template(cursor, lambda inner: expression(inner, lines=True))
    except CtxoptError as error:
        raise CtxoptError(error.problem, file=shown, hint=f"check the syntax of {text[:60]}") from None


def _labelled(value: Any, kind: str, shown: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The blocks of one kind: an object for each name, where HCL allows lists of objects as well."""
    for blocks in value if isinstance(value, list) else () if value is None else (value,):
        if not isinstance(blocks, dict):
            raise CtxoptError(f"{kind} must be an object with a name for each", file=shown)
        for label, bodies in blocks.items():
            if label == "//":
                continue
            for body in bodies if isinstance(bodies, list) else (bodies,):
                if not isinstance(body, dict):
                    raise CtxoptError(f"{kind} {label} must be an object", file=shown)
                yield label, body


def from_json(data: Any) -> Value:
    """The value that parsed JSON is, whose numbers are Decimals."""
    if isinstance(data, dict):
        return object_of({name: from_json(item) for name, item in data.items()})
    if isinstance(data, list):
        return tuple_of(map(from_json, data))
    if isinstance(data, Decimal):
        return parsed_number(str(data))
    value: Value = data
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)
