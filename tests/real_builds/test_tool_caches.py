"""The fix of a cache that stays, and of a comment in an ignore file: both build, and nothing else changes."""

from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.engine import Engine
from tests.support.files import write

pytestmark = pytest.mark.engine


def test_the_cache_is_gone_and_the_packages_stay(real_engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path, {"Dockerfile": "FROM archlinux:base\nRUN pacman -Syu --noconfirm git\n"})
    before = real_engine.build(root)
    assert run("fix", str(root), "--select", "CTX216", "--write", "--no-config").returncode == 0
    after = real_engine.build(root)
    assert before.image is not None
    assert after.image is not None
    gone = before.image.entries.keys() - after.image.entries.keys()
    assert gone
    assert all(path.startswith("var/cache/pacman/pkg/") for path in gone)
    assert run("fix", str(root), "--select", "CTX216", "--no-config").stdout == "Nothing to fix.\n"


def test_a_comment_of_another_language_changes_nothing(real_engine: Engine, tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM scratch\nCOPY . /x\n", ".dockerignore": "// output\ndist\n", "dist/a": "a", "b": "b"}
    root = write(tmp_path, files)
    before = real_engine.build(root)
    assert run("fix", str(root), "--select", "CTX007", "--write", "--no-config").returncode == 0
    assert (root / ".dockerignore").read_text(encoding="utf-8") == "# // output\ndist\n"
    after = real_engine.build(root)
    assert before.image is not None
    assert after.image is not None
    assert before.image.entries.keys() == after.image.entries.keys()
