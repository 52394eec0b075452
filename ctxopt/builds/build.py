"""One build as a project declares it."""

from dataclasses import field, replace

from ctxopt.core.dockerfile.planning.variables import machine
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.named_context import NamedContext
from ctxopt.errors import CtxoptError


@dataclass(frozen=True, slots=True)
class Build:
    """The parameters of one build, as for `docker build`, and where they are declared. Nothing is opened yet.

    `origin` names the declaration for people, such as "Dockerfile", "compose.yaml: service web" or
    "docker-bake.hcl: target api". `context` and `dockerfile` are absolute paths; without a `dockerfile`
    it is found in the context as `docker build` finds it, unless `inline` holds its text.
    `ignore_file` is an absolute path, read in place of the ignore file that Docker would find. `contexts` are the
    named contexts. `dialect` is "docker" or "podman": whose names and precedence of ignore files apply; None goes by
    the name of the Dockerfile. `unknown_args` are the names of further arguments, with values that only the tool that
    builds knows: what reads with them is not resolved; ANY_ARGUMENT is any that the Dockerfile declares. `platforms`
    are all platforms that one build is for, where there are several, or where one is not known, which is ""; `platform`
    is then the first that is. `further_platform`: the build is that for another one of several. `made` are paths in the
    context, separated by slashes, that something makes before the build starts; "" says that it may make anything. The
    context is `assumed` where nothing says so, and another directory has all sources as well.
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
    unknown_args: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    further_platform: bool = False
    made: tuple[str, ...] = ()
    #: No part of what tells builds apart.
    assumed: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class DeclaringFile:
    """A file that declares builds: its path, its name for people, and its text if that is known already."""

    path: str
    shown: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A build or a file with builds that was found, and that cannot be read, parsed or resolved completely.

    `origin` names it for people, as in `Build`; `file` is the name of its file as it is shown; lines count from 1.
    """

    origin: str
    file: str
    reason: str
    line: int | None = None

    @classmethod
    def by_error(cls, error: CtxoptError, origin: str) -> "Unresolved":
        """The same from an error; `origin` is also its file where the error names none."""
        reason = CtxoptError(error.problem, hint=error.hint).text
        return cls(origin, error.file or origin, reason, error.line)

    @property
    def text(self) -> str:
        """The whole in one line, unescaped."""
        location = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{location if self.origin == self.file else self.origin}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Declared:
    """The builds that Compose or bake files declare, and those among them that cannot be resolved.

    A build of which only an argument or the platform is unknown is in both lists. `notes` are about what was
    assumed; those about one build are also in `assumed`, with it. `others` are builds, each with the one that it may be
    instead, in another context.
    """

    builds: tuple[Build, ...]
    notes: tuple[str, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    assumed: tuple[tuple[Build, str], ...] = ()
    others: tuple[tuple[Build, Build], ...] = ()


def with_platform(build: Build) -> Build:
    """The build for the platform that `docker build` takes on this machine, if it asks for none."""
    return build if build.platform is not None else replace(build, platform=f"linux/{machine()}")
