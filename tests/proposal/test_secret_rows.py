"""The secrets of a context are the same for every command."""

from pathlib import Path

import pytest

from ctxopt import BuildContext, analyze
from ctxopt.builds.build import Build
from ctxopt.builds.discovery import Request
from ctxopt.evidence.secret_files import Reach, risks
from ctxopt.findings.rules.secret_by_name import RULE
from ctxopt.proposal.model import Level, Proposal
from ctxopt.proposal.propose import propose
from ctxopt.reports.preview import preview
from ctxopt.treemap.build import build_treemap
from ctxopt.treemap.model import DIRECTORY, Status

_ALL = "FROM alpine:3\nCOPY . .\n"
_STAGES = "FROM alpine:3 AS build\nCOPY . .\nFROM alpine:3\nCOPY --from=build /x /x\n"
_SECRET = "DB_PASSWORD=hunter22\n"
_KEY = "-----BEGIN PRIVATE KEY-----\n"


def _write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def _reported(root: Path, dockerfile: str | None = None) -> int:
    """The files that the findings of `analyze` are about."""
    findings = [finding for finding in analyze(str(root), dockerfile).findings if finding.rule == RULE.id]
    return sum(0 if finding.totals is None else finding.totals.files for finding in findings)


def _on_the_map(root: Path) -> int:
    """The files on the secret card of the report's page."""
    treemap = build_treemap(preview(Build("", str(root), None)))
    today = [i for i, view in enumerate(treemap.views) if not view.after]

    def is_risky(number: int) -> bool:
        status = treemap.statuses[number]
        return bool(status.risk) and any(status.by_view[i] != Status.IGNORED for i in today)

    pairs = zip(treemap.nodes.files, treemap.nodes.statuses, strict=True)
    return sum(files for files, number in pairs if number != DIRECTORY and is_risky(number))


@pytest.mark.parametrize(
    ("dockerfile", "files", "count"),
    [
        (_ALL, {".env": _SECRET}, 1),
        (_STAGES, {".env": _SECRET}, 1),
        ("FROM alpine:3\nCOPY src /src\n", {".env": _SECRET, "src/a": "a"}, 1),
        # No value in it looks like a secret.
        (_ALL, {".env": "PORT=80\n"}, 0),
        (_STAGES, {".env": "PORT=80\n"}, 0),
        ("FROM alpine:3\nCOPY src /src\n", {".env": "PORT=80\n", "src/a": "a"}, 0),
        (_ALL, {"keys/id_rsa": _KEY, ".dockerignore": "keys\n"}, 0),
        (_ALL, {"keys/id_rsa": _KEY, "keys/server.key": _KEY, ".dockerignore": "keys/server.key\n"}, 1),
        (_ALL, {".npmrc": "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n"}, 0),
        (_ALL, {".npmrc": "//registry.npmjs.org/:_authToken=npm_a1b2c3d4e5f6\n"}, 1),
        (_ALL, {".env.example": _SECRET, "tests/id_rsa": _KEY}, 0),
        (_ALL, {f"keys/{number}/id_rsa": _KEY for number in range(30)}, 30),
    ],
)
def test_all_commands_count_the_same(tmp_path: Path, dockerfile: str, files: dict[str, str], count: int) -> None:
    _write(tmp_path, {"Dockerfile": dockerfile, **files})
    proposal = propose(str(tmp_path), Request())
    marked = len(risks(BuildContext(str(tmp_path))))
    assert (_reported(tmp_path), len(proposal.secrets), marked, _on_the_map(tmp_path)) == (count,) * 4


def _rows(proposal: Proposal) -> list[tuple[str, Reach, str | None, bool]]:
    return [(row.path, row.reach, row.taken_by, row.excluded) for row in proposal.secrets]


def test_what_becomes_of_them(tmp_path: Path) -> None:
    _write(tmp_path, {"Dockerfile": "FROM alpine:3\nCOPY a /a\n", "a/id_rsa": _KEY, "b/id_rsa": _KEY})
    assert _rows(propose(str(tmp_path), Request())) == [
        ("a/id_rsa", Reach.IMAGE, "COPY (Dockerfile:2)", False),
        ("b/id_rsa", Reach.CONTEXT, None, True),
    ]


def test_several_builds_count_each_secret_once(tmp_path: Path) -> None:
    _write(tmp_path, {"Dockerfile": "FROM alpine:3\nCOPY src /src\n", "src/a": "a", ".env": _SECRET})
    assert _rows(propose(str(tmp_path), Request())) == [(".env", Reach.CONTEXT, None, True)]
    _write(tmp_path, {"b.Dockerfile": _ALL})
    request = Request((str(tmp_path / "Dockerfile"), str(tmp_path / "b.Dockerfile")))
    for level, excluded in ((Level.PROVEN, False), (Level.LIKELY, True)):
        (row,) = _rows(propose(str(tmp_path), request, level=level))
        assert row == (".env", Reach.IMAGE, "COPY (b.Dockerfile:2)", excluded)
    assert _reported(tmp_path, "b.Dockerfile") == 1
