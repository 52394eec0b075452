"""A copy of a database, or an archive, that git does not track and that a broad COPY takes."""

from collections.abc import Iterator

from ctxopt.core.context.tree import Totals
from ctxopt.core.dockerignore.quote import literal
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule


def check(context: RuleContext) -> Iterator[Finding]:
    """Find large files that git neither tracks nor ignores and that nothing names, where a broad COPY takes them."""
    build = context.build
    if not any(read.broad for read in build.plan.reads):
        return
    # Imported here because it loads what is known of all ecosystems.
    from ctxopt.evidence.stray_files import stray_files

    for stray in stray_files(build):
        yield Finding(
            RULE.id,
            Severity.WARNING,
            build.plan.file,
            stray.read.line,
            f"{stray.read.kind} copies {stray.path}, which git neither tracks nor ignores and nothing names",
            f"add {literal(stray.path)} to .dockerignore, or delete the file",
            totals=Totals(1, stray.size),
            confidence=Confidence.MEDIUM,
            subject=stray.path,
        )


RULE = Rule(
    id="CTX021",
    name="file-left-behind",
    title="Large file that git does not track is copied",
    help=(
        "A broad COPY takes a copy of a database or an archive, although git neither tracks nor ignores it and nothing "
        "names it. Exclude it, or delete it; commit it if the image needs it."
    ),
    check=check,
)
