"""The command by which an installed scanner judges what only a scanner can: the packages of a base image."""

import os
import shlex
import shutil
from typing import Final

from ctxopt.core.dockerfile.model import Plan

#: Where the command line of Docker looks for its plugins, after the user's own directory.
_PLUGINS: Final = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)


def scan_note(plan: Plan) -> str | None:
    """One line with the command that scans the base of the final image; None without a scanner or a base image."""
    base = next((use.name for use in plan.images if use.exported and use.kind == "FROM"), None)
    command = None if base is None else _scanner()
    return None if command is None or base is None else f"`{command} {shlex.quote(base)}` lists known vulnerabilities"


def _scanner() -> str | None:
    """The first of the usual scanners that is installed, with its words before the image."""
    own = os.path.join(os.path.expanduser("~"), ".docker", "cli-plugins")
    if shutil.which("docker") and any(os.access(os.path.join(at, "docker-scout"), os.X_OK) for at in (own, *_PLUGINS)):
        return "docker scout cves"
    return next((words for name, words in (("trivy", "trivy image"), ("grype", "grype")) if shutil.which(name)), None)
