"""The builds that a configuration declares."""

import os

from ctxopt.builds.build import Build
from ctxopt.config.model import BuildSettings, Config
from ctxopt.core.named_context import NamedContext


def build_of(settings: BuildSettings) -> Build:
    """One build without the origins of its values and without limits. Its context need not exist."""
    contexts = settings.build_contexts.value if settings.build_contexts is not None else ()
    return Build(
        f"{settings.origin.file}: build {settings.name}",
        os.path.realpath(settings.context.value),
        None if settings.dockerfile is None else settings.dockerfile.value,
        None,
        None if settings.target is None else settings.target.value,
        () if settings.build_args is None else settings.build_args.value,
        None if settings.platform is None else settings.platform.value,
        contexts=tuple(NamedContext(name, value) for name, value in contexts),
    )


def declared_builds(config: Config) -> tuple[Build, ...]:
    """All builds of a configuration, in its order."""
    return tuple(map(build_of, config.builds))
