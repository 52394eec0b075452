"""Everything there is to say about one path of a build context."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property
from heapq import nsmallest
from itertools import islice
from typing import Final

from ctxopt.catalogue.secrets import is_elsewhere, secret_in
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Totals, Tree, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore.spec import DockerIgnore, Verdict
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.by_name import would_read
from ctxopt.errors import CtxoptError
from ctxopt.evidence.secret_files import FoundSecret, found_secrets
from ctxopt.evidence.secret_files import Reach as Reach
from ctxopt.reports.stages import origins_if_read
from ctxopt.reports.use_sums import UseSums, by_size
from ctxopt.reports.uses import Use, Uses, strongest, use_by

#: Maximum size of a file that is read to see whether it has a secret in it, in bytes.
_LARGEST_SECRET: Final = 256 << 10
#: Minimum similarity of a name that may be meant, and the maximum number of paths to suggest.
_SIMILAR: Final = 0.75
_SUGGESTED: Final = 3
#: Maximum number of characters of names that are compared, and of names: the time grows with both.
_COMPARED: Final = 60
_LOOKED_AT: Final = 2_000


@dataclass(frozen=True, slots=True)
class BuilderVerdict:
    """One builder's verdict: its name, its ignore file if it has one, and whether it sends the path anyway.

    `forced` marks the Dockerfile and .dockerignore, which the classic client sends in any case;
    `for_contents` a directory that is excluded but sent by BuildKit for what is kept in it. `error` is why the
    builder fails before it looks at any path; the rest then says nothing.
    """

    builder: str
    file: str | None
    verdict: Verdict
    forced: bool = False
    for_contents: bool = False
    error: CtxoptError | None = None


@dataclass(frozen=True, slots=True)
class ExplainedSecret:
    """A secret that is the path itself or below it, how far it gets, and the line of the instruction that takes it.

    `reach` is None where the ignore file excludes it, or where it does not exist. It is not `certain` where the file
    may be something else.
    """

    path: str
    reach: Reach | None
    line: int | None
    certain: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """One path: whether it exists, what each builder does with it, what becomes of it, and which instructions read it.

    `use` is what becomes of most of it, `uses` are the files in it by their use; there are none where it does not exist
    or is excluded. For a path that does not exist, `readers` are the instructions that would read it, judged by its
    name, `use` is what would become of it, and `similar` are paths that may be meant. `context` is the name of the
    named context that it is in, "" for the main one.
    """

    path: str
    exists: bool
    verdicts: tuple[BuilderVerdict, ...]
    readers: tuple[ContextRead, ...]
    use: Use = Use.UNUSED
    uses: tuple[tuple[Use, Totals], ...] = ()
    secrets: tuple[ExplainedSecret, ...] = ()
    similar: tuple[str, ...] = ()
    context: str = ""


def explain(context: BuildContext, paths: Sequence[str]) -> list[Explanation]:
    """Explain clean paths relative to the context's root. Raises CtxoptError."""
    explainer = Explainer(context)
    return [replace(explainer.explain(path), context=context.name) for path in paths]


class Explainer:
    """Explains paths of one context; what takes the whole context is worked out once, if it is needed.

    What is not in `view` counts as excluded in sums.
    """

    def __init__(self, context: BuildContext, view: int = View.BUILDKIT) -> None:
        self._context = context
        self._view = view

    def explain(self, path: str) -> Explanation:
        """Explain a clean path relative to the context's root. Raises CtxoptError."""
        context = self._context
        found = context.locate(path) if path != "." else None
        verdicts = (
            self._verdict(path, found, View.BUILDKIT, "BuildKit"),
            self._verdict(path, found, View.CLASSIC, "legacy builder"),
        )
        exists = found is not None or context.exists(path)
        excluded = verdicts[0].verdict.excluded
        readers = () if excluded else self._readers(path, found)
        secrets = tuple(self._secrets(path, exists, excluded))
        if excluded and not verdicts[0].for_contents:
            return Explanation(path, exists, verdicts, readers, Use.IGNORED, secrets=secrets)
        if not exists:
            use = self._use_by_name(path, readers)
            return Explanation(path, exists, verdicts, readers, use, (), secrets, similar(context.tree, path))
        uses = self._uses(path, found)
        use = uses[0][0] if uses else strongest(*map(use_by, readers))
        return Explanation(path, exists, verdicts, readers, use, uses, secrets)

    def _verdict(self, path: str, found: tuple[Directory, int] | None, view: int, builder: str) -> BuilderVerdict:
        context = self._context
        file = context.ignore_file(view)
        classic = view == View.CLASSIC
        refusal = context.located.classic_refusal if classic else None
        if refusal is not None:
            return BuilderVerdict(builder, None, Verdict(False, ()), error=refusal)
        patterns = context.patterns(view)
        verdict = DockerIgnore(patterns.without_added()).explain(path, classic=classic)
        forced = classic and verdict.excluded and not DockerIgnore(patterns).ignores(path, classic=True)
        sent = found is not None and bool(found[0].flags[found[1]] & view)
        for_contents = verdict.excluded and not forced and sent
        return BuilderVerdict(builder, file.name if file else None, verdict, forced, for_contents)

    def _readers(self, path: str, found: tuple[Directory, int] | None) -> tuple[ContextRead, ...]:
        if found is None:
            return tuple(read for read in self._context.instructions if would_read(read, path))
        numbers = self._context.usage.readers(*found)
        return tuple(read for read in self._context.instructions if read.number in numbers)

    def _use_by_name(self, path: str, readers: tuple[ContextRead, ...]) -> Use:
        """What would become of a file that does not exist."""
        use = strongest(*map(use_by, readers))
        if use is not Use.BUILD:
            return use
        files = [(path,) if read in readers else () for read in self._context.plan.reads]
        return Use.IMAGE if origins_if_read(self._context, files) else Use.BUILD

    def _uses(self, path: str, found: tuple[Directory, int] | None) -> tuple[tuple[Use, Totals], ...]:
        """The files of an entry by their use."""
        if found is not None and found[0].kinds[found[1]] != EntryKind.DIRECTORY:
            directory, index = found
            return ((self.uses.of_entry(directory, index), Totals(1, directory.sizes[index])),)
        inside = self._context.tree.by_path.get("" if path == "." else path)
        if inside is None:
            return ()
        # What is excluded as a whole was not walked, so its sum is not known.
        sums = self.sums.below(inside)
        return by_size({use: totals for use, totals in sums.items() if use is not Use.IGNORED})

    @cached_property
    def uses(self) -> Uses:
        """What becomes of the files."""
        return Uses(self._context)

    @cached_property
    def sums(self) -> UseSums:
        """What becomes of the files below each directory."""
        return UseSums(self._context, self.uses, self._view)

    @cached_property
    def found_secrets(self) -> list[FoundSecret]:
        """The secrets of the build."""
        return found_secrets(self._context)

    def _secrets(self, path: str, exists: bool, excluded: bool) -> Iterator[ExplainedSecret]:
        """The secrets that a path is or contains; of what is not sent, only the path itself is looked at."""
        if excluded or not exists:
            data = self._context.read(path, _LARGEST_SECRET) if exists else None
            if not is_elsewhere(path) and secret_in(path, data) is not None:
                yield ExplainedSecret(path, None, None, data is not None)
            return
        for one in self.found_secrets:
            if path in (".", one.file.path) or one.file.path.startswith(path + "/"):
                line = None if one.exposure is None else one.exposure.step.line
                yield ExplainedSecret(one.file.path, one.reach, line, not one.file.doubt)


def similar(tree: Tree, path: str) -> tuple[str, ...]:
    """Paths in a tree that may be meant by one that does not exist: with a similar name, or of that name elsewhere."""
    *parents, name = path.split("/")
    directory: Directory | None = tree.root
    for parent in parents:
        near = None if directory is None else _nearest(parent, directory.subdirectories)
        directory = None if directory is None or near is None else directory.subdirectories[near]
    near = None if directory is None else _nearest(name, directory.names)
    if near is not None and directory is not None:
        return (directory.child_path(near),)
    elsewhere = (directory.child_path(name) for directory, _ in tree.named({name}))
    return tuple(nsmallest(_SUGGESTED, elsewhere, key=lambda other: (other.count("/"), other)))


def _nearest(name: str, names: Collection[str]) -> str | None:
    """The name itself if it is there, or else the most similar one; None if there is none."""
    if name in names:
        return name
    by_text = {other.lower()[:_COMPARED]: other for other in islice(names, _LOOKED_AT)}
    near = get_close_matches(name.lower()[:_COMPARED], by_text, 1, _SIMILAR)
    return by_text[near[0]] if near else None
