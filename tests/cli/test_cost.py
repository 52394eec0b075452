"""The options of `ctxopt analyze` that tell what the transfer costs, end to end."""

import json
from pathlib import Path

import pytest

from sample_projects.make_junk import make
from tests.support import snapshots
from tests.support.cli import run

_SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cost") / "python-service"
    make("python-service", root)
    return root


@pytest.mark.parametrize("columns", [60, 90])
def test_text(project: Path, columns: int) -> None:
    done = run("analyze", "--builds-per-day", "40", "--bandwidth", "100mbit", cwd=project, columns=columns)
    assert (done.returncode, done.stderr) == (0, "")
    section = done.stdout.partition("Transfer cost\n")[2].partition("\n\n")[0]
    snapshots.check(_SNAPSHOTS / f"cost-{columns}.txt", section + "\n")


def test_json(project: Path) -> None:
    options = ("--builds-per-day", "2", "--bandwidth", "8mbit", "--format", "json")
    cost = json.loads(run("analyze", *options, cwd=project).stdout)["cost"]
    assert (cost["builds_per_day"], cost["bits_per_second"], cost["days_per_month"]) == (2, 8_000_000, 30)
    classic = cost["classic"]["before"]
    size = classic["build"]["bytes"]
    assert [classic[span]["bytes"] for span in ("day", "month")] == [2 * size, 60 * size]
    assert classic["month"]["seconds"] == pytest.approx(60 * size / 1_000_000, abs=0.001)
    assert cost["classic"]["after"]["build"]["bytes"] < size
    assert json.loads(run("analyze", "--format", "json", cwd=project).stdout)["cost"] is None


def test_one_option_alone(project: Path) -> None:
    volume = run("analyze", "--builds-per-day", "40", cwd=project).stdout
    assert "a month" in volume
    assert "Estimated with 40 builds a day and 30 days a month" in volume
    time = run("analyze", "--bandwidth", "100mbit", cwd=project).stdout
    assert "a month" not in time
    assert "Estimated at 100 Mbit/s, for a builder" in time


def test_markdown(project: Path) -> None:
    text = run("analyze", "--builds-per-day", "40", "--format", "markdown", cwd=project).stdout
    assert "| Legacy builder, a day | 1.2 GB now, 1.5 MB with generate |" in text


def test_several_builds(project: Path) -> None:
    (project / "compose.yaml").write_text("services:\n  a: {build: .}\n  b: {build: {context: ., target: wheels}}\n")
    try:
        options = ("--compose", "compose.yaml", "--builds-per-day", "1", "--format", "json")
        builds = json.loads(run("analyze", *options, cwd=project).stdout)["builds"]
    finally:
        (project / "compose.yaml").unlink()
    assert [build["cost"]["note"] for build in builds] == ["", ""]
    assert all(build["cost"]["classic"]["after"] for build in builds)


@pytest.mark.parametrize("options", [("--bandwidth", "fast"), ("--builds-per-day", "0"), ("--builds-per-day", "x")])
def test_bad_input(project: Path, options: tuple[str, ...]) -> None:
    done = run("analyze", *options, cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    if options[0] == "--bandwidth":
        assert done.stderr.count("\n") == 1
