"""Every command where Python has nothing that only POSIX has gives what it gives here."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import git

_ROOT = Path(__file__).parent.parent.parent

_FILES = {
    "Dockerfile": "FROM node:22 AS build\nWORKDIR /app\nCOPY package.json ./\nRUN npm ci\nCOPY . .\n"
    "FROM scratch\nCOPY --from=build /app/dist /srv\nCOPY link/inner.txt /\n",
    ".dockerignore": "# kept\nlogs\n*.tmp\n!keep.tmp\n",
    "package.json": '{"name": "a", "scripts": {"build": "tsc"}}\n',
    "src/index.ts": "export const a = 1\n",
    "docs/guide.md": "x" * 400,
    "deep/er/inner.txt": "inner",
    "logs/a.log": "x" * 3000,
    "a.tmp": "x",
    "keep.tmp": "x",
    "docs/.dockerignore": "a # what nobody reads\n",
    ".env": "PASSWORD=hunter2\n",
    "compose.yaml": "services:\n  web:\n    build:\n      context: .\n      target: build\n",
    "ctxopt.toml": 'max-size = "1 kB"\nscan-secrets = false\n',
}


def _write(root: Path) -> Path:
    for name, text in _FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / "link").symlink_to("deep/er", target_is_directory=True)
    return root


def _run(root: Path, module: str, *arguments: str, **variables: str) -> tuple[int, str, str]:
    """Exit code, output and errors, without how long something took."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1", "COLUMNS": "100"} | variables,
        capture_output=True,
        timeout=60,
        check=False,
        encoding="utf-8",
    )
    return done.returncode, re.sub(r"\d+\.\d+ s\b", "", done.stdout), re.sub(r"\d+\.\d+ s\b", "", done.stderr)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a commit, a change after it, and a link."""
    root = tmp_path_factory.mktemp("project")
    git(_write(root), "init", "-q")
    git(root, "add", "-f", ".")
    git(root, "commit", "-qm", "first")
    (root / "src" / "new.ts").write_text("export const b = 2\n", encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (0, ("analyze",)),
        (0, ("analyze", "--format", "json", "--all")),
        (0, ("ls", "--long", "--view", "ignored")),
        (0, ("ls", "--tree")),
        (0, ("explain", "src/new.ts", "link", "link/inner.txt", "logs/a.log", "nowhere")),
        (0, ("generate", "--level", "likely")),
        (1, ("generate", "--check", "--level", "likely")),
        (1, ("check",)),
        (1, ("check", "--format", "sarif", "--against", "HEAD", "--max-growth", "1")),
        (0, ("check", "--fail-on", "CTX204", "--max-size", "1 MB", "--compose", "compose.yaml")),
        (0, ("diff", "HEAD")),
        (0, ("affected", "--against", "HEAD", "--json")),
        (0, ("affected", "--against", "HEAD", "--all")),
        (0, ("digest", "--by-instruction")),
        (0, ("lint",)),
        (0, ("fix",)),
        (1, ("check", "--config-from", "HEAD")),
        (2, ("check", "-o", "Dockerfile")),
        (0, ("stages",)),
        (0, ("cache",)),
        (0, ("config", "show")),
        (0, ("rules",)),
        (2, ("analyze", "nowhere")),
    ],
)
def test_a_command_gives_the_same(project: Path, code: int, arguments: tuple[str, ...]) -> None:
    here = _run(project, "ctxopt", *arguments)
    assert here[0] == code, here[1] + here[2]
    assert _run(project, "tests.support.no_posix", *arguments) == here
    assert here[1] or here[2]


def test_what_is_written_is_the_same(tmp_path: Path) -> None:
    written = {}
    for module in ("ctxopt", "tests.support.no_posix"):
        root = _write(tmp_path / "project")
        os.chmod(root / ".dockerignore", 0o644)
        assert _run(root, module, "generate", "--level", "likely", "--write")[0] == 0
        assert _run(root, module, "generate", "--level", "likely", "--check")[0] == 0
        assert _run(root, module, "report", "--output", "report.html")[0] == 0
        assert not list(root.glob(".*.tmp"))
        written[module] = [(root / name).read_bytes() for name in (".dockerignore", "report.html")]
        # The report names the directory, so the other run has the same one.
        shutil.rmtree(root)
    one, two = written.values()
    assert b"docs" in one[0]
    assert len(one[1]) > 10_000
    assert one == two


def test_no_link_is_followed_out_of_the_context(tmp_path: Path) -> None:
    """Not by one that lies in the context, and not through a directory that is one."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.env").write_text("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n")
    root = tmp_path / "root"
    root.mkdir()
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (root / "package.json").symlink_to(outside / "secret.env")
    (root / "conf").symlink_to(outside, target_is_directory=True)
    for arguments in (("analyze", "--format", "json"), ("generate", "--level", "likely"), ("ls", "--long")):
        code, out, errors = _run(root, "tests.support.no_posix", *arguments)
        assert code == 0, errors
        assert "wJalrXUtnFEMI" not in out + errors
        assert "secret.env" not in out
    assert _run(root, "tests.support.no_posix", "analyze") == _run(root, "ctxopt", "analyze")


def test_an_engine_behind_a_unix_socket_is_not_asked(project: Path) -> None:
    code, out, _ = _run(project, "tests.support.no_posix", "analyze", "--engine", DOCKER_HOST="unix:///nowhere.sock")
    assert code == 0
    assert "Unix sockets are not supported by Python on this system" in out
