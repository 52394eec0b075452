"""Archives and other files that only one command needs: which they are, and how to keep them out of the layers."""

from collections.abc import Sequence
from typing import Final

from ctxopt.catalogue.archives import archives, is_archive, unpackers
from ctxopt.catalogue.installs import installs
from ctxopt.catalogue.vocabulary import shells
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId
from ctxopt.core.usage.snapshot import Node
from ctxopt.findings.context import RuleContext
from ctxopt.image.commands import Run, is_command

#: Words of installs that leave the lock file as it is.
_FROZEN: Final = (
    "ci",
    "--frozen-lockfile",
    "--immutable",
    "--locked",
    "--frozen",
    "--no-lockfile",
    "--no-package-lock",
)


def unpacks(run: Run) -> bool:
    """Whether a command unpacks archives or installs packages."""
    if run.name == "tar":
        return _tar_mode(run) == "x"
    if run.name in shells().shells:
        # Installers such as Miniconda's are archives with a script in front.
        return any(is_archive(word) for word in run.words[1:2])
    starts = unpackers().get(run.name)
    if starts is None:
        return False
    return not starts or any(word.startswith(starts) for word in run.words[1:])


def _tar_mode(run: Run) -> str:
    """The letter of a tar's operation, such as "x" for extract; "" if it is unknown."""
    for word in run.words[1:]:
        if word in ("--extract", "--get"):
            return "x"
        if word.startswith("--"):
            continue
        if word.startswith("-") or word == run.words[1]:
            for letter in word.lstrip("-"):
                if letter in "xctru":
                    return letter
    return ""


def instead(context: RuleContext, read: ReadId, node: Node, user: Run) -> str:
    """The fix: how the command that needs a file or directory can get it without a layer."""
    line = context.build.plan.steps[user.step].line
    copied = context.build.plan.reads[read]
    plain = node.index >= 0 and not any(mark in node.path for mark in ' ,"$')
    if plain and user.name == "tar" and node.name.endswith(archives().tars) and not _strips(user.words):
        add = f"ADD {node.path} {_unpacked_to(user)}"
        if _is_all(context, read, node):
            return f"write {add}, which unpacks it, instead of the {copied.kind} and the tar in line {line}"
        return f"write {add}, which unpacks it, without the tar in line {line}, and {_without(copied, node)}"
    if not plain:
        return f"mount it in line {line}, which needs it: RUN --mount=type=bind …"
    destination = next(one for one in context.destinations if one.read == read and _holds(one.node, node))
    inside = node.path[len(destination.node.path) :].strip("/") if destination.node.inside is not None else ""
    target = paths.join(destination.path, inside)
    shown = target if target.startswith("/") else target.partition("/")[2]
    # A mount is read-only otherwise, and what is written to it is in no layer.
    written = ",rw" if node.inside is not None or _is_rewritten(node, user) else ""
    rest = f" instead of the {copied.kind}" if _is_all(context, read, node) else f", and {_without(copied, node)}"
    if user.name in archives().in_place:
        rest += f", and write the output with {user.name} -c"
    mount = f"--mount=type=bind,source={node.path},target={shown}{written}"
    return f"mount it in line {line}, which needs it: RUN {mount} …{rest}"


def _is_rewritten(node: Node, user: Run) -> bool:
    """Whether a command writes a lock file again, as an install does that may change it."""
    own = [install for install in installs() if node.name in install.reads and _is_locked(node.name)]
    return any(
        is_command(user, command) for install in own for command in (*install.commands, *install.also)
    ) and not any(word in _FROZEN for word in user.words)


def _is_locked(name: str) -> bool:
    return "lock" in name or "shrinkwrap" in name


def _is_all(context: RuleContext, read: ReadId, node: Node) -> bool:
    """Whether an instruction brings nothing but one file or directory."""
    usage = context.build.usage
    return usage.taken(read, node.directory, node.index) == usage.results[read].totals


def _without(copied: ContextRead, node: Node) -> str:
    """How an instruction brings everything but one file or directory."""
    if any(paths.join("/", source)[1:] == node.path for source in copied.sources):
        return f"remove it from the {copied.kind}"
    flag = f"--exclude={relative(copied.sources, node)}"
    return f"write {copied.kind} {flag} … in line {copied.line} (Dockerfile syntax 1.19 or newer)"


def relative(sources: Sequence[str], node: Node) -> str:
    """The path of an entry for `--exclude`, which is relative to the source."""
    for source in sources:
        top = paths.join("/", source)[1:]
        if top and node.path.startswith(top + "/"):
            return node.path[len(top) + 1 :]
    return node.path


def _strips(words: Sequence[str]) -> bool:
    return any(word.startswith(("--strip", "--transform", "--wildcards", "--exclude")) for word in words)


def _unpacked_to(run: Run) -> str:
    """The directory that a tar unpacks into, with a slash at the end."""
    words = run.words
    for number, word in enumerate(words):
        if word == "-C" or word == "--directory":
            return words[number + 1].rstrip("/") + "/" if number + 1 < len(words) else "./"
        if word.startswith("--directory="):
            return word.partition("=")[2].rstrip("/") + "/"
        if word.startswith("-C"):
            return word[2:].rstrip("/") + "/"
    return "./" if run.directory is None or not run.directory.startswith("/") else run.directory.rstrip("/") + "/"


def _holds(above: Node, node: Node) -> bool:
    return above.index < 0 or node.path == above.path or node.path.startswith(above.path + "/")
