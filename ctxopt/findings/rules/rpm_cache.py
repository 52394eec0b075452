"""A `dnf install`, or one of its kin, that leaves metadata and packages in the image."""

from collections.abc import Iterator

from ctxopt.findings import caches
from ctxopt.findings.caches import Cache
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import Run

_TOOLS = ("dnf", "dnf5", "yum", "microdnf", "tdnf")
_VERBS = ("install", "update", "upgrade", "groupinstall", "localinstall", "makecache", "distro-sync")
_CACHE = Cache(
    (*_TOOLS, "zypper"),
    (
        *(f"{tool} {verb}" for tool in _TOOLS for verb in _VERBS),
        *(f"zypper {verb}" for verb in ("install", "in", "refresh", "ref", "update", "up", "dup")),
    ),
    ("--installroot", "--root"),
    clears=(*(f"{tool} clean" for tool in _TOOLS), "zypper clean", "zypper cc"),
    paths=("/var/cache",),
)


def check(context: RuleContext) -> Iterator[Finding]:
    """Find installations in the exported image after which the same RUN does not clean up."""
    for found in caches.kept(context, _CACHE):
        name = found.run.name
        yield caches.finding(
            context.build,
            found,
            RULE.id,
            f"{name} leaves its metadata in this layer, usually tens of megabytes or more",
            caches.at_the_end(context.build, found, _clean(found.run)),
        )


RULE = Rule(
    id="CTX209",
    name="size-rpm-cache",
    title="Metadata of dnf, yum or zypper that stay in the image",
    help=(
        "The metadata that dnf, yum, microdnf and zypper download are usually tens to hundreds of megabytes. End the "
        "same `RUN` with `dnf clean all`, or mount a cache at `/var/cache/dnf`."
    ),
    check=check,
)


def _clean(run: Run) -> str:
    return "zypper clean --all" if run.name == "zypper" else f"{run.name} clean all"
