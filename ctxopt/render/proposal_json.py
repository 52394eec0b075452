"""A proposal as JSON. The form is described in docs/json.md."""

from typing import Any

from ctxopt.proposal.model import Effect, FileProposal, PatternRow, Proposal, SecretRow
from ctxopt.render.dumps import dumps
from ctxopt.render.json import totals
from ctxopt.reports.report import VERSION


def proposal(proposal: Proposal, *, written: bool) -> str:
    """A whole proposal; `written` says that the files have been written."""
    return dumps(
        {
            "version": VERSION,
            "context": proposal.root,
            "level": proposal.level.value,
            "style": proposal.style.value,
            "written": written,
            "builds": [
                {
                    "origin": build.origin,
                    "dockerfile": build.dockerfile,
                    "target": build.target,
                    "ignore_file": build.ignore_file or None,
                    "counts": build.counts,
                    "note": build.note,
                }
                for build in proposal.builds
            ],
            "files": [_file(file) for file in proposal.files],
            "likely": None if proposal.likely is None else totals(proposal.likely),
            "secrets": [_secret(secret) for secret in proposal.secrets],
            "notes": list(proposal.notes),
            "warnings": list(proposal.warnings),
        }
    )


def _secret(secret: SecretRow) -> dict[str, Any]:
    return {
        "path": secret.path,
        "bytes": secret.size,
        "reach": secret.reach.name.lower(),
        "taken_by": secret.taken_by,
        "excluded": secret.excluded,
        "warning": secret.warning,
    }


def _file(file: FileProposal) -> dict[str, Any]:
    return {
        "file": file.name,
        "changes": file.changes,
        "style": file.style.value,
        "old": None if file.old is None else _text(file.old),
        "new": _text(file.new),
        "patterns": [_row(row) for row in file.rows],
        "builds": [_effect(effect) for effect in file.effects],
        "kept": totals(file.kept),
        "needed": totals(file.needed),
        "ratio": file.ratio,
        "dropped": list(file.dropped),
        "left": list(file.left),
        "omitted": totals(file.omitted),
        "stays": [
            {"path": row.path, "files": row.totals.files, "bytes": row.totals.size, "why": row.why}
            for row in file.stays
        ],
        "remaining": [
            {"path": row.path, "files": row.totals.files, "bytes": row.totals.size, "why": row.why or None}
            for row in file.remaining
        ],
        "tidied": list(file.tidied),
        "notes": list(file.notes),
    }


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _row(row: PatternRow) -> dict[str, Any]:
    return {
        "pattern": row.pattern,
        "evidence": row.evidence,
        "level": row.level.value,
        "files": row.files,
        "buildkit": totals(row.buildkit),
        "classic": None if row.classic is None else totals(row.classic),
        "warning": row.warning or None,
    }


def _effect(effect: Effect) -> dict[str, Any]:
    before, after = effect.buildkit
    return {
        "origin": effect.origin,
        "buildkit": {"before": totals(before), "after": totals(after)},
        "classic": None
        if effect.classic is None
        else {"before": totals(effect.classic[0]), "after": totals(effect.classic[1])},
    }
