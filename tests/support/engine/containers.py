"""buildah and podman for tests: of this machine's Debian packages, unpacked, with storage that ends with the session.

Their libraries and settings are laid over the places where they look for them, in a mount namespace of its own. RUN is
isolated by chroot, which works in containers too; podman runs containers with the runc of the engine.
"""

import os
import stat
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache

from tests.support.engine.images import provide
from tests.support.engine.session import SCRIPT, Connection, packages, session_folder, unavailable

#: The programs.
CONTAINER_TOOLS = ("buildah", "podman")

_WRAPPER = """#!/bin/sh
exec unshare --mount sh -c '
root=$1
shift
for place in /etc $(cd "$root" && echo usr/lib/*-linux-gnu*); do
    mount -t overlay -o "lowerdir=$root/$place:/$place" overlay "/$place" || exit 125
done
exec "$root/usr/bin/{program}" "$@"' {program} {root} "$@"
"""
_STORAGE = """[storage]
driver = "overlay"
runroot = "{folder}/run"
graphroot = "{folder}/root"
"""


#: No cgroups, whose hierarchy may be of a kind that it does not know, and no higher limits than it may set.
_SETTINGS = """[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
runtime = "runc"
conmon_path = ["{root}/usr/bin/conmon"]
helper_binaries_dir = ["{root}/usr/lib/podman"]
[engine.runtimes]
runc = ["{runc}"]
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
netns = "host"
[network]
network_backend = "netavark"
network_config_dir = "{folder}/networks"
"""


@cache
def container_tool(program: str) -> Mapping[str, str]:
    """The environment in which `program` is that of the tests. Skips the test where there is none."""
    done = subprocess.run([SCRIPT, program, packages()], capture_output=True, text=True, check=False)
    if done.returncode:
        unavailable(f"Debian's packages of {program} cannot be fetched: {done.stderr.strip()[-200:]}")
    # Each process has its own: where one removes an image, buildah also removes untagged ones that others build on.
    folder = session_folder() / f"{program}-{os.getpid()}"
    root = packages() / program
    (folder / "bin").mkdir(parents=True)
    (folder / "storage.conf").write_text(_STORAGE.format(folder=folder))
    given = {"CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"), "BUILDAH_ISOLATION": "chroot"}
    if program == "podman":
        runc = next(packages().glob(f"{os.environ.get('CTXOPT_TEST_SUITE', 'trixie')}/usr/sbin/runc"), "runc")
        (folder / "containers.conf").write_text(_SETTINGS.format(root=root, runc=runc, folder=folder))
        given["CONTAINERS_CONF"] = str(folder / "containers.conf")
    wrapper = folder / "bin" / program
    wrapper.write_text(_WRAPPER.replace("{root}", str(root)).replace("{program}", program))
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    # podman fails on a Docker configuration that is not there.
    others = {name: value for name, value in os.environ.items() if name != "DOCKER_CONFIG"}
    return {**others, **given, "PATH": f"{folder}/bin:{os.environ['PATH']}"}


def provide_for(program: str, connection: Connection, names: Iterable[str]) -> None:
    """Make the images of these names in the storage of `program`, from those of the engine."""
    for name in sorted(names):
        provide(connection, [name])
        _copy(program, connection, name)


@cache
def _copy(program: str, connection: Connection, name: str) -> None:
    environment = container_tool(program)
    archive = session_folder() / f"{program}-{os.getpid()}" / "image.tar"
    with archive.open("wb") as file:
        subprocess.run(["docker", "image", "save", name], env=connection.environment, stdout=file, check=True)
    command = [program, "pull", "--quiet", f"docker-archive:{archive}"]
    subprocess.run(command, env=environment, capture_output=True, check=True)
    archive.unlink()
