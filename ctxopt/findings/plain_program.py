"""Whether what a container starts is known to run as any user.

All of it must be known: the command, down to the interpreter or to what an earlier stage compiles; what the image
gets besides; and the code, which neither writes outside of `/tmp` nor needs what only root has.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ctxopt.catalogue.plain_programs import PlainProgram, plain_programs
from ctxopt.core.dockerfile.model import Step
from ctxopt.core.golang import paths
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.service_commands import ServiceCommand
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import final_steps
from ctxopt.findings.started import scripts_of_manifests
from ctxopt.image.commands import Reader, Run, is_command
from ctxopt.image.effects import path_of
from ctxopt.image.scripts import script_of

#: Maximum number of scripts that call one another, and maximum size of one, in bytes.
_DEEPEST: Final = 4
_LARGEST: Final = 64 << 10
#: What runs programs of Next.js.
_NODE: Final = ("node", "bun", "next")
#: All that a script was given.
_GIVEN: Final = ("$@", "${@}", "$*")
#: A variable with a directory or a file for what a program writes, and one with a port; ports that only root had once.
_WRITTEN: Final = lazy_re(
    r"(?i)\b\w*(?:DATA|DB|STORAGE|UPLOAD|LOG|MEDIA|OUTPUT|STATE|CACHE|STORE)\w*[ =]+[\"']?"
    r"(?:\.{0,2}/(?!tmp\b)|file:|sqlite)"
)
_LOW_PORT: Final = lazy_re(r"(?i)(?:\b\w*ports?[ =]+[\"']?|:|-p[ =]|-b[ =])(\d{1,3})(?![\d.])")
#: What is between two words of a command in JSON.
_BETWEEN: Final = lazy_re(r"[\"'],[ \t]*[\"']")
#: Directories that RUNs make for package managers, or for a while.
_FOR_PACKAGES: Final = ("/tmp/", "/etc/apt/", "/usr/share/", "/var/lib/apt/")
#: A mode with which a COPY gives files to others than root.
_MODE: Final = "--chmod="


def is_plain_program(context: RuleContext, started: list[Step]) -> bool:
    """Whether a container that starts with some steps runs a program that any user can run."""
    steps = list(final_steps(context.build.plan))
    if _has_low_port(steps) or _has_more(context, steps):
        return False
    # Imported here because it reads many files.
    from ctxopt.evidence.privileges import commands_of

    given = commands_of(context.build)
    all_runs = [_started(context, started), *(_started(context, _replaced(started, one)) for one in given)]
    return all(runs is not None and _is_plain(context, steps, runs) for runs in all_runs)


def _is_plain(context: RuleContext, steps: list[Step], runs: list[Run]) -> bool:
    """Whether commands start programs that any user can run."""
    kinds = _kinds(context, runs)
    if kinds is None:
        return False
    # Imported here because it reads the code.
    from ctxopt.evidence.plain_code import has_one_manifest, is_plain_code, uses_next
    from ctxopt.evidence.privileges import mounts_sources

    build = context.build
    is_next = any(run.name in _NODE for run in runs) and uses_next(build)
    is_certain = has_one_manifest(build) or any(kind.starting for kind in kinds)
    if is_next and (mounts_sources(build) or not is_certain):
        return False
    servers = plain_programs().servers
    exposes = any(step.kind == "EXPOSE" for step in steps) or any(word in servers for run in runs for word in run.words)
    return all(is_plain_code(build, kind.code, exposes=exposes) for kind in kinds)


def _replaced(started: list[Step], given: ServiceCommand) -> list[Step]:
    """The steps that start a container, with the words that a service gives in their place."""
    kind = "ENTRYPOINT" if given.whole else "CMD"
    kept = [step for step in started if step.kind != "CMD" and step.kind != kind]
    return [*kept, replace(started[-1], kind=kind, words=given.words, text=" ".join(given.words))]


def _has_low_port(steps: Iterable[Step]) -> bool:
    """Whether a port is given below 1024."""
    for step in steps:
        words = step.expanded or tuple(step.text.split())
        if step.kind == "EXPOSE" and any(_is_low(word.partition("/")[0]) for word in words):
            return True
        text = _BETWEEN.sub(" ", step.text) if step.kind in ("ENV", "CMD", "ENTRYPOINT") else ""
        if any(map(_is_low, _LOW_PORT.findall(text))):
            return True
    return False


def _is_low(port: str) -> bool:
    return not port.isdecimal() or int(port) < 1024


def _has_more(context: RuleContext, steps: list[Step]) -> bool:
    """Whether the image has more than programs and what they read, or something that only root can read."""
    build, known = context.build, plain_programs()
    if any(one.stage in _exported(context) or one.git for one in build.plan.downloads):
        return True
    if any("git clone" in step.text for step in build.plan.steps if step.kind == "RUN"):
        return True
    for step in steps:
        if step.kind == "VOLUME" or any(text in step.text for text in known.kept_at_home):
            return True
        if step.kind == "ENV" and _WRITTEN.search(step.text) is not None:
            return True
        modes = [flag.removeprefix(_MODE) for flag in step.flags if flag.startswith(_MODE)]
        if any(mode not in known.open_modes for mode in modes):
            return True
    unread = set(context.commands.unread)
    workdirs = [paths.join("/", place) for place in context.commands.directories if place is not None]
    return any(
        number in unread or any(_changes(run, workdirs) for run in context.commands.of(number))
        for number in context.commands.image_steps
    )


def _exported(context: RuleContext) -> frozenset[int]:
    return frozenset(stage.number for stage in context.build.plan.stages if stage.exported)


def _changes(run: Run, workdirs: list[str]) -> bool:
    """Whether a command of a RUN leaves more than programs: an owner, a mode, or a directory to write to."""
    known = plain_programs()
    arguments = [word for word in run.words[1:] if not word.startswith("-")]
    if run.name == "chmod":
        return not arguments or arguments[0] not in known.open_modes
    if run.name == "rm":
        return any(path_of(run, word) == "/tmp" for word in arguments)
    if run.name == "mkdir":
        made = [path_of(run, word) for word in arguments]
        return any(path is None or not _is_above(path, workdirs) for path in made)
    return run.name in known.changing


def _is_above(path: str, workdirs: list[str]) -> bool:
    """Whether a directory is one that a step works in, or above it: it is there for the sources, or for packages."""
    inside = f"{path.rstrip('/')}/"
    return any(f"{place}/".startswith(inside) for place in workdirs) or inside.startswith(_FOR_PACKAGES)


def _started(context: RuleContext, started: list[Step]) -> list[Run] | None:
    """The commands that a container starts, down to those in its scripts; None where one of them is not known."""
    reader = Reader(context.build.plan, 0)
    entry = next((step for step in started if step.kind == "ENTRYPOINT"), None)
    command = next((step for step in started if step.kind == "CMD"), None)
    last = reader.last_step
    if last is None:
        return None
    start = reader.start(last, "")
    given = () if command is None else _words_of(command)
    if entry is None:
        first = list(reader.of_words(given, start))
    elif entry.words is None:
        first = list(reader.of_text(entry.text, start))
    else:
        first = list(reader.of_words((*entry.words, *given), start))
    return _followed(context, reader, first, given, _DEEPEST)


def _words_of(command: Step) -> tuple[str, ...]:
    return ("sh", "-c", command.text) if command.words is None else command.words


def _followed(
    context: RuleContext, reader: Reader, runs: list[Run], given: tuple[str, ...], deep: int
) -> list[Run] | None:
    """Commands, with those of the scripts that they run in their place; None where one is not known."""
    found: list[Run] = []
    for run in runs:
        inner = _inside(context, reader, run, given)
        if inner is None or (inner and not deep):
            return None
        more = _followed(context, reader, inner, given, deep - 1) if inner else [run]
        if more is None:
            return None
        found += more
    return found


def _inside(context: RuleContext, reader: Reader, run: Run, given: tuple[str, ...]) -> list[Run] | None:
    """The commands of the script that a command runs; [] for one that is no script, None where it is not known."""
    known = plain_programs()
    if not run.sure or not run.words or _is_written(run):
        return None
    if run.words[0] in _GIVEN:
        # Nothing is given twice.
        return list(reader.of_words(given, run)) if given and run.words[0] not in given else None
    if run.name in known.runners:
        texts = scripts_of_manifests(context.build, run.words)
        return [inner for text in texts for inner in reader.of_text(text, run)] or None
    script = script_of(run)
    if script.endswith((".sh", ".bash")) or (script and run.name in ("sh", "bash", "ash", ".", "source")):
        text = _script_text(context, script)
        return None if text is None else list(reader.of_text(text, run)) or None
    return []


def _script_text(context: RuleContext, script: str) -> str | None:
    """The text of the only script of the context with this name; None if there is none, or there are several."""
    places = list(context.build.tree.named({paths.base(script)}))
    if len(places) != 1:
        return None
    directory, index = places[0]
    if directory.sizes[index] > _LARGEST:
        return None
    data = context.build.read(directory.child_path(directory.names[index]), _LARGEST)
    return None if data is None else data.decode("utf-8", "replace").replace("\r\n", "\n")


def _is_written(run: Run) -> bool:
    """Whether a command writes to a file, or is run by one that does, or that changes the user."""
    known = plain_programs()
    words = run.words[1:]
    around = run.written[: len(run.written) - len(run.words)]
    return (
        any(not path.startswith("/dev/") for path in (*run.writes, *run.appends))
        or any(not _is_wrapper(word) for word in around)
        or any(word.partition("=")[0] in (*known.writing_words, *known.writing_flags) for word in words)
        or any(word.endswith(known.written_ends) for word in words)
    )


def _is_wrapper(word: str) -> bool:
    return word.startswith("-") or "=" in word or paths.base(word) in plain_programs().wrappers


def _kinds(context: RuleContext, runs: list[Run]) -> list[PlainProgram] | None:
    """The kinds of the programs that some commands start; None where one of them is not known."""
    known = plain_programs()
    found: list[PlainProgram] = []
    reads = False
    for run in runs:
        kind = _kind_of(context, run)
        if kind is not None:
            found.append(kind)
        elif run.name in known.reading and len(run.words) > 1:
            reads = True
        elif run.name not in known.beside:
            return None
    # What a script reads for another program may be mounted.
    return found if bool(found) != reads else None


def _kind_of(context: RuleContext, run: Run) -> PlainProgram | None:
    known = plain_programs().program
    kind = next((one for one in known if run.name in one.commands), None)
    if kind is not None:
        return kind if _has_program(run, kind) else None
    built = next(one for one in known if one.built_by)
    return built if run.name and _is_compiled(context, run, built) else None


def _has_program(run: Run, kind: PlainProgram) -> bool:
    """Whether an interpreter gets a program of the project, and not text or nothing."""
    words = run.words[1:]
    if kind.starting:
        return words[:1] == kind.starting
    if any(word.lstrip("./").partition("/")[0] in plain_programs().beside_program for word in words):
        return False
    if "-c" in words or "-e" in words or "--eval" in words:
        return False
    if run.name == "dotnet":
        return bool(words) and words[0].lower().endswith(".dll")
    return any(not word.startswith("-") or word.startswith("-m") for word in words)


def _is_compiled(context: RuleContext, run: Run, kind: PlainProgram) -> bool:
    """Whether a command is what a stage compiles, from which the image takes it; or which the image itself compiles."""
    plan = context.build.plan
    exported = _exported(context)
    stages = {
        copy.source
        for copy in plan.copies
        if copy.stage in exported and _may_bring(copy.sources, copy.destination, run.name)
    }
    return any(
        is_command(one, command)
        for number, step in plan.numbered_steps()
        if step.kind == "RUN" and (step.stage in stages or (not stages and step.stage in exported))
        for one in context.commands.of(number)
        for command in kind.built_by
    )


def _may_bring(sources: Iterable[str], destination: str, name: str) -> bool:
    return paths.base(destination) == name or any(paths.base(source) == name for source in sources)
