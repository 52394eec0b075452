from pathlib import Path

import pytest

from ctxopt.core.context.tree import Totals
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.archive_left import RULE
from tests.findings.support import costs

_FILES = {"app.tar.gz": 150_000, "vendor/x.zip": 20_000, "vendor/y.deb": 30, "src/a.py": 10, "setup.sh": 10}


def found(root: Path, *lines: str) -> list[Finding]:
    return costs(root, RULE, "FROM debian AS base\nWORKDIR /srv\n" + "\n".join(lines) + "\n", _FILES)


def test_a_tar_archive(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY app.tar.gz /tmp/", "RUN mkdir /opt/app && tar -xzf /tmp/app.tar.gz -C /opt/app")
    assert (finding.line, finding.totals, finding.severity) == (3, Totals(1, 150_000), Severity.WARNING)
    assert finding.message == "app.tar.gz stays in the image after tar in line 4 unpacks it"
    assert finding.fix == (
        "write ADD app.tar.gz /opt/app/, which unpacks it, instead of the COPY and the tar in line 4"
    )


@pytest.mark.parametrize(
    ("lines", "fix"),
    [
        (
            ["COPY app.tar.gz .", "RUN tar xzf app.tar.gz"],
            "write ADD app.tar.gz /srv/, which unpacks it, instead of the COPY and the tar in line 4",
        ),
        (
            ["COPY app.tar.gz .", "RUN tar xzf app.tar.gz --strip-components=1"],
            "mount it in line 4, which needs it: RUN --mount=type=bind,source=app.tar.gz,target=/srv/app.tar.gz … "
            "instead of the COPY",
        ),
        (
            ["COPY . .", "RUN unzip -q vendor/x.zip -d /opt"],
            "mount it in line 4, which needs it: RUN --mount=type=bind,source=vendor/x.zip,target=/srv/vendor/x.zip …"
            ", and write COPY --exclude=vendor/x.zip … in line 3 (Dockerfile syntax 1.19 or newer)",
        ),
        (
            ["COPY app.tar.gz vendor/y.deb ./", "RUN tar xzf app.tar.gz"],
            "write ADD app.tar.gz /srv/, which unpacks it, without the tar in line 4, and remove it from the COPY",
        ),
        (
            ["COPY vendor/y.deb /tmp/", "RUN apt-get install -y /tmp/y.deb"],
            "mount it in line 4, which needs it: RUN --mount=type=bind,source=vendor/y.deb,target=/tmp/y.deb … "
            "instead of the COPY",
        ),
    ],
)
def test_fixes(tmp_path: Path, lines: list[str], fix: str) -> None:
    (finding,) = found(tmp_path, *lines)
    assert finding.fix == fix


@pytest.mark.parametrize(
    "lines",
    [
        ["ADD app.tar.gz /opt/"],
        ["COPY app.tar.gz /srv/"],
        ["COPY app.tar.gz .", "RUN tar xzf app.tar.gz && rm app.tar.gz"],
        ["COPY app.tar.gz .", "RUN tar czf app.tar.gz /etc"],
        ["COPY app.tar.gz .", "RUN tar tzf app.tar.gz"],
        ["COPY app.tar.gz .", "RUN tar xzf other.tar.gz"],
        ["COPY setup.sh .", "RUN sh setup.sh"],
        ["RUN --mount=type=bind,source=app.tar.gz,target=/srv/app.tar.gz tar xzf app.tar.gz"],
        ["COPY app.tar.gz .", "RUN tar xzf app.tar.gz", "FROM debian", "COPY --from=base /srv/x /srv/x"],
    ],
)
def test_what_is_not_left(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []
