"""An `apt-get update` whose package lists stay in the image."""

from collections.abc import Iterator

from ctxopt.findings import caches
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule


def check(context: RuleContext) -> Iterator[Finding]:
    """Find updates in the exported image after which the same RUN does not remove the lists."""
    for kept in caches.kept_caches(context, "apt"):
        yield caches.finding(
            kept,
            RULE.id,
            f"{kept.run.name} update leaves its package lists in this layer, usually tens of megabytes",
            caches.at_the_end(kept),
            edits=caches.edits_at_the_end(context, kept),
        )


RULE = Rule(
    id="CTX206",
    name="size-apt-lists",
    title="apt package lists left in a layer",
    help=(
        "`apt-get update` downloads package lists, usually tens of megabytes that are soon outdated. "
        "Remove them in the same `RUN`, or mount a cache at `/var/lib/apt/lists`."
    ),
    check=check,
)
