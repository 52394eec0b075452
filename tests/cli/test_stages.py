"""`ctxopt stages`, end to end."""

import json
from pathlib import Path

import pytest

from ctxopt.cli import main
from ctxopt.cli import stages as cli_stages
from tests.support import snapshots
from tests.support.cli import run

_SNAPSHOTS = Path(__file__).parent / "snapshots"

_DOCKERFILE = """FROM alpine:3.20 AS download
WORKDIR /in
COPY archive.bin list.txt ./
FROM alpine:3.20 AS expand
COPY --from=download /in/archive.bin /work/
COPY tools/ /tools/
RUN /tools/expand /work/archive.bin
FROM scratch AS unused
COPY other /
FROM scratch
COPY --from=expand /tools/run /bin/run
COPY main /bin/main
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    sizes = {"archive.bin": 50_000, "list.txt": 10, "tools/expand": 300, "tools/run": 200, "other": 7, "main": 40}
    for name, size in sizes.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * size)
    (tmp_path / "Dockerfile").write_text(_DOCKERFILE)
    return tmp_path


def test_the_table(project: Path) -> None:
    done = run("stages", cwd=project, columns=80)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split() for line in done.stdout.splitlines()[1:6]] == [
        ["line", "stage", "from", "context", "total", "in", "image"],
        ["1", "download", "alpine:3.20", "50.0", "kB", "50.0", "kB", "-"],
        ["4", "expand", "alpine:3.20", "500", "B", "50.5", "kB", "200", "B"],
        ["8", "unused", "scratch", "not", "needed", "-", "-"],
        ["10", "stage-3", "scratch", "40", "B", "240", "B", "40", "B"],
    ]
    assert "240 B in 2 files of the context in the image:\n     200 B  tools/run\n" in done.stdout
    assert "note: files that a RUN creates, moves or removes are not counted" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    ("target", "image"),
    [
        ("download", ["archive.bin", "list.txt"]),
        ("expand", ["archive.bin", "tools/expand", "tools/run"]),
        ("unused", ["other"]),
        (None, ["tools/run", "main"]),
    ],
)
def test_each_target(project: Path, target: str | None, image: list[str]) -> None:
    options = () if target is None else ("--target", target)
    found = json.loads(run("stages", *options, "--format", "json", cwd=project).stdout)
    assert [file["path"] for file in found["files"]] == image
    assert found["image"]["files"] == len(image)


def test_every_stage_as_the_target(project: Path) -> None:
    done = run("stages", "--each-target", cwd=project, columns=80)
    assert (done.returncode, done.stderr) == (0, "")
    heads = [line for line in done.stdout.splitlines() if line.startswith("Dockerfile, target ")]
    assert [head.rpartition(" ")[2] for head in heads] == ["download", "expand", "unused", "stage-3"]
    found = json.loads(run("stages", "--each-target", "--format", "json", cwd=project).stdout)
    assert [one["image"]["bytes"] for one in found["targets"]] == [50_010, 50_500, 7, 240]
    assert found["omitted"] == 0
    assert run("stages", "--each-target", "--target", "expand", cwd=project).returncode == 2


def test_of_very_many_targets_some_are_shown(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("".join(f"FROM scratch AS s{number}\nCOPY . /\n" for number in range(400)))
    found = json.loads(run("stages", "--each-target", "--format", "json", cwd=tmp_path).stdout)
    assert [one["target"] for one in found["targets"]] == [*(f"s{number}" for number in range(49)), "s399"]
    assert found["omitted"] == 350
    printed = run("stages", "--each-target", cwd=tmp_path).stdout
    assert printed.endswith("350 targets are not shown; --target NAME shows one\n")


def test_the_sample_with_three_stages(samples: Path) -> None:
    done = run("stages", "--each-target", "three-stages", cwd=samples)
    snapshots.check(_SNAPSHOTS / "stages-three-stages.txt", done.stdout)


def test_an_instruction_that_fails(project: Path) -> None:
    (project / "main").unlink()
    done = run("stages", cwd=project)
    assert done.returncode == 2
    assert done.stderr.startswith("error: Dockerfile:12: ")
    assert "expand" in done.stdout


def test_of_targets_that_copy_very_many_files_some_are_shown(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    # The last target, which is shown in any case, copies 4 files, and the first one 2.
    for most, shown in ((100, ["download", "expand", "unused", "stage-3"]), (5, ["download", "stage-3"])):
        monkeypatch.setattr(cli_stages, "_FILES", most)
        main(["stages", "--each-target", "--json"], standalone_mode=False)
        found = json.loads(capsys.readouterr().out)
        assert [one["target"] for one in found["targets"]] == shown
        assert found["omitted"] == 4 - len(shown)
