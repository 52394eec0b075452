from pathlib import Path

import pytest

from ctxopt.core.context.tree import Totals
from ctxopt.findings.model import Confidence, Severity
from ctxopt.findings.rules.web_root import RULE
from tests.findings.support import built

_SITE = {
    "index.html": "<html>",
    ".git/HEAD": "x" * 10,
    ".git/objects/a": "x" * 90,
    ".env": "DB_PASSWORD=hunter22\n",
    "backup/dump.sql": "x" * 50,
    "README.md": "x",
}
_COPY = "FROM nginx:1.27\nCOPY . /usr/share/nginx/html\n"


def test_everything_is_served(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, _COPY, _SITE, ignore="")
    assert (finding.file, finding.line, finding.end_line) == ("Dockerfile", 2, 2)
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.HIGH)
    assert finding.message == (
        "COPY puts the whole context into /usr/share/nginx/html, where it is served: .env and 4 more "
        "that should not be public"
    )
    assert finding.evidence == (
        ".env: 21 B in 1 file",
        ".git/: 100 B in 2 files",
        "backup/dump.sql: 50 B in 1 file",
        ".dockerignore: 0 B in 1 file",
        f"Dockerfile: {len(_COPY)} B in 1 file",
    )
    assert finding.totals == Totals(6, 21 + 100 + 50 + len(_COPY))
    assert finding.fix == (
        "add .env .git backup/dump.sql .dockerignore Dockerfile to .dockerignore, or copy the pages by name"
    )


def test_only_the_dockerfile_is_a_note(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, _COPY, {"public/index.html": ""})
    assert finding.severity is Severity.NOTE
    assert finding.fix == "copy only the pages: COPY public/ /usr/share/nginx/html/"


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM nginxinc/nginx-unprivileged:1.27\nWORKDIR /usr/share/nginx/html\nCOPY . .\n",
        "FROM httpd:2.4\nCOPY . htdocs/\n",
        "FROM httpd:2.4-alpine\nCOPY ./ /usr/local/apache2/htdocs/site/\n",
        "FROM php:8.3-apache\nCOPY . .\n",
        "FROM php:8.3-apache-bookworm\nADD . /var/www/html/\n",
        "FROM caddy:2\nCOPY . /usr/share/caddy\n",
        "FROM nginx:1.27 AS base\nFROM base\nCOPY * /usr/share/nginx/html/\n",
    ],
)
def test_web_roots(tmp_path: Path, dockerfile: str) -> None:
    (finding,) = built(tmp_path, RULE, dockerfile, _SITE)
    assert finding.severity is Severity.WARNING
    assert finding.confidence is Confidence.HIGH


def test_it_is_followed_through_stages(tmp_path: Path) -> None:
    text = "FROM node:22 AS a\nWORKDIR /app\nCOPY . .\nFROM nginx:1.27\nCOPY --from=a /app /usr/share/nginx/html\n"
    (finding,) = built(tmp_path, RULE, text, _SITE)
    assert (finding.line, finding.confidence) == (5, Confidence.MEDIUM)
    assert finding.evidence[-1] == "COPY in line 3 copies them into stage a"
    assert finding.fix == ("copy only what is served, such as COPY --from=a /app/dist/ /usr/share/nginx/html/")


def test_with_a_configuration_of_its_own_it_is_less_sure(tmp_path: Path) -> None:
    text = _COPY + "COPY nginx.conf /etc/nginx/conf.d/default.conf\n"
    (finding,) = built(tmp_path, RULE, text, {**_SITE, "nginx.conf": ""})
    assert finding.confidence is Confidence.MEDIUM


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM nginx:1.27\nCOPY backup /usr/share/nginx/html\n",
        "FROM nginx:1.27\nCOPY . /src\n",
        "FROM php:8.3-fpm\nCOPY . /var/www/html\n",
        "FROM php:8.3-apache\nENV APACHE_DOCUMENT_ROOT=/var/www/html/public\nCOPY . /var/www/html\n",
        "FROM php:8.3-apache\nCOPY . .\nCOPY backup/dump.sql /etc/apache2/sites-available/000-default.conf\n",
        "FROM alpine:3\nCOPY . /usr/share/nginx/html\n",
        "FROM node:22 AS a\nWORKDIR /app\nCOPY . .\nFROM nginx:1.27\nCOPY --from=a /app/dist /usr/share/nginx/html\n",
    ],
)
def test_nothing_is_served_that_should_not(tmp_path: Path, dockerfile: str) -> None:
    assert built(tmp_path, RULE, dockerfile, _SITE) == []


def test_only_pages_are_served(tmp_path: Path) -> None:
    ignore = "Dockerfile\n.dockerignore\n"
    assert built(tmp_path, RULE, _COPY, {"index.html": "", "docs/README.md": ""}, ignore=ignore) == []


_PHP = {"index.php": "<?php", "composer.json": "{}", "composer.lock": "{}", ".github/x.yml": "x", "Makefile": "all:\n"}


def test_what_a_command_reads_is_not_to_be_excluded(tmp_path: Path) -> None:
    text = "FROM php:8.3-apache\nCOPY . /var/www/html/\nRUN php composer.phar install --no-dev\n"
    (finding,) = built(tmp_path, RULE, text, _PHP)
    assert finding.fix == (
        "add .github Dockerfile Makefile to .dockerignore; copy the pages by name, or remove composer.json "
        "composer.lock in the RUN that reads them"
    )


def test_what_no_command_reads_is(tmp_path: Path) -> None:
    text = "FROM php:8.3-apache\nCOPY . /var/www/html/\nRUN a2enmod rewrite\n"
    (finding,) = built(tmp_path, RULE, text, _PHP)
    assert finding.fix == (
        "add .github Dockerfile Makefile composer.json composer.lock to .dockerignore, or copy the pages by name"
    )
