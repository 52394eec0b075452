"""`ctxopt fix`: one diff over all files, written on request, and what is left to decide."""

import json
from pathlib import Path

import pytest

from tests.support.cli import run

_DOCKERFILE = """FROM debian:12.9
# tools
RUN apt-get update && \\
    apt-get install -y --no-install-recommends \\
      # why
      jq
ADD package.json ./
COPY . .
"""
_FIXED = """FROM debian:12.9
# tools
RUN apt-get update && \\
    apt-get install -y --no-install-recommends \\
      # why
      jq \\
      && rm -rf /var/lib/apt/lists/*
COPY package.json ./
COPY . .
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "Dockerfile": _DOCKERFILE,
        ".dockerignore": "node_modules\n*.tmp # scratch\n",
        "package.json": "{}\n",
        "web/node_modules/a.js": "1\n",
        "src/a.tmp": "1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    return tmp_path


def _texts(project: Path) -> tuple[str, str]:
    return (project / "Dockerfile").read_bytes().decode(), (project / ".dockerignore").read_bytes().decode()


def test_nothing_is_written_unless_it_is_asked_for(project: Path) -> None:
    before = _texts(project)
    done = run("fix", cwd=project)
    assert done.returncode == 0
    assert "+    && rm -rf" not in done.stdout
    assert "+      && rm -rf /var/lib/apt/lists/*" in done.stdout
    assert "Next: add --write to write .dockerignore, Dockerfile." in done.stdout
    assert _texts(project) == before


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_fixes_of_fixed_files_are_applied_as_well_and_then_none_is_left(project: Path, end: str) -> None:
    for name in ("Dockerfile", ".dockerignore"):
        text = (project / name).read_bytes().decode()
        (project / name).write_bytes(text.replace("\n", end).encode())
    done = run("fix", "--write", cwd=project)
    assert done.returncode == 0
    assert "wrote .dockerignore, Dockerfile." in done.stdout
    # What moved to a line of its own is a pattern now, which matched the root only.
    assert _texts(project) == (
        _FIXED.replace("\n", end),
        "**/node_modules\n# scratch\n**/*.tmp\n".replace("\n", end),
    )
    again = run("fix", "--check", cwd=project)
    assert again.returncode == 0
    assert again.stdout.startswith("Nothing to fix.")


def test_the_diff_is_a_patch(project: Path) -> None:
    done = run("fix", "--diff", "--select", "CTX005", cwd=project)
    assert done.stdout == (
        "--- .dockerignore\n+++ .dockerignore\n@@ -1,2 +1,2 @@\n-node_modules\n+**/node_modules\n *.tmp # scratch\n"
    )


def test_check_fails_where_something_would_change(project: Path) -> None:
    assert run("fix", "--check", cwd=project).returncode == 1
    assert run("fix", "--check", "--select", "CTX201", cwd=project).returncode == 0
    assert run("fix", "--check", "--write", cwd=project).returncode == 2


def test_suppressed_findings_are_not_fixed(project: Path) -> None:
    text = (project / "Dockerfile").read_text(encoding="utf-8")
    comment = "# ctxopt global ignore=CTX206 the lists are used\n"
    (project / "Dockerfile").write_text(comment + text, encoding="utf-8")
    run("fix", "--write", cwd=project)
    assert "rm -rf" not in (project / "Dockerfile").read_text(encoding="utf-8")


def test_an_ignore_file_keeps_what_another_build_names(project: Path) -> None:
    (project / "other.Dockerfile").write_text("FROM scratch\nCOPY web/node_modules/a.js /\n", encoding="utf-8")
    done = run("fix", "--write", "--select", "CTX005", cwd=project)
    assert "not applied: an instruction would fail" in done.stdout
    assert _texts(project)[1] == "node_modules\n*.tmp # scratch\n"


def test_a_build_that_fails_anyway_keeps_no_other_from_its_fixes(project: Path) -> None:
    (project / "Dockerfile.windows").write_text("FROM x\nCOPY .\\\\pkg\\\\plugin\\\\a /a\nCOPY src /src\n")
    assert "+      && rm -rf /var/lib/apt/lists/*" in run("fix", cwd=project).stdout


@pytest.mark.parametrize("source", ["src/", "./src", "src/app src/lib", "--parents src"])
def test_junk_below_a_directory_that_an_instruction_names_is_excluded(tmp_path: Path, source: str) -> None:
    for name in ("src/app/a.py", "src/app/__pycache__/a.pyc", "src/lib/b.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1\n", encoding="utf-8")
    (tmp_path / ".dockerignore").write_text("__pycache__\n", encoding="utf-8")
    (tmp_path / "Dockerfile").write_text(f"FROM scratch\nCOPY {source} /src/\n", encoding="utf-8")
    run("fix", "--write", "--select", "CTX005", cwd=tmp_path)
    assert _texts(tmp_path)[1] == "**/__pycache__\n"


@pytest.mark.parametrize(
    ("dockerfile", "reason"),
    [
        ("FROM scratch\nCOPY src/ /src/\n", "line 2 reads src/gen/a.txt, which would be excluded"),
        ("FROM scratch\nCOPY src/g* /src/\n", "line 2 reads src/gen/a.txt, which would be excluded"),
        ("FROM scratch\nCOPY src/**/*.txt /src/\n", "line 2 reads src/gen/a.txt, which would be excluded"),
        ("FROM debian:12\nCOPY src/$D /src/\n", "line 2 may read src/gen/a.txt, which would be excluded"),
    ],
)
def test_what_may_be_source_below_a_directory_is_not_taken_from_it(
    tmp_path: Path, dockerfile: str, reason: str
) -> None:
    for name in ("src/gen/a.txt", "src/b.py", "src/go.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1\n", encoding="utf-8")
    (tmp_path / ".dockerignore").write_text("src/gen # made by make\n", encoding="utf-8")
    (tmp_path / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    done = run("fix", "--write", "--select", "CTX007", cwd=tmp_path)
    assert f"not applied: {reason}" in " ".join(done.stdout.split())
    assert _texts(tmp_path)[1] == "src/gen # made by make\n"


def test_a_dockerfile_that_is_no_file_is_not_changed(project: Path) -> None:
    done = run("fix", "-f", "-", "--select", "CTX206", "--json", cwd=project, stdin=_DOCKERFILE)
    answer = json.loads(done.stdout)
    assert answer["files"] == []
    assert [one["rule"] for one in answer["remaining"]] == ["CTX206"]


def test_a_dockerfile_outside_of_the_context_is_written(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "app.Dockerfile"
    outside.write_text(_DOCKERFILE, encoding="utf-8")
    done = run("fix", ".", "-f", str(outside), "--write", cwd=project)
    assert done.returncode == 0
    assert outside.read_text(encoding="utf-8") == _FIXED
    assert _texts(project)[0] == _DOCKERFILE


def test_a_link_that_leads_out_is_not_written_through(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "Dockerfile"
    outside.write_text(_DOCKERFILE, encoding="utf-8")
    (project / "Dockerfile").unlink()
    (project / "Dockerfile").symlink_to(outside)
    assert run("fix", "--write", cwd=project).returncode == 2
    assert outside.read_text(encoding="utf-8") == _DOCKERFILE


def test_builds_of_one_dockerfile_are_fixed_once(project: Path) -> None:
    (project / "compose.yaml").write_text(
        "services:\n  a:\n    build: .\n  b:\n    build: {context: ., args: {A: b}}\n", encoding="utf-8"
    )
    run("fix", "--all", "--write", cwd=project)
    assert _texts(project)[0] == _FIXED


def test_an_ignore_file_is_not_chosen(project: Path) -> None:
    assert run("fix", "--ignore-file", ".dockerignore", cwd=project).returncode == 2


def test_exceptions_are_added_until_nothing_is_missing(project: Path) -> None:
    (project / "Dockerfile").write_text("FROM scratch\nCOPY conf*.ini /\n", encoding="utf-8")
    for name in ("conf.ini", "conf2.ini"):
        (project / name).write_text("x\n", encoding="utf-8")
    (project / ".dockerignore").write_bytes(b"conf*.ini\r\n# end")
    done = run("fix", "--write", "--select", "CTX003", cwd=project)
    assert done.returncode == 0
    assert _texts(project)[1] == "conf*.ini\r\n!conf.ini\r\n!conf2.ini\r\n# end"


def test_what_a_later_round_fixes_is_named_by_the_lines_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1\n", encoding="utf-8")
    (tmp_path / ".dockerignore").write_text("a\n", encoding="utf-8")
    (tmp_path / "Dockerfile").write_text(
        "FROM debian:12.9\nRUN apt-get update\nRUN apt-get install -y --no-install-recommends jq\nADD a /\n",
        encoding="utf-8",
    )
    fixed = json.loads(run("fix", "--json", cwd=tmp_path).stdout)["fixed"]
    # The list of packages is a finding once the first RUN is gone, ADD once its source is there.
    places = {one["rule"]: one["line"] for one in fixed}
    assert places == {"CTX003": 1, "CTX220": 2, "CTX206": 2, "CTX110": 4}


def test_what_is_left_has_the_lines_of_the_files_as_they_are(tmp_path: Path) -> None:
    """Before the change is written these are the old lines, and then the new ones."""
    above = "FROM debian:12.9\nRUN apt-get update && \\\n    apt-get install -y --no-install-recommends jq\n"
    (tmp_path / "Dockerfile").write_text(above + "ADD https://example.com/a-1.2.3.tar.gz /a\n", encoding="utf-8")
    for options, line in (((), 4), (("--write",), 5)):
        shown = run("fix", "--select", "CTX206", "--select", "CTX109", "--json", *options, cwd=tmp_path).stdout
        done = json.loads(shown)
        assert [one["line"] for one in done["fixed"]] == [2]
        assert [(one["rule"], one["line"]) for one in done["remaining"]] == [("CTX109", line)]
        text = run("fix", "--select", "CTX109", "-v", cwd=tmp_path).stdout
        assert f"Dockerfile:{line}" in text
