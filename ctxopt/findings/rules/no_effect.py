"""A pattern that has no effect on this context."""

import os
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Final

from ctxopt.catalogue.absent_names import absent_names, usual_names
from ctxopt.core.context.tree import View
from ctxopt.core.dockerignore.pattern import BadPattern, Pattern, PatternKind
from ctxopt.core.golang.match import has_wildcards
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.idle_patterns import Cause, IdlePattern, idle_patterns
from ctxopt.evidence.ignore_lines import IgnoreLine
from ctxopt.evidence.own_block import block_lines
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.findings.rules import root_only, trailing_comment

#: Maximum number of lines to name.
_SHOWN: Final = 10
#: Maximum size of a .gitignore to read, in bytes.
_LARGEST: Final = 64 << 10
#: Maximum number of .gitignore files to read.
_MOST_FILES: Final = 100
#: The name of a project in the files that describe it: the last part of a module of Go, and a name of other languages.
_PROJECT: Final = lazy_re(
    r"^(?:module\s{1,9}(?:[\w.~-]{1,80}/){0,9}|\{?\s{0,9}\"?name\"?\s{0,9}[:=]\s{0,9}\"(?:@[\w-]{1,80}/)?)([\w.-]{1,80})",
    re.MULTILINE,
)
#: A word in a name.
_WORD: Final = lazy_re(r"[a-z]+")
#: Maximum number of directories above a name in a .gitignore to look at.
_DEEPEST: Final = 32
#: What the names begin with of files that people exclude on all levels, whatever variants a project has.
_DECLARING: Final = ("Dockerfile", "docker-compose", "compose.", "Containerfile")
#: A choice of letters at the end of a pattern.
#: The title of a part of an ignore file that a service writes for a system, an editor or a language.
_TEMPLATE: Final = lazy_re(r"#{2,}[ \t]+[^#]{1,100}[ \t]+#{2,}")
#: A comment that names the file which a list is taken from.
_TAKEN: Final = lazy_re(r"#.{0,200}\.gitignore\b")
_LETTERS: Final = lazy_re(r"\[([a-z]{1,8})\]$")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find patterns that decide about no entry, each with the reason; several are one finding with their number.

    Those that match entries below the root only, and comments, are found by the rules for that. The block that
    `generate` keeps up to date has patterns for files yet to come: there only an exception that does not work is a
    finding. Names of secrets, dependencies, build output and caches are absent in a fresh clone, and say nothing; so is
    what a .gitignore has as well, and what a script makes or fetches.
    """
    idle_lines = list(idle_patterns(context.build))
    if not idle_lines:
        return
    file = context.build.ignore_file(View.BUILDKIT)
    kept_up_to_date = block_lines(file.data) if file is not None else range(0)
    below = context.once(root_only.lines) if context.settings.runs(root_only.RULE.id) else frozenset()
    comments = context.once(trailing_comment.lines) if context.settings.runs(trailing_comment.RULE.id) else frozenset()
    ignored = ignored_by_git(context)
    headed = _headed(file.data) if file is not None else frozenset()
    programs = frozenset(_programs(context)) if any(one.cause is Cause.UNMATCHED for one in idle_lines) else frozenset()
    unusual: list[tuple[IdlePattern, str]] = []
    for idle in map(_narrower, idle_lines):
        number = idle.line.line.number
        if number in comments:
            continue
        if idle.cause is Cause.OVERRULED:
            yield _finding(idle.line, idle.reason, _fix(idle))
            continue
        if number in kept_up_to_date or (number in below and idle.cause is Cause.UNMATCHED):
            continue
        bare = _bare(idle.line.pattern.cleaned)
        if (
            not _is_usual(idle.line.pattern, bare)
            and not ignored.has(bare)
            and (idle.cause is not Cause.UNMATCHED or (number not in headed and _is_tracked(bare, programs)))
        ):
            unusual.append((idle, bare))
    silent = _without_made(context, list(_without_junk(unusual)))
    if silent and _is_of_another_context(context):
        return
    if len(silent) == 1:
        yield _finding(silent[0].line, silent[0].reason, _fix(silent[0]))
    elif silent:
        yield _several(silent)


RULE = Rule(
    id="CTX004",
    name="ignore-no-effect",
    title="Pattern without effect",
    help=(
        "The pattern matches no files here, or another line decides about them. Move an exception "
        "below the line that excludes its path. Remove a pattern only if no other checkout or machine "
        "needs it."
    ),
    check=check,
)


def _finding(line: IgnoreLine, message: str, fix: str) -> Finding:
    return Finding(RULE.id, Severity.INFO, line.file, line.line.number, message, fix)


def _several(idle: Sequence[IdlePattern]) -> Finding:
    """One finding about all patterns that do nothing here."""
    first = min(idle, key=lambda one: one.line.line.number)
    numbers = sorted({one.line.line.number for one in idle})
    shown = ", ".join(map(str, numbers[:_SHOWN]))
    more = f" and {len(numbers) - _SHOWN:,} more" if len(numbers) > _SHOWN else ""
    return replace(
        _finding(
            first.line,
            f"{len(numbers):,} patterns have no effect in this checkout: lines {shown}{more}",
            "check their spelling; keep those that other checkouts or machines need",
        ),
        evidence=tuple(f"line {one.line.line.number}: {one.reason}" for one in idle[:_SHOWN]),
    )


def _narrower(idle: IdlePattern) -> IdlePattern:
    """The same about the narrower one of two patterns that exclude the same; that is the one which can go."""
    other = idle.covered
    if idle.cause is not Cause.REDUNDANT or other is None or other.pattern.exception or idle.line.pattern.exception:
        return idle
    wide, narrow = idle.line.pattern, other.pattern
    if wide.cleaned == narrow.cleaned or not (
        wide.cleaned == f"**/{narrow.cleaned}" or (not has_wildcards(narrow.cleaned) and _matches(wide, narrow.cleaned))
    ):
        return idle
    line = f"{idle.line.shown} in line {idle.line.line.number}"
    reason = f"{other.shown} has no effect: {line} excludes the same and more"
    return replace(idle, line=other, reason=reason, covered=None)


def _matches(pattern: Pattern, path: str) -> bool:
    try:
        return pattern.matches(path)
    except BadPattern:
        return False


def _without_junk(unusual: Iterable[tuple[IdlePattern, str]]) -> Iterator[IdlePattern]:
    """Those patterns, each with its bare text, that name no junk, neither themselves nor in the directories above."""
    # Imported here because it loads what is known of all ecosystems.
    from ctxopt.evidence.junk_names import junk_among

    named = [(idle, _names(bare)) for idle, bare in unusual]
    # All names are compared at once: there may be very many.
    junk = junk_among({name for _, names in named for name in names})
    return (idle for idle, names in named if junk.isdisjoint(names))


def _names(bare: str) -> list[str]:
    """What a pattern names and the directories above, with the wildcards that people add to a name and without."""
    return [written for name in bare.split("/") for written in _written(name)]


def _written(name: str) -> Sequence[str]:
    if "*" not in name and "[" not in name:
        return (name,)
    # One letter of several, as in *.py[cod].
    letters = [f"{name[: found.start()]}{letter}" for found in _LETTERS.finditer(name) for letter in found[1]]
    return (name, name.rstrip("*"), name.strip("*"), *letters)


def _bare(pattern: str) -> str:
    """A pattern without what says where it matches, or that it is about all in a directory."""
    return pattern.removeprefix("!").removesuffix("/**").removesuffix("/*").removeprefix("**/").strip("/")


@dataclass(frozen=True, slots=True)
class IgnoredNames:
    """What .gitignore files exclude: the patterns, and the directories above what they name.

    `paths` are the patterns with a slash at the end, `starts` what some begin with before a wildcard, and `ends` what
    others end with after one, reversed; each as `_shortest` returns them.
    """

    patterns: frozenset[str]
    above: frozenset[str]
    paths: Sequence[str]
    starts: Sequence[str]
    ends: Sequence[str]

    def has(self, name: str) -> bool:
        """Whether something ignored is the name, in it or above it, or its beginning or extension with a wildcard."""
        if not self.patterns:
            return False
        # A .gitignore may say more about the beginning of a name, as in *git.store.
        last = name.rpartition("/")[2]
        return (
            name in self.above
            or f"*.{name.rpartition('.')[2]}" in self.patterns
            or _begins(name, self.starts)
            or _begins(f"{name}/", self.paths)
            or _begins(last[::-1], self.ends)
        )


def _shortest(texts: Iterable[str]) -> Sequence[str]:
    """The texts that begin with no other one, in order."""
    found: list[str] = []
    for text in sorted(texts):
        if not found or not text.startswith(found[-1]):
            found.append(text)
    return found


def _begins(name: str, starts: Sequence[str]) -> bool:
    """Whether a name begins with one of some texts, of which none begins with another one."""
    # Between such a text and the name in the order there are only texts that begin with it as well.
    index = bisect_right(starts, name)
    return index > 0 and name.startswith(starts[index - 1])


@cache
def _words_of(words: tuple[str, ...]) -> frozenset[str]:
    """The words, and each of them for several."""
    return frozenset((*words, *(f"{word}s" for word in words)))


def _is_usual(pattern: Pattern, bare: str) -> bool:
    """Whether a pattern is in one of the lists that people copy into their ignore files, or is of one machine alone.

    Directories in between say nothing.
    """
    first, last = bare.partition("/")[0], bare.rpartition("/")[2]
    known = absent_names()
    if "/" in bare and first in known.kept and pattern.kind is not PatternKind.EXACT:
        return True
    if pattern.cleaned.startswith("**/") and last.startswith(_DECLARING):
        return True
    if not _words_of(known.words).isdisjoint(_WORD.findall(last.lower())):
        return True
    usual = usual_names()
    return any(
        name in usual or name.startswith(known.starts) or name.endswith(known.ends)
        for one in {bare, first, last}
        for name in _written(one)
        if name
    )


def _is_tracked(bare: str, programs: Collection[str]) -> bool:
    """Whether a name is one that git would have, if there were such an entry, as far as names say so.

    A name that begins with a dot is mostly that of a tool or an editor, one with wildcards that of a kind of files,
    which are written by people if their extension says so; `programs` are the names of what building makes.
    """
    parts = [part for part in bare.split("/") if part]
    if not parts or any(part.startswith(".") and part.strip(".") and "." not in part[1:] for part in parts):
        return False
    last = parts[-1].lower()
    known = absent_names()
    _, dot, extension = last.rpartition(".")
    if has_wildcards(last) and extension not in known.sources:
        return False
    # Directories in between say nothing.
    ends = parts[0].lower().partition(".")[0], last.partition(".")[0]
    words = {word for text in ends for word in _WORD.findall(text)}
    made = not dot and last in programs
    return not (made or (dot and extension in known.extensions)) and _words_of(known.made).isdisjoint(words)


def _headed(data: bytes) -> frozenset[int]:
    """The numbers of the lines below a comment, up to an empty line, that says that they are about what is made.

    So are all lines below the title of a template (`### macOS ###`), or below a comment that names the .gitignore which
    they are taken from.
    """
    found: set[int] = set()
    of_template = False
    words, within = _words_of(absent_names().headings), False
    was_comment = False
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
        text = line.strip().lower()
        of_template |= _TEMPLATE.fullmatch(text) is not None or _TAKEN.match(text) is not None
        if of_template and text and not text.startswith("#"):
            found.add(number)
        elif text.startswith("#"):
            within = (within and was_comment) or not words.isdisjoint(_WORD.findall(text))
        elif not text:
            within = False
        elif within:
            found.add(number)
        was_comment = text.startswith("#")
    return frozenset(found)


def _programs(context: RuleContext) -> Iterator[str]:
    """The names in small letters of programs that building the project may leave at its root."""
    build = context.build
    yield os.path.basename(build.root).lower()
    for file in ("go.mod", "Cargo.toml", "package.json"):
        text = (build.read(file, _LARGEST) or b"").decode("utf-8", "replace")
        yield from (found[1].lower() for found in _PROJECT.finditer(text))
    commands = build.tree.root.subdirectories.get("cmd")
    yield from (name.lower() for name in (commands.names if commands is not None else ()))


def _without_made(context: RuleContext, silent: list[IdlePattern]) -> list[IdlePattern]:
    """Those patterns that match nothing which a script makes, or that may be in a repository which one clones."""
    if not any(one.cause is Cause.UNMATCHED for one in silent):
        return silent
    from ctxopt.evidence.made_by_scripts import clones, named_in_scripts

    if any(_is_anywhere(one) for one in silent) and clones(context.build):
        silent = [one for one in silent if not _is_anywhere(one)]
    made = named_in_scripts(context.build, [_bare(one.line.pattern.cleaned) for one in silent])
    return [one for one in silent if one.cause is not Cause.UNMATCHED or _bare(one.line.pattern.cleaned) not in made]


def _is_of_another_context(context: RuleContext) -> bool:
    # Imported here because few builds have such a pattern.
    from ctxopt.evidence.operation import is_built_elsewhere

    return is_built_elsewhere(context.build)


def _is_anywhere(idle: IdlePattern) -> bool:
    """Whether a pattern that matches nothing is one for any directory, and so also of what comes later."""
    return idle.cause is Cause.UNMATCHED and idle.line.pattern.cleaned.startswith("**/")


def ignored_by_git(context: RuleContext) -> IgnoredNames:
    """The patterns of the .gitignore files, as seen from the context root.

    A fresh clone has nothing that they match.
    """
    found = {*_ignored_inside(context), *_ignored_above(context)}
    above: set[str] = set()
    for whole in found:
        parts = whole.split("/")
        above.update("/".join(parts[:end]) for end in range(1, min(len(parts), _DEEPEST)))
    starts = (name[:-1] for name in found if len(name) > 1 and name.endswith("*"))
    ends = (name[:0:-1] for name in found if len(name) > 1 and name.startswith("*"))
    paths = _shortest(f"{name}/" for name in found)
    return IgnoredNames(frozenset(found), frozenset(above), paths, _shortest(starts), _shortest(ends))


def _ignored_inside(context: RuleContext) -> Iterator[str]:
    """What the .gitignore files of the context name."""
    for directory, index in islice(context.build.tree.named((".gitignore",)), _MOST_FILES):
        data = context.build.read(directory.child_path(directory.names[index]), _LARGEST) or b""
        for name in _ignored_in(data.decode("utf-8", "replace")):
            yield f"{directory.path}/{name}" if directory.path else name


def _ignored_above(context: RuleContext) -> Iterator[str]:
    """What the .gitignore files above the context name in it, or anywhere."""
    from ctxopt.builds.declared import top_of
    from ctxopt.builds.reading import LeadsOut, read_text
    from ctxopt.errors import CtxoptError

    top, inside = top_of(context.build.root), ""
    directory = context.build.root
    while directory != top and inside.count("/") < _DEEPEST:
        directory, name = os.path.split(directory)
        inside = f"{name}/{inside}"
        try:
            text = read_text(os.path.join(directory, ".gitignore"), ".gitignore", top) or ""
        except (CtxoptError, LeadsOut):
            continue
        for line in _ignored_in(text[:_LARGEST]):
            if "/" not in line:
                yield line
            elif line.startswith(inside):
                yield line.removeprefix(inside)


def _ignored_in(text: str) -> Iterator[str]:
    """The patterns of a .gitignore, without what says where they match."""
    for line in text.split("\n"):
        name = _bare(line.strip())
        if name and not line.startswith("#"):
            yield name


def _fix(idle: IdlePattern) -> str:
    if idle.cause is Cause.UNMATCHED:
        # It may well match on another machine, where there are secrets, dependencies or build output.
        return "check the spelling; keep it if other checkouts or machines have such files"
    if idle.cause is Cause.REDUNDANT:
        return "remove it if it is redundant in other checkouts, too"
    return f"move it below line {idle.below}" if idle.below is not None else "add exceptions for its parent directories"
