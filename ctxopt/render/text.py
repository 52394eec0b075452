"""A report as text for a terminal, drawn with rich. Names are escaped and never read as markup."""

from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ctxopt.core.context.tree import Totals
from ctxopt.core.usage.index import ReadResult
from ctxopt.display import amount, plural, printable, size
from ctxopt.errors import CtxoptError
from ctxopt.findings.model import Finding, Severity
from ctxopt.render.glyphs import bar, glyphs
from ctxopt.render.outline import outline
from ctxopt.reports.report import Report

if TYPE_CHECKING:
    from ctxopt.reports.cost.model import Cost

#: Below this width the tables omit their least important columns.
_NARROW = 76
#: Maximum length of the bar for the whole context.
_LONGEST = 80
#: Severities of findings that are listed one by one.
_GRAVE = (Severity.ERROR, Severity.WARNING)
#: Maximum number of notes of a rule to show in full, and of line numbers in a summary.
_TOLD = 3
_LINES = 8
#: Maximum number of variables of an instruction to name.
_NAMED = 5
#: The summary of many notes of a rule that has none of its own.
_SUMMARY = "{count} more lines are like that"


def report(report: Report, console: Console, rows: int, *, name: str | None = None, quiet: bool = False) -> None:
    """Print a report; `rows` is the number of lines that the tree of unused files may take.

    `name` is what the build is called among several. If `quiet`, only the sizes are printed and what fails.
    """
    narrow = console.width < _NARROW
    if name is not None:
        console.print(_title(printable(name)), soft_wrap=True)
    if quiet:
        console.print(_sizes(report))
        return
    # Paths are not wrapped, so that they can be copied.
    console.print(_head(report), soft_wrap=True)
    parts: list[RenderableType] = [Text(), _sizes(report), *_shares(report, console), Text()]
    if report.cost is not None:
        parts += [_cost(report.cost), Text()]
    if report.reads:
        parts += [_title("What the instructions read"), _instructions(report, narrow), Text()]
    else:
        parts += [Text("No instruction of this build reads the context."), Text()]
    if report.unused.files:
        parts += [_title("Read by no instruction"), _unused(report, console, rows, narrow), Text()]
    warnings = [finding for finding in report.findings if finding.severity in _GRAVE]
    if warnings:
        parts += [_title("What could be better"), *map(_warning, warnings), Text()]
    parts.append(_advice(report))
    console.print(Group(*parts))


def _cost(cost: "Cost") -> RenderableType:
    # Imported here because few reports have it.
    from ctxopt.render.cost import table

    return table(cost)


def _head(report: Report) -> Text:
    text = Text()
    text.append("Build context ", style="bold")
    text.append(printable(report.root))
    text.append(f"\nDockerfile    {printable(report.dockerfile)}, target {printable(report.target)}")
    text.append("\nIgnore file   ")
    if report.buildkit_ignore is None:
        text.append("none", style="yellow")
        text.append(": everything is in the context")
    else:
        text.append(f"{printable(report.buildkit_ignore.name)} ({plural(report.buildkit_ignore.patterns, 'pattern')})")
        text.append(f", leaves out {amount(report.ignored.size, report.ignored.files)}")
    return text


def _sizes(report: Report) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right", no_wrap=True, style="bold")
    table.add_column(justify="right", no_wrap=True)
    _size_row(table, "BuildKit transfers", report.transfer)
    if isinstance(report.classic, CtxoptError):
        table.add_row("Classic builder sends", Text("fails", style="red"), "")
    else:
        _size_row(table, "Classic builder sends", report.classic)
    _size_row(table, "Instructions read", report.used, "green")
    _size_row(table, "Read by no instruction", report.unused, "yellow" if report.unused.size else "")
    return table


def _shares(report: Report, console: Console) -> list[Text]:
    """One bar for the whole directory, and a key to its parts; empty if there is only one part."""
    parts = [
        (totals, label, style)
        for totals, label, style in (
            (report.used, "read", "green"),
            (report.unused, "unused", "yellow"),
            (report.ignored, "ignored", "bright_black"),
        )
        if totals.size
    ]
    if len(parts) < 2:
        return []
    drawn = glyphs(console)
    fills = dict(zip(("read", "unused", "ignored"), drawn.fills, strict=True))
    widths = _widths([totals.size for totals, _, _ in parts], min(console.width, _LONGEST))
    line, key = Text(), Text()
    for (totals, label, style), width in zip(parts, widths, strict=True):
        line.append(fills[label] * width, style=style)
        key.append(f"{fills[label]} ", style=style).append(f"{label} {size(totals.size)}   ")
    return [Text(), line, key]


def _widths(sizes: list[int], width: int) -> list[int]:
    """The lengths of the parts of a bar: at least 1 each, `width` in total."""
    widths = [max(1, round(width * count / sum(sizes))) for count in sizes]
    widths[sizes.index(max(sizes))] += width - sum(widths)
    return widths


def _size_row(table: Table, label: str, totals: Totals, style: str = "") -> None:
    table.add_row(label, Text(size(totals.size), style=style), plural(totals.files, "file"))


def _title(text: str) -> Text:
    return Text(text, style="bold underline")


def _instructions(report: Report, narrow: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("line", justify="right")
    if not narrow:
        table.add_column("stage", max_width=16, overflow="ellipsis", no_wrap=True)
    table.add_column("instruction", overflow="fold", ratio=1)
    table.add_column("files", justify="right", no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("in image", no_wrap=True)
    for result in report.reads:
        read = result.read
        cells: list[Text | str] = [str(read.line)]
        if not narrow:
            cells.append(Text(printable(read.stage_label)))
        cells += [_instruction(result), f"{result.totals.files:,}", size(result.totals.size), _fate(result)]
        table.add_row(*cells)
    return table


def _instruction(result: ReadResult) -> Text:
    read = result.read
    text = Text(f"{read.kind} ", style="cyan")
    if read.trigger:
        text.append("(ONBUILD) ", style="dim")
    if read.parents:
        text.append("--parents ", style="dim")
    for pattern in read.excludes:
        text.append(f"--exclude={printable(pattern)} ", style="dim")
    text.append(printable(" ".join(read.sources)), style="default")
    if read.unresolved:
        text.append(f" (depends on {_variables(sorted(read.unresolved))})", style="yellow")
    if result.error is not None:
        text.append(f"\n{printable(result.error.problem)}; {printable(result.error.hint)}", style="red")
    return text


def _variables(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(f"${printable(name)}" for name in names[:_NAMED]) + more


def _fate(result: ReadResult) -> Text:
    if result.error is not None:
        return Text("fails", style="red")
    if result.read.reaches_image:
        return Text("yes")
    return Text("mount" if result.read.kind == "RUN" else "no", style="dim")


def _unused(report: Report, console: Console, rows: int, narrow: bool) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    width = 10 if narrow else 20
    table.add_column(width=width, no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    table.add_column(justify="right", no_wrap=True)
    shown = outline(report.unused_tree, rows)
    largest = max((row.size for row in shown), default=0) or 1
    drawn = glyphs(console)
    for row in shown:
        table.add_row(
            size(row.size),
            Text(bar(row.size, largest, width, drawn), style="yellow"),
            Text("  " * row.depth + printable(row.label)),
            Text(plural(row.files, "file") if row.files > 1 or row.label.endswith("/") else "", style="dim"),
        )
    return table


def _advice(report: Report) -> Text:
    """The notes, the problems, and what to do next."""
    text = Text()
    for note in (*_notes(report), *report.notes, *report.problems):
        text.append("note: ", style="dim")
        text.append(printable(note) + "\n")
    text.append("Next: ", style="bold")
    text.append(_next_step(report))
    return text


def _warning(finding: Finding) -> Text:
    text = Text()
    text.append(printable(f"{finding.file}:{finding.line}" if finding.line else finding.file) + "  ", style="bold")
    text.append(printable(finding.message))
    if finding.totals is not None:
        text.append(f" ({amount(finding.totals.size, finding.totals.files)})", style="yellow")
    text.append("; " + printable(finding.fix))
    for line in finding.evidence:
        text.append("\n  " + printable(line), style="dim")
    return text


def _notes(report: Report) -> list[str]:
    """The notes as lines, many of a rule in one file as one; none about a line that has a warning."""
    findings = report.findings
    summaries = {rule.id: rule.summary for rule in report.rules}
    grouped: dict[tuple[str, str], list[Finding]] = {}
    warned = {(finding.file, finding.line) for finding in findings if finding.severity in _GRAVE}
    for finding in findings:
        if finding.severity not in _GRAVE and (finding.file, finding.line) not in warned:
            grouped.setdefault((finding.rule, finding.file), []).append(finding)
    notes = []
    for (rule, file), group in grouped.items():
        told = group if len(group) <= _TOLD else [] if summaries[rule] else group[:1]
        notes += [f"{file}:{one.line}: {one.message}" if one.line else f"{file}: {one.message}" for one in told]
        rest = group[len(told) :]
        if rest:
            lines = ", ".join(str(finding.line) for finding in rest[:_LINES])
            more = f" and {len(rest) - _LINES} more" if len(rest) > _LINES else ""
            summary = (summaries[rule] or _SUMMARY).format(count=len(rest))
            notes.append(f"{file}: {summary}: lines {lines}{more}")
    return notes


def _next_step(report: Report) -> str:
    if report.errors:
        return "mend the instructions that fail; `ctxopt explain PATH` shows which pattern hides a path."
    if report.unused.files:
        whole = [row.label for row in outline(report.unused_tree, 3) if row.label.endswith("/")]
        example = f", such as {printable(whole[0])}" if whole else ""
        file = report.buildkit_ignore.name if report.buildkit_ignore else ".dockerignore"
        return (
            f"what no instruction reads can go into {printable(file)}{example}; "
            "`ctxopt generate` shows how, and `ctxopt ls --view unused` lists it all."
        )
    broad = next((result.read for result in report.reads if result.read.broad), None)
    if broad is not None:
        return (
            f"line {broad.line} reads the whole context, so only the ignore file can make it smaller; "
            "`ctxopt generate --level likely` shows what may go, and why."
        )
    return "nothing: no file in the context is unused."
