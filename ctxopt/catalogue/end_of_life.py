"""Releases of images that get no more security fixes, as dated data: nothing is asked over a network."""

from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.base_images import MOVING, version_of
from ctxopt.catalogue.tables import read_table
from ctxopt.core.image_reference import Reference
from ctxopt.core.lazy_dataclass import dataclass


class Product(NamedTuple):
    """A product, and the `images` whose tags begin with one of its releases.

    `newest` is its newest supported release, "" if none is. `ended` has the releases that have ended, each as
    "release=date", and `codenames` the words for some of them, each as "word=release": texts, since tables would take
    longer to read. `inside` stands before a release in the tags of other images, as in "3.12-alpine3.15"; words of
    `codenames` stand there alone, as in "3.12-buster".
    """

    name: str
    images: tuple[str, ...]
    newest: str
    ended: str
    inside: str = ""
    codenames: str = ""


class Retired(NamedTuple):
    """An image of which no tag gets security fixes, the month `since` then, and the image to use `instead`."""

    image: str
    since: str
    instead: str


class EndOfLife(NamedTuple):
    """The file: the `date` of the data, which has all that had ended by then."""

    date: str
    product: tuple[Product, ...]
    retired: tuple[Retired, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """Why an image gets no more security fixes.

    `what` is the release in words, such as "Debian 9 (stretch)", `date` the day or month on which it ended, and
    `instead` a supported release or image, "" if none is known.
    """

    what: str
    date: str
    instead: str


@cache
def _data() -> EndOfLife:
    return read_table(EndOfLife, "end_of_life.toml")


def data_date() -> str:
    """The day of the data, such as "2026-08-22"."""
    return _data().date


def is_supported(image: Reference) -> bool:
    """Whether nothing says that an image has ended, and its version is not older than all that are known to have."""
    if ended(image) is not None:
        return False
    version = _number(version_of(image.tag)[0])
    own = [product for product in _data().product if image.familiar in product.images]
    oldest = [number for product in own for name in _releases(product.ended) if (number := _number(name))]
    return not version or not oldest or version >= min(oldest)


def is_overtaken(image: Reference) -> bool:
    """Whether a later release of the same major version has ended, so that one of which nothing is said is old."""
    version = _number(version_of(image.tag)[0])
    own = (product for product in _data().product if image.familiar in product.images)
    ended_ones = (_number(name) for product in own for name in _releases(product.ended))
    return len(version) > 1 and any(one[:1] == version[:1] and one > version for one in ended_ones)


def _number(version: str) -> tuple[int, ...]:
    """A version to compare with others; () for one that is no number."""
    parts = version.removeprefix("v").split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else ()


def newest_release(image: Reference) -> str:
    """The newest supported release of the product that an image is; "" if none is known."""
    return next((product.newest for product in _data().product if image.familiar in product.images), "")


@cache
def _releases(pairs: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in pairs.split())


def ended(image: Reference) -> Ended | None:
    """Why an image has ended; None if it has not, or nothing is known of it."""
    name = image.familiar
    retired = next((one for one in _data().retired if one.image == name), None)
    if retired is not None:
        # Builds of versions to come are still made.
        return None if "-ea" in image.tag else Ended(f"the image {name}", retired.since, retired.instead)
    products = _data().product
    own = [product for product in products if name in product.images]
    found = next((found for product in own if (found := _of(product, image.tag))), None)
    if found is not None:
        return found
    known = bool(own) or image.official
    return next((found for product in products if (found := _inside(product, image.tag, words=known))), None)


def _of(product: Product, tag: str) -> Ended | None:
    """Why the release that a tag of a product's image begins with has ended."""
    if not product.newest and tag in ("", *MOVING):
        return _ended(product, next(iter(_releases(product.ended))))
    first = version_of(tag)[0] or tag.partition("-")[0]
    word = _releases(product.codenames).get(first)
    return _ended(product, word, first) if word else _ended(product, _release(product, first.removeprefix("stream")))


def _inside(product: Product, tag: str, *, words: bool) -> Ended | None:
    """Why a release that another image's tag names after its own version has ended; `words`: also by its codename."""
    for part in tag.split("-")[1:]:
        word = _releases(product.codenames).get(part) if words else None
        if word:
            return _ended(product, word, part)
        if product.inside and part.startswith(product.inside) and part != product.inside:
            return _ended(product, _release(product, part.removeprefix(product.inside)))
    return None


def _release(product: Product, version: str) -> str | None:
    """The release that has ended and that a version belongs to, as 8.17.0 belongs to 8."""
    parts = version.removeprefix("v").split(".")
    known = _releases(product.ended)
    return next((name for end in range(len(parts), 0, -1) if (name := ".".join(parts[:end])) in known), None)


def _ended(product: Product, release: str | None, word: str = "") -> Ended | None:
    if release is None:
        return None
    shown = f"{product.name} {release}" + (f" ({word})" if word else "")
    # A release between two that are supported for long may have ended before an older one.
    is_older = _number(product.newest) >= _number(release)
    instead = f"{product.name} {product.newest}" if product.newest and is_older else ""
    return Ended(shown, _releases(product.ended)[release], instead)
