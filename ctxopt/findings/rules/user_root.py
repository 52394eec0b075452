"""A final image whose containers run as root, where nothing says why."""

from collections.abc import Iterator
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind
from ctxopt.core.dockerfile.model import ImageUse, Step
from ctxopt.core.image_reference import reference
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import final_steps, has_run_triggers, is_for_tests
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
#: The name of a Compose file, and the user that it gives a service.
_COMPOSE: Final = lazy_re(r"(?:docker-)?compose[\w.-]*\.ya?ml")
_COMPOSE_USER: Final = lazy_re(rb"(?m)^[ \t]+user:[ \t]*[\"']?([\w.:${}-]+)")
#: Words of commands, wherever they are in a text.
_WORDS: Final = lazy_re(r"[\w.+/-]+")
#: Maximum size of a script that a container starts with, in bytes, and maximum number of files of its name.
_LARGEST: Final = 64 << 10
_MOST: Final = 5


def check(context: RuleContext) -> Iterator[Finding]:
    """Find a last stage that starts a program as root; none where a base image is unknown.

    What needs root, or changes to another user by itself, is respected: in CMD and ENTRYPOINT, and in the scripts of
    the context that they start.
    """
    build = context.build
    plan = build.plan
    if not plan.stages[-1].exported or not plan.steps:
        return
    steps = list(final_steps(plan))
    started = [step for kind in ("ENTRYPOINT", "CMD") for step in steps if step.kind == kind][-2:]
    if not started or is_for_tests(build):
        return
    user = last_user(plan)
    base = next((use for use in plan.images if use.exported and use.kind == "FROM"), None)
    scratch = base is None and plan.stages[_origin(build)].base == "scratch"
    if not is_root(user) or (not user and not scratch and not _is_root_image(base)):
        return
    if _says_why(context, steps, started, user):
        return
    yield _finding(build, user, base, steps, started[-1])


RULE = Rule(
    id="CTX113",
    name="user-root",
    hadolint=("DL3002",),
    title="The image runs as root",
    help=(
        "Add `USER` before `CMD`, with a user of the base image or one that you add. Files that the program writes "
        "must belong to it: `COPY --chown`. If root is needed, say why in a suppression."
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


def _says_why(context: RuleContext, steps: list[Step], started: list[Step], user: str) -> bool:
    """Whether something says why the program runs as root, or changes the user when it starts."""
    from ctxopt.catalogue.root_images import root_images

    needs = root_images().needs
    texts = (step.text if step.words is None else " ".join(step.words) for step in started)
    names = {name for text in texts for name in _names(text)}
    if not names.isdisjoint(needs.words) or names <= {*needs.shells, "-c", "-f", "dev", "null", "infinity", "-l"}:
        return True
    text = context.build.located.dockerfile.data
    if (user and _has_comment(context.build, steps)) or any(word in text for word in _PRIVILEGED):
        return True
    if any(_GIVEN.search(line) for line in text.split(b"\n") if line.lstrip().startswith(b"#")):
        return True
    if _is_given_by_compose(context.build):
        return True
    installed = (step.text for step in steps if step.kind in ("RUN", "COPY"))
    if any(word in text for text in installed for word in ("s6-overlay", "gosu", "su-exec")):
        return True
    return any(not _script(context.build, name).isdisjoint(needs.words) for name in names)


def _is_given_by_compose(build: BuildContext) -> bool:
    """Whether a Compose file beside names this Dockerfile and gives its containers another user than root."""
    for name in build.tree.root.names:
        if not _COMPOSE.fullmatch(name):
            continue
        text = build.read(name, _LARGEST) or b""
        users = [found[1].decode("utf-8", "replace") for found in _COMPOSE_USER.finditer(text)]
        if any(not is_root(user) for user in users) and build.plan.file.encode("utf-8", "surrogateescape") in text:
            return True
    return False


def _has_comment(build: BuildContext, steps: list[Step]) -> bool:
    """Whether there is a comment above the last USER."""
    line = next((step.line for step in reversed(steps) if step.kind == "USER"), 1)
    above = build.located.dockerfile.data.split(b"\n")[line - 2 : line - 1] if line > 1 else []
    return any(text.lstrip().startswith(b"#") for text in above)


def _names(text: str) -> set[str]:
    """The words of a text, without the directories in them."""
    return {word.rpartition("/")[2] for word in _WORDS.findall(text)}


def _script(build: BuildContext, name: str) -> set[str]:
    """The words of the scripts in the context that have a name."""
    words: set[str] = set()
    if "." not in name and "entry" not in name and "start" not in name and "run" not in name:
        return words
    # A COPY may give it the name under which it is started.
    renamed = (read for read in build.plan.reads if read.exported and read.destination.rpartition("/")[2] == name)
    names = {name, *(source.rpartition("/")[2] for read in renamed for source in read.sources)}
    places = [place for place in build.tree.named(names) if place[0].kinds[place[1]] == EntryKind.FILE]
    for directory, index in places[:_MOST]:
        if directory.sizes[index] <= _LARGEST:
            text = build.read(directory.child_path(directory.names[index]), _LARGEST) or b""
            if text[:2] == b"#!" or name.endswith("sh"):
                words |= _names(text.decode("utf-8", "replace"))
    return words


def _has_nonroot(base: ImageUse) -> bool:
    """Whether an image has the user of distroless images, which have no shell to add another one."""
    return reference(base.name) is not None and "distroless" in base.name


def _finding(build: BuildContext, user: str, base: ImageUse | None, steps: list[Step], started: Step) -> Finding:
    from ctxopt.catalogue.root_images import root_images

    last = next((step for step in reversed(steps) if step.kind == "USER"), None) if user else None
    name = "scratch" if base is None else base.name
    why = f"USER {user} is the last one" if last is not None else f"no USER is set, and {name} sets none"
    known = "" if base is None else root_images().users.get(reference(base.name).familiar, "")
    another = "10001" if base is None else known or ("nonroot" if _has_nonroot(base) else "")
    use = f"add USER {another}" if another else "add a user in a RUN, and USER with its name"
    fix = f"if the program does not need root, {use} before the {started.kind}"
    if has_run_triggers(build.plan):
        fix = "if the program does not need root, set USER in the images that are built on it: here, it would also be "
        fix += "the user of the ONBUILD RUN"
    step = last or started
    return Finding(
        RULE.id,
        Severity.NOTE,
        build.plan.file,
        step.line,
        f"the container runs as root: {why}",
        fix,
        confidence=Confidence.MEDIUM,
        end_line=step.end_line,
    )
