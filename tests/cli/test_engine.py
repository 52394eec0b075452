"""`ctxopt analyze --engine`, end to end."""

import json
from pathlib import Path

from tests.support.answers import Answers, df
from tests.support.cli import run

_FIGURES = {
    "ImageUsage": {"TotalCount": 4, "ActiveCount": 1, "TotalSize": 9_800_000_000, "Reclaimable": 1_200_000_000},
    "BuildCacheUsage": {"TotalCount": 1, "ActiveCount": 0, "TotalSize": 5000, "Reclaimable": 5000},
}


def _project(root: Path) -> Path:
    (root / "Dockerfile").write_text("FROM scratch\nCOPY a /\n")
    (root / "a").write_text("a")
    return root


def test_an_engine_that_answers(tmp_path: Path) -> None:
    with Answers(*df(_FIGURES)) as engine:
        done = run("analyze", "--engine", cwd=_project(tmp_path), DOCKER_HOST=engine.host)
        as_json = run("analyze", "--engine", "--format", "json", cwd=tmp_path, DOCKER_HOST=engine.host)
        markdown = run("analyze", "--engine", "--format", "markdown", cwd=tmp_path, DOCKER_HOST=engine.host)
    assert (done.returncode, done.stderr) == (0, "")
    text = " ".join(done.stdout.split())
    assert "Docker engine, images 9.8 GB, 1.2 GB reclaimable (4 images, 1 in use)" in text
    assert "Docker engine, build cache 5.0 kB, 5.0 kB reclaimable (1 record, 0 in use)" in text
    assert "`docker builder prune` frees build cache, `docker image prune` images without a name" in text
    assert json.loads(as_json.stdout)["engine"] == {
        "endpoint": engine.host,
        "problem": None,
        "images": {"count": 4, "in_use": 1, "bytes": 9_800_000_000, "reclaimable_bytes": 1_200_000_000},
        "build_cache": {"count": 1, "in_use": 0, "bytes": 5000, "reclaimable_bytes": 5000},
    }
    assert "| Docker engine, images | 9.8 GB, 1.2 GB reclaimable (4 images, 1 in use) |" in markdown.stdout


def test_no_engine_is_one_line_and_no_failure(tmp_path: Path) -> None:
    host = "unix:///nowhere/\x1b[2J.sock"
    done = run("analyze", "--engine", cwd=_project(tmp_path), DOCKER_HOST=host)
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = (line for line in done.stdout.splitlines() if "No figures" in line)
    assert line == "No figures of a Docker engine at unix:///nowhere/\\x1b[2J.sock: No such file or directory."
    found = json.loads(run("analyze", "--engine", "--format", "json", cwd=tmp_path, DOCKER_HOST=host).stdout)["engine"]
    assert (found["problem"], found["images"], found["endpoint"]) == ("No such file or directory", None, host)


def test_the_engine_is_asked_only_if_that_is_wanted(tmp_path: Path) -> None:
    with Answers(*df(_FIGURES)) as engine:
        done = run("analyze", "--format", "json", cwd=_project(tmp_path), DOCKER_HOST=engine.host)
    assert json.loads(done.stdout)["engine"] is None
    assert engine.asked == []
