"""Which instructions would read a file that is not there yet."""

from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.core.usage.would import would_read


@pytest.mark.parametrize(
    ("instruction", "read", "not_read"),
    [
        ("COPY src /", ["src", "src/new", "src/a/b"], ["srcs", "srcs/new", "other/src", "new"]),
        ("COPY src/*.py /d/", ["src/a.py", "src/a.py/b"], ["src", "src/a.md", "src/a/b.py"]),
        ("COPY . /", ["new", "a/b"], []),
        ("COPY --exclude=*.md --exclude=b src /", ["src", "src/a.py", "src/a/c.md"], ["src/a.md", "src/b/c", "a.md"]),
        ("COPY --exclude=**/*.md --exclude=!**/keep.md src /", ["src/a/keep.md"], ["src/a/b.md"]),
        # What an instruction names itself is no matter of its excludes.
        ("COPY --exclude=*.md a.md /", ["a.md"], ["b.md"]),
        ("COPY --parents src/*.py /", ["src/a.py", "src/a.py/b"], ["src", "src/a.md", "src/a/b.py", "other/a.py"]),
        ("COPY --parents a/./b/*.c /", ["a/b/x.c"], ["a", "a/b", "b/x.c", "a/b/x.h", "a/c/x.c"]),
        ("COPY --parents **/*.c /", ["x.c", "a/b/x.c"], ["a/b/x.h"]),
        ("COPY --parents --exclude=b/x.c a/./b /", ["a/b/y.c"], ["a/b/x.c", "a", "b/y.c"]),
        ("COPY --parents --exclude=a/b/x.c a/b /", ["a/b/y.c"], ["a/b/x.c"]),
        ("RUN --mount=type=bind,source=src,target=/m true", ["src/new"], ["new"]),
        ("COPY $UNKNOWN/a /d/", ["a", "b"], []),
        ("COPY a[ /d/", [], ["a", "a["]),
    ],
)
def test_by_its_name_alone(tmp_path: Path, instruction: str, read: list[str], not_read: list[str]) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM scratch\nARG UNKNOWN\n{instruction}\n")
    (one,) = BuildContext(str(tmp_path)).instructions
    assert [path for path in (*read, *not_read) if would_read(one, path)] == read
