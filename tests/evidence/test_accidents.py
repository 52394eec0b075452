"""Names that a text has in it without meaning a file: what they name can be excluded."""

from pathlib import Path

import pytest

from ctxopt.evidence.tests_in_code import test_modules as modules_for_tests
from ctxopt.evidence.tests_in_code import without_tests
from tests.evidence.support import claimed, judged, text, write
from tests.support.steps import assert_linear

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\nCMD ./run\n"
RUST = "FROM rust\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\n"


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("a.rs", "/// The `*.md` that one would download."),
        ("a.js", " * Renders `*.md` files."),
        ("a.go", '// walk over "*.md"'),
        ("a.py", '# os.walk: f.endswith(".md")'),
        ("a.ts", '/* glob("*.md") */'),
        ("b.py", '"""Renders `*.md` of all."""'),
    ],
)
def test_searches_in_comments(tmp_path: Path, name: str, program: str) -> None:
    write(tmp_path, "docs/a.md", "README.md")
    text(tmp_path, name, program)
    assert {"docs", "README.md"} <= claimed(judged(tmp_path, PLAIN)).keys()


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("server/a.go", '// As in the server.yml.\nvar topics = []string{"tests", "static", "login"}'),
        ("a.py", 'import server\nTOPICS = open_topics("tests", server.login)'),
        ("a.js", '// the server knows it\nload("tests")'),
        ("a.rb", 'server.open("tests")'),
        ("a.ts", 'const base = "tests"; // server\nfetch(`${base}/x`)'),
    ],
)
def test_a_word_is_no_part_of_a_path_because_a_directory_is_spoken_of(tmp_path: Path, name: str, program: str) -> None:
    write(tmp_path, "server/go.mod", "server/tests/a.md")
    text(tmp_path, name, program)
    assert "server/tests" in claimed(judged(tmp_path, PLAIN))


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("a.py", 'x = files("server")\nopen(x / "tests")'),
        ("a.py", 'files(server).joinpath("tests")'),
        ("a.js", 'const home = root + "/server"\nload(home, "tests")'),
        ("a.go", 'for _, d := range []string{"tests", "static"} { open(filepath.Join("server", d)) }'),
        ("a.rb", 'at(:server).join("tests")'),
    ],
)
def test_a_word_is_a_part_of_a_path_where_the_directory_is_named(tmp_path: Path, name: str, program: str) -> None:
    write(tmp_path, "server/go.mod", "server/tests/a.md", "server/static/x")
    text(tmp_path, name, program)
    assert "server/tests" not in claimed(judged(tmp_path, PLAIN))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        (".jshintignore", "docs\n"),
        (".cfignore", "docs/\n"),
        (".nvim.lua", 'root = "docs/x"'),
        ("sgconfig.yml", "testConfigs:\n  - testDir: docs\n"),
        ("dev-compose.yml", "volumes:\n  - ./docs:/docs\n"),
        ("lefthook.yml", "root: docs/\n"),
    ],
)
def test_settings_that_no_build_reads(tmp_path: Path, name: str, settings: str) -> None:
    write(tmp_path, "docs/a.md")
    text(tmp_path, f"tools/{name}", settings)
    assert "docs" in claimed(judged(tmp_path, PLAIN))


@pytest.mark.parametrize(
    "program",
    [
        'fn main() {}\n#[cfg(test)]\nmod tests {\n    const A: &str = include_str!("../docs/a.md");\n}\n',
        '#[cfg(test)]\n#[path = "x.rs"]\nmod tests {\n  fn a() { let x = \'{\'; open("docs/a.md") }\n}',
        '#[cfg(test)]\nconst A: &str = include_str!("../docs/a.md");\nfn main() {}',
        '#[cfg(all(test, unix))]\npub(crate) fn a() -> String { read("docs/a.md") }',
        '#![cfg(test)]\nfn a() { read("docs/a.md") }',
        '#[cfg(test)]\nmod tests {\n // a {\n let b = r#"{"#; let c = "\\"{"; /* { */\n}\n#[cfg(test)]\nuse a::{b};\n',
    ],
)
def test_what_only_tests_compile_in_rust(tmp_path: Path, program: str) -> None:
    write(tmp_path, "Cargo.toml", "docs/a.md")
    text(tmp_path, "src/main.rs", program)
    assert "docs" in claimed(judged(tmp_path, RUST))


@pytest.mark.parametrize(
    "program",
    [
        '#[cfg(test)]\nmod tests { fn a() {} }\nconst A: &str = include_str!("../docs/a.md");',
        '#[cfg(not(test))]\nconst A: &str = include_str!("../docs/a.md");',
        '#[cfg(any(test, feature = "a"))]\nconst A: &str = include_str!("../docs/a.md");',
        '#[cfg(test)]\nmod tests;\nconst A: &str = include_str!("../docs/a.md");',
        '#[cfg(test)]\nmod tests { let a = "{;\nconst A: &str = include_str!("../docs/a.md");',
    ],
)
def test_what_all_builds_compile_in_rust(tmp_path: Path, program: str) -> None:
    write(tmp_path, "Cargo.toml", "docs/a.md")
    text(tmp_path, "src/main.rs", program)
    assert "docs" not in claimed(judged(tmp_path, RUST))


def test_tests_that_run_need_what_they_compile(tmp_path: Path) -> None:
    write(tmp_path, "Cargo.toml", "docs/a.md")
    text(tmp_path, "src/main.rs", '#[cfg(test)]\nconst A: &str = include_str!("../docs/a.md");')
    assert "docs" not in claimed(judged(tmp_path, RUST + "RUN cargo test\n"))


@pytest.mark.parametrize(
    ("parent", "file"),
    [
        ("src/lib.rs", "src/tests.rs"),
        ("src/store/mod.rs", "src/store/tests.rs"),
        ("src/store.rs", "src/store/tests.rs"),
        ("src/main.rs", "src/tests/mod.rs"),
        ("src/main.rs", "src/tests/more.rs"),
    ],
)
def test_modules_of_rust_that_only_tests_compile(tmp_path: Path, parent: str, file: str) -> None:
    write(tmp_path, "Cargo.toml", "docs/a.md")
    text(tmp_path, parent, "fn a() {}\n\n#[cfg(test)]\nmod tests;\n")
    text(tmp_path, file, 'const A: &str = include_str!("docs/a.md");')
    assert "docs" in claimed(judged(tmp_path, RUST))
    text(tmp_path, parent, "mod tests;\n")
    assert "docs" not in claimed(judged(tmp_path, RUST))


@pytest.mark.parametrize("name", ["cmd/a_test.go", "lib/a_test.exs", "lib/a_spec.rb"])
def test_files_that_only_tests_compile(tmp_path: Path, name: str) -> None:
    write(tmp_path, "docs/a.md")
    text(tmp_path, name, 'open("docs/a.md")')
    copy = f"FROM x\nCOPY {name.partition('/')[0]} /a/\nCOPY . .\n"
    assert "docs" in claimed(judged(tmp_path, copy))
    assert "docs" not in claimed(judged(tmp_path, copy + "RUN go test ./... && mix test && rspec\n"))


def test_places_stay_where_they_are() -> None:
    program = "a\n#[cfg(test)]\nmod t {\n  b\n}\nc\n"
    assert without_tests(program) == "a\n#[cfg(test)]\n       \n   \n \nc\n"
    assert list(modules_for_tests("#[cfg(test)]\npub mod a;\n#[cfg(test)]\nmod b {}\n")) == ["a"]


@pytest.mark.parametrize(
    "program",
    [
        "#[cfg(test)]\nmod a {",
        "#[cfg(test)] mod a { } ",
        '#[cfg(test)] r#"',
        "#[cfg(test)] /* {",
        '#[cfg(test)] "{',
        "'{ ",
    ],
)
def test_twice_the_text_is_twice_the_work(program: str) -> None:
    assert_linear(lambda count: lambda: without_tests(program * count), 200)


@pytest.mark.parametrize("name", ["docs.tar.gz", "docs.json", "docs.txt", "docs.md", "docs.pid", "docs.sh"])
def test_the_name_of_a_file_is_no_module(tmp_path: Path, name: str) -> None:
    write(tmp_path, "docs/db.py")
    assert "docs" in claimed(judged(tmp_path, f"{PLAIN}RUN tool -f /x/{name} -o {name}\n"))
    assert "docs" not in claimed(judged(tmp_path, PLAIN + "RUN tool docs.db\n"))


@pytest.mark.parametrize(
    ("condition", "stays"),
    [
        ('[ "$A" = docs ]', False),
        ("[ $A = true ]", False),
        ("test docs != $A", False),
        ("[[ $A == docs ]]", False),
        ("[ -n docs ]", False),
        ("[ -d docs ]", True),
        ("test ! -f docs/a.md", True),
        ("[ $A -nt docs/a.md ]", True),
    ],
)
def test_what_a_test_compares_is_no_path(tmp_path: Path, condition: str, stays: bool) -> None:
    write(tmp_path, "sub/package.json", "docs/a.md", "sub/docs/b.md", "sub/tests/c")
    found = claimed(judged(tmp_path, f"FROM x\nARG A\nWORKDIR /a\nCOPY . .\nRUN {condition} && true\n"))
    assert ("docs" not in found) is stays
    dockerfile = f"FROM x\nARG A\nWORKDIR /a/sub\nCOPY . /a\nRUN {condition} && true\n"
    assert "sub/tests" in claimed(judged(tmp_path, dockerfile))


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("a.go", 'var reserved = []string{"static", "login", "docs"}'),
        ("a.py", "NAMES = ['assets', 'login', 'docs']"),
        ("a.js", 'const slugs = new Set(["files", "me", "docs"])'),
        ("a.rb", "WORDS = ['path', 'login', 'docs']"),
        ("a.php", "$names = ['upload', 'me', 'docs'];"),
    ],
)
def test_words_of_a_list_say_nothing_of_each_other(tmp_path: Path, name: str, program: str) -> None:
    write(tmp_path, "docs/a.md")
    text(tmp_path, name, program)
    assert "docs" in claimed(judged(tmp_path, PLAIN))
    text(tmp_path, name, program.replace("'docs'", "load('x', 'docs')").replace('"docs"', 'load("x", "docs")'))
    assert "docs" not in claimed(judged(tmp_path, PLAIN))
