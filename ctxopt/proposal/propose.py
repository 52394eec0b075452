"""The proposal for a context: its builds found, grouped by the ignore file they read, and each file solved."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ctxopt.builds.declared import declares_builds
from ctxopt.builds.discovery import Contexts, DiscoveredBuild, Discovery, DiscoveryPolicy, Request, discover
from ctxopt.builds.opened import walk_unfiltered
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.disk import Progress
from ctxopt.core.context.files import Files
from ctxopt.core.context.locate import context_root
from ctxopt.core.context.tree import Directory, Totals, Tree, View
from ctxopt.errors import ContextError
from ctxopt.evidence.judge import judge
from ctxopt.evidence.known import is_installed, is_junk
from ctxopt.evidence.model import Claim, Judgement, Reason, Site
from ctxopt.git.facts import GitFacts, git_facts
from ctxopt.proposal.block import without_block
from ctxopt.proposal.file import propose_file
from ctxopt.proposal.group import Group, is_podmans, with_shared
from ctxopt.proposal.model import ConsideredBuild, FileProposal, Level, Proposal, Style
from ctxopt.proposal.solve import Suggestion
from ctxopt.proposal.tidy import tidy as tidied
from ctxopt.proposal.wanted import Mark, Wanted

_SHARED = ".dockerignore"
#: All that is in an ignore file which leaves nothing out.
_OWN = b"# Read instead of .dockerignore: this Dockerfile needs what others do not.\n"
#: A file that is made for some builds may be left out for others, and that may be all that another file is for.
_ROUNDS = 3
#: Evidence that holds even inside a directory that an instruction names.
_JUNK = frozenset({"cache", "editor", "os"})


def propose(
    context: str,
    request: Request,
    *,
    level: Level = Level.PROVEN,
    style: Style = Style.DENYLIST,
    tidy: bool = False,
    progress: Progress | None = None,
    unfiltered: Tree | None = None,
) -> Proposal:
    """Work out what to write into the ignore files of a context. Nothing is written.

    With `tidy`, lines of the user's that do nothing or break an instruction go as well. `unfiltered` is the
    tree of the context, if it was walked already with no patterns. Raises CtxoptError for anything that
    Docker would refuse.
    """
    root = context_root(context)
    # What cannot be read counts only where a builder would look at it.
    tree = replace(unfiltered or walk_unfiltered(root, progress), refusals={})
    discovery = discover(root, tree, request, DiscoveryPolicy(Contexts.SEARCHED, is_installed))
    groups = list(_groups(root, discovery.builds))
    notes = [f"not counted: {error.text}" for error in discovery.unreadable]
    notes += [*discovery.notes, *(f"{problem.path}: {problem.message}" for problem in tree.problems)]
    git = _Git(root, notes if level is Level.LIKELY else [])
    made: frozenset[str] = frozenset()
    for _ in range(_ROUNDS):
        results = [_result(group, tree, made, git, level, style, tidy) for group in groups]
        new = {result.group.inside or "" for result in results if result.file.old is None and result.file.changes}
        # What is made for one group lies in the context of the others as well.
        if len(groups) == 1 or new - {""} <= made:
            break
        made |= new - {""}
    likely = sum((result.likely for result in results), Totals())
    return Proposal(
        root,
        level,
        style,
        tuple(result.file for result in results),
        tuple(_builds(discovery, groups)),
        likely if level is Level.PROVEN and likely.files else None,
        tuple(dict.fromkeys(notes)),
        tuple(dict.fromkeys(warning for result in results for warning in result.warnings)),
    )


@dataclass(frozen=True, slots=True)
class _Result:
    """What came of one group; `likely` is what the level "likely" would save beyond the proposal."""

    group: Group
    file: FileProposal
    warnings: tuple[str, ...]
    likely: Totals


def _result(
    group: Group, tree: Tree, made: frozenset[str], git: "_Git", level: Level, style: Style, tidy: bool
) -> _Result:
    unfiltered = _with_ignore_files(tree, group, made)
    if _SHARED in made and group.name != _SHARED:
        group = replace(group, contexts=tuple(map(with_shared, group.contexts)))
    gone: tuple[str, ...] = ()
    splits = group.present is None and group.name != _SHARED
    users = without_block(group.base, group.name)
    if tidy:
        kept_lines, gone = tidied(group, users, unfiltered, is_junk)
        if gone:
            users = kept_lines
            group = replace(group, base=users)
    if splits and not users:
        # Without any bytes there would be no file, and the shared one would count.
        users = _OWN
        group = replace(group, base=users)
    before = group.with_text(users or None, unfiltered)
    found = _judged(group, before, unfiltered, git)
    suggestions = _suggestions(found) if level is Level.LIKELY else ()
    proposal = propose_file(group, before, unfiltered, suggestions, style)
    kept = tuple(f"{kept.path} stays: {kept.why}" for kept in found.kept)
    return _Result(
        group,
        replace(proposal, notes=proposal.notes + (_classic_note(group) if splits else ()) + kept, tidied=gone),
        (*_failures(before), *found.warnings),
        _sum(group, before, unfiltered, found) if level is Level.PROVEN else Totals(),
    )


def _failures(contexts: Iterable[BuildContext]) -> Iterator[str]:
    """The instructions that fail as things are, in words; what they name stays."""
    for context in contexts:
        for result in context.usage.results:
            if result.error is not None:
                yield f"{result.error.text}; what it names stays"


def _classic_note(group: Group) -> tuple[str, ...]:
    """What to know of a Dockerfile that gets an ignore file of its own."""
    dockerfile = group.contexts[0].located.dockerfile.name
    if is_podmans(group.contexts[0]):
        return ()
    return (f"the classic builder does not read this file but {_SHARED}: build {dockerfile} with BuildKit",)


# -- groups -------------------------------------------------------------------------------------


def _groups(root: str, found: Sequence[DiscoveredBuild]) -> Iterator[Group]:
    """The builds by the ignore file that BuildKit reads; who spoils the shared one gets one of its own."""
    by_name: dict[str, list[DiscoveredBuild]] = {}
    for one in found:
        file = one.context.located.buildkit_ignore
        by_name.setdefault(_SHARED if file is None else file.name, []).append(one)
    shared = by_name.get(_SHARED, [])
    spoilers = _spoilers(shared)
    rest = [one for one in shared if one not in spoilers]
    if rest:
        by_name[_SHARED] = rest
    for name in sorted(by_name, key=lambda name: (name != _SHARED, name)):
        yield _group(root, name, by_name[name], None)
    if rest:
        own: dict[str, list[DiscoveredBuild]] = {}
        for one in spoilers:
            own.setdefault(one.context.located.dockerfile.name + _SHARED, []).append(one)
        for name, builds in sorted(own.items()):
            yield _group(root, name, builds, _present(shared) or b"")


def _group(root: str, name: str, builds: Sequence[DiscoveredBuild], base: bytes | None) -> Group:
    """A group; `base` is given for a file that is to be made, and is what the builds read until then."""
    present = None if base is not None else _present(builds)
    if present is None and os.path.isdir(os.path.join(root, name)):
        raise ContextError(
            "it is a directory, so that no ignore file can be written", file=name, hint="move it elsewhere"
        )
    return Group(
        name,
        os.path.normpath(os.path.join(root, name)),
        None if os.path.isabs(name) or name.startswith("../") else name,
        present,
        (present or b"") if base is None else without_block(base, _SHARED),
        tuple(one.context for one in builds),
        tuple(one.build.origin for one in builds),
    )


def _present(builds: Sequence[DiscoveredBuild]) -> bytes | None:
    file = builds[0].context.located.buildkit_ignore
    return None if file is None else file.data


def _spoilers(shared: Sequence[DiscoveredBuild]) -> list[DiscoveredBuild]:
    """The builds that read everything, if others do not and if they can have an ignore file of their own.

    A Dockerfile goes as a whole, with all the builds that use it.
    """
    by_dockerfile: dict[str, list[DiscoveredBuild]] = {}
    for one in shared:
        by_dockerfile.setdefault(one.context.located.dockerfile.name, []).append(one)
    spoilers = [
        one
        for builds in by_dockerfile.values()
        if all(one.own_ignore_file for one in builds) and any(_reads_everything(one.context) for one in builds)
        for one in builds
    ]
    others = [one for one in shared if one not in spoilers]
    helped = others and not any(_reads_everything(one.context) for one in others)
    return spoilers if helped and any(one.context.plan.reads for one in others) else []


def _reads_everything(context: BuildContext) -> bool:
    return any(read.broad or read.unresolved for read in context.plan.reads)


def _with_ignore_files(tree: Tree, group: Group, made: frozenset[str]) -> Tree:
    """The tree with the ignore file in it, if it is to be made in the context, and with those of other groups."""
    for path in sorted(made.union(filter(None, (group.inside,)))):
        if tree.find(path) is None:
            tree = replace(tree, root=tree.root.with_file(path, 0))
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


# -- evidence -----------------------------------------------------------------------------------


class _Git:
    """What git knows of the context, asked once and only if it matters."""

    def __init__(self, root: str, notes: list[str]) -> None:
        self._root = root
        self._notes = notes
        self._asked = False
        self._facts: GitFacts | None = None

    def facts(self) -> GitFacts | None:
        if not self._asked:
            self._asked = True
            self._facts = git_facts(self._root, lambda reason: self._notes.append(f"no evidence from git: {reason}"))
        return self._facts


def _judged(group: Group, contexts: Sequence[BuildContext], tree: Tree, git: _Git) -> Judgement:
    """What there is evidence for: among what only broad instructions read, and junk inside of what others name.

    For the latter all builds are asked, since any of them may mention what looks like junk.
    """
    sites = [
        Site(origin, context.plan, read)
        for origin, context in zip(group.origins, contexts, strict=True)
        for read in context.plan.reads
        if not read.unresolved
    ]
    wanted = Wanted(tree, contexts, classic=group.classic, ignore_file=group.inside)
    files = Files(contexts[0].root)
    builds_files = sorted({path for context in contexts for path in context.build_files} | set(_declaring(tree)))

    def broad(directory: Directory, place: int) -> bool:
        marks = wanted.rows[directory.path][place]
        return bool(marks & Mark.STAYS) and not marks & Mark.SPECIFIC

    def inside(directory: Directory, place: int) -> bool:
        marks = wanted.rows[directory.path][place]
        return bool(marks & Mark.SPECIFIC) and not marks & Mark.NAMED

    def read(directory: Directory, place: int) -> bool:
        return bool(wanted.rows[directory.path][place] & Mark.STAYS)

    def nothing(directory: Directory, place: int) -> bool:
        return False

    view = contexts[0].transferred
    for_broad = [site for site in sites if site.read.broad]
    specific = [site for site in sites if not site.read.broad]
    facts = git.facts() if sites else None
    given = files.read, facts, builds_files
    first = judge(view, View.BUILDKIT, (broad, nothing, read), for_broad, *given)
    if not specific:
        return first
    return _joined(first, judge(view, View.BUILDKIT, (nothing, inside, read), sites, *given))


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
    )


def _declaring(tree: Tree) -> Iterator[str]:
    for name in tree.root.names:
        if declares_builds(name):
            yield name


def _suggestions(found: Judgement) -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion(claim.reason.text, claim.entries, claim.patterns, claim.reason.warning, claim.reason.key in _JUNK)
        for claim in found.claims
    )


def _sum(group: Group, contexts: Sequence[BuildContext], tree: Tree, found: Judgement) -> Totals:
    """What the claims would save."""
    wanted = Wanted(tree, contexts, classic=group.classic, ignore_file=group.inside)
    before = wanted.totals(Mark.STAYS)
    entries = (entry for claim in found.claims for entry in claim.entries)
    # A file that is not there yet saves nothing.
    wanted.remove(entry for entry in entries if group.present is not None or entry != group.inside)
    after = wanted.totals(Mark.STAYS)
    return Totals(before.files - after.files, before.size - after.size)
