from pathlib import Path

import pytest

from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.user_root import RULE
from tests.findings.support import built, named

#: Programs that neither write nor need anything.
_PY = "from fastapi import FastAPI\napp = FastAPI()\n"
_JS = "require('express')().listen(3000)\n"
_GO = "package main\nfunc main() { serve() }\n"
_CODE = {"a.py": _PY, "a.js": _JS, "a.go": _GO, "A.java": "class A {}\n", "a.cs": "var app = Build();\n"}
_COPY = "WORKDIR /app\nCOPY . .\n"
_NODE = f"FROM node:24\n{_COPY}CMD node a.js\n"


def found(root: Path, dockerfile: str, **files: str) -> list[Finding]:
    return built(root, RULE, dockerfile, {**_CODE, **files})


@pytest.mark.parametrize(
    ("dockerfile", "line", "fix"),
    [
        ('FROM node:24\nCOPY . /app\nCMD ["node", "/app/a.js"]\n', 3, "add USER node before the CMD"),
        (
            "FROM python:3.13 AS base\nFROM base\nCOPY . .\nENTRYPOINT python a.py --port 8000\n",
            4,
            "add a user with a home directory in a RUN, and USER with its name before the ENTRYPOINT",
        ),
        (
            'FROM golang AS b\nCOPY . .\nRUN go build -o /a .\nFROM scratch\nCOPY --from=b /a /a\nENTRYPOINT ["/a"]\n',
            6,
            "add USER 10001 before the ENTRYPOINT",
        ),
        (
            "FROM debian:trixie\nUSER app\nRUN a\nUSER root\nCOPY . .\nCMD python3 a.py\n",
            4,
            "add USER app before the CMD",
        ),
        ("FROM python:3.13\nCOPY . .\nRUN useradd -m web\nCMD python a.py\n", 4, "add USER web before the CMD"),
        (
            "FROM python:3.13-alpine\nCOPY . .\nRUN addgroup -S all && adduser -S web -G all\nCMD python a.py\n",
            4,
            "add USER web before the CMD",
        ),
        (
            "FROM python:3.13\nCOPY . .\nRUN useradd --uid 1001 -g users --no-create-home web\nCMD python a.py\n",
            4,
            "add USER web before the CMD",
        ),
        ("FROM alpine\nCOPY a.py /a\nCMD cat /a\n", 3, "add a user with a home directory in a RUN"),
        ("FROM node:24\nCOPY . .\nCMD serve -s dist -l 3000\n", 3, "add USER node before the CMD"),
        ("FROM eclipse-temurin:21\nCOPY . .\nCMD java -jar a.jar\n", 3, "add a user with a home directory in a RUN"),
    ],
)
def test_programs_that_run_as_root(tmp_path: Path, dockerfile: str, line: int, fix: str) -> None:
    (finding,) = found(tmp_path, dockerfile)
    assert (finding.line, finding.severity) == (line, Severity.NOTE)
    assert fix in (finding.fix or "")


@pytest.mark.parametrize(
    "dockerfile",
    [
        f"FROM node:24\nUSER node\n{_COPY}CMD node a.js\n",
        f"FROM node:24\nUSER 1000:1000\n{_COPY}CMD node a.js\n",
        f"FROM node:24\nARG U=app\nUSER $U\n{_COPY}CMD node a.js\n",
        f"FROM ghcr.io/acme/base:1\n{_COPY}CMD node a.js\n",
        f"FROM gcr.io/distroless/static-debian12:nonroot\n{_COPY}CMD node a.js\n",
        f"FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled\n{_COPY}CMD dotnet a.dll\n",
        f"FROM python:3.13\n{_COPY}CMD python a.py\nUSER app\n",
        f"FROM python:3.13 AS base\nUSER app\nFROM base\n{_COPY}CMD python a.py\n",
        f"FROM python:3.13\nUSER app\n# it binds raw sockets\nUSER root\n{_COPY}CMD python a.py\n",
        f"# The controller runs it with user=<UID>:<GID>.\nFROM python:3.13\n{_COPY}CMD python a.py\n",
        f"FROM python:3.13\n# docker run --user 1000 …\n{_COPY}CMD python a.py\n",
        f"FROM python:3.13\n# runAsNonRoot is set in the chart\n{_COPY}CMD python a.py\n",
        f"FROM node:24\nARG U\nARG G\nUSER $U:$G\n{_COPY}CMD node a.js\n",
        f"FROM node:24\n{_COPY}ONBUILD RUN npm ci\nCMD node a.js\n",
    ],
)
def test_another_user_or_a_reason(tmp_path: Path, dockerfile: str) -> None:
    assert found(tmp_path, dockerfile) == []


@pytest.mark.parametrize(
    "command",
    [
        "CMD bash",
        "CMD ./server",
        "CMD nginx -g 'daemon off;'",
        "CMD node",
        "CMD node -e 1",
        "CMD python -c 1",
        "CMD exec gosu app node a.js",
        "CMD sh -c 'mkswap /swap && node a.js'",
        "CMD npm start",
        "CMD cp -r build /result",
        "CMD poetry run python a.py",
        "CMD npx serve",
        "CMD node a.js > /var/log/a.log",
        "CMD gunicorn --pid /run/a.pid a:app",
        "CMD celery -A a beat",
        "CMD python manage.py collectstatic && python a.py",
        "CMD node a.js --port 80",
        'CMD ["entrypoint.sh"]',
    ],
)
def test_commands_that_are_not_known_to_run_as_any_user(tmp_path: Path, command: str) -> None:
    assert found(tmp_path, f"FROM node:24\n{_COPY}{command}\n") == []


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ("VOLUME /data", 0),
        ("EXPOSE 80", 0),
        ("EXPOSE 53/udp 53", 0),
        ("ARG P=389\nEXPOSE ${P}", 0),
        ("EXPOSE 3000 8443/tcp", 1),
        ("ENV PORT=80", 0),
        ("ENV PORT=8080", 1),
        ("ENV DATA_DIR=/data", 0),
        ("ENV PYTHONPATH=/app", 1),
        ("RUN mkdir -p /app/uploads", 0),
        ("RUN mkdir -p /app /tmp/x", 1),
        ("RUN chown -R node /app", 0),
        ("RUN chmod 700 /app", 0),
        ("RUN chmod +x /app/a.js", 1),
        ("COPY --chmod=600 a.js /b.js", 0),
        ("COPY --chmod=755 a.js /b.js", 1),
        ("RUN git clone https://example.com/x /x", 0),
        ("RUN curl -o /x https://example.com/x", 0),
        ("RUN npm ci && rm -rf /tmp", 0),
        ("RUN npm ci && rm -rf /tmp/*", 1),
        ("WORKDIR /root/app", 0),
        ("ENV PATH=/root/.local/bin:$PATH", 0),
        ("RUN corepack enable", 0),
        ("RUN npx playwright install chromium", 0),
        ("RUN apt-get install -y openssh-server", 0),
        ("RUN pip install py-spy", 0),
    ],
)
def test_what_else_the_image_has(tmp_path: Path, lines: str, count: int) -> None:
    assert len(found(tmp_path, f"FROM node:24\n{_COPY}{lines}\nCMD node a.js\n")) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("fs.writeFileSync('x', y)\n", 0),
        ("axios.create()\n", 1),
        ("const db = new Sqlite('a')\n", 0),
        ("new Docker({ socketPath: '/var/run/docker.sock' })\n", 0),
        ("const file = '/data/state.json'\n", 0),
        ("app.listen(80)\n", 0),
        ("spawn(require('child_process'))\n", 0),
        ("console.log(process.argv)\n", 0),
    ],
)
def test_what_the_code_does(tmp_path: Path, text: str, count: int) -> None:
    assert len(found(tmp_path, _NODE, **{"b.js": text})) == count
    assert len(found(tmp_path, _NODE, **{"b.js": "", "tests/b.js": text})) == 1


@pytest.mark.parametrize(("size", "count"), [(500_000, 1), (600_000, 0)])
def test_code_that_is_too_large_is_not_known(tmp_path: Path, size: int, count: int) -> None:
    assert len(found(tmp_path, _NODE, **{"b.js": " " * size})) == count


def test_a_server_reads_its_own_words(tmp_path: Path) -> None:
    assert found(tmp_path, _NODE, **{"b.js": "process.argv\n"}) == []
    assert len(found(tmp_path, _NODE.replace("CMD", "EXPOSE 3000\nCMD"), **{"b.js": "process.argv\n"})) == 1


@pytest.mark.parametrize(
    ("text", "count"), [("open(p, 'w')\n", 0), ("open(p, mode='ab')\n", 0), ("open(p)\n", 1), ("open(p, 'rb')\n", 1)]
)
def test_what_python_opens(tmp_path: Path, text: str, count: int) -> None:
    assert len(found(tmp_path, f"FROM python:3.13\n{_COPY}CMD python a.py\n", **{"b.py": text})) == count


def test_an_archive_that_is_built_before(tmp_path: Path) -> None:
    dockerfile = "FROM eclipse-temurin:21\nCOPY target/*.jar app.jar\nENTRYPOINT java -jar /app.jar\n"
    files = {"target/a.jar": "x", "src/main/java/A.java": "class A {}\n"}
    assert len(built(tmp_path, RULE, dockerfile, files)) == 1
    assert len(built(tmp_path, RULE, dockerfile.replace("target", "build/libs"), files)) == 1
    assert built(tmp_path, RULE, dockerfile, {"src/main/java/B.java": "new FileWriter(x)\n"}) == []


def test_a_program_without_its_code(tmp_path: Path) -> None:
    assert built(tmp_path, RULE, _NODE, {"a.py": _PY}) == []
    assert built(tmp_path, RULE, 'FROM scratch\nCOPY server /\nENTRYPOINT ["/server"]\n', {"server": "x"}) == []


@pytest.mark.parametrize(
    ("scripts", "count"),
    [
        ('"start": "node a.js"', 1),
        ('"start": "NODE_ENV=production node a.js"', 1),
        ('"start": "vite"', 0),
        ('"start": "prisma generate && node a.js"', 0),
        ('"start": "npm run serve", "serve": "node a.js"', 1),
    ],
)
def test_the_script_of_a_manifest(tmp_path: Path, scripts: str, count: int) -> None:
    manifest = f'{{"scripts": {{{scripts}}}}}'
    dockerfile = f'FROM node:24\n{_COPY}CMD ["npm", "start"]\n'
    assert len(found(tmp_path, dockerfile, **{"package.json": manifest})) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('#!/bin/sh\nset -e\nexec "$@"\n', 1),
        ('#!/bin/sh\nwhile ! nc -z db 5432; do sleep 1; done\nexec "$@"\n', 1),
        ('#!/bin/sh\nexec gosu app "$@"\n', 0),
        ('#!/bin/sh\nchown -R app /data\nexec "$@"\n', 0),
        ('#!/bin/sh\nnpx prisma generate\nexec "$@"\n', 0),
        ('#!/bin/sh\n. /app/setup.sh\nexec "$@"\n', 0),
    ],
)
def test_the_script_that_a_container_starts_with(tmp_path: Path, text: str, count: int) -> None:
    dockerfile = f'FROM node:24\n{_COPY}ENTRYPOINT ["/app/entrypoint.sh"]\nCMD ["node", "a.js"]\n'
    assert len(found(tmp_path, dockerfile, **{"entrypoint.sh": text})) == count


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ("    user: '1000:1000'", 0),
        ("    user: root", 1),
        ("    volumes: [/var/run/docker.sock:/var/run/docker.sock]", 0),
        ("    volumes: [data:/data]", 0),
        ("    volumes:\n      - ./up:/app/up", 0),
        ("    volumes:\n      - ./a.conf:/etc/a.conf:ro", 1),
        ("    volumes:\n      - .:/app\n      - /app/node_modules", 1),
        ("    volumes:\n      - type: bind\n        source: .\n        target: /app", 0),
        ("    <<: *common", 0),
        ("    command: node a.js", 1),
        ("    command: [npm, run, dev]", 0),
        ("    environment:\n      A: b", 1),
    ],
)
@pytest.mark.parametrize("build", ["build: .", "build: {context: .}", "build:\n      context: ."])
def test_what_a_compose_file_says(tmp_path: Path, build: str, lines: str, count: int) -> None:
    compose = f"services:\n  a:\n    {build}\n{lines}\n"
    assert len(found(tmp_path, _NODE, **{"compose.yaml": compose})) == count


def test_an_override_of_a_service_that_is_built(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services:\n  a:\n    build: .\n",
        "compose.override.yaml": "services:\n  a:\n    volumes: [data:/data]\n",
    }
    assert found(tmp_path, _NODE, **files) == []
    files["compose.override.yaml"] = files["compose.override.yaml"].replace("  a:", "  b:")
    assert len(found(tmp_path, _NODE, **files)) == 1


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("README.md", "docker run -v $PWD:/work me/shop\n", 0),
        ("README.md", "docker run -v /path/to/pref:/config/pref:ro shop\n", 1),
        ("README.md", "docker run -v pg:/var/lib/postgresql/data postgres:17\n", 1),
        ("README.md", "The container must run as root.\n", 0),
        ("README.md", "```yaml\nservices:\n  a:\n    image: me/shop\n    volumes: [./c:/config]\n```\n", 0),
        ("action.yml", "runs:\n  using: docker\n  image: Dockerfile\n", 0),
        ("action.yml", "runs:\n  using: node24\n  main: a.js\n", 1),
        ("fly.toml", '[mounts]\nsource = "data"\n', 0),
        (
            "skaffold.yaml",
            "build:\n  artifacts:\n    - image: a\n      context: .\n      sync:\n        infer: ['*']\n",
            0,
        ),
        ("skaffold.yaml", "build:\n  artifacts:\n    - image: a\n      context: web\n      sync: {}\n", 1),
        ("Tiltfile", "docker_build('a', '.', live_update=[sync('.', '/app')])\n", 0),
        ("Tiltfile", "docker_build('a', '.')\n", 1),
        ("k8s.yaml", "kind: Deployment\nimage: me/shop\nmountPath: /data\n", 0),
        ("k8s.yaml", "kind: Deployment\nimage: me/other\nmountPath: /data\n", 1),
        ("chart/deployment.yaml", "image: {{ .Values.image }}\nrunAsNonRoot: true\n", 0),
    ],
)
def test_what_the_repository_says_of_the_container(tmp_path: Path, name: str, text: str, count: int) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    assert len(found(root, _NODE, **{name: text})) == count


def test_next_writes_its_cache(tmp_path: Path) -> None:
    manifest = '{"scripts": {"start": "next start"}, "dependencies": {"next": "16"}}'
    dockerfile = f'FROM node:24\n{_COPY}CMD ["npm", "start"]\n'
    (finding,) = found(tmp_path, dockerfile, **{"package.json": manifest})
    assert finding.fix == (
        "add USER node before the CMD; .next must belong to node, since Next.js writes its cache there (chown -R in "
        "the RUN that builds it)"
    )
    copied = f"FROM node:24 AS build\n{_COPY}FROM node:24\nCOPY --from=build /app .\nCMD npm start\n"
    (finding,) = found(tmp_path, copied, **{"package.json": manifest})
    assert finding.fix.endswith("(COPY --chown)")
    mounted = {"compose.yaml": "services:\n  a:\n    build: .\n    volumes:\n      - .:/app\n"}
    assert found(tmp_path, dockerfile, **{"package.json": manifest}, **mounted) == []
    assert found(tmp_path, dockerfile, **{"package.json": manifest.replace("next start", "next dev")}) == []


@pytest.mark.parametrize(
    ("dockerfile", "line"),
    [
        (f"FROM python:3.13\nARG WHO=root\nUSER $WHO\n{_COPY}CMD python a.py\n", 3),
        (f"FROM python:3.13\nENV UID=0\n{_COPY}CMD python a.py\nUSER ${{UID}}:0\n", 6),
        (f"FROM python:3.13\nUSER app\n{_COPY}CMD python a.py\nUSER root\n", 6),
        (f"FROM python:3.13 AS base\n{_COPY}CMD python a.py\nUSER app\nFROM base\nUSER root\n", 7),
        (f"# the superuser=admin account\nFROM python:3.13\n{_COPY}CMD python a.py\n", 5),
    ],
)
def test_the_last_user_counts_wherever_it_is(tmp_path: Path, dockerfile: str, line: int) -> None:
    (finding,) = found(tmp_path, dockerfile)
    assert finding.line == line


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("Dockerfile.e2e-tests", 0),
        ("test/Dockerfile", 0),
        (".github/Dockerfile", 0),
        ("Dockerfile.dev", 0),
        ("Dockerfile.latest", 1),
    ],
)
def test_images_to_test_and_to_develop_in(tmp_path: Path, path: str, count: int) -> None:
    assert len(named(tmp_path, RULE, path, _NODE, _CODE)) == count


@pytest.mark.parametrize(
    ("tag", "fix"), [("8.0", "add USER $APP_UID"), ("10.0-noble", "add USER $APP_UID"), ("6.0", "add a user")]
)
def test_the_user_that_newer_images_have(tmp_path: Path, tag: str, fix: str) -> None:
    dockerfile = f"FROM mcr.microsoft.com/dotnet/aspnet:{tag}\n{_COPY}ENTRYPOINT dotnet a.dll\n"
    (finding,) = found(tmp_path, dockerfile)
    assert fix in (finding.fix or "")


def test_windows_has_no_root(tmp_path: Path) -> None:
    dockerfile = f"FROM mcr.microsoft.com/dotnet/aspnet:8.0{{}}\n{_COPY}CMD dotnet a.dll\n"
    assert found(tmp_path, dockerfile.format("-windowsservercore-ltsc2022")) == []
    assert len(found(tmp_path, dockerfile.format(""))) == 1


@pytest.mark.parametrize(("name", "count"), [("hardened", 0), ("other", 1)])
def test_another_target_is_there_for_those_who_do_not_want_root(tmp_path: Path, name: str, count: int) -> None:
    assert len(found(tmp_path, f"FROM node AS {name}\nUSER node\nCMD a\n{_NODE}")) == count


@pytest.mark.parametrize(("other", "count"), [("Dockerfile.rootless", 0), ("Dockerfile.slim", 1), ("web/nonroot", 1)])
def test_a_dockerfile_beside_it_without_root(tmp_path: Path, other: str, count: int) -> None:
    assert len(found(tmp_path, _NODE, **{other: "FROM node:24\nUSER node\nCMD node a.js\n"})) == count


@pytest.mark.parametrize(("stage", "count"), [("development", 0), ("prod", 1)])
def test_the_stage_that_an_image_ends_with(tmp_path: Path, stage: str, count: int) -> None:
    dockerfile = f"FROM node:24 AS deps\nFROM deps AS {stage}\n{_COPY}CMD node a.js\n"
    assert len(found(tmp_path, dockerfile)) == count
