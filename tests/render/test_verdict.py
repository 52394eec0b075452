"""The lines on top of a report: what is said about secrets."""

from pathlib import Path

from ctxopt.checks.suppress import report_without_suppressed
from ctxopt.findings.settings import DEFAULT
from ctxopt.render.verdict import verdict
from tests.support.contexts import context
from tests.support.files import write

_ENV = "API_TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345\n"


def _lines(root: Path, dockerfile: str, *names: str, quiet: bool = False) -> list[str]:
    build = context(root, {}, dockerfile)
    write(root, dict.fromkeys(names, _ENV))
    return [line.plain for line in verdict(report_without_suppressed(build, DEFAULT), quiet=quiet)][1:]


def test_secrets_are_named_below_the_verdict_the_farthest_first(tmp_path: Path) -> None:
    dockerfile = "FROM scratch AS one\nCOPY b /b/\nFROM scratch\nCOPY a /a/\nCOPY --from=one /x /x\n"
    for quiet in (False, True):
        assert _lines(tmp_path, dockerfile, "b/.env", "a/.env", "a/x/.env", quiet=quiet) == [
            "2 secrets get into the final image: a/.env, a/x/.env; 1 secret gets into a build stage: b/.env"
        ]


def test_at_most_three_are_named(tmp_path: Path) -> None:
    names = [f"{name}/.env" for name in "abcde"]
    assert _lines(tmp_path, "FROM scratch\nCOPY . .\n", *names) == [
        "5 secrets get into the final image: a/.env, b/.env, c/.env and 2 more"
    ]


def test_suppressed_secrets_are_not_named(tmp_path: Path) -> None:
    dockerfile = "FROM scratch\n# ctxopt ignore=CTX101 for tests only\nCOPY . .\n"
    assert _lines(tmp_path, dockerfile, ".env", "a/.env") == []
