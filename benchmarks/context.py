"""Time `ctxopt analyze` and docker-py's `exclude_paths` on the same large tree, in turn, in one run.

    python benchmarks/context.py [--files 300000] [--repeat 3]

Prints medians, their ratio and the peak memory of ctxopt. The tree is shaped like a repository of
Node packages and is the same every time.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATTERNS = [
    *("node_modules/.cache", "**/*.log", "**/.DS_Store", "**/coverage", "*.md", "docs/**", "**/*.map", ".git"),
    *("**/__tests__", "**/*.test.js", "tmp", "dist/*.tmp", "**/.env*", "!.env.example", "packages/*/build"),
    *("packages/*/dist", "!packages/pkg1/dist", "**/*.tsbuildinfo", "**/.nyc_output", "*.iml", ".idea", ".vscode"),
    *(
        "**/npm-debug.log*",
        "**/yarn-error.log",
        "Jenkinsfile",
        ".github",
        "**/*.swp",
        "**/Thumbs.db",
        "charts",
        "e2e/**",
    ),
]
_FILES = ("index.js", "index.d.ts", "package.json", "README.md", "LICENSE", "util.js", "index.js.map", "x.test.js")


def make_tree(root: Path, files: int) -> int:
    """Write about as many files as asked for; returns how many there are."""
    made = 0
    package = 0
    while made < files:
        base = root / f"packages/pkg{package % 200}" / f"node_modules/dep{package}"
        for inner in ("", "lib", "dist", "src/a", "src/b"):
            directory = base / inner
            directory.mkdir(parents=True, exist_ok=True)
            for name in _FILES:
                (directory / name).touch()
                made += 1
        package += 1
    (root / ".dockerignore").write_text("\n".join(PATTERNS) + "\n")
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /app\n")
    return made


_DOCKER_PY = """
import sys
from docker.utils.build import exclude_paths
lines = [line.strip() for line in open(sys.argv[1] + "/.dockerignore")]
print(len(exclude_paths(sys.argv[1], [line for line in lines if line])))
"""


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description="Time ctxopt analyze against docker-py on one tree.")
    parser.add_argument("--files", type=int, default=300_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        made = make_tree(Path(name), options.files)
        commands = {
            "ctxopt analyze": [sys.executable, "-m", "ctxopt", "analyze", name],
            "docker-py exclude_paths": [sys.executable, "-c", _DOCKER_PY, name],
            "find": ["find", name, "-printf", "%s %p\n"],
        }
        times: dict[str, list[float]] = {label: [] for label in commands}
        _seconds(commands["find"])
        for _ in range(options.repeat):
            for label, command in commands.items():
                times[label].append(_seconds(command))
        memory = _peak_memory(commands["ctxopt analyze"])
    print(f"{made:,} files, {len(PATTERNS)} patterns, medians of {options.repeat}")
    medians = {label: statistics.median(values) for label, values in times.items()}
    for label, median in medians.items():
        print(f"  {label:<24} {median:7.2f} s   {median / medians['find']:6.2f} x find")
    ratio = medians["docker-py exclude_paths"] / medians["ctxopt analyze"]
    print(f"  docker-py takes {ratio:.1f} times as long as ctxopt; ctxopt's peak memory is {memory:.0f} MB")
    return 0


def _peak_memory(command: list[str]) -> float:
    """The peak resident memory of one run in MB, measured in a process of its own."""
    code = "import resource,subprocess,sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
    code += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    alone = subprocess.run([sys.executable, "-c", code, *command], check=True, capture_output=True, text=True)
    # Linux counts in kilobytes, macOS in bytes.
    return int(alone.stdout) / (1_000_000 if sys.platform == "darwin" else 1_000)


if __name__ == "__main__":
    sys.exit(main())
