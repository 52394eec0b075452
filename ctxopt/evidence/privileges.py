"""What a repository says about how the containers of an image run: with what only root may use, or as another user."""

import os
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import takewhile
from typing import Final

from ctxopt.builds.dockerfiles import is_compose_file, is_skaffold_file
from ctxopt.catalogue.operation import operation
from ctxopt.catalogue.root_images import root_images
from ctxopt.core.build_context import BuildContext
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.operation import OperationText, OperationTexts, joined_lines, operation_texts, services_of
from ctxopt.evidence.service_commands import ServiceCommand, service_commands
from ctxopt.image.users import is_root

#: The name of a project in the files that describe it: the last part of a module of Go, before its version.
_MODULE: Final = lazy_re(r"(?m)^module[ \t]+(?:[\w.~-]{1,80}/){0,9}?([\w.~-]{2,80})(?:/v\d{1,3})?[ \t\r]*$")
_PROJECT: Final = lazy_re(r"(?m)^\{?[ \t]{0,4}\"?name\"?[ \t]{0,4}[:=][ \t]{0,4}\"(?:@[\w-]{1,80}/)?([\w.-]{2,80})\"")
_MANIFESTS: Final = ("go.mod", "package.json", "pyproject.toml", "Cargo.toml", "composer.json")
_LARGEST: Final = 64 << 10
#: The image of a service, and what it is built of.
_IMAGE: Final = lazy_re(r"(?m)^[ \t]*(?:-[ \t]*)?(?:image|repository):[ \t]*[\"']?([^\s\"'#]+)")
_BUILT: Final = lazy_re(r"(?m)^[ \t]*(build|context|dockerfile):[ \t]*[\"']?([^\s\"'#]+)")
#: The context in a mapping of one line.
_CONTEXT: Final = lazy_re(r"\bcontext:[ \t]*[\"']?([^\s\"',}]+)")
#: What a service has of another one, or for somebody who develops, or in place of what its image starts.
_TAKEN: Final = lazy_re(r"(?m)^[ \t]*(?:<<|extends|watch|volumes_from)[ \t]*:")
#: The volumes of a service: those in one line, or the items below; and one that nothing may be written to.
_VOLUMES: Final = lazy_re(r"(?m)^([ \t]*)volumes:[ \t]*(\[.*|[*&].*)?(?:#.*)?$")
_ITEM: Final = lazy_re(r"-[ \t]*[\"']?([^\s\"'#:]+)(?::([^\s\"'#:]+))?(?::([\w,]+))?[\"']?[ \t]*(?:#.*)?$")
#: Names of directories with sources, which are mounted to be read.
_SOURCES: Final = frozenset(("src", "app", "lib", "server", "public", "static", "templates", "package.json"))
_USER: Final = lazy_re(r"(?m)^[ \t]*user:[ \t]*[\"']?([\w.:${}-]+)")
_RUN_AS: Final = lazy_re(r"(?m)^[ \t]*(?:runAsUser:[ \t]*[1-9]|runAsNonRoot:[ \t]*true)")
#: A command that runs a container, and its user.
_RUNS: Final = lazy_re(r"\b(?:docker|podman|nerdctl|\$\(DOCKER\)|\$\{DOCKER\})(?: container)? (?:run|create)\b(.*)")
_RUN_USER: Final = lazy_re(r"(?<![\w-])(?:-u|--user)[ =]+[\"']?([^\s\"']+)")
#: A directory of the host, or a volume, that a command mounts to be written to.
_RUN_MOUNT: Final = lazy_re(r"(?<![\w-])(?:-v|--volume|--mount)[ =]+(?![^\s]*:ro\b|[^\s]*\b(?:readonly|ro)\b)\S")
#: What a manual says of a container that needs root, and an action of GitHub that runs one.
_AS_ROOT: Final = lazy_re(
    r"(?i)\b(?:runs?|running|started|container)\b[^.\n]{0,40}\bas root\b|\broot (?:is|privileges?)\b"
)
_ACTION: Final = lazy_re(r"(?m)^[ \t]*using:[ \t]*[\"']?docker\b")
_ACTION_IMAGE: Final = lazy_re(r"(?m)^[ \t]*image:[ \t]*[\"']?([^\s\"']+)")
#: A container that Ansible or Fly runs with a volume.
_ANSIBLE: Final = lazy_re(r"docker_container:[^\0]{0,2000}?\bvolumes:")
#: A port below 1024 in a container, which once only root could have: in YAML, and in a command.
_LOW_PORT: Final = lazy_re(
    r"(?m)\bcontainerPort:[ \t]*[\"']?\d{1,3}\b|\bname:[ \t]*[\"']?\w*PORT[\"']?\s+value:[ \t]*[\"']?\d{1,3}\b"
    r"|^[ \t]*(?:-[ \t]*)?[\"']?\w*PORT[\"']?[ \t]*[:=][ \t]*[\"']?\d{1,3}[\"']?[ \t]*$"
    r"|^[ \t]*-[ \t]*[\"']?(?:[\d.]+:)?[\w${}:-]+:\d{1,3}(?:/\w+)?[\"']?[ \t]*(?:#.*)?$"
)
_RUN_PORT: Final = lazy_re(r"(?<![\w-])(?:-p|--publish)[ =]+(?:[\d.]+:)?[\w${}]+:\d{1,3}(?!\d)")
#: What copies files into running containers, as their user: Skaffold, with the contexts, and Tilt.
_SYNCED: Final = lazy_re(r"(?m)^[ \t]*(?:-[ \t]+)?sync:")
_CONTEXTS: Final = lazy_re(r"(?m)^[ \t]*(?:-[ \t]+)?context:[ \t]*[\"']?([^\s\"'#]+)")
_WORD: Final = lazy_re(r"[\w.-]+")
#: Images of at most so many Dockerfiles may be the one that a repository speaks of without its name.
_FEW: Final = 3
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
    those in commands that run a container, in lower case. `own` says so of an image without a name that is known.
    `commands` are those of services that start something else, by the paths of Dockerfiles, `mounted` the paths where
    services mount their sources.
    """

    places: frozenset[str]
    names: frozenset[str]
    words: frozenset[str]
    own: bool
    commands: Mapping[str, tuple[ServiceCommand, ...]]
    mounted: frozenset[str]


def commands_of(build: BuildContext) -> tuple[ServiceCommand, ...]:
    """What services of Compose files start in an image in place of what its Dockerfile says."""
    found = operation_texts(build)
    return _told(found).commands.get(found.place(build), ())


def mounts_sources(build: BuildContext) -> bool:
    """Whether a service of a Compose file mounts the sources of an image."""
    found = operation_texts(build)
    return found.place(build) in _told(found).mounted


def runs_with_more(build: BuildContext) -> bool:
    """Whether a Compose file, a manifest of Kubernetes, a script or a manual says so of the image of a build.

    More is what only root may have or use, another user, and what is mounted, unless that is the source code.
    """
    if _is_plugin(build):
        return True
    found = operation_texts(build)
    image, told = _image(build, found), _told(found)
    if told.own and (len(found.dockerfiles) <= _FEW or "/" not in image.place):
        return True
    if not told.places.isdisjoint((image.place, _ANY)):
        return True
    return not (image.names.isdisjoint(told.names) and image.names.isdisjoint(told.words))


@lru_cache(maxsize=2)
def _told(found: OperationTexts) -> _Privileged:
    told = _Telling(found)
    for one in found.texts:
        if one.runs:
            told.read(one)
    return told.told()


class _Telling:
    """Reads what texts say of containers."""

    def __init__(self, found: OperationTexts) -> None:
        directories = (path.lower().rpartition("/")[0].rpartition("/")[2] for path in found.dockerfiles)
        #: Names of images that are said by name: those of others, and those of the repository.
        self._said = _others() | (frozenset(directories) - _PLAIN)
        self._places: set[str] = set()
        self._names: set[str] = set()
        self._words: set[str] = set()
        self._own = False
        #: The Dockerfiles of services by the directories of Compose files and by their names, and services with more.
        self._built: dict[tuple[str, str], str] = {}
        self._more: list[tuple[str, str]] = []
        self._commands: dict[str, list[ServiceCommand]] = {}
        self._mounted: set[str] = set()

    def told(self) -> _Privileged:
        """What all texts say that were read."""
        for directory, service in self._more:
            name = _name_of(service)
            place = self._built.get((directory, name))
            if place is not None:
                self._places.add(place)
            else:
                self._names.update(_names_in(service), (name.lower(),))
        commands = {place: tuple(some) for place, some in self._commands.items()}
        places, names, words = frozenset(self._places), frozenset(self._names), frozenset(self._words)
        return _Privileged(places, names, words, self._own, commands, frozenset(self._mounted))

    def read(self, one: OperationText) -> None:
        """Read a text that says how containers run."""
        name = one.path.rpartition("/")[2]
        if "services:" in one.text and (is_compose_file(name) or ".y" in name):
            self._compose(one, one.text)
        elif name.endswith((".yml", ".yaml")):
            self._manifest(one)
        elif name in ("fly.toml", "Tiltfile"):
            if "mounts]" in one.text or "live_update" in one.text:
                self._places.add(_joined(one.path, ".", "Dockerfile") if name == "fly.toml" else _ANY)
        else:
            self._manual(one)

    def _compose(self, one: OperationText, text: str) -> None:
        directory = one.path.rpartition("/")[0]
        for service in services_of(text):
            place = _place(service, one)
            if place is not None:
                self._built.setdefault((directory, _name_of(service)), place)
            place = place or self._built.get((directory, _name_of(service)))
            if place is not None:
                self._commands.setdefault(place, []).extend(service_commands(service))
            volumes = list(_volumes(service))
            around = (".", directory or ".", os.path.dirname(place or "") or ".")
            if not all(_is_source(item, directory, around) for item in volumes) or _is_more(service):
                self._more.append((directory, service))
                if place is not None:
                    self._places.add(place)
            elif volumes and place is not None:
                self._mounted.add(place)

    def _manifest(self, one: OperationText) -> None:
        if _ACTION.search(one.text) is not None:
            image = _ACTION_IMAGE.search(one.text)
            is_built = image is not None and "://" not in image[1]
            self._places.add(_joined(one.path, ".", image[1]) if image is not None and is_built else _ANY)
        self._own |= _ANSIBLE.search(one.text) is not None
        if is_skaffold_file(one.path.rpartition("/")[2]) and _SYNCED.search(one.text) is not None:
            contexts = _CONTEXTS.findall(one.text) or ["."]
            self._places.update(_joined(one.path, context, "Dockerfile") for context in contexts)
        for text in filter(_is_more_there, one.text.split("\n---")):
            images = _IMAGE.findall(text)
            # What a chart fills in is said elsewhere.
            self._own |= not images or any("{" in image for image in images)
            self._names.update(part for image in images for part in _parts(image))

    def _manual(self, one: OperationText) -> None:
        lines = joined_lines(one.text)
        for words in filter(None, map(_words_with_more, lines)):
            self._words.update(words)
            self._own |= self._said.isdisjoint(words)
        is_prose = one.path.lower().endswith((".md", ".rst"))
        if is_prose:
            self._own |= any(_AS_ROOT.search(line) is not None for line in lines)
            # A manual shows Compose files as well.
            for text in one.text.split("```")[1::2]:
                if "services:" in text:
                    self._compose(one, text)


#: Any Dockerfile.
_ANY: Final = "*"


@cache
def _others() -> frozenset[str]:
    """The names of images of others, without the directories in them."""
    names = (*root_images().root.split(), *operation().others)
    return frozenset(name.rpartition("/")[2] for name in names)


def _name_of(service: str) -> str:
    return service.partition(":")[0].strip().strip("\"'")


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
    """The path of the Dockerfile that a service of a Compose file is built from; None where it only has an image.

    It may be any where a variable says which.
    """
    built: dict[str, str] = dict(_BUILT.findall(service))
    if not built:
        return None
    if built.get("build", "").startswith("{"):
        within = _CONTEXT.search(service)
        built["build"] = "." if within is None else within[1]
    if any("$" in value for value in built.values()):
        return _ANY
    return _joined(one.path, built.get("context") or built.get("build") or ".", built.get("dockerfile") or "Dockerfile")


def _joined(path: str, context: str, file: str) -> str:
    """The path of a Dockerfile in a context that a file names."""
    directory = path.rpartition("/")[0]
    return os.path.normpath(os.path.join(directory, context, file)).replace(os.sep, "/")


def _is_more(service: str) -> bool:
    user = _USER.search(service)
    return (
        any(text in service for text in operation().compose)
        or (user is not None and not is_root(user[1]))
        or _TAKEN.search(service) is not None
        or _LOW_PORT.search(service) is not None
    )


def _volumes(service: str) -> Iterator[str]:
    """The volumes of a service that may be written to, as they are written."""
    found = _VOLUMES.search(service)
    if found is None:
        return
    if found[2]:
        parts = found[2].partition("#")[0].strip(" \t[]").split(",")
        items = [f"- {part.strip()}" for part in parts if part.strip()]
    else:
        below = takewhile(lambda line: _is_below(line, found[1]), service[found.end() :].split("\n")[1:])
        items = [line.strip() for line in below if line.strip() and not line.lstrip().startswith("#")]
    for item in items:
        parsed = _ITEM.fullmatch(item)
        if parsed is None or parsed[3] is None or not parsed[3].startswith("ro"):
            yield item


def _is_source(item: str, directory: str, around: tuple[str, ...]) -> bool:
    """Whether a volume of a service has the sources of its project, or the packages that the image has installed."""
    parsed = _ITEM.fullmatch(item)
    if parsed is None:
        return False
    if parsed[2] is None:
        return parsed[1].endswith("/node_modules")
    if not parsed[1].startswith("."):
        return False
    source = os.path.normpath(os.path.join(directory, parsed[1]))
    return source in around or os.path.basename(source) in _SOURCES


def _is_below(line: str, indent: str) -> bool:
    """Whether a line belongs to the key with an indentation above it: it is an item, or indented further."""
    text = line.lstrip()
    return not text or len(line) - len(text) > len(indent) or text.startswith("-")


def _is_more_there(text: str) -> bool:
    known = operation().kubernetes
    return any(one in text for one in known) or any(one.search(text) is not None for one in (_RUN_AS, _LOW_PORT))


def _words_with_more(line: str) -> list[str]:
    """The words of a command that runs a container with more than others, or as another user than root."""
    command = _RUNS.search(line)
    if command is None:
        return []
    user = _RUN_USER.search(command[1])
    is_more = (
        (user is not None and not is_root(user[1]))
        or any(flag in command[1] for flag in operation().flags)
        or _RUN_MOUNT.search(command[1]) is not None
        or _RUN_PORT.search(command[1]) is not None
    )
    return [word.lower() for word in _WORD.findall(command[1])] if is_more else []
