"""The proposal for a context: its builds found, grouped by the ignore file they read, and each file solved."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from ctxopt.builds.discovery import Contexts, DiscoveredBuild, Discovery, DiscoveryPolicy, Request, discover
from ctxopt.builds.opened import walk_unfiltered
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.disk import Progress
from ctxopt.core.context.locate import context_root
from ctxopt.core.context.tree import Totals, Tree
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.hidden_needs import hidden_parts
from ctxopt.evidence.junk_names import is_installed, is_junk
from ctxopt.evidence.model import Judgement
from ctxopt.proposal.added_lines import added_lines, is_edited, moved_below, note, unknown_lines
from ctxopt.proposal.block import Record, recorded, without_block
from ctxopt.proposal.file import propose_file
from ctxopt.proposal.group import SHARED, Group, groups_of, is_podmans, with_shared
from ctxopt.proposal.judged import GitKnowledge, chosen, claimed_totals, judged
from ctxopt.proposal.kept_rows import kept_rows
from ctxopt.proposal.model import ConsideredBuild, FileProposal, Level, Proposal, SecretRow, Style
from ctxopt.proposal.secret_rows import excludes, joined_rows, secret_rows
from ctxopt.proposal.trials import Trials
from ctxopt.proposal.verified import building_only, without_built

#: The content of an ignore file that excludes nothing: without any, there would be no file.
_NOTHING_EXCLUDED: Final = b"# Read instead of .dockerignore: this Dockerfile needs what others do not.\n"
#: A new file may be excluded for other builds, and that may be all that another new file is for.
_MAX_ROUNDS: Final = 3
#: Maximum number of files to name in a warning.
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class _Options:
    level: Level
    style: Style
    tidy: bool
    split: bool

    @classmethod
    def of(
        cls,
        level: Level | None,
        style: Style | None,
        default: Level,
        tidy: bool,
        split: bool,
        builds: Iterable[DiscoveredBuild],
    ) -> "_Options":
        """What was asked for; otherwise what the blocks of the present ignore files record, or the defaults."""
        files = {build.context.located.buildkit_ignore for build in builds}
        given = {word for file in files if file is not None for word in recorded(file.data).options}
        return cls(
            level or next((one for one in Level if one.value in given), default),
            style or next((one for one in Style if one.value in given), Style.DENYLIST),
            tidy,
            split or "--split" in given,
        )

    @property
    def recorded(self) -> tuple[str, ...]:
        """The words for the opening line of a block: the options that are not the defaults."""
        level = () if self.level is Level.PROVEN else ("--level", self.level.value)
        style = () if self.style is Style.DENYLIST else ("--style", self.style.value)
        return (*level, *style, *(("--split",) if self.split else ()))


@dataclass(frozen=True, slots=True)
class _Result:
    """The proposal for one group; `likely` is what the level "likely" would save beyond it."""

    group: Group
    file: FileProposal
    warnings: tuple[str, ...]
    likely: Totals
    secrets: tuple[SecretRow, ...]


def propose(
    context: str,
    request: Request,
    *,
    level: Level | None = None,
    style: Style | None = None,
    default: Level = Level.PROVEN,
    tidy: bool = False,
    split: bool = False,
    progress: Progress | None = None,
    unfiltered: Tree | None = None,
) -> Proposal:
    """What to write into the ignore files of a context. Nothing is written.

    Without a level or a style, those apply with which the present block was made, or else `default` and denylist.
    With `tidy`, lines of the user's that do nothing or break an instruction are removed. With `split`, Dockerfiles that
    read everything where others do not get ignore files of their own, which the legacy builder does not read.
    `unfiltered` is the tree of the context, if it was walked already with no patterns. Raises CtxoptError for anything
    that Docker would refuse.
    """
    proposer = Proposer(context, request, progress=progress, unfiltered=unfiltered)
    return proposer.at(level, style=style, default=default, tidy=tidy, split=split)


class Proposer:
    """Proposes for one context, at several levels; what these have in common is worked out once.

    The arguments are those of `propose`. Raises CtxoptError for anything that Docker would refuse.
    """

    def __init__(
        self, context: str, request: Request, *, progress: Progress | None = None, unfiltered: Tree | None = None
    ) -> None:
        self._root = context_root(context)
        # What cannot be read counts only where a builder would look at it.
        walked = unfiltered or walk_unfiltered(self._root, progress)
        self._tree = replace(walked, refusals={}) if walked.refusals else walked
        self._discovery = discover(self._root, self._tree, request, DiscoveryPolicy(Contexts.SEARCHED, is_installed))
        self._git_notes: list[str] = []
        self._git = GitKnowledge(self._root, self._tree, self._git_notes.append)
        self._groups: dict[bool, list[Group]] = {}
        self._judged: dict[Hashable, tuple[Trials, Judgement]] = {}

    def at(
        self,
        level: Level | None = None,
        *,
        style: Style | None = None,
        default: Level = Level.PROVEN,
        tidy: bool = False,
        split: bool = False,
    ) -> Proposal:
        """The proposal at a level. Raises CtxoptError."""
        discovery = self._discovery
        options = _Options.of(level, style, default, tidy, split, discovery.builds)
        if options.split not in self._groups:
            made = groups_of(self._root, discovery.builds, discovery.outlined, split=options.split)
            self._groups[options.split] = list(made)
        groups = self._groups[options.split]
        listed = {skipped.origin for skipped in discovery.skipped}
        notes = [f"skipped: {one.text}" for one in discovery.unresolved if one.origin not in listed]
        notes += [*discovery.notes, *(f"{problem.path}: {problem.message}" for problem in self._tree.problems)]
        results = self._results(groups, options)
        likely = sum((result.likely for result in results), Totals())
        return Proposal(
            self._root,
            options.level,
            options.style,
            tuple(result.file for result in results),
            tuple(_builds(discovery, groups)),
            likely if options.level is Level.PROVEN and likely.files else None,
            tuple(dict.fromkeys([*notes, *(self._git_notes if options.level is Level.LIKELY else [])])),
            tuple(dict.fromkeys(warning for result in results for warning in result.warnings)),
            joined_rows(row for result in results for row in result.secrets),
        )

    def _results(self, groups: Sequence[Group], options: _Options) -> list[_Result]:
        """The proposals for all groups, where each has the new files of the others in its context."""
        new_files: frozenset[str] = frozenset()
        for _ in range(_MAX_ROUNDS):
            results = [self._result(group, new_files, options) for group in groups]
            new = {result.group.inside or "" for result in results if result.file.old is None and result.file.changes}
            if len(groups) == 1 or new - {""} <= new_files:
                break
            new_files |= new - {""}
        return results

    def _result(self, group: Group, new_files: frozenset[str], options: _Options) -> _Result:
        """The proposal for one group, in which the lines that someone added to the block are the user's own."""
        present = group.present
        if present is None or not is_edited(present):
            return self._solved(group, new_files, options)
        added = added_lines(present)
        if added is None:
            result = self._solved(group, new_files, options)
            added = unknown_lines(present, result.file.new)
            if not added:
                return result
        base, moved = moved_below(present, added, group.name)
        result = self._solved(replace(group, base=base), new_files, options)
        return replace(result, file=replace(result.file, notes=(*result.file.notes, note(moved))))

    def _solved(self, group: Group, new_files: frozenset[str], options: _Options) -> _Result:
        tree = _with_ignore_files(self._tree, group, new_files)
        if SHARED in new_files and group.name != SHARED:
            group = replace(group, contexts=tuple(map(with_shared, group.contexts)))
        group, users, removed = _users_lines(group, tree, options.tidy)
        record = replace(recorded(group.present or b""), options=options.recorded)
        trials, judgement = self._judgement(group, tree, users, record, (options.split, new_files))
        choice = chosen(judgement, trials)
        likely = options.level is Level.LIKELY
        suggested = (*choice.suggestions, *building_only(record, judgement)) if likely else ()
        proposal = propose_file(trials, suggested, options.style, record, afresh=options.tidy)
        proposed = trials.after(proposal.new) if proposal.changes else trials.today
        return _Result(
            group,
            replace(
                proposal,
                notes=(
                    *proposal.notes,
                    *(_classic_note(group) if group.is_new else ()),
                    *_legacy_notes(group),
                    *_parts_notes(proposed),
                ),
                tidied=removed,
                stays=kept_rows(without_built(record, judgement), proposed[0]),
                omitted=proposal.omitted + (choice.omitted if likely else Totals()),
                remaining=self._git.described(proposal.remaining),
            ),
            (
                *_failures(trials.before),
                *_unknown_sources(trials.before),
                *sorted(_warnings(judgement, trials.today, proposed)),
            ),
            Totals() if likely else claimed_totals(trials, choice),
            secret_rows((was, now) for _, was, now in group.with_effects(trials.today, proposed)),
        )

    def _judgement(
        self, group: Group, tree: Tree, users: bytes, record: Record, others: Hashable
    ) -> tuple[Trials, Judgement]:
        """What does not depend on the level: the builds of a group with the user's lines, and what evidence says.

        `others` tells the group apart from those of the same file beside other groups.
        """
        key = group.name, group.base, users, replace(record, options=()), others
        if key not in self._judged:
            trials = Trials(group, tree, users, record)
            self._judged[key] = trials, judged(trials, self._git)
        return self._judged[key]


def _users_lines(group: Group, tree: Tree, tidy: bool) -> tuple[Group, bytes, tuple[str, ...]]:
    """A group to start from, with the user's own bytes, and the lines that were removed from them."""
    users = without_block(group.base, group.name)
    removed: tuple[str, ...] = ()
    if tidy:
        from ctxopt.proposal.tidy import tidy as tidied

        kept, removed = tidied(group, users, tree, is_junk)
        if removed:
            users, group = kept, replace(group, base=kept)
    if group.is_new and not users:
        # Without any bytes there would be no file, and the shared one would be read.
        users, group = _NOTHING_EXCLUDED, replace(group, base=_NOTHING_EXCLUDED)
    return group, users, removed


def _unknown_sources(contexts: Iterable[BuildContext]) -> Iterator[str]:
    """The instructions whose sources are not known, for people; all that they may name stays."""
    for context in contexts:
        for read in context.plan.reads:
            if read.unresolved:
                names = ", ".join(sorted(read.unresolved))
                yield (
                    f"{context.plan.file}:{read.line}: {read.kind} may name any file, which all stay, as the value of "
                    f"{names} is unknown; set it with --build-arg, or give it a default with ARG"
                )


def _failures(contexts: Iterable[BuildContext]) -> Iterator[str]:
    """The instructions that fail as things are, for people; what they name stays."""
    for context in contexts:
        for result in context.usage.results:
            if result.error is not None:
                yield f"{result.error.text}; its sources are kept"


def _warnings(judgement: Judgement, today: Sequence[BuildContext], proposed: Sequence[BuildContext]) -> Iterator[str]:
    """What evidence warns of; of a secret that is excluded today, that is done."""
    yield from judgement.warnings
    for names, _, why in _by_reason(judgement.doubted_secrets, today):
        yield f"{names} can be excluded, but {why}"
    for names, one, why in _by_reason(judgement.used_secrets, proposed):
        yield f"{names} {'is' if one else 'are'} sent: {why}"


def _by_reason(secrets: Iterable[tuple[str, str]], contexts: Sequence[BuildContext]) -> Iterator[tuple[str, bool, str]]:
    """The files with secrets that something may read, and that not all builds exclude: those for one reason together.

    Their names for people, whether it is only one, and the reason.
    """
    paths_of: dict[str, list[str]] = {}
    for path, why in secrets:
        if not all(excludes(context, path) for context in contexts):
            paths_of.setdefault(why, []).append(path)
    for why, paths in paths_of.items():
        more = f" and {len(paths) - _NAMED:,} more" if len(paths) > _NAMED else ""
        yield f"{', '.join(paths[:_NAMED])}{more}", len(paths) == 1, why


def _classic_note(group: Group) -> tuple[str, ...]:
    """What to know about a Dockerfile that gets an ignore file of its own."""
    dockerfile = group.contexts[0].located.dockerfile.name
    if is_podmans(group.contexts[0]):
        return ()
    return (f"the legacy builder reads {SHARED} instead of this file: build {dockerfile} with BuildKit",)


def _parts_notes(contexts: Iterable[BuildContext]) -> Iterator[str]:
    """What the file excludes of a repository whose rest is sent: whether all of it is to go, only its user knows."""
    parts = (part for context in contexts for part in hidden_parts(context))
    yield from dict.fromkeys(f"{part.reason}; exclude {part.whole}, or no part of it" for part in parts)


def _legacy_notes(group: Group) -> Iterator[str]:
    """Which Dockerfiles the legacy builder reads a shared file for, although BuildKit does not."""
    for name in group.legacy_dockerfiles:
        yield f"the legacy builder reads {SHARED} for {name} as well, so what that needs is kept (not with --split)"


def _with_ignore_files(tree: Tree, group: Group, new_files: frozenset[str]) -> Tree:
    """The tree with the group's ignore file in it, and with the new ones of other groups."""
    for path in sorted(new_files.union(filter(None, (group.inside,)))):
        if tree.find(path) is None:
            tree = replace(tree, root=tree.root.with_file(path, 0), unfiltered=None)
    return tree


def _builds(discovery: Discovery, groups: Sequence[Group]) -> Iterator[ConsideredBuild]:
    """All builds that were found, as the proposal lists them: those that count first."""
    files = {origin: group.name for group in groups for origin in group.origins}
    for found in discovery.builds:
        dockerfile = found.context.located.dockerfile.name
        build = found.build
        yield ConsideredBuild(build.origin, dockerfile, build.target, files[build.origin], True, found.note)
    for skipped in discovery.skipped:
        yield ConsideredBuild(skipped.origin, skipped.dockerfile, skipped.target, "", False, skipped.reason)
