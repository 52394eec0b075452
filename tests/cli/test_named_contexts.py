"""What each command says of named contexts."""

import json
from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.files import write
from tests.support.programs import git

_LIB = ("--build-context", "lib=lib")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(
        tmp_path,
        {
            "app/Dockerfile": "FROM scratch\nCOPY a.py /\nCOPY --from=lib . /lib\n",
            "app/a.py": 10,
            "lib/b.py": 2000,
            "lib/sub/c.bin": 3000,
            "lib/.env": "PASSWORD=hunter22hunter\n",
            "lib/log/x": 5000,
            "lib/.dockerignore": "log\n",
            "compose.yaml": "services: {a: {build: {context: app, additional_contexts: {lib: ./lib}}}}\n",
        },
    )
    return tmp_path


def test_ls(project: Path) -> None:
    done = run("ls", "app", *_LIB, cwd=project)
    assert done.stdout.splitlines() == [
        "a.py",
        "lib:.dockerignore",
        "lib:.env",
        "lib:b.py",
        "lib:sub/",
        "lib:sub/c.bin",
    ]
    assert run("ls", "app", *_LIB, "--view", "ignored", cwd=project).stdout.splitlines() == ["lib:log/", "lib:log/x"]
    assert run("ls", "app", *_LIB, "--view", "classic", cwd=project).stdout.splitlines() == ["Dockerfile", "a.py"]
    assert run("ls", "app", *_LIB, "--top", "1", cwd=project).stdout.splitlines() == ["lib:sub/c.bin"]
    assert run("ls", "app", *_LIB, "--depth", "1", cwd=project).stdout.splitlines()[-1] == "lib:sub/"


def test_ls_as_json(project: Path) -> None:
    rows = json.loads(run("ls", "app", *_LIB, "--long", "--json", cwd=project).stdout)
    assert {(row["context"], row["path"]): row["lines"] for row in rows if row["type"] == "file"} == {
        (None, "a.py"): [2],
        ("lib", ".dockerignore"): [3],
        ("lib", ".env"): [3],
        ("lib", "b.py"): [3],
        ("lib", "sub/c.bin"): [3],
    }


def test_ls_as_a_tree(project: Path) -> None:
    shown = run("ls", "app", *_LIB, "--tree", cwd=project).stdout
    first, second = shown.split("\nContext lib\n")
    assert "a.py" in first
    assert "c.bin" in second


@pytest.mark.parametrize("path", ["lib:b.py", "{root}/lib/b.py"])
def test_explain(project: Path, path: str) -> None:
    given = path.format(root=project)
    (found,) = json.loads(run("explain", "-C", "app", *_LIB, given, "--json", cwd=project).stdout)
    assert (found["context"], found["path"], found["use"]) == ("lib", "b.py", "image")
    assert found["readers"] == [{"line": 3, "instruction": "COPY", "sources": ["."]}]
    assert found["builders"]["classic"]["error"] == "the legacy builder has no named contexts; build with BuildKit"
    shown = run("explain", "-C", "app", *_LIB, given, "lib:log/x", "a.py", cwd=project).stdout
    assert [line for line in shown.splitlines() if line and not line.startswith(" ")] == [
        "lib:b.py",
        "lib:log/x",
        "a.py",
    ]


def test_explain_outside_of_all_contexts(project: Path) -> None:
    done = run("explain", "-C", "app", *_LIB, str(project / "compose.yaml"), cwd=project)
    assert (done.returncode, "outside the build context" in done.stderr) == (2, True)


@pytest.mark.parametrize("options", [("app", *_LIB), ("--compose", "compose.yaml")])
def test_analyze(project: Path, options: tuple[str, ...]) -> None:
    shown = " ".join(run("analyze", *options, cwd=project, columns=120).stdout.split())
    assert "Context lib BuildKit transfers 5.0 kB in 4 files" in shown
    assert "COPY --from=lib ." in shown
    assert "CTX105" not in shown
    assert "context lib: .env is copied into the image" in shown
    assert "add .env to .dockerignore of context lib" in shown
    found = json.loads(run("analyze", *options, "--json", cwd=project).stdout)
    report = found["builds"][0] if "builds" in found else found
    (named,) = report["named_contexts"]
    assert (named["name"], named["value"], named["source"]) == ("lib", str(project / "lib"), "directory")
    assert named["read"]["sizes"]["transfer"] == {"files": 4, "bytes": 5028}
    assert [one["line"] for one in named["read"]["instructions"]] == [3]
    assert report["sizes"]["transfer"] == {"files": 1, "bytes": 10}


def test_contexts_that_are_not_analyzed(project: Path) -> None:
    given = ("--build-context", "img=docker-image://alpine", "--build-context", "idle=lib", *_LIB)
    shown = run("analyze", "app", *given, cwd=project, columns=120).stdout
    assert "docker-image://alpine: not a directory: not analyzed" in shown
    assert f"{project}/lib: not read by this build" in shown


def test_an_instruction_that_fails(project: Path) -> None:
    write(project, {"app/Dockerfile": "FROM scratch\nCOPY --from=lib log /\n"})
    done = run("analyze", "app", *_LIB, cwd=project, columns=200)
    assert done.returncode == 2
    assert 'The build fails: Dockerfile:2: COPY source "log" is not in the named context lib' in done.stdout
    assert run("check", "app", *_LIB, cwd=project).returncode == 1


def test_check(project: Path) -> None:
    done = run("check", "app", *_LIB, "--max-size", "1kB", cwd=project, columns=120)
    assert done.returncode == 1
    assert "max-size (context lib): 5.0 kB > 1.0 kB" in done.stdout
    assert "lib:sub/c.bin: 3.0 kB" in done.stdout
    assert run("check", "app", "--fail-on", "CTX101", *_LIB, cwd=project).returncode == 1
    found = json.loads(run("check", "app", *_LIB, "--json", cwd=project).stdout)
    assert found["builds"][0]["named_contexts"] == [{"name": "lib", "transfer": {"files": 4, "bytes": 5028}}]


def test_sarif_places_findings_in_the_named_context(project: Path) -> None:
    write(project, {"lib/deep/node_modules/x": 3000, "lib/.dockerignore": "log\nnode_modules\n"})
    found = json.loads(run("analyze", "app", *_LIB, "--format", "sarif", cwd=project).stdout)
    places = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in found["runs"][0]["results"]
        if result["ruleId"] == "CTX005"
    }
    assert [place.rpartition("/lib/")[2] for place in places] == [".dockerignore"]


@pytest.mark.parametrize("value", ["lib", "=lib", "lib=", "Lib=lib", "lib=none", "lib=app/Dockerfile"])
@pytest.mark.parametrize("command", ["ls", "analyze", "check", "generate", "stages"])
def test_a_bad_value(project: Path, command: str, value: str) -> None:
    done = run(command, "app", "--build-context", value, cwd=project)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: ")


def test_generate_keeps_what_they_read(project: Path) -> None:
    # The Compose file counts for a directory of the same repository.
    files = {"app/Dockerfile": "FROM scratch\nCOPY --from=lib b.py /\n", "lib/.dockerignore": "", ".git/HEAD": ""}
    write(project, files)
    done = run("generate", "lib", "--write", cwd=project)
    assert done.returncode == 0, done.stderr
    listed = run("ls", "app", *_LIB, "--view", "buildkit", cwd=project).stdout.splitlines()
    assert [entry for entry in listed if entry.startswith("lib:")] == ["lib:.dockerignore", "lib:b.py"]


def test_the_page_lists_them(project: Path) -> None:
    page = run("report", "app", *_LIB, cwd=project).stdout
    assert "--from=lib" in page


def test_what_does_not_count_them_says_so(project: Path) -> None:
    write(project, {"app/Dockerfile": "FROM lib\nCOPY a.py /\nRUN true\n"})
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "1")
    git(project, "commit", "-qm", "2", "--allow-empty")
    stages = run("stages", "app", *_LIB, cwd=project)
    assert "note: files of the named context lib are not counted" in stages.stdout
    cache = run("cache", "app", *_LIB, cwd=project)
    assert "changes of the named context lib are not in this history and are not counted" in cache.stdout
    diff = run("diff", "HEAD", "-C", "app", *_LIB, cwd=project)
    assert "note: named context lib is not compared" in diff.stderr
    shown = run("explain", "-C", "app", *_LIB, "lib:b.py", cwd=project).stdout
    assert "  read by line 1: FROM lib\n" in shown


def test_growth_of_a_named_context(project: Path) -> None:
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "1")
    write(project, {"lib/new": 9000})
    done = run("check", "app", *_LIB, "--against", "HEAD", "--max-growth", "1kB", cwd=project, columns=120)
    assert done.returncode == 1
    assert "max-growth (context lib): 9.0 kB > 1.0 kB" in done.stdout
    assert "lib:new: 9.0 kB in 1 file, new" in done.stdout


def test_what_the_dockerfile_alone_shows_is_said_once(project: Path) -> None:
    apt = "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y --no-install-recommends curl\n"
    (project / "app/Dockerfile").write_text(f"{apt}COPY a.py /\nCOPY --from=lib . /lib\n")
    done = run("lint", "app", *_LIB, "--select", "CTX220,CTX101", cwd=project)
    assert done.stdout.count("CTX220") == 1
    assert "lib" in done.stdout
    assert "CTX101" in done.stdout
