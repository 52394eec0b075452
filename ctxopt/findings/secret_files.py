"""Files of a context that contain secrets, judged by their names and, where that helps, by their contents."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from ctxopt.catalogue.names import NameIndex, any_match, ends_with
from ctxopt.catalogue.secrets import Secret, doubt, is_elsewhere, secrets
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, View
from ctxopt.findings.model import Confidence

#: A name from the catalogue, and the secret that it stands for.
_Named = tuple[str, Secret]

#: Maximum size of a file to read, in bytes, and maximum number of files to read.
_LARGEST: Final = 256 << 10
_READ: Final = 200


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
        doubts = ((secret, doubt(path, secret, data)) for secret in kinds)
        fitting = next(((secret, degree) for secret, degree in doubts if degree is not None), None)
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
