"""Which content the base images have, by a file that pins them: a JSON object, or lines of a name and a digest."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Final

from ctxopt.core.dockerfile.references import is_image
from ctxopt.core.image_reference import reference
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

_DIGEST: Final = lazy_re(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,}")


@dataclass(frozen=True, slots=True)
class BaseDigests:
    """The digests of images by their names, as they were given."""

    by_name: Mapping[str, str] = field(default_factory=dict)

    def of(self, image: str) -> str | None:
        """The digest of an image: its own, if it has one, or the one that is given for its name; None if unknown."""
        if not is_image(image):
            return None
        named = reference(image)
        return named.digest or self.by_name.get(canonical(image))


def canonical(image: str) -> str:
    """The name of an image with its registry and its tag."""
    if not is_image(image):
        return image
    named = reference(image)
    digest = f"@{named.digest}" if named.digest else ""
    return f"{named.repository}:{named.tag or 'latest'}{digest}"


def read_base_digests(text: str, shown: str) -> BaseDigests:
    """The digests that a text gives; `shown` is the name of its file. Raises CtxoptError."""
    found: dict[str, str] = {}
    pairs = _of_json(text, shown) if text.lstrip().startswith("{") else _of_lines(text, shown)
    for line, name, digest in pairs:
        if not is_image(name):
            raise CtxoptError(f'"{name}" is no name of an image', file=shown, line=line)
        if not _DIGEST.fullmatch(digest):
            hint = "write it as sha256:…, as `docker buildx imagetools inspect` shows it"
            raise CtxoptError(f'"{digest}" is no digest', file=shown, line=line, hint=hint)
        if found.setdefault(canonical(name), digest) != digest:
            raise CtxoptError(f"{name} has two digests", file=shown, line=line, hint="remove one of them")
    return BaseDigests(found)


def _of_json(text: str, shown: str) -> Iterator[tuple[int | None, str, str]]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise CtxoptError(
            "it is not valid JSON", file=shown, line=line, hint='write {"image:tag": "sha256:…"}'
        ) from None
    for name, digest in read.items():
        if not isinstance(digest, str):
            raise CtxoptError(f"the digest of {name} is no text", file=shown, hint='write {"image:tag": "sha256:…"}')
        yield None, name, digest


def _of_lines(text: str, shown: str) -> Iterator[tuple[int | None, str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        written = line.strip()
        if not written or written.startswith("#"):
            continue
        words = written.replace("@", " ", 1).replace("=", " ", 1).split()
        if len(words) != 2:
            raise CtxoptError("it is no image with its digest", file=shown, line=number, hint="write IMAGE DIGEST")
        yield number, words[0], words[1]
