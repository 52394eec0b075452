"""As which user steps run, and how a secret is mounted for them."""

import pytest

from ctxopt.core.dockerfile.plan import plan
from ctxopt.core.ids import StepId
from ctxopt.image.secret_mounts import secret_mount
from ctxopt.image.users import user_of


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("FROM x\nRUN a\n", ""),
        ("FROM x\nUSER node\nRUN a\n", "node"),
        ("FROM x\nUSER node\nUSER 10:10\nRUN a\n", "10:10"),
        ("FROM x\nRUN a\nUSER node\n", ""),
        ("FROM x AS base\nUSER node\nFROM base\nRUN a\n", "node"),
        ("FROM x AS base\nUSER node\nFROM base AS b\nFROM b\nUSER root\nRUN a\n", "root"),
        ("FROM x AS other\nUSER node\nFROM x\nCOPY --from=other / /\nRUN a\n", ""),
    ],
)
def test_users(text: str, user: str) -> None:
    planned = plan(text.encode(), "Dockerfile")
    (number,) = (number for number, step in planned.numbered_steps() if step.kind == "RUN")
    assert user_of(planned, StepId(number)) == user


@pytest.mark.parametrize(
    ("users", "fields"),
    [
        ((), ""),
        (("",), ""),
        (("root",), ""),
        (("0:0", "root:node"), ""),
        (("1000",), ",uid=1000"),
        (('"1000:1000"',), ",uid=1000"),
        (("node",), ",mode=0444"),
        (("$UID",), ",mode=0444"),
        (("1000", "root"), ",uid=1000"),
        (("1000", "1001"), ",mode=0444"),
    ],
)
def test_who_may_read_a_secret(users: tuple[str, ...], fields: str) -> None:
    assert secret_mount(".npmrc", "/a/.npmrc", users).flag == f"--mount=type=secret,id=npmrc,target=/a/.npmrc{fields}"
