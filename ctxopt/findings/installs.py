"""Commands that install dependencies after a COPY of more than they need: what they need, and what repeats them."""

import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from typing import Final

from ctxopt.catalogue.installs import Install, installs, is_manifest
from ctxopt.catalogue.words import INSTALLS
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, View
from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId, StageId, StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.core.usage.snapshot import Node
from ctxopt.findings.context import RuleContext
from ctxopt.findings.shared_ignore import other_dockerfiles
from ctxopt.image.cache_places import base_of
from ctxopt.image.commands import Run, is_command
from ctxopt.image.conditions import is_off
from ctxopt.image.destinations import Destination
from ctxopt.image.effects import Target, path_of
from ctxopt.image.installs import builds_the_project, install_of, may_install, named_files

#: What follows the name of a tool that builds or tests, and of one that sorts out what the sources need.
_BUILDS: Final = (("run",), ("exec",), ("build",), ("test",))
_TIDIES: Final = ("mod", "tidy")
_REQUIREMENT_FILE: Final = lazy_re(r"(?:-r|-c|--requirement|--constraint)[ \t=]*+([^ \t#]++)")
#: Directories of installed dependencies.
_INSTALLED: Final = frozenset((".venv", "venv", "virtualenv", "node_modules", "vendor", "site-packages", "deps"))
#: What is in the name of an image that others are built from, and of its Dockerfile, and how many of these are read.
_BASE: Final = "base"
_MOST_BASES: Final = 20
#: Directories of requirements, what is in them, and the maximum number of their files.
_LISTS: Final = lazy_re(
    r"^(?:requirements?|reqs?|deps|dependencies|constraints)(?:[._-]|$)|[._-](?:requirements|deps)$"
)
_LIST: Final = lazy_re(r"\.(?:txt|in|lock|toml)$|(?:^|/)(?:readme|license)[^/]*$|(?:^|/)\.[^/]*$")
_MOST_LISTS: Final = 500
#: No requirements file is longer, in bytes, and none names others at more than so many levels.
_LARGEST: Final = 1 << 20
_DEEPEST: Final = 5
_MOST_NESTED: Final = 50


@dataclass(frozen=True, slots=True)
class LateInstall:
    """One command that installs dependencies below a COPY of more than it needs.

    `read` is the number of the COPY or ADD among the plan's reads; `step` and `run` are those of the command, which is
    called `name`. `others` is how many files the COPY takes besides those that it reads: each change of one repeats it.
    """

    read: ReadId
    step: StepId
    run: Run
    name: str
    install: Install
    others: int


def late_installs(context: RuleContext) -> Iterator[LateInstall]:
    """The commands of needed stages that install dependencies too late, one for each RUN and kind of manifest."""
    commands, plan = context.commands, context.build.plan
    numbers = (number for number, _ in plan.numbered_steps())
    candidates = [n for n in commands.with_words(numbers, INSTALLS) if may_install(plan.steps[n].text)]
    broad = (
        {destination.step for destination in context.destinations if destination.node.inside is not None}
        if candidates
        else set()
    )
    for stage in plan.stages:
        before = broad.intersection(commands.in_stage(stage.number))
        for step in (number for number in candidates if plan.steps[number].stage == stage.number):
            if not any(number < step for number in before):
                continue
            found: set[object] = set()
            for run in commands.of(step):
                late = _late(context, stage.number, step, run)
                # What builds after a download in the same RUN gets nothing more.
                if late is not None and (late.install.manifest or late.install.name) not in found:
                    found.add(late.install.manifest or late.install.name)
                    yield late


def _are_copied(context: RuleContext, stage: StageId, step: StepId) -> bool:
    """Whether a COPY from another stage brings the dependencies before a step, so that it only installs the project."""
    copies = (copy for copy in context.build.plan.copies if copy.stage == stage and copy.step < step)
    return any(not _INSTALLED.isdisjoint(paths.base(source) for source in copy.sources) for copy in copies)


def _has_base(context: RuleContext, run: Run, install: Install) -> bool:
    """Whether the base image has the dependencies already, from another Dockerfile here that is named as a base.

    Then the command only looks for what is missing.
    """
    base = base_of(context.build.plan, run.step)
    if base is None or base.official or _BASE not in paths.base(base.familiar):
        return False
    tools = {command.split()[0] for command in install.commands}
    manifests = [name.strip("*") for name in install.manifest] or [
        paths.base(name) for name in named_files(run, install)
    ]
    return any(
        any(f"{tool} " in text for tool in tools) and any(name in text for name in manifests)
        for text in context.once(_texts_of_bases)
    )


def _texts_of_bases(context: RuleContext) -> tuple[str, ...]:
    """The texts of the Dockerfiles that are named as a base: those of the context, and those that it ignores."""
    # Imported here because few builds start from such an image.
    from ctxopt.evidence.operation import operation_texts

    build = context.build
    texts = {other.path: other.text for other in other_dockerfiles(context) if _is_base(other.path)}
    repository = operation_texts(build)
    start = paths.join("/", os.path.relpath(build.root, repository.top).replace(os.sep, "/")).rstrip("/")
    ignored = (
        f"/{path}".removeprefix(f"{start}/") for path in repository.dockerfiles if f"/{path}".startswith(f"{start}/")
    )
    for path in islice(filter(_is_base, ignored), _MOST_BASES):
        own = path == build.plan.file
        if not own and path not in texts and (data := build.read(path, _LARGEST)) is not None:
            texts[path] = data.decode("utf-8", "replace")
    return tuple(texts.values())


def _is_base(path: str) -> bool:
    """Whether a Dockerfile or its directory is named as a base."""
    return _BASE in "/".join(path.split("/")[-2:]).lower()


def _late(context: RuleContext, stage: StageId, step: StepId, run: Run) -> LateInstall | None:
    build = context.build
    known = install_of(run)
    if known is None or run.directory is None or _is_after_a_build(context, step, run) or is_off(build.plan, run):
        return None
    install, command = known
    if install.builds and any(mount.type == "cache" for mount in context.commands.mounts(step)):
        return None
    steps = set(context.commands.in_stage(stage))
    destinations = [
        destination for destination in context.destinations if destination.step in steps and destination.step < step
    ]
    brought = list(_manifests(destinations, run, install))
    if not brought:
        return None
    destination, node = brought[-1]
    runs_scripts = not {"--ignore-scripts", "--no-scripts"}.intersection(run.words)
    if runs_scripts and builds_the_project(install, build.read(node.path, _LARGEST)):
        return None
    # What builds as well installs nothing any more after a command for that alone.
    before = step if install.builds else destination.step
    if destination.node.inside is None or _is_installed(context, stage, before, install):
        return None
    if _are_copied(context, stage, step) or _has_base(context, run, install):
        return None
    # A command for the dependencies alone leaves the project itself to install, which needs the sources.
    if _ran(context, stage, step, install.alone):
        return None
    named = [one for other, one in brought if other is destination] if not install.manifest else []
    needs = _needs(build, node, install) if install.manifest else _named_needs(build, named, install)
    if needs is None:
        return None
    needs += tuple(path for path in _named_besides(destination, run, install) if path not in needs)
    others = _others(build, destination, needs)
    if not others:
        return None
    return LateInstall(destination.read, step, run, _named(run, command), install, others)


def _named(run: Run, command: str) -> str:
    """The name of a command in messages: the words of its pattern, with its own first word."""
    words = [word for word in command.split() if word != "$" and not word.startswith(("!", "--"))]
    return " ".join((run.name, *words[1:])).removesuffix(" *")


def _is_after_a_build(context: RuleContext, step: StepId, run: Run) -> bool:
    """Whether the same tool built, tested or tidied something earlier in the same RUN: it needs the sources."""
    runs = context.commands.of(step)
    before = [one for one in runs[: runs.index(run)] if one.name == run.name and one.directory == run.directory]
    return any(one.words[1:3] == _TIDIES or one.words[1:2] in _BUILDS for one in before)


def _manifests(destinations: Sequence[Destination], run: Run, install: Install) -> Iterator[tuple[Destination, Node]]:
    """The manifests in the directory of a command, with the destinations that put them there, in build order."""
    wanted = []
    if not install.manifest:
        wanted = [path for word in named_files(run, install) if (path := path_of(run, word)) is not None]
    elif run.directory is not None:
        wanted = [paths.join(run.directory, name) for name in install.manifest]
        given = [word for word in run.words[1:] if any(fnmatchcase(word, f"*{name}") for name in install.manifest)]
        if given:
            wanted = [path for word in given if (path := path_of(run, word)) is not None]
    for destination in destinations:
        for path in wanted:
            for node in destination.entries(Target(path, False)):
                yield destination, node


def _named_besides(destination: Destination, run: Run, install: Install) -> Iterator[str]:
    """The files that a command with a manifest is told to read as well."""
    for word in named_files(run, install) if install.manifest else ():
        path = path_of(run, word)
        if path is not None:
            yield from (node.path for node in destination.entries(Target(path, False)))


def _is_installed(context: RuleContext, stage: StageId, before: int, install: Install) -> bool:
    """Whether an earlier step of the stage already installed dependencies of this kind."""
    same = [one for one in installs() if one.manifest == install.manifest]
    patterns = [pattern for one in same for pattern in (*one.commands, *one.also)]
    return any(install.manifest or any(named_files(run, install)) for run in _runs_of(context, stage, before, patterns))


def _ran(context: RuleContext, stage: StageId, before: int, patterns: Sequence[str]) -> bool:
    """Whether an earlier step of the stage ran one of these commands."""
    return any(True for _ in _runs_of(context, stage, before, patterns))


def _runs_of(context: RuleContext, stage: StageId, before: int, patterns: Sequence[str]) -> Iterator[Run]:
    """The runs of some commands in the earlier steps of a stage."""
    commands = context.commands
    numbers = [number for number in commands.in_stage(stage) if number < before] if patterns else []
    for number in commands.with_words(numbers, INSTALLS):
        yield from (run for run in commands.of(number) if any(is_command(run, pattern) for pattern in patterns))


def _named_needs(build: BuildContext, nodes: Sequence[Node], install: Install) -> tuple[str, ...] | None:
    """The files that a command names, and those that they name in turn; None if it needs the sources."""
    found: list[str] = []
    for node in nodes:
        needs = _required(build, node.path) if install.requirements else (node.path,)
        if needs is None:
            return None
        found += needs
    return tuple(dict.fromkeys(found))


def _needs(build: BuildContext, node: Node, install: Install) -> tuple[str, ...] | None:
    """The existing files of the context that a command reads; None if it needs the sources."""
    found = [node.path]
    directory = node.directory
    for pattern in (*install.manifest[1:], *install.reads):
        found += [directory.child_path(name) for name in _sent(directory) if fnmatchcase(name, pattern)]
    found += [f"{directory.child_path(name)}/" for name in _sent(directory) if name in install.directories]
    if install.downloads and not _downloads(build, directory, install):
        return None
    for pattern in install.nested:
        found += [path for path in _below(directory, pattern) if path not in found]
    return tuple(dict.fromkeys(found)) if len(found) <= _MOST_NESTED else tuple(dict.fromkeys(found[:_MOST_NESTED]))


def _sent(directory: Directory) -> list[str]:
    """The names in a directory that the ignore file leaves for a COPY."""
    return [name for name, flags in zip(directory.names, directory.flags, strict=True) if flags & View.BUILDKIT]


def _downloads(build: BuildContext, directory: Directory, install: Install) -> bool:
    """Whether a project downloads dependencies: none are vendored, and a lock names some."""
    if directory.find("vendor") >= 0:
        return False
    texts = (build.read(directory.child_path(name), _LARGEST) for name in install.reads)
    return any(install.downloads.encode() in text for text in texts if text is not None)


def _below(directory: Directory, pattern: str) -> Iterator[str]:
    stack = [directory]
    while stack:
        directory = stack.pop()
        for name, kind in zip(directory.names, directory.kinds, strict=True):
            if kind != EntryKind.DIRECTORY and fnmatchcase(name, pattern):
                yield directory.child_path(name)
        stack += reversed(directory.subdirectories.values())


def _required(build: BuildContext, path: str, depth: int = 0) -> tuple[str, ...] | None:
    """A requirements file and those that it includes; None if one is unreadable or names a local project."""
    data = build.read(path, _LARGEST)
    if data is None or depth > _DEEPEST:
        return None
    found = [path]
    for line in data.decode("utf-8", "replace").splitlines():
        text = line.strip()
        named = _REQUIREMENT_FILE.match(text)
        if named is not None and "://" not in named[1]:
            inner = paths.join(paths.parent(path), named[1])
            if inner in found:
                continue
            more = _required(build, inner, depth + 1)
            if more is None:
                return None
            found += more
        elif text.startswith((".", "-e .", "-e file:", "--editable", "/", "file:")) or " @ file:" in text:
            return None
    return tuple(dict.fromkeys(found))


def _has_only_lists(build: BuildContext, destination: Destination) -> bool:
    """Whether an instruction copies a directory in which nothing but lists of requirements is."""
    files = list(islice(build.usage.files_of(destination.read), _MOST_LISTS + 1))
    sources = build.plan.reads[destination.read].sources
    return (
        len(files) <= _MOST_LISTS
        and all(_LISTS.search(paths.base(paths.join("/", source)).lower()) for source in sources)
        and all(_LIST.search(path.lower()) or is_manifest(paths.base(path)) for path in files)
    )


def _others(build: BuildContext, destination: Destination, needs: Sequence[str]) -> int:
    """The number of files that an instruction copies besides the needed ones; 0 if all are manifests."""
    usage = build.usage
    total = usage.results[destination.read].totals.files
    if total <= 20 and all(is_manifest(paths.base(path)) for path in usage.files_of(destination.read)):
        return 0
    if _has_only_lists(build, destination):
        return 0
    own = sum(
        usage.taken(destination.read, *entry).files
        for path in needs
        if (entry := build.locate(path.rstrip("/"))) is not None
    )
    return total - own
