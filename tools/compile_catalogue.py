"""Write ctxopt/catalogue/compiled/ anew from the TOML files beside it: a module for each, which loads in no time.

python tools/compile_catalogue.py
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ctxopt.catalogue.sources import sources

TARGET: Final = Path(__file__).parent.parent / "ctxopt" / "catalogue" / "compiled"
#: Maximum number of characters of a list in one line.
_LONGEST: Final = 100
_PACKAGE: Final = '"""The catalogue as Python, written by tools/compile_catalogue.py: change the TOML files."""\n'


def module(value: object) -> str:
    """The text of a module in which VALUE is that value."""
    kinds = sorted({(kind.__module__, kind.__name__) for kind in _kinds(value)})
    imports = "".join(f"from {place} import {name}\n" for place, name in kinds)
    return f"# Written by tools/compile_catalogue.py.\n{imports}\nVALUE = {_shown(value, '')}\n"


def _kinds(value: Any) -> Iterator[type]:
    """The kinds of all named tuples in a value."""
    if hasattr(value, "_fields"):
        yield type(value)
    if isinstance(value, tuple | Mapping):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _kinds(item)


def _shown(value: Any, indent: str) -> str:
    """A value as an expression, of which each part that has parts itself has a line."""
    inner = indent + " "
    if hasattr(value, "_fields"):
        defaults = value._field_defaults
        given = [(name, one) for name, one in value._asdict().items() if name not in defaults or one != defaults[name]]
        lines = [f"{inner}{name}={_shown(one, inner)},\n" for name, one in given]
        return f"{type(value).__name__}(\n{''.join(lines)}{indent})"
    if isinstance(value, Mapping):
        lines = [f"{inner}{name!r}: {_shown(one, inner)},\n" for name, one in value.items()]
        return f"{{\n{''.join(lines)}{indent}}}"
    if isinstance(value, tuple) and (len(repr(value)) > _LONGEST or any(not isinstance(one, str) for one in value)):
        return "(\n" + "".join(f"{inner}{_shown(one, inner)},\n" for one in value) + indent + ")"
    return repr(value)


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    for old in TARGET.glob("*.py"):
        old.unlink()
    (TARGET / "__init__.py").write_text(_PACKAGE)
    for name, value in sources().items():
        (TARGET / f"{name}_table.py").write_text(module(value))


if __name__ == "__main__":
    main()
