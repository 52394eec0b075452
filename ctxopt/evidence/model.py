"""The subject of a judgement, and its result: what can be excluded, and what cannot."""

from collections.abc import Callable, Collection, Sequence
from enum import Enum

from ctxopt.core.context.tree import Directory, Tree
from ctxopt.core.dockerfile.model import ContextRead, Plan
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.git.facts import GitFacts

#: The reads that take the entry at a path, or something in it; () where that is not known.
AskReads = Callable[[str], Sequence["BuildRead"]]
#: How a build is also made where only tracked files are, for people; "" where no such build is known.
AskCheckout = Callable[["BuildRead"], str]
#: The content of a file of the context; None where it must not or cannot be read.
ReadFile = Callable[[str], bytes | None]
#: The number of a plan, in the order in which plans first occur, and the index of one of its steps.
PlanStep = tuple[int, int]


@dataclass(frozen=True, slots=True)
class BuildRead:
    """One read of the context by one build."""

    plan: Plan
    read: ContextRead


class Taken:
    """Which reads take an entry, as the bits of a byte."""

    #: At least one does.
    ANY = 1
    #: Some do, and all of them read the whole context.
    ONLY_BROAD = 2
    #: The source of a read is a directory above the entry, and no such source names the entry itself.
    ONLY_ABOVE = 4


@dataclass(frozen=True, slots=True)
class EntryReaders:
    """Which reads take the entries of a tree: `all` has a byte of `Taken` for each, in the order of the walk."""

    tree: Tree
    all: bytes
    reads: AskReads = lambda _: ()

    def without(self, bits: int) -> "EntryReaders":
        """The same, where nothing has these bits."""
        kept = self.all.translate(bytes(byte & ~bits for byte in range(256)))
        return EntryReaders(self.tree, kept, self.reads)

    def have(self, bits: int, directory: Directory, index: int) -> bool:
        """Whether the entry of a directory has one of these bits."""
        return bool(self.all[self.tree.start(directory.path) + index] & bits)


@dataclass(frozen=True, slots=True)
class Subject:
    """The context that is judged: the entries of `tree` that are in `view`.

    `git` is None where nothing is known of what git tracks and ignores; with `repository` False it was read from
    `.gitignore` files alone. `build_files` are the paths of Dockerfiles, ignore files and files that declare builds.
    `checkout` tells of builds that are made where nothing is that git does not track, `exists` whether there is an
    entry that the tree does not have, and `links` where a symbolic link leads in the context. `excepted` are the paths
    that exceptions of the user's ignore file name.
    """

    tree: Tree
    view: int
    readers: EntryReaders
    read_file: ReadFile
    git: GitFacts | None
    build_files: Collection[str]
    repository: bool = True
    checkout: AskCheckout = lambda _: ""
    exists: Callable[[str], bool] = lambda _: False
    links: Callable[[str], Collection[str]] = lambda _: ()
    excepted: Collection[str] = ()


class ReasonKind(Enum):
    """The kinds of reasons for excluding an entry, the strongest first."""

    SECRET = "secret"
    DEPENDENCY = "dependency"
    OUTPUT = "output"
    REMOVED_LATER = "removed-later"
    VCS = "vcs"
    CACHE = "cache"
    OS = "os"
    EDITOR = "editor"
    DOCKER = "docker"
    CI = "ci"
    GIT_IGNORED = "git-ignored"
    TESTS = "tests"
    DOCS = "docs"
    #: No evidence: builds missed nothing without it.
    BUILDING_ONLY = "building-only"

    @property
    def rank(self) -> int:
        """0 for the strongest."""
        return _RANKS[self]


_RANKS = {kind: rank for rank, kind in enumerate(ReasonKind)}

#: What a build makes again, or does without: judged by git and by the steps of the build.
MADE_KINDS = frozenset({ReasonKind.DEPENDENCY, ReasonKind.OUTPUT, ReasonKind.GIT_IGNORED})

#: What applies even inside a directory that an instruction names.
JUNK_KINDS = MADE_KINDS | {ReasonKind.CACHE, ReasonKind.EDITOR, ReasonKind.OS}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why entries can be excluded, with a text that a person can check.

    `warning` is what else to know about them, "" for nothing.
    """

    kind: ReasonKind
    text: str
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Entries that can be excluded: paths relative to the context, without a slash at the end.

    A directory stands for everything below it. `patterns` are the general patterns that people would write for the
    entries; they may exclude entries that have to stay as well. () where there are none.
    """

    reason: Reason
    entries: tuple[str, ...]
    patterns: tuple[str, ...] = ()


class ObstacleKind(Enum):
    """The kinds of reasons for keeping an entry."""

    #: The criterion is not about this entry, so there is nothing to report.
    OUT_OF_SCOPE = "out-of-scope"
    #: A command, a script or the text of a kept file names it.
    MENTIONED = "mentioned"
    #: A manifest or another declaration names it.
    DECLARED = "declared"
    #: A command that runs may read it.
    USED = "used"
    #: Git tracks it.
    TRACKED = "tracked"
    #: It is a manifest or a lock file.
    MANIFEST = "manifest"
    #: No step creates it in the image.
    NOT_RECREATED = "not-recreated"
    #: It is not known whether anything needs it.
    UNDECIDED = "undecided"
    #: A build failed without it, or made another image.
    BUILT = "built"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why the entry at `path` has to stay; `closed` if that applies to everything below it as well."""

    path: str
    kind: ObstacleKind
    text: str = ""
    closed: bool = False

    @property
    def reported(self) -> bool:
        """Whether people should be told."""
        return self.kind is not ObstacleKind.OUT_OF_SCOPE


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry that matches a criterion for excluding it, and why it is kept."""

    path: str
    why: str
    kind: ObstacleKind


@dataclass(frozen=True, slots=True)
class Judgement:
    """What can be excluded, what matches a criterion but has to stay, and warnings about either.

    `usual` are claims without entries, for what is not here today. `used_secrets` are the files with secrets that stay
    because something may read them, each with what does, for people; `doubted_secrets` are those that can be excluded
    although something may.
    """

    claims: tuple[Claim, ...]
    kept: tuple[Kept, ...]
    warnings: tuple[str, ...]
    usual: tuple[Claim, ...] = ()
    used_secrets: tuple[tuple[str, str], ...] = ()
    doubted_secrets: tuple[tuple[str, str], ...] = ()
