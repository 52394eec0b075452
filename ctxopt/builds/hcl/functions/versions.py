"""`semvercmp`: whether a version satisfies a constraint."""

import re
from collections.abc import Callable, Mapping

from ctxopt.builds.hcl.functions.function import Builtin, on
from ctxopt.builds.hcl.values import EvaluationError
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re

_REST = r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
_VERSION = lazy_re(rf"v?([0-9]{{1,19}})(?:\.([0-9]{{1,19}}))?(?:\.([0-9]{{1,19}}))?{_REST}")
_PARTIAL = r"v?([0-9]{1,19}|[xX*])(?:\.([0-9]{1,19}|[xX*]))?(?:\.([0-9]{1,19}|[xX*]))?" + _REST
_CONSTRAINT = lazy_re(rf"\s*(!=|>=|=>|<=|=<|~>|[=<>~^]|)\s*{_PARTIAL}\s*,?")
_RANGE = lazy_re(r"(?<!\S)(\S{1,100})\s+-\s+(\S{1,100})")
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class _Version:
    """A version by its numbers and the parts of what comes before its release."""

    numbers: tuple[int, int, int]
    before: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[object, ...]:
        """Greater for a later version."""
        parts = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in self.before)
        return (self.numbers, not self.before, parts)


@dataclass(frozen=True, slots=True)
class _Bound:
    """A version to compare with; `known` is how many of its numbers are given."""

    version: _Version
    known: int


def _semvercmp(version: str, constraint: str) -> bool:
    if len(constraint) > _LONGEST or len(version) > _LONGEST:
        raise EvaluationError("the version is too long")
    found = _VERSION.fullmatch(version)
    if found is None:
        raise EvaluationError(f"{version[:60]} is no version")
    numbers = tuple(int(found[group] or 0) for group in (1, 2, 3))
    given = _Version(numbers, _parts(found[4]))  # type: ignore[arg-type]  # three numbers
    # All of them are read, as one that is wrong is refused wherever it stands.
    satisfied = [_satisfies(given, one) for one in _RANGE.sub(r">=\1, <=\2", constraint).split("||")]
    return any(satisfied)


def _parts(before: str | None) -> tuple[str, ...]:
    return tuple(before.split(".")) if before else ()


def _satisfies(version: _Version, constraints: str) -> bool:
    """Whether a version satisfies all constraints of a list."""
    found: list[tuple[str, _Bound]] = []
    at = 0
    while at < len(constraints):
        one = _CONSTRAINT.match(constraints, at)
        if one is None or one.end() == at:
            raise EvaluationError(f"{constraints[:60]} is no constraint of versions")
        at = one.end()
        found.append((one[1], _bound(one)))
    if not found:
        raise EvaluationError("the constraint is empty")
    # A version before a release only satisfies what names one.
    if version.before and not any(bound.version.before for _, bound in found):
        return False
    return all(_COMPARISONS[operator](version, bound) for operator, bound in found)


def _bound(found: re.Match[str]) -> _Bound:
    numbers = [0, 0, 0]
    known = 0
    for index, part in enumerate((found[2], found[3], found[4])):
        if part is None or part in "xX*":
            break
        numbers[index] = int(part)
        known = index + 1
    return _Bound(_Version((numbers[0], numbers[1], numbers[2]), _parts(found[5])), known)


def _equal(version: _Version, bound: _Bound) -> bool:
    return _tilde(version, bound) if bound.known < 3 else version.order == bound.version.order


def _not_equal(version: _Version, bound: _Bound) -> bool:
    if bound.known == 3:
        return version.order != bound.version.order
    if not bound.known:
        # Whatever the major number is, it is compared with zero.
        return version.numbers[0] != bound.version.numbers[0]
    return version.numbers[: bound.known] != bound.version.numbers[: bound.known]


def _greater(version: _Version, bound: _Bound) -> bool:
    if bound.known == 3:
        return version.order > bound.version.order
    known = max(bound.known, 1)
    return version.numbers[:known] > bound.version.numbers[:known]


def _at_most(version: _Version, bound: _Bound) -> bool:
    if bound.known == 3:
        return version.order <= bound.version.order
    known = max(bound.known, 1)
    return version.numbers[:known] <= bound.version.numbers[:known] or not bound.known


def _at_least(version: _Version, bound: _Bound) -> bool:
    return version.order >= bound.version.order


def _less(version: _Version, bound: _Bound) -> bool:
    return version.order < bound.version.order


def _tilde(version: _Version, bound: _Bound) -> bool:
    """The same major and minor number, as far as they are given, and not less."""
    if not bound.known:
        return _at_least(version, bound)
    if bound.known == 3 and bound.version.numbers == (0, 0, 0):
        return _at_least(version, bound)
    known = min(bound.known, 2)
    return _at_least(version, bound) and version.numbers[:known] == bound.version.numbers[:known]


def _caret(version: _Version, bound: _Bound) -> bool:
    """Nothing but what comes after the first number that is not zero differs, and not less."""
    if not bound.known:
        return _at_least(version, bound)
    numbers = bound.version.numbers
    same = 1 if numbers[0] or bound.known == 1 else 2 if numbers[1] or bound.known == 2 else 3
    return _at_least(version, bound) and version.numbers[:same] == numbers[:same]


_COMPARISONS: Mapping[str, Callable[[_Version, _Bound], bool]] = {
    "": _equal,
    "=": _equal,
    "!=": _not_equal,
    ">": _greater,
    "<": _less,
    "~": _tilde,
    "~>": _tilde,
    "^": _caret,
    ">=": _at_least,
    "=>": _at_least,
    "<=": _at_most,
    "=<": _at_most,
}

FUNCTIONS: Mapping[str, Builtin] = {"semvercmp": on(_semvercmp, "string", "string")}
