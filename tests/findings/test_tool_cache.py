from pathlib import Path

import pytest

from ctxopt.catalogue.package_caches import package_caches
from ctxopt.catalogue.words import PACKAGE_CACHES, TOOL_CACHES
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.tool_cache import RULE
from tests.findings.support import built


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
        *("go build -o /a .", "go mod download", "cargo build --release", "./gradlew build", "gradle bootJar"),
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
