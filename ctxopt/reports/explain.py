"""Everything there is to say about one path of a build context."""

from dataclasses import dataclass

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore.spec import DockerIgnore, Verdict
from ctxopt.core.usage.by_name import would_read
from ctxopt.errors import CtxoptError


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
class Explanation:
    """One path: whether it exists, what each builder does with it, and which instructions read it.

    For a path that does not exist, `readers` are the instructions that would read it, judged by its name.
    """

    path: str
    exists: bool
    verdicts: tuple[BuilderVerdict, ...]
    readers: tuple[ContextRead, ...]


def explain(context: BuildContext, path: str) -> Explanation:
    """Explain a clean path relative to the context's root. Raises CtxoptError."""
    verdicts = []
    found = context.locate(path)
    for view, builder in ((View.BUILDKIT, "BuildKit"), (View.CLASSIC, "classic")):
        file = context.ignore_file(view)
        refusal = context.located.classic_refusal if view == View.CLASSIC else None
        if refusal is not None:
            verdicts.append(BuilderVerdict(builder, None, Verdict(False, ()), error=refusal))
            continue
        patterns = context.patterns(view)
        ignore = DockerIgnore(patterns.without_added())
        classic = view == View.CLASSIC
        verdict = ignore.explain(path, classic=classic)
        forced = classic and verdict.left_out and not DockerIgnore(patterns).ignores(path, classic=True)
        sent = found is not None and bool(found[0].flags[found[1]] & view)
        for_contents = verdict.left_out and not forced and sent
        verdicts.append(BuilderVerdict(builder, file.name if file else None, verdict, forced, for_contents))
    if verdicts[0].verdict.left_out:
        readers: tuple[ContextRead, ...] = ()
    elif found is None:
        readers = tuple(read for read in context.instructions if would_read(read, path))
    else:
        numbers = context.usage.readers(*found)
        readers = tuple(read for read in context.instructions if read.number in numbers)
    return Explanation(path, found is not None or context.exists(path), tuple(verdicts), readers)
