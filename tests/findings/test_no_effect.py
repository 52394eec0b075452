from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.evidence.idle_patterns import idle_patterns
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Severity
from ctxopt.findings.rules import no_effect, root_only
from ctxopt.findings.rules.no_effect import RULE
from tests.findings.support import built, found
from tests.support.programs import git
from tests.support.steps import assert_linear

_UNDECIDED = "matches no files here that other lines do not decide about"
_OUTSIDE = "matches no files outside directories that other lines exclude"


@pytest.mark.parametrize(
    ("ignore", "line", "message"),
    [
        ("gone\n", 1, "`gone` matches no files here"),
        ("*.mdx\n", 1, "`*.mdx` matches no files here"),
        (".\n", 1, "`.` matches no files here"),
        ("../a\n", 1, "`../a` matches no files here"),
        ("a\na/x.txt\n", 2, "`a/x.txt` has no effect: line 1 excludes a and everything in it"),
        ("a/x.txt\na\n", 1, "`a/x.txt` has no effect: line 2 excludes a and everything in it"),
        ("a\na\n", 2, "`a` has no effect: it means the same as line 1"),
        (
            "a\n/a/\n",
            2,
            "`a` has no effect: it means the same as line 1; a leading or trailing slash changes nothing",
        ),
        ("?\nb\n", 2, "`b` has no effect: line 1 already excludes b"),
        ("**/x.txt\n*/x.t*\n", 2, "`*/x.t*` has no effect: line 1 already excludes a/x.txt"),
        (
            "**/x.txt\n**/*.txt\n!**/*.txt\n",
            2,
            "`**/*.txt` matches no files here that other lines do not decide about",
        ),
        ("a\na/*.txt\n", 2, "`a/*.txt` has no effect: line 1 excludes a"),
        ("a\na/z/*/*.txt\n", 2, "`a/z/*/*.txt` matches no files here"),
        ("a\n*.mdx\n", 2, "`*.mdx` matches no files here"),
        ("a\n**/*.mdx\n", 2, f"`**/*.mdx` {_OUTSIDE}"),
        ("a\n*/x.txt\n", 2, f"`*/x.txt` {_OUTSIDE}"),
        ("!a/x.txt\na/*\n", 1, "`!a/x.txt` has no effect: line 2 excludes a/x.txt"),
        ("!*/x.txt\na/*\n", 1, "`!*/x.txt` has no effect: line 2 excludes a/x.txt"),
        ("!a\n", 1, "`!a` has no effect: nothing excludes a"),
        ("b\n!b\n!?\n", 3, "`!?` has no effect: no file that it matches is excluded"),
        ("b\n!b\n!b\n", 3, "`!b` has no effect: line 2 already keeps b"),
        ("!b\nb\n!b\n", 1, "`!b` has no effect: nothing above it excludes b"),
        ("!gone\n", 1, "`!gone` matches no files here"),
        ("!gone/*.x\n", 1, "`!gone/*.x` has no effect: no file that it matches is excluded"),
    ],
)
def test_a_pattern_that_changes_nothing(tmp_path: Path, ignore: str, line: int, message: str) -> None:
    (finding,) = found(tmp_path, RULE, ignore, "a/x.txt", "b")
    assert (finding.line, finding.severity, finding.message) == (line, Severity.INFO, message)


def test_several_patterns_are_one_finding_with_their_number(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, "gone\na\n*.mdx\na/x.txt\n", "a/x.txt", "b")
    assert (finding.line, finding.severity) == (1, Severity.INFO)
    assert finding.message == "3 patterns have no effect in this checkout: lines 1, 3, 4"
    assert finding.evidence == (
        "line 1: `gone` matches no files here",
        "line 3: `*.mdx` matches no files here",
        "line 4: `a/x.txt` has no effect: line 2 excludes a and everything in it",
    )


@pytest.mark.parametrize(
    "pattern",
    ["node_modules", "**/.venv", "dist/", ".env*", "*.pem", "**/__pycache__", ".git", "web/.next", "out/**"],
)
def test_what_a_fresh_clone_does_not_have_says_nothing(tmp_path: Path, pattern: str) -> None:
    assert found(tmp_path, RULE, f"{pattern}\n", "b") == []


def test_the_narrower_of_two_patterns_is_named(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, "a.txt\n**/a.txt\n", "a.txt", "b")
    assert (finding.line, finding.message) == (
        1,
        "`a.txt` has no effect: `**/a.txt` in line 2 excludes the same and more",
    )


def test_an_exception_above_its_pattern_is_to_move(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, "!keep.log\n*.log\n", "keep.log", "x.log")
    assert finding.fix == "move it below line 2"


def test_an_exception_that_would_bring_back_all_that_a_line_excludes_is_not_to_move(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, "!**/*.go\n**/*_test.go\n", "a.go", "b/a_test.go")
    assert (finding.line, finding.fix) == (1, "remove it if it is redundant in other checkouts, too")
    assert finding.message == "`!**/*.go` has no effect: line 2 excludes b/a_test.go, and it keeps nothing else"


def test_an_exception_for_some_of_what_a_line_excludes_is_to_move(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, "!**/*_test.go\n**/*.go\n", "a.go", "b/a_test.go", "x")
    assert finding.fix == "move it below line 2"


@pytest.mark.parametrize("ignore", ["a\n", "a\n!a/x.txt\n", "*\n!b\n", "**/*.txt\n", ""])
def test_patterns_that_matter(tmp_path: Path, ignore: str) -> None:
    assert found(tmp_path, RULE, ignore, "a/x.txt", "b") == []


def test_only_some_of_many_patterns_with_wildcards_are_searched(tmp_path: Path) -> None:
    ignore = "a\n" + "".join(f"**/*.{number}\n" for number in range(25))
    found(tmp_path, RULE, ignore, "a/x.txt", "b")
    reasons = [idle.reason for idle in idle_patterns(BuildContext(str(tmp_path)))]
    assert [reason.split("` ")[1] for reason in reasons] == [_OUTSIDE] * 20 + [_UNDECIDED] * 5


def test_what_an_exception_brings_back_is_undecided(tmp_path: Path) -> None:
    findings = found(tmp_path, RULE, "**/*.txt\n*/*.txt\n!a/x.txt\n", "a/x.txt", "b")
    assert [(finding.line, finding.message) for finding in findings] == [(2, f"`*/*.txt` {_UNDECIDED}")]


def test_a_backslash_makes_no_other_name(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, "c*\nc\\+\n", "c+")
    assert finding.message == "`c\\+` has no effect: line 1 already excludes c+"


def test_only_some_of_many_reasons_are_explained(tmp_path: Path) -> None:
    found(tmp_path, RULE, "a\n" * 102, "a/x.txt")
    *_, last = idle_patterns(BuildContext(str(tmp_path)))
    assert last.reason == "`a` has no effect: other lines decide about a"


def test_a_pattern_that_only_matches_below_the_root_is_found_by_the_rule_for_that(tmp_path: Path) -> None:
    ignore = "node_modules\n*.log\ngone\n"
    files = ("web/node_modules/a", "web/x.log")
    assert [finding.line for finding in found(tmp_path, RULE, ignore, *files)] == [3]
    assert [finding.line for finding in found(tmp_path, root_only.RULE, ignore, *files)] == [1, 2]


_OPENING = '# >>> ctxopt: proposed patterns, kept up to date by "ctxopt generate" >>>\n'


@pytest.mark.parametrize("start", ["", "\ufeff", "x\n"])
def test_patterns_of_our_block_are_for_files_yet_to_come(tmp_path: Path, start: str) -> None:
    block = f"{start}{_OPENING}**/.vscode\ngone\na\na/x.txt\n# <<< ctxopt <<<\n"
    lines = [finding.line for finding in found(tmp_path, RULE, block + "later\n", "a/x.txt", "b")]
    assert lines == ([1] if start == "x\n" else [7])


def test_an_exception_of_our_block_has_to_work(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, f"{_OPENING}!a/x.txt\na/*\n# <<< ctxopt <<<\n", "a/x.txt", "b")
    assert (finding.line, finding.fix) == (2, "move it below line 3")


def test_a_block_that_is_not_closed_is_anybody_s(tmp_path: Path) -> None:
    assert [finding.line for finding in found(tmp_path, RULE, f"{_OPENING}gone\n", "b")] == [2]


@pytest.mark.parametrize(
    "pattern",
    [
        "/mailer",
        "mailer.db",
        "data/*",
        "**/photos",
        "frontend/node_modules/*",
        "!dist/app",
        "*.py[cod]",
        "*.swp",
        "env/",
    ],
)
def test_what_a_fresh_clone_lacks_by_design(tmp_path: Path, pattern: str) -> None:
    """Dependencies, results and caches, what editors leave, and what git ignores as well."""
    (tmp_path / ".gitignore").write_text("# local\n/mailer*\n*.db\ndata/\nphotos\n", encoding="utf-8")
    assert found(tmp_path, RULE, f"{pattern}\n", "a.txt") == []


@pytest.mark.parametrize("pattern", ["/mialer", "srcs", "*.tsx"])
def test_what_nothing_explains(tmp_path: Path, pattern: str) -> None:
    (tmp_path / ".gitignore").write_text("/mailer*\n*.db\n", encoding="utf-8")
    (finding,) = found(tmp_path, RULE, f"{pattern}\n", "a.txt")
    assert finding.line == 1


@pytest.mark.parametrize("pattern", ["tmp", "web/gen", "**/gen", "!web/gen/x", "/web/out/*", "web/*.tab"])
def test_what_a_gitignore_further_down_or_with_more_of_the_path_explains(tmp_path: Path, pattern: str) -> None:
    (tmp_path / ".gitignore").write_text("tmp/bin\n**/gen\n", encoding="utf-8")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / ".gitignore").write_text("gen/\n/out\n*.tab\n", encoding="utf-8")
    assert found(tmp_path, RULE, f"{pattern}\n", "web/a.txt") == []


@pytest.mark.parametrize("pattern", ["gem", "api/mine", "tmpl", "*.scss", "work/in"])
def test_a_gitignore_explains_nothing_elsewhere(tmp_path: Path, pattern: str) -> None:
    (tmp_path / ".gitignore").write_text("work/out\n", encoding="utf-8")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / ".gitignore").write_text("mine/\n*.tab\n", encoding="utf-8")
    assert len(found(tmp_path, RULE, f"{pattern}\n", "web/a.txt", "api/a.txt")) == 1


@pytest.mark.parametrize(
    ("script", "text", "pattern"),
    [
        ("Makefile", "BIN ?= work/bin\n", "work"),
        ("Makefile", "clone:\n\tgit clone https://x/y server/attention\n", "server/attention"),
        ("bin/deploy", "cp environments/$NAME/Dockerrun.aws.json .\n", "Dockerrun.aws.json"),
        ("setup.sh", "mkdir -p ./fixtures/large\n", "/fixtures"),
        ("package.json", '{"scripts": {"get": "curl -o tiles.bin x"}}', "tiles.bin"),
        ("Makefile", "extracted: x.tar\n\ttar xf x.tar\n", "extracted"),
        ("Makefile", "clean:\n\trm -rf scratch\n", "scratch"),
        ("dump.sh", "pg_dump app > backup.dump\n", "backup.dump"),
        ("cmd/common.bat", "  mkdir coturn & tar -xf turnserver.zip -C coturn\n", "cmd/coturn"),
        # What a program or its settings name is made when it runs.
        ("rag.py", "STORE = 'chroma_db'\n", "chroma_db/"),
        ("src/store.ts", 'const dir = "./uploads2/images"\n', "uploads2"),
        ("conf/app.toml", 'cache = "work/cache9"\n', "work/cache9"),
        ("app.js", "saveConfig('server.json', {})\n", "config/server.json"),
        ("app.py", "with open('seen.xyz', 'w') as f: f.write(x)\n", "seen.xyz"),
        ("docs/run.md", "    mkdir -p letsencrypt/live\n", "letsencrypt/*"),
        ("README.md", "    docker run -v ./mounted:/data x\n", "mounted"),
        ("compose.yaml", "services:\n  a:\n    volumes:\n      - ./mounted:/data\n", "mounted"),
    ],
)
def test_what_a_script_makes(tmp_path: Path, script: str, text: str, pattern: str) -> None:
    (tmp_path / script).parent.mkdir(exist_ok=True)
    (tmp_path / script).write_text(text, encoding="utf-8")
    assert found(tmp_path, RULE, f"{pattern}\n", "a.txt") == []


@pytest.mark.parametrize(
    ("script", "text", "pattern"),
    [
        ("Makefile", "BIN ?= /usr/work/bin\n", "work"),
        ("notes/plan", "cp Dockerrun.aws.json .\n", "Dockerrun.aws.json"),
        ("cmd/common.bat", "mkdir coturn\n", "other/coturn"),
        ("cmd/common.bat", "if exist coturn echo there\n", "cmd/coturn"),
        ("setup.sh", "mkdir -p fixtures2\n", "fixtures"),
        ("setup.sh", "git clone https://x/server/transformers\n", "server/transformers"),
        ("app.py", "open('tiles.geojson')\n", "tiles.geojson"),
        ("app.py", "save('other.json')\nopen('tiles.geojson')\n", "tiles.geojson"),
        ("README.md", "The stale part is gone.\n", "stale"),
        ("pack.sh", "zip -r out.zip extensions\n", "extensions"),
        ("run.sh", "cd stale && ./start\n", "stale"),
        ("app.py", "import chroma_db\n", "chroma_db"),
        ("app.py", "STORE = 'chroma_db2'\n", "chroma_db"),
        ("Makefile", "all:\n\tcd a && NAME=x hooks/run\n", "hooks"),
    ],
)
def test_what_no_script_makes(tmp_path: Path, script: str, text: str, pattern: str) -> None:
    (tmp_path / script).parent.mkdir(exist_ok=True)
    (tmp_path / script).write_text(text, encoding="utf-8")
    assert len(found(tmp_path, RULE, f"{pattern}\n", "a.txt")) == 1


@pytest.mark.parametrize(
    "pattern",
    [
        *("local_settings.py", "db.sqlite3", "*.manifest", "*.sage.py", "/site", "instance/", ".scrapy", "dmypy.json"),
        *("config/deploy*.yml", "/.kamal", "engines/*/private_scripts", "share/python-wheels/", "*.test", "LICENSE"),
        *("*.secret", "*_token.json", "git_credentials", "*.db-wal", "*.jsonl", "coverage.html", "data/GeoLite2-City*"),
        *("**/*.rs.bk", ".devenv*", "devenv.local.nix", "*.Publish.xml", "_configs/", "*.ncrunch*", "app/artifacts"),
        *("rubocop-report.json", "pnpm-lock.yaml", "pip-wheel-metadata/", "src/*.mod", "mnt/"),
        *(".phpunit.result.cache", "hs_err_pid*", "storage/*", "celerybeat-schedule*"),
    ],
)
def test_lines_of_the_usual_lists(tmp_path: Path, pattern: str) -> None:
    assert found(tmp_path, RULE, f"{pattern}\n", "a.txt") == []


@pytest.mark.parametrize(
    "pattern", ["app/storage/views/*", "src/var/client.js", "sites", "db.sqlite4", "privat", "tokenizer.model"]
)
def test_names_that_are_in_no_list(tmp_path: Path, pattern: str) -> None:
    assert len(found(tmp_path, RULE, f"{pattern}\n", "a.txt")) == 1


@pytest.mark.parametrize(
    "pattern",
    [
        "*.lcov",
        ".yarn/cache",
        ".claude/",
        "releases",
        "lego.exe",
        "cache",
        "*,cover",
        "*.css.map",
        "report.[0-9]*.json",
        "data/raw",
    ],
)
def test_names_of_what_is_made_or_of_one_machine(tmp_path: Path, pattern: str) -> None:
    assert found(tmp_path, RULE, f"{pattern}\n", "a.txt") == []


@pytest.mark.parametrize(
    "pattern", ["Procfile", "*.tsx", "docker/entry.sh", "Vagrantfile", "vibe2ship-plan", "help/cached.py"]
)
def test_names_of_what_git_would_have(tmp_path: Path, pattern: str) -> None:
    assert len(found(tmp_path, RULE, f"{pattern}\n", "a.txt")) == 1


@pytest.mark.parametrize(
    ("ignore", "count"),
    [
        ("# Mix artifacts\nthings\n", 0),
        ("# Ignore build artifacts\n# and more\nthings\n", 0),
        ("# Mix artifacts\n\nthings\n", 1),
        ("### OSX ###\n# Files that might appear\n\nthings\n", 0),
        ("# Documents #\n\nthings\n", 1),
        ("Network Trash Folder\n.VolumeIcon.icns\n[Ii]nclude\n", 0),
        ("# Documents\nthings\n", 1),
        ("# Mix artifacts\na.txt\n# Documents\nthings\n", 1),
    ],
)
def test_a_comment_says_what_the_lines_below_it_are_about(tmp_path: Path, ignore: str, count: int) -> None:
    assert len(found(tmp_path, RULE, ignore, "a.txt")) == count


@pytest.mark.parametrize(
    ("name", "text", "pattern"),
    [
        ("go.mod", "module github.com/x/tool\n", "tool"),
        ("Cargo.toml", '[package]\nname = "tool"\n', "tool"),
        ("package.json", '{"name": "@x/tool"}', "tool"),
        ("cmd/tool/main.go", "x", "tool"),
    ],
)
def test_the_program_that_building_makes(tmp_path: Path, name: str, text: str, pattern: str) -> None:
    given = {name: text, "a.txt": "x"}
    assert built(tmp_path, RULE, "FROM scratch\nCOPY . .\n", given, f"{pattern}\n") == []
    (finding,) = built(tmp_path, RULE, "FROM scratch\nCOPY . .\n", given, f"{pattern}s\n")
    assert finding.line == 1


@pytest.mark.parametrize(
    ("makefile", "pattern", "count"),
    [
        ("get:\n\tgit clone https://example.com/other.git\n", "**/wrapper-lesson", 0),
        ("get:\n\tgit clone https://example.com/other.git\n", "wrapper-lesson", 1),
        ("get:\n\tgit pull\n", "**/wrapper-lesson", 1),
        ("", "CMakeCache.txt", 0),
        ("", "CMakeLists.txt", 1),
    ],
)
def test_what_a_clone_may_have(tmp_path: Path, makefile: str, pattern: str, count: int) -> None:
    files = {"Makefile": makefile, "a.c": "x"}
    assert len(built(tmp_path, RULE, "FROM scratch\nCOPY . /\n", files, f"{pattern}\n")) == count


@pytest.mark.parametrize("line", ["d{0}/gone{0}", "**/*gone{0}*.py", "d{0}/*/gone{0}"])
def test_twice_the_patterns_and_gitignored_names_of_more_lengths_are_twice_the_work(tmp_path: Path, line: str) -> None:
    def work(size: int) -> Callable[[], object]:
        root = tmp_path / f"{size}"
        root.mkdir()
        (root / ".gitignore").write_text("".join(f"{'x' * number}\n" for number in range(1, size)))
        (root / ".dockerignore").write_text("".join(f"{line.format(number)}\n" for number in range(size)))
        (root / "Dockerfile").write_text("FROM scratch\n")
        context = RuleContext(BuildContext(str(root)))
        list(idle_patterns(context.build))
        return lambda: list(RULE.check(context))

    work(10)()
    assert_linear(work, 100)


@pytest.mark.parametrize(
    ("ignored", "names", "count"),
    [
        ("archive/\n", "archive\ngone\n", 1),
        ("archive/\n/api/gone\n", "archive\ngone\n", 0),
        ("web/gone\ngone/x\n", "gone\n", 1),
        ("go*\n", "gone\n", 0),
    ],
)
def test_what_a_gitignore_above_the_context_has(tmp_path: Path, ignored: str, names: str, count: int) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text(ignored, encoding="utf-8")
    (tmp_path / "api").mkdir()
    assert len(built(tmp_path / "api", RULE, "FROM scratch\nCOPY . .\n", {"a": ""}, names)) == count


def test_an_ignored_name_is_found_by_its_path_its_beginning_and_its_end(tmp_path: Path) -> None:
    ignored = ["a", "ab/b", "b*", "ba*", "bb*", "*ab", "*b"]
    (tmp_path / ".gitignore").write_text("".join(f"{name}\n" for name in ignored), encoding="utf-8")
    names = ["".join(letters) for length in (1, 2, 3, 4) for letters in product("abz/", repeat=length)]
    names = [name for name in names if name.strip("/") == name and "//" not in name]

    def explains(pattern: str, name: str) -> bool:
        if pattern.endswith("*"):
            return name.startswith(pattern[:-1])
        if pattern.startswith("*"):
            return name.rpartition("/")[2].endswith(pattern[1:])
        return f"{name}/".startswith(f"{pattern}/") or pattern.startswith(f"{name}/")

    (tmp_path / "Dockerfile").write_text("FROM scratch\n", encoding="utf-8")
    known = no_effect.ignored_by_git(RuleContext(BuildContext(str(tmp_path))))
    assert [name for name in names if known.has(name)] == [
        name for name in names if any(explains(pattern, name) for pattern in ignored)
    ]


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("docker build ./docker/package -f docker/Dockerfile\n", 0),
        ("docker build ./docker/package -f docker/Dockerfile\ndocker build -f docker/Dockerfile docker\n", 1),
        ("docker build ./docker/package -f other/Dockerfile\n", 1),
        ("docker build $DIRECTORY -f docker/Dockerfile\n", 1),
    ],
)
def test_a_script_that_builds_with_another_context(tmp_path: Path, script: str, count: int) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "build.sh").write_text(script, encoding="utf-8")
    (tmp_path / "docker").mkdir()
    assert len(built(tmp_path / "docker", RULE, "FROM scratch\nCOPY . .\n", {"a": ""}, "gone\n")) == count


@pytest.mark.parametrize(
    ("comment", "count"),
    [("# flyctl launch added from .gitignore", 0), ("# What we do not need", 1)],
)
def test_a_list_that_is_taken_from_another_file(tmp_path: Path, comment: str, count: int) -> None:
    assert len(found(tmp_path, RULE, f"{comment}\n**/__pycache__\nfrontpage.xyz\n", "a.txt")) == count
