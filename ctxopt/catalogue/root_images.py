"""As which user containers run, and what needs to be root."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.tables import read_table
from ctxopt.core.image_reference import Reference
from ctxopt.core.lazy_re import lazy_re

_VERSION = lazy_re(r"\d{1,4}")


class Needs(NamedTuple):
    """Texts of instructions whose programs need root: `installed`.

    `others` are words in the name of a target that is there for those who do not want root.
    """

    installed: tuple[str, ...]
    others: tuple[str, ...]


class RootImages(NamedTuple):
    """The file: images whose containers run as `root`, as one text; tags of others; `users` that images have.

    `since` are the first versions that have them, where older ones do not.
    """

    root: str
    other_user: tuple[str, ...]
    users: Mapping[str, str]
    since: Mapping[str, int]
    needs: Needs


@cache
def root_images() -> RootImages:
    """What is known of users."""
    return read_table(RootImages, "root_images.toml")


def runs_as_root(image: Reference) -> bool:
    """Whether containers of an image certainly run as root if nothing else is said."""
    known = root_images()
    return image.familiar in known.root.split() and not any(word in image.tag for word in known.other_user)


def user_of_image(image: Reference) -> str:
    """The user that an image has for programs; "" if it has none, or is not known."""
    known = root_images()
    first = known.since.get(image.familiar)
    version = _VERSION.match(image.tag)
    if first is not None and version is not None and int(version[0]) < first:
        return ""
    return known.users.get(image.familiar, "")
