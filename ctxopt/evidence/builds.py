"""What the builds with a broad read do: all that speaks for or against an entry and is no name of a file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ctxopt.catalogue.ecosystems import Catalogue
from ctxopt.catalogue.names import NameIndex
from ctxopt.catalogue.vocabulary import Commands
from ctxopt.core.context.tree import Directory, Tree
from ctxopt.core.dockerfile.model import Plan, Step
from ctxopt.evidence.image import Place, places_of
from ctxopt.evidence.manifests import (
    Document,
    Files,
    Scripted,
    called_references,
    document,
    members,
    needed_by,
    references,
)
from ctxopt.evidence.mentions import Mention, Mentions, mentions_of, paths_in
from ctxopt.evidence.model import Site
from ctxopt.evidence.removal import Removal, removals
from ctxopt.git.facts import GitFacts
from ctxopt.image.commands import Reader, Run, first_command, may_be_command


@dataclass(frozen=True, slots=True)
class CopyBetween:
    """A COPY from another stage or image: its sources and its destination as written."""

    plan: int
    step: int
    sources: tuple[str, ...]
    destination: str
    directory: str
    origin: str


@dataclass(frozen=True, slots=True)
class Builds:
    """The builds, as far as they are evidence.

    `places` has one for each site, `plans` their plans in the order of the numbers that runs have.
    `runs` are the commands of the steps, `all_runs` also those in scripts that they run. `removals` are
    those of each place. `needed` is why version control's metadata is read, `tested` and `documented`
    why tests and documentation are; None where nothing says that they are.
    """

    places: tuple[Place, ...]
    plans: tuple[Plan, ...]
    runs: tuple[Run, ...]
    all_runs: tuple[Run, ...]
    copies: tuple[CopyBetween, ...]
    mentions: Mentions
    members: dict[str, list[tuple[str, ...]]]
    removals: tuple[tuple[Removal, ...], ...]
    needed: str | None
    tested: str | None
    documented: str | None

    def first(self, wanted: Commands) -> Run | None:
        """The first command that may be one of these."""
        return first_command(self.all_runs, wanted, may_be_command)

    def number(self, place: Place) -> int:
        """The number of a place's plan."""
        return _number(self.plans, place)


def study(sites: Sequence[Site], tree: Tree, view: int, files: Files, git: GitFacts | None, known: Catalogue) -> Builds:
    """Learn from the builds, and from those files of the context that say what builds do."""
    plans = tuple({id(site.plan): site.plan for site in sites}.values())
    places = places_of(sites)
    readers = [Reader(plan, number, known.vocabulary) for number, plan in enumerate(plans)]
    direct = [tuple(reader.runs()) for reader in readers]
    runs = [run for some in direct for run in some]
    all_runs = list(runs)
    copies: list[CopyBetween] = []
    for number, (plan, reader) in enumerate(zip(plans, readers, strict=True)):
        own = [place for place in places if place.site.plan is plan]
        all_runs += Scripted(reader, own, known, files).runs(direct[number])
        copies += _copies(plan, number, reader.directories)
    wanted = [reference.file for reference in known.reference if not reference.find]
    wanted += [workspaces.file for workspaces in known.workspaces]
    wanted += [name for need in known.need for name in need.files]
    documents = list(_documents(tree, view, files, git, known, wanted))
    found: list[Mention] = list(references(documents, known, all_runs))
    # Source code is too much to be kept, and is looked into only where something compiles it.
    sources = [reference.file for reference in called_references(known, all_runs) if reference.find]
    if sources:
        found += references(_documents(tree, view, files, git, known, sources), known, all_runs)
    by_name = known.vocabulary.tools
    for run in all_runs:
        found += mentions_of(run, by_name, places)
    for copy in copies:
        found += _copied(copy, places)
    return Builds(
        places,
        plans,
        tuple(runs),
        tuple(all_runs),
        tuple(copies),
        Mentions(found),
        members(documents, known),
        tuple(tuple(removals(place, direct[_number(plans, place)])) for place in places),
        needed_by(known.need, documents, all_runs),
        _why(all_runs, known.runs_tests),
        _why(all_runs, known.builds_docs),
    )


def _number(plans: Sequence[Plan], place: Place) -> int:
    return next(i for i, plan in enumerate(plans) if plan is place.site.plan)


def _why(runs: Iterable[Run], wanted: Commands) -> str | None:
    run = first_command(runs, wanted, may_be_command)
    return None if run is None else f"{run.origin} needs it"


def _copies(plan: Plan, number: int, directories: Sequence[str]) -> Iterator[CopyBetween]:
    """The COPY and ADD instructions that take nothing from the context."""
    for place, step in enumerate(plan.steps):
        if step.kind in ("COPY", "ADD") and step.read is None:
            words = _copy_words(step)
            if len(words) > 1:
                origin = f"{step.kind} {' '.join(words)} ({plan.file}:{step.line})"
                yield CopyBetween(number, place, words[:-1], words[-1], directories[place], origin)


def _copy_words(step: Step) -> tuple[str, ...]:
    return step.words if step.words is not None else tuple(step.text.partition("\n")[0].split())


def _copied(copy: CopyBetween, places: Sequence[Place]) -> Iterator[Mention]:
    for source in copy.sources:
        for parts in paths_in(source, places):
            yield Mention(parts, f"{copy.origin} takes it", (copy.plan, copy.step))


def _documents(
    tree: Tree, view: int, files: Files, git: GitFacts | None, known: Catalogue, names: Iterable[str]
) -> Iterator[Document]:
    """The files of some names, but for those of other projects that lie in this one."""
    wanted = NameIndex((name, True) for name in names)
    foreign = NameIndex((name, True) for recreated in known.dependency for name in recreated.names)
    stack = [tree.root]
    while stack:
        directory = stack.pop()
        for name in wanted.find(directory.names):
            path = directory.child_path(name)
            if directory.flags[directory.find(name)] & view and not (git is not None and git.ignored(path)):
                doc = document(path, files)
                if doc is not None:
                    yield doc
        stack += [sub for name, sub in directory.subdirectories.items() if not _is_foreign(name, sub, foreign, git)]


def _is_foreign(name: str, directory: Directory, foreign: NameIndex[bool], git: GitFacts | None) -> bool:
    if git is not None and git.tracks(directory.path):
        return False
    return foreign.has(name) or (git is not None and git.ignored(directory.path))
