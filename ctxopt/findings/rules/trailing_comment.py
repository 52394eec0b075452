"""Text after a pattern that looks like a comment: to Docker it is part of the pattern."""

import re
from collections.abc import Iterator
from typing import Final

from ctxopt.core.lazy_re import lazy_re
from ctxopt.edits import Edit
from ctxopt.edits.ignore_file import with_comment_above
from ctxopt.evidence.ignore_lines import ignore_lines
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

#: What begins a comment in ignore files, and in other kinds of files, after a pattern or in place of one.
_AFTER: Final = lazy_re(r"[ \t](?:#|//|<!--)")
_INSTEAD: Final = lazy_re(r"//|--[ \t]|;|<!--|/\*[ \t]|%[ \t]|rem[ \t]", re.IGNORECASE)
_BYTES: Final = lazy_re(rb"[ \t](#|//|<!--)")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find comments that are read as a pattern, or as part of one, which matches nothing."""
    yield from context.once(_all)


def _all(context: RuleContext) -> tuple[Finding, ...]:
    return tuple(_findings(context))


def _findings(context: RuleContext) -> Iterator[Finding]:
    for line in ignore_lines(context.build):
        if line.effective is not False:
            continue
        text = line.line.text
        instead = _INSTEAD.match(text.lstrip("!").lstrip())
        comment = None if instead is not None else _AFTER.search(text)
        if instead is not None:
            yield Finding(
                RULE.id,
                Severity.NOTE,
                line.file,
                line.line.number,
                f"`{text.strip()}` is read as a pattern: `{instead[0].strip()}` begins no comment in an ignore file",
                "if it is a comment, start the line with #",
                edits=_edits_instead(context, line.file, line.line.number),
            )
        elif comment is not None:
            yield Finding(
                RULE.id,
                Severity.WARNING,
                line.file,
                line.line.number,
                f"`{text[comment.start() :].strip()}` is part of the pattern, so the pattern matches no files",
                "put the comment on its own line, with # in the first column",
                edits=_edits(context, line.file, line.line.number),
            )


def _edits(context: RuleContext, file: str, number: int) -> tuple[Edit, ...]:
    """The edits that make the comment a line of its own, above the pattern before it, if there is one."""
    lines = context.ignore_text(file)
    comment = None if lines is None else _BYTES.search(lines.text(number))
    if lines is None or comment is None:
        return ()
    if comment[1] != b"#":
        # What is behind another mark may well be a part of the pattern.
        return ()
    if not lines.text(number)[: comment.start()].strip(b" \t!"):
        return (lines.replaced(number, lines.text(number)[comment.end() - 1 :]),)
    return (with_comment_above(lines, number, comment.end() - 1),)


def _edits_instead(context: RuleContext, file: str, number: int) -> tuple[Edit, ...]:
    """The edits that make a whole line a comment."""
    lines = context.ignore_text(file)
    return () if lines is None else (lines.replaced(number, b"# " + lines.text(number)),)


RULE = Rule(
    id="CTX007",
    name="ignore-trailing-comment",
    title="Comment read as part of the pattern",
    help="In an ignore file, a comment is a line that starts with `#`. Put the comment on its own line.",
    check=check,
)


def lines(context: RuleContext) -> frozenset[int]:
    """The numbers of the lines that this rule is about."""
    return frozenset(finding.line for finding in context.once(_all) if finding.line is not None)
