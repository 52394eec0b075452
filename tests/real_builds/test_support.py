"""The engine of the tests does what its users expect of it."""

from pathlib import Path

import pytest

from tests.support.engine import Engine

pytestmark = pytest.mark.engine

BUILDERS = ("buildkit", "classic")


@pytest.mark.parametrize("builder", BUILDERS)
def test_an_image_and_what_was_cached(real_engine: Engine, tmp_path: Path, builder: str) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "d").mkdir(mode=0o755)
    (tmp_path / "Dockerfile").write_text("# syntax=docker/dockerfile:1\nFROM scratch\nCOPY a link d/ /x/\n")
    first = real_engine.build(tmp_path, builder=builder)
    assert first.image is not None, first.last_lines
    assert {path: (entry.type, entry.mode, entry.size) for path, entry in first.image.entries.items()} == {
        "x": ("dir", 0o755, 0),
        "x/a": ("file", 0o644, 1),
        "x/link": ("file", 0o644, 1),
    }
    again = real_engine.build(tmp_path, builder=builder)
    assert [text for text in again.cached if "COPY" in text]
    (tmp_path / "a").write_text("2")
    assert not [text for text in real_engine.build(tmp_path, builder=builder).cached if "COPY" in text]


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_step_that_fails(real_engine: Engine, tmp_path: Path, builder: str) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY absent /\n")
    build = real_engine.build(tmp_path, builder=builder)
    assert not build.succeeded
    assert build.failed_step is not None
    assert build.failed_step.endswith("COPY absent /")
    assert "absent" in build.last_lines[-1]


def test_what_is_sent(real_engine: Engine, tmp_path: Path) -> None:
    for name in ("a", "ünï", "z.log", "new\nline"):
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY a ünï Dockerfile /\n")
    (tmp_path / ".dockerignore").write_text("*.log\n")
    expected = frozenset({"a", "ünï", "new\nline", "empty/", "link", "Dockerfile", ".dockerignore"})
    assert real_engine.sent(tmp_path) == expected
    assert real_engine.sent(tmp_path, builder="classic") == expected
    assert real_engine.transferred(tmp_path) == {"a", "ünï", "Dockerfile"}


@pytest.mark.parametrize(
    ("base", "run"),
    [
        ("alpine:3.20", "apk add curl && adduser -D x && test -f /lib/apk/db/installed && test -d /var/cache/apk"),
        ("debian:trixie-slim", 'apt-get update && apt-get install -y curl && test -n "$(ls /var/lib/apt/lists)"'),
        (
            "fedora:41",
            'dnf install -y curl && test -d /var/cache/dnf && dnf clean all && test -z "$(ls /var/cache/dnf)"',
        ),
        (
            "python:3.12-slim",
            "pip install six && python -c 'import six, ssl, sqlite3' && git --version && make --version",
        ),
        ("node:22-slim", "npm install is-number && node -e 'require(\"is-number\")' && git --version"),
        ("golang:1.23", "go version"),
        ("gcc:13", "cmake --version"),
        ("rust:1", "cargo --version"),
    ],
)
def test_base_images(real_engine: Engine, tmp_path: Path, base: str, run: str) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {base}\nWORKDIR /app\nRUN {run}\n")
    build = real_engine.build(tmp_path)
    assert build.succeeded, build.last_lines
