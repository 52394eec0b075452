"""A `pip install` that leaves its cache in the image."""

from collections.abc import Iterator
from typing import Final

from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings import caches
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import Run

#: The package with the pip of Python 2.
_OLD_PACKAGE: Final = lazy_re(r"(?<![\w-])python-pip(?![\w-])")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find installations in the exported image without `--no-cache-dir`."""
    for kept in caches.kept_caches(context, "pip", _downloads):
        if _may_be_too_old(context, kept):
            continue
        yield caches.finding(
            kept,
            RULE.id,
            "pip's cache stays in this layer",
            f"write pip install --no-cache-dir, or {caches.mount(kept)}",
            edits=caches.edits_with_flag(context, kept, ("install",), "--no-cache-dir"),
        )


RULE = Rule(
    id="CTX210",
    name="size-pip-cache",
    of_image=True,
    hadolint=("DL3042",),
    title="pip cache left in a layer",
    help=(
        "pip caches every package that it downloads or builds in `~/.cache/pip`. Use `--no-cache-dir`, "
        "or mount a cache with `RUN --mount=type=cache,target=/root/.cache/pip`."
    ),
    check=check,
)


def _may_be_too_old(context: RuleContext, kept: caches.Kept) -> bool:
    """Whether pip is that of Python 2 of an unknown distribution, which may know neither a cache nor the option."""
    if kept.base is None or kept.base.official:
        return False
    before = (step for step in context.build.plan.steps if step.kind == "RUN" and step.line <= kept.step.line)
    return any(_OLD_PACKAGE.search(step.text) is not None for step in before)


def _downloads(run: Run) -> bool:
    """Whether a command installs something that is no local file, and so downloads."""
    wanted = caches.words_after_first(run, ("install",))
    return not wanted or not all(word.endswith(".whl") for word in wanted)
