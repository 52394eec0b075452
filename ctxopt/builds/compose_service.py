"""A service of a Compose file as far as its build goes, and how one is merged over another."""

from collections.abc import Mapping
from dataclasses import field, replace

from ctxopt.builds.partial import Partial, Value
from ctxopt.core.lazy_dataclass import dataclass

#: The parts of a build, by their names in `Partial`.
_PARTS = ("context", "dockerfile", "inline", "target", "platforms", "args", "contexts")


@dataclass(frozen=True, slots=True)
class Scope:
    """The scope of a value: its file, the directory that paths are relative to, and the variables."""

    path: str
    shown: str
    directory: str
    variables: Mapping[str, str]
    #: Distinguishes projects: the same file can be included with other variables.
    project: int


@dataclass(frozen=True, slots=True)
class Service:
    """The build of a service, and its platform.

    `bake` is what `x-bake` of its build says, which buildx reads and Compose does not; local contexts are as they are
    written there. `resets` are the parts that `!reset` and `!override` remove from what it is merged over, each by the
    names that lead to it: () is the whole service.
    """

    shown: str
    directory: str
    build: Partial | None
    platform: Value | None = None
    resets: frozenset[tuple[str, ...]] = frozenset()
    bake: Partial = field(default_factory=Partial)

    def over(self, base: "Service") -> "Service":
        """This service merged over one that it extends, or that an earlier file has."""
        if () in self.resets:
            return self
        base = base._without(self.resets)
        build = self.build
        if base.build is not None:
            build = base.build if build is None else _merged(build, base.build)
        platform = base.platform if self.platform is None else self.platform
        return replace(self, build=build, platform=platform, bake=_merged(self.bake, base.bake))

    def _without(self, resets: frozenset[tuple[str, ...]]) -> "Service":
        build, platform, bake = self.build, self.platform, self.bake
        for reset in resets:
            if reset == ("platform",):
                platform = None
            elif reset == ("build",):
                build, bake = None, Partial()
            elif reset[:2] == ("build", "x-bake"):
                bake = Partial()
            elif build is not None and reset[1] in _PARTS:
                build = build.without(*reset[1:])
        return replace(self, build=build, platform=platform, bake=bake)

    def whole(self) -> Partial:
        """The build, with the platform that the service asks for."""
        build = self.build or Partial()
        return build if self.platform is None else replace(build, platforms=(self.platform,))


def _merged(build: Partial, base: Partial) -> Partial:
    return replace(build.over(base), platforms=(*base.platforms, *build.platforms))
