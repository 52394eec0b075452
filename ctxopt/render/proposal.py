"""A proposal as text: a diff of each ignore file, a table of the patterns, and their effects."""

import difflib

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ctxopt.core.context.tree import Totals
from ctxopt.display import amount, printable, size
from ctxopt.proposal.model import ConsideredBuild, Effect, FileProposal, Level, PatternRow, Proposal, Style
from ctxopt.render.glyphs import glyphs

#: Below this width the table omits the evidence, which the comments in the block give as well.
_NARROW = 76
#: Maximum number of files to name that no pattern excludes alone.
_SHOWN = 3
_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def text(proposal: Proposal, console: Console, *, written: bool, quiet: bool = False) -> None:
    """Print a proposal; `written` says that the files have been written. If `quiet`, only what changes is named."""
    if quiet:
        for file in proposal.files:
            if file.changes:
                console.print(Text(printable(file.name)), soft_wrap=True)
        return
    console.print(_head(proposal), soft_wrap=True)
    for file in proposal.files:
        console.print()
        _file(file, console)
    console.print()
    console.print(_closing(proposal, written))


def diff(file: FileProposal) -> list[str]:
    """A unified diff of one ignore file, line by line without line ends."""
    old = _lines(file.old or b"")
    before = printable(file.name) if file.old is not None else "/dev/null"
    marked = difflib.unified_diff(old, _lines(file.new), before, printable(file.name), lineterm="")
    lines = []
    for line in marked:
        body, end, _ = line.partition("\n")
        lines.append(body)
        if not end and line[:1] in "+- " and not line.startswith(("--- ", "+++ ")):
            lines.append("\\ No newline at end of file")
    return lines


def _lines(data: bytes) -> list[str]:
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _head(proposal: Proposal) -> Text:
    text = Text()
    text.append("Build context ", style="bold")
    text.append(printable(proposal.root))
    for build in proposal.builds:
        text.append("\nBuild         " if build.counts else "\nNot counted   ", style="" if build.counts else "dim")
        text.append_text(_build(build))
    return text


def _build(build: ConsideredBuild) -> Text:
    text = Text(printable(build.origin))
    if build.counts and build.dockerfile not in build.origin:
        text.append(printable(f" ({build.dockerfile})"))
    if build.ignore_file:
        text.append(printable(f", ignore file {build.ignore_file}"), style="dim")
    if build.note:
        text.append(printable(f": {build.note}"), style="yellow" if build.counts else "dim")
    return text


def _file(file: FileProposal, console: Console) -> None:
    if not file.changes:
        console.print(Text(f"{printable(file.name)} stays as it is.", style="bold"), soft_wrap=True)
    else:
        for line in diff(file):
            console.print(Text(printable(line), style=_STYLES.get(line[:1], "dim")), soft_wrap=True)
        console.print()
    if file.rows:
        console.print(_table(file, narrow=console.width < _NARROW))
        console.print()
    for effect in file.effects:
        console.print(_effect(effect, glyphs(console).arrow))
    console.print(_ratio(file))
    for row in file.rows:
        if row.warning:
            console.print(Text("warning: ", style="yellow").append(printable(f"{row.pattern}: {row.warning}")))
    console.print(_remarks(file), end="")


def _table(file: FileProposal, *, narrow: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("pattern", overflow="fold", min_width=12)
    if not narrow:
        table.add_column("evidence", overflow="fold", ratio=1)
    table.add_column("files", justify="right", no_wrap=True)
    table.add_column("BuildKit", justify="right", no_wrap=True)
    table.add_column("classic", justify="right", no_wrap=True)
    table.add_column("level", no_wrap=True)
    for row in file.rows:
        table.add_row(*_cells(row, narrow))
    return table


def _cells(row: PatternRow, narrow: bool) -> list[Text]:
    return [
        Text(printable(row.pattern)),
        *([] if narrow else [Text(printable(row.evidence))]),
        Text(f"{row.files:,}"),
        Text(size(row.buildkit.size) if row.buildkit.files else "-"),
        Text(size(row.classic.size) if row.classic is not None and row.classic.files else "-"),
        Text(row.level.value, style="green" if row.level is Level.PROVEN else "yellow"),
    ]


def _effect(effect: Effect, arrow: str) -> Text:
    text = Text(printable(effect.origin), style="bold")
    text.append(": ")
    if effect.classic is not None:
        text.append(f"the classic builder sends {_change(effect.classic, arrow)}, ")
    return text.append(f"BuildKit transfers {_change(effect.buildkit, arrow)}")


def _change(pair: tuple[Totals, Totals], arrow: str) -> str:
    before, after = pair
    if before == after:
        return f"{size(after.size)} as before"
    return f"{size(before.size)} {arrow} {size(after.size)}"


def _ratio(file: FileProposal) -> Text:
    held = amount(file.kept.size, file.kept.files)
    if not file.needed.files:
        return Text(f"No instruction needs a file of the context; {held} are kept.")
    needed = amount(file.needed.size, file.needed.files)
    ratio = "" if file.ratio is None else f": {file.ratio:.2f} for each byte needed"
    return Text(f"The instructions need {needed}; {held} are kept{ratio}.")


def _remarks(file: FileProposal) -> Text:
    text = Text()
    notes = [*file.notes]
    notes += [f"the pattern {pattern} would have hidden what is read, and was dropped" for pattern in file.dropped]
    notes += [f"{path} is not needed, but no pattern leaves it out alone" for path in file.left[:_SHOWN]]
    if len(file.left) > _SHOWN:
        notes.append(f"{len(file.left) - _SHOWN:,} more files are like that")
    notes += [f"the line {line}" for line in file.tidied]
    for note in notes:
        text.append("note: ", style="dim").append(printable(note) + "\n")
    return text


def _closing(proposal: Proposal, written: bool) -> Text:
    text = Text()
    for warning in proposal.warnings:
        text.append("warning: ", style="yellow").append(printable(warning) + "\n")
    for note in proposal.notes:
        text.append("note: ", style="dim").append(printable(note) + "\n")
    if proposal.likely is not None:
        likely = amount(proposal.likely.size, proposal.likely.files)
        text.append(f"With --level likely, {likely} that instructions read could go as well.\n")
    changed = [file for file in proposal.files if file.changes]
    if not changed:
        return text.append("Nothing to write.")
    names = ", ".join(printable(file.name) for file in changed)
    if written:
        return text.append(f"Written: {names}", style="bold")
    text.append("Next: ", style="bold")
    text.append(f"`ctxopt generate --write` with the same options writes {names}")
    if proposal.style is Style.DENYLIST and any(file.style is Style.DENYLIST for file in changed):
        text.append("; --style allowlist keeps out what is yet to come as well")
    return text.append(".")
