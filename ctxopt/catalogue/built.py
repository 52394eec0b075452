"""Where builds write what they make, as their own configuration says it."""

from functools import cache
from typing import Literal, NamedTuple

from ctxopt.catalogue.tables import read_list
from ctxopt.catalogue.vocabulary import Commands


class Built(NamedTuple):
    """The directory that some commands write, as one of the `files` in the directory of the project says it.

    That is the working directory, or the word with the number `project` (0 for none) among those that are no options
    and no value of `values`; or the value of one of `options`, which may be the file as well. The directory is named at
    one of the `keys`, or by a match of `says`, a regular expression that takes linear time, whose groups are the parts
    of its path; `otherwise` is its name where nothing of that is said. A file with one of the texts of `unless` says
    nothing for certain. `extends` is the key of another file, which counts where this one says nothing. With `target`,
    the word with that number is the directory itself. With an option of `overrides` it is another one.
    """

    commands: Commands
    files: tuple[str, ...] = ()
    format: Literal["toml", "json", "yaml", "text"] = "text"
    keys: tuple[str, ...] = ()
    says: str = ""
    otherwise: str = ""
    unless: tuple[str, ...] = ()
    extends: str = ""
    project: int = 0
    options: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    target: int = 0
    overrides: tuple[str, ...] = ()


@cache
def built() -> tuple[Built, ...]:
    """All commands whose directory is known."""
    return read_list(Built, "built.toml")
