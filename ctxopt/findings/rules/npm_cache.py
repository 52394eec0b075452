"""An `npm ci` or `yarn install` that leaves its cache in the image."""

from collections.abc import Iterator

from ctxopt.findings import caches
from ctxopt.findings.caches import Cache
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule

_NPM = Cache(
    ("npm",),
    ("npm ci", "npm install", "npm i", "npm add", "npm clean-install"),
    ("--cache", "--dry-run"),
    ("npm_config_cache", "NPM_CONFIG_CACHE"),
    ("npm cache clean", "npm cache clear", "npm cache rm"),
    (".npm", "_cacache", "npm-cache"),
)
_YARN = Cache(
    ("yarn",),
    ("yarn install", "yarn $", "yarn add", "yarn global add"),
    ("--immutable", "--cache-folder"),
    ("YARN_CACHE_FOLDER",),
    ("yarn cache clean",),
    (".cache", "yarn"),
)
#: Marks of Yarn 2 and later, which keep their downloads in the project and use them from there.
_MODERN_YARN = (".yarnrc.yml", ".yarn", ".pnp.cjs")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find installations in the exported image whose cache the same RUN does not clean."""
    build = context.build
    for kept in caches.kept_caches(context, _NPM):
        yield caches.finding(
            kept,
            RULE.id,
            "npm keeps the packages that it downloads in this layer",
            f"{caches.at_the_end(kept, 'npm cache clean --force')}, or RUN --mount=type=cache,target=/root/.npm",
        )
    if build.tree.names.isdisjoint(_MODERN_YARN):
        for kept in caches.kept_caches(context, _YARN):
            yield caches.finding(
                kept,
                RULE.id,
                "yarn keeps the packages that it downloads in this layer",
                caches.at_the_end(kept, "yarn cache clean"),
            )


RULE = Rule(
    id="CTX211",
    name="size-npm-cache",
    title="Downloads of npm or yarn that stay in the image",
    help=(
        "npm keeps every package that it downloads in `~/.npm`, yarn 1 in its own cache. Clean it in the same `RUN`, "
        "or mount a cache with `RUN --mount=type=cache,target=/root/.npm`."
    ),
    check=check,
)
