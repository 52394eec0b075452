from pathlib import Path

import pytest

from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.conda_cache import RULE
from tests.findings.support import costs


def found(root: Path, *lines: str) -> list[Finding]:
    return costs(root, RULE, "FROM condaforge/miniforge3 AS base\nWORKDIR /srv\n" + "\n".join(lines) + "\n", {})


def test_what_is_kept(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "RUN mamba install -y numpy")
    assert (finding.line, finding.severity) == (3, Severity.WARNING)
    assert finding.message == "mamba's package cache stays in this layer, often hundreds of megabytes"
    assert finding.fix == "append && mamba clean --all --yes"


@pytest.mark.parametrize(
    "run",
    [
        "conda env create -f environment.yml",
        "conda create -n x python",
        "micromamba install -y -n base x",
    ],
)
def test_other_ways(tmp_path: Path, run: str) -> None:
    assert [finding.line for finding in found(tmp_path, f"RUN {run}")] == [3]


@pytest.mark.parametrize(
    "lines",
    [
        ["RUN conda install x && conda clean -afy"],
        ["RUN mamba env update -f e.yml && conda clean --all --yes"],
        ["RUN conda install x && rm -rf /opt/conda/pkgs"],
        ["RUN conda config --add channels x"],
        ["RUN --mount=type=cache,target=/opt/conda/pkgs conda install x"],
        ["RUN conda install x", "FROM debian", "COPY --from=base /opt /opt"],
    ],
)
def test_what_is_not_kept(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []
