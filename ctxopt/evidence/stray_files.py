"""Large files that git neither tracks nor ignores, such as a copy of a database, and that nothing names."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from ctxopt.catalogue.ecosystems import Junk, catalogue
from ctxopt.catalogue.names import NameIndex, any_match
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.lazy_dataclass import dataclass

#: Minimum size of such a file, in bytes.
_LARGE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class StrayFile:
    """Such a file, its size in bytes, and the last instruction that takes it with all of the context."""

    path: str
    size: int
    read: ContextRead


def is_large_file(directory: Directory, index: int) -> bool:
    """Whether an entry is a file that is worth a word."""
    return directory.kinds[index] == EntryKind.FILE and directory.sizes[index] >= _LARGE


def stray_files(build: BuildContext) -> Iterator[StrayFile]:
    """The stray files that broad COPY instructions of a build take, in the order of the walk."""
    found = list(_named_so(build))
    if not found:
        return
    from ctxopt.evidence.work_tree import work_tree_facts

    facts = work_tree_facts(build.root, build.tree)
    if facts is None or not facts.tracked:
        return
    found = [one for one in found if not facts.tracks(one.path) and not facts.ignored(one.path)]
    named = _named(build, [one.path for one in found]) if found else set()
    yield from (one for one in found if one.path not in named)


@cache
def _index() -> NameIndex[Junk]:
    return NameIndex((name, junk) for junk in catalogue().junk if junk.stray for name in junk.names)


def _named_so(build: BuildContext) -> Iterator[StrayFile]:
    """The large files with such a name that only broad instructions take."""
    named = _index().find(build.tree.names)
    for directory, index in build.tree.named(named):
        if not directory.flags[index] & View.TRANSFER or not is_large_file(directory, index):
            continue
        numbers = [number for number in build.usage.readers(directory, index) if number >= 0]
        reads = [build.usage.results[number].read for number in numbers]
        name = directory.names[index]
        if reads and all(read.broad and read.kind != "RUN" for read in reads):
            junk = named[name][0]
            if not any_match(junk.but, name):
                yield StrayFile(directory.child_path(name), directory.sizes[index], reads[-1])


def _named(build: BuildContext, paths: list[str]) -> set[str]:
    """Those of some paths that a command, a manifest or the text of a kept file names, or that the image serves."""
    # Imported here because few builds have such a file.
    from ctxopt.evidence.candidate import Candidate
    from ctxopt.evidence.kept_text import KeptText
    from ctxopt.evidence.of_build import evidence_of, subject_of
    from ctxopt.evidence.served import is_served

    subject = subject_of(build)
    evidence = evidence_of(build)
    assert evidence is not None, "a read takes them"
    texts = KeptText(
        subject, evidence.locations, named_by=evidence.mentions.of, tools=evidence.tools, tested=bool(evidence.tested)
    )
    mentions = texts.mentions([Candidate(path, False) for path in paths], ())
    named = {"/".join(mention.parts) for mention in mentions}
    if not texts.complete:
        return set(paths)
    for path in paths:
        above = [path[:cut] for cut, char in enumerate(path) if char == "/"]
        served = (is_served(at, path, evidence.served.get(at.plan_number, ())) for at in evidence.locations)
        if any(evidence.mentions.of(one) for one in (path, *above)) or any(served):
            named.add(path)
    return named
