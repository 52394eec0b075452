"""The textbook examples with the real engine: what the right form saves, and where builders refuse."""

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.findings import check
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from tests.support.cli import run
from tests.support.engine import Engine

pytestmark = pytest.mark.engine

_SAMPLE = Path(__file__).parent.parent.parent / "sample_projects" / "textbook"
#: A stand-in for a download: an archive of a file that cannot be compressed, of this many bytes.
_ARCHIVED = 2_000_000
_CURL = f"""#!/bin/sh
mkdir -p /tmp/made/tool && head -c {_ARCHIVED} /dev/urandom >/tmp/made/tool/run
tar -czf "$3" -C /tmp/made tool && rm -r /tmp/made
"""


def _size(engine: Engine, root: Path, builder: str = "buildkit") -> int:
    """The bytes of all layers of the image that a directory's Dockerfile builds."""
    build = engine.build(root, builder=builder)
    assert build.image is not None, build.last_lines
    command = ["docker", "image", "inspect", "--format", "{{.Size}}", build.image.id]
    done = subprocess.run(command, env=engine.environment, capture_output=True, text=True, check=True)
    return int(done.stdout)


def _example(tmp_path: Path, name: str, *, before: str = "") -> Path:
    root = tmp_path / name
    root.mkdir()
    shutil.copy(_SAMPLE / "app.sh", root)
    (root / "curl").write_text(_CURL, encoding="utf-8")
    (root / "curl").chmod(0o755)
    first, _, rest = (_SAMPLE / f"{name}.Dockerfile").read_text(encoding="utf-8").partition("\n")
    (root / "Dockerfile").write_text(f"{first}\n{before}{rest}", encoding="utf-8")
    return root


def test_lists_in_a_layer_of_their_own_stay(real_engine: Engine, tmp_path: Path) -> None:
    bad, good = (_size(real_engine, _example(tmp_path, name)) for name in ("apt-bad", "apt-good"))
    # The package lists of the stand-in for apt.
    assert bad - good >= 40_000


def test_the_fixed_file_is_as_small_as_the_good_one(real_engine: Engine, tmp_path: Path) -> None:
    bad, good = (_example(tmp_path, name) for name in ("apt-bad", "apt-good"))
    before = _size(real_engine, bad)
    done = run("fix", "--write", cwd=bad)
    assert done.returncode == 0, done.stderr
    after = _size(real_engine, bad)
    assert before - after >= 40_000
    # The caches that the good one does not fill either.
    assert after - _size(real_engine, good) < 10_000


def test_an_archive_in_a_layer_of_its_own_stays(real_engine: Engine, tmp_path: Path) -> None:
    before = "COPY curl /usr/local/bin/\n"
    three = _size(real_engine, _example(tmp_path, "download-three-runs", before=before))
    one = _size(real_engine, _example(tmp_path, "download-one-run", before=before))
    assert three - one >= _ARCHIVED


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_an_owner_that_files_have_already_stores_them_again(real_engine: Engine, tmp_path: Path, builder: str) -> None:
    """With the storage driver overlay2, which the engine of the tests has."""
    (tmp_path / "big").write_bytes(b"x" * _ARCHIVED)
    sizes = []
    for command in ("true", "chown -R root:root /app"):
        (tmp_path / "Dockerfile").write_text(f"FROM busybox:1.36\nCOPY big /app/\nRUN {command}\n", encoding="utf-8")
        sizes.append(_size(real_engine, tmp_path, builder))
    assert sizes[1] - sizes[0] == _ARCHIVED
    (finding,) = _found(tmp_path, "CTX203")
    assert "overlay2" in finding.message


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
@pytest.mark.parametrize("owner", ["app", "app:", "app:www-data", "1500:33"])
def test_the_owner_of_the_fix_is_that_of_the_command(
    real_engine: Engine, tmp_path: Path, owner: str, builder: str
) -> None:
    # The classic builder takes the group that is called like the user for his.
    start = _with_user(tmp_path, group=50 if builder == "buildkit" else 1500)
    (tmp_path / "Dockerfile").write_text(f"{start}COPY big /app/\nRUN chown -R {owner} /app\n", encoding="utf-8")
    (finding,) = _found(tmp_path, "CTX203")
    flag = finding.fix.split()[1]
    changed = _owner(real_engine, tmp_path, builder)
    (tmp_path / "Dockerfile").write_text(f"{start}COPY {flag} big /app/\n", encoding="utf-8")
    copied = _owner(real_engine, tmp_path, builder)
    # A chown of the user alone leaves the group to root, and --chown gives the files the user's.
    assert changed[0] == copied[0] == 1500
    assert changed == copied or ":" not in owner


def test_an_empty_group_of_a_copy_is_not_that_of_the_user(real_engine: Engine, tmp_path: Path) -> None:
    start = _with_user(tmp_path, group=50)
    (tmp_path / "Dockerfile").write_text(f"{start}COPY --chown=app: big /app/\n", encoding="utf-8")
    assert _owner(real_engine, tmp_path, "buildkit") == (1500, 0)


def _with_user(root: Path, group: int) -> str:
    """The start of a Dockerfile with the user app, in whose context there is a large file."""
    (root / "big").write_bytes(b"x" * 300_000)
    (root / "passwd").write_text(f"root:x:0:0::/:/bin/sh\napp:x:1500:{group}::/:/bin/false\n", encoding="utf-8")
    (root / "group").write_text("root:x:0:\nstaff:x:50:\nwww-data:x:33:\napp:x:1500:\n", encoding="utf-8")
    return "FROM busybox:1.36\nCOPY passwd group /etc/\n"


def _owner(engine: Engine, root: Path, builder: str) -> tuple[int, int]:
    build = engine.build(root, builder=builder)
    assert build.image is not None, build.last_lines
    return build.image.entries["app/big"].owner


def test_what_is_taken_or_made_and_removed_later_stays(real_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(_tar("a/big", _ARCHIVED))
    build = "FROM busybox:1.36 AS build\nCOPY a.tar /\nRUN mkdir /w && tar -xf /a.tar -C /w\n"
    taken = build + "FROM busybox:1.36\nCOPY --from=build /w /w\nRUN rm -rf /w\n"
    made = build + "RUN rm -rf /w\n"
    sizes = []
    for text in (taken, made, build, taken.replace("RUN rm", "RUN true rm")):
        (tmp_path / "Dockerfile").write_text(text, encoding="utf-8")
        sizes.append(_size(real_engine, tmp_path))
        assert len(_found(tmp_path, "CTX201")) == (len(sizes) < 3)
    # Neither removal makes the image smaller.
    assert sizes[0] == sizes[3]
    assert sizes[1] == sizes[2]


def _found(root: Path, rule: str) -> list[Finding]:
    return [finding for finding in check(RuleContext(BuildContext(str(root)))) if finding.rule == rule]


def _tar(name: str, size: int) -> bytes:
    """An archive of one file."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = size
        archive.addfile(member, io.BytesIO(b"x" * size))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "builder", "succeeds"),
    [
        ("layers-126", "buildkit", True),
        ("layers-126", "classic", False),
        ("layers-130", "buildkit", False),
        ("layers-130", "classic", False),
    ],
)
def test_too_many_layers(real_engine: Engine, tmp_path: Path, name: str, builder: str, succeeds: bool) -> None:
    build = real_engine.build(_example(tmp_path, name), builder=builder)
    assert build.succeeded is succeeds
    assert succeeds or "max depth exceeded" in "\n".join(build.last_lines)
