"""`ctxopt analyze --disk-usage`, end to end."""

import json
from pathlib import Path

from tests.support.answers import Answers, df
from tests.support.cli import run

_FIGURES = {
    "ImageUsage": {"TotalCount": 4, "ActiveCount": 1, "TotalSize": 9_800_000_000, "Reclaimable": 1_200_000_000},
    "ContainerUsage": {"TotalCount": 3, "ActiveCount": 2, "TotalSize": 70_000, "Reclaimable": 0},
    "VolumeUsage": {"TotalCount": 2, "ActiveCount": 1, "TotalSize": 300_000, "Reclaimable": 100_000},
    "BuildCacheUsage": {"TotalCount": 1, "ActiveCount": 0, "TotalSize": 5000, "Reclaimable": 5000},
}


def _project(root: Path) -> Path:
    (root / "Dockerfile").write_text("FROM scratch\nCOPY a /\n")
    (root / "a").write_text("a")
    return root


def test_an_engine_that_answers(tmp_path: Path) -> None:
    with Answers(*df(_FIGURES)) as engine:
        done = run("analyze", "--disk-usage", cwd=_project(tmp_path), DOCKER_HOST=engine.host)
        as_json = run("analyze", "--disk-usage", "--format", "json", cwd=tmp_path, DOCKER_HOST=engine.host)
        markdown = run("analyze", "--disk-usage", "--format", "markdown", cwd=tmp_path, DOCKER_HOST=engine.host)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[lines.index(f"Disk usage of the Docker engine at {engine.host}") + 1 :][:6] == [
        "Type Total Active Size Reclaimable",
        "Images 4 1 9.8 GB 1.2 GB (12%)",
        "Containers 3 2 70.0 kB 0 B (0%)",
        "Local volumes 2 1 300 kB 100 kB (33%)",
        "Build cache 1 0 5.0 kB 5.0 kB (100%)",
        "",
    ]
    text = " ".join(lines)
    assert "Pruning deletes docker image prune -a images that no container uses" in text
    assert "docker volume prune --all volumes that no container uses, WITH THE DATA IN THEM; without --all" in text
    assert "docker builder prune build cache that no running build uses" in text
    assert "docker system prune stopped containers, unused networks, untagged images and unused build cache" in text
    # Nothing of the containers is reclaimable.
    assert "docker container prune" not in text
    assert json.loads(as_json.stdout)["engine"] == {
        "endpoint": engine.host,
        "problem": None,
        "images": _row(4, 1, 9_800_000_000, 1_200_000_000, "docker image prune -a"),
        "containers": _row(3, 2, 70_000, 0, "docker container prune"),
        "volumes": _row(2, 1, 300_000, 100_000, "docker volume prune --all"),
        "build_cache": _row(1, 0, 5000, 5000, "docker builder prune"),
    }
    assert "| Docker images | 9.8 GB, 1.2 GB reclaimable (4 in total, 1 active) |" in markdown.stdout
    assert "| Docker local volumes | 300 kB, 100 kB reclaimable (2 in total, 1 active) |" in markdown.stdout


def _row(count: int, in_use: int, size: int, reclaimable: int, prune: str) -> dict[str, object]:
    return {"count": count, "in_use": in_use, "bytes": size, "reclaimable_bytes": reclaimable, "prune": prune}


def test_a_row_that_the_engine_does_not_answer(tmp_path: Path) -> None:
    with Answers(*df({"Images": [], "Containers": []})) as engine:
        done = run("analyze", "--disk-usage", cwd=_project(tmp_path), DOCKER_HOST=engine.host)
        as_json = run("analyze", "--disk-usage", "--format", "json", cwd=tmp_path, DOCKER_HOST=engine.host)
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[-4:] == [
        "Images 0 0 0 B 0 B",
        "Containers 0 0 0 B 0 B",
        "Local volumes unknown",
        "Build cache unknown",
    ]
    found = json.loads(as_json.stdout)["engine"]
    assert (found["volumes"], found["build_cache"]) == (None, None)


def test_quiet_shows_the_rows_alone(tmp_path: Path) -> None:
    with Answers(*df(_FIGURES)) as engine:
        done = run("analyze", "--disk-usage", "-q", cwd=_project(tmp_path), DOCKER_HOST=engine.host)
    assert "Local volumes" in done.stdout
    assert "prune" not in done.stdout


def test_the_former_option_works_and_names_the_new_one(tmp_path: Path) -> None:
    with Answers(*df(_FIGURES)) as engine:
        former = run("analyze", "--engine", cwd=_project(tmp_path), DOCKER_HOST=engine.host)
        current = run("analyze", "--disk-usage", cwd=tmp_path, DOCKER_HOST=engine.host)
        quiet = run("analyze", "--engine", "-q", cwd=tmp_path, DOCKER_HOST=engine.host)
    assert former.stdout == current.stdout
    assert former.stderr == "note: --engine is deprecated: type `ctxopt analyze --disk-usage`\n"
    assert (former.returncode, quiet.stderr) == (0, "")
    assert "--engine" not in run("analyze", "--help", cwd=tmp_path).stdout


def test_no_engine_is_one_line_and_no_failure(tmp_path: Path) -> None:
    host = "unix:///nowhere/\x1b[2J.sock"
    done = run("analyze", "--disk-usage", cwd=_project(tmp_path), DOCKER_HOST=host)
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = (line for line in done.stdout.splitlines() if "No disk usage" in line)
    assert line == "No disk usage of a Docker engine at unix:///nowhere/\\x1b[2J.sock: No such file or directory."
    found = json.loads(run("analyze", "--disk-usage", "--format", "json", cwd=tmp_path, DOCKER_HOST=host).stdout)[
        "engine"
    ]
    assert (found["problem"], found["images"], found["endpoint"]) == ("No such file or directory", None, host)


def test_the_engine_is_asked_only_if_that_is_wanted(tmp_path: Path) -> None:
    with Answers(*df(_FIGURES)) as engine:
        done = run("analyze", "--format", "json", cwd=_project(tmp_path), DOCKER_HOST=engine.host)
    assert json.loads(done.stdout)["engine"] is None
    assert engine.asked == []
