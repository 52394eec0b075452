"""From the text of an expression to its parts."""

from collections.abc import Callable

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
    Splat,
    TupleOf,
    Unary,
)
from ctxopt.builds.hcl.templates import heredoc, quoted_template
from ctxopt.builds.hcl.text import Cursor
from ctxopt.builds.hcl.values import TooLargeError, parsed_number, text
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re

_NUMBER = lazy_re(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_DIGITS = lazy_re(r"[0-9]+")
_OPERATOR = lazy_re(r"\|\||&&|==|!=|>=|<=|>|<|\+|-|\*|/|%(?!\{)")
#: How strongly operators bind.
_STRENGTHS = {
    operator: strength
    for strength, operators in enumerate(("||", "&&", "== !=", "> < >= <=", "+ -", "* / %"))
    for operator in operators.split()
}
_CONSTANTS = {"true": True, "false": False, "null": None}


def expression(cursor: Cursor, *, lines: bool = False) -> Expression:
    """The expression here; with `lines`, ends of lines are blanks. Raises CtxoptError."""
    return _Parser(cursor, lines).whole()


@dataclass(slots=True)
class _Parser:
    """Reads one expression; inside of brackets another one reads on, for which ends of lines are blanks."""

    cursor: Cursor
    lines: bool

    def whole(self) -> Expression:
        self.cursor.enter()
        condition = self._binary(0)
        self._blanks()
        if self.cursor.sees("?"):
            self.cursor.at += 1
            yes = self.whole()
            self._blanks()
            self.cursor.expect(":")
            condition = Conditional(condition, yes, self.whole())
        self.cursor.leave()
        return condition

    def _blanks(self) -> None:
        self.cursor.blanks(lines=self.lines)

    def _binary(self, weakest: int) -> Expression:
        """Operands with operators that bind as strongly as this, or more."""
        left = self._unary()
        while True:
            self._blanks()
            here = self.cursor.at
            found = self.cursor.matched(_OPERATOR)
            if found is None or _STRENGTHS[found[0]] < weakest:
                self.cursor.at = here
                return left
            left = Binary(found[0], left, self._binary(_STRENGTHS[found[0]] + 1))

    def _unary(self) -> Expression:
        self._blanks()
        for operator in ("-", "!"):
            if self.cursor.sees(operator) and not self.cursor.sees("!="):
                self.cursor.at += 1
                self.cursor.enter()
                of = self._unary()
                self.cursor.leave()
                return Unary(operator, of)
        return self._steps(self._term())

    def _term(self) -> Expression:
        cursor = self.cursor
        first = cursor.text[cursor.at : cursor.at + 1]
        bracket = _BRACKETS.get(first)
        if bracket is not None:
            return bracket(self)
        if first == '"':
            return quoted_template(cursor, _inserted)
        if cursor.sees("<<"):
            return heredoc(cursor, _inserted)
        if (found := cursor.matched(_NUMBER)) is not None:
            return self._number(found[0])
        name = cursor.identifier()
        if name is None:
            raise cursor.error("a value is missing")
        while cursor.sees("::"):
            cursor.at += 2
            name += "::" + (cursor.identifier() or "")
        here = cursor.at
        self._blanks()
        if cursor.takes("("):
            return self._call(name)
        cursor.at = here
        return Literal(_CONSTANTS[name]) if name in _CONSTANTS else Name(name)

    def _number(self, text: str) -> Literal:
        try:
            return Literal(parsed_number(text))
        except TooLargeError:
            raise self.cursor.error(f"the number {text} is too large") from None

    def _call(self, name: str) -> Call:
        arguments: list[Expression] = []
        expands = False
        while not self._closes(")"):
            if expands:
                raise self.cursor.error("... ends the arguments")
            arguments.append(expression(self.cursor, lines=True))
            self.cursor.blanks(lines=True)
            expands = self.cursor.takes("...")
            self._comma(")")
        return Call(name, tuple(arguments), expands)

    def _closes(self, bracket: str) -> bool:
        self.cursor.blanks(lines=True)
        if self.cursor.at >= len(self.cursor.text):
            raise self.cursor.error(f"{bracket} is missing at the end of the file")
        return self.cursor.takes(bracket)

    def _comma(self, bracket: str) -> None:
        self.cursor.blanks(lines=True)
        if not self.cursor.takes(",") and not self.cursor.sees(bracket):
            raise self.cursor.error(f"a comma or {bracket} is missing")

    def _parenthesis(self) -> Expression:
        self.cursor.at += 1
        inner = expression(self.cursor, lines=True)
        self.cursor.blanks(lines=True)
        self.cursor.expect(")")
        return inner

    def _tuple(self) -> Expression:
        self.cursor.at += 1
        if self._begins_for():
            return self._for("]")
        items: list[Expression] = []
        while not self._closes("]"):
            items.append(expression(self.cursor, lines=True))
            self._comma("]")
        return TupleOf(tuple(items))

    def _object(self) -> Expression:
        self.cursor.at += 1
        if self._begins_for():
            return self._for("}")
        items: list[tuple[Expression, Expression]] = []
        while not self._closes("}"):
            items.append(self._item())
        return ObjectOf(tuple(items))

    def _item(self) -> tuple[Expression, Expression]:
        """A key and a value: a plain name before `=` is a text, and one in parentheses a variable."""
        cursor = self.cursor
        variable = cursor.sees("(")
        key = expression(cursor)
        if isinstance(key, Name | Literal) and not variable:
            key = Literal(_key_text(key))
        elif isinstance(key, Name):
            # What was in parentheses is evaluated, unlike what stands alone.
            key = Conditional(Literal(True), key, key)
        cursor.blanks()
        if not cursor.takes("=") and not cursor.takes(":"):
            raise cursor.error("= is missing after the name of an attribute")
        value = expression(cursor)
        cursor.blanks()
        if not cursor.takes(",") and not cursor.sees("\n") and not cursor.sees("}"):
            raise cursor.error("a comma, a new line or } is missing")
        return key, value

    def _begins_for(self) -> bool:
        here = self.cursor.at
        self.cursor.blanks(lines=True)
        if self.cursor.identifier() == "for":
            self.cursor.blanks(lines=True)
            if self.cursor.text[self.cursor.at : self.cursor.at + 1] not in ("=", ":", ",", "]", "}", ".", "("):
                return True
        self.cursor.at = here
        return False

    def _for(self, bracket: str) -> For:
        cursor = self.cursor
        names = loop_names(cursor)
        collection = expression(cursor, lines=True)
        cursor.blanks(lines=True)
        cursor.expect(":")
        value = expression(cursor, lines=True)
        cursor.blanks(lines=True)
        key = None
        groups = False
        if bracket == "}":
            cursor.expect("=>")
            key, value = value, expression(cursor, lines=True)
            cursor.blanks(lines=True)
            groups = cursor.takes("...")
            cursor.blanks(lines=True)
        condition = None
        here = cursor.at
        if cursor.identifier() == "if":
            condition = expression(cursor, lines=True)
            cursor.blanks(lines=True)
        else:
            cursor.at = here
        cursor.expect(bracket)
        return For(names, collection, value, key, condition, groups)

    # -- what follows a term --------------------------------------------------------------------

    def _steps(self, of: Expression) -> Expression:
        cursor = self.cursor
        while True:
            here = cursor.at
            self._blanks()
            if cursor.sees("...") or not (cursor.sees(".") or cursor.sees("[")):
                cursor.at = here
                return of
            of = self._dotted(of) if cursor.takes(".") else self._indexed(of)

    def _dotted(self, of: Expression) -> Expression:
        cursor = self.cursor
        self._blanks()
        if cursor.takes("*"):
            each: Expression = Name(ELEMENT)
            while cursor.sees(".") and not cursor.sees("..."):
                cursor.at += 1
                each = self._attribute(each)
            return Splat(of, each)
        return self._attribute(of)

    def _attribute(self, of: Expression) -> Expression:
        """One step by a name, or by a number as old files have it."""
        found = self.cursor.matched(_DIGITS)
        if found is not None:
            return Index(of, self._number(found[0]))
        name = self.cursor.identifier()
        if name is None:
            raise self.cursor.error("the name of an attribute is missing")
        return Attribute(of, name)

    def _indexed(self, of: Expression) -> Expression:
        cursor = self.cursor
        cursor.at += 1
        cursor.blanks(lines=True)
        if cursor.takes("*"):
            cursor.blanks(lines=True)
            cursor.expect("]")
            return Splat(of, self._steps(Name(ELEMENT)))
        key = expression(cursor, lines=True)
        cursor.blanks(lines=True)
        cursor.expect("]")
        return Index(of, key)


def loop_names(cursor: Cursor) -> tuple[str, ...]:
    """The one or two names of a `for`, up to and including its `in`."""
    names: list[str] = []
    while True:
        cursor.blanks(lines=True)
        name = cursor.identifier()
        if name is None or len(names) == 2:
            raise cursor.error("for takes one or two names")
        names.append(name)
        cursor.blanks(lines=True)
        if not cursor.takes(","):
            break
    if cursor.identifier() != "in":
        raise cursor.error("in is missing after for")
    return tuple(names)


def _key_text(key: Name | Literal) -> str:
    if isinstance(key, Name):
        return key.name
    return "null" if key.value is None else text(key.value)


def _inserted(cursor: Cursor) -> Expression:
    """The expression in a template's `${...}`."""
    return expression(cursor, lines=True)


_BRACKETS: dict[str, Callable[[_Parser], Expression]] = {
    "(": _Parser._parenthesis,
    "[": _Parser._tuple,
    "{": _Parser._object,
}
