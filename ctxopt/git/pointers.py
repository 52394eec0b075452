"""The small texts that Git LFS stores in place of large files."""

from collections.abc import Sequence
from typing import BinaryIO, Final, cast

from ctxopt.core.lazy_re import lazy_re
from ctxopt.git.command import ask_git

#: The lines of a pointer begin with these words, in this order; lines of extensions may lie between them.
_KEYS: Final = ("version", "oid", "size")
_VERSIONS: Final = (
    "https://git-lfs.github.com/spec/v1",
    "https://hawser.github.com/spec/v1",
    "http://git-media.io/v/2",
)
_EXTENSION: Final = lazy_re(r"ext-[0-9]-\w")
_SIZE: Final = lazy_re(r"\+?[0-9]{1,30}")
#: Sizes between which the text of a pointer is, in bytes: the specification sets the upper one.
SMALLEST: Final = 60
LARGEST: Final = 1024


def pointer_size(data: bytes) -> int | None:
    """The size in bytes of the file that a pointer stands for; None if the text is no pointer.

    As Git LFS reads it, which takes more than it writes: older versions, other line ends, space around it.
    """
    if b"oid sha256:" not in data:
        return None
    values: list[str] = []
    for line in data.decode("utf-8", "replace").strip().split("\n"):
        text = line.removesuffix("\r")
        if not text or _EXTENSION.match(text):
            continue
        key, _, value = text.partition(" ")
        if len(values) == len(_KEYS) or key != _KEYS[len(values)]:
            return None
        values.append(value)
    if len(values) < len(_KEYS) or values[0] not in _VERSIONS or not _SIZE.fullmatch(values[2]):
        return None
    return int(values[2])


def pointer_of(digest: str, size: int) -> bytes:
    """The text that Git LFS stores in place of a file of a size, by the SHA-256 of its bytes."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {size}\n".encode()


def with_filter(directory: str, paths: Sequence[str]) -> frozenset[str]:
    """Those of the paths, relative to a directory, that git attributes give to Git LFS. Raises NoGit."""
    if not paths:
        return frozenset()
    import tempfile

    with tempfile.TemporaryFile() as asked:
        asked.write(b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths))
        asked.seek(0)
        out = ask_git(directory, "check-attr", "-z", "--stdin", "filter", given=cast(BinaryIO, asked))
    # For each path three fields: the path, the attribute, its value.
    fields = out.decode("utf-8", "surrogateescape").split("\0")
    return frozenset(path for path, value in zip(fields[::3], fields[2::3], strict=False) if value == "lfs")
