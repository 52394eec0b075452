"""The values of variables in shell text, and the words that commands have with them."""

import pytest

from ctxopt.image.shell.parse import commands
from ctxopt.image.shell.values import Values
from tests.support.steps import assert_linear


def _variants(text: str, given: dict[str, list[str]] | None = None) -> list[str]:
    """What the last command of a text may be, for each of its variants."""
    parsed = commands(text, Values(lambda name: (given or {}).get(name, ())))
    assert parsed is not None
    return [" ".join(words) for words in parsed[-1].variants]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for d in docs test; do cp -r $d /o; done", ["cp -r docs /o", "cp -r test /o"]),
        ('for d in docs test; do cp "${d%/}/x" /o; done', ["cp docs/x /o", "cp test/x /o"]),
        ('D=(docs/a docs/b)\nfor d in "${D[@]}"; do cp "$d" /o; done', ["cp docs/a /o", "cp docs/b /o"]),
        ('D=(a)\nD+=(b)\ntar c "${D[@]}"', ["tar c a", "tar c b"]),
        ('D="a b"\ntar c $D', ["tar c a b"]),
        ("declare -A M=([x]=docs/x [y]=y)\ncat ${M[$k]}", ["cat docs/x", "cat y"]),
        ('T="${TPL:-docs/t}"\nserve "$T"', ["serve docs/t"]),
        ('serve "${T:-docs}"', ["serve docs"]),
        ("cat {docs,notes}/{a,b}.md", [f"cat {place}/{name}.md" for place in ("docs", "notes") for name in "ab"]),
        ("while read -r f; do cp $f /o; done <<E\na\nb\nE", ["cp a /o", "cp b /o"]),
        ("printf '%s' a b | while read f; do cp $f /o; done", ["cp %s /o", "cp a /o", "cp b /o"]),
        ("case $L in en) D=en;; *) D=de;; esac; cat $D/x", ["cat en/x", "cat de/x"]),
        ("X=$X:a\necho $X", ["echo :a"]),
        ("A=$B\nB=$A\ncat $A", []),
        ('IFS= read -r U < /run/u\necho "no secret"\ncat "$U"', []),
        ("cat $1 $UNKNOWN", []),
        ("cat docs", []),
    ],
)
def test_values(text: str, expected: list[str]) -> None:
    assert _variants(text) == expected


def test_values_that_a_build_gives() -> None:
    assert _variants("cp -r $DOCS /o", {"DOCS": ["docs"]}) == ["cp -r docs /o"]


def test_the_words_themselves_stay() -> None:
    parsed = commands("D=docs\ncat $D")
    assert parsed is not None
    assert parsed[0].words == ("cat", "$D")


def test_many_values_are_linear() -> None:
    def text(count: int) -> str:
        return "".join(f"V{n}=x\n" for n in range(count)) + "".join(f"cat $V{n}\n" for n in range(count))

    assert_linear(lambda count: lambda: commands(text(count)), 100)


def test_values_of_values_end() -> None:
    text = "".join(f"V{n}='a$V{n + 1} b$V{n + 1}'\n" for n in range(30)) + "cat $V0\n"
    parsed = commands(text)
    assert parsed is not None
    assert sum(len(words) for words in parsed[0].variants) < 10_000


@pytest.mark.parametrize(
    "text", ["if x; then (cd a && b) else c; fi", "if (x) then b; else c; fi", "for f in a; do (b) done"]
)
def test_a_subshell_before_the_next_part_needs_no_semicolon(text: str) -> None:
    assert "b" in {command.words[0] for command in commands(text) or ()}


def test_values_that_make_long_texts_of_each_other_are_not_all_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = []
    original = Values._replaced

    def counted(self: Values, text: str) -> list[str] | None:
        steps.append(len(text))
        return original(self, text)

    monkeypatch.setattr(Values, "_replaced", counted)
    long = "".join(f"A='{'x' * 500} $B {number}'\nB='$A {'y' * 500} {number}'\n" for number in range(7))
    found = commands(long + "use $A $B\n" * 10)
    assert found is not None
    assert sum(steps) < 300_000
