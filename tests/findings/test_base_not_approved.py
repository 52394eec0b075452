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
        ("debian.evil.example/x:1", "debian*", False),
        ("debianevil/x:1", "debian*", False),
        ("debian:12-slim", "debian*", True),
        ("gold.evil.example/x", "gold*/x", False),
        ("golden/x", "gold*/x", True),
        ("any.example/x", "*", True),
        ("any.example/golden/x", "*/golden/*", True),
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
        ("docker.io/registry.example/golden/python:3.13", "registry.example/golden/*", False),
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


@pytest.mark.parametrize("value", ["https://example.com/files.git", "."])
@pytest.mark.parametrize(
    ("name", "approved"), [("debian:12", False), ("debian:11", False), ("lib", True)], ids=["base", "copied", "files"]
)
def test_what_is_no_image_in_place_of_one(tmp_path: Path, value: str, name: str, approved: bool) -> None:
    (tmp_path / "a").touch()
    dockerfile = "FROM debian:12\nCOPY --from=debian:11 /a /b\nCOPY --from=lib /a /b\n"
    names = dict.fromkeys(("lib", name))
    contexts = tuple(named_context(one, value if one == name else ".", str(tmp_path)) for one in names)
    settings = Settings(approved_base_images=("debian:*",))
    found = built(tmp_path, RULE, dockerfile, settings=settings, contexts=contexts)
    assert [finding.message.startswith(f"the named context {name} is ") for finding in found] == [True] * (not approved)


@pytest.mark.parametrize(
    ("front_end", "approved"),
    [
        ("docker/dockerfile:1", True),
        ("docker.io/docker/dockerfile:1.7-labs", True),
        ("docker/dockerfile-upstream:master", True),
        ("mirror.example/docker/dockerfile:1", True),
        ("evil.example/docker/dockerfile:1", False),
    ],
)
def test_the_front_end_is_an_image_as_well(tmp_path: Path, front_end: str, approved: bool) -> None:
    text = f"# syntax={front_end}\nFROM debian:12\n"
    found = _found(tmp_path, text, "debian:*", "mirror.example/docker/*")
    expected = [] if approved else [f"the front end {front_end} is not an approved image"]
    assert [finding.message for finding in found] == expected
    assert all(finding.line == 1 for finding in found)
