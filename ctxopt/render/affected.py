"""Which builds a change affects: as text, as JSON, as a matrix for GitHub Actions, and as names or paths in lines."""

from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from ctxopt.digest.model import Change, ChangedFile, ComparedBuild, Comparison, Status
from ctxopt.display import inert, plural, printable, size
from ctxopt.render.digest import build_fields, instruction
from ctxopt.render.dumps import dumps, dumps_in_one_line
from ctxopt.render.glyphs import glyphs
from ctxopt.reports.report import VERSION

#: Maximum number of files to name for a build, unless --verbose is set.
_SHOWN = 5


def text(comparison: Comparison, console: Console, *, quiet: bool = False, verbose: bool = False) -> None:
    """Print the affected builds with what changes in them; if `quiet`, their names only."""
    if quiet:
        for build in comparison.affected:
            console.print(Text(printable(build.build.name)), soft_wrap=True)
        return
    affected = comparison.affected
    there = [build for build in comparison.builds if build.status is not Status.GONE]
    arrow = glyphs(console).arrow
    title = f"{len(affected)} of {plural(len(there), 'build')} affected"
    states = f" ({printable(comparison.before)} {arrow} {printable(comparison.after)})"
    console.print(Text(title, style="bold").append(states, style="dim"), soft_wrap=True)
    for build in affected:
        console.print()
        for line in _lines(build, verbose):
            console.print(line, soft_wrap=True)
    console.print()
    _print_others(comparison, console, verbose)


def _lines(build: ComparedBuild, verbose: bool) -> Iterator[Text]:
    yield Text(printable(build.build.name), style="bold")
    if build.status is Status.UNREADABLE:
        yield Text(f"  cannot be read, so it counts as affected: {printable(build.error)}", style="yellow")
    elif build.status is Status.NEW:
        yield Text("  new")
    elif build.change is not None:
        yield Text(f"  {_change(build.build.file, build.change)}")
        yield from _files(build.change.files, None if verbose else _SHOWN)
    for unseen in build.unseen if verbose else ():
        yield Text(f"  not compared: {printable(unseen)}", style="dim")


def _change(file: str, change: Change) -> str:
    first = change.first
    if first is None:
        return printable(change.reason)
    location = f"{file or 'Dockerfile'}:{first.line}"
    what = printable(f"{location}  {first.text}")
    if change.reason:
        return f"{what}: {printable(change.reason)}"
    return f"{what}: {plural(len(change.files), 'file')} changed"


def _files(files: Iterable[ChangedFile], most: int | None) -> Iterator[Text]:
    known = list(files)
    for file in known[:most]:
        length = "" if file.size is None else size(file.size)
        yield Text(f"  {length:>8}  {file.difference.value:<8}  {printable(file.path)}")
    if most is not None and len(known) > most:
        yield Text(f"  {'':>8}  and {len(known) - most:,} more (-v lists them)", style="dim")


def _print_others(comparison: Comparison, console: Console, verbose: bool) -> None:
    """Print the builds that are not affected, those that are gone, and what was not compared."""
    for status, label in ((Status.UNAFFECTED, "unaffected"), (Status.GONE, "gone")):
        names = [printable(build.build.name) for build in comparison.builds if build.status is status]
        if names and (verbose or status is Status.GONE):
            console.print(Text(f"{plural(len(names), 'build')} {label}: {', '.join(names)}"), soft_wrap=True)
        elif names:
            console.print(Text(f"{plural(len(names), 'build')} {label} (-v lists them)"), soft_wrap=True)
    unseen = sum(bool(build.unseen) for build in comparison.builds)
    if unseen and not verbose:
        note = f"note: {plural(unseen, 'build')} with inputs outside of the repository, such as base images by tag"
        console.print(Text(f"{note} (-v lists them)", style="dim"), soft_wrap=True)


def as_json(comparison: Comparison) -> str:
    """The same as JSON; docs/json.md describes it."""
    return dumps(
        {
            "version": VERSION,
            "before": comparison.before,
            "after": comparison.after,
            "affected": bool(comparison.affected or comparison.unknown),
            "builds": [_build(build) for build in comparison.builds],
            "unknown": list(comparison.unknown),
            "notes": list(comparison.notes),
        }
    )


def _build(build: ComparedBuild) -> dict[str, Any]:
    return {
        **build_fields(build.build),
        "status": build.status.value,
        "affected": build.affected,
        "before": _digest(build.before),
        "after": _digest(build.after),
        "change": None if build.change is None else _change_fields(build.change),
        "unseen": list(build.unseen),
        "error": build.error or None,
    }


def _change_fields(change: Change) -> dict[str, Any]:
    return {
        "first": None if change.first is None else instruction(change.first),
        "reason": change.reason or None,
        "files": [{"path": file.path, "difference": file.difference.value, "size": file.size} for file in change.files],
    }


def _digest(digits: str | None) -> str | None:
    return None if digits is None else f"sha256:{digits}"


def github_matrix(comparison: Comparison) -> str:
    """The affected builds for `strategy.matrix`, in one line: the inputs of docker/build-push-action.

    Lists are in lines, as that action reads them. Paths are relative to the repository.
    """
    rows = [
        {
            "name": build.build.name,
            "context": build.build.context,
            "file": build.build.file,
            "target": build.build.target or "",
            "args": _in_lines(build.build.args),
            "platforms": build.build.platform or "",
            "contexts": _in_lines(build.build.contexts),
        }
        for build in comparison.affected
    ]
    return dumps_in_one_line({"include": rows}) + "\n"


def _in_lines(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{name}={value}" for name, value in pairs)


def names(comparison: Comparison) -> str:
    """The names of the affected builds, one on a line."""
    return inert("".join(f"{printable(build.build.name)}\n" for build in comparison.affected))


def paths(comparison: Comparison) -> str:
    """The Dockerfiles of the affected builds, each once, one on a line, relative to the repository."""
    files = dict.fromkeys(build.build.file for build in comparison.affected if build.build.file)
    return inert("".join(f"{printable(file)}\n" for file in files))
