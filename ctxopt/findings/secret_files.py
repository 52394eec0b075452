"""Files of a context that contain secrets, judged by their names and, where that helps, by their contents."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from ctxopt.catalogue.names import NameIndex, any_match, ends_with
from ctxopt.catalogue.secrets import Secret, secrets
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, View
from ctxopt.findings.model import Confidence

#: A name from the catalogue, and the secret that it stands for.
_Named = tuple[str, Secret]

#: Directories of tests, examples and published packages, whose secrets are not real ones.
_ELSEWHERE: Final = frozenset(
    (
        *("test", "tests", "testing", "testdata", "test-data", "test_data", "__tests__", "spec", "specs", "e2e"),
        *("fixture", "fixtures", "__fixtures__", "mock", "mocks", "__mocks__"),
        *("example", "examples", "sample", "samples"),
        *("node_modules", "bower_components", "vendor", "site-packages", ".venv", "venv", ".git", ".hg", ".svn"),
    )
)
#: A file with such a word in its name is seldom a real secret.
_HARMLESS: Final = re.compile("test|example|sample|dummy|fake|snakeoil|localhost|mkcert", re.IGNORECASE)
#: Maximum size of a file to read, in bytes, and maximum number of files to read.
_LARGEST: Final = 256 << 10
_READ: Final = 200

#: A variable contains a secret if its name ends in one of the first, or has one of the second in it; or, with a
#: longer value, if it ends in one of the last.
_PASSWORDS: Final = ("PASS", "PWD", "PASSWD", "PASSPHRASE")
_WORDS: Final = ("SECRET", "PASSWORD")
_KEYS: Final = ("TOKEN", "KEY", "CREDENTIALS")
#: The starts of placeholders for values, and values that are no secrets.
_PLACEHOLDER: Final = re.compile(
    r"[$<{%]|your|change|replace|example|dummy|placeholder|todo|fixme|insert|x{3}|\*{3}|\.{3}"
    r"|(?:none|null|true|false|secret|password|postgres|mysql|redis|root|admin|guest|user|test|local|dev)$",
    re.IGNORECASE,
)
_IN_URL: Final = re.compile(r"://[^/\s:@]{0,200}:(?![$<{%])[^/\s@]{1,200}@(?!127\.)[\w-]{1,63}\.")


@dataclass(frozen=True, slots=True)
class SecretFile:
    """One file: its path, its logical bytes, and the secret that it contains.

    `doubt` lowers the severity by so many degrees: 1 if the file may be something else, judging by its name
    or because it was not read, 2 if nothing in it looks like a secret.
    """

    path: str
    size: int
    secret: Secret
    doubt: int = 0

    @property
    def confidence(self) -> Confidence:
        """How certain it is that this is a secret."""
        return (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)[self.doubt]


def secret_files(build: BuildContext) -> list[SecretFile]:
    """The secrets in what BuildKit's ignore file keeps; templates, public keys and test data are no secrets."""
    named = _index().find(build.tree.names)
    if not named:
        return []
    candidates: dict[str, tuple[int, list[Secret]]] = {}
    for path, size, secret in _candidates(build.tree.directories(), named):
        candidates.setdefault(path, (size, []))[1].append(secret)
    files = []
    read = 0
    for path, (size, kinds) in candidates.items():
        data = None
        if read < _READ and size <= _LARGEST:
            data = build.read(path, _LARGEST)
            read += 1
        doubts = ((secret, _doubt(path, secret, data)) for secret in kinds)
        fitting = next(((secret, doubt) for secret, doubt in doubts if doubt is not None), None)
        if fitting is not None:
            files.append(SecretFile(path, size, *fitting))
    return files


def risks(build: BuildContext) -> dict[str, str]:
    """The paths of all secret files, also doubtful ones, each with the reason."""
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
    """Whether a file is in a directory of tests, examples or published packages."""
    return not _ELSEWHERE.isdisjoint(path.lower().split("/")[:-1])


def _files(directory: Directory, place: int, secret: Secret) -> Iterator[tuple[str, int, Secret]]:
    """The entry itself if it is a file that is not empty, or such files in it; those that BuildKit keeps."""
    name = directory.names[place]
    if directory.kinds[place] == EntryKind.FILE and directory.flags[place] & View.BUILDKIT and directory.sizes[place]:
        yield directory.child_path(name), directory.sizes[place], secret
    stack = [directory.subdirectories[name]] if secret.inside and name in directory.subdirectories else []
    while stack:
        inside = stack.pop()
        for at, (inner, kind) in enumerate(zip(inside.names, inside.kinds, strict=True)):
            counts = kind == EntryKind.FILE and inside.flags[at] & View.BUILDKIT and inside.sizes[at]
            if counts and any_match(secret.inside, inner):
                yield inside.child_path(inner), inside.sizes[at], secret
        stack += inside.subdirectories.values()


def _doubt(path: str, secret: Secret, data: bytes | None) -> int | None:
    """The doubt of SecretFile; None if the file contains no secret. `data` is None for a file that was not read."""
    if not secret.fits(data) or (data is not None and not secret.shows(data)):
        return None
    if secret.assigns and data is not None:
        return 0 if gives_a_secret(data.decode("utf-8", "replace")) else 2
    unread = data is None and (secret.assigns or secret.signs)
    return 1 if unread or secret.doubtful or _HARMLESS.search(path.rpartition("/")[2]) else 0


def gives_a_secret(text: str) -> bool:
    """Whether a text assigns a value to a variable that is named like a secret, or has a URL with a password."""
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
