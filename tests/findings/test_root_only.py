from pathlib import Path

import pytest

from ctxopt.core.context.tree import Totals
from ctxopt.core.golang import match as gomatch
from ctxopt.edits import applied
from ctxopt.findings.model import Severity
from ctxopt.findings.rules import root_only
from ctxopt.findings.rules.root_only import RULE
from tests.evidence.support import tracked, write
from tests.findings.support import found


def test_a_directory_on_another_level(tmp_path: Path) -> None:
    files = ("node_modules/a", "web/node_modules/b", "web/node_modules/c/d", "api/node_modules/e")
    (finding,) = found(tmp_path, RULE, "# junk\nnode_modules\n", *files)
    assert (finding.file, finding.line, finding.totals) == (".dockerignore", 2, Totals(3, 30))
    assert (
        finding.message
        == "`node_modules` only matches at the context root; api/node_modules and 1 more are not excluded"
    )
    assert finding.fix == "write **/node_modules"


@pytest.mark.parametrize(
    ("ignore", "file"),
    [("*.log\n", "a/b/x.log"), (".env\n", "a/.env"), ("te?p\n", "a/temp"), ("x[0-9]\n", "a/x1")],
)
def test_names_that_are_meant_for_all_levels(tmp_path: Path, ignore: str, file: str) -> None:
    tracked(tmp_path)
    (finding,) = found(tmp_path, RULE, ignore, file)
    assert f"{file} is not excluded" in finding.message
    assert finding.totals == Totals(1, 10)


@pytest.mark.parametrize(
    ("ignore", "file"),
    [
        ("**/node_modules\n", "a/node_modules/b"),
        ("node_modules\na\n", "a/node_modules/b"),
        ("/tmp/x\n", "a/tmp/x"),
        ("Makefile\n", "a/Makefile"),
        ("*\n!a\n", "a/b"),
        ("x\n", "x"),
        ("*\n!.env\n!a\n", "a/.env"),
        # Matched in the root, and kept there by an exception.
        ("*.log\n!keep.log\n", "keep.log"),
        # Sent only since something in it is kept.
        ("cache\na/cache\n!a/cache/b\n", "a/cache/b"),
    ],
)
def test_excluded_entries_and_patterns_for_the_root_are_not_found(tmp_path: Path, ignore: str, file: str) -> None:
    assert found(tmp_path, RULE, ignore, file) == []


def test_what_git_tracks_is_source(tmp_path: Path) -> None:
    ignore = "/memos\n./data\n/vendor/\nlogs\n*.tmp\n"
    files = ("cmd/memos/main.go", "src/app/data/a.ts", "lang/vendor/a.php", "src/logs/view.ts", "src/a.tmp", "b/logs/x")
    write(tmp_path, *files[:4])
    tracked(tmp_path)
    told = [(finding.line, finding.message) for finding in found(tmp_path, RULE, ignore, *files)]
    assert told == [
        (4, "`logs` only matches at the context root; b/logs is not excluded"),
        (5, "`*.tmp` only matches at the context root; src/a.tmp is not excluded"),
    ]


@pytest.mark.parametrize(
    ("dockerfile", "said"),
    [
        ("COPY . .\n", True),
        ("COPY src/data /d/\nCOPY . .\n", False),
        ("COPY src/data/x /d/\nCOPY . .\n", False),
        ("COPY src /src/\n", True),
        ("WORKDIR /s\nCOPY . .\nRUN python -m json.tool src/data/x\n", True),
        ("WORKDIR /s\nCOPY . .\nRUN tar -C src/data -cf /x.tar .\n", False),
    ],
)
def test_what_the_build_needs(tmp_path: Path, dockerfile: str, said: bool) -> None:
    tracked(tmp_path)
    assert bool(found(tmp_path, RULE, "data\n", "src/data/x", dockerfile=dockerfile)) is said


def test_very_many_patterns_and_names(tmp_path: Path) -> None:
    """A pattern is only compared with names that begin and end as it does."""
    tracked(tmp_path)
    patterns = [f"{first}*{number}[x]y" for number in range(40) for first in ("", "a", "name")]
    names = [f"name{number}xy" for number in range(0, 40, 3)]
    findings = found(tmp_path, RULE, "\n".join(patterns), *(f"d/{name}" for name in names))
    told = {finding.message.split("`")[1] for finding in findings}
    assert told == {pattern for pattern in patterns if any(gomatch.match(pattern, name) for name in names)}


@pytest.mark.parametrize("ignore", ["/data*\n", "./data*\n", "  /data*\n"])
def test_what_is_written_for_the_root_is_meant_for_it(tmp_path: Path, ignore: str) -> None:
    tracked(tmp_path)
    assert found(tmp_path, RULE, ignore, "server/database.js") == []
    assert found(tmp_path, RULE, ignore.replace("/", "").replace(".", ""), "server/database.js") != []


def test_what_generate_proposed_for_the_root_is_meant_so(tmp_path: Path) -> None:
    tracked(tmp_path)
    block = '# >>> ctxopt: proposed patterns, kept up to date by "ctxopt generate" >>>\n*.md\n# <<< ctxopt <<<\n'
    assert [finding.line for finding in found(tmp_path, RULE, block + "*.txt\n", "a/x.md", "a/x.txt")] == [4]


@pytest.mark.parametrize(
    ("ignore", "file", "said"),
    [
        ("node_modules\n", "web/node_modules/a", True),
        ("__pycache__\n", "src/__pycache__/a.pyc", True),
        (".env\n", "web/.env", True),
        ("data\n", "src/data/x", False),
        ("*.md\n", "docs/guide.md", False),
        ("config\n", "app/config/x.js", False),
    ],
)
def test_without_git_only_well_known_junk_is_no_source(tmp_path: Path, ignore: str, file: str, said: bool) -> None:
    assert bool(found(tmp_path, RULE, ignore, file)) is said


def test_what_a_kept_text_names_is_needed(tmp_path: Path) -> None:
    tracked(tmp_path)
    write(tmp_path, "src/models/big.bin", "old/models/x.bin")
    code = tmp_path / "src" / "main.py"
    code.write_text('open("models/big.bin")\n', encoding="utf-8")
    findings = found(tmp_path, RULE, "models\n", "src/models/big.bin", "old/models/x.bin")
    assert [(finding.message, finding.fix) for finding in findings] == [
        (
            "`models` only matches at the context root; old/models is not excluded",
            "add old/models: others of that name are source, or needed",
        )
    ]


def test_the_pattern_is_shown_as_it_is_written(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, " node_modules/ \n", "web/node_modules/a")
    assert finding.message.startswith("`node_modules/` only matches")
    assert finding.fix == "write **/node_modules/"


@pytest.mark.parametrize(
    ("ignore", "expected"),
    [("node_modules/\n", "**/node_modules/\n"), ("*.log\r\n", "**/*.log\r\n"), ("  .env", "  **/.env")],
)
def test_the_fix_changes_the_pattern_alone(tmp_path: Path, ignore: str, expected: str) -> None:
    tracked(tmp_path)
    (finding,) = found(tmp_path, RULE, ignore, "a/node_modules/x", "a/x.log", "a/.env")
    data = (tmp_path / ".dockerignore").read_bytes()
    assert applied(data, finding.edits).decode() == expected
    (tmp_path / ".dockerignore").write_bytes(applied(data, finding.edits))
    assert found(tmp_path, RULE, None, "a/node_modules/x", "a/x.log", "a/.env") == []


def test_where_others_of_the_name_are_source_the_fix_names_the_junk(tmp_path: Path) -> None:
    write(tmp_path, "src/logs/view.ts")
    tracked(tmp_path)
    (finding,) = found(tmp_path, RULE, "logs\na", "src/logs/view.ts", "b/logs/x")
    assert applied((tmp_path / ".dockerignore").read_bytes(), finding.edits) == b"logs\nb/logs\na"


@pytest.mark.parametrize(("most", "said"), [(4, 1), (100_000, 0)])
def test_patterns_that_are_too_many_to_be_compared_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, said: int
) -> None:
    tracked(tmp_path)
    monkeypatch.setattr(root_only, "_COMPARED", most)
    ignore = "".join(f"a?{number}*x\n" for number in range(3))
    findings = found(tmp_path, RULE, ignore, *(f"d/ab{number}cx" for number in range(3)))
    unfinished = [one for one in findings if "not compared" in one.message]
    assert [(one.severity, one.line) for one in unfinished] == [(Severity.INFO, 2)] * said
    assert {one.line for one in findings} == ({1, 2} if said else {1, 2, 3})
