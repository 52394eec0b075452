"""In which directories a tool caches what it downloads, in a step of a build."""

import re
from typing import TYPE_CHECKING, Final

from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.golang import paths
from ctxopt.core.ids import StepId
from ctxopt.core.image_reference import Reference, reference
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.image.commands import Run, is_command
from ctxopt.image.users import is_root, user_of

if TYPE_CHECKING:
    from ctxopt.catalogue.package_caches import Mount

#: The start of a path below the home directory of a user, and that of root.
_HOME: Final = "~/"
_OF_ROOT: Final = "/root"
#: A value of a variable that is a path as it is written.
_PLAIN: Final = lazy_re(r"/[\w./-]*")
#: How a path below the home directory begins.
_OF_USER: Final = lazy_re(r"^(?:\$HOME|\$\{HOME\}|~)/")
#: Maximum number of instructions that may set a variable to look at.
_MOST_GIVEN: Final = 100
#: Maximum number of stages, each built from the next, to find the base image.
_MOST_PARENTS: Final = 100


@dataclass(frozen=True, slots=True)
class CachePlace:
    """One directory of a cache: its `path`, which begins with "~/" in the home directory of a user who is not root.

    Where that is not known, `path` is "", `variable` the name of the variable that sets it, and `rest` the path below.
    """

    path: str
    variable: str = ""
    rest: str = ""


def base_of(plan: Plan, step: StepId) -> Reference | None:
    """The image that the stage of a step starts from in the end; None for scratch, a directory or an invalid name."""
    at = plan.steps[step].stage
    for _ in range(_MOST_PARENTS):
        stage = plan.stages[at] if at < len(plan.stages) else None
        if stage is None or stage.parent is None:
            break
        at = stage.parent
    use = next((use for use in plan.images if use.stage == at and use.kind == "FROM"), None)
    return None if use is None else reference(use.name)


def cache_places(plan: Plan, run: Run, mounts: "tuple[Mount, ...]") -> list[CachePlace]:
    """The directories of a tool's cache that a command fills, of those that the catalogue knows.

    A variable of the step says where, then the image, and then what the tool does without either.
    """
    return [
        _place(plan, run, one)
        for one in mounts
        if not one.commands or any(is_command(run, command) for command in one.commands)
    ]


def _place(plan: Plan, run: Run, mount: "Mount") -> CachePlace:
    text = plan.steps[run.step].text
    for variable, rest in mount.under.items():
        value = _value(run, text, variable)
        if value is not None:
            known = _PLAIN.fullmatch(value.removeprefix("~")) is not None
            path = paths.join(value, rest) if known else ""
            return CachePlace(_at_home(plan, run, path), variable, rest)
    base = base_of(plan, run.step)
    if base is not None:
        # Images of others that have the name of one are made from it.
        image = mount.images.get(base.familiar) or mount.images.get(paths.base(base.familiar))
        if image is not None:
            return CachePlace(image)
        if mount.images and not base.official:
            variable, rest = next(iter(mount.under.items()))
            return CachePlace("", variable, rest)
    return CachePlace(_at_home(plan, run, mount.target))


def _at_home(plan: Plan, run: Run, path: str) -> str:
    """A path with the home directory of root in it, where that is who runs a command."""
    if not path.startswith(_HOME) or not is_root(user_of(plan, run.step)):
        return path
    home = _value(run, plan.steps[run.step].text, "HOME") or _OF_ROOT
    return paths.join(home if _PLAIN.fullmatch(home) else _OF_ROOT, path.removeprefix(_HOME))


def _value(run: Run, text: str, name: str) -> str | None:
    """What the text of a step, or else the last instruction before it, sets a variable to; None if neither does."""
    for one in (text, *reversed(run.given[-_MOST_GIVEN:])):
        if name not in one:
            continue
        # Only an ENV may have a space there.
        sign = "=" if one is text else "(?:=|(?<!=)[ \t]+)"
        found = re.findall(rf"(?:^|[\s;&|(]){name}{sign}(\"[^\"]*\"|'[^']*'|[^\s;&|)]*)", one)
        if found:
            value = str(found[-1]).strip("\"'")
            # An ENV takes HOME from the image alone, and most images do not set it.
            return _OF_USER.sub(_HOME, value, count=1) if one is text or not value.startswith("$") else value
    return None
