"""A download that is unpacked or removed in another layer than the one that contains it."""

from collections.abc import Collection, Iterator
from dataclasses import field

from ctxopt.catalogue.archives import archives as known_archives
from ctxopt.catalogue.archives import is_archive
from ctxopt.catalogue.system import system
from ctxopt.catalogue.words import DOWNLOADING
from ctxopt.core.build_context import BuildContext
from ctxopt.core.golang import paths
from ctxopt.core.ids import StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.findings import archives, layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.downloads import covers, name_in, output_files, shown_path, written_path
from ctxopt.findings.final_image import is_flattened
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import Run, is_command
from ctxopt.image.places import resolved, same_part

#: Ends of the names of packages.
_PACKAGES = (".deb", ".rpm", ".apk")
#: Commands that leave a file where it is, and are not what it is for.
_CHANGERS = ("chmod", "chown", "chgrp", "ls", "file", "stat", "test", "[", "echo", "touch")


@dataclass(frozen=True, slots=True)
class _Download:
    """A file that a step downloads: its path, with variables as written, and the name of the command."""

    step: StepId
    path: str
    by: str


@dataclass(slots=True)
class _Life:
    """What becomes of a download: the step and the command that unpack it, the one that takes it away, its readers."""

    unpacked: tuple[StepId, Run] | None = None
    removed: tuple[StepId, Run] | None = None
    using: set[StepId] = field(default_factory=set)
    #: Whether something besides what unpacks and verifies it reads it, and whether that puts it where programs are.
    read: bool = False
    installed: bool = False


def check(context: RuleContext) -> Iterator[Finding]:
    """Find downloads of the exported image that a later layer removes, or that are unpacked and never removed."""
    if is_flattened(context.build):
        return
    stages = {step: context.build.plan.steps[step].stage for step in context.commands.image_steps}
    for download in (*_in_runs(context), *_added(context)):
        if layers.is_mounted(context, download.step, download.path) or _is_tiny(download.path):
            continue
        life = _life(context, download)
        removed, unpacked = life.removed, life.unpacked
        if removed is None:
            if unpacked is not None and is_archive(download.path) and not life.read:
                yield _left(context, download, *unpacked, life.using)
        elif (
            removed[0] != download.step
            and not removed[1].conditional
            # In a stage of its own, the next one may remove what others need.
            and stages[removed[0]] == stages[download.step]
            and (is_archive(download.path) or life.installed or download.path.endswith(known_archives().large))
        ):
            yield _late(context.build, download, removed[0], life.using)


def _life(context: RuleContext, download: _Download) -> _Life:
    commands, life = context.commands, _Life()
    for step in commands.image_steps:
        if step < download.step or life.removed is not None:
            continue
        for run in commands.of(step):
            if _takes_away(run, download.path):
                life.removed = step, run
                life.installed = life.installed or (run.name == "mv" and _is_to_programs(run))
            elif not _names(run, download.path) or run.name == download.by:
                continue
            elif archives.unpacks(run):
                # The last one: until then the archive must be there.
                life.unpacked = step, run
                life.using.add(step)
            else:
                life.using.add(step)
                life.read = life.read or run.name not in (*known_archives().verifiers, *_CHANGERS)
                life.installed = life.installed or (run.name in ("install", "cp") and _is_to_programs(run))
    return life


def _is_to_programs(run: Run) -> bool:
    """Whether a command puts what it is given where programs are."""
    return "bin" in run.words[-1].split("/")


RULE = Rule(
    id="CTX213",
    name="size-download-split",
    of_image=True,
    title="Archive downloaded and removed in different layers",
    help=(
        "A file that a `RUN` or `ADD` downloads stays in the layer unless the same `RUN` removes it. "
        "Download, unpack and remove in one `RUN`, or pipe the download into `tar`."
    ),
    check=check,
)


def _is_tiny(path: str) -> bool:
    """Whether a file takes next to nothing, judging by its name; a script may have an archive in it."""
    name, known = paths.base(path).lower(), known_archives()
    if is_archive(name):
        parts = known.tiny_packages if name.endswith(_PACKAGES) else known.tiny_archives
        return any(part in name for part in parts)
    return name.endswith(known.tiny)


def _in_runs(context: RuleContext) -> Iterator[_Download]:
    commands = context.commands
    for step in commands.with_words(commands.image_steps, DOWNLOADING):
        for run in commands.of(step):
            for word in output_files(run):
                path = written_path(run.directory, word)
                if path is not None:
                    yield _Download(step, path, run.name)


def _added(context: RuleContext) -> Iterator[_Download]:
    """What ADD downloads; it does not unpack downloads."""
    steps, image_steps = context.build.plan.steps, frozenset(context.commands.image_steps)
    for download in context.build.plan.downloads:
        step = download.step
        name = name_in(download.url)
        if step not in image_steps or not name or any("unpack" in flag for flag in steps[step].flags):
            continue
        workdir = context.commands.directories[step]
        path = resolved(workdir, download.destination)
        if path is not None and not download.unresolved:
            # Otherwise the file gets that name.
            into = download.destination.endswith(("/", ".")) or path == workdir or path in system().existing
            yield _Download(step, paths.join(path, name) if into else path, "ADD")


def _takes_away(run: Run, path: str) -> bool:
    if run.name == "find" and any(word in ("-delete", "rm") for word in run.words):
        return any(_names_above(run, word, path) for word in run.words[1:] or (".",))
    if run.name not in ("rm", "unlink", "mv", *known_archives().in_place):
        return False
    words = [word for word in run.words[1:] if not word.startswith("-")]
    if run.name == "mv":
        words = words[:-1]
    targets = ((word, written_path(run.directory, word)) for word in words)
    return any(_covers(target, path) if target is not None else _may_be(word, path) for word, target in targets)


def _covers(target: str, path: str) -> bool:
    """Whether a path is another one, or above it; one of them may begin in the unknown directory of a base image."""
    if covers(target, path) or _is_absolute(target) == _is_absolute(path):
        return covers(target, path)
    name = paths.base(target)
    return name[:1] not in ("*", "?", "[") and same_part(name, paths.base(path))


def _is_absolute(path: str) -> bool:
    """Whether a path is known from the root; others begin in the unknown working directory of a base image."""
    return path.startswith("/")


def _may_be(word: str, path: str) -> bool:
    """Whether a word that is relative to an unknown directory may be a path, or the directory that it is in."""
    return "$" in word or same_part(word.rstrip("/").rpartition("/")[2], path.rpartition("/")[2])


def _names_above(run: Run, word: str, path: str) -> bool:
    target = None if word.startswith("-") else written_path(run.directory, word)
    return target is not None and covers(target, path)


def _names(run: Run, path: str) -> bool:
    """Whether one of a command's words is the path of a file."""
    words = [word.partition("=")[2] or word for word in (*run.words[1:], *run.files)]
    found = (written_path(run.directory, word) for word in words)
    return any(target is not None and target.count("/") == path.count("/") and covers(target, path) for target in found)


def _late(build: BuildContext, download: _Download, removed: StepId, using: Collection[StepId]) -> Finding:
    steps = build.plan.steps
    lines = layers.lines(steps[number].line for number in (download.step, *using, removed))
    return _finding(
        build,
        download,
        f"{shown_path(download.path)} stays in this layer: the RUN in line {steps[removed].line} only hides it",
        f"download, use and remove it in one RUN ({lines})",
        removed,
    )


def _repairs(run: Run) -> bool:
    """Whether a command installs what packages need that are unpacked already."""
    flags = [word for word in run.words[1:] if word.startswith("-")]
    return (is_command(run, "apt-get install") or is_command(run, "apt install")) and any(
        flag == "--fix-broken" or (not flag.startswith("--") and "f" in flag) for flag in flags
    )


def _left(context: RuleContext, download: _Download, step: StepId, run: Run, using: Collection[StepId]) -> Finding:
    build, steps = context.build, context.build.plan.steps
    if step == download.step:
        # Of what unpacks archives, only tar reads one from a pipe.
        pipe = ", or pipe the download into it" if run.name == "tar" else ""
        # The directory there is the one in which the archive has the name that the command gives it.
        written = (word for word in run.words[1:] if paths.base(word) == paths.base(download.path))
        path = shown_path(download.path)
        path = path if path.startswith("/") else next(written, path)
        fix = f"append && rm {path} to the {run.name}{pipe}"
        runs = context.commands.of(step)
        after = runs[runs.index(run) + 1 :] if run.name == "dpkg" else ()
        repair = next(filter(_repairs, after), None)
        if repair is not None:
            # It installs what the dpkg lacked, which fails then.
            fix = f"append && rm {shown_path(download.path)} to the {repair.name} install that follows the dpkg"
        where = "here"
    else:
        lines = layers.lines(steps[number].line for number in (download.step, *using))
        fix = f"download, unpack and remove it in one RUN ({lines})"
        where = f"in line {steps[step].line}"
    message = f"{shown_path(download.path)} stays in the image after {run.name} unpacks it {where}"
    return _finding(build, download, message, fix, step)


def _finding(build: BuildContext, download: _Download, message: str, fix: str, other: int) -> Finding:
    steps = build.plan.steps
    step = steps[download.step]
    lines = dict.fromkeys((download.step, other))
    return Finding(
        RULE.id,
        # Other downloads are mostly small: scripts and keys.
        Severity.WARNING if is_archive(download.path) else Severity.NOTE,
        build.plan.file,
        step.line,
        message,
        fix,
        evidence=tuple(f"line {steps[number].line}: {layers.shown_step(steps[number])}" for number in lines),
        end_line=step.end_line,
    )
