"""Base images made of this machine's own files, under the names that Dockerfiles use."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from pathlib import Path

from tests.support.engine.rootfs import Rootfs
from tests.support.engine.session import Connection, alone, busybox, unavailable

#: What makes the images of each name, by the last part of the name; the first that matches counts.
_KINDS = (
    (r"(python|pypy|.*jupyter.*|uv)$", ("shell", "git", "make", "python")),
    (r"(node|bun|deno)$", ("shell", "git", "make", "node")),
    (r"(golang|go)$", ("shell", "git", "make", "go")),
    (r"(rust|cargo.*)$", ("shell", "git", "make", "cargo")),
    (r"maven$", ("shell", "mvn")),
    (r"sdk$", ("shell", "dotnet")),
    (r"ruby$", ("shell", "bundle")),
    (r"composer$", ("shell", "composer")),
    (r"(gcc|cmake|.*build.*|buildpack-deps)$", ("shell", "git", "make", "cmake")),
    (r"(git|alpine-git)$", ("shell", "git")),
    (r"(debian|ubuntu|fedora|centos|rockylinux|almalinux|amazonlinux|leap|archlinux|.*conda.*|.*mamba.*)$", ("shell",)),
    (r".*$", ()),
)
_STAND_INS = Path(__file__).with_name("stubs")
#: Stand-ins with their other names.
_ALIASES = {
    "adduser": ("addgroup", "useradd", "groupadd"),
    "apk": (),
    "apt-get": ("apt",),
    "dnf": ("yum", "microdnf", "zypper"),
    "conda": ("mamba", "micromamba"),
    "pacman": (),
}
#: The bundle of certificates, where the images have it.
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "SSL_CERT_FILE": _CERTIFICATES,
    "REQUESTS_CA_BUNDLE": _CERTIFICATES,
    "CURL_CA_BUNDLE": _CERTIFICATES,
    "GIT_SSL_CAINFO": _CERTIFICATES,
    "NODE_EXTRA_CA_CERTS": _CERTIFICATES,
    "PIP_CERT": _CERTIFICATES,
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
}
_PASSWD = "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\nnobody:x:65534:65534::/:/bin/false\n"
_GROUP = "root:x:0:\nstaff:x:50:\nwww-data:x:33:\nnogroup:x:65534:\n"


def provide(connection: Connection, names: Iterable[str]) -> None:
    """Make the images of these names that the engine does not have yet."""
    for name in sorted(names):
        _provide(connection, name)


@cache
def _provide(connection: Connection, name: str) -> None:
    with alone("images"):
        if _exists(connection, name):
            return
        parts = _parts(name)
        # The folder's name may begin or end with what only a tag may.
        kind = f"ctxopt-tests:{'-'.join((*parts, connection.folder.name))}"
        if not _exists(connection, kind):
            _import(connection, kind, parts)
        _docker(connection, "tag", kind, name)


def import_root(connection: Connection, name: str, parts: tuple[str, ...], fill: Callable[[Rootfs], None]) -> None:
    """Make an image of this name that has more than these parts, in place of one that is there."""
    _import(connection, name if ":" in name.rpartition("/")[2] else f"{name}:latest", parts, fill)
    _provide.cache_clear()


def _parts(name: str) -> tuple[str, ...]:
    last = name.split("@")[0].split("/")[-1].split(":")[0]
    return next(parts for pattern, parts in _KINDS if re.match(pattern, last))


def _exists(connection: Connection, name: str) -> bool:
    command = ["docker", "image", "inspect", name]
    return not subprocess.run(command, env=connection.environment, capture_output=True, check=False).returncode


def _docker(connection: Connection, *arguments: str) -> None:
    subprocess.run(["docker", *arguments], env=connection.environment, stdout=subprocess.DEVNULL, check=True)


def _import(
    connection: Connection, name: str, parts: tuple[str, ...], fill: Callable[[Rootfs], None] = lambda _: None
) -> None:
    environment = [f"ENV {key}={value}" for key, value in (_ENVIRONMENT | dict(_settings())).items()]
    changes = [*environment, 'CMD ["/bin/sh"]', f"LABEL {connection.label}"]
    command = ["docker", "import", *(word for change in changes for word in ("--change", change)), "-", name]
    root = Rootfs()
    _base(root)
    for part in parts:
        _PARTS[part](root)
    fill(root)
    with subprocess.Popen(
        command, env=connection.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None
        root.write(process.stdin)
        process.stdin.close()
        if process.wait():
            raise RuntimeError(f"docker import of {name} failed")


def _base(root: Rootfs) -> None:
    """Busybox, the certificates, and stand-ins for package managers and the like."""
    root.add(busybox(), "/usr/bin/busybox")
    listed = subprocess.run([busybox(), "--list"], capture_output=True, text=True, check=True)
    for applet in listed.stdout.split():
        if applet != "busybox":
            root.link(f"/usr/bin/{applet}", "busybox")
    root.add(_STAND_INS / "common", "/usr/lib/stand-ins/common")
    for name, aliases in _ALIASES.items():
        root.add(_STAND_INS / name, f"/usr/bin/{name}")
        for alias in aliases:
            root.link(f"/usr/bin/{alias}", name)
    for path, text in {"/etc/passwd": _PASSWD, "/etc/group": _GROUP, "/etc/hostname": "image\n"}.items():
        root.text(path, text)
    root.text("/etc/os-release", 'ID=debian\nID_LIKE=debian\nVERSION_CODENAME=trixie\nPRETTY_NAME="a test image"\n')
    root.text("/etc/nsswitch.conf", "hosts: files dns\n")
    for path in ("/root", "/home", "/srv", "/opt", "/proc", "/sys", "/dev", "/var/lib/apt/lists", "/usr/local/bin"):
        root.directory(path)
    for path in ("/tmp", "/var/tmp"):
        root.directory(path, 0o1777)
    bundle = os.environ.get("SSL_CERT_FILE") or _CERTIFICATES
    if Path(bundle).is_file():
        root.add(Path(bundle), _CERTIFICATES)


def _settings() -> Iterator[tuple[str, str]]:
    """Where pip and npm of this machine find packages, as environment variables; no paths on its disk."""
    pip = [sys.executable, "-m", "pip", "config", "get"]
    for option in ("index-url", "timeout"):
        done = subprocess.run([*pip, f"global.{option}"], capture_output=True, text=True, check=False)
        if not done.returncode and "file:" not in done.stdout:
            yield f"PIP_{option.replace('-', '_').upper()}", done.stdout.strip()
    if shutil.which("npm"):
        npm = ["npm", "config", "get", "registry"]
        yield "NPM_CONFIG_REGISTRY", subprocess.run(npm, capture_output=True, text=True, check=True).stdout.strip()
    yield "NPM_CONFIG_AUDIT", "false"
    yield "NPM_CONFIG_UPDATE_NOTIFIER", "false"


def _program(name: str) -> Path:
    found = shutil.which(name)
    if found is None:
        unavailable(f"there is no {name} to make an image of")
    return Path(found)


def _shell(root: Rootfs) -> None:
    root.program(_program("bash"))


def _git(root: Rootfs) -> None:
    program = _program("git")
    core = Path(subprocess.run([program, "--exec-path"], capture_output=True, text=True, check=True).stdout.strip())
    root.program(program)
    root.tree(core)
    root.tree(Path("/usr/share/git-core/templates"))
    root.libraries(core.glob("git-remote-http*"))


def _make(root: Rootfs) -> None:
    root.program(_program("make"))


def _python(root: Rootfs) -> None:
    """The interpreter that the tests' environment is made of, its library, and pip."""
    import pip

    interpreter = Path(os.path.realpath(sys.executable))
    ask = "import sysconfig; print(sysconfig.get_path('stdlib')); print(sysconfig.get_path('purelib'))"
    asked = subprocess.run([interpreter, "-I", "-c", ask], capture_output=True, text=True, check=True)
    library, packages = map(Path, asked.stdout.split())
    root.program(interpreter)
    root.tree(library, without=("site-packages", "dist-packages", "test", "idlelib", "EXTERNALLY-MANAGED", "config-*"))
    root.libraries((library / "lib-dynload").glob("*.so"))
    _old_libraries(root)
    root.tree(Path(pip.__file__).parent, packages / "pip")
    root.directory(str(packages))
    for name in ("python", "python3", f"python{sys.version_info[0]}.{sys.version_info[1]}"):
        root.link(f"/usr/local/bin/{name}", str(interpreter))
    for name in ("pip", "pip3"):
        root.text(f"/usr/local/bin/{name}", '#!/bin/sh\nexec python3 -m pip "$@"\n', 0o755)


def _old_libraries(root: Rootfs) -> None:
    """What wheels for older systems are linked with, although the C library itself contains it today."""
    for directory in Path("/lib").resolve().glob("*-linux-gnu*"):
        for name in ("libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1"):
            if (directory / name).is_file():
                root.add(directory / name)


def _node(root: Rootfs) -> None:
    npm = Path(os.path.realpath(_program("npm")))
    root.program(_program("node"))
    # Debian's npm uses modules that lie beside it.
    package = npm.parent.parent
    root.tree(Path("/usr/share/nodejs") if package.is_relative_to("/usr/share/nodejs") else package)
    root.link("/usr/local/bin/npm", str(npm))
    root.link("/usr/local/bin/npx", str(npm.with_name("npx-cli.js")))
    root.link("/usr/local/bin/node", str(_program("node")))
    root.link("/usr/bin/env", "busybox")
    # Too large to be installed by a test.
    root.add(_STAND_INS / "next", "/usr/local/bin/next")


def _go(root: Rootfs) -> None:
    """The toolchain; without one a stand-in, whose programs are lists of the sources."""
    if shutil.which("go") is None:
        root.add(_STAND_INS / "go", "/usr/local/bin/go")
        return
    found = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    root.tree(Path(found), without=("test", "doc", "api"))
    root.link("/usr/local/bin/go", f"{found}/bin/go")


def _cmake(root: Rootfs) -> None:
    program = _program("cmake")
    root.program(program)
    for modules in Path("/usr/share").glob("cmake-*"):
        root.tree(modules, without=("Help",))


def _stand_in(root: Rootfs, name: str) -> None:
    """A stand-in for what builds projects, in place of a toolchain that would have to be downloaded."""
    root.add(_STAND_INS / name, f"/usr/local/bin/{name}")


_PARTS: dict[str, Callable[[Rootfs], None]] = {
    "shell": _shell,
    "git": _git,
    "make": _make,
    "python": _python,
    "node": _node,
    "go": _go,
    "cmake": _cmake,
    **{name: partial(_stand_in, name=name) for name in ("bundle", "cargo", "composer", "dotnet", "mvn")},
}
