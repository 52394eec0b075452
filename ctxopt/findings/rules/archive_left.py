"""An archive that is copied, unpacked by a RUN, and stays in the image."""

from collections.abc import Iterator

from ctxopt.catalogue.archives import is_archive
from ctxopt.catalogue.words import UNPACKING
from ctxopt.core.context.tree import Totals
from ctxopt.core.usage.snapshot import Node
from ctxopt.findings import archives, layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.layers import Touch
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import Run
from ctxopt.image.effects import Target, path_of


def check(context: RuleContext) -> Iterator[Finding]:
    """Find archives of the context that a RUN of the image unpacks and none removes."""
    if not context.commands.with_words(context.commands.image_steps, UNPACKING):
        return
    if not any(is_archive(name) for name in context.build.tree.names):
        return
    touches = layers.touched(context, UNPACKING, _targets)
    if not touches:
        return
    gone = {(touch.read, node.path) for touch in layers.removals(context) for node, _ in touch.entries}
    for touch in touches:
        for node, totals in touch.entries:
            if is_archive(node.name) and not any((touch.read, path) in gone for path in _above(node.path)):
                yield _finding(context, touch, node, totals)


RULE = Rule(
    id="CTX205",
    name="size-archive-left",
    of_image=True,
    title="Unpacked archive stays in the image",
    help=(
        "After unpacking, the archive is no longer needed. `ADD` unpacks a tar archive from the context "
        "itself; mount any other archive for the `RUN` that unpacks it."
    ),
    check=check,
)


def _targets(run: Run) -> Iterator[Target]:
    if archives.unpacks(run):
        for word in (*run.words[1:], *run.files):
            path = path_of(run, word) if is_archive(word) else None
            if path is not None:
                yield Target(path, False)


def _above(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]
    yield ""


def _finding(context: RuleContext, touch: Touch, node: Node, totals: Totals) -> Finding:
    build = context.build
    read, step = build.plan.reads[touch.read], build.plan.steps[touch.step]
    return Finding(
        RULE.id,
        layers.severity(totals),
        build.plan.file,
        read.line,
        f"{node.path} stays in the image after {touch.run.name} in line {step.line} unpacks it",
        archives.instead(context, touch.read, node, touch.run),
        totals=totals,
        evidence=(
            f"line {read.line}: {layers.shown_read(read)}",
            f"line {step.line}: {layers.shown_step(step)}",
        ),
        end_line=read.end_line,
    )
