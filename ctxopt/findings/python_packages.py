"""The packages that pip and its like install, as far as commands, lists and manifests name them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.golang import paths
from ctxopt.core.lazy_re import lazy_re
from ctxopt.image.commands import Run

#: A package in a list, with its extras; and what separates the parts of a name.
_PACKAGE: Final = lazy_re(r"([A-Za-z0-9][A-Za-z0-9._-]*)[ \t]*(\[[^\]]*\])?[ \t]*(?=[=<>!~;,^#@]|$)")
_SEPARATORS: Final = lazy_re(r"[-_.]+")
#: A line that includes another list, or only restricts what is installed.
_INCLUDED: Final = lazy_re(r"(?:-r|--requirement)[ \t=]*(\S+)")
_RESTRICTS: Final = (
    "-c",
    "--constraint",
    "-i",
    "--index-url",
    "--extra-index-url",
    "--trusted-host",
    "--hash",
    "--prefer",
)
#: Options of pip with a value, and those that are followed by a list.
_VALUED: Final = (
    *("-i", "--index-url", "--extra-index-url", "--trusted-host", "--timeout", "--default-timeout", "--retries", "-t"),
    *("--target", "--prefix", "--root", "-c", "--constraint", "--cache-dir", "--progress-bar", "--python", "--proxy"),
)
_LISTS: Final = ("-r", "--requirement", "--requirements")
#: Manifests, and the keys under which they name packages.
_PYPROJECT: Final = "pyproject.toml"
_PIPFILE: Final = "Pipfile"
#: Maximum size of a list, in bytes, and maximum number of lists.
_LARGEST: Final = 256 << 10
_MOST: Final = 50


def installed(build: BuildContext, run: Run, files: Iterable[str]) -> frozenset[str] | None:
    """The names of the packages that a command installs, in lower case with dashes; None where they are not all known.

    `files` are lists and manifests of the context that it may read.
    """
    found: set[str] = set()
    names_list = run.name not in ("pip", "pip3") and not run.name.startswith("python") and run.words[1:2] != ("pip",)
    words = iter(run.words[run.words.index("install") + 1 :] if "install" in run.words else ())
    for word in words:
        if word in _LISTS or word.startswith(("--requirement=", "-r")):
            names_list = True
            if word in _LISTS:
                next(words, "")
        elif word in _VALUED:
            next(words, "")
        elif not word.startswith("-"):
            package = _PACKAGE.match(word)
            if word.startswith(".") or "/" in word or package is None:
                names_list = True
            else:
                found.add(_name(package))
    if not names_list:
        return frozenset(found)
    some = _of_files(build, files)
    return None if not some else frozenset(found | some)


def _of_files(build: BuildContext, files: Iterable[str]) -> set[str] | None:
    """The packages of lists and manifests with those that they include; None where one is not known."""
    found: set[str] = set()
    waiting, seen = list(files), set[str]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        data = build.read(path, _LARGEST)
        if data is None:
            continue
        named = _named(path, _text(data), waiting)
        if named is None or len(seen) > _MOST:
            return None
        found |= named
    return found


def _text(data: bytes) -> str:
    """The text of a list; with a byte order mark pip reads UTF-16."""
    return data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig", "replace")


def _named(path: str, text: str, waiting: list[str]) -> set[str] | None:
    name = paths.base(path)
    if name in (_PYPROJECT, _PIPFILE):
        return _of_manifest(text)
    return None if name.endswith(".py") else _of_list(path, text, waiting)


def _of_list(path: str, text: str, waiting: list[str]) -> set[str] | None:
    found: set[str] = set()
    for line in text.replace("\\\n", " ").splitlines():
        line = line.strip()
        included = _INCLUDED.match(line)
        if included is not None:
            waiting.append(paths.join(path.rpartition("/")[0], included[1]))
        elif line and not line.startswith(("#", *_RESTRICTS)):
            package = _PACKAGE.match(line)
            if package is None or "://" in line:
                return None
            found.add(_name(package))
    return found


def _of_manifest(text: str) -> set[str] | None:
    # Imported here because few builds are asked for their packages.
    import tomllib

    try:
        manifest = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    found: set[str] = set()
    for written in _dependencies(manifest):
        package = _PACKAGE.match(written)
        if package is None or "://" in written:
            return None
        found.add(_name(package))
    return found


def _dependencies(manifest: Mapping[str, Any]) -> Iterator[str]:
    """What a pyproject.toml or a Pipfile names, extras and groups included."""
    project = _table(manifest, "project")
    lists = [project.get("dependencies"), *_table(project, "optional-dependencies").values()]
    lists += [*_table(manifest, "dependency-groups").values(), _table(manifest, "build-system").get("requires")]
    for one in lists:
        yield from (word for word in one or () if isinstance(word, str))
    poetry = _table(_table(manifest, "tool"), "poetry")
    tables = [_table(poetry, "dependencies"), _table(poetry, "dev-dependencies"), _table(manifest, "packages")]
    tables += [_table(group, "dependencies") for group in _table(poetry, "group").values() if isinstance(group, dict)]
    for table in tables:
        for name, value in table.items():
            extras = value.get("extras", ()) if isinstance(value, dict) else ()
            is_elsewhere = isinstance(value, dict) and not {"git", "path", "url", "file"}.isdisjoint(value)
            if name != "python":
                yield f"{name} @ ://" if is_elsewhere else f"{name}[{','.join(map(str, extras))}]"


def _table(manifest: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = manifest.get(key)
    return value if isinstance(value, dict) else {}


def _name(package: "re.Match[str]") -> str:
    """The name as an index has it; psycopg comes compiled only with an extra."""
    name = _SEPARATORS.sub("-", package[1]).lower()
    return f"{name}-binary" if name == "psycopg" and "binary" in (package[2] or "") else name
