"""Paths that a build mentions, and the entries of the context that have to stay because of that.

The directory that a mention is relative to is mostly unknown, so paths are compared from their ends: of
`dist/server.js` and the path of an entry, the shorter one has to be the end of the longer one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property, lru_cache
from itertools import chain, islice, pairwise
from typing import Final

from ctxopt.catalogue.commands import CommandNeed, known_commands
from ctxopt.catalogue.ecosystems import installed_anywhere
from ctxopt.catalogue.system import system
from ctxopt.catalogue.vocabulary import Tool, tools
from ctxopt.core.context.tree import Tree
from ctxopt.core.dockerfile.model import Plan, StageCopy
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.golang.containing import Containing
from ctxopt.core.ids import StageId, StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.image import ImageLocation
from ctxopt.evidence.junk_names import is_history
from ctxopt.evidence.model import ObstacleKind, PlanStep
from ctxopt.evidence.name_filter import NameFilter, needs_of
from ctxopt.evidence.named import says_path
from ctxopt.image.commands import (
    Run,
    Runs,
    first_command,
    is_independent,
    may_be_command,
    may_begin,
    option_values,
    without_values,
    words_after,
)
from ctxopt.image.given import ASSIGNED
from ctxopt.image.places import below, directories, lineage, resolved, same_part
from ctxopt.image.shell.wrappers import base_name
from ctxopt.image.sources import ContextPlace, Sources, stage_mounts

#: A variable or a command's output in a word: it may be anything, but the rest of the word is known.
_EXPANSION: Final = lazy_re(r"\$\{[^{}]*\}|\$\([^()]*\)|`[^`]*`|\$[A-Za-z_][A-Za-z_0-9]*|\$[0-9@*#?!-]|\$\{|\$\(|`")
_SUBSTITUTION: Final = lazy_re(r"\$\([^()\s]+\s[^()]*\)|`[^`\s]+\s[^`]*`")
#: Maximum length of a path.
_LONGEST: Final = 4096
#: Commands that give files another path.
_LINKING: Final = ("ln",)
_MOVING: Final = ("ln", "mv", "cp", "rsync", "mount", "tar", "install")
#: Letters of flags right behind which the name of a directory may stand, as in -Iinclude.
_DIRECTORY_LETTERS: Final = tuple("IJLCBSF")
#: Commands that run their words.
_EVALUATING: Final = ("eval",)
#: Commands that make what they name.
_MAKING: Final = ("touch", "mkdir", "tee")
#: Options of `find`: those that run a command, those with a pattern, and what says that it is not looked for.
_EXECUTING: Final = ("-exec", "-execdir", "-ok")
_SEARCHED: Final = ("-name", "-iname", "-path", "-wholename")
_NEGATED: Final = ("-not", "!", "\\!")
_PRUNED: Final = "-prune"
#: Commands that test something, and their options that are about a file.
_TESTING: Final = ("[", "[[", "test")
_OF_FILE: Final = lazy_re(r"-[abcdefghkprsuwxLNOGS]|-nt|-ot|-ef|!")
_SEPARATORS: Final = lazy_re(r"[=:,]")
#: For a tool of whose words none is a path: only one with a slash could be.
_NO_PATHS: Final = -2
#: Braces in which words stand that a shell or a tool takes one after the other; not those of a variable.
_BRACES: Final = lazy_re(r"(?<!\$)\{([^{}$]*,[^{}$]*)\}")
_MAX_ALTERNATIVES: Final = 32
#: A part of a path that stands for any directories, and how many of them a path is compared with.
_ANY_DEPTH: Final = "**"
_MAX_ANY_DEPTH: Final = 4
_WILD: Final = lazy_re(r"[*?\[\]\\]")
_QUOTES: Final = "\"'"
_IDENTIFIER: Final = lazy_re(r"[A-Za-z_][\w-]*")
#: What a path has and a word of a sentence does not.
_PATH_MARK: Final = lazy_re(r"[./$*]")
#: A text in quotes in a word: the path in `python -c 'open("docs/a.md")'`.
_QUOTED: Final = lazy_re(r"""["'`]([\w@.][\w@./+-]{0,200})["'`]""")
#: Ends of the names of files that nobody gives a module.
_FILE_ENDS: Final = (
    *(".tar", ".gz", ".tgz", ".zip", ".xz", ".bz2", ".zst", ".jar", ".deb", ".rpm", ".whl", ".png", ".pdf", ".sh"),
    *(".json", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".xml", ".html", ".css", ".md", ".txt", ".sock", ".pid"),
)
_MODULE: Final = lazy_re(r"[A-Za-z_][A-Za-z_0-9]*(\.[A-Za-z_][A-Za-z_0-9]*)+")


@dataclass(frozen=True, slots=True)
class Mention:
    """A path that something names, as parts, which may have wildcards.

    `why` says for people what names it; `step` is the step that does, None if it is none. `anchored`: the path is
    relative to the root of the context. `text`: what names it is the text of a file that is kept. `shallow`: what is
    in a directory can be excluded for a reason of its own. `file` is the path of the manifest or the text that names
    it, if one does. `doubtful`: a command makes it where it is not there, does without it, may run elsewhere, only runs
    for some value of a variable, or names it by a path in the image that leads to no file of the context by COPY alone.
    """

    parts: tuple[str, ...]
    why: str
    step: PlanStep | None = None
    anchored: bool = False
    text: bool = False
    shallow: bool = False
    file: str = ""
    doubtful: bool = False

    @property
    def kind(self) -> ObstacleKind:
        """The kind of obstacle that it is."""
        return ObstacleKind.DECLARED if self.step is None and not self.text else ObstacleKind.MENTIONED


# -- from words to mentions ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Looked:
    """The words of a command that may be paths, the modules that they name, and where it copies or moves files."""

    words: tuple[str, ...]
    modules: tuple[tuple[str, ...], ...]
    target: str


class Words:
    """Finds the entries of a context that the words of commands may mean.

    A path that leads to files of the context by COPY alone is relative to the root of the context. Of any other it is
    not known where it leads, so it is compared from its end.
    """

    def __init__(
        self,
        plans: Sequence[Plan],
        places: Sequence[ImageLocation],
        runs: Runs,
        tree: Tree,
        names: NameFilter,
    ) -> None:
        self._plans = plans
        self._names = names
        self._tree = tree
        by_plan: list[list[ContextPlace]] = [[] for _ in plans]
        for location in places:
            by_plan[location.plan_number] += location.places()
        self._sources = [Sources(plan, own) for plan, own in zip(plans, by_plan, strict=True)]
        self._directories = [directories(plan) for plan in plans]
        #: For each stage, by its plan, the steps after which it may have files of the context.
        self._taking: dict[tuple[int, StageId], list[StepId]] = {}
        taking = [(place.plan_number, place.read.stage, place.read.step) for place in places]
        self._mounts = [stage_mounts(plan) for plan in plans]
        copies = ((number, copy) for number, plan in enumerate(plans) for copy in (*plan.copies, *self._mounts[number]))
        taking += [(number, copy.stage, copy.step) for number, copy in copies]
        for number, stage, step in taking:
            self._taking.setdefault((number, stage), []).append(step)
        #: The same words occur in many commands of a script.
        self._known: dict[tuple[str, int, StageId, str | None], tuple[tuple[tuple[str, ...], bool], ...]] = {}
        self._looked: dict[tuple[object, ...], _Looked] = {}
        #: The commands that make links.
        self._links = list(runs.that_may_be(_LINKING))
        #: Stages in which commands give files other paths.
        self._moving = {(run.plan, plans[run.plan].steps[run.step].stage) for run in runs.that_may_be(_MOVING)}

    def mentions(self, runs: Iterable[Run]) -> Iterator[Mention]:
        """What the words of commands mention; nothing where one runs before anything of the context is there.

        A command that is a variable without a value, such as `${OPTIONS:-}`, has no words.
        """
        #: The words that were looked at, by all else that what they mention depends on: commands of one line that
        #: differ in a value have their other words in common.
        said: defaultdict[tuple[object, ...], set[str]] = defaultdict(set)
        for run in runs:
            yield from self._mentions_of(run, said)

    def _mentions_of(self, run: Run, said: defaultdict[tuple[object, ...], set[str]]) -> Iterator[Mention]:
        if not run.words or not self.has_context(run) or not (run.sure or self._names.may_concern(run.words[0])):
            return
        why, step = f"{run.origin} names it", (run.plan, run.step)
        shallow = tools().get(run.name, Tool((run.name,))).packages
        stage = self._plans[run.plan].steps[run.step].stage
        looked = self._looked_at(run)
        target = looked.target
        before = said[why, step, run.directory, run.name, target]
        for token in looked.words:
            if token in before:
                continue
            before.add(token)
            for path, anchored in self._paths(token, run.plan, stage, run.directory):
                if token == target and not anchored:
                    # Where it puts what it copies, if that is not in the context, is made there.
                    continue
                if run.name == "rm" and anchored and not self._is_there("/".join(path)):
                    # The build made what it removes.
                    continue
                is_made = run.name in _MAKING or self._is_fed(token, run)
                doubtful = is_made or run.by_value or (token.startswith("/") and not anchored)
                yield Mention(path, why, step, anchored=anchored, shallow=shallow, doubtful=doubtful)
        for module in looked.modules:
            yield Mention(module, why, step, shallow=True)
        yield from self._packed(run, stage)
        for need in needs_of(run.name):
            if first_command((run,), need.commands, may_be_command) is not None:
                for unnamed in _unnamed(run, need):
                    yield Mention(tuple(unnamed.split("/")), f"{run.origin} needs it", step, doubtful=need.optional)

    def _looked_at(self, run: Run) -> "_Looked":
        """What the words of a command may name, wherever it is: many builds run the same ones."""
        key = run.words, run.bare, run.files, run.sure, run.given
        if key not in self._looked:
            tokens = tuple(_tokens(run))
            words = (part for word in tokens for part in _parts(word, run.name in _EVALUATING))
            self._looked[key] = _Looked(tuple(dict.fromkeys(words)), tuple(_modules(tokens)), _target(run))
        return self._looked[key]

    def _packed(self, run: Run, stage: StageId) -> Iterator[Mention]:
        """All in the directory that a command packs as a whole, apart from what a version control system stores."""
        if run.name not in known_commands().packing or not run.sure or _unpacks(run):
            return
        homes = [resolved(run.directory, word) for word in option_values(run.words, "-C")] or [run.directory]
        words = ["." if word == "*" else word for word in run.words[1:] if not word.startswith("-")]
        targets = {resolved(home, word) for home in homes for word in words}
        if not any("" in self._sources[run.plan].find(stage, target).paths for target in targets if target is not None):
            return
        for name in self._tree.root.names:
            if not is_history(name):
                yield Mention((name,), f"{run.origin} packs all that is there", (run.plan, run.step), anchored=True)

    def _is_fed(self, token: str, run: Run) -> bool:
        """Whether a word is a path to which a COPY puts what a stage may have made, or that a command makes a link."""
        path = resolved(run.directory, token)
        if path is None:
            return False
        stages = lineage(self._plans[run.plan], self._plans[run.plan].steps[run.step].stage)
        fed = self._fed[run.plan]
        return any(below(target, path) is not None for stage in stages for target in fed.get(stage, ()))

    @cached_property
    def _copies(self) -> list[dict[StepId, StageCopy]]:
        """For each plan the copies between stages by their steps."""
        return [{copy.step: copy for copy in plan.copies} for plan in self._plans]

    @cached_property
    def _fed(self) -> list[dict[StageId, list[str]]]:
        """For each plan the paths in each stage that are links, or get what another stage has that runs something."""
        found: list[dict[StageId, list[str]]] = []
        for plan, places in zip(self._plans, self._directories, strict=True):
            runs = {stage: runs_on_reads(plan, stage) for stage in {copy.source for copy in plan.copies}}
            fed: dict[StageId, list[str]] = {}
            for copy in plan.copies:
                target = resolved(places[copy.step], copy.destination or ".")
                if runs[copy.source] and target is not None and target != "/":
                    fed.setdefault(copy.stage, []).append(target)
            found.append(fed)
        for run in self._links:
            link = resolved(run.directory, _linked(run)) if _linked(run) else None
            if link is not None:
                found[run.plan].setdefault(self._plans[run.plan].steps[run.step].stage, []).append(link)
        return found

    def searched(self, before: Run | None, run: Run, after: Run | None) -> Iterator[Mention]:
        """What a `find` looks for by name, unless what gets its files does as well without any.

        `before` and `after` are the commands next to it: one that has its output as a word, or that reads it.
        """
        is_listing = run.name == "find" or _listing(run.name)
        if not is_listing or not run.sure or not self.has_context(run):
            return
        yield from self._listed(run)
        if run.name != "find":
            return
        words = run.words
        doers = [base_name(doer) for word, doer in pairwise(words) if word in _EXECUTING]
        if not doers and before is not None and any(f"{mark}find " in word for word in before.words for mark in "(`"):
            doers = [before.name]
        elif not doers and after is not None and after.name == "xargs":
            given = (word for word in after.words[1:] if not (word.startswith(("-", "{", "%")) or word.isdecimal()))
            doers = [next(given, "echo")]
        elif not doers and after is not None:
            doers = [after.name]
        if "-delete" in words or (doers and set(doers).issubset(known_commands().indifferent)):
            return
        for negation, word, pattern, pruned in zip(("", *words), words, words[1:], (*words[2:], ""), strict=False):
            if word in _SEARCHED and negation not in _NEGATED and pruned != _PRUNED and pattern.strip("*?/"):
                parts = [part for part in pattern.split("/") if part not in ("", ".", "*", "**")]
                yield Mention(tuple(parts), f"{run.origin} searches for it", (run.plan, run.step))

    def _listed(self, run: Run) -> Iterator[Mention]:
        """What a command lists that searches the directories which it is given, or all, for patterns."""
        listing = next((rest for command in _listing(run.name) if (rest := words_after(run, command)) is not None), ())
        stage = self._plans[run.plan].steps[run.step].stage
        why, step = f"{run.origin} searches for it", (run.plan, run.step)
        for word in listing:
            if word.startswith((":", "-")):
                # What is left out, and options.
                continue
            if _WILD.search(word):
                # A wildcard of these also stands for the slashes between directories.
                head, slash, tail = word.rpartition("/")
                parts = [part for part in head.split("/") if part.strip("*.")]
                yield Mention(tuple([*parts, _ANY_DEPTH, tail] if slash and parts else [tail]), why, step)
            else:
                for path, anchored in self._paths(word, run.plan, stage, run.directory):
                    yield Mention(path, why, step, anchored=anchored)

    def has_context(self, run: Run) -> bool:
        """Whether files of the context may be there when a command runs."""
        plan = self._plans[run.plan]
        step = plan.steps[run.step]
        return step.kind != "RUN" or any(
            taking <= run.step
            for stage in lineage(plan, step.stage)
            for taking in self._taking.get((run.plan, stage), ())
        )

    def copied(self, plan: int, step: StepId, sources: Sequence[str], why: str) -> Iterator[Mention]:
        """What the sources of a COPY between stages mention."""
        copy = self._copies[plan].get(step)
        if copy is None:
            # They are in an image, which has nothing of the context.
            return
        for source in sources:
            for path, anchored in self._paths(paths.join("/", source.strip(_QUOTES)), plan, copy.source, "/"):
                yield Mention(path, why, (plan, step), anchored=anchored, shallow=True)

    def mounted(self) -> Iterator[Mention]:
        """What the mounts of other stages mention."""
        for number, mounts in enumerate(self._mounts):
            for mount in mounts:
                file = self._plans[number].file
                for path, anchored in self._paths(paths.join("/", mount.sources[0]), number, mount.source, "/"):
                    why = f"RUN --mount ({file}:{mount.line}) takes it"
                    yield Mention(path, why, (number, mount.step), anchored=anchored, shallow=True)

    def given(self, plan: int, step: StepId) -> Iterator[Mention]:
        """What the values of an ENV name by its path in the image, but for what builds install."""
        at = self._plans[plan].steps[step]
        for name, value in ASSIGNED.findall(at.text):
            for piece in _SEPARATORS.split(value.strip(_QUOTES)):
                why = f"ENV {name} ({self._plans[plan].file}:{at.line}) names it"
                if says_path(name):
                    # It may be the name of a module, as in DJANGO_SETTINGS_MODULE.
                    yield from (Mention(module, why, (plan, step), shallow=True) for module in _modules((piece,)))
                target = self._valued(name, piece, self._directories[plan][step])
                found = self._sources[plan].find(at.stage, target) if target is not None else None
                for path in found.paths if found is not None else ():
                    parts = tuple(part for part in path.split("/") if part)
                    if parts and installed_anywhere().isdisjoint(parts) and self._is_there(path):
                        yield Mention(parts, why, (plan, step), anchored=True)

    @staticmethod
    def _valued(name: str, value: str, directory: str | None) -> str | None:
        """The path in the image that the value of a variable may be; None for another value."""
        is_path = "/" in value or "." in value.strip(".") or says_path(name)
        return resolved(directory, value) if is_path and value.strip("./") and "://" not in value else None

    def _paths(
        self, token: str, plan: int, stage: StageId, directory: str | None
    ) -> tuple[tuple[tuple[str, ...], bool], ...]:
        """The paths, as parts, that a word may mean, and whether each is relative to the root of the context."""
        key = token, plan, stage, directory
        if key not in self._known:
            self._known[key] = tuple(self._paths_of(*key))
        return self._known[key]

    def _paths_of(
        self, token: str, plan: int, stage: StageId, directory: str | None
    ) -> Iterator[tuple[tuple[str, ...], bool]]:
        token = token.strip(_QUOTES)
        if "://" in token or len(token) > _LONGEST:
            return
        alternatives = _alternatives(token) if "{" in token else (token,)
        for alternative in alternatives:
            yield from self._of_alternative(alternative, plan, stage, directory)

    def _of_alternative(
        self, token: str, plan: int, stage: StageId, directory: str | None
    ) -> Iterator[tuple[tuple[str, ...], bool]]:
        """The same for a word without braces that stand for alternatives."""
        plain = _EXPANSION.sub("*", token)
        if plain != token:
            # The variable may hold a whole path, so what follows it is also looked at alone.
            tail = _EXPANSION.split(token)[-1]
            if tail.startswith("/"):
                yield from _unanchored(tail)
        for piece in dict.fromkeys((plain, *_SEPARATORS.split(plain))):
            if piece.startswith("-"):
                # The value may follow the letter of a flag at once, as in -I./include.
                value = piece[2:] if not piece.startswith("--") else ""
                if "/" not in value and "." not in value:
                    found = self._of_piece(value, plan, stage, directory) if piece[1:2] in _DIRECTORY_LETTERS else ()
                    yield from (path for path in found if path[1])
                    continue
                piece = value
            yield from self._of_piece(piece.strip(_QUOTES), plan, stage, directory)

    def _of_piece(
        self, piece: str, plan: int, stage: StageId, directory: str | None
    ) -> Iterator[tuple[tuple[str, ...], bool]]:
        # Build tools write `//` for the root of their workspace, as in //docs:site.
        piece = piece.removeprefix("//")
        target = resolved(directory, piece) if piece else None
        found = self._sources[plan].find(stage, target) if target is not None else None
        if piece.startswith("/"):
            yield from _anchored(found.paths if found is not None else ())
            free = found is None or found.unknown or (plan, stage) in self._moving
            if found is not None and not found.paths and free and not piece.startswith(system().never_project):
                yield from _unanchored(paths.clean(piece))
            return
        if found is not None and any(self._is_there(path) for path in found.paths):
            yield from _anchored(path for path in found.paths if self._is_there(path))
        else:
            yield from _unanchored(piece)

    def _is_there(self, path: str) -> bool:
        """Whether there is such an entry, or one above the first part with a wildcard."""
        parts = path.split("/") if path else []
        wild = next((at for at, part in enumerate(parts) if _WILD.search(part)), len(parts))
        return wild == 0 or self._tree.find("/".join(parts[:wild])) is not None


def runs_on_reads(plan: Plan, stage: StageId) -> bool:
    """Whether a RUN follows the first read of the context in a stage, or in one that it begins with."""
    stages = lineage(plan, stage)
    first = min((read.step for read in plan.reads if read.stage in stages), default=None)
    later = plan.steps[first:] if first is not None else ()
    return any(step.kind == "RUN" and step.stage in stages for step in later)


def _unpacks(run: Run) -> bool:
    """Whether a command takes files out of an archive, or only lists them."""
    if run.name not in ("tar", "bsdtar") or "--create" in run.words:
        return False
    letters = (word for at, word in enumerate(run.words[1:]) if not at or (word[:1] == "-" and word[:2] != "--"))
    return not any("c" in word for word in letters)


def _target(run: Run) -> str:
    """Where a command copies or moves files, as written; "" for other commands."""
    words = [word for word in run.words[1:] if not word.startswith("-")] if run.name in known_commands().copying else []
    return words[-1] if len(words) > 1 and words[-1] not in words[:-1] else ""


def _linked(run: Run) -> str:
    """The link that an `ln` makes, as written; "" for other commands, and where it may be a directory that is there."""
    words = [word for word in run.words[1:] if not word.startswith("-")] if run.name == "ln" else []
    return words[-1] if len(words) == 2 and not words[-1].endswith(("/", ".")) else ""


def _alternatives(word: str) -> Iterator[str]:
    """The words that one with braces, such as `{docs,tests}/*.md`, stands for; itself where there are too many."""
    found = [word]
    while any(_BRACES.search(one) for one in found):
        found = [
            f"{one[: braces.start()]}{piece}{one[braces.end() :]}" if braces is not None else one
            for one in found
            for braces in [_BRACES.search(one)]
            for piece in (braces[1].split(",") if braces is not None else ("",))
        ]
        if len(found) > _MAX_ALTERNATIVES:
            yield _BRACES.sub("*", word)
            return
    yield from found


@lru_cache(maxsize=1 << 12)
def _parts(word: str, evaluated: bool) -> tuple[str, ...]:
    """The words in a word: one with spaces is a command for somebody else, or a sentence unless it is `evaluated`."""
    return tuple(_parts_of(word, evaluated))


def _parts_of(word: str, evaluated: bool) -> Iterator[str]:
    # What the command in a word puts there is not known; its own words are those of another one.
    parts = _SUBSTITUTION.sub("*", word).split()
    for part in parts:
        if evaluated or len(parts) == 1 or _PATH_MARK.search(part):
            yield part
    yield from _QUOTED.findall(word)


@lru_cache(maxsize=1 << 12)
def _listing(name: str) -> tuple[str, ...]:
    """The patterns of the commands with a name that list files by patterns."""
    return tuple(command for command in known_commands().listing if may_begin(name, (command,)))


def _unnamed(run: Run, need: CommandNeed) -> Iterator[str]:
    """The files that a command needs without naming them."""
    following = [rest for command in need.commands for rest in [words_after(run, command)] if rest]
    for path in need.files:
        if "{}" not in path:
            yield path
        elif following and _IDENTIFIER.fullmatch(following[0][0]):
            yield path.replace("{}", following[0][0])


def _tokens(run: Run) -> Iterator[str]:
    """The words of a command that may be paths."""
    yield from run.files
    if not run.sure:
        # The following words begin commands of their own.
        yield from islice(_without_excluded(run.words), 1)
        return
    words = tuple(_without_excluded(run.words))
    if not words or _needs_nothing(run):
        return
    if words[0].startswith("-"):
        # The entry point of the base image gets them all.
        yield from words
        return
    if words[0] in _TESTING:
        # What is compared is no path.
        yield from (word for before, word in pairwise(words) if _OF_FILE.fullmatch(before))
        return
    if "/" in words[0]:
        yield words[0]
    if is_independent(run):
        yield from (word for word in words[1:] if "/" in word and not word.startswith("-"))
        return
    tool = tools().get(run.name, Tool((run.name,)))
    commands = tool.words
    skipped = 0 if tool.expressions and not set(tool.expressions).isdisjoint(words) else tool.skipped
    for word in without_values(words, tool.values)[1:]:
        if word.startswith("-"):
            commands = 0 if commands == -1 else commands
        elif tool.texts and " " in word:
            continue
        elif commands and "/" not in word and ("." not in word or commands == _NO_PATHS):
            commands -= commands > 0
            continue
        elif skipped:
            skipped -= 1
            continue
        yield word


def _without_excluded(words: Sequence[str]) -> Iterator[str]:
    """The words of a command without those that say what it leaves out."""
    options = known_commands().excluding
    ends = _ends(options)
    if ends.isdisjoint(words) and not any("=" in word and word.partition("=")[0] in ends for word in words):
        # Nearly every command.
        yield from words
        return
    skips = False
    for before, word in zip(("", *words), words, strict=False):
        name, equals, _ = word.partition("=")
        if not skips and not (equals and name in options):
            yield word
        skips = not skips and (word in options or f"{before} {word}" in options)


@cache
def _ends(options: Sequence[str]) -> frozenset[str]:
    """The last words of some options of one or several words."""
    return frozenset(option.rpartition(" ")[2] for option in options)


def _needs_nothing(run: Run) -> bool:
    """Whether a command succeeds even where its paths are missing."""
    flags = [word for word in run.words[1:] if word.startswith("-")]
    short = "".join(flag[1:] for flag in flags if not flag.startswith("--"))
    if run.name == "rm":
        return "f" in short or "--force" in flags
    return run.name == "mkdir"


def _modules(words: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """The paths of the modules that words of a command name, as in `gunicorn app.main:api`."""
    for word in chain.from_iterable(map(str.split, words)):
        for piece in _SEPARATORS.split(word.strip(_QUOTES)) if "." in word else ():
            if _MODULE.fullmatch(piece) and not _is_file(piece):
                parts = tuple(piece.split("."))
                yield parts
                yield *parts[:-1], f"{parts[-1]}.py"


def _is_file(word: str) -> bool:
    """Whether a word with dots is the name of a file, such as `dist.tar.gz`, and not that of a module."""
    return word.endswith(_FILE_ENDS)


def _anchored(found: Iterable[str]) -> Iterator[tuple[tuple[str, ...], bool]]:
    for path in found:
        parts = tuple(part for part in path.split("/") if part)
        if parts and any(part.strip("*?") for part in parts):
            yield _bounded(parts), True


def _unanchored(path: str) -> Iterator[tuple[tuple[str, ...], bool]]:
    for parts in _relative(path):
        yield parts, False


def _relative(path: str) -> Iterator[tuple[str, ...]]:
    cleaned = paths.clean(path.lstrip("/")) if path.strip("/") else "."
    parts = [part for part in cleaned.split("/") if part not in ("..", ".")]
    # Parts that match anything say nothing where paths are compared from their ends.
    while parts and not parts[0].strip("*?"):
        del parts[0]
    if any(char.isalnum() for part in parts for char in part):
        yield _bounded(parts)


def _bounded(parts: Iterable[str]) -> tuple[str, ...]:
    """The parts of a path, up to the one from which on everything is named."""
    found: list[str] = []
    for part in parts:
        if part != _ANY_DEPTH or found[-1:] != [_ANY_DEPTH]:
            found.append(part)
        if found.count(_ANY_DEPTH) > _MAX_ANY_DEPTH:
            break
    while found[-1:] == [_ANY_DEPTH]:
        found.pop()
    return tuple(found)


# -- from mentions to entries -------------------------------------------------------------------


class Mentions:
    """The entries that some mentions are about."""

    def __init__(self, mentions: Iterable[Mention]) -> None:
        self._given = given = list(dict.fromkeys(mentions))
        self._whole = _ByEnd((mention.parts, mention) for mention in given)
        # What is named may be created by the build, in a directory that then has to exist.
        self._above = _ByEnd(
            (mention.parts[:count], mention)
            for mention in given
            for count in range(1, len(mention.parts))
            if any(part.strip("*?") for part in mention.parts[:count])
        )

    @property
    def given(self) -> Sequence[Mention]:
        """All of them."""
        return self._given

    def with_more(self, mentions: Iterable[Mention]) -> "Mentions":
        """These mentions and some more."""
        return Mentions([*self._given, *mentions])

    def of(self, path: str) -> list[Mention]:
        """The mentions of just this path."""
        return self._whole.find(path)

    def inside(self, path: str) -> list[Mention]:
        """The mentions of something in a directory, which may not exist yet."""
        return self._above.find(path)

    def candidates(self, names: Iterable[str]) -> list[str]:
        """Those of the names in a directory that may be mentioned, or have something below that is."""
        return [name for name in names if self._whole.may_have(name) or self._above.may_have(name)]


class _ByEnd:
    """Paths, found by their last parts."""

    def __init__(self, entries: Iterable[tuple[tuple[str, ...], Mention]]) -> None:
        self._exact: dict[str, list[tuple[tuple[str, ...], Mention]]] = {}
        self._wild: dict[str, list[tuple[tuple[str, ...], Mention]]] = {}
        for parts, mention in entries:
            index = self._wild if gomatch.has_wildcards(parts[-1]) else self._exact
            index.setdefault(parts[-1], []).append((parts, mention))
        # Wildcards are tried only on names with the text before or after them.
        ends = {last: (_WILD.split(last)[0], _WILD.split(last)[-1]) for last in self._wild}
        self._tails = tuple({tail for _, tail in ends.values() if tail})
        self._heads = tuple({head for head, tail in ends.values() if head and not tail})
        self._others: Containing[str] = Containing()
        for last, (head, tail) in ends.items():
            if not head and not tail:
                self._others.add(gomatch.needed_text(last) or "", last)
        self._lasts = tuple(self._wild)
        #: The indexes of those by a text that names must have in them, and of each as it is.
        self._by_text: Containing[int] = Containing()
        for number, last in enumerate(self._lasts):
            self._by_text.add(gomatch.needed_text(last) or "", number)
        self._numbers = {last: number for number, last in enumerate(self._lasts)}

    def may_have(self, name: str) -> bool:
        """Whether a path may end with this name."""
        if name in self._exact:
            return True
        if not self._wild:
            return False
        if name.endswith(self._tails) or name.startswith(self._heads):
            return True
        if name in self._wild:
            return True
        return any(same_part(last, name) for last in self._others.candidates(f"\0{name}\0"))

    def find(self, path: str) -> list[Mention]:
        """The mentions whose path is this one, is its end, or ends with it."""
        name = path.rpartition("/")[2]
        if not self.may_have(name):
            return []
        given = path.split("/")
        candidates = list(self._exact.get(name, ()))
        numbers = {*self._by_text.candidates(f"\0{name}\0")}
        if name in self._numbers:
            numbers.add(self._numbers[name])
        for number in sorted(numbers):
            if same_part(self._lasts[number], name):
                candidates += self._wild[self._lasts[number]]
        return [mention for parts, mention in candidates if _at_end(parts, given, mention.anchored)]


def _at_end(parts: Sequence[str], given: Sequence[str], anchored: bool) -> bool:
    if _ANY_DEPTH in parts:
        return any(part.strip("*?") for part in parts) and _at_any_depth(parts, given, anchored)
    if anchored and len(parts) != len(given):
        return False
    count = min(len(parts), len(given))
    compared = parts[len(parts) - count :]
    return any(part.strip("*?") for part in compared) and all(map(same_part, compared, given[len(given) - count :]))


def _at_any_depth(parts: Sequence[str], given: Sequence[str], anchored: bool) -> bool:
    """The same for parts of which some stand for any directories, compared from their ends."""
    left = {len(given)}
    for part in reversed(parts):
        if not anchored and 0 in left and len(left) == 1:
            # The path is the end of what is named.
            return len(given) > 0
        if part == _ANY_DEPTH:
            left = set(range(max(left) + 1))
        else:
            left = {at - 1 for at in left if at and same_part(part, given[at - 1])}
        if not left:
            return False
    return 0 in left if anchored else True
