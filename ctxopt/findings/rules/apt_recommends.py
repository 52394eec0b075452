"""An `apt-get install` of what is only recommended, too."""

from collections.abc import Iterator

from ctxopt.core.build_context import BuildContext
from ctxopt.findings import caches
from ctxopt.findings.caches import Cache
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.settings import Settings
from ctxopt.image.commands import Run

RULE = "CTX207"
NAME = "size-apt-recommends"
TITLE = "Packages that apt installs because others recommend them"
HELP = (
    "Without `--no-install-recommends`, apt installs what packages recommend besides what they need. Add the flag, and "
    "name what is missed then, such as `ca-certificates`."
)
_CACHE = Cache(
    ("apt",),
    ("apt-get install", "apt install"),
    ("--no-install-recommends", "--install-recommends", "--only-upgrade"),
    ("Install-Recommends",),
)


def check(context: BuildContext, _settings: Settings) -> Iterator[Finding]:
    """Find installations in the exported image that take what is recommended."""
    for found in caches.kept(context, _CACHE, _installs):
        yield caches.finding(
            context,
            found,
            RULE,
            f"{found.run.name} install takes recommended packages as well",
            f"write {found.run.name} install --no-install-recommends, and name what is missed then",
            Severity.NOTE,
            Confidence.MEDIUM,
        )


def _installs(run: Run) -> bool:
    return bool(caches.words_after_first(run, ("install",)))
