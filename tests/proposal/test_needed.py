"""Small projects that need files which look like junk: what level "likely" proposes takes none of them away.

`data/needed.json` has for each its files, what is needed (`need`) and why, and what should be excluded (`gone`). In a
`repository` git tracks all but what is `ignored`, or just what is `tracked`. Where a `secret` is needed it may be
excluded, with a warning.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ctxopt import analyze
from ctxopt.builds.discovery import Request
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.errors import CtxoptError
from ctxopt.findings.model import Finding, Severity
from ctxopt.proposal.model import Level, Proposal
from ctxopt.proposal.propose import propose
from sample_projects.make_junk import JUNK, make
from tests.support.cli import run
from tests.support.files import write
from tests.support.programs import git

#: The projects.
NEEDED: list[dict[str, Any]] = json.loads((Path(__file__).parent.parent / "data" / "needed.json").read_text())


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


@pytest.mark.parametrize("project", NEEDED, ids=[project["name"] for project in NEEDED])
def test_what_is_needed_stays(tmp_path: Path, project: dict[str, Any]) -> None:
    made(tmp_path, project)
    proposal = propose(str(tmp_path), Request(), level=Level.LIKELY)
    lost = [path for path in project["need"] if is_excluded(proposal, path)]
    if project.get("secret"):
        assert not lost or any(lost[0] in warning for warning in proposal.warnings)
    else:
        assert lost == [], project["why"]
    assert [path for path in project.get("gone", ()) if not is_excluded(proposal, path)] == []
    assert list(contradictions(findings_of(tmp_path), proposal)) == []


def findings_of(root: Path) -> tuple[Finding, ...]:
    """What `analyze` finds in the build of a directory; nothing where its Dockerfile is elsewhere."""
    try:
        return tuple(analyze(str(root)).findings)
    except CtxoptError:
        return ()


def contradictions(findings: tuple[Finding, ...], proposal: Proposal) -> Iterator[str]:
    """The findings that advise, whatever else is the case, to exclude what a proposal keeps because it is needed.

    A secret that git tracks is left to people.
    """
    stays = {row.path: row.why for file in proposal.files for row in file.stays if row.why != "git tracks it"}
    for finding in findings:
        advised = DockerIgnore.from_bytes("\n".join(_advised(finding.fix or "")).encode())
        yield from (f"{finding.rule}: {finding.fix}; but {stays[path]}" for path in stays if advised.ignores(path))


def _advised(fix: str) -> list[str]:
    """The patterns that a fix adds to an ignore file without a condition, and without another way for the file."""
    if fix.startswith("if ") or "--mount=" in fix:
        return []
    several = re.search(r"add these lines to \S*ignore: (.*)", fix)
    if several is not None:
        return re.findall(r"`([^`]+)`", several[1])
    one = re.search(r"add (.*?) to \S*ignore\b", fix)
    return one[1].split() if one is not None else []


def test_what_would_be_a_contradiction(tmp_path: Path) -> None:
    made(tmp_path, {"files": {"Dockerfile": "FROM x\nCOPY . .\nRUN cat docs/a\n", "docs/a": "x"}})
    proposal = propose(str(tmp_path), Request(), level=Level.LIKELY)
    wrong = Finding("CTX999", Severity.NOTE, "Dockerfile", 1, "x", "add docs to .dockerignore")
    assert len(list(contradictions((wrong,), proposal))) == 1


@pytest.mark.parametrize("name", sorted(JUNK))
def test_no_finding_contradicts_the_proposal_for_a_sample(tmp_path: Path, name: str) -> None:
    make(name, tmp_path / name)
    proposal = propose(str(tmp_path / name), Request(), level=Level.LIKELY)
    assert list(contradictions(findings_of(tmp_path / name), proposal)) == []


def test_what_an_exception_of_the_user_names_stays(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD node src/a.js\n",
        ".dockerignore": "*\n!src\n!docs/api\n",
        "docs/api/v1.json": "{}\n",
        "docs/plan.md": "plan\n",
        "src/a.js": "1\n",
        "src/debug.log": "log\n",
    }
    write(tmp_path, files)
    run("generate", "--level", "likely", "--write", cwd=tmp_path)
    listed = run("ls", "--view", "buildkit", cwd=tmp_path).stdout.splitlines()
    assert {"docs/api/v1.json", "src/a.js"} <= set(listed)
    assert "src/debug.log" not in listed
