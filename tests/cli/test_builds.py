"""Several builds in one run: from Compose files, bake files, the configuration, and everything that there is."""

import html
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.cli import run

_FILES = {
    "compose.yaml": "services: {web: {build: web}, api: {build: {context: api, target: app}}}",
    "docker-bake.json": '{"target": {"tool": {"context": "tool"}}}',
    "web/Dockerfile": "FROM scratch\nCOPY src /src\n",
    "web/src/main": "x" * 2000,
    "web/junk": "y" * 500,
    "api/Dockerfile": "FROM scratch AS app\nCOPY . .\nFROM app\n",
    "api/main": "z" * 100,
    "tool/Dockerfile": "FROM scratch\nCOPY tool /\n",
    "tool/tool": "t",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in _FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def _names(stdout: str) -> list[str]:
    return [build["name"] for build in json.loads(stdout)["builds"]]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("--compose", "compose.yaml"), ["compose.yaml: service web", "compose.yaml: service api"]),
        (("--bake", "docker-bake.json"), ["docker-bake.json: target tool"]),
        (
            ("--all",),
            ["compose.yaml: service web", "compose.yaml: service api", "docker-bake.json: target tool"],
        ),
    ],
)
@pytest.mark.parametrize("command", ["check", "analyze"])
def test_which_builds_are_meant(project: Path, command: str, options: tuple[str, ...], names: list[str]) -> None:
    done = run(command, *options, "--format", "json", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert _names(done.stdout) == names


@pytest.mark.parametrize("output_format", ["text", "json", "sarif", "github", "markdown", "junit"])
def test_a_limit_names_the_build_that_breaks_it(project: Path, output_format: str) -> None:
    done = run("check", "--all", "--max-unused", "400", "--format", output_format, cwd=project)
    assert (done.returncode, done.stderr) == (1, "")
    assert "compose.yaml: service web" in done.stdout.replace("`", "")
    assert "junk" in done.stdout
    assert "500 B > 400 B (+100 B)" in " ".join(html.unescape(done.stdout).replace("`", "").split())


def test_builds_of_the_configuration_are_among_all(project: Path) -> None:
    (project / "ctxopt.toml").write_text('max-size = "1kB"\n[[build]]\nname = "w"\ncontext = "web"\nmax-size = "9kB"\n')
    done = run("check", "--all", "--format", "json", cwd=project)
    assert done.returncode == 1
    assert [(build["name"], build["passed"]) for build in json.loads(done.stdout)["builds"]] == [
        ("w", True),
        ("compose.yaml: service web", False),
        ("compose.yaml: service api", True),
        ("docker-bake.json: target tool", True),
    ]
    assert _names(run("analyze", "--build", "w", "--format", "json", cwd=project).stdout) == ["w"]


def test_a_build_that_cannot_be_planned_does_not_hide_the_others(project: Path) -> None:
    (project / "web" / "Dockerfile").unlink()
    for command in ("check", "analyze"):
        done = run(command, "--compose", "compose.yaml", "--format", "json", cwd=project)
        assert done.returncode == 2
        assert done.stderr.startswith("error: compose.yaml: service web: ")
        assert done.stderr.count("\n") == 1
        assert _names(done.stdout) == ["compose.yaml: service api"]


def test_a_dockerfile_whose_context_is_unknown_is_not_checked(project: Path) -> None:
    (project / "Dockerfile").write_text("FROM scratch\nCOPY gone /\n")
    done = run("check", "--all", cwd=project)
    assert done.returncode == 2
    assert "Dockerfile:2: not checked: gone does not exist; declare the build to set its context" in done.stdout
    assert done.stderr.startswith("error: 1 build or declaration could not be checked; ")
    allowed = run("check", "--all", "--allow-unchecked", "Dockerfile", cwd=project)
    assert (allowed.returncode, allowed.stderr) == (0, "")
    assert "Dockerfile:2: not checked (allowed): gone does not exist" in allowed.stdout


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--compose", "gone.yaml"), "error: gone.yaml: there is no such file\n"),
        (("--build", "gone"), 'error: no build "gone" in the configuration; known are \n'),
        (("--bake", "web/Dockerfile"), "error: web/Dockerfile:1: "),
    ],
)
def test_what_is_not_there(project: Path, options: tuple[str, ...], problem: str) -> None:
    for command in ("check", "analyze"):
        done = run(command, *options, cwd=project)
        assert done.returncode == 2
        assert done.stderr.startswith(problem)
        assert done.stderr.count("\n") == 1


def test_options_of_one_build_do_not_go_with_several(project: Path) -> None:
    done = run("check", "--all", "--target", "x", cwd=project)
    assert done.returncode == 2
    assert "do not go with" in done.stderr


def test_several_reports_as_text(project: Path) -> None:
    done = run("analyze", "--compose", "compose.yaml", cwd=project)
    assert done.returncode == 0
    assert done.stdout.index("compose.yaml: service web\n") < done.stdout.index("compose.yaml: service api\n")
    assert done.stdout.count("BuildKit transfers") == 2
    suites = ElementTree.fromstring(
        run("analyze", "--compose", "compose.yaml", "--format", "junit", cwd=project).stdout
    )
    assert suites.get("name") == "ctxopt analyze"


def test_generate_and_all_agree_where_a_dockerfile_is_built(tmp_path: Path) -> None:
    for path in ("src/main", "api/src/main", "web/src/main"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text("x")
    for path in ("Dockerfile", "api/Dockerfile", "web/Dockerfile"):
        (tmp_path / path).write_text("FROM scratch\nCOPY src /src\n")
    (tmp_path / "ctxopt.toml").write_text('[[build]]\nname = "api"\ncontext = "api"\n')
    done = run("check", "--all", "--format", "json", cwd=tmp_path)
    assert [(build["name"], build["context"]) for build in json.loads(done.stdout)["builds"]] == [
        ("api", str(tmp_path / "api")),
        ("Dockerfile", str(tmp_path)),
        ("web/Dockerfile", str(tmp_path)),
        # Nothing says which of both it is, so a check does not choose.
        ("web/Dockerfile (from web)", str(tmp_path / "web")),
    ]
    assert done.stderr.startswith(
        "note: web/Dockerfile is assumed to be built from the searched directory, but all its sources are in web too"
    )
    proposal = json.loads(run("generate", "--format", "json", cwd=tmp_path).stdout)
    notes = {build["origin"]: (build["counts"], build["note"]) for build in proposal["builds"]}
    assert notes["web/Dockerfile"][0]
    assert "all its sources are in web as well" in notes["web/Dockerfile"][1]
    assert notes["api/Dockerfile"] == (False, "ctxopt.toml: build api builds it with another context")


def test_a_context_that_is_assumed_or_given(tmp_path: Path) -> None:
    """Where it is only assumed, no advice is given that would be wrong for the other one."""
    files = {"package.json": "{}", "package-lock.json": "{}", "main.js": "x", "web/main.js": "x"}
    for path, text in {**files, "web/Dockerfile": "FROM node:22\nCOPY . .\nRUN npm ci\n"}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    assert '"CTX301"' not in run("analyze", "--all", "--format", "json", cwd=tmp_path).stdout
    assert '"CTX301"' in run("analyze", "-f", "web/Dockerfile", ".", "--format", "json", cwd=tmp_path).stdout


def test_files_are_merged(project: Path) -> None:
    (project / "ci.yaml").write_text("services: {web: {build: {dockerfile_inline: FROM scratch}}, api: !reset null}\n")
    done = run("analyze", "--compose", "compose.yaml", "--compose", "ci.yaml", "--json", cwd=project)
    assert _names(done.stdout) == ["ci.yaml: service web"]
    (project / "ci.hcl").write_text('target "tool" { target = "gone" }\n')
    done = run("analyze", "--bake", "docker-bake.json", "--bake", "ci.hcl", cwd=project)
    assert (done.returncode, done.stderr.count("gone")) == (2, 1)


def test_the_files_of_a_directory(project: Path) -> None:
    (project / "compose.override.yaml").write_text("services: {api: !reset null}\n")
    done = run("analyze", "--compose", ".", "--json", cwd=project)
    assert _names(done.stdout) == ["compose.yaml: service web"]
    done = run("analyze", "--bake", ".", "--json", cwd=project)
    assert "docker-bake.json: target tool" in _names(done.stdout)
    done = run("analyze", "--bake", "web", cwd=project)
    assert (done.returncode, done.stderr) == (2, "error: web: no bake file in this directory; name the file\n")


def test_resolved_input(project: Path) -> None:
    """What `docker compose config` and `docker buildx bake --print` print is read from standard input."""
    printed = {"name": "x", "services": {"web": {"build": {"context": str(project / "web"), "args": {"A": "$$x"}}}}}
    done = run("analyze", "--compose", "-", "--json", cwd=project, stdin=json.dumps(printed))
    assert _names(done.stdout) == ["standard input: service web"]
    targets = {"group": {"default": {"targets": ["tool"]}}, "target": {"tool": {"context": "tool"}}}
    done = run("analyze", "--bake", "-", "--json", cwd=project, stdin=json.dumps(targets))
    assert _names(done.stdout) == ["standard input: target tool"]
    done = run("analyze", "--bake", "-", "--bake", "-", cwd=project, stdin="{}")
    assert (done.returncode, done.stderr) == (2, "error: - can be given once; standard input is one file\n")


def test_excluded_directories(project: Path) -> None:
    (project / "vendor").mkdir()
    (project / "vendor/Dockerfile").write_text("FRUM x\n")
    assert run("check", "--all", cwd=project).returncode == 2
    for command in ("check", "analyze"):
        assert run(command, "--all", "--exclude", "vendor", cwd=project).returncode == 0
    done = run("check", "--all", "--exclude", "!x", cwd=project)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    (project / "ctxopt.toml").write_text('exclude = ["vendor"]\n')
    assert run("check", "--all", cwd=project).returncode == 0
