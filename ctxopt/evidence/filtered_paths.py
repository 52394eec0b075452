"""What the path filters of workflows make of the files that a build reads."""

import os
from collections.abc import Iterator
from functools import lru_cache

from ctxopt.builds.build import DeclaringFile
from ctxopt.builds.declared import top_of
from ctxopt.builds.path_filters import FilteredBuild, FilteredWorkflow, FilterPattern, PathFilter, filtered_workflow
from ctxopt.builds.projects import workflow_files
from ctxopt.builds.reading import LeadsOut
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError
from ctxopt.git.facts import git_facts

#: Maximum number of pairs of files and patterns that are looked at for a build.
_MOST = 500_000
#: As many files that a pattern names, and no build reads, are worth a word.
_MANY = 10


@dataclass(frozen=True, slots=True)
class Missed:
    """Files that a build reads and whose changes do not start the workflow `file`, sorted.

    Paths are relative to the repository; `read` is the first instruction that reads one of them, None for what the
    builder itself reads.
    """

    file: str
    path_filter: PathFilter
    paths: tuple[str, ...]
    read: ContextRead | None


@dataclass(frozen=True, slots=True)
class Idle:
    """A pattern for files that the only build of a workflow does not read, with their number."""

    file: str
    path_filter: PathFilter
    pattern: FilterPattern
    count: int
    example: str


def filtered_paths(build: BuildContext) -> Iterator[Missed | Idle]:
    """What is wrong with the filters of the workflows that run a build. Raises CtxoptError where the build fails."""
    if build.located.inline or build.name:
        return
    top = os.path.realpath(top_of(build.root))
    own = _own(build, top)
    found = [(path, known) for path in workflow_files(top) if (known := _workflow(path, top, *_state(path)))]
    found = [(path, known) for path, known in found if own in known.builds]
    facts = git_facts(top) if found else None
    if facts is None:
        return
    read = _read(build, top)
    file = build.ignore_file(View.BUILDKIT)
    ignore = _in_repository(build, file.name, top) if file is not None else ""
    for path, workflow in found:
        shown = os.path.relpath(path, build.root).replace(os.sep, "/")
        for one in workflow.filters:
            if len(one.patterns) * len(facts.tracked) > _MOST:
                continue
            tracked = [name for name in read if name in facts.tracked]
            # Who lists what is of no account means it, and so does who lists a few files of many.
            missed = sorted(name for name in tracked if not (one.starts(name) or one.leaves_out(name)))
            missed = [name for name in missed if _is_certain(build, read[name])]
            if all(map(_is_documentation, missed)) or missed == [ignore]:
                # Nobody builds again for the former, and the latter decides nothing where each COPY names its files.
                missed = []
            if missed and not (one.excludes or workflow.targeted) and 2 * len(missed) <= len(tracked):
                numbers = [number for name in missed if (number := read[name]) >= 0]
                first = build.plan.reads[min(numbers)] if numbers else None
                yield Missed(shown, one, tuple(missed), first)
            if workflow.only_builds and len(workflow.builds) == 1 and not one.excludes:
                yield from _idle(shown, one, facts.tracked - {os.path.relpath(path, top)}, read)


def _is_certain(build: BuildContext, number: int) -> bool:
    """Whether a file is surely of account: the builder reads it, or an instruction that does not take everything."""
    return number < 0 or not build.plan.reads[number].broad


def _own(build: BuildContext, top: str) -> FilteredBuild:
    dockerfile = os.path.normpath(os.path.join(build.root, build.located.dockerfile.name))
    return FilteredBuild(*(os.path.relpath(path, top).replace(os.sep, "/") for path in (build.root, dockerfile)))


def _read(build: BuildContext, top: str) -> dict[str, int]:
    """The files that a build reads, by their paths in the repository, each with the number of its first reader.

    The builder itself is -1. One that does not take the whole context comes before those that do.
    """
    found: dict[str, int] = {}
    for context in (build, *build.named.values()):
        start = os.path.relpath(context.root, top).replace(os.sep, "/")
        prefix = "" if start == "." else f"{start}/"
        if start.startswith(".."):
            continue
        for result in sorted(context.usage.results, key=lambda result: result.read.broad):
            read = result.read
            for path in () if result.error is not None else context.usage.files_of(read.number):
                found.setdefault(prefix + path, read.number if context is build else -1)
    for file in (build.located.dockerfile, build.ignore_file(View.BUILDKIT)):
        if file is not None:
            found.setdefault(_in_repository(build, file.name, top), -1)
    return found


def _in_repository(build: BuildContext, name: str, top: str) -> str:
    """The path in a repository of a file that a build names."""
    path = os.path.normpath(os.path.join(build.root, name))
    return os.path.relpath(path, top).replace(os.sep, "/")


def _is_documentation(path: str) -> bool:
    """Whether a file is there to be read by people."""
    directories, _, name = path.lower().rpartition("/")
    is_text = name.endswith((".md", ".rst", ".adoc")) or name.startswith(("license", "readme", "changelog", "notice"))
    return is_text or not {"doc", "docs"}.isdisjoint(directories.split("/"))


def _idle(shown: str, one: PathFilter, tracked: frozenset[str], read: dict[str, int]) -> Iterator[Idle]:
    for pattern in one.patterns:
        if pattern.positive:
            named = sorted(path for path in tracked if pattern.matches(path))
            if len(named) >= _MANY and read.keys().isdisjoint(named):
                yield Idle(shown, one, pattern, len(named), named[0])


def _state(path: str) -> tuple[int, int]:
    """What is different for a file that was written again."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return 0, 0
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=256)
def _workflow(path: str, top: str, _written: int, _size: int) -> FilteredWorkflow | None:
    """A workflow with filters. A repository with many Dockerfiles asks for each of them."""
    try:
        return filtered_workflow(DeclaringFile(path, os.path.basename(path)), top)
    except (CtxoptError, LeadsOut):
        # Said where builds are searched for.
        return None
