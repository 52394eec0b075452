"""An `apk add` that leaves its package index in the image."""

from collections.abc import Iterator

from ctxopt.findings import caches
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule


def check(context: RuleContext) -> Iterator[Finding]:
    """Find commands in the exported image that keep the package index."""
    for kept in caches.kept_caches(context, "apk"):
        command = next(word for word in kept.run.words[1:] if word in ("add", "update", "upgrade"))
        fix = "apk add --no-cache, and drop the apk update" if command == "update" else f"apk {command} --no-cache"
        yield caches.finding(
            kept,
            RULE.id,
            f"apk {command} leaves the package index in this layer, usually a few megabytes",
            f"write {fix}",
            severity=Severity.NOTE,
            edits=() if command == "update" else caches.edits_with_flag(context, kept, (command,), "--no-cache"),
        )


RULE = Rule(
    id="CTX208",
    name="size-apk-cache",
    of_image=True,
    hadolint=("DL3019",),
    title="apk package index left in a layer",
    help=("Without `--no-cache`, apk leaves the package index, a few megabytes, in `/var/cache/apk`. Add the flag."),
    check=check,
)
