"""The page as text: its contents, and that names cannot inject anything."""

import json
import os
import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import ctxopt
from ctxopt.builds.build import Build
from ctxopt.render.html.page import page
from ctxopt.reports.preview import preview
from ctxopt.treemap.build import build_treemap
from tests.support.files import Files, write

_HTML = Path(ctxopt.__file__).parent / "render" / "html"
_NAMES = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "<!--<script>",
    "]]>&lt;b&amp;",
    "\u202egnp.exe",
    "line\nbreak",
    "\u2028\u2029",
    "{script}{data}",
    '"quote\\',
)


class _Elements(HTMLParser):
    """The elements of a page, with their attributes and texts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.found[-1] if self.found else ("", {})
        key = attributes.get("id") or tag
        self.texts[key] = self.texts.get(key, "") + data


def _page(root: Path, files: Files) -> str:
    return page(build_treemap(preview(Build("", str(write(root, files)), None))))


def _parsed(text: str) -> _Elements:
    parser = _Elements()
    parser.feed(text)
    return parser


def _data(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_parsed(text).texts["data"])
    (build,) = found["builds"]
    return dict(build)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("hostile")
    write(root, {"Dockerfile": "FROM scratch\nCOPY <b>x</b> /<i>\nCOPY . /\n", ".dockerignore": "<u>*\n"})
    for name in _NAMES:
        (root / name.replace("/", "\u2215")).write_bytes(b"x")
    (root / os.fsdecode(b"\xff\xfe")).write_bytes(b"x")
    return page(build_treemap(preview(Build("", str(root), None))))


def test_names_stay_names(hostile: str) -> None:
    plain = _parsed(hostile)
    assert [tag for tag, _ in plain.found if tag in ("img", "b", "i", "u")] == []
    scripts = [attributes for tag, attributes in plain.found if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "data"}, {}]
    block = hostile[hostile.index('id="data">') + 10 :]
    block = block[: block.index("</script>")]
    assert not set("<>&\u2028\u2029\u202e\n") & set(block)
    names = json.loads(block)["builds"][0]["nodes"]["names"]
    assert {"<img src=x onerror=alert(1)>", "\\u202egnp.exe", "line\\nbreak", "\\u2028\\u2029"} <= set(names)
    assert {"\\xff\\xfe", "{script}{data}"} <= set(names)


def test_it_is_text_that_can_be_written(hostile: str) -> None:
    assert hostile.encode().decode() == hostile


def test_only_its_own_script_and_style_may_run(hostile: str) -> None:
    plain = _parsed(hostile)
    policies = [attributes["content"] for _, attributes in plain.found if "http-equiv" in attributes]
    script = re.findall(r"<script>(.*?)</script>", hostile, re.DOTALL)
    style = re.findall(r"<style>(.*?)</style>", hostile, re.DOTALL)
    assert policies == [
        f"default-src 'none'; script-src '{_hash(script[0])}'; style-src '{_hash(style[0])}'; "
        "base-uri 'none'; form-action 'none'"
    ]
    assert (len(script), len(style)) == (1, 1)
    used = {name for _, attributes in plain.found for name in attributes}
    assert used & {"src", "style", "action", "onclick", "onload"} == set()
    assert [attributes["href"] for _, attributes in plain.found if "href" in attributes] == ["#contents-title"]


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def test_nothing_in_the_assets_leads_elsewhere() -> None:
    for asset in ("assets/page.js", "assets/page.css", "page.html"):
        text = (_HTML / asset).read_text(encoding="utf-8")
        assert not re.search(r"https?://|@import|url\(|</script", text.replace("</script>", "", 2)), asset
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), asset


def test_the_data_agrees_with_the_report(tmp_path: Path) -> None:
    files: Files = {
        "Dockerfile": "FROM scratch AS app\nCOPY src /\n",
        "src/a": 1500,
        "data/b": 700,
        ".dockerignore": "x\n",
    }
    data = _data(_page(tmp_path, files))
    assert [(one["line"], one["text"], one["stage"], one["bytes"], one["fate"]) for one in data["instructions"]] == [
        (2, "src /", "app", 1500, "yes")
    ]
    assert [look["label"] for look in data["looks"]] == [
        "BuildKit, current",
        "Legacy, current",
        "BuildKit, proposed (proven)",
        "Legacy, proposed (proven)",
    ]
    (proposal,) = data["proposals"]
    assert proposal["reasons"] == [{"pattern": "data", "evidence": "unused", "buildkit": 0, "classic": 700}]
    (file,) = proposal["files"]
    assert (file["name"], file["state"]) == (".dockerignore", "changed; new lines are marked")
    assert ["x", False] in file["lines"]
    assert ["data", True] in file["lines"]
    assert file["text"].startswith("x\n")
    assert data["unused"] == {"files": 1, "bytes": 700}


def test_there_may_be_nothing_to_propose(tmp_path: Path) -> None:
    data = _data(_page(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "a": 1}))
    assert (data["states"], data["proposals"]) == (["current"], [])
    assert data["why"].startswith("Nothing to exclude")


def test_the_page_of_many_files_is_small(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n"})
    for number in range(300):
        directory = tmp_path / f"packages/package-{number}/lib"
        directory.mkdir(parents=True)
        for file in range(100):
            os.link(tmp_path / "Dockerfile", directory / f"module-{file}.js")
    text = page(build_treemap(preview(Build("", str(tmp_path), None))))
    data = _data(text)
    assert sum(data["nodes"]["files"]) == 30_001
    assert len(text) < 300_000


# -- the bundle ---------------------------------------------------------------------------------


def test_the_bundle_is_made_of_the_sources() -> None:
    """If this fails, run `make page` to bundle them again."""
    lines = (_HTML / "assets/SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    there = {f"src/{path.name}" for path in (_HTML / "src").iterdir()}
    there |= {f"assets/{path.name}" for path in (_HTML / "assets").iterdir()} - {"assets/SHA256SUMS"}
    assert sums == {name: sha256((_HTML / name).read_bytes()).hexdigest() for name in there}


def test_bundling_gives_the_same_again(tmp_path: Path) -> None:
    modules = Path(__file__).parent.parent.parent / "build/page/src/node_modules"
    if shutil.which("node") is None or not modules.is_dir():
        pytest.skip("`make page` has not fetched what bundles the page")
    shutil.copytree(_HTML / "src", tmp_path / "src")
    (tmp_path / "src/node_modules").symlink_to(modules)
    (tmp_path / "assets").mkdir()
    subprocess.run(["node", "build.mjs", "../assets"], cwd=tmp_path / "src", check=True)
    for path in (_HTML / "assets").iterdir():
        assert (tmp_path / "assets" / path.name).read_bytes() == path.read_bytes(), path.name


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((_HTML / "src/package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_what_is_bundled_comes_with_its_licence() -> None:
    wanted = json.loads((_HTML / "src/package.json").read_text())["dependencies"]
    text = (_HTML / "assets/LICENSES.txt").read_text()
    script = (_HTML / "assets/page.js").read_text(encoding="utf-8")
    for name, version in wanted.items():
        assert f"Contains {name} {version}." in text
    assert "Permission to use, copy, modify" in script
