import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ctxopt.catalogue.secret_variables import SecretVariables
from ctxopt.catalogue.tables import read_table
from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.plan import plan
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules import secret_in_dockerfile
from ctxopt.findings.rules.secret_in_dockerfile import RULE
from ctxopt.findings.settings import DEFAULT, Settings
from ctxopt.image.own_values import own_values
from tests.findings.support import built, named
from tests.support.cli import run
from tests.support.steps import assert_linear

_ALL = Settings(scan_secrets=True)
_TOKEN = "ghp_" + "a1B2" * 9
_PADDING = "# nothing\n" * 20_000


def found(root: Path, *lines: str, settings: Settings = DEFAULT) -> list[Finding]:
    return built(root, RULE, "FROM node:24\n" + "\n".join(lines) + "\n", settings=settings)


@pytest.mark.parametrize(
    "line",
    [
        "ENV DB_PASSWORD=Sup3rS3cret",
        "ENV DB_PASSWORD Sup3rS3cret",
        'ARG JWT_SECRET="a8f5f167f44f4964"',
        "ENV A=b AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG",
        f"ENV ANYTHING={_TOKEN}",
        f"LABEL x={_TOKEN}",
        f"RUN git clone https://{_TOKEN}@github.com/a/b",
        "RUN git clone https://oauth2:a8f5f167f44f@gitlab.acme.com/a/b.git",
        'RUN curl -H "Authorization: Bearer a8f5f167f44f4964" https://acme.com/x -o x',
        "RUN curl -H 'PRIVATE-TOKEN: a8f5f167f44f4964' https://acme.com/x",
        "RUN curl -fsSL -u deploy:a8f5f167f44f https://acme.com/x | tar x",
        "RUN wget --password=a8f5f167f44f https://acme.com/x",
        "RUN echo '//registry.npmjs.org/:_authToken=a8f5f167f44f4964' > .npmrc",
        "RUN pip config set global.index-url https://ci:a8f5f167f44f@pypi.acme.com/simple",
        "RUN echo 'root:a8f5f167f44f' | chpasswd",
        "RUN apt-get install -y openssh-server && echo 'root:a8f5f167' | chpasswd",
        "ENV DATABASE_URL=postgres://app:a8f5f167@db:5432/app",
        "RUN sshpass -p a8f5f167 scp host:/x /x",
        # Names with a number, or a word that says where the value applies.
        "ENV API_TOKEN1=a8f5f167f44f4964",
        "ENV DB_PASSWORD_PROD=Sup3rS3cret",
        "ENV apiKey_v2=a8f5f167f44f4964",
        # What is not public beside what is, and what only looks like a marker.
        "ENV PUSHER_APP_SECRET=a8f5f167f44f4964",
        "ENV FTP_PASS=**a8f5f167**",
        f"ENV INDEX=https://{'a8f5f167' * 4}@pypi.acme.com/simple/7",
        "ENV GCP_CREDENTIALS_BASE64=a8f5f167f44f4964",
        # Variables of commands.
        "RUN MYSQL_PWD=a8f5f167 mysqldump x > /x",
        "RUN set -e; export TOKEN='a8f5f167' && ./x",
        "RUN env PGPASSWORD=a8f5f167 psql -c x",
        "RUN make DEPLOY_TOKEN=a8f5f167 release",
        'RUN ["sh", "-c", "API_KEY=a8f5f167 ./x"]',
        "CMD DB_PASSWORD=a8f5f167 ./serve",
        "RUN <<EOF\nset -e\nexport TOKEN=a8f5f167\n./x\nEOF",
        "RUN <<-EOF\n\tTOKEN=a8f5f167 ./x\nEOF",
        "RUN bash <<EOF\nexport TOKEN=a8f5f167\nEOF",
        # Files that are written in the Dockerfile.
        "RUN cat <<EOF > /x.yml\ndb:\n  password: a8f5f167\nEOF",
        "COPY <<EOF /app/.env\nPORT=80\nDB_PASSWORD=a8f5f167\nEOF",
        "COPY <<'EOF' /app/.pip\n[global]\nindex-url = https://ci:a8f5f167f44f@pypi.acme.com/simple\nEOF",
        'ADD <<EOF /app/x.json\n{"secretKey": "a8f5f167"}\nEOF',
        # What is built from the image gets these, and its configuration shows them.
        "ONBUILD ENV JWT_SECRET=a8f5f167f44f4964",
        "ONBUILD RUN TOKEN=a8f5f167 ./x",
        f"ONBUILD RUN git clone https://{_TOKEN}@github.com/a/b",
    ],
)
def test_a_secret_in_the_image(tmp_path: Path, line: str) -> None:
    (finding,) = found(tmp_path, line)
    assert (finding.line, finding.severity) == (2, Severity.ERROR)
    assert "a8f5f167" not in repr(finding)
    assert _TOKEN not in repr(finding)


@pytest.mark.parametrize(
    "line",
    [
        "ARG TOKEN_URL=https://acme.com/token",
        "ENV SECRET_NAME=database PASSWORD_FILE=/run/secrets/db MAX_TOKENS=4096",
        "ENV DB_PASSWORD=/run/secrets/db",
        "ENV GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568",
        "ARG NEXT_PUBLIC_API_KEY=a8f5f167f44f4964",
        "ARG VITE_AUTH_TOKEN",
        "ENV MYSQL_ALLOW_EMPTY_PASSWORD=yes MYSQL_RANDOM_ROOT_PASSWORD=true",
        "ENV SECRET_KEY=dummy SECRET_KEY_BASE=changeme API_KEY=your-key-here JWT_SECRET=",
        "ENV SECRET_KEY_BASE_DUMMY=1",
        "ENV ENCRYPTION_KEY=CAFEBABE API_KEY=0xdeadbeef DB_PASSWORD=deadbeef-1",
        "ENV TOKENIZERS_PARALLELISM=false PAD_TOKEN=pad PWD=/app",
        "RUN SECRET_KEY=build python manage.py collectstatic",
        'RUN --mount=type=secret,id=t curl -H "Authorization: token $(cat /run/secrets/t)" https://acme.com',
        'RUN curl -H "Authorization: Bearer ${T}" https://acme.com',
        "RUN curl -H 'Accept: application/json' https://acme.com/a@b",
        "RUN git clone https://git@github.com/a/b",
        "RUN curl -u $USER:$PASS https://acme.com",
        "ENV DATABASE_URL=postgres://$USER:$PASS@db/app",
        "RUN curl https://acme.com/?key-1234567890123456789012345",
        "RUN adduser --disabled-password --gecos '' app",
        "ENV PASSWORD_FILE_PROD=/run/secrets/x TOKEN_URL_2=https://acme.com/token MAX_TOKENS_4096=a8f5f167",
        "ENV GPG_KEY_2=E3FF2839C048B25C084DEBE9B26995E310250568 API_TOKEN_PROD=changeme",
        "ENV KEY1=a8f5f167 PWD2=/app TOKENS_V2=a8f5f167",
        "RUN TOKEN=$(cat /run/secrets/t) ./x",
        'RUN export TOKEN="${T:-}" PASSWORD=`pwgen 12` && ./x',
        "RUN MYSQL_PWD=root mysqldump x",
        "RUN TOKEN_URL=https://acme.com/token ./x",
        "RUN curl 'https://acme.com/?token=a8f5f167'",
        "RUN python -c 'x(password=getpass())'",
        "RUN <<EOF\nexport TOKEN=$T\nPASSWORD_FILE=/run/secrets/x ./x\nEOF",
        "RUN python3 <<EOF\nimport os\ntoken = os.environ['T']\nx(password=args.password)\nEOF",
        "COPY <<EOF /etc/app.conf\npassword_file = /run/secrets/x\ntoken = ${TOKEN}\nsecret: changeme\nEOF",
        "COPY secret-key=a8f5f167 /x",
        "ONBUILD ARG NPM_TOKEN",
        "ONBUILD ENV TOKEN=$T",
        # Markers with which a script compares, and the name of the variable itself.
        "ENV FTP_PASS **Random**",
        "ENV DB_PASSWORD=__DB_PASSWORD__",
        'ENV WANDB_API_KEY "WANDB_API_KEY"',
        # What every browser gets.
        "ENV PUSHER_APP_KEY=keepappkey VUE_APP_API_KEY=a8f5f167f44f4964",
        f"ENV SENTRY_DSN=https://{'0d4d59e3' * 4}@o45.ingest.us.sentry.io/4508",
        f"ENV DSN=https://{'0d4d59e3' * 4}@sentry.acme.com/7",
    ],
)
def test_near_misses(tmp_path: Path, line: str) -> None:
    assert found(tmp_path, line) == []


def test_a_value_for_the_build_stays_in_the_history(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "ARG NPM_TOKEN", "RUN echo $NPM_TOKEN > .npmrc && npm ci && rm .npmrc")
    assert (finding.line, finding.severity) == (2, Severity.WARNING)
    assert finding.message == "the value of NPM_TOKEN that the build is given stays in the history of the image"
    assert "RUN --mount=type=secret,id=NPM_TOKEN,env=NPM_TOKEN" in finding.fix
    assert "in line 3" in finding.fix


def test_one_that_no_command_gets_stays_nowhere(tmp_path: Path) -> None:
    assert found(tmp_path, "RUN npm ci", "ARG NPM_TOKEN") == []


def test_in_a_build_stage_it_matters_less(tmp_path: Path) -> None:
    after = ("FROM scratch", "COPY --from=0 /app /app")
    (given,) = found(tmp_path, "ENV DB_PASSWORD=Sup3rS3cret", *after)
    (passed,) = found(tmp_path, "ARG NPM_TOKEN", "RUN x --auth $NPM_TOKEN", *after)
    assert (given.severity, passed.severity) == (Severity.WARNING, Severity.NOTE)
    assert "the build cache of stage stage-0" in passed.message


def test_a_variable_that_keeps_an_argument_is_one_finding(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "ARG API_TOKEN", "ENV API_TOKEN=${API_TOKEN}", "RUN npm ci")
    assert (finding.line, finding.severity) == (3, Severity.WARNING)
    assert "environment of the image" in finding.message


@pytest.mark.parametrize(
    "line", ["ENV POSTGRES_PASSWORD=postgres", "RUN echo app:app | chpasswd", "ENV U=db://shop:shop@db/a"]
)
def test_what_everybody_tries_first(tmp_path: Path, line: str) -> None:
    assert found(tmp_path, line) == []
    (finding,) = found(tmp_path, line, settings=_ALL)
    assert finding.severity is Severity.NOTE


@pytest.mark.parametrize(
    ("lines", "files", "count"),
    [
        ("FROM postgres:17\nENV POSTGRES_PASSWORD=postgres", {}, 1),
        ("FROM quay.io/keycloak/keycloak:26\nENV KC_BOOTSTRAP_ADMIN_PASSWORD=admin", {}, 1),
        ("FROM debian:13\nRUN apt-get install -y openssh-server\nRUN echo root:root | chpasswd", {}, 1),
        ("FROM debian:13\nRUN echo root:root | chpasswd", {}, 0),
        # Another image does nothing with it, and this one nothing with another variable.
        ("FROM debian:13\nENV POSTGRES_PASSWORD=postgres", {}, 0),
        ("FROM postgres:17\nENV SHOP_PASSWORD=postgres", {}, 0),
        # Containers get their own.
        (
            "FROM postgres:17\nENV POSTGRES_PASSWORD=postgres",
            {"compose.yaml": "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: ${PASSWORD}\n"},
            0,
        ),
    ],
)
def test_a_password_that_everybody_tries_first_and_that_lets_them_in(
    tmp_path: Path, lines: str, files: dict[str, str], count: int
) -> None:
    (tmp_path / ".git").mkdir()
    assert len(built(tmp_path, RULE, f"{lines}\n", files)) == count


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ("Sup3rS3cret", 1),
        ("hunter22x", 1),
        ("8f7a6s5d4f3g2h1j", 1),
        # Words, with a number or not.
        ("shopware", 0),
        ("keep_admin", 0),
        ("P@ssw0rd!", 0),
        ("my-super-secret-key-2024", 0),
        ("x7Kd02", 0),
        # What says that it is for development.
        ("dev-8f7a6s5d4f3g2h1j", 0),
        ("django-insecure-5vl8s46zwjl515a", 0),
    ],
)
def test_a_value_that_somebody_chose(tmp_path: Path, value: str, count: int) -> None:
    assert len(found(tmp_path, f"RUN API_SECRET={value} ./x")) == count
    assert len(found(tmp_path, f"COPY <<EOF /app/x.yml\nAPI_SECRET: {value}\nEOF")) == count
    assert len(found(tmp_path, f"RUN curl -u me:{value} https://acme.com")) == count


def test_texts_are_not_searched_for_each_argument(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[object] = []
    really = re.compile

    def compile_counted(*args: Any) -> re.Pattern[str]:
        compiled.append(args)
        return really(*args)

    monkeypatch.setattr(re, "compile", compile_counted)
    files = {".npmrc": "//x/:_authToken=${A7_TOKEN}\n//y/:_authToken=${1A3_TOKEN}\n"}
    counts = []
    for number in (10, 100):
        arguments = "".join(f"ARG A{i}_TOKEN\n" for i in range(number))
        found_there = built(tmp_path / str(number), RULE, f"FROM node:22\n{arguments}COPY . .\nRUN npm ci\n", files)
        assert [one.line for one in found_there] == [9]
        counts.append(len(compiled))
        compiled.clear()
    assert counts[1] <= counts[0]


@pytest.mark.parametrize(
    ("line", "files", "severities"),
    [
        ("ENV DB_PASSWORD=hunter2", {}, [Severity.WARNING]),
        ("ENV JWT_SECRET=my-super-secret-key", {}, [Severity.WARNING]),
        ("ENV DB_PASSWORD=Sup3rS3cret", {}, [Severity.ERROR]),
        # Everybody would try it first, it says what it is for, or a container gets another.
        ("ENV DB_PASSWORD=password", {}, []),
        ("ENV JWT_SECRET=dev-secret", {}, []),
        ("ENV DB_PASSWORD=hunter2", {"compose.yaml": "services:\n  a:\n    environment: [DB_PASSWORD]\n"}, []),
        # A build may be given another.
        ("ARG DB_PASSWORD=hunter2", {}, []),
    ],
)
def test_a_simple_value_that_nothing_replaces(
    tmp_path: Path, line: str, files: dict[str, str], severities: list[Severity]
) -> None:
    (tmp_path / ".git").mkdir()
    assert [one.severity for one in built(tmp_path, RULE, f"FROM debian:13\n{line}\n", files)] == severities


@pytest.mark.parametrize(
    ("file", "value", "count"),
    [
        ("Dockerfile.dev", "postgres", 0),
        ("Dockerfile.dev", "Sup3rS3cr", 0),
        ("Dockerfile.dev", "8f7a6s5d4f3g2h1j", 0),
        ("Dockerfile.prod", "postgres", 1),
        ("Dockerfile.prod", "Sup3rS3cr", 1),
    ],
)
def test_a_database_to_develop_with(tmp_path: Path, file: str, value: str, count: int) -> None:
    text = f"FROM postgres:17\nENV POSTGRES_PASSWORD={value}\n"
    assert len(named(tmp_path, RULE, file, text)) == count


@pytest.mark.parametrize("place", ["tests/oracle", "examples/app"])
def test_below_tests_only_keys_of_providers_count(tmp_path: Path, place: str) -> None:
    (tmp_path / ".git").mkdir()
    root = tmp_path / place
    root.mkdir(parents=True)
    assert found(root, "ENV DB_PASSWORD=Sup3rS3cr") == []
    assert found(root, "ARG DB_PASSWORD", "RUN ./x") == []
    (given,) = found(root, "ENV DB_PASSWORD=Sup3rS3cr", settings=_ALL)
    (passed,) = found(root, "ARG DB_PASSWORD", "RUN ./x", settings=_ALL)
    (token,) = found(root, f"ENV X={_TOKEN}")
    assert [one.severity for one in (given, passed, token)] == [Severity.NOTE, Severity.NOTE, Severity.ERROR]
    assert "revoke" not in given.fix
    # The directories above the repository say nothing.
    (root / ".git").mkdir()
    (given,) = found(root, "ENV DB_PASSWORD=Sup3rS3cr")
    assert given.severity is Severity.ERROR


def test_the_login_that_azure_prescribes(tmp_path: Path) -> None:
    assert found(tmp_path, 'RUN echo "root:Docker!" | chpasswd') == []


@pytest.mark.parametrize(
    ("lines", "fix"),
    [
        (["ENV BROKER=amqp://guest:guest@rabbitmq:5672/"], "take it out; pass it when the container starts: "),
        (["ENV BROKER=amqp://app:x7Kd02mQ@rabbitmq:5672/"], "take it out and revoke it; pass it when the container "),
        (["RUN curl -u app:x7Kd02mQ https://a.example.org/x"], "take it out and revoke it; mount it in the RUN "),
        (
            ["ENV BROKER=amqp://app:x7Kd02mQ@rabbitmq:5672/", "RUN make", "FROM scratch", "COPY --from=0 /x /x"],
            "take it out and revoke it; mount it in the RUN ",
        ),
    ],
)
def test_what_does_instead(tmp_path: Path, lines: list[str], fix: str) -> None:
    (finding,) = found(tmp_path, *lines, settings=_ALL)
    assert finding.fix.startswith(fix)


def test_variables_of_a_text_that_is_too_long_to_be_parsed(tmp_path: Path) -> None:
    body = "echo x\n" * 2_000 + "export TOKEN=a8f5f167\n"
    (finding,) = found(tmp_path, f"RUN <<EOF\n{body}EOF")
    assert (finding.line, finding.severity) == (2, Severity.ERROR)


def test_a_trigger_of_a_stage_that_another_one_starts_from_is_found_where_it_fires(tmp_path: Path) -> None:
    lines = ("ONBUILD ENV JWT_SECRET=a8f5f167f44f4964", "FROM 0 AS b".replace("0", "a"))
    findings = built(tmp_path, RULE, "FROM node:24 AS a\n" + "\n".join(lines) + "\n")
    assert {finding.severity for finding in findings} == {Severity.ERROR}
    assert 2 in [finding.line for finding in findings]


def test_lines_with_a_secret_are_quoted_nowhere(tmp_path: Path) -> None:
    line = "RUN apt-get update && curl -u deploy:a8f5f167f44f https://acme.com/x -o x.tar && tar xf x.tar"
    (tmp_path / "Dockerfile").write_text(f"FROM debian:trixie\n{line}\n", encoding="utf-8")
    for form in ("text", "json", "sarif", "github", "markdown", "junit"):
        result = run("lint", str(tmp_path), "--no-config", "--format", form)
        assert "CTX111" in result.stdout
        assert "CTX213" in result.stdout
        assert "a8f5f167f44f" not in result.stdout


@pytest.mark.parametrize(
    "lines",
    [
        "ARG API_TOKEN{0}\nRUN echo $API_TOKEN{0}\n",
        "ARG API_TOKEN\nRUN echo $API_TOKEN\n",
        "ARG API_TOKEN{0}\nENV MY_TOKEN{0}=$API_TOKEN{0}\n",
        "RUN API_TOKEN=a8f5f167{0} ./x\n",
        "FROM node:24 AS s{0}\nENV API_TOKEN=a8f5f167\n",
        "COPY <<EOF /x{0}\nAPI_TOKEN=a8f5f167\nEOF\n",
        "ONBUILD ENV API_TOKEN{0}=a8f5f167\n",
    ],
)
def test_twice_the_instructions_are_twice_the_work(tmp_path: Path, lines: str) -> None:
    def work(size: int) -> Callable[[], object]:
        root = tmp_path / str(size)
        root.mkdir()
        (root / "Dockerfile").write_text("FROM node:24\n" + "".join(map(lines.format, range(size))))
        context = RuleContext(BuildContext(str(root)))
        context.build.usage  # noqa: B018 - what other rules have found already
        return lambda: list(RULE.check(context))

    assert_linear(work, 60)


def test_of_many_lines_some_are_named(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "ARG API_TOKEN", *["RUN echo $API_TOKEN"] * 12)
    assert "in lines 3, 4, 5, 6, 7, 8, 9, 10, 11 and 12 and 2 more, and build with" in finding.fix


def test_every_pattern_repeats_a_bounded_number_of_times() -> None:
    data = read_table(SecretVariables, "secret_variables.toml")
    for kind in (*data.token, *data.place):
        outside_classes = re.sub(r"\[(?:\\.|[^\]])*\]", "_", re.sub(r"\\.", "_", kind.pattern))
        assert not set(outside_classes) & set("*+"), kind.pattern


@pytest.mark.parametrize(
    "text",
    [
        f"RUN <<EOF\n{_PADDING}export TOKEN={_TOKEN}\nEOF\n",
        f"RUN <<EOF\n{_PADDING}curl -u me:h7Gd9sKq2 https://a.test\nEOF\n",
        f"COPY <<EOF /app/settings.yml\n{_PADDING}password: h7Gd9sKq2\nEOF\n",
        f'COPY <<EOF /app/settings.json\n{{"a": "{"x" * 9_000}", "password": "h7Gd9sKq2"}}\nEOF\n',
    ],
    ids=["token", "command", "line of a file", "end of a line"],
)
def test_a_secret_is_found_however_long_the_text_is(text: str, tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM alpine:3\n{text}")
    assert finding.line == 2


def test_what_is_too_much_to_be_searched_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_in_dockerfile, "_LONGEST", 40)
    text = f"FROM alpine:3\nRUN echo token\nRUN x={_TOKEN} true\nENV TOKEN={_TOKEN}\n"
    (finding,) = built(tmp_path, RULE, text)
    assert (finding.line, finding.severity, finding.incomplete) == (3, Severity.INFO, True)
    assert finding.message == "2 instructions not searched for secrets: more than 40 B of text in all"


_COMPOSED = "q8Zr4kLmT2vX"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"FROM alpine:3\nARG X={_COMPOSED}\nENV DB_PASSWORD=$X\n", 3),
        (f"ARG X={_COMPOSED}\nFROM alpine:3\nARG X\nENV DB_PASSWORD=${{X}}\n", 4),
        (f"ARG DB_PASSWORD={_COMPOSED}\nFROM alpine:3\nARG DB_PASSWORD\nRUN true\n", 3),
        (f"FROM alpine:3 AS a\nENV X={_COMPOSED}\nFROM a\nENV DB_PASSWORD=$X\n", 4),
        ("FROM alpine:3\nARG A=q8Zr4 B=kLmT2vX\nENV DB_PASSWORD=$A$B\n", 3),
        (f"FROM alpine:3\nARG X={_COMPOSED}-end\nENV DB_PASSWORD=${{X%-end}}\n", 3),
        (f"FROM alpine:3\nENV DB_PASSWORD=${{X:-{_COMPOSED}}}\n", 2),
        (f"FROM alpine:3\nENV DB_PASSWORD=${{PATH:+{_COMPOSED}}}\n", 2),
        (f"FROM alpine:3\nENV DB_PASSWORD=${{X}}{_COMPOSED}\n", 2),
        (f"FROM alpine:3\nARG DB_PASSWORD=${{X-{_COMPOSED}}}\n", 2),
        (f"FROM alpine:3\nRUN DB_PASSWORD=${{X:-{_COMPOSED}}} ./x\n", 2),
    ],
)
def test_a_value_that_is_composed_in_the_dockerfile(text: str, line: int, tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, text)
    assert (finding.line, finding.severity) == (line, Severity.ERROR)
    assert finding.message == "the value of DB_PASSWORD is in the Dockerfile and in the image"
    assert _COMPOSED not in repr(finding)


@pytest.mark.parametrize(
    "text",
    [
        "FROM alpine:3\nENV DB_PASSWORD=${DB_PASSWORD:-postgres}\n",
        "FROM alpine:3\nENV SECRET_KEY=${SECRET_KEY:-change-me}\n",
        "FROM alpine:3\nARG V=1\nENV APP_KEY=${V}-key-2024\n",
        "FROM alpine:3\nARG P=/run/secrets/password\nENV DB_PASSWORD=$P\n",
        "FROM alpine:3\nARG V=2024\nENV SIGNING_KEY=release-$V-signing-key\n",
        "FROM alpine:3\nENV API_TOKEN=${A:-${B}}\n",
        "ARG T\nFROM alpine:3\nARG T\nENV API_TOKEN=$T\n",
        "FROM alpine:3\nRUN API_TOKEN=$(cat /x/q8Zr4kLmT2vX) ./x\n",
        # The argument is not one of this stage.
        f"ARG X={_COMPOSED}\nFROM alpine:3\nENV DB_PASSWORD=$X\n",
    ],
)
def test_a_value_that_is_composed_of_what_is_no_secret(text: str, tmp_path: Path) -> None:
    assert [one for one in built(tmp_path, RULE, text) if one.severity is Severity.ERROR] == []


def test_a_value_is_reported_where_it_is_written_first(tmp_path: Path) -> None:
    text = f"FROM alpine:3\nARG DB_PASSWORD={_COMPOSED}\nENV DB_PASSWORD=$DB_PASSWORD\nRUN true\n"
    found = [(one.line, one.severity) for one in built(tmp_path, RULE, text)]
    assert found == [(2, Severity.ERROR)]


@pytest.mark.parametrize(
    "line",
    [
        f"WORKDIR /{_TOKEN}",
        f"VOLUME /{_TOKEN}",
        f'SHELL ["/bin/sh", "-c", "{_TOKEN}"]',
        f"USER {_TOKEN}",
        f"MAINTAINER {_TOKEN}",
        f"ONBUILD WORKDIR /{_TOKEN}",
        f"RUN --mount=type=tmpfs,target=/{_TOKEN} true",
    ],
)
def test_a_token_is_found_in_every_instruction(line: str, tmp_path: Path) -> None:
    (finding,) = found(tmp_path, line)
    assert (finding.line, finding.severity) == (2, Severity.ERROR)
    assert "contains a GitHub token" in finding.message


def test_values_of_many_stages_are_found_in_linear_time() -> None:
    def own(count: int) -> Callable[[], object]:
        stages = "".join(
            f"FROM s{at} AS s{at + 1}\nENV V{at}=$V{at - 1} W{at}=$NONE{at}$FIRST\n" for at in range(count)
        )
        data = f"FROM scratch AS s0\nENV FIRST=x\n{stages}".encode()
        made = plan(data, "Dockerfile")
        return lambda: own_values(made, data, lambda name: True)

    assert_linear(own, 30)


@pytest.mark.parametrize(
    "lines",
    [
        ['RUN SECRET_KEY="takahe" python3 manage.py collectstatic --noinput'],
        ["RUN SECRET_KEY_BASE=precompile_it bin/rails assets:precompile"],
        ["RUN DB_PASSWORD=somebody python manage.py compilemessages"],
        # No generator writes words.
        ["RUN SECRET_KEY=ThEmUsTSecretKEYforBUILDstage123 python manage.py collectstatic"],
    ],
)
def test_any_value_does_for_collecting_files(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


@pytest.mark.parametrize(
    "lines",
    [
        # Somebody drew it by chance, so it may be the real one.
        ["RUN SECRET_KEY=8f3kd93jd02kfhw8 python3 manage.py collectstatic"],
        ["RUN SECRET_KEY=takahe python3 manage.py migrate"],
        ["ENV SECRET_KEY=takahe4you", "RUN python3 manage.py collectstatic"],
    ],
)
def test_values_that_are_more_than_that(tmp_path: Path, lines: list[str]) -> None:
    assert len(found(tmp_path, *lines, settings=_ALL)) == 1


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (["ENV SHOP_URL=http://localhost SHOP_PASSWORD=password"], 0),
        (["ENV SHOP_HOST=shop", "ENV SHOP_PASSWORD=password"], 0),
        (["ENV SHOP_USER=user SHOP_PASSWORD=password"], 1),
        (["ENV OTHER_URL=http://localhost SHOP_PASSWORD=password"], 1),
        # One that nobody would try is real, wherever it is for.
        (["ENV SHOP_URL=http://localhost SHOP_PASSWORD=hunter22x"], 1),
    ],
)
def test_a_placeholder_for_the_login_at_another_server(tmp_path: Path, lines: list[str], count: int) -> None:
    assert len(found(tmp_path, *lines, settings=_ALL)) == count


def test_a_project_that_is_insecure_on_purpose(tmp_path: Path) -> None:
    text = "FROM alpine:3\nENV API_TOKEN=a8f5f167f44f4964\n"
    assert built(tmp_path, RULE, text, {"README.md": "Deliberately insecure: find the secrets.\n"}) == []
    (tmp_path / "again").mkdir()
    assert len(built(tmp_path / "again", RULE, text, {"README.md": "Find us on the web.\n"})) == 1


def test_an_argument_that_only_the_container_reads(tmp_path: Path) -> None:
    argument = "FROM alpine:3\nARG DB_PASSWORD=a8f5f167f44f4964\n"
    (finding,) = built(tmp_path, RULE, f"{argument}ENV DB_PASSWORD=$DB_PASSWORD\n")
    assert (finding.line, finding.severity) == (2, Severity.ERROR)
    assert finding.fix.endswith("; pass DB_PASSWORD when the container starts (docker run --env-file)")
    (finding,) = built(tmp_path, RULE, f"{argument}RUN ./migrate --password $DB_PASSWORD\n")
    assert "RUN --mount=type=secret" in finding.fix
    (finding,) = built(tmp_path, RULE, "FROM alpine:3\nARG DB_PASSWORD\nENV DB_PASSWORD=$DB_PASSWORD\n")
    assert finding.line == 3


def test_arguments_of_a_stage_that_collects_files(tmp_path: Path) -> None:
    url = "postgres://pontoon:asdf@postgresql/pontoon"
    stage = "FROM python AS static\nARG SECRET_KEY=foo\nARG DATABASE_URL={}\nRUN python manage.py {}\n"
    last = "FROM python\nCOPY --from=static /s /s\n"
    assert built(tmp_path, RULE, stage.format(url, "collectstatic") + last) == []
    assert len(built(tmp_path, RULE, stage.format(url, "migrate") + last, settings=_ALL)) >= 1
    drawn = "postgres://pontoon:x8Kd93jd02kfhw@postgresql/pontoon"
    assert len(built(tmp_path, RULE, stage.format(drawn, "collectstatic") + last)) == 1


def test_the_default_of_a_trigger(tmp_path: Path) -> None:
    assert built(tmp_path, RULE, "FROM alpine:3\nONBUILD ARG PGPASSWORD=odoopassword\n") == []
    assert len(built(tmp_path, RULE, "FROM alpine:3\nONBUILD ARG PGPASSWORD=a8f5f167f44f4964\n")) == 1
    assert len(built(tmp_path, RULE, "FROM alpine:3\nONBUILD ENV PGPASSWORD=odoopassword1\n")) == 1
    assert built(tmp_path, RULE, "FROM alpine:3\nONBUILD ENV PGPASSWORD=odoopassword\n") == []


@pytest.mark.parametrize(
    ("manual", "value", "count"),
    [
        ("`FTP_PASSWORD` | the password (default: orangebox1)\n", "orangebox1", 0),
        ("| FTP_PASSWORD | orangebox12 |\n", "orangebox1", 1),
        ("FTP_PASSWORD is the password.\norangebox1\n", "orangebox1", 1),
        ("FTP_PASSWORD=8f7a6s5d4f3g2h1j\n", "8f7a6s5d4f3g2h1j", 1),
    ],
)
def test_a_default_that_a_manual_tells(tmp_path: Path, manual: str, value: str, count: int) -> None:
    (tmp_path / ".git").mkdir()
    text = f"FROM node:24\nENV FTP_PASSWORD={value}\n"
    assert len(built(tmp_path, RULE, text, {"README.md": manual})) == count


@pytest.mark.parametrize(
    ("comment", "count"),
    [
        ("# Credentials of the application, injected from CI secrets.", 0),
        ("# The API token.", 1),
        ("# Credentials of the application, injected from CI secrets.\nRUN x", 1),
    ],
)
def test_a_value_that_the_image_is_meant_to_have(tmp_path: Path, comment: str, count: int) -> None:
    assert len(found(tmp_path, comment, "ARG API_TOKEN", "ENV API_TOKEN=${API_TOKEN}")) == count


def test_an_argument_that_only_sets_the_environment(tmp_path: Path) -> None:
    lines = (
        "ARG ACCESS_KEY",
        "ARG DEPLOY_SECRET",
        "RUN make",
        "ENV AWS_ACCESS_ID=$ACCESS_KEY API_SECRET=${DEPLOY_SECRET}",
    )
    assert [(one.line, one.fix) for one in found(tmp_path, *lines)] == [
        (2, "pass AWS_ACCESS_ID when the container starts (docker run --env-file)"),
        (5, "pass API_SECRET when the container starts (docker run --env-file)"),
    ]


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("docker build -t web .\n", 0),
        ("docker build --build-arg TURBO_TOKEN=$TURBO_TOKEN -t web .\n", 1),
        ("TURBO_TOKEN=x npx turbo build\n", 1),
    ],
)
def test_an_argument_that_no_build_of_the_repository_gives(tmp_path: Path, script: str, count: int) -> None:
    (tmp_path / ".git").mkdir()
    run = "RUN npx turbo build --token $TURBO_TOKEN"
    text = f"FROM node AS build\nARG TURBO_TOKEN\n{run}\nFROM node\nCOPY --from=build /a /a\n"
    assert len(built(tmp_path, RULE, text, {"build.sh": script})) == count
    assert len(built(tmp_path, RULE, text.partition("FROM node\n")[0], {"build.sh": script})) == 1


@pytest.mark.parametrize(
    ("run", "files", "found_lines"),
    [
        ("npm ci", {}, []),
        ("NPM=$NPM_TOKEN npm ci", {}, [2]),
        ("npm ci", {".npmrc": "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n"}, [2]),
        ("npm ci", {".npmrc": "//registry.npmjs.org/:_authToken=${MY_NPM_TOKEN}\n"}, []),
    ],
)
def test_an_argument_of_a_stage_that_nothing_reads(
    tmp_path: Path, run: str, files: dict[str, str], found_lines: list[int]
) -> None:
    text = f"FROM node:24 AS build\nARG NPM_TOKEN\nCOPY . .\nRUN {run}\nFROM node:24\nCOPY --from=build /a /a\n"
    assert [one.line for one in built(tmp_path, RULE, text, files)] == found_lines


@pytest.mark.parametrize(("run", "count"), [("npm ci", 1), ("echo $NPM_TOKEN", 1), ("./build.sh", 0)])
def test_an_argument_of_the_image_that_a_command_takes(tmp_path: Path, run: str, count: int) -> None:
    lines = ("ARG NPM_TOKEN", f"RUN {run}")
    assert len(found(tmp_path, *lines)) == count
    assert len(found(tmp_path, *lines, settings=_ALL)) == 1


def test_a_file_that_reads_the_variable_in_other_commands(tmp_path: Path) -> None:
    files = {"web/.npmrc": "//npm.pkg.github.com/:_authToken=${GIT_TOKEN}\n"}
    text = "FROM node:24\nARG GIT_TOKEN\nRUN composer config -a $GIT_TOKEN\nCOPY web .\nRUN yarn install\n"
    (finding,) = built(tmp_path, RULE, text, files)
    assert "in line 3 and in each RUN that reads web/.npmrc, and build with" in finding.fix


@pytest.mark.parametrize(
    ("command", "fix"),
    [
        (
            'sed -i "s/KEY/${LICENSE_KEY}/" /etc/agent.ini',
            "let the container write it when it starts, and not line 3, which leaves it in a file",
        ),
        ('agent --key "${LICENSE_KEY}"', "write RUN --mount=type=secret,id=LICENSE_KEY"),
        ('sed "s/KEY/${LICENSE_KEY}/" /etc/agent.ini | agent', "write RUN --mount=type=secret,id=LICENSE_KEY"),
        ('sed -i "s/KEY/${LICENSE_KEY}/" /root/.npmrc', "write RUN --mount=type=secret,id=LICENSE_KEY"),
    ],
)
def test_a_command_that_leaves_a_value_in_a_file(tmp_path: Path, command: str, fix: str) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM debian:12\nARG LICENSE_KEY\nRUN {command}\n")
    assert finding.fix.startswith(fix)


@pytest.mark.parametrize(
    ("other", "count"), [("SOME_KEY", 0), ("changeme", 0), ("9f86d081884c7d659a2feaa0c55ad015", 2)]
)
def test_values_made_up_for_collecting(tmp_path: Path, other: str, count: int) -> None:
    given = f"TWITTER_API_KEY={other} SECRET_KEY_BASE=10167c7f7654ed02b3557b05b88ece"
    assert len(built(tmp_path, RULE, f"FROM ruby:3.3\nRUN {given} rake assets:precompile\n")) == count


@pytest.mark.parametrize(
    ("path", "count"), [("docker/testbed/ssh/Dockerfile", 0), ("tests/ssh/Dockerfile", 0), ("docker/ssh/Dockerfile", 1)]
)
def test_an_account_that_tests_log_in_with(tmp_path: Path, path: str, count: int) -> None:
    text = "FROM debian:12\nRUN apt-get install -y openssh-server && echo 'rpeterson:otherpass' | chpasswd\n"
    assert len(named(tmp_path, RULE, path, text)) == count
