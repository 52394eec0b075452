"""What a repository says about how the containers of an image run: with what only root may use, or as another user."""

import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from ctxopt.builds.dockerfiles import is_compose_file
from ctxopt.catalogue.operation import operation
from ctxopt.core.build_context import BuildContext
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.operation import OperationText, OperationTexts, joined_lines, operation_texts, services_of
from ctxopt.image.users import is_root

#: The name of a project in the files that describe it: the last part of a module of Go, before its version.
_MODULE: Final = lazy_re(r"(?m)^module[ \t]+(?:[\w.~-]{1,80}/){0,9}?([\w.~-]{2,80})(?:/v\d{1,3})?[ \t\r]*$")
_PROJECT: Final = lazy_re(r"(?m)^\{?[ \t]{0,4}\"?name\"?[ \t]{0,4}[:=][ \t]{0,4}\"(?:@[\w-]{1,80}/)?([\w.-]{2,80})\"")
_MANIFESTS: Final = ("go.mod", "package.json", "pyproject.toml", "Cargo.toml", "composer.json")
_LARGEST: Final = 64 << 10
#: The image of a service, and what it is built of.
_IMAGE: Final = lazy_re(r"(?m)^[ \t]*(?:-[ \t]*)?(?:image|repository):[ \t]*[\"']?([^\s\"'#]+)")
_BUILT: Final = lazy_re(r"(?m)^[ \t]*(build|context|dockerfile):[ \t]*[\"']?([^\s\"'#]+)")
#: A volume of a service, with the directory in which it is mounted.
_MOUNT: Final = lazy_re(r"(?m)^[ \t]*-[ \t]*[\"']?[\w.~/${}@-]+:(/[\w./-]+?)/?(?::rw|:z|:Z)?[\"']?[ \t]*(?:#.*)?$")
_USER: Final = lazy_re(r"(?m)^[ \t]*user:[ \t]*[\"']?([\w.:${}-]+)")
_RUN_AS: Final = lazy_re(r"(?m)^[ \t]*(?:runAsUser:[ \t]*[1-9]|runAsNonRoot:[ \t]*true)")
#: A command that runs a container, and its user.
_RUNS: Final = lazy_re(r"\b(?:docker|podman|nerdctl|\$\(DOCKER\)|\$\{DOCKER\})(?: container)? (?:run|create)\b(.*)")
_RUN_USER: Final = lazy_re(r"(?<![\w-])(?:-u|--user)[ =]+[\"']?([^\s\"']+)")
_WORD: Final = lazy_re(r"[\w.-]+")
#: Names that a directory has without saying what is in it.
_PLAIN: Final = frozenset(
    ("", ".", "app", "build", "docker", "dockerfiles", "images", "src", "container", "containers")
)


@dataclass(frozen=True, slots=True)
class _Image:
    """An image by the path of its Dockerfile in the repository, and the names that it may have."""

    place: str
    names: frozenset[str]


def _parts(name: str) -> tuple[str, ...]:
    """The parts of the name of an image, with or without a registry and a tag, that say which it is.

    Who owns it is no part: there may be other images with that.
    """
    parts = name.lower().split("/")
    parts = parts[1:] if "." in parts[0] and len(parts) > 1 else parts
    last = parts[-1].partition("@")[0].partition(":")[0]
    return (*parts[1:-1], last)


@dataclass(frozen=True, slots=True)
class _Privileged:
    """What a repository says of images that run with more, or as another user: told once for all of its builds.

    `places` are the paths of Dockerfiles of services that are built, `names` parts of the names of images, and `words`
    those in commands that run a container, in lower case.
    """

    places: frozenset[str]
    names: frozenset[str]
    words: frozenset[str]
    #: The directories in which services have volumes, by the paths of their Dockerfiles.
    mounted: Mapping[str, frozenset[str]]


def mounted_in(build: BuildContext) -> tuple[str, ...]:
    """The directories of a container in which Compose files mount something that may be written to."""
    found = operation_texts(build)
    return tuple(sorted(_told(found).mounted.get(found.place(build), ())))


def runs_with_more(build: BuildContext) -> bool:
    """Whether a Compose file, a manifest of Kubernetes, a script or a manual says so of the image of a build."""
    if _is_plugin(build):
        return True
    found = operation_texts(build)
    image, told = _image(build, found), _told(found)
    return image.place in told.places or not (image.names.isdisjoint(told.names) and image.names.isdisjoint(told.words))


@lru_cache(maxsize=2)
def _told(found: OperationTexts) -> _Privileged:
    places: set[str] = set()
    names: set[str] = set()
    words: set[str] = set()
    mounted: dict[str, frozenset[str]] = {}
    for one in found.texts:
        if not one.runs:
            continue
        if "services:" in one.text and (is_compose_file(one.path.rpartition("/")[2]) or ".y" in one.path):
            for service in services_of(one.text):
                place = _place(service, one)
                if place is not None:
                    mounted[place] = mounted.get(place, frozenset()) | frozenset(_MOUNT.findall(service))
                if place is not None and _is_more(service):
                    places.add(place)
                elif _is_more(service):
                    names.update(_names_in(service))
        elif one.path.endswith((".yml", ".yaml")):
            documents = filter(_is_more_there, one.text.split("\n---"))
            names.update(part for text in documents for name in _IMAGE.findall(text) for part in _parts(name))
        else:
            words.update(word for line in joined_lines(one.text) for word in _words_with_more(line))
            # A manual shows Compose files as well.
            shown = (text for text in one.text.split("```")[1::2] if "services:" in text)
            names.update(
                name for text in shown for service in filter(_is_more, services_of(text)) for name in _names_in(service)
            )
    return _Privileged(frozenset(places), frozenset(names), frozenset(words), mounted)


def _names_in(service: str) -> Iterator[str]:
    return (part for name in _IMAGE.findall(service) for part in _parts(name))


def _is_plugin(build: BuildContext) -> bool:
    """Whether a plugin of Docker is made of the image: it has its socket where only root may write."""
    directory = (build.located.dockerfile_path or "").rpartition("/")[0]
    text = build.read(f"{directory}/config.json".lstrip("/"), _LARGEST) or b""
    return b'"interface"' in text and b'"docker.' in text


def _image(build: BuildContext, found: OperationTexts) -> _Image:
    place = found.place(build)
    directory, _, file = place.rpartition("/")
    names = {directory.rpartition("/")[2].lower(), *file.lower().replace("dockerfile", "").split(".")} - _PLAIN
    if len(found.dockerfiles) == 1 or not directory:
        # What the repository is called is the image that it is about.
        names |= {os.path.basename(found.top).lower()} - _PLAIN
        for manifest in _MANIFESTS:
            text = (build.read(manifest, _LARGEST) or b"").decode("utf-8", "replace")
            named = (_MODULE if manifest == "go.mod" else _PROJECT).search(text)
            names |= {named[1].lower()} if named is not None else set()
    return _Image(place, frozenset(names))


def _place(service: str, one: OperationText) -> str | None:
    """The path of the Dockerfile that a service of a Compose file is built from; None where it only has an image."""
    built: dict[str, str] = dict(_BUILT.findall(service))
    if not built:
        return None
    directory = one.path.rpartition("/")[0]
    context = os.path.normpath(os.path.join(directory, built.get("context") or built.get("build") or "."))
    return os.path.normpath(os.path.join(context, built.get("dockerfile") or "Dockerfile")).replace(os.sep, "/")


def _is_more(service: str) -> bool:
    user = _USER.search(service)
    return any(text in service for text in operation().compose) or (user is not None and not is_root(user[1]))


def _is_more_there(text: str) -> bool:
    return any(one in text for one in operation().kubernetes) or _RUN_AS.search(text) is not None


def _words_with_more(line: str) -> list[str]:
    """The words of a command that runs a container with more than others, or as another user than root."""
    command = _RUNS.search(line)
    if command is None:
        return []
    user = _RUN_USER.search(command[1])
    is_more = (user is not None and not is_root(user[1])) or any(flag in command[1] for flag in operation().flags)
    return [word.lower() for word in _WORD.findall(command[1])] if is_more else []
