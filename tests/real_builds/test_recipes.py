"""The samples of the recipes build before and after what their recipes write, and to the same programs."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from sample_projects.make_junk import RECIPES, make
from tests.support.cli import run
from tests.support.engine import Engine, Entries

pytestmark = pytest.mark.engine

#: The Dockerfiles of the samples that have several, and what has to be in the images of all.
_DOCKERFILES = {"monorepo": ("apps/api/Dockerfile", "apps/web/Dockerfile")}
_MADE = {
    "dotnet": "app/Orders.dll",
    "go": "server",
    "java": "app.jar",
    "monorepo/api": "repo/apps/api/server.js",
    "monorepo/web": "usr/share/nginx/html/index.html",
    "nextjs": "app/server.js",
    "php": "var/www/html/vendor/autoload.php",
    "python": "app/billing/invoices.py",
    "rails": "rails/public/assets/.manifest.json",
    "rust": "usr/local/bin/meter",
}


def _without_a_framework(root: Path) -> None:
    """The same project with one small package: `next build` is a stand-in in the image, and the framework is large."""
    manifest = json.loads((root / "package.json").read_text(encoding="utf-8"))
    manifest["dependencies"] = {"is-number": "7.0.0"}
    (root / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
    command = ["npm", "install", "--package-lock-only", "--ignore-scripts"]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


def _image(engine: Engine, root: Path, dockerfile: str | None) -> Entries:
    build = engine.build(root, dockerfile)
    assert build.image is not None, build.last_lines
    # Bytecode and logs have a time in them, and the ignore file is what changed.
    other = re.compile(r"\.pyc$|/_logs/|dockerignore$")
    return {path: entry for path, entry in build.image.entries.items() if not other.search(path)}


@pytest.mark.parametrize("name", [name.partition("/")[2] for name in RECIPES])
def test_it_builds_before_and_after(real_engine: Engine, tmp_path: Path, name: str) -> None:
    root = tmp_path / name
    make(f"recipes/{name}", root)
    if name == "nextjs":
        _without_a_framework(root)
    dockerfiles = _DOCKERFILES.get(name, (None,))
    before = [_image(real_engine, root, dockerfile) for dockerfile in dockerfiles]
    assert run("generate", "--level", "likely", "--write", cwd=root).returncode == 0
    for dockerfile, old in zip(dockerfiles, before, strict=True):
        new = _image(real_engine, root, dockerfile)
        assert _MADE["/".join([name, *(dockerfile or "").split("/")[1:2]])] in new
        assert new.items() <= old.items()
