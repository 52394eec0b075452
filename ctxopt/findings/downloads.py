"""Which files commands such as curl and wget write."""

from collections.abc import Iterator
from typing import Final

from ctxopt.catalogue.archives import downloaders
from ctxopt.core.lazy_re import lazy_re
from ctxopt.image.commands import Run
from ctxopt.image.places import below, resolved, same_part

#: A variable that is a whole word, or the first part of a path.
_IS_PATH: Final = lazy_re(r"\$(?:\w+|\{[^}]*\})(?:/|$)")


def output_files(run: Run) -> Iterator[str]:
    """The files that a download command writes, as words of the command or names from its URLs."""
    known = downloaders().get(run.name)
    if known is None:
        return
    given = list(run.writes)
    urls: list[str] = []
    directory, remote = "", known.named
    words = iter(run.words[1:])
    for word in words:
        flag, equals, value = word.partition("=")
        short = word[1:] if word[:1] == "-" and word[:2] != "--" else ""
        if flag in known.output:
            given.append(value if equals else next(words, ""))
        elif flag in known.directory:
            directory = value if equals else next(words, "")
        elif known.output_letter in short:
            given.append(short.partition(known.output_letter)[2] or next(words, ""))
        elif known.directory_letter and short[:1] == known.directory_letter:
            directory = short[1:] or next(words, "")
        elif flag in known.remote or (known.remote_letter and known.remote_letter in short):
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
    # A variable alone, or before a slash, is most likely a path from the root; before other text it is part of a name.
    return "$/" + word if _IS_PATH.match(word) else resolved(directory, word)


def covers(target: str, path: str) -> bool:
    """Whether a path with shell wildcards matches another one, or a directory above it."""
    if below(target, path) is not None:
        return True
    wanted, given = target.rstrip("/").split("/"), path.split("/")
    return len(wanted) <= len(given) and all(map(same_part, wanted, given))


def shown_path(path: str) -> str:
    """A path in the image for messages, without what stands for an unknown directory."""
    return path if path.startswith("/") else path.partition("/")[2]
