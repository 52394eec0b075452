"""Names that the scripts and programs of a repository make, fetch or clean: a fresh clone has none of them."""

import re
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Final

from ctxopt.catalogue.absent_names import absent_names
from ctxopt.catalogue.names import any_match
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind, View
from ctxopt.core.lazy_re import lazy_re

#: Maximum size of a script, in bytes, and maximum number of scripts and of names to search for.
_LARGEST: Final = 64 << 10
_MOST_SCRIPTS: Final = 200
_MOST_NAMES: Final = 200
#: Maximum number of programs and settings to search, and of their characters in all.
_MOST_PROGRAMS: Final = 400
_MOST_TEXT: Final = 8 << 20
#: A path in quotes, as programs and settings name a directory that they write; and one that Compose mounts.
_QUOTED: Final = lazy_re(r"[\"'`]([\w.@+/-]{2,200})[\"'`]")
_MOUNTED: Final = lazy_re(r"(?:^|[\s\"'=])\./([\w.@+/-]{2,200}):", re.MULTILINE)
#: What says that a line makes, fetches or cleans something: a command, a redirection, a variable, a target of make.
_MAKES: Final = lazy_re(
    r"\b(?:mkdir|cp|mv|install|clone|submodule|curl|wget|tar|unzip|touch|tee|ln|rsync|rm|generate|download)\b"
    r"|>|\s-o\s|--out|^[\w./-]+:"
)
#: What a manual has people make, or give to a container.
_BY_HAND: Final = lazy_re(r"\bmkdir\b|\bdocker\b.{0,300}\s-v\s|--volume\b|--mount\b|^[ \t]*(?:-[ \t]*)?\./[\w./-]+:/")
#: What a program does with a file that it makes.
_WRITES: Final = lazy_re(r"save|write|dump|persist|touch|O_CREAT", re.IGNORECASE)
_LONGEST_LINE: Final = 200
#: The value of a variable.
_VALUE: Final = lazy_re(r"=[ \t]*[\"']?([\w.@+/-]+)")
#: What a path in a script consists of.
_PATH: Final = lazy_re(r"[\w.@+/-]+")


def named_in_scripts(build: BuildContext, names: Collection[str]) -> frozenset[str]:
    """Those of some paths without wildcards that a script of the context makes, or something below them.

    A file with an extension counts in whatever directory it is named, as in `cp production/settings.json .`. What a
    program or its settings name in quotes, or Compose mounts, is made when it runs; a file with an extension only where
    it is written, since it may be one that the program needs. What a manual has people make is not here either.
    """
    wanted = frozenset([name for name in names if _PATH.fullmatch(name)][:_MOST_NAMES])
    found: set[str] = set()
    for directory, lines in _made_in(build) if wanted else ():
        for word in _PATH.findall(lines):
            found.update(_named(word, wanted))
            found.update(_named(f"{directory}/{word.removeprefix('./')}", wanted) if directory else ())
            name = word.rpartition("/")[2]
            if "." in name[1:] and name in wanted:
                found.add(name)
    files = {name.rpartition("/")[2]: name for name in wanted - found if "." in name.rpartition("/")[2][1:]}
    wanted = wanted - found - set(files.values())
    for text in _programs(build) if wanted or files else ():
        for word in {*_QUOTED.findall(text), *_MOUNTED.findall(text)}:
            found.update(_named(word, wanted))
            if word.rpartition("/")[2] in files and _is_written(text, word):
                found.add(files[word.rpartition("/")[2]])
    return frozenset(found)


def _named(word: str, wanted: Collection[str]) -> Iterator[str]:
    """Those of some paths that a word names, or something below them."""
    parts = word.removeprefix("./").strip("/").split("/")
    above = ("/".join(parts[:end]) for end in range(1, min(len(parts), 10) + 1))
    return (path for path in above if path in wanted)


def _is_written(text: str, word: str) -> bool:
    """Whether the line of a program in which a word is first in quotes writes something."""
    at = text.find(word)
    start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    end = min(end if end >= 0 else len(text), at + _LONGEST_LINE)
    return _WRITES.search(text, max(start, at - _LONGEST_LINE), end) is not None


def _made_in(build: BuildContext) -> Iterator[tuple[str, str]]:
    """What scripts and manuals have in the lines that make something, each with the directory of the script."""
    for path in _scripts(build):
        text = (build.read(path, _LARGEST) or b"").decode("utf-8", "replace")
        lines = "\n".join((*(line for line in text.split("\n") if _MAKES.search(line)), *_VALUE.findall(text)))
        yield path.rpartition("/")[0], lines
    for path in _manuals(build):
        text = (build.read(path, _LARGEST) or b"").decode("utf-8", "replace")
        yield "", "\n".join(line for line in text.split("\n") if _BY_HAND.search(line))


def _manuals(build: BuildContext) -> Iterator[str]:
    """The paths of the first manuals of the context."""
    names = [name for name in build.tree.names if name.lower().endswith(".md")]
    for directory, index in islice(build.tree.named(names), _MOST_SCRIPTS):
        if directory.kinds[index] == EntryKind.FILE and directory.sizes[index] <= _LARGEST:
            yield directory.child_path(directory.names[index])


def clones(build: BuildContext) -> bool:
    """Whether a script of the context clones another repository, of whose files nothing is known here."""
    return any(b"git clone" in (build.read(path, _LARGEST) or b"") for path in _scripts(build))


def _programs(build: BuildContext) -> Iterator[str]:
    """The texts of the first programs and settings of the context."""
    ends = absent_names().programs
    names = [name for name in build.tree.names if name.endswith(ends)]
    count = total = 0
    for directory, index in build.tree.named(names):
        size = directory.sizes[index]
        if directory.kinds[index] != EntryKind.FILE or size > _LARGEST or not directory.flags[index] & View.BUILDKIT:
            continue
        count, total = count + 1, total + size
        if count > _MOST_PROGRAMS or total > _MOST_TEXT:
            return
        yield (build.read(directory.child_path(directory.names[index]), _LARGEST) or b"").decode("utf-8", "replace")


def _scripts(build: BuildContext) -> Iterator[str]:
    """The paths of the first scripts of the context."""
    known = absent_names()
    names = [name for name in build.tree.names if any_match(known.scripts, name) or "." not in name]
    count = 0
    for directory, index in build.tree.named(names):
        name = directory.names[index]
        if directory.kinds[index] != EntryKind.FILE or directory.sizes[index] > _LARGEST:
            continue
        is_script = directory.path.rpartition("/")[2] in known.directories or any_match(known.scripts, name)
        if is_script and count < _MOST_SCRIPTS:
            count += 1
            yield directory.child_path(name)
