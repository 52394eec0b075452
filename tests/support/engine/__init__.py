"""A real Docker engine for tests.

    def test_it_builds(real_engine: Engine, tmp_path: Path) -> None:
        build = real_engine.build(tmp_path)
        assert build.succeeded, build.last_lines

A test that uses `real_engine` (see tests/conftest.py) or `engine()` is marked `engine`; `make test-engine` runs these
alone, `make test` all others. Where there is no engine they are skipped with the reason. Environment variables:

CTXOPT_TEST_ENGINE      the engine to use, such as unix:///var/run/docker.sock, in place of one of our own; images made
                        there have the label `ctxopt.tests` and are removed at the end of the session, and the names of
                        images that are there already are left as they are. Its build cache is left to its own limits
CTXOPT_TEST_SUITE       the Debian suite whose engine is started: trixie (26.1.5), or sid
CTXOPT_TEST_CACHE       where the unpacked packages are kept (default: ctxopt-tests in the user's cache directory)
CTXOPT_REQUIRE_ENGINE   if set, a test fails where it would be skipped for want of the engine or of a program

The engine is started by the first test that asks for it, shared by all workers of the session, and ended when the
process that runs the session ends, in whatever way; see engine.sh. It reaches no registry: base images are made of this
machine's files when a Dockerfile names them (images.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ctxopt.core.named_context import context_name
from tests.support.engine.builds import Build, Image, Options, Step, run_build, unknown_flags
from tests.support.engine.contents import Entries, Entry
from tests.support.engine.declared import DeclarationError, bake_print, compose_config
from tests.support.engine.dockerfiles import base_names, prepared
from tests.support.engine.images import provide
from tests.support.engine.sending import (
    sent_by_buildkit,
    sent_by_classic,
    transferred_by_buildkit,
    transferred_of_named,
)
from tests.support.engine.session import Connection, connect, unavailable

__all__ = [
    "Build",
    "DeclarationError",
    "Engine",
    "Entries",
    "Entry",
    "Image",
    "Options",
    "Step",
    "bake_print",
    "base_names",
    "compose_config",
    "engine",
    "prepared",
    "unavailable",
]


@dataclass(frozen=True)
class Engine:
    """The engine of the test session."""

    connection: Connection

    @property
    def host(self) -> str:
        """Its address, as DOCKER_HOST has it."""
        return self.connection.host

    @property
    def environment(self) -> dict[str, str]:
        """The environment for processes that are to use it; its clients come first on PATH."""
        return dict(self.connection.environment)

    @property
    def unknown_flags(self) -> tuple[str, ...]:
        """The flags of COPY that its own front end does not know yet."""
        return unknown_flags(self.connection)

    def provide(self, text: str, args: Mapping[str, str] | None = None) -> None:
        """Make the images that a Dockerfile names. Skips where this machine lacks a program that one needs."""
        provide(self.connection, base_names(text, args))

    def build(
        self,
        folder: Path,
        dockerfile: str | None = None,
        *,
        builder: str = "buildkit",
        target: str | None = None,
        args: Mapping[str, str] | None = None,
        contexts: Mapping[str, str | Path] | None = None,
        network: str = "host",
        cache: bool = True,
        unknown_flags: tuple[str, ...] = (),
        arguments: tuple[str, ...] = (),
    ) -> Build:
        """Build a folder, by "buildkit" or "classic"; `dockerfile` is relative to it.

        The images that the Dockerfile names are made first, and a Dockerfile that asks for a registry is read from a
        prepared copy (see `prepared`, which also says what `unknown_flags` does).
        """
        options = Options(builder, target, args, contexts, network, cache, unknown_flags, arguments)
        self._provide_for(folder, dockerfile, args, contexts)
        return run_build(self.connection, folder, dockerfile, options)

    def sent(self, folder: Path, dockerfile: str | None = None, *, builder: str = "buildkit") -> frozenset[str] | None:
        """All entries that a builder's client would send, directories with a slash; None if it refuses."""
        if builder == "classic":
            return sent_by_classic(folder, dockerfile)
        return sent_by_buildkit(self.connection, folder, dockerfile)

    def transferred(
        self,
        folder: Path,
        dockerfile: str | None = None,
        *,
        target: str | None = None,
        args: Mapping[str, str] | None = None,
    ) -> frozenset[str]:
        """The regular files that BuildKit's client sends for one build of a folder that was not built before."""
        self._provide_for(folder, dockerfile, args, None)
        options = Options(target=target, args=args)
        return transferred_by_buildkit(self.connection, folder, dockerfile, options)

    def transferred_of_named(
        self, folder: Path, contexts: Mapping[str, Path], *, target: str | None = None
    ) -> dict[str, frozenset[str]]:
        """The regular files that BuildKit's client sends of each named context, of directories not built before."""
        self._provide_for(folder, None, None, contexts)
        return transferred_of_named(self.connection, folder, contexts, target)

    def _provide_for(
        self,
        folder: Path,
        dockerfile: str | None,
        args: Mapping[str, str] | None,
        contexts: Mapping[str, str | Path] | None,
    ) -> None:
        path = folder / (dockerfile or "Dockerfile")
        if path.is_file():
            names = base_names(path.read_bytes().decode("utf-8", "replace"), args)
            provide(self.connection, {name for name in names if context_name(name.lower()) not in (contexts or ())})


@cache
def engine() -> Engine:
    """The engine of the test session, started if need be. Skips the test where there is none."""
    return Engine(connect())
