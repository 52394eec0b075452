"""A final image whose containers run a program as root that any user could run."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import ImageUse, Step
from ctxopt.core.image_reference import reference
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import (
    final_steps,
    has_run_triggers,
    is_for_development,
    path_in_repository,
)
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.users import is_root, last_user

#: What people write in a Dockerfile about a container that needs more than an ordinary user has.
_PRIVILEGED: Final = (
    b"--privileged",
    b"--cap-add",
    b"NET_ADMIN",
    b"SYS_ADMIN",
    b"docker.sock",
    b"get.docker.com",
    b"docker-ce-cli",
    b"docker-cli",
)
#: What a comment says about who gives the container another user.
_GIVEN: Final = lazy_re(
    rb"(?i)\buser=|--user\b|\brunAs(?:User|NonRoot)\b|\bsecurityContext\b|\bruns? as (?:root|non-?root)\b"
)
#: The user that an instruction names.
_USER: Final = lazy_re(r"(?im)^[ \t]*user[ \t]+(\S+)")
#: Commands that add a user, and those of their options that have a value.
_ADDING: Final = ("useradd", "adduser")
_VALUED: Final = lazy_re(
    r"-[a-zA-Z]*[ugGhscdkbefp]|--(?:uid|gid|groups?|ingroup|home(?:-dir)?|shell|comment|gecos|base-dir)"
)
_NAME: Final = lazy_re(r"[a-z_][a-z0-9_.-]{0,31}")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find a last stage that starts a program as root which is known to run as any user; none where that is unknown."""
    build = context.build
    plan = build.plan
    if not plan.stages[-1].exported or not plan.steps:
        return
    steps = list(final_steps(plan))
    # The last of each counts.
    started = list({step.kind: step for step in steps if step.kind in ("ENTRYPOINT", "CMD")}.values())
    if not started or is_for_development(build):
        return
    user = last_user(plan)
    base = next((use for use in plan.images if use.exported and use.kind == "FROM"), None)
    scratch = base is None and plan.stages[_origin(build)].base == "scratch"
    if not is_root(user) or (not user and not scratch and not _is_root_image(base)):
        return
    if user and not user.strip("\"':"):
        # The build gives the variables that say who it is.
        return
    # Imported here because few images get so far.
    from ctxopt.findings.plain_program import is_plain_program

    if not _says_why(build, steps, user) and is_plain_program(context, started) and not _runs_with_more(build):
        yield _finding(context, user, base, steps, max(started, key=lambda step: step.line))


RULE = Rule(
    id="CTX113",
    name="user-root",
    hadolint=("DL3002",),
    title="The image runs as root",
    help=(
        "Add `USER` before `CMD`, with a user of the base image or one that you add. If root is needed, say why in a "
        "suppression."
    ),
    check=check,
)


def _origin(build: BuildContext) -> int:
    """The number of the stage that the last one is built from in the end."""
    stages = {stage.number: stage for stage in build.plan.stages}
    stage = build.plan.stages[-1]
    while stage.parent is not None:
        stage = stages[stage.parent]
    return stage.number


def _is_root_image(base: ImageUse | None) -> bool:
    from ctxopt.catalogue.root_images import runs_as_root

    return base is not None and runs_as_root(reference(base.name))


def _says_why(build: BuildContext, steps: list[Step], user: str) -> bool:
    """Whether something in the Dockerfile, or beside it, says why the program runs as root."""
    from ctxopt.catalogue.root_images import root_images

    text = build.located.dockerfile.data
    if (user and _has_comment(build, steps)) or any(word in text for word in _PRIVILEGED):
        return True
    if any(_GIVEN.search(line) for line in text.split(b"\n") if line.lstrip().startswith(b"#")):
        return True
    installed = root_images().needs.installed
    if any(word in step.text for step in steps if step.kind in ("RUN", "COPY") for word in installed):
        return True
    return has_run_triggers(build.plan) or _has_other_target(build)


def _runs_with_more(build: BuildContext) -> bool:
    # Imported here because it reads many files.
    from ctxopt.evidence.privileges import runs_with_more

    return runs_with_more(build)


def _has_other_target(build: BuildContext) -> bool:
    """Whether another target, or a Dockerfile beside it, is there for those who do not want root."""
    from ctxopt.catalogue.root_images import root_images

    others = root_images().needs.others
    text = build.located.dockerfile.data.decode("utf-8", "replace")
    unneeded = [stage.name.lower() for stage in build.plan.stages if not stage.needed]
    # What only developers start may be root where the image for production is not.
    is_other = is_for_development(build) or any(one in name for name in unneeded for one in others)
    if unneeded and is_other and any(not is_root(user[1]) for user in _USER.finditer(text)):
        return True
    file = path_in_repository(build)
    directory, _, own = file.rpartition("/")
    return any(
        other.lower().rpartition("/")[0] == directory
        and other.lower() != file
        and own.partition(".")[0] in other.lower()
        for other in _dockerfiles_without_root(build, others)
    )


def _dockerfiles_without_root(build: BuildContext, others: tuple[str, ...]) -> list[str]:
    from ctxopt.evidence.operation import operation_texts

    return [path for path in operation_texts(build).dockerfiles if any(one in path.lower() for one in others)]


def _has_comment(build: BuildContext, steps: list[Step]) -> bool:
    """Whether there is a comment above the last USER."""
    line = next((step.line for step in reversed(steps) if step.kind == "USER"), 1)
    above = build.located.dockerfile.data.split(b"\n")[line - 2 : line - 1] if line > 1 else []
    return any(text.lstrip().startswith(b"#") for text in above)


def _has_nonroot(base: ImageUse) -> bool:
    """Whether an image has the user of distroless images, which have no shell to add another one."""
    return reference(base.name) is not None and "distroless" in base.name


def _finding(context: RuleContext, user: str, base: ImageUse | None, steps: list[Step], started: Step) -> Finding:
    build = context.build
    last = next((step for step in reversed(steps) if step.kind == "USER"), None) if user else None
    name = "scratch" if base is None else base.name
    why = f"USER {user} is the last one" if last is not None else f"no USER is set, and {name} sets none"
    step = last or started
    return Finding(
        RULE.id,
        Severity.NOTE,
        build.plan.file,
        step.line,
        f"the container runs as root: {why}",
        _fix(context, base, started),
        confidence=Confidence.MEDIUM,
        end_line=step.end_line,
    )


def _fix(context: RuleContext, base: ImageUse | None, started: Step) -> str:
    # Imported here because it reads the manifests.
    from ctxopt.evidence.plain_code import uses_next

    user = _user_for(context, base)
    use = f"add USER {user}" if user else "add a user with a home directory in a RUN, and USER with its name"
    exported = {stage.number for stage in context.build.plan.stages if stage.exported}
    is_copied = any(copy.stage in exported for copy in context.build.plan.copies)
    how = "COPY --chown" if is_copied else "chown -R in the RUN that builds it"
    more = f"; .next must belong to {user or 'that user'}, since Next.js writes its cache there ({how})"
    return f"{use} before the {started.kind}{more if uses_next(context.build) else ''}"


def _user_for(context: RuleContext, base: ImageUse | None) -> str:
    """The user for the program that the image has, or needs not have; "" where one has to be added."""
    from ctxopt.catalogue.root_images import user_of_image

    if base is None:
        return "10001"
    return _added(context) or user_of_image(reference(base.name)) or ("nonroot" if _has_nonroot(base) else "")


def _added(context: RuleContext) -> str:
    """The user that the Dockerfile adds, or has for other instructions; "" for none that is known."""
    commands = context.commands
    runs = [run for number in commands.with_words(commands.image_steps, _ADDING) for run in commands.of(number)]
    names = [_user_in(run.words) for run in runs if run.name in _ADDING]
    steps = final_steps(context.build.plan)
    names += [step.text.strip() for step in steps if step.kind == "USER" and not is_root(step.text.strip())]
    return next((name for name in reversed(names) if _NAME.fullmatch(name)), "")


def _user_in(words: tuple[str, ...]) -> str:
    """The user that a command adds: the first of its words that is no option and not the value of one."""
    return next((word for before, word in pairwise(words) if word[:1] != "-" and not _VALUED.fullmatch(before)), "")
