"""Whether the code of a program is known, and shows that any user can run it: it writes nothing, and needs nothing."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from ctxopt.catalogue.history import history
from ctxopt.catalogue.names import any_match
from ctxopt.catalogue.plain_programs import plain_programs
from ctxopt.core.build_context import BuildContext
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import ReadError

#: Maximum number of files to search, and maximum size of one and of all of them, in bytes: what is larger is not known.
_MOST: Final = 2_000
_LARGEST: Final = 512 << 10
_TOTAL: Final = 4 << 20
#: What is built before an image copies it.
_ARCHIVES: Final = (".jar", ".war")
#: A file of Python that is opened to be written, and a path of the system, or of data, in code.
_OPENED: Final = lazy_re(r"open\([^()\n]{0,200},\s{0,9}(?:mode\s{0,9}=\s{0,9})?[\"'][rbt]{0,2}[wax+]")
_PLACES: Final = lazy_re(
    r"[\"'`=\s](?:/(?:dev/(?!null|std(?:out|err|in)|u?random|shm|fd)|proc/|sys/|etc/(?!ssl|localtime|timezone|hosts)"
    r"|var/(?:lib|run|log|data|www|cache)|data/|mnt/|srv/|opt/|home/|config/|storage/|output/)|file:/)"
)


def is_plain_code(build: BuildContext, code: tuple[str, ...], *, exposes: bool) -> bool:
    """Whether there is code with some names in what the build reads, and none of it writes or needs more.

    `exposes` says that the image has a port: without one, what reads its own words may be a tool for mounted files.
    """
    known = plain_programs()
    words = (*known.writes, *known.needs, *(() if exposes else known.tools))
    found = False
    total = 0
    for number, path in enumerate(_files(build, code)):
        data = build.read(path, _LARGEST)
        if data is None:
            # It is too large, and so not known.
            return False
        text = data.decode("utf-8", "replace").lower()
        total += len(text)
        if number >= _MOST or total > _TOTAL or _needs_more(text, words):
            return False
        found = found or any_match(code, path.rpartition("/")[2])
    return found


def reads_files(build: BuildContext) -> bool:
    """Whether a compiled program of the build opens files when it runs, by its code; also where that is too much."""
    known = plain_programs()
    code = next(kind.code for kind in known.program if kind.built_by)
    total = 0
    for number, path in enumerate(_files(build, code)):
        if any_match(code, path.rpartition("/")[2]):
            data = build.read(path, _LARGEST)
            if data is None:
                return True
            text = data.decode("utf-8", "replace").lower()
            total += len(text)
            if number >= _MOST or total > _TOTAL or any(word in text and _begins(text, word) for word in known.opens):
                return True
    return False


def asks_git(build: BuildContext) -> bool:
    """Whether code of a program that the build reads asks git, as far as it is searched; searched once for a build."""
    return build.once(_asks_git)


def _asks_git(build: BuildContext) -> bool:
    known = plain_programs()
    code = tuple(dict.fromkeys(name for kind in known.program for name in kind.code))
    wanted = [text for need in history().program for text in need.text]
    total = 0
    files = (path for path in _files(build, code) if any_match(code, path.rpartition("/")[2]))
    for path in islice(files, _MOST):
        text = (build.read(path, _LARGEST) or b"").decode("utf-8", "replace")
        total += len(text)
        if total > _TOTAL:
            return False
        if any(word in text for word in wanted):
            return True
    return False


def uses_next(build: BuildContext) -> bool:
    """Whether the image has a program of Next.js, which writes pages and pictures to `.next` while it runs."""
    return any(b'"next":' in (build.read(path, _LARGEST) or b"") for path in _manifests(build))


def has_one_manifest(build: BuildContext) -> bool:
    """Whether the build reads at most one package.json, so that it is that of the program."""
    return sum(1 for _ in _manifests(build)) < 2


def _manifests(build: BuildContext) -> Iterator[str]:
    return (path for path in _files(build, ()) if path.rpartition("/")[2] == "package.json")


def _needs_more(text: str, words: tuple[str, ...]) -> bool:
    if any(word in text and _begins(text, word) for word in words):
        return True
    return ("open(" in text and _OPENED.search(text) is not None) or _PLACES.search(text) is not None


def _beside(build: BuildContext, code: tuple[str, ...]) -> Iterable[str]:
    """The files that the build reads; where an archive is built before, those beside it, which it is built from."""
    try:
        files = build.used_files
    except ReadError:
        # An archive that is not built yet.
        files = []
    has_code = any(any_match(code, path.rpartition("/")[2]) for path in files)
    is_built = any(source.endswith(_ARCHIVES) for read in build.plan.reads for source in read.sources)
    return build.buildkit_entries if code and is_built and not has_code else files


def _begins(text: str, word: str) -> bool:
    """Whether a text has a word that is not the end of a longer one."""
    at = text.find(word)
    while at > 0 and word[0].isalnum() and text[at - 1].isalnum():
        at = text.find(word, at + 1)
    return at >= 0


def _files(build: BuildContext, code: tuple[str, ...]) -> Iterator[str]:
    """The paths of the code and the settings that the build reads, without what only tests and examples are."""
    known = plain_programs()
    beside = frozenset(known.beside_program)
    wanted = (*code, *known.settings)
    for path in _beside(build, code):
        *above, name = path.split("/")
        if any_match(wanted, name) and not any_match(known.not_program, name) and beside.isdisjoint(above):
            yield path
