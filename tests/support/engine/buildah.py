"""buildah for tests: of this machine's Debian packages, unpacked, with storage that ends with the session.

Its libraries and settings are laid over the places where it looks for them, in a mount namespace of its own. RUN is
isolated by chroot, which works in containers too.
"""

import os
import stat
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache

from tests.support.engine.images import provide
from tests.support.engine.session import SCRIPT, Connection, packages, session_folder, unavailable

_WRAPPER = """#!/bin/sh
exec unshare --mount sh -c '
root=$1
shift
for place in /etc $(cd "$root" && echo usr/lib/*-linux-gnu*); do
    mount -t overlay -o "lowerdir=$root/$place:/$place" overlay "/$place" || exit 125
done
exec "$root/usr/bin/buildah" "$@"' buildah {root} "$@"
"""
_STORAGE = """[storage]
driver = "overlay"
runroot = "{folder}/run"
graphroot = "{folder}/root"
"""


@cache
def buildah() -> Mapping[str, str]:
    """The environment in which `buildah` is that of the tests. Skips the test where there is none."""
    done = subprocess.run([SCRIPT, "buildah", packages()], capture_output=True, text=True, check=False)
    if done.returncode:
        unavailable(f"Debian's packages of buildah cannot be fetched: {done.stderr.strip()[-200:]}")
    # Each process has its own: where one removes an image, buildah also removes untagged ones that others build on.
    folder = session_folder() / f"buildah-{os.getpid()}"
    (folder / "bin").mkdir(parents=True)
    (folder / "storage.conf").write_text(_STORAGE.format(folder=folder))
    wrapper = folder / "bin/buildah"
    wrapper.write_text(_WRAPPER.replace("{root}", str(packages() / "buildah")))
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    return {
        **os.environ,
        "PATH": f"{folder}/bin:{os.environ['PATH']}",
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        "BUILDAH_ISOLATION": "chroot",
    }


def provide_for_buildah(connection: Connection, names: Iterable[str]) -> None:
    """Make the images of these names in buildah's storage, from those of the engine."""
    for name in sorted(names):
        provide(connection, [name])
        _copy(connection, name)


@cache
def _copy(connection: Connection, name: str) -> None:
    environment = buildah()
    archive = session_folder() / f"buildah-{os.getpid()}" / "image.tar"
    with archive.open("wb") as file:
        subprocess.run(["docker", "image", "save", name], env=connection.environment, stdout=file, check=True)
    command = ["buildah", "pull", "--quiet", f"docker-archive:{archive}"]
    subprocess.run(command, env=environment, capture_output=True, check=True)
    archive.unlink()
