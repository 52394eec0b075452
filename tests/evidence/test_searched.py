"""What programs name without saying so: lists of directories, files with an end, scripts by a wildcard."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.catalogue.texts import TextKind
from ctxopt.evidence import kept_text
from ctxopt.evidence.kept_text import names_only_in
from ctxopt.evidence.named import Named, named_in, searched_in
from tests.evidence.support import claimed, judged, text, write
from tests.support.steps import assert_linear

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\nCMD ./run\n"


def project(root: Path) -> None:
    write(root, "docs/a.md", "docs/b.png", "docs/c/d.md", "README.md", "tests/x.json", "LICENSE", "content/e.md")


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("a.js", 'for (const p of ["docs", "tests"]) cp(p, `out/${p}`)'),
        ("a.py", 'for d in ("docs", "tests"):\n    print(d)'),
        ("a.go", 'for _, d := range []string{"docs", "tests"} {'),
        ("a.rs", 'for d in ["docs", "tests"] {'),
        ("a.rb", "%w[docs tests].each { |d| d }"),
        ("a.php", "foreach (['docs', 'tests'] as $d) {"),
        ("a.json", '{"parts": [\n  "docs",\n  "tests"\n]}'),
    ],
)
def test_lists_of_directories(tmp_path: Path, name: str, program: str) -> None:
    project(tmp_path)
    text(tmp_path, name, program)
    assert not {"docs", "tests"} & claimed(judged(tmp_path, PLAIN)).keys()


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("a.pl", "$home->child(qw(docs c), $topic . '.md')"),
        ("a.pl", "join('/', qw/docs c d.md/)"),
        ("a.rb", "File.join(*%w[docs c d.md])"),
        ("a.ex", "Path.join(~w(docs c))"),
        ("a.py", 'os.path.join(*["docs", "c", "d.md"])'),
        ("a.py", 'PARTS = ("docs", "c")'),
        ("a.erl", 'filename:join(["docs", "c", Name])'),
    ],
)
def test_lists_of_the_parts_of_a_path(tmp_path: Path, name: str, program: str) -> None:
    project(tmp_path)
    text(tmp_path, name, program)
    found = claimed(judged(tmp_path, PLAIN))
    assert not {"docs", "docs/c", "docs/c/d.md"} & found.keys()
    assert "tests" in found


def test_names_that_are_taken_from_a_module(tmp_path: Path) -> None:
    project(tmp_path)
    text(tmp_path, "a.pl", "use Tools qw(docs tests);")
    assert {"docs", "tests"} <= claimed(judged(tmp_path, PLAIN)).keys()


@pytest.mark.parametrize(
    "program",
    [
        'labels = ["docs", "bug"]',
        'EXCLUDED = ["docs", "tests"]',
        'print("docs", "tests")',
        'x["docs"] = 1',
        'say("the docs", "and tests")',
    ],
)
def test_lists_of_other_words(tmp_path: Path, program: str) -> None:
    project(tmp_path)
    text(tmp_path, "a.py", program)
    assert {"docs", "tests"} <= claimed(judged(tmp_path, PLAIN)).keys()


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("a.py", 'for p in ROOT.rglob("*.md"):'),
        ("a.py", 'glob.glob("**/*.md", recursive=True)'),
        ("a.py", 'DirectoryLoader("./", glob="**/*.md")'),
        ("a.py", 'for b, _, f in os.walk("."):\n    if f.endswith(".md"):'),
        ("cmd/a/a.go", 'filepath.WalkDir(".", func() {\nif strings.HasSuffix(p, ".md") {'),
        ("a.rb", 'Dir.glob(File.join(__dir__, "**", "*.md"))'),
        ("a.js", 'await fg(["**/*.{md,mdx}"])'),
        ("a.rs", 'WalkDir::new(".") … if e.path().extension() == Some(".md")'),
    ],
)
def test_searches_for_an_end(tmp_path: Path, name: str, program: str) -> None:
    project(tmp_path)
    text(tmp_path, name, program)
    found = claimed(judged(tmp_path, PLAIN))
    assert not {"docs", "docs/a.md", "docs/c/d.md", "README.md"} & found.keys()
    assert found["tests"] == "tests"


@pytest.mark.parametrize(
    "program",
    [
        'Path("content").rglob("*.md")',
        'for f in os.walk("content"):\n    f.endswith(".md")',
        'glob("**/*.css")',
        'f.endswith(".md")',
        "# all *.md of it",
    ],
)
def test_searches_that_find_none_of_them(tmp_path: Path, program: str) -> None:
    project(tmp_path)
    text(tmp_path, "a.py", program)
    assert {"docs", "README.md"} <= claimed(judged(tmp_path, PLAIN)).keys()


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("run", '#!/bin/sh\nfor lib in "$base"/lib/*.sh; do . "$lib"; done'),
        ("run", '#!/bin/sh\nexec "lib/$cmd.sh"'),
        ("run", '#!/bin/sh\n. "${0%/*}/lib/${cmd}.sh"'),
        ("run.py", 'sh("lib/" + name + ".sh")'),
        ("run", "#!/bin/sh\nrun-parts --regex='.*\\.sh$' lib"),
    ],
)
def test_scripts_by_a_wildcard(tmp_path: Path, name: str, program: str) -> None:
    project(tmp_path)
    text(tmp_path, "lib/common.sh", 'cat "$base/docs/a.md"')
    assert claimed(judged(tmp_path, PLAIN)).get("docs") == "docs"
    text(tmp_path, name, program)
    assert not {"docs", "docs/a.md"} & claimed(judged(tmp_path, PLAIN)).keys()


@pytest.mark.parametrize(
    ("name", "prose"),
    [
        ("a.rst", ".. literalinclude:: ../tests/x.json"),
        ("a.rst", ".. csv-table:: Rows\n   :file: ../tests/x.json"),
        ("a.adoc", "include::../tests/x.json[]"),
        ("a.adoc", ":data: ../tests\n\ninclude::{data}/x.json[]"),
        ("a.md", '{% include-markdown "../tests/x.json" %}'),
        ("a.md", "{{ read_csv('../tests/x.json') }}"),
        ("a.md", '--8<-- "tests/x.json"'),
        ("a.md", "```{literalinclude} ../tests/x.json\n```"),
        ("a.md", "![of it](../tests/x.json)"),
        ("a.md", "{{#include ../tests/x.json}}"),
        ("a.md", "{{#rustdoc_include ../tests/x.json:2:10}}"),
        ("a.md", "{{#playground ../tests/x.json editable}}"),
        ("a.md", "{{#shiftinclude 2:../tests/x.json:main}}"),
        ("a.md", "<<< @/../tests/x.json{1,2}"),
        ("a.md", "<!--@include: ../tests/x.json-->"),
        ("a.md", "@[code](../tests/x.json)"),
        ("a.md", '--8<-- "tests/x.json:main"'),
        ("a.md", "--8<--\ntests/x.json\n--8<--"),
        ("a.md", "[x](../tests/x.json ':include :type=code')"),
        ("a.qmd", "{{< include ../tests/x.json >}}"),
        ("a.org", '#+INCLUDE: "../tests/x.json" src json'),
    ],
)
def test_what_documentation_that_is_built_includes(tmp_path: Path, name: str, prose: str) -> None:
    project(tmp_path)
    text(tmp_path, f"docs/{name}", prose)
    assert "tests" in claimed(judged(tmp_path, PLAIN))
    found = claimed(judged(tmp_path, f"{PLAIN}RUN tool docs\n"))
    assert not {"docs", "tests", "tests/x.json"} & found.keys()


@pytest.mark.parametrize(
    "prose", ["See ../tests/x.json.", "`tests/x.json`", "[of it](../tests/x.json)", "    cat tests/x.json"]
)
def test_what_documentation_speaks_of(tmp_path: Path, prose: str) -> None:
    project(tmp_path)
    text(tmp_path, "docs/a.md", prose)
    assert claimed(judged(tmp_path, f"{PLAIN}RUN tool docs\n"))["tests"] == "tests"


def test_a_script_of_another_shell(tmp_path: Path) -> None:
    project(tmp_path)
    text(tmp_path, "a.ps1", 'Get-Content "$PSScriptRoot/docs/a.md"')
    found = claimed(judged(tmp_path, PLAIN.replace("./run", "pwsh ./a.ps1")))
    assert not {"docs", "docs/a.md"} & found.keys()


def test_long_texts_take_time_by_their_length() -> None:
    assert_linear(lambda size: lambda: list(named_in('["a", "b", ' * size, TextKind.CODE, False, {"a"})), 100)
    assert_linear(lambda size: lambda: list(named_in("%w[" + "a b " * size, TextKind.CODE, False, {"a"})), 100)
    assert_linear(lambda size: lambda: list(named_in("{{ ![" * size, TextKind.PROSE, False, {"a"})), 100)
    assert_linear(lambda size: lambda: list(searched_in('walk("x", "*.md" ' * size)), 100)


def test_a_file_that_only_an_excluded_directory_has(tmp_path: Path) -> None:
    """The directory may come from a variable, or from a list of words."""
    write(tmp_path, "docs/help/banner.txt", "docs/other.txt", "docs/index.html", "src/index.html", ".github/labels.yml")
    write(tmp_path, "spec/openapi.yml", "spec/a_spec.rb")
    text(tmp_path, "a.pl", "open my $f, join('/', $bin, $doc, 'help/banner.txt'); say 'labels.yml'; say 'index.html';")
    text(tmp_path, "b.rb", "File.join(*%w[spec openapi.yml])\n# and a_spec.rb")
    found = claimed(judged(tmp_path, PLAIN))
    assert not {"docs", "docs/help", "docs/help/banner.txt", "spec", "spec/openapi.yml"} & found.keys()
    assert {".github", "docs/other.txt", "docs/index.html", "spec/a_spec.rb"} <= {
        entry
        for path in found
        for entry in (path, *(str(p.relative_to(tmp_path)) for p in tmp_path.glob(f"{path}/**/*")))
    }


def test_a_file_that_prose_names(tmp_path: Path) -> None:
    write(tmp_path, "docs/banner.txt")
    text(tmp_path, "content/a.md", 'see "banner.txt"')
    assert "docs" in claimed(judged(tmp_path, PLAIN))


def test_of_many_files_in_directories_only_some_are_searched_for(tmp_path: Path) -> None:
    write(tmp_path, "docs/top.txt", *(f"docs/a/{number}.txt" for number in range(8)))
    write(tmp_path, "tests/top.txt")
    text(tmp_path, "Dockerfile", PLAIN)
    tree = BuildContext(str(tmp_path)).tree
    assert names_only_in(tree, ["docs", "tests"], 2) == {"top.txt": ["docs/top.txt", "tests/top.txt"]}
    assert len(names_only_in(tree, ["docs"], 5)) == 4
    assert names_only_in(tree, ["docs/a", "absent"], 9)["3.txt"] == ["docs/a/3.txt"]
    assert "top.txt" not in names_only_in(tree, ["docs"], 9)


def test_the_parts_of_a_path_before_a_name_that_is_put_together(tmp_path: Path) -> None:
    write(tmp_path, "docs/api/v1.json", "docs/api/v2.json", "docs/other.md")
    text(tmp_path, "src/a.js", "const root = join(__dirname, '..')\nread(join(root, 'docs', 'api', version + '.json'))")
    found = claimed(judged(tmp_path, PLAIN))
    assert not {"docs", "docs/api", "docs/api/v1.json"} & found.keys()
    assert "docs/other.md" in found


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("a.py", 'open(".github/labels.yml")'),
        ("a.js", 'path.join(root, ".github", "labels.yml")'),
        ("a.go", 'os.ReadFile(filepath.Join(".github", name))'),
        ("a.cs", 'File.ReadAllText(@".github\\labels.yml")'),
        ("tool", "#!/usr/bin/env python3\nopen('.github/labels.yml')\n"),
    ],
)
def test_a_hidden_directory_is_found_by_its_name(tmp_path: Path, name: str, program: str) -> None:
    write(tmp_path, ".github/labels.yml", "src/x.go")
    text(tmp_path, name, program)
    assert not any(entry.startswith(".github") for entry in claimed(judged(tmp_path, PLAIN)))


def test_the_word_of_a_hidden_directory_alone_names_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most files of Go import from github.com, and none is read closely for that."""
    write(tmp_path, ".github/labels.yml")
    for number in range(20):
        text(tmp_path, f"src/m{number}.go", 'import "github.com/a/b"\n')
    text(tmp_path, "main.go", 'var labels = "x/.github/labels"\n')
    read = []

    def counted(text: str, kind: TextKind, python: bool, words: Collection[str]) -> Iterator[Named]:
        read.append(words)
        return named_in(text, kind, python, words)

    monkeypatch.setattr(kept_text, "named_in", counted)
    judged(tmp_path, PLAIN)
    assert read == [{"github"}]
