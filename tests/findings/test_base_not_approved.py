from pathlib import Path

import pytest

from ctxopt.core.named_context import named_context
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rules.base_not_approved import RULE
from ctxopt.findings.settings import Settings
from tests.findings.support import built

_DIGEST = "sha256:" + "a" * 64


def _found(root: Path, dockerfile: str, *approved: str) -> list[Finding]:
    return built(root, RULE, dockerfile, settings=Settings(approved_base_images=approved))


def test_an_image_that_is_not_in_the_list(tmp_path: Path) -> None:
    text = "FROM registry.example/golden/go:1 AS a\nFROM a AS b\nFROM \\\n alpine:3\nCOPY --from=a a b\n"
    text += "COPY --from=uv:1 a b\n"
    first, second = _found(tmp_path, text, "registry.example/golden/*", "debian")
    assert (first.file, first.line, first.end_line) == ("Dockerfile", 3, 4)
    assert (first.severity, first.confidence) == (Severity.ERROR, Confidence.HIGH)
    assert first.message == "alpine:3 is not an approved image"
    assert first.fix == "build from an image that matches registry.example/golden/* or debian"
    assert (second.line, second.fix.startswith("copy from an image that matches")) == (6, True)


def test_without_a_list_nothing_is_found(tmp_path: Path) -> None:
    assert _found(tmp_path, "FROM anything\n") == []


def test_a_default_of_an_argument_is_less_sure(tmp_path: Path) -> None:
    (finding,) = _found(tmp_path, "ARG B=alpine:3\nFROM $B\n", "debian")
    assert finding.confidence is Confidence.MEDIUM


@pytest.mark.parametrize(
    ("image", "pattern", "approved"),
    [
        ("registry.example/golden/python:3.13", "registry.example/golden/*", True),
        (f"registry.example/golden/python@{_DIGEST}", "registry.example/golden/*", True),
        ("registry.example/golden/a/b", "registry.example/golden/*", True),
        ("registry.example/goldenrod/python", "registry.example/golden/*", False),
        ("evil.example/registry.example/golden/python", "registry.example/golden/*", False),
        ("python:3.13", "python", True),
        ("docker.io/library/python:3.13", "python", True),
        ("docker.io/library/python:3.13", "python:*", True),
        ("library/python:3.13", "pyth*", True),
        ("docker.io/me/python:3.13", "me/python:*", True),
        ("evil.example/library/python:3.13", "python:*", False),
        ("evil.example/docker.io/library/python:3.13", "python:*", False),
        ("me/python:3.13", "python", False),
        ("python:3.13", "python:3.13", True),
        (f"python:3.13@{_DIGEST}", "python:3.13", True),
        ("python:3.14", "python:3.13", False),
        ("python", "python:3.13", False),
        (f"python@{_DIGEST}", f"python@{_DIGEST}", True),
        ("python:3.13", f"python@{_DIGEST}", False),
        ("python:3.13-slim", "python:*-slim", True),
        ("python:3.13", "python:*-slim", False),
        ("python:3.13", "docker.io/library/*", True),
        ("host:5000/img:1", "host:5000/*", True),
        ("host:5001/img:1", "host:5000/*", False),
        ("host:5000/img:1", "host:5000/img", True),
        ("scratch", "debian", True),
    ],
)
def test_patterns(tmp_path: Path, image: str, pattern: str, approved: bool) -> None:
    assert (_found(tmp_path, f"FROM {image}\n", pattern) == []) is approved


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("docker-image://evil/x:1", "is docker-image://evil/x:1, which is not an approved image"),
        ("docker-image:evil/x", "is docker-image:evil/x, which is not an approved image"),
        ("oci-layout://image", "is oci-layout://image, which is not an approved image"),
        ("docker-image://debian:11", ""),
        ("docker-image://scratch", ""),
        ("https://example.com/files.tar", ""),
        (".", ""),
    ],
)
@pytest.mark.parametrize("name", ["debian:12", "lib"])
def test_named_contexts(tmp_path: Path, value: str, problem: str, name: str) -> None:
    dockerfile = "FROM debian:12\nCOPY --from=lib /a /b\n"
    contexts = (named_context(name, value, str(tmp_path)),)
    other = () if name == "lib" else (named_context("lib", ".", str(tmp_path)),)
    (tmp_path / "a").touch()
    settings = Settings(approved_base_images=("debian:*",))
    found = built(tmp_path, RULE, dockerfile, settings=settings, contexts=(*contexts, *other))
    assert [(one.message, one.line) for one in found] == (
        [(f"the named context {name} {problem}", 1 if name == "debian:12" else None)] if problem else []
    )
