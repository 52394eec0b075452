"""A `.git` directory in the image."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ctxopt.core.context.tree import View
from ctxopt.core.dockerfile.model import ContextRead, StageCopy
from ctxopt.core.dockerignore.quote import literal
from ctxopt.core.golang import paths
from ctxopt.core.ids import StageId
from ctxopt.display import amount
from ctxopt.evidence.kept_lines import is_kept_on_purpose, kept_by
from ctxopt.evidence.operation import has_other_context
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import final_steps
from ctxopt.findings.git_asked import asks_when_it_runs
from ctxopt.findings.history import NAME, History, histories_in_image
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.places import resolved

if TYPE_CHECKING:
    from ctxopt.image.exposure import Exposure

#: What an option of the fix needs.
_SYNTAX: Final = " (Dockerfile syntax 1.19 or newer)"


def check(context: RuleContext) -> Iterator[Finding]:
    """Find `.git` directories that get into the image; an error if they contain a password."""
    build = context.build
    exception = kept_by(build, NAME)
    ignore = build.ignore_file(View.BUILDKIT)
    histories = histories_in_image(context)
    if histories and has_other_context(build):
        return
    is_asked = bool(histories) and asks_when_it_runs(context)
    for history in histories.values():
        if not history.leaks and (is_asked or _is_wanted(context, history.exposure)):
            continue
        finding = _finding(context, history)
        # Who keeps the history out wants the rest; but no password in it.
        if finding.severity is not Severity.ERROR and exception is not None and ignore is not None:
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


def _is_wanted(context: RuleContext, exposure: "Exposure") -> bool:
    """Whether a RUN asks git where the history is to be there for that.

    In the stage to which a COPY takes it from another one, or in an image that starts nothing, to build in.
    """
    asking = _asking_stages(context, exposure.read)
    step = exposure.step
    if isinstance(step, StageCopy):
        return step.stage in asking
    starts = any(one.kind in ("CMD", "ENTRYPOINT") for one in final_steps(context.build.plan))
    return step.stage in asking and not starts


def _finding(context: RuleContext, history: History) -> Finding:
    build, inside, exposure = context.build, history.directory, history.exposure
    read, step = exposure.read, exposure.step
    evidence = []
    if step is not read:
        evidence.append(f"{read.kind} in line {read.line} copies it into stage {read.stage_label}")
    elif history.removal is not None:
        evidence.append(f"RUN in line {history.removal} removes it, but the layer of line {read.line} keeps it")
    if "objects" in inside.subdirectories:
        objects = build.usage.taken_below(read.number, inside.subdirectories["objects"])
        evidence.append(f"{inside.path}/objects: {amount(objects.size, objects.files)}")
    if history.leaks:
        evidence.append(f"{inside.path}/config contains a password or token for a remote")
    return Finding(
        RULE.id,
        Severity.ERROR if history.leaks else Severity.WARNING,
        build.plan.file,
        step.line,
        f"{inside.path} is copied into the image, with everything that was ever committed",
        _fix(context, inside.path, exposure),
        totals=build.usage.taken_below(read.number, inside),
        confidence=Confidence.HIGH if exposure.sure else Confidence.MEDIUM,
        evidence=tuple(evidence),
        end_line=step.end_line,
        subject=inside.path,
    )


def _fix(context: RuleContext, path: str, exposure: "Exposure") -> str:
    build, read, step = context.build, exposure.read, exposure.step
    ignore = build.ignore_file(View.BUILDKIT)
    asking = _asking_stages(context, read)
    if not asking and not is_kept_on_purpose(build, NAME):
        return f"add {literal(path)} to {'.dockerignore' if ignore is None else ignore.name}"
    if isinstance(step, StageCopy):
        # Only the stage before asks git, and it has the history.
        return f"write COPY --exclude=**/{NAME} in line {step.line}{_SYNTAX}"
    mount = f"--mount=type=bind,source={path},target={_target(context, path, read)}"
    why = f" ({context.history.why})" if context.history is not None else ""
    return (
        f"write {read.kind} --exclude={literal(path)}{_SYNTAX} and mount it for each RUN that needs git{why}: {mount}; "
        "or pass the version as a build argument"
    )


def _target(context: RuleContext, path: str, read: ContextRead) -> str:
    """Where a RUN has to mount a directory of the context so that it is where the COPY put it.

    As a path relative to the working directory, where the instruction copies the whole context there.
    """
    directory = context.commands.directories[read.step]
    place = resolved(directory, read.destination)
    is_whole = all(paths.join("/", source) == "/" for source in read.sources)
    return path if not is_whole or place is None or place == directory else paths.join(place, path)


def _asking_stages(context: RuleContext, read: ContextRead) -> frozenset[StageId]:
    """The stages in which a RUN asks git for what its history says, or may, since it cannot be read."""
    steps = context.build.plan.steps
    need = context.history
    if need is not None:
        return frozenset((read.stage if need.step is None else steps[need.step].stage,))
    commands = context.commands
    stage = [number for number, step in context.build.plan.numbered_steps() if step.stage == read.stage]
    unknown = any(not commands.of(number) for number in commands.with_words(stage, ("git ",)))
    return frozenset((read.stage,) if unknown else ())
