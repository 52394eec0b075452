"""Corner cases of builds: small contexts, of which `tests/data/corners.json` has what the two builders made.

The cases have the form of the recorded ones (tests/conformance/README.md): a file contains its own path, so what is in
the image tells what was read. The values were recorded with Docker 26.1.5; the tests with an engine ask one again.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ctxopt.core.build_context import BuildContext
from ctxopt.errors import CtxoptError
from ctxopt.reports.stages import image_files
from tests.support.trees import Case, write_case

#: The files of the context in the image; None where the build fails.
Outcome = list[str] | None

RECORDED = Path(__file__).parent.parent / "data/corners.json"

_ALL = "FROM scratch\nCOPY . /\n"
_TREE = ("a.txt", "b.txt", "k", "d/x", "e/y", "empty/")


def _case(name: str, dockerfile: str, ignore: str | None = None, *names: str, **more: object) -> Case:
    """A case; a name is that of a file, `path -> target` a link, and that of a directory ends in a slash."""
    entries = [_entry(name) for name in (names or _TREE)]
    # The comment makes the file another one than those of the tree.
    ignore_files = {} if ignore is None else {".dockerignore": f"#\n{ignore}"}
    return {"id": name, "tree": entries, "dockerfile": dockerfile, "ignore_files": ignore_files, **more}


def _entry(name: str) -> Case:
    path, arrow, target = name.partition(" -> ")
    if arrow:
        return {"path": path, "type": "symlink", "target": target}
    if name.endswith("/"):
        return {"path": name[:-1], "type": "dir"}
    return {"path": name, "type": "file", "size": len(name.encode("utf-8", "surrogateescape")) + 1}


def _copy(*words: str, ignore: str = "", names: tuple[str, ...] = ()) -> Iterator[Case]:
    for word in words:
        yield _case(f"copy {word} | {ignore.strip()}", f"FROM scratch\nCOPY {word}\n", ignore, *names)


def _followed() -> Iterator[Case]:
    current = ("current -> releases/1", "releases/1/bin/app", "releases/1/lib/so", "other")
    staged = "FROM scratch AS a\nCOPY current/bin/ /bin/\nFROM scratch\nCOPY --from=a / /a/\nCOPY {} /app/\n"
    yield _case("a link that is asked for below first", staged.format("current"), None, *current)
    yield _case("a link that is asked for with other paths below", staged.format("current/lib"), None, *current)
    yield _case("a link and its target", staged.format("releases/1/lib"), None, *current)
    yield _case("links with wildcards", staged.format("curr*/lib"), None, *current)
    chain = ("a -> b", "b -> c", "c/x", "c/y", "z -> a")
    for words in ("a/x z/y", "z/x a/y", "b/x a/y c", "z b/x", "a*/x ?/y", "z/* a/x"):
        yield _case(f"a chain of links: {words}", f"FROM scratch\nCOPY {words} /d/\n", None, *chain)
    yield _case("a link through an excluded directory", "FROM scratch\nCOPY l /d/\n", "x\n", "l -> x/y", "x/y/f", "x/g")
    kept = _case("a link through a directory with exceptions", "FROM scratch\nCOPY l /d/\n", "x\n!x/y\n", "l -> x/y")
    yield kept | {"tree": [*kept["tree"], *map(_entry, ("x/y/f", "x/g"))]}


def _characters() -> Iterator[Case]:
    names = ("foo", "k", "a\tb", "f\udcff", "f\udcfe", "Icon\r", "ü", "u\u0308")
    ignores = {
        "a tab before a comment": "foo\t# gone\n",
        "NUL": "foo\0\n",
        "a CR inside of a line": "Icon[\r]\n",
        "a CR at the end": "Icon\r\r\n",
        "DEL": "foo\x7f\n",
        "a tab, and a pattern above ASCII": "a\tb\nü\n",
        "a tab, and a byte that is not UTF-8": "a\tb\n\udcff\n",
        "a byte that is not UTF-8": "f\udcff\n",
        "a byte that is not UTF-8, and a wildcard": "f\udcff*\n",
        "an escaped tab": "a\\tb\n",
        "an escaped control character": "a\\x09b\n",
        "a composed name": "ü\n",
        "a decomposed name": "u\u0308\n",
    }
    for name, ignore in ignores.items():
        yield _case(f"ignore file with {name}", _ALL, ignore, *names)
    for words in (
        '["a\\tb", "/"]',
        '["a\\tb", "ü", "/x/"]',
        '["a?b", "/"]',
        '["a\\tb", ".", "/x/"]',
        "f\udcff /",
        "f? /",
    ):
        yield from _copy(words, names=names)
    yield _case("excludes above ASCII do not help sources", 'FROM scratch\nCOPY ["a\\tb", "/"]\n', "ü\n", *names)
    unused = "FROM scratch AS a\nWORKDIR /x\nFROM scratch\nCOPY --from=a / /\n"
    yield _case("a tab in an ignore file that nothing needs", unused, "a\tb\n", *names)


def _ignore_links() -> Iterator[Case]:
    links = {"a relative link": "sub/ig", "an absolute link": "/sub/ig", "more steps than there are": "../../sub/ig"}
    links |= {
        "a link to nothing": "nothing",
        "a link to a directory": "sub",
        "a chain": "l/ig",
        "a loop": ".dockerignore",
    }
    for name, target in links.items():
        case = _case(f"ignore file behind {name}", _ALL, None, f".dockerignore -> {target}", "junk", "k", "l -> sub")
        yield case | {"ignore_files": {"sub/ig": "#\njunk\n"}}
    links = {"a relative link": "sub/ig", "an absolute link": "/sub/ig", "a chain": "l/ig", "a directory": "/sub"}
    for name, target in links.items():
        for text in ("junk\n.dockerignore\nDockerfile\n", ".dock*\nsub\n", "**/ig\n.dockerignore\n!k\n"):
            title = f"ignore file that excludes itself, behind {name} | {' '.join(text.split())}"
            case = _case(title, _ALL, None, f".dockerignore -> {target}", "junk", "k", "l -> sub", "sub/more")
            yield case | {"ignore_files": {"sub/ig": f"#\n{text}"}}
    own = _case(
        "own ignore file behind a loop", _ALL, "junk\n", "Dockerfile.dockerignore -> Dockerfile.dockerignore", "junk"
    )
    yield own
    for target in ("sub/df", "/sub/df", "../sub/df"):
        case = _case(f"Dockerfile behind {target}", _ALL, None, "k", f"Dockerfile -> {target}")
        yield case | {"dockerfile_path": "sub/df", "build": "Dockerfile"}


def _nothing() -> Iterator[Case]:
    for ignore in ("*\n", "**\n"):
        yield from _copy(". /", "* /", "a.txt /", "D* .dockerignor? /z/", ignore=ignore)
    yield from _copy("*.txt /", "*.txt k /", "a* /x", "nosuch/* /", "n*/x /", "d/n*/x /", "*.zip /", ignore="*.txt\n")
    yield from _copy("d/* /d/", "d /d/", "d* /d/", "d*/ /d/", ignore="d/x\n")
    yield from _copy("d /d/", "d* /d/", "d/x /d/", ignore="d\n")
    yield from _copy("d /d/", "d/x /d/", ignore="d\n!d/x\n")
    yield from _copy("empty /d/", "empty/* /d/", "a.txt b.txt .", "d e /x", "a.txt/ /z/", ignore="k\n")
    yield from _copy("/*.txt /z/", "./*.txt /z/", ".//*.txt /z/", "d/../*.txt /z/", "../a.txt /z/", "/../a.txt /z/")
    yield from _copy("a[ /z/", "d[^a]x /z/", '["", "/z/"]')
    links = ("L -> d", "d/x", "M -> nothing", "N -> N", "O -> ../../d/x")
    yield from _copy(
        "L /z/", "L* /z/", "L/x /z/", "L/../d/x /z/", "M /z/", "M* /z/", "N /z/", "N* /z/", "O /z/", names=links
    )
    yield from _copy("L /z/", "L* /z/", ignore="d\n", names=links)
    for argument in ("ARG X", "ARG X="):
        for ignore in ("*\n", "k\n"):
            text = f"FROM scratch\n{argument}\nCOPY ${{X}}/ /d/\n"
            yield _case(f"{argument} as a source | {ignore.strip()}", text, ignore)


@cache
def corners() -> tuple[Case, ...]:
    """All cases."""
    return (*_followed(), *_characters(), *_ignore_links(), *_nothing())


def write(root: Path, case: Case) -> dict[bytes, str]:
    """Write a case below a directory; returns the paths of its files by their contents."""
    write_case(root, case)
    return {
        path.read_bytes(): str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def ours(root: Path, case: Case) -> dict[str, Outcome]:
    """What we say that both builders make of it."""
    context = BuildContext(str(root), case.get("build"))
    found: dict[str, Outcome] = {}
    try:
        context.usage.check()
        found["buildkit"] = sorted(image_files(context))
    except CtxoptError:
        found["buildkit"] = None
    try:
        read = context.legacy_files_read
        if None in read:
            return found
        failed = any(not isinstance(files, list) for files in read)
        found["classic"] = (
            None if failed else sorted({path for files in read if isinstance(files, list) for path in files})
        )
    except CtxoptError:
        found["classic"] = None
    return found


def has_one_stage(case: Case) -> bool:
    """Whether what the legacy builder reads is in the image."""
    return bool(case["dockerfile"].count("FROM ") == 1)
