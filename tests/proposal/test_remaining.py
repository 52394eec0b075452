"""What a proposal still sends: the largest is named, and whether git tracks it."""

from pathlib import Path

from ctxopt.builds.discovery import Request
from ctxopt.proposal.model import Level
from ctxopt.proposal.propose import propose
from tests.proposal.support import FROM
from tests.support.cli import run
from tests.support.files import Files, write
from tests.support.programs import git

_FILES: Files = {
    "Dockerfile": FROM + "COPY . .\n",
    "uploads/2024/big.bin": 60_000,
    "uploads/small": 100,
    "src/a.py": 9_000,
    "src/b.py": 8_000,
    "x.bin": 30_000,
    "tiny": 10,
}


def _remaining(root: Path) -> list[tuple[str, int, str]]:
    (file,) = propose(str(root), Request(), level=Level.LIKELY).files
    return [(row.path, row.totals.size, row.why) for row in file.remaining]


def test_the_largest_entries(tmp_path: Path) -> None:
    write(tmp_path, _FILES)
    assert _remaining(tmp_path) == [("uploads/2024/big.bin", 60_000, ""), ("x.bin", 30_000, ""), ("src/", 17_000, "")]


def test_what_git_does_not_track(tmp_path: Path) -> None:
    write(tmp_path, _FILES)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "Dockerfile", "src", "x.bin", "tiny")
    assert [(path, why) for path, _, why in _remaining(tmp_path)] == [
        ("uploads/2024/big.bin", "not tracked by git"),
        ("x.bin", ""),
        ("src/", ""),
    ]
    shown = run("generate", "--level", "likely", cwd=tmp_path, columns=200).stdout
    assert (
        "Largest of what is still sent: uploads/2024/big.bin (60.0 kB; not tracked by git), x.bin (30.0 kB), "
        "src/ (17.0 kB in 2 files)\n"
    ) in shown


def test_what_is_excluded_or_small_is_not_named(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY src /\n", "src/a": 9_000, "src/b": 1_000, "unused": 90_000})
    assert _remaining(tmp_path) == [("src/a", 9_000, "")]
    write(tmp_path, {"Dockerfile": FROM + "COPY none* /\n"})
    assert _remaining(tmp_path) == []


def test_the_history_that_a_build_needs_is_one_entry_that_git_need_not_track(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY . .\nRUN git describe\n", "src/a": 10})
    git(tmp_path, "init", "-q")
    write(tmp_path, {".git/objects/pack/pack-1.pack": 900_000})
    ((path, _, why),) = _remaining(tmp_path)
    assert (path, why) == (".git/", "")
