"""A `conda install` that leaves its package cache in the image."""

from collections.abc import Iterator

from ctxopt.findings import caches
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule


def check(context: RuleContext) -> Iterator[Finding]:
    """Find installations in the exported image whose cache the same RUN does not clean."""
    for kept in caches.kept_caches(context, "conda"):
        name = kept.run.name
        yield caches.finding(
            kept,
            RULE.id,
            f"{name} keeps the archives of the packages that it installs in this layer",
            caches.at_the_end(kept),
        )


RULE = Rule(
    id="CTX212",
    name="size-conda-cache",
    title="Downloads of conda that stay in the image",
    help=(
        "conda and mamba keep the archives of all packages that they install, often hundreds of megabytes. End the "
        "same `RUN` with `conda clean --all --yes`, or mount a cache at its `pkgs` directory."
    ),
    check=check,
)
