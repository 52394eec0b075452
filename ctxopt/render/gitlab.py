"""Annotations as a report of GitLab's Code Quality: a JSON array of issues, which a merge request shows."""

import hashlib
from collections import Counter
from typing import Any

from ctxopt.annotations.model import Annotation, Annotations, Level
from ctxopt.display import printable
from ctxopt.render.dumps import dumps

_SEVERITIES = {Level.ERROR: "critical", Level.WARNING: "major", Level.NOTE: "info"}


def render(annotations: Annotations) -> str:
    """The issues, in ASCII. What could not be checked blocks, unless it is excused."""
    seen: Counter[str] = Counter()
    unchecked = [_issue(item, _severity_unchecked(item), seen) for item in annotations.unchecked]
    return dumps([*unchecked, *(_issue(item, _SEVERITIES[item.level], seen) for item in annotations.items)])


def _severity_unchecked(item: Annotation) -> str:
    return "blocker" if item.level is Level.ERROR else "info"


def _issue(item: Annotation, severity: str, seen: Counter[str]) -> dict[str, Any]:
    path = printable(item.file or "") or "."
    # Without the line, so that an issue stays the same where lines are added above; equal ones are numbered.
    identity = "\0".join((item.rule, path, item.text))
    seen[identity] += 1
    fingerprint = hashlib.sha256(f"{identity}\0{seen[identity]}".encode("utf-8", "surrogateescape")).hexdigest()
    return {
        "description": item.text,
        "check_name": item.rule,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": path, "lines": {"begin": max(1, item.line or 1)}},
    }
