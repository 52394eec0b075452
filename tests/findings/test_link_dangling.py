from pathlib import Path

import pytest

from ctxopt.findings.rules.link_dangling import RULE
from tests.findings.support import built

_HEAD = "# syntax=docker/dockerfile:1\nFROM scratch\n"


_COPIES = ("COPY s* /", "COPY s*/lib /", "COPY --exclude=x src /", "COPY --parents src /", "ADD * /")


@pytest.mark.parametrize("copy", _COPIES)
def test_links_in_directories_that_wildcards_match(tmp_path: Path, copy: str) -> None:
    (tmp_path / "src/lib").mkdir(parents=True)
    (tmp_path / "src/lib/current").symlink_to("../../build")
    (finding,) = built(tmp_path, RULE, f"{_HEAD}{copy}\n", {"build": "x", "src/a": "x", ".dockerignore": "build\n"})
    assert finding.line == 3
    assert finding.message == "Docker before version 29 fails on links whose targets are not sent: src/lib/current"


def test_a_circle_of_links_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "src/lib").mkdir(parents=True)
    (tmp_path / "src/lib/round").symlink_to("round")
    (finding,) = built(tmp_path, RULE, f"{_HEAD}COPY s* /\n")
    assert finding.message.endswith(": src/lib/round")


@pytest.mark.parametrize(("copy", "ignore"), [("COPY src /", "build\n"), ("COPY * /", ""), ("COPY s* build /", "")])
def test_no_version_fails(tmp_path: Path, copy: str, ignore: str) -> None:
    (tmp_path / "src/lib").mkdir(parents=True)
    (tmp_path / "src/lib/current").symlink_to("../../build")
    assert built(tmp_path, RULE, f"{_HEAD}{copy}\n", {"build": "x", ".dockerignore": ignore}) == []
