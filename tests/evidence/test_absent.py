"""Dependencies in stages whose images do not have the tools that use them."""

from pathlib import Path

import pytest

from tests.evidence.support import claimed, judged, text, tracked, write

_PLAIN = "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"


def _project(root: Path) -> None:
    write(root, "node_modules/a/i.js", "requirements.txt", "app.py", "tools/x.sh")
    text(root, "package.json", "{}")
    tracked(root, ignore="node_modules\n")


@pytest.mark.parametrize(
    "end",
    [
        'CMD ["/app/bin/server"]\n',
        "RUN ./bin/rails assets:precompile\nCMD run\n",
        "RUN apt-get update && apt-get install -y curl && somethingelse\n",
        "COPY --from=ghcr.io/astral-sh/uv:0.11.6 /uv /usr/local/bin/uv\nCMD run\n",
    ],
)
def test_there_is_no_node(tmp_path: Path, end: str) -> None:
    _project(tmp_path)
    assert claimed(judged(tmp_path, _PLAIN + end, git=True))["node_modules"] == "dependency"


@pytest.mark.parametrize(
    "dockerfile",
    [
        _PLAIN.replace("python:3.13-slim", "company/base") + "CMD run\n",
        _PLAIN.replace("python:3.13-slim", "nikolaik/python-nodejs") + "CMD run\n",
        'FROM gcr.io/distroless/nodejs20-debian12\nWORKDIR /app\nCOPY . .\nCMD ["app.js"]\n',
        'FROM registry.access.redhat.com/ubi9/nodejs-20\nWORKDIR /app\nCOPY . .\nCMD ["app.js"]\n',
        _PLAIN + "RUN apt-get install -y nodejs\nCMD run\n",
        _PLAIN + "RUN curl -fsSL https://deb.nodesource.com/setup_22.x | bash -\nCMD run\n",
        _PLAIN + "COPY --from=company/tools /usr/local /usr/local\nCMD run\n",
        "FROM company/tools AS t\n" + _PLAIN + "COPY --from=t /usr/local/ /usr/local/\nCMD run\n",
        _PLAIN + "RUN ./unknown.sh\nCMD run\n",
        _PLAIN + 'CMD ["node", "x.js"]\n',
    ],
)
def test_there_may_be_node(tmp_path: Path, dockerfile: str) -> None:
    _project(tmp_path)
    assert "node_modules" not in claimed(judged(tmp_path, dockerfile, git=True))


def test_made_again_in_the_stage_that_has_the_tools(tmp_path: Path) -> None:
    _project(tmp_path)
    node = "FROM node:22 AS web\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\n"
    last = _PLAIN + "COPY --from=web /app/out /app/out\nCMD run\n"
    assert claimed(judged(tmp_path, node + last, git=True))["node_modules"] == "dependency"
    assert "node_modules" not in claimed(judged(tmp_path, node.replace("npm ci", "true") + last, git=True))
