"""Which words name an image, a URL or a git repository."""

import re

from ctxopt.core.lazy_re import lazy_re

_HOST = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)"
_DOMAIN = rf"(?:{_HOST}(?:\.{_HOST})*|\[(?:[a-fA-F0-9:]+)\])(?::[0-9]+)?"
_PART = r"[a-z0-9]++(?:(?:__|[._]|-++)[a-z0-9]++)*+"
_REFERENCE = lazy_re(
    rf"(?:{_DOMAIN}/)?{_PART}(?:/{_PART})*(?::[\w][\w.-]{{0,127}})?"
    r"(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?",
    re.ASCII,
)
_SCHEME = lazy_re(r"([a-zA-Z0-9]+)://")
_SCP = lazy_re(r"[a-zA-Z0-9_-]+@[a-zA-Z0-9.-]+:")


def is_image(name: str) -> bool:
    """Whether a word is a valid image reference (distribution/reference)."""
    if re.fullmatch("[a-f0-9]{64}", name) or len(name) > 4096:
        return False
    first, slash, rest = name.partition("/")
    if not slash or not (set(first) & set(".:") or first == "localhost" or first != first.lower()):
        first, rest = "docker.io", name if slash else f"library/{name}"
    return _REFERENCE.fullmatch(f"{first}/{rest}") is not None


def is_url(source: str) -> bool:
    """Whether ADD would download a source over HTTP(S)."""
    return source.startswith(("http://", "https://")) and not is_git(source)


def is_git(source: str) -> bool:
    """Whether ADD would clone a source (BuildKit's `ParseGitRef`)."""
    if source.startswith(("./", "../", "github.com/")):
        return False
    scheme = _SCHEME.match(source)
    if scheme is None:
        return _SCP.match(source) is not None
    name = scheme[1].lower()
    # A URL whose port is no number is none; it is then taken for a path.
    host = re.split("[/?#]", source[scheme.end() :])[0].rpartition("@")[2]
    _, colon, port = host.rpartition("]")[2].partition(":")
    if colon and port.strip("0123456789"):
        return False
    if name in ("http", "https"):
        path = re.split("[?#]", source[scheme.end() :])[0].partition("/")[2]
        return path.endswith(".git")
    return name in ("git", "ssh")
