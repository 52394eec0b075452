"""Files with secrets in the default places of tools, and files of the same names without any."""

from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.builds.discovery import Request
from ctxopt.evidence.secret_files import Reach, found_secrets
from ctxopt.findings import check
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Severity
from ctxopt.proposal.model import Level
from ctxopt.proposal.propose import propose
from tests.support.files import write

_WITH = {
    ".config/gcloud/application_default_credentials.json": '{"client_secret": "d-abc", "refresh_token": "1//0abc"}',
    ".cargo/credentials.toml": '[registry]\ntoken = "cioabcdef0123456789"\n',
    ".m2/settings.xml": "<settings><server><password>hunter22</password></server></settings>",
    "gradle.properties": "org.gradle.jvmargs=-Xmx2g\nmavenPassword=s3cr3tvalue\n",
    "admin.conf": "apiVersion: v1\nusers:\n- user:\n    client-key-data: LS0t\n",
    "kubeconfig.yaml": "users:\n- user:\n    token: abcdef\n",
    "wp-config.php": "<?php\ndefine( 'DB_PASSWORD', 'r3alPassw0rd' );\n",
    "appsettings.Production.json": '{"ConnectionStrings": {"Main": "Server=db;User Id=sa;Password=Zx81Spectrum!"}}',
    "config/database.yml": "production:\n  adapter: postgresql\n  password: Zx81Spectrum\n",
    "app/local_settings.py": "DEBUG = False\nSECRET_KEY = 'k8d7f6g5h4j3k2l1'\n",
    ".dev.vars": "API_TOKEN=abcdef0123456789\n",
    "token.json": '{"token": "ya29.x", "refresh_token": "1//0abc"}',
    ".vault_password": "hunter22\n",
    "vault-password.txt": "hunter22\n",
    "deploy/secrets.yaml": "kind: Secret\nstringData:\n  token: abcdef0123\n",
}
_WITHOUT = {
    "m/settings.xml": "<settings><server><password>${env.PW}</password></server></settings>",
    "gradle.properties": "org.gradle.jvmargs=-Xmx2g\nsigning.keyId=\n# mavenPassword=hunter22\n",
    "admin.conf": "server { listen 80; }\n",
    "wp-config.php": "<?php\ndefine( 'DB_PASSWORD', getenv('DB_PASSWORD') );\n",
    "appsettings.Production.json": '{"Logging": {"LogLevel": {"Default": "Warning"}}}',
    "config/database.yml": 'production:\n  password: <%= ENV["DB_PASSWORD"] %>\n  host: ${HOST}\n',
    "config/secrets.yml": 'production:\n  secret_key_base: <%= ENV["SECRET_KEY_BASE"] %>\n',
    "deploy/secrets.yaml": "kind: Secret\nstringData:\n  token: ${TOKEN}\n",
    "app/local_settings.py": "DEBUG = True\nSECRET_KEY = os.environ['SECRET_KEY']\n",
    "token.json": '{"color": {"red": "#f00"}}',
    "vault_pass.sh": "#!/bin/sh\npass show vault\n",
    ".dev.vars.example": "API_TOKEN=\n",
}


@pytest.mark.parametrize("path", _WITH)
def test_a_secret_in_its_default_place(tmp_path: Path, path: str) -> None:
    write(tmp_path, {"Dockerfile": "FROM a\nCOPY . /app\n", path: _WITH[path]})
    assert [one.file.path for one in found_secrets(BuildContext(str(tmp_path)))] == [path]


@pytest.mark.parametrize("path", _WITHOUT)
def test_a_file_without_one(tmp_path: Path, path: str) -> None:
    write(tmp_path, {"Dockerfile": "FROM a\nCOPY . /app\n", path: _WITHOUT[path]})
    assert found_secrets(BuildContext(str(tmp_path))) == []


@pytest.mark.parametrize(
    "path", ["gradle.properties", "wp-config.php", "config/database.yml", "token.json", "admin.conf"]
)
def test_what_a_program_reads_is_not_excluded(tmp_path: Path, path: str) -> None:
    text = _WITHOUT[path] if path == "admin.conf" else _WITH[path]
    write(tmp_path, {"Dockerfile": "FROM a\nCOPY . /app\nCMD app\n", path: text, "main.c": "x"})
    proposal = propose(str(tmp_path), Request(), level=Level.LIKELY)
    assert not any(path.rpartition("/")[2] in row.pattern for file in proposal.files for row in file.rows)
    fixes = [one.fix for one in check(RuleContext(BuildContext(str(tmp_path)))) if one.subject == path]
    assert all("cannot be excluded" in fix for fix in fixes)


_NEXT = """FROM node AS build
WORKDIR /app
COPY . .
RUN npm run build{}
FROM node
COPY --from=build /app/{} ./
"""


@pytest.mark.parametrize(
    ("after", "source", "reach"),
    [
        ("", ".next/standalone", Reach.IMAGE),
        ("", ".next/static", Reach.STAGE),
        ("\nRUN rm -f .env", ".next/standalone", Reach.STAGE),
    ],
)
def test_next_takes_its_environment_along(tmp_path: Path, after: str, source: str, reach: Reach) -> None:
    env = "OPENAI_API_KEY=a8f5f167f44f4964e6c998dee827110c\n"
    write(tmp_path, {"Dockerfile": _NEXT.format(after, source), ".env": env, ".env.local": env, "package.json": "{}"})
    found = {one.file.path: one.reach for one in found_secrets(BuildContext(str(tmp_path)))}
    assert found == {".env": reach, ".env.local": Reach.STAGE}


_PUBLISHED = """FROM sdk AS build
WORKDIR /src
COPY . .
{}
FROM runtime
COPY --from=build /app/publish /app
"""


@pytest.mark.parametrize(
    ("run", "carried"),
    [
        ("WORKDIR /src/api\nRUN dotnet publish ./Api.csproj -c Release -o /app/publish", ["api"]),
        ("RUN dotnet publish api/Api.csproj -c Release -o /app/publish", ["api"]),
        ('RUN dotnet publish "api/Api.csproj" -o /app/publish', ["api"]),
        ("RUN dotnet publish -o /app/publish", ["api", "web"]),
        ("RUN dotnet publish All.sln -o /app/publish", ["api", "web"]),
        ("RUN make publish && dotnet publish $PROJECT -o /app/publish", ["api", "web"]),
    ],
)
def test_a_publish_takes_the_settings_of_its_project_along(tmp_path: Path, run: str, carried: list[str]) -> None:
    settings = '{"ConnectionStrings": {"Db": "Server=db;User Id=app;Password=a8f5f167f44f4964"}}\n'
    names = {f"{name}/appsettings.Production.json": settings for name in ("api", "web")}
    write(tmp_path, {"Dockerfile": _PUBLISHED.format(run), **names})
    found = {one.file.path: one.reach for one in found_secrets(BuildContext(str(tmp_path)))}
    assert sorted(path.partition("/")[0] for path, reach in found.items() if reach is Reach.IMAGE) == carried
    assert found.keys() == names.keys()


def test_every_secret_is_named(tmp_path: Path) -> None:
    names = [f"keys/{number}/.env" for number in range(60)]
    write(tmp_path, {"Dockerfile": "FROM a\nCOPY keys /keys\n", **dict.fromkeys(names, "DB_PASSWORD=a8f5f167\n")})
    found = [one for one in check(RuleContext(BuildContext(str(tmp_path)))) if one.severity is Severity.ERROR]
    texts = [text for one in found for text in (one.message, *one.evidence)]
    assert all(any(name in text for text in texts) for name in names)
