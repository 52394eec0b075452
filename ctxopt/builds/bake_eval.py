"""The values of the expressions in a Bake file, as far as they can be evaluated without running anything.

Follows HCL's expressions and those functions of buildx's library that take little time on any input.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from lark import Token, Tree

from ctxopt.builds import bake_functions
from ctxopt.builds.bake_functions import UnknownValueError, Value, boolean, number, same, text
from ctxopt.builds.bake_source import Expression, Json, parse_expression, trees
from ctxopt.builds.reading import Budget
from ctxopt.core.golang.text import replace_invalid

#: Maximum nesting of an expression, including what it refers to.
_DEEPEST = 80

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_MARK = re.compile(r"\$\$\{|%%\{|\$\{|%\{")
_STEP = re.compile(r'[{}"]|\\.|\$\{', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([nrt\"\\])|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}
_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")

Local: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: its default, and whether the environment can override it."""

    default: Expression | None
    overridable: bool = True


@dataclass(frozen=True, slots=True)
class Function:
    """A function that the file defines."""

    parameters: tuple[str, ...]
    result: Expression


class Evaluator:
    """Evaluates the expressions of one file, each variable once."""

    def __init__(
        self,
        variables: Mapping[str, Variable],
        functions: Mapping[str, Function],
        environment: Mapping[str, str],
        budget: Budget,
    ) -> None:
        self._variables = variables
        self._functions = functions
        self._environment = environment
        self._budget = budget
        self._depth = 0
        self._known: dict[str, Value] = {"BAKE_CMD_CONTEXT": "cwd://"}
        self._unknown: set[str] = set()

    def value(self, expression: Expression, local: Local) -> Value:
        """The value of an expression. Raises UnknownValueError, and CtxoptError if it takes too much work."""
        self._budget.spend(1)
        if self._depth >= _DEEPEST:
            raise UnknownValueError
        self._depth += 1
        try:
            if isinstance(expression, Json):
                return self._json(expression.value, local)
            rule = _RULES.get(str(expression.data))
            if rule is None:
                raise UnknownValueError
            found = rule(self, expression, local)
        finally:
            self._depth -= 1
        if isinstance(found, str | list | dict):
            self._budget.spend(len(found) // 16 if isinstance(found, str) else len(found))
        return found

    def items(self, expression: Expression, local: Local) -> Iterator[tuple[str, Value | UnknownValueError]]:
        """The names and values of an object. A value that is unknown does not hide the others.

        Raises UnknownValueError where a name is unknown, or the whole object.
        """
        inner = expression
        while not isinstance(inner, Json) and inner.data == "expr_term" and len(trees(inner)) == 1:
            inner = trees(inner)[0]
        if isinstance(inner, Json) and isinstance(inner.value, dict):
            for name, item in inner.value.items():
                yield self._template(name, local), self._guarded(Json(item), local)
        elif not isinstance(inner, Json) and inner.data == "object":
            for element in trees(inner):
                key, item = trees(element)
                yield self._key(key, local), self._guarded(item, local)
        else:
            found = self.value(expression, local)
            if not isinstance(found, dict):
                raise UnknownValueError
            yield from found.items()

    def _guarded(self, expression: Expression, local: Local) -> Value | UnknownValueError:
        try:
            return self.value(expression, local)
        except UnknownValueError as error:
            return error

    def _json(self, value: object, local: Local) -> Value:
        if isinstance(value, str):
            return self._raw_template(value, local)
        if isinstance(value, list):
            return [self.value(Json(item), local) for item in value]
        if isinstance(value, dict):
            return {self._template(name, local): self.value(Json(item), local) for name, item in value.items()}
        if value is None or isinstance(value, bool | Decimal):
            return value
        raise UnknownValueError

    def _template(self, raw: str, local: Local) -> str:
        return text(self._raw_template(raw, local))

    def _raw_template(self, raw: str, local: Local) -> Value:
        """A template whose escapes, if any, are already replaced: of JSON, or of a here-document."""
        return self._joined(
            self._inserted(part, local) if is_code else replace_invalid(part) for is_code, part in _split(raw)
        )

    def _inserted(self, code: str, local: Local) -> Value:
        if _IDENTIFIER.fullmatch(code.strip()) and code.strip() not in ("true", "false", "null"):
            return self._variable(code.strip(), local)
        # About how much slower the parser is than anything else.
        self._budget.spend(200 + 10 * len(code))
        expression = parse_expression(code)
        if expression is None:
            raise UnknownValueError
        return self.value(expression, local)

    def _joined(self, parts: Iterator[Value]) -> Value:
        """The value of a template; a template that consists of one `${...}` is not converted to a string."""
        values = list(parts)
        return values[0] if len(values) == 1 else bake_functions.join_texts([text(value) for value in values])

    def _variable(self, name: str, local: Local) -> Value:
        if name in local:
            return local[name]
        if name not in self._known and name not in self._unknown:
            # Unknown while it is evaluated: a variable that refers to itself has no value.
            self._unknown.add(name)
            self._known[name] = self._global(name)
            self._unknown.discard(name)
        if name in self._unknown:
            raise UnknownValueError
        return self._known[name]

    def _global(self, name: str) -> Value:
        variable = self._variables.get(name)
        if variable is None:
            raise UnknownValueError
        given = self._environment.get(name) if variable.overridable else None
        if variable.default is None:
            return given or ""
        try:
            default = self.value(variable.default, {})
        except UnknownValueError:
            if given is None:
                raise
            return given
        return default if given is None else _converted(given, default)

    def _identifier(self, tree: Tree[Token], local: Local) -> Value:
        return self._variable(str(tree.children[0]), local)

    def _literal(self, tree: Tree[Token], _: Local) -> Value:
        return {"true": True, "false": False}.get(str(tree.children[0]))

    def _number(self, tree: Tree[Token], _: Local) -> Value:
        return Decimal(str(tree.children[0]))

    def _inner(self, tree: Tree[Token], local: Local) -> Value:
        (inner,) = trees(tree)
        return self.value(inner, local)

    def _string(self, tree: Tree[Token], local: Local) -> Value:
        return self._joined(self._part(part.children[0], local) for part in trees(tree)) if trees(tree) else ""

    def _part(self, part: Tree[Token] | Token, local: Local) -> Value:
        if isinstance(part, Tree):
            if part.data != "interpolation":
                raise UnknownValueError
            return self._inner(part, local)
        escaped = part.type in ("ESCAPED_INTERPOLATION", "ESCAPED_DIRECTIVE")
        return _unescape(str(part)[1:] if escaped else str(part))

    def _heredoc(self, tree: Tree[Token], local: Local) -> Value:
        # After the last line end is nothing, and before it the line that ends the here-document.
        first, *lines, _, _ = str(tree.children[0]).split("\n")
        if first.startswith("<<-"):
            indent = min((len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()), default=0)
            lines = [line[indent:] if line.strip() else line.lstrip(" \t") for line in lines]
        return self._template("".join(line + "\n" for line in lines), local)

    def _tuple(self, tree: Tree[Token], local: Local) -> Value:
        return [self.value(item, local) for item in trees(tree)]

    def _object(self, tree: Tree[Token], local: Local) -> Value:
        pairs = (trees(element) for element in trees(tree))
        return {self._key(key, local): self.value(item, local) for key, item in pairs}

    def _key(self, tree: Tree[Token], local: Local) -> str:
        """The key of an object: a plain name is not a variable."""
        (key,) = trees(tree)
        inner = key.children[0]
        if key.data == "expr_term" and isinstance(inner, Tree) and inner.data in ("identifier", "literal_value"):
            return str(inner.children[0])
        return str(inner) if key.data == "keyword" else text(self.value(key, local))

    def _conditional(self, tree: Tree[Token], local: Local) -> Value:
        condition, yes, no = trees(tree)
        return self.value(yes if boolean(self.value(condition, local)) else no, local)

    def _unary(self, tree: Tree[Token], local: Local) -> Value:
        value = self._inner(tree, local)
        return not boolean(value) if str(tree.children[0]).strip() == "!" else -number(value)

    def _binary(self, tree: Tree[Token], local: Local) -> Value:
        left_tree, term = trees(tree)
        operator_tree, right_tree = trees(term)
        operator = str(operator_tree.children[0]).strip()
        left = self.value(left_tree, local)
        if operator in ("&&", "||") and boolean(left) is (operator == "||"):
            return boolean(left)
        right = self.value(right_tree, local)
        if operator in ("&&", "||"):
            return boolean(right)
        if operator in ("==", "!="):
            return same(left, right) is (operator == "==")
        if operator in _ARITHMETIC:
            return _ARITHMETIC[operator](number(left), number(right))
        raise UnknownValueError

    def _call(self, tree: Tree[Token], local: Local) -> Value:
        name, *rest = trees(tree)
        arguments: list[Value] = []
        if rest and rest[0].data == "arguments":
            arguments = [self.value(item, local) for item in trees(rest[0])]
            if any(isinstance(token, Token) and token.type == "ELLIPSIS" for token in rest[0].children):
                last = arguments.pop()
                if not isinstance(last, list):
                    raise UnknownValueError
                arguments += last
        function = self._functions.get(str(name.children[0]))
        if function is None:
            return bake_functions.call(str(name.children[0]), arguments)
        if len(function.parameters) != len(arguments):
            raise UnknownValueError
        return self.value(function.result, dict(zip(function.parameters, arguments, strict=True)))

    def _attribute(self, tree: Tree[Token], local: Local) -> Value:
        of, attribute = trees(tree)
        return _element(self.value(of, local), str(trees(attribute)[0].children[0]))

    def _index(self, tree: Tree[Token], local: Local) -> Value:
        of, index = trees(tree)
        inner = trees(index)
        place = self.value(inner[0], local) if inner else Decimal(str(index.children[-1]))
        return _element(self.value(of, local), place)


_RULES: Mapping[str, Callable[[Evaluator, Tree[Token], Local], Value]] = {
    "binary_op": Evaluator._binary,
    "conditional": Evaluator._conditional,
    "expr_term": Evaluator._inner,
    "float_lit": Evaluator._number,
    "function_call": Evaluator._call,
    "get_attr_expr_term": Evaluator._attribute,
    "heredoc_template": Evaluator._heredoc,
    "heredoc_template_trim": Evaluator._heredoc,
    "identifier": Evaluator._identifier,
    "index_expr_term": Evaluator._index,
    "int_lit": Evaluator._number,
    "literal_value": Evaluator._literal,
    "object": Evaluator._object,
    "string": Evaluator._string,
    "tuple": Evaluator._tuple,
    "unary_op": Evaluator._unary,
}

_ARITHMETIC: Mapping[str, Callable[[Decimal, Decimal], Value]] = {
    "+": lambda left, right: bake_functions.checked(left + right),
    "-": lambda left, right: bake_functions.checked(left - right),
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


def _element(value: Value, place: Value) -> Value:
    if isinstance(value, dict):
        name = text(place)
        if name in value:
            return value[name]
    if isinstance(value, list):
        index = number(place)
        if index == index.to_integral_value() and 0 <= index < len(value):
            return value[int(index)]
    raise UnknownValueError


def _converted(given: str, default: Value) -> Value:
    """The value of an environment variable, converted to the type of the default."""
    if default is None or isinstance(default, str):
        return given
    if isinstance(default, bool) and given in (*_TRUE, *_FALSE):
        return given in _TRUE
    if isinstance(default, Decimal):
        try:
            return bake_functions.checked(Decimal(given))
        except InvalidOperation:
            raise UnknownValueError from None
    raise UnknownValueError


def _unescape(raw: str) -> str:
    return replace_invalid(_ESCAPE.sub(_unescaped, raw))


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return _CONTROLS.get(match[1], match[1])
    code = int(match[2] or match[3], 16)
    return chr(code) if code < 0x110000 else "\ufffd"


def _split(raw: str) -> Iterator[tuple[bool, str]]:
    """The parts of a template: whether each is the code of a `${...}`, and its text."""
    position = 0
    literal: list[str] = []
    while (mark := _MARK.search(raw, position)) is not None:
        literal.append(raw[position : mark.start()])
        position = mark.end()
        if mark[0] == "%{":
            raise UnknownValueError
        if mark[0] != "${":
            literal.append(mark[0][1:])
            continue
        if any(literal):
            yield False, "".join(literal)
        literal = []
        end = _end_of_code(raw, position)
        yield True, raw[position:end]
        position = end + 1
    literal.append(raw[position:])
    if any(literal) or not position:
        yield False, "".join(literal)


def _end_of_code(raw: str, start: int) -> int:
    """The index of the brace that closes a `${`, after all strings and braces in the code."""
    # What is open: "{" is code, '"' is a string in it.
    stack = ["{"]
    for step in _STEP.finditer(raw, start):
        token = step[0]
        in_text = stack[-1] == '"'
        if token == '"':
            if in_text:
                stack.pop()
            else:
                stack.append(token)
        elif token == "${" or (token == "{" and not in_text):
            stack.append("{")
        elif token == "}" and not in_text:
            stack.pop()
            if not stack:
                return step.start()
    raise UnknownValueError
