"""The values that a Dockerfile itself gives to its variables: no argument that a build is given, and no base image."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from ctxopt.core.dockerfile.lex import Lex, LexError
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.dockerfile.parser import parse
from ctxopt.core.ids import StageId, StepId
from ctxopt.image.variables import variables_of

#: Maximum length of a value that is expanded, and of one that is filled in, in characters.
_LONGEST: Final = 500
_LONGEST_FILLED: Final = 200
#: Maximum number of stages, each built from the next, in which a value is looked for.
_MOST_PARENTS: Final = 100


class OwnValue(NamedTuple):
    """A value with those of other variables filled in; `whole` is False where one of these is not in the Dockerfile."""

    text: str
    whole: bool


def own_values(plan: Plan, dockerfile: bytes, wanted: Callable[[str], bool]) -> dict[tuple[StepId, str], OwnValue]:
    """The values of ARG and ENV with variables in them, and of ARG without a value, by the step and the name.

    Only of names that are `wanted`, and of those values that are not too long.
    """
    values = _Values(plan, dockerfile)
    found: dict[tuple[StepId, str], OwnValue] = {}
    for number, step in plan.numbered_steps():
        variables = variables_of(step)
        # In one instruction, all values are those before it.
        expanded = [(name, values.expanded(step.stage, name, value)) for name, value in variables]
        for (name, own), (_, value) in zip(expanded, variables, strict=True):
            if own is not None and wanted(name) and (value is None or "$" in value):
                found[number, name] = own
            values.set(step.stage, name, own, kept=step.kind == "ENV")
    return found


class _Values:
    def __init__(self, plan: Plan, dockerfile: bytes) -> None:
        self._parents = {stage.number: stage.parent for stage in plan.stages}
        parsed = parse(dockerfile, plan.file)
        self._lex = Lex(parsed.escape)
        self._arguments: dict[tuple[StageId, str], str | None] = {}
        self._kept: dict[tuple[StageId, str], str | None] = {}
        self._ever_kept: set[str] = set()
        self._first: dict[str, str] = {}
        for instruction in parsed.instructions:
            if instruction.keyword == "FROM":
                break
            for word in instruction.args if instruction.keyword == "ARG" else ():
                name, equals, value = word.partition("=")
                own = self._filled(value, self._first) if equals else None
                if own is not None and own.whole and len(own.text) <= _LONGEST_FILLED:
                    self._first[name] = own.text

    def expanded(self, stage: StageId, name: str, value: str | None) -> OwnValue | None:
        """A value that is given to a name in a stage; None where it is not known at all, or too long."""
        if value is None:
            return OwnValue(self._first[name], True) if name in self._first else None
        return self._filled(value, _Environment(lambda other: self._value(stage, other)))

    def set(self, stage: StageId, name: str, own: OwnValue | None, *, kept: bool) -> None:
        """Remember the value of a name in a stage."""
        known = own is not None and own.whole and len(own.text) <= _LONGEST_FILLED
        (self._kept if kept else self._arguments)[stage, name] = own.text if known and own is not None else None
        if kept:
            self._ever_kept.add(name)

    def _filled(self, value: str, environment: Mapping[str, str]) -> OwnValue | None:
        if len(value) > _LONGEST:
            return None
        try:
            done = self._lex.expand(value, environment, may_be_set=True)
        except LexError:
            return None
        return OwnValue(done.text, not done.unset)

    def _value(self, stage: StageId, name: str) -> str | None:
        at: StageId | None = stage if name in self._ever_kept else None
        for _ in range(_MOST_PARENTS):
            if at is None:
                break
            if (at, name) in self._kept:
                # Remembered for the stages that are built from this one: its parents are complete.
                self._kept[stage, name] = self._kept[at, name]
                return self._kept[at, name]
            at = self._parents.get(at)
        return self._arguments.get((stage, name))


class _Environment(Mapping[str, str]):
    """The variables of a stage, each looked up when it is asked for."""

    def __init__(self, find: Callable[[str], str | None]) -> None:
        self._find = find

    def __getitem__(self, name: str) -> str:
        value = self._find(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
