"""Whether a Compose file only makes sense over another one."""

from collections.abc import Mapping

from ctxopt.builds import yaml_tree
from ctxopt.builds.reading import Budget
from ctxopt.builds.yaml_tree import Map, Node

#: What makes a service complete, apart from a build with a context.
_COMPLETE = ("image", "extends", "provider")


def is_overlay(text: str, base: str, shown: str) -> bool:
    """Whether a service of a file has neither an image nor a context, and the base has what is missing.

    Compose would refuse such a service, or build it from another directory than the base says. Raises CtxoptError.
    """
    below = _services(base, shown)
    return any(name in below and not _is_complete(service) for name, service in _services(text, shown).items())


def _services(text: str, shown: str) -> Mapping[str, Node]:
    found: dict[str, Node] = {}
    for document in yaml_tree.parse(text, shown, Budget(shown)):
        services = document.entries.get("services") if isinstance(document, Map) else None
        found |= services.entries if isinstance(services, Map) else {}
    return found


def _is_complete(service: Node) -> bool:
    if not isinstance(service, Map):
        return False
    build = service.entries.get("build")
    if isinstance(build, Map):
        return "context" in build.entries or "extends" in service.entries
    return build is not None or any(name in service.entries for name in _COMPLETE)
