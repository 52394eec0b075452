"""A `.git` directory in the image."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ctxopt.core.context.tree import Directory, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore.quote import literal
from ctxopt.core.lazy_re import lazy_re
from ctxopt.display import amount
from ctxopt.evidence.kept_lines import is_kept_on_purpose, kept_by
from ctxopt.findings.context import RuleContext
from ctxopt.findings.directories import first_file
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule

if TYPE_CHECKING:
    from ctxopt.image.exposure import Exposure, Exposures


_NAME: Final = ".git"
#: A password in the URL of a remote, and the token that GitHub's checkout action stores.
_CREDENTIALS: Final = lazy_re(rb"://[^/\s:@]{0,200}:[^/\s@]{1,400}@|extraheader")
_LARGEST: Final = 64 << 10


def check(context: RuleContext) -> Iterator[Finding]:
    """Find `.git` directories that get into the image; an error if they contain a password."""
    build = context.build
    if _NAME not in build.tree.names:
        return
    exception = kept_by(build, _NAME)
    ignore = build.ignore_file(View.BUILDKIT)
    for directory in build.tree.directories():
        inside = directory.subdirectories.get(_NAME)
        index = directory.find(_NAME)
        if inside is None or not directory.flags[index] & View.BUILDKIT or _NAME in directory.path.split("/"):
            continue
        first = first_file(inside, ("HEAD", "config"))
        if first is None:
            continue
        exposures = context.exposure([first])
        exposure = exposures.of(first, _NAME)
        if exposure is not None and exposure.in_image:
            finding = _finding(context, exposures, inside, exposure)
            # Who keeps the history out wants the rest; but no password in it.
            if finding.severity is not Severity.ERROR:
                if not _has_history(inside):
                    continue
                if exception is not None and ignore is not None:
                    # An exception says that it is wanted, where what a change says of itself counts.
                    lines = (exception.line,)
                    finding = replace(
                        finding,
                        file=ignore.name,
                        line=exception.line,
                        end_line=None,
                        allowed_in=lines,
                        allowed_by="!.git",
                    )
            yield finding


RULE = Rule(
    id="CTX103",
    name="git-in-image",
    title="Git history in the image",
    help=(
        "Exclude `.git`: it contains everything that was ever committed, including secrets that were "
        "removed since. A RUN that needs git can mount it with `--mount=type=bind`."
    ),
    check=check,
)


def _has_history(inside: Directory) -> bool:
    """Whether what was committed is sent as well; HEAD and refs alone only say which commit it is."""
    index = inside.find("objects")
    return index >= 0 and bool(inside.flags[index] & View.BUILDKIT)


def _finding(context: RuleContext, exposures: "Exposures", inside: Directory, exposure: "Exposure") -> Finding:
    build = context.build
    read, step = exposure.read, exposure.step
    evidence = []
    if step is not read:
        evidence.append(f"{read.kind} in line {read.line} copies it into stage {read.stage_label}")
    elif (line := exposures.removal(_NAME, read)) is not None:
        evidence.append(f"RUN in line {line} removes it, but the layer of line {read.line} keeps it")
    if "objects" in inside.subdirectories:
        objects = build.usage.taken_below(read.number, inside.subdirectories["objects"])
        evidence.append(f"{inside.path}/objects: {amount(objects.size, objects.files)}")
    leaks = _CREDENTIALS.search(build.read(f"{inside.path}/config", _LARGEST) or b"") is not None
    if leaks:
        evidence.append(f"{inside.path}/config contains a password or token for a remote")
    return Finding(
        RULE.id,
        Severity.ERROR if leaks else Severity.WARNING,
        build.plan.file,
        step.line,
        f"{inside.path} is copied into the image, with everything that was ever committed",
        _fix(context, inside.path, read),
        totals=build.usage.taken_below(read.number, inside),
        confidence=Confidence.HIGH if exposure.sure else Confidence.MEDIUM,
        evidence=tuple(evidence),
        end_line=step.end_line,
        subject=inside.path,
    )


def _fix(context: RuleContext, path: str, read: ContextRead) -> str:
    ignore = context.build.ignore_file(View.BUILDKIT)
    leave = f"add {literal(path)} to {'.dockerignore' if ignore is None else ignore.name}"
    if not _asks_git(context, read) and not is_kept_on_purpose(context.build, _NAME):
        return leave
    mount = f"--mount=type=bind,source={path},target={path}"
    why = f" ({context.history.why})" if context.history is not None else ""
    return (
        f"write {read.kind} --exclude={literal(path)} and mount it for the RUN that needs git{why}: {mount}; or pass "
        "the version as a build argument"
    )


def _asks_git(context: RuleContext, read: ContextRead) -> bool:
    """Whether a RUN of the stage runs git for what its history says, or may, since it cannot be read."""
    if context.history is not None:
        return True
    commands = context.commands
    stage = [number for number, step in context.build.plan.numbered_steps() if step.stage == read.stage]
    return any(not commands.of(number) for number in commands.with_words(stage, ("git ",)))
