"""Whether a build reads the history that a version control system keeps, and what says so."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from ctxopt.catalogue.history import Need, history, needs
from ctxopt.core.golang.paths import base, join, parent
from ctxopt.core.ids import StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.manifests import Document, strings
from ctxopt.image.commands import Run, Runs, first_command, may_be_command
from ctxopt.image.places import resolved, within

#: Reads the files with one of some names.
ReadNamed = Callable[[Sequence[str]], Iterable[Document]]

#: The ends of names of programs in JavaScript, and the relative path of a file that one imports.
_SCRIPTS: Final = (".ts", ".js", ".mts", ".mjs", ".cts", ".cjs")
_IMPORT: Final = lazy_re(r"""(?:\bfrom|\bimport|\brequire\(|\bimport\()[ ]?["'](\.{1,2}/[\w@./-]{1,200})["']""")
#: Maximum number of imported files to look for.
_MOST: Final = 50

_WAY_OUT: Final = "a bind mount of .git for that RUN, or a version build argument, would do as well"


@dataclass(frozen=True, slots=True)
class HistoryNeed:
    """Why a build reads the history, for people; `dirty` if it also finds out which tracked files are missing.

    `step` is the one that reads it, None where that is not known.
    """

    why: str
    dirty: bool
    step: StepId | None = None

    @property
    def advice(self) -> str:
        """Why, with what can be done about it."""
        return f"{self.why}; {_WAY_OUT}"


@dataclass(frozen=True, slots=True)
class Program:
    """A program in a file of the context, and where it is run, for people; `step` runs it."""

    document: Document
    origin: str
    step: StepId


def history_need(read_named: ReadNamed, programs: Iterable[Program], runs: Sequence[Run]) -> HistoryNeed | None:
    """Why a build reads the history: what also finds missing files first; None if nothing says that it does."""
    clones = _clones(runs)
    runs = [run for run in runs if run.name != "git" or not _is_in_clone(run, clones)]
    found = list(_needs(read_named, runs)) + list(_of_programs(programs))
    return next((need for need in found if need.dirty), found[0] if found else None)


def _clones(runs: Iterable[Run]) -> dict[int, set[str]]:
    """The directories in which commands put clones of repositories, by the numbers of the builds."""
    found: dict[int, set[str]] = {}
    for run in runs:
        if run.name != "git" or run.bare[1:2] != ("clone",):
            continue
        told = [word for word in run.bare[2:] if not word.startswith("-")]
        target = told[1] if len(told) > 1 else base(told[0]).removesuffix(".git") if told else ""
        place = resolved(run.directory, target) if target else None
        if place is not None:
            found.setdefault(run.plan, set()).add(place)
    return found


def _is_in_clone(run: Run, clones: Mapping[int, set[str]]) -> bool:
    """Whether a command runs in a clone, so that it asks the history of that one."""
    return run.directory is not None and within(clones.get(run.plan, ()), run.directory)


def _needs(read_named: ReadNamed, runs: Sequence[Run]) -> Iterator[HistoryNeed]:
    building = building_runs(runs)
    used = [(need, _first(building, runs, need) if need.run else None) for need in needs()]
    used = [(need, run) for need, run in used if run is not None or not need.run]
    # Looked for together: each search goes through all names of the context.
    documents = list(read_named(list(dict.fromkeys(name for need, _ in used for name in need.files))))
    for need, run in used:
        if not need.files:
            if run is not None:
                yield HistoryNeed(f"{run.origin} needs it", bool(need.dirty), run.step)
            continue
        named = [doc for doc in documents if any(fnmatchcase(doc.name, name) for name in need.files)]
        for doc in (*named, *_imported(read_named, named)):
            text = _spoken(need, doc)
            if text is not None:
                why = f"{doc.path} has {text.strip()!r} in it"
                why += f", and {run.origin} uses it" if run is not None else ""
                step = None if run is None else run.step
                yield HistoryNeed(why, any(dirty in doc.text for dirty in need.dirty), step)


def building_runs(runs: Iterable[Run]) -> Runs:
    """The commands without those that only remove what was built."""
    return Runs(run for run in runs if not _cleans(run))


def _first(building: Sequence[Run], runs: Sequence[Run], need: Need) -> Run | None:
    """The first command of a need: one that builds something, where there is one."""
    return first_command(building, need.run, may_be_command) or first_command(runs, need.run, may_be_command)


def _cleans(run: Run) -> bool:
    """Whether a command only removes what was built, such as `make clean`."""
    told = [word for word in run.bare[1:] if not word.startswith("-")]
    return len(told) > 0 and set(told) <= set(history().cleaning)


def _imported(read_named: ReadNamed, docs: Sequence[Document]) -> Iterator[Document]:
    """The files of the project that programs in JavaScript import by relative paths."""
    paths_of = [
        join(parent(doc.path), path)
        for doc in docs
        if doc.path.endswith(_SCRIPTS)
        for path in _IMPORT.findall(doc.text)
    ]
    if not paths_of:
        return
    wanted = {path if path.endswith(_SCRIPTS) else path + end for path in paths_of[:_MOST] for end in _SCRIPTS}
    names = sorted({base(path) for path in wanted})
    yield from (doc for doc in read_named(names) if doc.path in wanted)


def _of_programs(programs: Iterable[Program]) -> Iterator[HistoryNeed]:
    for program in programs:
        for need in history().program:
            text = _spoken(need, program.document)
            if text is not None:
                why = f"{program.document.path} has {text.strip()!r} in it, and {program.origin} runs it"
                is_dirty = any(dirty in program.document.text for dirty in need.dirty)
                yield HistoryNeed(why, is_dirty, program.step)


def _spoken(need: Need, doc: Document) -> str | None:
    """The text of a need that a document has in it; None for none."""
    pieces = strings(doc.text, "json", need.keys) if need.keys else [doc.text]
    pieces = [piece for piece in pieces if not any(text in piece for text in need.unless)]
    return next((text for text in need.text if any(text in piece for piece in pieces)), None)
