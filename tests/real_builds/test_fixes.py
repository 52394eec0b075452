"""Every fix that a rule proposes, applied and built before and after by the real engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.engine import Engine, Entries

pytestmark = pytest.mark.engine

_APT = "RUN apt-get update && apt-get install -y --no-install-recommends curl\n"


@dataclass(frozen=True)
class Case:
    """A project, the rules whose fixes are applied, and what becomes of the image.

    `gone` are starts of paths that only the image before has, and `kept` paths that both have. All others are equal,
    except those that start with one of `differs`.
    """

    rules: tuple[str, ...]
    dockerfile: str
    files: Mapping[str, str] = field(default_factory=dict)
    ignore: str | None = None
    gone: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()


_MAIN = "import six\nopen('made', 'w').write(six.__version__)\n"


def _in_own_environment(tool: str) -> str:
    """The start of a Dockerfile in which a tool is installed beside the packages of the project."""
    return (
        f"FROM python:3.12.1\nWORKDIR /app\nRUN python -m venv /opt/{tool} && \\\n"
        f"    /opt/{tool}/bin/pip install -q {tool} && \\\n"
        f"    ln -s /opt/{tool}/bin/{tool} /usr/bin/ && rm -rf /root/.cache/pip\nCOPY . ./\n"
    )


CASES = {
    "caches": Case(
        ("CTX206", "CTX208", "CTX209", "CTX212"),
        "FROM debian:12.9\n" + _APT + "RUN apk add bash \\\n    # two\n    && apk add jq\nRUN dnf install -y tar\n"
        "RUN conda install numpy && \\\n    true\n",
        gone=("var/lib/apt/lists/", "var/cache/apk/", "var/cache/dnf/main/", "opt/conda/pkgs/"),
        kept=("usr/share/doc/curl/copyright", "usr/lib/apk/db/installed", "opt/conda/conda-meta/numpy-1.json"),
        differs=("var/cache/",),
    ),
    "update-alone": Case(
        ("CTX220", "CTX206"),
        "FROM debian:12.9\nRUN apt-get update\n# tools\nRUN apt-get install -y --no-install-recommends curl \\\n"
        "    jq\nENV A=b\nRUN apt-get install -y --no-install-recommends \\\n    git\n",
        gone=("var/lib/apt/lists/",),
        kept=("usr/share/doc/curl/copyright", "usr/share/doc/git/copyright"),
    ),
    "here-document": Case(
        ("CTX220", "CTX206"),
        "FROM debian:12.9\nRUN apt-get update\n"
        "RUN <<EOF\nset -e\n  apt-get install -y --no-install-recommends curl\nEOF\n",
        gone=("var/lib/apt/lists/",),
        kept=("usr/share/doc/curl/copyright",),
    ),
    "add-for-copy": Case(
        ("CTX110",),
        "FROM busybox:1.36\nADD --chown=1000:1000 a.txt src /app/\nadd a.txt /b/\n",
        {"a.txt": "a\n", "src/x": "x\n"},
        kept=("app/a.txt", "app/x", "b/a.txt"),
    ),
    "npm-late": Case(
        ("CTX301", "CTX211"),
        "FROM node:22.1\nWORKDIR /app\n# all\nCOPY . .\nRUN npm install --no-audit --no-fund && node make.js\n",
        {
            "package.json": '{"name": "a", "workspaces": ["packages/*"], "dependencies": {"ms": "2.1.3"}}\n',
            "packages/lib/package.json": '{"name": "lib", "dependencies": {"is-number": "7.0.0"}}\n',
            "packages/lib/index.js": "module.exports = require('is-number')(3)\n",
            "make.js": "require('fs').writeFileSync('made', String(require('lib')) + require('ms')('1s'))\n",
        },
        ignore="node_modules\n",
        kept=("app/made", "app/node_modules/is-number/index.js", "app/node_modules/lib"),
        differs=("root/", "tmp/"),
    ),
    "pip-late": Case(
        ("CTX301", "CTX210"),
        "FROM python:3.12.1\nCOPY . /app\nWORKDIR /app\n"
        "RUN python -m venv /venv && . /venv/bin/activate && pip install -r req/all.txt\n"
        "RUN . /venv/bin/activate && python main.py\n",
        {
            "req/all.txt": "-r base.txt\nidna==3.7\n",
            "req/base.txt": "six==1.16.0\n",
            "main.py": "import six, idna\nopen('made', 'w').write(six.__version__)\n",
        },
        kept=("app/made",),
        differs=("root/", "tmp/", "venv/"),
    ),
    "poetry": Case(
        ("CTX216",),
        _in_own_environment("poetry") + "RUN poetry install --no-root --only main\nRUN poetry run python main.py\n",
        {
            "pyproject.toml": '[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.10"\n'
            'dependencies = ["six==1.16.0"]\n[[tool.poetry.source]]\nname = "simple"\npriority = "primary"\n'
            'url = "https://pypi.org/simple/"\n',
            "main.py": _MAIN,
        },
        # The environment with the packages is beside the cache.
        gone=("root/.cache/pypoetry/artifacts/", "root/.cache/pypoetry/cache/"),
        kept=("app/made",),
        differs=("root/", "tmp/", "opt/"),
    ),
    "pipenv": Case(
        ("CTX216",),
        _in_own_environment("pipenv") + "RUN pipenv install --skip-lock\nRUN pipenv run python main.py\n",
        {
            "Pipfile": '[[source]]\nname = "pypi"\nurl = "https://pypi.org/simple"\nverify_ssl = true\n[packages]\n'
            'six = "==1.16.0"\n',
            "main.py": _MAIN,
        },
        # What it downloads is only cached where the index allows that; its environment is below ~/.local.
        kept=("app/made",),
        differs=("root/", "tmp/", "opt/"),
    ),
    "go-late": Case(
        ("CTX301",),
        "FROM golang:1.22.1\nWORKDIR /src\nCOPY . .\nRUN go mod download && go build -o /bin/app .\n",
        {
            "go.mod": "module x\ngo 1.22\nreplace example.com/y => ./third/y\n",
            "go.sum": "example.com/z v1.0.0 h1:x=\n",
            "third/y/go.mod": "module example.com/y\n",
            "third/y/y.go": "package y\n",
            "main.go": "package main\nfunc main() {}\n",
        },
        kept=("usr/bin/app", "src/third/y/y.go"),
        differs=("root/", "tmp/"),
    ),
    "exceptions": Case(
        ("CTX003",),
        "FROM busybox:1.36\nCOPY conf*.ini app.ini /etc/app/\n",
        {"conf.ini": "a\n", "conf2.ini": "b\n", "app.ini": "c\n"},
        ignore="conf*.ini\n# end",
        gone=(),
        kept=("etc/app/conf.ini", "etc/app/app.ini"),
        differs=("etc/app/conf",),
    ),
    "patterns": Case(
        ("CTX005", "CTX007"),
        "FROM busybox:1.36\nWORKDIR /app\nCOPY . .\n",
        {"web/node_modules/a": "a\n", "src/x.pem": "-\n", "src/a.js": "a\n", "b.tmp": "b\n"},
        ignore="node_modules\r\n*.tmp # scratch\r\n.dockerignore\r\n",
        gone=("app/web/node_modules", "app/b.tmp"),
        kept=("app/src/a.js",),
        differs=("app/web",),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_fix_builds_and_does_what_it_says(real_engine: Engine, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    for path, text in {**case.files, "Dockerfile": case.dockerfile}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    if case.ignore is not None:
        (tmp_path / ".dockerignore").write_bytes(case.ignore.encode())
    select = [word for rule in case.rules for word in ("--select", rule)]
    before = real_engine.build(tmp_path)
    assert before.succeeded, before.last_lines
    done = run("fix", "--write", *select, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    fixed = [line for line in done.stdout.splitlines() if line.startswith("fixed")]
    assert all(any(rule in line for line in fixed) for rule in case.rules), done.stdout
    after = real_engine.build(tmp_path)
    assert after.succeeded, after.last_lines
    assert before.image is not None
    assert after.image is not None
    _compare(case, before.image.entries, after.image.entries)
    # The findings are gone, and there is nothing left to do.
    assert run("lint", *select, "--fail-on", "info", cwd=tmp_path).returncode == 0
    assert run("fix", "--check", *select, cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_an_excluded_file_that_a_command_names_is_sent_again(real_engine: Engine, tmp_path: Path, builder: str) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/a.txt").write_text("a\n", encoding="utf-8")
    (tmp_path / "docs/b.txt").write_text("b\n", encoding="utf-8")
    (tmp_path / ".dockerignore").write_text("# all\ndocs\n", encoding="utf-8")
    text = "FROM busybox:1.36\nWORKDIR /app\nCOPY . .\nRUN cp docs/a.txt /made\n"
    (tmp_path / "Dockerfile").write_text(text, encoding="utf-8")
    before = real_engine.build(tmp_path, builder=builder)
    assert not before.succeeded
    assert "docs/a.txt" in "\n".join(before.last_lines)
    done = run("fix", "--write", "--select", "CTX012", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    after = real_engine.build(tmp_path, builder=builder)
    assert after.image is not None, after.last_lines
    assert {"made", "app/docs/a.txt"} <= after.image.entries.keys()
    assert "app/docs/b.txt" not in after.image.entries
    assert run("lint", "--select", "CTX012", "--fail-on", "info", cwd=tmp_path).returncode == 0
    assert run("fix", "--check", "--select", "CTX012", cwd=tmp_path).returncode == 0


def _compare(case: Case, before: Entries, after: Entries) -> None:
    for start in case.gone:
        assert any(path.startswith(start) for path in before), start
        assert not any(path.startswith(start) for path in after), start
    for path in case.kept:
        assert path in after
    may_differ = (*case.gone, *case.differs)
    for path in {*before, *after}:
        if not path.startswith(may_differ) and not path.endswith("/Dockerfile"):
            assert before.get(path) == after.get(path), path
