"""Commands that run another command, which is the one that matters."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ctxopt.image.shell.model import Command

_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_SHELLS = ("sh", "bash", "dash", "ash", "ksh", "zsh")


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """The options of a wrapper that take a value, and whether variables may stand before the command.

    With one of the letters `other` it does not run the command, or not as it is written.
    """

    letters: str = ""
    names: tuple[str, ...] = ()
    assignments: bool = False
    other: str = ""


_SUDO_NAMES = ("user", "group", "host", "prompt", "chdir", "chroot", "role", "type", "close-from", "command-timeout")
_WRAPPERS: Mapping[str, _Wrapper] = {
    "sudo": _Wrapper("ugprtCDRTUh", (*_SUDO_NAMES, "other-user"), assignments=True, other="el"),
    "env": _Wrapper("uC", ("unset", "chdir"), assignments=True, other="S"),
    "exec": _Wrapper("a"),
    "time": _Wrapper("fo", ("format", "output")),
    "nice": _Wrapper("n", ("adjustment",)),
    "command": _Wrapper(other="vV"),
}


def plain(command: Command) -> Command:
    """The command that `sudo`, `env`, `exec`, `time`, `nice` and `command` run in the end.

    A wrapper that runs nothing, such as `command -v x`, is itself that command.
    """
    words = command.words
    while inner := _unwrapped(words):
        words = inner
    return replace(command, words=words)


def script_at(words: tuple[str, ...]) -> int | None:
    """Where in the words the text is that a shell's `-c` is given; None if this is no such command."""
    if _name(words[0]) not in _SHELLS:
        return None
    at = 1
    given = False
    while at < len(words) and words[at][:1] in ("-", "+") and len(words[at]) > 1:
        option = words[at]
        at += 1
        if option == "--":
            break
        if option.startswith("--"):
            continue
        given |= option[0] == "-" and "c" in option
        at += option.lower().count("o")
    return at if given and at < len(words) else None


def _unwrapped(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of the command that a wrapper runs; () if there is none."""
    wrapper = _WRAPPERS.get(_name(words[0]))
    if wrapper is None:
        return ()
    at = 1
    while at < len(words) and words[at].startswith("-"):
        option = words[at]
        at += 1
        if option == "--":
            break
        if option.startswith("--"):
            at += option[2:] in wrapper.names
            continue
        for place, letter in enumerate(option[1:], 2):
            if letter in wrapper.other:
                return ()
            if letter in wrapper.letters:
                at += place == len(option)
                break
    while wrapper.assignments and at < len(words) and _ASSIGNMENT.match(words[at]):
        at += 1
    return words[at:]


def _name(word: str) -> str:
    return word.rpartition("/")[2]
