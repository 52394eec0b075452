from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rules.install_late import RULE
from tests.findings.support import built
from tests.support.secrets import MANIFESTS, SECRETS

_FILES = MappingProxyType(
    {
        "package.json": "{}",
        "package-lock.json": "{}",
        "src/index.js": "x",
        "web/package.json": "{}",
        "web/app.js": "x",
        "requirements.txt": "flask\n-r more/base.txt\n-c constraints.txt\n",
        "more/base.txt": "requests\n",
        "more/local.txt": "-e ./src\n",
        "constraints.txt": "",
        "go.mod": "",
        "go.sum": "example.com/x v1.0.0 h1:x=\n",
        "Cargo.toml": "",
        "Cargo.lock": 'source = "registry+https://x"\n',
        "build.gradle.kts": "",
        "Gemfile": "",
        "composer.json": "{}",
        "pyproject.toml": "",
        "poetry.lock": "",
        "uv.lock": "",
        "pom.xml": "",
        "core/pom.xml": "",
        "api/api.csproj": "",
        "lib/lib.csproj": "",
        "all.sln": "",
    }
)


def found(root: Path, *lines: str, files: Mapping[str, str] = _FILES) -> list[Finding]:
    return built(
        root, RULE, "# syntax=docker/dockerfile:1\nFROM x AS base\nWORKDIR /app\n" + "\n".join(lines) + "\n", files
    )


def test_the_command_of_a_fix_is_on_one_line_without_tabs(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN set -x \\\n\t&& npm ci\t--tag='a\t b' \\\n\t&& true")
    assert finding.fix == "above line 4, write COPY package.json package-lock.json ./ and RUN npm ci --tag=a b"


def test_after_a_copy_of_all(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN npm ci \\\n  --omit=dev")
    assert (finding.line, finding.end_line, finding.severity) == (5, 6, Severity.WARNING)
    assert (finding.totals, finding.confidence) == (None, Confidence.HIGH)
    assert finding.message == (
        "npm ci runs again when any of 23 files changes that it does not need: COPY . . in line 4 copies them"
    )
    assert finding.fix == ("above line 4, write COPY package.json package-lock.json ./ and RUN npm ci --omit=dev")
    assert finding.evidence == ("line 4: COPY . .", "line 5: RUN npm ci --omit=dev")


@pytest.mark.parametrize(
    ("lines", "fix"),
    [
        (
            ["COPY . .", "RUN cd web && npm install"],
            "above line 4, write COPY web/package.json web/ and RUN npm install",
        ),
        (
            ["COPY web/ /web/", "WORKDIR /web", "RUN npm i"],
            "above line 4, write COPY web/package.json ./ and RUN npm i",
        ),
        (
            ["COPY . /srv", "RUN npm --prefix /srv ci"],
            "above line 4, write COPY package.json package-lock.json /srv/ and RUN npm ci",
        ),
        (
            ["COPY . .", "RUN pip install --no-cache-dir -r requirements.txt"],
            "above line 4, write COPY --parents requirements.txt more/base.txt constraints.txt ./ (Dockerfile syntax "
            "1.20 or newer) and RUN pip install --no-cache-dir -r requirements.txt",
        ),
        (
            ["COPY . .", "RUN pip3 install -rmore/base.txt"],
            "above line 4, write COPY more/base.txt more/ and RUN pip3 install -rmore/base.txt",
        ),
        (["COPY . .", "RUN go mod download"], "above line 4, write COPY go.mod go.sum ./ and RUN go mod download"),
        (["COPY . .", "RUN go build ./..."], "above line 4, write COPY go.mod go.sum ./ and RUN go mod download"),
        (
            ["COPY . .", "RUN cargo build --release"],
            "keep its downloads in a cache: RUN --mount=type=cache,target=/usr/local/cargo/registry …",
        ),
        (
            ["COPY . .", "RUN ./gradlew --no-daemon build"],
            "keep its downloads in a cache: RUN --mount=type=cache,target=/root/.gradle …",
        ),
        (
            ["RUN pip install -U pip", "COPY . .", "RUN uv pip install -r more/base.txt"],
            "above line 5, write COPY more/base.txt more/ and RUN uv pip install -r more/base.txt",
        ),
        (
            ["RUN npm install -g npm", "COPY . .", "RUN npm ci"],
            "above line 5, write COPY package.json package-lock.json ./ and RUN npm ci",
        ),
        (
            ["COPY . .", "RUN ./mvnw package"],
            "above line 4, write COPY --parents pom.xml core/pom.xml ./ (Dockerfile syntax 1.20 or newer) "
            "and RUN mvn dependency:go-offline",
        ),
        (["COPY . .", "RUN bundle install"], "above line 4, write COPY Gemfile ./ and RUN bundle install"),
        (
            ["COPY . .", "RUN composer install --no-dev"],
            "above line 4, write COPY composer.json ./ and RUN composer install --no-scripts --no-autoloader",
        ),
        (
            ["COPY . .", "RUN poetry install"],
            "above line 4, write COPY pyproject.toml poetry.lock ./ and RUN poetry install --no-root",
        ),
        (
            ["COPY . .", "RUN uv sync --frozen"],
            "above line 4, write COPY pyproject.toml uv.lock ./ and RUN uv sync --no-install-project",
        ),
        (
            ["COPY . .", "RUN mvn -B package"],
            "above line 4, write COPY --parents pom.xml core/pom.xml ./ (Dockerfile syntax 1.20 or newer) and RUN mvn "
            "dependency:go-offline",
        ),
        (
            ["COPY . .", "RUN dotnet restore all.sln"],
            "above line 4, write COPY --parents all.sln api/api.csproj lib/lib.csproj ./ (Dockerfile syntax 1.20 or "
            "newer) and RUN dotnet restore all.sln",
        ),
        (
            ["COPY package.json package-lock.json ./", "COPY . .", "RUN npm ci"],
            "move RUN npm ci above line 5: line 4 copies all it needs",
        ),
    ],
)
def test_fixes(tmp_path: Path, lines: list[str], fix: str) -> None:
    (finding,) = found(tmp_path, *lines)
    assert finding.fix.replace("  ", " ") == fix


@pytest.mark.parametrize(
    "lines",
    [
        ["COPY package.json package-lock.json ./", "RUN npm ci", "COPY . .", "RUN npm run build"],
        ["COPY package.json package-lock.json ./", "RUN npm ci", "COPY . .", "RUN npm ci --omit=dev"],
        ["COPY package*.json ./", "RUN npm ci", "COPY . .", "RUN npm install"],
        ["COPY . .", "RUN npm run build"],
        ["COPY . .", "RUN npm install -g pm2"],
        ["COPY . .", "RUN pip install ."],
        ["COPY . .", "RUN pip install flask"],
        ["COPY . .", "RUN pip install -r more/local.txt"],
        ["COPY . .", "RUN pip install -r missing.txt"],
        ["COPY requirements.txt more/ ./", "RUN pip install -r requirements.txt"],
        ["RUN --mount=type=bind,source=package.json,target=package.json npm ci", "COPY . ."],
        ["COPY . .", "RUN cd src && npm ci"],
        ["COPY go.* ./", "RUN go mod download", "COPY . .", "RUN go build ./..."],
        ["COPY . .", "RUN --mount=type=cache,target=/go/pkg/mod go build ./..."],
        ["COPY . .", "RUN bundle exec rake"],
        ["COPY . .", "RUN go install example.com/tool@v1.2"],
        ["COPY . .", "RUN cargo install cargo-audit"],
        ["ARG X", "COPY . $X", "RUN npm ci"],
        ["COPY . .", "RUN --mount=type=cache,target=/usr/local/cargo/registry cargo build"],
        ["COPY Cargo.* ./", "RUN mkdir src && touch src/lib.rs && cargo build", "COPY . .", "RUN cargo build"],
        ["COPY package.json ./", "RUN npm i", "FROM base", "COPY . .", "RUN npm ci"],
        ["COPY package*.json ./", "COPY . .", "RUN npm run build && npm ci --omit=dev"],
    ],
)
def test_what_is_in_time(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


def test_go_without_dependencies(tmp_path: Path) -> None:
    assert found(tmp_path, "COPY . .", "RUN go build .", files={"go.mod": "", "main.go": ""}) == []
    vendored = {"go.mod": "", "go.sum": "x h1:x", "main.go": "", "vendor/modules.txt": ""}
    assert found(tmp_path, "COPY . .", "RUN go build .", files=vendored) == []


def test_a_build_after_a_download_is_one_finding(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN go mod download", "RUN go build .")
    assert finding.message.startswith("go mod download runs again")


def test_a_file_with_a_token_is_mounted(tmp_path: Path) -> None:
    files = {"package.json": "{}", "a": "", ".npmrc": "//registry.npmjs.org/:_authToken=abcdef0123456789\n"}
    (finding,) = found(tmp_path, "COPY . .", "RUN npm ci", files=files)
    assert finding.fix == (
        "above line 4, write COPY package.json ./ and RUN --mount=type=secret,id=npmrc,target=/app/.npmrc npm ci; "
        "build with docker build --secret id=npmrc,src=.npmrc"
    )


def test_a_file_without_a_token_is_copied(tmp_path: Path) -> None:
    files = {"package.json": "{}", "a": "", ".npmrc": "registry=https://example.com/\n"}
    (finding,) = found(tmp_path, "COPY . .", "RUN npm ci", files=files)
    assert finding.fix == "above line 4, write COPY package.json .npmrc ./ and RUN npm ci"


def test_a_file_that_is_not_sent_is_neither(tmp_path: Path) -> None:
    files = {"package.json": "{}", "a": "", ".npmrc": "_auth=x\n", "package-lock.json": "{}"}
    files[".dockerignore"] = ".npmrc\npackage-lock.json\n"
    (finding,) = found(tmp_path, "COPY . .", "RUN npm ci", files=files)
    assert finding.fix == "above line 4, write COPY package.json ./ and RUN npm ci"


@pytest.mark.parametrize(("command", "name", "text", "mount"), SECRETS)
def test_files_that_hold_a_secret(tmp_path: Path, command: str, name: str, text: str, mount: str) -> None:
    for secret in (True, False):
        files = {**MANIFESTS, "a": "", name: text if secret else "x=y\n"}
        (finding,) = found(tmp_path, "COPY . .", f"RUN {command}", files=files)
        copied = finding.fix.partition("COPY ")[2].partition(" and RUN")[0].split()
        assert (name in copied, mount in finding.fix) == (not secret, secret)


def test_a_directory_is_copied_by_itself(tmp_path: Path) -> None:
    files = {"package.json": "{}", "yarn.lock": "", "src/a": "", ".yarn/plugins/x.cjs": ""}
    (finding,) = found(tmp_path, "COPY . .", "RUN yarn install", files=files)
    assert finding.fix == "above line 4, write COPY package.json yarn.lock ./, COPY .yarn/ .yarn/ and RUN yarn install"


def test_all_files_that_a_command_names(tmp_path: Path) -> None:
    files = {"a.txt": "flask\n", "b.txt": "x\n", "c.txt": "", "src/a.py": ""}
    (finding,) = found(tmp_path, "COPY . .", "RUN pip install -r a.txt -r b.txt -c c.txt", files=files)
    assert finding.fix.startswith("above line 4, write COPY a.txt b.txt c.txt ./ and RUN pip install")


def test_what_a_manifest_says_of_other_files(tmp_path: Path) -> None:
    files = {"package.json": '{"dependencies": {"x": "file:lib"}}', "lib/x.js": ""}
    (finding,) = found(tmp_path, "COPY . .", "RUN npm i", files=files)
    assert finding.fix == (
        'above line 4, write COPY package.json ./ and RUN npm i; "file: in package.json may need more files'
    )


def test_a_cache_makes_it_less_grave(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN --mount=type=cache,target=/root/.npm npm ci")
    assert finding.severity is Severity.NOTE


def test_stages_that_the_image_only_takes_files_from_count(tmp_path: Path) -> None:
    lines = ("COPY . .", "RUN npm ci", "FROM nginx", "COPY --from=base /app/dist /html")
    assert [finding.line for finding in found(tmp_path, *lines)] == [5]
    assert found(tmp_path, *lines[:2], "FROM nginx") == []


def test_scripts_and_members_of_a_workspace(tmp_path: Path) -> None:
    files = {"package.json": '{"workspaces": ["a/*"], "scripts": {"prepare": "x", "postinstall": "y"}}', "a/x": ""}
    (finding,) = found(tmp_path, "COPY . .", "RUN npm ci", files=files)
    assert finding.fix == (
        "above line 4, write COPY package.json ./ and RUN npm ci; also copy the package.json of each workspace member, "
        "with COPY --parents; its script postinstall and prepare may need more files"
    )
    (finding,) = found(tmp_path, "COPY . .", "RUN npm ci", files={"package.json": "[", "a/x": ""})
    assert finding.fix.endswith("RUN npm ci")
