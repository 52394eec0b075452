"""An exception that the legacy builder ignores: its client does not descend into the excluded directory."""

import re
from collections.abc import Iterator

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import KEPT, EntryKind, View
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.ignore_lines import IgnoreLine, ignore_lines
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.needs_buildkit import needs_buildkit

#: Maximum number of paths to explain.
_EXPLAINED = 20
#: A platform that the legacy builder does not know, and what builds with BuildKit alone.
_PLATFORM = lazy_re(rb"^[ \t]*FROM[ \t]+--platform=\S*\$\{?(?:BUILD|TARGET)PLATFORM\b", re.MULTILINE | re.IGNORECASE)
_TOOLS = lazy_re(r"\bdocker buildx\b|\bdocker/(?:build-push-action|bake-action)@|\bDOCKER_BUILDKIT[=:][ \t]*[\"']?1\b")
#: The flags of an entry that BuildKit keeps and the legacy client does not send.
_BUILDKIT_ONLY = (View.BUILDKIT | KEPT, View.BUILDKIT | KEPT | View.TRANSFER)


def check(context: RuleContext) -> Iterator[Finding]:
    """Find exceptions with wildcards for entries in an excluded directory, one finding for each exception."""
    build = context.build
    file = build.ignore_file(View.BUILDKIT)
    exceptions = {line.line.number: line for line in ignore_lines(build) if line.pattern.exception}
    if file is None or not exceptions or file != build.ignore_file(View.CLASSIC):
        return
    if View.CLASSIC in build.tree.refusals or needs_buildkit(build.plan) or _is_built_by_buildkit(build):
        return
    ignore = DockerIgnore(build.patterns(View.BUILDKIT))
    for path in _kept_by_buildkit_only(build):
        closed = ignore.explain(path, classic=True).closed_at
        touches = ignore.explain(path).touches
        line = exceptions.pop(touches[-1].pattern.line, None) if touches else None
        if closed is not None and line is not None:
            yield _finding(line, path, closed)


RULE = Rule(
    id="CTX001",
    name="ignore-exception-classic",
    title="Exception ignored by the legacy builder",
    help=(
        "The legacy builder (`DOCKER_BUILDKIT=0`) only enters an excluded directory if an exception "
        "starts with the directory's name. If you use that builder, write the exception with that "
        "name."
    ),
    check=check,
)


def _is_built_by_buildkit(build: BuildContext) -> bool:
    """Whether a FROM has a platform that only BuildKit gives, or the repository builds by a tool that is BuildKit."""
    if _PLATFORM.search(build.located.dockerfile.data) is not None:
        return True
    # Imported here because few builds have such an exception.
    from ctxopt.evidence.operation import operation_texts

    return any(_TOOLS.search(one.text) for one in operation_texts(build).texts if one.builds)


def _kept_by_buildkit_only(build: BuildContext) -> Iterator[str]:
    """The first entry of each directory that only BuildKit keeps, at most _EXPLAINED."""
    rows = build.tree.all_flags()
    if not any(rows.find(flags) >= 0 for flags in _BUILDKIT_ONLY):
        return
    count = 0
    for directory in build.tree.directories():
        index = next((index for flags in _BUILDKIT_ONLY if (index := directory.flags.find(flags)) >= 0), -1)
        if index >= 0 and directory.kinds[index] != EntryKind.SOCKET:
            yield directory.child_path(directory.names[index])
            count += 1
            if count == _EXPLAINED:
                return


def _finding(line: IgnoreLine, path: str, closed: str) -> Finding:
    return Finding(
        RULE.id,
        Severity.NOTE,
        line.file,
        line.line.number,
        f"{line.shown} keeps {path} with BuildKit only: the legacy builder does not enter {closed}",
        f"if you use the legacy builder, write an exception that starts with {closed}/",
    )
