"""The most common images, as data that comes with ctxopt: no registry is asked."""

import re
import tomllib
from functools import cache
from pkgutil import get_data
from typing import Final, NamedTuple

from ctxopt.catalogue.tables import table
from ctxopt.core.image_reference import Reference


class Smaller(NamedTuple):
    """A smaller variant of an image.

    `ends` are the ends of tags behind the version that there is one for. In `becomes`, the tag of the
    variant, {} is the tag as it is and {version} the version. Sizes are rough and in MB, here and below.
    """

    ends: tuple[str, ...]
    becomes: str
    mb: int


class Image(NamedTuple):
    """One repository, by the name that people write, and a `tag` to recommend.

    An image with tools for building: `builds` are the commands that use them, `runtime` what to end with
    (see runtime_of), `output` what to copy there and `into` what, `keeps` what stays behind otherwise; it is
    `interpreted` if the same image runs what was built.

    An image that serves files: `web_roots` are where they lie, if `serves` (words of its tags, () for all)
    has one of the tag's words. `configuration` are directories where another place may be set, and `root_set`
    words in instructions that set one. `workdir` is where it starts.
    """

    name: str
    tag: str
    mb: int
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


class Unserved(NamedTuple):
    """Names of what a web server should not give out; `grave` if it holds more than anybody should see."""

    names: tuple[str, ...]
    grave: bool = False


class Known(NamedTuple):
    """All that is known, and as of when.

    `codenames` are words of tags that name a version without a digit, `official` further images of Docker's
    own, each in one text: a list would take longer to read. `pages` are directories that people keep pages in, the
    one to propose first, `built` is where most tools put the pages that they make, and `indexes` are first pages.
    """

    date: str
    pages: tuple[str, ...]
    built: str
    indexes: tuple[str, ...]
    codenames: str
    official: str
    image: tuple[Image, ...]
    unserved: tuple[Unserved, ...]


@cache
def known() -> Known:
    """What comes with ctxopt."""
    data = get_data(__package__, "base_images.toml") or b""
    return table(Known, tomllib.loads(data.decode()), "base_images.toml")


@cache
def _codenames() -> frozenset[str]:
    return frozenset(known().codenames.split())


@cache
def _by_name() -> dict[str, Image]:
    return {image.name: image for image in known().image}


def image_of(reference: Reference) -> Image | None:
    """What is known of an image."""
    return _by_name().get(reference.familiar)


def is_official(reference: Reference) -> bool:
    """Whether this is known to be one of Docker's official images, and so no named context or local image."""
    return reference.official and (reference.familiar in _by_name() or reference.familiar in known().official.split())


#: Words in the place of a version that are no version.
MOVING: Final = ("latest", "lts", "current", "stable", "mainline", "edge", "nightly")
_VERSION: Final = re.compile(r"v?\d[\w.]*+")


def version_of(tag: str) -> tuple[str, str]:
    """A tag's version, or the word in its place, and the rest: "22.1" and "-slim", "" and "" for no tag."""
    first, dash, rest = tag.partition("-")
    if _VERSION.fullmatch(first) or first in MOVING or first in _codenames():
        return "" if first == "latest" else first, dash + rest
    return "", f"-{tag}" if tag else ""


def names_version(tag: str) -> bool:
    """Whether a tag says which version is meant, by a digit or by the name of a release."""
    return any(map(str.isdigit, tag)) or not _codenames().isdisjoint(tag.split("-"))


def runtime_of(image: Image, tag: str) -> str:
    """The image to end with where this one is built in: of the same version, or for the Java that the tag names."""
    version = version_of(tag)[0] or version_of(image.tag)[0]
    numbers = [int(number) for number in re.findall(r"(?<![\d.])\d{1,2}(?![\d.])", tag)]
    java = next((number for number in reversed(numbers) if 8 <= number <= 99), 21)
    return image.runtime.format(version=version, java=java)


def smaller_variant(image: Image, tag: str) -> tuple[str, int] | None:
    """The tag of a smaller variant and its size, None if none is known for this tag."""
    version, end = version_of(tag)
    plain = f"{version}{end}".lstrip("-")
    for one in image.smaller:
        if end in one.ends and (version or "{version}" not in one.becomes):
            return one.becomes.format(plain, version=version).lstrip("-"), one.mb
    return None
