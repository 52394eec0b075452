"""`ctxopt plugin`: `docker ctxopt`, as a plugin of the docker CLI."""

import os
import shlex
import shutil
import stat
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Final

import click

from ctxopt.cli.terminal import terminal_options
from ctxopt.errors import CtxoptError

_PROGRAM: Final = "docker-ctxopt"
_MARK: Final = "# Made by `ctxopt plugin install`; `ctxopt plugin remove` removes it."
#: What the launcher of an installed command imports.
_IMPORTED: Final = b"from ctxopt.__main__ import run_plugin"
#: No script of ours is longer, in bytes.
_LARGEST: Final = 1 << 14


@click.group("plugin")
def command() -> None:
    """Add ctxopt to the docker command, as `docker ctxopt`, or remove it."""


@command.command("install")
@terminal_options
def install() -> None:
    """Make `docker ctxopt …` run this ctxopt, for the current user.

    Writes docker-ctxopt into the directory of Docker's CLI plugins: ~/.docker/cli-plugins, or the one in
    $DOCKER_CONFIG. Docker's own global options count: `docker --context NAME ctxopt analyze --disk-usage`.
    """
    path = _path()
    _refuse_foreign(path)
    data = _launcher() if os.name == "nt" else _script().encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CtxoptError(f"cannot create it: {error.strerror}", file=str(path.parent)) from None
    from ctxopt.files import read_for_change, replace_file

    replace_file(read_for_change(str(path.parent), str(path)), data)
    if os.name != "nt":
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    click.echo(f"Wrote {path}")
    if shutil.which("docker") is None:
        click.echo("note: there is no docker command on PATH", err=True)
    click.echo("Next: `docker ctxopt analyze`")


@command.command("remove")
@terminal_options
def remove() -> None:
    """Remove what `ctxopt plugin install` wrote."""
    path = _path()
    if not os.path.lexists(path):
        click.echo(f"Not installed: there is no {path}")
        return
    _refuse_foreign(path)
    try:
        path.unlink()
    except OSError as error:
        raise CtxoptError(f"cannot remove it: {error.strerror}", file=str(path)) from None
    click.echo(f"Removed {path}")


def _path() -> Path:
    """Where the docker CLI looks for the plugin first."""
    configuration = os.environ.get("DOCKER_CONFIG") or os.path.join(os.path.expanduser("~"), ".docker")
    return Path(os.path.abspath(configuration), "cli-plugins", _PROGRAM + (".exe" if os.name == "nt" else ""))


def _refuse_foreign(path: Path) -> None:
    """Raise CtxoptError if there is something that `install` did not write."""
    if os.path.lexists(path) and not _is_ours(path):
        advice = "delete it yourself if nothing uses it"
        raise CtxoptError("it was not written by `ctxopt plugin install`", file=str(path), hint=advice)


def _is_ours(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    try:
        if os.name == "nt":
            with zipfile.ZipFile(path) as archive:
                return _IMPORTED in archive.read("__main__.py")
        with path.open("rb") as file:
            return _MARK.encode() in file.read(_LARGEST).splitlines()
    except (OSError, KeyError, zipfile.BadZipFile):
        return False


def _script() -> str:
    """A script that runs this installation. The directory it is started in is not searched for modules (-P)."""
    if not sys.executable:
        raise CtxoptError("the path of the Python interpreter is not known")
    run = f'exec {shlex.quote(sys.executable)} -P -c "{_IMPORTED.decode()}; run_plugin()" "$@"'
    return f"#!/bin/sh\n{_MARK}\n{run}\n"


def _launcher() -> bytes:
    """The program that was installed beside `ctxopt`: a plugin on Windows has to be one. Raises CtxoptError."""
    try:
        return Path(sysconfig.get_path("scripts"), f"{_PROGRAM}.exe").read_bytes()
    except OSError as error:
        raise CtxoptError(f"cannot read {_PROGRAM}.exe: {error.strerror}", hint="install ctxopt with pip") from None
