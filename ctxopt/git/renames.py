"""Where files were at a revision, as git follows renames between it and the index."""

from collections import Counter

from ctxopt.git.command import run_git
from ctxopt.git.revision import commit_of


def renamed_since(top: str, revision: str) -> dict[str, str]:
    """The old paths of renamed files in the repository at `top`, by their paths in the index.

    Raises NoGit and CtxoptError. Nothing is converted and no program that the repository names is run.
    """
    commit = commit_of(top, revision)
    options = ("--cached", "--find-renames", "--diff-filter=R", "--name-status", "-z", "--no-ext-diff", "--no-textconv")
    fields = run_git(top, "diff", *options, commit, "--").decode("utf-8", "surrogateescape").split("\0")[:-1]
    return {new: old for _, old, new in zip(fields[::3], fields[1::3], fields[2::3], strict=True)}


def directory_before(directory: str, renames: dict[str, str], marker: str | None = None) -> str | None:
    """The directory that most files of a directory were moved from; None if none was moved together with it.

    Paths are relative to the repository. Where `marker`, a file of the directory, was moved, that decides.
    """
    start = f"{directory}/" if directory else ""
    votes: Counter[str] = Counter()
    for new, old in renames.items():
        if new.startswith(start):
            inside = new[len(start) :]
            if old == inside or old.endswith(f"/{inside}"):
                before = old[: -len(inside)].rstrip("/")
                if new == marker:
                    return before
                votes[before] += 1
    return votes.most_common(1)[0][0] if votes else None
