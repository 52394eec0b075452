"""One build as a project declares it."""

from dataclasses import dataclass

from ctxopt.core.named_context import NamedContext


@dataclass(frozen=True, slots=True)
class Build:
    """The parameters of one build, as for `docker build`, and where they are declared. Nothing is opened yet.

    `origin` names the declaration for people, such as "Dockerfile", "compose.yaml: service web" or
    "docker-bake.hcl: target api". `context` and `dockerfile` are absolute paths; without a `dockerfile`
    it is found in the context as `docker build` finds it, unless `inline` holds its text.
    `ignore_file` is an absolute path, read in place of the ignore file that Docker would find. `contexts` are the
    named contexts. `dialect` is "docker" or "podman": whose names and precedence of ignore files apply; None goes by
    the name of the Dockerfile.
    """

    origin: str
    context: str
    dockerfile: str | None = None
    inline: str | None = None
    target: str | None = None
    build_args: tuple[tuple[str, str], ...] = ()
    platform: str | None = None
    ignore_file: str | None = None
    contexts: tuple[NamedContext, ...] = ()
    dialect: str | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """The builds that one Compose or bake file declares, and notes about what was not read from it."""

    builds: tuple[Build, ...]
    notes: tuple[str, ...] = ()
