"""The rules about size and cache on realistic Dockerfiles, in a context with what they copy."""

from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.findings.model import Finding
from ctxopt.reports.report import Report, report
from tests.support.snapshots import check as check_snapshot

_DATA = Path(__file__).parent.parent / "data"
_DOCKERFILES = sorted((_DATA / "dockerfiles").glob("*.Dockerfile"))
#: The rules about security, whose findings another test records.
_OTHERS = ("node", "python", "go", "rust", "java", "dotnet", "nginx", "php")

#: Files that the Dockerfiles name, with sizes in bytes.
_FILES = {
    **dict.fromkeys(("Gemfile", "Gemfile.lock", "app.rb", "mix.exs", "mix.lock", "config/config.exs"), 500),
    **dict.fromkeys(
        ("config/prod.exs", "config/runtime.exs", "priv/x", "lib/demo.ex", "assets/js/app.js", "rel/x"), 500
    ),
    **dict.fromkeys(("Makefile", "autogen.sh", "vcpkg.json", "CMakeLists.txt", "entrypoint.sh", "run.sh"), 300),
    **dict.fromkeys(("conf/redis.conf", "conf/nginx.conf", "conf/my.cnf", "conf/amd64.yaml", "conf/README.md"), 200),
    **dict.fromkeys(("conf/examples/a", "scripts/a.sh", "scripts/download_weights.py", "PKGBUILD", "cpanfile"), 200),
    **dict.fromkeys(("environment.yml", "jobs/main.py", "serve.py", "dags/a.py", "sql/schema.sql", "app.pl"), 400),
    **dict.fromkeys(("package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "WORKSPACE", "BUILD.bazel"), 400),
    **dict.fromkeys(("go.mod", "main.go", "cmd/api/main.go", "stack.yaml", "package.yaml", "Package.swift"), 400),
    **dict.fromkeys(("uv.lock", "pyproject.toml", "Package.resolved", "tests/a.py", "app/main.py"), 400),
    "requirements.txt": 40,
    "go.sum": 300,
    "package-lock.json": 400_000,
    "src/main.c": 30_000,
    "src/server": 4_000_000,
    "public/index.html": 20_000,
    "public/app.js.map": 300_000,
    "public/drafts/a.html": 150_000,
    "app/tmp/cache.bin": 600_000,
    "app/README.md": 900,
    "app/debug.log": 70_000,
    "build/app.tar.gz": 9_000_000,
    "models/weights.tar.gz": 40_000_000,
    "dump.sql.gz": 2_000_000,
    "notebooks/a.ipynb": 80_000,
    "data/raw/a.csv": 8_000_000,
    "data/clean/a.csv": 1_000_000,
    "docs/index.md": 700,
    "docs/figure.png": 900_000,
    ".git/HEAD": 20,
    ".git/objects/ab/cd": 5_000_000,
}
_TEXTS = {
    "package.json": '{"name": "demo", "scripts": {"build": "x"}}\n',
    "package-lock.json": "{}" + " " * 399_998,
    "requirements.txt": "flask\n",
    "go.sum": "example.com/x v1.0.0 h1:x=\n",
    "Cargo.lock": 'source = "registry+https://x"\n',
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("context")
    for name, size in _FILES.items():
        (found / name).parent.mkdir(parents=True, exist_ok=True)
        (found / name).write_text(_TEXTS.get(name, "x" * size))
    return found


def _report(root: Path, dockerfile: Path) -> Report:
    return report(BuildContext(str(root), inline=dockerfile.read_text(encoding="utf-8")))


@pytest.mark.parametrize("dockerfile", _DOCKERFILES, ids=lambda path: path.stem)
def test_every_rule_has_an_answer(dockerfile: Path, root: Path) -> None:
    lines = dockerfile.read_text(encoding="utf-8").count("\n")
    for finding in _report(root, dockerfile).findings:
        assert finding.message
        assert finding.fix
        if finding.line is not None:
            assert 1 <= finding.line <= (finding.end_line or finding.line) <= lines
        if finding.totals is not None:
            assert finding.totals.files > 0


def test_there_are_many() -> None:
    assert len([path for path in _DOCKERFILES if not path.stem.startswith(_OTHERS)]) >= 50


def _shown(one: Finding) -> str:
    cost = "" if one.totals is None else f" ({one.totals.files} files, {one.totals.size} bytes)"
    head = f"{one.rule} {one.severity.value} ({one.confidence.value}) in line {one.line}"
    return f"  {head}: {one.message}{cost}; {one.fix}\n"


def test_what_is_found_in_them(root: Path) -> None:
    """A changed rule shows its effect on users here."""
    lines = []
    for dockerfile in _DOCKERFILES:
        if not dockerfile.stem.startswith(_OTHERS):
            made = _report(root, dockerfile)
            lines.append(f"{dockerfile.stem}\n")
            lines += [_shown(one) for one in made.findings if one.rule.startswith(("CTX2", "CTX3"))]
            lines += [f"  note: {note}\n" for note in made.notes if "cannot be parsed" in note]
    check_snapshot(_DATA / "size_and_cache_findings.txt", "".join(lines))
