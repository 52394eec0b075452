"""What the expressions of a workflow stand for: the variables of `env`, and the combinations of a static matrix."""

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from ctxopt.builds import yaml_tree
from ctxopt.builds.partial import Unknown, Value
from ctxopt.builds.reading import Budget
from ctxopt.builds.yaml_parts import entries, items, text_of
from ctxopt.builds.yaml_tree import Node
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

_EXPRESSION = lazy_re(r"\$\{\{(.*?)\}\}", re.DOTALL)
_MOST_COMBINATIONS = 256
#: How many levels of mappings in a value of a matrix are looked into.
_DEEPEST = 5
#: A property of the matrix: its name with dots.
_PROPERTY = lazy_re(r"[\w-]+(?:\.[\w-]+)*")

#: Values by their names with dots, in lower case, as GitHub does not tell cases apart; None for what is no text.
_Flat = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Combination:
    """The values of one combination of a matrix. If `complete`, the workflow says all of them."""

    values: Mapping[str, str | None]
    complete: bool

    def value(self, name: str) -> str | None:
        """The text of a property; None if it is not known. What a complete combination lacks is empty."""
        name = name.lower()
        if name in self.values or not self.complete or not _PROPERTY.fullmatch(name):
            return self.values.get(name)
        parts = name.split(".")
        above = (self.values.get(".".join(parts[:end])) for end in range(1, len(parts)))
        return None if any("${{" in (text or "") for text in above) else ""


@dataclass(frozen=True, slots=True)
class Values:
    """What the expressions of a step stand for: the variables of `env`, and one combination of the matrix."""

    environment: Mapping[str, str]
    matrix: Combination

    def replaced(self, node: Node | None, what: str) -> Value | None:
        """A text with its expressions replaced, Unknown if one has no value that the workflow says."""
        text = text_of(node)
        if text is None or "${{" not in text:
            return text
        parts: list[str] = []
        at = 0
        for found in _EXPRESSION.finditer(text):
            value = self._value(found[1].strip())
            if value is None:
                return Unknown(f"the expression {found[0]} in {what} is not known")
            parts += [text[at : found.start()], value]
            at = found.end()
        return "".join([*parts, text[at:]])

    def of_environment(self, name: str) -> Value | None:
        """The value of a variable for the step's program; None if the workflow gives it none."""
        text = self.environment.get(name)
        return None if text is None else self.replaced(yaml_tree.Scalar(text, 0), name)

    def known(self, text: str) -> str:
        """A text with those expressions replaced that have a value."""

        def value(found: re.Match[str]) -> str:
            known = self._value(found[1].strip())
            return found[0] if known is None else known

        return _EXPRESSION.sub(value, text)

    def _value(self, expression: str) -> str | None:
        kind, _, name = expression.partition(".")
        if expression == "github.workspace":
            return "."
        found = self.matrix.value(name) if kind == "matrix" else None
        if kind == "env":
            found = self.environment.get(name)
        # A value that is an expression itself is not looked into.
        return None if found is None or "${{" in found else found


def environment_of(node: Node | None) -> dict[str, str]:
    """The variables of an `env`."""
    return {name: text for name, value in entries(node).items() if (text := text_of(value)) is not None}


def combinations_of(node: Node | None, budget: Budget) -> list[Combination]:
    """The combinations of a matrix; one without any value where there is none, or where it is not static.

    As GitHub makes them: an entry of `include` is added to each combination of the lists of which it contradicts no
    value, also over what another entry added; one that is added to none is a combination of its own.
    """
    matrix = entries(node)
    lists = {name: values for name, values in matrix.items() if name not in ("include", "exclude")}
    complete = bool(matrix) and all(isinstance(values, yaml_tree.Sequence) for values in matrix.values())
    axes = {name: items(values) for name, values in lists.items() if items(values)}
    excluded = [dict(_flat(entries(one).items())) for one in items(matrix.get("exclude"))]
    originals: list[_Flat] = []
    for chosen in itertools.product(*axes.values()) if axes else ():
        budget.spend(1 + len(chosen) + len(excluded))
        drawn = dict(_flat(zip(axes, chosen, strict=True)))
        originals += [] if any(out.items() <= drawn.items() for out in excluded) else [drawn]
        if len(originals) > _MOST_COMBINATIONS:
            raise CtxoptError(f"a matrix has more than {_MOST_COMBINATIONS} combinations, which GitHub refuses")
    made = [dict(one) for one in originals]
    more: list[_Flat] = []
    for one in items(matrix.get("include")):
        budget.spend(1 + len(originals))
        added = dict(_flat(entries(one).items()))
        shared = {name.lower() for name in entries(one)} & {name.lower() for name in axes}
        wanted = _parts(added, shared)
        fitting = [other for first, other in zip(originals, made, strict=True) if _parts(first, shared) == wanted]
        for other in fitting:
            other |= added
        more += [] if fitting else [added]
    return [Combination(one, complete) for one in (*made, *more)] or [Combination({}, complete=False)]


def _parts(values: _Flat, names: Collection[str]) -> _Flat:
    """The values of some lists of a matrix."""
    return {name: value for name, value in values.items() if name.partition(".")[0] in names}


def _flat(pairs: Iterable[tuple[str, Node]], prefix: str = "") -> Iterator[tuple[str, str | None]]:
    """The values by their names with dots; that of `null` is empty."""
    for name, node in pairs:
        key = f"{prefix}{name}".lower()
        yield key, (node.text or "") if isinstance(node, yaml_tree.Scalar) else None
        if prefix.count(".") < _DEEPEST:
            yield from _flat(entries(node).items(), f"{key}.")
