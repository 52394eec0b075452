"""What one build is given, as `docker build` has it."""

from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path

from ctxopt.core.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Passed:
    """What is passed through to every build as it was typed; values of secrets are never printed."""

    network: str | None = None
    secrets: tuple[str, ...] = ()
    ssh: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """The options of the command."""
        given = [f"--network={self.network}"] if self.network else []
        return [*given, *(f"--secret={each}" for each in self.secrets), *(f"--ssh={each}" for each in self.ssh)]


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """One build of a context directory.

    `dockerfile` are the bytes of the file called `name`; `ignore` those of the ignore file, None for none. `tar`
    writes the context that the legacy builder gets to a path and returns the Dockerfile's name in it.
    `options` are those that describe the build: target, build arguments, platform, named contexts. `staged` are the
    named contexts of which the builder gets a copy: each function makes it at a path that does not exist yet.
    """

    context: str
    name: str
    dockerfile: bytes
    ignore: bytes | None
    tar: Callable[[Path], str]
    options: tuple[str, ...] = ()
    cached: bool = True
    staged: Mapping[str, Callable[[Path], None]] = field(default_factory=dict)
