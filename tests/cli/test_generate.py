"""`ctxopt generate`, end to end."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from ctxopt import BuildContext, analyze
from sample_projects.make_junk import JUNK, make
from tests.support import snapshots
from tests.support.cli import run
from tests.support.systems import posix_only

_SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY src /src\n")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.c").write_text("int main;")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "big").write_bytes(b"x" * 5000)
    return tmp_path


def sample(name: str, root: Path) -> Path:
    make(name, root / name)
    return root / name


@pytest.mark.parametrize("name", sorted(JUNK))
@pytest.mark.parametrize("style", ["denylist", "allowlist"])
def test_nothing_is_unused_once_it_is_written(tmp_path: Path, name: str, style: str) -> None:
    root = sample(name, tmp_path)
    dockerfile = "build/api.Dockerfile" if name == "go-monorepo" else None
    before = BuildContext(str(root), dockerfile).files_read
    # Others of its builds need more of the shared ignore file.
    one = ("--only", "-f", dockerfile) if dockerfile else ()
    done = run("generate", "--style", style, "--write", *one, cwd=root)
    assert (done.returncode, done.stderr) == (0, "")
    report = analyze(str(root), dockerfile)
    assert report.unused.size == 0
    assert report.errors == ()
    assert BuildContext(str(root), dockerfile).files_read == before
    assert "Nothing to write." in run("generate", "--style", style, "--write", *one, cwd=root).stdout


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("python-service", ()),
        ("python-service", ("--style", "allowlist")),
        ("node-web", ("--level", "likely")),
        ("go-monorepo", ()),
        ("links-and-exceptions", ("--tidy",)),
    ],
)
def test_what_it_shows(samples: Path, name: str, options: tuple[str, ...], columns: int) -> None:
    done = run("generate", name, *options, cwd=samples, columns=columns)
    assert (done.returncode, done.stderr) == (0, "")
    shown = "-".join((name, *(option.strip("-") for option in options), str(columns)))
    text = done.stdout.replace(str(samples.resolve()), "…")
    snapshots.check(_SNAPSHOTS / f"generate-{shown}.txt", text)


@pytest.fixture
def secrets(project: Path) -> Path:
    (project / "Dockerfile").write_text("FROM scratch\nCOPY src /src\nCOPY keys/named.pem /\nCOPY . /all\n")
    (project / "keys").mkdir()
    for name in ("named.pem", "id_rsa"):
        (project / "keys" / name).write_text("-----BEGIN PRIVATE KEY-----\n")
    (project / ".env").write_text("DB_PASSWORD=hunter22\n")
    return project


@pytest.mark.parametrize(("columns", "encoding"), [(60, "utf-8"), (80, "utf-8"), (120, "utf-8"), (80, "ascii")])
def test_the_box_of_secrets(secrets: Path, columns: int, encoding: str) -> None:
    done = run("generate", "--level", "likely", cwd=secrets, columns=columns, encoding=encoding)
    assert (done.returncode, done.stderr) == (0, "")
    assert encoding != "ascii" or done.stdout.isascii()
    text = done.stdout.replace(str(secrets.resolve()), "...")
    snapshots.check(_SNAPSHOTS / f"generate-secrets-{columns}-{encoding}.txt", text)


def test_secrets_are_the_same_in_analyze(secrets: Path) -> None:
    found = [one for one in analyze(str(secrets)).findings if one.rule == "CTX101"]
    rows = json.loads(run("generate", "--format", "json", cwd=secrets).stdout)["secrets"]
    assert (
        [row["path"] for row in rows]
        == sorted(str(one.subject) for one in found)
        == [
            ".env",
            "keys/id_rsa",
            "keys/named.pem",
        ]
    )


def test_quiet_still_warns_of_secrets_that_remain(secrets: Path) -> None:
    lines = run("generate", "--level", "likely", "-q", cwd=secrets).stdout.splitlines()
    assert lines == ["would write .dockerignore", "warning: keys/named.pem: secret in the final image, not excluded"]


def test_the_savings_come_first(project: Path) -> None:
    first, *_ = run("generate", cwd=project, columns=200).stdout.splitlines()
    assert re.fullmatch(r"BuildKit: \d B \(unchanged\)\. Legacy builder: 5\.0 kB → \d+ B \(-9\d\.\d %\)", first)


def test_what_was_just_done_is_not_next(project: Path) -> None:
    assert "Next: add --write to write .dockerignore" in run("generate", cwd=project).stdout
    done = run("generate", "--level", "likely", "--write", cwd=project, columns=200)
    assert "--write" not in done.stdout
    *_, wrote, following = done.stdout.splitlines()
    assert wrote.rstrip() == "Wrote .dockerignore"
    assert following.startswith("Next: `ctxopt verify`")
    command = following.split("`")[3].split()
    assert command == ["ctxopt", "generate", "--level", "likely", "--check"]
    assert run(*command[1:], cwd=project).returncode == 0


def test_json(samples: Path) -> None:
    done = run("generate", "--format", "json", cwd=samples / "python-service")
    proposal = json.loads(done.stdout)
    proposal["context"] = "…"
    snapshots.check(_SNAPSHOTS / "generate-python-service.json", json.dumps(proposal, indent=1) + "\n")
    (file,) = proposal["files"]
    before, after = (file["builds"][0]["classic"][when]["bytes"] for when in ("before", "after"))
    saved = sum(row["classic"]["bytes"] for row in file["patterns"])
    # The ignore file itself is sent, too.
    assert before - after == saved - (len(file["new"]) - len(file["old"]))


def test_nothing_is_written_unasked(project: Path) -> None:
    done = run("generate", cwd=project)
    assert "+data" in done.stdout
    assert sorted(os.listdir(project)) == ["Dockerfile", "data", "src"]
    assert "Nothing to write" not in done.stdout


def test_the_diff_can_be_applied(project: Path) -> None:
    (project / ".dockerignore").write_bytes(b"# mine\r\nlogs\r\n*.tmp")
    diff = run("generate", "--format", "diff", cwd=project).stdout
    wanted = run("generate", "--format", "dockerignore", cwd=project).stdout
    patched = subprocess.run(["git", "apply", "-p0", "-"], cwd=project, input=diff.encode(), check=False)
    assert patched.returncode == 0
    assert (project / ".dockerignore").read_bytes() == wanted.encode()
    assert wanted.startswith("# mine\r\nlogs\r\n*.tmp\r\n")


def test_a_new_file_can_be_made_by_the_diff(project: Path) -> None:
    diff = run("generate", "--format", "diff", cwd=project).stdout
    subprocess.run(["git", "apply", "-p0", "-"], cwd=project, input=diff.encode(), check=True)
    assert "Nothing to write." in run("generate", cwd=project).stdout


def test_the_other_name(project: Path) -> None:
    assert run("ignore", cwd=project) == run("generate", cwd=project)


def test_another_file_can_be_written(project: Path) -> None:
    assert run("generate", "--format", "dockerignore", "-o", "proposed", cwd=project).returncode == 0
    assert not (project / ".dockerignore").exists()
    assert b"\ndata\n" in (project / "proposed").read_bytes()


def test_an_ignore_file_is_never_overwritten_with_a_report(project: Path) -> None:
    assert run("generate", "-o", "proposed.dockerignore", cwd=project).returncode == 0
    assert b"\ndata\n" in (project / "proposed.dockerignore").read_bytes()
    assert b"BuildKit" not in (project / "proposed.dockerignore").read_bytes()


@pytest.mark.parametrize("option", ["--diff", "--dry-run"])
def test_the_change_alone(project: Path, option: str) -> None:
    assert run("generate", option, cwd=project) == run("generate", "--format", "diff", cwd=project)
    assert run("generate", option, "--check", cwd=project).returncode == 1
    assert not (project / ".dockerignore").exists()


def test_a_file_that_is_up_to_date_passes(project: Path) -> None:
    assert run("generate", "--check", cwd=project).returncode == 1
    assert not (project / ".dockerignore").exists()
    assert run("generate", "--write", cwd=project).returncode == 0
    assert run("generate", "--check", cwd=project).returncode == 0
    assert run("generate", "--check", "--style", "allowlist", cwd=project).returncode == 1


@pytest.mark.parametrize("option", ["--diff", "--dry-run", "--check"])
def test_what_excludes_writing(project: Path, option: str) -> None:
    assert run("generate", "--write", option, cwd=project).returncode == 2
    assert not (project / ".dockerignore").exists()


@posix_only
def test_what_is_written_keeps_the_mode(project: Path) -> None:
    file = project / ".dockerignore"
    file.write_text("logs\n")
    file.chmod(0o640)
    run("generate", "--write", cwd=project)
    assert file.stat().st_mode & 0o777 == 0o640
    assert file.read_text().startswith("logs\n")


@pytest.mark.parametrize("level", ["proven", "likely"])
def test_a_change_of_the_dockerfile_changes_the_block_only(project: Path, level: str) -> None:
    file = project / ".dockerignore"
    file.write_text("logs\n")
    run("generate", "--write", cwd=project)
    file.write_text(file.read_text() + "# below\n*.tmp\n")
    (project / "Dockerfile").write_text("FROM scratch\nCOPY src data /x/\n")
    assert run("generate", "--write", "--level", level, cwd=project).returncode == 0
    assert file.read_text() == "logs\n# below\n*.tmp\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"# >>> ctxopt: proposed patterns >>>\ndata\n", ".dockerignore:1: the markers of the ctxopt block"),
        (b"a\n[\n", '.dockerignore:2: bad pattern "["'),
        (b"x" * 70_000, ".dockerignore:1: a line is longer"),
    ],
)
def test_a_file_that_cannot_be_understood_is_left_alone(project: Path, text: bytes, problem: str) -> None:
    (project / ".dockerignore").write_bytes(text)
    done = run("generate", "--write", cwd=project)
    assert done.returncode == 2
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1
    assert (project / ".dockerignore").read_bytes() == text


def test_it_does_not_write_through_a_link_out_of_the_context(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "file"
    outside.write_text("logs\n")
    (project / ".dockerignore").symlink_to(outside)
    done = run("generate", "--write", cwd=project)
    assert done.returncode == 2
    assert ".dockerignore: it is a symbolic link that leads out" in done.stderr
    assert outside.read_text() == "logs\n"


def test_it_does_not_make_a_file_where_a_directory_is(project: Path) -> None:
    (project / ".dockerignore").mkdir()
    done = run("generate", "--write", cwd=project)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_names_cannot_steer_the_terminal(project: Path) -> None:
    (project / "a\x1b]0;pwn\x07").write_text("x")
    (project / "b\nnote: fake").write_text("x")
    done = run("generate", "--write", cwd=project)
    assert done.returncode == 0
    assert not set("\x1b\x07") & set(done.stdout)
    assert not any(line.startswith("note: fake") for line in done.stdout.splitlines())
    assert analyze(str(project)).unused.files == 0


def test_several_builds(project: Path) -> None:
    assert "+data" in run("generate", cwd=project).stdout
    (project / "test.Dockerfile").write_text("FROM scratch AS base\nCOPY data /data\nFROM scratch\nCOPY src /src\n")
    shown = run("generate", cwd=project).stdout
    assert "Build         test.Dockerfile, target base, ignore file .dockerignore: not part of the default" in shown
    assert "Nothing to write" in shown
    assert "+data" in run("generate", "-f", "test.Dockerfile", "--only", cwd=project).stdout
    assert "Nothing" in run("generate", "-f", "test.Dockerfile", "--target", "base", cwd=project).stdout
    assert "+data" in run("generate", "-f", "Dockerfile", "--only", cwd=project).stdout


def test_a_directory_without_a_build(tmp_path: Path) -> None:
    done = run("generate", cwd=tmp_path)
    assert done.returncode == 2
    assert "no Dockerfile in the current directory" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_instruction_that_fails_already_is_told(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY gone /\n")
    (tmp_path / "junk").write_text("junk")
    done = run("generate", cwd=tmp_path)
    assert done.returncode == 0
    assert "warning: Dockerfile:2: " in done.stdout
    assert "its sources are kept" in " ".join(done.stdout.split())


def test_the_level_and_the_style_of_the_block_are_kept(tmp_path: Path) -> None:
    root = sample("node-web", tmp_path)
    run("generate", "--level", "likely", "--write", cwd=root)
    sent = BuildContext(str(root)).transfer_entries
    assert run("generate", "--check", cwd=root).returncode == 0
    run("generate", "--write", cwd=root)
    assert BuildContext(str(root)).transfer_entries == sent
    assert run("analyze", cwd=root).stdout.startswith("Nothing to drop")
    assert run("generate", "--level", "proven", "--check", cwd=root).returncode == 1
    root = sample("python-service", tmp_path)
    run("generate", "--style", "allowlist", "--write", cwd=root)
    assert run("generate", "--check", cwd=root).returncode == 0


@pytest.mark.parametrize(("copied", "offered"), [("src /src", True), (". /", False)])
def test_an_allowlist_is_offered_only_where_it_could_exclude_something(
    project: Path, copied: str, offered: bool
) -> None:
    (project / "Dockerfile").write_text(f"FROM scratch\nCOPY {copied}\n")
    (project / ".git").mkdir()
    (project / ".git" / "index").write_bytes(b"x" * 5000)
    done = run("generate", "--level", "likely", cwd=project).stdout
    assert "add --write" in done
    assert ("--style allowlist" in done) == offered


def test_builds_that_are_sent_the_same_are_one_line(tmp_path: Path) -> None:
    for name, text in {"a.Dockerfile": "FROM a\nCOPY . /\n", "b.Dockerfile": "FROM a\nCOPY . /\n", "x": "x"}.items():
        (tmp_path / name).write_text(text)
    (first, *_) = run("generate", cwd=tmp_path, columns=120).stdout.splitlines()
    assert re.fullmatch(r"2 builds: BuildKit: \d+ B \(unchanged\)\. Legacy builder: \d+ B \(unchanged\)", first), first
