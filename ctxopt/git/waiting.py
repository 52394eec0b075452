"""Files that git would wait for without end: a pipe or a device in the place of one that it reads."""

import os
import re
import stat
from collections.abc import Iterator
from typing import Final

from ctxopt.core.lazy_re import lazy_re
from ctxopt.git.repository import repository_of

#: What git reads in its directory, whatever it is asked.
_ALWAYS: Final = (
    "HEAD",
    "config",
    "config.worktree",
    "index",
    "packed-refs",
    "commondir",
    "info/exclude",
    "info/grafts",
)
#: Further files that a configuration names: includes, excludes and attributes.
_NAMED: Final = lazy_re(r"^[^\S\n]*(?:path|excludesfile|attributesfile)[^\S\n]*=[^\S\n]*(.*?)[^\S\n]*$", re.I | re.M)
#: Maximum size of a file that names others, in bytes.
_LARGEST: Final = 1 << 20


def waits_for(directory: str) -> str | None:
    """A file that git in this directory would open and wait for; None if there is none.

    Nothing is waited for here: files are looked at before they are opened.
    """
    top = repository_of(os.path.abspath(directory))
    if top is None:
        return None
    return next(filter(_is_endless, (*_in_git(os.path.join(top, ".git")), *_ignore_files(top, directory))), None)


def _in_git(given: str) -> Iterator[str]:
    """The files that git reads in a repository, and those that these name."""
    yield given
    home = _behind(given, "gitdir:") or given
    shared = _behind(os.path.join(home, "commondir"), "") or home
    for base in dict.fromkeys((home, shared)):
        for name in _ALWAYS:
            yield os.path.join(base, name)
        for name in ("config", "config.worktree"):
            for named in _NAMED.findall(_text(os.path.join(base, name))):
                yield os.path.join(base, os.path.expanduser(named.strip('"')))
    settings = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    yield os.path.join(settings, "git", "ignore")


def _ignore_files(top: str, directory: str) -> Iterator[str]:
    """The `.gitignore` files from the top of a repository down to a directory."""
    above = os.path.abspath(directory)
    while above.startswith(top):
        yield os.path.join(above, ".gitignore")
        if above == top:
            return
        above = os.path.dirname(above)


def _behind(path: str, prefix: str) -> str | None:
    """The path that a file of one line has after a prefix, relative to its directory; None for no such file."""
    text = _text(path)
    named = text.removeprefix(prefix).strip()
    return os.path.join(os.path.dirname(path), named) if named and text.startswith(prefix) else None


def _text(path: str) -> str:
    """The text of a regular file, empty for anything else."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return ""
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read(_LARGEST)
    except (OSError, ValueError):
        return ""


def _is_endless(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or os.path.realpath(path) == os.devnull)
