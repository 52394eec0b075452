"""How often each rule is right, from the verdicts in verdicts.csv, and the table of the rules with these figures.

python benchmarks/rules/count.py            print the figures
python benchmarks/rules/count.py --write    write them into docs/rules/README.md
"""

import csv
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

VERDICTS: Final = Path(__file__).with_name("verdicts.csv")
TABLE: Final = Path(__file__).parent.parent.parent / "docs" / "rules" / "README.md"
_ROW: Final = re.compile(r"^\| \[(CTX\d{3})\]\(\w+\.md\) \| `([\w-]+)` \| ([^|]+) \|.*$", re.MULTILINE)


class Verdict(NamedTuple):
    """What was said of one finding: the place that it is about in a public repository, and why.

    `now` is "found", "corrected" where it is found and says something else, or "gone".
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


class Figures(NamedTuple):
    """How many findings of a rule were judged, in how many Dockerfiles, and how many of them are true.

    `blind` are those of the second sample with the true ones as they were before any correction; `left` and `true` are
    of both samples, without what is gone, and with what is corrected as true.
    """

    judged: int = 0
    dockerfiles: frozenset[tuple[str, str]] = frozenset()
    blind: tuple[int, int] = (0, 0)
    left: int = 0
    true: int = 0

    def with_one(self, one: Verdict) -> "Figures":
        """These figures with one more verdict."""
        is_true, is_left = one.verdict == "true", one.now != "gone"
        seen, right = self.blind
        return Figures(
            self.judged + 1,
            self.dockerfiles | {(one.repository, one.dockerfile)},
            (seen + 1, right + is_true) if one.sample == "second" else self.blind,
            self.left + is_left,
            self.true + (is_left and (is_true or one.now == "corrected")),
        )

    @property
    def shown(self) -> tuple[str, str, str, str]:
        """All for a table: two numbers, and the percentages before and after corrections."""
        return str(self.judged), str(len(self.dockerfiles)), _percent(*self.blind), _percent(self.left, self.true)


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
    """The page of the rules with the figures in the last four columns of its table."""

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
