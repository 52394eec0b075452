"""The image of ctxopt itself: it is built, small, of an ordinary user, and does its work."""

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from sample_projects.make_junk import make
from tests.integration.installing import ROOT
from tests.support.engine import Engine
from tests.support.programs import git

pytestmark = pytest.mark.engine

#: The limit for what a registry would send, in bytes.
_LIMIT = 80_000_000


@pytest.fixture(scope="module")
def image(real_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image, built from what the repository has; its base is a stand-in of this machine's Python, git included."""
    root = tmp_path_factory.mktemp("checkout")
    for path in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")[:-1]:
        if (ROOT / path).is_file():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, root / path)
    build = real_engine.build(root)
    assert build.image is not None, build.last_lines
    return build.image.id


def _docker(engine: Engine, *words: str) -> bytes:
    done = subprocess.run(["docker", *words], env=engine.environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_of_an_ordinary_user(real_engine: Engine, image: str) -> None:
    (about,) = json.loads(_docker(real_engine, "image", "inspect", image))
    assert (about["Config"]["User"], about["Config"]["Entrypoint"]) == ("ctxopt", ["ctxopt"])
    assert _docker(real_engine, "run", "--rm", "--network=host", "--entrypoint=id", image, "-u").strip() != b"0"


def test_it_is_small(real_engine: Engine, image: str) -> None:
    size = len(gzip.compress(_docker(real_engine, "save", image), compresslevel=6))
    assert size < _LIMIT


def test_it_does_its_work(real_engine: Engine, image: str, tmp_path: Path) -> None:
    make("shop", tmp_path / "shop")
    # The stand-in installs commands where this machine's Python has them, which is not on the PATH of the image.
    mounted = ("--rm", "--network=host", "--entrypoint=python3", f"--volume={tmp_path / 'shop'}:/work", image)
    shown = _docker(real_engine, "run", *mounted, "-m", "ctxopt", "analyze", "--format", "json")
    assert {finding["rule"] for finding in json.loads(shown)["findings"]} == {"CTX005", "CTX101", "CTX103"}
    assert b"docker-ctxopt" in _docker(real_engine, "run", *mounted, "-m", "ctxopt", "--version")
