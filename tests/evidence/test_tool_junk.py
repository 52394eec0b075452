"""What tools, sessions and crashed programs leave behind, settings of tools, dumps and archives."""

from pathlib import Path

import pytest

from tests.evidence.support import claim_of, claimed, judged, text, tracked, why_kept, write

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\n"

LEFT = [
    "cover_db/coverage.html",
    "nytprof.out",
    "nytprof.out.123",
    "MYMETA.json",
    "MYMETA.yml",
    "pm_to_blib",
    "perltidy.LOG",
    "luacov.stats.out",
    "luacov.report.out",
    ".Rhistory",
    ".Rproj.user/x",
    ".cpcache/1.basis",
    ".nrepl-port",
    ".lsp/.cache/db",
    ".shadow-cljs/x",
    ".hie/A.hie",
    ".ghci_history",
    ".merlin",
    "x.dwarf",
    "cov_profile/a.json",
    "sub/erl_crash.dump",
    "sub/hs_err_pid12.log",
    "sub/nohup.out",
    "core.1234",
    "x.log.1",
    "x.log.gz",
    "x.log.2.gz",
    "tsconfig.tsbuildinfo",
]


def _top(name: str) -> str:
    """The entry that can be excluded of a file."""
    return name.partition("/")[0] if not name.startswith(("sub/", ".lsp/")) else name


@pytest.mark.parametrize("name", LEFT)
def test_what_tools_leave_behind(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, "a.txt", "sub/a.txt")
    found = claimed(judged(tmp_path, PLAIN))
    assert [kind for entry, kind in found.items() if name.startswith(entry)] in (["cache"], ["editor"])


@pytest.mark.parametrize("name", LEFT)
def test_it_stays_where_git_tracks_it(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, "a.txt", "sub/a.txt")
    tracked(tmp_path)
    found = claimed(judged(tmp_path, PLAIN, git=True))
    assert not [entry for entry in found if name.startswith(entry)]


@pytest.mark.parametrize(
    "name",
    [
        "src/core.py",
        "core.js",
        "app.logger",
        "x.log.py",
        "lib/hie.ml",
        "cover/x.html",
        "nytprof.py",
        "luacov.lua",
        "erl_crash.ex",
        "hs_err_pid.py",
        "data.RDS",
        "MYMETA.py",
        "nohup.sh",
        "rsconnect.py",
        "local/a.po",
        "t/x.html",
        "release/notes.txt",
        "logs/x.csv",
        "target/a.csv",
        "blib.py",
    ],
)
def test_what_looks_like_it_stays(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, "Makefile")
    tracked(tmp_path)
    found = claimed(judged(tmp_path, PLAIN, git=True))
    assert not [entry for entry in found if name.startswith(entry)]


@pytest.mark.parametrize(
    ("name", "entry", "others"),
    [
        (".RData", ".RData", ""),
        ("rsconnect/x.dcf", "rsconnect", ""),
        ("blib/lib/X.pm", "blib", ""),
        ("nytprof/index.html", "nytprof", ""),
        ("dbt/target/manifest.json", "dbt/target", "dbt/dbt_project.yml"),
        ("app/release/app-release.apk", "app/release", "app/build.gradle"),
        ("wp-content/uploads/2026/a.jpg", "wp-content/uploads", "wp-content/index.php"),
        ("thesis.synctex.gz", "thesis.synctex.gz", "thesis.tex"),
    ],
)
def test_what_git_ignores_of_tools(tmp_path: Path, name: str, entry: str, others: str) -> None:
    write(tmp_path, name, "a.txt", *others.split())
    assert entry not in claimed(judged(tmp_path, PLAIN)), "it may be source"
    tracked(tmp_path, ignore=f"{entry}\n")
    found = claim_of(judged(tmp_path, PLAIN, git=True), entry)
    assert found.reason.kind.value == "git-ignored"
    assert found.reason.text.startswith("ignored by git; ")
    command = judged(tmp_path, PLAIN + f"CMD cat {name}\n", git=True)
    assert not [claim for claim in claimed(command) if name.startswith(claim)]
    text(tmp_path, "main.py", f'open("{name}")\n')
    code = judged(tmp_path, PLAIN, git=True)
    assert not [claim for claim in claimed(code) if name.startswith(claim)]


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("data/target/x", "data/a.csv"),
        ("app/release/notes.txt", "app/build.gradle"),
        ("release/app.apk", "a.txt"),
        ("content/uploads/a.jpg", "a.txt"),
        ("a.synctex.gz", "a.txt"),
    ],
)
def test_the_same_name_elsewhere(tmp_path: Path, name: str, others: str) -> None:
    write(tmp_path, name, others)
    tracked(tmp_path, ignore=f"/{name}\n")
    found = claimed(judged(tmp_path, PLAIN, git=True))
    assert not [entry for entry in found if name.startswith(entry)]


@pytest.mark.parametrize(
    ("name", "command"),
    [
        (".perltidyrc", "perltidy lib/X.pm"),
        (".ocamlformat", "dune build @fmt"),
        (".scalafmt.conf", "sbt scalafmtCheckAll"),
        (".rubocop.yml", "bundle exec rubocop"),
        (".luacheckrc", "luacheck ."),
        (".ameba.yml", "ameba"),
        (".clang-tidy", "run-clang-tidy"),
        (".clang-format", "clang-format -i src/a.c"),
        (".formatter.exs", "mix format --check-formatted"),
        ("psalm.xml", "vendor/bin/psalm"),
        ("deny.toml", "cargo deny check"),
        (".solargraph.yml", "solargraph typecheck"),
        (".air.toml", "air"),
        (".Rbuildignore", "R CMD build ."),
        (".lintr", "Rscript -e 'lintr::lint_dir()'"),
        (".changeset", "npx changeset version"),
        (".husky", "sh .husky/pre-commit"),
        (".golangci.yml", "golangci-lint run"),
        ("postman", "newman run postman/a.json"),
        ("x.postman_collection.json", "newman run x.postman_collection.json"),
        ("bench", "python bench/run.py"),
        ("benchmarks", "make bench"),
        ("evals", "python -m evals.run"),
    ],
)
def test_settings_and_directories_of_tools(tmp_path: Path, name: str, command: str) -> None:
    inside = f"{name}/a.json" if name in (".changeset", ".husky", "postman", "bench", "benchmarks", "evals") else name
    write(tmp_path, inside, "sub/a.txt", f"sub/{inside}")
    tracked(tmp_path)
    found = claimed(judged(tmp_path, PLAIN, git=True))
    assert found[name] in ("ci", "tests")
    assert f"sub/{name}" not in found or name.endswith(".json")
    assert name not in claimed(judged(tmp_path, PLAIN + f"RUN {command}\n", git=True))


@pytest.mark.parametrize(
    ("settings", "file", "content"),
    [
        (".scalafmt.conf", "project/plugins.sbt", 'addSbtPlugin("org.scalameta" % "sbt-scalafmt" % "2.5.2")\n'),
        (".clang-tidy", "CMakeLists.txt", "set(CMAKE_CXX_CLANG_TIDY clang-tidy)\n"),
        (".rubocop.yml", "lib/check.rb", 'YAML.load_file(".rubocop.yml")\n'),
        ("bench", "CMakeLists.txt", "add_subdirectory(bench)\n"),
        ("bench", "main.py", "from bench.core import run\n"),
        ("evals", "app/main.py", 'Path("evals") / "cases.json"\n'),
    ],
)
def test_settings_that_a_build_or_a_program_names(tmp_path: Path, settings: str, file: str, content: str) -> None:
    write(tmp_path, f"{settings}/core.py" if settings in ("bench", "evals") else settings)
    text(tmp_path, file, content)
    tracked(tmp_path)
    found = claimed(judged(tmp_path, PLAIN, git=True))
    assert not [entry for entry in found if entry.startswith(settings)]


@pytest.mark.parametrize(
    ("dockerfile", "goes"),
    [
        (PLAIN + "CMD python main.py\n", True),
        (PLAIN + "CMD jupyter lab --ip 0.0.0.0\n", False),
        (PLAIN + "RUN papermill notebooks/a.ipynb /out.ipynb\n", False),
        (PLAIN + "RUN quarto render\n", False),
        (PLAIN + "RUN pip install jupyterlab\nCMD ./run\n", False),
        ("FROM quay.io/jupyter/base-notebook\nCOPY . /home/jovyan/\n", False),
    ],
)
def test_notebooks(tmp_path: Path, dockerfile: str, goes: bool) -> None:
    write(tmp_path, "notebooks/a.ipynb", "main.py")
    tracked(tmp_path)
    assert ("notebooks" in claimed(judged(tmp_path, dockerfile, git=True))) is goes


def test_notebooks_of_an_image_with_what_runs_them(tmp_path: Path) -> None:
    write(tmp_path, "notebooks/a.ipynb")
    text(tmp_path, "requirements.txt", "jupyterlab==4\n")
    assert "notebooks" not in claimed(judged(tmp_path, PLAIN + "RUN pip install -r requirements.txt\nCMD ./run\n"))


def test_a_package_called_notebooks(tmp_path: Path) -> None:
    write(tmp_path, "notebooks/__init__.py", "main.py")
    assert "notebooks" not in claimed(judged(tmp_path, PLAIN))


def test_benchmarks_that_a_site_has_pages_of(tmp_path: Path) -> None:
    write(tmp_path, "benchmarks/index.html")
    assert "benchmarks" not in claimed(judged(tmp_path, PLAIN + "RUN bundle exec jekyll build\n"))
    assert "benchmarks" not in claimed(judged(tmp_path, "FROM nginx\nCOPY . /usr/share/nginx/html\n"))


@pytest.mark.parametrize("name", ["x.sql.gz", "db/x.dump", "x.tar.gz", "x.zip", "backup/x.zip", "dumps/x.sql"])
def test_dumps_and_archives(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, "main.py", "db/a.txt")
    entry = name.partition("/")[0] if not name.startswith("db/") else name
    assert entry not in claimed(judged(tmp_path, PLAIN)), "without git nothing is known of it"
    tracked(tmp_path, ignore=f"/{entry}\n")
    claim = claim_of(judged(tmp_path, PLAIN, git=True), entry)
    assert claim.reason.kind.value == "git-ignored"
    assert claim.reason.text.startswith("ignored by git; ")
    assert claim.reason.text.endswith("that nothing names")


@pytest.mark.parametrize(
    ("name", "instruction"),
    [
        ("x.sql.gz", "RUN zcat x.sql.gz"),
        ("x.sql.gz", "RUN zcat *.sql.gz"),
        ("x.tar.gz", "RUN tar xf x.tar.gz"),
        ("x.tar.gz", "RUN for f in *.tar.gz; do tar xf $f; done"),
        ("x.tar.gz", "RUN pip install --no-index --find-links . x"),
        ("x.zip", "ADD x.zip /data/"),
        ("x.zip", "COPY *.zip /data/"),
        ("backup/x.zip", "CMD ls backup"),
        ("backup/x.zip", "COPY backup /data"),
        ("x.dump", "ENTRYPOINT pg_restore x.dump"),
    ],
)
def test_dumps_that_an_instruction_names(tmp_path: Path, name: str, instruction: str) -> None:
    write(tmp_path, name, "main.py")
    tracked(tmp_path, ignore=f"/{name}\n")
    found = claimed(judged(tmp_path, f"{PLAIN}{instruction}\n", git=True))
    assert not [entry for entry in found if name.startswith(entry)]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("x.sql.gz", 'gzip.open("x.sql.gz")'),
        ("x.sql.gz", 'glob.glob("*.sql.gz")'),
        ("x.zip", 'Path("x.zip")'),
        ("x.zip", 'Path(".").glob("*.zip")'),
        ("backup/x.zip", 'os.listdir("backup")'),
        ("data/x.dump", 'DATA = "data"'),
    ],
)
def test_dumps_that_code_names(tmp_path: Path, name: str, line: str) -> None:
    write(tmp_path, name)
    text(tmp_path, "main.py", f"{line}\n")
    tracked(tmp_path, ignore=f"/{name}\n")
    found = claimed(judged(tmp_path, PLAIN, git=True))
    assert not [entry for entry in found if name.startswith(entry)] or name == "data/x.dump"


@pytest.mark.parametrize("copy", ["COPY . /docker-entrypoint-initdb.d/", "COPY db /docker-entrypoint-initdb.d/"])
def test_dumps_that_a_database_starts_with(tmp_path: Path, copy: str) -> None:
    write(tmp_path, "db/x.sql.gz", "db/a.sql")
    tracked(tmp_path, ignore="*.sql.gz\n")
    found = claimed(judged(tmp_path, f"FROM postgres:16\n{copy}\n", git=True))
    assert not [entry for entry in found if entry.startswith("db")]


def test_archives_that_an_image_serves(tmp_path: Path) -> None:
    write(tmp_path, "x.zip", "backup/y.zip", "deep/z.zip", "index.html")
    tracked(tmp_path, ignore="*.zip\n")
    found = judged(tmp_path, "FROM nginx\nCOPY . /usr/share/nginx/html\n", git=True)
    assert not [entry for entry in claimed(found) if ".zip" in entry or "backup" in entry]
    assert why_kept(found, "x.zip") == "the image serves it"
    assert "deep/z.zip" not in claimed(judged(tmp_path, PLAIN, git=True)), "below the root it may be data"
