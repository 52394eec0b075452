"""The texts of a repository that say how its images are built and run: scripts, workflows, manifests and manuals.

They are read for what a finding would be wrong about, so that only a build with such a finding pays for them.
"""

import os
import re
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

from ctxopt.builds.build_lines import built_in
from ctxopt.builds.declared import top_of
from ctxopt.builds.dockerfiles import looks_like_dockerfile
from ctxopt.builds.reading import LeadsOut, read_text
from ctxopt.catalogue.names import any_match
from ctxopt.catalogue.operation import operation
from ctxopt.core.build_context import BuildContext
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError
from ctxopt.evidence.one_run import once_a_run

#: A command that gives a file another place.
_PLACES: Final = lazy_re(r"\b(?:cp|mv|ln|rsync|install|copy|Copy-Item)\s")
#: The words of a command that copies or moves files.
_COPIED: Final = lazy_re(r"\b(?:cp|mv|install|copy|Copy-Item)\s+(?:-\S+\s+)*([^;&|#]+)")
#: What gives arguments to a build: an option of a command, a key of a workflow or of a Compose file.
_ARGUMENT: Final = lazy_re(r"--build-arg|build-args:|\bargs[ \t]*[:=]")
#: The ends of the names of manuals, and the minimum length of a value that is searched for in them.
_MANUALS: Final = (".md", ".rst", ".txt")
_SHORTEST: Final = 4
#: The name of a variable.
_NAME: Final = lazy_re(r"\w+")
#: A command that runs tests in a container, and the maximum length of a line that is searched for one.
_TESTED: Final = lazy_re(
    r"\bdocker(?:-compose|[ \t]+compose)?[ \t](?:[^\n]{0,200}?[ \t])?(?:run|exec)[ \t][^\n]{0,400}?"
    r"(?<![\w/.-])(?:pytest|tests?|rspec|phpunit|jest|vitest|mocha|unittest|tox|nox|rake)(?![\w/-])"
)
_LONGEST: Final = 2_000
#: A key with a context, what changes the directory, and what is between the words of such lines.
_CONTEXT_KEY: Final = lazy_re(
    r"[ \t]*(?:-[ \t]+)?[\"']?(?:build|(?:\w+[_-])?(?:context|path|dir|directory|folder))[\"']?[ \t]*:?[:=]",
    re.IGNORECASE,
)
_CHANGES: Final = lazy_re(r"\bcd[ \t]|\bworking-directory:")
_BETWEEN: Final = lazy_re(r"[\s\"'=:,;&|(){}\[\]`]+")
#: A line that changes the directory and goes on there, as in a recipe or a script.
_INSIDE: Final = lazy_re(r"[\s@(-]*cd[ \t]+[\"']?([\w./-]+)[\"']?[ \t]*(?:;|&&)(.*)")
#: The name of Maven's manifests, a key of its plugins for the directory of a Dockerfile that is its context, and what a
#: path there begins with.
_POM: Final = "pom.xml"
_MAVEN: Final = lazy_re(
    r"<(?:dockerDirectory|dockerFileDir|contextDir)>\s{0,20}([^<>\s]{1,200})\s{0,20}</(?:dockerDirectory|dockerFileDir|contextDir)>"
)
_BASE: Final = lazy_re(r"^\$\{(?:project\.)?basedir\}/?")
#: As many lines after one that changes the directory belong to it.
_NEAR: Final = 4
#: A key of YAML with its indentation.
_KEY: Final = lazy_re(r"^([ \t]*)([\w.\"'-]+):[ \t]*(.*)$")
#: Maximum number of entries to list, and of files to read; maximum size of a file and of all of them, in bytes.
_ENTRIES: Final = 6_000
_FILES: Final = 300
_LARGEST: Final = 128 << 10
_TOTAL: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class OperationText:
    """One such text, by its path in the repository; `builds` and `runs` say what its name says that it may do."""

    path: str
    text: str
    builds: bool
    runs: bool


@dataclass(frozen=True, slots=True)
class OperationTexts:
    """The texts of a repository, the nearest to its `top` first, and the paths of its Dockerfiles."""

    top: str
    dockerfiles: tuple[str, ...]
    texts: tuple[OperationText, ...]

    def place(self, build: BuildContext) -> str:
        """The path of the Dockerfile of a build in the repository."""
        path = os.path.normpath(os.path.join(build.root, build.located.dockerfile.name))
        return os.path.relpath(path, self.top).replace(os.sep, "/")


def operation_texts(build: BuildContext) -> OperationTexts:
    """The texts of the repository around a build; of a large one not all are read."""
    return texts_below(top_of(build.root))


def texts_below(top: str) -> OperationTexts:
    """The same of the repository at a directory."""
    return once_a_run((texts_below, top), lambda: _read(top, *_listed(top)))


def _listed(top: str) -> tuple[tuple[str, ...], tuple[tuple[str, int, int], ...]]:
    """The paths of the Dockerfiles, and of the texts with what is different for one that was written again."""
    known = operation()
    wanted = (*known.builds, *known.runs)
    dockerfiles: list[str] = []
    files: list[tuple[str, int, int]] = []
    waiting, left = deque([""]), _ENTRIES
    while waiting and left > 0:
        directory = waiting.popleft()
        for entry in _entries(os.path.join(top, directory), left):
            left -= 1
            name = entry.name
            if name.startswith(".") and name not in known.hidden:
                continue
            path = f"{directory}/{name}" if directory else name
            if entry.is_dir(follow_symlinks=False):
                if name not in known.foreign:
                    waiting.append(path)
            elif looks_like_dockerfile(name):
                dockerfiles.append(path)
            elif any_match(wanted, name) and entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                if status.st_size <= _LARGEST:
                    files.append((path, status.st_mtime_ns, status.st_size))
    return tuple(dockerfiles), tuple(files)


def _entries(directory: str, most: int) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(directory) as listing:
            return sorted(islice(listing, most), key=lambda entry: entry.name)
    except OSError:
        return []


@lru_cache(maxsize=2)
def _read(top: str, dockerfiles: tuple[str, ...], files: tuple[tuple[str, int, int], ...]) -> OperationTexts:
    """The texts; a repository with many Dockerfiles asks for each of them."""
    known = operation()
    texts: list[OperationText] = []
    total = 0
    for path, _, size in files:
        if len(texts) == _FILES or total + size > _TOTAL:
            break
        try:
            text = read_text(os.path.join(top, path), path, top)
        except (CtxoptError, LeadsOut):
            continue
        if text is not None:
            total += size
            name = path.rpartition("/")[2]
            texts.append(OperationText(path, text, any_match(known.builds, name), any_match(known.runs, name)))
    return OperationTexts(top, dockerfiles, tuple(texts))


def services_of(text: str) -> Iterator[str]:
    """The texts of the services of a Compose file."""
    within, indent, lines = -1, -1, list[str]()
    for line in text.split("\n"):
        key = _KEY.match(line)
        if key is not None:
            depth = len(key[1])
            if within < 0:
                within = depth if key[2] == "services" else -1
                continue
            if depth <= within:
                within = depth if key[2] == "services" else -1
                yield from _joined(lines)
                lines, indent = [], -1
                continue
            indent = depth if indent < 0 else indent
            if depth == indent:
                yield from _joined(lines)
                lines = []
        if within >= 0:
            lines.append(line)
    yield from _joined(lines)


def _joined(lines: list[str]) -> Iterator[str]:
    if lines:
        yield "\n".join(lines)


@lru_cache(maxsize=_FILES)
def joined_lines(text: str) -> tuple[str, ...]:
    """The lines of a text, those that a backslash, or an accent of PowerShell, continues as one."""
    return tuple(text.replace("\r\n", "\n").replace("\\\n", " ").replace("`\n", " ").split("\n"))


@lru_cache(maxsize=_FILES)
def builds_images(text: str) -> bool:
    """Whether a text has a command that builds images; the builds of a repository ask that of the same texts."""
    return any(word in text for word in operation().building)


def is_put_in_place(build: BuildContext, path: str) -> bool:
    """Whether a command copies, moves or links a file, by its path in the repository or in the context.

    A workflow does that with the ignore file of one of several builds.
    """
    found = operation_texts(build)
    whole = os.path.relpath(os.path.normpath(os.path.join(build.root, path)), found.top).replace(os.sep, "/")
    names = {path.removeprefix("./"), whole}
    return any(
        _PLACES.search(line) is not None
        for one in found.texts
        if any(name in one.text for name in names)
        for line in joined_lines(one.text)
        if any(name in line for name in names)
    )


def is_named_as_context(build: BuildContext, directory: str) -> bool:
    """Whether a text of the repository builds with a directory as its context, by its absolute path.

    A line of a Compose file, a workflow or a bake file says so, a command, or one that changes into it before.
    """
    found = operation_texts(build)
    wanted = os.path.normpath(directory)
    name = os.path.basename(wanted)
    return any(_names_context(found.top, one, wanted) for one in found.texts if one.builds and name in one.text)


def _names_context(top: str, one: OperationText, wanted: str) -> bool:
    known, name = operation(), os.path.basename(wanted)
    lines = joined_lines(one.text)
    for number, line in enumerate(lines):
        if name not in line or line.lstrip().startswith("#"):
            continue
        following = lines[number : number + _NEAR] if _CHANGES.search(line) else (line,)
        is_key = _CONTEXT_KEY.match(line) is not None
        if is_key or any(word in after for after in following for word in known.building):
            places = {os.path.join(top, os.path.dirname(one.path)), top}
            words = (word for word in _BETWEEN.split(line) if name in word)
            if any(os.path.normpath(os.path.join(place, word)) == wanted for word in words for place in places):
                return True
    return False


def gives_arguments(build: BuildContext, names: Collection[str]) -> bool:
    """Whether the texts of the repository that build images give a value to each of some arguments."""
    texts = [one.text for one in operation_texts(build).texts if one.builds and _ARGUMENT.search(one.text)]
    return all(any(re.search(rf"\b{re.escape(name)}[\"']?[ \t]*[=:]", text) for text in texts) for name in names)


def is_never_given(build: BuildContext, name: str) -> bool:
    """Whether the repository says how its images are built, and gives no value to an argument there."""
    return any(one.builds and builds_images(one.text) for one in operation_texts(build).texts) and not gives_arguments(
        build, (name,)
    )


def is_documented(build: BuildContext, name: str, value: str) -> bool:
    """Whether a manual of the repository names a variable with its value in one line: the default that everybody has.

    The manuals of the directories above the Dockerfile count, and those among the texts of the repository.
    """
    if len(value) < _SHORTEST:
        return False
    texts = (one.text for one in operation_texts(build).texts if one.path.lower().endswith(_MANUALS))
    wanted = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")
    return any(
        name in line and wanted.search(line.replace(name, ""))
        for text in (*_manuals_above(build), *texts)
        if name in text and value in text
        for line in text.split("\n")
    )


def is_set_when_run(build: BuildContext, name: str) -> bool:
    """Whether a text of the repository, such as a Compose file, names a variable: containers are given a value."""
    found = operation_texts(build)
    # A Dockerfile may have very many variables, so that the texts are not searched for each.
    return name in once_a_run((is_set_when_run, found.top), lambda: frozenset(_words(found)))


def _words(found: OperationTexts) -> Iterator[str]:
    """The words of all texts that may be the names of variables."""
    for one in found.texts:
        yield from _NAME.findall(one.text)


def _manuals_above(build: BuildContext) -> Sequence[str]:
    """The texts of the manuals in the directory of a Dockerfile and in those above it, up to the top."""
    top = top_of(build.root)
    above = os.path.dirname(os.path.normpath(os.path.join(build.root, build.located.dockerfile.name)))
    return once_a_run((_manuals_above, top, above), lambda: tuple(_manuals_from(above, top)))


def _manuals_from(above: str, top: str) -> Iterator[str]:
    while above == top or above.startswith(f"{top}{os.sep}"):
        for entry in _entries(above, _ENTRIES):
            if entry.name.lower().startswith("readme") and entry.is_file(follow_symlinks=False):
                try:
                    yield read_text(entry.path, entry.name, top) or ""
                except (CtxoptError, LeadsOut):
                    continue
        if above == top:
            # The root of the file system is its own parent.
            return
        above = os.path.dirname(above)


def tests_run_in_image(build: BuildContext) -> bool:
    """Whether a script, a workflow or a manual of the repository runs tests in a container."""
    found = operation_texts(build)
    return once_a_run((tests_run_in_image, found.top), lambda: any(map(_runs_tests, found.texts)))


def _runs_tests(one: OperationText) -> bool:
    return "docker" in one.text and any(_TESTED.search(line[:_LONGEST]) for line in joined_lines(one.text))


def has_other_context(build: BuildContext) -> bool:
    """Whether the context of a build may well be another one than it is taken for.

    A script builds the Dockerfile elsewhere; or its context is assumed, and no text that builds images names it.
    """
    return is_built_elsewhere(build) or (build.assumed and not _is_named(build))


def _is_named(build: BuildContext) -> bool:
    """Whether a text that builds images names the Dockerfile with its directory.

    A manifest of Maven says nothing by that: without a key for the context that is the directory.
    """
    found = operation_texts(build)
    end = "/".join(found.place(build).split("/")[-2:])
    return any(end in one.text for one in found.texts if one.builds and os.path.basename(one.path) != _POM)


def is_built_elsewhere(build: BuildContext) -> bool:
    """Whether scripts build the Dockerfile, or a copy of it, in other directories alone: that is the context then."""
    found = operation_texts(build)
    place = found.place(build)
    contexts = {context for one in found.texts if one.builds for context in _contexts(found.top, one, place)}
    if contexts:
        return os.path.normpath(build.root) not in contexts
    directory, _, file = place.rpartition("/")
    only = len(found.dockerfiles) == 1
    return any(
        _is_copied_away(line, file, place if not is_near else "")
        for one in found.texts
        if file in one.text and builds_images(one.text)
        for is_near in (only or (bool(directory) and one.path.startswith(f"{directory}/")),)
        for line in joined_lines(one.text)
    )


def _contexts(top: str, one: OperationText, place: str) -> Iterator[str]:
    """The contexts with which a text builds the Dockerfile at a place in the repository.

    It gives the place to -f, changes into the directory before, or is a manifest of Maven that names the directory.
    """
    own = os.path.dirname(place)
    if own and (_builds_inside(one, place) or _is_directory_of_maven(one, own)):
        yield os.path.normpath(os.path.join(top, own))
    if place not in one.text or "docker" not in one.text:
        return
    for _, given, context in built_in(one.text):
        if os.path.normpath(given) == os.path.normpath(place):
            yield os.path.normpath(os.path.join(top, context))


def _builds_inside(one: OperationText, place: str) -> bool:
    """Whether a line of a text changes into the directory of a Dockerfile and builds there: `cd api && docker build .`.

    The directory is seen from that of the text, or from the top.
    """
    directory, file = os.path.split(place)
    if os.path.basename(directory) not in one.text or not builds_images(one.text):
        return False
    starts = {"", os.path.dirname(one.path)}
    return any(
        os.path.normpath(os.path.join(start, found[1])) == directory
        for line in joined_lines(one.text)
        if (found := _INSIDE.match(line[:_LONGEST])) is not None
        for _, given, context in built_in(found[2])
        if os.path.normpath(context.removesuffix(")")) == "." and os.path.normpath(given or "Dockerfile") == file
        for start in starts
    )


def _is_directory_of_maven(one: OperationText, directory: str) -> bool:
    """Whether a manifest of Maven says that the Dockerfile and its context are in a directory."""
    if os.path.basename(one.path) != _POM:
        return False
    own = os.path.dirname(one.path)
    return any(
        os.path.normpath(os.path.join(own, _BASE.sub("", found[1]))) == directory for found in _MAVEN.finditer(one.text)
    )


def _is_copied_away(line: str, file: str, place: str) -> bool:
    """Whether a line copies a file, named by its `place` if that is given, into a directory with a name of its own."""
    copied = _COPIED.search(line) if file in line else None
    words = [word.strip("\"'").removeprefix("./") for word in copied[1].split()] if copied is not None else []
    if len(words) < 2 or words[-1].rstrip("/") in ("", ".", file, "$PWD", "${PWD}"):
        return False
    if not place:
        return any(word.rpartition("/")[2] == file for word in words[:-1])
    return any(word == place or ("/" in place and word.endswith(f"/{place}")) for word in words[:-1])
