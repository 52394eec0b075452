"""Explanations of paths as text and as JSON."""

from typing import TYPE_CHECKING, Any

from ctxopt.display import printable
from ctxopt.render.dumps import dumps
from ctxopt.reports.explain import BuilderVerdict, Explanation

if TYPE_CHECKING:
    from rich.console import Console


def text(explanations: list[Explanation], console: "Console") -> None:
    """Print one block a path."""
    from rich.text import Text

    for explanation in explanations:
        block = Text(printable(explanation.path), style="bold")
        if not explanation.exists:
            block.append("  (does not exist)", style="dim")
        for lines in _merged(explanation.verdicts):
            for line, style in lines:
                block.append("\n" + line, style=style)
        kept = not explanation.verdicts[0].verdict.left_out
        if explanation.readers:
            word = "read by" if explanation.exists else "would be read by"
            for read in explanation.readers:
                block.append(f"\n  {word} line {read.line}: ", style="default")
                block.append(printable(f"{read.kind} {' '.join(read.sources)}"), style="cyan")
                if read.unresolved:
                    block.append(" (its variables are unknown, so it may read anything)", style="yellow")
        elif kept:
            block.append("\n  unused: no instruction reads it", style="yellow")
        console.print(block, soft_wrap=True)


def _merged(verdicts: tuple[BuilderVerdict, ...]) -> list[list[tuple[str, str]]]:
    """The builders' verdicts as lines with their styles; equal verdicts are merged."""
    blocks: list[tuple[list[str], list[tuple[str, str]]]] = []
    for verdict in verdicts:
        body = _verdict(verdict)
        for builders, known in blocks:
            if known == body:
                builders.append(verdict.builder)
                break
        else:
            blocks.append(([verdict.builder], body))
    both = len(blocks) == 1
    return [
        [(f"  {'both builders' if both else builders[0]}: {body[0][0]}", body[0][1]), *body[1:]]
        for builders, body in blocks
    ]


def _verdict(result: BuilderVerdict) -> list[tuple[str, str]]:
    verdict = result.verdict
    if result.error is not None:
        return [(f"fails: {result.error}", "red")]
    if result.forced:
        head = "excluded by the ignore file, but sent anyway because the builder needs it"
    elif result.for_contents:
        head = "excluded itself, but sent as the parent of what is kept in it"
    elif verdict.closed_at is not None:
        head = (
            f"excluded with {printable(verdict.closed_at)}, which the builder does not enter: no exception requires it"
        )
    elif verdict.left_out:
        head = "excluded"
    elif result.file is None:
        head = "kept: there is no ignore file"
    else:
        head = "kept" if verdict.touches else "kept: no pattern matches"
    lines = [(head, "red" if verdict.left_out and not result.forced else "green")]
    for touch in verdict.touches:
        pattern = ("!" if touch.pattern.exception else "") + touch.pattern.cleaned
        place = f"{result.file}:{touch.pattern.line}"
        state = "excluded" if touch.matched else "kept"
        inherited = f" (matches {touch.path})" if touch.inherited else ""
        lines.append((printable(f"    {place}  {pattern}  -> {state}{inherited}"), "default"))
    return lines


def as_json(explanations: list[Explanation]) -> str:
    """A JSON array with one object a path."""
    return dumps([_object(explanation) for explanation in explanations])


def _object(explanation: Explanation) -> dict[str, Any]:
    return {
        "path": explanation.path,
        "exists": explanation.exists,
        "builders": {
            result.builder.lower(): {
                "left_out": result.verdict.left_out and not result.forced,
                "error": None if result.error is None else str(result.error),
                "forced": result.forced,
                "for_contents": result.for_contents,
                "ignore_file": result.file,
                "closed_at": result.verdict.closed_at,
                "patterns": [
                    {
                        "line": touch.pattern.line,
                        "pattern": ("!" if touch.pattern.exception else "") + touch.pattern.cleaned,
                        "matches": touch.path,
                        "left_out_after": touch.matched,
                    }
                    for touch in result.verdict.touches
                ],
            }
            for result in explanation.verdicts
        },
        "readers": [
            {"line": read.line, "instruction": read.kind, "sources": list(read.sources)} for read in explanation.readers
        ],
    }
