"""The history that git keeps, in the image."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore.quote import literal
from ctxopt.display import amount
from ctxopt.findings.final_image import LONGEST
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.settings import Settings

if TYPE_CHECKING:
    from ctxopt.findings.fate import Fates, Taken

RULE = "CTX103"
NAME = "git-in-image"
TITLE = "The history of git is in the image"
HELP = (
    "Leave `.git` out with the ignore file: it holds all that was ever committed, secrets that were removed since "
    "among it. A RUN that asks git can have it for its time with `--mount=type=bind`."
)

_NAME: Final = ".git"
_ASKS: Final = re.compile(
    r"(?<![\w./-])git[ \t]++(?:-\S++[ \t]++)*+"
    r"(?:describe|rev-parse|rev-list|log|show|status|diff|tag|branch|submodule|lfs)\b"
)
#: A password in the address of a remote, and the token that GitHub's checkout action leaves behind.
_CREDENTIALS: Final = re.compile(rb"://[^/\s:@]{0,200}:[^/\s@]{1,400}@|extraheader")
_LARGEST: Final = 64 << 10


def check(context: BuildContext, _settings: Settings) -> Iterator[Finding]:
    """Find git's own directories that get into the image; an error if they hold a password."""
    if _NAME not in context.tree.names:
        return
    from ctxopt.findings.fate import Fates, first_file

    for directory in context.tree.directories():
        inside = directory.subdirectories.get(_NAME)
        place = directory.find(_NAME)
        if inside is None or not directory.flags[place] & View.BUILDKIT or _NAME in directory.path.split("/"):
            continue
        first = first_file(inside, ("HEAD", "config"))
        if first is None:
            continue
        fates = Fates(context, [first])
        taken = fates.taken(first, _NAME)
        if taken is not None and taken.in_image:
            yield _finding(context, fates, inside, taken)


def _finding(context: BuildContext, fates: "Fates", inside: Directory, taken: "Taken") -> Finding:
    from ctxopt.findings.fate import taken_below

    read, step = taken.read, taken.step
    evidence = []
    if step is not read:
        evidence.append(f"{read.kind} in line {read.line} takes it into stage {read.stage_label}")
    elif (line := fates.removal(_NAME, read)) is not None:
        evidence.append(f"RUN in line {line} removes it again, but the layer of line {read.line} keeps it")
    if "objects" in inside.subdirectories:
        objects = taken_below(context, inside.subdirectories["objects"], read)
        evidence.append(f"{inside.path}/objects: {amount(objects.size, objects.files)}")
    leaks = _CREDENTIALS.search(context.read(f"{inside.path}/config", _LARGEST) or b"") is not None
    if leaks:
        evidence.append(f"{inside.path}/config holds a password or a token for a remote")
    return Finding(
        RULE,
        Severity.ERROR if leaks else Severity.WARNING,
        context.plan.file,
        step.line,
        f"{inside.path} gets into the image, and with it every state that was ever committed",
        _fix(context, inside.path, read),
        taken_below(context, inside, read),
        Confidence.HIGH if taken.sure else Confidence.MEDIUM,
        tuple(evidence),
        step.end_line,
        inside.path,
    )


def _fix(context: BuildContext, path: str, read: ContextRead) -> str:
    ignore = context.ignore_file(View.BUILDKIT)
    leave = f"add {literal(path)} to {'.dockerignore' if ignore is None else ignore.name}"
    asks = any(
        step.kind == "RUN" and step.stage == read.stage and _ASKS.search(step.text[:LONGEST])
        for step in context.plan.steps
    )
    if not asks:
        return leave
    return (
        f"write {read.kind} --exclude={literal(path)} and give it to the RUN that asks git: "
        f"--mount=type=bind,source={path},target={path}"
    )
