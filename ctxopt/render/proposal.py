"""A proposal as text: a diff of each ignore file, a table of the patterns, and their effects."""

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ctxopt.core.context.tree import Totals
from ctxopt.display import alike, amount, plural, printable, signed_size, size
from ctxopt.proposal.model import ConsideredBuild, FileProposal, KeptRow, Level, PatternRow, Proposal, Style
from ctxopt.render.diff import colored, unified
from ctxopt.render.glyphs import glyphs
from ctxopt.render.proposal_secrets import box, remaining
from ctxopt.render.prose import Prose, put

#: Below this width the reason of a pattern is below it.
_NARROW = 72
#: Maximum number of entries that stay to show.
_SHOWN = 5
#: What is shown where a builder saves nothing.
_NOTHING = "-"
#: What stands in a reason between a script and what runs it.
_RUN_BY = ", run by "


def text(proposal: Proposal, console: Console, *, written: bool, quiet: bool = False) -> None:
    """Print a proposal; `written` says that the files have been written.

    If `quiet`, only the files that change are named, and what makes the proposal unsafe.
    """
    if quiet:
        for name in _changed(proposal):
            console.print(Prose(f"{'wrote' if written else 'would write'} {name}"), soft_wrap=True)
        console.print(_warnings((*remaining(proposal), *proposal.warnings)), end="")
        return
    for line in _savings(proposal, glyphs(console).arrow, console.width):
        put(console, line)
    console.print(_head(proposal), soft_wrap=True)
    for file in proposal.files:
        console.print()
        _file(file, console)
    if proposal.secrets:
        console.print()
        console.print(box(proposal))
    console.print()
    put(console, _closing(proposal, written))


def _changed(proposal: Proposal) -> list[str]:
    return [printable(file.name) for file in proposal.files if file.changes]


def diff(file: FileProposal) -> list[str]:
    """A unified diff of one ignore file, line by line without line ends."""
    return unified(file.name, file.old, file.new)


def _head(proposal: Proposal) -> Text:
    text = Prose()
    text.append("Build context ", style="bold")
    text.append(printable(proposal.root))
    for build in proposal.builds:
        if build.counts:
            text.append("\nBuild         ").append_text(_build(build))
    others = (build.origin + (f": {build.note}" if build.note else "") for build in proposal.builds if not build.counts)
    for line in alike(others, "--json"):
        text.append(f"\nNot counted   {printable(line)}", style="dim")
    return text


def _build(build: ConsideredBuild) -> Text:
    text = Prose(printable(build.origin))
    if build.dockerfile not in build.origin:
        text.append(printable(f" ({build.dockerfile})"))
    if build.ignore_file:
        text.append(printable(f", ignore file {build.ignore_file}"), style="dim")
    if build.note:
        text.append(printable(f": {build.note}"), style="yellow")
    return text


def _savings(proposal: Proposal, arrow: str, width: int) -> Iterator[Text]:
    """What each builder is sent, before and after: a line or two for all builds for which it is the same."""
    effects: dict[tuple[str, str | None], list[str]] = {}
    for effect in (effect for file in proposal.files for effect in file.effects):
        classic = None if effect.classic is None else _change(effect.classic, arrow)
        effects.setdefault((_change(effect.buildkit, arrow), classic), []).append(effect.origin)
    for (buildkit, classic), origins in effects.items():
        text = Prose()
        if len(effects) > 1 or len(origins) > 1:
            text.append(
                f"{printable(origins[0]) if len(origins) == 1 else plural(len(origins), 'build')}: ", style="bold"
            )
        text.append(f"BuildKit: {buildkit}")
        if classic is not None:
            legacy = f"Legacy builder: {classic}"
            text.append(f". {legacy}" if text.cell_len + 2 + cell_len(legacy) <= width else f"\n{legacy}")
        yield text


def _change(pair: tuple[Totals, Totals], arrow: str) -> str:
    before, after = pair
    if before.size == after.size:
        return f"{size(before.size)} (unchanged)"
    if size(before.size) == size(after.size):
        return f"{size(before.size)} ({signed_size(after.size - before.size)})"
    return f"{size(before.size)} {arrow} {size(after.size)}{_percent(before.size, after.size)}"


def _percent(before: int, after: int) -> str:
    """The change as a percentage; "" where it is too small to show. Only what is gone entirely is -100 %."""
    if not before:
        return ""
    change = 100 * (after - before) / before
    if after and change < -99.9:
        change = -99.9
    return f" ({change:+.1f} %)" if abs(change) >= 0.05 else ""


def _file(file: FileProposal, console: Console) -> None:
    if not file.changes:
        console.print(Prose(f"{printable(file.name)} does not change.", style="bold"), soft_wrap=True)
    else:
        for line in diff(file):
            console.print(colored(line), soft_wrap=True)
    rows = [row for row in file.rows if row.files]
    if rows:
        console.print()
        console.print(_table(rows, console.width))
    for_later = [printable(row.pattern) for row in file.rows if not row.files]
    if for_later:
        console.print()
        put(console, Prose(f"For files yet to come: {', '.join(for_later)}", style="dim"))
    # What has no bytes saves nothing, whoever needs it.
    stays = [row for row in file.stays if row.totals.size]
    if stays:
        console.print()
        console.print(_stays(stays, console.width))
    if file.remaining:
        console.print()
        put(console, largest_kept(file.remaining))
    remarks = _remarks(file)
    if remarks:
        console.print()
        remarks.rstrip()
        put(console, remarks)


def _table(rows: Sequence[PatternRow], width: int) -> Table:
    """The patterns with what they save; the level of each only where they differ."""
    narrow = width < _NARROW
    sizes = _sizes(rows)
    mixed = len({row.level for row in rows}) > 1
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    title = "Pattern and reason" if narrow else "Pattern"
    least = width // 3 if narrow else _first_width((row.pattern for row in rows), width)
    table.add_column(title, overflow="fold", min_width=least)
    if not narrow:
        table.add_column("Reason", overflow="fold")
    for name in ("Files", *sizes):
        table.add_column(name, justify="right", no_wrap=True)
    if mixed:
        table.add_column("Level", no_wrap=True)
    for index, row in enumerate(rows):
        level = [Prose(row.level.value, style="green" if row.level is Level.PROVEN else "yellow")] if mixed else []
        saved = [Prose(column[index]) for column in sizes.values()]
        table.add_row(*_pattern_and_reason(row, narrow), Prose(f"{row.files:,}"), *saved, *level)
    return table


def _pattern_and_reason(row: PatternRow, narrow: bool) -> list[RenderableType]:
    pattern, reason = Prose(printable(row.pattern)), Prose(printable(row.evidence))
    if not narrow:
        return [pattern, reason]
    reason.stylize("dim")
    return [Group(pattern, Padding(reason, (0, 0, 0, 2)))]


def _sizes(rows: Sequence[PatternRow]) -> dict[str, list[str]]:
    """What each pattern saves: one column where the builders do not differ, or only one saves anything."""
    columns = {
        "BuildKit": [_saved(row.buildkit) for row in rows],
        "Legacy": [_saved(row.classic) for row in rows],
    }
    if columns["BuildKit"] == columns["Legacy"]:
        return {"Size": columns["BuildKit"]}
    return {name: column for name, column in columns.items() if set(column) != {_NOTHING}}


def _saved(totals: Totals | None) -> str:
    return size(totals.size) if totals is not None and totals.files else _NOTHING


def _first_width(texts: Iterable[str], width: int) -> int:
    """The width for a first column, which is folded only where it would take more than a third of the terminal."""
    return min(max(cell_len(printable(text)) for text in texts), width // 3)


def _stays(rows: Sequence[KeptRow], width: int) -> Table:
    """What is kept although its name speaks against it, the largest first."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    shown = rows[:_SHOWN]
    table.add_column("Kept", overflow="fold", min_width=_first_width((row.path for row in shown), width))
    table.add_column("Reason", overflow="fold")
    table.add_column("Size", justify="right", no_wrap=True)
    for row in shown:
        table.add_row(Prose(printable(row.path)), Prose(printable(_brief(row.why))), Prose(size(row.totals.size)))
    if len(rows) > _SHOWN:
        rest = rows[_SHOWN:]
        table.add_row(Prose(f"{len(rest):,} more", style="dim"), "", Prose(size(sum(row.totals.size for row in rest))))
    return table


def _brief(reason: str) -> str:
    """A reason without the scripts between what needs an entry and the instruction that runs it in the end."""
    first, *between = reason.split(_RUN_BY)
    return reason if len(between) < 2 else f"{first}, run indirectly by {between[-1]}"


def largest_kept(rows: Sequence[KeptRow]) -> Text:
    """The largest entries that are still sent, for whoever knows that one of them is not needed."""
    text = Prose("Largest of what is still sent: ")
    for number, row in enumerate(rows):
        whole = row.path.endswith("/")
        count = amount(row.totals.size, row.totals.files) if whole else size(row.totals.size)
        text.append(", " if number else "").append(printable(row.path), style="bold")
        text.append(f" ({count}").append(f"; {printable(_brief(row.why))}" if row.why else "", style="yellow").append(
            ")"
        )
    return text


def _remarks(file: FileProposal) -> Text:
    text = Prose()
    notes = [*file.notes]
    notes += [f"the pattern {pattern} would have hidden what is read, and was dropped" for pattern in file.dropped]
    notes += [f"{path} is not needed; a pattern for it would exclude others that are" for path in file.left[:_SHOWN]]
    if len(file.left) > _SHOWN:
        notes.append(f"{len(file.left) - _SHOWN:,} more files are like that")
    if file.omitted.files:
        what = f"{plural(file.omitted.files, 'more file')} ({size(file.omitted.size)})"
        notes.append(f"{what} could be excluded, but would make the file long for little")
    notes += [f"the line {line}" for line in file.tidied]
    for note in notes:
        text.append("note: ", style="dim").append(printable(note) + "\n")
    return text


#: Maximum number of warnings to list, and of notes about the builds.
_MOST_WARNINGS = 10
_MOST_NOTES = 5


def _warnings(lines: Iterable[str]) -> Text:
    return _some(list(lines), "warning: ", "yellow", _MOST_WARNINGS)


def _some(lines: Sequence[str], title: str, style: str, most: int) -> Text:
    """The first lines, and how many more there are; a single one is not counted in place of being shown."""
    text = Prose()
    shown = lines if len(lines) <= most + 1 else lines[:most]
    for line in shown:
        text.append(title, style=style).append(printable(line) + "\n")
    if len(lines) > len(shown):
        text.append(title, style=style).append(f"and {len(lines) - len(shown):,} more (--json lists them)\n")
    return text


def _closing(proposal: Proposal, written: bool) -> Text:
    text = _warnings(proposal.warnings)
    # What was skipped may need files; the others only say what was assumed.
    notes = sorted(proposal.notes, key=lambda note: not note.startswith("skipped: "))
    text.append_text(_some(notes, "note: ", "dim", _MOST_NOTES))
    if proposal.likely is not None:
        likely = proposal.likely
        text.append(f"{size(likely.size)} ({plural(likely.files, 'file')}) more with --level likely\n")
    names = ", ".join(_changed(proposal))
    if not names:
        return text.append("Nothing to write.")
    if written:
        text.append(f"Wrote {names}\n", style="bold")
        text.append("Next: ", style="bold")
        # What evidence says, only a build can prove.
        first = "`ctxopt verify` to try it" if proposal.level is Level.LIKELY else "`docker build` to try it"
        return text.append(f"{first}, then commit it; `{_check(proposal)}` fails in CI once it is outdated.")
    text.append("Next: ", style="bold")
    text.append(f"add --write to write {names}")
    if proposal.style is Style.DENYLIST and any(file.changes and file.allowlist_possible for file in proposal.files):
        text.append(", --style allowlist to exclude future files as well")
    return text.append(".")


def _check(proposal: Proposal) -> str:
    """The command that fails once the proposal is another one."""
    level = " --level likely" if proposal.level is Level.LIKELY else ""
    style = " --style allowlist" if proposal.style is Style.ALLOWLIST else ""
    return f"ctxopt generate{level}{style} --check"
