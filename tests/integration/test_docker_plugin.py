"""`docker ctxopt`, with the real docker command. No engine is needed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sample_projects.make_junk import make
from tests.support.cli import run

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(shutil.which("docker") is None, reason="there is no docker command here"),
    pytest.mark.skipif(os.name == "nt", reason="needs ctxopt to be installed with its launchers"),
]


class _Docker:
    """The docker command with a configuration of its own, in which ctxopt is installed as a plugin."""

    def __init__(self, configuration: Path, directory: Path) -> None:
        names = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "PYTHONPATH")
        inherited = {name: value for name, value in os.environ.items() if name not in names}
        self._environment = {**inherited, "DOCKER_CONFIG": str(configuration), "COLUMNS": "80"}
        self._directory = directory

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker", *arguments],
            cwd=self._directory,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> _Docker:
    root = tmp_path_factory.mktemp("plugin")
    assert run("plugin", "install", DOCKER_CONFIG=str(root / "configuration")).returncode == 0
    make("shop", root / "shop")
    # Modules in the working directory must not be loaded.
    for name in ("click.py", "json.py", "ctxopt.py"):
        (root / "shop" / name).write_text("raise SystemExit('run')\n")
    return _Docker(root / "configuration", root / "shop")


def test_it_is_listed_as_a_plugin(docker: _Docker) -> None:
    assert "  ctxopt*     Show what a build sends" in docker("--help").stdout


def test_it_analyzes_as_ctxopt_does(docker: _Docker) -> None:
    done = docker("ctxopt", "analyze")
    assert (done.returncode, done.stderr) == (0, "")
    assert "BuildKit transfers    29.1 MB" in done.stdout
    assert docker("ctxopt").stdout == done.stdout


def test_its_exit_codes_and_errors_come_through(docker: _Docker) -> None:
    assert docker("ctxopt", "check", "--max-size", "1MB").returncode == 1
    done = docker("ctxopt", "analyze", "nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    # docker adds a line of its own.
    assert done.stderr.splitlines()[0] == "error: context not found: nowhere"


@pytest.mark.parametrize("words", [("ctxopt", "--help"), ("help", "ctxopt"), ("ctxopt", "help")])
def test_help(docker: _Docker, words: tuple[str, ...]) -> None:
    assert docker(*words).stdout.startswith("Usage: ctxopt [OPTIONS] COMMAND")


def test_global_options_choose_the_engine(docker: _Docker) -> None:
    gone = "unix:///nonexistent/docker.sock"
    assert docker("context", "create", "elsewhere", "--docker", f"host={gone}").returncode == 0
    for words in (("--context", "elsewhere"), ("-c", "elsewhere"), ("-H", gone), (f"--host={gone}",)):
        shown = docker(*words, "ctxopt", "analyze", "--disk-usage").stdout
        assert f"No disk usage of a Docker engine at {gone}: No such file or directory" in shown, words


def test_a_shell_can_complete_it(docker: _Docker) -> None:
    assert "generate\t" in docker("__complete", "ctxopt", "ge").stdout
    assert "--max-growth\t" in docker("__complete", "ctxopt", "check", "--max-g").stdout
