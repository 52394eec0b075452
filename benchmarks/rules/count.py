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
    """What was said of one finding: the place that it is about in a public repository, and why."""

    rule: str
    repository: str
    commit: str
    dockerfile: str
    file: str
    line: str
    verdict: str
    why: str


class Figures(NamedTuple):
    """How many findings of a rule were judged, and how many of them are true."""

    judged: int
    true: int

    @property
    def shown(self) -> tuple[str, str]:
        """Both for a table: the number, and the percentage."""
        return (str(self.judged), f"{100 * self.true / self.judged:.0f} %") if self.judged else ("0", "")


def read() -> list[Verdict]:
    """All verdicts."""
    with VERDICTS.open(encoding="utf-8", newline="") as file:
        return [Verdict(**row) for row in csv.DictReader(file)]


def figures(verdicts: Iterable[Verdict]) -> dict[str, Figures]:
    """The figures by rule."""
    counted: dict[str, Figures] = {}
    for one in verdicts:
        before = counted.get(one.rule, Figures(0, 0))
        counted[one.rule] = Figures(before.judged + 1, before.true + (one.verdict == "true"))
    return counted


def with_figures(text: str, counted: dict[str, Figures]) -> str:
    """The page of the rules with the figures in the last two columns of its table."""

    def row(found: re.Match[str]) -> str:
        judged, true = counted.get(found[1], Figures(0, 0)).shown
        cells = (f"[{found[1]}]({found[1]}.md)", f"`{found[2]}`", found[3].strip(), judged, true)
        return "| " + " | ".join(cells).rstrip() + " |"

    return _ROW.sub(row, text)


def main() -> None:
    counted = figures(read())
    if sys.argv[1:] == ["--write"]:
        TABLE.write_text(with_figures(TABLE.read_text(encoding="utf-8"), counted), encoding="utf-8")
        return
    for rule, one in sorted(counted.items()):
        print(rule, *one.shown)
    everything = Figures(sum(one.judged for one in counted.values()), sum(one.true for one in counted.values()))
    print("all", *everything.shown)


if __name__ == "__main__":
    main()
