"""Files that the ignore file excludes, and that a command or the text of what is sent names by their paths."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import compress, islice
from typing import Final

from ctxopt.catalogue.ecosystems import catalogue
from ctxopt.catalogue.names import NameIndex
from ctxopt.catalogue.secrets import secrets
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import KEPT, Directory, EntryKind, View
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.ids import StageId, StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.candidate import Candidate
from ctxopt.evidence.file_names import FileNames
from ctxopt.evidence.hidden_sources import is_hidden
from ctxopt.evidence.mentions import Mention, runs_on_reads
from ctxopt.evidence.of_build import evidence_of, reads_of, subject_of
from ctxopt.evidence.scripted import PERHAPS
from ctxopt.image.commands import Run, is_command
from ctxopt.image.places import below, resolved, within
from ctxopt.image.variables import variables_of

_LARGEST: Final = 1 << 20
#: Maximum number of excluded entries to search for, and of bytes of text.
_MOST: Final = 200
_MOST_TEXT: Final = 16 << 20
#: Files in a directory that is kept in git for what a program writes there: on other machines it has that.
_KEEPING: Final = (".gitignore", ".gitkeep", ".keep")
#: Maximum depth of a directory that a command makes.
_DEEPEST: Final = 20
#: Commands that hand what they name to a daemon, which a build has not.
_ELSEWHERE: Final = ("docker", "docker-compose", "podman", "buildah", "nerdctl", "kubectl", "helm")
#: Commands that get the submodules of a repository, and the path of one in .gitmodules.
_FETCHING: Final = ("git submodule update",)
_SUBMODULE: Final = lazy_re(r"(?m)^[ \t]*path[ \t]*=[ \t]*(\S+)")
#: Matches a name with neither an extension nor a directory.
_IS_WORD: Final = lazy_re(r"[^./]*").fullmatch


@dataclass(frozen=True, slots=True)
class NamedHidden:
    """An excluded path, and what names it, for people."""

    path: str
    why: str


def named_by_commands(build: BuildContext) -> Iterator[NamedHidden]:
    """The excluded paths that commands name, where a broad COPY would take them.

    What builds make, what holds secrets or history, and what git ignores is excluded on purpose.
    """
    evidence = evidence_of(build) if build.once(_topmost) else None
    if evidence is None:
        return
    # What a stage has that runs something may be what it made, and so may what a command makes.
    made = {copy.step for copy in build.plan.copies if runs_on_reads(build.plan, copy.source)}
    by_commands = _made(evidence.all_runs)
    fetched = _fetched(build, evidence.all_runs)
    defaults = _defaults(build.plan)
    fed = _fed(build.plan)
    renamed = _renamed(build)
    yield from _named(
        build,
        (
            mention
            for mention in evidence.mentions.given
            if mention.step is not None
            and mention.step[1] not in made
            and build.plan.steps[mention.step[1]].stage in fed
            and not mention.doubtful
            and f", {PERHAPS}read by " not in mention.why
            and mention.why.partition(" ")[0] not in _ELSEWHERE
            # A text that make evaluates sets variables.
            and not (mention.why.startswith("eval ") and _IS_WORD("/".join(mention.parts)))
            and not (fetched and _is_in(mention.parts, fetched))
            and by_commands.get((mention.step[0], mention.parts), mention.step[1] + 1) > mention.step[1]
            and mention.parts[-1] not in renamed
            and not _is_value(build, mention, defaults)
        ),
    )


def _fetched(build: BuildContext, runs: Iterable[Run]) -> frozenset[str]:
    """The paths of the submodules, where a command of the build gets these."""
    if not any(is_command(run, command) for run in runs for command in _FETCHING):
        return frozenset()
    text = (build.read(".gitmodules", _LARGEST) or b"").decode("utf-8", "replace")
    return frozenset(map(paths.clean, _SUBMODULE.findall(text)))


def _is_in(parts: tuple[str, ...], places: Collection[str]) -> bool:
    return within(places, "/".join(parts))


def _defaults(plan: Plan) -> dict[str, str]:
    """The arguments of a build by what they are by default, as an expression that matches one of these names."""
    found: dict[str, set[str]] = {}
    for step in plan.steps:
        for name, value in variables_of(step) if step.kind == "ARG" else ():
            if value:
                found.setdefault(value, set()).add(re.escape(name))
    return {value: "|".join(sorted(names)) for value, names in found.items()}


def _is_value(build: BuildContext, mention: Mention, defaults: Mapping[str, str]) -> bool:
    """Whether a word of an instruction is no more than the default of an ARG, which is a version, a mode or a name.

    It is a path where the instruction has the variable as a word of its own.
    """
    word = "/".join(mention.parts)
    if mention.step is None or word not in defaults or not _IS_WORD(word):
        return False
    text = build.plan.steps[mention.step[1]].text
    variable = rf"\$(?:\{{(?:{defaults[word]})\b|(?:{defaults[word]})\b)"
    is_alone = re.search(rf"(?:^|[\s\"']){variable}", text) is not None
    return not (is_alone or _has_word(text, word)) and re.search(variable, text) is not None


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


def _fed(plan: Plan) -> set[StageId]:
    """The stages that may have files of the context: what others name is in a clone, or in their base image."""
    taking = {read.stage for read in plan.reads}
    for copy in plan.copies:
        if copy.source in taking:
            taking.add(copy.stage)
    for stage in plan.stages:
        # The stage that one is built from comes before it.
        if stage.parent is not None and stage.parent in taking:
            taking.add(stage.number)
    return taking


def _made(runs: Iterable[Run]) -> dict[tuple[int, tuple[str, ...]], StepId]:
    """The paths that a `mkdir` or a `mv` makes, as parts, and the first step that does, for each plan.

    With `mkdir -p data/users`, data is there as well. Of an absolute path it is not known which of its directories is
    the root of the context.
    """
    found: dict[tuple[int, tuple[str, ...]], StepId] = {}
    for run in runs:
        for word in _made_by(run):
            path = resolved(run.directory, word) or word
            inside = below(run.directory, path) if run.directory is not None else None
            parts = [part for part in (inside or paths.clean(word)).split("/") if part][:_DEEPEST]
            for start in range(len(parts) if inside is None else 1):
                for end in range(start + 1, len(parts) + 1):
                    key = run.plan, tuple(parts[start:end])
                    found[key] = min(found.get(key, run.step), run.step)
    return found


def _made_by(run: Run) -> Sequence[str]:
    """The words of a command that name what it makes: directories, and where a file is moved or copied to."""
    if run.name == "mkdir":
        return run.words[1:]
    is_file = run.name in ("mv", "cp", "ln", "install") and len(run.words) > 2 and not run.words[-1].endswith("/")
    return run.words[-1:] if is_file else ()


def _renamed(build: BuildContext) -> frozenset[str]:
    """The names that COPY gives to files of other names: who excludes one of these has another one in its place."""
    return frozenset(
        paths.base(read.destination)
        for read in build.plan.reads
        if read.kind in ("COPY", "ADD") and len(read.sources) == 1 and not read.destination.endswith("/")
        if paths.base(read.destination) != paths.base(read.sources[0]) and "." in paths.base(read.destination)[1:]
    )


def named_by_texts(build: BuildContext) -> Iterator[NamedHidden]:
    """The excluded paths that the texts of kept files name, where a broad COPY would take them."""
    candidates = build.once(_topmost)
    evidence = evidence_of(build) if candidates else None
    if evidence is None:
        return
    tree = build.unfiltered
    # Builds from which the same is excluded search the same texts for it.
    names = tree.once((FileNames, candidates), lambda: FileNames.below(tree, candidates)) if tree is not None else None
    # Imported here because rules only ask what commands name.
    from ctxopt.evidence.kept_text import KeptText

    texts = KeptText(
        subject_of(build),
        evidence.locations,
        _MOST_TEXT,
        evidence.mentions.of,
        evidence.tools,
        bool(evidence.tested),
        names,
    )
    yield from _named(build, texts.mentions(candidates, ()))


def _named(build: BuildContext, mentions: Iterable[Mention]) -> Iterator[NamedHidden]:
    found: dict[str, NamedHidden] = {}
    candidates = frozenset(candidate.path for candidate in build.once(_topmost))
    for mention in mentions:
        path = "/".join(mention.parts)
        if path in found or gomatch.has_wildcards(path) or not _is_below(path, candidates):
            continue
        if any(build.exists(f"{path}/{name}") for name in _KEEPING):
            continue
        if is_hidden(build, path) and _is_specific(build, mention, path) and not _is_optional(build, path):
            found[path] = NamedHidden(path, mention.why)
    yield from _without_ignored(build, list(found.values()))


def _topmost(build: BuildContext) -> tuple[Candidate, ...]:
    """The first candidates; none where no broad COPY would take them."""
    is_broad = any(one.read.broad and one.read.kind != "RUN" for one in reads_of(build))
    return tuple(islice(_candidates(build), _MOST)) if is_broad else ()


def _candidates(build: BuildContext) -> Iterator[Candidate]:
    """The topmost excluded entries that nobody excludes on purpose, those near the root first."""
    build_files = frozenset(build.build_files)
    level = [build.tree.root]
    while level:
        below: list[Directory] = []
        for directory in level:
            flags, names = directory.flags, directory.names
            mask = flags.translate(_IS_HIDDEN)
            # Most directories have nothing that is hidden.
            hidden = list(compress(range(len(names)), mask)) if 1 in mask else []
            on_purpose = _on_purpose().find([names[index] for index in hidden]) if hidden else {}
            for index in hidden:
                path = directory.child_path(names[index])
                if names[index] not in on_purpose and path not in build_files:
                    yield Candidate(path, directory.kinds[index] == EntryKind.DIRECTORY)
            # What is not sent has nothing in it that is.
            below += [sub for sub in directory.subdirectories.values() if flags[sub.index] & View.BUILDKIT]
        level = below


#: A translation table from flags to 1 where neither the ignore file keeps an entry nor BuildKit sends it.
_IS_HIDDEN: Final = bytes(not flags & (KEPT | View.BUILDKIT) for flags in range(256))


@cache
def _on_purpose() -> NameIndex[None]:
    """The names of what is excluded whatever names it."""
    known = catalogue()
    names = [
        *(name for kind in (*known.dependency, *known.output) for name in kind.names),
        *(name for metadata in known.metadata for name in metadata.names),
        *(name for junk in known.junk if junk.key in ("cache", "editor", "os", "docker", "ci") for name in junk.names),
        *(name for secret in secrets() for name in secret.names),
        *known.scratch,
        ".gitignore",
        ".dockerignore",
    ]
    # Of a name with slashes only the last part would count, which says too little.
    return NameIndex((name, None) for name in names if "/" not in name)


def _is_below(path: str, candidates: Collection[str]) -> bool:
    """Whether a path is one of the candidates, or in one."""
    return path in candidates or any(path[:at] in candidates for at, char in enumerate(path) if char == "/")


def _is_specific(build: BuildContext, mention: Mention, path: str) -> bool:
    """Whether what is named is a file, or a directory that a command names: a text may only speak of a directory.

    A text that has no more than a word may mean anything by it, and so may one that lacks the ending.
    """
    if mention.step is not None:
        return True
    if _IS_WORD(path) or build.read(path, _LARGEST) is None:
        return False
    text = build.read(mention.file, _LARGEST) if mention.file else None
    return text is None or paths.base(path).encode("utf-8", "surrogateescape") in text


def _is_optional(build: BuildContext, path: str) -> bool:
    """Whether a Makefile asks whether a file is there, so that it does without."""
    asked = f"$(wildcard {path})".encode("utf-8", "surrogateescape")
    makefiles = build.tree.named(("Makefile", "makefile", "GNUmakefile"))
    texts = (build.read(directory.child_path(directory.names[index]), _LARGEST) for directory, index in makefiles)
    return any(asked in (text or b"") for text in texts)


def _without_ignored(build: BuildContext, found: list[NamedHidden]) -> Iterator[NamedHidden]:
    """Those that git does not ignore."""
    if not found:
        return
    from ctxopt.evidence.work_tree import work_tree_facts

    facts = work_tree_facts(build.root, build.tree)
    yield from (one for one in found if facts is None or not facts.ignored(one.path))
