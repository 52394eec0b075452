"""Builds ctxopt as it is published, and tries it from outside: `python .ci/package.py`.

The wheel is made from the source archive, and installed into an environment that has nothing else.
"""

import os
import shutil
import subprocess
import tempfile
import tomllib
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "build" / "package"
SCRIPTS = "Scripts" if os.name == "nt" else "bin"

#: What somebody does who uses ctxopt from Python.
USE = """
import importlib.metadata, importlib.resources, json, sys
import ctxopt
assert importlib.metadata.version("docker-ctxopt") == sys.argv[1]
assert ctxopt.analyze(".").findings
schemas = importlib.resources.files("ctxopt.render") / "schemas"
assert [json.loads(file.read_text(encoding="utf-8")) for file in schemas.iterdir()]
"""


def main() -> None:
    shutil.rmtree(OUTPUT, ignore_errors=True)
    tools = _environment("tools")
    constraints = str(ROOT / ".ci" / "constraints.txt")
    _run(tools("python"), "-m", "pip", "install", "--quiet", "--constraint", constraints, "build", "twine")
    _run(tools("python"), "-m", "build", "--outdir", str(OUTPUT / "dist"), str(ROOT))
    files = sorted(map(str, (OUTPUT / "dist").iterdir()))
    _run(tools("python"), "-m", "twine", "check", "--strict", *files)
    _try_it(next(file for file in files if file.endswith(".whl")))


def _try_it(wheel: str) -> None:
    """Install a wheel into an empty environment and use it from a directory that is not below the sources."""
    empty = _environment("empty")
    _run(empty("python"), "-m", "pip", "install", "--quiet", wheel)
    with tempfile.TemporaryDirectory() as directory:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        sample = os.path.join(directory, "sample")
        _run(empty("python"), str(ROOT / "sample_projects" / "make_junk.py"), "python-service", sample)
        _run(empty("ctxopt"), "--version")
        _run(empty("ctxopt"), "analyze", cwd=sample)
        _run(empty("ctxopt"), "report", "--output", "report.html", cwd=sample)
        _run(empty("python"), "-c", USE, project["version"], cwd=sample)


def _environment(name: str) -> Callable[[str], str]:
    """Make a virtual environment; returns what gives the path of a program in it."""
    directory = OUTPUT / name
    venv.create(directory, with_pip=True)
    return lambda program: str(directory / SCRIPTS / program)


def _run(*command: str, cwd: str | None = None) -> None:
    """Run a command that must succeed, without a way to find the modules of the checkout."""
    print("$", *command, flush=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(command, cwd=cwd, env=environment, check=True)


if __name__ == "__main__":
    main()
