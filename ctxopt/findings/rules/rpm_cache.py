"""A `dnf install`, or one of its kin, that leaves metadata and packages in the image."""

from collections.abc import Iterator

from ctxopt.core.build_context import BuildContext
from ctxopt.findings import caches
from ctxopt.findings.caches import Cache
from ctxopt.findings.model import Finding
from ctxopt.findings.settings import Settings
from ctxopt.image.commands import Run

RULE = "CTX209"
NAME = "size-rpm-cache"
TITLE = "Metadata of dnf, yum or zypper that stay in the image"
HELP = (
    "The metadata that dnf, yum, microdnf and zypper download are usually tens to hundreds of megabytes. End the same "
    "`RUN` with `dnf clean all`, or mount a cache at `/var/cache/dnf`."
)
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


def check(context: BuildContext, _settings: Settings) -> Iterator[Finding]:
    """Find installations in the exported image after which the same RUN does not clean up."""
    for found in caches.kept(context, _CACHE):
        name = found.run.name
        yield caches.finding(
            context,
            found,
            RULE,
            f"{name} leaves its metadata in this layer, usually tens of megabytes or more",
            caches.at_the_end(context, found, _clean(found.run)),
        )


def _clean(run: Run) -> str:
    return "zypper clean --all" if run.name == "zypper" else f"{run.name} clean all"
