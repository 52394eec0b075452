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
        "dnf install -y x && dnf clean packages",
        "dnf install -y x && dnf clean expire-cache",
        "yum reinstall -y glibc-common",
        "dnf -y builddep x.spec",
        "zypper -n patch",
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
        ["RUN yum install -y x && yum clean packages metadata"],
        ["RUN yum install -y epel-release && yum install -y x; yum clean all"],
        ["RUN yum install -y x && yum clean all && yum install -y y && yum clean all"],
        ["RUN for i in a b; do yum install -y $i; done; yum clean all"],
        ["RUN dnf install -y x && yum clean all && zypper in y && zypper clean"],
        ["RUN zypper in x && zypper clean -a"],
        ["RUN zypper in x && rm -rf /var/cache/zypp/*"],
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


@pytest.mark.parametrize(
    ("run", "tool", "fix"),
    [
        ("yum install -y a && yum clean all && yum install -y b", "yum", "append && yum clean all"),
        ("if x; then dnf install -y a; dnf clean all; else yum install -y a; fi", "yum", "append && yum clean all"),
        ("dnf install -y a && zypper in b && dnf clean all", "zypper", "append && zypper clean --all"),
        ("zypper in a && dnf install b && zypper cc -a", "dnf", "append && dnf clean all"),
        ("yum-builddep -y x", "yum-builddep", "append && yum clean all"),
    ],
)
def test_what_fills_the_cache_after_it_was_cleaned(tmp_path: Path, run: str, tool: str, fix: str) -> None:
    (finding,) = found(tmp_path, f"RUN {run}")
    assert finding.message.startswith(f"{tool}'s metadata cache")
    assert finding.fix == fix


@pytest.mark.parametrize(
    ("before", "count"),
    [
        ('if [ "$UPDATES" != 1 ]; then exit 0; fi; ', 0),
        ('if [ "$UPDATES" != 1 ]; then exit; fi; ', 0),
        ('if [ "$UPDATES" != 1 ]; then exit 1; fi; ', 1),
        ('if [ "$UPDATES" != 1 ]; then echo none; fi; ', 1),
    ],
)
def test_a_run_that_ends_before_by_an_argument(tmp_path: Path, before: str, count: int) -> None:
    assert len(found(tmp_path, f"ARG UPDATES=0\nRUN {before}dnf -y update")) == count
