"""Tables of a configuration: their keys held against those that there are, and their values read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Literal

from ctxopt.checks.amount import quoted
from ctxopt.checks.suppression import Origin
from ctxopt.config.keys import ARRAYS, Key
from ctxopt.config.lines import Path, line_of
from ctxopt.config.model import Given
from ctxopt.errors import CtxoptError

#: The values that a table gives, by their names in the model.
Values = dict[str, Given[Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """A table or a key, in a file or among the options of the command line."""

    source: Literal["file", "option"]
    file: str | None = None
    path: Path = ()
    lines: Mapping[Path, int] = field(default_factory=dict)

    def at(self, *names: str | int) -> "Place":
        """A place further inside."""
        return replace(self, path=(*self.path, *names))

    @property
    def origin(self) -> Origin:
        """The place as values remember it."""
        key = "".join(f"[{name}]" if isinstance(name, int) else f".{name}" for name in self.path).lstrip(".")
        return Origin(self.source, key, self.file, line_of(self.path, self.lines))

    @property
    def dotted(self) -> str:
        """The names down to the place, as a header in the file has them."""
        return ".".join(name for name in self.path if isinstance(name, str))

    def error(self, problem: str, hint: str = "") -> CtxoptError:
        """An error about this place."""
        file = f"--{self.dotted}" if self.source == "option" else self.file
        return CtxoptError(problem, file=file, line=line_of(self.path, self.lines), hint=hint)


def values(raw: object, place: Place, keys: Sequence[Key], others: Sequence[str] = ()) -> Values:
    """The values of a table; keys in `others` are left alone. Raises CtxoptError."""
    if not isinstance(raw, dict):
        raise place.error(f"{place.dotted} must be a table")
    names = [key.name for key in keys] + list(others)
    for name in raw:
        if name not in names:
            where = f" of {place.dotted}" if place.path else ""
            raise place.at(name).error(f"{quoted(name)} is no key{where}", suggestion(name, names))
    found = {}
    for key in keys:
        if key.name in raw:
            found[key.field] = _value(key, raw[key.name], place.at(key.name))
        elif key.required:
            raise place.error(f"{place.dotted} lacks {quoted(key.name)}")
    return found


def tables(raw: Mapping[str, object], place: Place, name: str) -> Iterator[tuple[Values, Place]]:
    """The values of each table of an array, with the table's place. Raises CtxoptError."""
    array, here = raw.get(name, []), place.at(name)
    if not isinstance(array, list):
        raise here.error(f"{name} must be a list of tables", f"write [[{here.dotted}]]")
    keys, _ = ARRAYS[name]
    for number, table in enumerate(array):
        yield values(table, here.at(number), keys), here.at(number)


def suggestion(name: str, known: Iterable[str]) -> str:
    """The known name that is most like this one or, where none is, all of them."""
    names = list(known)
    # Only the beginning is compared, since that takes time by the square of the length.
    near = get_close_matches(name[:60].replace("_", "-").lower(), names, 1)
    return f"did you mean {quoted(near[0])}?" if near else "known are " + ", ".join(sorted(names))


def _value(key: Key, raw: object, place: Place) -> Given[Any]:
    try:
        value, text = key.kind.read(raw)
    except CtxoptError as error:
        problem = error.problem if place.source == "option" else f"{key.name}: {error.problem}"
        raise place.error(problem, error.hint) from None
    return Given(value, text, place.origin)
