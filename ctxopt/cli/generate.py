"""`ctxopt generate`: propose a .dockerignore that is proven not to break the builds, and write it."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ctxopt.cli.configuration import config_options, configuration
from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import BuildOptions, excluded_directories, several_builds
from ctxopt.cli.outputs import note_builds
from ctxopt.cli.terminal import is_quiet, progress, terminal_options
from ctxopt.cli.written import WriteAction, write_files, write_options
from ctxopt.errors import CtxoptError
from ctxopt.git.repository import place_in_repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ctxopt.annotations.model import Annotations
    from ctxopt.builds.build import Build
    from ctxopt.builds.discovery import Request
    from ctxopt.proposal.model import Proposal

_EPILOG = """\b
Levels:
  proven   files that no instruction of any build reads
  likely   also what a broad COPY reads and evidence says is not needed

\b
Styles:
  denylist    the patterns name what is excluded
  allowlist   everything is excluded except what the instructions read

\b
Examples:
  ctxopt generate                            what would change, as a diff with reasons
  ctxopt generate --level likely --write
  ctxopt generate --style allowlist app -f app/prod.Dockerfile
  ctxopt generate --diff | patch -p0
  ctxopt generate --format dockerignore -o proposed.dockerignore
  ctxopt generate --style allowlist --check  in CI: is the file up to date?
"""

#: The formats that only this command has: a patch, and the proposed file alone.
_FORMATS = ("diff", "dockerignore")


@click.command("generate", epilog=_EPILOG)
@several_builds
@click.option(
    "--style",
    type=click.Choice(["denylist", "allowlist"]),
    help="Style of the ignore file (default: that of the block in it, or else denylist).",
)
@click.option(
    "--level",
    type=click.Choice(["proven", "likely"]),
    help="Evidence required to exclude a file (default: that of the block in the ignore file, or else proven).",
)
@click.option(
    "--split",
    is_flag=True,
    help="Give a Dockerfile that needs everything an ignore file of its own, which only BuildKit reads.",
)
@click.option("--tidy", is_flag=True, help="Also delete your own lines that have no effect or break a COPY.")
@write_options("show them")
@config_options
@delivery_options(*_FORMATS)
@terminal_options
@click.pass_context
def command(
    ctx: click.Context,
    options: BuildOptions,
    style: str | None,
    level: str | None,
    split: bool,
    tidy: bool,
    action: WriteAction,
    delivery: Delivery,
) -> None:
    """Propose patterns for the .dockerignore of CONTEXT; --write writes them.

    All builds of the context count: the Dockerfiles named and found, the services of Compose files and
    the targets of bake files. A file that any of them needs is kept. Your own lines stay unchanged; the
    patterns go into one marked block, which each run updates. Before anything is written, every build is
    evaluated with the new file and must read the same files.
    """
    from ctxopt.proposal.model import Level, Style
    from ctxopt.proposal.propose import propose

    request = _request(options)
    with progress("Computing the ignore file") as update:
        proposal = propose(
            options.directory,
            request,
            level=None if level is None else Level(level),
            style=None if style is None else Style(style),
            tidy=tidy,
            split=split,
            progress=update,
        )
    if action.write:
        write_files(proposal.root, proposal.files)
    note_builds(_counted(proposal))
    if action.diff:
        delivery = delivery.as_format("diff")
    _show(proposal, delivery, written=action.write, check=action.check)
    if action.check and any(file.changes for file in proposal.files):
        ctx.exit(1)


def _counted(proposal: "Proposal") -> "Iterator[Build]":
    """The builds with a Dockerfile that a proposal is for."""
    from ctxopt.builds.build import Build

    for one in proposal.builds:
        if one.counts:
            yield Build(one.origin, proposal.root, os.path.join(proposal.root, one.dockerfile), one.target)


def _request(options: BuildOptions) -> "Request":
    """The builds that were asked for and those of the configuration. Raises CtxoptError."""
    request = options.request()
    if request.only:
        return request
    from ctxopt.config.builds import declared_builds

    config = configuration(options.directory)
    exclude = excluded_directories(options.exclude, config)
    return replace(request, declared=declared_builds(config), exclude=exclude)


def _show(proposal: "Proposal", delivery: Delivery, *, written: bool, check: bool) -> None:
    from ctxopt.render import proposal as rendering

    def as_json() -> str:
        from ctxopt.render import proposal_json

        return proposal_json.proposal(proposal, written=written)

    def annotations() -> "Annotations":
        from ctxopt.annotations.proposal import annotate

        return annotate(proposal, place_in_repository(proposal.root), failing=check, written=written)

    delivery.give(
        text=lambda terminal: rendering.text(proposal, terminal, written=written, quiet=is_quiet()),
        json=as_json,
        annotations=annotations,
        further={"diff": lambda: _patch(proposal), "dockerignore": lambda: _only_file(proposal)},
    )


def _patch(proposal: "Proposal") -> bytes:
    from ctxopt.render.proposal import diff

    return os.fsencode("".join(f"{line}\n" for file in proposal.files for line in diff(file)))


def _only_file(proposal: "Proposal") -> bytes:
    """The bytes of the only file that is proposed. Raises CtxoptError if there are several."""
    files = [file for file in proposal.files if file.changes] or list(proposal.files[:1])
    if len(files) > 1:
        names = ", ".join(file.name for file in files)
        raise CtxoptError(f"several files are proposed: {names}", hint="name one build with --only and -f")
    return files[0].new
