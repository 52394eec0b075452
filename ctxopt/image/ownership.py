"""Whether a command changes the owner or the mode that a COPY gave files, and whether it tries to."""

from collections.abc import Sequence
from typing import Final

from ctxopt.core.lazy_re import lazy_re
from ctxopt.image.commands import Run
from ctxopt.image.effects import changed, changed_from

_ROOT = ("root", "0")


def is_left_alone(flags: Sequence[str], run: Run) -> bool:
    """Whether a `chown` only changes files of another owner than an instruction with these flags gave them."""
    needed = changed_from(run)
    return bool(needed) and _differs(_pair(_owner(flags)), _pair(needed, partial=True))


def is_as_copied(flags: Sequence[str], run: Run) -> bool:
    """Whether a `chown`, `chgrp` or `chmod` sets what an instruction with these flags has set already.

    Without --chown, files are root's. A name and a number may be the same user, so only two of a kind are told apart.
    """
    value = changed(run)[1]
    if value is None:
        return False
    if run.name == "chmod":
        given = flag_of(flags, "--chmod")
        return given is not None and (given.lstrip("0") == value.lstrip("0") or _keeps(given, value))
    wanted = f":{value}" if run.name == "chgrp" else value
    return not _differs(_pair(_owner(flags)), _pair(wanted, partial=True))


def flag_of(flags: Sequence[str], name: str) -> str | None:
    """The value of a flag such as --chmod=644; None without it."""
    return next((flag.partition("=")[2] for flag in flags if flag.startswith(f"{name}=")), None)


def _keeps(given: str, value: str) -> bool:
    """Whether a `chmod` leaves files as they are that have an octal mode. Directories take no space of their own."""
    return _OCTAL.fullmatch(given) is not None and changed_mode(int(given, 8), value) == int(given, 8)


_OCTAL: Final = lazy_re(r"[0-7]{3,4}")
#: One part of a symbolic mode, such as u+rwX or g=u.
_CLAUSE: Final = lazy_re(r"([ugoa]*)([-+=])([rwxX]*|[ugo])")
_SHIFTS: Final = {"u": 6, "g": 3, "o": 0}
_BITS: Final = {"r": 4, "w": 2, "x": 1}


def changed_mode(mode: int, text: str) -> int | None:
    """The mode that a file with a mode has after a `chmod` of this text; None where that is not known.

    Without a letter for whom, the umask of the shell is the usual one, 022.
    """
    if text.isdigit():
        return int(text, 8) if set(text) <= set("01234567") else None
    for clause in text.split(","):
        found = _CLAUSE.fullmatch(clause)
        if found is None:
            return None
        who, sign, letters = found.groups()
        for one in who.replace("a", "ugo") or "ugo":
            bits = sum(_BITS[letter] for letter in set(letters) & _BITS.keys())
            bits |= mode >> _SHIFTS[letters] & 7 if letters in _SHIFTS else 0
            bits |= 1 if "X" in letters and mode & 0o111 else 0
            if not who and one != "u":
                bits &= ~2
            shift = _SHIFTS[one]
            if sign == "=":
                mode = mode & ~(7 << shift) | bits << shift
            else:
                mode = mode | bits << shift if sign == "+" else mode & ~(bits << shift)
    return mode


def _owner(flags: Sequence[str]) -> str:
    return flag_of(flags, "--chown") or "root:root"


def _pair(owner: str, *, partial: bool = False) -> tuple[str | None, str | None]:
    """The user and the group of an owner; a `partial` one may name one of them, None for the other."""
    owner = owner.replace(".", ":", 1) if ":" not in owner else owner
    user, colon, group = owner.partition(":")
    if partial:
        return user or None, group or (user if colon and user else None)
    return user, group or user


def _differs(owner: tuple[str | None, ...], other: tuple[str | None, ...]) -> bool:
    """Whether two owners are certainly different in what both name."""
    for one, two in zip(owner, other, strict=True):
        if one is None or two is None or one == two or (one in _ROOT and two in _ROOT):
            continue
        if one.isdigit() == two.isdigit() or one in _ROOT or two in _ROOT:
            return True
    return False
