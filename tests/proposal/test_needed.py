"""Small projects that need files which look like junk: what level "likely" proposes takes none of them away.

`data/needed.json` has for each its files, what is needed (`need`) and why, and what should be excluded (`gone`). In a
`repository` git tracks all but what is `ignored`, or just what is `tracked`. Where a `secret` is needed it may be
excluded, with a warning.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from ctxopt.builds.discovery import Request
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.proposal.model import Level, Proposal
from ctxopt.proposal.propose import propose
from tests.support.programs import git

_PROJECTS: list[dict[str, Any]] = json.loads((Path(__file__).parent.parent / "data" / "needed.json").read_text())


def made(root: Path, project: dict[str, Any]) -> Path:
    """Make a project in a directory."""
    for name, content in project["files"].items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, newline="")
    ignored = [f"/{path}\n" for path in project.get("ignored", ())]
    if ignored:
        (root / ".gitignore").write_text("".join(ignored))
    if project.get("repository") or ("tracked" in project and project["tracked"] is not None):
        git(root, "init", "-q")
        git(root, "add", "--force", *project["tracked"]) if "tracked" in project else git(root, "add", ".")
    return root


def is_excluded(proposal: Proposal, path: str) -> bool:
    """Whether one of the proposed files would exclude a path that is sent today."""
    return any(
        DockerIgnore.from_bytes(file.new).ignores(path)
        and not (file.old is not None and DockerIgnore.from_bytes(file.old).ignores(path))
        for file in proposal.files
        if file.changes
    )


@pytest.mark.parametrize("project", _PROJECTS, ids=[project["name"] for project in _PROJECTS])
def test_what_is_needed_stays(tmp_path: Path, project: dict[str, Any]) -> None:
    made(tmp_path, project)
    proposal = propose(str(tmp_path), Request(), level=Level.LIKELY)
    lost = [path for path in project["need"] if is_excluded(proposal, path)]
    if project.get("secret"):
        assert not lost or any(lost[0] in warning for warning in proposal.warnings)
    else:
        assert lost == [], project["why"]
    assert [path for path in project.get("gone", ()) if not is_excluded(proposal, path)] == []
