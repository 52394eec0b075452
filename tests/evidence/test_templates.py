"""Names of files that a program puts together, and directories that a value of a configuration names."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ctxopt.evidence.templates import JunkFiles, Template, templates_in
from tests.evidence.support import claimed, judged, text, write
from tests.support.steps import assert_linear

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\nCMD ./run\n"


def project(root: Path) -> None:
    write(root, "docs/en.md", "tests/x.json", "spec/a.yaml", "README.md", "README.fr.md", "CHANGELOG.md")
    write(
        root,
        "a.test.js",
        "c.spec.ts",
        "src/q.test.js",
        "src/jobs/q.spec.js",
        "app/test_a.py",
        "app/x_test.py",
        "b_test.go",
    )


def gone(root: Path, *paths: str) -> set[str]:
    """Those of some paths that can be excluded, alone or with a directory above them."""
    entries = claimed(judged(root, PLAIN))
    return {path for path in paths if any(f"{path}/".startswith(f"{entry}/") for entry in entries)}


@pytest.mark.parametrize(
    ("file", "program", "kept", "claims"),
    [
        ("a.js", 'require("./" + name + ".test")', "a.test.js", "c.spec.ts"),
        ("a.js", "require(`./${name}.test.js`)", "a.test.js", "c.spec.ts"),
        ("src/a.js", 'require("./" + name + ".test")', "src/q.test.js", "src/jobs/q.spec.js"),
        ("a.js", 'require("./src/jobs/" + name + ".spec.js")', "src/jobs/q.spec.js", "c.spec.ts"),
        ("src/lib/a.js", "import(`../jobs/${name}.spec.js`)", "src/jobs/q.spec.js", "src/q.test.js"),
        ("a.js", 'require(dir + "/jobs/" + name + ".spec.js")', "src/jobs/q.spec.js", "src/q.test.js"),
        ("a.py", 'importlib.import_module(f"{package}.test_{name}")', "app/test_a.py", "app/x_test.py"),
        ("a.py", '__import__("app.test_%s" % name)', "app/test_a.py", "app/x_test.py"),
        ("a.py", 'load("app/test_" + name)', "app/test_a.py", "app/x_test.py"),
        ("m.go", 'os.ReadFile(kind + "_test.go")', "b_test.go", "README.md"),
        ("m.go", 'os.ReadFile(fmt.Sprintf("%s_test.go", kind))', "b_test.go", "README.md"),
        ("a.py", 'open("README." + language + ".md")', "README.fr.md", "CHANGELOG.md"),
        ("a.py", 'open(f"README.{language}.md")', "README.fr.md", "CHANGELOG.md"),
        ("a.py", 'open("README.%(language)s.md" % x)', "README.fr.md", "CHANGELOG.md"),
        ("a.php", '<?php include $base . "/README." . $language . ".md";', "README.fr.md", "CHANGELOG.md"),
        ("a.py", 'open(f"{name}.md")', "CHANGELOG.md", "tests/x.json"),
        ("a.js", 'fs.readFileSync(path.join(__dirname, page + ".md"))', "CHANGELOG.md", "tests/x.json"),
        ("a.rb", 'File.read("#{page}.md")', "README.md", "tests/x.json"),
        ("a.lua", 'io.open(page .. ".md")', "README.md", "tests/x.json"),
        ("a.js", 'const where = "docs"\nread(where + "/" + name)', "docs/en.md", "tests/x.json"),
        ("a.js", "const where = 'docs'\nread(`${where}/${name}`)", "docs/en.md", "tests/x.json"),
        ("a.py", 'WHERE = "docs"\nos.path.join(WHERE, name)', "docs/en.md", "tests/x.json"),
        ("a.py", 'WHERE = "docs"\nopen(f"{WHERE}/{name}")', "docs/en.md", "tests/x.json"),
        ("a.go", 'where := "docs"\nos.ReadDir(where)', "docs/en.md", "tests/x.json"),
        ("a.js", 'const where = process.env.X ?? "docs"; fs.readdirSync(where)', "docs/en.md", "tests/x.json"),
        ("a.go", 'const where = "docs"\nos.DirFS(where)', "docs/en.md", "tests/x.json"),
        ("a.rs", 'const WHERE: &str = "docs";\nPath::new(WHERE)', "docs/en.md", "tests/x.json"),
        ("a.php", "<?php define('WHERE', 'docs'); readfile(WHERE . '/' . $n);", "docs/en.md", "tests/x.json"),
        ("a.ex", '@where "docs"\nFile.read!(Path.join(@where, n))', "docs/en.md", "tests/x.json"),
        ("a.R", 'where <- "docs"\nreadLines(file.path(where, n))', "docs/en.md", "tests/x.json"),
        ("main.tf", 'x = fileset("${path.module}/docs", "*.md")', "docs/en.md", "tests/x.json"),
        ("a.py", 'open(f"{base}/tests/{name}.json")', "tests/x.json", "docs/en.md"),
        ("a.js", 'path.join(__dirname, "docs", language + ".md")', "docs/en.md", "tests/x.json"),
        ("a.c", 'sprintf(name, "docs/%s.md", language);', "docs/en.md", "tests/x.json"),
        ("a.py", '(root.parent / f"{name.upper()}.{ext}")\nf("changelog")', "CHANGELOG.md", "README.md"),
        ("a.rb", 'File.read("#{name.upcase}.#{ext}")\nf("readme")', "README.md", "CHANGELOG.md"),
        ("a.py", 'open(f"{name}.{ext}")\nf("CHANGELOG", "md")', "CHANGELOG.md", "README.md"),
        ("a.cs", 'Path.Combine(root, "docs", $"{language}.md")', "docs/en.md", "tests/x.json"),
    ],
)
def test_names_that_are_put_together(tmp_path: Path, file: str, program: str, kept: str, claims: str) -> None:
    project(tmp_path)
    text(tmp_path, file, program)
    assert gone(tmp_path, kept, claims) == {claims}


@pytest.mark.parametrize(
    "program",
    [
        "fetch(`https://x.org/${page}.md`)",
        'if (name.endsWith(".test")) run()',
        '// read(name + ".md")',
        'name == ".md"',
        'database = name + "_test"',
        "const user = `${name}@example.test`",
        'send("test_" + name)',
        'const mode = "docs"',
        'const where = "docs"\nsay(where)',
        'x = { where: "docs" }\njoin(other, x)',
        'log(`${name.toUpperCase()}`, "readme")',
        '`${a}.${b}`\nf("readme")',
    ],
)
def test_other_texts(tmp_path: Path, program: str) -> None:
    project(tmp_path)
    text(tmp_path, "a.js", program)
    paths = "README.md", "a.test.js", "b_test.go", "app/test_a.py", "docs/en.md"
    assert gone(tmp_path, *paths) == set(paths)


@pytest.mark.parametrize(
    ("file", "settings", "kept"),
    [
        ("config.json", '{"fixtures": "tests/data"}', "tests/data/x"),
        ("config.json", '{"fixtures": "tests"}', "tests/data/x"),
        ("config.json", '{"seedDir": "docs"}', "docs/en.md"),
        ("config/app.yml", "data:\n  seeds: ./docs\n", "docs/en.md"),
        ("config/app.yml", "migrations: docs\n", "docs/en.md"),
        ("settings.toml", 'seed = "docs"\n', "docs/en.md"),
        ("settings.toml", '[content]\ndir = "docs"\n', "docs/en.md"),
        ("app.properties", "app.seed=docs/en.md\n", "docs/en.md"),
        (".env", "DATA=tests/data\n", "tests/data/x"),
        ("pyproject.toml", '[project]\nname = "My_App"\n[tool.my-app]\nfixtures = "docs"\n', "docs/en.md"),
        ("package.json", '{"name": "app", "app": {"fixtures": "docs"}}', "docs/en.md"),
    ],
)
def test_directories_in_a_configuration(tmp_path: Path, file: str, settings: str, kept: str) -> None:
    write(tmp_path, "docs/en.md", "tests/data/x", "spec/y")
    text(tmp_path, file, settings)
    assert gone(tmp_path, kept, "spec/y") == {"spec/y"}


@pytest.mark.parametrize(
    ("file", "settings"),
    [
        ("config.json", '{"label": "docs", "kind": "tests"}'),
        ("config/app.yml", "data: x\nmode: tests\nsection: docs\n"),
        ("settings.toml", 'env = "tests"\ncategory = "docs"\n'),
        (".env", "APP_ENV=tests\nNODE_ENV=docs\n"),
        ("pyproject.toml", '[project]\nname = "app"\n[tool.pytest.ini_options]\ntestpaths = ["tests", "docs"]\n'),
    ],
)
def test_modes_and_labels_in_a_configuration(tmp_path: Path, file: str, settings: str) -> None:
    write(tmp_path, "docs/en.md", "tests/data/x")
    text(tmp_path, file, settings)
    assert gone(tmp_path, "docs/en.md", "tests/data/x") == {"docs/en.md", "tests/data/x"}


def test_only_parts_of_names_that_tell_count() -> None:
    files = JunkFiles()
    files.add("src/a.test.js")
    files.add("src/main.js")
    assert files.marks == {b".test.js", b".test"}
    assert not files.matching(Template(0, "", "", ".js"), ["src"])[0]


@pytest.mark.parametrize("piece", ['x + ".md" ', '"a-" + b ', "`${a}.md` ", "'{' ", '"$', '"a" + ', "[", "+ "])
def test_time_grows_with_the_text(piece: str) -> None:
    def search(count: int) -> Callable[[], object]:
        return lambda: list(templates_in(piece * count, True))

    assert_linear(search, 200)
