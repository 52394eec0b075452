"""The judgement: which entries that only broad reads take may go, for which reason, and which may not."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from ctxopt.catalogue.ecosystems import Catalogue, Junk, Metadata, Recreated, catalogue
from ctxopt.catalogue.names import NameIndex, any_match, ends_with
from ctxopt.catalogue.secrets import Secret, secrets
from ctxopt.core.context.tree import Directory, EntryKind, Tree
from ctxopt.evidence.builds import Builds, study
from ctxopt.evidence.manifests import Files
from ctxopt.evidence.mentions import Mention
from ctxopt.evidence.model import Claim, Judgement, Kept, Reason, Site
from ctxopt.evidence.recreated import Made, made
from ctxopt.git.facts import GitFacts

__all__ = ["Claim", "Judgement", "Kept", "Reason", "Site", "judge"]

Asked = Callable[[Directory, int], bool]
#: A plan's and a step's number.
Step = tuple[int, int]

#: The kinds of reasons, the strongest first.
_ORDER: Final = (
    *("secret", "dependency", "output", "removed-later", "vcs", "cache", "os", "editor", "docker", "ci"),
    *("git-ignored", "tests", "docs"),
)
#: What these say of a directory holds though there are manifests in it: they are those of others.
_WITH_MANIFESTS: Final = frozenset(("dependency", "output", "vcs", "cache", "git-ignored"))
#: Of such a directory some may go where something in it must stay.
_IN_PARTS: Final = frozenset(("docker", "ci", "git-ignored", "tests", "docs"))
#: No directory is taken apart into more entries than this.
_MOST_PARTS: Final = 200
_TRACKED: Final = "git tracks it"
_NO_STEPS: Final[frozenset[Step]] = frozenset()


def judge(
    tree: Tree,
    view: int,
    asked: tuple[Asked, Asked, Asked],
    sites: Sequence[Site],
    files: Files,
    git: GitFacts | None,
    builds_files: Collection[str],
) -> Judgement:
    """Weigh what speaks for and against leaving out the entries of a view.

    `asked` tell whether only broad reads take an entry, whether a source takes it that is a directory
    above it, and whether anything reads it at all. `sites` are all broad reads; without one nothing is
    claimed. `files` reads a file of the context and gives None where it may not or cannot be read.
    `builds_files` are the paths of Dockerfiles, of ignore files and of files that declare builds.
    """
    if not sites:
        return Judgement((), (), ())
    known = catalogue()
    builds = study(sites, tree, view, files, git, known)
    return _Judge(tree, view, asked, files, git, builds_files, builds, known).run()


@dataclass(frozen=True, slots=True)
class _Rule:
    """One name of the catalogue's; a rule that goes by something else has no name, but its text."""

    key: str
    name: str = ""
    what: Secret | Recreated | Junk | Metadata | str = ""
    #: The steps whose mentions do not count, for they are what the rule goes by.
    steps: frozenset[Step] = frozenset()

    @property
    def untracked(self) -> bool:
        """Whether what git tracks stays in any case."""
        if isinstance(self.what, Junk):
            return not self.what.tracked
        return self.key in ("secret", "dependency", "output", "git-ignored")

    @property
    def inside_sources(self) -> bool:
        return isinstance(self.what, Junk) and self.what.inside_sources

    @property
    def is_itself(self) -> bool:
        """Whether only a mention of the entry itself counts, not one of a directory above it.

        What names that wants neither the junk in it nor just this copy of what is made anew.
        """
        return self.inside_sources or isinstance(self.what, Recreated)

    def pattern(self, path: str) -> str | None:
        """The general pattern for an entry."""
        where = self.what.where if isinstance(self.what, Junk) else "anywhere"
        if not self.name or (where == "project" and path != self.name):
            return None
        return f"**/{self.name}" if where == "anywhere" else self.name

    def pattern_hits(self, path: str) -> bool:
        """Whether the general pattern would leave out this entry, which has the name."""
        where = self.what.where if isinstance(self.what, Junk) else "anywhere"
        return ends_with(path, self.name) if where == "anywhere" else "/" not in path


@cache
def _rule_index() -> NameIndex[_Rule]:
    return NameIndex(_rules(catalogue()))


@cache
def _manifest_index() -> NameIndex[str]:
    known = catalogue()
    return NameIndex((name, name) for name in (*known.manifests, *known.locks))


@dataclass(frozen=True, slots=True)
class _Against:
    """What speaks against leaving out an entry; `closed` if it holds for all that is below it as well.

    Without a `why` there is nothing to tell: the rule is just not for it.
    """

    path: str
    why: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class _Fit:
    """What a rule takes of an entry: all of it if nothing is against that, else some `parts` of it."""

    against: _Against | None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Question:
    """A rule that is asked about an entry and all below it.

    `mentioned` tells whether mentions count, but for those of the `steps` that make it anew; `tracked`
    whether git may track something there that the rule must leave alone.
    """

    rule: _Rule
    mentioned: bool
    tracked: bool
    steps: frozenset[Step]


class _Judge:
    def __init__(
        self,
        tree: Tree,
        view: int,
        asked: tuple[Asked, Asked, Asked],
        files: Files,
        git: GitFacts | None,
        builds_files: Collection[str],
        builds: Builds,
        known: Catalogue,
    ) -> None:
        self._tree = tree
        self._view = view
        self._broad, self._inside, self._read = asked
        place = tree.root.find(".git")
        self._asks_git = builds.needed is not None and place >= 0 and bool(tree.root.flags[place] & view)
        self._files = files
        self._git = git
        self._builds = builds
        self._rules = _rule_index()
        self._manifests = _manifest_index()
        self._ignored = _by_directory(git.ignored_files | git.ignored_directories) if git is not None else {}
        self._own = _by_directory(builds_files)
        #: For each directory what mentions it or one above it, for it is then needed with all below.
        self._cover: dict[str, tuple[Mention, ...]] = {"": ()}
        #: What is claimed, or needed with all that is in it, so that nothing below is to be looked at.
        self._settled: set[str] = set()
        self._claims: dict[Reason, list[tuple[str, _Rule]]] = {}
        #: The names that some entry has which stays: no general pattern may be written for them.
        self._staying: set[tuple[str, str]] = set()
        self._kept: dict[tuple[str, str], Kept] = {}
        self._warnings: dict[str, None] = {}

    def run(self) -> Judgement:
        stack = [self._tree.root]
        while stack:
            directory = stack.pop()
            for name, rules in self._candidates(directory).items():
                place = directory.find(name)
                if directory.flags[place] & self._view:
                    self._weigh(directory, place, rules)
            stack += [
                below
                for name, below in directory.subdirectories.items()
                if below.path not in self._settled and directory.flags[directory.find(name)] & self._view
            ]
        return self._judgement()

    # -- which rules ----------------------------------------------------------------------------

    def _candidates(self, directory: Directory) -> dict[str, list[_Rule]]:
        """The names in a directory that some rule may be about, with the rules, the strongest first."""
        found = self._rules.find(directory.names)
        for name in self._ignored.get(directory.path, ()):
            found.setdefault(name, []).append(_Rule("git-ignored", "", "git ignores it and does not track it"))
        for name in self._own.get(directory.path, ()):
            found.setdefault(name, []).append(
                _Rule("docker", "", "it says how to build, and the builder has it anyway")
            )
        for name, rule in self._removed(directory):
            found.setdefault(name, []).append(rule)
        return {
            name: sorted(rules, key=lambda rule: _ORDER.index(rule.key))
            for name, rules in sorted(found.items())
            if directory.find(name) >= 0
        }

    def _removed(self, directory: Directory) -> Iterator[tuple[str, _Rule]]:
        """What each build removes again, by names."""
        depth = directory.path.count("/") + 1 if directory.path else 0
        near = [[removal for removal in some if len(removal.parts) == depth + 1] for some in self._builds.removals]
        if not all(near):
            return
        for name, kind in zip(directory.names, directory.kinds, strict=True):
            path, is_directory = directory.child_path(name), kind == EntryKind.DIRECTORY
            taking = [next((one for one in some if one.takes(path, is_directory)), None) for some in near]
            found = [removal for removal in taking if removal is not None]
            if len(found) == len(near):
                origins = "; ".join(dict.fromkeys(removal.origin for removal in found))
                steps = frozenset(removal.step for removal in found)
                yield name, _Rule("removed-later", "", f"{origins} removes it again at once", steps)

    # -- one entry ------------------------------------------------------------------------------

    def _weigh(self, directory: Directory, place: int, rules: Sequence[_Rule]) -> None:
        """Claim an entry, or parts of it, for the first rule that holds."""
        path = directory.child_path(directory.names[place])
        if path in self._settled:
            return
        against: list[tuple[_Rule, _Against]] = []
        for rule in rules:
            reason, steps = self._reason(rule, directory, path)
            if reason is None:
                continue
            if isinstance(reason, str):
                against.append((rule, _Against(path, reason)))
                if isinstance(rule.what, Secret):
                    # What a command may read stays, though git ignores it: secrets mostly are ignored.
                    break
                continue
            fit = self._fit(rule, directory, place, steps)
            if fit.against is None:
                self._claim(reason, rule, path)
                return
            if fit.against.why:
                against.append((rule, fit.against))
                if fit.against.closed and fit.against.path == path and rule.is_itself:
                    self._settled.add(path)
                if isinstance(rule.what, Secret) and fit.against.why.startswith(_TRACKED):
                    self._warnings[f"{path}: {rule.what.warning}; git tracks it, so every clone has it"] = None
            for part in fit.parts:
                self._claim(reason, rule, part)
            if fit.parts:
                break
        if self._read(directory, place):
            self._staying.update((rule.key, rule.name) for rule in rules if rule.pattern_hits(path))
        if against and self._is_in_question(directory, place):
            rule, first = against[0]
            self._kept.setdefault((rule.key, first.why), Kept(first.path, first.why))

    def _claim(self, reason: Reason, rule: _Rule, path: str) -> None:
        self._claims.setdefault(reason, []).append((path, rule))
        self._settled.add(path)

    def _is_in_question(self, directory: Directory, place: int) -> bool:
        return self._broad(directory, place) or self._inside(directory, place)

    # -- what a rule says -----------------------------------------------------------------------

    def _reason(self, rule: _Rule, directory: Directory, path: str) -> tuple[Reason | str | None, frozenset[Step]]:
        """Why a rule would leave an entry out, with the steps that make it anew, or what it lacks for that.

        None says that the rule is not about this entry.
        """
        what = rule.what
        if "/" in rule.name and not ends_with(path, rule.name):
            return None, _NO_STEPS
        if isinstance(what, Recreated):
            return self._recreated(rule, what, directory, path)
        if isinstance(what, Secret):
            return self._secret(what, path), _NO_STEPS
        if isinstance(what, Metadata):
            return (self._builds.needed if what.needed else None) or Reason(rule.key, what.text), _NO_STEPS
        if isinstance(what, Junk):
            return self._junk(what, directory, path), _NO_STEPS
        return Reason(rule.key, what), rule.steps

    def _secret(self, secret: Secret, path: str) -> Reason | str | None:
        name = path.rpartition("/")[2]
        if any_match(secret.but, name):
            return None
        if (secret.contains or secret.unless) and not secret.fits(self._files(path)):
            return None
        user = self._builds.first(secret.used_by)
        if user is not None:
            return f"{user.origin} may read it; a secret mount would hand it over without leaving it in a layer"
        return Reason("secret", "it has the name of a file with secrets", secret.warning)

    def _recreated(
        self, rule: _Rule, recreated: Recreated, directory: Directory, path: str
    ) -> tuple[Reason | str | None, frozenset[Step]]:
        home: Directory | None = directory
        for _ in range(rule.name.count("/")):
            home = home.parent if home is not None else None
        if recreated.beside and (home is None or not any(any_match(recreated.beside, name) for name in home.names)):
            return None, _NO_STEPS
        if rule.key == "output" and (self._git is None or not self._git.ignored(path)):
            return None, _NO_STEPS
        found = made(recreated, rule.name, path, self._builds)
        if isinstance(found, Made):
            return Reason(rule.key, found.text), found.steps
        # That nothing makes an output is no news; of what a package manager fills it is.
        return (found if rule.key == "dependency" else None), _NO_STEPS

    def _junk(self, junk: Junk, directory: Directory, path: str) -> Reason | str | None:
        name = path.rpartition("/")[2]
        if any_match(junk.but, name):
            return None
        if directory.path and (junk.where == "root" or (junk.where == "project" and not self._is_project(directory))):
            return None
        against = {"tests": self._builds.tested, "docs": self._builds.documented}.get(junk.unless)
        user = self._builds.first(junk.used_by) if against is None and junk.used_by else None
        if user is not None:
            return f"{user.origin} may read it"
        return against or Reason(junk.key, junk.text)

    def _is_project(self, directory: Directory) -> bool:
        return any(self._is_manifest(directory.child_path(name)) for name in self._manifests.find(directory.names))

    def _is_manifest(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        return any(ends_with(path, pattern) for pattern in self._manifests.of(name))

    # -- what speaks against --------------------------------------------------------------------

    def _fit(self, rule: _Rule, directory: Directory, place: int, steps: frozenset[Step]) -> _Fit:
        """What a rule takes of an entry, given that the rule itself holds."""
        name = directory.names[place]
        path = directory.child_path(name)
        git = self._git
        made_anew = isinstance(rule.what, Recreated) and git is not None and git.ignored(path)
        guarded = rule.untracked or self._asks_git
        question = _Question(rule, not made_anew, guarded and git is not None and git.tracks(path), steps)
        if not rule.is_itself:
            cover = next((mention for mention in self._covered(directory) if mention.step not in steps), None)
            if cover is not None:
                return _Fit(_Against(path, cover.why))
        against = self._against(question, directory, place, True)
        below = directory.subdirectories.get(name)
        in_parts = rule.key in _IN_PARTS
        if below is None or (against is not None and (against.closed or not in_parts)):
            return _Fit(against)
        return self._fit_below(question, below, against, in_parts)

    def _fit_below(self, question: _Question, top: Directory, against: _Against | None, in_parts: bool) -> _Fit:
        """What a rule takes of a directory, of which itself is known what is against it."""
        visited: list[tuple[Directory, list[str]]] = []
        broken = {top.path} if against is not None else set()
        stack = [top]
        while stack:
            directory = stack.pop()
            good: list[str] = []
            visited.append((directory, good))
            hot = self._hot(directory.names)
            for place, flags in enumerate(directory.flags):
                if not flags & self._view:
                    continue
                name = directory.names[place]
                found = self._against(question, directory, place, name in hot)
                below = directory.subdirectories.get(name)
                if found is not None:
                    if not in_parts:
                        return _Fit(found)
                    if against is None or not against.why or (found.closed and not against.closed):
                        against = found
                    broken.add(directory.path)
                    if below is not None:
                        broken.add(below.path)
                elif below is None:
                    good.append(directory.child_path(name))
                if below is not None and (found is None or not found.closed):
                    stack.append(below)
        return self._parts(top, visited, broken, against)

    def _parts(
        self, top: Directory, visited: list[tuple[Directory, list[str]]], broken: set[str], against: _Against | None
    ) -> _Fit:
        """The largest pieces of a directory of which nothing must stay."""
        if not broken:
            return _Fit(None)
        # Children come after their parents, so that going back all below a directory is known before it.
        for directory, _ in reversed(visited):
            if directory.path in broken and directory.parent is not None:
                broken.add(directory.parent.path)
        whole = {directory.path for directory, _ in visited} - broken
        parts: list[str] = []
        for directory, good in visited:
            if directory.path in broken:
                parts += good
                parts += [below.path for below in directory.subdirectories.values() if below.path in whole]
        stays = against or _Against(top.path)
        return _Fit(stays, tuple(sorted(parts)) if len(parts) <= _MOST_PARTS else ())

    def _hot(self, names: list[str]) -> set[str]:
        """The names in a directory that need a closer look: mentioned somewhere, or a manifest's."""
        return {*self._builds.mentions.candidates(names), *self._manifests.find(names)}

    def _against(self, question: _Question, directory: Directory, place: int, hot: bool) -> _Against | None:
        """What speaks against one entry by itself; `hot` tells whether its name may be one that matters."""
        rule = question.rule
        if not self._broad(directory, place) and not (rule.inside_sources and self._inside(directory, place)):
            return _Against(directory.child_path(directory.names[place]))
        is_directory = directory.kinds[place] == EntryKind.DIRECTORY
        if not hot and not question.tracked:
            return None
        name = directory.names[place]
        path = directory.child_path(name)
        if question.tracked and not is_directory and self._git is not None and self._git.tracks(path):
            missed = f", and what asks git would find it gone: {self._builds.needed}" if self._asks_git else ""
            return _Against(path, _TRACKED + missed)
        if not is_directory and rule.key not in _WITH_MANIFESTS and self._is_manifest(path):
            return _Against(path, "it says how to build, or with which packages")
        if not hot or not question.mentioned:
            return None
        mentions = self._builds.mentions
        for closed, found in ((True, mentions.of(path)), (False, mentions.inside(path) if is_directory else [])):
            for mention in found:
                if mention.step is None or mention.step not in question.steps:
                    return _Against(path, mention.why, closed)
        return None

    def _covered(self, directory: Directory) -> tuple[Mention, ...]:
        """What mentions a directory or one above it."""
        above: list[Directory] = []
        current = directory
        while current.path not in self._cover and current.parent is not None:
            above.append(current)
            current = current.parent
        found = self._cover[current.path]
        for current in reversed(above):
            found = (*found, *self._builds.mentions.of(current.path))
            self._cover[current.path] = found
        return found

    # -- the result -----------------------------------------------------------------------------

    def _judgement(self) -> Judgement:
        claims: list[Claim] = []
        for reason, entries in self._claims.items():
            general: dict[str, None] = {}
            named, others = [], []
            for path, rule in entries:
                pattern = rule.pattern(path) if (rule.key, rule.name) not in self._staying else None
                if pattern is None:
                    others.append(path)
                else:
                    named.append(path)
                    general[pattern] = None
            if named:
                claims.append(Claim(reason, tuple(sorted(named)), tuple(sorted(general))))
            if others:
                claims.append(Claim(reason, tuple(sorted(others))))
        claims.sort(key=lambda claim: (_ORDER.index(claim.reason.key), claim.entries))
        kept = sorted(self._kept.values(), key=lambda one: (one.path, one.why))
        return Judgement(tuple(claims), tuple(kept), tuple(sorted(self._warnings)))


def _rules(known: Catalogue) -> Iterator[tuple[str, _Rule]]:
    """All names of the catalogue that something may go by."""
    kinds: Iterable[tuple[str, Iterable[Secret | Recreated | Metadata]]] = (
        ("secret", secrets()),
        ("dependency", known.dependency),
        ("output", known.output),
        ("vcs", known.metadata),
    )
    for key, entries in kinds:
        for entry in entries:
            for name in entry.names:
                yield name, _Rule(key, name, entry)
    for junk in known.junk:
        for name in junk.names:
            yield name, _Rule(junk.key, name, junk)


def _by_directory(found: Iterable[str]) -> dict[str, list[str]]:
    """Names by the directory that they are in."""
    names: dict[str, list[str]] = {}
    for path in found:
        directory, _, name = path.rpartition("/")
        names.setdefault(directory, []).append(name)
    return names
