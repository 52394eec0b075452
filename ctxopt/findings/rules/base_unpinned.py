"""An image without a version: each build may get a different one."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ctxopt.catalogue.base_images import (
    Image,
    declared_version,
    has_no_versions,
    image_of,
    is_official,
    names_version,
    versioned_tag,
)
from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import ImageUse
from ctxopt.core.image_reference import Reference, reference
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import FOLLOWING
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule

#: What is between words.
_WORDS: Final = lazy_re(r"[^a-z0-9]+")
#: A name that needs no quotes in a command.
_SAFE: Final = lazy_re(r"[\w.:/-]+", re.ASCII)

#: Maximum number of lines of a comment above an instruction.
_MOST_LINES: Final = 10
#: What a comment says of a tag that is meant, and comments that say nothing of it: directives, commands, instructions
#: that are switched off, and what is still to be done.
_OF_TAG: Final = lazy_re(
    r"(?<![a-z])(?:latest|lts|newest|most recent|current (?:version|release)|follow[_-]?tag|tags?|floating|on purpose"
    r"|intentional(?:ly)?|deliberate(?:ly)?)(?![a-z])",
    re.IGNORECASE,
)
_OTHER: Final = lazy_re(
    r"^[ \t]*#[ \t]*(?:\w+[ \t]*=|from[ \t]|copy[ \t]|hadolint[ \t])|"
    r"\b(?:docker|podman|buildah)[ \t]+\w|\b(?:todo|fixme|xxx|pin)\b",
    re.IGNORECASE,
)


def check(context: RuleContext) -> Iterator[Finding]:
    """Find images with no tag, with `latest`, or with a tag of an official image that is known to name no version."""
    build = context.build
    lines = context.lines
    for use in build.plan.images:
        image = reference(use.name)
        if image.digest or (image.official and image.tag in ("", "latest") and not is_official(image)):
            # A name of one word that is no official image is most likely that of a local one, which has no versions.
            continue
        if _is_deliberate(lines, use) or (image.tag == "latest" and _follows(build)):
            continue
        moves = image.tag in ("", "latest")
        if (moves or (not names_version(image.tag) and is_official(image))) and _is_of_the_repository(
            build, use, image
        ):
            continue
        if moves:
            how = f"{use.name} has the tag `latest`" if image.tag else f"{use.name} has no tag, which means `latest`"
            yield _finding(build, use, image, Severity.WARNING, f"{how}: each build may get a different image")
        elif not names_version(image.tag) and is_official(image):
            what = f"the tag `{image.tag}` of {image.familiar} is not a version: each build may get a different image"
            yield _finding(build, use, image, Severity.NOTE, what)


def _is_of_the_repository(build: BuildContext, use: ImageUse, image: Reference) -> bool:
    """Whether the repository builds the image itself, or gives its name to each build: the default is of no account."""
    # Imported here because most images have a version.
    from ctxopt.evidence.own_images import is_given, is_own_image

    return is_given(build, use.written) or (not is_official(image) and is_own_image(build, image))


def _follows(build: BuildContext) -> bool:
    """Whether the name of a Dockerfile says that its image follows what is newest."""
    name = build.plan.file.replace("\\", "/").rpartition("/")[2].lower()
    return not FOLLOWING.isdisjoint(_WORDS.split(name))


def _is_deliberate(lines: Sequence[str], use: ImageUse) -> bool:
    """Whether a comment directly above the instruction speaks of the tag, and so says that it is meant."""
    for line in reversed(lines[max(0, use.line - 1 - _MOST_LINES) : use.line - 1]):
        if not line.lstrip().startswith("#"):
            return False
        if _OF_TAG.search(line) is not None and _OTHER.search(line) is None:
            return True
    return False


RULE = Rule(
    id="CTX105",
    name="base-unpinned",
    hadolint=("DL3006", "DL3007"),
    title="Image without a version",
    help=(
        "Use a tag with a version, or pin the image by digest. Otherwise a new release changes the "
        "build without a change in the repository, and builds are not reproducible."
    ),
    check=check,
)


def _finding(build: BuildContext, use: ImageUse, image: Reference, severity: Severity, message: str) -> Finding:
    confidence = Confidence.HIGH
    if "$" in use.written or (image.official and not is_official(image)):
        # A build may give the variable another value, or replace the image by a named context or a local image.
        confidence = Confidence.MEDIUM
    versioned = any(map(str.isdigit, image.repository.partition("/")[2]))
    if confidence is not Confidence.HIGH or use.kind != "FROM" or versioned:
        # An image with the version in its name, such as static-debian12, may have no other tags.
        severity = Severity.NOTE
    return Finding(
        RULE.id,
        severity,
        build.plan.file,
        use.line,
        message,
        _fix(build, use, image),
        confidence=confidence,
        end_line=use.end_line,
    )


def _fix(build: BuildContext, use: ImageUse, image: Reference) -> str:
    known = image_of(image)
    name = use.name.removesuffix(f":{image.tag}")
    declared = "" if known is None else declared_version(known, build.read)
    tag = "" if known is None else _supported_tag(known, image)
    inspected = f"docker buildx imagetools inspect {use.name}" if _SAFE.fullmatch(use.name) else "its registry"
    pin = f"{inspected} shows the current digest; write {name}@sha256:…"
    # The part that moves may stand in the name itself, beside a variable for something else.
    is_default = "$" in use.written and not (image.tag and use.written.rpartition(":")[2].startswith(image.tag))
    where = " as the default of the ARG" if is_default else ""
    if has_no_versions(image):
        return f"it has no tags with a version: {pin}"
    if image.tag in ("rolling", "devel", "unstable", "testing", "sid"):
        # A release has no tag with such a word beside its version.
        tag = "" if known is None else _supported_tag(known, reference(image.familiar))
    wanted = versioned_tag(known, image.tag, declared) if known is not None and declared else tag
    if not wanted:
        return f"write a version{where}; {pin}"
    old = f" (it has no security fixes: better {name}:{tag})" if tag and _has_ended(image, wanted) else ""
    return f"write the version that you need, such as {name}:{wanted}{where}{old}; {pin}"


def _has_ended(image: Reference, tag: str) -> bool:
    # Imported here because its data take time to read, and most images have a version.
    from ctxopt.catalogue.end_of_life import is_supported

    return not is_supported(reference(f"{image.familiar}:{tag}"))


def _supported_tag(known: Image, image: Reference) -> str:
    """A tag with a version that gets security fixes, the recommended or the newest one; "" where none is known."""
    from ctxopt.catalogue.end_of_life import newest_release

    own = known.stable if image.tag.partition("-")[0] == "stable" else ""
    tags = (versioned_tag(known, image.tag, version) for version in (own, newest_release(image)))
    return next((tag for tag in tags if not _has_ended(image, tag)), "")
