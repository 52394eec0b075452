"""The verification of a proposal: builds before and after, and the search for what must not be excluded."""

import shlex
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import field, replace

from ctxopt.builds.build import Build
from ctxopt.builds.opened import open_over
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals, Tree
from ctxopt.core.dockerignore import quote
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError
from ctxopt.proposal.block import as_verified, recorded, with_building_only, with_needed
from ctxopt.proposal.model import FileProposal, Proposal
from ctxopt.verify.contents import Contents, totals
from ctxopt.verify.difference import Difference, compare, without_noise, without_other_names
from ctxopt.verify.engines import NOT_STARTED, Built, Engine
from ctxopt.verify.interruption import PutOff
from ctxopt.verify.lines import in_block, text_without, units
from ctxopt.verify.model import (
    Failure,
    FailureKind,
    ImageCounts,
    Status,
    Unit,
    Verification,
    VerifiedBuild,
    VerifiedFile,
    VerifiedPattern,
)
from ctxopt.verify.process import Finished
from ctxopt.verify.search import OutOfBuilds, Search, also_passing, without_culprits
from ctxopt.verify.states import State, state_with
from ctxopt.verify.steps import tail

#: The shells that a command is run by, as paths in an image.
_SHELLS = ("bin/sh", "usr/bin/sh")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is tried: at most `max_builds` builds; `commands` run in each image.

    `search`: also what only evidence keeps is tried. `keep` keeps the images.
    """

    max_builds: int
    commands: tuple[str, ...] = ()
    search: bool = False
    keep: bool = False


class AsItIsError(CtxoptError):
    """The project fails without our doing; `lines` are the last ones of the output."""

    def __init__(self, problem: str, lines: Sequence[str], *, hint: str = "") -> None:
        super().__init__(problem, hint=hint)
        self.lines = tuple(lines)


@dataclass(slots=True)
class _Counter:
    """The builds that were run, of those that may be."""

    most: int
    run: int = 0

    def add(self) -> None:
        """Count one more. Raises OutOfBuilds if there may be none."""
        if self.run >= self.most:
            raise OutOfBuilds
        self.run += 1


@dataclass(frozen=True, slots=True)
class _After:
    """A build with fewer files: why it is not as before, or how its image differs; `sent` is what it gets."""

    failure: Failure | None
    sent: Totals
    image: Totals = field(default_factory=Totals)
    counts: ImageCounts = field(default_factory=ImageCounts)
    name: str = ""


def verify(proposal: Proposal, builds: Sequence[Build], tree: Tree, engine: Engine, plan: Plan) -> Verification:
    """Build before and after, and find the patterns that must not be there. Nothing of the user's is written.

    `builds` are those that get the proposal's context, also by a name; `tree` is it, walked with no patterns. Raises
    CtxoptError if a build fails as it is, or if the engine cannot be used.
    """
    against_none = not any(file.changes for file in proposal.files) and not any(
        in_block(file.name, file.new) for file in proposal.files
    )
    listed = tuple(unit for file in proposal.files for unit in units(file.name, file.new, all_lines=against_none))
    counter = _Counter(plan.max_builds)
    trials = [
        _Trial(build, open_over(build, proposal.root, tree), tree, engine, counter, plan, len(builds) > 1, number)
        for number, build in enumerate(builds, 1)
    ]
    texts = _Texts(proposal.files, listed)
    kept: set[str] = set()
    # An interruption while the rest is removed waits until it is.
    with PutOff() as put_off:
        try:
            with put_off.let_in():
                found = _found_out(trials, texts, plan)
                kept.update(name for result in found.results for name in result.kept)
        finally:
            for trial in trials:
                trial.close(kept)
            engine.remove_rest(keep_tagged=bool(kept))
            # Again: the engine may have gone on with what a killed run had asked for, and finished since.
            engine.remove_killed()
    search, more = found.search, found.more
    return Verification(
        proposal.root,
        engine.program,
        engine.builder,
        proposal.level.value,
        proposal.style.value,
        found.results,
        (*_patterns(proposal, listed, search, found.failures), *_found(proposal, more)),
        tuple(texts.written(file, search, more) for file in proposal.files),
        counter.run,
        not (search.untried or more.untried),
        against_none,
        plan.commands,
        tuple(dict.fromkeys(note for trial in trials for note in trial.notes)),
    )


@dataclass(frozen=True, slots=True)
class _FoundOut:
    """What the builds showed: of the proposal, of what only evidence keeps, why sets failed, and each build's end."""

    search: Search[Unit]
    more: Search[Unit]
    failures: Mapping[frozenset[Unit], Failure]
    results: tuple[VerifiedBuild, ...]


def _found_out(trials: "Sequence[_Trial]", texts: "_Texts", plan: Plan) -> _FoundOut:
    """Run the builds. Raises CtxoptError if one fails as it is."""
    before = texts.with_units(())
    try:
        for trial in trials:
            trial.start(before)
    except OutOfBuilds:
        raise CtxoptError("--max-builds is too small to build once", hint=f"use at least {len(trials) + 1}") from None
    failures: dict[frozenset[Unit], Failure] = {}

    def fails(some: Sequence[Unit]) -> bool:
        failure = next(filter(None, (trial.after(texts.with_units(some)).failure for trial in trials)), None)
        if failure is not None:
            failures[frozenset(some)] = failure
        return failure is not None

    search = without_culprits(texts.listed, fails)
    more: Search[Unit] = Search(())
    if plan.search and not search.untried:
        more = also_passing(search.passing, texts.candidates(), fails)
    final = texts.with_units((*search.passing, *more.passing))
    return _FoundOut(search, more, failures, tuple(trial.result(final) for trial in trials))


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of all ignore files with only some of the listed units."""

    files: tuple[FileProposal, ...]
    listed: tuple[Unit, ...]

    def with_units(self, some: Sequence[Unit]) -> dict[str, bytes]:
        """The texts by the files' names; empty for no file. Units that are not listed are added."""
        left = frozenset(some)
        return {
            file.name: self._text(file, [unit for unit in self.listed if unit not in left], some) for file in self.files
        }

    def _text(self, file: FileProposal, dropped: Sequence[Unit], some: Sequence[Unit]) -> bytes:
        gone = [unit for unit in dropped if unit.file == file.name]
        left = [unit for unit in self.listed if unit.file == file.name and unit not in gone]
        added = [unit.pattern for unit in some if unit.file == file.name and not unit.line]
        text = text_without(file.new, gone, left, file.name)
        return with_building_only(text, added, recorded(file.new), file.name)

    def candidates(self) -> list[Unit]:
        """A unit for each entry that only evidence keeps, the largest first."""
        rows = [(row, file) for file in self.files for row in file.stays if row.uncertain and row.totals.size]
        rows.sort(key=lambda pair: -pair[0].totals.size)
        return [Unit(file.name, 0, quote.literal(row.path)) for row, file in rows]

    def written(self, file: FileProposal, search: Search[Unit], more: Search[Unit]) -> VerifiedFile:
        """What to write: our block without what is not verified, marked so. The user's own lines stay as they are."""
        ours = in_block(file.name, file.new)
        dropped = [unit for unit in ours if unit not in search.passing]
        needed = [unit.pattern for culprit in search.culprits for unit in culprit if unit in ours]
        text = self._text(file, dropped, more.passing)
        text = with_needed(text, needed, recorded(file.new), file.name)
        return VerifiedFile(file.name, file.path, file.old, as_verified(text) if in_block(file.name, text) else text)


class _Trial:
    """One build: its image as it is, and with other texts in its ignore files."""

    def __init__(
        self,
        build: Build,
        context: BuildContext,
        tree: Tree,
        engine: Engine,
        counter: _Counter,
        plan: Plan,
        named: bool,
        number: int,
    ) -> None:
        self._build = build
        self._context = context
        self._tree = tree
        self._engine = engine
        self._counter = counter
        self._plan = plan
        self._origin = build.origin or context.plan.file
        self._named = self._origin if named else ""
        self._tag = f"ctxopt-verify:{engine.workspace.run}-{number}"
        self._afters: dict[frozenset[str], _After] = {}
        self._again: Contents | None = None
        #: The steps that fail with fewer files each time, and not with all of them.
        self._confirmed: set[str] = set()
        self._names: list[str] = []
        self.notes: list[str] = []

    # -- as it is -------------------------------------------------------------------------------

    def start(self, texts: Mapping[str, bytes]) -> None:
        """Build as it is, and run the commands. Raises CtxoptError if that fails."""
        if self._engine.classic and self._build.contexts:
            raise CtxoptError(
                f"{self._origin} has named contexts, which the legacy builder does not know", hint="use BuildKit"
            )
        self._before = self._state(texts)
        built = self._run_build(self._before, "before")
        if built.image is None:
            what = built.step or next(iter(built.lines[-1:]), "it failed")
            raise AsItIsError(
                f"{self._origin} does not build as it is: {what}", built.lines, hint="fix the build first"
            )
        self._old = self._engine.contents(built.image)
        self._original = built.image
        self._codes = {command: self._first_code(command, built.image) for command in self._plan.commands}

    def _first_code(self, command: str, image: str) -> int:
        finished = self._run_command(command, image)
        if finished.code is None:
            raise CtxoptError(
                f"`{command}` does not end in the image as it is", hint="give it more time with --timeout"
            )
        if finished.code in NOT_STARTED:
            raise AsItIsError(
                f"`{command}` cannot be run in the image as it is: exit code {finished.code}", tail(finished.lines)
            )
        if finished.code:
            self.notes.append(f"`{command}` exits with {finished.code} in the image as it is")
        return finished.code

    # -- with fewer files -----------------------------------------------------------------------

    def after(self, texts: Mapping[str, bytes]) -> _After:
        """The build with these texts. Raises OutOfBuilds."""
        state = self._state(texts)
        if state.sent not in self._afters:
            self._afters[state.sent] = self._built_after(state)
        return self._afters[state.sent]

    def _built_after(self, state: State) -> _After:
        built = self._run_build(state, f"after-{len(self._afters) + 1}")
        if built.image is None:
            built = self._repeated(state, built)
        if built.image is None:
            return _After(self._failure(FailureKind.BUILD, built.step, built.lines), state.totals)
        new = self._engine.contents(built.image)
        difference = self._difference(state, new)
        failure = self._image_failure(difference) or self._command_failure(built.image)
        return _After(failure, state.totals, totals(new), difference.counts, self._names[-1])

    def _repeated(self, state: State, failed: Built) -> Built:
        """A build that failed, once more: a download can fail at any time, which is no pattern's fault.

        If it fails again, the original must still build without cache. Once for each step, since a step that fails
        for want of a file does so each time. Raises AsItIsError if the original does not build any more.
        """
        if failed.step in self._confirmed:
            return failed
        again = self._run_build(state, f"after-{len(self._afters) + 1}-repeated")
        if again.image is not None:
            self.notes.append(
                f"{self._origin}: {failed.step or 'the build'} failed once and passed when it was repeated, so no "
                "pattern is the reason"
            )
            return again
        self._build_again()
        self._confirmed.add(failed.step)
        return again

    def _difference(self, state: State, new: Contents) -> Difference:
        # The ignore file differs on purpose, where it gets into the image.
        ours = self._before.ignore_files | state.ignore_files
        excluded = self._before.excluded_in(state, self._old)
        difference = compare(_without(self._old, ours), _without(new, ours), excluded)
        if difference.changed:
            difference = without_noise(difference, self._old, self._built_again(), new)
        if difference.missing and difference.new:
            difference = self._without_other_names(difference)
        return difference

    def _without_other_names(self, difference: Difference) -> Difference:
        """The difference without names that each build chooses anew. Raises CtxoptError if nothing else differs."""
        decided, example = without_other_names(difference, self._old, self._built_again())
        if difference and not decided:
            raise CtxoptError(
                f"{self._origin} makes /{example} under another name in each build of the same input, so its images"
                " cannot be compared",
                hint="give it a fixed name, or remove it in the step that makes it",
            )
        return decided

    def _built_again(self) -> Contents:
        """What is in the image if the same input is built once more. Raises OutOfBuilds and AsItIsError."""
        return self._again if self._again is not None else self._build_again()

    def _build_again(self) -> Contents:
        """The same, built now."""
        built = self._run_build(self._before, "again", cached=False)
        if built.image is None:
            what = f"{self._origin} does not build a second time without cache"
            raise AsItIsError(
                f"{what}: {built.step or 'it failed'}", built.lines, hint="fix the build, or the network, first"
            )
        self._again = self._engine.contents(built.image)
        return self._again

    def _image_failure(self, difference: Difference) -> Failure | None:
        return self._failure(FailureKind.IMAGE, difference.summary) if difference else None

    def _command_failure(self, image: str) -> Failure | None:
        for command, code in self._codes.items():
            finished = self._run_command(command, image)
            if finished.code != code:
                finished = self._run_repeated(command, code, image)
            if finished.code != code:
                now = "does not end" if finished.code is None else f"exits with {finished.code}"
                return self._failure(FailureKind.RUN, f"`{command}` {now}, before with {code}", tail(finished.lines))
        return None

    def _run_repeated(self, command: str, code: int, image: str) -> Finished:
        """A command that exited with another code, once more. Raises CtxoptError if it does so in the old image too."""
        again = self._run_command(command, image)
        if again.code == code:
            self.notes.append(
                f"`{command}` exited with another code once, and with {code} when it was repeated, so no pattern is "
                "the reason"
            )
        elif self._original and self._run_command(command, self._original).code != code:
            raise CtxoptError(
                f"`{command}` exits with another code than before in the image as it is, so its exit code says nothing",
                hint="run what always does the same",
            )
        return again

    def _failure(self, kind: FailureKind, what: str, lines: tuple[str, ...] = ()) -> Failure:
        return Failure(kind, what, lines, self._named)

    # -- the end --------------------------------------------------------------------------------

    def result(self, texts: Mapping[str, bytes]) -> VerifiedBuild:
        """The build before and after, once it is known what may be excluded."""
        state = self._state(texts)
        after = self._afters.get(state.sent)
        if after is None:
            # Nothing may be excluded: the image is the one before.
            after = _After(None, state.totals, totals(self._old))
        names = (self._names[0], after.name or self._names[0]) if self._plan.keep else ()
        return VerifiedBuild(
            self._origin,
            self._before.totals,
            after.sent,
            totals(self._old),
            after.image,
            after.counts,
            tuple(dict.fromkeys(names)),
        )

    def close(self, kept: Set[str]) -> None:
        """Remove the images but those to keep."""
        self._engine.remove(*(name for name in self._names if name not in kept))

    # -- one step -------------------------------------------------------------------------------

    def _state(self, texts: Mapping[str, bytes]) -> State:
        return state_with(self._build, self._context, texts, self._tree, classic=self._engine.classic)

    def _run_build(self, state: State, what: str, *, cached: bool = True) -> Built:
        self._counter.add()
        named = f" of {self._named}" if self._named else ""
        shown = f"Build {self._counter.run}{named} ({what.partition('-')[0]})"
        name = f"{self._tag}-{what}"
        # Before it is built: an interrupted build may have made it.
        self._names.append(name)
        return self._engine.build(state.request(cached=cached), name, shown)

    def _run_command(self, command: str, image: str) -> Finished:
        self._engine.show(f"Running {command}")
        if any(shell in self._old for shell in _SHELLS):
            return self._engine.run(image, ["-c", command], "/bin/sh")
        first, *rest = shlex.split(command)
        return self._engine.run(image, rest, first)


def _without(contents: Contents, paths: set[str]) -> Contents:
    return {path: entry for path, entry in contents.items() if path not in paths}


def _patterns(
    proposal: Proposal,
    listed: Sequence[Unit],
    search: Search[Unit],
    failures: Mapping[frozenset[Unit], Failure],
) -> Sequence[VerifiedPattern]:
    """All patterns with their status, in the order of the files."""
    rows = {(file.name, row.pattern): row for file in proposal.files for row in file.rows}
    culprits = {unit: culprit for culprit in search.culprits for unit in culprit}
    patterns = []
    for unit in listed:
        row = rows.get((unit.file, unit.pattern))
        saved = Totals() if row is None else row.classic or row.buildkit
        only_built = any(unit.pattern in recorded(file.new).building_only for file in proposal.files)
        passing = Status.BUILDING_ONLY if only_built else Status.VERIFIED
        pattern = VerifiedPattern(unit.file, unit.pattern, passing, saved)
        if unit in culprits:
            failure = failures.get(frozenset(culprits[unit]))
            also = tuple(other.pattern for other in culprits[unit] if other != unit)
            pattern = replace(pattern, status=Status.DROPPED, failure=failure, also=also)
        elif unit in search.untried:
            pattern = replace(pattern, status=Status.NOT_VERIFIED)
        patterns.append(pattern)
    return patterns


def _found(proposal: Proposal, more: Search[Unit]) -> Iterator[VerifiedPattern]:
    """What was found besides the proposal: entries that evidence keeps and no build missed."""
    totals_of = {(file.name, quote.literal(row.path)): row.totals for file in proposal.files for row in file.stays}
    for unit in more.passing:
        yield VerifiedPattern(unit.file, unit.pattern, Status.BUILDING_ONLY, totals_of[unit.file, unit.pattern])
