"""Files of a context that hold secrets, going by their names and, where that tells, by what is in them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from ctxopt.catalogue.names import NameIndex, any_match, ends_with
from ctxopt.catalogue.secrets import Secret, secrets
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, Kind, View
from ctxopt.findings.model import Confidence

#: A name as the catalogue has it, and what it stands for.
_Named = tuple[str, Secret]

#: What lies in a directory of such a name is for tests, or comes from a package that everybody can have.
_ELSEWHERE: Final = frozenset(
    (
        *("test", "tests", "testing", "testdata", "test-data", "test_data", "__tests__", "spec", "specs", "e2e"),
        *("fixture", "fixtures", "__fixtures__", "mock", "mocks", "__mocks__"),
        *("example", "examples", "sample", "samples"),
        *("node_modules", "bower_components", "vendor", "site-packages", ".venv", "venv", ".git", ".hg", ".svn"),
    )
)
#: A file with such a word in its name is seldom a secret of the real thing.
_HARMLESS: Final = re.compile("test|example|sample|dummy|fake|snakeoil|localhost|mkcert", re.IGNORECASE)
#: Files of up to so many bytes are read, and no more than so many of them.
_LARGEST: Final = 256 << 10
_READ: Final = 200

#: A variable whose name ends so, or has such a word in it, holds a secret; one whose name ends in one of the
#: last row, if its value is long enough for that.
_PASSWORDS: Final = ("PASS", "PWD", "PASSWD", "PASSPHRASE")
_WORDS: Final = ("SECRET", "PASSWORD")
_KEYS: Final = ("TOKEN", "KEY", "CREDENTIALS")
#: What people put where others fill in a value, and what is said to be no secret by its value.
_PLACEHOLDER: Final = re.compile(
    r"[$<{%]|your|change|replace|example|dummy|placeholder|todo|fixme|insert|x{3}|\*{3}|\.{3}"
    r"|(?:none|null|true|false|secret|password|postgres|mysql|redis|root|admin|guest|user|test|local|dev)$",
    re.IGNORECASE,
)
_IN_URL: Final = re.compile(r"://[^/\s:@]{0,200}:(?![$<{%])[^/\s@]{1,200}@(?!127\.)[\w-]{1,63}\.")


@dataclass(frozen=True, slots=True)
class SecretFile:
    """One file: its path, its logical bytes, and what it is.

    `doubt` is by how many degrees it matters less than it might: 1 if it may be something else,
    going by its name or for want of a look into it, 2 if nothing in it looks like a secret.
    """

    path: str
    size: int
    secret: Secret
    doubt: int = 0

    @property
    def confidence(self) -> Confidence:
        """How sure it is that this is a secret."""
        return (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)[self.doubt]


def secret_files(build: BuildContext) -> list[SecretFile]:
    """Those that the ignore file leaves in the context; templates, public keys and what is for tests left aside."""
    named = _index().find(build.tree.names)
    if not named:
        return []
    candidates: dict[str, tuple[int, list[Secret]]] = {}
    for path, size, secret in _candidates(build.tree.directories(), named):
        candidates.setdefault(path, (size, []))[1].append(secret)
    found = []
    read = 0
    for path, (size, kinds) in candidates.items():
        data = None
        if read < _READ and size <= _LARGEST:
            data = build.read(path, _LARGEST)
            read += 1
        doubts = ((secret, _doubt(path, secret, data)) for secret in kinds)
        fitting = next(((secret, doubt) for secret, doubt in doubts if doubt is not None), None)
        if fitting is not None:
            found.append(SecretFile(path, size, *fitting))
    return found


def risks(build: BuildContext) -> dict[str, str]:
    """The paths of those, doubtful ones too, each with the reason."""
    return {one.path: one.secret.warning for one in secret_files(build)}


@cache
def _index() -> NameIndex[_Named]:
    return NameIndex((name, (name, secret)) for secret in secrets() for name in secret.names)


def _candidates(directories: Iterable[Directory], named: dict[str, list[_Named]]) -> Iterator[tuple[str, int, Secret]]:
    for directory in directories:
        if named.keys().isdisjoint(directory.names) or is_elsewhere(f"{directory.path}/"):
            continue
        for name in sorted(named.keys() & set(directory.names)):
            path = directory.child_path(name)
            for wanted, secret in named[name]:
                if not any_match(secret.but, name.lower()) and ("/" not in wanted or ends_with(path, wanted)):
                    yield from _files(directory, directory.find(name), secret)


def is_elsewhere(path: str) -> bool:
    """Whether a file lies in a directory of tests, of examples, or of packages that everybody can have."""
    return not _ELSEWHERE.isdisjoint(path.lower().split("/")[:-1])


def _files(directory: Directory, place: int, secret: Secret) -> Iterator[tuple[str, int, Secret]]:
    """The entry itself if it is a file that is not empty, or what counts in it."""
    name = directory.names[place]
    if directory.kinds[place] == Kind.FILE and directory.flags[place] & View.BUILDKIT and directory.sizes[place]:
        yield directory.child_path(name), directory.sizes[place], secret
    stack = [directory.subdirectories[name]] if secret.inside and name in directory.subdirectories else []
    while stack:
        inside = stack.pop()
        for at, (inner, kind) in enumerate(zip(inside.names, inside.kinds, strict=True)):
            counts = kind == Kind.FILE and inside.flags[at] & View.BUILDKIT and inside.sizes[at]
            if counts and any_match(secret.inside, inner):
                yield inside.child_path(inner), inside.sizes[at], secret
        stack += inside.subdirectories.values()


def _doubt(path: str, secret: Secret, data: bytes | None) -> int | None:
    """How doubtful a secret is, see SecretFile; None if it is none, going by the file's text, which may be unknown."""
    if not secret.fits(data) or (data is not None and not secret.shows(data)):
        return None
    if secret.assigns and data is not None:
        return 0 if gives_a_secret(data.decode("utf-8", "replace")) else 2
    unread = data is None and (secret.assigns or secret.signs)
    return 1 if unread or secret.doubtful or _HARMLESS.search(path.rpartition("/")[2]) else 0


def gives_a_secret(text: str) -> bool:
    """Whether a text gives a value to a variable that is named like a secret, or has a URL with a password."""
    return any(_gives(line) or _IN_URL.search(line[:2000]) for line in text.split("\n") if line.strip()[:1] != "#")


def _gives(line: str) -> bool:
    name, _, value = line.partition("=")
    name = name.strip().upper().rstrip("0123456789_")
    value = value.strip().strip("\"'")
    if "PUBLIC" in name or _PLACEHOLDER.match(value) is not None:
        return False
    if name.endswith(_PASSWORDS) or any(word in name for word in _WORDS):
        return len(value) >= 4
    return name.endswith(_KEYS) and len(value) >= 8
