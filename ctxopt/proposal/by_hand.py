"""Lines that somebody chooses for an ignore file, and what they would do to every build that reads the file.

What looks for builds and for evidence is imported where it is needed: a choice alone needs none of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import SourceFile
from ctxopt.core.context.tree import Totals, Tree, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore import quote
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import amount
from ctxopt.proposal.block import recorded, with_by_hand, without_block

if TYPE_CHECKING:
    from ctxopt.builds.discovery import DiscoveredBuild, Request
    from ctxopt.evidence.model import Judgement
    from ctxopt.proposal.group import Group

#: Maximum number of characters of an instruction in a message.
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry, by its path without a slash at the end, that is to be excluded, or kept by an exception."""

    path: str
    keep: bool = False

    @property
    def line(self) -> str:
        """The line of the ignore file."""
        return ("!" if self.keep else "") + quote.literal(self.path)


@dataclass(frozen=True, slots=True)
class Harm:
    """What a text would do to a build: an instruction `fails`, or takes `lost` files fewer.

    `broad` is an instruction that takes the whole context. `text` says it, for people.
    """

    text: str
    fails: bool
    lost: Totals = field(default_factory=Totals)
    broad: bool = False


class ByHand:
    """One ignore file with lines that are chosen by hand, tried on all builds that read it. Nothing is written.

    `context` is the build that is looked at, `group` has all that read the same file; `tree` is the context walked with
    no patterns.
    """

    def __init__(self, context: BuildContext, group: "Group", tree: Tree, notes: Sequence[str] = ()) -> None:
        self.group = group
        self.notes = tuple(notes)
        self._context = context
        #: The number of the build that is looked at in the group; None if it has no such build.
        self._own = next((number for number, one in enumerate(group.contexts) if _is_same(one, context)), None)
        self._tree = tree
        inside = group.inside
        known = inside is None or tree.find(inside) is not None
        #: With the file in it: once it exists, builders read it.
        self._with_file = tree if known or inside is None else replace(tree, root=tree.root.with_file(inside, 0))
        #: The last texts that were tried, with their builds.
        self._builds: dict[bytes | None, tuple[BuildContext, ...]] = {}

    @property
    def name(self) -> str:
        """The name of the ignore file, for people."""
        return self.group.name

    @property
    def recorded(self) -> tuple[Choice, ...]:
        """The lines of the file that were chosen before and are about paths that exist."""
        paths = {choice.line: choice for choice in map(_chosen, recorded(self.group.present or b"").by_hand)}
        return tuple(choice for line, choice in paths.items() if choice.line == line and self._tree.find(choice.path))

    def text(self, base: bytes | None, choices: Iterable[Choice]) -> bytes:
        """An ignore file with these choices in place of those that were made before.

        Lines that were chosen before and are about other paths than those that exist stay. Raises CtxoptError where
        nothing can be added to the file.
        """
        known = {choice.line for choice in self.recorded}
        others = [line for line in recorded(base or b"").by_hand if line not in known]
        lines = dict.fromkeys((*others, *(choice.line for choice in choices)))
        return with_by_hand(base, tuple(lines), self.name)

    def applied(self, data: bytes | None) -> BuildContext:
        """The build that is looked at with these bytes in the ignore file, or without one."""
        from ctxopt.proposal.group import with_file

        if self._own is not None:
            return self._tried(data)[self._own]
        return with_file(self._context, None if data is None else SourceFile(self.name, data), self.name, self._tree)

    def harms(self, before: bytes | None, after: bytes | None) -> tuple[Harm, ...]:
        """What a text does to the builds compared with another one, the worst first. Raises CtxoptError."""
        pairs = zip(self._tried(before), self._tried(after), strict=True)
        found = dict.fromkeys(harm for was, now in pairs for harm in _harms(was, now))
        return tuple(sorted(found, key=lambda harm: (not harm.fails, harm.broad, -harm.lost.size)))

    def overruled(self, data: bytes, choice: Choice) -> str:
        """The pattern in the file that overrules a choice in it; "" if the choice has its effect."""
        if self._context.located.buildkit_refusal is not None:
            return ""
        verdict = DockerIgnore(self.applied(data).patterns(View.BUILDKIT).without_added()).explain(choice.path)
        if verdict.excluded is not choice.keep or not verdict.touches:
            return ""
        pattern = verdict.touches[-1].pattern
        return ("!" if pattern.exception else "") + pattern.cleaned

    def judgement(self) -> "Judgement":
        """What the evidence says about the files that the builds read. Raises CtxoptError."""
        from ctxopt.proposal.judged import GitKnowledge, judged
        from ctxopt.proposal.trials import Trials

        group, data = self.group, self.group.present or b""
        trials = Trials(group, self._with_file, without_block(group.base, group.name), recorded(data))
        return judged(trials, GitKnowledge(self._context.root, self._with_file, str))

    def keep_only(self, texts: Sequence[bytes | None]) -> None:
        """Forget the builds with other texts than these."""
        self._builds = {data: builds for data, builds in self._builds.items() if data in texts}

    def _tried(self, data: bytes | None) -> tuple[BuildContext, ...]:
        """The builds of the group with these bytes. Raises CtxoptError for what Docker refuses."""
        known = self._builds.pop(data, None)
        # The file is not among the entries before it is written: no instruction can lack what was not there.
        builds = self._with(data) if known is None else known
        # The two that are compared are asked again for the next choice.
        self._builds = {**dict(list(self._builds.items())[-1:]), data: builds}
        return builds

    def _with(self, data: bytes | None) -> tuple[BuildContext, ...]:
        builds = self.group.with_text(data or None, self._tree)
        if self._own is None or data != self.group.present:
            return builds
        return (*builds[: self._own], self._context, *builds[self._own + 1 :])


def open_by_hand(context: BuildContext, build: "DiscoveredBuild", request: "Request", tree: Tree) -> ByHand:
    """The ignore file that BuildKit reads for a build, or would, with all builds of the context that read it.

    `tree` is the context walked with no patterns. Raises CtxoptError.
    """
    from ctxopt.builds.discovery import Contexts, DiscoveryPolicy, discover
    from ctxopt.evidence.junk_names import is_installed
    from ctxopt.proposal.group import SHARED, groups_of

    file = context.located.buildkit_ignore
    name = SHARED if file is None else file.name
    discovery = discover(context.root, tree, request, DiscoveryPolicy(Contexts.SEARCHED, is_installed))
    groups = (*groups_of(context.root, discovery.builds, discovery.outlined), *groups_of(context.root, (build,)))
    notes = [f"not counted: {skipped.reason}" for skipped in discovery.skipped]
    group = next(group for group in groups if group.name == name)
    # What the ignore files leave is the same for all of them, and is shared with the build that is looked at.
    group = replace(group, contexts=tuple(one.recording() for one in group.contexts))
    return ByHand(context, group, tree, notes)


def _is_same(one: BuildContext, other: BuildContext) -> bool:
    """Whether two builds on the same directory read the same, whatever they are called."""
    return (one.plan, one.located, one.contexts) == (other.plan, other.located, other.contexts)


def _chosen(line: str) -> Choice:
    """The choice that a line may have been written for."""
    return Choice(line.removeprefix("!").replace("\\", ""), line.startswith("!"))


def _harms(before: BuildContext, after: BuildContext) -> Iterator[Harm]:
    """What another text does to one build."""
    if before is after:
        return
    from ctxopt.proposal.proof import harms

    for was, now in zip(before.usage.results, after.usage.results, strict=True):
        what = f"{after.plan.file}:{was.read.line} {_instruction(was.read)}"
        if was.error is None and now.error is not None:
            missing = now.error.kind == "not_found"
            yield Harm(f"{what} needs it" if missing else f"{what} would fail: {now.error.problem}", fails=True)
        elif now.error is None:
            lost = Totals(was.totals.files - now.totals.files, was.totals.size - now.totals.size)
            if lost.files > 0:
                text = f"{what} would no longer take {amount(lost.size, lost.files)}"
                yield Harm(text, fails=False, lost=lost, broad=was.read.broad)
    yield from (Harm(text, fails=True) for text in harms(before, after))


def _instruction(read: ContextRead) -> str:
    text = " ".join((read.kind, *read.written))
    return f"`{text}`" if len(text) <= _SHOWN else f"`{text[:_SHOWN]}…`"
