from pathlib import Path

import pytest

from ctxopt.catalogue.package_caches import package_caches
from ctxopt.catalogue.words import PACKAGE_CACHES, TOOL_CACHES
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rules.tool_cache import RULE
from tests.findings.support import built, named


def found(root: Path, *lines: str, **files: str) -> list[Finding]:
    return built(root, RULE, "FROM debian:trixie AS base\nWORKDIR /srv\n" + "\n".join(lines) + "\n", files)


@pytest.mark.parametrize(
    "run",
    [
        *("poetry install --only main", "pdm sync --prod", "pipenv install --deploy --system", "bundle install"),
        *("bundle", "composer install --no-dev", "pacman -Syu --noconfirm git", "cpanm Plack", "poetry install; rm x"),
    ],
)
def test_what_is_kept(tmp_path: Path, run: str) -> None:
    (finding,) = found(tmp_path, f"RUN {run}")
    assert (finding.line, finding.severity) == (3, Severity.WARNING)
    assert finding.message.endswith("cache stays in this layer")


@pytest.mark.parametrize(
    "run",
    [
        *("uv sync --frozen", "uv pip install --system x", "pnpm install --frozen-lockfile", "bun install"),
        *("go build -o /a .", "go mod download && make", "cargo build --release", "./gradlew build", "gradle bootJar"),
        *("mvn -q package", "./mvnw package", "dotnet publish -c Release"),
    ],
)
def test_what_is_linked_or_beside_a_toolchain_is_a_note(tmp_path: Path, run: str) -> None:
    (finding,) = found(tmp_path, f"RUN {run}")
    assert (finding.line, finding.severity) == (3, Severity.NOTE)


@pytest.mark.parametrize(
    "lines",
    [
        ["RUN poetry install && rm -rf ~/.cache/pypoetry"],
        ["RUN poetry install --no-cache"],
        ["ENV POETRY_CACHE_DIR=/tmp/c", "RUN poetry install"],
        ["RUN poetry build"],
        ["RUN --mount=type=cache,target=/root/.cache/uv uv sync"],
        ["ENV UV_NO_CACHE=1", "RUN uv sync"],
        ["RUN uv sync --no-cache"],
        ["RUN uv venv && uv run x"],
        ["RUN bundle install && rm -rf /usr/local/bundle/cache/*.gem"],
        ["RUN bundle exec rake"],
        ["RUN bundle config set path vendor"],
        ["RUN composer install && composer clear-cache"],
        ["RUN composer dump-autoload"],
        ["RUN --mount=type=cache,target=/root/.m2 mvn package"],
        ["RUN mvn --version"],
        ["RUN mvn package", 'CMD ["mvn", "spring-boot:run"]'],
        ["RUN go mod download", "CMD go run ."],
        ["RUN go build -mod=vendor ."],
        ["RUN go version"],
        ["RUN go build . && go clean -cache -modcache"],
        ["RUN cargo build", "FROM scratch", "COPY --from=base /a /a"],
        ["RUN pacman -S git && pacman -Scc --noconfirm"],
        ["RUN pacman -Scc --noconfirm"],
        ["RUN yarn install"],
    ],
)
def test_near_misses(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


def test_modern_yarn_keeps_a_second_copy_only_beside_node_modules(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "RUN yarn install --immutable", **{".yarnrc.yml": "nodeLinker: node-modules\n"})
    assert finding.message == "yarn's cache stays in this layer"
    assert found(tmp_path, "RUN yarn install --immutable", **{".yarnrc.yml": "nodeLinker: pnp\n"}) == []


def test_every_tool_of_the_rule_is_in_the_tables() -> None:
    named = {name for name, cache in package_caches().items() if cache.tool}
    assert named == set(TOOL_CACHES) <= PACKAGE_CACHES.keys()


@pytest.mark.parametrize(
    ("base", "run", "fix"),
    [
        ("golang:1.26", "go mod download", "use RUN --mount=type=cache,target=/go/pkg/mod"),
        (
            "golang:1.26",
            "go build ./...",
            "use RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build",
        ),
        ("fedora:44", "go mod download", "use RUN --mount=type=cache,target=/root/go/pkg/mod"),
        ("fedora:44", "cargo install x", "use RUN --mount=type=cache,target=/root/.cargo/registry"),
        ("rust:1.90", "cargo build", "use RUN --mount=type=cache,target=/usr/local/cargo/registry"),
        (
            "python:3.13",
            "poetry install",
            "append && rm -rf ~/.cache/pypoetry/cache ~/.cache/pypoetry/artifacts, or use RUN "
            "--mount=type=cache,target=/root/.cache/pypoetry/cache "
            "--mount=type=cache,target=/root/.cache/pypoetry/artifacts",
        ),
        ("python:3.13\nUSER app", "uv sync", "use RUN --mount=type=cache,uid=… with ~/.cache/uv of app as its target"),
        ("ruby:3.4", "bundle install", "append && rm -rf"),
        ("maven:3", "mvn package", "use RUN --mount=type=cache,target=/root/.m2/repository"),
    ],
)
def test_the_mount_is_where_the_command_writes(tmp_path: Path, base: str, run: str, fix: str) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM {base}\nRUN {run}\nRUN make\n")
    assert fix in finding.fix
    assert "/usr/local/cargo" not in finding.fix or base.startswith("rust")


def test_no_environment_of_poetry_and_no_browser_is_removed(tmp_path: Path) -> None:
    for run in ("poetry install", "pipenv sync"):
        (finding,) = built(tmp_path, RULE, f"FROM python:3.13\nRUN {run}\n")
        (edit,) = finding.edits
        removed = edit.new.decode().split()[3:]
        assert all(path.count("/") >= 2 and not path.endswith("pypoetry") for path in removed)


@pytest.mark.parametrize(
    ("run", "patched"),
    [
        ("bash -c 'bundle install'", True),
        ("/bin/bash -l -c 'bundle install'", False),
        ("bash -c -l 'bundle install'", False),
        ("bash --login -c 'composer install'", False),
        ("bash -lc 'poetry install'", True),
        ("sh -ec 'composer install'", True),
    ],
)
def test_a_tool_that_only_a_login_shell_finds(tmp_path: Path, run: str, patched: bool) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM debian:13\nRUN {run}\n")
    assert bool(finding.edits) is patched
    assert ("to what the shell in it runs" in finding.fix) is not patched


@pytest.mark.parametrize(
    ("run", "patched"),
    [
        ("su node -c 'composer install'", False),
        ("true && gosu node composer install", False),
        ("sudo -E -u node composer install", False),
        ("runuser -u node -- composer install", False),
        ("true && exec composer install", False),
        ("sudo composer install", True),
        ("apk add gosu curl && composer install", True),
    ],
)
def test_another_user_has_a_cache_of_his_own(tmp_path: Path, run: str, patched: bool) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM debian:13\nRUN {run}\n")
    assert bool(finding.edits) is patched
    assert ("as the same user" in finding.fix) is not (patched or "exec" in run)


_GO = "FROM golang:1.26\nWORKDIR /app\nCOPY go.mod ./\nRUN go mod download\n"


@pytest.mark.parametrize(
    "dockerfile",
    [
        f"{_GO}RUN go install github.com/air-verse/air@latest\n",
        f"{_GO}RUN go install github.com/githubnemo/CompileDaemon@latest\nCOPY . .\n",
        f'{_GO}CMD ["gow", "-c", "run", "."]\n',
        f'{_GO}ENTRYPOINT ["make", "dev-backend"]\n',
        f"{_GO}CMD make run\n",
        "FROM golang:1.9.2\nRUN go get -u golang.org/x/lint/golint\n",
        "FROM rust:1.90\nRUN cargo install cargo-watch\n",
        "FROM python:3.13\nENV UV_LINK_MODE=symlink\nRUN uv sync\n",
        "FROM python:3.13\nRUN pdm config install.cache true\nRUN pdm sync\n",
    ],
)
def test_a_container_that_needs_what_is_kept(tmp_path: Path, dockerfile: str) -> None:
    assert built(tmp_path, RULE, dockerfile, {"go.mod": "module x\n"}) == []


@pytest.mark.parametrize(
    "dockerfile",
    [
        f"{_GO}RUN go install github.com/acme/airport@latest\n",
        f'{_GO}RUN go install github.com/air-verse/air@latest\nCOPY . .\nENTRYPOINT ["/app/bin/app"]\n',
        f'{_GO}RUN go build -o app .\nCMD ["./app", "dev"]\n',
        f"{_GO}RUN go build -o app .\nCMD make\n",
        "FROM golang:1.10\nRUN go get -u golang.org/x/lint/golint\n",
        "FROM golang:alpine\nRUN go get -u golang.org/x/lint/golint\n",
        "FROM rust:1.90\nRUN cargo install cargo-chef\n",
    ],
)
def test_a_container_that_needs_nothing_of_it(tmp_path: Path, dockerfile: str) -> None:
    assert built(tmp_path, RULE, dockerfile, {"go.mod": "module x\n"}) != []


def test_a_base_of_others_may_set_a_variable(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "FROM ghcr.io/acme/base:1\nRUN uv sync\n")
    assert finding.confidence is Confidence.MEDIUM
    (finding,) = built(tmp_path, RULE, "FROM python:3.13\nRUN uv sync\n")
    assert finding.confidence is Confidence.HIGH


@pytest.mark.parametrize(
    ("env", "run", "fix"),
    [
        (
            "PNPM_HOME=/pnpm",
            "pnpm install",
            "use RUN --mount=type=cache,target=/pnpm/store",
        ),
        (
            "XDG_CACHE_HOME=/c",
            "poetry install",
            "empty the cache at the end of the RUN, where XDG_CACHE_HOME puts it, or",
        ),
        (
            "XDG_CACHE_HOME=/c",
            "pipenv install",
            "empty the cache at the end of the RUN, where XDG_CACHE_HOME puts it, or",
        ),
        (
            "COMPOSER_HOME=/c",
            "composer install",
            "append && composer clear-cache, or use RUN --mount=type=cache,target=/c/cache",
        ),
    ],
)
def test_a_variable_that_puts_the_cache_elsewhere(tmp_path: Path, env: str, run: str, fix: str) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM x/y\nENV {env}\nRUN {run}\n")
    assert finding.fix.startswith(fix)
    assert bool(finding.edits) is ("append" in fix)


def test_another_user_mounts_his_own_cache(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "FROM a/b\nRUN su - app -c 'pipenv install'\n")
    assert finding.fix.endswith("use RUN --mount=type=cache,uid=… with the cache of the user as its target")


@pytest.mark.parametrize(
    ("run", "patched"),
    [
        ("apk add composer && composer install && apk del composer", False),
        ("apt-get install -y x && composer install && apt-get purge -y x", False),
        ("composer install && rm /usr/bin/composer", False),
        ("composer install && rm -rf /tmp/x", True),
        ("apk del x && composer install", True),
        # What empties the cache is no part of the tool.
        ("poetry install && pip uninstall -y poetry", True),
    ],
)
def test_a_tool_that_is_gone_at_the_end(tmp_path: Path, run: str, patched: bool) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM a/b\nRUN {run}\n")
    assert bool(finding.edits) is patched


@pytest.mark.parametrize(
    ("run", "count"),
    [
        ("poetry install && rm -rf $(poetry config cache-dir)", 0),
        ('poetry install && rm -rf "$(poetry config cache-dir)"/*', 0),
        ("poetry install && rm -rf `poetry config cache-dir`", 0),
        ("poetry install && C=$(poetry config cache-dir) && rm -rf $C", 0),
        ("poetry install && poetry config cache-dir | xargs rm -rf", 0),
        ('bundle install && rm -rf "$(gem env gemdir)/cache"', 0),
        ("bundle install && rm -rf /usr/local/bundle/ruby/*/cache", 0),
        ("poetry install && rm -rf ~/.cache/*", 0),
        ("poetry install && rm -rf /root/.cache", 0),
        ("rm -rf $(poetry config cache-dir) && poetry install", 1),
        ("poetry install && poetry config cache-dir", 1),
        ("poetry install && poetry config cache-dir && rm -rf /tmp/x", 1),
        # The caches of others.
        ("poetry install && rm -rf $(mktemp -d)", 1),
        ("poetry install && rm -rf ~/.cache/pip", 1),
        ("bundle install && rm -rf /var/cache/apk/*", 1),
        ("bundle install && rm -rf tmp/cache", 1),
        ("composer install && rm -rf /var/lib/apt/lists/* /tmp/x", 1),
        ("pacman -S --noconfirm git && rm -rf /var/cache/pacman/pkg/*", 0),
        ("pacman -S --noconfirm git && rm -rf /var/cache/*", 0),
    ],
)
def test_whose_cache_is_removed(tmp_path: Path, run: str, count: int) -> None:
    assert len(found(tmp_path, f"RUN {run}")) == count


@pytest.mark.parametrize(
    ("later", "hides"),
    [
        ("rm -rf /var/cache/apk/*", False),
        ("rm -rf ~/.cache/pip", False),
        ("rm -rf /usr/local/bundle/cache", True),
        ('rm -rf "$(gem env gemdir)"/cache', True),
        ("rm -rf $GEM_HOME/cache/*.gem", True),
        ('rm -rf "$GEM_HOME"/cache/*.gem', True),
        ('rm -rf "$GEM_HOME/cache/*.gem"', False),
        ("find /usr/local/bundle/gems -name '*.c' -delete", False),
        ("find /usr/local/bundle/cache -delete", True),
    ],
)
def test_a_later_removal_of_this_cache(tmp_path: Path, later: str, hides: bool) -> None:
    (finding,) = found(tmp_path, "RUN bundle install", f"RUN {later}")
    assert ("the RUN in line 4 only hides it" in finding.message) is hides


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("Dockerfile", 1),
        ("Dockerfile.dev", 1),
        ("docker/devices/Dockerfile", 1),
        # Images for tests are built for one run.
        ("tests/Dockerfile", 0),
        ("e2e/Dockerfile", 0),
        ("Dockerfile.test", 0),
        ("docker/integration/Dockerfile", 0),
        ("contest/Dockerfile", 1),
    ],
)
def test_images_for_tests(tmp_path: Path, path: str, count: int) -> None:
    assert len(named(tmp_path, RULE, path, "FROM debian:trixie\nRUN poetry install\n")) == count


@pytest.mark.parametrize(
    ("path", "run", "count"),
    [
        ("Dockerfile.dev", "go build .", 0),
        (".devcontainer/Dockerfile", "cargo build", 0),
        ("docker/development/Dockerfile", "./mvnw verify", 0),
        ("Dockerfile", "go build .", 1),
        ("Dockerfile.prod", "cargo build", 1),
        # What is installed is in the image, and the cache is not needed to work with it.
        ("Dockerfile.dev", "composer install", 1),
    ],
)
def test_people_compile_in_an_image_for_development(tmp_path: Path, path: str, run: str, count: int) -> None:
    assert len(named(tmp_path, RULE, path, f"FROM debian:trixie\nRUN {run}\n")) == count


@pytest.mark.parametrize(
    ("run", "patched"),
    [
        ("bundle install", True),
        ("cd app && bundle install", True),
        ("cd app && bundle install && true", True),
        ("cd app && bundle install && cd ..", False),
        ("cd app && bundle install && cd .. && true", False),
        ("(cd app && bundle install)", False),
        ("(cd app && bundle install) && true", False),
        ("bundle install --gemfile=app/Gemfile", False),
        ("cd $APP && bundle install", False),
        # It is asked nothing of the project.
        ("cd app && composer install && cd ..", True),
    ],
)
def test_what_asks_the_project_runs_where_it_is(tmp_path: Path, run: str, patched: bool) -> None:
    (finding,) = found(tmp_path, f"RUN {run}")
    assert bool(finding.edits) is patched
    assert ("in the same directory" in finding.fix) is not patched


def test_yarn_berry_has_two_caches(tmp_path: Path) -> None:
    files = {".yarnrc.yml": "nodeLinker: node-modules\n"}
    (finding,) = built(tmp_path, RULE, "FROM node:22\nRUN yarn install --immutable\n", files)
    assert finding.fix.startswith("append && yarn cache clean --all")
    assert built(tmp_path, RULE, "FROM node:22\nRUN yarn install && yarn cache clean --all\n", files) == []


@pytest.mark.parametrize(
    ("lines", "target"),
    [
        ("FROM debian\nRUN", "target=/root/go/pkg/mod"),
        ("FROM golang\nRUN", "target=/go/pkg/mod"),
        ("FROM registry.x.io/mirror/golang\nRUN", "target=/go/pkg/mod"),
        ("FROM golang AS a\nFROM a\nRUN", "target=/go/pkg/mod"),
        ("FROM golang\nENV GOPATH=/w\nRUN", "target=/w/pkg/mod"),
        ("FROM golang\nENV GOPATH /w\nRUN", "target=/w/pkg/mod"),
        ("FROM debian\nRUN GOPATH=/w", "target=/w/pkg/mod"),
        ("FROM debian\nRUN export GOPATH=$HOME/w &&", "target=/root/w/pkg/mod"),
        # In an ENV, HOME is that of the image, which most do not set.
        ("FROM debian\nENV GOPATH=$HOME/w\nRUN", "target=… with pkg/mod below the directory of GOPATH as its target"),
        ("FROM debian\nENV HOME=/h\nRUN", "target=/h/go/pkg/mod"),
        ("FROM debian\nUSER u\nRUN", "uid=… with ~/go/pkg/mod of u as its target"),
        ("FROM golang\nUSER u\nRUN", "uid=…,target=/go/pkg/mod"),
        # Somebody else's image may say where, and a value that a command makes is not known.
        ("FROM x/y\nRUN", "target=… with the directory of GOMODCACHE as its target"),
        ("FROM debian\nRUN GOPATH=$(pwd)", "target=… with pkg/mod below the directory of GOPATH as its target"),
    ],
)
def test_where_a_tool_caches(tmp_path: Path, lines: str, target: str) -> None:
    (finding,) = built(tmp_path, RULE, f"{lines} go mod download\nRUN make\n")
    assert finding.fix.endswith(f"RUN --mount=type=cache,{target}")


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (["RUN rm Gemfile Gemfile.lock", "RUN bundle install"], 0),
        (["RUN rm -f Gemfile*", "RUN bundle install"], 0),
        (["RUN rm -R /*/", "RUN bundle install"], 0),
        (["RUN rm -rf /w/*", "RUN bundle install"], 0),
        (["RUN rm -rf /v/*", "RUN bundle install"], 1),
        (["RUN rm Gemfile.lock", "RUN bundle install"], 1),
        (["RUN rm Gemfile", "COPY . .", "RUN bundle install"], 1),
        (["RUN rm Gemfile", "RUN echo x > y && cp z Gemfile", "RUN bundle install"], 1),
    ],
)
def test_a_command_that_finds_nothing_to_install(tmp_path: Path, lines: list[str], count: int) -> None:
    assert len(built(tmp_path, RULE, "\n".join(["FROM ruby", "WORKDIR /w", "COPY . .", *lines, ""]))) == count


@pytest.mark.parametrize(
    ("runs", "count"),
    [
        (["cargo fetch"], 0),
        (["cargo fetch", "rm -rf /w/src"], 0),
        (["cargo test --no-run"], 0),
        (["cargo test --target x -p y --no-run --release || true"], 0),
        (["cargo test -p y"], 1),
        (["cargo fetch", "cargo build"], 2),
        (["cargo fetch && make"], 1),
        (["cargo fetch", "./build.sh"], 1),
        (["cargo build"], 1),
    ],
)
def test_downloads_for_who_builds_in_the_container(tmp_path: Path, runs: list[str], count: int) -> None:
    text = "\n".join(["FROM debian", "WORKDIR /w", "COPY . .", *(f"RUN {run}" for run in runs), "COPY x /x", ""])
    assert len(built(tmp_path, RULE, text, {"x": ""})) == count


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("#!/bin/sh\n[ -d vendor ] || composer install\nexec php-fpm\n", 0),
        ("#!/bin/sh\nexec php-fpm\n", 1),
    ],
)
def test_a_script_that_installs_when_the_container_starts(tmp_path: Path, script: str, count: int) -> None:
    text = 'FROM php:8.4\nCOPY start.sh /start.sh\nRUN composer install\nENTRYPOINT ["/start.sh"]\n'
    assert len(built(tmp_path, RULE, text, {"start.sh": script})) == count


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ("RUN mvn clean install", 0),
        ("RUN mvn clean package", 1),
        ('RUN mvn clean install\nCMD ["java", "-jar", "a.jar"]', 1),
    ],
)
def test_what_is_built_for_others_stays_in_the_cache(tmp_path: Path, lines: str, count: int) -> None:
    assert len(built(tmp_path, RULE, f"FROM debian\n{lines}\n")) == count


@pytest.mark.parametrize(("clear", "count"), [("clear-cache", 0), ("cc", 0), ("show", 1)])
def test_a_cache_that_the_global_command_clears(tmp_path: Path, clear: str, count: int) -> None:
    assert len(found(tmp_path, f"RUN composer global require drush/drush && composer global {clear}")) == count


@pytest.mark.parametrize(
    ("command", "count"), [("sh -c 'rm -f dist/a && go build -o dist/a .'", 0), ("./dist/a --verbose", 1)]
)
def test_a_service_that_builds_in_the_container(tmp_path: Path, command: str, count: int) -> None:
    files = {"compose.yaml": f"services:\n  a:\n    build: .\n    command: {command}\n"}
    assert len(built(tmp_path, RULE, "FROM golang:1.25\nRUN go get example.com/tool && go build .\n", files)) == count
