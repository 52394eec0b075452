from pathlib import Path

import pytest

from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.layers_many import RULE
from tests.findings.support import built


def found(root: Path, count: int, base: str = "scratch") -> list[Finding]:
    return built(root, RULE, f"FROM {base}\n" + "".join(f"COPY a /{n}\n" for n in range(count)), {"a": "x"})


@pytest.mark.parametrize(
    ("count", "base", "severity", "text"),
    [
        (100, "scratch", Severity.WARNING, "no image of more than 124 (the legacy builder) or 129 (BuildKit)"),
        (123, "alpine:3.22", Severity.WARNING, "those of alpine:3.22 count as well"),
        (124, "alpine:3.22", Severity.ERROR, "the legacy builder makes none of more than 124"),
        (125, "scratch", Severity.ERROR, "the legacy builder makes none of more than 124"),
        (129, "scratch", Severity.ERROR, "the legacy builder makes none of more than 124"),
        (130, "scratch", Severity.ERROR, "no builder makes an image of more than 129"),
    ],
)
def test_many(tmp_path: Path, count: int, base: str, severity: Severity, text: str) -> None:
    (finding,) = found(tmp_path, count, base)
    assert (finding.line, finding.severity) == (2, severity)
    assert text in finding.message
    assert finding.message.startswith(f"{count} layers ({count} COPY; lines 2, 3, 4, … ")


def test_fewer(tmp_path: Path) -> None:
    assert found(tmp_path, 99, "alpine:3.22") == []


def test_layers_of_other_stages_do_not_count(tmp_path: Path) -> None:
    dockerfile = "FROM a AS b\n" + "RUN x\n" * 120 + "FROM a\nCOPY --from=b /x /x\n"
    assert built(tmp_path, RULE, dockerfile) == []
