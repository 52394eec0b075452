"""The sources of instructions with links followed: what is read through a link has another path."""

from dataclasses import replace

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.files import Files
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.golang import paths
from ctxopt.core.usage.follow import follow_links


def behind_links(context: BuildContext, read: ContextRead) -> ContextRead | None:
    """A read with the links on the way to its sources followed; None if there are none."""
    if read.unresolved or read.broad:
        return None
    files = Files(context.root)
    names = [_name(read, source) for source in read.sources]
    followed = tuple(path for path in follow_links(files, names) or () if path not in names)
    if not followed:
        return None
    deep = read.parents and any("**" in path for path in followed)
    return replace(read, sources=followed, written=followed, excludes=(), parents=deep)


def _name(read: ContextRead, source: str) -> str:
    text = source.replace("/./", "/", 1) if read.parents else source
    return paths.join("/", text)[1:]
