"""Explanations of paths as text and as JSON."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from ctxopt.core.named_context import entry_of
from ctxopt.display import plural, printable, size
from ctxopt.render.dumps import dumps
from ctxopt.render.glyphs import STYLES
from ctxopt.reports.explain import BuilderVerdict, ExplainedSecret, Explanation, Reach
from ctxopt.reports.uses import Use

if TYPE_CHECKING:
    from rich.console import Console

#: The names of the builders in JSON.
_BUILDERS: Final = {"BuildKit": "buildkit", "legacy builder": "classic"}
#: Maximum number of secrets to name.
_SHOWN: Final = 5
_REACHES: Final = {
    Reach.IMAGE: "gets into the final image",
    Reach.STAGE: "gets into a build stage",
    Reach.SENT: "is sent to the builder",
    Reach.CONTEXT: "is in the build context",
    None: "does not exist",
}
_EXCLUDED: Final = "excluded by the ignore file"
#: What the words for some uses mean.
_WHY: Final = {
    Use.UNUSED: ": no instruction reads it",
    Use.BUILDER: ": the builder itself reads it",
    Use.UNKNOWN: ": a variable without a value decides",
    Use.BUILD: ": not in the final image",
}


def text(explanations: list[Explanation], console: "Console") -> None:
    """Print one block a path."""
    from rich.text import Text

    for explanation in explanations:
        block = Text(printable(entry_of(explanation.context, explanation.path)), style="bold")
        if not explanation.exists:
            block.append("  (does not exist)", style="dim")
            if explanation.similar:
                similar = (entry_of(explanation.context, path) for path in explanation.similar)
                names = " or ".join(map(printable, similar))
                block.append(f"  did you mean {names}?", style="default")
        for line, style in lines(explanation):
            block.append("\n" + line, style=style)
        console.print(block, soft_wrap=True)


def lines(explanation: Explanation) -> Iterator[tuple[str, str]]:
    """The lines about one path, escaped, with their styles: what becomes of it first, and then why."""
    yield from _secrets(explanation)
    yield from _uses(explanation)
    for block in _merged(explanation.verdicts):
        yield from block
    word = "read by" if explanation.exists else "would be read by"
    for read in explanation.readers:
        sources = read.written if read.unresolved or read.kind == "FROM" else read.shown_sources
        origin = [f"--from={read.context}"] if read.context and read.kind != "FROM" else []
        yield printable(f"  {word} line {read.line}: {' '.join((read.kind, *origin, *sources))}"), "cyan"
        if read.unresolved:
            names = ", ".join(f"${name}" for name in sorted(read.unresolved))
            yield printable(f"    depends on {names}, so it may read anything; pass --build-arg"), "yellow"


def _secrets(explanation: Explanation) -> Iterator[tuple[str, str]]:
    for secret in explanation.secrets[:_SHOWN]:
        name = "" if secret.path == explanation.path else f" {printable(secret.path)}"
        by = "" if secret.line is None else f" (line {secret.line})"
        may = "" if secret.certain else "possible "
        where = _EXCLUDED if explanation.use is Use.IGNORED else _REACHES[secret.reach]
        yield f"  {may}secret{name}: {where}{by}", "red" if secret.reach is not None else "yellow"
    if len(explanation.secrets) > _SHOWN:
        yield f"  {len(explanation.secrets) - _SHOWN:,} more secrets", "red"


def _uses(explanation: Explanation) -> Iterator[tuple[str, str]]:
    """What becomes of a path that is not excluded; the verdicts tell of those that are."""
    if explanation.use is Use.IGNORED:
        return
    if not explanation.exists or not explanation.uses:
        if_there = "" if explanation.exists else "if it existed: "
        yield f"  {if_there}{explanation.use.value}{_WHY.get(explanation.use, '')}", STYLES[explanation.use]
    for use, totals in explanation.uses:
        amount = size(totals.size) if totals.files == 1 else f"{size(totals.size)}, {plural(totals.files, 'file')}"
        yield f"  {use.value}{_WHY.get(use, '')} ({amount})", STYLES[use]


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
        head = f"excluded, with all of {printable(verdict.closed_at)}/"
    elif verdict.excluded:
        head = "excluded"
    elif result.file is None:
        head = "kept: there is no ignore file"
    else:
        head = "kept" if verdict.touches else "kept: no pattern matches"
    lines = [(head, "red" if verdict.excluded and not result.forced else "green")]
    for touch in verdict.touches:
        pattern = ("!" if touch.pattern.exception else "") + touch.pattern.cleaned
        location = f"{result.file}:{touch.pattern.line}"
        state = "excluded" if touch.matched else "kept"
        inherited = f" (matches {touch.path})" if touch.inherited else ""
        lines.append((printable(f"    {location}  {pattern}  -> {state}{inherited}"), "default"))
    return lines


def as_json(explanations: list[Explanation]) -> str:
    """A JSON array with one object a path."""
    return dumps([_object(explanation) for explanation in explanations])


def _object(explanation: Explanation) -> dict[str, Any]:
    # Here: it knows all findings, which text does not need.
    from ctxopt.render.json import USES

    return {
        "context": explanation.context or None,
        "path": explanation.path,
        "exists": explanation.exists,
        "similar": list(explanation.similar),
        "use": USES[explanation.use],
        "uses": [{"use": USES[use], "files": totals.files, "bytes": totals.size} for use, totals in explanation.uses],
        "secrets": [_secret(secret) for secret in explanation.secrets],
        "builders": {
            _BUILDERS[result.builder]: {
                "excluded": result.verdict.excluded and not result.forced,
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
                        "excluded_after": touch.matched,
                    }
                    for touch in result.verdict.touches
                ],
            }
            for result in explanation.verdicts
        },
        "readers": [
            {"line": read.line, "instruction": read.kind, "sources": list(read.shown_sources)}
            for read in explanation.readers
        ],
    }


def _secret(secret: ExplainedSecret) -> dict[str, Any]:
    return {
        "path": secret.path,
        "reach": None if secret.reach is None else secret.reach.name.lower(),
        "line": secret.line,
        "certain": secret.certain,
    }
