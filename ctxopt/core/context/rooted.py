"""Paths resolved inside a root, as containerd/continuity's `RootPath` does: no link leads out of it."""

from collections.abc import Callable

from ctxopt.core.golang import paths

#: Maximum number of links that BuildKit follows on one path.
MAX_LINKS = 255


class TooManyLinks(Exception):
    """A path leads through more links than BuildKit follows."""


def root_path(path: str, link: Callable[[str], str | None]) -> str:
    """The path relative to a root with all links followed; it need not exist.

    `link` gives the target of the link at a path, None for what is no link. An absolute target starts at the root,
    `..` ends there. Raises TooManyLinks.
    """
    waiting = paths.join("/", path).split("/")[:0:-1]
    current: list[str] = []
    links = 0
    while waiting:
        part = waiting.pop()
        target = link("/".join((*current, part)))
        if target is None:
            current.append(part)
            continue
        links += 1
        if links > MAX_LINKS:
            raise TooManyLinks
        # The target is cleaned as text before its own links are followed.
        start = "/" if target.startswith("/") else "/" + "/".join(current)
        waiting += paths.join(start, target).split("/")[:0:-1]
        current = []
    return "/".join(current)
