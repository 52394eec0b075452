"""How many builds of a repository its last commits affect: `python -m benchmarks.affected REPOSITORY [COMMITS]`.

For each commit, by first parents, the builds that `ctxopt affected --all` finds between its parent and it. Nothing is
built.
"""

import json
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

_COMMAND = (sys.executable, "-m", "ctxopt", "affected", "--all", "--json", "--no-config", "-q")


def main(repository: Path, most: int) -> None:
    """Print a line for each commit, and the sums."""
    listed = ["git", "rev-list", "--first-parent", f"--max-count={most + 1}", "HEAD"]
    commits = subprocess.run(listed, cwd=repository, check=True, capture_output=True, text=True).stdout.split()
    statuses: Counter[str] = Counter()
    idle = 0
    for after, before in pairwise(commits):
        command = [*_COMMAND, "--against", before, after]
        done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
        if not done.stdout:
            print(f"{after[:12]} {done.stderr.strip()}")
            continue
        found = json.loads(done.stdout)
        here = Counter(build["status"] for build in found["builds"])
        statuses += here
        affected = sum(build["affected"] for build in found["builds"])
        idle += not affected
        print(f"{after[:12]} {affected} of {len(found['builds'])}: {dict(here)}, {len(found['unknown'])} not resolved")
    built = sum(statuses[status] for status in ("affected", "new", "unreadable"))
    total = built + statuses["unaffected"]
    print(f"{len(commits) - 1} commits, {idle} affect nothing; {total} builds, {statuses['unaffected']} skipped")
    print(dict(statuses))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 50)
