"""A context on disk with builds, and the judgement about it."""

from collections.abc import Sequence
from pathlib import Path

from ctxopt import BuildContext
from ctxopt.core.context.files import Files
from ctxopt.core.context.tree import Directory, View
from ctxopt.core.usage.follow import follow_links
from ctxopt.evidence.judge import judge
from ctxopt.evidence.model import BuildRead, Claim, EntryReaders, Judgement, Subject, Taken
from ctxopt.git.facts import GitFacts, git_facts
from tests.support.programs import git


def write(root: Path, *names: str) -> None:
    """Make files; a name that ends in a slash is an empty directory."""
    for name in names:
        if name.endswith("/"):
            (root / name).mkdir(parents=True, exist_ok=True)
        else:
            text(root, name, name)


def text(root: Path, name: str, content: str) -> None:
    """Make a file with this text."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def tracked(root: Path, *, ignore: str = "") -> None:
    """Make a repository of a directory in which git tracks all that is there and not ignored."""
    (root / ".gitignore").write_text(ignore)
    git(root, "init", "-q")
    git(root, "add", ".")


def facts(root: Path) -> GitFacts:
    """What git knows of a directory that is in a repository."""
    found = git_facts(str(root))
    assert found is not None
    return found


def judged(root: Path, *dockerfiles: str, git: bool = False, build_files: Sequence[str] = ("Dockerfile",)) -> Judgement:
    """The judgement over builds with these Dockerfiles."""
    build_reads: list[BuildRead] = []
    numbers: list[list[int]] = []
    contexts = []
    for number, content in enumerate(dockerfiles):
        name = "Dockerfile" if number == 0 else f"Dockerfile.{number}"
        text(root, name, content)
        context = BuildContext(str(root), name)
        contexts.append(context)
        numbers.append([read.number for read in context.plan.reads if read.broad])
        build_reads += [BuildRead(context.plan, context.plan.reads[i]) for i in numbers[-1]]
    tree = contexts[0].transferred
    usages = [(context, context.usage, frozenset(own)) for context, own in zip(contexts, numbers, strict=True)]

    def reads_of(directory: Directory, index: int) -> list[tuple[frozenset[int], frozenset[int]]]:
        path = directory.child_path(directory.names[index])
        found: list[tuple[frozenset[int], frozenset[int]]] = []
        for context, usage, own in usages:
            where = context.locate(path)
            if where is not None:
                found.append((frozenset(n for n in usage.readers(*where) if n >= 0), own))
        return found

    def taken(directory: Directory, index: int) -> int:
        given = reads_of(directory, index)
        is_read = any(some for some, _ in given)
        above = directory.path != "" and any(not some <= own for some, own in given)
        return (
            (Taken.ANY if is_read else 0)
            | (Taken.ONLY_BROAD if is_read and all(some <= own for some, own in given) else 0)
            | (Taken.ONLY_ABOVE if above else 0)
        )

    def read_file(path: str) -> bytes | None:
        full = root / path
        return full.read_bytes() if full.is_file() and not full.is_symlink() else None

    entries = ((directory, index) for directory in tree.directories() for index in range(len(directory.names)))
    readers = EntryReaders(tree, bytes(taken(directory, index) for directory, index in entries))
    git_facts = facts(root) if git else None
    files = Files(str(root))
    subject = Subject(
        tree,
        View.BUILDKIT,
        readers,
        read_file,
        git_facts,
        build_files,
        links=lambda path: follow_links(files, [path]) or (),
    )
    return judge(subject, build_reads)


def claimed(judgement: Judgement) -> dict[str, str]:
    """The entries that can be excluded, with the kinds of the reasons."""
    return {entry: claim.reason.kind.value for claim in judgement.claims for entry in claim.entries}


def claim_of(judgement: Judgement, entry: str) -> Claim:
    """The claim that an entry is in."""
    (found,) = [claim for claim in judgement.claims if entry in claim.entries]
    return found


def why_kept(judgement: Judgement, path: str) -> str:
    """Why an entry is kept that matches a criterion."""
    (found,) = [kept.why for kept in judgement.kept if kept.path == path]
    return found
