from pathlib import Path

import pytest

from ctxopt.findings.model import Severity
from ctxopt.findings.rules.stray_file import RULE
from tests.findings.support import built, found, named


def test_an_ignore_file_below_the_root(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, "", "web/.dockerignore", "a")
    assert (finding.file, finding.line, finding.severity) == ("web/.dockerignore", None, Severity.NOTE)


def test_an_excluded_file_is_not_found(tmp_path: Path) -> None:
    assert found(tmp_path, RULE, "web\n", "web/.dockerignore") == []


def test_one_beside_a_dockerfile_in_the_context(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, None, "web/.dockerignore", name="web/Dockerfile")
    assert (finding.file, finding.severity) == ("web/.dockerignore", Severity.WARNING)
    assert "next to web/Dockerfile, but not read for this context" in finding.message
    assert "rename it to web/Dockerfile.dockerignore" in finding.fix


def test_one_beside_a_dockerfile_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker" / ".dockerignore").touch()
    (finding,) = found(tmp_path / "app", RULE, None, "a", name="../docker/Dockerfile")
    assert (finding.file, finding.severity) == (str(tmp_path / "docker" / ".dockerignore"), Severity.WARNING)


@pytest.mark.parametrize("ignore", ["", ".env\n"])
def test_the_context_has_its_own(tmp_path: Path, ignore: str) -> None:
    findings = found(tmp_path, RULE, ignore, "web/.dockerignore", name="web/Dockerfile")
    assert [finding.severity for finding in findings] == [Severity.NOTE]


def test_the_dockerfile_has_its_own(tmp_path: Path) -> None:
    files = ("web/.dockerignore", "web/Dockerfile.dockerignore")
    findings = found(tmp_path, RULE, None, *files, name="web/Dockerfile")
    assert [finding.severity for finding in findings] == [Severity.NOTE]


def test_a_dockerfile_in_the_root(tmp_path: Path) -> None:
    assert found(tmp_path, RULE, None, "a") == []


def test_a_directory_with_another_dockerfile_is_a_context_of_its_own(tmp_path: Path) -> None:
    found_files = [
        finding.file for finding in found(tmp_path, RULE, None, "a/.dockerignore", "a/Dockerfile", "b/.dockerignore")
    ]
    assert found_files == ["b/.dockerignore"]


@pytest.mark.parametrize(
    ("path", "workflow", "count"),
    [
        ("app/.dockerignore", "run: cp app/.dockerignore .dockerignore\n", 0),
        ("app/.dockerignore", "run: cat app/.dockerignore\n", 1),
        ("app/.dockerignore", "run: cp app/x .dockerignore\n", 1),
        ("examples/a/.dockerignore", "run: make\n", 0),
        ("app/a/.dockerignore", "run: make\n", 1),
    ],
)
def test_a_file_that_somebody_puts_in_place_or_shows(tmp_path: Path, path: str, workflow: str, count: int) -> None:
    (tmp_path / ".git").mkdir()
    files = {path: "x\n", "a": "x", ".github/workflows/ci.yml": workflow}
    assert len(built(tmp_path, RULE, "FROM scratch\nCOPY a /\n", files, "docs\n")) == count


@pytest.mark.parametrize(
    ("file", "text", "count"),
    [
        ("compose.yml", "services:\n  web:\n    build:\n      context: ./web\n", 0),
        ("compose.yml", "services:\n  web:\n    build: web\n", 0),
        ("compose.yml", "services:\n  web:\n    build:\n      context: .\n      dockerfile: web/Dockerfile\n", 1),
        ("compose.yml", "services:\n  web:\n    build:\n      # context: ./web\n      context: .\n", 1),
        (".github/workflows/ci.yml", "      with:\n        context: web\n", 0),
        ("build.sh", "docker build -t web web/\n", 0),
        ("Makefile", "SERVICES_TO_BUILD := api web\n", 1),
        ("docker-bake.hcl", 'target "web" {\n  context = "./web"\n}\n', 0),
        ("README.md", "cd web\ndocker build -t web .\n", 0),
        ("README.md", "cd web\nnpm ci\n", 1),
        ("README.md", "docker build -f web/Dockerfile .\n", 1),
    ],
)
def test_a_directory_that_another_build_has_as_its_context(tmp_path: Path, file: str, text: str, count: int) -> None:
    (tmp_path / ".git").mkdir()
    files = {"web/.dockerignore": "node_modules\n", "web/a": "x", file: text}
    assert len(named(tmp_path, RULE, "web/Dockerfile", "FROM scratch\nCOPY web/a /\n", files)) == count


@pytest.mark.parametrize(
    ("ignore", "pattern", "fix"),
    [
        (None, "node_modules", "move it to the context root, or rename it to docker/Dockerfile.dockerignore"),
        ("docs\n", "node_modules", "if its patterns are meant for this build, move them to the context root"),
        (None, "**/wait*", "remove it: at the context root, its patterns would exclude docker/wait.sh, which COPY in"),
        ("docs\n", "**/wait*", "remove it: at the context root, its patterns would exclude docker/wait.sh, which COPY"),
    ],
)
def test_patterns_that_would_take_what_an_instruction_names(
    tmp_path: Path, ignore: str | None, pattern: str, fix: str
) -> None:
    files = {"docker/.dockerignore": f"{pattern}\n", "docker/wait.sh": "x"}
    if ignore is not None:
        files[".dockerignore"] = ignore
    dockerfile = "FROM scratch\nCOPY docker/wait.sh /\nCOPY . .\n"
    (finding,) = named(tmp_path, RULE, "docker/Dockerfile", dockerfile, files)
    assert finding.fix.startswith(fix)


@pytest.mark.parametrize(("pattern", "count"), [("node_modules", 1), ("**/wait*", 0)])
def test_such_patterns_in_another_directory_are_none_of_this_build(tmp_path: Path, pattern: str, count: int) -> None:
    files = {"infra/.dockerignore": f"{pattern}\n", "docker/wait.sh": "x"}
    assert len(built(tmp_path, RULE, "FROM scratch\nCOPY docker/wait.sh /\n", files, "docs\n")) == count
