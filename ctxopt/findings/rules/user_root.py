"""A final image whose containers run as root, where nothing says why."""

from collections.abc import Iterator
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind
from ctxopt.core.dockerfile.model import ImageUse, Step
from ctxopt.core.image_reference import reference
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import (
    final_steps,
    has_run_triggers,
    is_for_development,
    is_for_tests,
    path_in_repository,
)
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.findings.started import started_runs
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
#: A command that gives a file another name, and the two names.
_RENAMED: Final = lazy_re(r"\b(?:ln|cp|mv|install)[ \t]+(?:-\S+[ \t]+)*([^\s;&|]+)[ \t]+([^\s;&|]+)")
#: What else a container runs that only fills a volume.
_BESIDE_COPYING: Final = ("cd", "mkdir", "rm", "chmod", "set", "echo", "ls", "true", "sleep", "tail", "test", "[")
#: The user that an instruction names.
_USER: Final = lazy_re(r"(?im)^[ \t]*user[ \t]+(\S+)")
#: Words of commands, wherever they are in a text.
_WORDS: Final = lazy_re(r"[\w.+/-]+")
#: Maximum size of a script that a container starts with, in bytes, and maximum number of files of its name.
_LARGEST: Final = 64 << 10
_MOST: Final = 5
#: Maximum length of a RUN to look for names in, in characters, and maximum number of scripts that call one another.
_LONGEST: Final = 16 << 10
_DEEPEST: Final = 3
_SCRIPTS: Final = (".sh", ".bash")


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
    if user and not user.strip("\"':"):
        # The build gives the variables that say who it is.
        return
    if _says_why(context, steps, started, user):
        return
    yield _finding(context, user, base, steps, started[-1])


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
    installed = [step.text for step in steps if step.kind in ("RUN", "COPY")]
    if any(word in text for text in installed for word in needs.installed):
        return True
    if not _script_words(context.build, names, _renamed(steps)).isdisjoint(needs.words):
        return True
    if _only_copies(context) or _serves_system(steps) or _has_other_target(context.build):
        return True
    # Imported here because it reads many files.
    from ctxopt.evidence.privileges import runs_with_more

    return runs_with_more(context.build)


def _only_copies(context: RuleContext) -> bool:
    """Whether the container only puts files into a volume, and ends."""
    from ctxopt.catalogue.root_images import root_images

    copying = root_images().needs.copying
    names = {run.name for run in started_runs(context)}
    return not names.isdisjoint(copying) and names <= {*copying, *_BESIDE_COPYING}


def _serves_system(steps: list[Step]) -> bool:
    """Whether the image has a port of a service of a system, such as that of a name server."""
    from ctxopt.catalogue.root_images import root_images

    ports = {str(port) for port in root_images().needs.ports}
    exposed = (word for step in steps if step.kind == "EXPOSE" for word in step.expanded or step.text.split())
    return any(word.partition("/")[0] in ports for word in exposed)


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


def _names(text: str) -> set[str]:
    """The words of a text, without the directories in them."""
    return {word.rpartition("/")[2] for word in _WORDS.findall(text)}


def _renamed(steps: list[Step]) -> dict[str, set[str]]:
    """The names of files by those that a RUN gives them as well, or a COPY, also one from another stage."""
    found: dict[str, set[str]] = {}
    for step in steps:
        pairs = [(one, other) for one, other in _RENAMED.findall(step.text[:_LONGEST])] if step.kind == "RUN" else []
        if step.kind in ("COPY", "ADD") and step.expanded:
            *sources, destination = step.expanded
            pairs = [(source, destination) for source in sources]
        for one, other in pairs:
            source, name = one.strip("\"'").rpartition("/")[2], other.strip("\"'").rpartition("/")[2]
            if name and source and name != source:
                found.setdefault(name, set()).add(source)
    return found


def _script_words(build: BuildContext, started: set[str], renamed: dict[str, set[str]]) -> set[str]:
    """The words of the scripts in the context that are started, and of those that these call."""
    words: set[str] = set()
    seen: set[str] = set()
    names = started
    for _ in range(_DEEPEST):
        # Other names may be those of programs.
        wanted = {one for name in names for one in (name, *renamed.get(name, ())) if _may_be_script(one, renamed)}
        text_words = _words_of(build, wanted - seen)
        seen |= wanted
        words |= text_words
        names = {word for word in text_words if word.endswith(_SCRIPTS)}
    return words


def _may_be_script(name: str, renamed: dict[str, set[str]]) -> bool:
    return any(one in name for one in (".", "entry", "start", "run", "init")) or name in renamed


def _words_of(build: BuildContext, names: set[str]) -> set[str]:
    """The words of the first files of the context with these names that are scripts."""
    words: set[str] = set()
    places = [place for place in build.tree.named(names) if place[0].kinds[place[1]] == EntryKind.FILE]
    for directory, index in places[:_MOST]:
        name = directory.names[index]
        if directory.sizes[index] <= _LARGEST:
            text = build.read(directory.child_path(name), _LARGEST) or b""
            if text[:2] == b"#!" or name.endswith("sh"):
                words |= _names(text.decode("utf-8", "replace"))
    return words


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
    from ctxopt.catalogue.root_images import user_of_image
    from ctxopt.findings.other_user import what_else

    if has_run_triggers(context.build.plan):
        return (
            "if the program does not need root, set USER in the images that are built on it: here, it would also be "
            "the user of the ONBUILD RUN"
        )
    known = "" if base is None else user_of_image(reference(base.name))
    user = "10001" if base is None else known or ("nonroot" if _has_nonroot(base) else "")
    has_shell = base is not None and not _has_nonroot(base)
    use = f"add USER {user}" if user else "add a user in a RUN, and USER with its name"
    more = what_else(context, user, has_shell=has_shell)
    return f"if the program does not need root, {use} before the {started.kind}{more}"
