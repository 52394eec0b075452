"""Large trees and ignore files to measure with: shaped like a repository of Node packages, the same for one seed."""

import os
import random
from pathlib import Path

#: What a repository excludes; none of these matches what is needed.
_USUAL = (
    *(".git", "**/.cache", "**/*.log", "**/.DS_Store", "**/coverage", "**/*.md", "docs/**", "**/*.map", "**/__tests__"),
    *("**/*.test.js", "tmp", "dist/*.tmp", "**/.env*", "packages/*/build", "packages/*/out", "**/*.tsbuildinfo"),
    *("**/.nyc_output", "*.iml", ".idea", ".vscode", "**/npm-debug.log*", "**/yarn-error.log", "Jenkinsfile"),
    *(".github", "**/*.swp", "**/Thumbs.db", "charts", "e2e/**", "**/*.orig", "**/.eslintcache"),
)
#: What brings some of it back.
_EXCEPTIONS = ("!**/README.md", "!packages/pkg1/build", "!packages/*/docs/*.md", "!**/keep.log")

_WORDS = ("core", "util", "parse", "build", "stream", "http", "path", "type", "async", "color", "glob", "yaml", "node")
_USUAL_FILES = ("index.js", "index.d.ts", "package.json", "README.md", "LICENSE", "CHANGELOG.md", "index.test.js")
_ENDINGS = (".js", ".js", ".js", ".d.ts", ".js.map", ".json", ".mjs", ".css", ".test.js", ".md")


def patterns(count: int, *, exceptions: bool) -> list[str]:
    """Patterns: first the usual ones, then those that a large repository gathers; a few exceptions on request."""
    found = list(_USUAL[:count])
    shapes = (
        "packages/pkg{}/tmp",
        "**/*.old{}",
        "tools/*/cache{}",
        "services/svc{}/data/**",
        "**/generated{}",
        "n{}/*.o",
    )
    while len(found) < count:
        number = len(found)
        found.append(shapes[number % len(shapes)].format(number))
    return [*found[: count - len(_EXCEPTIONS)], *_EXCEPTIONS] if exceptions and count else found


def make_tree(root: Path, files: int, seed: int = 1) -> int:
    """Write so many files, with sizes and no content, and a Dockerfile that copies all; returns how many there are."""
    rng = random.Random(seed)
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /app\n")
    made = 1
    package = 0
    while made < files:
        home = root / "packages" / f"pkg{package}"
        for directory in ("src", "src/lib", "build", "docs", "__tests__"):
            made += _fill(rng, home / directory, rng.randint(3, 12), files - made)
        for _ in range(rng.randint(10, 60)):
            dependency = home / "node_modules" / f"{rng.choice(_WORDS)}-{rng.choice(_WORDS)}{rng.randint(0, 999)}"
            for directory in (".", "lib", "dist", f"src/{rng.choice(_WORDS)}")[: rng.choice((1, 2, 3, 4, 4))]:
                made += _fill(rng, dependency / directory, rng.choice((2, 4, 6, 8, 10, 16, 30)), files - made)
        package += 1
    return made


def _fill(rng: random.Random, directory: Path, count: int, left: int) -> int:
    """Write a few files into a directory; returns how many are new."""
    names = {rng.choice(_USUAL_FILES) if rng.random() < 0.4 else _name(rng) for _ in range(min(count, left))}
    directory.mkdir(parents=True, exist_ok=True)
    made = 0
    for name in sorted(names):
        path = directory / name
        if not path.exists():
            path.touch()
            # A size without blocks: what is measured is the walk, not the disk.
            os.truncate(path, int(rng.lognormvariate(7, 2)))
            made += 1
    return made


def _name(rng: random.Random) -> str:
    return f"{rng.choice(_WORDS)}{rng.choice(('', '-', '_'))}{rng.choice(_WORDS)}{rng.choice(_ENDINGS)}"
