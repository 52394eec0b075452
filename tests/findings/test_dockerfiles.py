"""All rules on realistic Dockerfiles, in a context with what they copy and other files."""

from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.findings import check
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from ctxopt.findings.settings import DEFAULT, Settings
from tests.support.files import write
from tests.support.snapshots import check as check_snapshot

_DATA = Path(__file__).parent.parent / "data"
_DOCKERFILES = sorted((_DATA / "dockerfiles").glob("*.Dockerfile"))
_ECOSYSTEMS = ("node", "python", "go", "rust", "java", "dotnet", "nginx", "php")

#: Files that the Dockerfiles name.
_FILES = {
    **dict.fromkeys(
        (
            *(
                "package.json",
                "package-lock.json",
                "tsconfig.json",
                "bun.lock",
                "index.ts",
                "src/server.js",
                "public/index.html",
            ),
            *(
                "requirements.txt",
                "constraints.txt",
                "pyproject.toml",
                "uv.lock",
                "environment.yml",
                "manage.py",
                "app/main.py",
            ),
            *(
                "lambda_function.py",
                "notebooks/a.ipynb",
                "go.mod",
                "go.sum",
                "cmd/app/main.go",
                "Cargo.toml",
                "Cargo.lock",
            ),
            *(
                "pom.xml",
                "mvnw",
                ".mvn/wrapper.properties",
                "target/shop.war",
                "target/shop.jar",
                "build/libs/shop.jar",
            ),
            *(
                "Shop.sln",
                "Shop.csproj",
                "src/Shop.Web/Shop.Web.csproj",
                "src/Api/Api.csproj",
                "nginx.conf",
                "nginx/nginx.conf",
            ),
            *("nginx/templates/a.template", "composer.json", "composer.lock", "bin/console", "config/a.yaml"),
            *("wp-content/themes/shop/style.css", "README.md", "index.html"),
        ),
        "text\n",
    ),
    "nuget.config": "<configuration/>\n",
    "auth.json": '{"http-basic": {}}\n',
    "certs/ca.pem": "-----BEGIN CERTIFICATE-----\n",
    "certs/server.key": "-----BEGIN PRIVATE " + "KEY-----\n",
    ".htpasswd": "me:$apr1$x\n",
}
#: Other files of a typical work tree.
_BESIDE = {
    ".npmrc": "//registry.npmjs.org/:_authToken=abcdef\n",
    ".env": "DB_PASSWORD=hunter22\n",
    ".env.example": "DB_PASSWORD=\n",
    ".git/HEAD": "ref: refs/heads/main\n",
    ".git/config": "[core]\n",
    ".git/objects/ab/cdef": "x" * 1000,
    "node_modules/left-pad/index.js": "text\n",
    "tests/fixtures/server.key": "-----BEGIN PRIVATE " + "KEY-----\n",
    "tests/test_app.py": "text\n",
}


@pytest.fixture(scope="module")
def tidy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A context whose ignore file excludes what no image needs."""
    root = write(tmp_path_factory.mktemp("tidy"), {**_FILES, **_BESIDE})
    return write(root, {".dockerignore": ".git\n.env\n.npmrc\nnode_modules\ntests\nauth.json\n.htpasswd\ncerts\n"})


@pytest.fixture(scope="module")
def untidy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without an ignore file."""
    return write(tmp_path_factory.mktemp("untidy"), {**_FILES, **_BESIDE})


def _found(root: Path, dockerfile: Path, settings: Settings = DEFAULT) -> tuple[Finding, ...]:
    return check(RuleContext(BuildContext(str(root), inline=dockerfile.read_text(encoding="utf-8")), settings))


@pytest.mark.parametrize("dockerfile", _DOCKERFILES, ids=lambda path: path.stem)
def test_every_rule_runs_over_it(dockerfile: Path, untidy: Path, tidy: Path) -> None:
    lines = dockerfile.read_text(encoding="utf-8").count("\n")
    settings = Settings(approved_base_images=("registry.example/*",), scan_secrets=True)
    for finding in (*_found(untidy, dockerfile, settings), *_found(tidy, dockerfile)):
        assert finding.message
        assert finding.fix
        assert "hunter22" not in repr(finding)
        if finding.line is not None:
            assert 1 <= finding.line <= (finding.end_line or finding.line)
            assert finding.file != "Dockerfile" or (finding.end_line or finding.line) <= lines


def _shown(one: Finding) -> str:
    what = one.message if one.subject is None else one.subject
    return f"{one.rule} {one.severity.value} ({one.confidence.value}) in line {one.line}: {what}"


def test_what_is_found_in_them(untidy: Path, tidy: Path) -> None:
    """The findings about security in all of them: a changed rule shows its effect on users here."""
    lines = []
    for dockerfile in _DOCKERFILES:
        if not dockerfile.stem.startswith(_ECOSYSTEMS):
            continue
        lines.append(f"{dockerfile.stem}\n")
        for name, root in (("no ignore file", untidy), ("ignore file", tidy)):
            found = [one for one in _found(root, dockerfile) if one.rule.startswith("CTX1")]
            lines += [f"  {name}: {_shown(one)}\n" for one in found]
    check_snapshot(_DATA / "security_findings.txt", "".join(lines))
