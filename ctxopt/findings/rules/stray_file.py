"""A .dockerignore that is not in the root of the context: no builder reads it."""

import os
from collections.abc import Iterator

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import KEPT, Kind, View
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.settings import Settings

RULE = "CTX006"
NAME = "ignore-file-not-read"
TITLE = "An ignore file that no build reads"
HELP = (
    "Docker reads `.dockerignore` in the root of the context, or an ignore file named after the Dockerfile beside it. "
    "Move the patterns there; they count from the root."
)
_NAME = ".dockerignore"


def check(context: BuildContext, _settings: Settings) -> Iterator[Finding]:
    """Find files named .dockerignore in directories below the root, and one beside a Dockerfile elsewhere.

    The latter is a warning if the context has no ignore file at all: then it is likely to be meant for one.
    """
    beside = _beside_dockerfile(context)
    if beside is not None:
        yield Finding(
            RULE,
            Severity.WARNING,
            beside,
            None,
            f"it lies beside {context.located.dockerfile.name}, but is never read for this context, which so has none",
            f"move it to the root of the context, or name it {context.located.dockerfile.name}.dockerignore; "
            "its patterns count from the root",
        )
    for directory, place in context.tree.named((_NAME,)):
        if directory.parent is None:
            continue
        path = directory.child_path(_NAME)
        if directory.kinds[place] != Kind.DIRECTORY and directory.flags[place] & KEPT and path != beside:
            yield Finding(
                RULE,
                Severity.NOTE,
                path,
                None,
                "it is not read in a build with this context",
                "move its patterns to the root, if they are meant for this build",
            )


def _beside_dockerfile(context: BuildContext) -> str | None:
    """The .dockerignore in the Dockerfile's directory, if that is not the root and no ignore file applies."""
    applies = any(context.ignore_file(view) is not None for view in (View.BUILDKIT, View.CLASSIC))
    if applies or context.located.inline:
        return None
    path = os.path.join(context.root, os.path.dirname(context.located.dockerfile.name), _NAME)
    if not os.path.isfile(path) or os.path.samefile(os.path.dirname(path), context.root):
        return None
    shown = os.path.join(os.path.dirname(context.located.dockerfile.name), _NAME)
    return shown.replace(os.sep, "/")
