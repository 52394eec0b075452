"""A package manager or a build tool that leaves its cache in the image, beside those that have a rule of their own."""

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final

from ctxopt.catalogue.words import TOOL_CACHES
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings import caches
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import is_for_development, is_for_tests
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.findings.started import started_runs, started_scripts
from ctxopt.image.commands import is_command, may_be_command
from ctxopt.image.scripts import script_of

if TYPE_CHECKING:
    from ctxopt.catalogue.package_caches import PackageCache


#: Tasks that mostly compile what is in the container.
_TASKS: Final = ("make *dev*", "make *watch*", "make *run*", "make *serve*", "task *dev*", "just *dev*", "mage *dev*")
#: Commands that may run any tool.
_BUILDERS: Final = ("make", "just", "task", "mage", "ninja", "cmake")
#: What makes a command one with open words.
_OPEN: Final = lazy_re(r"[*{$]")
#: What is between the parts of a package's name, as in github.com/air-verse/air@latest.
_PIECES: Final = lazy_re(r"[/@]")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find RUN of the exported image whose cache stays in their layer.

    A note where the installed files are links to the cache, or where the image contains a whole toolchain.
    """
    if is_for_tests(context.build):
        # An image for tests is built for one run, and compiles when it starts.
        return
    is_workshop = is_for_development(context.build)
    for name in TOOL_CACHES:
        for kept in caches.kept_caches(context, name):
            cache = kept.cache
            # Who works in a container compiles there, whatever it starts.
            if (cache.builds and is_workshop) or _is_wanted(context, kept) or _is_stored(context, kept):
                continue
            if not _is_used_when_started(context, cache):
                message = f"{cache.tool}'s cache stays in this layer"
                if cache.linked:
                    message += "; installed files that are links to it take no space of their own"
                fixes = _fixes(context, kept)
                yield caches.finding(
                    kept,
                    RULE.id,
                    message,
                    ", or ".join(fixes),
                    severity=Severity.NOTE if cache.linked or cache.builds else Severity.WARNING,
                    edits=caches.edits_at_the_end(context, kept) if cache.clean and not cache.builds else (),
                )


RULE = Rule(
    id="CTX216",
    name="size-tool-cache",
    of_image=True,
    title="Cache of a package manager or a build tool left in a layer",
    help=(
        "Mount a cache with `RUN --mount=type=cache` in the `RUN` that installs or builds, clean it in the same `RUN`, "
        "or build in a stage of its own and copy the result."
    ),
    check=check,
)


def _fixes(context: RuleContext, kept: caches.Kept) -> list[str]:
    """What helps, each in words: to empty the cache, if a command does, and to mount one."""
    cache = kept.cache
    fixes = []
    if cache.builds:
        # An image with a toolchain needs another stage: the next RUN would only fill the cache again.
        fixes.append("build in a stage of its own")
    elif cache.clean:
        fixes.append(caches.at_the_end(context, kept))
    mount = caches.mount(kept)
    return [*fixes, mount] if mount else fixes or [f"mount a cache for what {cache.tool} stores"]


def _is_wanted(context: RuleContext, kept: caches.Kept) -> bool:
    """Whether a command fills the cache for who builds in a container: it downloads, and nothing builds after it."""
    if not any(may_be_command(kept.run, command) for command in kept.cache.prefetches):
        return False
    steps = context.build.plan.steps
    later = [n for n in context.commands.image_steps if n >= kept.run.step and steps[n].kind == "RUN"]
    runs = [run for number in later for run in context.commands.of(number) or (None,)]
    names = {command.split()[0] for command in kept.cache.fills}
    # A script or make may build as well, and so may what cannot be read.
    return not any(
        run is None
        or (run.name in names and not any(may_be_command(run, command) for command in kept.cache.prefetches))
        or run.name in _BUILDERS
        or script_of(run)
        for run in runs
        if run is None or run.identity != kept.run.identity
    )


def _is_stored(context: RuleContext, kept: caches.Kept) -> bool:
    """Whether a command puts what it builds into the cache of an image that starts nothing: others build with it."""
    return not set(kept.cache.stores).isdisjoint(kept.run.words[1:]) and not started_runs(context)


def _is_used_when_started(context: RuleContext, cache: "PackageCache") -> bool:
    """Whether a container compiles or installs with the tool.

    Its command does, that of a service, or a script that this is, or none is given and a watcher is installed.
    """
    # Imported here because it reads many files.
    from ctxopt.evidence.privileges import commands_of

    wanted = (*cache.run_by, *(_TASKS if cache.builds else ()))
    started = started_runs(context)
    if any(is_command(run, command) for run in started for command in wanted):
        return True
    of_services = (" ".join(one.words) for one in commands_of(context.build))
    if any(_mentions(text, cache) for text in chain(started_scripts(context), of_services)):
        return True
    if started:
        return False
    watchers = frozenset(cache.run_by[1:]) if cache.builds else frozenset[str]()
    return any(
        run.words[1:2] == ("install",) and not watchers.isdisjoint(_PIECES.split(run.words[-1]))
        for number in context.commands.image_steps
        for run in context.commands.of(number)
        if run.name in ("go", "cargo")
    )


def _mentions(text: str, cache: "PackageCache") -> bool:
    """Whether a script installs or builds with the tool."""
    return any(command in text for command in cache.fills if not _OPEN.search(command))
