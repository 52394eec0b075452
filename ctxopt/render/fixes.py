"""The fixes of findings: one diff over all files, what it fixes, and what is left to decide; also as JSON."""

from typing import Any

from rich.console import Console
from rich.text import Text

from ctxopt.display import plural, printable
from ctxopt.findings.model import Finding
from ctxopt.render.diff import colored, unified
from ctxopt.render.dumps import dumps
from ctxopt.render.findings import head
from ctxopt.render.json import finding
from ctxopt.render.prose import Prose, put
from ctxopt.reports.fixes import Fixes, Remaining
from ctxopt.reports.report import VERSION


def text(fixes: Fixes, console: Console, *, written: bool, quiet: bool = False, verbose: bool = False) -> None:
    """Print the diff and the findings that it fixes; `written` says that the files have been written.

    If `quiet`, only the names of the files that change; if `verbose`, also what is left to decide.
    """
    if quiet:
        for file in fixes.files:
            console.print(Prose(f"{'wrote' if written else 'would write'} {printable(file.name)}"), soft_wrap=True)
        return
    for line in _patch_lines(fixes):
        console.print(colored(line), soft_wrap=True)
    if fixes.files:
        console.print()
    for one in fixes.fixed:
        put(console, Prose("fixed  " if written else "fix    ", style="green").append_text(head(one)))
    for left in fixes.remaining:
        if left.reason or verbose:
            put(console, Prose("left   ", style="yellow").append_text(head(_shown(left, written))))
            put(console, Prose("       ").append(printable(_why(left, written)), style="dim"))
    put(console, _closing(fixes, written))


def _shown(left: Remaining, written: bool) -> Finding:
    """What is left, with the lines of the files as they are now."""
    return left.after if written else left.finding


def _why(left: Remaining, written: bool) -> str:
    """What to decide, or why the edits are not applied."""
    if left.reason:
        return f"not applied: {left.reason}"
    return _shown(left, written).fix


def _closing(fixes: Fixes, written: bool) -> Text:
    count = plural(len(fixes.fixed), "finding")
    names = ", ".join(printable(file.name) for file in fixes.files)
    if not fixes.files:
        text = Prose("Nothing to fix.", style="bold")
    elif written:
        text = Prose(f"Fixed {count}: wrote {names}.", style="bold")
    else:
        text = Prose(f"{count} can be fixed.", style="bold")
    if fixes.remaining:
        left = plural(len(fixes.remaining), "finding")
        text.append(f" {left} left to you (-v lists them).", style="default")
    if fixes.files:
        todo = "`docker build` to try it" if written else f"add --write to write {names}"
        text.append("\nNext: ").append(f"{todo}.", style="default")
    return text


def patch(fixes: Fixes) -> str:
    """One patch over all files."""
    return "".join(f"{line}\n" for line in _patch_lines(fixes))


def _patch_lines(fixes: Fixes) -> list[str]:
    return [line for file in fixes.files for line in unified(file.name, file.old, file.new)]


def as_json(fixes: Fixes, *, written: bool) -> str:
    """The fixes as JSON; docs/json.md describes it."""
    return dumps(
        {
            "version": VERSION,
            "context": fixes.root,
            "written": written,
            "files": [{"name": file.name, "diff": unified(file.name, file.old, file.new)} for file in fixes.files],
            "fixed": [finding(one) for one in fixes.fixed],
            "remaining": [_remaining(one, written) for one in fixes.remaining],
        }
    )


def _remaining(left: Remaining, written: bool) -> dict[str, Any]:
    return {**finding(_shown(left, written)), "not_applied": left.reason or None}
