"""The steps that builders print."""

import pytest

from ctxopt.verify.steps import Steps

_BUILDKIT = """\
#0 building with "default" instance using docker driver
#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s
#5 [build 2/3] COPY . .
#5 DONE 0.1s
#6 [build 3/3] RUN sh build.sh
#6 0.212 reading docs
#6 0.215 cat: docs/guide.md: No such file or directory
#6 ERROR: process "/bin/sh -c sh build.sh" did not complete successfully: exit code: 1
------
 > [build 3/3] RUN sh build.sh:
0.215 cat: docs/guide.md: No such file or directory
------
Dockerfile:4
--------------------
   4 | >>> RUN sh build.sh
--------------------
ERROR: failed to solve: process "/bin/sh -c sh build.sh" did not complete successfully: exit code: 1
"""
_LEGACY = """\
Step 1/3 : FROM busybox
 ---> 0123456789ab
Step 2/3 : COPY . .
 ---> Using cache
Step 3/3 : RUN sh build.sh
 ---> Running in 0123456789ab
cat: docs/guide.md: No such file or directory
The command '/bin/sh -c sh build.sh' returned a non-zero code: 1
"""
_BUILDAH = """\
[1/2] STEP 1/2: FROM busybox AS build
[1/2] STEP 2/2: RUN true
[2/2] STEP 1/2: COPY . .
[2/2] STEP 2/2: RUN sh build.sh
cat: docs/guide.md: No such file or directory
Error: building at STEP "RUN sh build.sh": while running runtime: exit status 1
"""


def _read(text: str) -> Steps:
    steps = Steps()
    for line in text.splitlines():
        steps.read(line)
    return steps


@pytest.mark.parametrize(
    ("text", "failed", "said"),
    [
        (_BUILDKIT, "[build 3/3] RUN sh build.sh", "cat: docs/guide.md: No such file or directory"),
        (_LEGACY, "3/3 RUN sh build.sh", "cat: docs/guide.md: No such file or directory"),
        (_BUILDAH, "2/2 RUN sh build.sh", "cat: docs/guide.md: No such file or directory"),
    ],
    ids=["buildkit", "legacy", "buildah"],
)
def test_the_failed_step_and_its_last_lines(text: str, failed: str, said: str) -> None:
    steps = _read(text)
    assert steps.failed == failed
    assert said in steps.last_lines


def test_the_current_step_is_the_one_that_was_named_last() -> None:
    assert _read("\n".join(_BUILDKIT.splitlines()[:5])).current == "[build 2/3] COPY . ."
    assert _read("#1 [internal] load build definition").current == ""


def test_the_error_of_a_missing_source_is_shown() -> None:
    steps = _read('#5 [1/2] COPY gone /\n#5 ERROR: failed to calculate checksum: "/gone": not found\n')
    assert steps.failed == "[1/2] COPY gone /"
    assert any("not found" in line for line in steps.last_lines)
