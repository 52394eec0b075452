"""`ctxopt version`: the version, and whose it is."""

import platform
from importlib.metadata import PackageNotFoundError, version

import click

from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.terminal import terminal_options

#: The name under which ctxopt is installed, and that of another project whose command and module have the same name.
_DISTRIBUTION, _OTHER = "docker-ctxopt", "ctxopt"


@click.command("version")
@delivery_options(annotated=False)
@terminal_options
def command(delivery: Delivery) -> None:
    """Show the version, and the name of the distribution that is installed.

    The distribution is docker-ctxopt. The one that PyPI calls ctxopt is another project, which installs a
    command and a module of the same name.
    """

    def as_json() -> str:
        from ctxopt.render.dumps import dumps
        from ctxopt.reports.report import VERSION

        release = version(_DISTRIBUTION)
        python = platform.python_version()
        return dumps({"version": VERSION, "name": _DISTRIBUTION, "release": release, "python": python})

    line = f"ctxopt {version(_DISTRIBUTION)} ({_DISTRIBUTION})"
    delivery.give(text=lambda console: console.print(line, soft_wrap=True), json=as_json)
    if _is_installed(_OTHER):
        click.echo(
            f"warning: the distribution {_OTHER}, another project, is installed as well and overwrites files of this "
            f"one: `pip uninstall {_OTHER} {_DISTRIBUTION}`, then `pip install {_DISTRIBUTION}`",
            err=True,
        )


def _is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True
