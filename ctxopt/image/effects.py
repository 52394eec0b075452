"""What commands do to the files of an image: the paths that they remove, move or rewrite.

Words with an expansion in them are ignored.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import dropwhile, takewhile
from typing import Final

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.image.commands import Run
from ctxopt.image.places import resolved

_VARIABLE: Final = lazy_re(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")
#: Maximum number of instructions that may set a variable to look at.
_MOST_GIVEN: Final = 100
#: Characters that trigger shell expansion; only some shells expand braces.
_EXPANDED: Final = frozenset("$`~{\\")


@dataclass(frozen=True, slots=True)
class Target:
    """Paths in the image that a command touches.

    `path` is absolute, or begins with the name of an unknown directory (`places.directories`); its parts may
    have shell wildcards. `whole` includes everything in a directory. With `names`, the target is each entry
    with one of these names at any depth below `path`: only directories, no directories, or both, if
    `directories` is True, False or None.
    """

    path: str
    whole: bool
    names: tuple[str, ...] = ()
    directories: bool | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.rstrip("/").split("/"))


def removed(run: Run) -> Iterator[Target]:
    """What an `rm` or `unlink` removes."""
    if run.name not in ("rm", "unlink"):
        return
    flags, words = _split(run.words[1:])
    whole = _has(flags, "rR", "--recursive")
    for word in words:
        path = path_of(run, word)
        if path is not None:
            yield Target(path, whole)


def is_whole(run: Run) -> bool:
    """Whether an `rm` removes directories with everything in them."""
    flags, _ = _split(run.words[1:])
    return run.name == "rm" and _has(flags, "rR", "--recursive")


def is_forced(run: Run) -> bool:
    """Whether an `rm` succeeds if the paths do not exist."""
    flags, _ = _split(run.words[1:])
    return run.name == "rm" and _has(flags, "f", "--force")


def moved(run: Run) -> tuple[tuple[Target, ...], str | None]:
    """What an `mv` moves, and the destination as it is written."""
    if run.name != "mv":
        return (), None
    flags, words = _split(run.words[1:])
    into = next((flag.partition("=")[2] for flag in flags if flag.startswith("--target-directory=")), None)
    if "-t" in flags and words:
        into, words = words[0], words[1:]
    if into is None:
        if len(words) < 2:
            return (), None
        *words, into = words
    found = (path_of(run, word) for word in words)
    return tuple(Target(path, True) for path in found if path is not None), into


def rewritten(run: Run) -> Iterator[Target]:
    """The files that a command writes anew in their place, or that a `find` gives to such a command."""
    if run.name == "find" and "-exec" in run.words:
        at = run.words.index("-exec")
        given = _after_roots(run.words[1:at])
        # Only files can be written anew.
        tests = _tests((*(() if given == ("-type", "f") else given), "-delete"))
        if tests is not None and _edits(run.words[at + 1 :]):
            names, directories, _ = tests
            for root in _roots(run.words[1:at]):
                path = path_of(run, root)
                if path is not None:
                    yield Target(path, not names, names, directories)
        return
    flags, words = _split(run.words[1:])
    if run.name == "cp":
        words = words[-1:]
    elif run.name == "sed" and not any(flag in ("-e", "-f", "--expression") for flag in flags):
        words = words[1:]
    if run.name in ("cp", "tee", "unix2dos") or _edits(run.words):
        yield from (Target(path, False) for word in words if (path := path_of(run, word)) is not None)
    yield from (Target(path, False) for word in run.writes if (path := path_of(run, word)) is not None)


def _edits(words: Sequence[str]) -> bool:
    """Whether a command writes the files that it names anew."""
    flags, _ = _split(words[1:])
    name = words[0] if words else ""
    return name == "dos2unix" or (name in ("sed", "perl") and (_has(flags, "i", "--in-place")))


def _roots(words: Sequence[str]) -> list[str]:
    """The directories that a `find` searches."""
    return list(takewhile(lambda word: not word.startswith(("-", "(", "!", "\\(")), words)) or ["."]


def _after_roots(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(dropwhile(lambda word: not word.startswith(("-", "(", "!", "\\(")), words))


def changed(run: Run) -> tuple[tuple[Target, ...], str | None]:
    """What a `chown`, `chgrp` or `chmod` changes, and the owner or mode as it is written."""
    if run.name not in ("chown", "chgrp", "chmod"):
        return (), None
    words = run.words[1:]
    if run.name == "chmod":
        # A mode such as -w looks like a flag.
        flags = [word for word in words if word.startswith("--") or (word[:1] == "-" and not word[1:].strip("Rvfc"))]
        rest = [word for word in words if word not in flags]
    else:
        flags, rest = _split(_without_from(words))
    if any(flag.startswith("--reference") for flag in flags) or len(rest) < 2:
        return (), None
    whole = _has(flags, "R", "--recursive")
    found = (path_of(run, word) for word in rest[1:])
    return tuple(Target(path, whole) for path in found if path is not None), rest[0]


def changed_from(run: Run) -> str:
    """The owner that files must have for a `chown` to change them, as written; "" for any."""
    if run.name != "chown":
        return ""
    for word, following in zip(run.words[1:], (*run.words[2:], ""), strict=True):
        if word == "--from":
            return following
        if word.startswith("--from="):
            return word.partition("=")[2]
    return ""


def _without_from(words: Sequence[str]) -> list[str]:
    """The words of a `chown` without the option for the owner that files must have."""
    kept = []
    before = ""
    for word in words:
        if word != "--from" and not word.startswith("--from=") and before != "--from":
            kept.append(word)
        before = word
    return kept


def found_and_removed(run: Run) -> Iterator[Target]:
    """What a `find` removes, if it only tests names and types."""
    if run.name != "find":
        return
    tests = _tests(_after_roots(run.words[1:]))
    if tests is None:
        return
    names, directories, whole = tests
    for root in _roots(run.words[1:]):
        path = path_of(run, root)
        if path is not None:
            yield Target(path, whole, names, directories)


def _tests(words: Sequence[str]) -> tuple[tuple[str, ...], bool | None, bool] | None:
    """The names of a `find`, its type as in Target, and whether it removes directories with their contents.

    None for other tests or actions.
    """
    names: tuple[str, ...] = ()
    directories: bool | None = None
    at = 0
    while at < len(words):
        word = words[at]
        if word == "-type" and words[at + 1 : at + 2] in (("f",), ("d",)):
            directories = words[at + 1] == "d"
            at += 2
        elif word == "-name" and at + 1 < len(words) and not names:
            names = (words[at + 1].replace("[!", "[^"),)
            at += 2
        elif word in ("(", "\\(") and not names:
            group = _group(words[at + 1 :])
            if not group:
                return None
            names = tuple(name.replace("[!", "[^") for name in group)
            at += 1 + 3 * len(group)
        elif word in ("-print", "-prune", "-depth"):
            at += 1
        else:
            break
    action = tuple(words[at:])
    if not names:
        # Without a test, everything below goes.
        return ((), None, True) if action == ("-delete",) and at == words.count("-depth") else None
    if action == ("-delete",):
        return names, directories, False
    if action[:2] == ("-exec", "rm") and action[-1:] in (("+",), (";",), ("\\;",)) and "{}" in action:
        flags, rest = _split(action[2:-1])
        return (names, directories, _has(flags, "rR", "--recursive")) if rest == ["{}"] else None
    return None


def _group(words: Sequence[str]) -> list[str]:
    """The names in `-name a -o -name b )`; empty for anything else."""
    names: list[str] = []
    at = 0
    while words[at : at + 1] == ("-name",) and at + 2 < len(words):
        names.append(words[at + 1])
        following = words[at + 2]
        if following in (")", "\\)"):
            return names
        if following not in ("-o", "-or"):
            return []
        at += 3
    return []


def path_of(run: Run, word: str) -> str | None:
    """A word of a command as a path in the image; None if it is unknown.

    A variable counts as what the instructions before set it to, if that is plain text.
    """
    if "$" in word:
        word = _VARIABLE.sub(lambda found: _value(run, found[1] or found[2]) or found[0], word)
    if not word or not _EXPANDED.isdisjoint(word):
        return None
    return resolved(run.directory, word.replace("[!", "[^"))


def _value(run: Run, name: str) -> str | None:
    """The value that the last ENV or ARG before a command gives a variable; None if it is unknown or not plain."""
    for text in reversed(run.given[-_MOST_GIVEN:]):
        for pattern in (rf"(?:^|\s){name}=(\"[^\"]*\"|'[^']*'|\S*)", rf"^{name}\s+(\S+)$"):
            found = re.search(pattern, text)
            if found is not None:
                value = found[1].strip("\"'")
                return value if re.fullmatch(r"[\w./-]+", value) else None
    return None


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Flags and other words; after `--` there are no flags."""
    flags: list[str] = []
    rest: list[str] = []
    for number, word in enumerate(words):
        if word == "--":
            rest += words[number + 1 :]
            break
        (flags if word.startswith("-") and word != "-" else rest).append(word)
    return flags, rest


def _has(flags: Sequence[str], letters: str, name: str) -> bool:
    short = "".join(flag[1:] for flag in flags if not flag.startswith("--"))
    return name in flags or any(letter in short for letter in letters)
