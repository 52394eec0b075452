import codecs
from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.errors import PatternError
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.misnamed_ignore import RULE
from tests.findings.support import built
from tests.support.files import write


@pytest.mark.parametrize(
    "name",
    [
        *("dockerignore", ".Dockerignore", ".DOCKERIGNORE", ".dockerignore.txt", "dockerignore.txt", ".dockeringore"),
        *(".dockerignor", ".dockerignores", ".dockerIgnore", ".docker-ignore", ".docker_ignore", "docker.ignore"),
    ],
)
def test_nearly_the_right_name(tmp_path: Path, name: str) -> None:
    (finding,) = built(tmp_path, RULE, "FROM a\nCOPY . /\n", {name: "node_modules\n"})
    assert (finding.file, finding.line, finding.severity) == (name, None, Severity.WARNING)
    assert finding.fix == "rename it to .dockerignore"


@pytest.mark.parametrize(
    "name",
    [
        *(".gitignore", ".dockerignore~", ".dockerignore.bak", ".dockerignore2", ".dockerignore.prod", ".eslintignore"),
        *("src/dockerignore", "docker-compose.yml", ".dockerenv", "Dockerfile.dockerignore", "dockerignore.md"),
    ],
)
def test_near_misses(tmp_path: Path, name: str) -> None:
    assert built(tmp_path, RULE, "FROM a\nCOPY . /\n", {name: "node_modules\n"}) == []


def test_beside_one_that_applies_it_is_a_note(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "FROM a\nCOPY . /\n", {"dockerignore": "x\n"}, ignore="y\n")
    assert finding.severity is Severity.NOTE


def test_the_ignore_file_of_a_dockerfile_needs_its_whole_name(tmp_path: Path) -> None:
    files = {"docker/Dockerfile.prod": "FROM a\nCOPY . /\n", "docker/prod.dockerignore": "x\n"}
    write(tmp_path, files)
    (finding,) = _found(tmp_path, "docker/Dockerfile.prod")
    assert finding.fix == "rename it to docker/Dockerfile.prod.dockerignore"
    # It may be for a Dockerfile of that very name.
    write(tmp_path, {"docker/prod": "FROM a\n"})
    assert _found(tmp_path, "docker/Dockerfile.prod") == []


def _found(root: Path, dockerfile: str) -> list[Finding]:
    return list(RULE.check(RuleContext(BuildContext(str(root), dockerfile))))


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_utf_16(tmp_path: Path, mark: bytes) -> None:
    encoding = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    (tmp_path / ".dockerignore").write_bytes(mark + "node_modules\n.git\n".encode(encoding))
    (finding,) = built(tmp_path, RULE, "FROM a\nCOPY . /\n")
    assert (finding.file, finding.line, finding.severity) == (".dockerignore", 1, Severity.WARNING)


def test_utf_16_without_a_mark_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_bytes("node_modules\n".encode("utf-16-le"))
    with pytest.raises(PatternError, match="UTF-16 text"):
        built(tmp_path, RULE, "FROM a\nCOPY . /\n")


def test_utf_8_with_a_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("node_modules\n", encoding="utf-8-sig")
    assert built(tmp_path, RULE, "FROM a\nCOPY . /\n") == []
