"""Directories that package managers fill: claimed where every build fills them itself."""

from pathlib import Path

import pytest

from tests.evidence.support import claim_of, claimed, judged, text, tracked, why_kept, write
from tests.support.commands import FORMS, PROJECT_FORMS

NODE = "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"


def node(root: Path) -> None:
    write(root, "node_modules/x/index.js", "node_modules/x/package.json", "package-lock.json", "src/a.js")
    text(root, "package.json", "{}")


def test_what_a_run_recreates(tmp_path: Path) -> None:
    node(tmp_path)
    claim = claim_of(judged(tmp_path, NODE), "node_modules")
    assert (claim.reason.kind.value, claim.reason.text) == ("dependency", "recreated by RUN npm ci (Dockerfile:4)")
    assert (claim.entries, claim.patterns) == (("node_modules",), ("**/node_modules",))


def test_what_an_earlier_run_made(tmp_path: Path) -> None:
    node(tmp_path)
    before = "FROM node:20\nWORKDIR /app\nCOPY package.json .\nRUN npm ci\nCOPY . .\n"
    reason = claim_of(judged(tmp_path, before), "node_modules").reason
    assert reason.text == "made before by RUN npm ci (Dockerfile:4), and COPY (Dockerfile:5) lays the local one over it"
    inherited = "FROM node AS deps\nWORKDIR /app\nRUN npm ci\nFROM deps\nCOPY . .\n"
    assert "made before by RUN npm ci" in claim_of(judged(tmp_path, inherited), "node_modules").reason.text


def test_what_comes_from_another_stage(tmp_path: Path) -> None:
    node(tmp_path)
    found = judged(
        tmp_path,
        "FROM node AS deps\nWORKDIR /app\nCOPY package.json .\nRUN npm ci\n"
        "FROM node\nWORKDIR /app\nCOPY --from=deps /app/node_modules ./node_modules\nCOPY . .\n",
    )
    text_ = claim_of(found, "node_modules").reason.text
    assert text_.startswith("made before by COPY /app/node_modules ./node_modules (Dockerfile:7)")


def test_a_mount_of_the_whole_context(tmp_path: Path) -> None:
    node(tmp_path)
    mount = "FROM node\nWORKDIR /app\nRUN --mount=type=bind,source=.,target=/app,rw {}\nRUN {}\n"
    assert "node_modules" in claimed(judged(tmp_path, mount.format("npm ci", "true")))
    assert "node_modules" not in claimed(judged(tmp_path, mount.format("true", "npm ci")))


@pytest.mark.parametrize(
    "after",
    [
        "RUN npm run build",
        "RUN cd web && npm ci",
        "WORKDIR /other\nRUN npm ci",
        "RUN echo npm ci",
        "RUN if ] npm 'ci",
        "CMD npm ci",
        "FROM node\nWORKDIR /app\nRUN npm ci\nCOPY --from=0 /app/src .",
    ],
)
def test_what_nothing_recreates(tmp_path: Path, after: str) -> None:
    node(tmp_path)
    found = judged(tmp_path, f"FROM node:20\nWORKDIR /app\nCOPY . .\n{after}\n")
    assert "node_modules" not in claimed(found)
    assert why_kept(found, "node_modules") == "nothing makes it anew in stage stage-0 of Dockerfile"


def test_every_build_must_recreate_it(tmp_path: Path) -> None:
    node(tmp_path)
    assert "node_modules" in claimed(judged(tmp_path, NODE, NODE.replace("npm ci", "yarn")))
    found = judged(tmp_path, NODE, "FROM node\nCOPY . .\n")
    assert "node_modules" not in claimed(found)
    assert why_kept(found, "node_modules") == "nothing makes it anew in stage stage-0 of Dockerfile.1"


def test_git_decides_first(tmp_path: Path) -> None:
    node(tmp_path)
    tracked(tmp_path)
    found = judged(tmp_path, NODE, git=True)
    assert "node_modules" not in claimed(found)
    assert "git tracks it" in [kept.why for kept in found.kept]


def test_mentions(tmp_path: Path) -> None:
    node(tmp_path)
    uses = NODE + 'CMD ["node_modules/.bin/x"]\n'
    write(tmp_path, "node_modules/.bin/x")
    found = judged(tmp_path, uses)
    assert "node_modules" not in claimed(found)
    assert "CMD node_modules/.bin/x (Dockerfile:5) names it" in [kept.why for kept in found.kept]
    tracked(tmp_path, ignore="node_modules\n")
    assert claimed(judged(tmp_path, uses, git=True))["node_modules"] == "dependency"


def test_workspaces(tmp_path: Path) -> None:
    node(tmp_path)
    write(tmp_path, "packages/a/node_modules/y", "tools/node_modules/z", "tools/package.json")
    text(tmp_path, "packages/a/package.json", "{}")
    text(tmp_path, "package.json", '{"workspaces": ["./packages/*"]}')
    found = judged(tmp_path, NODE)
    claim = claim_of(found, "node_modules")
    assert claim.entries == ("node_modules", "packages/a/node_modules")
    assert claim.patterns == (), "**/node_modules would leave out those of tools as well"
    text(tmp_path, "package.json", "{}")
    text(tmp_path, "pnpm-workspace.yaml", "packages:\n  - 'packages/**'\n  - tools\n")
    claim = claim_of(judged(tmp_path, NODE.replace("npm ci", "pnpm install")), "node_modules")
    assert claim.entries == ("node_modules", "packages/a/node_modules", "tools/node_modules")
    assert claim.patterns == ("**/node_modules",)


@pytest.mark.parametrize(
    ("files", "run", "entry"),
    [
        ("pyproject.toml .venv/bin/python", "uv sync", ".venv"),
        ("requirements.txt venv/bin/python", "python3 -m venv venv", "venv"),
        ("requirements.txt venv/bin/python", "virtualenv /app/venv", "venv"),
        ("pyproject.toml __pypackages__/3.12/x", "pdm install", "__pypackages__"),
        ("Gemfile vendor/bundle/ruby/x", "bundle install", "vendor/bundle"),
        ("composer.json vendor/autoload.php", "composer install --no-dev", "vendor"),
        ("go.mod vendor/modules.txt", "go mod download", "vendor"),
        ("Cargo.toml target/debug/x", "cargo build --release", "target"),
        ("pom.xml target/x.jar core/pom.xml core/target/y.jar", "mvn -B package", "core/target"),
        ("build.gradle app/build.gradle app/build/x", "./gradlew assemble", "app/build"),
        ("a.sln src/a/a.csproj src/a/obj/x.json", "dotnet restore", "src/a/obj"),
    ],
)
def test_package_managers(tmp_path: Path, files: str, run: str, entry: str) -> None:
    for name in files.split():
        text(tmp_path, name, "")
    found = judged(tmp_path, f"FROM x\nWORKDIR /app\nCOPY . .\nRUN {run}\n")
    assert claimed(found)[entry] == "dependency"
    assert entry not in claimed(judged(tmp_path, "FROM x\nWORKDIR /app\nCOPY . .\nRUN true\n"))


def test_a_directory_that_only_has_the_name(tmp_path: Path) -> None:
    write(tmp_path, "target/a", "vendor/b", "build/c", "bin/d")
    run = "RUN cargo build && composer install && gradle build && dotnet build"
    assert claimed(judged(tmp_path, f"FROM x\nCOPY . .\n{run}\n")).keys() == {"Dockerfile"}


def test_what_a_specific_source_takes_as_well(tmp_path: Path) -> None:
    node(tmp_path)
    found = judged(tmp_path, NODE + "COPY node_modules/x /x\n")
    assert "node_modules" not in claimed(found)


def test_a_copy_that_flattens_directories(tmp_path: Path) -> None:
    node(tmp_path)
    assert "node_modules" not in claimed(judged(tmp_path, NODE.replace("COPY . .", "COPY * ./")))


@pytest.mark.parametrize("form", [*FORMS, *PROJECT_FORMS])
def test_a_wrapper_changes_nothing(tmp_path: Path, form: str) -> None:
    node(tmp_path)
    found = judged(tmp_path, f"FROM node:20\nWORKDIR /app\nCOPY . .\nRUN {form.format('npm ci')}\n")
    assert claimed(found) == claimed(judged(tmp_path, NODE))
