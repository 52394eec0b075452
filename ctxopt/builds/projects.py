"""The files of a directory that declare builds, read together as their tools read them.

Follows Compose and buildx for the files that they read where none is named: a Compose file with its override, and the
bake files with theirs and with Compose files. Other files are read by themselves, or over the default ones if they are
not complete without them.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from ctxopt.builds.build import Build, Declared, DeclaringFile, Unresolved
from ctxopt.builds.declared import read_bake, read_compose
from ctxopt.builds.dockerfiles import is_bake_file, is_compose_file, is_devcontainer_file, is_skaffold_file
from ctxopt.builds.reading import LeadsOut, is_outside, read_text
from ctxopt.core.context.locate import default_dockerfile
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError

#: The Compose files that are read where none is named, and what overrides them: the first that is there of each.
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OVERRIDES = (
    *("compose.override.yml", "compose.override.yaml"),
    *("docker-compose.override.yml", "docker-compose.override.yaml"),
)
#: The bake files that are read where none is named, in their order, after all Compose files of the names above.
_BAKE = ("docker-bake.json", "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl")


class OutsideError(CtxoptError):
    """A declaration names a file outside of the project."""


#: The name of a path for people.
Shown = Callable[[str], str]


def compose_files(
    directory: str, names: Sequence[str], environment: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """The paths of the Compose files that `docker compose` reads in a directory with these names; () if there is none.

    COMPOSE_FILE of the environment counts in the current directory, that of its `.env` file in each. Raises CtxoptError
    for an `.env` file that cannot be read.
    """
    given = _named_by_variable(directory, names, os.environ if environment is None else environment)
    if given:
        return given
    first = next((name for name in _COMPOSE if name in names), None)
    if first is None:
        return ()
    override = next((name for name in _OVERRIDES if name in names), None)
    return tuple(os.path.join(directory, name) for name in (first, override) if name is not None)


def _named_by_variable(directory: str, names: Sequence[str], environment: Mapping[str, str]) -> tuple[str, ...]:
    variables: Mapping[str, str] = environment if _is_here(directory) else {}
    if "COMPOSE_FILE" not in variables and ".env" in names:
        from ctxopt.builds import dotenv
        from ctxopt.builds.reading import Budget

        try:
            text = read_text(os.path.join(directory, ".env"), ".env", directory)
        except LeadsOut:
            text = None
        variables = dotenv.parse(text or "", variables, Budget(".env"))
    separator = variables.get("COMPOSE_PATH_SEPARATOR") or os.pathsep
    paths = [path for path in variables.get("COMPOSE_FILE", "").split(separator) if path]
    found = [os.path.normpath(os.path.join(directory, path)) for path in paths]
    # A file of the project names these, unless the environment does.
    if variables is not environment and any(is_outside(path, directory, directory) for path in found):
        raise OutsideError("COMPOSE_FILE names a file outside of the project", file=".env")
    return tuple(found) if all(map(os.path.lexists, found)) else ()


def _is_here(directory: str) -> bool:
    try:
        return os.path.samefile(directory, os.curdir)
    except OSError:
        return False


def compose_files_in(directory: str) -> tuple[str, ...]:
    """The paths of the Compose files that `docker compose` reads in a directory. Raises CtxoptError."""
    return compose_files(directory, _names_in(directory))


def bake_files_in(directory: str) -> tuple[str, ...]:
    """The paths of the files that `docker buildx bake` reads in a directory. Raises CtxoptError."""
    names = _names_in(directory)
    return tuple(os.path.join(directory, name) for name in (*_COMPOSE, *_BAKE) if name in names)


def _names_in(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError as error:
        raise CtxoptError(f"cannot read it: {error.strerror}", file=directory) from None


def declared_in(
    directory: str,
    names: Sequence[str],
    shown: Shown,
    root: str,
    others: Sequence[str] = (),
    refused: Callable[[str], None] = lambda _: None,
) -> Iterator[Declared]:
    """What the files of a directory declare, of those with these names. No link is followed out of `root`.

    `others` are directories in which buildx could run as well. A file that is refused is unresolved, and `refused` is
    called with its path.
    """
    read = (
        *_composed(directory, names, shown, root),
        *_baked(directory, names, shown, root, others),
        *_of_other_tools(directory, names, shown, root),
    )
    for one in read:
        for path in one.refused:
            refused(path)
        yield one.declared


@dataclass(frozen=True, slots=True)
class _Read:
    """What files declare that are read together, or the paths of those that are refused."""

    declared: Declared
    refused: tuple[str, ...] = ()

    @property
    def unresolved(self) -> int:
        """How many builds and files cannot be resolved."""
        return len(self.declared.unresolved)


def _read(files: Sequence[str], shown: Shown, read: Callable[[Sequence[DeclaringFile]], Declared]) -> _Read:
    """What files declare that are read together; what is refused is unresolved."""
    declaring = [DeclaringFile(path, shown(path)) for path in files]
    try:
        return _Read(read(declaring))
    except LeadsOut:
        # Each tool would read it; what it says is not known here.
        error = CtxoptError("it is a symbolic link that leads out of the project", file=declaring[-1].shown)
        return _Read(Declared((), unresolved=(Unresolved.by_error(error, declaring[-1].shown),)), tuple(files))
    except CtxoptError as error:
        unresolved = Unresolved.by_error(error, declaring[-1].shown)
        return _Read(Declared((), unresolved=(unresolved,)), tuple(files))


def _composed(directory: str, names: Sequence[str], shown: Shown, root: str) -> Iterator[_Read]:
    try:
        default = compose_files(directory, names)
    except OutsideError as error:
        place = shown(os.path.join(directory, ".env"))
        yield _Read(Declared((), unresolved=(Unresolved(place, place, error.problem),)), ())
        default = ()
    except CtxoptError:
        # Reading the project says what is wrong with its variables.
        default = ()
    if default:
        yield _read(default, shown, lambda files: read_compose(files, root, directory))
    for name in filter(is_compose_file, names):
        path = os.path.join(directory, name)
        if path in default or (default and name in _OVERRIDES):
            continue
        over = default[:1] if default and not _is_complete(path, default[0], shown, root) else ()
        yield _read((*over, path), shown, lambda files: read_compose(files, root, directory))


def _of_other_tools(directory: str, names: Sequence[str], shown: Shown, root: str) -> Iterator[_Read]:
    for name in names:
        if is_skaffold_file(name):
            from ctxopt.builds import skaffold

            yield _read([os.path.join(directory, name)], shown, lambda files: skaffold.read(files[0], root))
        elif is_devcontainer_file(name):
            from ctxopt.builds import devcontainers

            yield _read([os.path.join(directory, name)], shown, lambda files: devcontainers.read(files[0], root))


def workflows_of(top: str, shown: Shown) -> Iterator[Declared]:
    """What the GitHub workflows of a repository build. One that is refused is unresolved."""
    for path in workflow_files(top):
        from ctxopt.builds import workflows

        yield _read([path], shown, lambda files: workflows.read(files[0], top)).declared


def workflow_files(top: str) -> list[str]:
    """The paths of the GitHub workflows of a repository, sorted."""
    directory = os.path.join(top, ".github", "workflows")
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return []
    return [os.path.join(directory, name) for name in names if name.endswith((".yml", ".yaml"))]


def _is_complete(path: str, base: str, shown: Shown, root: str) -> bool:
    """Whether a Compose file needs no other one; one that cannot be read is taken to be."""
    from ctxopt.builds.compose_overlay import is_overlay

    try:
        text, under = read_text(path, shown(path), root), read_text(base, shown(base), root)
        return text is None or under is None or not is_overlay(text, under, shown(path))
    except (CtxoptError, LeadsOut):
        return True


def _baked(directory: str, names: Sequence[str], shown: Shown, root: str, others: Sequence[str]) -> Iterator[_Read]:
    default = [os.path.join(directory, name) for name in _BAKE if name in names]
    composed = [os.path.join(directory, name) for name in _COMPOSE if name in names]
    directories = (directory, *others)
    if default:
        yield _best(default, composed, directories, shown, root)
    for name in filter(is_bake_file, names):
        if name in _BAKE:
            continue
        path = os.path.join(directory, name)
        alone = _best([path], [], directories, shown, root)
        if default and alone.unresolved:
            together = _best([*default, path], composed, directories, shown, root)
            alone = together if together.unresolved < alone.unresolved else alone
        yield alone


def _best(files: Sequence[str], composed: Sequence[str], directories: Sequence[str], shown: Shown, root: str) -> _Read:
    """What bake files declare, from the first directory that has all contexts and Dockerfiles, else from the first one.

    Compose files that buildx would refuse are read by Compose itself, which says why.
    """
    found: list[_Read] = []
    for directory in directories:
        read = _read_bake([*composed, *files], directory, shown, root)
        if composed and read.unresolved:
            alone = _read_bake(files, directory, shown, root)
            read = alone if alone.unresolved < read.unresolved else read
        found.append(read)
        if not read.unresolved and all(map(_has_dockerfile, read.declared.builds)):
            return read
    return found[0]


def _read_bake(files: Sequence[str], directory: str, shown: Shown, root: str) -> _Read:
    return _read(files, shown, lambda declaring: read_bake(declaring, root, directory))


def _has_dockerfile(build: Build) -> bool:
    """Whether the Dockerfile of a build is there."""
    if build.inline is not None:
        return True
    return os.path.lexists(build.dockerfile or default_dockerfile(build.context) or os.path.join(build.context, "."))
