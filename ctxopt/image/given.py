"""The texts of the ENV and ARG instructions that apply to a step, without a copy of them for each step."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, overload

from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.lazy_re import lazy_re

#: A variable and its value in an ENV or ARG.
ASSIGNED: Final = lazy_re(r"([A-Za-z_]\w*)[= ]((?:\\.|[^\s\\])+)")
#: Maximum number of values of a variable.
_MOST: Final = 256


class _Texts:
    """The texts of a stage and of those that it is built from, with what is known of them; none is ever taken away."""

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self.texts = list(texts)
        self._first: dict[str, tuple[int, int]] = {}
        self._values: dict[str, dict[str, int]] = {}
        self._read = 0

    def first(self, word: str) -> int:
        """The number of the first text with a word in it; their count if there is none."""
        seen, found = self._first.get(word, (0, -1))
        if found < 0:
            count = len(self.texts)
            found = next((number for number in range(seen, count) if word in self.texts[number]), -1)
            self._first[word] = count, found
        return found if found >= 0 else len(self.texts)

    def values(self) -> Mapping[str, Mapping[str, int]]:
        """The first values of each variable, each with the number of the first text that has it."""
        for number in range(self._read, len(self.texts)):
            for name, value in ASSIGNED.findall(self.texts[number]):
                values = self._values.setdefault(name, {})
                if len(values) < _MOST:
                    values.setdefault(value.strip("\"'"), number)
        self._read = len(self.texts)
        return self._values


class Given(Sequence[str]):
    """The first texts of a stage, as a sequence."""

    __slots__ = ("_count", "_shared")

    def __init__(self, shared: _Texts | None = None, count: int = 0) -> None:
        self._shared = _Texts() if shared is None else shared
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...

    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return [self._shared.texts[number] for number in range(*index.indices(self._count))]
        return self._shared.texts[range(self._count)[index]]

    def __iter__(self) -> Iterator[str]:
        return islice(self._shared.texts, self._count)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Given) or self._count != other._count:
            return False
        return self._shared is other._shared or list(self) == list(other)

    def __hash__(self) -> int:
        return hash(self._count)

    def with_text(self, text: str) -> "Given":
        """The same with one more text."""
        shared = self._shared
        if len(shared.texts) != self._count or not self._count:
            # Another stage that is built from the same one has added its own.
            shared = _Texts(shared.texts[: self._count])
        shared.texts.append(text)
        return Given(shared, self._count + 1)

    def mentions(self, word: str) -> bool:
        """Whether a word is in one of the texts."""
        return self._shared.first(word) < self._count

    def values_of(self, name: str) -> list[str]:
        """The values of a variable, in the order of the texts."""
        values = self._shared.values().get(name, {})
        numbers = list(values.values())
        return list(islice(values, bisect_left(numbers, self._count)))


def given(plan: Plan) -> Iterator[Given]:
    """The texts of the ENV and ARG instructions that apply to each step."""
    texts: dict[int, Given] = {}
    parents = {stage.number: stage.parent for stage in plan.stages}
    for step in plan.steps:
        parent = parents.get(step.stage)
        if step.stage not in texts:
            texts[step.stage] = texts.get(parent, Given()) if parent is not None else Given()
        now = texts[step.stage]
        yield now
        if step.kind in ("ENV", "ARG"):
            texts[step.stage] = now.with_text(step.text)
