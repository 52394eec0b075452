"""The whole context in a directory that a web server serves."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from ctxopt.catalogue.base_images import known
from ctxopt.catalogue.installs import is_manifest
from ctxopt.catalogue.names import NameIndex
from ctxopt.catalogue.secrets import NO_SECRET
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Totals, View
from ctxopt.core.dockerfile.model import ContextRead, StageCopy
from ctxopt.core.dockerignore.quote import literal
from ctxopt.core.golang import paths
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.display import amount
from ctxopt.evidence.secret_files import secret_files
from ctxopt.findings.context import RuleContext
from ctxopt.findings.directories import first_file
from ctxopt.findings.final_image import FinalImage, final_image, final_steps
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule

if TYPE_CHECKING:
    from ctxopt.image.exposure import Exposure


_LISTED: Final = 8
#: What a command has in it that reads manifests, such as `php composer.phar install`.
_INSTALLS: Final = lazy_re(r"\b(?:install|ci|update|build|run|composer|npm|yarn|pnpm|bun)\b")


@dataclass(frozen=True, slots=True)
class _Item:
    """An entry that should not be served: its path, with a slash at the end of a directory, and its files."""

    path: str
    totals: Totals
    grave: bool


def check(context: RuleContext) -> Iterator[Finding]:
    """Find what a broad COPY puts into the root of a known web server and should not be served."""
    build = context.build
    final = final_image(build)
    if final is None or not _serves(build, final):
        return
    found = _candidates(build)
    exposures = context.exposure(found)
    served: dict[int, tuple[Exposure, str, list[_Item]]] = {}
    for first, (path, grave) in found.items():
        exposure = exposures.of(first, path.rstrip("/"))
        if exposure is None or not exposure.in_image or not exposure.read.broad:
            continue
        root = _root(final, _place(final, exposure, first))
        if root is not None:
            item = _Item(path, _totals(build, path, exposure.read), grave)
            served.setdefault(exposure.step.line, (exposure, root, []))[2].append(item)
    for exposure, root, items in served.values():
        yield _finding(context, final, exposure, root, sorted(items, key=lambda one: (not one.grave, one.path)))


RULE = Rule(
    id="CTX104",
    name="web-root-broad",
    title="Whole context copied where a web server serves it",
    help=(
        "Copy only the directory with the pages, or exclude the rest. A web server serves every file "
        "below its document root."
    ),
    check=check,
)


def _serves(build: BuildContext, final: FinalImage) -> bool:
    image = final.known
    if not image.web_roots or (image.serves and set(image.serves).isdisjoint(final.reference.tag.split("-"))):
        return False
    return not any(word in step.text for step in final_steps(build.plan) for word in image.root_set)


@cache
def _index() -> NameIndex[bool]:
    return NameIndex((name, one.grave) for one in known().unserved for name in one.names)


def _candidates(build: BuildContext) -> dict[str, tuple[str, bool]]:
    """The entries that should not be served: by one file of each, its path and whether it is grave.

    Others than grave ones only count at the root: further down they may belong to the pages.
    """
    candidates: dict[str, tuple[str, bool]] = {}
    named = _index().find(build.tree.names)
    stack = [build.tree.root] if named else []
    while stack:
        directory = stack.pop()
        below = dict(directory.subdirectories)
        for name in () if named.keys().isdisjoint(directory.names) else sorted(named.keys() & set(directory.names)):
            place, grave = directory.find(name), any(named[name])
            if not directory.flags[place] & View.BUILDKIT or (directory.parent is not None and not grave):
                continue
            inside = below.pop(name, None)
            path = directory.child_path(name)
            first = first_file(inside, ("HEAD",)) if inside is not None else path
            if first is not None and (inside is not None or directory.kinds[place] == EntryKind.FILE):
                candidates[first] = (path if inside is None else f"{path}/", grave)
        stack += below.values()
    return candidates | {one.path: (one.path, True) for one in secret_files(build) if one.doubt < NO_SECRET}


def _place(final: FinalImage, exposure: "Exposure", path: str) -> str | None:
    """The path of a file in the image, if need be by the working directory of the base image; None if unknown."""
    read = exposure.read
    if exposure.path is not None or exposure.step is not read or read.workdir is not None or not final.known.workdir:
        return exposure.path
    return paths.join(final.known.workdir, read.destination, path)


def _root(final: FinalImage, place: str | None) -> str | None:
    """The web server's root above a path in the image; None if there is none."""
    return next(
        (root for root in final.known.web_roots if place is not None and f"{place}/".startswith(f"{root}/")), None
    )


def _totals(build: BuildContext, path: str, read: ContextRead) -> Totals:
    found = build.locate(path.rstrip("/"))
    if found is None:
        return Totals()
    directory, index = found
    inside = directory.subdirectories.get(directory.names[index])
    return Totals(1, directory.sizes[index]) if inside is None else build.usage.taken_below(read.number, inside)


def _finding(
    context: RuleContext, final: FinalImage, exposure: "Exposure", root: str, items: Sequence[_Item]
) -> Finding:
    build = context.build
    first, *others = items
    what = f"{first.path} and {len(others):,} more that should not be public" if others else first.path
    evidence = [f"{item.path}: {amount(item.totals.size, item.totals.files)}" for item in items[:_LISTED]]
    if len(items) > _LISTED:
        evidence.append(f"and {len(items) - _LISTED:,} more")
    if exposure.step is not exposure.read:
        evidence.append(
            f"{exposure.read.kind} in line {exposure.read.line} copies them into stage {exposure.read.stage_label}"
        )
    configured = any(place in step.text for step in final_steps(build.plan) for place in final.known.configuration)
    return Finding(
        RULE.id,
        Severity.WARNING if first.grave else Severity.NOTE,
        build.plan.file,
        exposure.step.line,
        f"{_kind(exposure.step)} puts the whole context into {root}, where it is served: {what}",
        _fix(context, exposure, items, root),
        totals=sum((item.totals for item in items), Totals()),
        confidence=Confidence.HIGH if exposure.sure and not configured else Confidence.MEDIUM,
        evidence=tuple(evidence),
        end_line=exposure.step.end_line,
    )


def _kind(step: ContextRead | StageCopy) -> str:
    return step.kind if isinstance(step, ContextRead) else "COPY"


def _fix(context: RuleContext, exposure: "Exposure", items: Sequence[_Item], root: str) -> str:
    """The fix: copy the pages only, if it is clear which these are, or exclude the entries that no command reads."""
    build, step = context.build, exposure.step
    if isinstance(step, StageCopy):
        source = f"{step.sources[0].rstrip('/')}/{known().built}/"
        stage = build.plan.stages[step.source]
        return f"copy only what is served, such as COPY --from={stage.name or stage.number} {source} {root}/"
    top = build.tree.root
    pages = next((name for name in known().pages if _holds_pages(top.subdirectories.get(name))), None)
    if pages is not None and not _holds_pages(top):
        return f"copy only the pages: COPY {pages}/ {root}/"
    ignore = build.ignore_file(View.BUILDKIT)
    needed = [one for one in items if _is_needed(context, exposure.read, one)]
    patterns = " ".join(literal(one.path.rstrip("/")) for one in [one for one in items if one not in needed][:_LISTED])
    add = f"add {patterns} to {'.dockerignore' if ignore is None else ignore.name}"
    if not needed:
        return f"{add}, or copy the pages by name"
    ways = f"copy the pages by name, or remove {' '.join(one.path for one in needed[:_LISTED])} in the RUN that reads "
    return f"{f'{add}; ' if patterns else ''}{ways}{'it' if len(needed) == 1 else 'them'}"


def _is_needed(context: RuleContext, read: ContextRead, item: _Item) -> bool:
    """Whether a command after a COPY reads an entry: by its name, as git or as a tool that installs from manifests."""
    path = item.path.rstrip("/")
    name = paths.base(path)
    if name == ".git" and context.history is not None:
        return True
    if context.evidence is not None and any(not mention.shallow for mention in context.evidence.mentions.of(path)):
        return True
    steps = context.build.plan.steps[read.step + 1 :]
    installs = any(step.kind == "RUN" and step.stage == read.stage and _INSTALLS.search(step.text) for step in steps)
    return installs and is_manifest(name)


def _holds_pages(directory: Directory | None) -> bool:
    return directory is not None and any(directory.find(index) >= 0 for index in known().indexes)
