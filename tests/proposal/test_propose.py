"""The whole proposal: its figures, and what stays when it is written, changed and written again."""

from pathlib import Path

import pytest

from ctxopt.builds.discovery import Request
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals
from ctxopt.errors import CtxoptError
from ctxopt.proposal.model import Level, Style
from ctxopt.proposal.propose import propose
from tests.proposal.support import FROM, hidden, lines, proposed, sent, some, the_file
from tests.support.files import Files, write
from tests.support.programs import git


def test_figures_to_the_byte(tmp_path: Path) -> None:
    dockerfile = FROM + "COPY src /\n"
    write(tmp_path, {"Dockerfile": dockerfile, "src/a": 100, "src/b": 20, "docs/c": 3000, "docs/sub/d": 4, "x": 7})
    (file,) = propose(str(tmp_path), Request()).files
    (effect,) = file.effects
    assert effect.classic is not None
    before, after = effect.classic
    assert before == Totals(6, 100 + 20 + 3000 + 4 + 7 + len(dockerfile))
    # The ignore file is new, and sent as well.
    assert after == Totals(4, 100 + 20 + len(dockerfile) + len(file.new))
    assert effect.buildkit == (Totals(2, 120), Totals(2, 120))
    assert (file.needed, file.kept, file.ratio) == (Totals(2, 120), Totals(2, 120), 1.0)
    assert [(row.pattern, row.files, row.buildkit, row.classic) for row in file.rows] == [
        ("docs", 2, Totals(), Totals(2, 3004)),
        ("x", 1, Totals(), Totals(1, 7)),
    ]


@pytest.mark.parametrize("style", list(Style))
def test_the_rows_add_up_to_what_is_saved(tmp_path: Path, style: Style) -> None:
    files = {f"{place}/{name}": 10 + at for at, name in enumerate("pqrstuvwxyz") for place in ("a", "b/c", "d")}
    logs = {f"{place}/{number}.log": number for place in ("a", "b", "d") for number in range(3)}
    write(tmp_path, {"Dockerfile": FROM + "COPY a/p b/c/*q d/x /\n", ".dockerignore": "a/z\n", **files, **logs})
    (file,) = propose(str(tmp_path), Request(), style=style).files
    assert file.effects[0].classic is not None
    before, after = file.effects[0].classic
    saved = sum((row.classic or Totals() for row in file.rows), Totals())
    grown = len(file.new) - len(file.old or b"")
    assert (saved.files, saved.size) == (before.files - after.files, before.size - after.size + grown)


def test_what_a_pattern_for_something_else_excludes_counts_for_it(tmp_path: Path) -> None:
    files: Files = {"node_modules/a.log/docs/x": 326, "src/node_modules": 1, "x.log/big": 6728}
    write(tmp_path, {"Dockerfile": FROM + "COPY . .\nRUN npm ci\n", **files})
    (file,) = propose(str(tmp_path), Request(), level=Level.LIKELY).files
    before, after = file.effects[0].buildkit
    assert sum((row.buildkit for row in file.rows), Totals()).size == before.size - after.size
    assert {row.pattern: row.buildkit.size for row in file.rows}["**/*.log"] == 326 + 6728


def test_an_unresolved_variable_keeps_everything(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "ARG WHAT\nCOPY $WHAT /\n", "a": 1, "b/c": 1})
    for style in Style:
        assert the_file(tmp_path, style=style).new == b""
    (file,) = propose(str(tmp_path), Request(), style=Style.ALLOWLIST).files
    assert file.notes[0].startswith("Dockerfile:3 reads the whole context")
    proposal = propose(str(tmp_path), Request(build_args=(("WHAT", "a"),)))
    assert lines(proposal.files[0]) == ["b"]
    assert proposal.warnings == ()


def test_the_line_with_an_unresolved_variable_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "ARG WHAT\nCOPY $WHAT /\nCOPY . /\n", "docs/a": 1})
    (warning,) = propose(str(tmp_path), Request(), level=Level.LIKELY).warnings
    assert warning.startswith("Dockerfile:3: COPY may name any file, which all stay, as the value of WHAT is unknown")
    write(tmp_path, {"Dockerfile": FROM + "ARG WHAT=a\nCOPY $WHAT /\nCOPY . /\n", "a": 1})
    proposal = propose(str(tmp_path), Request(), level=Level.LIKELY)
    assert proposal.warnings == ()
    assert hidden(proposal.files[0], "docs/a", "a") == ["docs/a"]


@pytest.mark.parametrize("style", list(Style))
def test_what_a_failing_copy_names_stays(tmp_path: Path, style: Style) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY src missing/x d/*/y /\n", **some("src", "a"), **some("missing", "b")})
    write(tmp_path, {"d/e/y": 1, "d/e/z": 1, "other": 1})
    file = the_file(tmp_path, style=style)
    assert hidden(file, "src/a", "missing/x", "d/e/y", "other") == ["other"]
    write(tmp_path, {"missing/x": 1})
    BuildContext(str(tmp_path)).usage.check()


def test_what_a_failing_copy_reads_behind_a_link_stays(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY current/x missing /\n", "current": "->real", "real/x": 1, "y": 1})
    file = the_file(tmp_path)
    assert hidden(file, "current", "real/x", "y") == ["y"]


def test_what_docker_refuses_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY a /\n", "a": 1, ".dockerignore": "[\n"})
    with pytest.raises(CtxoptError, match=r"^\.dockerignore:1"):
        propose(str(tmp_path), Request())
    with pytest.raises(CtxoptError):
        propose(str(tmp_path / "nowhere"), Request())


def test_markers_that_do_not_match_are_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY a /\n", "a": 1, ".dockerignore": "# >>> ctxopt\n"})
    with pytest.raises(CtxoptError, match="markers"):
        propose(str(tmp_path), Request())


def test_nothing_is_written(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY a /\n", "a": 1, "b": 1})
    propose(str(tmp_path), Request())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Dockerfile", "a", "b"]


# -- evidence -----------------------------------------------------------------------------------


def _node(root: Path) -> None:
    write(
        root,
        {
            "Dockerfile": "FROM node\nWORKDIR /app\nCOPY package.json ./\nRUN npm install\nCOPY . .\n",
            "package.json": "{}",
            "main.js": 50,
            **some("node_modules/x", "a", "b"),
        },
    )


def test_the_savings_of_level_likely_are_shown(tmp_path: Path) -> None:
    _node(tmp_path)
    proposal = propose(str(tmp_path), Request())
    assert proposal.likely is not None
    (file,) = proposal.files
    assert lines(file) == []
    likely = propose(str(tmp_path), Request(), level=Level.LIKELY)
    assert likely.likely is None
    assert {row.level for row in likely.files[0].rows} == {Level.LIKELY}
    assert {"**/node_modules", "node_modules"} & set(lines(likely.files[0]))
    before, after = likely.files[0].effects[0].buildkit
    assert before.files - after.files >= proposal.likely.files


def test_no_hint_where_nothing_is_likely(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY src /\n", "src/a": 1})
    assert propose(str(tmp_path), Request()).likely is None


def test_level_likely_does_not_touch_what_is_named(tmp_path: Path) -> None:
    _node(tmp_path)
    write(tmp_path, {"Dockerfile": "FROM node\nCOPY node_modules/x /x\nCOPY . .\nRUN npm install\n"})
    file = the_file(tmp_path, level=Level.LIKELY)
    assert hidden(file, "node_modules/x/a", "main.js") == []


def test_level_likely_in_a_repository(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM python\nCOPY . /app\n", "main.py": 10, ".gitignore": "*.log\n", "x.log": 5})
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "main.py", ".gitignore")
    file = the_file(tmp_path, level=Level.LIKELY)
    assert hidden(file, "x.log", ".git", "main.py", "new.py") == ["x.log", ".git"]


# -- the file as it lies there ------------------------------------------------------------------


def _write_small(root: Path, ignore: str | bytes) -> None:
    write(root, {"Dockerfile": FROM + "COPY src /\n", ".dockerignore": ignore, "src/a": 1, "docs/b": 1, "c.log": 1})


def test_lines_below_the_block_stay_there(tmp_path: Path) -> None:
    _write_small(tmp_path, "*.log\n")
    assert lines(the_file(tmp_path)) == ["docs"]
    path = tmp_path / ".dockerignore"
    path.write_bytes(path.read_bytes() + b"# mine\nsrc/tmp\n")
    write(tmp_path, {"new": 1, "src/tmp": 1})
    file = the_file(tmp_path)
    assert lines(file) == ["docs", "new"]
    assert file.new.startswith(b"*.log\n\n# >>>")
    assert file.new.endswith(b"<<<\n# mine\nsrc/tmp\n")


def test_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    _write_small(tmp_path, b"\xef\xbb\xbf*.log\r\n# mine\r\n")
    file = the_file(tmp_path)
    assert file.new.startswith(b"\xef\xbb\xbf*.log\r\n# mine\r\n\r\n# >>>")
    assert file.new.count(b"\n") == file.new.count(b"\r\n")
    assert sent(tmp_path) == ["src/a"]


def test_another_style_changes_the_block_only(tmp_path: Path) -> None:
    _write_small(tmp_path, "*.log")
    first = the_file(tmp_path)
    second = the_file(tmp_path, style=Style.ALLOWLIST)
    assert (lines(first), lines(second)) == (["docs"], ["*", "!src"])
    assert second.new.startswith(b"*.log\n")
    assert the_file(tmp_path).new == first.new


def test_another_level_changes_the_block_only(tmp_path: Path) -> None:
    _node(tmp_path)
    (tmp_path / ".dockerignore").write_text("# mine\n", encoding="utf-8")
    assert lines(the_file(tmp_path, level=Level.LIKELY)) != []
    file = the_file(tmp_path)
    assert file.new == b"# mine\n"


def test_exceptions_follow_changes_of_the_dockerfile(tmp_path: Path) -> None:
    _write_small(tmp_path, "# mine\n")
    first = the_file(tmp_path)
    assert lines(first) == ["c.log", "docs"]
    write(tmp_path, {"Dockerfile": FROM + "COPY src /\nCOPY docs /\n"})
    assert lines(the_file(tmp_path)) == ["c.log"]
    assert sent(tmp_path) == ["docs/b", "src/a"]
    write(tmp_path, {"Dockerfile": FROM + "COPY src /\n"})
    assert the_file(tmp_path).new == first.new


def test_a_block_stays_as_it_is_where_less_is_there_than_it_is_for(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY a /\n", "a": 1, "b": 1, "c": 1})
    first = the_file(tmp_path)
    assert lines(first) == ["b", "c"]
    (tmp_path / "b").unlink()
    assert not the_file(tmp_path).changes, "a fresh checkout may have less than the one that the block is from"
    assert lines(the_file(tmp_path, tidy=True)) == ["c"]
    (tmp_path / "b").write_text("")
    (tmp_path / "d").write_text("")
    assert lines(the_file(tmp_path)) == ["b", "c", "d"]


def test_an_empty_block_is_removed_by_tidy(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY a /\n", "a": 1, "b": 1})
    assert lines(the_file(tmp_path)) == ["b"]
    (tmp_path / "b").unlink()
    file = the_file(tmp_path, tidy=True)
    assert (file.new, file.changes) == (b"", True)


def test_an_ignore_file_that_is_a_link(tmp_path: Path) -> None:
    _write_small(tmp_path, "->conf/ignore")
    write(tmp_path, {"conf/ignore": "*.log\n"})
    (file,) = propose(str(tmp_path), Request()).files
    assert hidden(file, "docs", "c.log", "src/a") == ["docs", "c.log"]


def test_a_dockerfile_without_reads(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "RUN true\n", "a": 1, "b/c": 1})
    (file,) = proposed(tmp_path).files
    assert (file.needed, file.kept, file.ratio) == (Totals(), Totals(), None)
    assert lines(file) == ["a", "b"]


def test_figures_of_both_builders_for_a_shared_file(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY a /\n", ".dockerignore": "*\n!*/deep\n!a\n", **some("x", "deep", "y")})
    write(tmp_path, {"a": 1})
    the_file(tmp_path)
    assert sent(tmp_path) == ["a"]


def test_a_wildcard_for_files_does_not_prevent_general_patterns(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY package*.json /\nCOPY . /app\n", "package.json": 1, "sub/.DS_Store": 1})
    (file,) = propose(str(tmp_path), Request(), level=Level.LIKELY).files
    assert {"Dockerfile", "**/.DS_Store"} <= {row.pattern for row in file.rows}


def test_a_line_of_the_user_with_a_carriage_return(tmp_path: Path) -> None:
    ignore = b"src/car\rriage\nsrc/\xff\n"
    write(
        tmp_path,
        {"Dockerfile": FROM + "COPY src /\n", ".dockerignore": ignore, "src/car\rriage": 1, "src/a": 1, "x": 1},
    )
    file = the_file(tmp_path, style=Style.ALLOWLIST)
    # It is repeated below what is open again; a byte that is not UTF-8 cannot be written again.
    assert file.new.count(b"src/car\rriage\n") == 2
    assert file.new.count(b"src/\xff\n") == 1
    assert hidden(file, "src/car\rriage", "src/a") == ["src/car\rriage"]


def test_each_secret_has_its_own_warning(tmp_path: Path) -> None:
    write(
        tmp_path, {"Dockerfile": FROM + "COPY . /\n", ".npmrc": "//x/:_authToken=1\n", "id_rsa": "PRIVATE KEY", "a": 1}
    )
    file = the_file(tmp_path, level=Level.LIKELY)
    warnings = {row.pattern: row.warning for row in file.rows if row.warning}
    assert set(warnings) == {"**/.npmrc", "**/id_rsa*"}
    assert len(set(warnings.values())) == 2


def test_a_dockerfile_below_an_excluded_directory_needs_no_pattern(tmp_path: Path) -> None:
    files: Files = {"docker/Dockerfile": FROM + "COPY . /\n", "docker/b.Dockerfile": FROM + "COPY a /\n", "a": 9}
    write(tmp_path, {".dockerignore": "docker\n", **files})
    for level in Level:
        (file,) = propose(str(tmp_path), Request(), level=level).files
        assert not [line for line in lines(file) if line.startswith("docker")]
        assert file.left == ()
