"""Repositories with a history, written in one go."""

import random
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.programs import git

#: By path: git's mode, and the content, a link's target, or the commit of a submodule.
Files = dict[str, tuple[str, str]]


class Script:
    """Commits for `git fast-import`, on main; the files are kept as they are after the last one."""

    def __init__(self) -> None:
        self.files: Files = {}
        self._stream: list[str] = []
        self._marks = 0

    def commit(self, changes: Mapping[str, tuple[str, str] | None], *, merge: bool = False) -> None:
        """A commit; None takes a path away. A merge brings the same changes from a branch of its own."""
        if merge:
            side = self._commit("side", changes, f"from :{self._marks}\n" if self._marks else "")
            self._commit("main", changes, f"from :{side - 1}\nmerge :{side}\n")
        else:
            self._commit("main", changes, f"from :{self._marks}\n" if self._marks else "")
        for path, given in changes.items():
            if given is None:
                del self.files[path]
            else:
                self.files[path] = given

    def _commit(self, branch: str, changes: Mapping[str, tuple[str, str] | None], parents: str) -> int:
        self._marks += 1
        lines = [f"commit refs/heads/{branch}\nmark :{self._marks}\ncommitter T <t@example.com> {self._marks} +0000\n"]
        lines.append(f"data 1\n.\n{parents}")
        for path, given in changes.items():
            lines.append(f"D {path}\n" if given is None else _written(path, *given))
        self._stream.append("".join(lines) + "\n")
        return self._marks

    def write(self, root: Path) -> Path:
        """A repository with these commits, the last one checked out."""
        root.mkdir(parents=True, exist_ok=True)
        git(root, "init", "-q", "-b", "main")
        command = ["git", "fast-import", "--quiet", "--date-format=raw"]
        subprocess.run(command, cwd=root, input="".join(self._stream).encode(), check=True, capture_output=True)
        git(root, "reset", "-q", "--hard", "main")
        return root


def _written(path: str, mode: str, content: str) -> str:
    if mode == "160000":
        return f"M 160000 {content} {path}\n"
    return f"M {mode} inline {path}\ndata {len(content.encode())}\n{content}\n"


def long_story(seed: int, commits: int = 60) -> Script:
    """A project with all that a history can hold: renames, merges, deletions, modes, a submodule and links."""
    rng = random.Random(seed)
    script = Script()
    start: dict[str, tuple[str, str] | None] = {
        "package.json": ("100644", "{}"),
        "package-lock.json": ("100644", "1"),
        "src/main.js": ("100644", "main"),
        "src/lib/a.js": ("100644", "a"),
        "src/notes.md": ("100644", "notes"),
        "docs/guide.md": ("100644", "guide"),
        "assets/logo.svg": ("100644", "logo"),
        "scripts/run.sh": ("100755", "run"),
        "v1/data": ("100644", "one"),
        "v2/data": ("100644", "two"),
        "current": ("120000", "v1"),
        "vendor/lib": ("160000", f"{1:040x}"),
        "README.md": ("100644", "read me"),
    }
    script.commit(start)
    for number in range(commits):
        changes: dict[str, tuple[str, str] | None] = {}
        for _ in range(rng.choice((1, 1, 2, 3))):
            changes.update(_change(rng, script.files, number))
        script.commit(changes, merge=number % 7 == 3)
    return script


def _change(rng: random.Random, files: Files, number: int) -> dict[str, tuple[str, str] | None]:
    plain = sorted(path for path, (mode, _) in files.items() if mode.startswith("100"))
    path = rng.choice(plain)
    mode, content = files[path]
    choice = rng.randrange(12)
    if choice < 4:
        return {path: (mode, f"{content} {number}"[-40:])}
    if choice == 4:
        return {path: ("100644" if mode == "100755" else "100755", content)}
    if choice == 5 and path not in ("package.json", "v1/data", "v2/data"):
        return {path: None}
    if choice == 6 and path.startswith(("src/", "docs/")):
        return {path: None, f"{path.rpartition('/')[0]}/moved{number}.js": (mode, content)}
    if choice == 7:
        return {"current": ("120000", rng.choice(("v1", "v2", "v2/", "nowhere")))}
    if choice == 8:
        return {"vendor/lib": ("160000", f"{number + 2:040x}")}
    if choice == 9:
        return {f"src/lib/link{number % 3}": ("120000", rng.choice(("a.js", "../main.js")))}
    if choice == 10:
        return {f"docs/new{number}/page.md": ("100644", f"{number}")}
    return {
        rng.choice((f"src/n{number}.js", f"src/only{number}/x.md", f"assets/{number}.svg")): ("100644", f"{number}")
    }
