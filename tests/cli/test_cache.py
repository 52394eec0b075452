"""`ctxopt cache`, end to end."""

import json
from pathlib import Path

import pytest

from tests.support import snapshots
from tests.support.cli import run
from tests.support.programs import git
from tests.support.repository import Script

_ROOT = Path(__file__).parent.parent.parent
_SNAPSHOTS = Path(__file__).parent / "snapshots"
_DOCKERFILE = """FROM node AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build

FROM nginx
COPY deploy/nginx.conf /etc/nginx/conf.d/
COPY --from=build /app/dist /usr/share/nginx/html
"""
#: What one commit after the other changes.
_COMMITS = (
    *("src/app.js", "src/app.js src/page.js", "README.md", "docs/guide.md", "src/page.js", "package-lock.json"),
    *(".github/workflows/ci.yml", "src/app.js", "docs/guide.md docs/more.md", "deploy/nginx.conf", "src/app.js"),
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    script = Script()
    files = {"package.json": '{"name": "web"}\n', "package-lock.json": "{}\n", "Dockerfile": _DOCKERFILE}
    files |= {".dockerignore": ".git\nnode_modules\n", "src/page.js": "page\n", "README.md": "read me\n"}
    script.commit({path: ("100644", text) for path, text in files.items()} | {"src/app.js": ("100755", "app\n")})
    for path in ("docs/guide.md", ".github/workflows/ci.yml", "deploy/nginx.conf"):
        script.commit({path: ("100644", "first\n")})
    for number, changed in enumerate(_COMMITS):
        script.commit({path: ("100644", f"{path} {number}\n") for path in changed.split()})
    return script.write(tmp_path_factory.mktemp("cache") / "project").resolve()


@pytest.mark.parametrize("columns", [60, 90])
def test_text(project: Path, columns: int) -> None:
    done = run("cache", cwd=project, columns=columns)
    assert (done.returncode, done.stderr) == (0, "")
    snapshots.check(_SNAPSHOTS / f"cache-{columns}.txt", done.stdout)


def test_the_page_shows_what_is_printed() -> None:
    page = (_ROOT / "docs" / "cache.md").read_text(encoding="utf-8")
    shown = (_SNAPSHOTS / "cache-90.txt").read_text(encoding="utf-8").partition("\n\nnote:")[0]
    assert "\n".join(f"    {line}".rstrip() for line in shown.splitlines()) in page


def test_json(project: Path) -> None:
    done = run("cache", str(project), "--commits", "12", "--format", "json")
    found = json.loads(done.stdout)
    assert (found["asked"], len(found["commits"]), found["rebuilding"]) == (12, 12, 12)
    assert [commit["rebuilds"] for commit in found["commits"][:2]] == [[3, 4, 8], [3, 4, 7, 8]]
    found["context"] = "…"
    snapshots.check(_SNAPSHOTS / "cache.json", json.dumps(found, indent=1) + "\n")


@pytest.mark.parametrize("output", ["markdown", "github", "sarif", "junit"])
def test_formats_for_ci(project: Path, output: str) -> None:
    text = run("cache", "--format", output, cwd=project).stdout
    assert "cache-split" in text
    assert "npm ci" in text
    if output == "markdown":
        snapshots.check(_SNAPSHOTS / "cache.md", text)


def test_quiet_is_the_table_alone(project: Path) -> None:
    text = run("cache", "--quiet", "--target", "build", cwd=project).stdout
    assert len(text.splitlines()) == 5
    assert "note" not in text


def test_what_cannot_be_replayed_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY a /\n")
    (tmp_path / "a").write_text("a")
    done = run("cache", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "there is no history to read: it is not in a git repository" in done.stderr
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    assert "No commit with a parent to replay." in run("cache", cwd=tmp_path).stdout
    (tmp_path / "a").unlink()
    done = run("cache", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert run("cache", "--commits", "0", cwd=tmp_path).returncode == 2


def test_names_in_the_history_cannot_steer_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (tmp_path / ".dockerignore").write_text(".git\n")
    git(tmp_path, "init", "-q")
    for name in ("\x1b]0;pwn\x07", "[bold]x\u202e", "a\nnote: fake"):
        (tmp_path / name).write_text("x")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-qm", "\x1b[2J")
    for output in ("text", "json", "markdown", "github"):
        done = run("cache", "--format", output, cwd=tmp_path)
        assert done.returncode == 0
        assert not set("\x1b\x07\u202e") & set(done.stdout + done.stderr)
        assert not any(line.strip().startswith("note: fake") for line in done.stdout.splitlines())
