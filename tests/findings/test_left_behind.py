from pathlib import Path

import pytest

from ctxopt.builds.discovery import Request
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.findings.rules.left_behind import RULE
from ctxopt.proposal.model import Level
from ctxopt.proposal.propose import propose
from tests.findings.support import built
from tests.support.programs import git

_APP = "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"


def _repository(root: Path, dump: str = "db.sql", size: int = 1_000_000) -> None:
    """A repository with one file that it does not track."""
    (root / "requirements.txt").write_text("x\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    (root / dump).write_bytes(b"x" * size)


@pytest.mark.parametrize("name", ["db.sql", "prod.dump", "backup.tar.gz"])
def test_what_somebody_left(tmp_path: Path, name: str) -> None:
    _repository(tmp_path, name)
    (finding,) = built(tmp_path, RULE, _APP)
    assert finding.message.startswith(f"COPY copies {name}, which git neither tracks nor ignores and nothing names")
    assert finding.fix == f"add {name} to .dockerignore, or delete the file"
    assert (finding.line, finding.subject) == (3, name)
    assert finding.totals is not None
    assert finding.totals.size == 1_000_000
    (file,) = propose(str(tmp_path), Request(), level=Level.LIKELY).files
    assert DockerIgnore.from_bytes(file.new).ignores(name)


@pytest.mark.parametrize(
    ("dockerfile", "files"),
    [
        (_APP + "RUN psql -f db.sql\n", {}),
        (_APP, {"app.py": 'open("db.sql")\n'}),
        (_APP, {".gitignore": "*.sql\n"}),
        ("FROM postgres:17\nCOPY . /docker-entrypoint-initdb.d\n", {}),
        ("FROM python:3.12\nCOPY requirements.txt db.sql /x/\n", {}),
    ],
)
def test_what_is_needed_or_known(tmp_path: Path, dockerfile: str, files: dict[str, str]) -> None:
    _repository(tmp_path)
    assert built(tmp_path, RULE, dockerfile, files) == []


def test_small_tracked_and_unknown_files(tmp_path: Path) -> None:
    (tmp_path / "db.sql").write_bytes(b"x" * 1_000_000)
    assert built(tmp_path, RULE, _APP) == []
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    assert built(tmp_path, RULE, _APP) == []
    (tmp_path / "new.sql").write_bytes(b"x")
    assert built(tmp_path, RULE, _APP) == []
