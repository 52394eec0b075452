"""An ADD from a URL whose content is not verified."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from ctxopt.catalogue.archives import archives
from ctxopt.catalogue.vocabulary import shells
from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.frontend import front_end_of
from ctxopt.core.dockerfile.model import Download
from ctxopt.core.dockerfile.references import is_image
from ctxopt.core.image_reference import reference
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import FOLLOWING, path_in_repository
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.places import lineage
from ctxopt.image.variables import variables_of

#: A URL that needs no quotes in a command.
_SAFE: Final = lazy_re(r"https?://[\w.:/%+=@~-]+", re.ASCII)

#: The branch in the URL of a file of a repository, in whose place a commit gives the same file for good.
_BRANCH: Final = lazy_re(
    r"//raw\.githubusercontent\.com/[^/]+/[^/]+/(?:refs/heads/)?(?P<raw>(?!refs/)(?![0-9a-f]{7,40}/)[A-Za-z-]+)/"
    r"|//(?:github|gitlab)\.com/[^?#]+/(?:raw|blob)/(?:refs/heads/)?(?P<main>master|main|HEAD|develop)/"
)
#: The archive of a branch on GitHub, in which all is below a directory that has the name of the branch in its own.
_ARCHIVE: Final = lazy_re(
    r"//github\.com/[^/?#]+/(?P<name>[^/?#]+)/archive/(?P<ref>(?:refs/heads/)?(?P<branch>master|main|HEAD|develop))(?P<end>\.tar\.gz|\.zip)"
)
#: The newest release of a repository on GitHub.
_LATEST: Final = lazy_re(r"//github\.com/[^/]+/[^/]+/releases/latest/download/")
#: Other parts of a URL by which what it gives changes.
_MOVING: Final = lazy_re(
    r"(?<!/data)(?<!/pool)/(?:latest(?:-(?:stable|release|version))?|master|main|HEAD|nightly|stable)(?:/|\.tar|\.zip|$)"
    r"|(?:://|[-_])(?:latest|nightly|snapshot)[-_.]"
)
#: What says that a file behind a URL is that of one version: a release, a version of three parts or in its own name, a
#: directory for one, a day or a commit. Names of architectures are no versions.
_OF_VERSION: Final = lazy_re(
    r"/releases/download/|\d\.\d+\.\d|/[vV]\d+(?:[._]\d+)*(?=/)|\d{8}"
    r"|(?<![0-9A-Za-z])(?=[a-f]*\d)[0-9a-f]{7,40}(?![0-9A-Za-z])|(?:\d[._-]\d|\d{3}|[vV]\d)[^/]*$"
)
_ARCHITECTURES: Final = lazy_re(r"x86[_-]64|i?[36]86|s390x")
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
#: The options of a FROM.
_OPTIONS: Final = lazy_re(r"--\S+")
_VARIABLE: Final = lazy_re(r"\$\{?(\w+)")
#: What is between words.
_WORDS: Final = lazy_re(r"[^a-z0-9]+")
#: The version in the tag of a front end, and the first one with `ADD --checksum`.
_VERSION: Final = lazy_re(r"(\d{1,3})\.(\d{1,3})(?![\w])")
_KNOWS_CHECKSUM: Final = (1, 6)
#: Maximum number of arguments that a value is passed through.
_MOST_ARGUMENTS: Final = 3


def check(context: RuleContext) -> Iterator[Finding]:
    """Find ADD of a URL without `--checksum`, unless a later RUN of the stage verifies something.

    Only of files that stay the same under their URL, or would with a commit or a release in it.
    """
    build = context.build
    for download in build.plan.downloads:
        # What says which commit a branch is at changes by design, so that what follows is built again.
        says_commit = _COMMIT.match(download.url) is not None
        skipped = download.git or download.checked or says_commit or _is_settled(build, download)
        if skipped or not _stays(context, download) or _is_windows(build, download):
            continue
        if _changes(download.url) and _follows(build):
            continue
        if not _is_checked_later(build, download):
            yield _finding(context, download)


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


def _stays(context: RuleContext, download: Download) -> bool:
    """Whether what is behind a URL stays the same, as it is, for each platform, or with a commit or a release in it."""
    if download.unresolved and _platform(context, download) is None:
        return False
    url = download.url
    if _changes(url):
        return True
    return _MOVING.search(url) is None and _OF_VERSION.search(_ARCHITECTURES.sub("", _path(url))) is not None


def _changes(url: str) -> bool:
    """Whether a URL is for the newest state of a repository, where one for a fixed state has another form."""
    return any(pattern.search(url) is not None for pattern in (_BRANCH, _ARCHIVE, _LATEST))


def _follows(build: BuildContext) -> bool:
    """Whether the name of a Dockerfile, or of a directory above it, says that its image follows what is newest."""
    *above, name = path_in_repository(build).split("/")
    return not FOLLOWING.isdisjoint((*above, *_WORDS.split(name)))


def _path(url: str) -> str:
    """The path of a URL, with a slash before it."""
    return "/" + url.partition("://")[2].partition("?")[0].partition("#")[0].partition("/")[2]


def _is_windows(build: BuildContext, download: Download) -> bool:
    """Whether a stage is built on Windows, where the builder knows no checksum."""
    stages = lineage(build.plan, download.stage)
    names = [use.name.lower() for use in build.plan.images if use.stage in stages]
    return any(mark in name for name in names for mark in shells().windows)


def _is_settled(build: BuildContext, download: Download) -> bool:
    """Whether what is behind a URL can't change, by a whole commit or digest in it, or changes so that none fits."""
    url = download.url
    written = build.plan.steps[download.step].text
    is_fixed = url.startswith("https:") and (_FIXED.search(url) is not None or _FIXED.search(written) is not None)
    return is_fixed or any(part in url for part in archives().replaced) or _is_data(url)


def _is_data(url: str) -> bool:
    """Whether a URL names a file with data and no version of it, which is made anew from time to time."""
    path = _path(url)
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


def _platform(context: RuleContext, download: Download) -> str | None:
    """The argument for the platform by which a URL has a file for each; None if there is none."""
    return _platform_argument(context.build, download) or _stage_argument(context, download)


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


def _stage_argument(context: RuleContext, download: Download) -> str | None:
    """The argument for the platform that says from which stage a stage starts, where that sets a part of the URL."""
    plan = context.build.plan
    names = set(_VARIABLE.findall(plan.steps[download.step].text))
    for number in lineage(plan, download.stage):
        stage = plan.stages[number]
        found = _PLATFORM.search(_OPTIONS.sub("", context.lines[stage.line - 1]))
        if found is not None:
            own = (step for step in plan.steps if step.stage == stage.parent)
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


def _finding(context: RuleContext, download: Download) -> Finding:
    build = context.build
    url = download.shown_url
    how = ", over an unencrypted connection" if url.startswith("http://") else ""
    changes = _changes(url)
    return Finding(
        RULE.id,
        Severity.NOTE if changes else Severity.WARNING,
        build.plan.file,
        download.line,
        f"ADD from {url}{how} without a checksum{', and the file changes' if changes else ''}",
        f"{_own(build, download)}{_fix(context, download)}{_syntax(build)}",
        end_line=download.end_line,
    )


def _own(build: BuildContext, download: Download) -> str:
    """What to do first where an ADD has several sources, with which a checksum is an error; else ""."""
    step = build.plan.steps[download.step]
    several = step.read is not None or sum(one.step == download.step for one in build.plan.downloads) > 1
    return "give this URL an ADD of its own; " if several else ""


def _fix(context: RuleContext, download: Download) -> str:
    url = download.shown_url
    branch = _BRANCH.search(url)
    if branch is not None:
        return f"name a commit in place of {branch['raw'] or branch['main']}, and add --checksum=sha256:…"
    archive = _ARCHIVE.search(url)
    if archive is not None:
        return (
            f"write archive/COMMIT{archive['end']} in place of archive/{archive['ref']}{archive['end']}, and add "
            f"--checksum=sha256:…; all in it is then below {archive['name']}-COMMIT, and no longer below "
            f"{archive['name']}-{archive['branch']}"
        )
    if _LATEST.search(url) is not None:
        return "write releases/download/TAG/ in place of releases/latest/download/, and add --checksum=sha256:…"
    platform = _platform(context, download)
    if platform is not None:
        return (
            f"the file depends on {platform}, so no single --checksum fits: download it in a RUN that verifies the "
            "checksum of each platform with sha256sum -c, or write a stage for each, with an ADD --checksum of its own"
        )
    how = f"from curl -fsSL {url} | sha256sum" if _SAFE.fullmatch(url) else "of the file"
    return f"write ADD --checksum=sha256:… {url} {download.shown_destination}, with the checksum {how}"
