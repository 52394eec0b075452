"""Tables of a configuration: their keys checked against the known ones, and their values read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Literal

from ctxopt.checks.amount import quoted
from ctxopt.checks.suppression import Origin
from ctxopt.config.keys import ARRAYS, Key
from ctxopt.config.lines import Path, line_of
from ctxopt.config.model import Given
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError

#: The values of a table, by the names of their attributes in the model.
Values = dict[str, Given[Any]]


@dataclass(frozen=True, slots=True)
class Location:
    """Where a table or a key is: in a file, or among the options of the command line."""

    source: Literal["file", "option"]
    file: str | None = None
    path: Path = ()
    lines: Mapping[Path, int] = field(default_factory=dict)

    def at(self, *names: str | int) -> "Location":
        """The location of a key or table below this one."""
        return replace(self, path=(*self.path, *names))

    @property
    def origin(self) -> Origin:
        """The location as it is stored with a value."""
        key = "".join(f"[{name}]" if isinstance(name, int) else f".{name}" for name in self.path).lstrip(".")
        return Origin(self.source, key, self.file, line_of(self.path, self.lines))

    @property
    def dotted(self) -> str:
        """The dotted name, as in a table header of the file."""
        return ".".join(name for name in self.path if isinstance(name, str))

    def error(self, problem: str, hint: str = "") -> CtxoptError:
        """An error at this location."""
        file = f"--{self.dotted}" if self.source == "option" else self.file
        return CtxoptError(problem, file=file, line=line_of(self.path, self.lines), hint=hint)


def values(raw: object, location: Location, keys: Sequence[Key], others: Sequence[str] = ()) -> Values:
    """The values of a table; keys in `others` are not read. Raises CtxoptError."""
    if not isinstance(raw, dict):
        raise location.error(f"{location.dotted} must be a table")
    names = [key.name for key in keys] + list(others)
    for name in raw:
        if name not in names:
            where = f" of {location.dotted}" if location.path else ""
            raise location.at(name).error(f"{quoted(name)} is not a key{where}", suggestion(name, names))
    found = {}
    for key in keys:
        if key.name in raw:
            found[key.field] = _value(key, raw[key.name], location.at(key.name))
        elif key.required:
            raise location.error(f"{location.dotted} lacks {quoted(key.name)}")
    return found


def tables(raw: Mapping[str, object], location: Location, name: str) -> Iterator[tuple[Values, Location]]:
    """The values and the location of each table of an array. Raises CtxoptError."""
    array, here = raw.get(name, []), location.at(name)
    if not isinstance(array, list):
        raise here.error(f"{name} must be a list of tables", f"write [[{here.dotted}]]")
    keys, _ = ARRAYS[name]
    for number, table in enumerate(array):
        yield values(table, here.at(number), keys), here.at(number)


def suggestion(name: str, known: Iterable[str]) -> str:
    """A hint with the known name that is most similar or, if none is, all known names."""
    from difflib import get_close_matches

    names = list(known)
    # Only the beginning is compared, since the time grows with the square of the length.
    near = get_close_matches(name[:60].replace("_", "-").lower(), names, 1)
    return f"did you mean {quoted(near[0])}?" if near else "known are " + ", ".join(sorted(names))


def _value(key: Key, raw: object, location: Location) -> Given[Any]:
    try:
        value, text = key.spec.read(raw)
    except CtxoptError as error:
        problem = error.problem if location.source == "option" else f"{key.name}: {error.problem}"
        raise location.error(problem, error.hint) from None
    return Given(value, text, location.origin)
