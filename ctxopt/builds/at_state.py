"""The builds that a repository declared at a revision, read as on disk: from a copy of the files that declare them."""

import os
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from ctxopt.builds.build import Declared
from ctxopt.builds.dockerfiles import is_bake_file, is_devcontainer_file, looks_like_dockerfile
from ctxopt.builds.earlier import moved
from ctxopt.builds.reading import LARGEST, inside, relative_to
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError
from ctxopt.git.revision import StoredFiles
from ctxopt.git.states import EXECUTABLE, FILE, LINK, State

#: Endings of files that declare builds, or that such files refer to.
_READ = (".yaml", ".yml", ".hcl", ".env")
#: What the names of Dockerfiles contain that are called otherwise.
_NAMED = ("docker", "container")
_WORKFLOWS = ".github/workflows"
#: Maximum number of files that are copied, and of all their bytes.
_MOST_FILES = 20_000
_MOST_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Shadow:
    """A copy of the directories of a state, and of the files from which builds are read, at another place.

    `top` is the repository, `directory` where the copy is. It exists as long as `shadow` is not left.
    """

    top: str
    directory: str

    def place(self, path: str) -> str:
        """Where something of the repository is in the copy, by its absolute path; elsewhere nothing is copied."""
        return os.path.normpath(os.path.join(self.directory, relative_to(self.top, path))) if self._has(path) else path

    def _has(self, path: str) -> bool:
        return inside(self.top, path)

    def original(self, declared: Declared) -> Declared:
        """What was read in the copy, as it is in the repository."""
        return replace(
            declared,
            builds=tuple(moved(build, self.directory, self.top) for build in declared.builds),
            unresolved=tuple(
                replace(one, reason=one.reason.replace(self.directory, self.top)) for one in declared.unresolved
            ),
            notes=tuple(note.replace(self.directory, self.top) for note in declared.notes),
        )


@contextmanager
def shadow(state: State, named: Iterable[str] = ()) -> Iterator[Shadow]:
    """A copy of the files of a revision from which builds are read; `named` are the absolute paths of further ones.

    Raises CtxoptError where there are too many of them.
    """
    with tempfile.TemporaryDirectory(prefix="ctxopt-") as made:
        directory = os.path.realpath(made)
        # That the top of the repository is found.
        os.mkdir(os.path.join(directory, ".git"))
        for path in state.rows:
            if path and not path.startswith(".git/") and path != ".git":
                # A name that this system cannot have is missing, as in a checkout.
                with suppress(OSError, ValueError):
                    os.makedirs(os.path.join(directory, path), exist_ok=True)
        given = {relative_to(state.top, path) for path in named}
        wanted = [path for path, is_link in _paths(state) if is_link or path in given or _is_read(path)]
        mentioned = _mentioned(directory, _copy(state, directory, wanted))
        _copy(state, directory, [path for path, _ in _paths(state) if os.path.basename(path) in mentioned])
        yield Shadow(state.top, directory)


def declared_alike(before: State, after: State, read: Iterable[str]) -> bool:
    """Whether two states certainly declare the same builds: they have the same entries, and the same files for builds.

    `read` are the absolute paths of files that were read for the builds of one of the states, and their Dockerfiles.
    """
    known = {relative_to(after.top, path) for path in read}
    if before.rows.keys() != after.rows.keys():
        return False
    for directory, row in before.rows.items():
        other = after.rows[directory]
        if row == other or directory == ".git":
            continue
        if row.keys() != other.keys():
            return False
        for name, content in row.items():
            path = f"{directory}/{name}" if directory else name
            is_other = content != other[name] or len(content) == 1
            may_declare = _is_read(path) or content[:1] == LINK or name.endswith((".json", ".toml"))
            if is_other and content[:1] in (FILE, EXECUTABLE, LINK) and (may_declare or path in known):
                return False
    return True


def _paths(state: State) -> Iterator[tuple[str, bool]]:
    """The files and links of a state, each with whether it is a link."""
    for directory, row in state.rows.items():
        for name, content in row.items():
            if content[:1] in (FILE, EXECUTABLE, LINK) and directory != ".git":
                yield f"{directory}/{name}" if directory else name, content[:1] == LINK


def _is_read(path: str) -> bool:
    name = os.path.basename(path)
    lower = name.lower()
    return (
        name.endswith(_READ)
        or looks_like_dockerfile(name)
        or is_bake_file(name)
        or is_devcontainer_file(name)
        or any(word in lower for word in _NAMED)
    )


def _copy(state: State, directory: str, paths: Sequence[str]) -> list[str]:
    """Write files and links of a state below a directory; returns their paths. Raises CtxoptError."""
    assert isinstance(state.storage, StoredFiles)
    if len(paths) > _MOST_FILES:
        raise CtxoptError("it has too many files that may declare builds", file=state.top, hint="name them: --compose")
    state.storage.read_ahead(paths)
    left = _MOST_BYTES
    for path in paths:
        target = os.path.join(directory, path)
        if os.path.lexists(target):
            continue
        # What cannot be read is missing, so that the build that needs it cannot be resolved.
        with suppress(OSError, ValueError):
            original = os.path.join(state.top, path)
            if state.rows[os.path.dirname(path)][os.path.basename(path)][:1] == LINK:
                _link(state.storage.link(original), target, directory)
                continue
            data = state.storage.read(original, LARGEST + 1)
            left -= len(data)
            if left < 0:
                raise CtxoptError("its files that may declare builds are too large", file=state.top)
            with open(target, "wb") as file:
                file.write(data)
    return list(paths)


def _link(to: str, target: str, directory: str) -> None:
    """Make a link, unless it leads out of the copy."""
    if not os.path.isabs(to) and inside(directory, os.path.normpath(os.path.join(os.path.dirname(target), to))):
        os.symlink(to, target)


def _mentioned(directory: str, paths: Iterable[str]) -> Collection[str]:
    """The names of JSON files that workflows mention: bake files of any name."""
    found: set[str] = set()
    for path in paths:
        if path.startswith(_WORKFLOWS):
            with suppress(OSError), open(os.path.join(directory, path), encoding="utf-8", errors="replace") as file:
                words = file.read(LARGEST).replace("/", " ").replace(",", " ").split()
                found |= {word.strip("\"'") for word in words if ".json" in word}
    return found
