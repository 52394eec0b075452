from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Severity
from ctxopt.findings.rules.stray_file import RULE
from tests.findings.support import built, named
from tests.support.files import write

_LARGE = "x" * 60_000
_WEB = {"web/.dockerignore": "logs\n", "web/logs/a": _LARGE, "web/a": "x"}
_TAKES_WEB = "FROM scratch\nCOPY web /web\n"


def test_an_ignore_file_below_the_root(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, _TAKES_WEB, _WEB, "")
    assert (finding.file, finding.line, finding.severity) == ("web/.dockerignore", None, Severity.NOTE)
    assert finding.message == "not read in a build with this context, so nothing excludes web/logs/a"
    assert finding.fix.endswith("its patterns are relative to the context root, and write web/ in front of them")
    assert finding.totals is not None
    assert (finding.totals.files, finding.totals.size) == (1, 60_000)


@pytest.mark.parametrize(
    ("dockerfile", "files"),
    [
        # What it would exclude is little, is not there, or is not read; or the build needs it.
        (_TAKES_WEB, {**_WEB, "web/logs/a": "x"}),
        (_TAKES_WEB, {**_WEB, "web/.dockerignore": "node_modules\n"}),
        ("FROM scratch\nCOPY web/a /\n", _WEB),
        ("FROM scratch\nCOPY web/logs/a /\n", _WEB),
        ("FROM scratch\nCOPY web /web\nCOPY web/logs /logs\n", _WEB),
        # A pattern that matches elsewhere, or that no builder takes.
        (_TAKES_WEB, {**_WEB, "web/.dockerignore": "web/logs\n"}),
        (_TAKES_WEB, {**_WEB, "web/.dockerignore": "[\n"}),
        # A context of its own, or one of tests.
        (_TAKES_WEB, {**_WEB, "web/Dockerfile": "FROM scratch\n"}),
        ("FROM scratch\nCOPY . .\n", {"examples/.dockerignore": "logs\n", "examples/logs/a": _LARGE}),
        # Not the context of this build.
        (f"{_TAKES_WEB}COPY other /other\n", _WEB),
    ],
)
def test_an_ignore_file_that_would_do_nothing(tmp_path: Path, dockerfile: str, files: dict[str, str]) -> None:
    assert built(tmp_path, RULE, dockerfile, files, "") == []


def test_an_excluded_file_is_not_found(tmp_path: Path) -> None:
    assert built(tmp_path, RULE, "FROM scratch\nCOPY . .\n", _WEB, "web\n") == []


@pytest.mark.parametrize(
    ("files", "fix"),
    [
        (_WEB, "move it to the context root, or rename it to web/Dockerfile.dockerignore; its patterns are relative"),
        # What a checkout has not, and machines have.
        ({"web/.dockerignore": "**/node_modules\n", "web/a": "x"}, "move it to the context root, or rename it to web/"),
    ],
)
def test_one_beside_a_dockerfile_in_the_context(tmp_path: Path, files: dict[str, str], fix: str) -> None:
    (finding,) = named(tmp_path, RULE, "web/Dockerfile", _TAKES_WEB, files)
    assert (finding.file, finding.severity) == ("web/.dockerignore", Severity.WARNING)
    assert "next to web/Dockerfile, but not read for this context" in finding.message
    assert finding.fix.startswith(fix)


@pytest.mark.parametrize(
    ("dockerfile", "pattern", "count"),
    [
        (_TAKES_WEB, "node_modules", 1),
        ("FROM scratch\nCOPY . /web\n", "node_modules", 1),
        ("FROM scratch\nCOPY web/src /web\n", "node_modules", 0),
        (_TAKES_WEB, "Dockerfile", 0),
        (_TAKES_WEB, ".git", 0),
        (_TAKES_WEB, ".vscode", 0),
        (_TAKES_WEB, ".vscode\n.env", 1),
        (_TAKES_WEB, "!node_modules", 0),
        (_TAKES_WEB, "", 0),
        # It would exclude what an instruction names.
        ("FROM scratch\nCOPY web /web\nCOPY web/wait.sh /\n", "node_modules\nwait*", 0),
    ],
)
def test_what_other_machines_have_in_the_directory_of_the_dockerfile(
    tmp_path: Path, dockerfile: str, pattern: str, count: int
) -> None:
    files = {"web/.dockerignore": f"{pattern}\n", "web/src/a": "x", "web/wait.sh": "x"}
    assert len(named(tmp_path, RULE, "web/Dockerfile", dockerfile, files)) == count
    # In another directory it is none of this build.
    (tmp_path / "again").mkdir()
    assert built(tmp_path / "again", RULE, dockerfile, files, "") == []


def test_one_beside_a_dockerfile_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "docker").mkdir()
    ignore = tmp_path / "docker" / ".dockerignore"
    ignore.write_text("node_modules\n")
    (finding,) = named(tmp_path / "app", RULE, "../docker/Dockerfile", "FROM scratch\nCOPY . .\n", {"a": "x"})
    assert (finding.file, finding.severity) == (str(ignore), Severity.WARNING)
    assert finding.fix.endswith("its patterns are relative to the context root")
    ignore.unlink()
    assert named(tmp_path / "app", RULE, "../docker/Dockerfile", "FROM scratch\nCOPY . .\n", {"a": "x"}) == []


@pytest.mark.parametrize("own", [".dockerignore", "web/Dockerfile.dockerignore"])
def test_the_build_has_its_own(tmp_path: Path, own: str) -> None:
    findings = named(tmp_path, RULE, "web/Dockerfile", _TAKES_WEB, {**_WEB, own: ".env\n"})
    assert [finding.severity for finding in findings] == [Severity.NOTE]


def test_a_dockerfile_in_the_root(tmp_path: Path) -> None:
    assert built(tmp_path, RULE, "FROM scratch\nCOPY . .\n", {"a": "x"}) == []


@pytest.mark.parametrize(
    ("file", "text", "count"),
    [
        (".github/workflows/ci.yml", "run: cp web/.dockerignore .dockerignore\n", 0),
        (".github/workflows/ci.yml", "run: cat web/.dockerignore\n", 1),
        (".github/workflows/ci.yml", "run: cp web/x .dockerignore\n", 1),
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
def test_a_file_that_something_of_the_repository_uses(tmp_path: Path, file: str, text: str, count: int) -> None:
    (tmp_path / ".git").mkdir()
    assert len(named(tmp_path, RULE, "web/Dockerfile", _TAKES_WEB, {**_WEB, file: text})) == count


@pytest.mark.parametrize(
    ("ignore", "files", "count"),
    [
        # The ignore file in use excludes it already, whatever ends its lines.
        ("**/node_modules/\n", {"web/package.json": "{}"}, 0),
        ("**/build/\r\n**/node_modules/\r\n", {"web/package.json": "{}"}, 0),
        ("web/node_modules\n", {"web/package.json": "{}"}, 0),
        # It does at the root only.
        ("node_modules\n", {"web/package.json": "{}"}, 1),
        ("**/node_modules\n!web/node_modules\n", {"web/package.json": "{}"}, 1),
        # Nothing installs packages in a directory for a Dockerfile alone.
        ("node_modules\n", {}, 0),
    ],
)
def test_what_the_ignore_file_in_use_excludes(tmp_path: Path, ignore: str, files: dict[str, str], count: int) -> None:
    files = {"web/.dockerignore": "node_modules\n", "package.json": "{}", ".dockerignore": ignore, **files}
    found = named(tmp_path, RULE, "web/Dockerfile", "FROM scratch\nCOPY . /app\n", files)
    assert len(found) == count


@pytest.mark.parametrize("is_link", [False, True])
def test_one_beside_a_dockerfile_outside_is_read_unless_a_link_leads_there(tmp_path: Path, is_link: bool) -> None:
    write(tmp_path, {"app/logs/a": _LARGE, "app/b": "x", "docker/Dockerfile": "FROM scratch\nCOPY . /\n"})
    write(tmp_path, {("far" if is_link else "docker/.dockerignore"): "logs\n"})
    if is_link:
        (tmp_path / "docker" / ".dockerignore").symlink_to(tmp_path / "far")
    build = BuildContext(str(tmp_path / "app"), str(tmp_path / "docker" / "Dockerfile"))
    assert len(list(RULE.check(RuleContext(build)))) == (not is_link)
