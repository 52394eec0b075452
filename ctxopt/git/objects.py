"""The objects of a repository, by their names."""

import hashlib
import tempfile
from collections.abc import Collection, Iterator, Sequence
from typing import BinaryIO, Final, cast

from ctxopt.git.command import NoGit, run_git

#: The bytes of a name in repositories of either format.
SHA1: Final = 20
SHA256: Final = 32


def contents(root: str, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The bytes of objects. Raises NoGit, also where one is missing."""
    out = _asked(root, "--batch", names)
    # The format for each is "object type size", a newline, the bytes, and a newline.
    at = 0
    while at < len(out):
        start = out.index(b"\n", at) + 1
        name, *_, size = out[at : start - 1].split()
        if not size.isdigit():
            raise NoGit(f"object {name.decode()} is missing")
        at = start + int(size) + 1
        yield name.decode(), out[start : at - 1]


def sizes(root: str, names: Collection[str]) -> dict[str, int]:
    """The sizes of objects; one that is missing has none. Raises NoGit."""
    rows = (line.split() for line in _asked(root, "--batch-check", sorted(names)).decode("ascii").splitlines())
    return {name: int(size) for name, *_, size in rows if size.isdigit()}


def replaced_objects(root: str) -> frozenset[str]:
    """The names of objects in whose place this clone has others (`git replace`). Raises NoGit."""
    start = "refs/replace/"
    names = run_git(root, "for-each-ref", "--format=%(refname)", start).decode("utf-8", "replace").split()
    return frozenset(name.removeprefix(start) for name in names)


def blob_id(data: bytes, width: int) -> bytes:
    """The name that git gives a blob, in a repository whose names have so many bytes: 20 for SHA-1, 32 for SHA-256."""
    return hash_of_blob(len(data), width, data).digest()


def hash_of_blob(size: int, width: int, data: bytes = b"") -> "hashlib._Hash":
    """The hash that becomes the name of a blob of a size in bytes, with the first of its bytes."""
    made = hashlib.sha256() if width == SHA256 else hashlib.sha1(usedforsecurity=False)
    made.update(b"blob %d\0" % size + data)
    return made


def _asked(root: str, option: str, names: Collection[str]) -> bytes:
    if not names:
        return b""
    with tempfile.TemporaryFile() as asked:
        asked.write("".join(f"{name}\n" for name in names).encode())
        asked.seek(0)
        return run_git(root, "cat-file", option, given=cast(BinaryIO, asked))
