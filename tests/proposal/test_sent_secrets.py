"""Warnings of files with secrets that are sent because something may read them."""

from pathlib import Path

from ctxopt.builds.discovery import Request
from ctxopt.proposal.model import Level
from ctxopt.proposal.propose import propose
from tests.proposal.support import FROM
from tests.support.files import write

_USES = "RUN php artisan config:cache\n"


def _sent(root: Path) -> list[str]:
    return [one for one in propose(str(root), Request(), level=Level.LIKELY).warnings if " sent: " in one]


def test_files_that_the_same_command_may_read_are_one_warning(tmp_path: Path) -> None:
    files = {"package.json": 9, ".env": 9, "a/.env": 9, "b/.env": 9, "c/.env": 9}
    write(tmp_path, {"Dockerfile": FROM + "COPY . .\nRUN next build\n", **files})
    (warning,) = _sent(tmp_path)
    assert warning.startswith(".env, a/.env, b/.env and 1 more are sent: RUN next build (Dockerfile:3)")


def test_what_the_proposal_excludes_is_not_sent(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY artisan .\n" + _USES, "artisan": 9, ".env": 9})
    assert _sent(tmp_path) == []


def test_what_is_excluded_today_is_not_warned_of_again(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD node server.js\n",
            "server.js": 'require("fs").readFileSync(".env")\n',
            ".env": "DB_PASSWORD=hunter22\n",
        },
    )

    def warnings() -> list[str]:
        proposal = propose(str(tmp_path), Request(), level=Level.LIKELY)
        (file,) = proposal.files
        (tmp_path / ".dockerignore").write_bytes(file.new)
        return [one for one in proposal.warnings if one.startswith(".env can be excluded, but ")]

    assert len(warnings()) == 1
    assert warnings() == []


def test_files_for_one_reason_are_warned_of_once(tmp_path: Path) -> None:
    secret = "DB_PASSWORD=hunter22\n"
    files = {"Dockerfile": FROM + "WORKDIR /a\nCOPY . .\nCMD node a.js\n", "a.js": "1"}
    write(tmp_path, {**files, ".env": secret, ".env.local": secret, ".env.production": secret})
    warnings = propose(str(tmp_path), Request(), level=Level.LIKELY).warnings
    (warning,) = [one for one in warnings if ".env" in one]
    assert warning.startswith(".env, .env.local, .env.production can be excluded, but CMD node a.js (Dockerfile:4) ")
    assert "`--env-file`" in warning
