"""A report as text for a terminal, drawn with rich. Names are escaped and never read as markup."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ctxopt.annotations.report import failures
from ctxopt.core.context.tree import Totals
from ctxopt.core.named_context import ContextSource
from ctxopt.core.usage.index import ReadResult
from ctxopt.display import plural, printable, size
from ctxopt.errors import CtxoptError
from ctxopt.render import findings
from ctxopt.render.cut import cut_middle
from ctxopt.render.glyphs import STYLES, Glyphs, bar, glyphs
from ctxopt.render.prose import Prose, put
from ctxopt.render.verdict import next_step, verdict
from ctxopt.reports.large_entry import LargeEntry
from ctxopt.reports.report import IgnoreSummary, NamedReport, Report
from ctxopt.reports.uses import Use, use_by

if TYPE_CHECKING:
    from ctxopt.reports.cost.model import Cost

#: Below this width the tables omit their least important columns.
_NARROW = 76
#: Maximum length of the bar for the whole context, and of those for its largest entries.
_LONGEST = 80
_BAR = 12
#: Maximum number of lines for one source.
_LINES = 3
#: Maximum number of instructions to show; JSON has all of them.
_READS = 200
#: Maximum number of variables of an instruction to name.
_NAMED = 5


def report(
    report: Report,
    console: Console,
    rows: int,
    *,
    name: str | None = None,
    quiet: bool = False,
    verbose: bool = False,
) -> None:
    """Print a report; `rows` is the maximum number of the largest entries.

    `name` is what the build is called among several. If `quiet`, only four lines are printed, and what fails or makes
    the proposal unsafe. If `verbose`, all findings and notes are.
    """
    if name is not None:
        console.print(_title(printable(name)), soft_wrap=True)
    put(console, *verdict(report, quiet=quiet))
    if quiet:
        _summary(report, console)
        return
    console.print()
    narrow = console.width < _NARROW
    console.print(_sizes(report, glyphs(console), narrow))
    put(console, _origin(report))
    # Paths are not wrapped, so that they can be copied.
    console.print(Prose(printable(report.root), style="dim"), soft_wrap=True)
    parts: list[RenderableType] = [*_shares(report, console), Prose()]
    if report.cost is not None:
        parts += [_cost(report.cost), Prose()]
    if report.largest.entries:
        parts += [_title("Where the bytes are"), _largest(report, console, rows, narrow), Prose()]
    for one in report.named:
        parts += [*_named_context(one, console, rows, narrow), Text()]
    if report.all_reads:
        parts += [_title("Instructions"), *_instructions(report, console, narrow), Prose()]
    else:
        parts += [Prose("No instruction of this build reads the context."), Prose()]
    console.print(Group(*parts))
    _findings(report, console, verbose)
    _closing(report, console, verbose)


def _cost(cost: "Cost") -> RenderableType:
    # Imported here because few reports have it.
    from ctxopt.render.cost import table

    return table(cost)


def _summary(report: Report, console: Console) -> None:
    """The other three of the four lines."""
    classic = "fails" if isinstance(report.classic, CtxoptError) else size(report.classic.size)
    parts = ", ".join(f"{use.value} {size(totals.size)}" for use, totals in report.largest.uses) or "empty context"
    console.print(
        Prose(f"BuildKit transfers {size(report.transfer.size)}, the legacy builder sends {classic}"),
        Prose(parts),
        findings.found((*failures(report), *report.findings)),
        sep="\n",
        soft_wrap=True,
    )
    for problem in report.problems:
        console.print(Prose("warning: ", style="yellow").append(printable(problem), style="default"), soft_wrap=True)


def _origin(report: Report) -> Text:
    """What was analyzed."""
    built = f"{printable(report.dockerfile)}, target {printable(report.target)}"
    return Prose(f"{built}; {_ignore_file(report.buildkit_ignore, report.ignored)}", style="dim")


def _ignore_file(file: IgnoreSummary | None, ignored: Totals) -> str:
    if file is None:
        return "no .dockerignore"
    excluded = f"{plural(ignored.files, 'file')} ({size(ignored.size)})" if ignored.files else "no file"
    verb = "excludes" if file.patterns == 1 else "exclude"
    return f"{printable(file.name)}: {plural(file.patterns, 'pattern')} {verb} {excluded}"


def _sizes(report: Report, drawn: Glyphs, narrow: bool) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right", no_wrap=True, style="bold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    after = report.savings.after if report.savings is not None else None
    with_it = "" if narrow else " with the proposal"
    rows = (
        ("BuildKit transfers", report.transfer, None if after is None else after.buildkit),
        ("Legacy builder sends", report.classic, None if after is None else after.classic),
    )
    for label, now, then in rows:
        if isinstance(now, CtxoptError):
            table.add_row(label, Prose("fails", style="red"), "", "")
        else:
            change = f"{drawn.arrow} {size(then.size)}{with_it}" if then is not None and _is_less(then, now) else ""
            table.add_row(label, size(now.size), plural(now.files, "file"), Prose(change, style="green"))
    return table


def _is_less(then: Totals, now: Totals) -> bool:
    """Whether a size is smaller than another one, also as they are shown."""
    return then.size < now.size and size(then.size) != size(now.size)


def _shares(report: Report, console: Console) -> list[Text]:
    """One bar for the whole directory, and a key to its parts; empty if there is only one part."""
    order = list(Use)
    shown = (one for one in report.largest.uses if one[1].size and one[0] is not Use.BUILDER)
    parts = sorted(shown, key=lambda one: order.index(one[0]))
    if len(parts) < 2:
        return []
    drawn = glyphs(console)
    widths = _widths([totals.size for _, totals in parts], min(console.width, _LONGEST))
    line, keys = Prose(), [Prose()]
    for (use, totals), width in zip(parts, widths, strict=True):
        line.append(drawn.fills[use] * width, style=STYLES[use])
        key = Prose(f"{drawn.fills[use]} ", style=STYLES[use]).append(f"{use.value} {size(totals.size)}", "default")
        if keys[-1].cell_len + key.cell_len + 2 > console.width:
            keys.append(Prose())
        keys[-1].append("  " if keys[-1] else "").append_text(key)
    return [Prose(), line, *keys]


def _widths(sizes: list[int], width: int) -> list[int]:
    """The lengths of the parts of a bar: at least 1 each, `width` in total."""
    widths = [max(1, round(width * count / sum(sizes))) for count in sizes]
    widths[sizes.index(max(sizes))] += width - sum(widths)
    return widths


def _title(text: str) -> Text:
    return Prose(text, style="bold underline")


def _largest(report: Report, console: Console, rows: int, narrow: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("size", justify="right", no_wrap=True)
    if not narrow:
        table.add_column(width=_BAR, no_wrap=True)
    table.add_column("files", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("path", overflow="fold", ratio=1)
    entries = _fitting(report.largest.entries, rows)
    drawn = glyphs(console)
    for entry in entries:
        drawing = bar(entry.totals.size, entries[0].totals.size, _BAR, drawn)
        table.add_row(
            size(entry.totals.size),
            *([] if narrow else [Prose(drawing, style=STYLES[entry.use])]),
            f"{entry.totals.files:,}",
            Prose(entry.use.value, style=STYLES[entry.use]),
            Prose(printable(entry.path)).append_text(_rest(entry)),
        )
    return table


def _fitting(entries: tuple[LargeEntry, ...], rows: int) -> list[LargeEntry]:
    """At most `rows` of the entries that are sent, and those that are excluded between them."""
    kept = [entry for entry in entries if entry.use is not Use.IGNORED][:rows]
    least = kept[-1].totals.size if kept else 0
    return [entry for entry in entries if entry in kept or (entry.use is Use.IGNORED and entry.totals.size >= least)]


def _rest(entry: LargeEntry) -> Text:
    """What becomes of the rest of an entry where it is not the same for all of it."""
    others = [f"{size(totals.size)} {use.value}" for use, totals in entry.uses[1:] if totals.size]
    return Prose(f" ({', '.join(others)})" if others else "", style="dim")


def _named_context(one: NamedReport, console: Console, rows: int, narrow: bool) -> list[RenderableType]:
    """A named context: where it is, what is sent of it, and its largest entries."""
    title = _title(f"Context {printable(one.name)}")
    report = one.report
    if report is None:
        about = "not read by this build" if one.source is ContextSource.DIRECTORY else "not a directory: not analyzed"
        return [title, Prose(f"{printable(one.value) or 'its value is not known'}: {about}", style="dim")]
    sent = f"BuildKit transfers {size(report.transfer.size)} in {plural(report.transfer.files, 'file')}"
    unused = f", {size(report.unused.size)} unused" if report.unused.files else ""
    parts: list[RenderableType] = [
        title,
        Prose(f"{sent}{unused}"),
        Prose(_ignore_file(report.buildkit_ignore, report.ignored), style="dim"),
        Prose(printable(report.root), style="dim"),
    ]
    return [*parts, _largest(report, console, rows, narrow)] if report.largest.entries else parts


def _instructions(report: Report, console: Console, narrow: bool) -> Iterator[RenderableType]:
    """The first instructions as a table, and how many more there are."""
    reads = report.all_reads
    yield _reads(reads[:_READS], console, narrow)
    if len(reads) > _READS:
        yield Prose(f"and {len(reads) - _READS:,} more instructions; --json lists all", style="dim")


def _reads(reads: Sequence[tuple[Report, ReadResult]], console: Console, narrow: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("line", justify="right")
    if not narrow:
        table.add_column("stage", max_width=16, overflow="ellipsis", no_wrap=True)
    table.add_column("instruction", overflow="fold", ratio=1)
    table.add_column("files", justify="right", no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("in image", no_wrap=True)
    room = max(16, console.width - _beside(reads, narrow))
    drawn = glyphs(console)
    for of_context, result in reads:
        read = result.read
        cells: list[Text | str] = [str(read.line)]
        if not narrow:
            cells.append(Prose(printable(read.stage_label)))
        cells += [_instruction(result, room, drawn), f"{result.totals.files:,}", size(result.totals.size)]
        table.add_row(*cells, _fate(result, of_context))
    return table


def _beside(reads: Sequence[tuple[Report, ReadResult]], narrow: bool) -> int:
    """The width of the other columns of the instructions, with the spaces between them."""
    stages = [] if narrow else [min(16, max(len(printable(one.read.stage_label)) for _, one in reads)), 2]
    files = max(5, *(len(f"{one.totals.files:,}") for _, one in reads))
    sizes = max(4, *(len(size(one.totals.size)) for _, one in reads))
    lines = max(4, *(len(str(one.read.line)) for _, one in reads))
    fates = max(len("in image"), *(len(_fate(one, of_context)) for of_context, one in reads))
    return sum((*stages, lines, files, sizes, fates, 2 * 5))


def _instruction(result: ReadResult, room: int, drawn: Glyphs) -> Text:
    read = result.read
    text = Prose(f"{read.kind} ", style="cyan")
    if read.context:
        text.append(f"--from={printable(read.context)} " if read.kind != "FROM" else "", style="magenta")
    if read.trigger:
        text.append("(ONBUILD) ", style="dim")
    if read.parents:
        text.append("--parents ", style="dim")
    for pattern in read.excludes:
        text.append(f"--exclude={printable(pattern)} ", style="dim")
    beside = room - len(text.plain)
    # After flags that take most of the line, the sources have a line of their own.
    as_written = read.unresolved or read.kind == "FROM"
    sources = [printable(source) for source in (read.written if as_written else result.shown_sources)]
    text.append(_sources(sources, beside if beside > room // 2 else room, drawn), style="default")
    if read.unresolved:
        text.append(f" (depends on {_variables(sorted(read.unresolved))})", style="yellow")
    return text


def _sources(sources: list[str], room: int, drawn: Glyphs) -> str:
    """The sources that fit, and how many more there are; a source is cut only where it is the first and very long."""
    if len(sources) < 2:
        return cut_middle("".join(sources), _LINES * room, drawn.dots)
    more = f"+{len(sources) - 1:,} more"
    if len(sources[0]) + 1 + len(more) > room:
        return f"{cut_middle(sources[0], _LINES * room, drawn.dots)}\n{more}"
    ends = list(accumulate((len(source) + 1 for source in sources), initial=-1))
    if ends[-1] <= room:
        return " ".join(sources)
    count = max(1, bisect_right(ends, room - len(more) - 1) - 1)
    return " ".join(sources[:count]) + f" +{len(sources) - count:,} more"


def _variables(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(f"${printable(name)}" for name in names[:_NAMED]) + more


def _fate(result: ReadResult, report: Report) -> Text:
    if result.error is not None:
        return Prose("fails", style="red")
    use = use_by(result.read)
    if use is Use.IMAGE:
        return Prose("yes")
    if use is Use.UNKNOWN:
        return Prose(use.value, style="yellow")
    if result.read.number in report.largest.indirect:
        return Prose("via stage")
    return Prose("mount" if result.read.kind == "RUN" else "no", style="dim")


def _findings(report: Report, console: Console, verbose: bool) -> None:
    listed = (*failures(report), *report.findings)
    if listed:
        put(console, _title("Findings"))
        findings.show(console, listed, report.sources.get, report.rules, verbose=verbose)
        console.print()


def _closing(report: Report, console: Console, verbose: bool) -> None:
    """The notes, those that are the same in every run only if `verbose`, the problems, and what to do next."""
    usual = report.usual_notes if verbose else ()
    for note in (*report.notes, *usual, *report.problems):
        put(console, Prose("note: ", style="dim").append(printable(note), style="default"))
    if verbose and report.savings is not None and report.savings.kept:
        # Imported here because it takes part in few runs.
        from ctxopt.render.proposal import largest_kept

        put(console, largest_kept(report.savings.kept))
    step = next_step(report)
    if step:
        put(console, Prose("Next: ", style="bold").append(step, style="default"))
