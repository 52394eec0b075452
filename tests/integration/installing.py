"""How ctxopt is built and installed in a test, without a network."""

import sysconfig
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

#: What ctxopt needs, and what builds it, is taken from the environment that the tests run in.
OFFLINE = {
    "PYTHONPATH": sysconfig.get_path("purelib"),
    "PIP_NO_DEPS": "1",
    "PIP_NO_INDEX": "1",
    # pip reads this as "no isolation".
    "PIP_NO_BUILD_ISOLATION": "0",
    "VIRTUALENV_NO_DOWNLOAD": "1",
}

_PAGE = "ctxopt/render/html/"


def packaged_files() -> set[str]:
    """The paths of the files that are installed: the package without what the report's page is bundled from."""
    files = (file for file in (ROOT / "ctxopt").rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    paths = {file.relative_to(ROOT).as_posix() for file in files}
    return {path for path in paths if not path.startswith((f"{_PAGE}src/", f"{_PAGE}assets/SHA256SUMS"))}
