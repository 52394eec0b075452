"""Build public Dockerfiles before and after `ctxopt fix --write`, in images whose programs are stand-ins.

    PYTHONPATH=. .venv/bin/python benchmarks/rules/build_fixes.py CHECKOUTS [--write]

CHECKOUTS has a checkout of each repository of builds.csv, named owner+name, at the commit there. No registry is asked:
each base image has busybox, a shell and, in place of all other programs, one that leaves what the real one leaves, and
fails where a file that it is to read is missing. So a build succeeds only if all instructions find their files, and all
installations their manifests. A Dockerfile that fails before the fix is not counted. With --write, the results are
written into builds.csv.
"""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ctxopt.core.dockerfile.parser import parse
from ctxopt.errors import CtxoptError
from tests.support.engine import Engine, base_names, engine, prepared
from tests.support.engine.images import import_root
from tests.support.engine.rootfs import Rootfs
from tests.support.engine.session import Session

DATA: Final = Path(__file__).with_name("builds.csv")
_STAND_IN: Final = Path(__file__).with_name("stand-in")
_CTXOPT: Final = (sys.executable, "-m", "ctxopt")
#: Applets of busybox that would ask a network, or refuse what stand-ins leave.
_REPLACED: Final = frozenset(
    (
        *(
            "wget",
            "tar",
            "unzip",
            "gunzip",
            "bunzip2",
            "xz",
            "unxz",
            "dpkg",
            "rpm",
            "sha256sum",
            "sha512sum",
            "sha1sum",
        ),
        *(
            "md5sum",
            "mv",
            "cp",
            "chown",
            "chmod",
            "su",
            "passwd",
            "chpasswd",
            "service",
            "mount",
            "hostname",
            "sysctl",
            "patch",
            "ping",
        ),
    )
)
#: Files that images have and Dockerfiles change.
_SETTINGS: Final = (
    *("/root/.bashrc", "/root/.profile", "/etc/apt/sources.list", "/etc/apt/sources.list.d/x", "/etc/apt/apt.conf.d/x"),
    *(
        "/etc/sudoers",
        "/etc/locale.gen",
        "/etc/ssl/openssl.cnf",
        "/etc/nginx/nginx.conf",
        "/etc/nginx/conf.d/default.conf",
    ),
    *(
        "/etc/apk/repositories",
        "/usr/share/easy-rsa/easyrsa",
        "/etc/dpkg/dpkg.cfg.d/x",
        "/var/lib/dpkg/info/libc-bin.list",
    ),
    *("/usr/share/nginx/html/index.html", "/usr/local/etc/php/conf.d/x", "/etc/ssh/sshd_config", "/etc/bash.bashrc"),
)
_WORD: Final = re.compile(r"(?:^|[\s;&|(`!]|\$\()((?:[\w.+-]*/)*[A-Za-z][\w.+-]*)")
_USER: Final = re.compile(
    r"^[ \t]*USER[ \t]+(\w[\w-]*)|--chown=(\w[\w-]*)(?::(\w[\w-]*))?", re.MULTILINE | re.IGNORECASE
)
#: What fixes take out of an image.
_CACHES: Final = re.compile(
    # Names of instructions are programs as well, for want of a look at what is a command.
    r"^(?:usr/bin/[A-Z]+$|var/(?:lib/apt|cache|log)|root/\.|home/[^/]+/\.|tmp/|opt/conda/pkgs|usr/local/bundle/cache|.*/\.npm|.*/\.cache)"
)


class Row(NamedTuple):
    """One Dockerfile: the rules whose fixes were applied, and what became of the builds."""

    repository: str
    commit: str
    dockerfile: str
    context: str
    fixes: str
    result: str


def main(checkouts: Path, *, write: bool) -> None:
    """Build each, print its result, and count."""
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = [Row(**row) for row in csv.DictReader(file)]
    session = Session()
    try:
        done = []
        for row in rows:
            done.append(_tried(engine(), checkouts / row.repository.replace("/", "+", 1), row))
            print(*done[-1], flush=True)
    finally:
        session.close()
    if write:
        with DATA.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(Row._fields)
            writer.writerows(done)
    built = [row for row in done if row.result == "both build"]
    count = sum(len(row.fixes.split()) for row in built)
    print(f"{len(built)} Dockerfiles with {count} fixes build before and after", end="; ")
    print(f"{sum(row.result == 'fails after' for row in done)} fail after")


def _tried(docker: Engine, root: Path, row: Row) -> Row:
    context, dockerfile = root / row.context, root / row.dockerfile
    name = str(dockerfile.relative_to(context))
    command = [*_CTXOPT, "fix", "-f", str(dockerfile), str(context), "--json"]
    planned = subprocess.run(command, capture_output=True, text=True, check=False)
    if planned.returncode:
        return row._replace(fixes="", result="refused")
    answer = json.loads(planned.stdout)
    fixes = " ".join(sorted(one["rule"] for one in answer["fixed"]))
    if not fixes:
        return row._replace(fixes="", result="nothing to fix")
    files = {context / one["name"]: (context / one["name"]).read_bytes() for one in answer["files"]}
    before = _built(docker, context, name)
    if isinstance(before, str):
        return row._replace(fixes=fixes, result=f"fails before: {before}")
    try:
        subprocess.run([*command, "--write"], capture_output=True, check=True)
        after = _built(docker, context, name)
    finally:
        for path, data in files.items():
            path.write_bytes(data)
    if isinstance(after, str):
        return row._replace(fixes=fixes, result="fails after")
    excluded = any(one["rule"].startswith("CTX0") for one in answer["fixed"])
    lost = [] if excluded else sorted(path for path in before - after if not _CACHES.match(path))
    return row._replace(fixes=fixes, result=f"lost {' '.join(lost[:5])}" if lost else "both build")


def _built(docker: Engine, context: Path, name: str) -> frozenset[str] | str:
    """The paths in the image, or why it was not built."""
    path = context / name
    original = path.read_bytes()
    text = original.decode("utf-8", "surrogateescape")
    try:
        made = "".join(_with_results(text, name))
    except CtxoptError as error:
        return error.text
    ignore = path.with_name(f"{path.name}.built.dockerignore")
    own = path.with_name(f"{path.name}.dockerignore")
    copy = path.with_name(f"{path.name}.built")
    copy.write_text(made, encoding="utf-8", errors="surrogateescape")
    if own.is_file():
        ignore.write_bytes(own.read_bytes())
    try:
        try:
            for base in base_names(prepared(text)):
                _provide(docker, base, text)
            build = docker.build(context, str(copy.relative_to(context)), cache=False)
        except (OSError, RuntimeError, subprocess.CalledProcessError):
            # Such as one with a digest, which nobody can give an image.
            return "no image has this name"
        if build.image is None:
            return " ".join((build.failed_step or "", *build.last_lines[-2:]))[:200].replace("\n", " ")
        return frozenset(build.image.entries)
    finally:
        copy.unlink()
        ignore.unlink(missing_ok=True)


def _with_results(text: str, name: str) -> Iterator[str]:
    """The Dockerfile with, at the end of each stage, what other stages copy from it, if it is not there."""
    instructions = parse(text.encode("utf-8", "surrogateescape"), name).instructions
    lines = text.splitlines(keepends=True)
    wanted: dict[str, list[str]] = {}
    for one in instructions:
        source = re.search(r"--from=(\S+)", one.text) if one.keyword in ("COPY", "RUN") else None
        if source is not None:
            words = [word.strip('",[]') for word in one.text[source.end() :].split() if not word.startswith("--")]
            wanted.setdefault(source[1].lower(), []).extend(words[:-1] if one.keyword == "COPY" else ())
    stages = [one for one in instructions if one.keyword == "FROM"]
    labels = [re.search(r"\sAS\s+(\S+)", one.text, re.IGNORECASE) for one in stages]
    at = 0
    for number, (label, after) in enumerate(zip(labels, [*stages[1:], None], strict=True)):
        end = after.line - 1 if after is not None else len(lines)
        yield from (line if line.endswith("\n") else f"{line}\n" for line in lines[at:end])
        at = end
        for path in (*wanted.get(label[1].lower() if label else "", ()), *wanted.get(str(number), ())):
            plain = "/" + path.strip("/")
            if re.fullmatch(r"[\w./@+-]+", plain) and after is not None:
                folder = plain.rpartition("/")[0] or "/"
                made = f"mkdir -p {folder}; test -e {plain} || echo >{plain}"
                yield f'USER 0\nRUN ["/usr/bin/busybox", "sh", "-c", "{made}"]\n'


def _provide(docker: Engine, base: str, text: str) -> None:
    """Make an image of this name that has all programs that a Dockerfile may run."""
    words = {word.rpartition("/")[2] for word in _WORD.findall(text)}
    stages = {name.lower() for name in re.findall(r"^[ \t]*FROM[ \t].*[ \t]AS[ \t]+(\S+)", text, re.MULTILINE | re.I)}
    copies = re.findall(r"--from=(\S+)((?:[ \t]+\S+)+)", text)
    others = [words for source, words in copies if not source.isdigit() and source.lower() not in stages]
    paths = {path for words in others for path in words.split()[:-1]}
    users = {name for found in _USER.findall(text) for name in found if name and not name.isdigit()}

    def fill(root: Rootfs) -> None:
        root.add(_STAND_IN, "/usr/lib/stand-ins/any")
        for word in words:
            if (word in _REPLACED or not root.has(f"/usr/bin/{word}")) and word not in ("sh", "bash", "busybox", "set"):
                root.link(f"/usr/bin/{word}", "../lib/stand-ins/any")
        for path in paths:
            if re.fullmatch(r"/[\w./@+-]+", path.rstrip("/")) and not root.has(path.rstrip("/")):
                root.text(path.rstrip("/"), "", 0o755)
        for path in _SETTINGS:
            root.text(path, "")
        # All are the administrator: who owns what is not what is tried here.
        names = sorted(users - {"root", "nobody", "www-data", "staff", "nogroup"})
        root.append("/etc/passwd", "".join(f"{name}:x:0:0::/home/{name}:/bin/sh\n" for name in names))
        root.append("/etc/group", "".join(f"{name}:x:0:\n" for name in names))

    import_root(docker.connection, base, ("shell",), fill)


if __name__ == "__main__":
    main(Path(sys.argv[1]), write=sys.argv[2:] == ["--write"])
