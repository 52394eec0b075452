"""An `npm ci` or `yarn install` that leaves what it downloaded in the image."""

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
#: Yarn 2 and later keep in the project what they download, and use it from there.
_MODERN_YARN = (".yarnrc.yml", ".yarn", ".pnp.cjs")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find installations in the exported image after which the same RUN does not clean up."""
    build = context.build
    for found in caches.kept(context, _NPM):
        yield caches.finding(
            build,
            found,
            RULE.id,
            "npm keeps the packages that it downloads in this layer",
            f"{caches.at_the_end(build, found, 'npm cache clean --force')}, or "
            "RUN --mount=type=cache,target=/root/.npm",
        )
    if build.tree.names.isdisjoint(_MODERN_YARN):
        for found in caches.kept(context, _YARN):
            yield caches.finding(
                build,
                found,
                RULE.id,
                "yarn keeps the packages that it downloads in this layer",
                caches.at_the_end(build, found, "yarn cache clean"),
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
