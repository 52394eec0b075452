"""Text after a pattern that looks like a comment: to Docker it is part of the pattern."""

import re
from collections.abc import Iterator
from typing import Final

from ctxopt.evidence.ignore_lines import ignore_lines
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

#: What begins a comment in ignore files, and in other kinds of files, after a pattern or in place of one.
_AFTER: Final = re.compile(r"[ \t](?:#|//|<!--)")
_INSTEAD: Final = re.compile(r"//|--[ \t]|;|<!--|/\*[ \t]|%[ \t]|rem[ \t]", re.IGNORECASE)


def check(context: RuleContext) -> Iterator[Finding]:
    """Find comments that are read as a pattern, or as part of one, which matches nothing."""
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
            )
        elif comment is not None:
            yield Finding(
                RULE.id,
                Severity.WARNING,
                line.file,
                line.line.number,
                f"`{text[comment.start() :].strip()}` is part of the pattern, so the pattern matches no files",
                "put the comment on its own line, with # in the first column",
            )


RULE = Rule(
    id="CTX007",
    name="ignore-trailing-comment",
    title="Comment read as part of the pattern",
    help="In an ignore file, a comment is a line that starts with `#`. Put the comment on its own line.",
    check=check,
)
