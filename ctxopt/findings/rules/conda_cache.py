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
            f"{name}'s package cache stays in this layer, often hundreds of megabytes",
            caches.at_the_end(context, kept),
            edits=caches.edits_at_the_end(context, kept),
        )


RULE = Rule(
    id="CTX212",
    name="size-conda-cache",
    of_image=True,
    title="conda cache left in a layer",
    help=(
        "conda and mamba keep the archives of all packages that they install, often hundreds of megabytes. "
        "Append `conda clean --all --yes` to the same `RUN`, or mount a cache at the `pkgs` directory."
    ),
    check=check,
)
