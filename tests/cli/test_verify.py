"""The installed command's `verify`, with a docker that only pretends to build. Real builds are in tests/real_builds."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Done, run, run_program
from tests.support.fake_docker import FakeDocker, fake_docker
from tests.support.files import write

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the program that stands in for docker is a script")

_FILES = {
    "Dockerfile": "FROM busybox\nCOPY . /app/\nRUN true\n",
    "main.sh": "echo\n",
    "tests/test_a.py": "assert True\n",
    ".github/workflows/ci.yml": "name: ci\n",
}

Run = Callable[..., Done]


@pytest.fixture
def docker(tmp_path: Path) -> FakeDocker:
    return fake_docker(tmp_path / "docker", breaks=["tests"], exits="smoke")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path / "project", _FILES)


@pytest.fixture
def verify(project: Path, docker: FakeDocker, tmp_path: Path) -> Run:
    def verify(*arguments: str) -> Done:
        return run("verify", *arguments, cwd=project, PATH=docker.path, XDG_CACHE_HOME=str(tmp_path / "cache"))

    return verify


def _answer(done: Done) -> Any:
    return json.loads(done.stdout)


def test_the_first_line_says_that_code_is_run(verify: Run) -> None:
    assert verify().stderr.splitlines()[0].startswith("note: this runs the code of the build of ")


def test_a_pattern_that_breaks_the_build_is_dropped(verify: Run, project: Path) -> None:
    done = verify("--json")
    assert done.returncode == 1
    (dropped,) = (one for one in _answer(done)["patterns"] if one["status"] == "dropped")
    assert dropped["pattern"] == "tests"
    assert dropped["failure"]["what"] == "[1/1] COPY . ."
    assert "cat: tests: No such file" in dropped["failure"]["lines"]
    assert not (project / ".dockerignore").exists()


def test_write_writes_what_was_verified(verify: Run, project: Path) -> None:
    assert verify("--write").returncode == 1
    lines = (project / ".dockerignore").read_text().splitlines()
    assert ".github" in lines
    assert "tests" not in lines


def _opening(project: Path) -> str:
    return next(line for line in (project / ".dockerignore").read_text().splitlines() if ">>>" in line)


def test_the_header_says_that_the_patterns_are_verified(verify: Run, project: Path) -> None:
    verify("--write")
    verified = '# >>> ctxopt: do not edit; verified by "ctxopt verify"; patterns kept up to date by "ctxopt generate'
    assert _opening(project) == f'{verified} --level likely" >>>'
    before = (project / ".dockerignore").read_bytes()
    # It stays for as long as the patterns do.
    for command in ("generate --check", "generate --write", "generate --tidy --write", "verify --write"):
        run(*command.split(), cwd=project) if command[0] == "g" else verify("--write")
        assert (project / ".dockerignore").read_bytes() == before, command
    write(project, {"junk/large": 3_000_000, "src/a": "a"})
    (project / "Dockerfile").write_text("FROM busybox\nCOPY src main.sh /app/\n")
    assert run("generate", "--write", cwd=project).returncode == 0
    assert "\njunk\n" in (project / ".dockerignore").read_text()
    assert _opening(project) == verified.replace(' verified by "ctxopt verify";', "") + ' --level likely" >>>'


def test_a_block_that_is_there_already_becomes_a_verified_one(project: Path, tmp_path: Path) -> None:
    write(project, {".dockerignore": "# ours\r\n*.tmp"})
    run("generate", "--level=likely", "--write", cwd=project)
    before = (project / ".dockerignore").read_bytes()
    docker = fake_docker(tmp_path / "docker")
    run("verify", "--write", cwd=project, PATH=docker.path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    after = (project / ".dockerignore").read_bytes()
    assert after == before.replace(b"edit; patterns", b'edit; verified by "ctxopt verify"; patterns')


def test_nothing_is_left(verify: Run, docker: FakeDocker, tmp_path: Path) -> None:
    verify()
    assert docker.images == []
    assert list((tmp_path / "cache/ctxopt/verify").iterdir()) == []


def test_images_are_kept_on_request(verify: Run, docker: FakeDocker) -> None:
    (build,) = _answer(verify("--json", "--keep"))["builds"]
    assert len(build["kept"]) == 2
    assert docker.images == sorted(build["kept"])


def test_secrets_are_passed_on_and_not_printed(verify: Run, docker: FakeDocker) -> None:
    done = verify("--secret", "id=token,src=/very/secret", "--ssh=default", "--network", "host", "-v")
    (first, *_) = (words for words in docker.commands if words[:2] == ["buildx", "build"])
    assert {"--secret=id=token,src=/very/secret", "--ssh=default", "--network=host"} <= set(first)
    assert "/very/secret" not in done.stdout + done.stderr


def test_no_more_builds_than_allowed(verify: Run, docker: FakeDocker) -> None:
    done = verify("--json", "--max-builds=2")
    assert done.returncode == 1
    assert len([words for words in docker.commands if words[:2] == ["buildx", "build"]]) == 2
    answer = _answer(done)
    assert not answer["complete"]
    assert {one["status"] for one in answer["patterns"]} == {"not verified"}
    assert not any(file["changes"] for file in answer["files"])


def test_a_build_that_fails_as_it_is_is_not_ours(project: Path, tmp_path: Path) -> None:
    (project / ".dockerignore").write_text("tests\n")
    docker = fake_docker(tmp_path / "docker", breaks=["tests"])
    done = run("verify", cwd=project, PATH=docker.path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert done.returncode == 2
    assert "    cat: tests: No such file\n" in done.stderr
    error = "error: Dockerfile does not build as it is: [1/1] COPY . .; fix the build first"
    assert done.stderr.splitlines()[-1] == error
    assert docker.images == []


def test_nothing_that_a_build_prints_is_a_command_to_a_runner(project: Path, tmp_path: Path) -> None:
    (project / ".dockerignore").write_text("::error::x\n")
    docker = fake_docker(tmp_path / "docker", breaks=["::error::x"], said="{0}\n#5 0.1 \x1b[2J")
    done = run("verify", cwd=project, PATH=docker.path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert done.returncode == 2
    assert "error::x" in done.stderr
    assert "\x1b" not in done.stderr
    assert not any(line.lstrip().startswith("::") for line in done.stderr.splitlines())


def test_todays_file_is_compared_with_none_where_nothing_is_proposed(project: Path, tmp_path: Path) -> None:
    docker = fake_docker(tmp_path / "docker")
    (project / ".dockerignore").write_text("tests\n.github\nDockerfile\n.dockerignore\n")
    answer = _answer(run("verify", "--json", cwd=project, PATH=docker.path, XDG_CACHE_HOME=str(tmp_path / "cache")))
    assert answer["against_none"]
    assert [one["pattern"] for one in answer["patterns"]] == ["tests", ".github", "Dockerfile", ".dockerignore"]
    assert answer["passed"]


def test_without_an_engine_there_is_an_error(project: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    done = run("verify", cwd=project, PATH=str(tmp_path / "bin"), XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert done.returncode == 2
    assert "no engine to build with: docker is not installed; podman is not installed" in done.stderr


def test_podman_has_no_legacy_builder(verify: Run) -> None:
    done = verify("--engine=podman", "--builder=classic")
    assert done.returncode == 2
    assert "podman has no legacy builder" in done.stderr


def test_the_legacy_builder_has_no_named_contexts(verify: Run, docker: FakeDocker) -> None:
    done = verify("--builder=classic", "--build-context=other=tests")
    assert done.returncode == 2
    assert "Dockerfile has named contexts, which the legacy builder does not know; use BuildKit" in done.stderr
    assert docker.images == []


def test_markdown(verify: Run) -> None:
    lines = verify("--format=markdown").stdout.splitlines()
    assert lines[0] == "### ctxopt verify"
    assert any(line.startswith(("| `tests` | dropped: ", "| tests | dropped: ")) for line in lines)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(
    project: Path, docker: FakeDocker, tmp_path: Path, number: signal.Signals
) -> None:
    docker.hang()
    environment = os.environ | {"PATH": docker.path, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    process = subprocess.Popen(
        [sys.executable, "-m", "ctxopt", "verify", "-v"],
        cwd=project,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "COPY . ." in line:
            break
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 128 + number
    with pytest.raises(ProcessLookupError):
        os.kill(int((docker.directory / "building").read_text()), 0)
    assert docker.images == []
    assert list((tmp_path / "cache/ctxopt/verify").iterdir()) == []
    assert sorted(path.name for path in project.iterdir()) == [".github", "Dockerfile", "main.sh", "tests"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("command", ["rmi", "create", "export", "rm", "ps"])
def test_a_signal_while_it_looks_or_cleans_up_leaves_nothing(
    project: Path, docker: FakeDocker, tmp_path: Path, command: str, number: signal.Signals
) -> None:
    docker.interrupt(command, number)
    done = run_program("verify", cwd=project, PATH=docker.path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert done.returncode == 128 + number
    assert "Traceback" not in done.stderr
    assert docker.images == []
    assert list((tmp_path / "cache/ctxopt/verify").iterdir()) == []


def test_what_a_build_needs_is_recorded_and_not_tried_again(verify: Run, project: Path, docker: FakeDocker) -> None:
    assert verify("--write").returncode == 1
    text = (project / ".dockerignore").read_text()
    assert '# needed by a build, says "ctxopt verify": tests\n' in text
    done = verify("--json")
    assert done.returncode == 0
    assert not any(file["changes"] for file in _answer(done)["files"])
    assert run("generate", "--check", cwd=project).returncode == 0


def test_the_users_own_lines_are_judged_and_stay(project: Path, docker: FakeDocker, tmp_path: Path) -> None:
    text = "Dockerfile\n.github\n.dockerignore\ntests\n"
    (project / ".dockerignore").write_text(text)
    docker = fake_docker(tmp_path / "other", differs=["tests"])
    done = run("verify", "--json", "--write", cwd=project, PATH=docker.path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    answer = _answer(done)
    assert answer["against_none"]
    assert [one["pattern"] for one in answer["patterns"] if one["status"] == "dropped"] == ["tests"]
    assert done.returncode == 1
    assert (project / ".dockerignore").read_text() == text


@pytest.mark.parametrize("needed", [False, True])
def test_search_finds_what_only_evidence_keeps(project: Path, tmp_path: Path, *, needed: bool) -> None:
    write(project, {".git/HEAD": "ref: refs/heads/main\n", ".git/config": "[core]\n"})
    (project / "Dockerfile").write_text("FROM busybox\nCOPY . /app/\nRUN git -C /app describe > /v || true\n")
    docker = fake_docker(tmp_path / "docker", breaks=[".git"] if needed else [])

    def verify(*arguments: str) -> Any:
        environment: Any = {"PATH": docker.path, "XDG_CACHE_HOME": str(tmp_path / "cache")}
        return _answer(run("verify", "--json", "--write", *arguments, cwd=project, **environment))

    assert not any(one["pattern"] == ".git" for one in verify()["patterns"])
    found = {one["pattern"]: one["status"] for one in verify("--search")["patterns"]}
    assert found.get(".git") == (None if needed else "verified by building only")
    text = (project / ".dockerignore").read_text()
    assert ("\n.git\n" in text) is not needed
    if not needed:
        assert '# Verified by building only, says "ctxopt verify"\n.git\n' in text
    assert run("generate", "--check", cwd=project).returncode == 0
    again = {one["pattern"]: one["status"] for one in verify()["patterns"]}
    assert again.get(".git") == (None if needed else "verified by building only")


def test_excluded_directories_have_no_builds(verify: Run, project: Path) -> None:
    write(project, {"vendor/other/Dockerfile": "FROM busybox\nCOPY tests/test_a.py main.sh /\n"})
    assert "tests" not in {one["pattern"] for one in _answer(verify("--json"))["patterns"]}
    assert "tests" in {one["pattern"] for one in _answer(verify("--json", "--exclude=vendor"))["patterns"]}


def test_a_directory_that_no_build_gets(project: Path, docker: FakeDocker, tmp_path: Path) -> None:
    done = run("verify", "tests", cwd=project, PATH=docker.path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert done.returncode == 2
    assert "no Dockerfile in tests" in done.stderr
