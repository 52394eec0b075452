"""Projects for the tests of proposals: what is proposed for them, and what that does."""

from pathlib import Path

from ctxopt.builds.discovery import Request
from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.proposal.block import split
from ctxopt.proposal.model import FileProposal, Level, Proposal, Style
from ctxopt.proposal.propose import propose
from tests.support.files import Files

FROM = "FROM scratch\n"


def some(directory: str, *names: str) -> Files:
    """Files of ten bytes in a directory."""
    return {f"{directory}/{name}": 10 for name in names}


def proposed(
    root: Path,
    *,
    style: Style = Style.DENYLIST,
    level: Level = Level.PROVEN,
    tidy: bool = False,
    split: bool = False,
    request: Request | None = None,
) -> Proposal:
    """What is proposed for a directory; written, it must be all that a second run has to say."""
    asked = request or Request()
    proposal = propose(str(root), asked, level=level, style=style, tidy=tidy, split=split)
    accept(proposal)
    # What was split once stays so.
    again = propose(str(root), asked, level=level, style=style, tidy=tidy)
    assert [file.name for file in again.files if file.changes] == []
    return proposal


def accept(proposal: Proposal) -> None:
    """Write all files that change."""
    for file in proposal.files:
        if file.changes:
            Path(file.path).write_bytes(file.new)


def the_file(root: Path, **how: object) -> FileProposal:
    """The one file that is proposed for a directory."""
    (file,) = proposed(root, **how).files  # type: ignore[arg-type]  # handed on as it is
    return file


def lines(file: FileProposal) -> list[str]:
    """The patterns of our block, in their order."""
    block = split(file.new).block or b""
    return [line for line in block.decode().splitlines() if line and not line.startswith("#")]


def hidden(file: FileProposal, *paths: str) -> list[str]:
    """Those of some paths, existing or not, that a file would exclude for either builder."""
    ignore = DockerIgnore.from_bytes(file.new)
    return [path for path in paths if ignore.ignores(path) or ignore.ignores(path, classic=True)]


def sent(root: Path, dockerfile: str | None = None) -> list[str]:
    """The files that BuildKit's view of a directory holds as it is now; the classic builder's must be the same."""
    context = BuildContext(str(root), dockerfile)
    views = [
        [entry for entry in entries if not entry.endswith("/") and entry not in {"Dockerfile", ".dockerignore"}]
        for entries in (context.buildkit_entries, context.classic_entries)
    ]
    assert views[0] == views[1]
    return views[0]
