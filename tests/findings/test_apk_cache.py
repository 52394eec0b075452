from pathlib import Path

import pytest

from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.apk_cache import RULE
from tests.findings.support import costs


def found(root: Path, *lines: str) -> list[Finding]:
    return costs(root, RULE, "FROM alpine AS base\nWORKDIR /srv\n" + "\n".join(lines) + "\n", {})


def test_what_is_kept(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "RUN apk add curl")
    assert (finding.line, finding.severity) == (3, Severity.NOTE)
    assert finding.message == "apk add leaves the package index in this layer, usually a few megabytes"
    assert finding.fix == "write apk add --no-cache"


@pytest.mark.parametrize(
    "run",
    [
        "apk --update add curl",
        "apk add -U curl",
        "apk upgrade",
        "apk update && apk add --no-cache curl",
    ],
)
def test_other_ways(tmp_path: Path, run: str) -> None:
    assert [finding.line for finding in found(tmp_path, f"RUN {run}")] == [3]


@pytest.mark.parametrize(
    "lines",
    [
        ["RUN apk add --no-cache curl"],
        ["RUN apk --no-cache --update add curl"],
        ["RUN apk add curl && rm -rf /var/cache/apk/*"],
        ["RUN apk update && apk add x && rm -rf /var/cache/apk"],
        ["RUN apk del curl"],
        ["RUN apk add --no-network --virtual .run $run"],
        ["RUN echo apk add"],
        ["RUN --mount=type=cache,target=/var/cache/apk apk add curl"],
        ["RUN apk add x", "FROM alpine"],
    ],
)
def test_what_is_not_kept(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


def test_an_update(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "RUN apk update")
    assert finding.fix == "drop the apk update"


@pytest.mark.parametrize(
    ("lines", "fix"),
    [
        (["RUN apk update && apk upgrade"], "write apk upgrade --no-cache, and drop the apk update"),
        (
            ["RUN apk update && apk upgrade && apk add x"],
            "write apk upgrade --no-cache and apk add --no-cache, and drop the apk update",
        ),
        (["RUN apk update", "RUN apk add x"], "write apk add --no-cache, and drop the apk update"),
        (["RUN apk update && apk add --no-cache x"], "drop the apk update"),
    ],
)
def test_what_uses_the_index_gets_its_own(tmp_path: Path, lines: list[str], fix: str) -> None:
    assert found(tmp_path, *lines)[0].fix == fix
