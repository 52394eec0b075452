"""The directories of git that get into the image."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, View
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.context import RuleContext
from ctxopt.findings.directories import first_file
from ctxopt.findings.final_image import is_archived

if TYPE_CHECKING:
    from ctxopt.image.exposure import Exposure


#: The name of a directory of git.
NAME: Final = ".git"
#: A password in the URL of a remote, and the token that GitHub's checkout action stores.
_CREDENTIALS: Final = lazy_re(rb"://[^/\s:@]{0,200}:[^/\s@]{1,400}@|extraheader")
_LARGEST: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class History:
    """A directory of git in the image, and how it gets there.

    `removal` is the line of a RUN that removes it again, None for none. It `leaks` if its configuration contains a
    password or a token.
    """

    directory: Directory
    exposure: "Exposure"
    removal: int | None
    leaks: bool


def histories_in_image(context: RuleContext) -> Mapping[str, History]:
    """The directories of git in the image that contain what was committed, or a password; by their paths."""
    return context.build.once(_histories) if NAME in context.build.tree.names else {}


def _histories(build: BuildContext) -> Mapping[str, History]:
    # Imported here because most builds have no file that a rule follows this far.
    from ctxopt.image.exposure import Exposures

    found: dict[str, History] = {}
    for directory in build.tree.directories():
        inside = directory.subdirectories.get(NAME)
        index = directory.find(NAME)
        if inside is None or not directory.flags[index] & View.BUILDKIT or NAME in directory.path.split("/"):
            continue
        first = first_file(inside, ("HEAD", "config"))
        if first is None:
            continue
        exposures = Exposures(build, [first])
        exposure = exposures.of(first, NAME)
        if exposure is None or not exposure.in_image:
            continue
        leaks = _CREDENTIALS.search(build.read(f"{inside.path}/config", _LARGEST) or b"") is not None
        if leaks or (_has_history(inside) and not is_archived(build)):
            found[inside.path] = History(inside, exposure, exposures.removal(NAME, exposure.read), leaks)
    return found


def _has_history(inside: Directory) -> bool:
    """Whether what was committed is sent as well; HEAD and refs alone only say which commit it is."""
    index = inside.find("objects")
    return index >= 0 and bool(inside.flags[index] & View.BUILDKIT)
