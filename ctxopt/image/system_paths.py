"""Whether an instruction copies something to where the system of an image is configured."""

from ctxopt.catalogue.system import system
from ctxopt.core.dockerfile.model import Plan, Step
from ctxopt.core.golang import paths


def may_configure(plan: Plan, step: Step) -> bool:
    """Whether a COPY or ADD may bring what a package manager reads, by its destination."""
    if step.kind not in ("COPY", "ADD"):
        return False
    destinations = [read.destination for read in plan.reads if read.line == step.line]
    destinations += [copy.destination for copy in plan.copies if copy.line == step.line]
    for given in destinations or ["/"]:
        path = paths.join(step.workdir or "/?", given) if not given.startswith("/") else paths.clean(given)
        if path == "/" or path.split("/")[1] in system().configured:
            return True
    return False
