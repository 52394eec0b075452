"""Names and values of named contexts."""

from pathlib import Path

import pytest

from ctxopt.core.named_context import ContextSource, NamedContext, context_name, named_context, source_of
from ctxopt.errors import CtxoptError


@pytest.mark.parametrize(
    ("value", "source"),
    [
        ("../lib", ContextSource.DIRECTORY),
        ("lib", ContextSource.DIRECTORY),
        ("docker-image://alpine:3.20", ContextSource.IMAGE),
        ("oci-layout://out:1", ContextSource.LAYOUT),
        ("target:base", ContextSource.BUILD),
        ("service:base", ContextSource.BUILD),
        ("https://example.com/a.git#main:sub", ContextSource.REMOTE),
        ("git@example.com:a/b.git", ContextSource.REMOTE),
        ("github.com/a/b", ContextSource.REMOTE),
        ("", ContextSource.UNKNOWN),
    ],
)
def test_sources(value: str, source: ContextSource) -> None:
    assert source_of(value) is source


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("lib", "lib"),
        ("lib:latest", "lib"),
        ("docker.io/library/lib", "lib"),
        ("docker.io/a/b:latest", "a/b"),
        ("ghcr.io/a/b:1", "ghcr.io/a/b:1"),
        ("node:20@sha256:" + "0" * 64, "node:20@sha256:" + "0" * 64),
        ("Lib", None),
        ("a b", None),
        ("", None),
    ],
)
def test_names(written: str, name: str | None) -> None:
    assert context_name(written) == name


def test_a_path_is_relative_to_a_directory(tmp_path: Path) -> None:
    assert named_context("lib", "../lib", str(tmp_path / "app")) == NamedContext("lib", str(tmp_path / "lib"))
    assert named_context("lib", "target:x", str(tmp_path)) == NamedContext("lib", "target:x")


def test_a_bad_name() -> None:
    with pytest.raises(CtxoptError, match='"Lib" is not a valid name of a context'):
        named_context("Lib", ".", "/")
