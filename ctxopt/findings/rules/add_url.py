"""An ADD from a URL whose content is not verified."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from ctxopt.catalogue.archives import archives
from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import Download
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule

#: A URL that needs no quotes in a command.
_SAFE: Final = re.compile(r"https?://[\w.:/%+=@~-]+", re.ASCII)


def check(context: RuleContext) -> Iterator[Finding]:
    """Find ADD of a URL without `--checksum`, unless a later RUN of the stage verifies something."""
    build = context.build
    for download in build.plan.downloads:
        if not download.git and not download.checked and not _is_checked_later(build, download):
            yield _finding(build, download)


RULE = Rule(
    id="CTX109",
    name="add-url-unchecked",
    title="A download without a checksum",
    help=(
        "Give ADD the checksum that the file must have: `ADD --checksum=sha256:… URL DESTINATION`. Otherwise whoever "
        "can change what lies at the address can change what is in the image."
    ),
    check=check,
)


def _is_checked_later(build: BuildContext, download: Download) -> bool:
    return any(
        step.kind == "RUN"
        and step.stage == download.stage
        and step.line > download.line
        and _verifies().search(step.text) is not None
        for step in build.plan.steps
    )


@cache
def _verifies() -> re.Pattern[str]:
    """The name of a command that verifies a file."""
    return re.compile(rf"(?<![\w-])(?:{'|'.join(archives().verifiers)})(?![\w-])")


def _finding(build: BuildContext, download: Download) -> Finding:
    url = download.url
    how = ", over a connection that anybody on the way can change" if url.startswith("http://") else ""
    if download.unresolved:
        fix = "write --checksum=sha256:… with the checksum of the file behind ADD"
    elif _SAFE.fullmatch(url):
        fix = (
            f"write ADD --checksum=sha256:… {url} {download.destination}, with the checksum that "
            f"curl -fsSL {url} | sha256sum prints"
        )
    else:
        fix = f"write ADD --checksum=sha256:… {url} {download.destination}, with the checksum of the file"
    return Finding(
        RULE.id,
        Severity.WARNING,
        build.plan.file,
        download.line,
        f"ADD takes whatever {url} gives{how}: nothing checks it",
        fix,
        confidence=Confidence.MEDIUM if download.unresolved else Confidence.HIGH,
        end_line=download.end_line,
    )
