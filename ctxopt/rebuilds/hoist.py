"""RUN instructions that do not use the files copied before them, moved before the first COPY of their stage."""

from collections.abc import Iterator
from typing import Final

from ctxopt.core.dockerfile.model import Plan, Step
from ctxopt.edits import applied
from ctxopt.edits.dockerfile import DockerfileText
from ctxopt.image.install_needs import Commands
from ctxopt.image.system_paths import may_configure
from ctxopt.rebuilds.model import CacheEdit, EditKind

#: A RUN of a package manager may be moved before these.
_PASSED: Final = ("COPY", "ADD", "WORKDIR", "LABEL", "EXPOSE", "CMD", "ENTRYPOINT", "STOPSIGNAL", "HEALTHCHECK")


def hoisted(plan: Plan, text: DockerfileText, commands: Commands) -> Iterator[CacheEdit]:
    """An edit for each stage in which a RUN can be moved."""
    for stage in plan.stages:
        steps = [(number, step) for number, step in plan.numbered_steps() if step.stage == stage.number]
        first = next((step for _, step in steps if step.kind in ("COPY", "ADD")), None)
        if first is None or first.line == stage.line:
            continue
        moved: list[Step] = []
        for number, step in steps:
            if step.line <= first.line:
                continue
            if commands.is_independent(number):
                moved.append(step)
            elif step.kind not in _PASSED or may_configure(plan, step):
                break
        if moved and not may_configure(plan, first):
            numbers = [step.line for step in moved]
            lines = [line.decode("utf-8", "surrogateescape") for number in numbers for line in text.lines_of(number)]
            yield CacheEdit(
                EditKind.MOVE,
                f"move {_named(moved)} before the {first.kind} in line {first.line}, which it does not need",
                moved[0].line,
                tuple(lines),
                applied(text.data, text.moved(numbers, first.line)),
            )


def _named(moved: list[Step]) -> str:
    numbers = [str(step.line) for step in moved]
    if len(numbers) == 1:
        return f"the RUN in line {numbers[0]}"
    return f"the RUN in lines {', '.join(numbers[:-1])} and {numbers[-1]}"
