"""Dependencies that are installed after a COPY of all sources: a change of any file repeats it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ctxopt.catalogue.words import INSTALLS
from ctxopt.core.lazy_re import lazy_re
from ctxopt.display import plural
from ctxopt.findings import layers
from ctxopt.findings.caches import mount_flags
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.cache_places import cache_places
from ctxopt.image.places import lineage
from ctxopt.image.users import user_of

if TYPE_CHECKING:
    from ctxopt.evidence.install_split import InstallSplit
    from ctxopt.findings.installs import LateInstall

#: Names of directories with what cargo downloads, and with what it builds.
_OF_CARGO: Final = frozenset((".cargo", "cargo", "target"))
#: Options with which a tool downloads nothing.
_OFFLINE: Final = frozenset(("-o", "--offline", "--frozen"))
_CONTINUED: Final = lazy_re(r"\\[ \t]*\r?\n")
#: Maximum length of the instructions that the fix writes out, in characters.
_LONGEST: Final = 400


def check(context: RuleContext) -> Iterator[Finding]:
    """Find late installs in all stages that the build needs."""
    numbers = (number for number, _ in context.build.plan.numbered_steps())
    if not context.commands.with_words(numbers, INSTALLS):
        return
    from ctxopt.evidence.install_split import InstallSplit, split_installs
    from ctxopt.findings.installs import late_installs
    from ctxopt.image.install_needs import Commands

    late = [one for one in late_installs(context) if not (_has_dependencies(context, one) or _is_stored(context, one))]
    if not late:
        return
    # Imported here because it reads many files.
    from ctxopt.evidence.operation import has_other_context

    if has_other_context(context.build):
        return
    changes = list(split_installs(context.build, Commands(context.build.plan)))
    splits = {step: one for one in changes if isinstance(one, InstallSplit) for step in one.steps}
    reasons = {one.step: one.reason for one in changes if not isinstance(one, InstallSplit)}
    # Several interpreters or projects that get the same from one COPY are one thing to change.
    groups: dict[tuple[object, ...], list[LateInstall]] = {}
    for one in late:
        key = (one.read, one.install.name, one.others) if one.step not in splits else (one.step, one.install.name)
        groups.setdefault(key, []).append(one)
    for first, *more in groups.values():
        finding = _finding(context, first, splits.get(first.step), reasons.get(first.step, ""))
        also = sorted({context.build.plan.steps[one.step].line for one in more})
        yield replace(finding, evidence=(*finding.evidence, f"also in {layers.lines(also)}")) if also else finding


RULE = Rule(
    id="CTX301",
    name="cache-install-late",
    title="Dependencies installed after copying all sources",
    help=(
        "Copy only the manifests and lock files, install, then copy the rest: the dependency layer "
        "stays cached until a manifest changes."
    ),
    check=check,
)


def _has_dependencies(context: RuleContext, late: "LateInstall") -> bool:
    """Whether another stage has got and built the dependencies of cargo, as with cargo-chef."""
    plan = context.build.plan
    stages = lineage(plan, plan.steps[late.step].stage)
    before = (copy for copy in plan.copies if copy.stage in stages and copy.step < late.step)
    words = (word for copy in before for word in (*copy.sources, copy.destination))
    return late.install.name == "cargo" and any(not _OF_CARGO.isdisjoint(word.split("/")) for word in words)


def _is_stored(context: RuleContext, late: "LateInstall") -> bool:
    """Whether a later command of the stage needs what this one leaves in the directory that the fix would mount.

    That is what it builds, or all that it downloads where the later one has no network.
    """
    if not late.install.cache:
        return False
    from ctxopt.catalogue.package_caches import package_caches

    plan, stores = context.build.plan, package_caches()[late.install.cache].stores
    numbers = [n for n in context.commands.in_stage(plan.steps[late.step].stage) if n >= late.step]
    runs = [run for number in numbers for run in context.commands.of(number)]
    later = [run for run in runs[runs.index(late.run) + 1 :] if run.name == late.run.name]
    is_left = not set(stores).isdisjoint(late.run.words[1:]) and any(run.step != late.step for run in later)
    return is_left or any(not _OFFLINE.isdisjoint(run.words) for run in later)


def _finding(context: RuleContext, late: "LateInstall", split: "InstallSplit | None", reason: str) -> Finding:
    build = context.build
    read, step = build.plan.reads[late.read], build.plan.steps[late.step]
    cached = any(mount.type == "cache" for mount in context.commands.mounts(late.step))
    return Finding(
        RULE.id,
        Severity.NOTE if cached else Severity.WARNING,
        build.plan.file,
        step.line,
        f"{_again(late)}: {layers.shown_read(read)} in line {read.line} copies them",
        _fix(context, late, read.line, split, reason),
        confidence=Confidence.MEDIUM if late.install.builds or late.install.alone else Confidence.HIGH,
        evidence=(f"line {read.line}: {layers.shown_read(read)}", f"line {step.line}: {layers.shown_step(step)}"),
        end_line=step.end_line,
        # Secrets have to be handed to the build in another way then, which is for people to decide.
        edits=() if split is None or split.options or build.located.inline else split.edits,
    )


def _again(late: "LateInstall") -> str:
    """What a change of a file repeats: a command that builds, or loads the project, needs the file as well."""
    files = "1 file" if late.others == 1 else f"any of {plural(late.others, 'file')}"
    if late.install.builds or late.install.flags:
        return f"{late.name} gets the dependencies again when {files} changes"
    return f"{late.name} runs again when {files} changes that it does not need"


def _fix(context: RuleContext, late: "LateInstall", line: int, split: "InstallSplit | None", reason: str) -> str:
    """The instructions to write, in their order, or why they are not known."""
    if split is not None:
        text = "\n".join(line for line in split.lines if not line.lstrip().startswith("#"))
        lines = "; ".join(" ".join(one.split()) for one in _CONTINUED.sub(" ", text).split("\n"))
        shown = lines if len(lines) <= _LONGEST else f"{lines[:_LONGEST]}…"
        build = f"; build with docker build {' '.join(split.options)}" if split.options else ""
        return f"write these instructions in this order: {shown}{build}"
    if late.install.cache:
        from ctxopt.catalogue.package_caches import package_caches

        plan = context.build.plan
        places = cache_places(plan, late.run, package_caches()[late.install.cache].mounts)
        return f"keep its downloads in a cache: RUN {mount_flags(places, user_of(plan, late.step))}"
    why = reason or "it is not known what else it needs"
    return f"copy just what it reads above line {line} and install there; no change is proposed, since {why}"
