"""What a step makes again only if a variable says so, or only in part, stays."""

from pathlib import Path

import pytest

from tests.evidence.support import claimed, judged, text, tracked, write

NODE = "FROM node\nWORKDIR /a\nARG E\nARG D=on\nCOPY . .\nRUN {}\nCMD node a.js\n"


def node(root: Path, command: str) -> dict[str, str]:
    write(root, "package.json", "package-lock.json", "a.js", "node_modules/a/i.js")
    tracked(root, ignore="node_modules\n")
    return claimed(judged(root, NODE.format(command), git=True))


@pytest.mark.parametrize(
    "command",
    [
        'if [ "$E" = dev ]; then npm install; fi',
        '[ -n "$E" ] && npm ci',
        'test "$E" && npm ci || true',
        "if $E; then npm ci; fi",
        'case "$E" in dev) npm ci;; esac',
        "if [ -f a.js ]; then if [[ $E == dev ]]; then npm ci; fi; fi",
        'if [ -f a.js ]; then true; elif [ "$E" = dev ]; then npm ci; fi',
        "f() { npm ci; }",
        '[ "$D" = off ] && npm ci',
        'if [ "x$E" != "x" ]; then npm ci; fi',
        'if [ "$E" != "" ]; then npm ci; fi',
        'if [ "x$E" = "x1" ]; then npm ci; fi',
        'if [ "x$E" = "x" ]; then true; else npm ci; fi',
        'if [ "$D" = on ]; then true; else npm ci; fi',
        'if [ -z "$E" ]; then true; elif [ "$D" = on ]; then npm ci; fi',
    ],
)
def test_what_a_variable_decides(tmp_path: Path, command: str) -> None:
    assert "node_modules" not in node(tmp_path, command)


@pytest.mark.parametrize(
    "command",
    [
        "if [ -f yarn.lock ]; then yarn; elif [ -f package-lock.json ]; then npm ci; else exit 1; fi",
        'if [ "$E" = dev ]; then npm install; else npm ci --omit=dev; fi',
        'case "$E" in dev) npm ci;; *) npm install;; esac',
        "npm ci || npm install",
        "f() { npm ci; }; f",
        "if [ ! -d node_modules ]; then npm ci; fi",
        'if [ -f "$E/package.json" ]; then npm ci; fi',
        "if command -v npm; then npm ci; fi",
        'if [ -z "$E" ]; then npm ci; fi',
        'if [ "x$E" = "x" ]; then npm ci; fi',
        'if [ "x${E}" = x ]; then npm ci; fi',
        "if [[ $E == '' ]]; then npm ci; fi",
        'if [ "x$E" = "x1" ]; then true; else npm ci; fi',
        'if [ "$E" != 1 ]; then npm ci; fi',
        'if [ "$E" = 1 ]; then true; elif [ "$D" = on ]; then npm ci; fi',
        "[ $D == 'on' ] && npm ci",
        'if [ "$E" = 1 ]; then true; else npm ci; fi',
    ],
)
def test_what_files_decide(tmp_path: Path, command: str) -> None:
    assert node(tmp_path, command)["node_modules"] == "dependency"


@pytest.mark.parametrize(
    "command",
    [
        'if [ "$E" = 1 ]; then tool > gen/a.txt; fi',
        'if [ "$E" = 1 ]; then tool -o gen/a.txt; fi',
        "echo x >> gen/a.txt",
        "tool &>> gen/a.txt",
        "./run.sh",
    ],
)
def test_what_may_not_be_written(tmp_path: Path, command: str) -> None:
    write(tmp_path, "gen/a.txt")
    text(tmp_path, "run.sh", '#!/bin/sh\ngen() {\n  tool > gen/a.txt\n}\n"$@"\n')
    tracked(tmp_path, ignore="gen\n")
    dockerfile = f"FROM x\nWORKDIR /a\nARG E\nCOPY . .\nRUN {command}\nCMD ./b\n"
    assert "gen" not in claimed(judged(tmp_path, dockerfile, git=True))


@pytest.mark.parametrize("command", ["tool > gen/a.txt", "tool -o gen/a.txt", "./run.sh"])
def test_what_is_written(tmp_path: Path, command: str) -> None:
    write(tmp_path, "gen/a.txt", "gen/b.map")
    text(tmp_path, "run.sh", "#!/bin/sh\ngen() {\n  tool > gen/a.txt\n}\ngen\n")
    tracked(tmp_path, ignore="gen\n")
    dockerfile = f"FROM x\nWORKDIR /a\nCOPY . .\nRUN {command}\nCMD ./b\n"
    assert "gen" in claimed(judged(tmp_path, dockerfile, git=True))
    write(tmp_path, "gen/x/b.py")
    assert "gen" not in claimed(judged(tmp_path, dockerfile, git=True))


@pytest.mark.parametrize(
    ("command", "gone"),
    [
        ("helm dependency build", True),
        ("cd a && helm dep up", False),
        ("helm dep update a", True),
        ("helm package .", False),
        ("helm template . > x.yaml", False),
        ("helm lint .", False),
    ],
)
def test_what_a_chart_depends_on(tmp_path: Path, command: str, gone: bool) -> None:
    write(tmp_path, "a/Chart.yaml", "a/charts/redis-1.tgz", "Chart.yaml", "charts/redis-1.tgz", "charts/own/Chart.yaml")
    tracked(tmp_path, ignore="*.tgz\n")
    dockerfile = f"FROM alpine/helm\nWORKDIR /a\nCOPY . .\nRUN {command}\n"
    found = claimed(judged(tmp_path, dockerfile, git=True))
    assert ("charts/redis-1.tgz" in found) == gone
    assert "charts" not in found


@pytest.mark.parametrize(
    ("command", "gone"),
    [
        ("mkdir ./data", True),
        ("mkdir data logs", True),
        ("cd / && mkdir a/data", True),
        ("mkdir -p data", False),
        ("test -d data || mkdir data", False),
        ("mkdir other", False),
    ],
)
def test_a_directory_that_must_not_be_there(tmp_path: Path, command: str, gone: bool) -> None:
    write(tmp_path, "data/x.bin", "package.json", "package-lock.json")
    text(tmp_path, "a.js", 'fs.readdirSync(path.join("./data"))')
    tracked(tmp_path, ignore="data\n")
    dockerfile = f"FROM node\nWORKDIR /a\nCOPY . .\nRUN npm ci\nRUN {command}\nCMD node a.js\n"
    assert ("data" in claimed(judged(tmp_path, dockerfile, git=True))) is gone
