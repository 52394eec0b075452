"""An `apt-get install` of what is only recommended, too."""

from collections.abc import Iterator

from ctxopt.findings import caches
from ctxopt.findings.caches import Cache
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import Run

_CACHE = Cache(
    ("apt",),
    ("apt-get install", "apt install"),
    ("--no-install-recommends", "--install-recommends", "--only-upgrade"),
    ("Install-Recommends",),
)


def check(context: RuleContext) -> Iterator[Finding]:
    """Find installations in the exported image that take what is recommended."""
    for found in caches.kept(context, _CACHE, _installs):
        yield caches.finding(
            context.build,
            found,
            RULE.id,
            f"{found.run.name} install takes recommended packages as well",
            f"write {found.run.name} install --no-install-recommends, and name what is missed then",
            Severity.NOTE,
            Confidence.MEDIUM,
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
