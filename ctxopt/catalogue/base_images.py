"""The most common base images, as data that comes with ctxopt: no registry is asked."""

import re
from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

from ctxopt.catalogue.tables import read_table
from ctxopt.core.image_reference import Reference
from ctxopt.core.lazy_re import lazy_re


class Smaller(NamedTuple):
    """A smaller variant of an image.

    `ends` are what follows the version in the tags that have this variant. In `becomes`, the tag of the variant, {} is
    the present tag, {version} its version and {end} what follows it. Sizes are approximate and in MB, here and below.
    """

    ends: tuple[str, ...]
    becomes: str
    mb: int


class Output(NamedTuple):
    """A file of a project that says where a tool puts what it builds, and the pattern that finds it in its text.

    The directory is `path`, in which {} stands for the first group of the pattern.
    """

    file: str
    pattern: str
    path: str = "{}"


class Linked(NamedTuple):
    """A file of a project, and names in it of packages that are built with libraries of C."""

    file: str = ""
    names: tuple[str, ...] = ()


class Declared(NamedTuple):
    """A file of a project that says which version it needs, and the pattern that finds it in a line of its text."""

    file: str
    pattern: str


class Image(NamedTuple):
    """One repository, by its familiar name, and a `tag` to recommend; `stable` is the version that its `stable` is of.

    For an image with build tools, `builds` are the commands that use them, `runtime` is the image for the last stage
    (see runtime_of), `output` what to copy to it and `into` where, and `keeps` what stays in the image otherwise; it is
    `interpreted` if the same image runs what was built.

    For an image that serves files, `web_roots` are their directories, if `serves` (words of its tags, () for all) has
    one of the words of the tag. `configuration` are directories of files that may set another root, and `root_set`
    words in instructions that set one. `workdir` is its working directory. `declared` are the files of a project that
    say which version it needs, and `outputs` those that say where its
    tools put what they build. `linked` says which packages make a program that needs libraries of C; what
    is built is `native` if it runs by itself, and may need others of the distribution.
    """

    name: str
    tag: str
    mb: int
    stable: str = ""
    smaller: tuple[Smaller, ...] = ()
    builds: tuple[str, ...] = ()
    runtime: str = ""
    runtime_mb: int = 0
    output: str = ""
    into: str = "/usr/local/bin/"
    keeps: str = ""
    interpreted: bool = False
    web_roots: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    workdir: str = ""
    configuration: tuple[str, ...] = ()
    root_set: tuple[str, ...] = ()
    declared: tuple[Declared, ...] = ()
    outputs: tuple[Output, ...] = ()
    linked: Linked = Linked()
    native: bool = False


class Compiled(NamedTuple):
    """Commands that compile what they install: always without `names`, else where one is in a file or the RUN.

    With `ready`, the names of packages that come compiled in one text, any other may be compiled as well.
    """

    commands: tuple[str, ...]
    files: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    ready: str = ""


class Unserved(NamedTuple):
    """Names of what a web server should not serve; `grave` if it must not be public."""

    names: tuple[str, ...]
    grave: bool = False


class Known(NamedTuple):
    """The file of base images, with its `date`.

    `codenames` are words of tags that name a version without a digit, `official` further official images of Docker,
    each in one text: a list would take longer to read. `rolling` are images without tags for versions, or
    beginnings of their names. `no_git` are images without git, and `no_git_tags` words of tags of official ones
    without. `pages` are directories that people keep pages in, the one to propose first, `built` is where most
    tools put the pages that they make, and `indexes` are first pages. `large` are commands that only large images
    have, and `bundles` packages that bring several of them. `building` are packages that no program
    needs when it runs, or that small images have. `interactive` are packages for people who
    work in a container. `jdk` are words for what needs a JDK, and `compiled` what a package manager compiles.
    """

    date: str
    pages: tuple[str, ...]
    built: str
    indexes: tuple[str, ...]
    codenames: str
    official: str
    rolling: tuple[str, ...]
    no_git: tuple[str, ...]
    no_git_tags: tuple[str, ...]
    large: tuple[str, ...]
    bundles: tuple[str, ...]
    building: tuple[str, ...]
    interactive: tuple[str, ...]
    jdk: tuple[str, ...]
    compiled: tuple[Compiled, ...]
    image: tuple[Image, ...]
    unserved: tuple[Unserved, ...]


@cache
def known() -> Known:
    """The base images that come with ctxopt."""
    return read_table(Known, "base_images.toml")


@cache
def _codenames() -> frozenset[str]:
    return frozenset(known().codenames.split())


@cache
def _by_name() -> dict[str, Image]:
    return {image.name: image for image in known().image}


def image_of(reference: Reference) -> Image | None:
    """What is known of an image; None if it is unknown."""
    return _by_name().get(reference.familiar)


def is_official(reference: Reference) -> bool:
    """Whether this is a known official image of Docker, and so neither a named context nor a local image."""
    return reference.official and (reference.familiar in _by_name() or reference.familiar in known().official.split())


def has_no_versions(reference: Reference) -> bool:
    """Whether an image is known to have no tag that names a version of it."""
    return reference.familiar.startswith(known().rolling)


def lacks_git(reference: Reference) -> bool:
    """Whether an image is known to come without git."""
    words = reference.tag.split("-")
    by_tag = is_official(reference) and any(word.startswith(known().no_git_tags) for word in words)
    return by_tag or any(
        reference.familiar.startswith(name) if name.endswith("/") else reference.familiar == name
        for name in known().no_git
    )


#: Tags that are moved from version to version.
MOVING: Final = ("latest", "lts", "current", "stable", "mainline", "edge", "nightly")
_VERSION: Final = lazy_re(r"v?\d[\w.]*+")


def version_of(tag: str) -> tuple[str, str]:
    """The version of a tag, or the word in its place, and the rest: "22.1" and "-slim"; "" and "" for no tag."""
    first, dash, rest = tag.partition("-")
    if _VERSION.fullmatch(first) or first in MOVING or first in _codenames():
        return "" if first == "latest" else first, dash + rest
    return "", f"-{tag}" if tag else ""


def names_version(tag: str) -> bool:
    """Whether a tag names a version, by a digit or by the name of a release."""
    return any(map(str.isdigit, tag)) or not _codenames().isdisjoint(tag.split("-"))


def runtime_of(image: Image, tag: str) -> str:
    """The image for the last stage of a build in this one: the same version, or the Java that the tag names."""
    if image.interpreted and "alpine" in tag.split("-")[-1]:
        return f"{image.name}:{tag}"
    version = version_of(tag)[0] or version_of(image.tag)[0]
    numbers = [int(number) for number in re.findall(r"(?<![\d.])\d{1,2}(?![\d.])", tag)]
    java = next((number for number in reversed(numbers) if 8 <= number <= 99), 21)
    return image.runtime.format(version=version, java=java)


#: Maximum size of a file that declares a version, in bytes.
_LARGEST: Final = 64 << 10


def declared_output(image: Image, read: Callable[[str, int], bytes | None]) -> str:
    """Where the files of a project say that the tools of an image put what they build; "" if none does.

    `read` is as in `declared_version`.
    """
    for one in image.outputs:
        text = (read(one.file, _LARGEST) or b"").decode("utf-8", "replace")
        found = re.search(one.pattern, text, re.MULTILINE)
        if found is not None:
            return one.path.format(*found.groups()).removeprefix("./").rstrip("/")
    return ""


def declared_version(image: Image, read: Callable[[str, int], bytes | None]) -> str:
    """The version of an image that the files of a project declare; "" if none does.

    `read` gives the bytes of a file of the project, None for one that is missing or longer than so many bytes.
    """
    for one in image.declared:
        text = (read(one.file, _LARGEST) or b"").decode("utf-8", "replace")
        found = re.search(one.pattern, text, re.MULTILINE)
        if found is not None:
            return found[1]
    return ""


def versioned_tag(image: Image, tag: str, version: str = "") -> str:
    """A tag with a version and the variant of another tag: this version, or that of the tag to recommend."""
    recommended = version_of(image.tag)[0]
    return f"{version or recommended}{version_of(tag)[1]}" if version or recommended else image.tag


def smaller_variant(image: Image, tag: str) -> tuple[str, int] | None:
    """The tag of a smaller variant and its size in MB; None if none is known for this tag."""
    version, end = version_of(tag)
    plain = f"{version}{end}".lstrip("-")
    for variant in image.smaller:
        is_split = "{end}" in variant.becomes
        # The name of a distribution alone stands for its variant of the newest version.
        alone = is_split and version in _codenames()
        own, rest = ("", f"-{version}{end}") if alone else (version, end)
        if rest in variant.ends and (own or is_split or "{version}" not in variant.becomes):
            return variant.becomes.format(plain, version=own, end=rest).lstrip("-"), variant.mb
    return None
