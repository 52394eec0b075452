"""Projects on which an answer about their builds was wrong once."""

from pathlib import Path

import pytest

from ctxopt import Level, Request, propose
from tests.support.cli import run
from tests.support.files import write
from tests.support.programs import git


def test_a_named_context_of_a_service(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "compose.yaml": "services:\n  a:\n    build:\n      context: app\n"
            "      additional_contexts:\n        lib: ./lib\n",
            "app/Dockerfile": "# syntax=docker/dockerfile:1\nFROM python:3.12-slim\n"
            "COPY . /app\nCOPY --from=lib . /lib\n",
            "app/m.py": 100,
            "lib/.dockerignore": ".git\n",
            "lib/.git/x": 9000,
            "lib/a.py": 100,
        },
    )
    shown = " ".join(run("analyze", "--compose", "compose.yaml", cwd=tmp_path, columns=120).stdout.split())
    assert "CTX105" not in shown
    assert "Context lib BuildKit transfers 105 B in 2 files" in shown
    assert ".dockerignore: 1 pattern excludes 1 file (9.0 kB)" in shown


@pytest.mark.parametrize("level", Level)
def test_another_build_is_not_split_off(tmp_path: Path, level: Level) -> None:
    files = {
        ".dockerignore": ".git\n.venv\n",
        "Dockerfile": 'FROM python:3.13\nWORKDIR /app\nCOPY . .\nCOPY src/a.py /a.py\nCMD ["python","src/a.py"]\n',
        "README.md": "r\n",
        "src/a.py": "x\n",
        "tools.Dockerfile": "FROM alpine:3.20\nCOPY tools/ci.sh /ci.sh\n",
        "tools/ci.sh": "y\n",
    }
    write(tmp_path, files)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "all")
    (file,) = propose(str(tmp_path), Request(), level=level).files
    assert (file.name, file.builds) == (".dockerignore", ("Dockerfile", "tools.Dockerfile"))
    (tmp_path / ".dockerignore").write_bytes(file.new)
    for dockerfile, needed in (("Dockerfile", "src/a.py"), ("tools.Dockerfile", "tools/ci.sh")):
        for view in ("buildkit", "classic"):
            listed = run("ls", "-f", dockerfile, "--view", view, cwd=tmp_path).stdout.splitlines()
            assert needed in listed


@pytest.mark.parametrize("typed", [("analyze", "app"), ("check", "app"), ("check", "--all"), ("analyze", "--all")])
def test_a_source_above_the_context(tmp_path: Path, typed: tuple[str, ...]) -> None:
    write(
        tmp_path,
        {
            "app/Dockerfile": "FROM python:3.12-slim\nCOPY ../shared /shared\nCOPY main.py /main.py\n",
            "app/main.py": 100,
            "shared/lib.py": 100,
        },
    )
    done = run(*typed, cwd=tmp_path, columns=300)
    assert done.returncode == (1 if typed[0] == "check" else 2)
    said = " ".join(done.stdout.split())
    assert 'source "../shared" is outside of the build context, where it exists' in said
    assert "build from the parent directory: `docker build -f Dockerfile ..`, with shared as the source" in said


def test_an_argument_that_services_give(tmp_path: Path) -> None:
    services = "".join(f"  {name}: {{ build: {{ context: ., args: {{ APP: {name} }} }} }}\n" for name in ("api", "web"))
    dockerfile = "FROM node:20-alpine\nARG APP\nWORKDIR /srv\nCOPY package.json ./\nCOPY dist/apps/${APP} ./\n"
    apps = {f"{top}/apps/{name}/main.js": 9000 for top in ("dist", "src") for name in ("api", "web")}
    files = {"Dockerfile": dockerfile, "compose.yaml": f"services:\n{services}", ".gitignore": "node_modules\n"}
    write(tmp_path, {**files, **apps, "node_modules/x": 300_000, "package.json": 100})
    (file,) = propose(str(tmp_path), Request()).files
    assert file.builds == ("compose.yaml: service api", "compose.yaml: service web")
    (tmp_path / ".dockerignore").write_bytes(file.new)
    kept = run("ls", "--view", "buildkit", cwd=tmp_path).stdout.splitlines()
    assert [path for path in kept if path.endswith(("main.js", "node_modules/x", "package.json"))] == [
        "dist/apps/api/main.js",
        "dist/apps/web/main.js",
        "package.json",
    ]
