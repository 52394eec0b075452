"""Copy a sample project and add what piles up beside a repository on a developer's machine.

    python sample_projects/make_junk.py NAME DESTINATION

The same files with the same sizes come out every time. DESTINATION must not exist.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

#: For each sample, the files to add: path, bytes, and how many of them ("{n}" counts them).
JUNK: dict[str, list[tuple[str, int, int]]] = {
    "node-web": [
        (".git/objects/{n:02x}/pack", 40_000, 60),
        (".git/HEAD", 21, 1),
        (".env", 64, 1),
        ("node_modules/package{n}/index.js", 9_000, 120),
        ("node_modules/package{n}/package.json", 700, 120),
        ("packages/legacy/node_modules/old{n}/index.js", 15_000, 80),
        ("coverage/lcov-report/page{n}.html", 6_000, 40),
        ("npm-debug.log", 50_000, 1),
        ("packages/legacy/debug.log", 30_000, 1),
        ("tmp/upload.mp4", 6_000_000, 1),
        (".DS_Store", 6_148, 1),
    ],
    "python-service": [
        (".git/objects/{n:02x}/pack", 50_000, 80),
        (".git/HEAD", 21, 1),
        (".venv/lib/python3.13/site-packages/module{n}.py", 20_000, 150),
        ("data/orders-{n}.parquet", 4_000_000, 6),
        ("src/orders/__pycache__/module{n}.cpython-313.pyc", 3_000, 12),
        ("tests/__pycache__/test{n}.cpython-313.pyc", 3_000, 12),
        ("notebooks/.ipynb_checkpoints/explore-{n}.ipynb", 250_000, 4),
        (".pytest_cache/v/cache/lastfailed", 120, 1),
        (".env", 80, 1),
    ],
    "go-monorepo": [
        (".git/objects/{n:02x}/pack", 60_000, 50),
        (".git/HEAD", 21, 1),
        ("bin/tool{n}", 3_000_000, 3),
        ("internal/queue/testdata/messages-{n}.json", 200_000, 8),
        ("web/node_modules/package{n}/index.js", 8_000, 60),
        ("deploy/state/terraform.tfstate", 90_000, 1),
    ],
    "links-and-exceptions": [
        ("app/cache-{n}.tmp", 100_000, 5),
        ("docs/api/drafts/draft-{n}.json", 20_000, 10),
        ("docs/images/figure-{n}.png", 400_000, 6),
        ("shared/schemas/generated-{n}.json", 30_000, 10),
    ],
    "hidden-not-gone": [
        ("docs/images/figure-{n}.png", 300_000, 20),
        ("docs/archive/manual-{n}.pdf", 1_500_000, 4),
    ],
    "shop": [
        (".git/objects/pack/pack-{n}.pack", 3_500_000, 1),
        (".git/HEAD", 21, 1),
        ("node_modules/package{n}/index.js", 9_000, 100),
        ("logs/server.log", 24_000_000, 1),
        ("coverage/lcov-report/page{n}.html", 40_000, 40),
        ("npm-debug.log", 50_000, 1),
        ("public/front.jpg", 36_100, 1),
    ],
    "three-stages": [
        ("archive/part-{n}.bin", 5_000_000, 4),
        ("tools/cache-{n}.bin", 250_000, 2),
    ],
}

#: Other files beside the history of a repository, such as large files that git keeps out of it.
_HISTORY = [(".git/lfs/objects/{n}", 4_000_000, 1)]

#: The same for the samples of the recipes, below `recipes`; each is a git repository with one commit.
RECIPES: dict[str, list[tuple[str, int, int]]] = {
    "recipes/nextjs": [
        *_HISTORY,
        ("node_modules/package{n}/index.js", 9_000, 300),
        (".next/cache/webpack/{n}.pack", 4_000_000, 5),
        (".next/server/app/page{n}.js", 60_000, 20),
        ("coverage/lcov-report/page{n}.html", 6_000, 40),
        ("public/cover.jpg", 180_000, 1),
    ],
    "recipes/python": [
        *_HISTORY,
        (".venv/lib/python3.13/site-packages/module{n}.py", 20_000, 300),
        ("billing/__pycache__/module{n}.cpython-313.pyc", 3_000, 12),
        ("db.sqlite3", 8_000_000, 1),
        ("htmlcov/module{n}.html", 30_000, 20),
        (".pytest_cache/v/cache/lastfailed", 120, 1),
    ],
    "recipes/go": [
        *_HISTORY,
        ("bin/server", 12_000_000, 1),
        ("internal/parcel/testdata/parcels-{n}.json", 200_000, 10),
        ("coverage.out", 40_000, 1),
    ],
    "recipes/rails": [
        *_HISTORY,
        ("log/development.log", 18_000_000, 1),
        ("tmp/cache/bootsnap/entry{n}", 20_000, 50),
        ("storage/upload{n}.jpg", 500_000, 4),
        ("node_modules/package{n}/index.js", 9_000, 100),
    ],
    "recipes/java": [
        *_HISTORY,
        ("target/accounts-1.0.jar", 15_000_000, 1),
        ("target/classes/com/example/Class{n}.class", 4_000, 50),
        (".idea/workspace.xml", 30_000, 1),
    ],
    "recipes/dotnet": [
        *_HISTORY,
        ("bin/Debug/net9.0/Library{n}.dll", 600_000, 20),
        ("obj/project.assets.json", 900_000, 1),
        ("obj/Debug/net9.0/Orders.dll", 40_000, 1),
        (".vs/v17/.suo", 80_000, 1),
    ],
    "recipes/rust": [
        *_HISTORY,
        ("target/debug/deps/library{n}.rlib", 1_500_000, 20),
        ("target/debug/incremental/part{n}.bin", 300_000, 20),
    ],
    "recipes/php": [
        *_HISTORY,
        ("vendor/example/package{n}/Class.php", 12_000, 200),
        ("node_modules/package{n}/index.js", 9_000, 100),
        ("storage/logs/app.log", 6_000_000, 1),
    ],
    "recipes/monorepo": [
        *_HISTORY,
        ("node_modules/package{n}/index.js", 9_000, 300),
        ("apps/web/dist/page{n}.html", 20_000, 30),
        ("apps/api/debug.log", 5_000_000, 1),
        ("packages/money/node_modules/package{n}/index.js", 9_000, 50),
    ],
}

#: For each sample, the files to add that are of text. The passwords and keys are examples, and open nothing.
TEXTS: dict[str, dict[str, str]] = {
    "shop": {
        ".env": "DATABASE_URL=postgres://shop:N8vQ2kT5xJ4m@db.example.com/shop\n"
        "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\n"
        "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
    },
    "recipes/nextjs": {".env.local": "STRIPE_SECRET_KEY=sk_example_4eC39HqLyjWDarjtT1\n"},
    "recipes/python": {".env": "DATABASE_URL=postgres://billing:N8vQ2kT5xJ4m@db.example.com/billing\n"},
    "recipes/rails": {"config/master.key": "0123456789abcdef0123456789abcdef\n"},
    "recipes/php": {".env": "DB_PASSWORD=N8vQ2kT5xJ4m\n"},
}

#: For each sample, its symbolic links to directories. Archives of the sources do not have them, nor checkouts on
#: Windows, where git writes a link's target into a plain file.
LINKS: dict[str, dict[str, str]] = {"links-and-exceptions": {"current-schemas": "shared/schemas"}}


def make(name: str, destination: Path) -> None:
    """Copy the sample of this name to a new directory and add its links and its junk."""
    shutil.copytree(Path(__file__).resolve().parent / name, destination, symlinks=True)
    for path, target in LINKS.get(name, {}).items():
        link = destination / path
        if not link.is_symlink():
            link.unlink(missing_ok=True)
            link.symlink_to(target, target_is_directory=True)
    if name in RECIPES:
        _commit(destination)
    for pattern, size, count in (JUNK | RECIPES)[name]:
        for n in range(count):
            path = destination / pattern.format(n=n)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"\0" * size)
    for name_of_file, text in TEXTS.get(name, {}).items():
        (destination / name_of_file).parent.mkdir(parents=True, exist_ok=True)
        (destination / name_of_file).write_bytes(text.encode())


def _commit(root: Path) -> None:
    """Make a directory a git repository with one commit, the same each time."""
    when = "2026-01-01T00:00:00Z"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_DATE": when,
        "GIT_COMMITTER_DATE": when,
    }
    user = ("-c", "user.name=You", "-c", "user.email=you@example.com")
    init, commit = ("init", "--quiet", "--template=", "-b", "main"), ("commit", "--quiet", "-m", "Start")
    for words in (init, ("add", "--all"), commit):
        subprocess.run(["git", *user, *words], cwd=root, env=environment, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Copy a sample project and add local junk to the copy.")
    parser.add_argument("name", choices=sorted(JUNK | RECIPES))
    parser.add_argument("destination", type=Path)
    options = parser.parse_args()
    if options.destination.exists():
        parser.error(f"{options.destination} exists already")
    make(options.name, options.destination)
    return 0


if __name__ == "__main__":
    sys.exit(main())
