import pytest

from ctxopt.catalogue.base_images import (
    image_of,
    is_official,
    known,
    names_version,
    runtime_of,
    smaller_variant,
    version_of,
)
from ctxopt.core.dockerfile.references import is_image
from ctxopt.core.image_reference import reference


def test_the_data() -> None:
    names = [image.name for image in known().image]
    assert len(names) == len(set(names))
    for image in known().image:
        assert is_image(f"{image.name}:{image.tag}")
        assert names_version(image.tag)
        assert all(one.mb < image.mb for one in image.smaller)
        assert not image.builds or (is_image(runtime_of(image, image.tag)) and image.keeps)
        assert image.workdir or not image.web_roots
    assert len(known().date) == len("2025-01")


@pytest.mark.parametrize(
    ("tag", "version", "end"),
    [
        ("", "", ""),
        ("latest", "", ""),
        ("22", "22", ""),
        ("22.1-slim", "22.1", "-slim"),
        ("lts-slim", "lts", "-slim"),
        ("slim", "", "-slim"),
        ("3.13.0rc1-alpine3.20", "3.13.0rc1", "-alpine3.20"),
        ("bookworm", "bookworm", ""),
        ("8-apache", "8", "-apache"),
    ],
)
def test_versions(tag: str, version: str, end: str) -> None:
    assert version_of(tag) == (version, end)


@pytest.mark.parametrize(
    "tag", ["22", "22-slim", "bookworm", "bookworm-slim", "1.27-alpine", "alpine3.20", "nonroot-amd64-2"]
)
def test_a_version_is_named(tag: str) -> None:
    assert names_version(tag)


@pytest.mark.parametrize("tag", ["", "latest", "lts", "alpine", "lts-alpine", "slim", "stable-slim", "apache"])
def test_no_version_is_named(tag: str) -> None:
    assert not names_version(tag)


@pytest.mark.parametrize(
    ("name", "smaller"),
    [
        ("node:22", "22-slim"),
        ("node", "slim"),
        ("node:latest", "slim"),
        ("node:lts", "lts-slim"),
        ("node:22.3-bookworm", "22.3-bookworm-slim"),
        ("node:bookworm", "bookworm-slim"),
        ("debian:bookworm", "bookworm-slim"),
        ("debian:12.5", "12.5-slim"),
        ("eclipse-temurin:21", "21-jre"),
        ("eclipse-temurin:21-jdk", "21-jre"),
        ("eclipse-temurin:21-jdk-alpine", "21-jre-alpine"),
        ("eclipse-temurin", None),
        ("nginx:1.27-bookworm", "1.27-alpine"),
        ("php:8.3-fpm", "8.3-fpm-alpine"),
        ("python:3.13-bookworm", "3.13-slim-bookworm"),
        ("python:bookworm", "slim-bookworm"),
        ("python:3.13", "3.13-slim"),
        ("python", "slim"),
        ("ruby:3.4-bookworm", "3.4-slim-bookworm"),
        ("node:22-slim", None),
        ("node:22-alpine", None),
        ("node:alpine3.20", None),
        ("python:3.12-slim-bookworm", None),
        ("php:8.3-apache", None),
        ("debian:bookworm-slim", None),
        ("debian:bookworm-backports", None),
        ("eclipse-temurin:21-jre", None),
        ("golang:1.24", None),
    ],
)
def test_smaller_variants(name: str, smaller: str | None) -> None:
    found = reference(name)
    image = image_of(found)
    assert image is not None
    variant = smaller_variant(image, found.tag)
    assert (variant and variant[0]) == smaller


def test_official() -> None:
    assert is_official(reference("node:22"))
    assert is_official(reference("public.ecr.aws/docker/library/alpine"))
    assert not is_official(reference("base"))
    assert not is_official(reference("me/node"))
