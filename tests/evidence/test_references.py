"""Files that manifests name, which a build reads without an instruction that says so."""

from pathlib import Path

import pytest

from ctxopt.evidence.manifests import strings
from tests.evidence.support import claimed, judged, text, why_kept, write

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\n"


def test_strings_at_keys() -> None:
    data = '{"a": {"b": ["x", {"c": "y"}], "d": 1}, "e": "z"}'
    assert strings(data, "json", ["e"]) == ["z"]
    assert strings(data, "json", ["a.b.*"]) == ["x"]
    assert sorted(strings(data, "json", ["a.**"])) == ["x", "y"]
    assert strings(data, "json", ["a", "a.d", "a.b.0", "n"]) == []
    assert strings("[a]\nb = 'x'\n", "toml", ["a.b"]) == ["x"]
    assert strings("x: 'a/b', \"c\" (d)", "text", []) == ["x:", "a/b", "c", "d"]
    assert strings("{", "json", ["a"]) == strings("[", "toml", ["a"]) == strings("[" * 100_000, "json", ["a"]) == []


@pytest.mark.parametrize(
    ("file", "content", "path"),
    [
        ("pyproject.toml", '[project]\nreadme = "README.md"\n', "README.md"),
        ("pyproject.toml", '[project]\nreadme = {file = "docs/pypi.md"}\n', "docs/pypi.md"),
        ("pyproject.toml", '[tool.hatch.build.targets.wheel.force-include]\n"a" = "b"\n"c" = "docs/x"\n', "docs/x"),
        ("pyproject.toml", '[build-system]\nbackend-path = ["docs/backend"]\n', "docs/backend/x.py"),
        ("package.json", '{"main": "./docs/index.js"}', "docs/index.js"),
        ("package.json", '{"exports": {".": {"import": "./docs/m.mjs"}}}', "docs/m.mjs"),
        ("package.json", '{"workspaces": ["docs/*"]}', "docs/site/x.js"),
        ("package.json", '{"files": ["docs/**/*.js"]}', "docs/site/x.js"),
        ("Cargo.toml", '[[bin]]\nname = "x"\npath = "docs/main.rs"\n', "docs/main.rs"),
        ("Cargo.toml", '[package]\nreadme = "README.md"\n', "README.md"),
        ("setup.py", 'setup(long_description=open("README.md").read())', "README.md"),
        ("MANIFEST.in", "include docs/x.txt\n", "docs/x.txt"),
        ("x.gemspec", 's.files = ["docs/x.rb"]', "docs/x.rb"),
        ("composer.json", '{"autoload": {"psr-4": {"A\\\\": "tests/lib/"}}}', "tests/lib/a.php"),
    ],
)
def test_what_a_manifest_names(tmp_path: Path, file: str, content: str, path: str) -> None:
    write(tmp_path, path, "docs/other", "tests/other", "CHANGELOG.md")
    text(tmp_path, file, content)
    found = judged(tmp_path, PLAIN)
    assert not {path, path.partition("/")[0]} & claimed(found).keys()
    assert "CHANGELOG.md" in claimed(found)
    assert f"{file} names it" in [kept.why for kept in found.kept]


def test_paths_are_relative_to_the_manifest(tmp_path: Path) -> None:
    write(tmp_path, "README.md", "web/docs/README.md")
    text(tmp_path, "web/pyproject.toml", '[project]\nreadme = "../README.md"\n')
    assert "README.md" not in claimed(judged(tmp_path, PLAIN))
    text(tmp_path, "web/pyproject.toml", '[project]\nreadme = "README.md"\n')
    assert "README.md" in claimed(judged(tmp_path, PLAIN))


def test_a_makefile_counts_where_it_is_used(tmp_path: Path) -> None:
    write(tmp_path, "docs/x.txt", "README.md")
    text(tmp_path, "Makefile", "all:\n\tcp docs/x.txt /y\n")
    assert "docs" in claimed(judged(tmp_path, PLAIN))
    found = judged(tmp_path, PLAIN + "RUN make -j4 all\n")
    assert "docs" not in claimed(found)
    assert why_kept(found, "docs/x.txt").startswith("cp docs/x.txt /y in Makefile, run by RUN make -j4 all")
    assert "README.md" in claimed(found)


@pytest.mark.parametrize("run", ["npm ci", "npm run build", "yarn build", "pnpm build", "npm --silent run build"])
def test_scripts_that_a_run_invokes(tmp_path: Path, run: str) -> None:
    write(tmp_path, "docs/x.js", "tests/y.js")
    text(
        tmp_path,
        "package.json",
        '{"scripts": {"postinstall": "node docs/x.js", "build": "node ./docs/x.js", "other": "node tests/y.js"}}',
    )
    found = claimed(judged(tmp_path, f"{PLAIN}RUN {run}\n"))
    assert not {"docs", "docs/x.js"} & found.keys()
    assert "tests" in found


def test_manifests_of_dependencies_do_not_count(tmp_path: Path) -> None:
    write(tmp_path, "node_modules/a/README.md", "README.md")
    text(tmp_path, "node_modules/a/package.json", '{"main": "../../README.md"}')
    assert "README.md" in claimed(judged(tmp_path, PLAIN))


@pytest.mark.parametrize(
    ("file", "content", "path", "run"),
    [
        ("src/lib.rs", '#![doc = include_str!("../README.md")]\n', "README.md", "cargo build"),
        (
            "a/src/m.rs",
            'static X: &[u8] = include_bytes!(\n    "../../docs/x.bin");\n',
            "docs/x.bin",
            "cargo install .",
        ),
        ("main.go", '//go:embed README.md "docs/help" all:tests/data\n', "README.md", "go build"),
        ("main.go", "package main\n//go:embed all:docs\n", "docs/x", "go build"),
        ("cmd/a/main.go", 'import (\n\t_ "example.org/shop/docs"\n)\n', "docs/docs.go", "go install ./..."),
        ("main.go", 'import "shop/test/fakes"\n', "test/fakes/x.go", "make"),
        ("ci/build.mk", "all:\n\tcp tests/x.json /\n", "tests/x.json", "make -f ci/build.mk"),
        ("Makefile.am", "SUBDIRS = src docs tests\n", "tests/Makefile.am", "./configure && make"),
        ("mix.exs", 'File.read!("README.md")\n', "README.md", "mix release"),
        ("tsconfig.json", '{"files": ["vitest.config.ts"]}', "vitest.config.ts", "npx tsc"),
    ],
)
def test_what_is_compiled_or_included(tmp_path: Path, file: str, content: str, path: str, run: str) -> None:
    write(tmp_path, path)
    assert {path, path.partition("/")[0]} & claimed(judged(tmp_path, f"{PLAIN}RUN {run}\n")).keys()
    text(tmp_path, file, content)
    assert not {path, path.partition("/")[0]} & claimed(judged(tmp_path, f"{PLAIN}RUN {run}\n")).keys()


def test_sources_count_where_they_are_kept(tmp_path: Path) -> None:
    write(tmp_path, "docs/x", "README.md")
    text(tmp_path, "main.go", "//go:embed docs\n")
    text(tmp_path, "main_test.go", "//go:embed README.md\n")
    found = claimed(judged(tmp_path, PLAIN + "RUN go build\n"))
    assert "docs" not in found
    assert {"README.md", "main_test.go"} <= found.keys()
