from pathlib import Path

import pytest

from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.apt_lists import RULE
from tests.findings.support import built, costs


def found(root: Path, *lines: str) -> list[Finding]:
    return costs(root, RULE, "FROM debian AS base\nWORKDIR /srv\n" + "\n".join(lines) + "\n", {})


def test_what_is_kept(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "RUN apt-get update \\\n && apt-get install -y curl")
    assert (finding.line, finding.end_line, finding.severity) == (3, 4, Severity.WARNING)
    assert finding.message == "apt-get update leaves its package lists in this layer, usually tens of megabytes"
    assert finding.fix == "append && rm -rf /var/lib/apt/lists/*"
    assert finding.totals is None


@pytest.mark.parametrize(
    "run",
    [
        "apt update && apt install -y x",
        "apt-get -qq update",
        "sudo apt-get update",
        "rm -rf /var/lib/apt/lists/* && apt-get update",
        "<<X\napt-get update\nX",
        "if true; then apt-get update; fi",
    ],
)
def test_other_ways(tmp_path: Path, run: str) -> None:
    assert [finding.line for finding in found(tmp_path, f"RUN {run}")] == [3]


@pytest.mark.parametrize(
    "lines",
    [
        ["RUN apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/*"],
        ["RUN apt-get update && rm -r /var/lib/apt/"],
        ["RUN apt-get update && rm -rf /var/lib/{apt,dpkg}"],
        ["RUN apt-get update && cd /var/lib/apt/lists && rm -rf *"],
        ["RUN apt-get update && find /var/lib/apt/lists -delete"],
        ["RUN apt-get update && apt-get distclean"],
        ["RUN apt-get update; /usr/local/bin/cleanup.sh"],
        ["RUN apt-get install -y x"],
        ["RUN echo apt-get update"],
        ["RUN --mount=type=cache,target=/var/lib/apt,sharing=locked apt-get update"],
        ["RUN apt-get update", "FROM alpine", "COPY --from=base /x /x"],
        ['SHELL ["pwsh"]', "RUN apt-get update"],
    ],
)
def test_what_is_not_kept(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


@pytest.mark.parametrize(
    ("later", "certain"),
    [
        (["COPY i.sh /", "RUN /i.sh"], False),
        (["COPY i.sh /", "RUN bash /i.sh --fast"], False),
        (["COPY x.sh /", "RUN . /x.sh"], True),
        (["COPY x.sh /y.sh", "RUN sh /y.sh"], False),
        (["RUN ./not-there.sh"], False),
        (["RUN /usr/bin/env true && /bin/true"], True),
        (["FROM base", "RUN ./not-there.sh"], False),
        (["FROM debian", "RUN ./not-there.sh"], True),
    ],
)
def test_a_script_that_may_install_from_them(tmp_path: Path, later: list[str], certain: bool) -> None:
    text = "\n".join(["FROM debian AS base", "RUN apt-get update && apt-get install -y x", *later]) + "\n"
    if later[0].startswith("FROM"):
        text += "COPY --from=base /x /x\n"
    files = {"i.sh": "apt-get install -y y\n", "x.sh": "echo y\n"}
    (tmp_path / "i.sh").write_text(files["i.sh"], encoding="utf-8")
    (tmp_path / "x.sh").write_text(files["x.sh"], encoding="utf-8")
    for finding in costs(tmp_path, RULE, text, {}):
        assert bool(finding.edits) == certain
        assert finding.fix.endswith("needs its own update") != certain


def test_a_later_run_that_removes_them(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "RUN apt-get update && apt-get install -y x", "RUN rm -rf /var/lib/apt/lists/*")
    assert finding.message.endswith("tens of megabytes; the RUN in line 4 only hides them")


def test_in_a_here_document(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "RUN <<X", "set -e", "apt-get update", "apt-get install -y x", "X")
    assert (finding.fix, len(finding.edits)) == ("append the line rm -rf /var/lib/apt/lists/*", 1)
    # The RUN would end with 0 even where the install fails.
    (finding,) = found(tmp_path, "RUN <<X", "apt-get update", "apt-get install -y x", "X")
    assert (finding.fix, finding.edits) == (
        "begin the here-document with set -e, and append the line rm -rf /var/lib/apt/lists/*",
        (),
    )


def test_a_run_in_between_stays_where_it_is(tmp_path: Path) -> None:
    lines = ["RUN apt-get update && apt-get install -y curl", "RUN curl x | sh", "RUN apt-get install -y nodejs"]
    (finding,) = found(tmp_path, *lines)
    removal = "append && rm -rf /var/lib/apt/lists/*"
    assert (
        finding.fix
        == f"{removal}, and write apt-get update && in front of the install in line 5, with the same removal behind it"
    )
    (finding,) = found(tmp_path, lines[0], lines[2])
    assert finding.fix == f"merge it with the install in line 4, and {removal}"


@pytest.mark.parametrize(
    ("later", "found_too"),
    [
        ("RUN apt remove -y dav1d && apt autoremove -y", False),
        ("RUN apt-get purge --auto-remove -y curl dav1d", False),
        ("RUN apt-get purge --auto-remove -y curl", True),
        ("RUN apt-get remove -y 'lib*'", True),
        ("RUN apt-get purge -y $BUILD", True),
        ("RUN apt-get autoremove -y", True),
        ("RUN apt-get update && apt-get remove -y dav1d", True),
        ("FROM base\nRUN apt-get remove -y dav1d", False),
    ],
)
def test_a_package_that_is_looked_up_in_them_later(tmp_path: Path, later: str, found_too: bool) -> None:
    findings = found(tmp_path, "RUN apt-get update && apt-get install -y curl", later)
    assert (3 in [finding.line for finding in findings]) == found_too


def test_a_package_of_the_base_image_is_not_looked_up(tmp_path: Path) -> None:
    lines = "RUN apt-get update && apt-get install -y x\nRUN apt-get purge -y git\n"
    assert len(costs(tmp_path, RULE, f"FROM node:22\n{lines}", {})) == 1
    assert costs(tmp_path, RULE, f"FROM node:22-slim\n{lines}", {}) == []


def test_dependencies_that_another_tool_installs_from_them(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "RUN apt-get update && apt-get install -y x", "RUN rosdep install -y --from-paths src")
    assert finding.fix.startswith("merge it with the install in line 4")


def test_behind_a_semicolon(tmp_path: Path) -> None:
    """What is joined with && would be an error of the shell, and without it hide that the install failed."""
    (finding,) = found(tmp_path, "RUN apt-get update && apt-get install -y \\\n  curl;")
    assert finding.fix == "write && rm -rf /var/lib/apt/lists/* in place of the ; at the end"
    assert finding.edits == ()


def test_lists_that_a_later_run_renews_after_its_install(tmp_path: Path) -> None:
    lines = ["RUN apt-get update && apt-get install -y a", "RUN apt-get install -y b && apt-get update"]
    first, second = found(tmp_path, *lines, "RUN apt-get install -y c")
    assert first.fix.startswith("merge it with the install in line 4,")
    assert second.fix.startswith("merge it with the install in line 5,")


@pytest.mark.parametrize(
    ("run", "count"),
    [
        ("apt-get update & apt-get install -y curl", 0),
        ("apt-get update && apt-get install -y curl", 1),
        ("apt-get update >/dev/null 2>&1 && apt-get install -y curl", 1),
    ],
)
def test_an_update_in_the_background(tmp_path: Path, run: str, count: int) -> None:
    assert len(found(tmp_path, f"RUN {run}")) == count


@pytest.mark.parametrize(
    ("setup", "removes"),
    [
        ('. "${HERE}/common.sh"\n', False),
        ("source ./common.sh\n", False),
        ("bash lib/common.sh\n", False),
        ("bash lib/not-there.sh\n", False),
        ("curl -fsSL https://example.com/install.sh | sh\n", False),
        (". ./plain.sh\n", True),
        (". /etc/os-release\n", True),
        ("# see common.sh\necho y\n", True),
        ("./setup.sh again\n", True),
    ],
)
def test_a_script_that_runs_another_one_which_installs(tmp_path: Path, setup: str, removes: bool) -> None:
    files = {"setup.sh": setup, "lib/common.sh": "apt-get install -y y\n", "lib/plain.sh": "echo y\n"}
    text = "FROM debian\nCOPY . /srv\nRUN apt-get update\nRUN /srv/setup.sh\n"
    (finding,) = built(tmp_path, RULE, text, files)
    assert finding.fix.startswith("remove the apt-get update") is removes
    if not removes:
        assert finding.fix.startswith("write apt-get update && in the RUN whose script installs")


_WHERE = "if [ -f /var/lib/rpm/Packages.bz2 ]; then apt-get update; fi; apt-get install -y"


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ([f"RUN {_WHERE} a", f"RUN {_WHERE} b"], 0),
        ([f"RUN {_WHERE} a"], 1),
        (["RUN apt-get update && apt-get install -y a", "RUN apt-get update && apt-get install -y b"], 2),
    ],
)
def test_updates_under_a_condition(tmp_path: Path, lines: list[str], count: int) -> None:
    assert len(found(tmp_path, *lines)) == count
