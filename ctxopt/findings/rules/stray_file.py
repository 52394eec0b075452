"""A .dockerignore that is not at the context root, or a link that leads nowhere there: BuildKit does not read it."""

import os
from collections.abc import Iterator

from ctxopt.catalogue.secrets import is_elsewhere
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import KEPT, Directory, EntryKind, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.errors import CtxoptError
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

_NAME = ".dockerignore"
#: Maximum size of such a file in bytes, and maximum number of files of an instruction that its patterns are tried on.
_LARGEST = 1 << 20
_MOST = 1_000


def check(context: RuleContext) -> Iterator[Finding]:
    """Find links that BuildKit does not follow, .dockerignore files below the root, and one beside another Dockerfile.

    The latter is a warning, as the context has no ignore file then, and this one is probably meant for it.
    """
    build = context.build
    for name in build.located.unfollowed:
        yield Finding(
            RULE.id,
            Severity.WARNING,
            name,
            None,
            "a symbolic link that BuildKit does not follow, so none of its patterns applies",
            "put the file itself there; BuildKit only follows links inside of the directory",
        )
    beside = _beside_dockerfile(build)
    if beside is not None and not _is_used(build, beside):
        yield Finding(
            RULE.id,
            Severity.WARNING,
            beside,
            None,
            f"next to {build.located.dockerfile.name}, but not read for this context, which has no ignore file",
            _fix(
                build,
                beside,
                f"move it to the context root, or rename it to {build.located.dockerfile.name}.dockerignore; "
                "its patterns are relative to the context root",
            ),
        )
    own = (build.located.dockerfile_path or "").rpartition("/")[0]
    for directory, index in build.tree.named((_NAME,)):
        if directory.parent is None:
            continue
        path = directory.child_path(_NAME)
        if is_elsewhere(path):
            # What tests and examples build has a context of its own.
            continue
        is_kept = directory.kinds[index] != EntryKind.DIRECTORY and directory.flags[index] & KEPT
        is_own = directory.path == own
        is_meant = is_kept and path != beside and (is_own or not (_is_context(directory) or _lost(build, path)))
        if is_meant and not _is_used(build, path):
            message = "not read in a build with this context"
            move = "if its patterns are meant for this build, move them to the context root; else remove it"
            yield Finding(RULE.id, Severity.NOTE, path, None, message, _fix(build, path, move))


RULE = Rule(
    id="CTX006",
    name="ignore-file-not-read",
    title="Ignore file that no build reads",
    help=(
        "Docker reads `.dockerignore` at the context root, or an ignore file named after the Dockerfile "
        "next to it. Move the patterns there; they are relative to the context root."
    ),
    check=check,
)


def _is_context(directory: Directory) -> bool:
    """Whether a directory has a Dockerfile of its own, and so is most likely a context of its own."""
    names = map(str.lower, directory.names)
    return any(name.startswith(("dockerfile", "containerfile")) or name.endswith(".dockerfile") for name in names)


def _beside_dockerfile(build: BuildContext) -> str | None:
    """The .dockerignore beside a Dockerfile outside of the root; None if an ignore file applies."""
    applies = any(build.ignore_file(view) is not None for view in (View.BUILDKIT, View.CLASSIC))
    if applies or build.located.inline:
        return None
    path = os.path.join(build.root, os.path.dirname(build.located.dockerfile.name), _NAME)
    if not os.path.isfile(path) or os.path.samefile(os.path.dirname(path), build.root):
        return None
    shown = os.path.join(os.path.dirname(build.located.dockerfile.name), _NAME)
    return shown.replace(os.sep, "/")


def _is_used(build: BuildContext, path: str) -> bool:
    """Whether a command puts the file in place, or something builds with its directory as the context."""
    # Imported here because few builds have such a file.
    from ctxopt.evidence.operation import is_named_as_context, is_put_in_place

    directory = os.path.dirname(os.path.join(build.root, path))
    return is_put_in_place(build, path) or is_named_as_context(build, directory)


def _fix(build: BuildContext, path: str, move: str) -> str:
    """What to do with a file: `move` its patterns, unless they would take something from an instruction."""
    lost = _lost(build, path)
    if lost is None:
        return move
    name, read = lost
    reader = f"{read.kind} in line {read.line}"
    return f"remove it: at the context root, its patterns would exclude {name}, which {reader} reads"


def _lost(build: BuildContext, path: str) -> tuple[str, ContextRead] | None:
    """The first file that the patterns of a file would take from an instruction which names it."""
    # Imported here because few builds have such a file.
    from ctxopt.core.dockerignore.spec import DockerIgnore

    data = build.read(path, _LARGEST) or b""
    try:
        ignore = DockerIgnore.from_bytes(data, path)
        for result in build.usage.results:
            if result.error is None and not result.read.broad:
                files = build.usage.files_of(result.read.number)[:_MOST]
                lost = next(filter(ignore.ignores, files), None)
                if lost is not None:
                    return lost, result.read
    except CtxoptError:
        # A pattern that no builder takes.
        return None
    return None
