"""Text after a pattern that looks like a comment: to Docker it is part of the pattern."""

import re
from collections.abc import Iterator

from ctxopt.edits import Edit
from ctxopt.edits.ignore_file import with_comment_above
from ctxopt.evidence.ignore_lines import ignore_lines
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

_COMMENT = re.compile(r"[ \t]#")
_BYTES = re.compile(rb"[ \t]#")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find patterns with a `#` after a space that match nothing, or that start with a space and a `#`."""
    for line in ignore_lines(context.build):
        comment = _COMMENT.search(line.line.text)
        if comment is not None and line.effective is False:
            yield Finding(
                RULE.id,
                Severity.WARNING,
                line.file,
                line.line.number,
                f"`{line.line.text[comment.start() :].strip()}` is part of the pattern, so the pattern matches "
                "no files",
                "put the comment on its own line, with # in the first column",
                edits=_edits(context, line.file, line.line.number),
            )


def _edits(context: RuleContext, file: str, number: int) -> tuple[Edit, ...]:
    """The edits that make the comment a line of its own, above the pattern before it, if there is one."""
    lines = context.ignore_text(file)
    comment = None if lines is None else _BYTES.search(lines.text(number))
    if lines is None or comment is None:
        return ()
    if not lines.text(number)[: comment.start()].strip(b" \t!"):
        return (lines.replaced(number, lines.text(number)[comment.end() - 1 :]),)
    return (with_comment_above(lines, number, comment.end() - 1),)


RULE = Rule(
    id="CTX007",
    name="ignore-trailing-comment",
    title="Comment read as part of the pattern",
    help="In an ignore file, a comment is a line that starts with `#`. Put the comment on its own line.",
    check=check,
)
