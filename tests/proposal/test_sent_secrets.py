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
    files = {"artisan": 9, ".env": 9, "a/.env": 9, "b/.env": 9, "c/.env": 9}
    write(tmp_path, {"Dockerfile": FROM + "COPY . .\n" + _USES, **files})
    (warning,) = _sent(tmp_path)
    assert warning.startswith(".env, a/.env, b/.env and 1 more are sent: RUN php artisan config:cache (Dockerfile:3)")


def test_what_the_proposal_excludes_is_not_sent(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY artisan .\n" + _USES, "artisan": 9, ".env": 9})
    assert _sent(tmp_path) == []
