"""What packages of Debian and Ubuntu bring besides what they depend on."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.tables import read_table
from ctxopt.core.image_reference import Reference


class Present(NamedTuple):
    """The `packages` that `images` contain, by their familiar names; tags with a word of `smaller` lack them."""

    images: tuple[str, ...]
    smaller: tuple[str, ...]
    packages: tuple[str, ...]


class Beside(NamedTuple):
    """The `names` of packages that recommend nothing worth speaking of where a `package` is there."""

    package: str
    names: tuple[str, ...]


class AptPackages(NamedTuple):
    """The file: `plain` packages recommend nothing worth speaking of, and what `foreign` ones recommend is unknown.

    A foreign one may be a pattern; with a text, it is only such where a Dockerfile has the text. `present` is what
    images contain already. Some recommend nothing `beside` another one. `libraries` are patterns of such
    names as `plain` has.
    """

    plain: tuple[str, ...]
    foreign: Mapping[str, str]
    beside: tuple[Beside, ...]
    present: tuple[Present, ...]
    libraries: tuple[str, ...]


@cache
def apt_packages() -> AptPackages:
    """What is known of packages."""
    return read_table(AptPackages, "apt_packages.toml")


def packages_of(image: Reference | None) -> frozenset[str]:
    """The packages that an image certainly contains, of those that are known; none for no image."""
    if image is None:
        return frozenset()
    return frozenset(
        package
        for known in apt_packages().present
        if image.familiar in known.images and not any(word in image.tag for word in known.smaller)
        for package in known.packages
    )


@cache
def needless() -> Mapping[str, str]:
    """For packages that recommend nothing beside another one the name of that."""
    return {name: known.package for known in apt_packages().beside for name in known.names}
