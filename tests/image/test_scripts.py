import pytest

from ctxopt.core.ids import StepId
from ctxopt.image.commands import Run
from ctxopt.image.given import Given
from ctxopt.image.scripts import script_of


@pytest.mark.parametrize(
    ("words", "script"),
    [
        ("bash -x ./build.sh all", "./build.sh"),
        ("sh clean", "clean"),
        ("zsh a.zsh", "a.zsh"),
        (". ./env", "./env"),
        ("/opt/x/install --all", "/opt/x/install"),
        ("./gradlew build", "./gradlew"),
        ("/usr/bin/apt-get update", ""),
        ("apt-get update", ""),
        ("bash -l", ""),
        ("", ""),
    ],
)
def test_the_file_that_a_command_runs(words: str, script: str) -> None:
    run = Run(0, StepId(0), tuple(words.split()), (), "/", Given(), True, "")
    assert script_of(run) == script
