"""A context with files, an ignore file and a Dockerfile, and what one rule finds in it."""

from pathlib import Path

from ctxopt import BuildContext
from ctxopt.findings import canonical, check
from ctxopt.findings.model import Finding


def found(
    root: Path, rule: str, ignore: str | None, *files: str, dockerfile: str = "COPY . .\n", name: str = "Dockerfile"
) -> list[Finding]:
    """The findings of one rule, by its id or name; every file has ten bytes, `ignore` may be None for no file."""
    for file in (*files, name):
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 10)
    (root / name).write_text("FROM scratch\n" + dockerfile, encoding="utf-8")
    if ignore is not None:
        (root / ".dockerignore").write_text(ignore, encoding="utf-8")
    return [finding for finding in check(BuildContext(str(root), name)) if finding.rule in canonical([rule])]
