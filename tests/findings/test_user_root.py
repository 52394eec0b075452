from pathlib import Path

import pytest

from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.user_root import RULE
from tests.findings.support import built, named


def found(root: Path, dockerfile: str, **files: str) -> list[Finding]:
    return built(root, RULE, dockerfile, files)


@pytest.mark.parametrize(
    ("dockerfile", "line", "use"),
    [
        ('FROM node:24\nCOPY . /app\nCMD ["node", "/app/a.js"]\n', 3, "add USER node before the CMD"),
        ("FROM python:3.13 AS base\nFROM base\nENTRYPOINT python a.py\n", 3, "add a user in a RUN"),
        ('FROM golang AS b\nFROM scratch\nCOPY --from=b /a /a\nENTRYPOINT ["/a"]\n', 4, "add USER 10001"),
        ("FROM debian:trixie\nUSER app\nRUN a\nUSER root\nRUN b\nCMD ./server\n", 4, "before the CMD"),
    ],
)
def test_programs_that_run_as_root(tmp_path: Path, dockerfile: str, line: int, use: str) -> None:
    (finding,) = found(tmp_path, dockerfile)
    assert (finding.line, finding.severity) == (line, Severity.NOTE)
    assert use in finding.fix


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM node:24\nUSER node\nCMD node a.js\n",
        "FROM node:24\nUSER 1000:1000\nCMD node a.js\n",
        "FROM node:24\nARG U=app\nUSER $U\nCMD node a.js\n",
        "FROM ghcr.io/acme/base:1\nCMD node a.js\n",
        "FROM gcr.io/distroless/static-debian12:nonroot\nCMD a\n",
        "FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled\nCMD a\n",
        "FROM nginx:1.30\nCOPY . /usr/share/nginx/html\n",
        "FROM debian:trixie\nRUN apt-get install -y nginx\nCMD nginx -g 'daemon off;'\n",
        'FROM php:8.4-apache\nCMD ["apache2-foreground"]\n',
        "FROM debian:trixie\nCMD bash\n",
        "FROM debian:trixie\nRUN make\n",
        "FROM debian:trixie\nCMD exec gosu app ./server\n",
        "FROM debian:trixie\nUSER app\n# it binds raw sockets\nUSER root\nCMD ./server\n",
        "FROM debian:trixie\nCMD /usr/sbin/sshd -D\n",
        "FROM node:24 AS build\nCMD node a.js\nFROM nginx\n",
    ],
)
def test_near_misses(tmp_path: Path, dockerfile: str) -> None:
    assert found(tmp_path, dockerfile) == []


def test_a_script_that_changes_the_user(tmp_path: Path) -> None:
    dockerfile = 'FROM debian:trixie\nCOPY entrypoint.sh /\nENTRYPOINT ["/entrypoint.sh"]\nCMD ["server"]\n'
    assert found(tmp_path, dockerfile, **{"entrypoint.sh": '#!/bin/sh\nexec gosu app "$@"\n'}) == []
    assert len(found(tmp_path, dockerfile, **{"entrypoint.sh": '#!/bin/sh\nexec "$@"\n'})) == 1


def test_a_script_that_a_copy_renames(tmp_path: Path) -> None:
    dockerfile = 'FROM debian:trixie\nCOPY docker/start.bundle.sh /app/startup.sh\nCMD ["/app/startup.sh"]\n'
    assert found(tmp_path, dockerfile, **{"docker/start.bundle.sh": "#!/bin/sh\nexec /usr/bin/supervisord\n"}) == []
    assert len(found(tmp_path, dockerfile, **{"docker/start.bundle.sh": "#!/bin/sh\nexec /usr/bin/server\n"})) == 1


@pytest.mark.parametrize(
    "command", ['["ghci"]', '["/bin/bash"]', '["/usr/bin/tail", "-f", "/dev/null"]', "sleep infinity"]
)
def test_an_image_that_starts_a_shell(tmp_path: Path, command: str) -> None:
    assert found(tmp_path, f"FROM debian:trixie\nCMD {command}\n") == []


@pytest.mark.parametrize(
    "dockerfile",
    [
        'FROM scratch\nARG UID=10001\nCOPY a /a\nENTRYPOINT ["/a"]\nUSER ${UID}\n',
        "FROM python:3.13\nCMD python a.py\nUSER app\n",
        "FROM python:3.13 AS base\nUSER app\nFROM base\nCMD python a.py\n",
        "# The controller runs it with user=<UID>:<GID>.\nFROM ubuntu:24.04\nCMD ./server\n",
        "FROM python:3.13\n# docker run --user 1000 …\nCMD python a.py\n",
        "FROM python:3.13\n# runAsNonRoot is set in the chart\nCMD python a.py\n",
    ],
)
def test_another_user_below_the_command_or_given_from_outside(tmp_path: Path, dockerfile: str) -> None:
    assert found(tmp_path, dockerfile, a="x") == []


@pytest.mark.parametrize(
    ("dockerfile", "line"),
    [
        ("FROM python:3.13\nARG WHO=root\nUSER $WHO\nCMD python a.py\n", 3),
        ("FROM python:3.13\nENV UID=0\nCMD python a.py\nUSER ${UID}:0\n", 4),
        ("FROM python:3.13\nUSER app\nCMD python a.py\nUSER root\n", 4),
        ("FROM python:3.13 AS base\nCMD python a.py\nUSER app\nFROM base\nUSER root\n", 5),
        ("# the superuser=admin account\nFROM python:3.13\nCMD python a.py\n", 3),
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
        ("Dockerfile.dev", 1),
        ("Dockerfile.latest", 1),
    ],
)
def test_images_for_tests(tmp_path: Path, path: str, count: int) -> None:
    assert len(named(tmp_path, RULE, path, "FROM python:3.13\nCMD python a.py\n")) == count


def test_a_user_in_a_base_would_be_that_of_its_triggers(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "FROM node:24\nONBUILD RUN npm ci\nCMD node a.js\n")
    assert finding.fix.startswith("if the program does not need root, set USER in the images that are built on it")


@pytest.mark.parametrize(
    ("user", "name", "count"),
    [
        ("1000:1000", "compose.yaml", 0),
        ("app", "docker-compose.dev.yml", 0),
        ("root", "compose.yaml", 1),
        ("app", "x.txt", 1),
    ],
)
def test_a_user_that_a_compose_file_gives(tmp_path: Path, user: str, name: str, count: int) -> None:
    text = f'services:\n  a:\n    build:\n      dockerfile: ./Dockerfile\n    user: "{user}"\n'
    assert len(found(tmp_path, 'FROM php:8.4-cli\nCMD ["php", "a.php"]\n', **{name: text})) == count


@pytest.mark.parametrize("command", ["openresty -g x", "sh -c 'mkswap /swap && swapon /swap && node a.js'"])
def test_commands_that_need_root(tmp_path: Path, command: str) -> None:
    assert found(tmp_path, f"FROM ubuntu:24.04\nCMD {command}\n") == []


_SU = {"docker/app-start.sh": '#!/bin/sh\nexec su app -c "$0"\n', "docker/other.sh": "#!/bin/sh\nexec ./server\n"}


@pytest.mark.parametrize(
    ("dockerfile", "count"),
    [
        # A RUN links it, a COPY takes it from another stage, and another script calls it.
        ('FROM debian:trixie\nRUN ln -s /app/app-start.sh /usr/bin/Server\nENTRYPOINT ["Server"]\n', 0),
        (
            "FROM debian:trixie AS b\nCOPY . /b\n"
            'FROM debian:trixie\nCOPY --from=b /b/docker/app-start.sh /srv/server\nCMD ["/srv/server"]\n',
            0,
        ),
        ('FROM debian:trixie\nRUN ln -s /app/other.sh /usr/bin/Server\nENTRYPOINT ["Server"]\n', 1),
    ],
)
def test_a_script_by_another_name(tmp_path: Path, dockerfile: str, count: int) -> None:
    assert len(found(tmp_path, dockerfile, **_SU)) == count


def test_a_script_that_another_one_calls(tmp_path: Path) -> None:
    dockerfile = 'FROM debian:trixie\nCOPY . /app\nENTRYPOINT ["/app/entrypoint.sh"]\n'
    outer = {"entrypoint.sh": "#!/bin/sh\n. /app/setup.sh\n"}
    assert found(tmp_path, dockerfile, **outer, **{"setup.sh": "#!/bin/sh\nchown -R app /data\n"}) == []
    assert len(found(tmp_path, dockerfile, **outer, **{"setup.sh": "#!/bin/sh\nmkdir /data\n"})) == 1


@pytest.mark.parametrize(
    ("tag", "fix"), [("8.0", "add USER $APP_UID"), ("10.0-noble", "add USER $APP_UID"), ("6.0", "add a user in a RUN")]
)
def test_the_user_that_newer_images_have(tmp_path: Path, tag: str, fix: str) -> None:
    (finding,) = found(tmp_path, f"FROM mcr.microsoft.com/dotnet/aspnet:{tag}\nENTRYPOINT dotnet a.dll\n")
    assert fix in finding.fix


def test_windows_has_no_root(tmp_path: Path) -> None:
    image = "mcr.microsoft.com/dotnet/sdk"
    assert found(tmp_path, f"FROM {image}:8.0-windowsservercore-ltsc2022\nCMD a.exe\n") == []
    assert len(found(tmp_path, f"FROM {image}:8.0\nCMD ./a\n")) == 1


def test_a_container_that_the_repository_runs_with_more(tmp_path: Path) -> None:
    dockerfile = "FROM node:24\nCMD node a.js\n"
    compose = "services:\n  a:\n    build: .\n    volumes: [/var/run/docker.sock:/var/run/docker.sock]\n"
    assert found(tmp_path, dockerfile, **{"compose.yaml": compose}) == []
    assert len(found(tmp_path, dockerfile, **{"compose.yaml": compose.replace("docker.sock", "data")})) == 1


_FIX = "if the program does not need root, add USER node before the CMD"


@pytest.mark.parametrize(
    ("lines", "more"),
    [
        ("COPY . /app\n", "; what it writes to must belong to node (COPY --chown, or chown in a RUN)"),
        (
            "RUN mkdir -p /data /tmp/x && mkdir /srv/up\nVOLUME /data /cache\n",
            "; what it writes to must belong to node, such as /data and 2 more (chown in a RUN)",
        ),
        (
            "WORKDIR /root/app\nCOPY . .\nENV X=1\n",
            "; what it writes to must belong to node (COPY --chown, or chown in a RUN); it cannot enter /root: use "
            "another directory in lines 2 and 3",
        ),
        ("ENV PATH=/root/.local/bin:$PATH\n", "; it cannot enter /root: use another directory in line 2"),
        ("ENV CACHE=/root/.cache/pip\n", ""),
        (
            "RUN npx playwright install chromium\n",
            "; what it writes to must belong to node (COPY --chown, or chown in a RUN); it cannot read what line 2 "
            "puts into /root: set PLAYWRIGHT_BROWSERS_PATH to a directory that it can read",
        ),
        (
            "ENV PLAYWRIGHT_BROWSERS_PATH=/b\nRUN npx playwright install chromium\n",
            "; what it writes to must belong to node (COPY --chown, or chown in a RUN)",
        ),
    ],
)
def test_what_else_another_user_needs(tmp_path: Path, lines: str, more: str) -> None:
    (finding,) = found(tmp_path, f"FROM node:24\n{lines}CMD node a.js\n", a="x")
    assert finding.fix == _FIX + more


def test_a_server_for_development_writes_beside_the_sources(tmp_path: Path) -> None:
    dockerfile = 'FROM node:24\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ["npm", "run", "dev"]\n'
    (finding,) = found(tmp_path, dockerfile, **{"package.json": '{"scripts": {"dev": "vite"}}'})
    assert finding.fix == (
        f"{_FIX}; what its development server writes beside the sources must belong to node (RUN chown node /app "
        "/app/node_modules)"
    )


@pytest.mark.parametrize(
    ("dockerfile", "count"),
    [
        # It only fills a volume.
        ("FROM node:24\nCOPY . .\nCMD cp -r build /result\n", 0),
        ('FROM node:24\nCOPY . .\nCMD ["sh", "-c", "rm -rf /out/* && cp -r build/* /out/"]\n', 0),
        ("FROM node:24\nCOPY . .\nCMD cp a.env .env && node a.js\n", 1),
        # It has the port of a service of a system.
        ("FROM golang\nEXPOSE 53/udp 53\nCMD /dns\n", 0),
        ("FROM golang\nARG P=389\nEXPOSE ${P}\nCMD /ldap\n", 0),
        ("FROM golang\nEXPOSE 80 443 5353\nCMD /web\n", 1),
        # Another target is there for those who do not want root.
        ("FROM scratch AS hardened\nUSER nonroot\nENTRYPOINT /a\nFROM debian AS default\nENTRYPOINT /a\n", 0),
        ("FROM scratch AS hardened\nENTRYPOINT /a\nFROM debian AS default\nENTRYPOINT /a\n", 1),
        ("FROM node AS dev\nUSER node\nCMD a\nFROM node AS prod\nCMD a\n", 1),
        # A compiler runs where somebody works.
        ('FROM debian\nENTRYPOINT ["/usr/bin/crystal"]\n', 0),
        ('FROM debian\nENTRYPOINT ["/usr/bin/crystal", "app.cr"]\n', 1),
    ],
)
def test_what_is_root_on_purpose(tmp_path: Path, dockerfile: str, count: int) -> None:
    assert len(found(tmp_path, dockerfile, a="x")) == count


@pytest.mark.parametrize(("other", "count"), [("Dockerfile.rootless", 0), ("Dockerfile.slim", 1), ("web/nonroot", 1)])
def test_a_dockerfile_beside_it_without_root(tmp_path: Path, other: str, count: int) -> None:
    files = {other: "FROM node:24\nUSER node\nCMD node a.js\n"}
    assert len(found(tmp_path, "FROM node:24\nCMD node a.js\n", **files)) == count


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("compose.yaml", "services:\n  a:\n    build: .\n    volumes: [./a:/root/.config/a]\n", 0),
        ("compose.yaml", "services:\n  a:\n    build: .\n    volumes:\n      - /proc:/host/proc:ro\n", 0),
        ("compose.yaml", "services:\n  a:\n    build: .\n    volumes:\n      - ./proc:/data\n", 1),
        ("README.md", "docker run -v /path/to/pref:/root/.config/pref shop\n", 0),
        ("README.md", "docker run -v /path/to/pref:/config/pref shop\n", 1),
    ],
)
def test_what_is_mounted_belongs_to_root(tmp_path: Path, name: str, text: str, count: int) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    assert len(found(root, "FROM node:24\nCMD node a.js\n", **{name: text})) == count


@pytest.mark.parametrize(
    ("command", "run", "told"),
    [
        ("pnpm start", "corepack enable", "set COREPACK_HOME"),
        ("node a.js", "corepack enable", ""),
        ("poetry run app", "poetry install", "set POETRY_VIRTUALENVS_IN_PROJECT=1"),
        ("poetry run app", "poetry config virtualenvs.create false && poetry install", ""),
        ("uv run app", "uv sync --frozen", "start the program of .venv without uv"),
        ("/app/.venv/bin/app", "uv sync --frozen", ""),
    ],
)
def test_what_only_root_can_read(tmp_path: Path, command: str, run: str, told: str) -> None:
    (finding,) = found(tmp_path, f"FROM python:3.13\nRUN {run}\nCMD {command}\n")
    assert ("; it cannot read what line 2 puts into /root: " in finding.fix) is bool(told)
    assert told in finding.fix


def test_volumes_of_a_compose_file(tmp_path: Path) -> None:
    compose = (
        "services:\n  a:\n    build: .\n    volumes:\n      - ./up:/app/up\n      - data:/data:rw\n"
        "      - ./app.conf:/etc/app.conf:ro\n"
    )
    dockerfile = "FROM node:24\nCOPY . /app\nCMD node a.js\n"
    (finding,) = found(tmp_path, dockerfile, **{"compose.yaml": compose})
    assert "must belong to node, such as /app/up and /data (chown in a RUN)" in finding.fix


def test_a_compose_file_that_a_manual_shows(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    text = "Run:\n```yaml\nservices:\n  a:\n    image: me/shop\n    volumes:\n      - ./c:{}\n```\n"
    dockerfile = "FROM node:24\nCMD node a.js\n"
    assert found(root, dockerfile, **{"README.md": text.format("/root/.config/shop")}) == []
    assert len(found(root, dockerfile, **{"README.md": text.format("/config")})) == 1


def test_an_image_without_a_shell_gets_its_files_from_a_copy(tmp_path: Path) -> None:
    (finding,) = found(
        tmp_path, "FROM golang AS b\nFROM scratch\nCOPY --from=b /a /a\nCOPY c /c\nENTRYPOINT /a\n", c="x"
    )
    assert finding.fix.endswith("what it writes to must belong to 10001 (COPY --chown)")


@pytest.mark.parametrize(("user", "count"), [("node", 0), ("root", 1)])
def test_the_image_for_production_has_another_user(tmp_path: Path, user: str, count: int) -> None:
    dockerfile = f"FROM node:24 AS prod\nUSER {user}\nCMD a\nFROM node:24\nCMD a\n"
    assert len(named(tmp_path, RULE, "Dockerfile.dev", dockerfile)) == count


@pytest.mark.parametrize(("lines", "count"), [("ARG U\nARG G\nUSER $U:$G", 0), ("ARG U=0\nARG G\nUSER $U:$G", 1)])
def test_a_user_that_the_build_gives(tmp_path: Path, lines: str, count: int) -> None:
    assert len(found(tmp_path, f"FROM node:24\n{lines}\nCMD node a.js\n")) == count


@pytest.mark.parametrize(("stage", "count"), [("development", 0), ("prod", 1)])
def test_the_stage_that_an_image_ends_with(tmp_path: Path, stage: str, count: int) -> None:
    assert len(found(tmp_path, f"FROM node:24 AS deps\nFROM deps AS {stage}\nCMD npm start\n")) == count
