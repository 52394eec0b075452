"""An `apt-get update` whose package lists stay in the image."""

from collections.abc import Iterator

from ctxopt.findings import caches
from ctxopt.findings.caches import Cache
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule

_CACHE = Cache(
    ("apt",),
    ("apt-get update", "apt update", "aptitude update"),
    clears=("apt-get distclean", "apt-get dist-clean", "apt distclean", "apt dist-clean"),
    paths=("/var/lib/apt", "/var/lib/{"),
)


def check(context: RuleContext) -> Iterator[Finding]:
    """Find updates in the exported image after which the same RUN does not remove the lists."""
    for found in caches.kept(context, _CACHE):
        yield caches.finding(
            context.build,
            found,
            RULE.id,
            f"{found.run.name} update leaves its package lists in this layer, usually tens of megabytes",
            caches.at_the_end(context.build, found, "rm -rf /var/lib/apt/lists/*"),
        )


RULE = Rule(
    id="CTX206",
    name="size-apt-lists",
    title="Package lists of apt that stay in the image",
    help=(
        "The lists that `apt-get update` downloads are usually tens of megabytes, and out of date soon. Remove them in "
        "the same `RUN`, or mount a cache at `/var/lib/apt/lists`."
    ),
    check=check,
)
