"""The wheel and the source archive: what is in them, what they say of themselves, and that they are enough."""

import email.parser
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from sample_projects.make_junk import LINKS, make
from tests.integration.installing import OFFLINE, ROOT, packaged_files
from tests.support.programs import git

_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

#: Imported from where the wheel was unpacked, these show that it is complete.
_USE = """
import json, sys
from importlib.resources import files
import ctxopt
assert ctxopt.__file__.startswith(sys.argv[1]), ctxopt.__file__
assert ctxopt.analyze(".").findings
for package, name in (("render", "schemas/analyze.schema.json"), ("config", "config.schema.json")):
    json.loads((files("ctxopt." + package) / name).read_text(encoding="utf-8"))
assert (files("ctxopt") / "py.typed").is_file()
"""


@dataclass(frozen=True)
class _Built:
    wheel: Path
    archive: Path

    def wheel_names(self) -> set[str]:
        with zipfile.ZipFile(self.wheel) as wheel:
            return set(wheel.namelist())

    def archive_names(self) -> set[str]:
        """The paths in the source archive, below the one directory that all of them are in."""
        with tarfile.open(self.archive) as archive:
            return {name.partition("/")[2] for name in archive.getnames()}

    def metadata(self) -> Message:
        (name,) = (name for name in self.wheel_names() if name.endswith(".dist-info/METADATA"))
        with zipfile.ZipFile(self.wheel) as wheel:
            return email.parser.Parser().parsestr(wheel.read(name).decode("utf-8"))


def _build(source: Path, destination: Path) -> _Built:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(destination)],
        cwd=source,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = destination.glob("*.whl")
    (archive,) = destination.glob("*.tar.gz")
    return _Built(wheel, archive)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> _Built:
    return _build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def unpacked(built: _Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive, unpacked."""
    base = tmp_path_factory.mktemp("unpacked")
    shutil.unpack_archive(built.archive, base)
    (source,) = base.iterdir()
    return source


def test_the_wheel_holds_the_package_and_nothing_else(built: _Built) -> None:
    about = f"docker_ctxopt-{_PROJECT['version']}.dist-info"
    licences = {f"{about}/licenses/{path}" for path in _PROJECT["license-files"]}
    described = {f"{about}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt")}
    assert built.wheel_names() == packaged_files() | licences | described
    for schema in ("render/schemas/analyze", "config/config"):
        assert f"ctxopt/{schema}.schema.json" in built.wheel_names()


def test_the_archive_holds_what_the_repository_holds(built: _Built) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("needs the repository of ctxopt itself")
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")[:-1]
    links = {f"sample_projects/{name}/{path}" for name, paths in LINKS.items() for path in paths}
    assert built.archive_names() == {path for path in listed if (ROOT / path).exists()} - links | {"PKG-INFO"}


def test_the_archive_builds_the_same_wheel(built: _Built, unpacked: Path, tmp_path: Path) -> None:
    again = _build(unpacked, tmp_path)
    assert again.wheel.read_bytes() == built.wheel.read_bytes()


def test_the_links_of_the_samples_are_made_again(unpacked: Path, tmp_path: Path) -> None:
    program = unpacked / "sample_projects" / "make_junk.py"
    for name, links in LINKS.items():
        subprocess.run([sys.executable, str(program), name, str(tmp_path / name)], check=True, timeout=60)
        make(name, tmp_path / "here" / name)
        for path, target in links.items():
            assert (tmp_path / name / path).readlink() == (tmp_path / "here" / name / path).readlink() == Path(target)
            assert list((tmp_path / name / path).iterdir())


def test_the_metadata_says_where_things_are_and_which_licences_hold(built: _Built) -> None:
    metadata = built.metadata()
    urls = dict(url.split(", ") for url in metadata.get_all("Project-URL", []))
    assert urls == _PROJECT["urls"]
    assert urls.keys() == {"Homepage", "Documentation", "Repository", "Issues", "Changelog"}
    assert metadata["License-Expression"] == "Apache-2.0 AND ISC"
    assert metadata.get_all("License-File") == ["LICENSE", "ctxopt/render/html/assets/LICENSES.txt"]
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert str(metadata.get_payload()).strip() == (ROOT / "README.md").read_text(encoding="utf-8").strip()


def test_every_bundled_work_has_its_licence_with_it() -> None:
    """What the bundle names as its parts is in the file of licences, word by word."""
    assets = ROOT / "ctxopt" / "render" / "html" / "assets"
    licences = (assets / "LICENSES.txt").read_text(encoding="utf-8").strip()
    assert licences in (assets / "page.js").read_text(encoding="utf-8")
    manifest = (ROOT / "ctxopt" / "render" / "html" / "src" / "package.json").read_text(encoding="utf-8")
    parts = [f"{name} {version}" for name, version in json.loads(manifest)["dependencies"].items()]
    assert parts == re.findall(r"^Contains (.*)\.$", licences, re.MULTILINE) == ["d3-hierarchy 3.1.2"]


def test_the_wheel_works_from_another_directory(built: _Built, tmp_path: Path) -> None:
    installed, project = tmp_path / "installed", tmp_path / "project"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--target", str(installed), str(built.wheel)],
        env=os.environ | OFFLINE,
        check=True,
        capture_output=True,
        timeout=120,
    )
    make("python-service", project)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(installed), sysconfig.get_path("purelib")))}

    def python(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    python("-c", _USE, str(installed))
    assert _PROJECT["version"] in python("-m", "ctxopt", "--version")
    assert "requirements.txt" in python("-m", "ctxopt", "analyze")
    python("-m", "ctxopt", "report", "-o", "report.html")
    assert "d3-hierarchy" in (project / "report.html").read_text(encoding="utf-8")
