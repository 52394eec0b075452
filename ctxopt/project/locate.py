"""Which Dockerfile and which ignore files a build of a context uses, and their bytes.

Follows docker/cli for the classic builder, BuildKit's `dockerui` for BuildKit, and buildah for a
Containerfile. Nothing outside the context is read through a symbolic link that lies in it.
"""

import os
import stat
from dataclasses import dataclass, replace

from ctxopt.errors import ContextError, DockerfileError
from ctxopt.golang import paths

#: No Dockerfile or ignore file that is longer is read, in bytes.
_LARGEST = 64 << 20


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read: its name as shown to people, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Located:
    """The files of one build.

    `root` is the context directory without links; `dockerfile_path` is the Dockerfile's path in the
    context as the classic client sees it, None if it lies outside or is no file (`inline`).
    `buildkit_ignore` and `classic_ignore` are None where no ignore file applies. `classic_refusal` is
    why the classic client would fail before it looks at anything.
    """

    root: str
    dockerfile: SourceFile
    dockerfile_path: str | None
    buildkit_ignore: SourceFile | None
    classic_ignore: SourceFile | None
    notes: tuple[str, ...] = ()
    classic_refusal: ContextError | None = None
    inline: bool = False

    def with_ignore_file(self, file: SourceFile | None, name: str) -> "Located":
        """The same build where the ignore file of this name has other bytes, or is not there.

        A name other than `.dockerignore` is that of the Dockerfile's own ignore file.
        """
        own = name != ".dockerignore"
        buildkit, classic = self.buildkit_ignore, self.classic_ignore
        replaces = buildkit is None or buildkit.name == name or (own and buildkit.name == ".dockerignore")
        return replace(
            self,
            buildkit_ignore=file if replaces else buildkit,
            classic_ignore=file if (classic is None and not own) or (classic and classic.name == name) else classic,
        )


def locate(context: str, dockerfile: str | None = None, *, inline: str | None = None) -> Located:
    """Find the files of a build. `dockerfile` is relative to the context unless it is absolute.

    `inline` is the text of a Dockerfile that is no file (`dockerfile_inline` of a compose file); no
    Dockerfile is then looked for, and none has an ignore file of its own.

    Raises ContextError if the context is no readable directory, DockerfileError if there is no
    Dockerfile, and either of them for a file that is there but cannot be read.
    """
    root = context_root(context)
    if inline is not None:
        source = SourceFile("Dockerfile (inline)", inline.encode("utf-8", "surrogateescape"))
        ignore = _ignore_file(root, os.path.join(root, ".dockerignore"))
        return Located(root, source, None, ignore, ignore, (), _refusal(root), inline=True)
    notes: list[str] = []
    path = _dockerfile(root, context, dockerfile)
    shown = _shown(root, path)
    data = _read(path, shown)
    if data is None:
        raise DockerfileError(
            "there is no such Dockerfile", file=shown, hint="name it with -f, or check the path of the context"
        )
    beside = path + ".dockerignore"
    name = os.path.basename(path)
    buildkit = _ignore_file(root, beside) or _ignore_file(root, os.path.join(root, ".dockerignore"))
    classic = _ignore_file(root, os.path.join(root, ".dockerignore"))
    if name.startswith("Containerfile"):
        candidates = (path + ".containerignore", beside, ".containerignore", ".dockerignore")
        found = (_ignore_file(root, os.path.join(root, candidate)) for candidate in candidates)
        buildkit = classic = next((file for file in found if file is not None), None)
        notes.append(f"{shown} is built as podman does: .containerignore comes before .dockerignore")
    elif buildkit is not None and classic is not None and buildkit.name != classic.name:
        notes.append(f"BuildKit reads {buildkit.name}; the classic builder reads {classic.name}")
    elif buildkit is not None and classic is None:
        notes.append(f"BuildKit reads {buildkit.name}; the classic builder does not, and ignores nothing")
    real = os.path.realpath(path)
    inside = _inside(root, real)
    if inside is None:
        notes.append(
            f"{shown} lies outside the context: the classic client sends a copy of it, "
            "and a changed .dockerignore, under a random name"
        )
    return Located(root, SourceFile(shown, data), inside, buildkit, classic, tuple(notes), _refusal(root))


def _refusal(root: str) -> ContextError | None:
    if not os.path.isdir(os.path.join(root, ".dockerignore")):
        return None
    return ContextError(
        "it is a directory, on which the classic builder fails", file=".dockerignore", hint="BuildKit ignores it"
    )


def context_root(context: str) -> str:
    """A context directory as an absolute path without links. Raises ContextError."""
    try:
        root = os.path.realpath(context, strict=True)
        is_directory = stat.S_ISDIR(os.stat(root).st_mode)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a valid path"
        raise ContextError(
            f"cannot use it as a build context: {reason}", file=context, hint="give the path of a directory"
        ) from None
    if not is_directory:
        raise ContextError("the build context must be a directory", file=context)
    return root


def _dockerfile(root: str, context: str, given: str | None) -> str:
    if given is not None:
        return os.path.normpath(os.path.join(root, given))
    for name in ("Dockerfile", "dockerfile", "Containerfile"):
        path = os.path.join(root, name)
        if os.path.lexists(path):
            return path
    raise DockerfileError(
        "there is no Dockerfile in the build context",
        file=context,
        hint="name one with -f, or give the path of the context",
    )


def _ignore_file(root: str, path: str) -> SourceFile | None:
    """An ignore file, or None if there is none. A directory of that name counts as none, as in BuildKit."""
    if os.path.isdir(path):
        return None
    name = _shown(root, path)
    data = _read(path, name)
    return None if data is None else SourceFile(name, data)


def _read(path: str, name: str) -> bytes | None:
    """The bytes of a regular file; None if there is none.

    A link is followed only to a place below the directory it is in, the way BuildKit sees it.
    """
    try:
        if os.path.islink(path):
            target = os.path.realpath(path)
            if _inside(os.path.realpath(os.path.dirname(path)), target) is None:
                raise ContextError(
                    "it is a symbolic link that leads out of its directory",
                    file=name,
                    hint="BuildKit does not follow it; put the file itself there",
                )
            path = target
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ContextError("it is not a regular file", file=name)
        if os.stat(path).st_size > _LARGEST:
            raise ContextError("it is larger than 64 MiB", file=name, hint="is it the right file?")
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ContextError(f"cannot read it: {reason}", file=name) from None


def _inside(root: str, path: str) -> str | None:
    """The path relative to the root with slashes, or None if it lies outside."""
    try:
        relative = os.path.relpath(path, root).replace(os.sep, "/")
    except ValueError:
        return None
    return None if relative == ".." or relative.startswith("../") else paths.clean(relative)


def _shown(root: str, path: str) -> str:
    return _inside(root, path) or path
