"""A secret that is mounted as we propose can be read by the user of the RUN, on a real engine."""

from pathlib import Path

import pytest

from ctxopt.core.dockerfile.plan import plan
from ctxopt.core.ids import StepId
from ctxopt.image.secret_mounts import secret_mount
from ctxopt.image.users import user_of
from tests.support.engine import Engine
from tests.support.files import write

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("user", ["root", "1000", "1000:1000", "app", "$NAME"])
def test_it_can_be_read(real_engine: Engine, tmp_path: Path, user: str) -> None:
    head = "FROM busybox\nARG NAME=app\nRUN adduser -D -u 1001 app || echo app:x:1001:1001::/:/bin/sh >> /etc/passwd\n"
    planned = plan(f"{head}USER {user}\nRUN x\n".encode(), "Dockerfile")
    mount = secret_mount(".npmrc", "/a/.npmrc", (user_of(planned, StepId(len(planned.steps) - 1)),))
    run = f"RUN {mount.flag} grep -q hidden /a/.npmrc\n"
    write(tmp_path, {"Dockerfile": f"{head}USER {user}\n{run}", ".npmrc": "hidden\n"})
    option, value = mount.option.replace("src=", f"src={tmp_path}/").split(" ")
    build = real_engine.build(tmp_path, arguments=(option, value))
    assert build.succeeded, build.last_lines


def test_nobody_else_can_without_it(real_engine: Engine, tmp_path: Path) -> None:
    mount = secret_mount(".npmrc", "/a/.npmrc")
    write(tmp_path, {"Dockerfile": f"FROM busybox\nUSER 1000\nRUN {mount.flag} cat /a/.npmrc\n", ".npmrc": "hidden\n"})
    option, value = mount.option.replace("src=", f"src={tmp_path}/").split(" ")
    assert not real_engine.build(tmp_path, arguments=(option, value)).succeeded
