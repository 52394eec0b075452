"""Text after a pattern that looks like a comment: Docker takes it for a part of the pattern."""

import re
from collections.abc import Iterator

from ctxopt.core.build_context import BuildContext
from ctxopt.findings.model import Finding, Severity, ignore_lines
from ctxopt.findings.settings import Settings

RULE = "CTX007"
NAME = "ignore-trailing-comment"
TITLE = "A comment that is read as a part of the pattern"
HELP = "Docker knows comments only on lines that begin with `#`. Put the comment on a line of its own."
_COMMENT = re.compile(r"[ \t]#")


def check(context: BuildContext, _settings: Settings) -> Iterator[Finding]:
    """Find patterns that hold a `#` after a space and match nothing, or start with a space and a `#`."""
    for line in ignore_lines(context):
        comment = _COMMENT.search(line.line.text)
        if comment is not None and line.effective is False:
            yield Finding(
                RULE,
                Severity.WARNING,
                line.file,
                line.line.number,
                f'"{line.line.text[comment.start() :].strip()}" is part of the pattern, which so matches nothing',
                "put the comment on a line of its own, with the # in the first column",
            )
