"""`ctxopt init`: a first configuration, with limits from the size of today, and a workflow that checks it."""

import os
import posixpath
from typing import TYPE_CHECKING

import click

from ctxopt.cli.formats import emit
from ctxopt.cli.options import BuildOptions, as_value, build_options, open_context
from ctxopt.cli.terminal import is_quiet, progress, terminal_options
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import printable
from ctxopt.errors import CtxoptError

if TYPE_CHECKING:
    from ctxopt.builds.build import Build

_CONFIG = "ctxopt.toml"
_WORKFLOW = posixpath.join(".github", "workflows", "ctxopt.yml")

_EPILOG = """\b
Examples:
  ctxopt init --diff                what would be written
  ctxopt init
  ctxopt init services/api --workflow
"""


@dataclass(frozen=True, slots=True)
class _NewFile:
    """A file to be created: its path below a directory, and its text."""

    directory: str
    path: str
    text: str

    @property
    def shown(self) -> str:
        """Its path as messages show it."""
        return os.path.normpath(os.path.join(os.path.relpath(self.directory), self.path))

    def patch(self) -> str:
        """The file as a patch that creates it."""
        lines = self.text.splitlines()
        added = "".join(f"+{line}\n" for line in lines)
        return f"--- /dev/null\n+++ {printable(self.shown)}\n@@ -0,0 +1,{len(lines)} @@\n{added}"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be done."""

    workflow: bool
    diff: bool


@click.command("init", epilog=_EPILOG)
@build_options
@as_value(
    "wanted",
    _Wanted,
    click.option("--workflow", is_flag=True, help="Also write a GitHub Actions workflow that runs `ctxopt check`."),
    click.option("--diff", "--dry-run", "diff", is_flag=True, help="Show the new files as a patch, and write nothing."),
)
@terminal_options
def command(options: BuildOptions, wanted: _Wanted) -> None:
    """Write a commented ctxopt.toml into CONTEXT, with limits that the build keeps today.

    With --workflow also .github/workflows/ctxopt.yml at the top of the repository. No file is overwritten.
    """
    build = options.build()
    files = [*_configuration(options, build, wanted), *([_workflow(build)] if wanted.workflow else [])]
    for file in files:
        if os.path.lexists(os.path.join(file.directory, file.path)):
            raise CtxoptError(f"{file.shown} exists already and is not overwritten")
    if wanted.diff:
        emit("".join(file.patch() for file in files), None)
        return
    for file in files:
        _create(file)
        click.echo(f"Written: {printable(file.shown)}")
    if not is_quiet():
        click.echo("Next: `ctxopt check`")


def _configuration(options: BuildOptions, build: "Build", wanted: _Wanted) -> list[_NewFile]:
    """The configuration file; none if there is one already, and a workflow is wanted. Raises CtxoptError."""
    from ctxopt.config.read import read_config
    from ctxopt.config.template import NamedBuild, template
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.reports.report import report

    existing = read_config(options.directory).file
    if existing is not None:
        if wanted.workflow:
            return []
        raise CtxoptError(f"{existing} is the configuration already", hint="`ctxopt config show` shows it")
    context = open_context(build, IgnoredPolicy.SKIP)
    with progress("Checking the rules"):
        measured = report(context)
    named = None if build.dockerfile is None else os.path.relpath(build.dockerfile, build.context).replace(os.sep, "/")
    parts = NamedBuild(named, build.target, build.platform, build.build_args)
    return [_NewFile(build.context, _CONFIG, template(measured, parts))]


def _workflow(build: "Build") -> _NewFile:
    """The workflow file. Raises CtxoptError outside of a repository."""
    from importlib.metadata import version

    from ctxopt.config.workflow import workflow
    from ctxopt.git.repository import repository_of

    top = repository_of(build.context)
    if top is None:
        raise CtxoptError(
            "no git repository, which a workflow belongs to", hint="type `ctxopt init` without --workflow"
        )
    context = os.path.relpath(build.context, top).replace(os.sep, "/")
    return _NewFile(top, _WORKFLOW, workflow(context, version("docker-ctxopt")))


def _create(file: _NewFile) -> None:
    """Create a file; one that has come into being meanwhile is not overwritten. Raises CtxoptError."""
    from ctxopt.files import make_parents, read_for_change, replace_file

    make_parents(file.directory, file.path)
    snapshot = read_for_change(file.directory, file.path)
    if snapshot.data is not None:
        raise CtxoptError(f"{file.shown} exists already and is not overwritten")
    replace_file(snapshot, file.text.encode())
