"""Which files commands such as curl and wget write."""

from collections.abc import Iterator
from typing import Final

from ctxopt.image.commands import Run
from ctxopt.image.places import resolved

TOOLS: Final = ("curl", "wget", "aria2c")
_OUTPUT: Final = ("--output", "--output-document", "--out")
_DIRECTORY: Final = ("--output-dir", "--directory-prefix", "--dir")


def output_files(run: Run) -> Iterator[str]:
    """The files that a download command writes, as words of the command or names from its URLs."""
    given = list(run.writes)
    urls: list[str] = []
    directory, remote = "", run.name != "curl"
    words = iter(run.words[1:])
    output = "O" if run.name == "wget" else "o"
    for word in words:
        flag, equals, value = word.partition("=")
        short = word[1:] if word[:1] == "-" and word[:2] != "--" else ""
        if flag in _OUTPUT:
            given.append(value if equals else next(words, ""))
        elif flag in _DIRECTORY:
            directory = value if equals else next(words, "")
        elif output in short:
            given.append(short.partition(output)[2] or next(words, ""))
        elif run.name == "wget" and short[:1] == "P":
            directory = short[1:] or next(words, "")
        elif flag in ("--remote-name", "--remote-name-all") or (run.name == "curl" and "O" in short):
            remote = True
        elif "://" in word:
            urls.append(word)
    if not given and remote:
        given = [name for url in urls if (name := name_in(url))]
    for word in given:
        if word and word != "-" and not word.startswith("/dev/"):
            yield f"{directory.rstrip('/')}/{word}" if directory and not word.startswith("/") else word


def name_in(url: str) -> str:
    """The name of the file at the end of a URL; "" if the URL has a query or a fragment."""
    if "?" in url or "#" in url:
        return ""
    _, _, rest = url.partition("://")
    _, _, path = rest.partition("/")
    return path.rstrip("/").rpartition("/")[2]


def written_path(directory: str | None, word: str) -> str | None:
    """A word as a path in the image; None if it is unknown. Variables stay as written: equal text is an equal path."""
    if not word or any(mark in word for mark in "`~("):
        return None
    return "$/" + word if word.startswith("$") else resolved(directory, word)
