"""An `apt-get install` that also installs recommended packages."""

from collections.abc import Iterator

from ctxopt.findings import caches
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import Run


def check(context: RuleContext) -> Iterator[Finding]:
    """Find installations in the exported image without `--no-install-recommends`."""
    for kept in caches.kept_caches(context, "apt recommends", _installs):
        yield caches.finding(
            kept,
            RULE.id,
            f"{kept.run.name} install also installs recommended packages",
            f"write {kept.run.name} install --no-install-recommends, and list the recommended packages that you need",
            severity=Severity.NOTE,
            confidence=Confidence.MEDIUM,
        )


RULE = Rule(
    id="CTX207",
    name="size-apt-recommends",
    of_image=True,
    hadolint=("DL3015",),
    title="apt installs recommended packages",
    help=(
        "Without `--no-install-recommends`, apt also installs recommended packages. Add the flag, "
        "and list the ones that you need, such as `ca-certificates`."
    ),
    check=check,
)


def _installs(run: Run) -> bool:
    """Whether a command installs packages of which some may recommend others."""
    from ctxopt.catalogue.package_caches import package_caches

    wanted = {word.partition("=")[0] for word in caches.words_after_first(run, ("install",))}
    return not wanted <= frozenset(package_caches()["apt recommends"].plain)
