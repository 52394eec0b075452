"""Files that the ignore file excludes, and that something which is sent needs."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ctxopt.catalogue.ecosystems import Metadata, Required, catalogue
from ctxopt.catalogue.names import NameIndex
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.core.dockerignore.pattern import Pattern
from ctxopt.core.dockerignore.quote import literal
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.hidden_sources import is_hidden
from ctxopt.image.commands import first_command, may_be_command

if TYPE_CHECKING:
    from ctxopt.evidence.hidden_texts import NamedHidden

_LARGEST: Final = 1 << 20
#: A project of Python that uv or poetry installs the dependencies of alone.
_NO_PACKAGE: Final = lazy_re(
    rb"^\[tool\.(?:uv|poetry)\][ \t\r]*\n(?:[^\[\n][^\n]*\n|\n)*?package(?:-mode)?[ \t]*=[ \t]*false\b", re.MULTILINE
)
#: The name of a file that describes a project.
_DESCRIBES: Final = lazy_re(r"(?i)(?:readme|licen[cs]e|copying|changelog)")


@dataclass(frozen=True, slots=True)
class HiddenNeed:
    """A path that a pattern excludes although something that is sent needs it.

    `reason` is one sentence; `exception`, with a `!`, would bring the path back; "" where it is a part of `whole`,
    which is of use only as a whole. `certain` is False where only a text names it, which may do without it.
    """

    path: str
    pattern: Pattern
    reason: str
    exception: str = ""
    whole: str = ""
    certain: bool = True


def hidden_needs(build: BuildContext) -> Iterator[HiddenNeed]:
    """What the ignore file that BuildKit reads excludes and must not, one finding a path."""
    yield from certain_needs(build)
    if _has_patterns(build):
        # Several parts of a proposal ask, and texts are searched for it.
        yield from build.once(_in_texts)


def certain_needs(build: BuildContext) -> Iterator[HiddenNeed]:
    """Those of `hidden_needs` that more than a text names."""
    if _has_patterns(build):
        yield from build.once(_certain)


def _has_patterns(build: BuildContext) -> bool:
    return build.ignore_file(View.BUILDKIT) is not None and View.TRANSFER not in build.tree.refusals


def _certain(build: BuildContext) -> tuple[HiddenNeed, ...]:
    from ctxopt.evidence.hidden_texts import named_by_commands

    ignore = DockerIgnore(build.patterns(View.BUILDKIT))
    named = list(_named(build, ignore))
    known = {need.path for need in named}
    return (*named, *_described(named_by_commands(build), ignore, known, certain=True), *hidden_parts(build))


def _in_texts(build: BuildContext) -> tuple[HiddenNeed, ...]:
    from ctxopt.evidence.hidden_texts import named_by_texts

    ignore = DockerIgnore(build.patterns(View.BUILDKIT))
    known = {need.path for need in certain_needs(build)}
    return tuple(_described(named_by_texts(build), ignore, known, certain=False))


def _described(
    named: "Iterable[NamedHidden]", ignore: DockerIgnore, known: Collection[str], *, certain: bool
) -> Iterator[HiddenNeed]:
    for one in named:
        pattern = _deciding(ignore, one.path)
        if pattern is not None and one.path not in known:
            reason = f"`{pattern.cleaned}` excludes {one.path}: {one.why}"
            yield HiddenNeed(one.path, pattern, reason, literal(one.path), certain=certain)


def hidden_parts(build: BuildContext) -> Iterator[HiddenNeed]:
    """What is excluded of a directory of version control whose rest is sent."""
    if not _has_patterns(build):
        return
    ignore = DockerIgnore(build.patterns(View.BUILDKIT))
    for metadata in catalogue().metadata:
        if metadata.parts:
            yield from _parts(build, ignore, metadata)


def _named(build: BuildContext, ignore: DockerIgnore) -> Iterator[HiddenNeed]:
    """What manifests name, where a command fails without it."""
    hidden = [item for item in _of_manifests(build) if is_hidden(build, item[2]) and _is_in_a_source(build, item[2])]
    if not hidden:
        return
    # Imported here because few builds have such a manifest, and it takes all of the evidence.
    from ctxopt.evidence.of_build import evidence_of

    evidence = evidence_of(build)
    seen: set[str] = set()
    for required, manifest, path in hidden if evidence is not None else ():
        run = first_command(evidence.all_runs, required.when, may_be_command) if evidence is not None else None
        pattern = _deciding(ignore, path)
        if run is not None and pattern is not None and path not in seen and not _is_optional(build, manifest, path):
            seen.add(path)
            reason = f"`{pattern.cleaned}` excludes {path}, which {manifest} names and {run.origin} needs"
            yield HiddenNeed(path, pattern, reason, literal(path))


def _is_in_a_source(build: BuildContext, path: str) -> bool:
    """Whether an instruction would take a path if nothing excluded it, or may: one that names others never does."""
    for read in build.plan.reads:
        if read.unresolved or not read.sources:
            return True
        for source in read.sources:
            cleaned = paths.join("/", source)[1:]
            if not cleaned or gomatch.has_wildcards(source) or f"{path}/".startswith(f"{cleaned}/"):
                return True
    return False


def _is_optional(build: BuildContext, manifest: str, path: str) -> bool:
    """Whether what installs a Python project goes on without a file that describes it.

    setuptools does, and uv and poetry do not build what is no package.
    """
    if paths.base(manifest) != "pyproject.toml" or not _DESCRIBES.match(paths.base(path)):
        return False
    text = build.read(manifest, _LARGEST) or b""
    return b"build-backend" not in text or b"setuptools.build_meta" in text or _NO_PACKAGE.search(text) is not None


def _of_manifests(build: BuildContext) -> Iterator[tuple[Required, str, str]]:
    """What the manifests that are sent name, with the manifest."""
    found = _describing(build.tree.names)
    for directory, place in build.tree.named(found):
        if directory.flags[place] & View.TRANSFER:
            from ctxopt.evidence.manifests import strings

            manifest = directory.child_path(directory.names[place])
            text = (build.read(manifest, _LARGEST) or b"").decode("utf-8", "replace")
            for required in found[directory.names[place]]:
                if required.given and not any(given in text for given in required.given):
                    continue
                for path in _paths(directory.path, strings(text, required.format, required.keys)):
                    yield required, manifest, path


@lru_cache(maxsize=2)
def _describing(names: frozenset[str]) -> Mapping[str, list[Required]]:
    """What manifests with some names of a context may require, which many builds may have."""
    return NameIndex((required.file, required) for required in catalogue().required).find(names)


def _paths(directory: str, values: Iterable[str]) -> Iterator[str]:
    """The paths that the strings in a manifest name, below the context."""
    for value in values:
        path = paths.join(directory, value)
        if (
            value
            and len(value) < 4096
            and not gomatch.has_wildcards(path)
            and path.split("/")[0] not in ("", ".", "..")
        ):
            yield path


def _parts(build: BuildContext, ignore: DockerIgnore, metadata: Metadata) -> Iterator[HiddenNeed]:
    """The parts that are excluded of a directory of which others are sent."""
    for name in metadata.names:
        hidden = [path for part in metadata.parts if is_hidden(build, path := f"{name}/{part}")]
        entry = build.tree.find(name)
        if not hidden or entry is None or not entry[0].flags[entry[1]] & View.TRANSFER:
            continue
        for path in hidden:
            pattern = _deciding(ignore, path)
            if pattern is not None:
                what = f"`{pattern.cleaned}` excludes a part of {name} whose rest is sent"
                yield HiddenNeed(path, pattern, f"{what}: commands that ask it fail", whole=name)


def _deciding(ignore: DockerIgnore, path: str) -> Pattern | None:
    """The pattern that excludes a path."""
    touches = ignore.explain(path).touches
    return touches[-1].pattern if touches and not touches[-1].pattern.exception else None
