from pathlib import Path

import pytest

from ctxopt.catalogue.base_images import known, version_of
from ctxopt.catalogue.end_of_life import ended, newest_release
from ctxopt.core.image_reference import reference
from ctxopt.findings.model import Confidence, Severity
from ctxopt.findings.rules.base_unpinned import RULE
from tests.findings.support import built, named

_DIGEST = "sha256:" + "a" * 64
_TAGS = {image.name: image.tag for image in known().image}


def test_no_tag(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "ARG X\nFROM \\\n  python\n")
    assert (finding.file, finding.line, finding.end_line) == ("Dockerfile", 2, 3)
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.HIGH)
    assert finding.message == "python has no tag, which means `latest`: each build may get a different image"
    assert finding.fix == (
        "write the version that you need, such as python:3.13; "
        "docker buildx imagetools inspect python shows the current digest; write python@sha256:…"
    )


@pytest.mark.parametrize(
    ("base", "severity", "confidence"),
    [
        ("node:latest", Severity.WARNING, Confidence.HIGH),
        ("--platform=$BUILDPLATFORM golang", Severity.WARNING, Confidence.HIGH),
        ("ghcr.io/me/image", Severity.WARNING, Confidence.HIGH),
        ("host:5000/img", Severity.WARNING, Confidence.HIGH),
        ("public.ecr.aws/docker/library/node:lts", Severity.NOTE, Confidence.HIGH),
        ("node:lts-alpine", Severity.NOTE, Confidence.HIGH),
        ("debian:stable-slim", Severity.NOTE, Confidence.HIGH),
        ("gcr.io/distroless/static-debian12", Severity.NOTE, Confidence.HIGH),
        # It may be a named context of the build.
    ],
)
def test_bases(tmp_path: Path, base: str, severity: Severity, confidence: Confidence) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM {base} AS x\n")
    assert (finding.severity, finding.confidence) == (severity, confidence)


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM scratch\n",
        "FROM node:22\n",
        "FROM debian:bookworm-slim\n",
        "FROM node:carbon\n",
        "FROM node:hydrogen-alpine\n",
        f"FROM node@{_DIGEST}\n",
        f"FROM node:latest@{_DIGEST}\n",
        "FROM host:5000/img:1.2\n",
        "FROM me/app:prod\n",
        "FROM base-image\n",
        "FROM gcr.io/distroless/static-debian12:nonroot\n",
        "FROM node:22 AS build\nFROM build\nCOPY --from=build a b\n",
        "FROM node AS unneeded\nFROM node:22\n",
        "ARG TAG=22\nFROM node:${TAG}\n",
    ],
)
def test_versions_and_stages(tmp_path: Path, dockerfile: str) -> None:
    assert built(tmp_path, RULE, dockerfile) == []


def test_the_default_of_an_argument(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "ARG TAG=latest\nFROM node:${TAG}\n")
    assert (finding.line, finding.severity, finding.confidence) == (2, Severity.NOTE, Confidence.MEDIUM)
    assert finding.fix.startswith("write the version that you need, such as node:22 as the default of the ARG; ")
    assert built(tmp_path, RULE, "ARG TAG=latest\nFROM node:${TAG}\n", build_args={"TAG": "22"}) == []


def test_images_that_files_are_taken_from(tmp_path: Path) -> None:
    text = "FROM alpine:3\nCOPY --from=composer /usr/bin/composer /bin/\nRUN --mount=from=golang,target=/go true\n"
    findings = built(tmp_path, RULE, text)
    assert [(finding.line, finding.severity) for finding in findings] == [(2, Severity.NOTE), (3, Severity.NOTE)]


@pytest.mark.parametrize(
    ("base", "files", "example"),
    [
        ("node", {}, "node:22"),
        ("node:lts-alpine", {}, "node:22-alpine"),
        ("php:fpm-alpine", {}, "php:8.4-fpm-alpine"),
        ("node:alpine", {".nvmrc": "v8.17\n"}, "node:8.17-alpine"),
        ("node", {"package.json": '{"engines": {"npm": ">5", "node": "8.x"}}'}, "node:8"),
        ("node", {"package.json": '{"engines": {"node": ">=8"}}'}, "node:22"),
        ("python:slim", {".python-version": "3.9.2\n"}, "python:3.9.2-slim"),
        ("golang", {"go.mod": "module x\n\ngo 1.17\n"}, "golang:1.17"),
        ("ruby:latest", {".ruby-version": "ruby-2.7.1\n"}, "ruby:2.7.1"),
        ("nginx:stable-alpine", {}, "nginx:1.30-alpine"),
        ("nginx:mainline", {}, "nginx:1.31"),
    ],
)
def test_the_version_of_the_project_and_the_variant_stay(
    tmp_path: Path, base: str, files: dict[str, str], example: str
) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM {base}\n", files)
    rest = finding.fix.removeprefix(f"write the version that you need, such as {example}")
    assert rest.startswith(("; docker", " (it has no security fixes: better "))


@pytest.mark.parametrize(
    "image", ["debian:jessie", "debian:wheezy-slim", "ubuntu:trusty", "ubuntu:lunar", "node:boron"]
)
def test_the_name_of_a_release_is_a_version(tmp_path: Path, image: str) -> None:
    assert built(tmp_path, RULE, f"FROM {image}\n") == []


@pytest.mark.parametrize(
    ("image", "files", "fix"),
    [
        ("golang", {}, f"such as golang:{version_of(_TAGS['golang'])[0]};"),
        ("golang:alpine", {}, f"such as golang:{_TAGS['golang']};"),
        (
            "golang",
            {"go.mod": "go 1.22\n"},
            f"such as golang:1.22 (it has no security fixes: better golang:{version_of(_TAGS['golang'])[0]});",
        ),
        ("node", {".nvmrc": "24\n"}, "such as node:24;"),
        ("ruby", {".ruby-version": "2.7\n"}, "such as ruby:2.7 (it has no security fixes: better ruby:3.4);"),
        ("openjdk", {}, "write a version;"),
    ],
)
def test_a_version_with_security_fixes_is_proposed(tmp_path: Path, image: str, files: dict[str, str], fix: str) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM {image}\n", files)
    assert fix in finding.fix


def test_the_newest_release_where_the_one_to_recommend_has_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = {image.name: image._replace(tag="1.24-alpine") for image in known().image if image.name == "golang"}
    monkeypatch.setattr("ctxopt.catalogue.base_images._by_name", lambda: old)
    (finding,) = built(tmp_path, RULE, "FROM golang:alpine\n")
    assert f"such as golang:{newest_release(reference('golang'))}-alpine;" in finding.fix


def test_what_is_recommended_has_security_fixes() -> None:
    for image in known().image:
        if image.tag and not (ended(reference(image.name)) and not newest_release(reference(image.name))):
            assert ended(reference(f"{image.name}:{image.tag}")) is None, image.name


def test_a_rolling_release_has_no_tag_beside_a_version(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "FROM ubuntu:rolling\n")
    assert "-rolling" not in finding.fix.partition(";")[0]


def test_an_image_that_the_repository_builds(tmp_path: Path) -> None:
    makefile = {"Makefile": "base:\n\tdocker build -t acme/base base\n"}
    assert built(tmp_path, RULE, "FROM acme/base\n", makefile) == []
    # An official image is one, whatever somebody calls his own.
    assert len(built(tmp_path, RULE, "FROM node\n", {"Makefile": "x:\n\tdocker build -t node .\n"})) == 1


def test_a_variable_beside_the_part_that_moves(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "ARG SUFFIX\nFROM node:lts${SUFFIX}\n")
    assert "default of the ARG" not in finding.fix
    (finding,) = built(tmp_path, RULE, "ARG TAG=lts\nFROM node:$TAG\n")
    assert "as the default of the ARG" in finding.fix


def test_an_image_without_versions(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "FROM kalilinux/kali-rolling\n")
    assert finding.fix.startswith("it has no tags with a version: docker buildx imagetools inspect")


@pytest.mark.parametrize(
    ("comment", "silent"),
    [
        ("# @follow_tag(registry.example.org/base:latest)", True),
        ("# latest, on purpose: it is rebuilt each week\n# for fixes", True),
        ("# The floating tag is intentional.", True),
        ("# Use the current LTS version", True),
        ("# Use the current Long Term Support (LTS) version of Node.js", True),
        ("# the current stage", False),
        ("# results", False),
        ("# Python for the service", False),
        ("# the stage that builds", False),
        ("# the latest one, please\n", False),
        ("# TODO: pin the tag", False),
        ("# FROM node:latest", False),
        ("# docker build --tag me/x:latest .", False),
        ("# syntax=docker/dockerfile:latest", False),
        ("# hadolint ignore=DL3000 tag", False),
    ],
)
def test_a_comment_that_speaks_of_the_tag(tmp_path: Path, comment: str, silent: bool) -> None:
    findings = built(tmp_path, RULE, f"{comment}\nFROM ghcr.io/me/image:latest\nRUN true\n")
    assert (findings == []) is silent


def test_the_digest_of_a_mirror_is_written_with_its_name(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "FROM public.ecr.aws/docker/library/python:latest\n")
    assert finding.fix.endswith("write public.ecr.aws/docker/library/python@sha256:…")


@pytest.mark.parametrize(
    ("path", "image", "count"),
    [
        ("r-ver_devel.Dockerfile", "ubuntu:latest", 0),
        ("Dockerfile.nightly", "rust:latest", 0),
        ("Dockerfile.nightly", "rust", 1),
        ("Dockerfile.development", "ubuntu:latest", 1),
        ("latest/Dockerfile", "ubuntu:latest", 1),
    ],
)
def test_a_dockerfile_that_follows_what_is_newest(tmp_path: Path, path: str, image: str, count: int) -> None:
    assert len(named(tmp_path, RULE, path, f"FROM {image}\n")) == count


@pytest.mark.parametrize(
    ("service", "count"),
    [
        ("    build: .\n    image: acme/base:${TAG:-latest}\n", 0),
        ("    image: acme/base:${TAG:-latest}\n", 1),
        ("    build: .\n    image: acme/other\n", 1),
        ("    build: .\n    image: acme/$NAME\n", 1),
    ],
)
def test_an_image_that_a_compose_file_builds(tmp_path: Path, service: str, count: int) -> None:
    files = {"compose.yaml": f"services:\n  a:\n{service}"}
    assert len(built(tmp_path, RULE, "FROM acme/base\n", files)) == count


@pytest.mark.parametrize(("context", "count"), [("alpine", 0), ("./alpine/", 0), ("debian", 1)])
def test_a_tag_that_a_workflow_gives_with_the_context(tmp_path: Path, context: str, count: int) -> None:
    workflow = (
        "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n"
        f"          context: {context}\n          build-args: |\n            V=${{{{ matrix.v }}}}\n"
    )
    files = {".github/workflows/ci.yml": workflow, "debian/Dockerfile": "FROM debian:trixie\n"}
    assert len(named(tmp_path, RULE, "alpine/Dockerfile", "ARG V=latest\nFROM alpine:$V\n", files)) == count


@pytest.mark.parametrize(("owner", "count"), [("${{ env.OWNER }}", 0), ("acme", 0), ("other", 1)])
@pytest.mark.parametrize("form", ["tags: ghcr.io/{}/front:latest", "tags: |\n            ghcr.io/{}/front:latest"])
def test_an_image_that_a_workflow_tags_with_a_variable(tmp_path: Path, owner: str, count: int, form: str) -> None:
    workflow = (
        "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n"
        f"          {form.format(owner)}\n"
    )
    files = {".github/workflows/ci.yml": workflow, "web/Dockerfile": "FROM scratch\n"}
    dockerfile = "FROM ghcr.io/acme/front:latest\n"
    assert len(named(tmp_path, RULE, "api/Dockerfile", dockerfile, files)) == count


@pytest.mark.parametrize(
    ("name", "count"), [("our-util:latest", 0), ("our-util", 0), ("me/our-util:latest", 1), ("node:latest", 1)]
)
def test_a_name_of_one_word_is_that_of_a_local_image(tmp_path: Path, name: str, count: int) -> None:
    assert len(built(tmp_path, RULE, f"FROM {name}\n")) == count


@pytest.mark.parametrize(
    ("image", "script", "count"),
    [
        ("me/golang:latest", 'docker build -t "$org/$name:latest" -f "$file" .\n', 0),
        # No script builds what it finds, or no Dockerfile has the name; an official image is another one.
        ("me/golang:latest", "docker build -t x -f debian.Dockerfile .\n", 1),
        ("me/ruby:latest", 'docker build -t "$org/$name:latest" -f "$file" .\n', 1),
        ("golang:latest", 'docker build -t "$org/$name:latest" -f "$file" .\n', 1),
    ],
)
def test_a_script_builds_each_dockerfile_under_its_name(tmp_path: Path, image: str, script: str, count: int) -> None:
    (tmp_path / ".git").mkdir()
    files = {
        "build.sh": f"#!/bin/sh\n{script}",
        "golang.Dockerfile": "FROM scratch\n",
        "debian.Dockerfile": "FROM scratch\n",
    }
    assert len(named(tmp_path, RULE, "app.Dockerfile", f"FROM {image}\n", files)) == count
