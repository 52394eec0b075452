"""The image of ctxopt itself: its context keeps its own limits, and holds what the build needs."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ctxopt import BuildContext
from tests.integration.installing import OFFLINE, packaged_files
from tests.support.cli import run

_ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository without what tools leave in it, and something that nobody should send."""
    root = tmp_path_factory.mktemp("checkout") / "ctxopt"
    junk = shutil.ignore_patterns(".venv", ".git", "build", ".hypothesis", ".*_cache", "__pycache__", "data")
    shutil.copytree(_ROOT, root, ignore=junk, symlinks=True)
    shutil.copytree(_ROOT / "ctxopt", root / "ctxopt", dirs_exist_ok=True)
    (root / ".env").write_text("PASSWORD=1\n")
    (root / ".git").mkdir()
    (root / ".git" / "pack").write_bytes(b"x" * 3_000_000)
    return root


def test_its_context_passes_the_check_that_ci_runs(checkout: Path) -> None:
    makefile = (_ROOT / "Makefile").read_text(encoding="utf-8")
    commands = re.findall(r"^\t\$\(BIN\)/ctxopt (check .*)$", makefile, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        done = run(*command.split(), cwd=checkout)
        assert done.returncode == 0, done.stdout + done.stderr
    (checkout / ".dockerignore").rename(checkout / "kept")
    assert run(*commands[1].split(), cwd=checkout).returncode == 1
    (checkout / "kept").rename(checkout / ".dockerignore")


def test_what_is_transferred_is_enough_to_build_it(checkout: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    for path in BuildContext(str(checkout)).transfer_entries:
        if (checkout / path).is_file():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(checkout / path, source / path)
    assert not (source / ".env").exists()
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--wheel-dir", str(tmp_path), str(source)],
        env=os.environ | OFFLINE,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert packaged_files() - names == set()
