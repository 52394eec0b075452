"""The directory of a run, and what killed runs left."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

from ctxopt.verify.workspace import remove_killed, workspace

_KILLED = """
import sys, pathlib, signal, os
from ctxopt.verify.workspace import workspace
with workspace(pathlib.Path(sys.argv[1])) as place:
    place.file("left").write_text("x")
    print(place.mark, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def _killed_run(state: Path) -> str:
    done = subprocess.run([sys.executable, "-c", _KILLED, str(state)], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    return done.stdout.strip()


def test_nothing_stays_of_a_run(tmp_path: Path) -> None:
    with workspace(tmp_path / "state") as place:
        file = place.file("Dockerfile")
        file.write_text("x")
        assert file.parent.stat().st_mode & 0o077 == 0
    assert list((tmp_path / "state").iterdir()) == []


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    mark = _killed_run(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    with workspace(tmp_path) as place:
        assert place.is_killed(mark)
        remove_killed(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {place.run, f"{place.run}.lock"}
        assert place.is_killed(mark)


def test_a_live_run_is_left_alone(tmp_path: Path) -> None:
    with workspace(tmp_path) as one, workspace(tmp_path) as other:
        file = one.file("kept")
        file.touch()
        assert not other.is_killed(one.mark)
        assert not one.is_killed(one.mark)
        remove_killed(tmp_path)
        assert file.exists()


def test_the_runs_of_others_are_left_alone(tmp_path: Path) -> None:
    mark = _killed_run(tmp_path / "theirs")
    with workspace(tmp_path / "ours") as place:
        assert not place.is_killed(mark)
        assert not place.is_killed("no mark of ours")
        assert not place.is_killed(f"{place.owner}-latest")


def test_other_files_in_the_directory_of_runs_stay(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    target = tmp_path / "target"
    target.mkdir()
    (tmp_path / "0123456789abcdef").symlink_to(target)
    remove_killed(tmp_path)
    assert target.is_dir()
    assert (tmp_path / "notes").is_dir()
    shutil.rmtree(tmp_path / "notes")
