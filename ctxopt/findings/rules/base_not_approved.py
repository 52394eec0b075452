"""An image that the configuration does not approve."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from ctxopt.core.dockerfile.frontend import front_end_of
from ctxopt.core.dockerfile.planning.variables import ANY_ARGUMENT, PLATFORM_ARGUMENTS
from ctxopt.core.image_reference import Reference, reference
from ctxopt.core.named_context import ContextSource
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule

#: What a named context may be that takes the place of an image, and is none.
_NO_IMAGES: Final = (ContextSource.REMOTE, ContextSource.DIRECTORY, ContextSource.UNKNOWN)
_FRONT_ENDS: Final = ("docker.io/docker/dockerfile", "docker.io/docker/dockerfile-upstream")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find images, also those of `--from`, that match none of the approved patterns."""
    approved = context.settings.approved_base_images
    if not approved:
        return
    for use in context.build.plan.images:
        image = reference(use.name)
        if any(is_approved(image, use.name, pattern) for pattern in approved):
            continue
        yield Finding(
            RULE.id,
            Severity.ERROR,
            context.build.plan.file,
            use.line,
            f"{use.name} is not an approved image",
            f"{'build from' if use.kind == 'FROM' else 'copy from'} an image that matches {' or '.join(approved)}",
            confidence=Confidence.MEDIUM if "$" in use.written else Confidence.HIGH,
            end_line=use.end_line,
        )
    yield from _of_unknown(context)
    yield from _of_contexts(context, approved)
    yield from _of_front_end(context, approved)


def _of_unknown(context: RuleContext) -> Iterator[Finding]:
    """Say what may be another image, with an argument that the build is given and nobody knows."""
    unknown = set(context.build.unknown_args) - set(PLATFORM_ARGUMENTS)
    for use in context.build.plan.doubtful_bases:
        doubts = sorted(use.doubts - set(PLATFORM_ARGUMENTS))
        if not (unknown and doubts):
            continue
        yield _unchecked(context, f"{use.written} depends on ${doubts[0]}, whose value is not known", use.line)


def _unchecked(context: RuleContext, why: str, line: int | None) -> Finding:
    return Finding(
        RULE.id,
        Severity.INFO,
        context.build.plan.file,
        line,
        f"{why}, so that it is not checked against the approved images",
        "give the argument a value where the build is declared",
        incomplete=True,
    )


def _of_contexts(context: RuleContext, approved: tuple[str, ...]) -> Iterator[Finding]:
    """Find images that the build gets by a name, which may be that of an approved image."""
    plan = context.build.plan
    for named in context.build.contexts:
        name = named.value.partition(":")[2].removeprefix("//")
        is_image = named.source is ContextSource.IMAGE and not named.is_empty
        stage = next((stage for stage in plan.stages if stage.context == named.name), None)
        replaced = stage is not None or any(is_approved(reference(named.name), named.name, one) for one in approved)
        if not (is_image or named.source is ContextSource.LAYOUT or (named.source in _NO_IMAGES and replaced)):
            continue
        if is_image and any(is_approved(reference(name), name, pattern) for pattern in approved):
            continue
        yield Finding(
            RULE.id,
            Severity.ERROR,
            plan.file,
            None if stage is None else stage.line,
            f"the named context {named.name} is {named.value}, which is not an approved image",
            f"name an image that matches {' or '.join(approved)}",
        )


def _of_front_end(context: RuleContext, approved: tuple[str, ...]) -> Iterator[Finding]:
    """Find a front end that is none of Docker's own on Docker Hub: it is an image, and runs in the build."""
    build = context.build
    if ANY_ARGUMENT in build.unknown_args:
        yield _unchecked(context, "the build is given arguments that are not known, which may name a front end", None)
    name, line = front_end_of(build.located.dockerfile.data, build.build_args)
    if name is None or reference(name).repository in _FRONT_ENDS:
        return
    if not any(is_approved(reference(name), name, pattern) for pattern in approved):
        yield Finding(
            RULE.id,
            Severity.ERROR,
            build.plan.file,
            line or None,
            f"the front end {name} is not an approved image",
            f"name docker/dockerfile, or an image that matches {' or '.join(approved)}",
        )


RULE = Rule(
    id="CTX108",
    name="base-not-approved",
    hadolint=("DL3026",),
    title="Image is not approved",
    help=(
        "Build from an image listed in `approved-base-images` in the configuration, or add this one "
        "there. Without such a list, the rule reports nothing."
    ),
    check=check,
)


def is_approved(image: Reference, written: str, pattern: str) -> bool:
    """Whether a pattern matches an image, with or without its registry; without a tag it matches every tag."""
    given = reference(pattern) if not set(pattern) & set("*?[") else None
    if given is not None:
        same = image.repository == given.repository
        return same and (given.tag or image.tag) == image.tag and (given.digest or image.digest) == image.digest
    names = [image.whole]
    hub = image.whole.removeprefix("docker.io/")
    # A path on Docker Hub may begin like the name of another registry.
    if hub != image.whole and not set(hub.partition("/")[0]) & set(".:"):
        names += [written, hub.removeprefix("library/")]
    if ":" not in pattern.rpartition("/")[2] and "@" not in pattern:
        names += [written.partition("@")[0].removesuffix(f":{image.tag}"), image.repository]
    host, slash, _ = pattern.partition("/")
    if not slash and pattern.strip("*"):
        # What names no registry and nobody on Docker Hub means an official image.
        names = [name for name in names if "/" not in name]
    elif hub == image.whole and slash and host.strip("*") and host != "localhost" and not set(host) & set(".:"):
        # What names somebody on Docker Hub means no other registry.
        names = []
    return any(fnmatchcase(name, pattern) for name in names)
