from pathlib import Path

import pytest

from ctxopt.core.context.tree import Totals
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.moved_later import RULE
from tests.findings.support import costs

_FILES = {"dist/a.js": 150_000, "dist/b.css": 50_000, "conf/x.ini": 20_000, "rc/a.sh": 9_000, "rc/b.sh": 900}


def found(root: Path, *lines: str) -> list[Finding]:
    return costs(root, RULE, "FROM nginx AS base\nWORKDIR /srv\n" + "\n".join(lines) + "\n", _FILES)


def test_what_is_moved_is_there_twice(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY dist /tmp/dist", "RUN rm -rf /html \\\n && mv /tmp/dist /html")
    assert (finding.line, finding.end_line, finding.totals) == (4, 5, Totals(2, 200_000))
    assert finding.severity is Severity.WARNING
    assert finding.message == "mv writes dist/ again: the layer of the COPY in line 3 keeps it"
    assert finding.fix == "COPY it to /html below line 5, without the mv: rm removes it before"


@pytest.mark.parametrize(
    ("run", "count"),
    [
        # Where the RUN goes on, it may need the file; a COPY above it would be removed.
        ("rm -rf /etc/x/* && mv /tmp/x/x.ini /etc/x/ && server --check", 0),
        ("cd /etc/x && rm -rf * && mv /tmp/x/x.ini /etc/x/ && make", 0),
        ("rm -rf /etc/x/* && mv /tmp/x/x.ini /etc/x/ && chmod 600 /etc/x/x.ini && echo", 1),
        ("rm -rf /etc/y/* && mv /tmp/x/x.ini /etc/x/ && server --check", 1),
    ],
)
def test_a_place_that_is_cleared_before(tmp_path: Path, run: str, count: int) -> None:
    findings = found(tmp_path, "COPY conf /tmp/x", f"RUN {run}")
    assert len(findings) == count
    assert all(("below line 4" in one.fix) is ("/etc/x/*" in run) for one in findings)


def test_some_of_it(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN mv dist/*.css conf/* /etc/x/")
    assert (finding.totals, finding.severity) == (Totals(2, 70_000), Severity.NOTE)
    assert "dist/b.css and conf/x.ini again" in finding.message


@pytest.mark.parametrize(
    "lines",
    [
        ["COPY dist /tmp/dist", "RUN mv /tmp/other /html"],
        ["COPY dist /tmp/dist", "RUN cp -r /tmp/dist /html"],
        ["RUN --mount=type=bind,source=dist,target=/tmp/dist mv /tmp/dist/a.js /html"],
        ["COPY dist /tmp/dist", "RUN mv /tmp/dist /html", "FROM scratch", "COPY --from=base /html /html"],
        ["RUN mv dist x", "COPY . ."],
        ["COPY rc /tmp/", "RUN mv /tmp/a.sh /etc/rc && mv /tmp/b.sh /etc/init"],
        ["COPY dist/a.js /tmp/", "RUN mv /tmp/a.js /html/a.js && sed -i s/a/b/ /html/a.js"],
        ["COPY dist/a.js /tmp/", "RUN sed -i s/a/b/ /tmp/a.js && mv /tmp/a.js /html/"],
        ["COPY dist /tmp/dist", "RUN mv /tmp/dist /html && find /html -name '*.*' -type f -exec sed -i s/a/b/ {} +"],
    ],
)
def test_what_is_not(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


@pytest.mark.parametrize(
    ("lines", "fix"),
    [
        (
            ["COPY conf /root/etc", "RUN apt-get update && apt-get install -y suricata \\\n && mv /root/etc/* /etc/"],
            "COPY it to /etc/ below line 5, without the mv: apt-get in line 4 may install files there",
        ),
        (
            ["COPY conf /root/etc", "RUN apk add suricata", "RUN mv /root/etc/x.ini /etc/"],
            "COPY it to /etc/ below line 4, without the mv: apk in line 4 may install files there",
        ),
        (
            ["COPY conf /root/etc", "RUN pacman -Syu --noconfirm suricata", "RUN mv /root/etc/x.ini /etc/"],
            "COPY it to /etc/ below line 4, without the mv: pacman in line 4 may install files there",
        ),
        (
            ["COPY conf /root/etc", "RUN dpkg --no-pager -i /x.deb", "RUN mv /root/etc/x.ini /etc/"],
            "COPY it to /etc/ below line 4, without the mv: dpkg in line 4 may install files there",
        ),
        (
            ["COPY conf /root/etc", "RUN rpm -qa && dpkg -l && pacman -Q", "RUN mv /root/etc/x.ini /etc/"],
            "COPY it to /etc/ in line 3, without the mv",
        ),
        (
            ["COPY conf /root/etc", "RUN mv /root/etc/* /etc/ && apk add x"],
            "COPY it to /etc/ in line 3, without the mv",
        ),
        (
            ["COPY conf /root/etc", "RUN apt-get update && mv /root/etc/* /etc/"],
            "COPY it to /etc/ in line 3, without the mv",
        ),
        (
            ["COPY . .", "RUN mv dist/*.js /js/ && mv dist/*.css /css/"],
            "COPY them to the right places in instructions of their own, without the mv, and write COPY "
            "--exclude=dist/a.js --exclude=dist/b.css in line 3 (Dockerfile syntax 1.19 or newer)",
        ),
        (
            ["COPY dist /tmp/", "RUN mv /tmp/a.js /js/"],
            "COPY it to /js/ in an instruction of its own, without the mv, and write COPY --exclude=a.js in line 3 "
            "(Dockerfile syntax 1.19 or newer)",
        ),
        (
            ["COPY dist/a.js dist/b.css /tmp/", "RUN mv /tmp/a.js /js/"],
            "COPY it to /js/ in an instruction of its own, without the mv",
        ),
        (
            ["COPY dist/*.js conf/x.ini /tmp/", "RUN mv /tmp/a.js /js/ && apk add x && mv /tmp/x.ini /etc/x"],
            "COPY them to the right places below line 4, without the mv: apk in line 4 may install files there",
        ),
        (
            ["COPY dist /d", "RUN mv /d /html && chown -R nginx /html && chmod -R 755 /html"],
            "COPY it to /html in line 3 with --chown and --chmod, without the mv and the chown and the chmod",
        ),
        (
            ["COPY dist /d", "RUN apk add x && mv /d /srv/html && chmod 755 html/*.js"],
            "COPY it to /srv/html below line 4 with --chmod, without the mv and the chmod: apk in line 4 may install "
            "files there",
        ),
        (
            ["COPY dist /d", "RUN mv /d /html && chmod 755 /html2 && sed -i s/a/b/ /html2/a.js"],
            "COPY it to /html in line 3, without the mv",
        ),
    ],
)
def test_where_it_is_to_be_copied(tmp_path: Path, lines: list[str], fix: str) -> None:
    (finding,) = found(tmp_path, *lines)
    assert finding.fix == fix


def test_an_empty_file_takes_no_space_twice(tmp_path: Path) -> None:
    dockerfile = "FROM nginx\nCOPY .empty /tmp/x\nRUN mv /tmp/x /tmp/y\n"
    assert costs(tmp_path, RULE, dockerfile, {".empty": 0}) == []


def test_small_files_of_several_instructions(tmp_path: Path) -> None:
    lines = ["COPY rc/a.sh /tmp/", "COPY rc/b.sh conf/x.ini /tmp/", "RUN mv /tmp/a.sh /tmp/b.sh /tmp/x.ini /etc/"]
    assert [one.totals for one in found(tmp_path, *lines)] == [Totals(2, 20_900), Totals(1, 9_000)]
