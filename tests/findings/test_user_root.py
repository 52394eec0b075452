from pathlib import Path

import pytest

from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.user_root import RULE
from tests.findings.support import built


def found(root: Path, dockerfile: str, **files: str) -> list[Finding]:
    return built(root, RULE, dockerfile, files)


@pytest.mark.parametrize(
    ("dockerfile", "line", "use"),
    [
        ('FROM node:24\nCOPY . /app\nCMD ["node", "/app/a.js"]\n', 3, "add USER node before the CMD"),
        ("FROM python:3.13 AS base\nFROM base\nENTRYPOINT python a.py\n", 3, "add a user in a RUN"),
        ('FROM golang AS b\nFROM scratch\nCOPY --from=b /a /a\nENTRYPOINT ["/a"]\n', 4, "add USER 10001"),
        ("FROM debian:trixie\nUSER app\nRUN a\nUSER root\nRUN b\nCMD ./server\n", 4, "before the CMD"),
    ],
)
def test_programs_that_run_as_root(tmp_path: Path, dockerfile: str, line: int, use: str) -> None:
    (finding,) = found(tmp_path, dockerfile)
    assert (finding.line, finding.severity) == (line, Severity.NOTE)
    assert use in finding.fix


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM node:24\nUSER node\nCMD node a.js\n",
        "FROM node:24\nUSER 1000:1000\nCMD node a.js\n",
        "FROM node:24\nARG U=app\nUSER $U\nCMD node a.js\n",
        "FROM ghcr.io/acme/base:1\nCMD node a.js\n",
        "FROM gcr.io/distroless/static-debian12:nonroot\nCMD a\n",
        "FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled\nCMD a\n",
        "FROM nginx:1.30\nCOPY . /usr/share/nginx/html\n",
        "FROM debian:trixie\nRUN apt-get install -y nginx\nCMD nginx -g 'daemon off;'\n",
        'FROM php:8.4-apache\nCMD ["apache2-foreground"]\n',
        "FROM debian:trixie\nCMD bash\n",
        "FROM debian:trixie\nRUN make\n",
        "FROM debian:trixie\nCMD exec gosu app ./server\n",
        "FROM debian:trixie\nUSER app\n# it binds raw sockets\nUSER root\nCMD ./server\n",
        "FROM debian:trixie\nCMD /usr/sbin/sshd -D\n",
        "FROM node:24 AS build\nCMD node a.js\nFROM nginx\n",
    ],
)
def test_near_misses(tmp_path: Path, dockerfile: str) -> None:
    assert found(tmp_path, dockerfile) == []


def test_a_script_that_changes_the_user(tmp_path: Path) -> None:
    dockerfile = 'FROM debian:trixie\nCOPY entrypoint.sh /\nENTRYPOINT ["/entrypoint.sh"]\nCMD ["server"]\n'
    assert found(tmp_path, dockerfile, **{"entrypoint.sh": '#!/bin/sh\nexec gosu app "$@"\n'}) == []
    assert len(found(tmp_path, dockerfile, **{"entrypoint.sh": '#!/bin/sh\nexec "$@"\n'})) == 1


@pytest.mark.parametrize("command", ['["/bin/bash"]', '["/usr/bin/tail", "-f", "/dev/null"]', "sleep infinity"])
def test_an_image_that_starts_a_shell(tmp_path: Path, command: str) -> None:
    assert found(tmp_path, f"FROM debian:trixie\nCMD {command}\n") == []
