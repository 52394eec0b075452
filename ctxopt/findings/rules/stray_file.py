"""A .dockerignore that is not at the context root, or a link that leads nowhere there: BuildKit does not read it."""

import os
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from ctxopt.catalogue.secrets import is_elsewhere
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.files import Files
from ctxopt.core.context.tree import KEPT, Directory, EntryKind, Totals, View
from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

if TYPE_CHECKING:
    from ctxopt.core.dockerignore.patterns import PatternSet
    from ctxopt.core.dockerignore.spec import DockerIgnore

_NAME = ".dockerignore"
#: Maximum size of such a file in bytes, and maximum number of files of an instruction that its patterns are tried on.
_LARGEST = 1 << 20
_MOST = 20_000
#: What editors and systems leave, which is seldom large.
_TINY = frozenset((".vscode", ".idea", ".DS_Store", "Thumbs.db", "desktop.ini", "*.swp", "*.swo", "*~"))
#: Minimum size of what its patterns would exclude, in bytes.
_LEAST = 50_000


def check(context: RuleContext) -> Iterator[Finding]:
    """Find links that BuildKit does not follow, .dockerignore files below the root, and one beside another Dockerfile.

    The latter is a warning, as the context has no ignore file then, and this one is probably meant for it.
    """
    build = context.build
    for name in build.located.unfollowed:
        yield Finding(
            RULE.id,
            Severity.WARNING,
            name,
            None,
            "a symbolic link that BuildKit does not follow, so none of its patterns applies",
            "put the file itself there; BuildKit only follows links inside of the directory",
        )
    if any(result.error is not None for result in build.usage.results):
        # This is not the context of the build.
        return
    beside = _beside_dockerfile(build)
    if beside is not None and (found := _meant(build, beside, is_own=True)) is not None:
        message = f"next to {build.located.dockerfile.name}, but not read for this context, which has no ignore file"
        renamed = f"move it to the context root, or rename it to {build.located.dockerfile.name}.dockerignore"
        yield _finding(Severity.WARNING, beside, message, found, renamed)
    own = (build.located.dockerfile_path or "").rpartition("/")[0]
    for directory, index in build.tree.named((_NAME,)):
        path = directory.child_path(_NAME)
        # What tests and examples build has a context of its own.
        if directory.parent is None or path == beside or is_elsewhere(path):
            continue
        is_own = directory.path == own
        is_kept = directory.kinds[index] != EntryKind.DIRECTORY and directory.flags[index] & KEPT
        if is_kept and (is_own or not _is_context(directory)):
            found = _meant(build, path, is_own=is_own)
            if found is not None:
                move = "move its patterns to the ignore file of this build"
                yield _finding(Severity.NOTE, path, "not read in a build with this context", found, move)


RULE = Rule(
    id="CTX006",
    name="ignore-file-not-read",
    title="Ignore file that no build reads",
    help=(
        "Docker reads `.dockerignore` at the context root, or an ignore file named after the Dockerfile "
        "next to it. Move the patterns there; they are relative to the context root."
    ),
    check=check,
)


def _is_context(directory: Directory) -> bool:
    """Whether a directory has a Dockerfile of its own, and so is most likely a context of its own."""
    names = map(str.lower, directory.names)
    return any(name.startswith(("dockerfile", "containerfile")) or name.endswith(".dockerfile") for name in names)


def _beside_dockerfile(build: BuildContext) -> str | None:
    """The .dockerignore beside a Dockerfile outside of the root; None if an ignore file applies."""
    applies = any(build.ignore_file(view) is not None for view in (View.BUILDKIT, View.CLASSIC))
    if applies or build.located.inline:
        return None
    path = os.path.join(build.root, os.path.dirname(build.located.dockerfile.name), _NAME)
    if not os.path.isfile(path) or os.path.samefile(os.path.dirname(path), build.root):
        return None
    shown = os.path.join(os.path.dirname(build.located.dockerfile.name), _NAME)
    return shown.replace(os.sep, "/")


def _is_used(build: BuildContext, path: str) -> bool:
    """Whether a command puts the file in place, or something builds with its directory as the context."""
    # Imported here because few builds have such a file.
    from ctxopt.evidence.operation import is_named_as_context, is_put_in_place

    directory = os.path.dirname(os.path.join(build.root, path))
    return is_put_in_place(build, path) or is_named_as_context(build, directory)


@dataclass(frozen=True, slots=True)
class _Meant:
    """What the patterns of a file would do for a build.

    `totals` are the files of this checkout that it reads and they would exclude, `first` is one of them, or a pattern
    for what no checkout has, and `inside` is the directory that the patterns are written for, "" for the context root.
    """

    totals: Totals
    first: str
    inside: str


def _meant(build: BuildContext, path: str, *, is_own: bool) -> _Meant | None:
    """What the patterns of a file would do for a build; None where that is nothing, or harm, or others use the file.

    A file in the directory of the Dockerfile is meant for what other machines have there as well.
    """
    # Imported here because few builds have such a file.
    from ctxopt.core.dockerignore.patterns import PatternSet
    from ctxopt.core.dockerignore.reader import read_lines
    from ctxopt.core.dockerignore.spec import DockerIgnore

    try:
        is_in_context = not (path.startswith("../") or os.path.isabs(path))
        home, name = os.path.split(os.path.join(build.root, path))
        data = build.read(path, _LARGEST) if is_in_context else Files(home).read(name, _LARGEST)
        patterns = PatternSet(read_lines(data or b"", path), path)
        ignore, used = DockerIgnore(patterns), DockerIgnore(build.patterns(View.BUILDKIT))
        inside = os.path.dirname(path) if is_in_context else ""
        gains = [_gain(build, ignore, place) for place in dict.fromkeys((inside, "") if is_own else (inside,))]
        expected = [_expected(build, patterns, used, place) for place in (inside, "")] if is_own else []
    except CtxoptError:
        # A pattern that no builder takes.
        return None
    found = next((one for one in (*gains, *expected) if one is not None and one.first), None)
    return None if found is None or any(one is None for one in gains) or _is_used(build, path) else found


def _gain(build: BuildContext, ignore: "DockerIgnore", inside: str) -> _Meant | None:
    """The files that a build reads and patterns for a directory would exclude; None if it cannot do without them."""
    start, files, size = f"{inside}/" if inside else "", 0, 0
    first = ""
    is_lost = cache(lambda one: one.startswith(start) and ignore.ignores(one[len(start) :]))
    # Reads that ask for the same lose the same.
    known: dict[ReadId, tuple[dict[str, int], bool]] = {}
    for result in build.usage.results:
        same = build.usage.first_of(result.read.number)
        if same not in known:
            there = build.usage.files_of(same)[:_MOST]
            lost = [one for one in there if is_lost(one)]
            sizes = {one: found[0].sizes[found[1]] for one in lost if (found := build.tree.find(one)) is not None}
            known[same] = sizes, len(lost) == len(there)
        sizes, is_all = known[same]
        if sizes and (is_all or any(paths.join("/", source)[1:] in sizes for source in result.read.sources)):
            return None
        files, size, first = files + len(sizes), size + sum(sizes.values()), first or next(iter(sizes), "")
    return _Meant(Totals(files, size), first if size >= _LEAST else "", inside)


def _expected(build: BuildContext, patterns: "PatternSet", used: "DockerIgnore", inside: str) -> _Meant | None:
    """A pattern for what installs, builds and tools leave, in a directory that an instruction takes as a whole.

    What the ignore file in use, `used`, excludes already does not count.
    """
    from ctxopt.evidence.junk_names import is_history, is_never_source

    for pattern in patterns.patterns:
        cleaned = pattern.cleaned.removeprefix("**/")
        place = paths.join(inside, cleaned)
        # No directory below the root has a history of its own.
        name = paths.base(place)
        is_there = is_never_source(name) and not (inside and is_history(name))
        if (
            pattern.exception
            or not is_there
            or name in _TINY
            or _is_excluded(build, used, paths.parent(patterns.file or ""), cleaned)
        ):
            continue
        sources = (paths.join("/", one)[1:] for read in build.plan.reads for one in read.sources)
        if any(not source or place.startswith(f"{source}/") for source in sources):
            return _Meant(Totals(), pattern.cleaned, inside)
    return None


def _is_excluded(build: BuildContext, used: "DockerIgnore", inside: str, pattern: str) -> bool:
    """Whether the ignore file in use excludes what a pattern of another one means in the directory of that.

    Or at the root, where nothing installs packages in that directory.
    """
    return used.ignores(paths.join(inside, pattern)) or (used.ignores(pattern) and not _may_install(build, inside))


def _may_install(build: BuildContext, path: str) -> bool:
    """Whether a directory of the context has a manifest, or directories that may have some."""
    from ctxopt.evidence.manifest_names import possible_manifests

    entry = build.tree.find(path)
    found = entry[0].subdirectories.get(entry[0].names[entry[1]]) if entry is not None else None
    return found is not None and (bool(found.subdirectories) or any(possible_manifests(found.names)))


def _finding(severity: Severity, path: str, message: str, found: _Meant, fix: str) -> Finding:
    what = f"{found.first} and what else its patterns match" if found.totals.files > 1 else found.first
    relative = f", and write {found.inside}/ in front of them" if found.inside else ""
    return Finding(
        RULE.id,
        severity,
        path,
        None,
        f"{message}, so nothing excludes {what}",
        f"{fix}; its patterns are relative to the context root{relative}",
        totals=found.totals if found.totals.files else None,
    )
