"""The small texts that Git LFS stores in place of large files."""

import re
import tempfile
from collections.abc import Sequence
from typing import BinaryIO, Final, cast

from ctxopt.git.command import run_git

_POINTER: Final = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:[^\n]*\n)*?size (?P<size>[0-9]{1,15})\n"
)
#: Sizes between which the text of a pointer is, in bytes: the specification sets the upper one.
SMALLEST: Final = 60
LARGEST: Final = 1024


def pointer_size(data: bytes) -> int | None:
    """The size in bytes of the file that a pointer stands for; None if the text is no pointer."""
    found = _POINTER.match(data)
    return None if found is None else int(found["size"])


def pointer_of(digest: str, size: int) -> bytes:
    """The text that Git LFS stores in place of a file of a size, by the SHA-256 of its bytes."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {size}\n".encode()


def with_filter(directory: str, paths: Sequence[str]) -> frozenset[str]:
    """Those of the paths, relative to a directory, that git attributes give to Git LFS. Raises NoGit."""
    if not paths:
        return frozenset()
    with tempfile.TemporaryFile() as asked:
        asked.write(b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths))
        asked.seek(0)
        out = run_git(directory, "check-attr", "-z", "--stdin", "filter", given=cast(BinaryIO, asked))
    # For each path three fields: the path, the attribute, its value.
    fields = out.decode("utf-8", "surrogateescape").split("\0")
    return frozenset(path for path, value in zip(fields[::3], fields[2::3], strict=False) if value == "lfs")
