"""Images that the repository itself builds, and the build arguments that its builds give: neither is its default's."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Final

from ctxopt.catalogue.operation import operation
from ctxopt.core.build_context import BuildContext
from ctxopt.core.image_reference import Reference, reference
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.operation import OperationText, OperationTexts, joined_lines, operation_texts, services_of

#: A tag that a command gives to what it builds.
_TAGGED: Final = lazy_re(r"(?<![\w-])(?:-t|--tag|--destination)[ =]+[\"']?([^\s\"',;]{1,300})")
#: Tags or names of images in a workflow, a bake file or a Compose file, in the line or in those below it.
_LISTED: Final = lazy_re(r"^[ \t]*-?[ \t]*(?:tags|images)[ \t]*[:=](.*)")
_ITEM: Final = lazy_re(r"[^\s\"',\[\]|>-][^\s\"',\[\]]{1,300}")
#: A variable that is given a value.
_ASSIGNED: Final = lazy_re(
    r"^[ \t]*(?:-[ \t]+|export[ \t]+|readonly[ \t]+)?([A-Za-z_][\w-]*)[ \t]*(?:[:?]?=|:)[ \t]*[\"']?([^\s\"'#]{2,300})"
)
#: What stands for a value in a name: variables of shells, make and workflows.
_VARIABLE: Final = lazy_re(r"\$\{\{[^}]*\}\}|\$\{[^}]*\}|\$\([^)]*\)|\$\w+|\{\{[^}]*\}\}|%\w+%")
_NAME: Final = lazy_re(r"\$\{?(\w+)")
#: A Dockerfile that a script names by a variable: it may be any.
_FILE_BY_VARIABLE: Final = lazy_re(r"(?:-f|--file)[ =]+[\"']?[\w./-]*\$")
_WORD: Final = lazy_re(r"[a-z0-9]+")
#: The context of a build in a workflow.
_CONTEXT: Final = lazy_re(r"(?m)^[ \t]*context:[ \t]*[\"']?([\w./-]+)[\"']?[ \t]*$")
#: The image of a service of a Compose file, and that it is built.
_SERVICE_IMAGE: Final = lazy_re(r"(?m)^[ \t]*image:[ \t]*[\"']?([^\s\"'#]+)")
_BUILD: Final = lazy_re(r"(?m)^[ \t]*build:")


def is_own_image(build: BuildContext, image: Reference) -> bool:
    """Whether a script, a workflow, a bake file or a manual of the repository builds an image of this name.

    A directory with Dockerfiles, of several, may be called as the image is that is built there, and Dockerfile.base may
    build an image whose name ends in "-base". A script that builds any Dockerfile may call the image as the file.
    """
    found = operation_texts(build)
    last = image.repository.rpartition("/")[2]
    names = _own(found).get(last, ())
    is_built = any("$" in name or reference(name).repository == image.repository for name in names)
    if is_built or image.official:
        return is_built
    return last in _directories(found) or last.rpartition("-")[2] in _suffixes(found) or last in _built_by_name(found)


@lru_cache(maxsize=2)
def _directories(found: OperationTexts) -> frozenset[str]:
    """The names of directories with a Dockerfile, but not of one that all are in."""
    counted = Counter(part for path in found.dockerfiles for part in set(path.split("/")[:-1]))
    return frozenset(part for part, count in counted.items() if count < len(found.dockerfiles))


@lru_cache(maxsize=2)
def _suffixes(found: OperationTexts) -> frozenset[str]:
    """What the names of Dockerfiles have behind "Dockerfile.", if it says that others are built on it."""
    names = (path.rpartition("/")[2].lower() for path in found.dockerfiles)
    words = {name.removeprefix("dockerfile").strip(".-_") for name in names if name.startswith("dockerfile")}
    return frozenset(words & {word.lower() for word in operation().bases})


@lru_cache(maxsize=2)
def _built_by_name(found: OperationTexts) -> frozenset[str]:
    """The names of Dockerfiles, as in golang.Dockerfile and Dockerfile.golang, where a script builds any of them."""
    lines = (line for one in found.texts if one.builds for line in joined_lines(one.text))
    if not any(_FILE_BY_VARIABLE.search(line) is not None and _TAGGED.search(line) is not None for line in lines):
        return frozenset()
    names = (path.rpartition("/")[2].lower() for path in found.dockerfiles)
    return frozenset(name.removeprefix("dockerfile.").removesuffix(".dockerfile") for name in names)


@lru_cache(maxsize=2)
def _own(found: OperationTexts) -> Mapping[str, frozenset[str]]:
    """The names of the images that a repository builds by their last parts, told once for all of its builds.

    Without tags, and with "$" for what a variable stands for.
    """
    names: dict[str, set[str]] = {}
    for one in found.texts:
        if one.builds and any(word in one.text for word in operation().building):
            for name in _built(one, found):
                last = _last(name)
                if last and "$" not in last:
                    head, slash, _ = _plain(name).rpartition("/")
                    names.setdefault(last, set()).add(head + slash + last)
        if one.runs and "services:" in one.text and one.path.endswith((".yml", ".yaml")):
            for name in _of_services(one.text):
                names.setdefault(_last(name), set()).add(reference(name).familiar)
    return {last: frozenset(some) for last, some in names.items()}


def _of_services(text: str) -> Iterator[str]:
    """The images of the services of a Compose file that are built, as far as these names are plain."""
    for service in services_of(text):
        image = _SERVICE_IMAGE.search(service) if _BUILD.search(service) is not None else None
        if image is not None and "$" not in _last(image[1]):
            yield _plain(image[1]).partition("$")[0].rstrip(":")


def is_given(build: BuildContext, written: str) -> bool:
    """Whether what builds this Dockerfile gives all variables in the name of an image that have no fixed value."""
    names = set(_NAME.findall(written))
    if not names:
        return False
    if not names.isdisjoint(build.build_args):
        return True
    found = operation_texts(build)
    place = found.place(build)
    return all(any(_gives(one, name, place, found) for one in found.texts if one.builds) for name in names)


def _built(one: OperationText, found: OperationTexts) -> Iterator[str]:
    """The names, with their tags, of the images that a text builds."""
    inside = 0
    for line in joined_lines(one.text):
        yield from (word[1] for word in _TAGGED.finditer(line))
        indent = len(line) - len(line.lstrip())
        listed = _LISTED.match(line)
        if listed is not None:
            inside = indent + 1
            yield from _ITEM.findall(_VARIABLE.sub("$X", listed[1]))
        elif inside and line.strip():
            inside = inside if indent >= inside else 0
            yield from _ITEM.findall(_VARIABLE.sub("$X", line.strip().lstrip("- "))) if inside else ()
        assigned = _ASSIGNED.match(line)
        if assigned is not None and _names_own(assigned[1].upper(), _last(assigned[2]), found):
            yield assigned[2]


def _plain(name: str) -> str:
    """A name with "$" for what a variable stands for."""
    return _VARIABLE.sub("$", name.strip("\"'"))


def _last(name: str) -> str:
    """The last part of the name of an image, without its tag."""
    return _plain(name).rpartition("/")[2].partition("@")[0].partition(":")[0]


def _names_own(variable: str, last: str, found: OperationTexts) -> bool:
    """Whether the value of a variable is an image that the repository builds; one to build on may be another's."""
    known = operation()
    if not any(word in variable for word in known.images):
        return False
    if not any(word in variable for word in known.bases):
        return True
    words = set(_WORD.findall(last.lower())[-1:])
    return any(not words.isdisjoint(_WORD.findall(path.lower())) for path in found.dockerfiles)


def _gives(one: OperationText, name: str, place: str, found: OperationTexts) -> bool:
    """Whether a text builds the Dockerfile at a place in the repository with a value for a build argument."""
    if name not in one.text:
        return False
    directory, _, file = place.rpartition("/")
    only = len(found.dockerfiles) == 1
    command = _argument(name)
    for line in joined_lines(one.text):
        if name not in line or command.search(line) is None:
            continue
        if only or _names(line, directory, file) or not _names_another(line, place, found):
            return True
    listed = any(word in one.text for word in operation().building) or "dockerfile" in one.text
    values = [value[1] for value in _item(name).finditer(one.text)] if listed and "args" in one.text else []
    return bool(values) and all(_is_fixed(value) for value in values) and (only or _is_context(one, place))


def _is_context(one: OperationText, place: str) -> bool:
    """Whether a text names the Dockerfile at a place, or its directory as the context of a build."""
    directory, _, file = place.rpartition("/")
    if place in one.text:
        return True
    return (
        file == "Dockerfile"
        and bool(directory)
        and any(found[1].removeprefix("./").rstrip("/") == directory for found in _CONTEXT.finditer(one.text))
    )


def _names_another(line: str, place: str, found: OperationTexts) -> bool:
    """Whether a command names another Dockerfile of the repository, or its directory, and no variable as that."""
    words = {word.strip("\"'").removeprefix("./").rstrip("/") for word in line.split() if "$" not in word}
    others = (path for path in found.dockerfiles if path != place)
    return any(not words.isdisjoint((path, path.rpartition("/")[0])) for path in others)


def _names(line: str, directory: str, file: str) -> bool:
    """Whether a command names a Dockerfile, or its directory."""
    last = directory.rpartition("/")[2]
    named = (bool(last) and last in line) or (file.lower() != "dockerfile" and file in line)
    return named or _FILE_BY_VARIABLE.search(line) is not None


def _is_fixed(value: str) -> bool:
    return "$" in value or any(map(str.isdigit, value))


@cache
def _argument(name: str) -> re.Pattern[str]:
    return re.compile(rf"--build-arg[ =]+[\"']?{re.escape(name)}=(?![^\s]*:latest\b)(?!latest\b)")


@cache
def _item(name: str) -> re.Pattern[str]:
    return re.compile(rf"^[ \t]*(?:-[ \t]+)?[\"']?{re.escape(name)}[\"']?[ \t]*[:=][ \t]*([^\n]+)", re.MULTILINE)
