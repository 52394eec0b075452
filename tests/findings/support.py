"""A context with files, an ignore file and a Dockerfile, and what one rule finds in it."""

from pathlib import Path

from ctxopt import BuildContext
from ctxopt.findings import check
from ctxopt.findings.model import Finding


def found(root: Path, rule: str, ignore: str, *files: str) -> list[Finding]:
    """The findings of one rule, by name; every file has ten bytes."""
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 10)
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . .\n", encoding="utf-8")
    (root / ".dockerignore").write_text(ignore, encoding="utf-8")
    return [finding for finding in check(BuildContext(str(root))) if finding.rule == rule]
