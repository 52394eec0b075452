"""`ctxopt plugin`, and what the docker CLI hands to a plugin."""

import os
import stat
from pathlib import Path

import pytest

from ctxopt.cli.docker_plugin import apply, completions, split
from ctxopt.errors import CtxoptError
from tests.support.cli import Done, run

_ONLY_POSIX = pytest.mark.skipif(os.name == "nt", reason="the plugin is a program there")


def _plugin(home: Path, what: str) -> Done:
    return run("plugin", what, DOCKER_CONFIG=str(home))


@_ONLY_POSIX
def test_install_again_and_remove(tmp_path: Path) -> None:
    file = tmp_path / "docker" / "cli-plugins" / "docker-ctxopt"
    for _ in range(2):
        done = _plugin(tmp_path / "docker", "install")
        assert (done.returncode, done.stdout.splitlines()[0]) == (0, f"Wrote {file}")
        assert stat.S_IMODE(file.stat().st_mode) & 0o111 == 0o111
    assert _plugin(tmp_path / "docker", "remove").stdout == f"Removed {file}\n"
    assert _plugin(tmp_path / "docker", "remove").stdout == f"Not installed: there is no {file}\n"
    assert list(file.parent.iterdir()) == []


@_ONLY_POSIX
@pytest.mark.parametrize("what", ["install", "remove"])
@pytest.mark.parametrize("kind", ["another program", "a link", "a link that leads nowhere", "a directory"])
def test_what_is_not_ours_stays(tmp_path: Path, what: str, kind: str) -> None:
    file = tmp_path / "cli-plugins" / "docker-ctxopt"
    file.parent.mkdir()
    if kind == "a directory":
        file.mkdir()
    elif kind == "another program":
        file.write_text("#!/bin/sh\necho mine\n")
    else:
        _plugin(tmp_path / "other", "install")
        target = tmp_path / "other" / "cli-plugins" / "docker-ctxopt"
        file.symlink_to(target if kind == "a link" else tmp_path / "gone")
    before = os.lstat(file)
    done = _plugin(tmp_path, what)
    assert (done.returncode, done.stdout) == (2, "")
    advice = "delete it yourself if nothing uses it"
    assert done.stderr == f"error: {file}: it was not written by `ctxopt plugin install`; {advice}\n"
    assert os.lstat(file) == before


def test_a_directory_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = _plugin(tmp_path / "file", "install")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    ("given", "options"),
    [
        (["ctxopt", "-c", "x"], {}),
        (["--context", "a", "ctxopt"], {"context": "a"}),
        (["--context=a", "-D", "ctxopt"], {"context": "a", "debug": "true"}),
        (["-ca", "-H=tcp://h:1", "ctxopt"], {"context": "a", "host": "tcp://h:1"}),
        (["-H", "unix:///s", "--tlsverify", "--tls=false"], {"host": "unix:///s", "tlsverify": "true", "tls": "false"}),
        (["--tlscacert", "/c/ca.pem", "--config", "/d", "-l", "debug"], None),
    ],
)
def test_global_options(given: list[str], options: dict[str, str] | None) -> None:
    found, rest = split(given)
    if options is None:
        assert found == {"ca.pem": "/c/ca.pem", "config": "/d", "log-level": "debug"}
    else:
        assert found == options
    assert rest == given[given.index("ctxopt") :] if "ctxopt" in given else rest == []


def test_an_option_without_its_value_is_an_error() -> None:
    with pytest.raises(CtxoptError, match="--context needs a value"):
        split(["--context"])


@pytest.mark.parametrize(
    ("options", "before", "after"),
    [
        ({"context": "a"}, {"DOCKER_HOST": "unix:///s"}, {"DOCKER_CONTEXT": "a"}),
        ({"host": "unix:///t"}, {"DOCKER_CONTEXT": "a"}, {"DOCKER_HOST": "unix:///t"}),
        ({"config": "/c", "tlsverify": "true"}, {}, {"DOCKER_CONFIG": "/c", "DOCKER_TLS_VERIFY": "1"}),
        ({"tls": "true", "debug": "true"}, {}, {"DOCKER_TLS": "1"}),
        ({}, {"DOCKER_HOST": "unix:///s"}, {"DOCKER_HOST": "unix:///s"}),
    ],
)
def test_options_become_variables(options: dict[str, str], before: dict[str, str], after: dict[str, str]) -> None:
    apply(options, before)
    assert before == after


def test_certificates_by_their_usual_names(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    apply({name: str(tmp_path / name) for name in ("ca.pem", "cert.pem", "key.pem")}, environment)
    assert environment == {"DOCKER_CERT_PATH": str(tmp_path)}
    for wrong in ({"ca.pem": "/a/ca.pem", "key.pem": "/b/key.pem"}, {"cert.pem": "/a/mine.pem"}):
        with pytest.raises(CtxoptError, match="docker context"):
            apply(wrong, environment)


def test_completions_are_those_of_the_command() -> None:
    names = [line.partition("\t")[0] for line in completions(["ch"])]
    assert names == ["check", ":4"]
    assert "--max-growth" in [line.partition("\t")[0] for line in completions(["check", "--max-g"])]
    assert completions(["check", "--config", ""]) == [":0"]
