"""An ADD that only copies, as COPY does, until one of its sources is an archive."""

from collections.abc import Iterator
from typing import Final

from ctxopt.catalogue.archives import archives
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind
from ctxopt.core.dockerfile.model import ContextRead, Step
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.findings import caches
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

#: The first bytes of the archives that ADD unpacks (moby/go-archive), and the mark of a tar with its offset.
_PACKED: Final = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")
_TAR: Final = (b"ustar", 257)
#: Maximum number of named files to look into; with more, there is no finding.
_MOST: Final = 50
#: Maximum length of an instruction that the fix writes out, in characters.
_LONGEST: Final = 200


def check(context: RuleContext) -> Iterator[Finding]:
    """Find ADD whose sources are directories and files of the context that are no archives."""
    build = context.build
    downloading = {download.step for download in build.plan.downloads}
    for read in build.plan.reads:
        if read.kind != "ADD" or read.trigger or read.unresolved or read.step in downloading:
            continue
        step = build.plan.steps[read.step]
        # These flags are for ADD only.
        if any(flag.startswith(("--unpack", "--keep-git-dir", "--checksum")) for flag in step.flags):
            continue
        if build.usage.results[read.number].error is None and not _may_unpack(build, read):
            yield _finding(context, read, step)


RULE = Rule(
    id="CTX110",
    name="add-for-copy",
    hadolint=("DL3020",),
    title="ADD where COPY is enough",
    help=("Use COPY: it only copies. ADD also downloads URLs, and unpacks any file that turns out to be an archive."),
    check=check,
)


def _finding(context: RuleContext, read: ContextRead, step: Step) -> Finding:
    words = " ".join((*step.flags, step.text))
    return Finding(
        RULE.id,
        Severity.NOTE,
        context.build.plan.file,
        read.line,
        "this ADD only copies files; COPY does the same and never downloads or unpacks",
        f"write COPY {words}" if "\n" not in words and len(words) <= _LONGEST else "write COPY instead of ADD",
        end_line=read.end_line,
        edits=(context.text.with_keyword(read.line, "COPY"),) if caches.is_written(context, read.step) else (),
    )


def _may_unpack(build: BuildContext, read: ContextRead) -> bool:
    """Whether a source may be an archive; files in a directory that is a source are not unpacked."""
    files: set[str] = set()
    for source in read.sources:
        path = paths.join("/", source)[1:]
        if gomatch.has_wildcards(source):
            parts = path.split("/")
            files.update(one for one in build.usage.files_of(read.number) if _is_named(one.split("/"), parts))
            continue
        entry = build.locate(path) if path else None
        kind = EntryKind.DIRECTORY if not path else None if entry is None else entry[0].kinds[entry[1]]
        if kind == EntryKind.FILE:
            files.add(path)
        elif kind != EntryKind.DIRECTORY:
            return True
    return len(files) > _MOST or any(_is_packed(build, path) for path in files)


def _is_named(parts: list[str], wanted: list[str]) -> bool:
    return len(parts) == len(wanted) and all(map(gomatch.matches, wanted, parts))


def _is_packed(build: BuildContext, path: str) -> bool:
    if path.lower().endswith(archives().packed):
        return True
    mark, at = _TAR
    head = build.head(path, at + len(mark))
    return head is None or head.startswith(_PACKED) or head[at:] == mark
