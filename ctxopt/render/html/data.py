"""The data of the page as plain values for JSON, which `src/` reads."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ctxopt.core.context.tree import Totals
from ctxopt.core.usage.index import ReadResult
from ctxopt.display import amount, folded, plural, printable
from ctxopt.findings.model import Finding, Severity
from ctxopt.proposal.model import FileProposal, PatternRow, Proposal
from ctxopt.reports.report import IgnoreSummary, NamedReport, Report
from ctxopt.treemap.model import FileStatus, Treemap, ViewSummary

#: Maximum number of patterns of a proposed file to explain, and of reasons to lead with.
_ROWS = 200
_REASONS = 3
_GRAVE = (Severity.ERROR, Severity.WARNING)
_FIGURES = {"BuildKit": "BuildKit transfers", "classic": "Legacy builder sends"}
_LABELS = {"BuildKit": "BuildKit", "classic": "Legacy"}


def data(treemaps: Sequence[Treemap], made: str) -> dict[str, Any]:
    """All that the page shows. Every text is escaped for display; `made` names the program that made the page."""
    return {
        "made": f"{made} This page works offline: it loads nothing.",
        "builds": [_build(treemap) for treemap in treemaps],
    }


def title(treemaps: Sequence[Treemap]) -> str:
    """What the page is about, escaped for display."""
    if len(treemaps) > 1:
        return f"{plural(len(treemaps), 'build')}: Docker build contexts"
    return f"{_directory(treemaps[0].report)}: Docker build context"


def _directory(report: Report) -> str:
    return printable(report.root.rstrip("/").rpartition("/")[2] or "/")


def _build(treemap: Treemap) -> dict[str, Any]:
    report = treemap.report
    risks = {status.risk: 0 for status in treemap.statuses if status.risk}
    risks = {risk: index for index, risk in enumerate(risks)}
    nodes = treemap.nodes
    return {
        "title": printable(treemap.name),
        "name": _directory(report),
        "meta": _meta(report),
        "builders": [
            {"label": _LABELS[view.builder], "figure": _FIGURES[view.builder]}
            for view in treemap.views
            if not view.after
        ],
        "refusal": printable(treemap.refusal),
        "failure": printable(report.errors[0].text) if report.errors else "",
        "command": printable(treemap.command),
        "used": _totals(report.used),
        "unused": _totals(report.unused),
        "states": ["current", *(proposal.level.value for proposal in treemap.proposals)],
        "looks": [_view(view) for view in treemap.views],
        "fates": [_status(status, risks) for status in treemap.statuses],
        "risks": list(risks),
        "nodes": {
            "names": list(map(printable, nodes.names)),
            "parents": list(nodes.parents),
            "files": list(nodes.files),
            "sizes": list(nodes.sizes),
            "fates": list(nodes.statuses),
        },
        # Files have the numbers of those that read the main context, which come first.
        "instructions": [_instruction(result, one) for one in _contexts(report) for result in one.reads],
        "rules": {rule.id: printable(rule.title) for rule in report.rules},
        "findings": list(_findings(treemap)),
        "notes": [[printable(line) for line in (note, *more)] for note, more in folded(_notes(treemap))],
        "proposals": [_proposal(proposal) for proposal in treemap.proposals],
        "why": printable(_why(treemap)),
    }


def _meta(report: Report) -> list[list[str]]:
    ignore = "none: nothing is excluded" if report.buildkit_ignore is None else _file(report.buildkit_ignore)
    rows = [
        ["Directory", report.root],
        ["Dockerfile", report.dockerfile],
        ["Target", report.target],
        ["Ignore file", ignore],
        *([f"Context {one.name}", _named(one)] for one in report.named),
    ]
    return [[label, printable(text)] for label, text in rows]


def _contexts(report: Report) -> list[Report]:
    """The report of the main context, and those of the named ones."""
    return [report, *(one.report for one in report.named if one.report is not None)]


def _named(one: NamedReport) -> str:
    if one.report is None:
        return f"{one.value} (not read, or not a directory)"
    sent = one.report.transfer
    return f"{one.report.root}: BuildKit transfers {amount(sent.size, sent.files)}; not in the map"


def _file(summary: IgnoreSummary) -> str:
    return f"{summary.name} ({plural(summary.patterns, 'pattern')})"


def _totals(totals: Totals) -> dict[str, int]:
    return {"files": totals.files, "bytes": totals.size}


def _view(view: ViewSummary) -> dict[str, Any]:
    patterns = [{"text": printable(text), "file": printable(file), "line": line} for text, file, line in view.patterns]
    state = "current" if view.level is None else f"proposed ({view.level.value})"
    label = f"{_LABELS[view.builder]}, {state}"
    return {"label": label, "sent": _totals(view.sent), "patterns": patterns, "broken": printable(view.broken)}


def _status(status: FileStatus, risks: dict[str, int]) -> dict[str, Any]:
    return {
        "statuses": list(status.by_view),
        "deciders": list(status.deciders),
        "readers": list(status.readers),
        "risk": risks.get(status.risk, -1),
    }


def _instruction(result: ReadResult, report: Report) -> dict[str, Any]:
    read = result.read
    flags = [f"--from={read.context}"] if read.context else []
    flags += [*(["--parents"] if read.parents else []), *(f"--exclude={pattern}" for pattern in read.excludes)]
    note = f"Depends on {', '.join(f'${name}' for name in sorted(read.unresolved))}, so it may read anything"
    return {
        "line": read.line,
        "stage": printable(read.stage_label),
        "kind": read.kind,
        "text": printable(" ".join([*flags, *result.shown_sources, read.shown_destination])),
        "files": result.totals.files,
        "bytes": result.totals.size,
        "fate": _in_image(result, report),
        "note": printable(note) if read.unresolved else "Triggered by ONBUILD" if read.trigger else "",
        "error": "" if result.error is None else printable(f"{result.error.problem}; {result.error.hint}"),
    }


def _in_image(result: ReadResult, report: Report) -> str:
    if result.error is not None:
        return "fails"
    if report.reaches_image(result.read):
        return "yes"
    return "mount" if result.read.kind == "RUN" else "no"


def _findings(treemap: Treemap) -> Iterator[dict[str, Any]]:
    """The findings without notes about lines that have a warning or an error, each with the nodes that it is about."""
    report = treemap.report
    grave = {(one.file, one.line) for one in report.findings if one.severity in _GRAVE}
    reads: dict[int, list[int]] = {}
    for number, result in enumerate(report.reads):
        reads.setdefault(result.read.line, []).append(number)
    for finding, nodes in zip(report.findings, treemap.places, strict=True):
        if finding.severity in _GRAVE or (finding.file, finding.line) not in grave:
            instructions = reads.get(finding.line or 0, []) if finding.file == report.dockerfile else []
            yield {**_finding(finding), "nodes": list(nodes), "reads": instructions}


def _finding(finding: Finding) -> dict[str, Any]:
    location = f"{finding.file}:{finding.line}" if finding.line else finding.file
    totals = finding.totals
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "place": printable(location),
        "message": printable(finding.message),
        "fix": printable(finding.fix),
        "cost": "" if totals is None else amount(totals.size, totals.files),
        "bytes": 0 if totals is None else totals.size,
        "evidence": [printable(line) for line in finding.evidence],
    }


def _notes(treemap: Treemap) -> Iterable[str]:
    # What leaves the least is what the others are about as well.
    proposal = treemap.proposals[-1] if treemap.proposals else treemap.proposal
    given = (*treemap.report.notes, *treemap.report.problems)
    if proposal is not None:
        given += (*proposal.notes, *proposal.warnings)
        for file in proposal.files:
            given += (*file.notes, *(f"{row.path} stays: {row.why}" for row in file.stays))
        kept = (f"{row.path} ({amount(row.totals.size, row.totals.files)})" for row in proposal.largest_kept)
        given += (f"largest of what is still sent: {', '.join(kept)}",) if proposal.largest_kept else ()
    return dict.fromkeys(given)


def _why(treemap: Treemap) -> str:
    """Why there is no proposal, or none that changes anything."""
    return treemap.why or "Nothing to exclude: the instructions read everything that the ignore file keeps."


def _proposal(proposal: Proposal) -> dict[str, Any]:
    rows = [row for file in proposal.files for row in file.rows]
    return {
        "level": proposal.level.value,
        "files": [_proposed(file) for file in proposal.files if file.changes],
        "reasons": [
            {
                "pattern": printable(row.pattern),
                "evidence": printable(row.evidence),
                "buildkit": row.buildkit.size,
                "classic": row.classic.size if row.classic is not None else 0,
            }
            for row in sorted(rows, key=_weight, reverse=True)[:_REASONS]
        ],
    }


def _weight(row: PatternRow) -> tuple[int, int]:
    return row.buildkit.size, row.classic.size if row.classic is not None else 0


def _proposed(file: FileProposal) -> dict[str, Any]:
    text = file.new.decode("utf-8", "surrogateescape")
    state = "new file" if file.old is None else "changed; new lines are marked"
    try:
        copied: str | None = file.new.decode()
    except UnicodeDecodeError:
        copied = None
        state += "; not UTF-8, so it cannot be copied from here: use ctxopt generate --write"
    old = set((file.old or b"").decode("utf-8", "surrogateescape").splitlines())
    lines = text.removesuffix("\n").split("\n")
    return {
        "name": printable(file.name),
        "state": state,
        "text": copied,
        "lines": [[printable(line), line not in old] for line in lines],
        "rows": [
            {
                "pattern": printable(row.pattern),
                "evidence": printable(row.evidence + (f"; {row.warning}" if row.warning else "")),
                "files": row.files,
                "buildkit": row.buildkit.size,
                "classic": None if row.classic is None else row.classic.size,
            }
            for row in file.rows[:_ROWS]
        ],
        "more": max(len(file.rows) - _ROWS, 0),
    }
