from pathlib import Path

import pytest

from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.npm_cache import RULE
from tests.findings.support import built, costs


def found(root: Path, *lines: str) -> list[Finding]:
    return costs(root, RULE, "FROM node AS base\nWORKDIR /srv\n" + "\n".join(lines) + "\n", {})


def test_what_is_kept(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "RUN npm ci")
    assert (finding.line, finding.severity) == (3, Severity.WARNING)
    assert finding.message == "npm's cache stays in this layer"
    assert finding.fix == "append && npm cache clean --force, or use RUN --mount=type=cache,target=/root/.npm"


@pytest.mark.parametrize(
    "run",
    [
        "npm install --omit=dev",
        "npm i -g pm2",
        "npm --prefix web ci",
        "yarn install --frozen-lockfile",
        "yarn",
        "yarn --production",
    ],
)
def test_other_ways(tmp_path: Path, run: str) -> None:
    assert [finding.line for finding in found(tmp_path, f"RUN {run}")] == [3]


@pytest.mark.parametrize(
    "lines",
    [
        ["RUN npm ci && npm cache clean --force"],
        ["RUN npm ci && rm -rf ~/.npm"],
        ["RUN npm ci && rm -rf /root/.npm/_cacache"],
        ["RUN npm ci --cache /tmp/c"],
        ["RUN npm run build"],
        ["RUN pnpm install"],
        ["RUN yarn install && yarn cache clean"],
        ["RUN yarn build"],
        ["RUN yarn install --immutable"],
        ["RUN --mount=type=cache,target=/root/.npm npm ci"],
        ["ENV npm_config_cache=/c", "RUN npm ci"],
        ["RUN npm ci", "FROM nginx", "COPY --from=base /x /x"],
        ["RUN --mount=type=cache,target=/usr/local/share/.cache/yarn yarn install"],
    ],
)
def test_what_is_not_kept(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


def test_modern_yarn_keeps_its_downloads_for_use(tmp_path: Path) -> None:
    (tmp_path / ".yarnrc.yml").touch()
    assert found(tmp_path, "RUN yarn install") == []


@pytest.mark.parametrize(
    ("lines", "manifest", "count"),
    [
        ("RUN yarn install\n", '{"packageManager": "yarn@1.22.22"}', 1),
        ("RUN yarn install\n", '{"packageManager": "pnpm@9.0.0"}', 1),
        ("RUN yarn install\n", "{}", 1),
        ("RUN yarn install\n", '{"packageManager": "yarn@4.5.0"}', 0),
        ("RUN corepack prepare yarn@3.6.0 --activate && yarn install\n", "{}", 0),
        ("RUN yarn set version berry\nRUN yarn install\n", "{}", 0),
        ("RUN yarn set version 1.22.22\nRUN yarn install\n", "{}", 1),
    ],
)
def test_yarn_of_a_version_that_uses_the_cache_itself(tmp_path: Path, lines: str, manifest: str, count: int) -> None:
    assert len(built(tmp_path, RULE, f"FROM node:22\n{lines}", {"package.json": manifest})) == count


@pytest.mark.parametrize(
    ("end", "removed"), [("apt-get purge -y npm", True), ("rm -rf /usr/lib/node_modules/npm", True), ("ls", False)]
)
def test_where_the_run_removes_npm(tmp_path: Path, end: str, removed: bool) -> None:
    (finding,) = found(tmp_path, f"RUN npm install -g x && {end}")
    before = "run npm cache clean --force before the RUN removes packages"
    assert finding.fix.startswith(before if removed else "append && npm cache clean --force")
    assert bool(finding.edits) is not removed


def test_a_project_is_no_repetition_of_a_package(tmp_path: Path) -> None:
    text = "FROM node\nRUN npm install x && npm cache clean --force && npm install\n"
    assert len(costs(tmp_path, RULE, text, {})) == 1


@pytest.mark.parametrize(
    ("lines", "files", "count"),
    [
        ("COPY . .\nRUN if [ -f package.json ]; then npm install; fi\n", {}, 0),
        ("COPY . .\nRUN if [ -f package.json ]; then npm install; fi\n", {"package.json": "{}"}, 1),
        ("RUN git clone https://x.io/x .\nRUN if [ -f package.json ]; then npm install; fi\n", {}, 1),
        ("COPY . .\nRUN npm install\n", {}, 1),
    ],
)
def test_an_install_of_a_project_that_is_not_there(
    tmp_path: Path, lines: str, files: dict[str, str], count: int
) -> None:
    assert len(built(tmp_path, RULE, f"FROM node:22\n{lines}", {"a.js": "", **files})) == count
