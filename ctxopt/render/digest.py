"""Digests of builds as text and as JSON."""

from typing import Any

from rich.console import Console
from rich.text import Text

from ctxopt.digest.model import BuildDigest, BuildInfo, Digests, Instruction
from ctxopt.display import printable
from ctxopt.render.dumps import dumps
from ctxopt.reports.report import VERSION


def text(
    digests: Digests, console: Console, *, by_instruction: bool, quiet: bool = False, verbose: bool = False
) -> None:
    """Print a line for each build: the digest and the name, as `sha256sum` has them."""
    for build in digests.builds:
        if build.digest is None:
            continue
        console.print(Text(f"{_digest(build.digest)}  {printable(build.build.name)}"), soft_wrap=True)
        for one in build.instructions if by_instruction else ():
            line = f"  {one.digest[:12]}  {one.instruction.line:>4}  {printable(one.instruction.text)}"
            console.print(Text(line, style="dim"), soft_wrap=True)
        for unseen in build.unseen if verbose and not quiet else ():
            console.print(Text("  not in the digest: ", style="dim").append(printable(unseen)), soft_wrap=True)


def as_json(digests: Digests, *, by_instruction: bool) -> str:
    """The same as JSON; docs/json.md describes it."""
    return dumps(
        {
            "version": VERSION,
            "state": digests.state,
            "builds": [_build(build, by_instruction) for build in digests.builds],
            "notes": list(digests.notes),
        }
    )


def _build(build: BuildDigest, by_instruction: bool) -> dict[str, Any]:
    rows = [
        {**instruction(one.instruction), "digest": _digest(one.digest)}
        for one in (build.instructions if by_instruction else ())
    ]
    return {
        **build_fields(build.build),
        "digest": None if build.digest is None else _digest(build.digest),
        "error": build.error or None,
        "unseen": list(build.unseen),
        "instructions": rows if by_instruction else None,
    }


def build_fields(build: BuildInfo) -> dict[str, Any]:
    """How a build is run, as JSON has it."""
    return {
        "name": build.name,
        "context": build.context,
        "file": build.file,
        "target": build.target,
        "args": dict(build.args),
        "platform": build.platform,
        "contexts": dict(build.contexts),
    }


def instruction(one: Instruction) -> dict[str, Any]:
    """An instruction, as JSON has it."""
    return {"kind": one.kind, "line": one.line, "end_line": one.end_line, "stage": one.stage, "text": one.text}


def _digest(digits: str) -> str:
    return f"sha256:{digits}"
