"""Which commands of an image install the dependencies of a project, and the files that they name for that."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from ctxopt.catalogue.installs import Install, installs
from ctxopt.core.lazy_re import lazy_re
from ctxopt.image.commands import Run, informs, is_command

_WORD = lazy_re(r"[\w.-]+")

#: Commands of scripts that read no file of a project: hooks of git, checks of the package manager, and words.
_NEEDS_NOTHING: Final = lazy_re(
    r"(?:npx (?:--\S+ )*)?(?:husky|lefthook|simple-git-hooks|only-allow|is-ci|opencollective\S*|echo|exit|true|test)\b"
)
#: Those, and commands that read a directory of their own or one file.
_NEEDS_LITTLE: Final = lazy_re(
    _NEEDS_NOTHING.pattern
    + r"|(?:npx (?:--\S+ )*)?(?:patch-package|prisma generate|electron-builder install-app-deps|ngcc)\b"
)


def install_of(run: Run) -> tuple[Install, str] | None:
    """How a command installs dependencies, and the pattern that it matches; None if it does not."""
    if informs(run):
        return None
    for install in installs():
        for command in install.commands:
            if is_command(run, command):
                return install, command
    return None


def install_alone(run: Run) -> Install | None:
    """How a command installs dependencies if that is all it does; None if it does more or something else."""
    if informs(run):
        return None
    for install in installs():
        alone = install.alone or (() if install.builds else install.commands)
        if any(is_command(run, command) for command in alone):
            return install
    return None


def named_files(run: Run, install: Install) -> Iterator[str]:
    """Yield the files that options of a command name, as they are written."""
    words = iter(run.words)
    for word in words:
        flag, equals, value = word.partition("=")
        if flag in install.named_by:
            yield value if equals else next(words, "")
        elif word[:2] in install.named_by and not word.startswith("--"):
            yield word[2:]


def may_install(text: str) -> bool:
    """Whether all words of a command that installs dependencies are in a text, so that it is worth reading."""
    words = frozenset(_WORD.findall(text))
    return any(needed <= words for needed in _needed())


@cache
def _needed() -> tuple[frozenset[str], ...]:
    """For each command the words that it cannot do without."""
    commands = (command.split() for install in installs() for command in install.commands)
    return tuple(frozenset(word for word in words if _WORD.fullmatch(word) and word[0] != "-") for words in commands)


def install_scripts(install: Install, manifest: bytes | None) -> list[str]:
    """The scripts of a package.json that an installation runs by itself, and that may need files of the project."""
    return [name for name, text in _scripts(install, manifest) if not _is_known(text, _NEEDS_NOTHING)]


def builds_the_project(install: Install, manifest: bytes | None) -> bool:
    """Whether a script that an installation runs by itself may need any file of the project, as a build does."""
    return any(not _is_known(text, _NEEDS_LITTLE) for _, text in _scripts(install, manifest))


def _is_known(text: str, known: re.Pattern[str]) -> bool:
    """Whether each command of a script is a known one."""
    parts = [part for part in re.split(r"\s*(?:&&|\|\||;)\s*", text.strip()) if part]
    return all(known.match(part) for part in parts)


def _scripts(install: Install, manifest: bytes | None) -> list[tuple[str, str]]:
    """The names and texts of the scripts of a package.json that an installation runs by itself."""
    if not install.scripts or manifest is None:
        return []
    try:
        parsed = json.loads(manifest)
    except (ValueError, RecursionError):
        return []
    scripts = parsed.get("scripts") if isinstance(parsed, Mapping) else None
    names = [name for name in install.scripts if isinstance(scripts, Mapping) and name in scripts]
    return [(name, str(scripts[name])) for name in names] if isinstance(scripts, Mapping) else []


def texts_in(texts: tuple[str, ...], data: bytes | None) -> list[str]:
    """Those of the texts that are in a file."""
    text = (data or b"").decode("utf-8", "replace")
    return [given for given in texts if given in text]
