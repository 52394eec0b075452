"""What docs/ci.md tells people to write down is what the programs there can read."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest
import yaml

from ctxopt.cli import main
from tests.support.programs import program

_ROOT = Path(__file__).parent.parent.parent
_PAGE = (_ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
_BLOCKS = re.findall(r"```(\w+)\n(.*?)```", _PAGE, re.DOTALL)
_COMMANDS = sorted(set(re.findall(r"(?<![\w/:-])ctxopt ((?:check|diff|generate|analyze)\b[^\n`']*)", _PAGE)))


@pytest.mark.parametrize("text", [text for language, text in _BLOCKS if language == "yaml"])
def test_yaml_can_be_read_and_names_what_there_is(text: str) -> None:
    action = yaml.safe_load((_ROOT / "action.yml").read_text(encoding="utf-8"))
    hooks = {hook["id"] for hook in yaml.safe_load((_ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    seen: list[str] = []
    pending = [yaml.safe_load(text)]
    while pending:
        value = pending.pop()
        pending.extend(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
        if isinstance(value, dict):
            seen.extend(key for key in ("uses", "run", "script", "hooks") if key in value)
            if str(value.get("uses")).startswith("ctxopt/"):
                assert value["with"].keys() <= action["inputs"].keys()
            assert {hook["id"] for hook in value.get("hooks", ())} <= hooks
    assert seen


@pytest.mark.parametrize("command", _COMMANDS)
def test_each_command_is_one_that_there_is(command: str) -> None:
    name, *words = shlex.split(re.sub(r"\$(\w+)", "main", command))
    top = click.Context(main, **main.context_settings)
    subcommand = main.get_command(top, name)
    assert subcommand is not None
    # Without the settings above, its option for help would have another name from then on.
    subcommand.make_context(name, words, parent=top)


def test_the_page_gives_commands() -> None:
    assert len(_COMMANDS) >= 8
    assert {language for language, _ in _BLOCKS} == {"yaml", "groovy", "sh", "bash", "zsh", "fish"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_offered_as_the_page_says(shell: str) -> None:
    assert f"_CTXOPT_COMPLETE={shell}_source ctxopt" in _PAGE
    script = completion_script(f"{shell}_source")
    assert "_CTXOPT_COMPLETE" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True, capture_output=True)


def test_completion_knows_commands_and_options() -> None:
    assert "plain,check" in completion_script("bash_complete", "ctxopt che", "1").splitlines()
    assert "plain,--max-growth" in completion_script("bash_complete", "ctxopt check --max-g", "2").splitlines()
    assert "plain,sarif" in completion_script("bash_complete", "ctxopt check --format sa", "3").splitlines()


def completion_script(what: str, words: str = "", place: str = "") -> str:
    """What the installed command answers to a shell."""
    environment = os.environ | {"_CTXOPT_COMPLETE": what, "COMP_WORDS": words, "COMP_CWORD": place}
    return subprocess.run(
        [program("ctxopt")], env=environment, capture_output=True, text=True, check=False, timeout=60
    ).stdout
