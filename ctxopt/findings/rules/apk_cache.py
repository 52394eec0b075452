"""An `apk add` that leaves its package index in the image."""

from collections.abc import Iterator

from ctxopt.core.build_context import BuildContext
from ctxopt.findings import caches
from ctxopt.findings.caches import Cache
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.settings import Settings

RULE = "CTX208"
NAME = "size-apk-cache"
TITLE = "The package index of apk that stays in the image"
HELP = "Without `--no-cache`, apk keeps the index that it downloads, some megabytes, in `/var/cache/apk`. Add the flag."
_CACHE = Cache(
    ("apk",),
    ("apk add", "apk update", "apk upgrade"),
    ("--no-cache",),
    paths=("/var/cache/apk", "/etc/apk/cache", "/var/cache/*"),
)


def check(context: BuildContext, _settings: Settings) -> Iterator[Finding]:
    """Find commands in the exported image that keep the index."""
    for found in caches.kept(context, _CACHE):
        command = next(word for word in found.run.words[1:] if word in ("add", "update", "upgrade"))
        fix = "apk add --no-cache, without the apk update" if command == "update" else f"apk {command} --no-cache"
        yield caches.finding(
            context,
            found,
            RULE,
            f"apk {command} keeps the package index in this layer, usually a few megabytes",
            f"write {fix}",
            Severity.NOTE,
        )
