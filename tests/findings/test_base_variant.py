from pathlib import Path

import pytest

from ctxopt.findings.model import Confidence, Severity
from ctxopt.findings.rules.base_variant import RULE
from tests.findings.support import built, named


def test_a_smaller_variant(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "# x\nFROM \\\n  python:3.13\nRUN pip install flask\n")
    assert (finding.file, finding.line, finding.end_line) == ("Dockerfile", 2, 3)
    assert (finding.severity, finding.confidence) == (Severity.NOTE, Confidence.MEDIUM)
    assert finding.message == "python:3.13 is about 1,020 MB; python:3.13-slim is about 130 MB"
    assert finding.fix == "write python:3.13-slim, and install any missing packages"
    assert finding.evidence == ("sizes as of 2025-06, unpacked, for linux/amd64",)


@pytest.mark.parametrize(
    ("base", "fix"),
    [
        ("docker.io/library/node:22", "write docker.io/library/node:22-slim, and install any missing packages"),
        (
            "mirror.gcr.io/library/ruby:3.3",
            "write mirror.gcr.io/library/ruby:3.3-slim, and install any missing packages",
        ),
        ("--platform=linux/arm64 debian:bookworm", "write debian:bookworm-slim, and install any missing packages"),
        ("nginx:1.27", "write nginx:1.27-alpine, and install any missing packages"),
        ("eclipse-temurin:21-jdk", "write eclipse-temurin:21-jre, and install any missing packages"),
    ],
)
def test_bases(tmp_path: Path, base: str, fix: str) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM {base}\n")
    assert finding.fix == fix


def test_the_last_stage_counts(tmp_path: Path) -> None:
    text = "FROM node:22 AS build\nFROM node:20 AS base\nFROM base\nCOPY --from=build a b\n"
    (finding,) = built(tmp_path, RULE, text)
    assert finding.line == 2


def test_the_default_of_an_argument(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "ARG B=node:22\nFROM $B\n")
    assert finding.fix == "write node:22-slim as the default of the ARG, and install any missing packages"


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ("ARG V\nRUN wget https://example.com/debian/${V}/x.deb", 0),
        ("ARG V\nADD https://example.com/debian/$V/x.deb /", 0),
        ("ARG V\nENV VERSION=$V", 0),
        ("ARG V\nRUN echo $VERSION", 1),
        ("ARG V\nLABEL base=$V", 1),
        ("RUN echo 12", 1),
    ],
)
def test_an_argument_that_others_use(tmp_path: Path, lines: str, count: int) -> None:
    assert len(built(tmp_path, RULE, f"ARG V=12\nFROM debian:${{V}}\n{lines}\n")) == count


@pytest.mark.parametrize(
    ("base", "command", "count"),
    [
        ("nginx:1.27", "useradd -m app", 0),
        ("nginx:1.27", "usermod -aG tty nginx", 0),
        ("nginx:1.27", "groupadd -r app", 0),
        ("nginx:1.27", "adduser -D app", 1),
        ("python:3.13", "useradd -m app", 1),
    ],
)
def test_commands_for_users_that_alpine_lacks(tmp_path: Path, base: str, command: str, count: int) -> None:
    assert len(built(tmp_path, RULE, f"FROM {base}\nRUN {command}\n")) == count


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM node:22-slim\n",
        "FROM node:22-alpine3.20\n",
        "FROM python:3.13-slim-bookworm\n",
        "FROM php:8.3-apache\n",
        "FROM me/node:22\n",
        "FROM localhost:5000/node:22\n",
        "FROM scratch\n",
        "FROM node:22@sha256:" + "a" * 64 + "\n",
        "FROM node:22 AS build\nFROM node:22-slim\nCOPY --from=build a b\n",
        # The build needs its tools; CTX107 is about that.
        "FROM node:22\nRUN npm run build\n",
    ],
)
def test_small_enough(tmp_path: Path, dockerfile: str) -> None:
    assert built(tmp_path, RULE, dockerfile) == []


def test_a_target_before_the_last_one_may_be_for_building(tmp_path: Path) -> None:
    assert built(tmp_path, RULE, "FROM node:22 AS build\nFROM node:22-slim\n", target="build") == []


@pytest.mark.parametrize(
    "path",
    [
        ".codesandbox/Dockerfile",
        ".gitpod/Dockerfile",
        ".github/workflows/Dockerfile.ci",
        "web/.devcontainer/Dockerfile",
        "Dockerfile.e2e-tests",
        "docker/develop.Dockerfile",
    ],
)
def test_environments_are_to_have_everything(tmp_path: Path, path: str) -> None:
    assert named(tmp_path, RULE, path, "FROM node:22\nRUN node -v\n") == []


@pytest.mark.parametrize("path", ["devices/Dockerfile", "github/Dockerfile", "Dockerfile.latest"])
def test_names_that_only_look_like_those_of_environments(tmp_path: Path, path: str) -> None:
    assert len(named(tmp_path, RULE, path, "FROM node:22\nRUN node -v\n")) == 1


def test_a_context_that_is_an_environment(tmp_path: Path) -> None:
    root = tmp_path / ".codesandbox"
    assert built(root, RULE, "FROM node:22\n") == []
    assert len(built(tmp_path / "codesandbox", RULE, "FROM node:22\n")) == 1


def test_a_base_whose_triggers_run_commands(tmp_path: Path) -> None:
    assert built(tmp_path, RULE, "FROM node:22\nONBUILD RUN curl https://x | sh\n") == []
    assert len(built(tmp_path, RULE, "FROM node:22\nONBUILD COPY . /app\n")) == 1


def test_old_versions_are_not_as_large(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "FROM node:0.10\n")
    assert finding.message == "node:0.10 has a smaller variant: node:0.10-slim"
    assert finding.evidence == ()


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ("RUN git clone https://example.org/x\n", 0),
        ("RUN make && make install\n", 0),
        ("RUN cd /x && gcc -o x x.c\n", 0),
        ("RUN pip install git+https://example.org/x\n", 0),
        ("RUN apt-get update && apt-get install -y git\nRUN git clone x\n", 1),
        ("RUN apt-get update && apt-get install -y build-essential && make\n", 1),
        ("RUN apt-get update && apt-get install -y make\nRUN make && gcc x.c\n", 0),
        ("RUN echo make\n", 1),
        # Only the tools of the last stage count.
        ("FROM python:3.13\nRUN pip install flask\n", 1),
    ],
)
def test_tools_of_the_larger_image_that_are_used(tmp_path: Path, lines: str, count: int) -> None:
    assert len(built(tmp_path, RULE, f"FROM python:3.13\n{lines}")) == count


@pytest.mark.parametrize(
    ("dockerfile", "files"),
    [
        ("FROM ruby:3.3\nRUN bundle install\n", {}),
        ("FROM ruby:3.3\nRUN gem install rails\n", {}),
        ("FROM node:22\nRUN npm ci\n", {"package.json": '{"dependencies": {"bcrypt": "5"}}'}),
        ("FROM python:3.13\nRUN pip install psycopg2\n", {}),
        ("FROM python:3.13\nRUN pip install -r requirements.txt\n", {"requirements.txt": "mysqlclient==2.2\n"}),
        ("FROM python:3.13\nRUN python3 -m pip install -r requirements.txt\n", {"requirements.txt": "uWSGI\n"}),
        (
            "FROM python:3.13\nRUN pip install -r requirements.txt\n",
            {"requirements.txt": "a @ git+https://example.com/a.git\n"},
        ),
        ('FROM eclipse-temurin:21-jdk\nRUN curl -L x | tar xz\nCMD ["sbt"]\n', {}),
        ("FROM eclipse-temurin:21-jdk\nENV MAVEN_HOME=/opt/maven\n", {}),
        ("FROM eclipse-temurin:21-jdk\nCMD ./gradlew bootRun\n", {}),
        ("FROM node:22 AS development\n", {}),
    ],
)
def test_what_the_smaller_variant_lacks_is_needed(tmp_path: Path, dockerfile: str, files: dict[str, str]) -> None:
    assert built(tmp_path, RULE, dockerfile, files) == []


@pytest.mark.parametrize(
    ("dockerfile", "files"),
    [
        # The compiler is installed, in whatever image.
        ("FROM ruby:3.3\nRUN apt-get install -y build-essential\nRUN bundle install\n", {}),
        ("FROM ruby:3.3\nRUN bundle exec rake x\n", {}),
        ("FROM node:22\nRUN npm ci\n", {"package.json": '{"dependencies": {"bcryptjs": "5"}}'}),
        ("FROM python:3.13\nRUN pip install -r requirements.txt\n", {"requirements.txt": "psycopg2-binary\n"}),
        (
            "FROM python:3.13\nRUN pip install -r requirements.txt\n",
            {"requirements.txt": "flask\n", "other.txt": "uwsgi\n"},
        ),
        ("FROM python:3.13\nRUN python a.py\n", {"requirements.txt": "a @ git+https://example.com/a.git\n"}),
        ('FROM eclipse-temurin:21-jdk\nCOPY app.jar /\nCMD ["java", "-jar", "/app.jar"]\n', {"app.jar": "x"}),
        ("FROM gradle:8 AS b\nFROM eclipse-temurin:21-jdk\nCOPY --from=b /home/gradle/a.jar /\n", {}),
        # Only the stage that the build ends with says what the image is for.
        ("FROM alpine AS development\nFROM node:22 AS app\n", {}),
    ],
)
def test_what_the_smaller_variant_has(tmp_path: Path, dockerfile: str, files: dict[str, str]) -> None:
    assert len(built(tmp_path, RULE, dockerfile, files)) == 1


_PIP = "FROM python:3.13\nCOPY deploy/{file} /x/\nRUN pip install -r /x/{file}\n"


@pytest.mark.parametrize(("package", "count"), [("uWSGI==2.0", 0), ("pydeep2", 0), ("flask", 1)])
@pytest.mark.parametrize("file", ["project-requirements.txt", "prod.in"])
def test_a_list_of_packages_by_any_name(tmp_path: Path, file: str, package: str, count: int) -> None:
    files = {f"deploy/{file}": f"{package}\n", "other/requirements.txt": "uwsgi\n"}
    assert len(built(tmp_path, RULE, _PIP.format(file=file), files)) == count


@pytest.mark.parametrize(("tag", "is_measured"), [("1.15", False), ("1.30", True)])
def test_a_version_of_which_a_later_one_has_ended(tmp_path: Path, tag: str, is_measured: bool) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM nginx:{tag}\nCOPY . /srv\n", {"a": "x"})
    assert (" MB" in finding.message) == is_measured


@pytest.mark.parametrize(
    ("lines", "script", "needs_bash"),
    [
        ("COPY run.sh /\nCMD /run.sh\n", "#!/bin/bash\n", True),
        ("COPY run.sh /\nCMD /run.sh\n", "#!/bin/sh\n", False),
        ("RUN bash -c true\n", "", True),
        ("", "#!/bin/bash\n", False),
    ],
)
def test_alpine_has_no_bash(tmp_path: Path, lines: str, script: str, needs_bash: bool) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM redis:8\n{lines}", {"run.sh": script})
    assert finding.fix.endswith(f"install {'bash and ' if needs_bash else ''}any missing packages")


@pytest.mark.parametrize(
    ("base", "lines", "missing"),
    [
        ("python:3.13", "HEALTHCHECK CMD curl -f http://localhost\n", "curl and "),
        ("node:22", "RUN curl -L https://x | gpg --dearmor\n", "curl, gnupg and "),
        ("node:22", "RUN apt-get install -y gnupg && echo x | gpg --dearmor\n", ""),
        ("node:22", "RUN wget https://x/key.gpg && apt-key add key.gpg\n", "wget and "),
        ("node:22", "RUN apt-get install -y curl && curl -L https://x\n", ""),
        ("debian:bookworm", "RUN curl -L https://x\n", ""),
        ("python:3.13", "RUN pip install curl-cffi\n", ""),
    ],
)
def test_tools_that_the_smaller_variant_lacks(tmp_path: Path, base: str, lines: str, missing: str) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM {base}\n{lines}")
    assert finding.fix.endswith(f", and install {missing}any missing packages")


@pytest.mark.parametrize(
    ("command", "files", "count"),
    [
        ("pip install --no-cache-dir -i https://example.com/simple 'flask[async]==3.1' Gunicorn", {}, 1),
        ("pip install flask some-package-of-ours", {}, 0),
        ("pip install psycopg", {}, 0),
        ("pip install 'psycopg[binary]'", {}, 1),
        (
            "pip install -r requirements.txt",
            {"requirements.txt": "# web\nflask==3.1 ; python_version > '3'\nuvicorn\n"},
            1,
        ),
        ("pip install -r requirements.txt", {"requirements.txt": "-r base.txt\nflask\n", "base.txt": "pydantic\n"}, 1),
        ("pip install -r requirements.txt", {"requirements.txt": "-r base.txt\nflask\n", "base.txt": "ours\n"}, 0),
        ("pip install -r requirements.txt", {"requirements.txt": "flask\n-e ./lib\n"}, 0),
        ("pip install -r requirements.txt", {"requirements.txt": "flask @ https://example.com/flask.zip\n"}, 0),
        # Which packages these are is not known.
        ("pip install -r requirements.txt", {}, 0),
        ("pip install .", {"setup.py": "setup()"}, 0),
        ("pip install .", {"pyproject.toml": '[project]\ndependencies = ["flask>=3"]\n'}, 1),
        ("pip install .", {"pyproject.toml": '[project]\ndependencies = ["flask>=3", "ours"]\n'}, 0),
        ("pip install .", {"pyproject.toml": "[project"}, 0),
        ("poetry install", {"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.12"\nflask = "^3"\n'}, 1),
        ("poetry install", {"pyproject.toml": '[tool.poetry.dependencies]\na = { path = "../a" }\nflask = "^3"\n'}, 0),
        ("poetry install", {"pyproject.toml": '[tool.poetry.group.dev.dependencies]\nours = "^3"\n'}, 0),
        ("pipenv install --system", {"Pipfile": '[packages]\nflask = "*"\n'}, 1),
        ("pipenv install --system", {"Pipfile": '[packages]\nours = "*"\n'}, 0),
    ],
)
def test_packages_of_python_that_come_compiled(tmp_path: Path, command: str, files: dict[str, str], count: int) -> None:
    assert len(built(tmp_path, RULE, f"FROM python:3.13\nCOPY . .\nRUN {command}\n", files)) == count


def test_a_list_in_utf_16(tmp_path: Path) -> None:
    for packages, count in (("flask\r\n", 1), ("flask\r\nmysqlclient\r\n", 0)):
        (tmp_path / "requirements.txt").write_bytes(packages.encode("utf-16"))
        text = "FROM python:3.13\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
        assert len(built(tmp_path, RULE, text)) == count


@pytest.mark.parametrize(
    ("lines", "files", "count"),
    [
        # People work in these.
        ("RUN apt-get install -y vim zsh\n", {}, 0),
        ("RUN apt-get install -y libvips\n", {}, 1),
        ("RUN apt-get install -y build-essential\nCMD check\n", {}, 0),
        ("RUN apt-get install -y build-essential\nRUN npm install -g esbuild\nCMD check\n", {}, 1),
        # What these run is not known.
        ("COPY . .\nRUN ./setup.sh\n", {"setup.sh": "x"}, 0),
        ("COPY . .\nRUN bash setup.sh\n", {"setup.sh": "x"}, 0),
        ("COPY . .\nRUN chmod +x setup.sh\n", {"setup.sh": "x"}, 1),
        # The program asks git, which only the large image has.
        ("COPY . .\nCMD node a.js\n", {"a.js": "execSync('git rev-parse HEAD')"}, 0),
        ("RUN apt-get install -y git\nCOPY . .\nCMD node a.js\n", {"a.js": "execSync('git rev-parse HEAD')"}, 1),
    ],
)
def test_what_may_need_the_large_image(tmp_path: Path, lines: str, files: dict[str, str], count: int) -> None:
    assert len(built(tmp_path, RULE, f"FROM node:22\n{lines}", files)) == count


@pytest.mark.parametrize(
    ("shell", "count"), [('SHELL ["powershell", "-Command"]', 0), ('SHELL ["/bin/bash", "-c"]', 1)]
)
def test_an_image_of_windows(tmp_path: Path, shell: str, count: int) -> None:
    assert len(built(tmp_path, RULE, f"FROM python:3.13\n{shell}\nRUN pip install flask\n")) == count


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ("RUN ln -s /usr/share/doc/littler/examples/install.r /usr/local/bin/install.r\n", 0),
        ("RUN apt-get update && apt-get install -y default-jre-headless\n", 0),
        # What is removed is not used.
        ("RUN apt-get update && apt-get install -y less && rm -rf /usr/share/doc/* /usr/share/man/*\n", 1),
        ("RUN apt-get update && apt-get install -y adjrexample\n", 1),
    ],
)
def test_slim_variants_have_no_documents(tmp_path: Path, lines: str, count: int) -> None:
    assert len(built(tmp_path, RULE, f"FROM debian:bookworm\n{lines}")) == count
