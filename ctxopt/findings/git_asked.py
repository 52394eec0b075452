"""Whether what a stage runs may ask git in a way that its commands alone do not show."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from itertools import islice
from typing import Final

from ctxopt.catalogue.history import Need, needs
from ctxopt.catalogue.names import NameIndex
from ctxopt.core.build_context import BuildContext
from ctxopt.core.ids import StageId
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.git_there import may_have_git
from ctxopt.findings.context import RuleContext
from ctxopt.findings.shared_ignore import other_dockerfiles

#: A command of git that reads what was committed, in a script.
_ASKS: Final = lazy_re(
    rb"(?<![\w./-])git\s+(?:-\S+\s+)*(?:describe|rev-parse|rev-list|log|show|status|tag|diff)(?![\w-])"
)
#: Commands that run tasks of a project, and the files of these.
_TASKS: Final = lazy_re(r"(?<![\w./-])(?:g?make|just|task|mage|bazel|rake)(?![\w.-])")
_TASK_FILES: Final = (
    *("Makefile", "makefile", "GNUmakefile", "*.mk", "justfile", "Justfile"),
    *("Taskfile.y*ml", "magefile.go", "Rakefile"),
)
#: What a word of a command is made of that may be the name of a file.
_WORD: Final = lazy_re(r"[\w.-]+")
#: A build of Go that writes the commit into the program.
_GO_BUILD: Final = lazy_re(r"\bgo\s+(?:build|install)\b|\bxx-go\b|\bmage\b|\bgoreleaser\b")
_NOT_STAMPED: Final = "-buildvcs=false"
#: A package with git.
_GIT: Final = lazy_re(r"(?<![\w./-])git(?![\w./-])")
#: Maximum size of a script, in bytes, and maximum number of them.
_LARGEST: Final = 256 << 10
_MOST_SCRIPTS: Final = 20


def may_ask_git(context: RuleContext, stage: StageId) -> bool:
    """Whether a script that the stage names asks git, or a file of the tasks that it runs."""
    if not may_have_git(context.build.plan, stage):
        return False
    commands = "\n".join(_texts(context, stage))
    if (_TASKS.search(commands) and makefiles_ask(context.build)) or _version_from_git(context.build):
        return True
    return any(_ASKS.search(text) for text in _scripts(context, commands))


def makefiles_ask(build: BuildContext) -> bool:
    """Whether a file of tasks asks git somewhere, be it for another task, or where there is a repository."""
    tree = build.tree
    names = {name for name in tree.names if any(fnmatchcase(name, pattern) for pattern in _TASK_FILES)}
    named = islice(tree.named(names), _MOST_SCRIPTS)
    texts = (build.read(one.child_path(one.names[index]), _LARGEST) or b"" for one, index in named)
    return any(_ASKS.search(text) for text in texts)


def _version_from_git(build: BuildContext) -> bool:
    """Whether a manifest at the root gets the version from git, whatever it is that builds the project."""
    found = _manifests().find(build.tree.root.names)
    known = ((name, need) for name, some in found.items() for need in some)
    texts = ((build.read(name, _LARGEST) or b"", need) for name, need in islice(known, _MOST_SCRIPTS))
    return any(text.encode() in data for data, need in texts for text in need.text)


@cache
def _manifests() -> NameIndex[Need]:
    """The cases in which a manifest gets the version from git, by the names of manifests."""
    told = (need for need in needs() if need.dirty and not need.keys and "Makefile" not in need.files)
    return NameIndex((name, need) for need in told for name in need.files)


def asks_when_it_runs(context: RuleContext) -> bool:
    """Whether the program of the image asks git about its own repository, so that it needs the one that it has.

    What it starts with asks, the image lets git work in a repository of another user's, or its code asks and the image
    may have git.
    """
    # Imported here because few images have a repository in them.
    from ctxopt.evidence.plain_code import asks_git

    plan = context.build.plan
    exported = {stage.number for stage in plan.stages if stage.exported}
    steps = [step for step in plan.steps if step.stage in exported]
    need = context.history
    if need is not None and need.step is not None and plan.steps[need.step].kind != "RUN":
        return True
    if any("safe.directory" in step.text for step in steps if step.kind == "RUN"):
        return True
    return any(may_have_git(plan, stage) for stage in exported) and asks_git(context.build)


def shown_elsewhere(context: RuleContext) -> str:
    """Another Dockerfile of the context with git that may build a program which shows its commit; "" for none."""
    building = (one for one in other_dockerfiles(context) if _GO_BUILD.search(one.commands) and _has_git(one.text))
    found = next((one.path for one in building if _NOT_STAMPED not in one.commands), "")
    if not found:
        return ""
    # Imported here because few contexts have such a Dockerfile.
    from ctxopt.evidence.of_build import subject_of
    from ctxopt.evidence.stamped import shows_commit

    # Read as the evidence reads it: what one of them finds is told to the other.
    subject = subject_of(context.build)
    return found if shows_commit(subject.tree, subject.view, subject.read_file) is not None else ""


def _has_git(text: str) -> bool:
    """Whether the image of a Dockerfile may have git, judging by its text: that of Go has it, but not on Alpine."""
    return "alpine" not in text or _GIT.search(text) is not None


def _texts(context: RuleContext, stage: StageId) -> Iterator[str]:
    steps = context.build.plan.steps
    return (steps[n].text for n in context.commands.in_stage(stage) if steps[n].kind == "RUN")


def _scripts(context: RuleContext, commands: str) -> Iterator[bytes]:
    """The texts of the scripts in the context that commands name."""
    tree = context.build.tree
    names = tree.names.intersection(_WORD.findall(commands))
    for directory, index in islice(tree.named(names), _MOST_SCRIPTS):
        data = context.build.read(directory.child_path(directory.names[index]), _LARGEST) or b""
        if data.startswith(b"#!") or directory.names[index].endswith((".sh", ".bash")):
            yield data
