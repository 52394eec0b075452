"""Which changes to a Dockerfile change the digest, and what is named as the first change."""

from pathlib import Path

import pytest

from ctxopt.digest.model import Change, Status
from ctxopt.git.states import DiskState
from tests.digest.support import compared, digest
from tests.support.files import write
from tests.support.programs import git
from tests.support.repositories import commit

_FILES = {"a": "a", "b": "b", "one/x": "x", "two/x": "x", ".dockerignore": ".git\n"}


def _digest(root: Path, dockerfile: str) -> str | None:
    write(root, {**_FILES, "Dockerfile": dockerfile})
    return digest(DiskState(str(root)), root)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FROM scratch\nCOPY a /\n", "# comment\nFROM scratch\n\n\nCOPY a /\n"),
        ("FROM scratch\nCOPY a /\n", "FROM scratch AS name\ncopy  a   /\n"),
        ("FROM scratch\nCOPY a /\n", "FROM node AS unused\nRUN x\nFROM scratch\nCOPY a /\n"),
        ("FROM node:latest\nCOPY a /\n", "FROM docker.io/library/node\nCOPY a /\n"),
        ("FROM scratch\nCOPY one/x /\n", "FROM scratch\nCOPY two/x /\n"),
        ("FROM scratch\nCOPY a /d/\n", "FROM scratch\nARG D=d\nCOPY a /$D/\n"),
        ("FROM node\nWORKDIR /app\nCOPY a ./\n", "FROM node\nWORKDIR /app\nCOPY a /app/\n"),
        ("FROM node\nENV A=1 B=2\nRUN x\n", "FROM node\nENV B=2\nENV A=1\nRUN x\n"),
        (
            "FROM node AS x\nCMD y\nFROM scratch\nCOPY --from=x /a /\n",
            "FROM node AS y\nFROM scratch\nCOPY --from=0 /a /\n",
        ),
        ("FROM node\nLABEL a=1 b=2\n", "FROM node\nLABEL b=2\nLABEL a=1\n"),
        ("FROM node\nCMD x\nCMD y\n", "FROM node\nCMD y\n"),
        ("FROM node\nCOPY <<E /x\na\nE\n", "FROM node\nCOPY <<END /x\na\nEND\n".replace("END", "E")),
        ("FROM node\nRUN --mount=type=cache,target=/x y\n", "FROM node\nRUN --mount=target=/x,type=cache y\n"),
    ],
)
def test_what_does_not_change_a_digest(tmp_path: Path, before: str, after: str) -> None:
    assert _digest(tmp_path, before) == _digest(tmp_path, after) is not None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FROM scratch\nCOPY a /\n", "FROM scratch\nCOPY b /\n"),
        ("FROM scratch\nCOPY a /\n", "FROM scratch\nCOPY a /x\n"),
        ("FROM scratch\nCOPY a /x\n", "FROM scratch\nCOPY a /x/\n"),
        ("FROM scratch\nCOPY a /\n", "FROM scratch\nADD a /\n"),
        ("FROM scratch\nCOPY a /\n", "FROM scratch\nCOPY --chown=1 a /\n"),
        ("FROM scratch\nCOPY --chmod=600 a /\n", "FROM scratch\nCOPY --chmod=644 a /\n"),
        ("FROM scratch\nCOPY . /\n", "FROM scratch\nCOPY --exclude=a . /\n"),
        ("FROM scratch\nCOPY one/x /\n", "FROM scratch\nCOPY --parents one/x /\n"),
        ("FROM node:20\nCOPY a /\n", "FROM node:22\nCOPY a /\n"),
        ("FROM node\nCOPY a /\n", "FROM --platform=linux/arm64 node\nCOPY a /\n"),
        ("FROM node\nRUN x\n", "FROM node\nRUN x \n".replace("x ", "x  y")),
        ("FROM node\nRUN x y\n", 'FROM node\nRUN ["x", "y"]\n'),
        ("FROM node\nRUN x\n", "FROM node\nARG A=1\nRUN x\n"),
        ("FROM node\nARG A=1\nRUN x\n", "FROM node\nARG A=2\nRUN x\n"),
        ("FROM node\nENV A=1\nRUN x\n", "FROM node\nENV A=2\nRUN x\n"),
        ("FROM node\nUSER a\nRUN x\n", "FROM node\nUSER b\nRUN x\n"),
        ('FROM node AS x\nSHELL ["a"]\nRUN y\nFROM x\n', 'FROM node AS x\nSHELL ["b"]\nRUN y\nFROM x\n'),
        ("FROM node\nWORKDIR /a\nRUN x\n", "FROM node\nWORKDIR /b\nRUN x\n"),
        ("FROM node\nRUN --network=none x\n", "FROM node\nRUN x\n"),
        (
            "FROM node\nRUN --mount=type=bind,source=one,target=/m x\n",
            "FROM node\nRUN --mount=type=bind,source=.,target=/m x\n",
        ),
        (
            "FROM node AS a\nRUN a\nFROM node AS b\nRUN b\nFROM node\n"
            "RUN --mount=from=a,target=/x --mount=from=b,target=/y z\n",
            "FROM node AS a\nRUN a\nFROM node AS b\nRUN b\nFROM node\n"
            "RUN --mount=from=a,target=/y --mount=from=b,target=/x z\n",
        ),
        ("FROM node\nCOPY <<E /x\na\nE\n", "FROM node\nCOPY <<E /x\nb\nE\n"),
        ("FROM node\nCOPY <<E /x\n\ta\nE\n", "FROM node\nCOPY <<-E /x\n\ta\nE\n"),
        ("FROM node\nARG V=1\nCOPY <<E /x\n$V\nE\n", "FROM node\nARG V=2\nCOPY <<E /x\n$V\nE\n"),
        ("FROM node\nADD https://x/a /\n", "FROM node\nADD https://x/b /\n"),
        ("FROM node\nCOPY --from=node:1 /a /\n", "FROM node\nCOPY --from=node:2 /a /\n"),
        ("FROM node\nCMD a\n", "FROM node\nCMD b\n"),
        ("FROM node\nENTRYPOINT a\n", "FROM node\nENTRYPOINT b\n"),
        ("FROM node\nHEALTHCHECK CMD a\n", "FROM node\nHEALTHCHECK --interval=9s CMD a\n"),
        ("FROM node\nEXPOSE 1\n", "FROM node\nEXPOSE 2\n"),
        ("FROM node\nVOLUME /a\n", "FROM node\n"),
        ("FROM node\nLABEL a=1\n", "FROM node\nLABEL a=2\n"),
        ("FROM node\nONBUILD RUN a\n", "FROM node\nONBUILD RUN b\n"),
        ("FROM node\nSTOPSIGNAL 1\n", "FROM node\nSTOPSIGNAL 2\n"),
        ("FROM node AS a\nENV A=1\nFROM a\nRUN x\n", "FROM node AS a\nENV A=2\nFROM a\nRUN x\n"),
        (
            "FROM node AS x\nRUN a\nFROM scratch\nCOPY --from=x /a /\n",
            "FROM node AS x\nRUN b\nFROM scratch\nCOPY --from=x /a /\n",
        ),
        ("FROM scratch\nCOPY a /\nCOPY b /\n", "FROM scratch\nCOPY b /\nCOPY a /\n"),
    ],
)
def test_what_changes_a_digest(tmp_path: Path, before: str, after: str) -> None:
    digests = _digest(tmp_path, before), _digest(tmp_path, after)
    assert None not in digests
    assert digests[0] != digests[1]


def _change(root: Path, before: str, after: str) -> Change | None:
    write(root, {**_FILES, "Dockerfile": before})
    git(root, "init", "-q")
    commit(root)
    write(root, {"Dockerfile": after})
    found = compared(root, "HEAD")
    assert found.status is Status.AFFECTED
    return found.change


@pytest.mark.parametrize(
    ("before", "after", "line", "reason"),
    [
        ("FROM node\nARG A=1\nCOPY a /\nRUN x\n", "FROM node\nARG A=2\nCOPY a /\nRUN x\n", 4, "ARG in line 2 changed"),
        ("FROM node\nRUN x\n", "FROM node\nRUN y\n", 2, "the instruction changed"),
        ("FROM node\nENV A=1\nRUN x\n", "FROM node\nRUN x\n", 2, "ENV in line 2 is gone"),
        ("FROM node\nADD a /\nRUN x\n", "FROM node\nRUN x\n", 2, "ADD in line 2 is gone"),
        ("FROM node\nRUN x\nADD a /\n", "FROM node\nRUN y\nCOPY a /\n", 2, "the instruction changed"),
        ("FROM node\nRUN x\nENV A=1\nRUN y\n", "FROM node\nRUN z\nRUN y\n", 2, "the instruction changed"),
        ("FROM node:1\nRUN x\n", "FROM node:2\nRUN x\n", 2, "FROM in line 1 changed"),
        ("FROM node\nRUN x\nRUN y\n", "FROM node\nRUN y\n", 2, "what it is built on changed"),
        ("FROM node\nRUN x\nCMD a\n", "FROM node\nRUN x\nCMD b\n", 3, "only the configuration of the image changes"),
        ("FROM node:1\nCMD a\n", "FROM node:2\nCMD a\n", 1, "the base image changed"),
        ("FROM node\nRUN x\nRUN y\n", "FROM node\nRUN x\n", None, "steps at its end are gone"),
        (
            "FROM node\nLABEL a=1\n",
            "FROM node\n",
            None,
            "LABEL in line 2 is gone: the configuration of the image changes",
        ),
    ],
)
def test_what_is_named_as_the_first_change(
    tmp_path: Path, before: str, after: str, line: int | None, reason: str
) -> None:
    change = _change(tmp_path, before, after)
    assert change is not None
    assert (change.first and change.first.line, change.reason, change.files) == (line, reason, ())
