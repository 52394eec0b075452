"""What people run in the image from outside of it: by a recipe, a workflow, or a service of Compose."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from ctxopt.catalogue.commands import known_commands
from ctxopt.catalogue.names import any_match
from ctxopt.core.context.tree import Directory
from ctxopt.core.golang import paths
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.mentions import Mention
from ctxopt.evidence.model import Subject
from ctxopt.evidence.named import says_path
from ctxopt.evidence.service_commands import ServiceCommand, service_commands
from ctxopt.image.commands import Reader, Run

#: A container that is started, or in which something is run: what follows has the command in it.
_CONTAINER: Final = lazy_re(
    r"\b(?:docker|podman|nerdctl)(?:[- ]compose)?[ \t]+(?:[\w./=-]+[ \t]+){0,8}?(?:run|exec)[ \t]+([^\n]{1,1000})"
)
_SERVICE: Final = lazy_re(
    r"^[ \t-]*(?:command|entrypoint)[ \t]*:[ \t]*([^\n]{0,1000}(?:\n[ \t]+-[ \t][^\n]{0,200}){0,20})", re.M
)
#: What shows that a file describes services or containers.
_SERVES: Final = lazy_re(r"^[ \t-]*(?:services|containers|initContainers)[ \t]*:", re.M)
#: A variable with its value.
_SETTING: Final = lazy_re(
    r"^[ \t]*(?:-[ \t]+)?[\"']?([A-Z][A-Z0-9_]{2,60})[\"']?[ \t]*[:=][ \t]*"
    r"[\"']?([\w.][\w./+-]{0,200})[\"']?[ \t]*$",
    re.M,
)
_WORD: Final = lazy_re(r"[^\s'\"`,;|&()\[\]\\]+")
#: Options of `docker run` whose value is a path of the host, and what shows that a word is no path in the image.
_HOSTS: Final = (
    "-v",
    "--volume",
    "--mount",
    "--env-file",
    "-w",
    "--workdir",
    "--cidfile",
    "-f",
    "--file",
    "--env-from",
)
_NOT_PATHS: Final = lazy_re(r"[:=$@<>{}*]")
#: Maximum number of files, of characters in each, and of words of one command.
_MAX_FILES: Final = 200
_MAX_TEXT: Final = 256 << 10
_MAX_WORDS: Final = 40
_LONGEST_GUESS: Final = 8
#: Maximum depth of directories with manifests.
_MAX_DEPTH: Final = 4
#: What begins words that all go to an entry point which is not known.
_ALL_WORDS: Final = "--"


class Outside:
    """What the files of one context say of how to run its image; each is read once for all builds."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        """The starts of the texts by the paths of their files."""
        read = self._subject.read_file
        return {path: (read(path) or b"")[:_MAX_TEXT].decode("utf-8", "replace") for path in _files(self._subject)}

    @property
    def _yaml_texts(self) -> Iterator[tuple[str, str]]:
        return ((path, text) for path, text in self._texts.items() if _is_yaml(path))

    @cached_property
    def _found(self) -> Sequence[tuple[str, Sequence[str]]]:
        """The words of what is run in the image, each with the file that says so."""
        return [
            (path, _WORD.findall(found[1])[:_MAX_WORDS])
            for path, text in self._texts.items()
            for found in (*_CONTAINER.finditer(text), *(_SERVICE.finditer(text) if _is_yaml(path) else ()))
        ]

    @cached_property
    def _guesses(self) -> Mapping[tuple[str, ...], str]:
        """The words of what may be commands: each word may begin one. With the first file that has them."""
        guesses: dict[tuple[str, ...], str] = {}
        for path, found in self._found:
            words = [word.lstrip("-") if word == "-" else word for word in found]
            for at in range(len(words)):
                guesses.setdefault(tuple(words[at : at + _LONGEST_GUESS]), path)
        return guesses

    @cached_property
    def _services(self) -> Sequence[tuple[str, ServiceCommand]]:
        """The services, each with the file that describes it."""
        manifests = known_commands().outside.manifests
        return [
            (path, service)
            for path, text in self._yaml_texts
            if path.partition("/")[0] in manifests or _SERVES.search(text) is not None
            for service in service_commands(text)
        ]

    @cached_property
    def mentions(self) -> Sequence[Mention]:
        """The entries that a command names which people run in the image, by their paths in the context."""
        return tuple(self._mentions())

    def _mentions(self) -> Iterator[Mention]:
        for path, words in self._found:
            for before, word in zip(("", *words), words, strict=False):
                name = paths.clean(word)
                is_path = not word.startswith(("-", "/", "..")) and before not in _HOSTS and _has_path(name)
                if is_path and self._subject.tree.find(name) is not None:
                    yield Mention(tuple(name.split("/")), f"{path} runs it in the image", anchored=True)

    @cached_property
    def settings(self) -> Sequence[Mention]:
        """The entries that a variable names which a service sets for the program in the image."""
        return tuple(self._settings())

    def _settings(self) -> Iterator[Mention]:
        for path, text in self._yaml_texts:
            for found in _SETTING.finditer(text):
                name = paths.clean(found[2])
                is_path = (_has_path(name) or says_path(found[1])) and not name.startswith(("/", ".."))
                if is_path and name != "." and self._subject.tree.find(name) is not None:
                    yield Mention(tuple(name.split("/")), f"{found[1]} in {path} names it", anchored=True)

    def runs(self, start: Run) -> Iterator[Run]:
        """Guesses at commands that run in the image; `start` has their other fields."""
        for words, path in self._guesses.items():
            origin = f"{' '.join(words)[:60]} in {path}"
            yield replace(start, words=words, bare=words, written=words, sure=False, origin=origin)

    def service_runs(self, reader: Reader, entry: Sequence[str]) -> Iterator[Run]:
        """The commands that services run in the image, by Compose or Kubernetes; `entry` is its entry point's words.

        Where there is none here, an image that it is made from may have one, which gets the words.
        """
        seen: set[tuple[str, ...]] = set()
        step = reader.last_step
        for path, service in self._services if step is not None else ():
            with_entry = (*entry, *service.words) if entry else (_ALL_WORDS, service.words[0])
            for words in (service.words,) if service.whole else (service.words, with_entry):
                if words not in seen and step is not None:
                    seen.add(words)
                    yield from reader.of_words(words, reader.start(step, f"{{}} in {path}"))


def _has_path(word: str) -> bool:
    return ("/" in word or "." in word.strip(".")) and not _NOT_PATHS.search(word)


def _is_yaml(path: str) -> bool:
    return path.endswith((".yml", ".yaml"))


def _files(subject: Subject) -> Iterator[str]:
    """The files in which people write how to run the image."""
    known = known_commands().outside
    root = subject.tree.root
    directories = [found for name in known.directories if (found := _below(root, name)) is not None]
    manifests = [below for name in known.manifests if (found := _below(root, name)) for below in _all_below(found)]
    count = 0
    for directory in {directory.path: directory for directory in (root, *directories, *manifests)}.values():
        for index, name in enumerate(directory.names):
            if directory.flags[index] & subject.view and any_match(known.files, name) and count < _MAX_FILES:
                count += 1
                yield directory.child_path(name)


def _all_below(directory: Directory) -> Iterator[Directory]:
    """A directory and those in it, down to some depth."""
    level = [directory]
    for _ in range(_MAX_DEPTH):
        yield from level
        level = [below for one in level for below in one.subdirectories.values()]


def _below(root: Directory, path: str) -> Directory | None:
    directory: Directory | None = root
    for part in path.split("/"):
        directory = directory.subdirectories.get(part) if directory is not None else None
    return directory
