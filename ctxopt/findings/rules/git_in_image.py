"""A `.git` directory in the image."""

from collections.abc import Iterator
from dataclasses import replace

from ctxopt.core.context.tree import View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore.quote import literal
from ctxopt.core.golang import paths
from ctxopt.display import amount
from ctxopt.evidence.kept_lines import is_kept_on_purpose, kept_by
from ctxopt.evidence.operation import has_other_context
from ctxopt.findings.context import RuleContext
from ctxopt.findings.history import NAME, History, histories_in_image
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.places import resolved


def check(context: RuleContext) -> Iterator[Finding]:
    """Find `.git` directories that get into the image; an error if they contain a password."""
    build = context.build
    exception = kept_by(build, NAME)
    ignore = build.ignore_file(View.BUILDKIT)
    histories = histories_in_image(context)
    if histories and has_other_context(build):
        return
    is_asked = bool(histories) and _is_asked_in_image(context)
    for history in histories.values():
        if is_asked and not history.leaks:
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


def _is_asked_in_image(context: RuleContext) -> bool:
    """Whether the image lets git work in a repository of another user's: then its program asks the one that it has."""
    plan = context.build.plan
    exported = {stage.number for stage in plan.stages if stage.exported}
    return any(step.stage in exported and "safe.directory" in step.text for step in plan.steps if step.kind == "RUN")


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
    if not _asks_git(context, read) and not is_kept_on_purpose(context.build, NAME):
        return leave
    mount = f"--mount=type=bind,source={path},target={_target(context, path, read)}"
    why = f" ({context.history.why})" if context.history is not None else ""
    return (
        f"write {read.kind} --exclude={literal(path)} and mount it for each RUN that needs git{why}: {mount}; or pass "
        "the version as a build argument"
    )


def _target(context: RuleContext, path: str, read: ContextRead) -> str:
    """Where a RUN has to mount a directory of the context so that it is where the COPY put it.

    As a path relative to the working directory, where the instruction copies the whole context there.
    """
    directory = context.commands.directories[read.step]
    place = resolved(directory, read.destination)
    is_whole = all(paths.join("/", source) == "/" for source in read.sources)
    return path if not is_whole or place is None or place == directory else paths.join(place, path)


def _asks_git(context: RuleContext, read: ContextRead) -> bool:
    """Whether a RUN of the stage runs git for what its history says, or may, since it cannot be read."""
    if context.history is not None:
        return True
    commands = context.commands
    stage = [number for number, step in context.build.plan.numbered_steps() if step.stage == read.stage]
    return any(not commands.of(number) for number in commands.with_words(stage, ("git ",)))
