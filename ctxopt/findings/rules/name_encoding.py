"""An entry whose name is not UTF-8: BuildKit of Docker 28 and later fails to receive it."""

from collections.abc import Iterator

from ctxopt.core.context.tree import View
from ctxopt.core.golang.text import replace_invalid
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

#: Maximum number of entries that are named.
_NAMED = 3


def check(context: RuleContext) -> Iterator[Finding]:
    """Find such entries among those that BuildKit transfers, all in one finding."""
    tree = context.build.tree
    if View.TRANSFER in tree.refusals:
        return
    if "".join(tree.names).isascii():
        return
    bad = [name for name in tree.names if not name.isascii() and replace_invalid(name) != name]
    found = [
        directory.child_path(directory.names[index])
        for directory, index in (tree.named(bad) if bad else ())
        if directory.flags[index] & View.TRANSFER
    ]
    if found:
        named = ", ".join(found[:_NAMED]) + (f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else "")
        message = f"Docker 28 and later fails: BuildKit cannot receive a name that is not UTF-8: {named}"
        yield Finding(RULE.id, Severity.WARNING, found[0], None, message, "rename it, or exclude it")


RULE = Rule(
    id="CTX011",
    name="name-encoding",
    title="Name that is not UTF-8 in the build context",
    help=(
        'BuildKit of Docker 28 and later fails with "string field contains invalid UTF-8" where a file or a directory '
        "that it transfers has such a name. Earlier versions and the legacy builder take it."
    ),
    check=check,
)
