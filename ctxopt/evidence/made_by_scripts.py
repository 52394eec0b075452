"""Names that the scripts and programs of a repository make, fetch or clean: a fresh clone has none of them."""

import re
from collections.abc import Collection, Iterator
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
#: The value of a variable.
_VALUE: Final = lazy_re(r"=[ \t]*[\"']?([\w.@+/-]+)")
#: What a path in a script consists of.
_PATH: Final = lazy_re(r"[\w.@+/-]+")


def named_in_scripts(build: BuildContext, names: Collection[str]) -> frozenset[str]:
    """Those of some paths without wildcards that a script of the context makes, or something below them.

    A file with an extension counts in whatever directory it is named, as in `cp production/settings.json .`. What a
    program or its settings name in quotes, or Compose mounts, is made when it runs.
    """
    wanted = frozenset([name for name in names if _PATH.fullmatch(name)][:_MOST_NAMES])
    found: set[str] = set()
    for path in _scripts(build) if wanted else ():
        text = (build.read(path, _LARGEST) or b"").decode("utf-8", "replace")
        lines = "\n".join(line for line in text.split("\n") if _MAKES.search(line))
        lines += "\n" + "\n".join(_VALUE.findall(text))
        for word in _PATH.findall(lines):
            parts = word.removeprefix("./").strip("/").split("/")
            found.update(wanted.intersection("/".join(parts[:end]) for end in range(1, min(len(parts), 10) + 1)))
            if "." in parts[-1][1:] and parts[-1] in wanted:
                found.add(parts[-1])
    # A file with an extension that a program names may be one that it needs.
    wanted = frozenset(name for name in wanted - found if "." not in name.rpartition("/")[2][1:])
    for text in _programs(build) if wanted else ():
        for word in (*_QUOTED.findall(text), *_MOUNTED.findall(text)):
            parts = word.removeprefix("./").strip("/").split("/")
            found.update(wanted.intersection("/".join(parts[:end]) for end in range(1, min(len(parts), 10) + 1)))
    return frozenset(found)


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
