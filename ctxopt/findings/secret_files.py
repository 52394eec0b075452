"""Files of a context that hold secrets, going by their names and, where that tells, by what is in them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from ctxopt.build_context import BuildContext
from ctxopt.catalogue.names import NameIndex, any_match, ends_with
from ctxopt.catalogue.secrets import Secret, secrets
from ctxopt.context.tree import Directory, Kind, View
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

#: A variable whose name ends so holds a secret, as does one with a word of the second row in it.
_ENDS: Final = ("PASS", "PWD", "PASSWD", "PASSPHRASE", "TOKEN", "KEY", "CREDENTIALS", "AUTH")
_WORDS: Final = ("SECRET", "PASSWORD")
#: What people put where others fill in a value.
_PLACEHOLDER: Final = re.compile(
    r"[$<{%]|your|change|replace|example|dummy|placeholder|todo|fixme|insert|none$|null$|true$|false$|x{3}|\*{3}|\.{3}",
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


def secret_files(context: BuildContext) -> list[SecretFile]:
    """Those that the ignore file leaves in the context; templates, public keys and what is for tests left aside."""
    named = _index().find(context.tree.names)
    if not named:
        return []
    found = []
    read = 0
    for path, size, secret in _candidates(context.tree.directories(), named):
        data = None
        if read < _READ and size <= _LARGEST:
            data = context.read(path, _LARGEST)
            read += 1
        doubt = _doubt(path, secret, data) if size else None
        if doubt is not None:
            found.append(SecretFile(path, size, secret, doubt))
    return found


@cache
def _index() -> NameIndex[_Named]:
    return NameIndex((name, (name, secret)) for secret in secrets() for name in secret.names)


def _candidates(directories: Iterable[Directory], named: dict[str, list[_Named]]) -> Iterator[tuple[str, int, Secret]]:
    for directory in directories:
        if named.keys().isdisjoint(directory.names) or is_elsewhere(f"{directory.path}/"):
            continue
        for name in named.keys() & set(directory.names):
            place = directory.find(name)
            path = directory.child_path(name)
            for wanted, secret in named[name]:
                if any_match(secret.but, name.lower()) or ("/" in wanted and not ends_with(path, wanted)):
                    continue
                found = list(_files(directory, place, secret))
                yield from found
                if found:
                    break


def is_elsewhere(path: str) -> bool:
    """Whether a file lies in a directory of tests, of examples, or of packages that everybody can have."""
    return not _ELSEWHERE.isdisjoint(path.lower().split("/")[:-1])


def _files(directory: Directory, place: int, secret: Secret) -> Iterator[tuple[str, int, Secret]]:
    """The entry itself if it is a file, or what counts in it."""
    name = directory.names[place]
    if directory.kinds[place] == Kind.FILE and directory.flags[place] & View.BUILDKIT:
        yield directory.child_path(name), directory.sizes[place], secret
    stack = [directory.subdirectories[name]] if secret.inside and name in directory.subdirectories else []
    while stack:
        inside = stack.pop()
        for at, (inner, kind) in enumerate(zip(inside.names, inside.kinds, strict=True)):
            sent = kind == Kind.FILE and inside.flags[at] & View.BUILDKIT
            if sent and any_match(secret.inside, inner):
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
    name, equals, value = line.partition("=")
    name = name.strip().upper().rstrip("0123456789_")
    value = value.strip().strip("\"'")
    if not equals or "PUBLIC" in name or not (name.endswith(_ENDS) or any(word in name for word in _WORDS)):
        return False
    return len(value) >= 4 and _PLACEHOLDER.match(value) is None
