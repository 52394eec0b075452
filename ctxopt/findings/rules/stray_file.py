"""A .dockerignore that is not at the context root: no builder reads it."""

import os
from collections.abc import Iterator

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import KEPT, EntryKind, View
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

_NAME = ".dockerignore"


def check(context: RuleContext) -> Iterator[Finding]:
    """Find files named .dockerignore below the root, and one beside a Dockerfile that is elsewhere.

    The latter is a warning, as the context has no ignore file then, and this one is probably meant for it.
    """
    build = context.build
    beside = _beside_dockerfile(build)
    if beside is not None:
        yield Finding(
            RULE.id,
            Severity.WARNING,
            beside,
            None,
            f"it lies beside {build.located.dockerfile.name}, but is never read for this context, which so has none",
            f"move it to the root of the context, or name it {build.located.dockerfile.name}.dockerignore; "
            "its patterns count from the root",
        )
    for directory, place in build.tree.named((_NAME,)):
        if directory.parent is None:
            continue
        path = directory.child_path(_NAME)
        if directory.kinds[place] != EntryKind.DIRECTORY and directory.flags[place] & KEPT and path != beside:
            yield Finding(
                RULE.id,
                Severity.NOTE,
                path,
                None,
                "it is not read in a build with this context",
                "move its patterns to the root, if they are meant for this build",
            )


RULE = Rule(
    id="CTX006",
    name="ignore-file-not-read",
    title="An ignore file that no build reads",
    help=(
        "Docker reads `.dockerignore` in the root of the context, or an ignore file named after the Dockerfile beside "
        "it. Move the patterns there; they count from the root."
    ),
    check=check,
)


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
