"""An ADD from a URL whose content is not verified."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from ctxopt.catalogue.archives import archives
from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.frontend import front_end_of
from ctxopt.core.dockerfile.model import Download
from ctxopt.core.dockerfile.references import is_image
from ctxopt.core.image_reference import reference
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.places import lineage
from ctxopt.image.variables import variables_of

#: A URL that needs no quotes in a command.
_SAFE: Final = lazy_re(r"https?://[\w.:/%+=@~-]+", re.ASCII)

#: The part of a URL that is a branch or the newest release, so that what it gives changes.
_MOVING: Final = lazy_re(
    r"raw\.githubusercontent\.com/[^/]+/[^/]+/(?:refs/heads/)?(?P<what>(?!refs/)(?![0-9a-f]{7,40}/)[A-Za-z-]+)/"
    r"|(?<!/data)(?<!/pool)/(?P<what_else>(?:latest(?:-(?:stable|release|version))?|master|main|HEAD|nightly|stable))(?:/|\.tar|\.zip|$)"
    r"|(?:://|[-_])(?P<newest>latest|nightly|snapshot)[-_.]"
)
#: A script that installs the newest release, if its URL names none.
_INSTALLER: Final = lazy_re(r"/(?:get|install|setup|installer)[\w.-]*$|^https?://(?:get|install|sh)\.")
#: The API of GitHub and GitLab for the present state of a branch.
_COMMIT: Final = lazy_re(
    r"https://(?:api\.github\.com/repos/[^/]+/[^/]+/(?:git/refs/|git/matching-refs/|commits|branches|releases/latest)"
    r"|[^/]+/api/v4/projects/[^/]+/repository/(?:commits|branches))"
)

#: A whole commit or digest as a part of a URL, or a variable for one.
_FIXED: Final = lazy_re(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{40}|[0-9a-f]{64})(?![0-9A-Za-z])|\$\{?\w*(?:COMMIT|SHA|SHA1|SHA256|REVISION|DIGEST)(?![A-Za-z0-9])"
)
#: What BuildKit sets for the platform that it builds for, or on.
_PLATFORM: Final = lazy_re(r"\$\{?((?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT))\b")
_VARIABLE: Final = lazy_re(r"\$\{?(\w+)")
#: The version in the tag of a front end, and the first one with `ADD --checksum`.
_VERSION: Final = lazy_re(r"(\d{1,3})\.(\d{1,3})(?![\w])")
_KNOWS_CHECKSUM: Final = (1, 6)
#: Maximum number of arguments that a value is passed through.
_MOST_ARGUMENTS: Final = 3


def check(context: RuleContext) -> Iterator[Finding]:
    """Find ADD of a URL without `--checksum`, unless a later RUN of the stage verifies something."""
    build = context.build
    for download in build.plan.downloads:
        # What says which commit a branch is at changes by design, so that what follows is built again.
        says_commit = _COMMIT.match(download.url) is not None
        skipped = download.git or download.checked or says_commit or _is_settled(build, download)
        if not (skipped or _is_checked_later(build, download)):
            yield _finding(build, download)


RULE = Rule(
    id="CTX109",
    name="add-url-unchecked",
    title="ADD from a URL without a checksum",
    help=(
        "Add the expected checksum: `ADD --checksum=sha256:… URL DESTINATION`. Without it, anyone "
        "who can change the file behind the URL can change the image."
    ),
    check=check,
)


def _is_settled(build: BuildContext, download: Download) -> bool:
    """Whether what is behind a URL can't change, by a whole commit or digest in it, or changes so that none fits."""
    url = download.url
    written = build.plan.steps[download.step].text
    is_fixed = url.startswith("https:") and (_FIXED.search(url) is not None or _FIXED.search(written) is not None)
    return is_fixed or any(part in url for part in archives().replaced) or _is_data(url)


def _is_data(url: str) -> bool:
    """Whether a URL names a file with data and no version of it, which is made anew from time to time."""
    path = url.partition("://")[2].partition("?")[0].partition("/")[2]
    return path.lower().endswith(archives().data) and not any(map(str.isdigit, path))


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


def _platform_argument(build: BuildContext, download: Download) -> str | None:
    """The argument for the platform that a URL is put together from, directly or by others; None if there is none."""
    steps = build.plan.steps
    text = steps[download.step].text
    given = [step.text for step in steps[: download.step] if step.kind in ("ARG", "ENV")]
    for _ in range(_MOST_ARGUMENTS):
        found = _PLATFORM.search(text)
        if found is not None:
            return found[1]
        names = set(_VARIABLE.findall(text))
        text = "\n".join(one for one in given if any(one.startswith(f"{name}=") for name in names))
    return None


def _stage_argument(build: BuildContext, download: Download) -> str | None:
    """The argument for the platform that says from which stage a stage starts, where that sets a part of the URL."""
    plan = build.plan
    stages = lineage(plan, download.stage)
    names = set(_VARIABLE.findall(plan.steps[download.step].text))
    for use in plan.doubtful_bases:
        found = _PLATFORM.search(use.written)
        if use.kind == "FROM" and use.stage in stages and found is not None:
            parent = plan.stages[use.stage].parent
            own = (step for step in plan.steps if step.stage == parent)
            if any(name in names for step in own for name, _ in variables_of(step)):
                return found[1]
    return None


def _is_too_old(tag: str) -> bool:
    """Whether a front end of Docker's with a tag does not know `ADD --checksum`."""
    version = _VERSION.match(tag)
    return "experimental" in tag or (version is not None and (int(version[1]), int(version[2])) < _KNOWS_CHECKSUM)


def _syntax(build: BuildContext) -> str:
    """What to do first where the Dockerfile names a front end that is too old, as an addition to a fix; else ""."""
    name, line = front_end_of(build.located.dockerfile.data, build.build_args)
    if name is None or not line or not is_image(name) or not _is_too_old(reference(name).tag):
        return ""
    return f"; {name} in line {line} is too old for --checksum: write # syntax=docker/dockerfile:1 there"


def _finding(build: BuildContext, download: Download) -> Finding:
    url = download.shown_url
    how = ", over an unencrypted connection" if url.startswith("http://") else ""
    moving = _MOVING.search(url)
    is_newest = _INSTALLER.search(url) is not None and not any(map(str.isdigit, url.partition("://")[2]))
    if moving is not None:
        name = moving["what"] or moving["what_else"] or moving["newest"]
        fix = f"name a release or a commit in place of {name}, and add --checksum=sha256:…"
    elif is_newest:
        fix = "use a URL with a version, and add --checksum=sha256:…"
    elif (platform := _platform_argument(build, download) or _stage_argument(build, download)) is not None:
        fix = (
            f"the file depends on {platform}, so no single --checksum fits: download it in a RUN that verifies the "
            "checksum of each platform with sha256sum -c, or write a stage for each, with an ADD --checksum of its own"
        )
    elif download.unresolved:
        fix = "add --checksum=sha256:… with the checksum of the file"
    elif _SAFE.fullmatch(url):
        fix = (
            f"write ADD --checksum=sha256:… {url} {download.shown_destination}, with the checksum from curl -fsSL "
            f"{url} | sha256sum"
        )
    else:
        fix = f"write ADD --checksum=sha256:… {url} {download.shown_destination}, with the checksum of the file"
    return Finding(
        RULE.id,
        Severity.NOTE if moving is not None or is_newest else Severity.WARNING,
        build.plan.file,
        download.line,
        f"ADD from {url}{how} without a checksum{', and the file changes' if moving is not None or is_newest else ''}",
        f"{fix}{_syntax(build)}",
        confidence=Confidence.MEDIUM if download.unresolved else Confidence.HIGH,
        end_line=download.end_line,
    )
