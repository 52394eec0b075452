"""Which texts say what a program or a build reads, by the names of files."""

from collections.abc import Collection, Mapping
from enum import Enum
from functools import cache
from typing import Final, NamedTuple

from ctxopt.catalogue.names import NameIndex, any_match
from ctxopt.catalogue.tables import read_table

Names = tuple[str, ...]


class TextKind(Enum):
    """How a text names what it needs."""

    #: Source code, where paths are in quotes.
    CODE = "code"
    #: The description of a build, where each word may be a path.
    BUILD = "build"
    #: A script for a shell, or a list of files: what it names is needed only if something names it.
    SCRIPT = "script"
    LIST = "list"
    #: Prose, which only names by directives what it includes.
    PROSE = "prose"
    #: Any other text, such as a configuration.
    PLAIN = "plain"
    #: None: what it names is not needed because of that, or it is no text.
    UNREAD = "unread"


class Texts(NamedTuple):
    """The file of texts.

    `code`, `build`, `scripts`, `lists`, `prose`, `unread` and `binary` are names of files; the last two count first.
    `directives` are starts of comments that are part of the program. A word in quotes is the name of a directory where
    a name with one of `paths_follow` as a part stands before it. A list whose name is made of parts of `excluded` and
    `excluded_from` names what is excluded. Behind a name whose last part is one of `labels_follow` stands no path, nor
    in a constant with a name of `no_paths`; behind one of `schemes` stands a path in the project. What programs make is
    not needed behind a name with one of `written_follow`, or if its own name is one of `written`. Files with names of
    `together` see those beside them. `passed` are names of files that a container gets when it starts, `tests` of
    source code that only tests compile.
    """

    code: Names
    build: Names
    scripts: Names
    lists: Names
    unread: Names
    prose: Names
    binary: Names
    directives: tuple[str, ...]
    paths_follow: tuple[str, ...]
    excluded: tuple[str, ...]
    excluded_from: tuple[str, ...]
    labels_follow: tuple[str, ...]
    no_paths: tuple[str, ...]
    schemes: tuple[str, ...]
    written_follow: tuple[str, ...]
    written: Names
    together: Names
    passed: Names
    tests: Names


@cache
def texts() -> Texts:
    """All that is known of texts."""
    return read_table(Texts, "texts.toml")


@cache
def _index() -> NameIndex[TextKind]:
    known = texts()
    kinds = (
        (TextKind.UNREAD, known.binary),
        (TextKind.BUILD, known.build),
        (TextKind.UNREAD, known.unread),
        (TextKind.SCRIPT, known.scripts),
        (TextKind.LIST, known.lists),
        (TextKind.CODE, known.code),
        (TextKind.PROSE, known.prose),
    )
    return NameIndex((name, kind) for kind, names in kinds for name in names)


#: Maximum number of names whose kinds are remembered, so that a very large context does not fill the memory.
_REMEMBERED: Final = 1 << 16
_remembered: dict[str, TextKind] = {}


def text_kinds(names: Collection[str]) -> Mapping[str, TextKind]:
    """How the texts of files are read, for at least these names."""
    new = [name for name in names if name not in _remembered]
    if new:
        if len(_remembered) > _REMEMBERED:
            _remembered.clear()
            new = list(names)
        _remembered.update(dict.fromkeys(new, TextKind.PLAIN))
        for name, kinds in _index().find(new).items():
            _remembered[name] = next(kind for kind in _ORDER if kind in kinds)
    return _remembered


def kind_of_settings(name: str) -> TextKind:
    """How the settings of a tool are read where that runs; those that are no text stay unread."""
    if any_match(texts().binary, name):
        return TextKind.UNREAD
    return TextKind.CODE if any_match(texts().code, name) else TextKind.PLAIN


#: What counts where a name is of several kinds: CMakeLists.txt is no prose, and types.d.ts no code.
_ORDER: Final = (TextKind.BUILD, TextKind.UNREAD, TextKind.SCRIPT, TextKind.LIST, TextKind.CODE, TextKind.PROSE)
