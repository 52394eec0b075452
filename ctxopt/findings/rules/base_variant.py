"""A base image with a smaller variant that is enough for most programs."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from ctxopt.catalogue.base_images import Compiled, known, lacks_git, smaller_variant, version_of
from ctxopt.core.golang import paths
from ctxopt.core.ids import StepId
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import (
    FinalImage,
    building_step,
    final_image,
    has_run_triggers,
    installed_packages,
    is_for_development,
    is_for_windows,
)
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.findings.started import started_runs
from ctxopt.image.commands import COMMAND_STEPS, is_command

#: Words of the names of Dockerfiles for one distribution.
_DISTRIBUTIONS: Final = ("debian", "ubuntu", "bookworm", "bullseye", "trixie")
#: Commands that Alpine does not have: package managers, and those for users and groups, which have other names there.
_ALPINE_HAS_NOT: Final = (
    *("apt-get", "apt", "dpkg", "yum", "dnf"),
    *("useradd", "usermod", "userdel", "groupadd", "groupmod", "groupdel", "gpasswd", "chage"),
)
#: Maximum size of a file that lists packages, in bytes.
_LARGEST: Final = 256 << 10
#: Maximum length of the first line of a script, in bytes.
_HEAD: Final = 100
#: The name of a package, and that of a tool, with no extension and no part of a longer one.
_PACKAGE: Final = lazy_re(r"[a-z0-9][a-z0-9._-]*[a-z0-9]")
_TOOL: Final = lazy_re(r"(?<![\w-])[a-z]+(?![\w-])")
#: The name of a file in a command, and maximum number of such files.
_FILE: Final = lazy_re(r"[\w./-]+\.(?:txt|in|toml|json)\b|\bPipfile\b")
_MOST: Final = 20
#: Tools that Alpine lacks, and those that the slim variants of some images lack.
_ALPINE_LACKS: Final = ("bash", "openssl")
_SLIM_LACKS: Final = ("bzip2", "curl", "gpg", "ssh", "unzip", "wget")
#: The packages of tools with another name, the first to propose.
_PACKAGES: Final = {"gpg": ("gnupg", "gnupg2"), "ssh": ("openssh-client", "ssh")}
#: A word that may be a command, and no part of the name of a file.
_WORD: Final = lazy_re(r"(?<![\w.:/@-])[a-z0-9]+(?![\w./:@-])")
#: A file where manuals and documents are, commands that tidy up there, and a package of Java.
_DOCUMENTS: Final = lazy_re(r"/usr/share/(?:doc|man|info|locale)/[\w.*-]")
_TIDYING: Final = ("rm", "find", "mkdir", "echo", "printf", "localedef")
_JAVA: Final = lazy_re(r"(?:^|-)(?:jre|jdk)(?:-|$)")
#: A reference to a variable.
_REFERENCE: Final = lazy_re(r"\$\{?([A-Za-z_]\w*)")
_LANGUAGES: Final = ("python", "node", "ruby", "perl")
#: The instructions in which a tool is run, or brought by its version.
_COMMANDS: Final = ("RUN", "CMD", "ENTRYPOINT", "ARG", "ENV", "HEALTHCHECK")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find a known base image of the last stage that has a smaller variant of the same version."""
    build = context.build
    final = final_image(build)
    if final is None or final.reference.digest or not version_of(final.reference.tag)[0]:
        # An image without a version needs one first, which another rule says.
        return
    smaller = smaller_variant(final.known, final.reference.tag)
    if smaller is None or building_step(context, final.known) is not None:
        # A build needs the tools of the larger image, if in another stage.
        return
    tag, size = smaller
    if is_for_development(build) or is_for_windows(context) or (tag.endswith("alpine") and _is_for_debian(context)):
        # An environment for development is to have everything; Alpine has neither apt nor its packages, and nothing of
        # these is for Windows.
        return
    if _is_interactive(context) or _is_to_build_in(context) or _asks_git(context, final) or _runs_script(context):
        # Who works in it wants the rest, and what a script or the program runs is not known.
        return
    if _uses_tools(context) or _compiles(context) or (tag.split("-")[1:2] == ["jre"] and _needs_jdk(context)):
        # They would have to be installed, with most of what makes the larger image large.
        return
    if _reads_documents(context) or ("slim" in tag and _has_java_package(context)):
        # The slim variants have neither manuals nor the directories for them, without which old Java is not set up.
        return
    if has_run_triggers(build.plan):
        # They run in images that are built on this one, with tools that the variant may lack.
        return
    # Imported here because its data take time to read.
    from ctxopt.catalogue.end_of_life import is_overtaken, is_supported

    use = final.use
    if _is_used_beside(context, use.written):
        return
    name = f"{use.name.removesuffix(':' + final.reference.tag)}:{tag}"
    # The sizes are those of versions that are supported; old ones can be half as large.
    measured = is_supported(final.reference) and not is_overtaken(final.reference)
    sizes = f"{use.name} is about {final.known.mb:,} MB; {name} is about {size:,} MB"
    yield Finding(
        RULE.id,
        Severity.NOTE,
        build.plan.file,
        use.line,
        sizes if measured else f"{use.name} has a smaller variant: {name}",
        f"write {name}{' as the default of the ARG' if '$' in use.written else ''}, and install "
        f"{_missing(context, final.known.name, tag)}any missing packages",
        confidence=Confidence.MEDIUM,
        evidence=(f"sizes as of {known().date}, unpacked, for linux/amd64",) if measured else (),
        end_line=use.end_line,
    )


def _reads_documents(context: RuleContext) -> bool:
    """Whether a RUN of the image uses what packages put where manuals and documents are, other than removing it."""
    commands = context.commands
    steps = context.build.plan.steps
    named = (n for n in commands.image_steps if steps[n].kind == "RUN" and _DOCUMENTS.search(steps[n].text))
    runs = (run for number in named for run in commands.of(number))
    using = (run for run in runs if run.name not in _TIDYING)
    return any(_DOCUMENTS.search(word) is not None for run in using for word in run.words[1:])


def _has_java_package(context: RuleContext) -> bool:
    return any(_JAVA.search(name) is not None for name in installed_packages(context))


def _is_used_beside(context: RuleContext, written: str) -> bool:
    """Whether an instruction beside FROM takes the value of an argument in the name of a base, as a URL does."""
    names = "|".join(map(re.escape, _REFERENCE.findall(written)))
    used = re.compile(rf"\$(?:\{{(?:{names})\b|(?:{names})\b)")
    return bool(names) and any(used.search(step.text) for step in context.build.plan.steps if step.kind != "LABEL")


def _missing(context: RuleContext, image: str, tag: str) -> str:
    """The tools that the image uses, does not install, and that the smaller variant lacks, before further ones."""
    lacking = _ALPINE_LACKS if "alpine" in tag else _SLIM_LACKS if image in _LANGUAGES else ()
    words = {word for text in _texts(context) for word in _WORD.findall(text)}
    installed = set(installed_packages(context))
    missing = [name for name in lacking if name in words and installed.isdisjoint((name, *_PACKAGES.get(name, ())))]
    names = [_PACKAGES.get(name, (name,))[0] for name in missing]
    return "".join(f"{name}, " for name in names[:-1]) + "".join(f"{name} and " for name in names[-1:])


def _texts(context: RuleContext) -> Iterator[str]:
    """The texts of the commands of an image, and the first lines of the scripts that it starts."""
    steps = context.build.plan.steps
    yield from (steps[number].text for number in context.commands.image_steps if steps[number].kind in COMMAND_STEPS)
    names = {paths.base(word) for run in started_runs(context) for word in run.words}
    for directory, index in islice(context.build.tree.named(names), _MOST):
        text = context.build.head(directory.child_path(directory.names[index]), _HEAD) or b""
        if text.startswith(b"#!"):
            yield text.partition(b"\n")[0].decode("utf-8", "replace").replace("/", " ")


def _uses_tools(context: RuleContext) -> bool:
    """Whether a RUN of the image uses a tool that only the larger image has, and the image does not install."""
    commands, large = context.commands, known().large
    numbers = commands.with_words(commands.image_steps, large)
    runs = [run for number in numbers for run in commands.of(number)]
    used = {run.name for run in runs if run.name in large}
    if any(word.startswith("git+") for run in runs for word in run.words) or _names_git(context):
        used.add("git")
    if not used:
        return False
    packages = {"apt-get", "apt", "aptitude", "apk", "dnf", "yum", "microdnf", "zypper"}
    installing = commands.with_words(commands.image_steps, packages)
    words = {word for number in installing for run in commands.of(number) if run.name in packages for word in run.words}
    return words.isdisjoint(known().bundles) and not used <= words


def _names_git(context: RuleContext) -> bool:
    """Whether a file from which a RUN of the image installs packages names one of a git repository."""
    commands = context.commands
    for one in known().compiled:
        if any(b"git+" in (context.build.read(file, _LARGEST) or b"") for file in one.files):
            wanted = [command.split()[0] for command in one.commands]
            numbers = commands.with_words(
                commands.image_steps, (*(name for name in wanted if "*" not in name), "python")
            )
            runs = (run for number in numbers for run in commands.of(number))
            return any(is_command(run, command) for run in runs for command in one.commands)
    return False


def _compiles(context: RuleContext) -> bool:
    """Whether a RUN of the image installs packages that are compiled then, and the image installs no compiler."""
    commands, steps = context.commands, context.build.plan.steps
    image_steps = commands.image_steps
    if any(word in steps[number].text for number in image_steps for word in known().bundles):
        return False
    for one in known().compiled:
        wanted = [command.split()[0] for command in one.commands if "*" not in command]
        for number in commands.with_words(image_steps, (*wanted, "python")):
            runs = commands.of(number)
            installs = any(is_command(run, command) for run in runs for command in one.commands)
            if installs and (not one.names or _names_one(context, one, steps[number].text)):
                return True
            if installs and one.ready and not _are_ready(context, one, number):
                return True
    return False


def _are_ready(context: RuleContext, one: Compiled, number: StepId) -> bool:
    """Whether all packages that a RUN installs are known to come compiled."""
    # Imported here because few images are asked for their packages.
    from ctxopt.findings.python_packages import installed

    ready = frozenset(one.ready.split())
    files = [*one.files, *_named_files(context, one, context.build.plan.steps[number].text)]
    runs = [run for run in context.commands.of(number) if any(is_command(run, command) for command in one.commands)]
    return all(names is not None and names <= ready for names in (installed(context.build, run, files) for run in runs))


def _is_interactive(context: RuleContext) -> bool:
    """Whether the image installs what people work with in a container, such as an editor."""
    return not set(known().interactive).isdisjoint(installed_packages(context))


def _is_to_build_in(context: RuleContext) -> bool:
    """Whether the image installs compilers that none of its RUN uses: they are for what a container builds."""
    commands = context.commands
    if set(known().bundles).isdisjoint(installed_packages(context)):
        return False
    using = (*known().large, *(command for one in known().compiled for command in one.commands))
    runs = (run for number in commands.image_steps for run in commands.of(number))
    return not any(is_command(run, command) for run in runs for command in using)


def _asks_git(context: RuleContext, final: FinalImage) -> bool:
    """Whether the program asks git, which the image has."""
    # Imported here because it reads the code.
    from ctxopt.evidence.plain_code import asks_git

    is_small = "git" in installed_packages(context) or lacks_git(final.reference)
    return not is_small and asks_git(context.build)


def _runs_script(context: RuleContext) -> bool:
    """Whether a RUN of the image runs a script, whose tools are not known."""
    # Imported here because few images have a smaller variant.
    from ctxopt.catalogue.vocabulary import shells

    endings, names = shells().script_endings, shells().shells
    runs = (run for number in context.commands.image_steps for run in context.commands.of(number))
    return any(
        run.words[0].endswith(endings) or (run.name in names and any(word.endswith(endings) for word in run.words[1:]))
        for run in runs
    )


def _names_one(context: RuleContext, one: Compiled, text: str) -> bool:
    """Whether the text of a RUN, or a file of the project, has the name of a package that is compiled."""
    read = context.build.read
    files = dict.fromkeys((*one.files, *_named_files(context, one, text)))
    texts = (text, *((read(file, _LARGEST) or b"").decode("utf-8", "replace") for file in files))
    words = {word for text in texts for word in _PACKAGE.findall(text.lower())}
    return not words.isdisjoint(one.names)


def _named_files(context: RuleContext, one: Compiled, text: str) -> Iterator[str]:
    """The files of the context that list packages, and that the RUN names or a COPY into the image copies by name."""
    build = context.build
    reads = (read for read in build.plan.reads if read.exported and read.kind in ("COPY", "ADD"))
    copied = (source.strip("./") for read in islice(reads, _MOST) for source in read.sources[:_MOST])
    yield from (path for path in copied if _lists(one, path))
    named = {word.rpartition("/")[2] for word in _FILE.findall(text) if _lists(one, word)}
    for directory, index in islice(build.tree.named(named), _MOST):
        yield directory.child_path(directory.names[index])


def _lists(one: Compiled, path: str) -> bool:
    name = path.rpartition("/")[2]
    return name in one.files or (any(file.endswith(".txt") for file in one.files) and name.endswith((".txt", ".in")))


def _needs_jdk(context: RuleContext) -> bool:
    """Whether an instruction of the image has the name of a tool that compiles, or that only the JDK has."""
    steps = context.build.plan.steps
    texts = (steps[number].text for number in context.commands.image_steps if steps[number].kind in _COMMANDS)
    return any(not frozenset(known().jdk).isdisjoint(_TOOL.findall(text.lower())) for text in texts)


def _is_for_debian(context: RuleContext) -> bool:
    """Whether the image runs a command that Alpine lacks, or its file says what it is based on."""
    build = context.build
    if any(word in build.plan.file.lower() for word in _DISTRIBUTIONS):
        return True
    commands = context.commands
    return bool(commands.with_words(commands.image_steps, _ALPINE_HAS_NOT))


RULE = Rule(
    id="CTX106",
    name="base-variant",
    title="Base image has a smaller variant",
    help=(
        "Start the last stage from the smaller variant, and install missing packages there. Everything "
        "in the base image is pulled with the image and needs updates."
    ),
    check=check,
)
