from pathlib import Path

import pytest

from ctxopt.findings.model import Confidence, Severity
from ctxopt.findings.rules.add_url import RULE
from tests.findings.support import built, named

_URL = "https://example.com/tool-1.2.tar.gz"


def test_a_download(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM alpine:3\nADD \\\n  {_URL} /tmp/\n")
    assert (finding.file, finding.line, finding.end_line) == ("Dockerfile", 2, 3)
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.HIGH)
    assert finding.message == f"ADD from {_URL} without a checksum"
    assert finding.fix == (
        f"write ADD --checksum=sha256:… {_URL} /tmp/, with the checksum from curl -fsSL {_URL} | sha256sum"
    )


def test_a_variable_with_a_value(tmp_path: Path) -> None:
    text = "FROM alpine:3\nARG V=1.2\nADD http://example.com/$V /x\nADD https://example.com/v1.2/$NONE /x\n"
    (finding,) = built(tmp_path, RULE, text)
    assert "http://example.com/1.2, over an unencrypted connection" in finding.message


def test_an_address_that_would_harm_a_command_is_not_put_into_one(tmp_path: Path) -> None:
    (finding,) = built(
        tmp_path, RULE, "FROM alpine:3\nADD https://example.com/v1.2/$(reboot);x /x\n".replace("$", "\\$")
    )
    assert "curl" not in finding.fix


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ("ARG TARGETARCH", "TARGETARCH"),
        ("ARG TARGETPLATFORM", "TARGETPLATFORM"),
        ("ARG TARGETARCH\nARG ARCH=${TARGETARCH}", "ARCH"),
    ],
)
def test_one_checksum_does_not_fit_every_platform(tmp_path: Path, arguments: str, name: str) -> None:
    url = f"https://example.com/v1.2/tool-${{{name}}}"
    (finding,) = built(tmp_path, RULE, f"FROM alpine:3\n{arguments}\nADD {url} /x\n")
    assert "no single --checksum fits" in finding.fix
    assert "sha256sum -c" in finding.fix


_STAGES = "FROM alpine:3 AS x\nENV V=1\nFROM x AS x-amd64\nENV A=x86_64\nFROM x AS x-arm64\nENV A=aarch64\n"


@pytest.mark.parametrize(
    ("base", "name", "is_of_platform"),
    [("x-${TARGETARCH}", "A", True), ("x-${TARGETARCH}", "V", False), ("x-amd64", "A", False)],
)
def test_a_stage_of_each_platform_sets_a_part_of_the_url(
    tmp_path: Path, base: str, name: str, is_of_platform: bool
) -> None:
    text = f"{_STAGES}FROM {base}\nADD https://example.com/v1/tool-${name}.tgz /x\n"
    (finding,) = built(tmp_path, RULE, text)
    assert ("the file depends on TARGETARCH" in finding.fix) is is_of_platform


@pytest.mark.parametrize(
    ("tag", "is_too_old"),
    [
        ("experimental", True),
        ("1.0-experimental", True),
        ("1.5", True),
        ("1.2.1", True),
        ("1", False),
        ("1.6", False),
        ("1.10", False),
        ("latest", False),
        ("1-labs", False),
    ],
)
def test_a_front_end_that_knows_no_checksum(tmp_path: Path, tag: str, is_too_old: bool) -> None:
    text = f"# syntax=docker/dockerfile:{tag}\nFROM alpine:3\nADD {_URL} /tmp/\n"
    (finding,) = built(tmp_path, RULE, text)
    more = f"; docker/dockerfile:{tag} in line 1 is too old for --checksum: write # syntax=docker/dockerfile:1 there"
    assert finding.fix.endswith(more) is is_too_old


def test_a_version_is_the_same_for_every_platform(tmp_path: Path) -> None:
    text = "FROM alpine:3\nARG TARGETARCH\nARG V=1.2\nADD https://example.com/v$V/tool /x\n"
    (finding,) = built(tmp_path, RULE, text)
    assert finding.fix.startswith("write ADD --checksum=sha256:…")


@pytest.mark.parametrize(
    "instructions",
    [
        f"ADD --checksum=sha256:{'a' * 64} {_URL} /tmp/",
        f"ADD {_URL} /tmp/x\nRUN echo 'abc  /tmp/x' | sha256sum -c -",
        f"ADD {_URL} /tmp/x\nADD {_URL}.asc /tmp/x.asc\nRUN gpg --verify /tmp/x.asc /tmp/x",
        "ADD https://github.com/a/b.git#v1 /b",
        "ADD git@github.com:a/b.git /b",
        "ADD a /a",
        f"RUN curl -O {_URL}",
    ],
)
def test_what_is_checked_or_no_download(tmp_path: Path, instructions: str) -> None:
    assert built(tmp_path, RULE, f"FROM alpine:3\n{instructions}\n", {"a": "a"}) == []


def test_a_check_in_another_stage_does_not_count(tmp_path: Path) -> None:
    text = f"FROM alpine:3 AS a\nADD {_URL} /x\nFROM alpine:3\nCOPY --from=a /x /x\nRUN sha256sum -c /sums\n"
    assert len(built(tmp_path, RULE, text)) == 1


def test_a_stage_that_is_not_needed(tmp_path: Path) -> None:
    assert built(tmp_path, RULE, f"FROM alpine:3\nADD {_URL} /x\nFROM alpine:3\n") == []


@pytest.mark.parametrize(
    "url",
    [
        "https://api.github.com/repos/a/b/git/refs/heads/main",
        "https://api.github.com/repos/a/b/commits?per_page=1",
        "https://gitlab.com/api/v4/projects/1/repository/branches/main",
    ],
)
def test_the_state_of_a_branch_changes_by_design(tmp_path: Path, url: str) -> None:
    assert built(tmp_path, RULE, f"FROM a\nADD {url} /commit\n") == []


@pytest.mark.parametrize(
    ("url", "fix"),
    [
        ("https://raw.githubusercontent.com/a/b/main/c.bin", "name a commit in place of main, and "),
        ("https://raw.githubusercontent.com/a/b/refs/heads/next/c.bin", "name a commit in place of next, and "),
        ("https://github.com/a/b/raw/master/v1.2/c.bin", "name a commit in place of master, and "),
        ("https://gitlab.com/a/b/c/-/raw/main/c.bin", "name a commit in place of main, and "),
        (
            "https://github.com/a/b/archive/master.tar.gz",
            "write archive/COMMIT.tar.gz in place of archive/master.tar.gz, and ",
        ),
        (
            "https://github.com/a/b/archive/refs/heads/main.zip",
            "write archive/COMMIT.zip in place of archive/refs/heads/main.zip, and ",
        ),
        (
            "https://github.com/a/b/releases/latest/download/c.tgz",
            "write releases/download/TAG/ in place of releases/latest/download/, and ",
        ),
    ],
)
def test_a_file_that_changes_but_not_by_its_commit(tmp_path: Path, url: str, fix: str) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM alpine:3\nADD {url} /x\n")
    assert finding.severity is Severity.NOTE
    assert finding.message == f"ADD from {url} without a checksum, and the file changes"
    assert finding.fix.partition(";")[0] == f"{fix}add --checksum=sha256:…"


def test_the_directory_in_the_archive_of_a_commit_has_another_name(tmp_path: Path) -> None:
    text = "FROM alpine:3\nADD https://github.com/a/b/archive/refs/heads/main.zip /x\n"
    (finding,) = built(tmp_path, RULE, text)
    assert finding.fix.endswith("; all in it is then below b-COMMIT, and no longer below b-main")


@pytest.mark.parametrize(
    ("url", "count"),
    [
        ("https://astral.sh/uv/0.8.1/install.sh", 1),
        ("https://sources.debian.org/data/main/b/bash-completion/2.11-2/bash_completion", 0),
        ("https://example.org/tool-2.11", 1),
        ("https://example.org/v2/tool", 1),
        ("https://example.org/tool/20240131/tool", 1),
        ("https://github.com/a/b/releases/download/last/tool", 1),
        ("https://github.com/a/b/archive/0a2e593.tar.gz", 1),
        # Whoever owns these puts other files there.
        ("https://astral.sh/uv/install.sh", 0),
        ("https://get.example.org/", 0),
        ("https://getcomposer.org/download/latest-stable/composer.phar", 0),
        ("https://example.org/a/b/raw/main/c-1.2.3.bin", 0),
        ("https://example.org/files/data.sh", 0),
        ("https://static.rust-lang.org/rustup/release-stable.toml", 0),
        ("https://bootstrap.pypa.io/pip/3.6/get-pip.py", 0),
        ("https://deb.nodesource.com/setup_20.x", 0),
        ("https://example.org/tool-linux-x86_64", 0),
        ("https://example.org/dists/24.04/tool.deb", 0),
    ],
)
def test_only_what_one_version_has_stays_the_same(tmp_path: Path, url: str, count: int) -> None:
    assert len(built(tmp_path, RULE, f"FROM alpine:3\nADD {url} /x\n")) == count


@pytest.mark.parametrize(("more", "is_alone"), [("", True), ("a ", False), ("https://example.com/b-1.2 ", False)])
def test_a_checksum_is_for_one_source(tmp_path: Path, more: str, is_alone: bool) -> None:
    first, *_ = built(tmp_path, RULE, f"FROM alpine:3\nADD {_URL} {more}/tmp/\n", {"a": "a"})
    assert first.fix.startswith("give this URL an ADD of its own; write ADD --checksum") is not is_alone
    assert f"{_URL} /tmp/, with" in first.fix


@pytest.mark.parametrize(
    ("base", "count"),
    [("mcr.microsoft.com/windows/servercore:ltsc2022", 0), ("golang:1.24-nanoserver", 0), ("golang:1.24", 1)],
)
def test_windows_has_no_builder_for_it(tmp_path: Path, base: str, count: int) -> None:
    assert len(built(tmp_path, RULE, f"FROM {base} AS a\nFROM a\nADD {_URL} /x\n")) == count


@pytest.mark.parametrize(
    ("url", "count"),
    [
        ("https://latest.example.io/fixtures.db", 0),
        ("https://example.org/tool-nightly.bin", 0),
        ("https://example.org/GeoLite-City.mmdb", 0),
        ("https://curl.se/ca/cacert.pem", 0),
        ("https://example.org/v1.2/cities.csv", 1),
        ("https://curl.se/ca/key-2.1.pem", 1),
    ],
)
def test_a_file_that_is_made_anew_under_its_name(tmp_path: Path, url: str, count: int) -> None:
    assert len(built(tmp_path, RULE, f"FROM alpine:3\nADD {url} /x\n")) == count


_COMMIT = "91622ad478015364444e5d63475d1673c09e6268"


@pytest.mark.parametrize(
    ("url", "count"),
    [
        (f"https://raw.githubusercontent.com/a/b/{_COMMIT}/c.yml", 0),
        (f"https://github.com/a/b/archive/{_COMMIT}.tar.gz", 0),
        ("https://github.com/a/b/archive/${B_COMMIT}.tar.gz", 0),
        ("https://packages.microsoft.com/config/ubuntu/24.04/packages-microsoft-prod.deb", 0),
        ("https://aka.ms/vs/16/release/tools.exe", 0),
        (f"http://example.com/a/{_COMMIT}/c.yml", 1),
        (f"https://raw.githubusercontent.com/a/b/{_COMMIT[:7]}/c.yml", 1),
        ("https://github.com/a/b/archive/v1/${B_COMMITTEE}.tar.gz", 0),
        ("https://packages.example.com/config/tool-1.2.deb", 1),
    ],
)
def test_what_cannot_change_or_always_does(tmp_path: Path, url: str, count: int) -> None:
    assert len(built(tmp_path, RULE, f"FROM alpine:3\nADD {url} /x\n")) == count


@pytest.mark.parametrize(
    ("path", "url", "count"),
    [
        ("app/latest/Dockerfile", "https://github.com/a/b/archive/master.zip", 0),
        ("app/Dockerfile.nightly", "https://github.com/a/b/releases/latest/download/b", 0),
        # What has a version, or a name that only has the word in it.
        ("app/latest/Dockerfile", "https://github.com/a/b/releases/download/v1.2/b", 1),
        ("app/latest-b/Dockerfile", "https://github.com/a/b/archive/master.zip", 1),
        ("app/1.2/Dockerfile", "https://github.com/a/b/archive/master.zip", 1),
    ],
)
def test_a_dockerfile_that_follows_what_is_newest(tmp_path: Path, path: str, url: str, count: int) -> None:
    assert len(named(tmp_path, RULE, path, f"FROM alpine:3\nADD {url} /x\n")) == count
