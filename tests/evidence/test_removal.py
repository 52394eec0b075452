"""What the RUN right after the COPY removes."""

from pathlib import Path

import pytest

from tests.evidence.support import claim_of, claimed, judged, write

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\n"


def tree(root: Path) -> None:
    write(root, "assets/raw/a.psd", "assets/x.css", "tools/b", "c.sql", "d.sql", ".hidden.sql")


def removed(root: Path, dockerfile: str) -> set[str]:
    tree(root)
    return {entry for entry, key in claimed(judged(root, dockerfile)).items() if key == "removed-later"}


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("rm -rf tools", {"tools"}),
        ("rm -rf /app/tools ./assets/raw/", {"tools", "assets/raw"}),
        ("cd assets && rm -rf raw", {"assets/raw"}),
        ("mkdir /x && chown -R a . && rm -fr tools && make", {"tools"}),
        ("rm -f *.sql", {"c.sql", "d.sql"}),
        ("rm -f [c]*.sql tools", {"c.sql"}),
        ("rm --recursive --force tools", {"tools"}),
        ("rm -r tools", set()),
        ("rm -f tools", set()),
        ("make && rm -rf tools", set()),
        ("rm -rf /other/tools", set()),
        ("rm -rf $X/tools", set()),
        ("rm -rf .", set()),
        ("rm -rf {tools,assets}", set()),
        ("rm -rf '", set()),
        ("(cd assets && ls) && rm -rf raw", set()),
        ("(cd assets && rm -rf raw) && rm -rf tools", {"assets/raw", "tools"}),
        ("true || rm -rf tools", set()),
        ("if true; then cd assets; fi; rm -rf tools", set()),
    ],
)
def test_paths(tmp_path: Path, run: str, expected: set[str]) -> None:
    assert removed(tmp_path, f"{PLAIN}RUN {run}\n") == expected


def test_the_reason(tmp_path: Path) -> None:
    tree(tmp_path)
    claim = claim_of(judged(tmp_path, PLAIN + "RUN rm -rf tools\n"), "tools")
    assert claim.reason.text == "RUN rm -rf tools (Dockerfile:4) removes it again at once"
    assert claim.patterns == ()


@pytest.mark.parametrize(
    "after",
    [
        "RUN make\nRUN rm -rf tools\n",
        "FROM y\nRUN rm -rf /app/tools\n",
        "RUN rm -rf tools\nFROM y\nCOPY --from=0 /app/tools /x\n",
    ],
)
def test_only_what_is_removed_at_once(tmp_path: Path, after: str) -> None:
    assert removed(tmp_path, PLAIN + after) == set()


def test_in_every_build(tmp_path: Path) -> None:
    tree(tmp_path)
    both = judged(tmp_path, PLAIN + "RUN rm -rf tools c.sql\n", PLAIN + "RUN rm -rf tools\n")
    assert {entry for entry, key in claimed(both).items() if key == "removed-later"} == {"tools"}


def test_without_force_the_file_has_to_exist(tmp_path: Path) -> None:
    write(tmp_path, "docs/a", "tests/b")
    found = claimed(judged(tmp_path, PLAIN + "RUN rm -r docs && rm -rf tests\n"))
    assert "docs" not in found
    assert found["tests"] == "removed-later"
