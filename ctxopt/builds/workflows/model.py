"""What is told of the steps of a workflow."""

from ctxopt.builds.workflows.actions import BUILD_FIX
from ctxopt.core.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class GitBuild:
    """A build of a workflow that an action makes from git; `line` is that of its step.

    `directory` is relative to the top of the repository, "" for that; `file` is the Dockerfile in it. `makes_files`
    is True if the job has an earlier step that may make files, which are not there. With the input `fix` the action
    would build from the checkout. `arguments` are the names of the build arguments that it gives.
    """

    line: int
    directory: str
    file: str
    makes_files: bool
    fix: str = BUILD_FIX
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepBuild:
    """A build of one step: its context, relative to the top of the repository, the Dockerfile there, and the target.

    `from_git` says that it has only what git tracks, whatever earlier steps made.
    """

    context: str
    file: str
    target: str
    from_git: bool


@dataclass(frozen=True, slots=True)
class JobStep:
    """One step of a job: its action without a version, or its script, and what docker/build-push-action builds in it.

    There is a script for each combination of the matrix in which it differs; expressions without a known value stay.
    `moved` says that it runs in another directory than the top of the repository. `path` is what the action is told to
    write, in lines.
    """

    line: int
    action: str
    scripts: tuple[str, ...]
    moved: bool
    path: str
    builds: tuple[StepBuild, ...]
