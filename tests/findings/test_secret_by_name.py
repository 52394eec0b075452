from pathlib import Path

import pytest

from ctxopt.catalogue.secrets import gives_a_secret
from ctxopt.core.context.tree import Totals
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rules.secret_by_name import RULE
from ctxopt.findings.settings import DEFAULT, Settings
from tests.findings.support import built, named
from tests.support.files import write
from tests.support.programs import git

_ENV = "DB_PASSWORD=hunter22\n"
_KEY = "-----BEGIN PRIVATE KEY-----\n"
_ALL = "FROM alpine:3\nWORKDIR /app\nCOPY . .\n"


def test_in_the_image_it_is_an_error(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, _ALL, {".env": _ENV})
    assert (finding.severity, finding.confidence) == (Severity.ERROR, Confidence.HIGH)
    assert (finding.file, finding.line, finding.end_line, finding.subject) == ("Dockerfile", 3, 3, ".env")
    assert finding.totals == Totals(1, len(_ENV))
    assert finding.message == (
        ".env is copied into the image: likely contains secrets; pass it at run time (`--env-file`)"
    )
    assert finding.fix == "add .env to .dockerignore"
    assert "hunter22" not in repr(finding)


def test_a_run_that_may_need_it_can_mount_it(tmp_path: Path) -> None:
    text = "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci\nFROM node:22\n"
    text += "COPY --from=build /app /srv\n"
    (finding,) = built(tmp_path, RULE, text, {"web/.npmrc": "//r/:_authToken=abc\n"})
    assert finding.fix == (
        "add web/.npmrc to .dockerignore; a RUN that needs it can use --mount=type=secret,id=npmrc,"
        "target=/app/web/.npmrc with docker build --secret id=npmrc,src=web/.npmrc"
    )


def test_in_another_stage_it_is_a_warning(tmp_path: Path) -> None:
    text = "FROM alpine:3 AS build\nWORKDIR /src\nCOPY \\\n  . .\nFROM alpine:3\nCOPY --from=build /src/out /out\n"
    (finding,) = built(tmp_path, RULE, text, {"certs/tls.key": _KEY}, ignore="nothing\n")
    assert (finding.severity, finding.line, finding.end_line) == (Severity.WARNING, 3, 4)
    assert finding.message.startswith("certs/tls.key is copied into stage build and its build cache: private key")
    assert finding.fix == "add certs/tls.key to .dockerignore"


def test_it_is_followed_through_stages(tmp_path: Path) -> None:
    text = "FROM alpine:3 AS build\nWORKDIR /src\nCOPY . .\nFROM alpine:3\nCOPY --from=build /src /srv\n"
    (finding,) = built(tmp_path, RULE, text, {"conf/.env": _ENV})
    assert (finding.severity, finding.line, finding.confidence) == (Severity.ERROR, 5, Confidence.MEDIUM)
    assert finding.evidence == ("COPY in line 3 copies it into stage build",)


def test_what_is_removed_before_it_is_copied_on_stays_in_the_stage(tmp_path: Path) -> None:
    text = (
        "FROM alpine:3 AS build\nWORKDIR /src\nCOPY . .\nRUN rm -f .env\nFROM alpine:3\nCOPY --from=build /src /srv\n"
    )
    (finding,) = built(tmp_path, RULE, text, {".env": _ENV})
    assert (finding.severity, finding.line) == (Severity.WARNING, 3)


def test_what_is_removed_stays_in_its_layer(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY .npmrc package.json ./\nRUN npm ci && rm .npmrc\n"
    (finding,) = built(tmp_path, RULE, text, {".npmrc": "//r/:_authToken=abc\n", "package.json": "{}"})
    assert (finding.severity, finding.line) == (Severity.ERROR, 3)
    assert finding.evidence == ("RUN in line 4 removes it, but the layer of line 3 keeps it",)
    assert finding.fix == (
        "remove it from the COPY, and mount it for the RUN that needs it: "
        "--mount=type=secret,id=npmrc,target=/app/.npmrc with docker build --secret id=npmrc,src=.npmrc"
    )


@pytest.mark.parametrize(
    ("copied", "run"),
    [
        ("COPY tls/server.key /etc/nginx/tls/", ""),
        ("COPY tls/server.key /etc/nginx/tls/", "RUN chown -R nginx /etc/nginx/tls && chgrp nginx /etc/nginx/tls"),
        ("COPY tls/server.key /etc/nginx/tls/", "RUN apt-get update && apt-get install -y curl"),
        ("COPY tls/server.key /etc/nginx/tls/", "RUN sed -i s/a/b/ /etc/nginx/nginx.conf"),
        ("COPY tls/server.* /etc/nginx/tls/", "RUN mkdir -p /var/cache/nginx"),
    ],
)
def test_the_container_gets_what_no_run_needs(tmp_path: Path, copied: str, run: str) -> None:
    text = f"FROM nginx:1\nRUN cat /etc/nginx/tls/server.key\n{copied}\n{run}\n"
    (finding,) = built(tmp_path, RULE, text, {"tls/server.key": _KEY, "tls/server.crt": "x"})
    assert finding.fix.endswith(
        " when the container starts, as no RUN needs it: docker run --mount type=bind,source=FILE,"
        "target=/etc/nginx/tls/server.key,readonly, or `secrets:` of Compose or Swarm"
    )
    assert "type=secret" not in finding.fix


@pytest.mark.parametrize(
    "run",
    [
        "RUN openssl rsa -check -in /etc/nginx/tls/server.key",
        "RUN nginx-check /etc/nginx/tls",
        "WORKDIR /etc/nginx\nRUN make check",
        "RUN /etc/nginx/tls/setup.sh",
        "RUN if [ x",
        "RUN " + "true; " * 200 + "true",
    ],
)
def test_a_run_that_may_read_it_mounts_it(tmp_path: Path, run: str) -> None:
    text = f"FROM nginx:1\nCOPY tls/server.key /etc/nginx/tls/\n{run}\n"
    (finding,) = built(tmp_path, RULE, text, {"tls/server.key": _KEY})
    assert finding.fix.startswith(
        "remove it from the COPY, and mount it for the RUN that needs it: --mount=type=secret"
    )


def test_a_run_of_a_stage_that_starts_from_it_may_read_it(tmp_path: Path) -> None:
    text = "FROM nginx:1 AS a\nCOPY tls/server.key /tls/\nFROM a\nRUN openssl rsa -in /tls/server.key\n"
    (finding,) = built(tmp_path, RULE, text, {"tls/server.key": _KEY})
    assert "for the RUN that needs it" in finding.fix


def test_with_the_builder_it_is_a_note(tmp_path: Path) -> None:
    text = "FROM alpine:3\nRUN --mount=type=bind,target=/src make\n"
    (finding,) = built(tmp_path, RULE, text, {".env": _ENV, "b/id_rsa": _KEY}, ignore="# none\n")
    assert (finding.severity, finding.file, finding.line) == (Severity.NOTE, ".dockerignore", None)
    assert finding.message == ".env and 1 more file with secrets are sent to the builder"
    assert finding.fix == "add .env b/id_rsa to .dockerignore"
    assert [line.partition(":")[0] for line in finding.evidence] == [".env", "b/id_rsa"]


def test_in_the_context_it_is_an_info(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "FROM alpine:3\nCOPY src /src\n", {".env": _ENV, "src/a": "a"})
    assert (finding.severity, finding.file, finding.subject) == (Severity.INFO, "Dockerfile", ".env")
    assert finding.totals == Totals(1, len(_ENV))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env.production", "API_TOKEN=abcdefgh\n"),
        (".env.latest", _ENV),
        ("latest.env", _ENV),
        ("circle/base.env", _ENV),
        ("ci/id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\n"),
        ("stubborn/rsa.key", _KEY),
        ("prod.env", "export DATABASE_URL=postgres://me:hunter22@db.example.com/x\n"),
        ("deploy/id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\n"),
        (".ssh/deploy", "-----BEGIN OPENSSH PRIVATE KEY-----\n"),
        (".aws/credentials", "[default]\n"),
        (".kube/config", "users:\n- user:\n    token: abc\n"),
        ("kubeconfig", "client-key-data: abc\n"),
        (".docker/config.json", '{"auths": {"r": {"auth": "abc"}}}'),
        ("infra/terraform.tfstate", "{}"),
        ("terraform.tfvars", 'db_password = "hunter22"\n'),
        (".npmrc", "//registry.npmjs.org/:_authToken=abc\n"),
        (".pypirc", "[pypi]\npassword = abc\n"),
        ("home/.bash_history", "mysql -phunter22\n"),
        (".netrc", "machine a login b password c\n"),
        ("config/master.key", "abc"),
        ("config/credentials/production.key", "abc"),
        (".ssh/id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\n"),
        ("auth.json", '{"github-oauth": {}}'),
        (".git-credentials", "https://a:b@github.com\n"),
        ("pip.conf", "index-url = https://a:b@pypi.example.com/simple\n"),
        ("NuGet.Config", '<add key="ClearTextPassword" value="abc" />'),
        ("service-account-prod.json", '{"private_key": "x"}'),
        # In any case, and as editors and people copy it.
        (".ENV", _ENV),
        ("deploy/.Env.Production", _ENV),
        ("ID_RSA", "-----BEGIN OPENSSH PRIVATE KEY-----\n"),
        (".SSH/Deploy", "-----BEGIN OPENSSH PRIVATE KEY-----\n"),
        ("TLS.PEM", _KEY),
        (".env~", _ENV),
        (".env.bak", _ENV),
        (".ENV.BAK", _ENV),
        (".env.swp", "b0VIM 9.0\0\0me\0PORT=80\0DB_PASSWORD=hunter22\0\0"),
        ("#.env#", _ENV),
        ("id_rsa.old", "-----BEGIN OPENSSH PRIVATE KEY-----\n"),
        (".id_rsa.swp", "-----BEGIN OPENSSH PRIVATE KEY-----\n"),
        ("server.key.bak", _KEY),
        (".netrc~", "machine a login b password c\n"),
        (".npmrc.orig", "//registry.npmjs.org/:_authToken=abc\n"),
        (".aws/credentials~", "[default]\n"),
        ("config/master.key.bak.old", "abc"),
        ("root/.kube/Config", "users:\n- user:\n    token: abc\n"),
        ("prod.kubeconfig", "client-key-data: abc\n"),
        ("home/.config/gcloud/credentials.db", "x"),
        ("aws/credentials", "[default]\naws_secret_access_key = abc\n"),
        (".aws/config", "[default]\naws_session_token = abc\n"),
        (".config/gh/hosts.yml", "github.com:\n    oauth_token: abc\n"),
    ],
)
def test_names(tmp_path: Path, path: str, text: str) -> None:
    (finding,) = built(tmp_path, RULE, _ALL, {path: text})
    assert (finding.severity, finding.subject, finding.confidence) == (Severity.ERROR, path, Confidence.HIGH)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env.example", _ENV),
        (".env.production.sample", _ENV),
        (".env.d.ts", _ENV),
        (".env.vault", _ENV),
        *((f".env.{name}", _ENV) for name in ("unit-tests", "testing-ci", "tests", "test.local", "ci", "dusk.local")),
        *((f"docker/{name}.env", _ENV) for name in ("ci", "app-test", "e2e", "testing")),
        (".env", ""),
        (".env", "DOTENV_PUBLIC_KEY=abc\nDB_PASSWORD=encrypted:abc\n"),
        ("id_rsa.pub", "ssh-rsa AAAA"),
        ("id_rsa.md", "how to make one"),
        (".ssh/known_hosts", "github.com ssh-rsa AAAA"),
        ("ca.pem", "-----BEGIN CERTIFICATE-----\n"),
        ("slides.key", "PK\x03\x04"),
        ("tests/fixtures/server.key", _KEY),
        ("test/.env", _ENV),
        ("internal/test_resources/ca.pem", _KEY),
        *(
            (f"{name}/id_rsa", _KEY)
            for name in ("insecure-test", "docker/testbed", "test.keys", "my_tests", "local-certs")
        ),
        ("config/secrets.yml", "development:\n  key: <%= ENV['K'] %>\ntest:\n  key: 0123456789abcdef01\n  a: b\n"),
        ("config/database.yml", "development:\n  password: Sup3rS3cret\ntest: &test\n  password: Sup3rS3cret\n"),
        ("config/secrets.yml", "development:\n  key: 0123456789abcdef01\nproduction:\n  key: <%= ENV['K'] %>\n"),
        ("appsettings.json", '{"Db": "Server=127.0.0.1;Port=5432;User Id=a;Password=Sup3rS3cret;"}\n'),
        (".env", "DB_USER=atlas\nDB_PASSWORD=atlas\n"),
        (".env", "export POSTGRES_DB='shop'\nPOSTGRES_PASSWORD=shop\n"),
        ("cmd/stub/rsa.key", _KEY),
        (".env.testing-ci", _ENV),
        (".env.tests", _ENV),
        (".env.unit-tests", _ENV),
        (".env.ci", _ENV),
        (".env.test.local", _ENV),
        ("unit-test.env", _ENV),
        ("node_modules/pkg/key.pem", _KEY),
        (".env/bin/activate", "# a virtual environment"),
        (".aws/task-definition.json", "{}"),
        (".docker/config.json", '{"credsStore": "desktop"}'),
        (".docker/Dockerfile", "FROM x"),
        ("web/config.json", '{"auth": 1}'),
        (".npmrc", "save-exact=true\n"),
        (".npmrc", "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n"),
        (".npmrc", "# //registry.npmjs.org/:_authToken=abc\n"),
        (".yarnrc.yml", "npmAuthToken: ${NPM_TOKEN:-}\n"),
        ("pip.conf", "index-url = https://${USER}:${PASSWORD}@pypi.example.com/simple\n"),
        ("NuGet.Config", '<add key="ClearTextPassword" value="%FEED_TOKEN%" />'),
        ("k8s/service-account.json", '{"kind": "ServiceAccount"}'),
        ("notes/a.txt", "x"),
        ("java/cacerts.jks", "x"),
        ("truststore.p12", "x"),
        ("app/debug.keystore", "x"),
        ("secrets.yaml", "sops:\n  kms: []\n"),
        ("group_vars/secrets.yml", "$ANSIBLE_VAULT;1.1;AES256\n"),
        ("auth.json", '{"scopes": []}'),
        ("environment.ts", _ENV),
        (".env.example~", _ENV),
        (".ENV.SAMPLE", _ENV),
        (".env.sample.bak", _ENV),
        ("example.env.old", _ENV),
        ("ID_RSA.PUB", "ssh-rsa AAAA"),
        ("kubeconfig.go", "token: x"),
        ("Kubeconfig.md", "token: x"),
        ("lib/credentials", "package credentials"),
        ("credentials.go", "aws_secret_access_key"),
        ("aws/credentials", "aws_secret_access_key = ${SECRET}\n"),
        ("gh/hosts.yml", "oauth_token: abc\n"),
        ("environment~", _ENV),
        ("~", _ENV),
        ("#", _ENV),
    ],
)
def test_names_of_others(tmp_path: Path, path: str, text: str) -> None:
    assert built(tmp_path, RULE, _ALL, {path: text}) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("latest/id_rsa", _KEY),
        ("contest-app/id_rsa", _KEY),
        ("config/secrets.yml", "test:\n  key: x\nproduction:\n  api_key: 0123456789abcdef01\n"),
        ("appsettings.json", '{"Db": "Server=db.acme.com;Port=5432;User Id=a;Password=Sup3rS3cret;"}\n'),
        (".env", "DB_USER=atlas\nDB_PASSWORD=Sup3rS3cret\n"),
    ],
)
def test_what_only_looks_like_one_for_tests(tmp_path: Path, path: str, text: str) -> None:
    assert len(built(tmp_path, RULE, _ALL, {path: text})) == 1


@pytest.mark.parametrize("path", [".env.latest", ".env.contest", ".env.cicero", "latest.env", "ci/base.env"])
def test_names_that_only_look_like_those_of_tests(tmp_path: Path, path: str) -> None:
    assert len(built(tmp_path, RULE, _ALL, {path: _ENV})) == 1


@pytest.mark.parametrize(
    ("path", "text", "severity", "confidence"),
    [
        ("release.keystore", "x", Severity.WARNING, Confidence.MEDIUM),
        ("localhost-key.pem", _KEY, Severity.WARNING, Confidence.MEDIUM),
        ("secrets/db.txt", "x", Severity.WARNING, Confidence.MEDIUM),
        (".secrets/token", "x", Severity.WARNING, Confidence.MEDIUM),
        ("credentials.json", "{}", Severity.WARNING, Confidence.MEDIUM),
    ],
)
def test_doubts(tmp_path: Path, path: str, text: str, severity: Severity, confidence: Confidence) -> None:
    (finding,) = built(tmp_path, RULE, _ALL, {path: text})
    assert (finding.severity, finding.confidence) == (severity, confidence)


@pytest.mark.parametrize(
    "text",
    [
        "PORT=80\n",
        "DB_PASSWORD=\nAPI_KEY=changeme\nPUBLIC_KEY=abcdef\n",
        "PG_PASSWORD=postgres_password\nSECRET_KEY=django_secret_key\nJWT_SECRET=hello456\nAWS_SECRET=minioadmin\n",
        "DB_PASSWORD=null\nA_SECRET='${OTHER}'\nURL=postgres://a:password@db.example.com/x\n",
    ],
)
def test_a_file_without_a_secret_in_it(tmp_path: Path, text: str) -> None:
    assert built(tmp_path, RULE, _ALL, {".env": text}) == []


def test_a_context_among_the_examples_of_a_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    root = tmp_path / "examples" / "tls"
    root.mkdir(parents=True)
    assert built(root, RULE, _ALL, {"server.key": _KEY}) == []
    # What is above the repository does not matter.
    (root / ".git").mkdir()
    assert [one.subject for one in built(root, RULE, _ALL, {"server.key": _KEY})] == ["server.key"]


def test_what_a_copy_means_is_not_to_be_excluded(tmp_path: Path) -> None:
    text = "FROM alpine:3\nCOPY certs/* /etc/certs/\nRUN check-certs /etc/certs/*\n"
    (finding,) = built(tmp_path, RULE, text, {"certs/server.key": _KEY, "certs/server.crt": "x"})
    assert (finding.severity, ".dockerignore" in finding.fix) == (Severity.ERROR, False)
    assert finding.fix.startswith("copy the other files by name, and mount this one: --mount=type=secret")
    (tmp_path / "other").mkdir()
    (broad,) = built(tmp_path / "other", RULE, "FROM alpine:3\nCOPY * /app/\n", {"server.key": _KEY})
    assert broad.fix.partition("; ")[::2] == (
        "add server.key to .dockerignore",
        "if the program reads it, mount it when the container starts (docker run -v)",
    )


def test_excluded_secrets_are_not_found(tmp_path: Path) -> None:
    assert built(tmp_path, RULE, _ALL, {".env": _ENV, "a/x.pem": _KEY}, ignore="**/.env\n**/*.pem\n") == []


def test_an_instruction_that_may_read_anything_is_not_said_to_read_it(tmp_path: Path) -> None:
    text = "FROM alpine:3\nCOPY $WHAT /srv/\n"
    assert [finding.severity for finding in built(tmp_path, RULE, text, {".env": _ENV})] == [Severity.NOTE]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "context").mkdir()
    (tmp_path / "outside").write_text(_ENV)
    (tmp_path / "context" / ".env").symlink_to("../outside")
    assert built(tmp_path / "context", RULE, _ALL) == []


@pytest.mark.parametrize(
    ("copy", "found"),
    [
        ("COPY src/settings.txt /app/.env", True),
        ("COPY src/settings.txt ./.env.production", True),
        ("ADD src/settings.txt /root/.npmrc", False),
        ("COPY src/settings.txt /app/.env/", False),
        ("COPY src/settings.txt /app/settings.txt", False),
        ("COPY src/settings.tx* /app/.env", False),
    ],
)
def test_a_file_that_is_given_the_name_of_a_secret(copy: str, found: bool, tmp_path: Path) -> None:
    findings = built(tmp_path, RULE, f"FROM alpine:3\n{copy}\n", {"src/settings.txt": _ENV})
    assert [(one.subject, one.severity) for one in findings] == [("src/settings.txt", Severity.ERROR)] * found


@pytest.mark.parametrize(
    "data",
    [
        "DB_PASSWORD=q8Zr4kLmT2vX\n".encode("utf-16"),
        b"\xff\xfeDB_PASSWORD=q8Zr4kLmT2vX\n",
        b"\xfe\xffDB_PASSWORD=q8Zr4kLmT2vX\n",
        b"# c\rDB_PASSWORD=q8Zr4kLmT2vX\r",
        b"DB_PASSWORD: q8Zr4kLmT2vX\n",
        b"DB_PASSWORD=%q8Zr4kLmT2vX\n",
        b'APP_SECRET={"password":"q8Zr4kLmT2vX"}\n',
    ],
    ids=["UTF-16", "UTF-8 behind a mark", "UTF-8 behind another one", "CR", "colon", "percent", "JSON"],
)
def test_other_forms_of_an_environment_file(data: bytes, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(data)
    assert [one.severity for one in built(tmp_path, RULE, _ALL)] == [Severity.ERROR]


def test_what_git_lfs_did_not_download_is_not_known(tmp_path: Path) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 1000\n"
    (finding,) = built(tmp_path, RULE, _ALL, {".env": pointer})
    assert (finding.severity, finding.incomplete) == (Severity.WARNING, True)


@pytest.mark.parametrize(("user", "found"), [("q8Zr4kLmT2vX", True), ("postgres", False), ("app_user1", False)])
def test_a_password_that_is_also_a_user_is_none_only_if_it_is_a_word(user: str, found: bool, tmp_path: Path) -> None:
    text = f"OLD_USER={user}\nDB_PASSWORD={user}\n"
    assert bool(built(tmp_path, RULE, _ALL, {".env": text})) is found


def test_one_of_the_tests_that_is_copied_by_its_name(tmp_path: Path) -> None:
    text = "FROM alpine:3\nCOPY --chown=1 tests/.env /app/.env\nCOPY tests/other /app/other\n"
    (finding,) = built(tmp_path, RULE, text, {"tests/.env": _ENV, "tests/other/.env": _ENV})
    assert (finding.line, finding.severity) == (2, Severity.ERROR)


def test_a_copy_from_a_stage_that_names_the_file(tmp_path: Path) -> None:
    dockerfile = "FROM node AS build\nWORKDIR /app\nCOPY . .\nFROM node\nCOPY --from=build /app{} /app/\n"
    fixes = []
    for number, source in enumerate(("/.env", "")):
        (finding,) = built(tmp_path / str(number), RULE, dockerfile.format(source), {".env": _ENV})
        fixes.append(finding.fix.partition(";")[0])
    assert fixes == ["add .env to .dockerignore, and remove it from the COPY in line 5", "add .env to .dockerignore"]


def test_a_file_that_the_framework_reads_is_not_to_be_excluded(tmp_path: Path) -> None:
    text = "production:\n  secret_key_base: 6d727ff594d0267e8b86c2755612116b934b4ee3\n"
    for path, is_read in (("config/secrets.yml", True), ("deploy/secrets.yml", False)):
        (finding,) = built(tmp_path / path.partition("/")[0], RULE, _ALL, {path: text})
        assert ("it cannot be excluded" in finding.fix) is is_read


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ("os.getenv('DB_PASSWORD', 'Pa55word')", 0),
        ("os.environ.get('DB_PASSWORD', 'shop')", 0),
        ("env('DB_PASSWORD', default='Pa55word')", 0),
        ("os.getenv('DB_PASSWORD', '8f7a6s5d4f3g2h1j9k0l')", 1),
        ("'Pa55word'", 1),
    ],
)
def test_a_default_that_a_program_takes_without_a_variable(tmp_path: Path, value: str, count: int) -> None:
    text = f"import os\nDB = {{'PASSWORD': {value}}}\n"
    assert len(built(tmp_path, RULE, _ALL, {"local_settings.py": text})) == count


def test_many_are_summed_up(tmp_path: Path) -> None:
    findings = built(tmp_path, RULE, _ALL, {f"{number:02}/.env": _ENV for number in range(30)})
    assert len(findings) == 20
    (rest,) = [finding for finding in findings if finding.subject is None]
    assert rest.message == "11 more files with secrets copied into the image"
    assert rest.totals == Totals(11, 11 * len(_ENV))
    assert len(rest.evidence) == 11


def test_a_name_that_would_harm_a_command_is_not_put_into_one(tmp_path: Path) -> None:
    text = _ALL + "RUN npm ci\n"
    (finding,) = built(tmp_path, RULE, text, {"a;reboot/.npmrc": "//r/:_authToken=abc\n"})
    assert "src=FILE" in finding.fix
    assert "target" not in finding.fix


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("A_SECRET_NAME=abcd", True),
        ("export aws_secret_access_key = 'abcd'", True),
        ("KEY_1=abcdefgh", True),
        ("SORT_KEY=name", False),
        ("# PASSWORD=abcd", False),
        ("KEY=${KEY}", False),
        ("KEY=<your key>", False),
        ("POSTGRES_PASSWORD=postgres", False),
        ("POSTGRES_PASSWORD=postgres9", True),
        ("POSTGRES_PASSWORD=postgres_password", False),
        ("POSTGRES_PASSWORD=password_postgres", True),
        ("POSTGRES_PASSWORD=shop_password1", True),
        ("JWT_SECRET=hello456", False),
        ("JWT_SECRET=hellothere456", True),
        ("URL=redis://a:changeme@cache.example.com", False),
        ("SECRET_KEY='django-secret-key'", False),
        ("DB_PASSWORD=localhost", False),
        ("DB_PASSWORD=null", False),
        ("DB_PASSWORD=supersecret", True),
        ("DB_PASSWORD=app_password1", True),
        ("DB_PASSWORD=secret-horse", True),
        ("KEY_PREFIX=abcdefgh", False),
        ("PASSWORD: abcd", True),
        ("NEXT_PUBLIC_KEY=abcdefgh", False),
        ("URL=redis://:abcd@cache.example.com", True),
        ("URL=redis://a:abcd@cache.example.com", True),
        ("URL=redis://a:abcd@cache", False),
        ("URL=redis://a:${P}@cache.example.com", False),
    ],
)
def test_values(text: str, given: bool) -> None:
    assert gives_a_secret(f"A=1\n{text}\n") is given


def test_a_secret_behind_many_files_of_such_names(tmp_path: Path) -> None:
    padding = "# padding\n" * 60_000
    files = {f"a/{number:03}/.env": "MODE=fast\n" for number in range(300)}
    files |= {"z/.env": _ENV, "z/.npmrc": f"{padding}//registry.npmjs.org/:_authToken=npm_q8Zr4kT2xW7vB1nM5cY9uE3\n"}
    errors = {finding.subject for finding in built(tmp_path, RULE, _ALL, files) if finding.severity is Severity.ERROR}
    assert {"z/.env", "z/.npmrc"} <= errors


def test_what_a_key_means_where_it_is_not_in_the_image(tmp_path: Path) -> None:
    dockerfile = "FROM a AS build\nCOPY . .\nRUN make\nFROM a\nCOPY --from=build /x /x\n"
    (finding,) = built(tmp_path, RULE, dockerfile, {"deploy/server.key": _KEY})
    assert finding.message == "deploy/server.key is copied into stage build and its build cache: private key"


_CHANCE = "API_TOKEN=a8Kd93jd02kfhw7Q\n"
_STAGES = "FROM alpine:3 AS b\nCOPY . /src\nFROM alpine:3\nCOPY --from=b /src/out /out\n"


def _tracked(root: Path, dockerfile: str, files: dict[str, str], settings: Settings = DEFAULT) -> list[Finding]:
    write(root, files)
    git(root, "init", "-q")
    git(root, "add", ".")
    return built(root, RULE, dockerfile, files, ".git\n", settings)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env.development", _ENV),
        ("conf.env", "MYSQL_PASSWORD=public\nMONGO_PASSWORD=passw0rd\n"),
        (".env", "JWT_SECRET=mySuperSecretJwtKey123\n"),
        (".env.production", "DB_PASSWORD=admin123\nAPI_SECRET=apiSecret\n"),
        (".env.local", "DB_USER=kreol\nCLIENT_SECRET=kreol\nJWT_SECRET=jwtsecret\n"),
        (".ci/certs/ca.key", f"{_KEY}x\n"),
        ("dev/tls.key", f"{_KEY}x\n"),
        ("fake-certs-src/tls.key", f"{_KEY}x\n"),
        (".env.codespaces", _CHANCE),
        (".env.development", f"A_SECRET=secret\nB_PASSWORD=********\nC_PASSWORD=example1\n{_CHANCE}"),
    ],
)
def test_what_git_tracks_for_trying_out(tmp_path: Path, path: str, text: str) -> None:
    assert _tracked(tmp_path, _ALL, {path: text}) == []
    # Who searches for secrets is shown all, and so is who has such a file without git.
    assert _tracked(tmp_path, _ALL, {path: text}, Settings(scan_secrets=True)) != []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env", _ENV),
        (".env", "DB_USER=kreol\nCLIENT_SECRET=kreol2you\n"),
        (".env", _CHANCE),
        (".env.production", f"A_SECRET=secret\nB_PASSWORD=********\nC_PASSWORD=example1\n{_CHANCE}"),
        (".env", f"# example: copy this to .env\n{_CHANCE}"),
        ("prod.env", _ENV),
        (".env.development", _CHANCE),
        ("config/tls.key", f"{_KEY}x\n"),
        (".env", "DATABASE_URL=postgres://a:hunter22@db.example.com/x\n"),
    ],
)
def test_what_git_tracks_and_is_real(tmp_path: Path, path: str, text: str) -> None:
    (finding,) = _tracked(tmp_path, _ALL, {path: text})
    assert finding.subject == path


_DRAWN = "a8Kd93jd02kfhw7Q"


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        (".env", "DB_PASSWORD=hunter2\n", 1),
        (".env", "DB_PASSWORD=postgres\n", 0),
        (".env.shop", "DB_PASSWORD=hunter2\n", 0),
        ("appsettings.Production.json", '{"ClientSecret": "hunter2"}', 1),
        ("appsettings.Shop.json", '{"ClientSecret": "hunter2"}', 0),
        ("prod.env", "DB_PASSWORD=newPassword\n", 1),
        (".env", "SECRET_KEY=django-insecure-5vl8s46zwjl515a\n", 0),
        (".env", f"SECRET_KEY={_DRAWN}\n", 1),
        (".env", f"###> symfony/framework-bundle ###\nAPP_SECRET={_DRAWN}\nDB_PASSWORD=root\n", 0),
        (".env", f"###> symfony/framework-bundle ###\nMAILER_PASSWORD={_DRAWN}\n", 1),
        ("appsettings.json", '{"ClientSecret": "dev-bff-secret"}', 0),
        ("appsettings.json", f'{{"ClientSecret": "{_DRAWN}"}}', 1),
        ("config/database.yml", "production:\n  password: exercism\n", 0),
        ("config/database.yml", f"production:\n  password: {_DRAWN}\n", 1),
        ("config.inc.php", "<?php\n$config['des_key'] = '____ROUNDCUBE_DES_KEY';\n$c['secret_key'] = '__KEY';\n", 0),
        ("secrets.py", "MASKED_SECRET = '......'\nSETTINGS_SECRET = 'app.secret.v1'\n", 0),
        ("secrets.py", f"API_SECRET = '{_DRAWN}'\n", 1),
        (".npmrc", "//npm.pkg.github.com/:_authToken=${TOKEN}\n", 0),
        (".npmrc", "//npm.pkg.github.com/:_authToken=TOKEN\n", 0),
        (".npmrc", f"//npm.pkg.github.com/:_authToken=npm_{_DRAWN}\n", 1),
        ("deploy/server.p12", "x\n", 0),
        ("config/master.key", "x\n", 1),
    ],
)
def test_what_git_tracks_is_proven_by_its_text(tmp_path: Path, path: str, text: str, count: int) -> None:
    assert len(_tracked(tmp_path, _ALL, {path: text})) == count
    # An instruction that names the file does not make it a secret.
    named_file = f"FROM alpine:3\nCOPY {path} /app/{path}\n"
    assert len(built(tmp_path, RULE, named_file, {path: text})) == count


@pytest.mark.parametrize("path", [".env", "certs/tls.key"])
def test_what_git_tracks_and_no_image_has(tmp_path: Path, path: str) -> None:
    files = {path: _ENV if path == ".env" else f"{_KEY}x\n"}
    assert _tracked(tmp_path, _STAGES, files) == []
    (tmp_path / "again").mkdir()
    (finding,) = built(tmp_path / "again", RULE, _STAGES, files)
    assert finding.severity is Severity.WARNING


def test_a_manual_says_that_a_file_is_copied(tmp_path: Path) -> None:
    files = {"app.env.prod": "", ".env.prod": _ENV, "README.md": "Run `cp .env.prod .env` first.\n"}
    assert _tracked(tmp_path, _ALL, files) == []
    (tmp_path / "again").mkdir()
    assert len(_tracked(tmp_path / "again", _ALL, {**files, "README.md": "Run `cat .env.prod .env`.\n"})) == 1


#: A certificate that is signed with its own key, and one that is signed with that.
_OWN = """-----BEGIN CERTIFICATE-----
MIIBfjCCASOgAwIBAgIUPDbSVT1oAneaGjIR70GBCDoNoTcwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MB4XDTI2MTIwMTEwMjI1MloXDTI2MTIwMjEw
MjI1MlowFDESMBAGA1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAE7Uk+t9bR94LCLbD3k7LcxcDYD4Z+nriUhGr3JVVG7vVzpKYak2PwM1Pd
r/8vaOxyBQ/wDTuOQL1YL/TcLaN/nqNTMFEwHQYDVR0OBBYEFHwipnhgnI2usKA9
IVqRWIx2ktVrMB8GA1UdIwQYMBaAFHwipnhgnI2usKA9IVqRWIx2ktVrMA8GA1Ud
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAKqshOSagSQ/lvdxZvjiIkna
kRuUW7ym5BwrCTyaL+4oAiEAlcjFTwZ3KLfDwlVZ77WtL+YYQ1CogjpOAwfCbuNJ
9SQ=
-----END CERTIFICATE-----
"""
_SIGNED = """-----BEGIN CERTIFICATE-----
MIIBJTCBzAIUCnJ/0kCLfCIpssjBAOf5VXYNdGgwCgYIKoZIzj0EAwIwFDESMBAG
A1UEAwwJbG9jYWxob3N0MB4XDTI2MTIwMTEwMjI1MloXDTI2MTIwMjEwMjI1Mlow
FzEVMBMGA1UEAwwMc2hvcC5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
QgAECfCAEC+HMA2u+AmjS7zNt8B5vdzLDetD7mXWVcK0Oj7oghsclX/OkizmEhGl
AdFM6olCJKddpz89QXvXegE2pzAKBggqhkjOPQQDAgNIADBFAiA2kjo2Yy8qD3lC
Or7J8UiIvvTBFW6S2QAGd0cF2ExblQIhAOBBd2W+pj9G1bMGk1HLrQ0gyzd9k7sR
2/+qSa2Al8jx
-----END CERTIFICATE-----
"""
_NAMED = "FROM nginx:1\nCOPY tls/ /etc/nginx/tls/\nCOPY tls/server.key /srv/\n"


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({"tls/server.key": _KEY, "tls/server.crt": _OWN}, 0),
        ({"tls/server.pem": f"{_KEY}x\n{_OWN}"}, 0),
        # One of an authority is trusted by somebody, and so may be what an authority signs with.
        ({"tls/server.key": _KEY, "tls/server.crt": _OWN + _SIGNED}, 1),
        ({"tls/server.key": _KEY, "tls/server.crt": _SIGNED, "tls/other.crt": _OWN}, 1),
        ({"tls/rootCA.key": _KEY, "tls/server.crt": _OWN}, 1),
        ({"tls/server.key": _KEY, "tls/server.crt": "no certificate\n"}, 1),
        ({"tls/server.key": _KEY, "tls/server.crt": _OWN[:200]}, 1),
        ({"tls/server.key": _KEY}, 1),
        ({"tls/localhost.key": _KEY}, 0),
        ({"tls/latest.key": _KEY}, 1),
    ],
)
def test_a_key_that_everybody_has(tmp_path: Path, files: dict[str, str], count: int) -> None:
    assert len(_tracked(tmp_path, _NAMED, {"tls/server.key": "", **files})) == count


def test_a_key_that_only_this_machine_has(tmp_path: Path) -> None:
    assert len(built(tmp_path, RULE, _ALL, {"tls/server.key": _KEY, "tls/server.crt": _OWN})) == 1


@pytest.mark.parametrize(("line", "count"), [("cp /init/private.pem /data", 0), ("check /init/private.pem", 1)])
def test_a_key_that_a_script_of_the_image_puts_in_place(tmp_path: Path, line: str, count: int) -> None:
    script = f"[ -f /data/private.pem ] || {line}\n"
    files = {"init/private.pem": _KEY, "init/init.sh": script}
    assert len(_tracked(tmp_path, "FROM alpine:3\nCOPY init /init\n", files)) == count


@pytest.mark.parametrize(
    ("manual", "count"),
    [
        ("# Shop\nAn intentionally vulnerable shop to learn with.\n", 0),
        ("The game shows how to _not_ store your secrets.\n", 0),
        ("Vulnerable by design.\n", 0),
        ("# Damn Vulnerable Shop\n", 0),
        ("# Shop\nReport what is vulnerable to us.\n", 1),
        ("How to store your secrets: not in git.\n", 1),
    ],
)
def test_a_project_that_is_insecure_on_purpose(tmp_path: Path, manual: str, count: int) -> None:
    files = {"tls/server.key": _KEY, "README.md": manual}
    assert len(_tracked(tmp_path, _ALL, files)) == count
    assert len(_tracked(tmp_path, _ALL, files, Settings(scan_secrets=True))) == 1


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        (".env.dev", f"###> symfony/framework-bundle ###\n{_CHANCE}", 0),
        (".env.dev", _CHANCE, 1),
        (".env.dev", f"APP_ENV=testing\n{_CHANCE}", 0),
        (".env.dev", f"APP_ENV=production\n{_CHANCE}", 1),
        (".env", f"APP_ENV=testing\n{_CHANCE}", 1),
        (".env.prod", f"###> symfony/framework-bundle ###\n{_CHANCE}", 1),
        (".env", "VITE_API_KEY=a8Kd93jd02kfhw7Q\nREACT_APP_TOKEN=a8Kd93jd02kfhw7Q\n", 0),
        (".env", "export VITE_API_KEY=a8Kd93jd02kfhw7Q\n", 0),
        (".env", "VITE_API_KEY=a8Kd93jd02kfhw7Q\nAPI_KEY=a8Kd93jd02kfhw7Q\n", 1),
        (".env", "INVITE_API_KEY=a8Kd93jd02kfhw7Q\n", 1),
    ],
)
def test_what_is_committed_or_published_by_convention(tmp_path: Path, path: str, text: str, count: int) -> None:
    assert len(_tracked(tmp_path, _ALL, {path: text})) == count


def test_what_an_instruction_names_is_meant(tmp_path: Path) -> None:
    (finding,) = _tracked(tmp_path, "FROM alpine:3\nCOPY dev/tls.key /etc/\n", {"dev/tls.key": f"{_KEY}x\n"})
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        (".env", "PRIVATE_KEY=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80\n", 0),
        (".env", "PRIVATE_KEY=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff81\n", 1),
        (".env.production", "SECRET_KEY=12345\n", 0),
        ("secrets.yml", "API_KEY: !var redhat/projects/api-key\n", 0),
        ("secrets.yml", "API_KEY: hunter22-abcdef\n", 1),
        (".env.production", "SECRET_KEY=73915\n", 1),
        ("scripts/.env.exemple", _ENV, 0),
        ("scripts/.env.existing", _ENV, 1),
        ("tlstest/ca.key", _KEY, 0),
        ("latest/ca.key", _KEY, 1),
        ("contest/ca.key", _KEY, 1),
    ],
)
def test_what_everybody_has(tmp_path: Path, path: str, text: str, count: int) -> None:
    assert len(built(tmp_path, RULE, _ALL, {path: text})) == count


def test_a_key_of_tests_in_the_image_of_a_test(tmp_path: Path) -> None:
    dockerfile = "FROM alpine:3\nCOPY test/certs/server.key /etc/\n"
    files = {"test/certs/server.key": _KEY, "test/Dockerfile": dockerfile, "Dockerfile": dockerfile}
    write(tmp_path, files)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    assert named(tmp_path, RULE, "test/Dockerfile", dockerfile) == []
    assert len(named(tmp_path, RULE, "Dockerfile", dockerfile)) == 1


@pytest.mark.parametrize(("name", "count"), [("Dockerfile.test", 0), ("Dockerfile.dev", 1), ("Dockerfile.prod", 1)])
def test_a_key_that_git_tracks_in_an_image_for_tests(tmp_path: Path, name: str, count: int) -> None:
    write(tmp_path, {"certs/server.key": _KEY, name: _ALL})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    assert len(named(tmp_path, RULE, name, _ALL)) == count


@pytest.mark.parametrize(
    ("path", "assumed", "count"), [("other/.env", True, 0), ("api/.env", True, 1), ("other/.env", False, 1)]
)
def test_a_file_of_another_project_where_the_context_is_not_known(
    tmp_path: Path, path: str, assumed: bool, count: int
) -> None:
    files = {path: _ENV, "api/package.json": "{}"}
    assert len(named(tmp_path, RULE, "api/Dockerfile", _ALL, files, assumed=assumed)) == count


@pytest.mark.parametrize(
    ("path", "script", "count"),
    [
        ("other/.env", "cd api && docker build .\n", 0),
        ("api/.env", "cd api && docker build .\n", 1),
        ("other/.env", "cd web && docker build .\n", 1),
    ],
)
def test_a_file_beside_the_directory_in_which_a_script_builds(
    tmp_path: Path, path: str, script: str, count: int
) -> None:
    git(tmp_path, "init", "-q")
    assert len(named(tmp_path, RULE, "api/Dockerfile", _ALL, {path: _ENV, "build.sh": script})) == count


@pytest.mark.parametrize(
    ("command", "fix"),
    [
        ("composer dump-env prod", "line 3 writes its values into the image, so it cannot be excluded: leave only"),
        ("composer --no-ansi dump-env prod", "line 3 writes its values into the image, so it cannot be excluded"),
        ("php bin/console dotenv:dump prod", "line 3 writes its values into the image, so it cannot be excluded"),
        ("composer install", "add .env to .dockerignore"),
    ],
)
def test_a_command_that_writes_the_values_into_the_image(tmp_path: Path, command: str, fix: str) -> None:
    files = {".env": "API_KEY=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b\n"}
    (finding,) = built(tmp_path, RULE, f"FROM php:8.4\nCOPY . /app\nRUN {command}\n", files)
    assert finding.fix.startswith(fix)
