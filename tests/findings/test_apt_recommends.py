from pathlib import Path

import pytest

from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rules.apt_recommends import RULE
from tests.findings.support import costs


def found(root: Path, *lines: str) -> list[Finding]:
    return costs(root, RULE, "FROM debian AS base\nWORKDIR /srv\n" + "\n".join(lines) + "\n", {})


def test_recommended_packages_are_found(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "RUN apt-get update && apt-get install -y curl")
    assert (finding.line, finding.severity, finding.confidence) == (3, Severity.NOTE, Confidence.MEDIUM)
    assert finding.message == "apt-get install also installs recommended packages"
    assert (
        finding.fix == "write apt-get install --no-install-recommends, and list the recommended packages that you need"
    )


@pytest.mark.parametrize(
    "run",
    [
        "apt install curl",
        "apt-get -y install curl git",
        "apt-get -y install ca-certificates curl",
        "apt-get install --no-install-recommends a && apt-get install b",
    ],
)
def test_other_forms_of_the_command(tmp_path: Path, run: str) -> None:
    assert [finding.line for finding in found(tmp_path, f"RUN {run}")] == [3]


@pytest.mark.parametrize(
    "lines",
    [
        ["RUN apt-get install -y --no-install-recommends curl"],
        ["RUN apt-get -y --no-install-recommends install curl"],
        ["RUN apt-get install -y --install-recommends x"],
        ["RUN apt-get -o APT::Install-Recommends=false install x"],
        ["RUN apt-get install -f"],
        ["RUN apt-get upgrade -y"],
        ["RUN echo apt-get install x"],
        ["RUN echo 'APT::Install-Recommends \"0\";' > /etc/apt/apt.conf.d/00", "RUN apt-get install x"],
        ["RUN apt-get install x", "FROM alpine"],
        ["RUN apt-get install -y ca-certificates tzdata=2025b-0"],
        ["RUN apt-get update && apt-get install -y inetutils-ping netbase jq/trixie unzip:amd64"],
        ["RUN apt-get install -y -t trixie-backports -o Dpkg::Options::=--force-confnew jq"],
        ["RUN curl -fsSL https://deb.nodesource.com/setup_22.x | bash -", "RUN apt-get install -y nodejs"],
        ["RUN apt-get install -y kubectl dotnet-sdk-8.0"],
        ["RUN echo 'deb https://dl.yarnpkg.com/debian/ stable main' > /x", "RUN apt-get install -y yarn"],
        [
            "RUN apt-get install -y --no-install-recommends curl gnupg",
            "RUN apt-get install -y ca-certificates curl gnupg",
        ],
    ],
)
def test_without_recommended_packages_nothing_is_found(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


def test_what_is_there_already_brings_nothing(tmp_path: Path) -> None:
    install = "RUN apt-get update && apt-get install -y git curl build-essential\n"
    assert costs(tmp_path, RULE, f"FROM python:3.13\n{install}", {}) == []
    assert len(costs(tmp_path, RULE, f"FROM python:3.13-slim\n{install}", {})) == 1
    assert len(costs(tmp_path, RULE, f"FROM golang:1.25\n{install}", {})) == 1
    headers = "RUN apt-get install -y libpng-dev libzip-dev protobuf-compiler libprotobuf-dev gettext\n"
    assert costs(tmp_path, RULE, f"FROM golang:1.25\n{headers}", {}) == []
    assert len(costs(tmp_path, RULE, f"FROM debian\n{headers}", {})) == 1
    tools = "RUN apt-get install -y --no-install-recommends build-essential curl\n"
    assert costs(tmp_path, RULE, f"FROM debian\n{tools}{headers}", {}) == []
    assert len(costs(tmp_path, RULE, "FROM golang:1.25\nRUN apt-get install -y protobuf-compiler\n", {})) == 1
    assert costs(tmp_path, RULE, "FROM eclipse-temurin:21-jre\nRUN apt-get install -y curl\n", {}) == []
    assert costs(tmp_path, RULE, "FROM php:8.4-fpm\nRUN apt-get install -y curl pkg-config\n", {}) == []


@pytest.mark.parametrize(
    "lines",
    [
        ["RUN apt-get install -y nodejs"],
        ["RUN apt-get install -y ca-certificates ./tool.deb"],
        ["RUN apt-get install -y ca-certificates $PACKAGES"],
        ['RUN if [ "$A" ]; then apt-get install -y --no-install-recommends curl; fi', "RUN apt-get install -y curl"],
    ],
)
def test_what_may_bring_others_is_found(tmp_path: Path, lines: list[str]) -> None:
    assert len(found(tmp_path, *lines)) == 1


@pytest.mark.parametrize(
    ("before", "count"),
    [("apt y update &&", 0), ("apt -y update &&", 1), ("apt update y &&", 1), ("apt y update ||", 1)],
)
def test_a_run_that_fails_before_the_install(tmp_path: Path, before: str, count: int) -> None:
    assert len(found(tmp_path, f"RUN {before} apt install -y curl")) == count


@pytest.mark.parametrize(
    ("base", "packages", "count"),
    [
        ("alt:p8", "git", 0),
        ("flexible/alt.p8-postgresql", "git", 0),
        ("registry.altlinux.org/p10/alt:latest", "git", 0),
        ("someone/alternative", "git", 1),
        ("debian", "libicu76", 0),
        ("debian", "lib32z1 lib32stdc++6", 0),
        ("debian", "libicu76 git", 1),
        # It recommends programs.
        ("debian", "libgtk-3-0", 1),
    ],
)
def test_where_nothing_is_recommended(tmp_path: Path, base: str, packages: str, count: int) -> None:
    text = f"FROM {base}\nRUN apt-get update && apt-get install -y {packages}\n"
    assert len(costs(tmp_path, RULE, text, {})) == count


@pytest.mark.parametrize(
    ("run", "count"),
    [
        ("apt-get install -y git && apt-get purge -y --auto-remove -o APT::AutoRemove::RecommendsImportant=false", 0),
        ("apt-get install -y git && apt-get purge -y --auto-remove", 1),
        ("apt-get purge -y --auto-remove -o APT::AutoRemove::RecommendsImportant=false && apt-get install -y git", 1),
    ],
)
def test_recommended_packages_that_the_same_run_removes(tmp_path: Path, run: str, count: int) -> None:
    assert len(found(tmp_path, f"RUN {run}")) == count
