import gzip
import io
import tarfile
from pathlib import Path

import pytest

from ctxopt.findings.model import Confidence, Severity
from ctxopt.findings.rules.add_for_copy import RULE
from tests.findings.support import built

_FILES = {"a": "a", "src/b.txt": "b", "src/packed.tar": "x"}


def test_a_file(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "FROM alpine:3\nADD --chown=1:1 \\\n  a /a\n", _FILES)
    assert (finding.file, finding.line, finding.end_line) == ("Dockerfile", 2, 3)
    assert (finding.severity, finding.confidence) == (Severity.NOTE, Confidence.HIGH)
    assert finding.message == "this ADD only copies files; COPY does the same and never downloads or unpacks"
    assert finding.fix == "write COPY --chown=1:1 a /a"


@pytest.mark.parametrize(
    ("instruction", "fix"),
    [
        ("ADD . /srv", "write COPY . /srv"),
        ("ADD src/ /srv", "write COPY src/ /srv"),
        ("ADD a src /srv/", "write COPY a src /srv/"),
        ('ADD ["a", "/a b"]', 'write COPY ["a", "/a b"]'),
        ("ADD src/*.txt /srv/", "write COPY src/*.txt /srv/"),
        ("ARG D=a\nADD $D /srv/", "write COPY $D /srv/"),
    ],
)
def test_what_copy_does_too(tmp_path: Path, instruction: str, fix: str) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM alpine:3\n{instruction}\n", _FILES)
    assert finding.fix == fix


@pytest.mark.parametrize(
    "instruction",
    [
        "COPY a /a",
        "ADD src/packed.tar /",
        "ADD a src/packed.tar /srv/",
        "ADD src/* /srv/",
        "ADD https://example.com/x /x",
        "ADD a https://example.com/x /x/",
        "ADD https://github.com/a/b.git /b",
        "ADD a https://github.com/a/b.git /b/",
        "ADD <<E /x\ntext\nE",
        "ADD --unpack=false a /a",
        "ADD $X /a",
        "ADD link /a",
        "ADD missing /a",
    ],
)
def test_what_it_would_not_do(tmp_path: Path, instruction: str) -> None:
    (tmp_path / "link").symlink_to("a")
    assert built(tmp_path, RULE, f"FROM alpine:3\n{instruction}\n", _FILES) == []


def test_an_archive_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("x"))
    (tmp_path / "rootfs").write_bytes(packed.getvalue())
    assert built(tmp_path, RULE, "FROM scratch\nADD rootfs /\n") == []
    (tmp_path / "rootfs").write_bytes(gzip.compress(packed.getvalue()))
    assert built(tmp_path, RULE, "FROM scratch\nADD rootfs /\n") == []
