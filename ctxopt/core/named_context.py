"""Named contexts: what `docker build --build-context NAME=VALUE`, Compose and bake give a Dockerfile to read besides.

Follows buildx for the names and the forms of values, and BuildKit's `dockerui` for what a name replaces.
"""

import os
from enum import Enum

from ctxopt.core.dockerfile.references import is_image
from ctxopt.core.image_reference import reference
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

_SCP = lazy_re(r"[\w.+-]+@[\w.-]+:")
#: What the values of images, of layouts on disk and of other builds begin with.
_IMAGE = "docker-image:"
_LAYOUT = "oci-layout:"
_BUILDS = ("target:", "service:")


class ContextSource(Enum):
    """What a named context is taken from."""

    #: A directory on this machine, which is sent to the builder.
    DIRECTORY = "directory"
    IMAGE = "image"
    #: An image in a directory, in the layout of the Open Container Initiative.
    LAYOUT = "oci-layout"
    #: The result of another build, which the same declaration has.
    BUILD = "build"
    #: A git repository or a file that the builder fetches.
    REMOTE = "remote"
    #: A value that cannot be evaluated here.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class NamedContext:
    """A context besides the main one: its name in the Dockerfile, and its value as `docker build` takes it.

    The name is as BuildKit compares it, without a registry and a tag that are the default. The value of a directory is
    an absolute path; one that is not known is empty.
    """

    name: str
    value: str

    @property
    def source(self) -> ContextSource:
        """What it is taken from, by the form of the value."""
        return source_of(self.value)

    @property
    def directory(self) -> str | None:
        """The absolute path of its directory; None if it is none."""
        return self.value if self.source is ContextSource.DIRECTORY else None

    @property
    def is_empty(self) -> bool:
        """Whether it is the empty image."""
        return self.value in ("docker-image://scratch", "docker-image:scratch")


def source_of(value: str) -> ContextSource:
    """What a context is taken from, by the form of its value; an empty one is not known."""
    if not value:
        return ContextSource.UNKNOWN
    if value.startswith(_IMAGE):
        return ContextSource.IMAGE
    if value.startswith(_LAYOUT):
        return ContextSource.LAYOUT
    if value.startswith(_BUILDS):
        return ContextSource.BUILD
    if "://" in value or value.startswith("github.com/") or _SCP.match(value):
        return ContextSource.REMOTE
    return ContextSource.DIRECTORY


def context_name(name: str) -> str | None:
    """The name of an image or a context as BuildKit compares it; None for one that it refuses."""
    if not is_image(name):
        return None
    named = reference(name)
    hub = named.repository.startswith("docker.io/")
    familiar = named.repository.removeprefix("docker.io/").removeprefix("library/") if hub else named.repository
    tag = f":{named.tag}" if named.tag else ""
    return f"{familiar}{tag}@{named.digest}" if named.digest else (familiar + tag).removesuffix(":latest")


def entry_of(name: str, path: str) -> str:
    """An entry of a context as it is written where entries of several contexts are; the main one has no name."""
    return f"{name}:{path}" if name else path


def named_context(name: str, value: str, directory: str) -> NamedContext:
    """A named context from its name and value as they are written; a path is relative to `directory`.

    Raises CtxoptError for a name that buildx refuses.
    """
    known = context_name(name)
    if known is None:
        raise CtxoptError(f'"{name}" is not a valid name of a context', hint="write NAME=VALUE with a lower-case name")
    if source_of(value) is ContextSource.DIRECTORY:
        value = os.path.normpath(os.path.join(directory, value))
    return NamedContext(known, value)
