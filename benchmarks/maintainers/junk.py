"""Junk as a checkout collects it, made in the places that the project's own .gitignore files name.

Files have sizes but no content. Nothing is made that git does not ignore, or that is there already.
"""

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

_KB, _MB = 1_000, 1_000_000

#: What is in directories of these names, as they are found on disks of developers: files, and bytes of each.
_DIRECTORIES = {
    "node_modules": (300, 1 * _MB),
    "target": (200, 4 * _MB),
    ".next": (60, 2 * _MB),
    "vendor": (150, 400 * _KB),
    "dist": (20, 500 * _KB),
    "build": (40, 1 * _MB),
    "bin": (10, 2 * _MB),
    "obj": (30, 300 * _KB),
    "_build": (60, 500 * _KB),
    "deps": (80, 300 * _KB),
    ".venv": (200, 500 * _KB),
    "venv": (200, 500 * _KB),
    "coverage": (20, 200 * _KB),
    "__pycache__": (10, 20 * _KB),
    ".git": (0, 0),
}
_OTHER_DIRECTORY = (5, 1 * _MB)
#: Endings of files that are large.
_FILES = {
    ".log": 5 * _MB,
    ".db": 20 * _MB,
    ".sqlite": 20 * _MB,
    ".sqlite3": 20 * _MB,
    ".tar": 50 * _MB,
    ".gz": 20 * _MB,
}
_OTHER_FILE = 100 * _KB
#: Names that an ignore file of git may write without a slash, although they are directories.
_ARE_DIRECTORIES = frozenset(
    [
        *_DIRECTORIES, "out", "tmp", "log", "logs", "data", "htmlcov", ".nuxt", ".output", ".cache", ".pytest_cache",
        ".mypy_cache", ".ruff_cache", ".tox", ".nox", ".idea", ".vscode", ".vs", ".turbo", ".parcel-cache", ".gradle",
        "site", "_site", ".vagrant", ".terraform", "node-modules", ".yarn", ".pnpm-store", ".state", "bower_components",
        "storage", "media", "static", "staticfiles", ".direnv", ".elixir_ls", "cover", "doc", "test-results",
        "playwright-report", "pgdata", "meili_data", "TestResults", "packages", ".settings", ".bundle",
    ]
)  # fmt: skip
#: What tools make beside a file: directories that are ignored wherever they are.
_BESIDE = {
    "node_modules": ("package.json",),
    "target": ("Cargo.toml", "pom.xml"),
    "bin": (".csproj",),
    "obj": (".csproj",),
    "__pycache__": (".py",),
    "dist": ("package.json",),
    ".next": ("next.config.js", "next.config.ts", "next.config.mjs"),
}
#: Maximum number of directories in which the same is made.
_MOST_PLACES = 12


def make_junk(root: Path) -> list[str]:
    """Make junk in a checkout of git, and return the paths of what was made, files and directories."""
    tracked = _git(root, "ls-files", "-z").split("\0")
    wanted = dict.fromkeys(path for ignore in _ignore_files(tracked) for path in _paths(root, ignore, tracked))
    new = [path for path in wanted if not os.path.lexists(root / path.rstrip("/"))]
    made: list[str] = []
    for path in _ignored(root, new):
        name = path.rstrip("/").rpartition("/")[2]
        if path.endswith("/"):
            count, size = _DIRECTORIES.get(name, _OTHER_DIRECTORY)
            _fill(root / path, name, count, size)
        else:
            _file(root / path, _FILES.get(os.path.splitext(name)[1], _OTHER_FILE))
        made.append(path)
    return made


def _ignore_files(tracked: Iterable[str]) -> list[str]:
    return [path for path in tracked if path.rpartition("/")[2] == ".gitignore"]


def _paths(root: Path, ignore: str, tracked: list[str]) -> Iterator[str]:
    """The paths that the lines of one .gitignore suggest; those of directories end in a slash."""
    base = ignore.rpartition("/")[0]
    for line in (root / ignore).read_text(errors="replace").splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith(("#", "!")) or "\\" in pattern:
            continue
        path = _example(pattern)
        if not path.strip("/"):
            continue
        is_directory = path.endswith("/") or path.rpartition("/")[2] in _ARE_DIRECTORIES
        path = path.strip("/")
        anchored = "/" in pattern.rstrip("/")
        for above in [base] if anchored else _places(base, path, tracked):
            yield "/".join(filter(None, (above, path))) + ("/" if is_directory else "")


def _example(pattern: str) -> str:
    """A name that a pattern of git matches."""
    text = pattern.replace("**/", "").replace("/**", "/").replace("**", "example")
    while "[" in text and "]" in text[text.index("[") :]:
        start = text.index("[")
        end = text.index("]", start)
        members = text[start + 1 : end]
        # Of `[Bb]in` programs write the second.
        first = next(filter(str.islower, members), members[:1])
        text = text[:start] + ("x" if members[:1] in "!^" else first) + text[end + 1 :]
    return text.replace("*", "example").replace("?", "x")


def _places(base: str, name: str, tracked: list[str]) -> list[str]:
    """The directories in which a name is made that is ignored wherever it is."""
    beside = _BESIDE.get(name)
    if beside is None:
        return [base]
    found = dict.fromkeys(
        path.rpartition("/")[0]
        for path in tracked
        if path.endswith(beside) and (not base or path.startswith(base + "/"))
    )
    places = sorted(found, key=lambda path: (path.count("/"), path))[:_MOST_PLACES]
    return places or [base]


def _fill(directory: Path, name: str, count: int, size: int) -> None:
    """Files in a directory; installed packages have what packages have in them."""
    names = ("package.json", "index.js", "lib/main.js", "README.md", "test/test.js", "dist/main.min.js")
    for number in range(count):
        inside = f"p{number // 6}/{names[number % 6]}" if name == "node_modules" else f"d{number % 7}/f{number}.bin"
        _file(directory / inside, size)


def _file(path: Path, size: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in (".yml", ".yaml"):
            # Zeros are no YAML: of a Compose file that cannot be read all that it may name is kept.
            path.write_bytes(b"#".ljust(size - 1) + b"\n")
            return
        path.touch()
        os.truncate(path, size)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        return  # another line made a file where this one has a directory


def _ignored(root: Path, paths: list[str]) -> list[str]:
    """Those of some paths that git ignores."""
    done = subprocess.run(
        ["git", "check-ignore", "-z", "--stdin"],
        cwd=root,
        input="\0".join(paths),
        capture_output=True,
        text=True,
        check=False,
    )
    return [path for path in done.stdout.split("\0") if path]


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout
