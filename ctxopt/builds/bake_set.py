"""What `--set` of `docker buildx bake` changes of targets, as the input `set` of docker/bake-action gives it.

Follows buildx: `pattern.key=value`, where the pattern is matched with the names of targets.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final

from ctxopt.builds.build import Build
from ctxopt.builds.partial import Unknown, Value
from ctxopt.builds.reading import inside
from ctxopt.core.lazy_dataclass import dataclass

#: The keys that change nothing of what a build reads and starts from.
_OTHER: Final = frozenset(
    (
        *("annotations", "attest", "cache-from", "cache-to", "call", "entitlements", "extra-hosts", "labels", "load"),
        *("network", "no-cache", "no-cache-filter", "output", "outputs", "platform", "platforms", "pull", "push"),
        *("secret", "secrets", "shm-size", "ssh", "tags", "ulimits"),
    )
)


@dataclass(frozen=True, slots=True)
class Override:
    """What one line sets: a key of all targets whose names a pattern matches. `key` is "" where that is not known."""

    pattern: str
    key: str
    value: Value


def overrides_of(lines: Iterable[tuple[str, Value]]) -> Iterator[Override]:
    """What matters of lines: each as it is written, and with its value. Expressions in names stand for any."""
    for written, known in lines:
        left, _, value = (known if isinstance(known, str) else written).partition("=")
        before, unknown, after = left.rpartition("}}")
        # `+=` appends to a list.
        pattern, _, key = (after if unknown else left).removesuffix("+").partition(".")
        if key.partition(".")[0].lower() not in _OTHER:
            yield Override(
                "*" if unknown or "${{" in before else pattern, key, known if isinstance(known, Unknown) else value
            )


def overridden(build: Build, target: str, overrides: Iterable[Override], root: str) -> tuple[Build, str]:
    """A target with what is set, and why that is not all that is set; "" if it is.

    Nothing outside of `root` is taken.
    """
    for one in overrides:
        if not fnmatchcase(target, one.pattern):
            continue
        name, _, argument = one.key.partition(".")
        if name == "args" and argument:
            args = {key: value for key, value in build.build_args if key != argument}
            unknown = [key for key in build.unknown_args if key != argument]
            if isinstance(one.value, Unknown):
                unknown.append(argument)
            else:
                args[argument] = one.value
            build = replace(build, build_args=tuple(args.items()), unknown_args=tuple(unknown))
        elif name == "target" and isinstance(one.value, str):
            build = replace(build, target=one.value or None)
        elif name == "dockerfile" and isinstance(one.value, str):
            path = os.path.normpath(os.path.join(build.context, one.value))
            if not inside(root, path):
                return build, f"set names the Dockerfile {one.value} outside of the project"
            build = replace(build, dockerfile=path, inline=None)
        else:
            return build, f"set changes {name or 'parts'} of targets, which is not followed"
    return build, ""
