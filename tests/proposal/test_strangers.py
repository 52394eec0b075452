"""Packages in a project that a build installs, but that nothing in the build installs, runs or names."""

from pathlib import Path

import pytest

from ctxopt.proposal.model import Level
from tests.evidence.support import tracked
from tests.proposal.support import hidden, the_file
from tests.support.files import Files, write

_BUILD = 'FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nCMD ["node", "server.js"]\n'
_INSTALLED = "tools/push/node_modules/x/a.js"


def _project(root: Path, files: Files, ignore: str = "node_modules\n") -> bool:
    """Whether what is installed in the package of a tool is left out."""
    given: Files = {
        "Dockerfile": _BUILD,
        "package.json": "{}",
        "package-lock.json": "{}",
        "server.js": "",
        "tools/push/package.json": '{"main": "index.js"}',
        "tools/push/index.js": "require('x'); require('../push/other')\n",
        _INSTALLED: 10,
    }
    write(root, {**given, **files})
    tracked(root, ignore=ignore)
    return bool(hidden(the_file(root, level=Level.LIKELY), _INSTALLED))


def test_a_package_that_nothing_uses(tmp_path: Path) -> None:
    assert _project(tmp_path, {})


@pytest.mark.parametrize(
    "files",
    [
        {"server.js": 'require("./tools/push")\n'},
        {"server.js": 'import("./tools/push/index.js")\n'},
        {"server.js": 'fs.readdirSync("tools").forEach(load)\n'},
        {"server.js": "require(`./tools/${name}`)\n"},
        {"lib/a.js": 'require("../tools/push/index.js")\n'},
        {"tools/other.js": 'require("./push")\n'},
        {"config.yaml": "plugins:\n  - ./tools/push\n"},
        {"package.json": '{"main": "tools/push/index.js"}'},
        {"package.json": '{"dependencies": {"push": "file:./tools/push"}}'},
        {"package.json": '{"devDependencies": {"push": "link:tools/push"}}'},
        {"Dockerfile": _BUILD + "RUN node tools/push/index.js\n"},
        {"Dockerfile": _BUILD + "WORKDIR /app/tools/push\nRUN node index.js\n"},
        {"Dockerfile": _BUILD + "RUN cd $PLACE && node index.js\n"},
        {"Dockerfile": _BUILD + "FROM node\nCOPY --from=0 /app/tools /tools\nRUN node /tools/push\n"},
        {"Dockerfile": _BUILD.replace("RUN npm ci\n", "")},
    ],
)
def test_a_package_that_something_may_use(tmp_path: Path, files: Files) -> None:
    assert not _project(tmp_path, files)


def test_what_git_does_not_ignore(tmp_path: Path) -> None:
    assert not _project(tmp_path, {}, ignore="dist\n")
