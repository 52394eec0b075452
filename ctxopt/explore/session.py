"""One session of the explorer: what was opened, and the questions that take long enough to be asked in a thread."""

import gc
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ctxopt.builds.opened import open_build
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals, Tree, View
from ctxopt.core.context.walk import IgnoredPolicy
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import plural
from ctxopt.errors import CtxoptError
from ctxopt.explore.state import State
from ctxopt.proposal.by_hand import ByHand, Choice, Harm, open_by_hand

if TYPE_CHECKING:
    from ctxopt.builds.build import Build
    from ctxopt.builds.discovery import Request
    from ctxopt.explore.evidence import Evidence
    from ctxopt.findings.model import Finding
    from ctxopt.proposal.model import FileProposal, Level, Proposal
    from ctxopt.reports.fixes import ChangedFile, Fixes
    from ctxopt.reports.report import Report

#: Entries of a context from which on it is worth the time to free what was worked out for it and dropped.
_LARGE: Final = 50_000
#: Maximum number of losses to name before a file is written.
_NOTES: Final = 5


@dataclass(frozen=True, slots=True)
class Opened:
    """The build that is explored: its context, walked with no patterns as `tree`, and the builds that count besides.

    `analyze` makes the report with the findings; `level` is that of proposals, None for the one that the block records.
    `name` says which of several builds it is, "" for the only one.
    """

    build: "Build"
    context: BuildContext
    tree: Tree
    request: "Request"
    analyze: "Callable[[BuildContext], Report]"
    level: "Level | None" = None
    name: str = ""

    @property
    def title(self) -> str:
        """The directory, and which of several builds it is."""
        return f"{self.build.context}: {self.name}" if self.name else self.build.context


@dataclass(frozen=True, slots=True)
class Builds:
    """The builds to choose from, by name, and why others cannot be explored.

    `open` walks the context of the build of a number; it raises CtxoptError. `current` is the number of the first one.
    """

    names: Sequence[str]
    open: "Callable[[int], Opened]"
    current: int = 0
    unresolved: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """An ignore file as it would be: the file as it is (`proposed` False) or as proposed, with choices."""

    proposed: bool = False
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """A text with one choice more or less than before, and what it does.

    `refused` says why it cannot be, and then there is no `state`; `doubt` why to ask first. Both are "" for a text that
    is taken as it is.
    """

    text: Text
    state: State | None
    refused: str = ""
    doubt: str = ""


class Session:
    """Answers the questions of the explorer about one build. Every method may take a while, and raises CtxoptError."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self._by_hand: ByHand | None = None
        self._proposal: Proposal | None = None
        self._states: dict[tuple[bytes | None, int], State] = {}
        self.evidence: Evidence | None = None

    # -- what is shown --------------------------------------------------------------------------

    @property
    def present(self) -> bytes | None:
        """The bytes of the ignore file as it is; None if there is none."""
        file = self.opened.context.located.buildkit_ignore
        return None if file is None else file.data

    def present_state(self, view: int = View.BUILDKIT) -> State:
        """The context as a builder has it with the ignore file as it is."""
        return self._remembered((self.present, view), self.opened.context)

    def state(self, text: Text, view: int) -> State:
        """The context as a builder has it with a text in the ignore file."""
        if text == Text() or not self.is_changed(text):
            return self.present_state(view)
        data = self.data(text)
        return self._remembered((data, view), self.by_hand.applied(data))

    def _remembered(self, key: tuple[bytes | None, int], context: BuildContext) -> State:
        if key not in self._states:
            state = State.of(context, key[1])
            # The present file's and the last other one: all of them would fill the memory.
            kept = {known: one for known, one in self._states.items() if known[0] == self.present}
            self._states = {**kept, **dict(list(self._states.items())[-1:]), key: state}
        return self._states[key]

    # -- the ignore file ------------------------------------------------------------------------

    @property
    def by_hand(self) -> ByHand:
        """The ignore file, with all builds that read it."""
        if self._by_hand is None:
            from ctxopt.builds.discovery import DiscoveredBuild

            opened = self.opened
            discovered = DiscoveredBuild(opened.build, opened.context)
            self._by_hand = open_by_hand(opened.context, discovered, opened.request, opened.tree)
        return self._by_hand

    def recorded(self) -> Text:
        """The file as it is, with the choices that were made before."""
        return Text(choices=self.by_hand.recorded)

    def data(self, text: Text) -> bytes | None:
        """The bytes of the ignore file with a text in it; None for no file."""
        base = self.proposed.new if text.proposed else self.present
        if not text.proposed and text.choices == self.by_hand.recorded:
            return self.present
        return self.by_hand.text(base, text.choices) or None

    def is_changed(self, text: Text) -> bool:
        """Whether a text is another one than the file has."""
        return self.data(text) != self.present

    @property
    def proposal(self) -> "Proposal":
        """What `generate` proposes for all builds of the context."""
        if self._proposal is None:
            from ctxopt.proposal.model import Level
            from ctxopt.proposal.propose import propose

            opened = self.opened
            self._proposal = propose(
                opened.context.root, opened.request, level=opened.level, default=Level.LIKELY, unfiltered=opened.tree
            )
            self._free()
        return self._proposal

    @property
    def proposed(self) -> "FileProposal":
        """What is proposed for the ignore file of this build."""
        name = self.by_hand.name
        found = next((file for file in self.proposal.files if file.name == name), None)
        if found is None:
            raise CtxoptError("nothing is proposed for this build", hint="type `ctxopt generate` to see why")
        return found

    def learn(self) -> "Evidence":
        """What speaks for and against excluding entries."""
        if self.evidence is None:
            from ctxopt.explore.evidence import Evidence

            self.evidence = Evidence.of(self.by_hand.judgement())
            self._free()
        return self.evidence

    def _keep_only(self, text: Text) -> None:
        """Forget what was worked out for other texts than the present file's and this one."""
        known = (self.present, self.data(text))
        self._states = {key: state for key, state in self._states.items() if key[0] in known}
        self.by_hand.keep_only(known)
        self._free()

    def _free(self) -> None:
        """Free the trees that were dropped.

        Directories and what is in them refer to each other, and the garbage collector that would find that runs rarely.
        """
        if self.opened.tree.starts[-1] >= _LARGE:
            gc.collect()

    # -- choices --------------------------------------------------------------------------------

    def attempt(self, before: Text, choice: Choice, view: int) -> Attempt:
        """The text with a choice, proven: what it breaks is refused, and what it loses is asked about."""
        self._keep_only(before)
        others = tuple(one for one in before.choices if one.path != choice.path)
        text = replace(before, choices=(*others, choice))
        old, new = self.data(before), self.data(text)
        overruling = "" if new is None else self.by_hand.overruled(new, choice)
        if overruling:
            return Attempt(text, None, f"`{overruling}` in {self.by_hand.name} overrules that")
        harms = self.by_hand.harms(old, new)
        failing = [harm for harm in harms if harm.fails]
        if failing:
            return Attempt(text, None, failing[0].text)
        state = self.state(text, view)
        return Attempt(text, state, doubt=self._doubt(harms, choice, state))

    def without(self, before: Text, path: str, view: int) -> Attempt:
        """The text without the choice for a path."""
        self._keep_only(before)
        text = replace(before, choices=tuple(one for one in before.choices if one.path != path))
        failing = [harm for harm in self.by_hand.harms(self.data(before), self.data(text)) if harm.fails]
        return Attempt(text, None, failing[0].text) if failing else Attempt(text, self.state(text, view))

    def _doubt(self, harms: tuple[Harm, ...], choice: Choice, state: State) -> str:
        """Why to ask before a choice is made; "" for no reason."""
        if choice.keep:
            secret = next((path for path in state.secrets if f"{path}/".startswith(f"{choice.path}/")), None)
            return "" if secret is None else f"{secret} has a secret: {state.secrets[secret]}"
        specific = [harm for harm in harms if not harm.broad]
        if specific:
            return specific[0].text
        supported = self.evidence is not None and self.evidence.supports(choice.path)
        if harms and not supported:
            against = "" if self.evidence is None else self._against(choice.path, self.evidence)
            return harms[0].text + (f"; {against}" if against else "")
        return ""

    def _against(self, path: str, evidence: "Evidence") -> str:
        return next((text for supports, text in evidence.lines(path) if not supports), "")

    # -- the end --------------------------------------------------------------------------------

    def to_write(self, text: Text) -> "FileProposal":
        """The ignore file with a text, as it is written. Raises CtxoptError for one that breaks what builds today."""
        data = self.data(text)
        failing = [harm for harm in self.by_hand.harms(self.present, data) if harm.fails]
        if failing:
            raise CtxoptError(f"not written: {failing[0].text}")
        if text.proposed:
            return replace(self.proposed, new=data or b"")
        from ctxopt.proposal.model import FileProposal, Style

        group = self.by_hand.group
        return FileProposal(
            group.name, group.path, group.present, data or b"", Style.DENYLIST, (), group.builds, (), Totals(), Totals()
        )

    def notes(self, file: "FileProposal") -> tuple[str, ...]:
        """What to know before a file is written: the builds that were worked out with it, and what they lose."""
        builds = f"{plural(len(self.by_hand.group.contexts), 'build')} evaluated with it: no instruction fails"
        losses = [f"note: {harm.text}" for harm in self.by_hand.harms(self.present, file.new or None)]
        more = [f"note: and {len(losses) - _NOTES} more"] if len(losses) > _NOTES else []
        return (builds, *losses[:_NOTES], *more, *self.by_hand.notes)

    def to_verify(self, text: Text) -> "Proposal":
        """A text as a proposal to build with. Raises CtxoptError as `to_write`."""
        file = self.to_write(text)
        if text.proposed:
            proposal = self.proposal
            files = tuple(file if one.name == file.name else one for one in proposal.files)
            return replace(proposal, files=files)
        from ctxopt.proposal.model import Level, Proposal, Style

        level = self.opened.level or Level.LIKELY
        return Proposal(self.opened.context.root, level, Style.DENYLIST, (file,), (), None)

    def written(self, files: "Sequence[FileProposal | ChangedFile]") -> "Session":
        """A session over the same walk, once these files are written; one without any bytes is no file."""
        opened, root = self.opened, self.opened.context.root
        tree = opened.tree
        for file in files:
            path = os.path.relpath(file.path, root).replace(os.sep, "/")
            if not path.startswith("../") and (file.new or file.old is None):
                tree = replace(tree, root=tree.root.with_file(path, len(file.new)))
        context = open_build(opened.build, IgnoredPolicy.RECORD, unfiltered=tree)
        return Session(replace(opened, context=context, tree=tree))

    # -- findings -------------------------------------------------------------------------------

    def report(self) -> "Report":
        """The report of the build as it is, with its findings."""
        return self.opened.analyze(self.opened.context)

    def fixed(self, finding: "Finding") -> "Fixes":
        """The files with one finding fixed, proven for all builds of the context."""
        from ctxopt.reports.fixes import builds_beside, fixes

        context = self.opened.context
        others = builds_beside([context], self.opened.request.declared, self.opened.request.exclude)
        return fixes(
            context.root, [context], others, lambda one: self.opened.analyze(one).findings, lambda one: one == finding
        )
