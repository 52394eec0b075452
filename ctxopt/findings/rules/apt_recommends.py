"""An `apt-get install` that also installs recommended packages."""

from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final

from ctxopt.catalogue.words import PACKAGE_CACHES
from ctxopt.core.ids import StepId
from ctxopt.findings import caches
from ctxopt.findings.apt import fails_before, packages
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.cache_places import base_of
from ctxopt.image.commands import Run

#: With this setting, what removes packages that are no longer needed takes those that others recommend as well.
_REMOVES: Final = "APT::AutoRemove::RecommendsImportant=false"


def check(context: RuleContext) -> Iterator[Finding]:
    """Find installations in the exported image without `--no-install-recommends`."""
    known = context.once(_bringing)
    for kept in caches.kept_caches(context, "apt recommends", lambda run: run.identity in known):
        if fails_before(context, kept.run):
            continue
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


def _bringing(context: RuleContext) -> frozenset[tuple[int, StepId, tuple[str, ...]]]:
    """The commands of the image that install packages which are not there yet and may recommend others."""
    commands = context.commands
    numbers = commands.with_words(commands.image_steps, PACKAGE_CACHES["apt recommends"])
    if not numbers:
        return frozenset()
    from ctxopt.catalogue.apt_packages import packages_of

    present = set(packages_of(base_of(context.build.plan, numbers[0])))
    found = set()
    for run in (run for number in numbers for run in commands.of(number)):
        wanted = packages(run)
        if _are_removed(commands.of(run.step), run):
            continue
        if any(_recommends(context, name, wanted, present) for name in wanted - present):
            found.add(run.identity)
        if not run.conditional:
            present |= wanted
            present |= {"libc6-dev"} if wanted & {"build-essential", "g++"} else set()
    return frozenset(found)


def _are_removed(runs: Sequence[Run], install: Run) -> bool:
    """Whether a later command of the RUN removes what is only recommended."""
    after = runs[runs.index(install) + 1 :]
    return any(word.endswith(_REMOVES) for run in after if run.name in ("apt", "apt-get") for word in run.words)


def _recommends(context: RuleContext, name: str, *there: Collection[str]) -> bool:
    """Whether a package may recommend something that is not there, judging by its name."""
    from ctxopt.catalogue.apt_packages import apt_packages, needless

    if name in apt_packages().plain or any(needless().get(name) in some for some in there):
        return False
    without = (*apt_packages().libraries, *context.once(_foreign))
    return not any(fnmatchcase(name, pattern) for pattern in without)


def _foreign(context: RuleContext) -> tuple[str, ...]:
    """Names of packages that come from another repository here, as patterns."""
    from ctxopt.catalogue.apt_packages import apt_packages

    steps = context.build.plan.steps
    return tuple(
        name for name, text in apt_packages().foreign.items() if not text or any(text in step.text for step in steps)
    )
