"""What the real clients send of a build context."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from tests.support.engine.builds import Options
from tests.support.engine.contents import tar_entries
from tests.support.engine.dockerfiles import prepared
from tests.support.engine.session import Connection, session_folder, tools, unavailable

if TYPE_CHECKING:
    from tests.support.classic_client import Engine as ClassicClient

_COPIES_ALL = b"FROM scratch\nCOPY . /\n"
_OPENED = re.compile(rb'openat\(AT_FDCWD, "([^"]*)", ([A-Z_|]+)')


@cache
def _classic_client() -> "ClassicClient":
    """The stand-in for an engine, for the whole process."""
    # Not there on Windows, where these modules are imported all the same.
    from tests.support.classic_client import Engine as ClassicClient

    return ClassicClient(tools(), session_folder()).__enter__()


def sent_by_classic(folder: Path, dockerfile: str | None = None) -> frozenset[str] | None:
    """The entries in the tar that the classic client sends, directories with a slash; None if it refuses."""
    sent = _classic_client().sent(folder, dockerfile)
    return None if sent is None else frozenset(sent)


def sent_by_buildkit(connection: Connection, folder: Path, dockerfile: str | None = None) -> frozenset[str] | None:
    """All entries that BuildKit's client would send if asked, directories with a slash; None if it refuses.

    Found by a build that copies all of the context, with the ignore file of the Dockerfile.
    """
    name = Path(dockerfile or "Dockerfile").name
    own = folder / f"{dockerfile or 'Dockerfile'}.dockerignore"
    with _beside(name, _COPIES_ALL, own.read_bytes() if own.is_file() else None) as probe:
        command = [*_build(probe), "--output=type=tar,dest=-", str(folder)]
        with tempfile.TemporaryFile() as tar:
            done = subprocess.run(
                command, env=connection.environment, stdout=tar, stderr=subprocess.DEVNULL, check=False
            )
            if done.returncode:
                return None
            tar.seek(0)
            found = tar_entries(tar)
    return frozenset(path + "/" * (entry.type == "dir") for path, entry in found.items())


def transferred_by_buildkit(
    connection: Connection, folder: Path, dockerfile: str | None = None, options: Options | None = None
) -> frozenset[str]:
    """The regular files of the context that BuildKit's client sends for one build, also one that fails.

    Those are the ones that it opens; directories and links are sent without being opened. The folder has another name
    meanwhile, because what an earlier build sent from a path is not sent again. The Dockerfile and the ignore file are
    read from copies in another folder, so that reading them is not taken for sending them.
    """
    if shutil.which("strace") is None:
        unavailable("there is no strace")
    path = folder / (dockerfile or "Dockerfile")
    ignore = next((file for file in (Path(f"{path}.dockerignore"), folder / ".dockerignore") if file.is_file()), None)
    with (
        _beside(path.name, _prepared(path), ignore.read_bytes() if ignore else b"") as probe,
        tempfile.NamedTemporaryFile() as trace,
        _renamed(folder) as renamed,
    ):
        traced = ["strace", "-f", "--seccomp-bpf", "-qq", "-xx", "-e", "trace=openat", "-o", trace.name]
        command = [*traced, *_build(probe), *(options or Options()).words(), "--output=type=cacheonly", str(renamed)]
        subprocess.run(command, env=connection.environment, capture_output=True, check=False)
        opened = {_unescaped(name) for name, flags in _OPENED.findall(trace.read()) if b"DIRECTORY" not in flags}
    prefix = os.fsencode(renamed) + b"/"
    inside = (os.fsdecode(name.removeprefix(prefix)) for name in opened if name.startswith(prefix))
    return frozenset(name for name in inside if (folder / name).is_file())


def transferred_of_named(
    connection: Connection, folder: Path, contexts: Mapping[str, Path], target: str | None = None
) -> dict[str, frozenset[str]]:
    """The regular files that BuildKit's client sends of each named context for a build of a folder.

    Found as in `transferred_by_buildkit`, for directories that were not built before.
    """
    if shutil.which("strace") is None:
        unavailable("there is no strace")
    with tempfile.NamedTemporaryFile() as trace:
        traced = ["strace", "-f", "--seccomp-bpf", "-qq", "-xx", "-e", "trace=openat", "-o", trace.name]
        words = Options(target=target, contexts=contexts).words()
        command = [*traced, *_build(folder / "Dockerfile"), *words, "--output=type=cacheonly", str(folder)]
        subprocess.run(command, env=connection.environment, capture_output=True, check=False)
        opened = {_unescaped(name) for name, flags in _OPENED.findall(trace.read()) if b"DIRECTORY" not in flags}
    paths = {Path(os.fsdecode(name)) for name in opened}
    return {
        name: frozenset(str(path.relative_to(at)) for path in paths if path.is_relative_to(at) and path.is_file())
        for name, at in contexts.items()
    }


def _prepared(dockerfile: Path) -> bytes:
    text = dockerfile.read_bytes().decode("utf-8", "surrogateescape")
    return prepared(text).encode("utf-8", "surrogateescape")


def _unescaped(name: bytes) -> bytes:
    return bytes.fromhex(name.decode().replace("\\x", ""))


def _build(dockerfile: Path) -> list[str]:
    return ["docker", "buildx", "build", "--quiet", f"--file={dockerfile}"]


@contextmanager
def _renamed(folder: Path) -> Iterator[Path]:
    """The folder with a name that it never had before."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        renamed = Path(name) / uuid4().hex
        folder.rename(renamed)
        try:
            yield renamed
        finally:
            renamed.rename(folder)


@contextmanager
def _beside(name: str, dockerfile: bytes, ignore: bytes | None) -> Iterator[Path]:
    """A Dockerfile in a folder of its own, with an ignore file or without."""
    with tempfile.TemporaryDirectory(dir=session_folder()) as folder:
        path = Path(folder) / name
        path.write_bytes(dockerfile)
        if ignore is not None:
            Path(f"{path}.dockerignore").write_bytes(ignore)
        yield path
