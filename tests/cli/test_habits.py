"""What people type from habit works, or is answered in one line with the command to type."""

import json
import re
from pathlib import Path

import pytest

from ctxopt.cli.shell import quoted
from tests.support.cli import run, run_on_terminal
from tests.support.programs import git


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main").write_text("main")
    (tmp_path / "junk").write_text("junk")
    (tmp_path / "Dockerfile").write_text("FROM alpine:3.23 AS web\nCOPY src /src\n")
    (tmp_path / ".dockerignore").write_text("nothing\nnodes\n!nodes\n")
    (tmp_path / "x").write_text('max-size = "1 MB"\n')
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "src")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


_WORKS = [
    "version",
    "--version",
    "-V",
    "analyse",
    "lint",
    "init",
    "init --diff",
    "init --dry-run",
    "help",
    "help ls",
    "help config show",
    "",
    ".",
    "Dockerfile",
    "analyze ./Dockerfile",
    "ls Dockerfile",
    "-t web",
    "analyze -t web",
    "--target web",
    "analyze --json",
    "analyze --format json",
    "--json",
    "check --json",
    "lint --json",
    "cache --json",
    "generate --json",
    "stages --json",
    "config show --json",
    "--config x",
    "analyze --config x",
    "check --config x",
    "--no-config",
    "generate --dry-run",
    "generate --diff",
    "--select CTX1",
    "--ignore ctx1",
    "lint --select CTX1,ctx2 --ignore CTX101",
    "rules --json",
    "rules ctx005",
    "check --fail-on ctx005",
    "--quiet analyze",
    "-q analyze",
    "-v ls",
    "-q",
    "--color never ls",
    "ls --color=always",
    "ls --no-color",
    "ls --format json",
    "ls --json",
    "explain --format json src",
    "report --format html",
    "report -o -",
    "ls --view legacy",
    "check --view legacy",
    "check --exit-zero --max-size 1",
    "ls -o listed",
    "analyze --ignore-file x",
    "analyze --secret id=a --ssh default --tag app --no-cache --pull --progress plain",
]

_ANSWERED = [
    "lnt",
    "check --fix",
    "--fix",
    "--ci",
    "analyze --yes",
    "generate --yes",
    "generate -y",
    "report --json",
    "report --format json",
    "analyze --build-context base",
    "https://github.com/a/b.git",
    "git@github.com:a/b.git",
    "-",
    "analyze --max-size 1MB",
    "analyze --dry-run",
    "analyze --write",
    "ls --select CTX1",
    "ls --fail-on error",
    "generate --all",
    "diff --against HEAD",
    "generate --report x",
    "generate --ignore-file x",
    "report --ignore-file x -o y",
    "cache --ignore-file x",
    "analyze --ignore-file x --builds-per-day 3",
    "analyze compose.yaml",
    "lint scripts",
    "explain -C scripts x",
    "--config x check",
]


@pytest.mark.parametrize("typed", _WORKS)
def test_it_works(project: Path, typed: str) -> None:
    done = run(*typed.split(), cwd=project)
    assert done.returncode == 0, done.stderr
    assert "error" not in done.stderr


@pytest.mark.parametrize("typed", _ANSWERED)
def test_it_is_answered_with_the_command_to_type(project: Path, typed: str) -> None:
    (project / "compose.yaml").write_text("services: {}\n")
    (project / "scripts" / "docker").mkdir(parents=True)
    (project / "scripts" / "docker" / "Dockerfile").write_text("FROM scratch\n")
    done = run(*typed.split(), cwd=project)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert re.search(r"`ctxopt [a-z]+.*`", done.stderr), done.stderr


@pytest.mark.parametrize("command", ["analyze", "ls", "lint", "check", "stages", "generate", "report"])
@pytest.mark.parametrize("options", ["-", "--stdin", "--no-colour", "https://github.com/a/b.git"])
def test_the_answer_is_about_the_command_that_was_typed(project: Path, command: str, options: str) -> None:
    done = run(command, *options.split(), cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"`ctxopt {command} " in done.stderr


def test_a_template_in_place_of_a_dockerfile(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile.j2").write_text("FROM alpine:{{ version }}\nCOPY . /\n")
    assert run("ls", cwd=tmp_path).stderr == (
        "error: no Dockerfile in the current directory. Dockerfile.j2 is a template: render it, and name the result: "
        "`ctxopt ls -f FILE`\n"
    )


def test_a_command_that_is_proposed_works(project: Path) -> None:
    (project / "app" / "scripts").mkdir(parents=True)
    (project / "app" / "scripts" / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    for arguments, directory in ((("ls", "app"), "app"), (("ls",), "the current directory")):
        cwd = project if directory == "app" else project / "app"
        done = run(*arguments, cwd=cwd)
        answer = re.fullmatch(
            rf"error: no Dockerfile in {directory}\. Found: (\S+)\. Try: `ctxopt (.+)`\n", done.stderr
        )
        assert answer is not None, done.stderr
        assert (cwd / answer[1]).is_file()
        assert run(*answer[2].split(), cwd=cwd).returncode == 0


def test_a_path_in_a_command_that_is_proposed_is_quoted(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "Dockerfile").write_text("FROM scratch\n")
    done = run(cwd=tmp_path)
    assert done.stderr.endswith(f"Try: `ctxopt analyze {quoted('a b')}`\n")


def test_a_hostile_path_is_inert_in_the_answer(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m\nb").mkdir()
    (tmp_path / "a\x1b[31m\nb" / "Dockerfile").write_text("FROM scratch\n")
    done = run(cwd=tmp_path)
    assert done.stderr.count("\n") == 1
    assert "\x1b" not in done.stderr


def test_without_a_dockerfile_anywhere(tmp_path: Path) -> None:
    done = run(cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: no Dockerfile in the current directory. "
        "Name one with -f, or pass another directory: `ctxopt analyze DIR`\n"
    )


def test_a_compose_file_is_proposed_where_there_is_no_dockerfile(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    assert run(cwd=tmp_path).stderr.endswith("Found: compose.yaml. Try: `ctxopt analyze --compose compose.yaml`\n")


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("lnt", "`ctxopt lint`"),
        ("analize", "`ctxopt analyze`"),
        ("anylse", "`ctxopt analyze`"),
        ("ls --veiw used", "`ctxopt ls --view`"),
        ("ls --output_format json", ""),
        ("ls --targt web", "`ctxopt ls --target`"),
        ("frobnicate", ""),
        ("ls --frobnicate", ""),
        ("ls --yes-please", ""),
        ("generate --dif", "`ctxopt generate --diff`"),
        ("rules ctx05", "CTX005"),
        ("rules frobnicate", ""),
        ("lint --select igore-root-only", "CTX005"),
    ],
)
def test_suggestions_are_near_or_there_are_none(project: Path, typed: str, suggested: str) -> None:
    done = run(*typed.split(), cwd=project)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert ("did you mean" in done.stderr) == bool(suggested), done.stderr
    assert suggested in done.stderr


def test_a_dockerfile_as_the_context_is_its_directory_and_the_dockerfile(project: Path) -> None:
    (project / "app").mkdir()
    (project / "app" / "prod.Dockerfile").write_text("FROM scratch\nCOPY a /\n")
    (project / "app" / "a").touch()
    given = run("analyze", "app/prod.Dockerfile", "--json", cwd=project)
    assert given == run("analyze", "app", "-f", "app/prod.Dockerfile", "--json", cwd=project)
    both = run("analyze", "app/prod.Dockerfile", "-f", "Dockerfile", cwd=project)
    assert (both.returncode, both.stderr.count("\n")) == (2, 1)
    assert run("explain", "-C", "app/prod.Dockerfile", "a", cwd=project).returncode == 0


def test_alone_it_analyzes_and_names_what_else_there_is(project: Path) -> None:
    done, analyzed = run(cwd=project), run("analyze", cwd=project)
    assert done.stdout == analyzed.stdout
    assert (analyzed.stderr, done.stderr) == ("", "")
    shown = run_on_terminal(cwd=project)
    assert shown.splitlines()[-1] == "note: `ctxopt --help` lists the other commands"
    assert "--help" not in run_on_terminal("analyze", cwd=project) + run_on_terminal("-q", cwd=project)
    assert run("-q", cwd=project) == run("analyze", "-q", cwd=project)


def test_a_directory_named_like_a_command_is_given_as_a_path(project: Path) -> None:
    (project / "rules").mkdir()
    (project / "rules" / "Dockerfile").write_text("FROM scratch\n")
    assert run("rules", cwd=project).stdout == run("rules").stdout
    assert run("./rules", "-q", cwd=project) == run("analyze", "rules", "-q", cwd=project)


def test_a_tag_is_no_stage(project: Path) -> None:
    done = run("-t", "web", cwd=project)
    assert done.stderr == "note: --tag web has no effect: no image is built; a stage is --target web\n"


def test_an_ignore_file_can_be_named(project: Path) -> None:
    (project / ".dockerignore").write_text("src\n")
    (project / "other").write_text("junk\n")
    for view in ("buildkit", "classic"):
        listed = run("ls", "--view", view, "--ignore-file", "other", cwd=project).stdout.splitlines()
        assert "src/main" in listed
        assert "junk" not in listed
    missing = run("ls", "--ignore-file", "nowhere", cwd=project)
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    assert "ignore file not found: " in missing.stderr


def test_the_configuration_can_be_named_or_none(project: Path) -> None:
    (project / "ctxopt.toml").write_text("max-files = 0\n")
    assert run("check", cwd=project).returncode == 1
    assert run("check", "--no-config", cwd=project).returncode == 0
    assert run("check", "--config", "x", cwd=project).returncode == 0
    (project / "pyproject.toml").write_text("[tool.ctxopt]\nmax-size = 1\n")
    assert run("check", "--config", "pyproject.toml", cwd=project).returncode == 1
    assert run("check", "--config", "x", "--no-config", cwd=project).returncode == 2
    missing = run("check", "--config", "nowhere.toml", cwd=project)
    assert missing.stderr == "error: configuration not found: nowhere.toml\n"


@pytest.mark.parametrize("command", ["analyze", "ls", "stages", "rules", "config show", "explain src", "cache"])
def test_output_goes_to_a_file_everywhere(project: Path, command: str) -> None:
    done = run(*command.split(), "--json", "-o", "out.json", cwd=project)
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads((project / "out.json").read_text())
    for place, problem in (("no/where", "directory not found: no"), ("src", "it is a directory")):
        failed = run(*command.split(), "-o", place, cwd=project)
        assert failed.stderr == f"error: cannot write {place}: {problem}\n"


@pytest.mark.parametrize("when", ["before", "after"])
def test_color_before_and_after_the_command(project: Path, when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def colored(*options: str) -> bool:
        arguments = [*options, "analyze"] if when == "before" else ["analyze", *options]
        return re.search(r"\x1b\[[0-9;]*3[0-9]m", run(*arguments, cwd=project).stdout) is not None

    assert colored("--color", "always")
    assert not colored("--color", "auto")
    monkeypatch.setenv("NO_COLOR", "1")
    assert colored("--color", "always")
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert not colored("--color", "never")
    assert not colored("--color", "always", "--no-color")


def test_rules_are_selected(project: Path) -> None:
    def rules(*options: str) -> set[str]:
        done = run("lint", "--json", "--exit-zero", *options, cwd=project)
        return {one["rule"] for one in json.loads(done.stdout)["builds"][0]["findings"]}

    (project / "Dockerfile").write_text("FROM alpine:3.23\nADD https://example.com/a-1.2.3.tar.gz /a\nCOPY src /src\n")
    every = rules()
    assert len(every) > 1
    one, *others = sorted(every)
    assert rules("--select", one.lower()) == {one}
    assert rules("--ignore", one) == set(others)
    assert rules("--select", one, "--ignore", one) == set()
    assert rules("--select", "CTX") == every


def test_the_other_project_of_that_name_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "docker-ctxopt" in run("version").stdout
    assert run("version").stderr == ""
    monkeypatch.setattr("ctxopt.cli.version.version", lambda name: "1.0")
    assert "`pip uninstall ctxopt docker-ctxopt`" in run("version").stderr


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ("explain x", "explain -C DIR PATH"),
        ("lint", "lint DIR"),
        ("lint README.rst", "lint . -f README.rst"),
        ("explain x -C README.rst", "explain -C . -f README.rst PATH"),
        ("lint https://github.com/a/b.git", "lint DIR"),
        ("explain x -C https://github.com/a/b.git", "explain -C DIR PATH"),
        ("ls -", "ls DIR"),
        ("check compose.yaml", "check --compose compose.yaml"),
        ("stages docker-bake.hcl", "analyze --bake docker-bake.hcl"),
        ("config show README.rst", "config show ."),
    ],
)
def test_the_command_that_was_typed_is_proposed(tmp_path: Path, arguments: str, command: str) -> None:
    if "." in arguments and ":" not in arguments:
        (tmp_path / arguments.split()[-1]).touch()
    done = run(*arguments.split(), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"`ctxopt {command}`" in done.stderr


def test_a_dockerfile_that_does_not_exist_is_no_command(tmp_path: Path) -> None:
    for arguments in (("Dockerfile.prod",), ("analyze", "Dockerfile.prod")):
        assert run(*arguments, cwd=tmp_path).stderr == "error: Dockerfile.prod not found\n"


@pytest.mark.parametrize(
    ("file", "typed"), [("Dockerfile", "one"), ("api.Dockerfile", "one/api.Dockerfile"), ("Containerfile", "one")]
)
def test_a_project_is_proposed_that_has_its_sources(tmp_path: Path, file: str, typed: str) -> None:
    for project in ("one", "two", "three", "zero", "zulu"):
        (tmp_path / project).mkdir()
        (tmp_path / project / "package.json").touch()
        (tmp_path / project / file).write_text("FROM scratch\nCOPY package.json /\n")
    done = run("ls", cwd=tmp_path)
    assert " and 2 more. " in done.stderr
    proposed = str(Path(typed))
    assert done.stderr.endswith(f"Try: `ctxopt ls {quoted(proposed)}`\n")
    assert run("ls", proposed, cwd=tmp_path).returncode == 0
