"""Which command a line of arguments is for, where it names none: then it is for `analyze`."""

import os
from collections.abc import Collection

#: Other names of commands.
ALIASES = {"analyse": "analyze", "ignore": "generate"}
DEFAULT = "analyze"

#: The options before the command that are followed by a value, and those that are not.
_WITH_VALUE = {"--color"}
_FLAGS = {"-q", "--quiet", "-v", "--verbose", "-qv", "-vq", "--no-color"}
#: The options that the group answers itself.
_OWN = {"-h", "--help", "-V", "--version"}


def with_command(arguments: list[str], commands: Collection[str]) -> list[str]:
    """The arguments, with the default command inserted where they name none."""
    index = _after_global_options(arguments)
    first = arguments[index] if index < len(arguments) else None
    if first is None or (_is_for_default(first) and first not in commands and first not in ALIASES):
        return [*arguments[:index], DEFAULT, *arguments[index:]]
    return arguments


def is_bare(arguments: list[str]) -> bool:
    """Whether the arguments are options before a command at most."""
    return _after_global_options(arguments) >= len(arguments)


def _after_global_options(arguments: list[str]) -> int:
    index = 0
    while index < len(arguments):
        if arguments[index] in _WITH_VALUE:
            index += 2
        elif arguments[index] in _FLAGS or arguments[index].startswith("--color="):
            index += 1
        else:
            break
    return index


def _is_for_default(first: str) -> bool:
    """Whether an argument is an option, or a context: a path, also by its name, a URL or standard input."""
    if first in _OWN:
        return False
    if first.startswith("-") or "/" in first or os.sep in first or ":" in first or os.path.lexists(first):
        return True
    from ctxopt.builds.dockerfiles import looks_like_dockerfile

    return looks_like_dockerfile(first)
