"""Whether what a stage runs may ask git in a way that its commands alone do not show."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from ctxopt.core.ids import StageId
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.context import RuleContext
from ctxopt.findings.git_there import may_have_git
from ctxopt.findings.shared_ignore import other_dockerfiles

#: A command of git that reads what was committed, in a script.
_ASKS: Final = lazy_re(
    rb"(?<![\w./-])git\s+(?:-\S+\s+)*(?:describe|rev-parse|rev-list|log|show|status|tag|diff)(?![\w-])"
)
#: What a word of a command is made of that may be the name of a file.
_WORD: Final = lazy_re(r"[\w.-]+")
#: A build of Go that writes the commit into the program, and a program that asks for it.
_GO_BUILD: Final = lazy_re(r"\bgo\s+(?:build|install)\b|\bxx-go\b|\bmage\b|\bgoreleaser\b")
_NOT_STAMPED: Final = "-buildvcs=false"
_READS_STAMP: Final = b"ReadBuildInfo"
#: A tool of somebody else that a module names, as opposed to those that come with Go.
_GO_TOOL: Final = lazy_re(
    r"\bgo\s+tool\s+(?!(?:asm|buildid|cgo|compile|cover|dist|doc|fix|link|nm|objdump|pack|pprof|trace|vet)\b)[\w./-]"
)
#: A package with git.
_GIT: Final = lazy_re(r"(?<![\w./-])git(?![\w./-])")
#: Maximum size of a script and of a file of Go, in bytes, and maximum number of each.
_LARGEST: Final = 256 << 10
_MOST_SCRIPTS: Final = 20
_MOST_SOURCES: Final = 3_000


def may_ask_git(context: RuleContext, stage: StageId) -> bool:
    """Whether a script that the stage names asks git, or a program that it builds shows what it was built from."""
    if not may_have_git(context.build.plan, stage):
        return False
    commands = "\n".join(_texts(context, stage))
    scripts = list(_scripts(context, commands))
    if any(_ASKS.search(text) for text in scripts):
        return True
    run = "\n".join((commands, *(text.decode("utf-8", "replace") for text in scripts)))
    if _GO_TOOL.search(run) is not None:
        return True
    return _GO_BUILD.search(run) is not None and _NOT_STAMPED not in run and context.once(_shows_its_commit)


def shown_elsewhere(context: RuleContext) -> str:
    """Another Dockerfile of the context with git that may build a program which shows its commit; "" for none."""
    building = (one for one in other_dockerfiles(context) if _GO_BUILD.search(one.commands) and _has_git(one.text))
    found = next((one.path for one in building if _NOT_STAMPED not in one.commands), "")
    return found if found and context.once(_shows_its_commit) else ""


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


def _shows_its_commit(context: RuleContext) -> bool:
    """Whether a program of the context may show the commit that `go build` writes into it; so may one of many files."""
    tree = context.build.tree
    names = {name for name in tree.names if name.endswith(".go") and not name.endswith("_test.go")}
    found = list(islice(tree.named(names), _MOST_SOURCES))
    return len(found) == _MOST_SOURCES or any(
        _READS_STAMP in (context.build.read(directory.child_path(directory.names[index]), _LARGEST) or b"")
        for directory, index in found
    )
