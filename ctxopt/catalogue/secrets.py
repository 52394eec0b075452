"""Files that hold secrets, known by their names."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pkgutil import get_data
from typing import Final

from ctxopt.catalogue.tables import table

#: What a file has in place of a value that it takes from a variable.
_VARIABLE: Final = re.compile(rb"\$\{|%[A-Za-z_]++%")


@dataclass(frozen=True, slots=True)
class Secret:
    """Files that hold secrets, by name, and why that matters.

    With `contains`, only if one of these texts is in a line of the file that is no comment and takes nothing
    from a variable; not if one of `unless` is in it, as in what is encrypted. With `used_by`, a build may need
    it: where one of these commands runs and may read it.

    The others tell how sure a finding is. Of a directory of this name only what has a name in `inside` is
    a secret. Without one of `signs` in the text a file holds none after all; with `assigns`, that is where
    some name such as PASSWORD is given a value. `doubtful` are names that other files have as well.
    """

    names: tuple[str, ...]
    warning: str
    but: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    assigns: bool = False
    doubtful: bool = False

    def fits(self, text: bytes | None) -> bool:
        """Whether what is in a file, None where that is not known, lets it be one of these."""
        if self.contains and not _tells(text or b"", self.contains):
            return False
        return not any(one.encode() in (text or b"") for one in self.unless)

    def shows(self, text: bytes) -> bool:
        """Whether the text of a file has one of the signs, if there are any."""
        return not self.signs or _tells(text, self.signs)


def _tells(text: bytes, wanted: tuple[str, ...]) -> bool:
    found = [one for one in map(str.encode, wanted) if one in text]
    return any(
        any(one in line for one in found) and line.lstrip()[:1] not in (b"#", b";") and _VARIABLE.search(line) is None
        for line in (text.split(b"\n") if found else ())
    )


@dataclass(frozen=True, slots=True)
class _File:
    secret: tuple[Secret, ...]


@cache
def secrets() -> tuple[Secret, ...]:
    """All kinds of such files. The file is small: it is read whenever a build is looked at."""
    data = get_data(__package__, "secrets.toml") or b""
    return table(_File, tomllib.loads(data.decode()), "secrets.toml").secret
