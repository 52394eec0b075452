import datetime
from pathlib import Path

import pytest

from ctxopt.catalogue.end_of_life import data_date, ended
from ctxopt.core.image_reference import reference
from ctxopt.findings.model import Confidence, Severity
from ctxopt.findings.rules.base_ended import RULE
from tests.findings.support import built, named


def test_the_base_of_the_final_image_and_one_for_building(tmp_path: Path) -> None:
    final, building = built(
        tmp_path, RULE, "FROM node:8 AS build\nRUN npm ci\nFROM debian:stretch\nCOPY --from=0 /a /a\n"
    )
    assert (final.line, final.severity, final.confidence) == (3, Severity.WARNING, Confidence.HIGH)
    assert final.message == "debian:stretch: Debian 9 (stretch) has had no security fixes since 2022-07-01"
    assert final.fix.startswith("build from a supported release, such as Debian ")
    assert (building.line, building.severity) == (1, Severity.NOTE)


def test_one_image_in_several_stages(tmp_path: Path) -> None:
    dockerfile = "FROM node:8 AS a\nFROM node:8 AS b\nFROM node:8\nCOPY --from=a /a /a\nCOPY --from=b /b /b\n"
    (finding,) = built(tmp_path, RULE, dockerfile)
    assert (finding.line, finding.severity) == (3, Severity.WARNING)
    assert finding.evidence[0] == "also in lines 1 and 2"


def test_nobody_goes_back_to_an_older_release(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "FROM node:25\n")
    assert finding.fix == "build from a supported release"
    (finding,) = built(tmp_path, RULE, "FROM node:20\n")
    assert finding.fix.startswith("build from a supported release, such as Node.js ")


def test_an_image_from_an_argument_may_be_another_one(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "ARG TAG=3.7\nFROM python:$TAG\n")
    assert finding.confidence is Confidence.MEDIUM


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("centos:7", "CentOS 7"),
        ("centos", "CentOS 8"),
        ("quay.io/centos/centos:stream8", "CentOS Stream 8"),
        ("node:8.17.0-alpine", "Node.js 8"),
        ("node:carbon-slim", "Node.js 8 (carbon)"),
        ("docker.io/library/python:3.7-slim", "Python 3.7"),
        ("python:3.12-slim-buster", "Debian 10 (buster)"),
        ("python:3.12-alpine3.12", "Alpine 3.12"),
        ("nvidia/cuda:11.0-base-ubuntu18.04", "Ubuntu 18.04"),
        ("mcr.microsoft.com/dotnet/core/sdk:3.1", ".NET 3.1"),
        ("openjdk:8-jdk-alpine", "the image openjdk"),
        ("postgres:9.6@sha256:abc", "PostgreSQL 9.6"),
    ],
)
def test_what_has_ended(name: str, what: str) -> None:
    found = ended(reference(name))
    assert found is not None
    assert found.what == what
    assert found.date <= data_date()


@pytest.mark.parametrize(
    "name",
    [
        *("python:3", "python:3.70", "node:lts", "node", "debian:trixie-slim", "alpine:latest", "myorg/app:8-buster"),
        *("myorg/node:8", "openjdk:25-ea-jdk", "quay.io/centos/centos:stream10", "golang@sha256:abc", "scratch"),
    ],
)
def test_what_has_not_ended_or_is_not_known(name: str) -> None:
    assert ended(reference(name)) is None


def test_the_data_have_a_date() -> None:
    assert datetime.date.fromisoformat(data_date()) > datetime.date(2026, 1, 1)


@pytest.mark.parametrize("path", ["docker/Dockerfile-Oldest", "Dockerfile.legacy", "Dockerfile.min", "old/Dockerfile"])
def test_a_file_that_is_there_for_old_releases(tmp_path: Path, path: str) -> None:
    (finding,) = named(tmp_path, RULE, path, "FROM alpine:3.16\n")
    assert finding.severity is Severity.INFO


@pytest.mark.parametrize("path", ["Dockerfile.gold", "Dockerfile.minimal", "admin/Dockerfile", "Dockerfile.dev"])
def test_other_names_say_nothing_of_old_releases(tmp_path: Path, path: str) -> None:
    (finding,) = named(tmp_path, RULE, path, "FROM alpine:3.16\n")
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(("stage", "count"), [("ubuntu-18", 0), ("build", 1), ("ubuntu-20", 1)])
def test_a_stage_for_files_of_an_old_release(tmp_path: Path, stage: str, count: int) -> None:
    dockerfile = f"FROM ubuntu:18.04 AS {stage}\nRUN make\nFROM ubuntu:24.04\nCOPY --from={stage} /a /a\n"
    assert len(built(tmp_path, RULE, dockerfile)) == count


def test_a_final_image_with_its_version_in_the_name_of_the_stage(tmp_path: Path) -> None:
    assert len(built(tmp_path, RULE, "FROM ubuntu:18.04 AS ubuntu-18\nRUN make\n")) == 1


@pytest.mark.parametrize(
    ("path", "other", "count"),
    [
        ("server/ubuntu/18.04/Dockerfile", "server/ubuntu/22.04/Dockerfile", 0),
        ("18.04/app/Dockerfile", "22.04/app/Dockerfile", 0),
        # Nothing newer is beside it, or it is for something else.
        ("ubuntu/18.04/Dockerfile", "ubuntu/16.04/Dockerfile", 1),
        ("ubuntu/18.04/Dockerfile", "ubuntu/22.04/README.md", 1),
        ("app/2.0/Dockerfile", "app/22.04/Dockerfile", 1),
        ("app/Dockerfile", "22.04/Dockerfile", 1),
    ],
)
def test_a_directory_for_each_release(tmp_path: Path, path: str, other: str, count: int) -> None:
    assert len(named(tmp_path, RULE, path, "FROM ubuntu:18.04\n", {other: "FROM ubuntu:22.04\n"})) == count
