"""What a checkout makes of the bytes that git stores: line ends, keywords, encodings and filters.

Follows git's `convert.c`. No filter is run: a file that one converts is known by what is stored, and by the filter.
"""

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from typing import BinaryIO, Final, NamedTuple, cast

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.git.checked_out import ATTRIBUTES
from ctxopt.git.command import GitFailed, run_git
from ctxopt.git.objects import blob_id, contents, sizes

#: A text of attributes that may convert anything has one of these words in it.
_CONVERTS: Final = lazy_re(rb"eol|crlf|ident|filter|working-tree-encoding|\[attr\]")
_ASKED: Final = ("text", "crlf", "eol", "ident", "filter", "working-tree-encoding")
_SETTINGS: Final = r"^(core\.(autocrlf|eol|attributesfile|filemode|symlinks)|filter\..*\.(smudge|process))$"
#: How a setting says yes; one without a value does as well.
_YES: Final = ("true", "yes", "on", "1", "")
_KEYWORD: Final = lazy_re(rb"\$Id(?::[^$\n]*)?\$")
#: Maximum size of a file that is converted here, maximum number of such files, and maximum size of all, in bytes.
#: Others are known by what is stored and by how it is converted.
_LARGEST: Final = 1 << 20
_MOST: Final = 5_000
_MOST_BYTES: Final = 64 << 20
_NOT_SET: Final = ("unspecified", "unset")


class Conversion(NamedTuple):
    """How a checkout converts a file: whether lines end in CR and LF, keywords, the encoding, and the filter.

    `crlf` is "" for no, "text" for all lines, or "auto" for a file in which git sees text. The others are "" for none.
    """

    crlf: str
    ident: bool
    encoding: str
    filter: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration of git that decides what a checkout has; `filters` are those that convert files in it.

    `modes` and `symlinks` tell whether the file system has them, as git found when it made the work tree.
    """

    autocrlf: str
    eol: str
    attributes_file: str
    filters: frozenset[str]
    modes: bool
    symlinks: bool

    @property
    def ends_in_crlf(self) -> bool:
        """Whether the lines of a text end in CR and LF where no attribute says how."""
        if self.autocrlf in ("true", "input"):
            return self.autocrlf == "true"
        return self.eol == "crlf" or (self.eol in ("", "native") and os.linesep == "\r\n")


def read_settings(top: str) -> Settings:
    """The settings of the repository at `top`. Raises NoGit."""
    try:
        records = run_git(top, "config", "--null", "--get-regexp", _SETTINGS).decode("utf-8", "surrogateescape")
    except GitFailed as failure:
        if failure.error:
            raise
        # Git fails where nothing is set.
        records = ""
    found = dict(record.partition("\n")[::2] for record in records.split("\0") if record)
    filters = (
        name.removeprefix("filter.").rpartition(".")[0]
        for name, value in found.items()
        if value and name.startswith("filter.")
    )
    autocrlf = found.get("core.autocrlf", "false").lower()
    return Settings(
        "true" if autocrlf in _YES else autocrlf,
        found.get("core.eol", "").lower(),
        found.get("core.attributesfile", ""),
        frozenset(name for name in filters if name),
        found.get("core.filemode", str(os.name != "nt")).lower() in _YES,
        found.get("core.symlinks", "true").lower() in _YES,
    )


def conversions(
    top: str, settings: Settings, files: Mapping[str, bytes], commit: str | None = None
) -> dict[str, Conversion]:
    """The files of a state that a checkout converts; all others are there as git stores them.

    `files` are the names of objects by the paths of regular files, `commit` is the state; without one it is that of
    the work tree. Raises NoGit.
    """
    if not files or not _may_convert(top, settings, files, commit):
        return {}
    with tempfile.TemporaryDirectory() as made:
        environment: dict[str, str] = {}
        words: tuple[str, ...] = ("check-attr", "-z", "--stdin")
        if commit is not None:
            # Older versions of git know attributes of the work tree and of an index only: this one is our own.
            environment["GIT_INDEX_FILE"] = os.path.join(made, "index")
            run_git(top, "read-tree", commit, environment=environment)
            words = (*words, "--cached")
        with open(os.path.join(made, "paths"), "w+b") as given:
            given.write(b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in files))
            given.seek(0)
            out = run_git(top, *words, *_ASKED, given=cast(BinaryIO, given), environment=environment)
    values = out.decode("utf-8", "surrogateescape").split("\0")
    found: dict[str, Conversion] = {}
    width = 3 * len(_ASKED)
    for start in range(0, len(values) - width + 1, width):
        one = _conversion(dict(zip(_ASKED, values[start + 2 : start + width : 3], strict=True)), settings)
        if any(one):
            found[values[start]] = one
    return found


def _may_convert(top: str, settings: Settings, files: Mapping[str, bytes], commit: str | None) -> bool:
    """Whether attributes or settings could convert any file."""
    if settings.ends_in_crlf:
        return True
    texts = list(_outside(top, settings))
    own = [path for path in files if path == ATTRIBUTES or path.endswith(f"/{ATTRIBUTES}")]
    if commit is None:
        texts += [_text(os.path.join(top, path)) for path in own]
    elif own:
        known = sizes(top, {files[path].hex() for path in own})
        if sum(known.values()) > _MOST_BYTES:
            return True
        texts += [data for _, data in contents(top, sorted(known))]
    return any(map(_CONVERTS.search, texts))


def _outside(top: str, settings: Settings) -> Iterable[bytes]:
    """The texts of attributes that are not in the work tree."""
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    common = run_git(top, "rev-parse", "--git-common-dir").decode("utf-8", "surrogateescape").rstrip("\n")
    named = os.path.expanduser(settings.attributes_file)
    places = (os.path.join(common, "info", "attributes"), named or os.path.join(home, "git", "attributes"))
    return [_text(os.path.join(top, place)) for place in (*places, "/etc/gitattributes")]


def _text(path: str) -> bytes:
    if not os.path.isfile(path):
        return b""
    try:
        with open(path, "rb") as file:
            return file.read(_LARGEST)
    except OSError:
        return b""


def _conversion(values: Mapping[str, str], settings: Settings) -> Conversion:
    """What the attributes of a file mean."""
    encoding = values["working-tree-encoding"]
    driver = values["filter"]
    return Conversion(
        _line_ends(values, settings),
        values["ident"] == "set",
        "" if encoding in (*_NOT_SET, "set") else encoding,
        driver if driver in settings.filters else "",
    )


def _line_ends(values: Mapping[str, str], settings: Settings) -> str:
    text, eol = values["text"], values["eol"]
    if text == "unspecified":
        # The attribute of old versions.
        text = values["crlf"]
    if text == "unset":
        return ""
    if text == "input":
        return ""
    auto = text == "auto"
    if text == "unspecified":
        auto = eol not in ("lf", "crlf")
        if auto and settings.autocrlf not in ("true", "input"):
            return ""
    crlf = eol == "crlf" or (eol != "lf" and settings.ends_in_crlf)
    return ("auto" if auto else "text") if crlf else ""


def checked_out_ids(
    top: str, files: Mapping[str, bytes], converted: Mapping[str, Conversion], width: int
) -> dict[str, bytes]:
    """The contents of the converted files as a checkout has them, by their paths.

    A content is the name that git would give it; where that is not known, it is one of another length, made of what is
    stored and of how it is converted. `files` are the names of the stored objects. Raises NoGit.
    """
    known = sizes(top, {files[path].hex() for path in converted}) if len(converted) <= _MOST else {}
    if sum(known.values()) > _MOST_BYTES:
        known = {}
    plain = [
        path
        for path, how in converted.items()
        if not (how.encoding or how.filter) and known.get(files[path].hex(), _LARGEST + 1) <= _LARGEST
    ]
    stored = dict(contents(top, sorted({files[path].hex() for path in plain})))
    found = {path: _opaque(files[path], how) for path, how in converted.items()}
    for path in plain:
        found[path] = blob_id(_converted(stored[files[path].hex()], files[path], converted[path]), width)
    return found


def _opaque(stored: bytes, how: Conversion) -> bytes:
    # Never as long as the name of an object.
    return stored + b"\0" + repr(tuple(how)).encode("utf-8", "backslashreplace")


def _converted(data: bytes, name: bytes, how: Conversion) -> bytes:
    if how.ident:
        data = _KEYWORD.sub(b"$Id: " + name.hex().encode() + b" $", data)
    if how.crlf == "text" or (how.crlf == "auto" and _is_plain_text(data)):
        data = re.sub(rb"(?<!\r)\n", b"\r\n", data)
    return data


def _is_plain_text(data: bytes) -> bool:
    """Whether git sees a text in a file, and no CR among its line ends."""
    if b"\0" in data or b"\r" in data:
        return False
    # As many control characters as one in 128 others are taken for a text; a final Ctrl-Z counts as none.
    body = data.removesuffix(b"\x1a")
    odd = sum(body.count(bytes([code])) for code in (*range(8), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F))
    return (len(body) - odd - body.count(b"\n")) >> 7 >= odd
