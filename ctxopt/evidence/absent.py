"""Whether the images of some stages have a toolchain at all, by their bases and by all that could bring it."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from ctxopt.catalogue.ecosystems import Toolchain
from ctxopt.catalogue.names import any_match
from ctxopt.core.dockerfile.model import Plan, Step
from ctxopt.core.ids import StageId
from ctxopt.core.image_reference import reference
from ctxopt.core.lazy_re import lazy_re
from ctxopt.image.places import lineage, resolved

_WORD: Final = lazy_re(r"[a-z0-9]+")
#: Directories with programs, without the slash at the end: a COPY of one of them as a whole brings any of these.
_PROGRAMS: Final = frozenset(
    ("", "/usr", "/usr/local", "/usr/bin", "/usr/local/bin", "/usr/lib", "/bin", "/sbin", "/opt", "/root")
)


def is_absent(toolchain: Toolchain, plan: Plan, stages: Collection[StageId]) -> bool:
    """Whether all these stages start from images without a toolchain, and nothing in them names or may bring it."""
    if not toolchain.absent_from:
        return False
    known = _all_stages(plan, stages)
    bases = [stage.base for stage in plan.stages if stage.number in known and stage.parent is None]
    steps = [step for step in plan.steps if step.stage in known and step.kind != "FROM"]
    words = frozenset(toolchain.brought_by)
    return (
        all(_is_without(base, toolchain) for base in bases)
        and words.isdisjoint(word for text in (*bases, *(step.text for step in steps)) for word in _words(text))
        and not any(_copies_programs(step) for step in steps)
    )


def _words(text: str) -> Iterator[str]:
    """The words of a text in small letters, also those with a version behind them without that, as in `nodejs20`."""
    for word in _WORD.findall(text.lower()):
        yield word
        yield word.rstrip("0123456789")


def _all_stages(plan: Plan, stages: Iterable[StageId]) -> set[StageId]:
    """The stages with those that they start from, or copy programs from."""
    found: set[StageId] = set()
    waiting = list(stages)
    while waiting:
        for stage in lineage(plan, waiting.pop()) - found:
            found.add(stage)
            waiting += [copy.source for copy in plan.copies if copy.stage == stage and _is_for_programs(copy.sources)]
    return found


def _is_without(base: str, toolchain: Toolchain) -> bool:
    """Whether an image is known to come without a toolchain."""
    if not base or "$" in base:
        return False
    return any_match(toolchain.absent_from, reference(base).familiar.rpartition("library/")[2])


def _copies_programs(step: Step) -> bool:
    """Whether a COPY takes a whole directory of programs from an image, of which nothing is known."""
    if step.kind not in ("COPY", "ADD") or step.read is not None or step.takes_from:
        return False
    words = step.words if step.words is not None else step.text.partition("\n")[0].split()
    return _is_for_programs(words[:-1])


def _is_for_programs(sources: Iterable[str]) -> bool:
    return any((resolved("/", source) or "/").rstrip("/*") in _PROGRAMS for source in sources)
