"""A verification as text, as JSON and as Markdown."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from ctxopt.core.context.tree import Totals
from ctxopt.display import amount, plural, printable, size
from ctxopt.render.dumps import dumps
from ctxopt.render.glyphs import glyphs
from ctxopt.render.json import totals
from ctxopt.reports.report import VERSION
from ctxopt.verify.model import (
    Failure,
    FailureKind,
    Status,
    Verification,
    VerifiedBuild,
    VerifiedPattern,
)

_STYLES = {
    Status.VERIFIED: "green",
    Status.DROPPED: "red",
    Status.NOT_VERIFIED: "yellow",
    Status.BUILDING_ONLY: "green",
}
#: How a failure begins, by where it showed.
_WHERE = {FailureKind.BUILD: "the build fails at", FailureKind.RUN: "", FailureKind.IMAGE: "the image differs:"}


def text(verification: Verification, console: Console, *, written: bool, quiet: bool = False) -> None:
    """Print a verification; `written` says that the files have been written. If `quiet`, only what was not verified."""
    arrow = glyphs(console).arrow
    if not quiet:
        for line in _builds(verification, arrow):
            console.print(Text(line), soft_wrap=True)
        console.print()
    for pattern in verification.patterns:
        if not (quiet and pattern.status is Status.VERIFIED):
            console.print(_pattern(pattern, several_files=len(verification.files) > 1), soft_wrap=True)
            for line in _details(pattern):
                console.print(Text(f"    {printable(line)}", style="dim"), soft_wrap=True)
    for note in () if quiet else verification.notes:
        console.print(Text("note: ", style="dim").append(printable(note), style="default"), soft_wrap=True)
    if not quiet:
        console.print()
    console.print(_closing(verification, written), soft_wrap=True)


def as_json(verification: Verification, *, written: bool) -> str:
    """A verification as JSON; docs/json.md describes it."""
    return dumps(
        {
            "version": VERSION,
            "context": verification.root,
            "engine": verification.engine,
            "builder": verification.builder,
            "level": verification.level,
            "style": verification.style,
            "against_none": verification.against_none,
            "passed": verification.passed,
            "complete": verification.complete,
            "builds_run": verification.builds_run,
            "written": written,
            "commands": list(verification.commands),
            "builds": [_build_json(build) for build in verification.builds],
            "patterns": [_pattern_json(pattern) for pattern in verification.patterns],
            "files": [
                {
                    "file": file.name,
                    "changes": file.changes,
                    "old": None if file.old is None else file.old.decode("utf-8", "surrogateescape"),
                    "new": file.new.decode("utf-8", "surrogateescape"),
                }
                for file in verification.files
            ],
            "notes": list(verification.notes),
        }
    )


def markdown(verification: Verification, *, written: bool) -> str:
    """A verification as Markdown, for a summary of a CI run."""
    from ctxopt.render.markdown import cell

    lines = ["### ctxopt verify", ""]
    lines += [f"- {cell(line)}" for line in _builds(verification, "→")]
    if verification.patterns:
        lines += ["", "| pattern | result | bytes |", "|---|---|---:|"]
    for pattern in verification.patterns:
        reason = "" if pattern.failure is None else f": {_why(pattern.failure)}"
        result = cell(f"{pattern.status.value}{reason}")
        lines.append(f"| {cell(pattern.pattern)} | {result} | {_bytes(pattern.totals)} |")
    return "\n".join([*lines, "", _closing(verification, written).plain, ""])


def _builds(verification: Verification, arrow: str) -> Iterator[str]:
    engine = (
        verification.engine if verification.engine == "buildah" else f"{verification.engine}, {verification.builder}"
    )
    against = "today's ignore file against none" if verification.against_none else "before and after"
    yield f"Built {against} with {engine}: {plural(verification.builds_run, 'build')}"
    for build in verification.builds:
        name = printable(build.origin)
        yield f"{name}: context {_change(build.before, build.after, arrow)}"
        yield f"{name}: image {_change(build.image_before, build.image_after, arrow)}{_counts(build)}"
        if build.kept:
            yield f"{name}: kept {', '.join(map(printable, build.kept))}"


def _change(before: Totals, after: Totals, arrow: str) -> str:
    if before == after:
        return f"{amount(before.size, before.files)} (unchanged)"
    return f"{amount(before.size, before.files)} {arrow} {amount(after.size, after.files)}"


def _counts(build: VerifiedBuild) -> str:
    counts = build.counts
    parts = (
        (counts.excluded, "excluded"),
        (counts.regenerated, "made by the build instead"),
        (counts.excused, "not reproducible, not compared"),
    )
    named = [f"{plural(count, 'file')} {what}" for count, what in parts if count]
    return f"; {', '.join(named)}" if named else ""


def _pattern(pattern: VerifiedPattern, *, several_files: bool) -> Text:
    text = Text(f"{pattern.status.value:<13}", style=_STYLES[pattern.status])
    text.append(f" {_bytes(pattern.totals):>9}  ", style="default")
    text.append(printable(pattern.pattern), style="bold")
    if several_files:
        text.append(f"  {printable(pattern.file)}", style="dim")
    if pattern.failure is not None:
        text.append(f"  {printable(_why(pattern.failure))}", style="default")
    return text


def _details(pattern: VerifiedPattern) -> Iterator[str]:
    if pattern.also:
        yield f"only together with {', '.join(pattern.also)}"
    if pattern.failure is not None:
        yield from pattern.failure.lines[-3:]


def _why(failure: Failure) -> str:
    where = _WHERE[failure.kind]
    build = f"{failure.build}: " if failure.build else ""
    return f"{build}{where} {failure.what}" if where else f"{build}{failure.what}"


def _bytes(totals: Totals) -> str:
    return size(totals.size) if totals.files else ""


def _closing(verification: Verification, written: bool) -> Text:
    counts = {status: sum(one.status is status for one in verification.patterns) for status in Status}
    named = ", ".join(f"{count} {status.value}" for status, count in counts.items() if count)
    text = Text(
        f"{plural(len(verification.patterns), 'pattern')}: {named}" if named else "No pattern excludes anything."
    )
    if not verification.complete:
        text.append("\nThe builds ran out: allow more with --max-builds.", style="yellow")
    changed = [printable(file.name) for file in verification.files if file.changes]
    if written and changed:
        text.append(f"\nWritten: {', '.join(changed)}")
    elif changed:
        text.append("\nNext: add --write to write what was verified.")
    return text


def _build_json(build: VerifiedBuild) -> dict[str, Any]:
    return {
        "origin": build.origin,
        "context": {"before": totals(build.before), "after": totals(build.after)},
        "image": {"before": totals(build.image_before), "after": totals(build.image_after)},
        "excluded": build.counts.excluded,
        "regenerated": build.counts.regenerated,
        "excused": build.counts.excused,
        "kept": list(build.kept),
    }


def _pattern_json(pattern: VerifiedPattern) -> dict[str, Any]:
    failure = pattern.failure
    return {
        "file": pattern.file,
        "pattern": pattern.pattern,
        "status": pattern.status.value,
        **totals(pattern.totals),
        "together_with": list(pattern.also),
        "failure": None
        if failure is None
        else {
            "kind": failure.kind.value,
            "build": failure.build or None,
            "what": failure.what,
            "lines": list(failure.lines),
        },
    }
