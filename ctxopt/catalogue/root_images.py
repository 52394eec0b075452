"""As which user containers run, and what needs to be root."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.tables import read_table
from ctxopt.core.image_reference import Reference


class Needs(NamedTuple):
    """`words` of commands that need root or change the user themselves, and `shells`, which people start by hand."""

    words: tuple[str, ...]
    shells: tuple[str, ...]


class RootImages(NamedTuple):
    """The file: images whose containers run as `root`, as one text; tags of others; `users` that images have."""

    root: str
    other_user: tuple[str, ...]
    users: Mapping[str, str]
    needs: Needs


@cache
def root_images() -> RootImages:
    """What is known of users."""
    return read_table(RootImages, "root_images.toml")


def runs_as_root(image: Reference) -> bool:
    """Whether containers of an image certainly run as root if nothing else is said."""
    known = root_images()
    return image.familiar in known.root.split() and not any(word in image.tag for word in known.other_user)
