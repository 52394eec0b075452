from pathlib import Path

import pytest

from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.layers_in_a_row import RULE
from tests.findings.support import costs


def found(root: Path, *lines: str) -> list[Finding]:
    return costs(root, RULE, "FROM debian AS base\n" + "\n".join(lines) + "\n", {"a": 1, "b": 1, "c/d": 1})


def test_runs_in_a_row(tmp_path: Path) -> None:
    (finding,) = found(
        tmp_path, "COPY a /", "RUN a", "RUN b", "RUN c", "USER x", "RUN d", "COPY a /x/", "COPY b /x/", "COPY c /x/"
    )
    assert (finding.line, finding.severity, finding.totals) == (3, Severity.INFO, None)
    assert finding.message == ("3 consecutive RUN instructions (lines 3, 4 and 5) can be merged: 4 layers instead of 8")
    assert finding.evidence == ("3 consecutive COPY instructions (lines 8, 9 and 10)",)


@pytest.mark.parametrize(
    "lines",
    [
        ["RUN a", "RUN b"],
        ["RUN a", "RUN b", "ENV C=d", "RUN c"],
        ["RUN --mount=type=cache,target=/x a"] * 3,
        ["RUN <<X\na\nX", "RUN b", "RUN c"],
        ['RUN ["a"]'] * 3,
        ["RUN a", "RUN b", "RUN c", "FROM scratch", "COPY --from=base /x /x"],
        ["COPY a /x/", "COPY b /x/", "COPY c /y/"],
        ["COPY a /x", "COPY b /x", "COPY c /x"],
        ["FROM debian", "COPY --from=base a /x/", "COPY --from=base b /x/", "COPY --from=base c /x/"],
        ["COPY --chown=1 a /x/", "COPY b /x/", "COPY c /x/"],
        ["COPY <<X /x/\na\nX", "COPY b /x/", "COPY c /x/"],
        # PowerShell and cmd join commands in other ways, and a new PATH counts from the next RUN on.
        ['SHELL ["powershell", "-Command"]', "RUN a", "RUN b", "RUN c"],
        ["FROM mcr.microsoft.com/windows/servercore:ltsc2022", "RUN a", "RUN b", "RUN c"],
        ["FROM own-image", "RUN C:/Jenkins/install.ps1", "RUN b", "RUN c"],
        ["FROM own-image", "RUN a", "RUN mkdir c:\\\\x", "RUN c"],
    ],
)
def test_what_is_better_apart(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


def test_what_only_looks_like_windows(tmp_path: Path) -> None:
    lines = ["RUN curl -O https://x.io/a", "RUN scp abc:/x y", "RUN echo a/c:/d"]
    assert len(found(tmp_path, *lines)) == 1
