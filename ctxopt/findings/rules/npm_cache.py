"""An `npm ci` or `yarn install` that leaves its cache in the image."""

from collections.abc import Iterator
from typing import Final

from ctxopt.findings import caches
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule

_MANIFEST: Final = "package.json"
#: The test for one.
_ASKED: Final = f"-f {_MANIFEST}"


def check(context: RuleContext) -> Iterator[Finding]:
    """Find installations in the exported image whose cache the same RUN does not clean."""
    for kept in caches.kept_caches(context, "npm"):
        if _is_never_run(context, kept):
            continue
        yield caches.finding(
            kept,
            RULE.id,
            "npm's cache stays in this layer",
            f"{caches.at_the_end(context, kept)}, or {caches.mount(kept)}",
            edits=caches.edits_at_the_end(context, kept),
        )
    for kept in caches.kept_caches(context, "yarn"):
        yield caches.finding(
            kept,
            RULE.id,
            "yarn's cache stays in this layer",
            caches.at_the_end(context, kept),
            edits=caches.edits_at_the_end(context, kept),
        )


def _is_never_run(context: RuleContext, kept: caches.Kept) -> bool:
    """Whether an install is only done where there is a package.json, and neither context nor image has one."""
    if not kept.run.conditional or _ASKED not in kept.step.text or _MANIFEST in context.build.tree.names:
        return False
    plan = context.build.plan
    others = (one.text for one in plan.steps if one.kind == "RUN" and one.line < kept.step.line)
    return not plan.copies and not any(_MANIFEST in text or "git clone" in text for text in others)


RULE = Rule(
    id="CTX211",
    name="size-npm-cache",
    of_image=True,
    hadolint=("DL3060",),
    title="npm or yarn cache left in a layer",
    help=(
        "npm caches every package that it downloads in `~/.npm`, yarn 1 in its own cache. Clean it "
        "in the same `RUN`, or mount a cache with `RUN --mount=type=cache,target=/root/.npm`."
    ),
    check=check,
)
