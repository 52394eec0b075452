"""A file that BuildKit sends without its content, because of how its client applies exceptions."""

from collections.abc import Iterator

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.core.usage.readers import is_used
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

#: Maximum number of files that are named.
_NAMED = 3


def check(context: RuleContext) -> Iterator[Finding]:
    """Find the files that an instruction reads and that are empty in the image, all in one finding."""
    build = context.build
    file = build.ignore_file(View.BUILDKIT)
    if file is None or View.TRANSFER in build.tree.refusals or not build.patterns(View.BUILDKIT).exceptions:
        return
    paths = [path for path in build.emptied_files if _is_read(build, path)]
    if paths:
        more = f" and {len(paths) - _NAMED:,} more" if len(paths) > _NAMED else ""
        yield Finding(
            RULE.id,
            Severity.WARNING,
            file.name,
            None,
            f"empty in the image: BuildKit sends {', '.join(paths[:_NAMED])}{more} without content",
            "write an exception for the directory that contains the file as well, below the other patterns",
        )


RULE = Rule(
    id="CTX010",
    name="ignore-empties-file",
    title="File that BuildKit sends without its content",
    help=(
        "BuildKit lists a file by what the patterns say about the directories above it, and opens it by what they say "
        "about its whole path. With exceptions the two can differ; the file is then empty in the image."
    ),
    check=check,
)


def _is_read(build: BuildContext, path: str) -> bool:
    found = build.locate(path)
    if found is None or not found[0].sizes[found[1]]:
        return False
    return is_used(build.usage.readers(*found))
