"""Where a job of a GitHub workflow has the files of this repository, and of others.

Follows actions/checkout: `path` counts from the workspace, and without `repository` it is the one of the workflow.
"""

import posixpath
from collections.abc import Mapping
from dataclasses import field

from ctxopt.builds.reading import LeadsOut, read_text
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

CHECKOUT = "actions/checkout"
#: What separates the parts of a remote's address.
_SEPARATORS = lazy_re("[/:]")


@dataclass(frozen=True, slots=True)
class Placed:
    """A path of the workspace: its path in this repository, or what else it is a path of.

    `repository` is the name of the other repository, or "" where nothing of this one is checked out.
    """

    path: str | None
    repository: str = ""


@dataclass(slots=True)
class Checkouts:
    """What the steps of a job have checked out: the repositories by their paths in the workspace, "" for this one."""

    own_names: frozenset[str] = frozenset()
    _by_path: dict[str, str] = field(default_factory=dict)
    #: Whether this repository may be at any path.
    _anywhere: bool = False

    def add(self, given: Mapping[str, str | None], *, anywhere: bool = False) -> None:
        """Count a step of actions/checkout by its inputs; `anywhere`: its path is not known."""
        name = (given.get("repository") or "").strip()
        # An expression mostly stands for a fork of this repository, but not beside a checkout of it.
        own = not name or name.lower() in self.own_names or ("${{" in name and "" not in self._by_path.values())
        self._anywhere |= own and anywhere
        self._by_path[_clean(given.get("path") or "")] = "" if own else name

    def place(self, path: str) -> Placed:
        """Where a path of the workspace is."""
        path = _clean(path)
        if not self._by_path or path.startswith("/"):
            return Placed(path)
        parts = path.split("/") if path else []
        for end in range(len(parts), -1, -1):
            at = "/".join(parts[:end])
            if at in self._by_path:
                name = self._by_path[at]
                if name:
                    return Placed(path) if self._anywhere else Placed(None, name)
                return Placed("/".join(parts[end:]))
        return Placed(path) if self._anywhere else Placed(None)


def own_names(root: str) -> frozenset[str]:
    """The names, such as "owner/name" in lower case, by which the remotes of the repository at `root` know it."""
    try:
        text = read_text(posixpath.join(root, ".git", "config"), ".git/config", root)
    except (CtxoptError, LeadsOut):
        text = None
    addresses = (line.partition("=")[2] for line in (text or "").splitlines() if line.split("=")[0].strip() == "url")
    return frozenset("/".join(_SEPARATORS.split(_address(address))[-2:]) for address in addresses)


def _address(written: str) -> str:
    return written.strip().lower().removesuffix("/").removesuffix(".git")


def _clean(path: str) -> str:
    path = posixpath.normpath(path.strip() or ".")
    return "" if path == "." else path
