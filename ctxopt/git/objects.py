"""The objects of a repository, by their names."""

import tempfile
from collections.abc import Collection, Iterator, Sequence
from typing import BinaryIO, cast

from ctxopt.git.command import NoGit, run_git


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


def _asked(root: str, option: str, names: Collection[str]) -> bytes:
    if not names:
        return b""
    with tempfile.TemporaryFile() as asked:
        asked.write("".join(f"{name}\n" for name in names).encode())
        asked.seek(0)
        return run_git(root, "cat-file", option, given=cast(BinaryIO, asked))
