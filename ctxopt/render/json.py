"""A report as JSON. The form is described in docs/json.md; `version` changes when it does.

Names are JSON strings; a byte that is not UTF-8 is a lone surrogate escape (U+DC80 to U+DCFF), which
`json.loads` in Python, followed by `os.fsencode`, turns back into the byte.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ctxopt.core.context.tree import Totals
from ctxopt.core.usage.branches import Branch
from ctxopt.core.usage.index import ReadResult
from ctxopt.edits.model import Edit
from ctxopt.errors import CtxoptError
from ctxopt.findings.model import Finding
from ctxopt.render.dumps import dumps
from ctxopt.reports.large_entry import LargeEntry
from ctxopt.reports.report import VERSION, IgnoreSummary, NamedReport, Report
from ctxopt.reports.uses import Use

if TYPE_CHECKING:
    from ctxopt.daemon.model import EngineReport
    from ctxopt.reports.cost.model import Cost, Sizes
    from ctxopt.reports.savings import Savings

#: The words for the uses of files.
USES = {
    Use.IMAGE: "image",
    Use.BUILD: "build",
    Use.UNKNOWN: "unknown",
    Use.BUILDER: "builder",
    Use.UNUSED: "unused",
    Use.IGNORED: "excluded",
}


def report(report: Report, engine: "EngineReport | None" = None) -> str:
    """A whole report, and the figures of an engine, if it was asked."""
    return dumps({"version": VERSION, **_report(report), "engine": _engine(engine)})


def reports(reports: Sequence[tuple[str | None, Report]], engine: "EngineReport | None" = None) -> str:
    """The reports of several builds, each with its name."""
    builds = [{"name": name, **_report(report)} for name, report in reports]
    return dumps({"version": VERSION, "builds": builds, "engine": _engine(engine)})


def _engine(engine: "EngineReport | None") -> dict[str, Any] | None:
    if engine is None:
        return None
    # Imported here, as below, because few reports have it.
    from ctxopt.render.engine import as_json

    return as_json(engine)


def _report(report: Report) -> dict[str, Any]:
    return {
        "context": report.root,
        "dockerfile": report.dockerfile,
        "target": report.target,
        "ignore_files": {
            "buildkit": _ignore(report.buildkit_ignore),
            "classic": _ignore(report.classic_ignore),
        },
        "sizes": {
            "buildkit": totals(report.buildkit),
            "classic": {"error": str(report.classic)}
            if isinstance(report.classic, CtxoptError)
            else totals(report.classic),
            "transfer": totals(report.transfer),
            "used": totals(report.used),
            "unused": totals(report.unused),
            "ignored": totals(report.ignored),
        },
        "stages": [
            {
                "number": stage.number,
                "name": stage.name,
                "base": stage.base,
                "line": stage.line,
                "needed": stage.needed,
                "exported": stage.exported,
            }
            for stage in report.stages
        ],
        "instructions": [_read(result, report.reaches_image(result.read)) for result in report.reads],
        "named_contexts": [_named_context(one) for one in report.named],
        "unused_directories": _directories(report.unused_tree),
        "largest": [_large(entry) for entry in report.largest.entries],
        "findings": [finding(one) for one in report.findings],
        "notes": [*report.notes, *report.usual_notes],
        "problems": list(report.problems),
        "errors": [str(error) for error in report.errors],
        "savings": None if report.savings is None else _savings(report.savings),
        "cost": None if report.cost is None else _cost(report.cost),
    }


def _named_context(one: NamedReport) -> dict[str, Any]:
    report = one.report
    return {
        "name": one.name,
        "value": one.value,
        "source": one.source.value,
        "read": None
        if report is None
        else {
            "context": report.root,
            "ignore_file": _ignore(report.buildkit_ignore),
            "sizes": {
                "buildkit": totals(report.buildkit),
                "transfer": totals(report.transfer),
                "used": totals(report.used),
                "unused": totals(report.unused),
                "ignored": totals(report.ignored),
            },
            "instructions": [_read(result, report.reaches_image(result.read)) for result in report.reads],
            "unused_directories": _directories(report.unused_tree),
            "largest": [_large(entry) for entry in report.largest.entries],
        },
    }


def _large(entry: LargeEntry) -> dict[str, Any]:
    return {
        "path": entry.path,
        **totals(entry.totals),
        "use": USES[entry.use],
        "uses": [{"use": USES[use], **totals(found)} for use, found in entry.uses],
    }


def _savings(savings: "Savings") -> dict[str, Any]:
    def sizes(found: "Sizes | None") -> dict[str, Any] | None:
        if found is None:
            return None
        sides = (("transfer", found.buildkit), ("classic", found.classic))
        return {name: None if side is None else totals(side) for name, side in sides}

    return {
        "command": savings.command,
        "before": sizes(savings.before),
        "after": sizes(savings.after),
        "likely": None if savings.likely is None else totals(savings.likely),
        "warnings": list(savings.warnings),
        "note": savings.note,
        "kept": [
            {"path": row.path, "files": row.totals.files, "bytes": row.totals.size, "why": row.why or None}
            for row in savings.kept
        ],
    }


def _cost(cost: "Cost") -> dict[str, Any]:
    from ctxopt.render.cost import as_json

    return as_json(cost)


def _ignore(summary: IgnoreSummary | None) -> dict[str, Any] | None:
    return None if summary is None else {"file": summary.name, "patterns": summary.patterns}


def totals(totals: Totals) -> dict[str, int]:
    """A number of files and their bytes."""
    return {"files": totals.files, "bytes": totals.size}


def _read(result: ReadResult, reaches_image: bool) -> dict[str, Any]:
    read = result.read
    return {
        "instruction": read.kind,
        "line": read.line,
        "end_line": read.end_line,
        "stage": {"number": read.stage, "name": read.stage_name},
        "sources": list(result.shown_sources),
        "destination": read.shown_destination,
        "exclude": list(read.excludes),
        "parents": read.parents,
        "on_build": read.trigger,
        "reaches_image": reaches_image,
        "unresolved_variables": sorted(read.unresolved),
        **totals(result.totals),
        "error": None if result.error is None else str(result.error),
    }


def finding(finding: Finding) -> dict[str, Any]:
    """One finding."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "file": finding.file,
        "line": finding.line,
        "end_line": finding.end_line,
        "subject": finding.subject,
        "message": finding.message,
        "fix": finding.fix,
        "edits": [_edit(edit) for edit in finding.edits],
        "evidence": list(finding.evidence),
        **(totals(finding.totals) if finding.totals is not None else {"files": None, "bytes": None}),
    }


def _edit(edit: Edit) -> dict[str, Any]:
    text = edit.new.decode("utf-8", "surrogateescape")
    return {"file": edit.file, "start": edit.start, "end": edit.end, "text": text}


def _directories(tree: Branch) -> list[dict[str, Any]]:
    """The directories with unused files, by path; those below an unused directory are not listed."""
    rows = []
    stack = [tree]
    while stack:
        branch = stack.pop()
        rows.append(
            {
                "path": branch.path,
                **totals(branch.totals),
                "whole": branch.whole,
                "largest_files": [{"name": name, "bytes": size} for name, size in branch.files],
            }
        )
        if not branch.whole or branch is tree:
            stack += branch.children
    return sorted(rows, key=lambda row: row["path"])
