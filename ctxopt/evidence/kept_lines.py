"""What the user excepts by name in the ignore file."""

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.core.dockerignore.pattern import Pattern
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.errors import CtxoptError


def is_kept_on_purpose(build: BuildContext, name: str) -> bool:
    """Whether an exception of the ignore file that BuildKit reads names an entry of this name, or something in it."""
    return kept_by(build, name) is not None


def excepted_paths(build: BuildContext) -> list[str]:
    """The paths that exceptions of the ignore file that BuildKit reads name, without wildcards."""
    cleaned = (paths.clean(one.cleaned).strip("/") for one in _exceptions(build))
    return [path for path in cleaned if path not in ("", ".") and not gomatch.has_wildcards(path)]


def kept_by(build: BuildContext, name: str) -> Pattern | None:
    """The first exception of the ignore file that BuildKit reads for an entry of this name, or for something in it."""
    return next((one for one in _exceptions(build) if name in paths.clean(one.cleaned).split("/")), None)


def _exceptions(build: BuildContext) -> list[Pattern]:
    """The exceptions of the ignore file that BuildKit reads; none where it refuses the file."""
    try:
        return [one for one in build.patterns(View.BUILDKIT).patterns if one.exception]
    except CtxoptError:
        return []
