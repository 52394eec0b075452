"""Which further files an installation reads: those that its manifests name. Where that cannot be told, the reason."""

import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from ctxopt.catalogue.ecosystems import catalogue
from ctxopt.catalogue.installs import Install, cautions
from ctxopt.catalogue.names import any_match
from ctxopt.core.golang import paths
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.manifests import document, is_member, member_values, members
from ctxopt.image.install_needs import Installing
from ctxopt.image.installs import install_scripts, texts_in

#: Gives the bytes of a file of the context; None where it cannot be read.
ReadFile = Callable[[str], bytes | None]

_REQUIREMENT_FILE: Final = lazy_re(r"(?:-r|-c|--requirement|--constraint)[ \t=]*+([^ \t#]++)")
_LOCAL_MODULE: Final = lazy_re(r"=>[ \t]+(\.{1,2}/[^\s]*)")
_PROJECT: Final = lazy_re(r"<(?:ProjectReference[^>]*?Include|Import[^>]*?Project)\s*=\s*\"([^\"$]+)\"")
#: Maximum number of files that requirements files name in turn.
_MOST: Final = 50


class Missing(Exception):
    """It is not known what an installation reads; the text says why."""


def further_files(
    command: Installing, directory: str | None, files: Sequence[str], available: Collection[str], read: ReadFile
) -> Iterator[str]:
    """The further files of the context that a command reads, which must be `available`.

    `directory` is the one in the context that becomes the command's own, None where it is not known; `files` are what
    it reads by their names. Raises Missing where a file says that it takes more than that.
    """
    install = command.install
    texts = {path: read(path) for path in files if not any(f"{top}/" in path for top in install.directories)}
    if any(data is None for data in texts.values()):
        raise Missing("a file that it reads is too large or unreadable")
    known = {path: data for path, data in texts.items() if data is not None}
    _check(command, known)
    follow = _FOLLOW.get(install.follow)
    if follow is None or directory is None:
        said = _members_named(install, known)
        if said:
            raise Missing(f"{said[0]} in its manifest names more projects")
        return
    for path in follow(command, directory, known, available, read):
        if path not in files:
            yield path


def _check(command: Installing, files: Mapping[str, bytes]) -> None:
    """Raise Missing for a manifest that says that files of the project are needed."""
    install = command.install
    texts = install.unless if "--no-autoloader" in command.run.words else (*install.unless, *install.mind)
    for path, data in files.items():
        said = texts_in(texts, data)
        if said:
            shown = said[0].strip(' "')
            raise Missing(f"{path} {cautions()[said[0]]} (`{shown}`)")
        scripts = install_scripts(install, data) if any_match(install.manifest, paths.base(path)) else []
        if scripts and "--ignore-scripts" not in command.run.words:
            raise Missing(f"the script {scripts[0]} in {path} may need more files")


def _members_named(install: Install, files: Mapping[str, bytes]) -> list[str]:
    """The texts by which manifests name more projects; a lock file has the same words for other packages."""
    declaring = {*install.manifest, *(workspaces.file for workspaces in catalogue().workspaces)}
    found = (data for path, data in files.items() if any_match(declaring, paths.base(path)))
    return [text for data in found for text in texts_in(install.members, data)]


def _requirements(
    command: Installing, _directory: str, files: Mapping[str, bytes], available: Collection[str], read: ReadFile
) -> Iterator[str]:
    """What requirements files name with -r and -c, each relative to the file that it is in."""
    waiting, seen = list(files), set(files)
    while waiting:
        path = waiting.pop()
        data = files[path] if path in files else read(path)
        if data is None or len(seen) > _MOST:
            raise Missing(f"what {path} names is not known")
        _check(command, {path: data})
        for line in data.decode("utf-8", "replace").splitlines():
            named = _REQUIREMENT_FILE.match(line.strip())
            if named is None or "://" in named[1]:
                continue
            inner = paths.join(paths.parent(path), named[1])
            if inner not in available:
                raise Missing(f"{path} names {inner}, which is not copied")
            if inner not in seen:
                seen.add(inner)
                waiting.append(inner)
                yield inner


def _go_modules(
    _command: Installing, directory: str, files: Mapping[str, bytes], available: Collection[str], _read: ReadFile
) -> Iterator[str]:
    """The go.mod of each module in the context that takes the place of another one."""
    for path in available:
        if paths.base(path) == "go.work" and directory.startswith(paths.parent(path).lstrip(".")):
            raise Missing(f"{path} names more modules")
        if path.startswith(paths.join(directory, "vendor") + "/"):
            raise Missing("the dependencies are in vendor")
    for data in files.values():
        for local in _LOCAL_MODULE.findall(data.decode("utf-8", "replace")):
            path = paths.join(directory or ".", local, "go.mod")
            if path not in available:
                raise Missing(f"go.mod replaces a module by {local}, of which {path} is not copied")
            yield path


def _workspaces(
    command: Installing, directory: str, files: Mapping[str, bytes], available: Collection[str], read: ReadFile
) -> Iterator[str]:
    """The manifests of the members of a workspace."""
    documents = [doc for path in files if (doc := document(path, read)) is not None]
    values = [paths.clean(value) for value in member_values(documents, catalogue())]
    if any(value.startswith("..") for value in values) or (not values and _members_named(command.install, files)):
        raise Missing("the members of its workspace are not known")
    patterns = [parts for found in members(documents, catalogue()).values() for parts in found]
    if any(parts[0].startswith("!") for parts in patterns):
        raise Missing("the workspace excludes members")
    start = f"{directory}/" if directory else ""
    for path in sorted(available):
        inside, _, name = path[len(start) :].rpartition("/")
        if not path.startswith(start) or name != "package.json" or not inside or not is_member(patterns, inside):
            continue
        data = read(path)
        if data is None or b'"bin"' in data:
            raise Missing(f"{path} has programs, which an installation links")
        _check(command, {path: data})
        yield path


def _uv(
    command: Installing, _directory: str, files: Mapping[str, bytes], _available: Collection[str], _read: ReadFile
) -> Iterator[str]:
    """Nothing more, where the lock file is not compared with what the projects themselves say."""
    frozen = "--frozen" in command.run.words or command.run.given.mentions("UV_FROZEN")
    for path, data in files.items():
        if paths.base(path) != "pyproject.toml":
            continue
        try:
            parsed = tomllib.loads(data.decode("utf-8"))
        except (ValueError, RecursionError):
            raise Missing(f"{path} cannot be read") from None
        tool = _table(_table(parsed, "tool"), "uv")
        workspace = _table(tool, "workspace")
        if not frozen and (workspace or "dynamic" in _table(parsed, "project")):
            raise Missing(f"without --frozen uv reads more than {path} to check the lock file")
        member_patterns = [tuple(str(one).strip("/").split("/")) for one in workspace.get("members", ())]
        for source in _table(tool, "sources").values():
            for one in source if isinstance(source, list) else [source]:
                local = one.get("path") if isinstance(one, Mapping) else None
                if local is not None and not is_member(member_patterns, paths.clean(str(local))):
                    raise Missing(f"{path} names {local}, which is installed as well")
    yield from ()


def _table(parsed: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = parsed.get(key)
    return found if isinstance(found, Mapping) else {}


def _projects(
    command: Installing, directory: str, files: Mapping[str, bytes], available: Collection[str], read: ReadFile
) -> Iterator[str]:
    """The settings above and below the projects, and the projects that others refer to."""
    install = command.install
    above = {paths.parent(directory) if directory else ""}
    while directory:
        directory = directory.rpartition("/")[0]
        above.add(directory)
    start = min(files, key=len, default="").rpartition("/")[0]
    for path in sorted(available):
        parent, _, name = path.rpartition("/")
        if any_match(install.reads, name) and (parent in above or f"{parent}/".startswith(f"{start}/") or not start):
            yield path
    for path, data in files.items():
        for named in _PROJECT.findall(data.decode("utf-8", "replace")):
            other = paths.join(paths.parent(path), named.replace("\\", "/"))
            if other not in available:
                raise Missing(f"{path} refers to {other}, which is not copied")
            if other not in files:
                more = read(other)
                if more is None or _PROJECT.search(more.decode("utf-8", "replace")):
                    raise Missing(f"{path} refers to {other}, which refers to more")
                yield other


_Follow = Callable[[Installing, str, Mapping[str, bytes], Collection[str], ReadFile], Iterator[str]]
_FOLLOW: Final[Mapping[str, _Follow]] = {
    "requirements": _requirements,
    "go": _go_modules,
    "workspaces": _workspaces,
    "uv": _uv,
    "projects": _projects,
}
