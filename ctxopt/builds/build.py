"""One build as a project declares it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Build:
    """One build: its context, its Dockerfile, and where that is declared.

    `origin` names the declaration for people, such as "Dockerfile", "compose.yaml: service web" or
    "docker-bake.hcl: target api". `context` and `dockerfile` are absolute paths; without a `dockerfile`
    it is found in the context as `docker build` finds it, unless `inline` holds its text.
    """

    origin: str
    context: str
    dockerfile: str | None = None
    inline: str | None = None
    target: str | None = None
    build_args: tuple[tuple[str, str], ...] = ()
    platform: str | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """The builds that one file declares, and notes about what could not be taken from it."""

    builds: tuple[Build, ...]
    notes: tuple[str, ...] = ()
