"""An update of apt's package lists that is cached without the install."""

from pathlib import Path

import pytest

from ctxopt.edits import applied
from ctxopt.findings.rules import apt_lists
from ctxopt.findings.rules.apt_update_alone import RULE
from tests.findings.support import built

_TWO = "FROM debian:12.9\nRUN apt-get update\nRUN apt-get install -y curl\n"


def test_the_textbook_example(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, _TWO)
    assert finding.line == 2
    assert finding.message == (
        "apt-get update is cached without the install in line 3, which then uses outdated package lists"
    )
    # The lists must stay until the two are one.
    assert built(tmp_path, apt_lists.RULE, _TWO) == []


@pytest.mark.parametrize(
    ("dockerfile", "expected"),
    [
        (_TWO, "FROM debian:12.9\nRUN apt-get update && apt-get install -y curl\n"),
        (
            "FROM debian:12.9\nRUN sudo apt update -qq\n# tools\nRUN DEBIAN_FRONTEND=noninteractive apt install -y \\\n"
            "    # first\n    curl \\\n    jq\n",
            "FROM debian:12.9\n# tools\nRUN sudo apt update -qq && DEBIAN_FRONTEND=noninteractive apt install -y \\\n"
            "    # first\n    curl \\\n    jq\n",
        ),
        (
            "FROM debian:12.9\nRUN apt-get update\nENV A=b\nCOPY x /app/\nRUN apt-get install -y a\n"
            "RUN apt-get install -y b\n",
            "FROM debian:12.9\nENV A=b\nCOPY x /app/\nRUN apt-get update && apt-get install -y a\n"
            "RUN apt-get update && apt-get install -y b\n",
        ),
        (
            "FROM debian:12.9\nRUN apt-get update\n"
            "RUN --mount=type=cache,target=/var/cache/apt \\\n  set -eux; apt-get install -y a\n",
            "FROM debian:12.9\n"
            "RUN --mount=type=cache,target=/var/cache/apt \\\n  apt-get update && set -eux; apt-get install -y a\n",
        ),
        (
            "FROM debian:12.9\nRUN apt-get update\nRUN <<EOF\nset -e\n  apt-get install -y a\nEOF\n",
            "FROM debian:12.9\nRUN <<EOF\nset -e\n  apt-get update\n  apt-get install -y a\nEOF\n",
        ),
    ],
)
def test_the_update_moves_to_each_install(tmp_path: Path, dockerfile: str, expected: str) -> None:
    (finding,) = built(tmp_path, RULE, dockerfile, {"x": ""})
    assert applied(dockerfile.encode(), finding.edits).decode() == expected
    assert built(tmp_path, RULE, expected, {"x": ""}) == []


@pytest.mark.parametrize(
    "lines",
    [
        # What apt reads may change in between.
        ["RUN apt-get update", "COPY x /etc/apt/sources.list.d/", "RUN apt-get install -y a"],
        ["RUN apt-get update", "RUN curl -fsSL https://example.com/setup | bash -", "RUN apt-get install -y a"],
        ["RUN apt-get update", "USER app", "RUN apt-get install -y a"],
        # More than the update.
        ["RUN dpkg --add-architecture i386 && apt-get update", "RUN apt-get install -y a"],
        ["RUN apt-get update \\", "  -y", "RUN apt-get install -y a"],
        ["RUN --network=host apt-get update", "RUN apt-get install -y a"],
        ["RUN apt-get update", 'RUN ["apt-get", "install", "-y", "a"]'],
        # Used in another stage.
        ["RUN apt-get update", "FROM base", "RUN apt-get install -y a"],
    ],
)
def test_no_edit_where_it_may_not_do_the_same(tmp_path: Path, lines: list[str]) -> None:
    dockerfile = "\n".join(["FROM debian:12.9 AS base", *lines, ""])
    (finding,) = built(tmp_path, RULE, dockerfile, {"x": ""})
    assert finding.edits == ()


@pytest.mark.parametrize(
    "lines",
    [
        ["RUN apt-get update && apt-get install -y a"],
        ["RUN apt-get update", "RUN apt-get update && apt-get install -y a", "RUN apt-get install -y b"],
        ["RUN apt-get update", "RUN echo done"],
        ["RUN apt-get update", "FROM debian:12.9", "RUN apt-get install -y a"],
        ["RUN apt-get install -y a"],
    ],
)
def test_near_misses(tmp_path: Path, lines: list[str]) -> None:
    assert built(tmp_path, RULE, "\n".join(["FROM debian:12.9", *lines, ""])) == []


def test_lists_that_a_later_run_installs_from_are_not_removed(tmp_path: Path) -> None:
    dockerfile = "FROM debian:12.9\nRUN apt-get update && apt-get install -y a\nRUN apt-get install -y b\n"
    (finding,) = built(tmp_path, apt_lists.RULE, dockerfile)
    assert finding.fix == "merge it with the install in line 3, and append && rm -rf /var/lib/apt/lists/*"
    assert finding.edits == ()


def test_an_update_that_nothing_installs_from_can_go(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, apt_lists.RULE, "FROM debian:12.9\nRUN apt-get update\n")
    assert finding.fix == "remove the apt-get update: no RUN here installs from its lists"
    assert finding.edits == ()


def test_the_lists_are_removed_by_whom_they_were_updated(tmp_path: Path) -> None:
    dockerfile = "FROM debian:12.9\nRUN sudo apt-get update && sudo apt-get install -y a\n"
    (finding,) = built(tmp_path, apt_lists.RULE, dockerfile)
    assert b"a && sudo rm -rf /var/lib/apt/lists/*\n" in applied(dockerfile.encode(), finding.edits)


@pytest.mark.parametrize(
    ("update", "own"),
    [
        ("apt-get update", "remove this RUN"),
        ("echo 'deb https://example.com/debian x main' >> /etc/apt/sources.list; apt-get update;", "take"),
        ("bzip2 -d /var/lib/rpm/*.bz2 && apt-get update", "take"),
    ],
)
def test_what_else_the_run_of_the_update_does_stays(tmp_path: Path, update: str, own: str) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM debian:12.9\nRUN {update}\nRUN apt-get install -y curl\n")
    expected = own if own != "take" else "take the apt-get update out of this RUN"
    assert finding.fix == f"write apt-get update && in front of the install in line 3, and {expected}"


@pytest.mark.parametrize(("options", "count"), [("-o Dpkg::Options::=--force-confold", 0), ("-t trixie-backports", 0)])
def test_an_install_behind_options_with_values(tmp_path: Path, options: str, count: int) -> None:
    text = f"FROM debian:12.9\nRUN apt-get update && apt-get {options} install -y a\nRUN apt-get install -y b\n"
    assert len(built(tmp_path, RULE, text)) == count
    text = f"FROM debian:12.9\nRUN apt-get update && apt-get {options} check\nRUN apt-get install -y b\n"
    assert len(built(tmp_path, RULE, text)) == 1
