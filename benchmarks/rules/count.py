"""How often each rule is right, from the verdicts in verdicts.csv, and the table of the rules with these figures.

python benchmarks/rules/count.py            print the figures
python benchmarks/rules/count.py --write    write them into docs/rules/README.md
"""

import csv
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

#: The samples of which not all that was wrong is corrected, or looked up again: they count as blind only.
_UNCORRECTED: Final = frozenset(("fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"))
VERDICTS: Final = Path(__file__).with_name("verdicts.csv")
TABLE: Final = Path(__file__).parent.parent.parent / "docs" / "rules" / "README.md"
_ROW: Final = re.compile(r"^\| \[(CTX\d{3})\]\(\w+\.md\) \| `([\w-]+)` \| ([^|]+) \|.*$", re.MULTILINE)


#: The samples that were judged before any correction.
_BLIND: Final = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh")


class Verdict(NamedTuple):
    """What was said of one finding: the place that it is about in a public repository, and why.

    `verdict` is "true", "false" or, where that could not be decided, "unsure". `now` is "found", "corrected" where it
    is found and says something else, or "gone".
    """

    sample: str
    rule: str
    repository: str
    commit: str
    dockerfile: str
    file: str
    line: str
    verdict: str
    now: str
    why: str


class Sample(NamedTuple):
    """What a sample says of a rule: how many findings were `judged` before any correction and how many were `right`.

    Of those that the corrected rules still find, `left`, so many are `true`.
    """

    judged: int = 0
    right: int = 0
    left: int = 0
    true: int = 0

    def with_one(self, one: Verdict) -> "Sample":
        """These figures with one more verdict."""
        is_true, is_left = one.verdict == "true", one.now != "gone"
        return Sample(
            self.judged + 1,
            self.right + is_true,
            self.left + is_left,
            self.true + (is_left and (is_true or one.now == "corrected")),
        )


class Figures(NamedTuple):
    """How many findings of a rule were judged, in how many Dockerfiles, and what each of the `samples` and `every` say.

    What could not be decided is in none of them. `every` has those samples whose faults were corrected.
    """

    dockerfiles: frozenset[tuple[str, str]] = frozenset()
    samples: Mapping[str, Sample] = MappingProxyType({})
    every: Sample = Sample()

    def with_one(self, one: Verdict) -> "Figures":
        """These figures with one more verdict."""
        if one.verdict == "unsure":
            return self
        return Figures(
            self.dockerfiles | {(one.repository, one.dockerfile)},
            {**self.samples, one.sample: self.samples.get(one.sample, Sample()).with_one(one)},
            self.every if one.sample in _UNCORRECTED else self.every.with_one(one),
        )

    @property
    def shown(self) -> tuple[str, ...]:
        """All for a table: two numbers, and percentages of the blind samples and of what is left when corrected."""
        blind = [self.samples.get(name, Sample()) for name in _BLIND]
        return (
            str(sum(sample.judged for sample in self.samples.values())),
            str(len(self.dockerfiles)),
            *(_percent(sample.judged, sample.right) for sample in blind),
            _percent(self.every.left, self.every.true),
        )


def _percent(judged: int, true: int) -> str:
    return f"{100 * true / judged:.0f} %" if judged else ""


def read() -> list[Verdict]:
    """All verdicts."""
    with VERDICTS.open(encoding="utf-8", newline="") as file:
        return [Verdict(**row) for row in csv.DictReader(file)]


def figures(verdicts: Iterable[Verdict]) -> dict[str, Figures]:
    """The figures by rule."""
    counted: dict[str, Figures] = {}
    for one in verdicts:
        counted[one.rule] = counted.get(one.rule, Figures()).with_one(one)
    return counted


def with_figures(text: str, counted: dict[str, Figures]) -> str:
    """The page of the rules with the figures in the last thirteen columns of its table."""

    def row(found: re.Match[str]) -> str:
        shown = counted.get(found[1], Figures()).shown
        cells = (f"[{found[1]}]({found[1]}.md)", f"`{found[2]}`", found[3].strip(), *shown)
        return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"

    return _ROW.sub(row, text)


def main() -> None:
    verdicts = read()
    counted = figures(verdicts)
    if sys.argv[1:] == ["--write"]:
        TABLE.write_text(with_figures(TABLE.read_text(encoding="utf-8"), counted), encoding="utf-8")
        return
    for rule, one in sorted(counted.items()):
        print(rule, *one.shown)
    everything = Figures()
    for verdict in verdicts:
        everything = everything.with_one(verdict)
    print("all", *everything.shown)


if __name__ == "__main__":
    main()
