"""An `npm ci` or `yarn install` that leaves what it downloaded in the image."""

from collections.abc import Iterator

from ctxopt.core.build_context import BuildContext
from ctxopt.findings import caches
from ctxopt.findings.model import Finding
from ctxopt.findings.settings import Settings

RULE = "CTX211"
NAME = "size-npm-cache"
TITLE = "Downloads of npm or yarn that stay in the image"
HELP = (
    "npm keeps every package that it downloads in `~/.npm`, yarn 1 in its own cache. Clean it in the same `RUN`, or "
    "mount a cache with `RUN --mount=type=cache,target=/root/.npm`."
)


def check(context: BuildContext, _settings: Settings) -> Iterator[Finding]:
    """Find installations in the exported image after which the same RUN does not clean up."""
    for found in caches.kept(context, "npm"):
        yield caches.finding(
            context,
            found,
            RULE,
            "npm keeps the packages that it downloads in this layer",
            f"{caches.at_the_end(context, found)}, or RUN --mount=type=cache,target={found.cache.mount}",
        )
    for found in caches.kept(context, "yarn"):
        yield caches.finding(
            context,
            found,
            RULE,
            "yarn keeps the packages that it downloads in this layer",
            caches.at_the_end(context, found),
        )
