"""An `npm ci` or `yarn install` that leaves its cache in the image."""

from collections.abc import Iterator

from ctxopt.findings import caches
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule


def check(context: RuleContext) -> Iterator[Finding]:
    """Find installations in the exported image whose cache the same RUN does not clean."""
    for kept in caches.kept_caches(context, "npm"):
        yield caches.finding(
            kept,
            RULE.id,
            "npm's cache stays in this layer",
            f"{caches.at_the_end(context, kept)}, or {caches.mount(kept)}",
            edits=caches.edits_at_the_end(context, kept),
        )
    for kept in caches.kept_caches(context, "yarn"):
        yield caches.finding(
            kept,
            RULE.id,
            "yarn's cache stays in this layer",
            caches.at_the_end(context, kept),
            edits=caches.edits_at_the_end(context, kept),
        )


RULE = Rule(
    id="CTX211",
    name="size-npm-cache",
    of_image=True,
    hadolint=("DL3060",),
    title="npm or yarn cache left in a layer",
    help=(
        "npm caches every package that it downloads in `~/.npm`, yarn 1 in its own cache. Clean it "
        "in the same `RUN`, or mount a cache with `RUN --mount=type=cache,target=/root/.npm`."
    ),
    check=check,
)
