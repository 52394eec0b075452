"""Texts count for what gets into a stage with them."""

import json
from pathlib import Path

from ctxopt.builds.discovery import Request
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.proposal.model import Level
from ctxopt.proposal.propose import propose
from tests.support.files import write
from tests.support.programs import git

_DOCKERFILE = (
    "FROM node AS web\nWORKDIR /w\nCOPY package.json build.js /w/\nRUN npm ci && node build.js\n"
    "FROM python\nWORKDIR /a\nCOPY --exclude=build.js . .\nRUN pip install -r requirements.txt\nCMD python a.py\n"
)


def _excluded(root: Path, dockerfile: str, path: str) -> bool:
    files = {"build.js": 'read("docs/x.md")\n', "docs/x.md": "x", "a.py": "", "requirements.txt": ""}
    write(root, {"Dockerfile": dockerfile, "package.json": json.dumps({"name": "a"}), **files})
    git(root, "init", "-q")
    git(root, "add", ".")
    (file,) = propose(str(root), Request(), level=Level.LIKELY).files
    return DockerIgnore.from_bytes(file.new).ignores(path)


def test_a_text_in_another_stage(tmp_path: Path) -> None:
    assert _excluded(tmp_path, _DOCKERFILE, "docs/x.md")


def test_a_text_in_the_same_stage(tmp_path: Path) -> None:
    assert not _excluded(tmp_path, _DOCKERFILE.replace("--exclude=build.js ", ""), "docs/x.md")
    assert not _excluded(tmp_path, _DOCKERFILE + "COPY --from=web /w /w\n", "docs/x.md")
