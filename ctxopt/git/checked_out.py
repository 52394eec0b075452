"""The sizes that the files of a revision have in this work tree, so that two states can be compared.

Git stores other bytes than a checkout has where it converts: line endings, encodings, filters such as Git LFS. What
the work tree has of an unchanged file is known from the index, which records its size. Nothing is converted and no
filter is run.
"""

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.git.command import ask_git
from ctxopt.git.objects import blob_id, contents, sizes
from ctxopt.git.pointers import LARGEST, SMALLEST, pointer_size

#: A record of `git ls-files -t --stage --debug -z`: a path with the state of its file when it was last looked at.
RECORD: Final = lazy_re(
    rb"(?P<tag>[A-Za-z?]) (?P<mode>[0-7]{6}) (?P<name>[0-9a-f]{40,64}) (?P<stage>[0-3])\t(?P<path>[^\0]+)\0"
    rb"  ctime: (?P<ctime>[^\n]*)\n  mtime: (?P<mtime>[^\n]*)\n  dev: [^\n]*\n  uid: [^\n]*\n"
    rb"  size: (?P<size>[0-9]+)\tflags: [^\n]*\n"
)
#: Maximum size of a file whose bytes are converted to learn its size, and maximum number of such files.
_LARGEST: Final = 1 << 20
_MOST: Final = 1000
_NANOSECONDS: Final = 10**9
_Conversion = Callable[[bytes], bytes]
ATTRIBUTES: Final = ".gitattributes"
#: The index has 32 bits for a size.
_WIDTH: Final = 1 << 32
_ENCODINGS: Final = ("utf-16", "utf-16-le", "utf-32", "utf-32-le", "latin-1", "shift_jis", "cp1252")


@dataclass(frozen=True, slots=True)
class Indexed:
    """A file in the index: its object, its size in the work tree (0 where it is not known), and whether it is absent.

    Absent are files outside of a sparse checkout. `times` are those of the file in the work tree when git last looked
    at it, as `_times` has them.
    """

    name: str
    size: int
    absent: bool
    times: tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of a revision: its path, its size as git stores it, and the name of its object."""

    path: str
    size: int
    name: str


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """The sizes of files in the work tree, by their paths, for those that differ from what git stores.

    `absent` are the files outside of a sparse checkout, `unknown` those that are converted in an unknown way. With
    `other_attributes` the revision has other git attributes, and no size is known but those that git stores. `alike`
    are files as small as a pointer of Git LFS whose content is another one now, of the same size.
    """

    sizes: dict[str, int]
    absent: frozenset[str]
    unknown: tuple[str, ...] = ()
    other_attributes: bool = False
    alike: tuple[str, ...] = ()


def checked_out(root: str, files: Sequence[Stored], *, other_attributes: bool = False) -> CheckedOut:
    """What a checkout of the files of a revision would have in this work tree. Raises NoGit.

    With `other_attributes` it is known that git attributes above the directory differ.
    """
    index = dict(_index(ask_git(root, "ls-files", "-t", "--stage", "--debug", "-z")))
    absent = frozenset(
        path for path, entry in index.items() if entry.absent and not os.path.lexists(os.path.join(root, path))
    )
    if other_attributes or _attributes_changed(files, index):
        # What a checkout of the revision would convert is decided by other attributes than those of this work tree.
        return CheckedOut({}, absent, other_attributes=True, alike=_alike(root, files, index))
    found: dict[str, int] = {}
    changed = []
    for file in files:
        entry = index.get(file.path)
        if file.path in absent:
            continue
        if entry is None or entry.name != file.name:
            changed.append((file, entry))
        elif entry.size and entry.size != file.size % _WIDTH:
            found[file.path] = entry.size
    converted, unknown = _converted(root, changed, filtered=bool(found))
    return CheckedOut(found | converted, absent, unknown, alike=_alike(root, files, index))


def _alike(root: str, files: Sequence[Stored], index: dict[str, Indexed]) -> tuple[str, ...]:
    """The small files that are other ones of the same size now, in the index or in the work tree. Raises NoGit."""
    small = [(file, index[file.path]) for file in files if SMALLEST <= file.size <= LARGEST and file.path in index]
    now = sizes(root, {entry.name for file, entry in small if entry.name != file.name})
    return tuple(
        file.path
        for file, entry in small
        if now.get(entry.name) == file.size or _is_another(os.path.join(root, file.path), file, entry)
    )


def _is_another(path: str, file: Stored, entry: Indexed) -> bool:
    """Whether the work tree has another file of the same size in place of one of a revision."""
    try:
        status = os.lstat(path)
        if status.st_size != file.size or not stat.S_ISREG(status.st_mode) or entry.times == _times(status):
            return False
        with open(path, "rb") as opened:
            return blob_id(opened.read(LARGEST), len(file.name) // 2).hex() != file.name
    except OSError:
        return False


def _times(status: os.stat_result) -> tuple[bytes, bytes]:
    """When a file and its status were changed, as git shows it: seconds and nanoseconds."""
    changed = (divmod(time, _NANOSECONDS) for time in (status.st_mtime_ns, status.st_ctime_ns))
    first, second = (b"%d:%d" % pair for pair in changed)
    return first, second


def _attributes_changed(files: Sequence[Stored], index: dict[str, Indexed]) -> bool:
    """Whether some `.gitattributes` of the revision is not the one of the index, or the other way round."""
    before = {file.path: file.name for file in files if _is_attributes(file.path)}
    return before != {path: entry.name for path, entry in index.items() if _is_attributes(path)}


def _is_attributes(path: str) -> bool:
    return path == ATTRIBUTES or path.endswith(f"/{ATTRIBUTES}")


def _index(out: bytes) -> Iterator[tuple[str, Indexed]]:
    """The entries of the index by their paths; of a path in conflict, none is known."""
    for record in RECORD.finditer(out):
        if record["stage"] == b"0":
            path = record["path"].decode("utf-8", "surrogateescape")
            times = record["mtime"], record["ctime"]
            yield path, Indexed(record["name"].decode(), int(record["size"]), record["tag"] == b"S", times)


def _converted(
    root: str, changed: Sequence[tuple[Stored, Indexed | None]], *, filtered: bool
) -> tuple[dict[str, int], tuple[str, ...]]:
    """The sizes of files that are not the same in the index, and those that cannot be told.

    Their conversion is that of the file that has their path now. One that is gone is converted if others are
    (`filtered`), and then only what Git LFS stores tells its size. Raises NoGit.
    """
    now = sizes(root, {entry.name for _, entry in changed if entry is not None and entry.size})
    odd: list[tuple[Stored, Indexed | None]] = [
        (file, entry)
        for file, entry in changed
        if entry is not None and entry.size and now.get(entry.name, entry.size) % _WIDTH != entry.size
    ]
    if odd or filtered:
        odd += [(file, entry) for file, entry in changed if entry is None and file.size <= LARGEST]
    wanted = [file.name for file, _ in odd if file.size <= _LARGEST]
    wanted += [entry.name for _, entry in odd if entry is not None and now.get(entry.name, 0) <= _LARGEST]
    data = dict(contents(root, list(dict.fromkeys(wanted))[:_MOST]))
    found, unknown = {}, []
    for file, entry in odd:
        size = _size(data.get(file.name), None if entry is None else data.get(entry.name), entry)
        if size is not None:
            found[file.path] = size
        elif entry is not None:
            unknown.append(file.path)
    return found, tuple(unknown)


def _size(before: bytes | None, after: bytes | None, entry: Indexed | None) -> int | None:
    """The size of a file's bytes in the work tree, converted as the file that has its path now; None if unknown."""
    if before is None:
        return None
    size = pointer_size(before)
    if size is not None:
        return size
    if entry is None or after is None:
        return None
    if pointer_size(after) is not None:
        # It was not stored by Git LFS before.
        return len(before)
    for convert in _CONVERSIONS:
        try:
            if len(convert(after)) == entry.size:
                return len(convert(before))
        except UnicodeError:
            continue
    return None


def _with_crlf(data: bytes) -> bytes:
    return re.sub(rb"(?<!\r)\n", b"\r\n", data)


def _with_ident(data: bytes) -> bytes:
    return re.sub(rb"\$Id(?::[^$\n]*)?\$", b"$Id: " + b"0" * 40 + b" $", data)


def _encoded(encoding: str, data: bytes) -> bytes:
    return data.decode("utf-8").encode(encoding)


def _both(first: _Conversion, second: _Conversion) -> _Conversion:
    return lambda data: second(first(data))


_ENCODERS: Final = tuple(partial(_encoded, encoding) for encoding in _ENCODINGS)
#: What a checkout may do with the text of a file: line ends, keywords, encodings, and two of them.
_CONVERSIONS: Final[tuple[_Conversion, ...]] = (
    _with_crlf,
    _with_ident,
    _both(_with_ident, _with_crlf),
    *_ENCODERS,
    *(_both(_with_crlf, encoder) for encoder in _ENCODERS),
)
