"""A `dnf`, `yum` or `zypper` installation that leaves metadata and packages in the image."""

from collections.abc import Iterator

from ctxopt.findings import caches
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule


def check(context: RuleContext) -> Iterator[Finding]:
    """Find installations in the exported image whose cache the same RUN does not clean."""
    for kept in (*caches.kept_caches(context, "dnf"), *caches.kept_caches(context, "zypper")):
        name = kept.run.name
        yield caches.finding(
            kept,
            RULE.id,
            f"{name}'s metadata cache stays in this layer, usually tens of megabytes or more",
            caches.at_the_end(context, kept),
            edits=caches.edits_at_the_end(context, kept),
        )


RULE = Rule(
    id="CTX209",
    name="size-rpm-cache",
    of_image=True,
    hadolint=("DL3032", "DL3036", "DL3040"),
    title="dnf/yum/zypper cache left in a layer",
    help=(
        "dnf, yum, microdnf and zypper cache repository metadata, usually tens to hundreds of megabytes. "
        "Append `dnf clean all` to the same `RUN`, or mount a cache at `/var/cache/dnf`."
    ),
    check=check,
)
