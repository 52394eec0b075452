"""What runs a program from its sources while somebody works on it."""

import re
from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.tables import read_table


class Development(NamedTuple):
    """Commands of `servers` are regular expressions; `runners` run `scripts` of package.json, with `valued` options."""

    servers: tuple[str, ...]
    runners: tuple[str, ...]
    valued: tuple[str, ...]
    scripts: tuple[str, ...]


@cache
def development() -> Development:
    """All of it."""
    return read_table(Development, "development.toml")


@cache
def dev_server() -> re.Pattern[str]:
    """What a command has in it that serves sources which it compiles itself."""
    return re.compile(rf"\b(?:{'|'.join(development().servers)})(?![\w-])")


def is_dev_script(name: str) -> bool:
    """Whether a script of package.json serves while somebody works on it, by its name, such as `dev:web`."""
    return not frozenset(development().scripts).isdisjoint(name.split(":"))
