"""What people reported: the largest entries that stay are explained, and what is ignored already gets no line."""

import json
from pathlib import Path

from ctxopt.builds.discovery import Request
from ctxopt.proposal.model import Level
from ctxopt.proposal.propose import propose
from tests.support.cli import run
from tests.support.files import write
from tests.support.programs import git

_GO = "FROM golang AS b\nWORKDIR /s\nCOPY . .\nRUN go build -o /api ./cmd/api\nFROM alpine\nCOPY --from=b /api /api\n"
_WEB = "FROM node:20-alpine\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\n"


def test_where_the_bytes_are(tmp_path: Path) -> None:
    package = {"scripts": {"build": "next build"}, "dependencies": {"next": "15"}}
    write(
        tmp_path,
        {
            "deployments/Dockerfile": _GO,
            "web/Dockerfile": _WEB,
            "web/package.json": json.dumps(package),
            "web/.next/b.js": 906_240,
            "web/node_modules/x/a.js": 605_184,
            "web/src/p.tsx": 100,
            "go.mod": "module x\n",
            "cmd/api/main.go": "package main\n",
        },
    )
    shown = run("analyze", str(tmp_path), "-f", str(tmp_path / "deployments/Dockerfile")).stdout
    assert "web/.next" in shown
    assert "web/node_modules" in shown
    (file,) = propose(str(tmp_path / "web"), Request(), level=Level.LIKELY).files
    lines = file.new.decode().splitlines()
    assert "**/node_modules" in lines
    assert "**/.next" in lines or ".next" in lines


def test_what_keeps_the_largest_entries(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM x\nWORKDIR /a\nCOPY . .\nRUN sh version.sh\n", "version.sh": "git describe\n"})
    git(tmp_path, "init", "-q")
    write(tmp_path, {".git/objects/pack/x.pack": 400_000})
    (first, *_) = propose(str(tmp_path), Request(), level=Level.LIKELY).largest_kept
    assert first.path == ".git"
    assert "git describe in version.sh, run by RUN sh version.sh (Dockerfile:4) needs it" in first.why


def test_what_is_ignored_already(tmp_path: Path) -> None:
    dockerfile = "FROM scratch\nCOPY src /\n"
    write(
        tmp_path,
        {".dockerignore": "ops/\n.git\n", "ops/a.Dockerfile": dockerfile, "ops/b.Dockerfile": dockerfile, "src/x": ""},
    )
    git(tmp_path, "init", "-q")
    for level in Level:
        assert not any(file.changes for file in propose(str(tmp_path), Request(), level=level).files)
    assert run("generate", str(tmp_path), "--check").returncode == 0
