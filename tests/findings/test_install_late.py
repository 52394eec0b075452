from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from ctxopt.edits import applied
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rules.install_late import RULE
from tests.findings.support import built, named
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


_ORDER = "write these instructions in this order: "


def found(root: Path, *lines: str, files: Mapping[str, str] = _FILES) -> list[Finding]:
    return built(
        root, RULE, "# syntax=docker/dockerfile:1\nFROM x AS base\nWORKDIR /app\n" + "\n".join(lines) + "\n", files
    )


def test_the_command_of_a_fix_is_on_one_line_without_tabs(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN set -x \\\n\t&& npm ci\t--tag='a\t b' \\\n\t&& true")
    assert (
        finding.fix
        == _ORDER + "COPY package-lock.json package.json ./; RUN set -x && npm ci --tag='a b' && true; COPY . ."
    )


def test_after_a_copy_of_all(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN npm ci \\\n  --omit=dev")
    assert (finding.line, finding.end_line, finding.severity) == (5, 6, Severity.WARNING)
    assert (finding.totals, finding.confidence) == (None, Confidence.HIGH)
    assert finding.message == (
        "npm ci runs again when any of 23 files changes that it does not need: COPY . . in line 4 copies them"
    )
    assert finding.fix == _ORDER + "COPY package-lock.json package.json ./; RUN npm ci --omit=dev; COPY . ."
    assert finding.evidence == ("line 4: COPY . .", "line 5: RUN npm ci --omit=dev")


@pytest.mark.parametrize(
    ("lines", "fix"),
    [
        (
            ["COPY . .", "RUN cd web && npm install"],
            _ORDER + "COPY web/package.json ./web/; RUN cd web && npm install; COPY . .",
        ),
        (
            ["COPY web/ /web/", "WORKDIR /web", "RUN npm i"],
            _ORDER + "COPY web/package.json /web/; RUN npm i; COPY web/ /web/",
        ),
        (
            ["COPY . /srv", "RUN npm --prefix /srv ci"],
            _ORDER + "COPY package-lock.json package.json /srv/; RUN npm --prefix /srv ci; COPY . /srv",
        ),
        (
            ["COPY . .", "RUN pip install --no-cache-dir -r requirements.txt"],
            _ORDER + "COPY constraints.txt requirements.txt ./; COPY more/base.txt ./more/; "
            "RUN pip install --no-cache-dir -r requirements.txt; COPY . .",
        ),
        (
            ["COPY . .", "RUN pip3 install -rmore/base.txt"],
            _ORDER + "COPY more/base.txt ./more/; RUN pip3 install -rmore/base.txt; COPY . .",
        ),
        (["COPY . .", "RUN go mod download"], _ORDER + "COPY go.mod go.sum ./; RUN go mod download; COPY . ."),
        (
            ["COPY . .", "RUN go build ./..."],
            _ORDER + "COPY go.mod go.sum ./; RUN go mod download; COPY . .; RUN go build ./...",
        ),
        (
            ["COPY . .", "RUN cargo build --release"],
            "keep its downloads in a cache: RUN --mount=type=cache,target=/root/.cargo/registry",
        ),
        (
            ["COPY . .", "RUN ./gradlew --no-daemon build"],
            "keep its downloads in a cache: RUN --mount=type=cache,target=/root/.gradle",
        ),
        (
            ["RUN pip install -U pip", "COPY . .", "RUN uv pip install -r more/base.txt"],
            _ORDER + "COPY more/base.txt ./more/; RUN uv pip install -r more/base.txt; COPY . .",
        ),
        (
            ["RUN npm install -g npm", "COPY . .", "RUN npm ci"],
            _ORDER + "COPY package-lock.json package.json ./; RUN npm ci; COPY . .",
        ),
        (
            ["COPY . .", "RUN ./mvnw package"],
            "keep its downloads in a cache: RUN --mount=type=cache,target=/root/.m2/repository",
        ),
        (["COPY . .", "RUN bundle install"], _ORDER + "COPY Gemfile ./; RUN bundle install; COPY . ."),
        (
            ["COPY . .", "RUN composer install --no-dev"],
            _ORDER + "COPY composer.json ./; RUN composer install --no-dev --no-scripts --no-autoloader; COPY . .; "
            "RUN composer install --no-dev",
        ),
        (
            ["COPY . .", "RUN poetry install"],
            _ORDER + "COPY poetry.lock pyproject.toml ./; RUN poetry install --no-root; COPY . .; RUN poetry install",
        ),
        (
            ["COPY . .", "RUN uv sync --frozen"],
            _ORDER + "COPY pyproject.toml uv.lock ./; RUN uv sync --frozen --no-install-workspace; COPY . .; "
            "RUN uv sync --frozen",
        ),
        (
            ["COPY . .", "RUN mvn -B package"],
            "keep its downloads in a cache: RUN --mount=type=cache,target=/root/.m2/repository",
        ),
        (
            ["COPY . .", "RUN dotnet restore all.sln"],
            _ORDER + "COPY all.sln ./; COPY api/api.csproj ./api/; COPY lib/lib.csproj ./lib/; "
            "RUN dotnet restore all.sln; COPY . .",
        ),
        (
            ["COPY package.json package-lock.json ./", "COPY . .", "RUN npm ci"],
            _ORDER + "RUN npm ci; COPY . .",
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
        ["COPY . .", "RUN yarn -v", "RUN npm --version && make"],
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
    assert finding.fix == _ORDER + "COPY go.mod go.sum ./; RUN go mod download; COPY . ."


@pytest.mark.parametrize(
    ("early", "late", "files"),
    [
        ("uv sync --frozen --no-install-project", "uv sync --frozen", ["uv.lock", "pyproject.toml"]),
        ("poetry install --no-root", "poetry install", ["poetry.lock", "pyproject.toml"]),
        ("composer install --no-scripts", "composer install", ["composer.json", "composer.lock"]),
    ],
)
def test_what_is_installed_early_already_is_not_installed_once_more(
    tmp_path: Path, early: str, late: str, files: list[str]
) -> None:
    project = {name: "{}" if name.endswith(".json") else "" for name in ("a", *files)}
    (finding,) = found(tmp_path, "COPY . .", f"RUN {early}", f"RUN {late}", files=project)
    copied = " ".join(sorted(files))
    assert finding.fix == _ORDER + f"COPY {copied} ./; RUN {early}; COPY . ."


@pytest.mark.parametrize("cache", ["/root/.cache", "~/.cache/pip"])
def test_a_cache_is_removed_in_the_run_that_fills_it(tmp_path: Path, cache: str) -> None:
    run = f"RUN pip install -r requirements.txt && rm -rf {cache}"
    (finding,) = found(tmp_path, "COPY . .", run, files={"a": "", "requirements.txt": ""})
    assert finding.fix == _ORDER + f"COPY requirements.txt ./; {run}; COPY . ."


def test_another_directory_is_another_project(tmp_path: Path) -> None:
    project = {f"{top}/{name}": "" for top in ("a", "b") for name in ("go.mod", "go.sum", "main.go")}
    finding, *_ = found(
        tmp_path, "COPY . .", "RUN cd a && go mod download", "RUN cd b && go build ./...", files=project
    )
    assert "RUN cd a && go mod download; RUN cd b && go mod download; COPY . .;" in finding.fix


def test_a_file_with_a_token_is_mounted(tmp_path: Path) -> None:
    files = {"package.json": "{}", "a": "", ".npmrc": "//registry.npmjs.org/:_authToken=abcdef0123456789\n"}
    (finding,) = found(tmp_path, "COPY . .", "RUN npm ci", files=files)
    assert finding.fix == (
        f"{_ORDER}COPY package.json ./; RUN --mount=type=secret,id=npmrc,target=/app/.npmrc npm ci; COPY . .; "
        "build with docker build --secret id=npmrc,src=.npmrc"
    )


def test_a_file_without_a_token_is_copied(tmp_path: Path) -> None:
    files = {"package.json": "{}", "a": "", ".npmrc": "registry=https://example.com/\n"}
    (finding,) = found(tmp_path, "COPY . .", "RUN npm ci", files=files)
    assert finding.fix == _ORDER + "COPY .npmrc package.json ./; RUN npm ci; COPY . ."


def test_a_file_that_is_not_sent_is_neither(tmp_path: Path) -> None:
    files = {"package.json": "{}", "a": "", ".npmrc": "_auth=x\n", "package-lock.json": "{}"}
    files[".dockerignore"] = ".npmrc\npackage-lock.json\n"
    (finding,) = found(tmp_path, "COPY . .", "RUN npm ci", files=files)
    assert finding.fix == _ORDER + "COPY package.json ./; RUN npm ci; COPY . ."


@pytest.mark.parametrize(("command", "name", "text", "mount"), SECRETS)
def test_files_that_hold_a_secret(tmp_path: Path, command: str, name: str, text: str, mount: str) -> None:
    for secret in (True, False):
        files = {**MANIFESTS, "a": "", name: text if secret else "x=y\n"}
        (finding,) = found(tmp_path, "COPY . .", f"RUN {command}", files=files)
        copied = finding.fix.partition("COPY ")[2].partition("RUN")[0].replace(";", " ").split()
        assert (name in copied, mount in finding.fix) == (not secret, secret)


def test_a_directory_is_copied_by_itself(tmp_path: Path) -> None:
    files = {"package.json": "{}", "yarn.lock": "", "src/a": "", ".yarn/plugins/x.cjs": ""}
    (finding,) = found(tmp_path, "COPY . .", "RUN yarn install", files=files)
    assert finding.fix == (_ORDER + "COPY .yarn/ ./.yarn/; COPY package.json yarn.lock ./; RUN yarn install; COPY . .")


def test_all_files_that_a_command_names(tmp_path: Path) -> None:
    files = {"a.txt": "flask\n", "b.txt": "x\n", "c.txt": "", "src/a.py": ""}
    (finding,) = found(tmp_path, "COPY . .", "RUN pip install -r a.txt -r b.txt -c c.txt", files=files)
    assert finding.fix.startswith(_ORDER + "COPY a.txt b.txt c.txt ./; RUN pip install")


def test_what_a_manifest_says_of_other_files(tmp_path: Path) -> None:
    files = {"package.json": '{"dependencies": {"x": "file:lib"}}', "lib/x.js": ""}
    (finding,) = found(tmp_path, "COPY . .", "RUN npm i", files=files)
    assert finding.fix == (
        "copy just what it reads above line 4 and install there; no change is proposed, since "
        "package.json may name a package in a directory of the project (`file:`)"
    )
    assert finding.edits == ()


def test_a_cache_makes_it_less_grave(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN --mount=type=cache,target=/root/.npm npm ci")
    assert finding.severity is Severity.NOTE


def test_stages_that_the_image_only_takes_files_from_count(tmp_path: Path) -> None:
    lines = ("COPY . .", "RUN npm ci", "FROM nginx", "COPY --from=base /app/dist /html")
    assert [finding.line for finding in found(tmp_path, *lines)] == [5]
    assert found(tmp_path, *lines[:2], "FROM nginx") == []


def test_scripts_and_members_of_a_workspace(tmp_path: Path) -> None:
    manifest = '{"workspaces": ["a/*"], "scripts": {"prepare": "husky", "postinstall": "patch-package"}}'
    files = {"package.json": manifest, "a/x": ""}
    (finding,) = found(tmp_path, "COPY . .", "RUN npm ci", files=files)
    assert finding.fix.endswith("since the script postinstall in package.json may need more files")
    (finding,) = found(tmp_path, "COPY . .", "RUN npm ci", files={"package.json": "[", "a/x": ""})
    assert finding.fix.endswith("RUN npm ci; COPY . .")


@pytest.mark.parametrize("script", ["node scripts/setup.js", "husky && npm run build", "nuxt prepare", "tsc -p ."])
def test_a_script_that_builds_the_project_needs_the_sources(tmp_path: Path, script: str) -> None:
    files = {"package.json": f'{{"scripts": {{"postinstall": "{script}"}}}}', "a/x": ""}
    assert found(tmp_path, "COPY . .", "RUN npm ci", files=files) == []
    assert found(tmp_path, "COPY . .", "RUN npm ci --ignore-scripts", files=files)


@pytest.mark.parametrize("script", ["husky", "husky install || true", "npx only-allow pnpm", "is-ci || lefthook"])
def test_a_script_that_reads_no_file_needs_none(tmp_path: Path, script: str) -> None:
    files = {"package.json": f'{{"scripts": {{"prepare": "{script}"}}}}', "a/x": ""}
    (finding,) = found(tmp_path, "COPY . .", "RUN npm ci", files=files)
    assert finding.edits


_MEMBERS = {"package.json": '{"workspaces": ["packages/*"]}', "package-lock.json": "{}", "packages/a/index.js": ""}


def test_the_manifests_of_a_workspace_come_along(tmp_path: Path) -> None:
    files = {**_MEMBERS, "packages/a/package.json": "{}", "packages/b/package.json": "{}", "other/package.json": "{}"}
    (finding,) = found(tmp_path, "COPY . .", "RUN npm ci", files=files)
    assert finding.fix == (
        _ORDER + "COPY package-lock.json package.json ./; COPY packages/a/package.json ./packages/a/; "
        "COPY packages/b/package.json ./packages/b/; RUN npm ci; COPY . ."
    )


@pytest.mark.parametrize(("member", "known"), [(".", True), ("./", True), ("../shared", False)])
def test_a_workspace_that_has_only_itself(tmp_path: Path, member: str, known: bool) -> None:
    files = {"package.json": "{}", "pnpm-workspace.yaml": f"packages:\n  - '{member}'\n", "a.js": ""}
    (finding,) = found(tmp_path, "COPY . .", "RUN pnpm install", files=files)
    assert finding.fix.startswith(_ORDER + "COPY package.json pnpm-workspace.yaml ./; RUN pnpm install") is known
    assert ("the members of its workspace are not known" in finding.fix) is not known


@pytest.mark.parametrize(
    ("run", "lock", "text"),
    [
        ("npm ci", "package-lock.json", '{"packages": {"node_modules/x": {"workspaces": ["y"]}}}'),
        ("pnpm install --frozen-lockfile", "pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages:\n  x@1.0.0: {}\n"),
    ],
)
def test_what_a_lock_file_says_of_other_packages_is_no_workspace(
    tmp_path: Path, run: str, lock: str, text: str
) -> None:
    (finding,) = found(tmp_path, "COPY . .", f"RUN {run}", files={"package.json": "{}", lock: text, "a.js": ""})
    assert finding.fix == f"{_ORDER}COPY package.json {lock} ./; RUN {run}; COPY . .".replace(
        "package.json package-lock.json", "package-lock.json package.json"
    )


def test_pnpm_names_its_members_in_a_file_of_its_own(tmp_path: Path) -> None:
    files = {
        "package.json": "{}",
        "pnpm-lock.yaml": "",
        "pnpm-workspace.yaml": "packages:\n  - apps/*\n",
        "apps/web/package.json": "{}",
        "apps/web/src/a.js": "",
    }
    (finding,) = found(tmp_path, "COPY . .", "RUN corepack enable && pnpm install --frozen-lockfile", files=files)
    assert finding.fix.startswith(_ORDER + "COPY apps/web/package.json ./apps/web/; COPY package.json")
    assert "; RUN corepack enable && pnpm install --frozen-lockfile; COPY . ." in finding.fix


@pytest.mark.parametrize(
    ("run", "files", "reason"),
    [
        ("npm ci", {**_MEMBERS, "packages/a/package.json": '{"bin": "x.js"}'}, "packages/a/package.json has programs"),
        (
            "npm ci",
            {**_MEMBERS, "packages/a/package.json": '{"scripts": {"prepare": "tsc"}}'},
            "the script prepare in packages/a/package.json may need more files",
        ),
        (
            "npm ci",
            {"package.json": '{"dependencies": {"@prisma/client": "5"}}', "a": ""},
            "depends on @prisma/client, which reads a schema",
        ),
        ("npm ci", {"package.json": "{}", "a": "", "node_modules/x/a.js": ""}, "node_modules of the context"),
        (
            "pip install -r r.txt",
            {"r.txt": "--find-links wheels\n", "wheels/a": ""},
            "r.txt names a directory with packages",
        ),
        (
            "go mod download",
            {"go.mod": "replace example.com/y v1.0.0 => ./third/y\n", "third/y/y.go": "", "a": ""},
            "go.mod replaces a module by ./third/y",
        ),
        ("go mod download", {"go.mod": "replace x => ../x\n", "a": ""}, "go.mod replaces a module by ../x"),
        ("go mod download", {"go.mod": "", "go.work": "use .\n", "a": ""}, "go.work names more modules"),
        (
            "uv sync",
            {"pyproject.toml": '[project]\ndynamic = ["version"]\n', "a": ""},
            "without --frozen uv reads more",
        ),
        (
            "uv sync --frozen",
            {"pyproject.toml": '[tool.uv.sources]\nlib = {path = "libs/lib"}\n', "a": ""},
            "pyproject.toml names libs/lib",
        ),
        (
            "uv sync --locked",
            {"pyproject.toml": '[tool.uv.workspace]\nmembers = ["l/*"]\n', "a": ""},
            "without --frozen",
        ),
        (
            "bundle install",
            {"Gemfile": 'gem "x", path: "gems/x"\n', "a": ""},
            "Gemfile may name a package in a directory",
        ),
        (
            "bundle install",
            {"Gemfile": 'eval_gemfile "other"\n', "a": ""},
            "reads another file of the project (`eval_gemfile`)",
        ),
        (
            "bundle install",
            {"Gemfile": "gemspec\n", "x.gemspec": "", "a": ""},
            "Gemfile reads another file of the project",
        ),
        (
            "dotnet restore",
            {"a.csproj": '<ProjectReference Include="..\\lib\\lib.csproj" />', "a.cs": ""},
            "refers to ../lib/lib.csproj, which is not copied",
        ),
    ],
)
def test_the_reason_where_it_is_not_known_what_is_needed(
    tmp_path: Path, run: str, files: dict[str, str], reason: str
) -> None:
    (finding,) = found(tmp_path, "COPY . .", f"RUN {run}", files=files)
    assert reason in finding.fix
    assert finding.edits == ()


def test_a_module_in_the_context_comes_along(tmp_path: Path) -> None:
    files = {"go.mod": "replace x => ./third/y\n", "third/y/go.mod": "", "third/y/y.go": "", "main.go": ""}
    (finding,) = found(tmp_path, "COPY . .", "RUN go mod download", files=files)
    assert finding.fix.startswith(_ORDER + "COPY go.mod ./; COPY third/y/go.mod ./third/y/; RUN go mod")


def test_settings_above_and_below_the_projects_come_along(tmp_path: Path) -> None:
    files = {
        "Directory.Packages.props": "",
        "nuget.config": "",
        "src/api/api.csproj": '<ProjectReference Include="..\\lib\\lib.csproj" />',
        "src/lib/lib.csproj": "",
        "src/Directory.Build.props": "",
        "src/api/a.cs": "",
    }
    (finding,) = found(tmp_path, "COPY . .", "RUN cd src/api && dotnet restore", files=files)
    for copy in (
        "COPY Directory.Packages.props nuget.config ./;",
        "COPY src/Directory.Build.props ./src/;",
        "COPY src/lib/lib.csproj ./src/lib/;",
    ):
        assert copy in finding.fix


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["# everything", "COPY --chown=app . .", "USER app", "# install", "RUN npm ci --omit=dev"],
            [
                *("USER app", "COPY --chown=app package-lock.json package.json ./", "# install"),
                *("RUN npm ci --omit=dev", "# everything", "COPY --chown=app . ."),
            ],
        ),
        (
            ["USER app", "", "COPY . .", "", "RUN npm ci", "", "CMD app"],
            ["USER app", "", "COPY package-lock.json package.json ./", "RUN npm ci", "COPY . .", "", "CMD app"],
        ),
        (
            [
                "COPY . .",
                "RUN --mount=type=cache,target=/root/.npm cd web && npm i -g npm@11 && npm ci && npm run build",
            ],
            [
                "COPY web/package.json ./web/",
                "RUN --mount=type=cache,target=/root/.npm cd web && npm i -g npm@11 && npm ci",
                "COPY . .",
                "RUN --mount=type=cache,target=/root/.npm cd web && npm run build",
            ],
        ),
        (
            ["COPY . .", "RUN python -m venv /venv && . /venv/bin/activate && pip install -r more/base.txt && make"],
            [
                "COPY more/base.txt ./more/",
                "RUN python -m venv /venv && . /venv/bin/activate && pip install -r more/base.txt",
                "COPY . .",
                "RUN . /venv/bin/activate && make",
            ],
        ),
        (
            # Before the sources are there, there is no such directory.
            ["COPY . .", "RUN npm ci && cd pkg && make"],
            ["COPY package-lock.json package.json ./", "RUN npm ci", "COPY . .", "RUN cd pkg && make"],
        ),
        (
            ["COPY . .", "RUN pip install uv==0.5", "RUN uv sync --frozen --no-dev --extra web"],
            [
                "RUN pip install uv==0.5",
                "COPY pyproject.toml uv.lock ./",
                "RUN uv sync --frozen --no-dev --extra web --no-install-workspace",
                "COPY . .",
                "RUN uv sync --frozen --no-dev --extra web",
            ],
        ),
    ],
)
def test_the_edits_keep_what_the_user_wrote(tmp_path: Path, lines: list[str], expected: list[str]) -> None:
    (finding,) = found(tmp_path, *lines)
    edited = applied((tmp_path / "Dockerfile").read_bytes(), finding.edits)
    assert edited.decode().splitlines()[3:] == expected
    assert found(tmp_path, *expected) == []


def test_nothing_goes_above_the_run_that_brings_the_tool(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN php tools/get-composer.php", "RUN composer install --no-dev")
    assert finding.fix.endswith("since line 5 comes first, and may need the files")
    assert finding.edits == ()


def test_a_release_of_yarn_in_the_project_stays_in_its_directory(tmp_path: Path) -> None:
    files = {
        "package.json": '{"name": "u"}',
        ".yarnrc.yml": "yarnPath: .yarn/releases/yarn-4.cjs\n",
        ".yarn/releases/yarn-4.cjs": "",
        "yarn.lock": "",
        "src/a.js": "",
    }
    (finding,) = found(tmp_path, "COPY . ./", "RUN yarn install --immutable && yarn build", files=files)
    edited = applied((tmp_path / "Dockerfile").read_bytes(), finding.edits)
    assert edited.decode().splitlines()[3:] == [
        "COPY .yarn/ ./.yarn/",
        "COPY .yarnrc.yml package.json yarn.lock ./",
        "RUN yarn install --immutable",
        "COPY . ./",
        "RUN yarn build",
    ]


def test_a_workspace_of_uv_installs_no_member_before_its_sources_are_there(tmp_path: Path) -> None:
    project = '[project]\nname = "svc"\n[tool.uv.sources]\nlib = {path = "libs/lib"}\n'
    files = {
        "pyproject.toml": project + '[tool.uv.workspace]\nmembers = ["libs/*"]\n',
        "uv.lock": "",
        "libs/lib/pyproject.toml": "",
        "svc/__init__.py": "",
    }
    (finding,) = found(tmp_path, "COPY . .", "RUN uv sync --frozen --no-dev --extra web", files=files)
    edited = applied((tmp_path / "Dockerfile").read_bytes(), finding.edits)
    assert b"\nRUN uv sync --frozen --no-dev --extra web --no-install-workspace\nCOPY . .\n" in edited


@pytest.mark.parametrize(
    ("files", "copy", "count"),
    [
        ({"requirements/default.txt": "x", "requirements/extras/a.txt": "y"}, "requirements requirements", 0),
        ({"requirements/default.txt": "x", "requirements/README": "", "requirements/b.in": ""}, "requirements q", 0),
        ({"requirements/default.txt": "x", "requirements/tool.py": "y"}, "requirements requirements", 1),
        ({"data/default.txt": "x", "data/a.txt": "y"}, "data data", 1),
    ],
)
def test_a_directory_of_requirements_is_what_is_asked_for(
    tmp_path: Path, files: dict[str, str], copy: str, count: int
) -> None:
    source, target = copy.split()
    run = f"RUN pip install -r {target}/default.txt"
    assert len(found(tmp_path, f"COPY {source} {target}", run, files=files)) == count


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"a.py": "y"}, "runs again when 1 file changes that it does not need"),
        ({"a.py": "y", "b.py": "z"}, "runs again when any of 2 files changes that it does not need"),
    ],
)
def test_what_repeats_it_is_counted(tmp_path: Path, files: dict[str, str], text: str) -> None:
    given = {"requirements.txt": "x", **files, ".dockerignore": "Dockerfile\n.dockerignore\n"}
    (finding,) = found(tmp_path, "COPY . .", "RUN pip install -r requirements.txt", files=given)
    assert text in finding.message


def test_several_interpreters_are_one_finding(tmp_path: Path) -> None:
    files = {"requirements.txt": "x", "a.py": "y"}
    runs = [f"RUN python3.{minor} -m pip install -r requirements.txt && echo $(ls)" for minor in (11, 12, 13)]
    (finding,) = found(tmp_path, "RUN true", "COPY . .", "RUN a > a.py", *runs, files=files)
    assert finding.evidence[-1] == "also in lines 8 and 9"


@pytest.mark.parametrize("options", ["", "--extra gen --extra torch ", "--group dev --python 3.12 "])
def test_a_sync_of_the_project_after_one_of_its_dependencies(tmp_path: Path, options: str) -> None:
    files = {"server/pyproject.toml": "[project]\n", "server/uv.lock": "", "server/a.py": ""}
    first = f"RUN cd server && uv sync --frozen {options}--no-install-project --active && make gen"
    second = f"RUN cd server && uv sync --frozen {options}--active"
    assert [one.line for one in found(tmp_path, "COPY server server", first, second, files=files)] == [5]
    assert [one.line for one in found(tmp_path, "COPY server server", second, files=files)] == [5]


@pytest.mark.parametrize(("copied", "count"), [("/app/.venv", 0), ("/app/dist", 1)])
def test_dependencies_that_another_stage_brings(tmp_path: Path, copied: str, count: int) -> None:
    dockerfile = (
        "FROM python:3.13 AS builder\nWORKDIR /app\nCOPY pyproject.toml uv.lock ./\n"
        "RUN uv sync --no-install-project\nFROM python:3.13\nWORKDIR /app\nCOPY . .\n"
        f"COPY --from=builder {copied} ./x\nRUN uv sync\n"
    )
    files = {"pyproject.toml": '[project]\nname = "a"\nversion = "1"\n', "uv.lock": "", "a.py": "x", "b/c.py": "x"}
    assert len(built(tmp_path, RULE, dockerfile, files)) == count


@pytest.mark.parametrize(
    ("given", "fetch"),
    [
        ("GOPATH=/src/go GOPROXY=direct", "RUN GOPATH=/src/go GOPROXY=direct go mod download;"),
        ("env HTTPS_PROXY=http://proxy:1", "RUN HTTPS_PROXY=http://proxy:1 go mod download;"),
        # The compiler's own.
        ("CGO_ENABLED=0 GOOS=linux", "RUN go mod download;"),
        ("CGO_ENABLED=0 GOMODCACHE=$CACHE", "RUN GOMODCACHE=$CACHE go mod download;"),
    ],
)
def test_a_download_goes_where_the_build_looks_for_it(tmp_path: Path, given: str, fetch: str) -> None:
    (finding,) = found(tmp_path, "COPY . .", f"RUN {given} go build -o /a .")
    assert fetch in finding.fix
    assert finding.fix.endswith(f"COPY . .; RUN {given} go build -o /a .")


def test_dependencies_that_go_get_brings(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN go get -d -v ./...", "RUN go build -o /a .")
    assert finding.message.startswith("go get ./... gets the dependencies again when ")
    assert finding.line == 5
    assert finding.fix.endswith("RUN go mod download; COPY . .; RUN go get -d -v ./...")
    assert found(tmp_path, "COPY go.mod go.sum ./", "RUN go get", "COPY . .", "RUN go build -o /a .") == []


@pytest.mark.parametrize(
    ("lines", "target"),
    [
        ("FROM rust:1-slim", "/usr/local/cargo/registry"),
        ("FROM alpine\nRUN apk add cargo", "/root/.cargo/registry"),
        ("FROM debian\nENV PATH=/root/.cargo/bin:$PATH", "/root/.cargo/registry"),
        ("FROM debian\nENV CARGO_HOME=/opt/cargo", "/opt/cargo/registry"),
    ],
)
def test_where_cargo_keeps_what_it_downloads(tmp_path: Path, lines: str, target: str) -> None:
    files = {"Cargo.toml": "[package]\n", "Cargo.lock": "registry+https://x\n", "src/main.rs": ""}
    (finding,) = built(tmp_path, RULE, f"{lines}\nWORKDIR /w\nCOPY . .\nRUN cargo build\n", files)
    assert finding.fix == f"keep its downloads in a cache: RUN --mount=type=cache,target={target}"


@pytest.mark.parametrize(("default", "count"), [("", 0), ("=dev", 0), ("=prod", 1)])
def test_an_install_that_an_argument_switches_on(tmp_path: Path, default: str, count: int) -> None:
    text = f'FROM node\nWORKDIR /w\nARG FOR{default}\nCOPY . .\nRUN if [ "$FOR" = prod ]; then npm ci; fi\n'
    files = {"package.json": "{}", "package-lock.json": "{}", "a.js": "", "b.js": ""}
    assert len(built(tmp_path, RULE, text, files)) == count


@pytest.mark.parametrize(
    ("base", "file", "text", "count"),
    [
        ("x/core-base:1", "Dockerfile-base", "COPY pyproject.toml uv.lock ./\nRUN uv sync\n", 0),
        ("x/core-base:1", "Dockerfile-base", "RUN apt-get update\n", 1),
        ("x/core-base:1", "Dockerfile.other", "COPY pyproject.toml uv.lock ./\nRUN uv sync\n", 1),
        ("python:3", "Dockerfile-base", "COPY pyproject.toml uv.lock ./\nRUN uv sync\n", 1),
    ],
)
def test_a_base_image_that_has_the_dependencies(tmp_path: Path, base: str, file: str, text: str, count: int) -> None:
    files = {"pyproject.toml": "[project]\n", "uv.lock": "", "a.py": "", "b.py": "", file: f"FROM debian\n{text}"}
    made = built(tmp_path, RULE, f"FROM {base}\nWORKDIR /w\nCOPY . .\nRUN uv sync --no-install-project\n", files)
    assert len(made) == count


@pytest.mark.parametrize(("text", "count"), [("uv pip install -r pyproject.toml", 0), ("uv pip install -r x.txt", 1)])
def test_a_base_image_that_has_what_a_file_names(tmp_path: Path, text: str, count: int) -> None:
    files = {"pyproject.toml": "[project]\n", "a.py": "", "b.py": "", "Dockerfile-base": f"FROM debian\nRUN {text}\n"}
    run = "RUN uv pip install -r pyproject.toml && cd apps && python manage.py compilemessages"
    assert len(built(tmp_path, RULE, f"FROM x/core-base:1\nWORKDIR /w\nCOPY . .\n{run}\n", files)) == count


def test_a_build_after_the_download_in_the_same_run(tmp_path: Path) -> None:
    files = {"go.mod": "module x\n", "go.sum": "x", "main.go": "", "web/package.json": "{}"}
    text = "FROM golang\nWORKDIR /w\nCOPY . .\nRUN go mod download && go build . && cd web && npm install\n"
    first, other = built(tmp_path, RULE, text, files)
    assert first.message.startswith("go mod download runs again")
    assert other.message.startswith("npm install")


def test_the_manifests_make_the_directory_with_its_owner(tmp_path: Path) -> None:
    """A WORKDIR would make it for root, and the user could not install there."""
    text = "FROM node\nUSER node\nCOPY --chown=node . /w\nENV A=b\nWORKDIR /w\n\nRUN npm ci\n"
    files = {"package.json": "{}", "package-lock.json": "", "a.js": "", "b.js": ""}
    (finding,) = built(tmp_path, RULE, text, files)
    assert applied(text.encode(), finding.edits).decode() == (
        "FROM node\nUSER node\nENV A=b\nCOPY --chown=node package-lock.json package.json /w/\nWORKDIR /w\n\n"
        "RUN npm ci\nCOPY --chown=node . /w\n"
    )


@pytest.mark.parametrize(
    ("copy", "count"),
    [
        ("COPY --from=cacher /app/target target", 0),
        ("COPY --from=cacher /home/rust/.cargo /home/rust/.cargo", 0),
        ("COPY --from=cacher /usr/local/cargo/registry /usr/local/cargo/registry", 0),
        ("COPY --from=cacher /app/recipe.json recipe.json", 1),
    ],
)
def test_dependencies_of_cargo_from_another_stage(tmp_path: Path, copy: str, count: int) -> None:
    text = f"FROM x/rust AS cacher\nRUN cargo chef cook\nFROM x/rust\nWORKDIR /app\n{copy}\nCOPY . .\nRUN cargo build\n"
    assert len(built(tmp_path, RULE, text, _FILES)) == count


def test_a_context_that_is_assumed(tmp_path: Path) -> None:
    text, files = "FROM node:22\nCOPY . .\nRUN npm ci\n", {"package.json": "{}", "package-lock.json": "{}", "a.js": "x"}
    assert len(named(tmp_path, RULE, "api/Dockerfile", text, files)) == 1
    assert named(tmp_path, RULE, "api/Dockerfile", text, files, assumed=True) == []


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        # The second one needs what the first one built.
        (["RUN mvn install", "RUN mvn -f app package"], 0),
        (["RUN mvn package", "RUN mvn -f app -o package"], 0),
        (["RUN mvn install"], 1),
        (["RUN mvn install && mvn -f app package"], 1),
        (["RUN mvn package", "RUN mvn -f app package"], 1),
    ],
)
def test_a_cache_that_a_later_command_needs(tmp_path: Path, lines: list[str], count: int) -> None:
    files = {"pom.xml": "<project/>", "app/pom.xml": "<project/>", "src/A.java": ""}
    assert len(found(tmp_path, "COPY . .", *lines, files=files)) == count


@pytest.mark.parametrize("first", ["go mod vendor", "go mod tidy", "go test ./..."])
def test_go_has_the_dependencies_already(tmp_path: Path, first: str) -> None:
    files = {"go.mod": "module x", "go.sum": "x h1:x", "main.go": ""}
    assert found(tmp_path, "COPY . .", f"RUN {first}", "RUN go build .", files=files) == []
    assert len(found(tmp_path, "COPY . .", "RUN go version", "RUN go build .", files=files)) == 1


def test_what_comes_first_is_what_is_between_the_sources_and_the_install(tmp_path: Path) -> None:
    before = ["COPY a.js $DIR/a.js", "ENV PLAIN=yes", "COPY . ."]
    (finding,) = found(tmp_path, *before, "RUN php tools/setup.php", "RUN composer install --no-dev")
    assert finding.fix.endswith("since line 7 comes first, and may need the files")


@pytest.mark.parametrize(
    ("run", "count"),
    [
        ("go mod tidy && go mod download", 0),
        ("go mod verify && go mod download", 1),
    ],
)
def test_what_is_tidied_before_in_the_same_run(tmp_path: Path, run: str, count: int) -> None:
    files = {"go.mod": "module m\n", "go.sum": "h1:x\n", "a.go": "package a\n", "b.go": "package a\n"}
    assert len(built(tmp_path, RULE, f"FROM golang:1.25\nWORKDIR /w\nCOPY . .\nRUN {run}\n", files)) == count


@pytest.mark.parametrize("ignore", ["", "build\n"])
@pytest.mark.parametrize(("file", "count"), [("build/base/Dockerfile", 0), ("build/other/Dockerfile", 1)])
def test_a_base_image_from_a_directory_of_that_name(tmp_path: Path, file: str, count: int, ignore: str) -> None:
    files = {
        "go.mod": "module m\n",
        "go.sum": "h1:x\n",
        "a.go": "package a\n",
        "b.go": "package a\n",
        file: "FROM golang:1.25\nCOPY go.mod go.sum /app/\nRUN go mod download\n",
    }
    assert len(built(tmp_path, RULE, "FROM x/core-base:1\nCOPY . /w\nRUN cd /w && go build\n", files, ignore)) == count


def test_a_value_that_is_set_in_between_needs_no_files(tmp_path: Path) -> None:
    lines = ["ENV APP=/w", "COPY . $APP/", "ENV PLAIN=yes", "WORKDIR /w", "RUN composer install --no-dev"]
    (finding,) = found(tmp_path, *lines)
    assert finding.fix.endswith("since line 6 may change where the files go")


def test_a_dockerfile_is_not_its_own_base(tmp_path: Path) -> None:
    files = {"go.mod": "module m\n", "go.sum": "h1:x\n", "a.go": "package a\n", "b.go": "package a\n"}
    text = "FROM x/core-base:1\n# go.mod is copied\nCOPY . /w\nRUN cd /w && go build\n"
    assert len(named(tmp_path, RULE, "base/Dockerfile", text, files)) == 1
