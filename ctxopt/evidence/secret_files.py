"""Files of a context that contain secrets, judged by their names and, where that helps, by their contents."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import IntEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from ctxopt.catalogue.names import NameIndex, any_match, ends_with
from ctxopt.catalogue.secrets import (
    COPIES,
    NO_SECRET,
    Carrier,
    Secret,
    copied_names,
    doubt,
    is_elsewhere,
    is_for_tests,
    secret_names,
    secrets,
)
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Tree, View
from ctxopt.core.dockerfile.model import Plan, Step
from ctxopt.core.golang import paths
from ctxopt.core.golang.match import has_wildcards
from ctxopt.core.golang.text import UTF_16_MARKS
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.git.pointers import pointer_size
from ctxopt.git.repository import place_in_repository
from ctxopt.image.places import lineage

if TYPE_CHECKING:
    from ctxopt.image.exposure import Exposure

#: A name from the catalogue, and the secret that it stands for.
_Named = tuple[str, Secret]

#: Maximum size of a file to read and of all of them, in bytes, and maximum number of files to read.
_LARGEST: Final = 4 << 20
_TOTAL: Final = 64 << 20
_READ: Final = 5_000


@dataclass(frozen=True, slots=True)
class SecretFile:
    """One file: its path, its logical bytes, and the secret that it contains.

    `doubt` lowers the severity by so many degrees: 1 if the file may be something else, judging by its name
    or because it was not read, 2 if nothing in it looks like a secret. `unread`: it was not read completely.
    """

    path: str
    size: int
    secret: Secret
    doubt: int = 0
    unread: bool = False


class Reach(IntEnum):
    """How far a secret gets, the farthest last."""

    CONTEXT = 0
    SENT = 1
    STAGE = 2
    IMAGE = 3


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """One secret of a build: the file, how far it gets, and the instruction that takes it, None for none.

    `removal` is the line of a RUN that removes it from the stage again.
    """

    file: SecretFile
    reach: Reach
    exposure: "Exposure | None" = None
    removal: int | None = None


def found_secrets(build: BuildContext) -> list[FoundSecret]:
    """The secrets of a build, the certain ones first. Whatever shows or counts secrets shows and counts these.

    A doubtful file is one only if an instruction copies it, and one in which no value looks like a secret is none.
    """
    files = sorted(secret_files(build), key=lambda file: (file.doubt, file.path))
    if not files:
        return []
    # Imported here because most builds have no file that has to be followed this far.
    from ctxopt.image.exposure import Exposures

    exposures = Exposures(build, [file.path for file in files])
    found = []
    for file in files:
        exposure = exposures.of(file.path)
        if exposure is not None:
            if not exposure.in_image and exposures.removal(file.path, exposure.read) is None:
                exposure = _carried(build, file.path, exposure)
            reach = Reach.IMAGE if exposure.in_image else Reach.STAGE
            found.append(FoundSecret(file, reach, exposure, exposures.removal(file.path, exposure.read)))
        else:
            found.append(FoundSecret(file, Reach.SENT if exposures.is_sent(file.path) else Reach.CONTEXT))
    return [one for one in found if _counts(one)]


def _carried(build: BuildContext, path: str, exposure: "Exposure") -> "Exposure":
    """How far a file gets that a build takes on into its output, from which a COPY takes it into the image."""
    plan = build.plan
    exported = {stage.number for stage in plan.stages if stage.exported}
    for copy in plan.copies:
        if copy.stage in exported and exposure.read.stage in lineage(plan, copy.source):
            runs = [step for step in plan.steps if step.kind == "RUN" and step.stage == copy.source]
            texts = [step.text for step in runs]
            for carrier in secret_names().carrier:
                if carrier.carries(path, copy.sources, texts) and _is_in_a_project(path, plan, exposure, carrier, runs):
                    return exposure.carried_by(copy)
    return exposure


def _is_in_a_project(path: str, plan: Plan, exposure: "Exposure", carrier: Carrier, runs: Iterable[Step]) -> bool:
    """Whether a file is in the directory of a project of which some RUN make what is carried on, as far as is known."""
    if not carrier.projects:
        return True
    from ctxopt.evidence.image import image_locations
    from ctxopt.evidence.model import BuildRead

    (location,) = image_locations([BuildRead(plan, exposure.read)])
    for step in runs:
        words = [word.strip("\"'") for word in step.text.split()] if carrier.makes(step.text) else []
        named = [paths.parent(word) for word in words if word.endswith(carrier.projects)]
        for directory in (named or [""]) if words else ():
            home = None if step.workdir is None else location.context_path(paths.join(step.workdir, directory))
            if home is None or not home or f"{path}/".startswith(f"{home}/"):
                return True
    return False


def _counts(one: FoundSecret) -> bool:
    if one.exposure is None or (is_for_tests(one.file.path) and not one.exposure.in_image):
        return one.file.doubt < 1
    return one.file.doubt < NO_SECRET


def secret_files(build: BuildContext) -> list[SecretFile]:
    """The secrets in what BuildKit's ignore file keeps; templates, public keys and test data are no secrets.

    A context that is among the tests or the examples of its repository has none.
    """
    tree = build.tree
    named, renamed = _named_in(tree.names), tuple(_renamed(build))
    if not (named or renamed) or is_elsewhere(f"{place_in_repository(build.root)}/"):
        return []
    # Builds of one tree mostly differ in nothing that counts here.
    copied = copied_by_name(build)
    return tree.once((_files_of, copied, renamed), lambda: _files_of(build, named, copied, renamed))


def _files_of(
    build: BuildContext,
    named: Mapping[str, list[_Named]],
    copied: Collection[str],
    renamed: Iterable[tuple[str, int, Secret]],
) -> list[SecretFile]:
    candidates: dict[str, tuple[int, list[Secret]]] = {}
    for path, size, secret in (*_candidates(build.tree, named, copied), *renamed):
        candidates.setdefault(path, (size, []))[1].append(secret)
    files = []
    read = total = 0
    for path, (size, kinds) in candidates.items():
        data = None
        if read < _READ and total + min(size, _LARGEST) <= _TOTAL:
            # What is read completely is an input, which no result is written over.
            data = build.read(path, _LARGEST) if size <= _LARGEST else build.head(path, _LARGEST)
            read += 1
            total += min(size, _LARGEST)
            if data is not None and data.startswith(UTF_16_MARKS):
                # Some programs skip the mark, and read what follows as it is.
                data = data[2:] + b"\n" + data.decode("utf-16", "replace").encode()
        # What Git LFS did not download is not here either.
        unread = data is None or size > _LARGEST or pointer_size(data) is not None
        doubts = ((secret, doubt(path, secret, data)) for secret in kinds)
        fits = [(secret, degree) for secret, degree in doubts if degree is not None]
        # What a program reads is named so, whatever else has such a name.
        fitting = next((one for one in fits if one[0].program), fits[0] if fits else None)
        if unread and (fitting is None or fitting[1] > 1):
            # What it would have to have in it may be where nobody looked.
            fitting = kinds[0], 1
        if fitting is not None:
            files.append(SecretFile(path, size, *fitting, unread and fitting[1] > 0))
    return files


def copied_by_name(build: BuildContext) -> frozenset[str]:
    """The paths that COPY and ADD name as they are: who copies one file of the tests means that file."""
    reads = (read for read in build.plan.reads if read.kind in ("COPY", "ADD") and not read.unresolved)
    sources = (source for read in reads for source in read.sources if not has_wildcards(source))
    return frozenset(paths.join("/", source)[1:] for source in sources)


def _renamed(build: BuildContext) -> Iterator[tuple[str, int, Secret]]:
    """The files that COPY and ADD give the name of a secret, each with its size."""
    for read in build.plan.reads:
        if read.kind not in ("COPY", "ADD") or read.unresolved or len(read.sources) != 1:
            continue
        source, destination = paths.join("/", read.sources[0])[1:], paths.join("/", read.destination)[1:]
        parent, _, name = destination.rpartition("/")
        if read.destination.endswith("/") or has_wildcards(read.sources[0]) or name == paths.base(source):
            continue
        place = _Place(parent.lower(), elsewhere=False, known={})
        for wanted, secret in _named([name]).get(name, ()):
            found = build.tree.find(source)
            if found is not None and place.may_have(wanted) and _is_named(name, wanted, secret):
                directory, index = found
                if directory.kinds[index] == EntryKind.FILE and directory.flags[index] & View.BUILDKIT:
                    yield source, directory.sizes[index], secret


def is_for_trying(build: BuildContext) -> bool:
    """Whether the Dockerfile is among the tests or the examples of its repository."""
    return is_elsewhere(f"{place_in_repository(build.root)}/{build.plan.file}")


def risks(build: BuildContext) -> dict[str, str]:
    """The paths of the secrets of a build, each with the reason."""
    return {one.file.path: one.file.secret.warning for one in found_secrets(build)}


@cache
def _index() -> NameIndex[_Named]:
    return NameIndex((name.lower(), (name.lower(), secret)) for secret in secrets() for name in secret.names)


@lru_cache(maxsize=2)
def _named_in(names: frozenset[str]) -> Mapping[str, list[_Named]]:
    """The same for all names of a context, which many builds may have."""
    return _named(names)


def _named(names: Iterable[str]) -> dict[str, list[_Named]]:
    """What is known of those of the names that are, in any case, the name of a secret or of a copy of one."""
    lowered = [(name, name.lower()) for name in names]
    known = _index().find([lower for _, lower in lowered])
    found = {name: list(known[lower]) for name, lower in lowered if lower in known} if known else {}
    for name, lower in lowered:
        if lower.endswith(COPIES):
            pairs = [pair for copied in copied_names(lower) for pair in _index().of(copied)]
            if pairs:
                found.setdefault(name, []).extend(pairs)
    return found


def _candidates(
    tree: Tree, named: Mapping[str, list[_Named]], asked: Collection[str]
) -> Iterator[tuple[str, int, Secret]]:
    """The secrets among entries with these names, each with its size; `asked` are paths that instructions name."""
    places: dict[tuple[str, bool], _Place] = {}
    for directory, index in tree.named(named):
        name, path = directory.names[index], directory.path
        child = directory.child_path(name)
        key = path, child in asked
        if key not in places:
            places[key] = _Place(path.lower(), not key[1] and is_elsewhere(child), {})
        for wanted, secret in named[name]:
            # A name alone may be that of very many files, as that of secrets/*.txt is.
            if places[key].may_have(wanted) and _is_named(name, wanted, secret):
                yield from _files(directory, index, secret)


@dataclass(frozen=True, slots=True)
class _Place:
    """A directory by its path in lower case; nothing in it counts where it is `elsewhere`."""

    path: str
    elsewhere: bool
    known: dict[str, bool]

    def may_have(self, wanted: str) -> bool:
        """Whether the directories of a name of the catalogue are those above what is in this one."""
        above = wanted.rpartition("/")[0]
        if above not in self.known:
            self.known[above] = not self.elsewhere and (not above or ends_with(self.path, above))
        return self.known[above]


def _is_named(name: str, wanted: str, secret: Secret) -> bool:
    """Whether a file of this name is a secret by the last part of a name of the catalogue."""
    meant = (name.lower(), *copied_names(name))
    _, slash, last = wanted.rpartition("/")
    is_it = not slash or any(ends_with(one, last) for one in meant)
    return is_it and not any(any_match(secret.but, one) for one in meant)


def _files(directory: Directory, index: int, secret: Secret) -> Iterator[tuple[str, int, Secret]]:
    """The entry itself if it is a file that is not empty, or such files in it; those that BuildKit keeps."""
    name = directory.names[index]
    if directory.kinds[index] == EntryKind.FILE and directory.flags[index] & View.BUILDKIT and directory.sizes[index]:
        yield directory.child_path(name), directory.sizes[index], secret
    stack = [directory.subdirectories[name]] if secret.inside and name in directory.subdirectories else []
    while stack:
        inside = stack.pop()
        for at, (inner, kind) in enumerate(zip(inside.names, inside.kinds, strict=True)):
            counts = kind == EntryKind.FILE and inside.flags[at] & View.BUILDKIT and inside.sizes[at]
            if counts and any(any_match(secret.inside, one) for one in (inner, inner.lower(), *copied_names(inner))):
                yield inside.child_path(inner), inside.sizes[at], secret
        stack += inside.subdirectories.values()
