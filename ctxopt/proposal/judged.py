"""The judgement for the builds of a group: what the evidence says about the files that they read."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from ctxopt.builds.declared import declares_builds
from ctxopt.catalogue.ecosystems import catalogue
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.files import Files
from ctxopt.core.context.tree import Totals, Tree, View
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.core.usage.follow import follow_links
from ctxopt.evidence.builds import Sources, build_evidence
from ctxopt.evidence.checkouts import checkouts
from ctxopt.evidence.judge import judge
from ctxopt.evidence.kept_lines import excepted_paths
from ctxopt.evidence.model import BuildRead, Claim, EntryReaders, Judgement, Reason, ReasonKind, Subject, Taken
from ctxopt.evidence.work_tree import work_tree_facts
from ctxopt.git.facts import GitFacts, is_in_repository
from ctxopt.proposal.choose import Choice, choose
from ctxopt.proposal.keep import KeepMap, Mark
from ctxopt.proposal.model import KeptRow
from ctxopt.proposal.remaining import with_git
from ctxopt.proposal.trials import Trials


class GitKnowledge:
    """What git knows of the context, asked once and only if it matters.

    `tree` is the context, walked with no patterns. Outside of a repository its `.gitignore` files are read.
    """

    def __init__(self, root: str, tree: Tree, note: Callable[[str], object]) -> None:
        self.repository = is_in_repository(root)
        self._root = root
        self._tree = tree
        self._note = note
        self._asked = False
        self._facts: GitFacts | None = None

    def facts(self) -> GitFacts | None:
        """What git knows; None for nothing."""
        if not self._asked:
            self._asked = True
            self._facts = (None if self.repository else self._of_files()) or self._of_git()
        return self._facts

    def described(self, rows: tuple[KeptRow, ...]) -> tuple[KeptRow, ...]:
        """The rows, with the reason of those that git does not track; nothing is asked for them."""
        return with_git(rows, self._facts) if self.repository and self._facts is not None else rows

    def _of_git(self) -> GitFacts | None:
        return work_tree_facts(self._root, self._tree, lambda reason: self._note(f"no evidence from git: {reason}"))

    def _of_files(self) -> GitFacts | None:
        if ".gitignore" not in self._tree.names:
            return None
        # Imported here because it takes pathspec, which few contexts need.
        from ctxopt.evidence.gitignore import NothingKnown, gitignore_facts

        try:
            facts = gitignore_facts(self._tree, Files(self._root).read)
        except NothingKnown as reason:
            self._note(f"no evidence from .gitignore: {reason}")
            return None
        if facts is not None:
            self._note("not in a git repository: .gitignore is the only evidence of what git ignores")
        return facts


def judged(trials: Trials, git: GitKnowledge) -> Judgement:
    """The judgement of what only broad instructions read, and of junk inside of what others name.

    All builds are asked about the junk, since any of them may mention it.
    """
    contexts = trials.before
    build_reads = [
        BuildRead(context.plan, read) for context in contexts for read in context.plan.reads if not read.unresolved
    ]
    tree = contexts[0].transferred
    readers = _readers(trials.needed(), tree, contexts)
    files = Files(contexts[0].root)
    subject = Subject(
        tree,
        View.BUILDKIT,
        readers.without(Taken.ONLY_ABOVE),
        files.read,
        git.facts() if build_reads else None,
        sorted({*_build_files(trials), *_declaring(trials.tree)}),
        git.repository,
        checkouts(contexts),
        links=lambda path: follow_links(files, [path]) or (),
        excepted=excepted_paths(contexts[0]),
    )
    broad = [build_read for build_read in build_reads if build_read.read.broad]
    # What the same builds do is asked once.
    same = _plans(broad) == _plans(build_reads)
    sources = Sources(subject, catalogue())
    builds = build_evidence(build_reads, subject, catalogue(), sources) if same and build_reads else None
    first = judge(subject, broad, builds=builds, sources=sources)
    if len(broad) == len(build_reads):
        return first
    excluded = [entry for claim in first.claims for entry in claim.entries]
    others = replace(subject, readers=readers.without(Taken.ONLY_BROAD))
    return _joined(first, judge(others, build_reads, excluded, builds, sources))


def _plans(build_reads: Iterable[BuildRead]) -> list[int]:
    """The plans of some reads, by their identity, in the order of their first reads."""
    return list(dict.fromkeys(id(build_read.plan) for build_read in build_reads))


def chosen(judgement: Judgement, trials: Trials) -> Choice:
    """What an ignore file may exclude by a judgement, as the few patterns that are worth a line.

    Usual patterns are left to the user's lines where these have them.
    """
    first = trials.before[0]
    ignore = DockerIgnore(first.patterns(View.BUILDKIT))
    usual = [claim for claim in judgement.usual if not ignore.ignores(claim.patterns[0].removeprefix("**/"))]
    return choose(judgement.claims, usual, first.transferred, View.BUILDKIT, trials.group.inside)


def claimed_totals(trials: Trials, choice: Choice) -> Totals:
    """What the suggestions for a group would save; nothing if all are for what builders load themselves."""
    group, keep = trials.group, trials.needed()
    if all(suggestion.reason.kind is ReasonKind.DOCKER for suggestion in choice.suggestions if suggestion.entries):
        return Totals()
    before = keep.totals(Mark.KEEP)
    entries = (entry for suggestion in choice.suggestions for entry in suggestion.entries)
    # A file that does not exist yet saves nothing.
    keep.drop(entry for entry in entries if group.present is not None or entry != group.inside)
    after = keep.totals(Mark.KEEP)
    return Totals(before.files - after.files, before.size - after.size)


def _readers(keep: KeepMap, tree: Tree, contexts: Sequence[BuildContext]) -> EntryReaders:
    """Who reads the entries of `tree`, which was decided from the one of the marks."""
    taken = keep.all.translate(_TAKEN)
    if len(tree.directories()) != len(keep.tree.directories()):
        starts = ((keep.tree.start(directory.path), len(directory.names)) for directory in tree.directories())
        taken = bytearray().join([taken[start : start + count] for start, count in starts])

    def reads(path: str) -> list[BuildRead]:
        found = []
        for context in contexts:
            where = context.transferred.find(path)
            taking = context.usage.readers(*where) if where is not None else ()
            found += [BuildRead(context.plan, context.usage.results[number].read) for number in taking if number >= 0]
        return found

    return EntryReaders(tree, bytes(taken), reads)


def _taken(marks: int) -> int:
    """What the marks of an entry say of who reads it, as bits of `Taken`."""
    kept, specific = marks & Mark.KEEP, marks & Mark.SPECIFIC
    return (
        (Taken.ANY if kept else 0)
        | (Taken.ONLY_BROAD if kept and not specific else 0)
        | (Taken.ONLY_ABOVE if specific and not marks & Mark.NAMED else 0)
    )


_TAKEN = bytes(map(_taken, range(256)))


def _joined(one: Judgement, other: Judgement) -> Judgement:
    """Two judgements of different entries as one."""
    claims: dict[tuple[Reason, tuple[str, ...]], tuple[str, ...]] = {}
    for claim in (*one.claims, *other.claims):
        key = claim.reason, claim.patterns
        claims[key] = claims.get(key, ()) + claim.entries
    return Judgement(
        tuple(Claim(reason, entries, patterns) for (reason, patterns), entries in claims.items()),
        tuple(dict.fromkeys(one.kept + other.kept)),
        tuple(dict.fromkeys(one.warnings + other.warnings)),
        one.usual,
        tuple(dict.fromkeys(one.used_secrets + other.used_secrets)),
        tuple(dict.fromkeys(one.doubted_secrets + other.doubted_secrets)),
    )


def _build_files(trials: Trials) -> Iterator[str]:
    """The files that builders load themselves, with the ignore file that may be written.

    A Dockerfile that cannot be resolved is not among them: it may be a template that the program reads.
    """
    for context in trials.before[: len(trials.group.builds)]:
        yield from context.build_files
    if trials.group.inside is not None:
        yield trials.group.inside


def _declaring(tree: Tree) -> Iterator[str]:
    """The files at the root of the context that declare builds."""
    yield from filter(declares_builds, tree.root.names)
