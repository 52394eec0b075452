"""An `apt-get install` that also installs recommended packages."""

from collections.abc import Iterator

from ctxopt.findings import caches
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import Run


def check(context: RuleContext) -> Iterator[Finding]:
    """Find installations in the exported image without `--no-install-recommends`."""
    for kept in caches.kept_caches(context, "apt recommends", _installs):
        yield caches.finding(
            kept,
            RULE.id,
            f"{kept.run.name} install takes recommended packages as well",
            f"write {kept.run.name} install --no-install-recommends, and name what is missed then",
            severity=Severity.NOTE,
            confidence=Confidence.MEDIUM,
        )


RULE = Rule(
    id="CTX207",
    name="size-apt-recommends",
    title="Packages that apt installs because others recommend them",
    help=(
        "Without `--no-install-recommends`, apt installs what packages recommend besides what they need. Add the flag, "
        "and name what is missed then, such as `ca-certificates`."
    ),
    check=check,
)


def _installs(run: Run) -> bool:
    return bool(caches.words_after_first(run, ("install",)))
