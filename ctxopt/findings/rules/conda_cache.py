"""A `conda install` that leaves what it downloaded in the image."""

from collections.abc import Iterator

from ctxopt.findings import caches
from ctxopt.findings.caches import Cache
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule

_TOOLS = ("conda", "mamba", "micromamba")
_VERBS = ("install", "create", "update", "env create", "env update")
_CACHE = Cache(
    _TOOLS,
    tuple(f"{tool} {verb}" for tool in _TOOLS for verb in _VERBS),
    ("--dry-run",),
    ("CONDA_PKGS_DIRS",),
    tuple(f"{tool} clean" for tool in _TOOLS),
    ("pkgs",),
)


def check(context: RuleContext) -> Iterator[Finding]:
    """Find installations in the exported image after which the same RUN does not clean up."""
    for found in caches.kept(context, _CACHE):
        name = found.run.name
        yield caches.finding(
            context.build,
            found,
            RULE.id,
            f"{name} keeps the archives of the packages that it installs in this layer",
            caches.at_the_end(context.build, found, f"{name} clean --all --yes"),
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
