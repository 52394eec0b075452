"""The builds that a GitHub workflow runs with docker/build-push-action and docker/bake-action.

Follows these actions: paths count from the top of the repository, wherever it is checked out, and without a context
they build from git, where no file exists that is not tracked and no ignore file applies. docker/bake-action does so
from version 6 on. Expressions are replaced where the workflow says their value: those of `env` and of a static matrix.
What is built of another repository that a job checks out is no build of this one.
"""

from ctxopt.builds.build import Declared, DeclaringFile
from ctxopt.builds.workflows.actions import BAKE, BUILD
from ctxopt.builds.workflows.model import GitBuild, JobStep
from ctxopt.builds.workflows.reader import read_workflow


def jobs_of(file: DeclaringFile, root: str) -> tuple[tuple[JobStep, ...], ...]:
    """The steps of each job of a workflow that mentions a builder.

    Raises CtxoptError for what is no YAML, and LeadsOut.
    """
    return tuple(read_workflow(file, root, ("docker", "podman", "buildah")).jobs)


def read(file: DeclaringFile, root: str) -> Declared:
    """The builds of a workflow of the repository at `root`. Raises CtxoptError for what is no YAML, and LeadsOut."""
    found = read_workflow(file, root, (BUILD, BAKE)).found
    return Declared(tuple(found.builds), tuple(found.notes()), tuple(found.unresolved))


def git_builds(file: DeclaringFile, root: str) -> tuple[GitBuild, ...]:
    """The builds of a workflow that are made from git. Raises CtxoptError for what is no YAML, and LeadsOut."""
    return tuple(read_workflow(file, root, (BUILD, BAKE)).found.git_builds)
