"""A COPY or ADD that takes no file, or the whole context because a variable has no value: the build goes on."""

import os
from collections.abc import Iterator
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.lazy_re import lazy_re
from ctxopt.core.usage.index import ReadResult
from ctxopt.errors import CtxoptError
from ctxopt.evidence.hidden_sources import hidden_sources
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

#: A default that is the root of the context, for a variable that a base image may set.
_DEFAULT: Final = lazy_re(r":?-[\"']?[./*]+[\"']?\}")
_OPTIONAL: Final = "correct the source, or keep it if other checkouts have such files"


def check(context: RuleContext) -> Iterator[Finding]:
    """Find instructions that BuildKit runs although they take nothing, or more than they name.

    Sources that the ignore file excludes have a rule of their own.
    """
    build = context.build
    if View.TRANSFER in build.tree.refusals:
        return
    empty = [result for result in build.usage.results if _takes_nothing(result)]
    fails = any(result.error is not None for result in build.usage.results)
    hidden = {found.read for found in hidden_sources(build) if not found.is_partial} if empty else set()
    for result in empty:
        submodules = _submodules(build, result.read)
        if submodules and not _has_their_places(build):
            # git update fails on one of which nothing says where it comes from.
            continue
        if submodules:
            names = layers.listed([f"submodule {path}" for path in submodules])
            are = "is" if len(submodules) == 1 else "are"
            what = f"{_shown(result.read)} copies no file: {names} {are} not checked out"
            yield _finding(build, result.read, Severity.NOTE, what, "git submodule update --init")
        elif result.read.number not in hidden and not _is_tracked(context, result.read):
            optional = _is_optional(result.read)
            if optional and (fails or _is_absent_by_design(context, result.read)):
                # Something fills the directory before the build, or each machine has its own files.
                continue
            severity = Severity.INFO if optional else Severity.WARNING
            fix = _OPTIONAL if optional else _reason(build)
            yield _finding(build, result.read, severity, f"{_shown(result.read)} copies no file", fix)
    for result in build.usage.results:
        read = result.read
        taken = read.kind in ("COPY", "ADD") and read.unresolved and read.broad and not _names_everything(read)
        if taken and not _has_default(build, read) and not _is_given(build, read):
            names = ", ".join(f"${name}" for name in sorted(read.unresolved))
            fix = "give the variable a default, or pass it with --build-arg"
            message = f"{_shown(read)} copies the whole context where {names} has no value"
            yield _finding(build, read, Severity.WARNING, message, fix)


RULE = Rule(
    id="CTX008",
    name="copy-nothing",
    title="COPY that takes no file, or all of them",
    help=(
        "BuildKit goes on where the wildcards of a source match nothing, or where a directory is empty; the legacy "
        "builder fails where nothing matches. A variable without a value can turn a source into the whole context."
    ),
    check=check,
)


def _takes_nothing(result: ReadResult) -> bool:
    read = result.read
    return read.kind in ("COPY", "ADD") and result.error is None and not result.totals.files and not read.unresolved


def _submodules(build: BuildContext, read: ContextRead) -> list[str]:
    """The submodules that are not checked out and of which an instruction would copy files."""
    # Imported here because few builds have an instruction that takes nothing.
    from ctxopt.evidence.not_here import not_here

    sources = [paths.join("/", source).strip("/") for source in read.sources]
    return sorted(
        path
        for path in not_here(build).submodules
        if any(f"{path}/".startswith(f"{source}/") or f"{source}/".startswith(f"{path}/") for source in sources)
    )


def _has_their_places(build: BuildContext) -> bool:
    """Whether the repository says where its submodules come from."""
    from ctxopt.git.repository import repository_of

    top = repository_of(build.root)
    return top is not None and os.path.isfile(os.path.join(top, ".gitmodules"))


def _has_default(build: BuildContext, read: ContextRead) -> bool:
    """Whether an instruction gives each variable a default that means the whole context, as in ${DIRECTORY:-.}."""
    from ctxopt.image.variables import variables_of

    given: dict[str, str] = {}
    for step in build.plan.steps:
        if step.kind in ("ARG", "ENV") and step.stage == read.stage:
            given.update((name, value or "") for name, value in variables_of(step))
    return all(_DEFAULT.search(given.get(name, "")) is not None for name in read.unresolved)


def _is_given(build: BuildContext, read: ContextRead) -> bool:
    """Whether what builds the images of the repository gives a value to each variable: nobody builds without."""
    # Imported here because few builds have such an instruction.
    from ctxopt.evidence.operation import gives_arguments

    return gives_arguments(build, read.unresolved)


def _finding(build: BuildContext, read: ContextRead, severity: Severity, message: str, fix: str) -> Finding:
    return Finding(RULE.id, severity, build.plan.file, read.line, message + _legacy(build, read), fix)


def _shown(read: ContextRead) -> str:
    return f"`{read.kind} {' '.join(read.written)}`"


def _is_optional(read: ContextRead) -> bool:
    """Whether wildcards match nothing, which may be meant: a file need not be there."""
    return not read.broad and any(map(gomatch.has_wildcards, read.sources))


def _is_tracked(context: RuleContext, read: ContextRead) -> bool:
    """Whether git has files for a source, so that it is this checkout which lacks them."""
    git = context.git
    return git is not None and any(git.tracks(paths.join("/", source).strip("/")) for source in read.sources)


def _is_absent_by_design(context: RuleContext, read: ContextRead) -> bool:
    """Whether all sources are environment files, or what git ignores, which a fresh clone does not have."""
    from ctxopt.findings.rules.no_effect import ignored_by_git

    ignored = ignored_by_git(context)
    names = [paths.join("/", source)[1:].rstrip("*") for source in read.sources]
    return all(paths.base(name).startswith(".env") or ignored.has(name) for name in names)


def _reason(build: BuildContext) -> str:
    excluded = build.located.buildkit_ignore
    if excluded is None:
        return "the directory is empty; remove the instruction if nothing fills it before the build"
    return f"{excluded.name} may exclude all that is in it; correct the patterns or the source"


def _legacy(build: BuildContext, read: ContextRead) -> str:
    """What the legacy builder makes of it, where that is a failure."""
    try:
        fails = build.legacy_results[read.number] is not None
    except CtxoptError:
        return ""
    return "; the legacy builder fails on it" if fails else ""


def _names_everything(read: ContextRead) -> bool:
    return any(paths.join("/", written) in ("/", "/*") for written in read.written)
