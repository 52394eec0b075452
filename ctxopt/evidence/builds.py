"""Evidence from what builds do (commands, scripts, manifests), as opposed to the names of entries."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from ctxopt.catalogue.ecosystems import Catalogue
from ctxopt.catalogue.entry_points import entry_points
from ctxopt.catalogue.vocabulary import Commands
from ctxopt.core.dockerfile.model import Plan, Step
from ctxopt.core.ids import StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.alike import Alike, alike
from ctxopt.evidence.built import BuiltDirectory, built_directories
from ctxopt.evidence.history import HistoryNeed, Program, history_need
from ctxopt.evidence.image import ImageLocation, image_locations
from ctxopt.evidence.manifests import (
    Document,
    all_words,
    members,
    references,
    section_references,
)
from ctxopt.evidence.mentions import Mention, Mentions, Words
from ctxopt.evidence.model import AskCheckout, BuildRead, Subject
from ctxopt.evidence.name_filter import NameFilter
from ctxopt.evidence.named_documents import NamedDocuments
from ctxopt.evidence.outside import Outside
from ctxopt.evidence.removal import Removal, following_runs, removals
from ctxopt.evidence.script_files import ScriptFiles
from ctxopt.evidence.scripted import Scripted
from ctxopt.evidence.served import base_command, configured, entry_words, served
from ctxopt.evidence.stamped import stamped_need
from ctxopt.evidence.tools_run import NO_TOOLS, Tools, tools_of
from ctxopt.image.commands import Reader, Run, Runs, as_written, first_command, may_be_command, may_begin
from ctxopt.image.places import directories, resolved, within
from ctxopt.image.shell.texts import texts_of_run

#: The formats of files with recipes: what runs in them is followed, so that their other text says nothing.
_FOLLOWED: Final = ("make", "just", "yaml")


@dataclass(frozen=True, slots=True)
class CopyBetween:
    """A COPY from another stage or image: its sources and its destination as written.

    `plan` and `step` are as in Run, `directory` is the one that the destination is relative to.
    """

    plan: int
    step: StepId
    sources: tuple[str, ...]
    destination: str
    directory: str
    origin: str


@dataclass(frozen=True, slots=True)
class BuildEvidence:
    """What the builds do with the context.

    `locations` and `removals` have one item for each read. `runs` are the commands of the steps, `all_runs` also those
    in scripts that they run, and `distinct` those without the builds that do what an earlier one does. `history` says
    why version control's metadata is used, `tested` and `documented` why tests and documentation are, for people; None
    where nothing uses them. `followed` are the identities of the commands of which all is known that they run in turn,
    and `tools` those that run. `checkout` tells of builds that are made from a checkout. `served` are the directories
    of an image that a web server serves, by the number of the plan, and `built` those that commands write because
    their configuration says so.
    """

    locations: tuple[ImageLocation, ...]
    runs: tuple[Run, ...]
    all_runs: Runs
    distinct: Runs
    copies: tuple[CopyBetween, ...]
    mentions: Mentions
    members: dict[str, list[tuple[str, ...]]]
    removals: tuple[tuple[Removal, ...], ...]
    history: HistoryNeed | None
    tested: str | None
    documented: str | None
    followed: frozenset[tuple[int, StepId, tuple[str, ...]]]
    served: Mapping[int, tuple[str, ...]]
    checkout: AskCheckout
    tools: Tools = NO_TOOLS
    built: tuple[BuiltDirectory, ...] = ()

    def with_mentions(self, mentions: Iterable[Mention]) -> "BuildEvidence":
        """The same with some more mentions."""
        return replace(self, mentions=self.mentions.with_more(mentions))

    def for_reads(self, build_reads: Sequence[BuildRead]) -> "BuildEvidence":
        """The same for other reads of the same builds, given in the same order of builds."""
        locations = image_locations(build_reads)
        return replace(self, locations=locations, removals=_removals(locations, self.runs))

    def first(self, commands: Commands) -> Run | None:
        """The first command that may be one of these."""
        return first_command(self.distinct, commands, may_be_command)


class Sources:
    """The texts that evidence comes from, each read once, for whatever builds on one context are asked about."""

    def __init__(self, subject: Subject, known: Catalogue) -> None:
        self.texts = texts_of_run()
        self.files = ScriptFiles(subject.tree, subject.read_file, known)
        self.named = NamedDocuments(subject, self.files.document)


def build_evidence(
    build_reads: Sequence[BuildRead], subject: Subject, known: Catalogue, sources: Sources | None = None
) -> BuildEvidence:
    """The evidence from some builds, and from those files of the context that say what builds do.

    `sources` are those of the same context, if other builds on it were asked about.
    """
    sources = sources or Sources(subject, known)
    plans = tuple({id(build_read.plan): build_read.plan for build_read in build_reads}.values())
    locations = image_locations(build_reads)
    every = [BuildRead(plan, read) for plan in plans for read in plan.reads if not read.unresolved]
    everywhere = image_locations(every)
    readers = [Reader(plan, number, sources.texts) for number, plan in enumerate(plans)]
    direct = [(*reader.runs(), *base_command(reader, plan)) for reader, plan in zip(readers, plans, strict=True)]
    same = alike(plans)
    copies: list[CopyBetween] = []
    files, named = sources.files, sources.named
    documents = list(named.named(_document_names(known)))
    opaque: dict[str, Document] = {}
    programs: list[Program] = []
    followed: set[tuple[int, StepId, tuple[str, ...]]] = set()
    outside: list[Run] = []
    names = NameFilter(subject.tree, plans)
    outsiders = subject.tree.once((Outside, subject.view), lambda: Outside(subject))
    in_scripts: list[list[Run]] = []
    elsewhere: list[list[Run]] = []
    asked: list[tuple[str, Run]] = []
    for number, (plan, reader, earlier) in enumerate(zip(plans, readers, same, strict=True)):
        copies += _copies(plan, number, reader.directories)
        if earlier is not None:
            # What the same steps run is followed once.
            in_scripts.append(list(earlier.runs(in_scripts[earlier.earlier])))
            elsewhere.append([])
            followed |= {(number, step, words) for at, step, words in followed if at == earlier.earlier}
            asked += [
                (path, moved) for path, run in asked if run.plan == earlier.earlier for moved in earlier.runs((run,))
            ]
            continue
        own = [location for location in everywhere if location.plan_number == number]
        scripted = Scripted(reader, plan, own, files, documents)
        last = direct[number][-1] if direct[number] else None
        others = list(outsiders.runs(last)) if last is not None else []
        outside += others
        in_scripts.append(list(scripted.runs(direct[number])))
        # What others run may be in another image, so that it only counts for the files that it names.
        follower = Scripted(reader, plan, own, files, documents, names.may_concern)
        services = list(outsiders.service_runs(reader, entry_words(plan)))
        elsewhere.append([*services, *follower.runs([*others, *services])])
        opaque |= scripted.opaque
        followed |= scripted.followed
        programs += scripted.programs
        asked += scripted.task_files.items()
    all_runs = Runs((*(run for runs in direct for run in runs), *(run for runs in in_scripts for run in runs)))
    # The first command that does something is never one of a build that does what an earlier one does.
    others_do = {one.number for one in same if one is not None}
    distinct = Runs(run for run in all_runs if run.plan not in others_do) if others_do else all_runs
    with_outside = Runs((*distinct, *outside))
    tools = tools_of(distinct)
    words = Words(plans, everywhere, all_runs, subject.tree, names)
    made = _made_directories(all_runs, plans)
    mentions = [
        *references(documents, known, with_outside),
        *section_references(documents, known, tools),
        *(mention for doc in opaque.values() for mention in all_words(doc)),
        *_mentions(words, direct, same),
        *_mentions(words, in_scripts, same),
        # It may be the file of a checkout, or of another image.
        *(replace(mention, doubtful=True) for mention in _mentions(words, elsewhere, same)),
        *(mention for near in _neighbours(all_runs) for mention in words.searched(*near)),
        *(mention for copy in copies for mention in _sources(copy, words)),
        *words.mounted(),
        *(
            Mention(
                tuple(path.split("/")),
                f"{run.origin} reads it",
                (run.plan, run.step),
                anchored=True,
                doubtful=(run.plan, run.step, run.directory) in made,
            )
            for path, run in asked
        ),
        *(mention for number, step in _environments(plans) for mention in words.given(number, step)),
        *outsiders.mentions,
        *outsiders.settings,
        *(
            Mention(tuple(path.split("/")), "an exception of the ignore file names it", anchored=True, shallow=True)
            for path in subject.excepted
        ),
    ]
    return BuildEvidence(
        locations,
        tuple(run for runs in direct for run in runs),
        all_runs,
        distinct,
        tuple(copies),
        Mentions(mentions),
        members(documents, known),
        _removals(locations, [run for runs in direct for run in runs]),
        _history(
            subject,
            named,
            known,
            plans,
            Runs(run for run in distinct if words.has_context(run)),
            programs,
            opaque,
            everywhere,
        ),
        _why(with_outside, known.runs_tests),
        _why(with_outside, known.builds_docs),
        frozenset(followed),
        served(locations, all_runs, list(configured(named.named(entry_points().configurations)))),
        subject.checkout,
        tools,
        tuple(built_directories(all_runs, plans, everywhere, subject.read_file)),
    )


def _made_directories(runs: Runs, plans: Sequence[Plan]) -> frozenset[tuple[int, StepId, str | None]]:
    """The directories that commands make, with the builds and the steps that do: one that is new is empty there.

    None that a COPY puts files into, or around it, as then `mkdir -p` finds it.
    """
    filled = [sorted(_filled(plan)) for plan in plans]
    places = [frozenset(some) for some in filled]
    made = (run for run in runs.that_may_be(("mkdir",)) if run.sure and not run.conditional)
    targets = (
        (run.plan, run.step, target)
        for run in made
        for word in run.words[1:]
        if not word.startswith("-") and (target := resolved(run.directory, word)) is not None
    )
    return frozenset(
        (number, step, target)
        for number, step, target in targets
        if not (within(places[number], target) or _has_below(filled[number], target))
    )


def _has_below(places: Sequence[str], directory: str) -> bool:
    """Whether one of some sorted paths is below a directory."""
    start = directory.rstrip("/") + "/"
    at = bisect_left(places, start)
    return at < len(places) and places[at].startswith(start)


def _filled(plan: Plan) -> frozenset[str]:
    """The paths in the image to which the COPY and ADD of a build put files, in any of its stages."""
    workdirs = directories(plan)
    targets = [(read.step, read.destination) for read in plan.reads]
    targets += [(copy.step, copy.destination) for copy in plan.copies]
    return frozenset(filter(None, (resolved(workdirs[step], target or ".") for step, target in targets)))


def _mentions(words: Words, runs: Sequence[Sequence[Run]], same: Sequence[Alike | None]) -> Iterator[Mention]:
    """What the commands of each build mention; what builds that do the same mention is found out once."""
    found: list[list[Mention]] = []
    for own, earlier in zip(runs, same, strict=True):
        if earlier is None:
            found.append(list(dict.fromkeys(words.mentions(own))))
        else:
            found.append(list(earlier.mentions(found[earlier.earlier])))
        yield from found[-1]


def _removals(locations: Sequence[ImageLocation], runs: Sequence[Run]) -> tuple[tuple[Removal, ...], ...]:
    """What the commands of each location's build remove there."""
    by_step: dict[tuple[int, StepId | None], list[Run]] = {}
    for run in runs:
        by_step.setdefault((run.plan, run.step), []).append(run)
    plans = {location.plan_number: location.plan for location in locations}
    first = {number: following_runs(plan) for number, plan in plans.items()}
    steps = [(one, (one.plan_number, first[one.plan_number][one.read.step])) for one in locations]
    return tuple(tuple(removals(location, by_step.get(step, ()))) for location, step in steps)


def _neighbours(runs: Sequence[Run]) -> Iterator[tuple[Run | None, Run, Run | None]]:
    """Each command with the ones before and after it."""
    return zip((None, *runs), runs, (*runs[1:], None), strict=False)


def _why(runs: Runs, commands: Commands) -> str | None:
    forms = (
        form
        for run in runs
        for form in ((run,) if run.words == run.written else (run, as_written(run)))
        if may_begin(form.name, commands)
    )
    run = first_command(forms, commands, may_be_command)
    return None if run is None else f"{run.origin} needs it"


# -- instructions -------------------------------------------------------------------------------


def _copies(plan: Plan, number: int, directories: Sequence[str]) -> Iterator[CopyBetween]:
    """The COPY and ADD instructions that read nothing of the context."""
    for index, step in plan.numbered_steps():
        if step.kind in ("COPY", "ADD") and step.read is None:
            words = _copy_words(step)
            if len(words) > 1:
                origin = f"{step.kind} {' '.join(words)} ({plan.file}:{step.line})"
                yield CopyBetween(number, index, words[:-1], words[-1], directories[index], origin)


def _copy_words(step: Step) -> tuple[str, ...]:
    return step.words if step.words is not None else tuple(step.text.partition("\n")[0].split())


def _sources(copy: CopyBetween, words: Words) -> Iterator[Mention]:
    """What the sources of a COPY between stages mention."""
    return words.copied(copy.plan, copy.step, copy.sources, f"{copy.origin} copies it")


def _environments(plans: Sequence[Plan]) -> Iterator[tuple[int, StepId]]:
    """The ENV instructions, by the numbers of their plans and steps."""
    for number, plan in enumerate(plans):
        yield from ((number, index) for index, step in plan.numbered_steps() if step.kind == "ENV")


# -- files of the context -----------------------------------------------------------------------


def _history(
    subject: Subject,
    documents: NamedDocuments,
    known: Catalogue,
    plans: Sequence[Plan],
    runs: Sequence[Run],
    programs: Sequence[Program],
    opaque: Mapping[str, Document],
    locations: Sequence[ImageLocation],
) -> HistoryNeed | None:
    """Why the builds read the history; None if they do not, or if there is none in the context."""
    root = subject.tree.root
    names = [name for metadata in known.metadata if metadata.needed for name in metadata.names]
    if not any(root.find(name) >= 0 and root.flags[root.find(name)] & subject.view for name in names):
        return None
    followed = {name for scripts in known.scripts if scripts.format in _FOLLOWED for name in scripts.files}

    def read_named(wanted: Sequence[str]) -> Iterator[Document]:
        found = documents.named(wanted)
        return (doc for doc in found if doc.name not in followed or doc.path in opaque)

    need = history_need(read_named, programs, _after_all(runs, locations))
    return need or stamped_need(plans, runs, subject.tree, subject.view, subject.read_file)


def _after_all(runs: Sequence[Run], locations: Sequence[ImageLocation]) -> list[Run]:
    """Some commands, first those that follow an instruction which takes all: before it there is no history."""
    first: dict[int, StepId] = {}
    for location in locations:
        if location.read.broad:
            number, step = location.plan_number, location.read.step
            first[number] = min(first.get(number, step), step)
    return sorted(runs, key=lambda run: run.step < first.get(run.plan, run.step))


def _document_names(known: Catalogue) -> list[str]:
    """The names of the files that are always read."""
    return [
        *(reference.file for reference in known.reference),
        *(workspaces.file for workspaces in known.workspaces),
        *(name for scripts in known.scripts if scripts.members for name in scripts.files),
    ]
