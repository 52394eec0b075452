from pathlib import Path

import pytest

from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.exception_walk import RULE
from tests.findings.support import built


@pytest.fixture
def many(tmp_path: Path) -> Path:
    for directory, count in (("node_modules/a", 4_000), ("vendor", 1_500), ("docs", 2)):
        (tmp_path / directory).mkdir(parents=True)
        for number in range(count):
            (tmp_path / directory / f"{number}.md").touch()
    return tmp_path


def found(root: Path, ignore: str) -> list[Finding]:
    return built(root, RULE, "FROM a\nCOPY . /\n", {}, ignore)


def test_a_wildcard_for_which_everything_is_listed(many: Path) -> None:
    (finding,) = found(many, "node_modules\nvendor\n*.txt\n!docs/*.txt\n!**/README.md\n")
    assert (finding.line, finding.severity) == (4, Severity.NOTE)
    assert finding.message.startswith(
        "because of the wildcard in `!docs/*.txt`, BuildKit lists all excluded directories"
    )
    assert "5,501 entries, most of them in node_modules/" in finding.message
    assert finding.evidence == ("node_modules/: 4,001 entries", "vendor/: 1,500 entries")


@pytest.mark.parametrize(
    "ignore",
    [
        "node_modules\nvendor\n!docs\n!docs/**\n!docs/*\n",
        "node_modules\nvendor\n!vendor/1.md\n",
        "node_modules\nvendor\n**/*.md\n",
        "vendor\n!**/README.md\n",
        "*.md\n!**/README.md\n",
    ],
)
def test_near_misses(many: Path, ignore: str) -> None:
    assert found(many, ignore) == []
