"""What configuration files say, where they are looked for, and what is refused."""

import os
from dataclasses import fields
from pathlib import Path

import pytest

from ctxopt.checks.amount import Share
from ctxopt.checks.suppression import Origin
from ctxopt.config.builds import declared_builds
from ctxopt.config.keys import LIMIT_KEYS
from ctxopt.config.model import DEFAULTS, Config, LimitSettings
from ctxopt.config.parse import limits_from_options, require_rules
from ctxopt.config.read import read_config
from ctxopt.core.named_context import NamedContext
from ctxopt.errors import CtxoptError
from tests.support.systems import fifo


def _read(directory: Path, text: str, name: str = "ctxopt.toml") -> Config:
    (directory / name).write_text(text, encoding="utf-8")
    (directory / ".git").mkdir(exist_ok=True)
    return read_config(str(directory))


def _problem(directory: Path, text: str, name: str = "ctxopt.toml") -> str:
    """The one line about a file, without the directory."""
    with pytest.raises(CtxoptError) as raised:
        _read(directory, text, name)
    line = str(raised.value)
    assert "\n" not in line
    assert len(line) < 500
    return line.replace(str(directory.resolve()) + os.sep, "")


def test_each_key_of_a_limit_has_its_place_in_the_model() -> None:
    assert [key.field for key in LIMIT_KEYS] == [field.name for field in fields(LimitSettings)]


def test_all_limits_are_read(tmp_path: Path) -> None:
    limits = _read(
        tmp_path,
        'max-size = "50 MB"\nview = "classic"\nmax-files = 20\nmax-unused = "5%"\nmax-file-size = 1000\n'
        'max-growth = "1MB"\nagainst = "origin/main"\nfail-on = ["warning", "ignore-no-effect"]\n',
    ).limits
    given = [getattr(limits, field.name) for field in fields(limits)]
    assert [one.value for one in given] == [
        50_000_000,
        "classic",
        20,
        Share("5%", 5, 100),
        1000,
        Share("1MB", 1_000_000),
        "origin/main",
        ("warning", "ignore-no-effect"),
    ]
    assert [one.text for one in given] == [
        "50 MB",
        "classic",
        "20",
        "5%",
        "1000",
        "1MB",
        "origin/main",
        "warning, ignore-no-effect",
    ]
    assert [one.origin.line for one in given] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert {one.origin.source for one in given} == {"file"}


def test_builds_are_read_with_paths_from_the_file(tmp_path: Path) -> None:
    config = _read(
        tmp_path,
        '[[build]]\nname = "api"\ncontext = "services/api"\ndockerfile = "docker/api.Dockerfile"\ntarget = "web"\n'
        'platform = "linux/arm64"\nmax-size = "1MB"\nbuild-args = { A = "1", B = "" }\n[[build]]\nname = "all"\n',
    )
    api, everything = config.builds
    root = tmp_path.resolve()
    assert (api.name, api.context.value, api.context.text) == ("api", str(root / "services/api"), "services/api")
    assert api.dockerfile is not None
    assert api.dockerfile.value == str(root / "docker/api.Dockerfile")
    assert api.target is not None
    assert api.target.value == "web"
    assert api.platform is not None
    assert api.platform.value == "linux/arm64"
    assert api.build_args is not None
    assert api.build_args.value == (("A", "1"), ("B", ""))
    assert api.limits.max_size is not None
    assert api.limits.max_size.value == 1_000_000
    assert api.limits.max_size.origin.key == "build[0].max-size"
    assert everything.context.value == str(root)
    assert str(everything.context.origin) == "default"
    assert everything.origin.line == 9
    assert (everything.dockerfile, everything.target, everything.build_args, everything.platform) == (None,) * 4


def test_a_build_comes_before_the_common_limits_and_an_option_before_both(tmp_path: Path) -> None:
    config = _read(
        tmp_path, 'max-size = 1\nmax-files = 2\nmax-file-size = 3\n[[build]]\nname = "a"\nmax-files = 4\nmax-size = 5\n'
    )
    options = limits_from_options({"max-size": "6", "view": None, "fail-on": ()})
    limits = config.effective(config.builds[0], options)
    assert [limits.max_size, limits.max_files, limits.max_file_size, limits.view] == [
        options.max_size,
        config.builds[0].limits.max_files,
        config.limits.max_file_size,
        DEFAULTS.view,
    ]
    assert config.effective().max_files == config.limits.max_files


def test_a_suppression_covers_what_its_path_matches(tmp_path: Path) -> None:
    config = _read(
        tmp_path,
        '[[suppress]]\nrule = "a-b"\npath = "/web/*.d"\nreason = "why"\n[[suppress]]\nrule = "c"\nreason = "so"\n',
    )
    one, other = config.suppressions
    assert (one.rule, one.path, one.reason, one.origin.line) == ("a-b", "/web/*.d", "why", 1)
    covered = ["web/x.d", "web/x.d/y/z"]
    not_covered = ["web", "x/web/x.d", "web/y/x.d", ".dockerignore"]
    assert [file for file in covered + not_covered if one.covers("a-b", file)] == covered
    assert not one.covers("c", "web/x.d")
    assert not one.covers("a-b", None)
    assert other.covers("c", "anything")
    assert other.covers("c", None)


def test_origins_name_file_and_line(tmp_path: Path) -> None:
    config = _read(tmp_path, '[project]\nname = "x"\n\n[tool.ctxopt]\nmax-files = 1\n', "pyproject.toml")
    assert config.limits.max_files is not None
    origin = config.limits.max_files.origin
    assert origin == Origin("file", "tool.ctxopt.max-files", str(tmp_path.resolve() / "pyproject.toml"), 5)
    assert str(origin).endswith("pyproject.toml:5 [tool.ctxopt]")
    option = limits_from_options({"max-files": 3, "fail-on": ("note",)})
    assert option.max_files is not None
    assert str(option.max_files.origin) == "option --max-files"
    assert option.fail_on is not None
    assert option.fail_on.value == ("note",)


def test_a_place_without_a_line_is_named_by_its_file(tmp_path: Path) -> None:
    config = _read(tmp_path, "tool = { ctxopt = { max-files = 1 } }\n", "pyproject.toml")
    assert config.limits.max_files is not None
    assert config.limits.max_files.origin.line == 1
    assert str(Origin("file", "max-files", "ctxopt.toml")) == "ctxopt.toml"


def test_ctxopt_toml_comes_before_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ctxopt]\nmax-files = 1\n")
    config = _read(tmp_path, "max-files = 2\n")
    assert config.limits.max_files is not None
    assert config.limits.max_files.value == 2
    (note,) = config.notes
    assert "pyproject.toml also has [tool.ctxopt]" in note
    (tmp_path / "pyproject.toml").write_text("[tool.other]\n")
    assert read_config(str(tmp_path)).notes == ()
    (tmp_path / "pyproject.toml").write_text("[tool.ctxopt\n")
    assert read_config(str(tmp_path)).notes == ()


def test_the_nearest_file_counts_up_to_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = tmp_path / "repository" / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "ctxopt.toml").write_text("max-files = 1\n")
    assert read_config(str(below)).limits.max_files is not None
    (tmp_path / "repository" / ".git").write_text("gitdir: elsewhere\n")
    assert read_config(str(below)) == Config()
    (tmp_path / "repository" / "ctxopt.toml").write_text("max-files = 2\n")
    (tmp_path / "repository" / "a" / "pyproject.toml").write_text("[project]\n")
    monkeypatch.chdir(below)
    config = read_config(".")
    assert config.file == os.path.join("..", "..", "ctxopt.toml")
    assert config.limits.max_files is not None
    assert config.limits.max_files.value == 2
    monkeypatch.chdir(tmp_path)
    assert read_config("repository/a").file == os.path.join("repository", "ctxopt.toml")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('\nmax-sise = "1MB"\n', 'ctxopt.toml:2: "max-sise" is not a key; did you mean "max-size"?'),
        ("MAX_FILES = 1\n", 'ctxopt.toml:1: "MAX_FILES" is not a key; did you mean "max-files"?'),
        ("[[builds]]\n", 'ctxopt.toml:1: "builds" is not a key; did you mean "build"?'),
        (
            "qqq = 1\n",
            'ctxopt.toml:1: "qqq" is not a key; known are against, allow-override, allow-unchecked',
        ),
        (
            "[tool.ctxopt]\nmax-files = 1\n",
            'ctxopt.toml:1: "tool" is not a key; in ctxopt.toml, keys are top-level, without a table',
        ),
        ('max-size = "1XB"\n', 'ctxopt.toml:1: max-size: "1XB" is not a size; write bytes'),
        ("max-size = 1.5\n", "ctxopt.toml:1: max-size: must be a size, not a decimal number; write a text such as"),
        ("max-size = true\n", "ctxopt.toml:1: max-size: must be a size, not true or false"),
        ("max-size = -1\n", "ctxopt.toml:1: max-size: must not be negative"),
        ("max-files = '5'\n", "ctxopt.toml:1: max-files: must be a whole number, not a text"),
        ("max-files = true\n", "ctxopt.toml:1: max-files: must be a whole number, not true or false"),
        ("max-files = -1\n", "ctxopt.toml:1: max-files: must not be negative"),
        ("max-files = 0x" + "f" * 9999, "ctxopt.toml:1: max-files: is too large"),
        ("max-files = 2020-01-01\n", "ctxopt.toml:1: max-files: must be a whole number, not a date or a time"),
        ("max-unused = '5x'\n", 'ctxopt.toml:1: max-unused: "5x" is neither a percentage nor a size'),
        ("max-unused = []\n", "ctxopt.toml:1: max-unused: must be a percentage or a size, not a list"),
        ("view = 'all'\n", 'ctxopt.toml:1: view: "all" is not a view; write "transfer" or "classic"'),
        ("against = '--output=x'\n", 'ctxopt.toml:1: against: "--output=x" is not a git revision'),
        ("fail-on = 'warning'\n", "ctxopt.toml:1: fail-on: must be a list, not a text"),
        ("fail-on = [\n1]\n", "ctxopt.toml:1: fail-on: must be a text, not a whole number"),
        ("fail-on = ['A B']\n", 'ctxopt.toml:1: fail-on: "A B" is not a rule'),
        ("build = 1\n", "ctxopt.toml:1: build must be a list of tables; write [[build]]"),
        ("\n[build]\n", "ctxopt.toml:2: build must be a list of tables"),
        ("build = [1]\n", "ctxopt.toml:1: build must be a table"),
        ("[[build]]\n", 'ctxopt.toml:1: build lacks "name"'),
        ("[[build]]\nname = ' '\n", "ctxopt.toml:2: name: must not be empty"),
        ('[[build]]\nname = "a\\u0000"\n', "ctxopt.toml:2: name: must not contain a NUL character"),
        ("[[build]]\nname = 'a'\nmax_size = 1\n", 'ctxopt.toml:3: "max_size" is not a key of build; did you mean'),
        (
            "[[build]]\nname = 'a'\n\n[[build]]\nname = 'a'\n",
            'ctxopt.toml:5: two builds have the name "a"; use unique names',
        ),
        ("[[build]]\nname = 'a'\ntarget = 1\n", "ctxopt.toml:3: target: must be a text, not a whole number"),
        ("[[build]]\nname = 'a'\nbuild-args = []\n", "ctxopt.toml:3: build-args: must be a table, not a list"),
        (
            "[[build]]\nname = 'a'\n[build.build-args]\nA = 1\n",
            'ctxopt.toml:3: build-args: the value of "A" must be a text, not a whole number; put it in quotation marks',
        ),
        ("[[build]]\nname = 'a'\nbuild-args.'A=B' = ''\n", '"A=B" cannot be the name of a build argument'),
        ('[[build]]\nname = "a"\nbuild-args.A = "\\u0000"\n', 'the value of "A" must not contain a NUL character'),
        ("[[suppress]]\nrule = 'a'\n", 'ctxopt.toml:1: suppress lacks "reason"'),
        ("[[suppress]]\nrule = 'a'\nreason = ''\n", "ctxopt.toml:3: reason: must not be empty"),
        ("[[suppress]]\nreason = 'a'\n", 'ctxopt.toml:1: suppress lacks "rule"'),
        ("[[suppress]]\nrule = 'a'\nreason = 'b'\npath = '['\n", 'ctxopt.toml:4: path: "[" is not a pattern'),
        ("[[suppress]]\nrule = 'a'\nreason = 'b'\npath = '!x'\n", 'ctxopt.toml:4: path: "!x" is not a path pattern'),
        ("[[suppress]]\nrule = 'a'\nreason = 'b'\npath = '/'\n", 'ctxopt.toml:4: path: "/" is not a path pattern'),
        ("a = \n", "ctxopt.toml:1: not valid TOML: invalid value"),
        ("a = 1\na = 2\n", "ctxopt.toml:2: not valid TOML: cannot overwrite a value"),
        ("a = '", "ctxopt.toml: not valid TOML: "),
        ("a = " + "[" * 100_000, "ctxopt.toml: it is nested too deep; is it the right file?"),
        ("a = " + "{a=" * 100_000, "ctxopt.toml: it is nested too deep"),
        ("a = " + "9" * 100_000, "ctxopt.toml: a number in it is too long"),
        ("x = 1\n" + "a." * 100_000 + "a = 1", "ctxopt.toml:2: a key has too many parts"),
        ("[" + "'a' . " * 100_000 + "a]", "ctxopt.toml:1: a key has too many parts"),
        ("#" + "x" * (1 << 20), "ctxopt.toml: it is larger than 1 MiB"),
        ("x" * 500_000 + " = 1", 'ctxopt.toml:1: "xxxx'),
        ('"\\u001b[31m" = 1\n', 'ctxopt.toml: "\\x1b[31m" is not a key'),
    ],
)
def test_what_no_configuration_says_is_one_clear_error(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in _problem(tmp_path, text)


def test_a_section_of_pyproject_must_be_a_table(tmp_path: Path) -> None:
    said = _problem(tmp_path, "[tool]\nctxopt = 1\n", "pyproject.toml")
    assert said == "pyproject.toml:2: tool.ctxopt must be a table"
    said = _problem(tmp_path, "[[tool.ctxopt.build]]\nx = 1\n", "pyproject.toml")
    assert said.startswith('pyproject.toml:2: "x" is not a key of tool.ctxopt.build; known are against')


@pytest.mark.parametrize("text", ["tool = 1\n", "[tool]\n", "{{ name }}\n", "a = " + "[" * 9999, "a." * 99 + "a = 1"])
def test_a_pyproject_that_does_not_name_ctxopt_is_no_configuration(tmp_path: Path, text: str) -> None:
    assert _read(tmp_path, text, "pyproject.toml") == Config()


def test_a_broken_pyproject_that_names_ctxopt_is_an_error(tmp_path: Path) -> None:
    assert _problem(tmp_path, "[tool.ctxopt\n", "pyproject.toml").startswith("pyproject.toml:1: not valid TOML")


@pytest.mark.parametrize("name", ["ctxopt.toml", "pyproject.toml"])
def test_a_link_leads_no_further_than_its_directory(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "inside"
    (inside / "below").mkdir(parents=True)
    (inside / ".git").mkdir()
    for file in (tmp_path / "real.toml", inside / "below" / "real.toml"):
        file.write_text("[tool.ctxopt]\n" if name == "pyproject.toml" else "max-files = 1\n")
    link = inside / name
    link.symlink_to("../real.toml")
    with pytest.raises(CtxoptError, match="it is a symbolic link that leads out of its directory"):
        read_config(str(inside))
    link.unlink()
    link.symlink_to("below/real.toml")
    assert read_config(str(inside)).file == str(inside.resolve() / name)


def test_what_is_no_readable_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ctxopt.toml"
    file.mkdir()
    with pytest.raises(CtxoptError, match="it is a directory"):
        read_config(str(tmp_path))
    file.rmdir()
    file.symlink_to("nothing")
    with pytest.raises(CtxoptError, match="it is a symbolic link that leads nowhere"):
        read_config(str(tmp_path))
    file.unlink()
    fifo(file)
    with pytest.raises(CtxoptError, match="it is not a regular file"):
        read_config(str(tmp_path))
    file.unlink()
    file.write_bytes(b"max-files = 1\n# \xff\n")
    with pytest.raises(CtxoptError, match=r"ctxopt\.toml:2: it is not UTF-8"):
        read_config(str(tmp_path))


def test_a_byte_order_mark_is_no_harm(tmp_path: Path) -> None:
    assert _read(tmp_path, "\ufeffmax-files = 1\n").limits.max_files is not None


@pytest.mark.parametrize("start", ["nothing", "a\0b", "file"])
def test_the_search_starts_in_a_directory(tmp_path: Path, start: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CtxoptError, match="cannot search for a configuration: "):
        read_config(os.path.join(tmp_path, start))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"max-size": "5 XB"}, '--max-size: "5 XB" is not a size; write bytes'),
        ({"max-unused": "x"}, '--max-unused: "x" is neither'),
        ({"fail-on": ("A",)}, '--fail-on: "A" is not a rule'),
    ],
)
def test_errors_name_the_option(options: dict[str, object], problem: str) -> None:
    with pytest.raises(CtxoptError) as raised:
        limits_from_options(options)
    assert str(raised.value).startswith(problem)


def test_rules_are_held_against_those_there_are(tmp_path: Path) -> None:
    known = ["ignore-no-effect", "limit-size"]
    good = '[[build]]\nname = "a"\nfail-on = ["error", "limit-size"]\n[[suppress]]\nrule = "limit-size"\nreason = "x"\n'
    require_rules(_read(tmp_path, good), known)
    for text, problem in [
        ('fail-on = ["ignore-no-effekt"]\n', ':1: "ignore-no-effekt" is neither a rule nor a severity; did you mean'),
        ('[[build]]\nname = "a"\nfail-on = ["qq"]\n', ':3: "qq" is neither a rule nor a severity; known are error, '),
        ('[[suppress]]\nrule = "warning"\nreason = "x"\n', ':1: "warning" is not a rule; known are ignore-no-effect'),
    ]:
        with pytest.raises(CtxoptError) as raised:
            require_rules(_read(tmp_path, text), known)
        assert problem in str(raised.value)
    with pytest.raises(CtxoptError, match='--fail-on: "warnin" is neither a rule nor a severity; did you mean "warn'):
        require_rules(Config(), known, limits_from_options({"fail-on": ("warnin",)}))


def test_named_contexts_of_a_build(tmp_path: Path) -> None:
    contexts = 'build-contexts = { "lib:latest" = "../lib", img = "docker-image://x" }'
    config = _read(tmp_path, f'[[build]]\nname = "a"\ncontext = "app"\n{contexts}\n')
    (build,) = declared_builds(config)
    assert build.contexts == (
        NamedContext("lib", str(tmp_path.parent / "lib")),
        NamedContext("img", "docker-image://x"),
    )


@pytest.mark.parametrize("value", ['"lib"', '{ Lib = "x" }', "{ lib = 1 }"])
def test_bad_named_contexts_of_a_build(tmp_path: Path, value: str) -> None:
    assert "ctxopt.toml:3: " in _problem(tmp_path, f'[[build]]\nname = "a"\nbuild-contexts = {value}\n')
