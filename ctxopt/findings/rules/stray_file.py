"""A .dockerignore that is not at the context root, or a link that leads nowhere there: BuildKit does not read it."""

import os
from collections.abc import Iterator

from ctxopt.catalogue.secrets import is_elsewhere
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import KEPT, Directory, EntryKind, View
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

_NAME = ".dockerignore"


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
    if beside is not None and not _is_put_in_place(build, beside):
        yield Finding(
            RULE.id,
            Severity.WARNING,
            beside,
            None,
            f"next to {build.located.dockerfile.name}, but not read for this context, which has no ignore file",
            f"move it to the context root, or rename it to {build.located.dockerfile.name}.dockerignore; "
            "its patterns are relative to the context root",
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
        is_meant = is_kept and path != beside and (directory.path == own or not _is_context(directory))
        if is_meant and not _is_put_in_place(build, path):
            yield Finding(
                RULE.id,
                Severity.NOTE,
                path,
                None,
                "not read in a build with this context",
                "if its patterns are meant for this build, move them to the context root",
            )


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


def _is_put_in_place(build: BuildContext, path: str) -> bool:
    # Imported here because few builds have such a file.
    from ctxopt.evidence.operation import is_put_in_place

    return is_put_in_place(build, path)
