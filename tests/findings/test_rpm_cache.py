from pathlib import Path

import pytest

from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.rpm_cache import RULE
from tests.findings.support import costs


def found(root: Path, *lines: str) -> list[Finding]:
    return costs(root, RULE, "FROM fedora AS base\nWORKDIR /srv\n" + "\n".join(lines) + "\n", {})


def test_what_is_kept(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "RUN dnf -y install httpd")
    assert (finding.line, finding.severity) == (3, Severity.WARNING)
    assert finding.message == "dnf's metadata cache stays in this layer, usually tens of megabytes or more"
    assert finding.fix == "append && dnf clean all"


@pytest.mark.parametrize(
    "run",
    [
        "yum install -y x",
        "microdnf install x",
        "dnf upgrade -y",
        "zypper --non-interactive install x",
        "dnf clean all && dnf install x",
    ],
)
def test_other_ways(tmp_path: Path, run: str) -> None:
    assert [finding.line for finding in found(tmp_path, f"RUN {run}")] == [3]


@pytest.mark.parametrize(
    "lines",
    [
        ["RUN dnf install -y x && dnf clean all"],
        ["RUN yum install -y x && yum -y clean all"],
        ["RUN dnf install -y x && rm -rf /var/cache/dnf"],
        ["RUN dnf install -y x && rm -rf /var/cache/*"],
        ["RUN zypper in x && zypper clean -a"],
        ["RUN dnf install --installroot=/mnt x"],
        ["RUN dnf repolist"],
        ["RUN --mount=type=cache,target=/var/cache/dnf dnf install x"],
        ["RUN dnf install x", "FROM scratch"],
    ],
)
def test_what_is_not_kept(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


def test_zypper(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "RUN zypper in -y x")
    assert finding.fix == "append && zypper clean --all"
