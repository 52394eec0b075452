"""Package managers that leave what they downloaded in a layer of the exported image."""

import re
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING, Final

from ctxopt.catalogue.words import DOWNLOADING, PACKAGE_CACHES, UNINSTALLS
from ctxopt.core.dockerfile.model import Step
from ctxopt.core.golang import paths
from ctxopt.core.ids import StepId
from ctxopt.core.image_reference import Reference, reference
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.edits import Edit
from ctxopt.edits.dockerfile import ends_at_errors
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.downloads import covers
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.image.cache_places import CachePlace, cache_places
from ctxopt.image.commands import Run, informs, is_command
from ctxopt.image.conditions import is_off
from ctxopt.image.effects import path_of, removed
from ctxopt.image.scripts import script_of
from ctxopt.image.users import is_root, user_of

if TYPE_CHECKING:
    from ctxopt.catalogue.package_caches import PackageCache

#: Commands whose words may name what they remove.
_REMOVERS: Final = ("rm", "find", "rmdir", "truncate")
#: Commands behind which nothing may run.
_ENDS: Final = ("exit", "exec", "return")
#: Commands after which the next ones run in another directory.
_MOVES: Final = ("cd", "pushd", "popd")
#: How a command begins that finds its settings in the working directory.
_OF_PROJECT: Final = "$(bundle exec "
#: A login shell, which may find programs that are found nowhere else, as those of rbenv and nvm.
_LOGIN: Final = lazy_re(r"\b(?:ba|da|z|a)?sh[ \t]+(?:-\w+[ \t]+)*(?:-\w*[li]\w*|--login)(?=\s)")
#: What runs a command as another user, who has a cache of his own.
_AS_ANOTHER: Final = lazy_re(
    r"(?:^|[;&|(])\s*(?:(?:su|runuser|gosu|su-exec|s6-setuidgid|setuidgid|chpst|setpriv)\s|sudo\s(?:[^;&|\s]+\s)*?(?:-\w*u|--user)\b)"
)
#: What replaces the shell, so that nothing runs after it.
_REPLACES: Final = lazy_re(r"(?:^|[;&|(])\s*exec\s")
#: What makes a find remove some files of a directory alone.
_BY_NAME: Final = frozenset(("-name", "-iname", "-path", "-wholename", "-regex"))
#: An rm of a wildcard in quotes, which the shell leaves as it is.
_REMOVES_NOTHING: Final = lazy_re(
    r"""\brm\s[^;&|\n"']{0,300}(?:"[^"*\n]{0,200}\*[^"\n]{0,200}"|'[^'*\n]{0,200}\*[^'\n]{0,200}')"""
)
#: The directory for the caches of all tools, and what may follow where all of it is meant.
_SHARED: Final = ".cache"
_REST_OF_SHARED: Final = lazy_re(r"[\"']?(?:/[*.\[\]!?]*)?[\"']?")
#: Directories of the system, in which only tools of the system have a cache.
_SYSTEM: Final = ("/var/", "/etc/")
_OF_SYSTEM: Final = lazy_re(r"/(?:var/(?:cache|lib|tmp|log)|etc)/")
#: Options with which a tool downloads what is there already.
_AGAIN: Final = frozenset(("--force-reinstall", "--ignore-installed", "-I", "--force", "-f", "--reinstall"))
#: The commands of conditions.
_TESTS: Final = ("[", "[[", "test")
#: Maximum size of a file with settings, in bytes.
_LARGEST: Final = 64 << 10
#: Maximum number of manifests that are read for the version of a tool.
_MOST_MANIFESTS: Final = 20


@dataclass(frozen=True, slots=True)
class Kept:
    """A RUN that leaves a cache in its layer.

    `run` is its first command that fills the cache for good, `file` the Dockerfile, and `removed` the line of a later
    RUN that removes the cache, None if none does. `base` is the image in which it is, None for none, and `user` its
    user. `places` are the directories of the cache, as far as they are known. It `leaves` if the RUN ends in another
    directory than that of the command, which what empties the cache asks.
    """

    file: str
    step: Step
    run: Run
    removed: int | None
    cache: "PackageCache"
    base: Reference | None = None
    user: str = ""
    places: tuple[CachePlace, ...] = ()
    leaves: bool = False

    @property
    def confidence(self) -> Confidence:
        """How certain it is that the base image does not say otherwise: that of others may set a variable."""
        is_known = self.base is None or self.base.official or not self.cache.settings
        return Confidence.HIGH if is_known else Confidence.MEDIUM


def kept_caches(context: RuleContext, name: str, counts: Callable[[Run], bool] = lambda _: True) -> Iterator[Kept]:
    """The RUN of the exported image that leave a cache in their layer. `counts` tells which commands fill it."""
    commands, plan = context.commands, context.build.plan
    numbers = commands.with_words(commands.image_steps, PACKAGE_CACHES[name])
    if not numbers:
        return
    from ctxopt.catalogue.package_caches import package_caches

    cache = package_caches()[name]
    use = next((use for use in plan.images if use.exported and use.kind == "FROM"), None)
    base = None if use is None else reference(use.name)
    if base is not None and _has_none(base, cache):
        return
    if not context.build.tree.names.isdisjoint(cache.modern) or not _has_texts(context, cache):
        return
    if cache.newer and _is_newer(context, cache):
        return
    candidates: list[tuple[StepId, Run]] = []
    for number in numbers:
        runs = commands.of(number)
        filling = [
            index
            for index, run in enumerate(runs)
            if _fills(run, cache)
            and counts(run)
            and not is_off(plan, run)
            and not _is_repeated(runs[:index], run, cache)
            and not _may_have_ended(runs[:index])
        ]
        if not filling:
            continue
        after = runs[filling[-1] + 1 :]
        if any(_may_clear(run, cache) for run in after) or _removes_asked(after, cache):
            continue
        if not _is_elsewhere(context, number, cache) and not _lacks(context, runs[filling[-1]], cache):
            cleared = max((index for index, run in enumerate(runs) if _clears(run, cache)), default=-1)
            candidates.append((number, next(runs[index] for index in filling if index > cleared)))
    if not candidates:
        return
    texts = ((number, plan.steps[number].text) for number in commands.image_steps)
    set_at = next((number for number, text in texts if any(word in text for word in cache.settings)), len(plan.steps))
    clearing = [
        number
        for number in commands.with_words(commands.image_steps, (*_REMOVERS, *PACKAGE_CACHES[name]))
        if _hides(plan.steps[number], commands.of(number), cache)
    ]
    for number, run in candidates:
        if set_at > number and not any(map(run.given.mentions, cache.settings)):
            removed = next((step for step in clearing if step > number), None)
            line = None if removed is None else plan.steps[removed].line
            user, leaves = user_of(plan, number), _leaves(context, number, run, cache)
            places = tuple(cache_places(plan, run, cache.mounts))
            yield Kept(plan.file, plan.steps[number], run, line, cache, base, user, places, leaves)


def _hides(step: Step, runs: Sequence[Run], cache: "PackageCache") -> bool:
    """Whether a RUN removes a cache that an earlier one filled: not only some files, and not what is in quotes."""
    whole = [run for run in runs if run.name != "find" or _BY_NAME.isdisjoint(run.words)]
    removes = any(_clears(run, cache) for run in whole) or _removes_asked(whole, cache)
    return removes and not _REMOVES_NOTHING.search(step.text)


def _leaves(context: RuleContext, number: StepId, run: Run, cache: "PackageCache") -> bool:
    """Whether what empties a cache asks the project where it is, and the RUN may end in another directory."""
    if _OF_PROJECT not in cache.clean:
        return False
    runs = context.commands.of(number)
    last = runs[-1]
    # Behind a subshell, the directory is the one before it.
    moves = [other for other in runs if other.name in _MOVES]
    return (
        run.directory is None
        or last.directory != run.directory
        or last.name in _MOVES
        or (bool(moves) and "(" in context.build.plan.steps[number].text)
        or any(word.startswith("--gemfile") for word in run.words)
    )


def _has_none(base: Reference, cache: "PackageCache") -> bool:
    """Whether an image is set to keep nothing, or is older than the cache."""
    if any(
        fnmatchcase(name, pattern) for pattern in cache.bases for name in (base.familiar, f"{base.familiar}:{base.tag}")
    ):
        return True
    since, version = (_numbers(text) for text in (cache.since.get(base.familiar, ""), base.tag.partition("-")[0]))
    return bool(since and version) and version < since


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else ()


def mount(kept: Kept) -> str:
    """The fix that mounts the directories which a command fills; "" where they are not known."""
    if not kept.places:
        return ""
    if _is_as_another(kept):
        return "use RUN --mount=type=cache,uid=… with the cache of the user as its target"
    return f"use RUN {mount_flags(kept.places, kept.user)}"


def mount_flags(places: Sequence[CachePlace], user: str) -> str:
    """The flags that mount directories for a user, or words for them."""
    unknown = next((place for place in places if not place.path), None)
    of_user = next((place for place in places if place.path.startswith("~/")), None)
    if unknown is not None:
        below = f"{unknown.rest} below the directory" if unknown.rest else "the directory"
        return f"--mount=type=cache,target=… with {below} of {unknown.variable} as its target"
    if of_user is not None:
        return f"--mount=type=cache,uid=… with {of_user.path} of {user} as its target"
    uid = "" if is_root(user) else "uid=…,"
    return " ".join(f"--mount=type=cache,{uid}target={place.path}" for place in places)


def _has_texts(context: RuleContext, cache: "PackageCache") -> bool:
    """Whether the files in which a tool's settings are say that it has such a cache."""
    return all(
        text in (context.build.read(file, _LARGEST) or b"").decode("utf-8", "replace")
        for file, text in cache.only.items()
    )


def _is_newer(context: RuleContext, cache: "PackageCache") -> bool:
    """Whether a step or a manifest of the context says that the tool is of a version without such a cache."""
    build = context.build
    if any(text in step.text for step in build.plan.steps for text in cache.newer):
        return True
    manifests = (
        directory.child_path(directory.names[index]) for directory, index in build.tree.named({cache.manifest})
    )
    texts = (
        (build.read(path, _LARGEST) or b"").decode("utf-8", "replace") for path in islice(manifests, _MOST_MANIFESTS)
    )
    return any(mark in text for text in texts for mark in cache.newer)


def _may_have_ended(before: Sequence[Run]) -> bool:
    """Whether a RUN may end before without an error, after a test of a variable: it may be for special builds only."""
    tests = any(run.name in _TESTS and any("$" in word for word in run.words) for run in before)
    return tests and any(run.name == "exit" and run.conditional and run.words[1:] in ((), ("0",)) for run in before)


def _is_repeated(before: Sequence[Run], run: Run, cache: "PackageCache") -> bool:
    """Whether a command installs no more than an earlier one of the RUN, so that it downloads nothing.

    An option that only says how changes nothing about that.
    """
    # What the shell may skip is mostly what it does where the first one fails.
    if run.conditional or _AGAIN.intersection(run.words) or _is_of_system(cache):
        return False
    head, wanted = _head_and_named(run)
    for other in before:
        if other.name == run.name and other.directory == run.directory and not other.conditional:
            earlier, installed = _head_and_named(other)
            # With nothing named, a command installs what a manifest names.
            if head == earlier and (wanted == installed or (wanted and set(wanted) <= set(installed))):
                return True
    return False


def _head_and_named(run: Run) -> tuple[list[str], list[str]]:
    """The words of a command that are no flags: up to what installs, and what that is told to install."""
    words = [word for word in run.words if not word.startswith("-")]
    at = next((index for index, word in enumerate(words, 1) if word in ("install", "add")), len(words))
    return words[:at], words[at:]


def _fills(run: Run, cache: "PackageCache") -> bool:
    if informs(run):
        return False
    if any(word.startswith(cache.flags) for word in run.words[1:]) and cache.flags:
        return False
    return any(is_command(run, command) for command in cache.fills)


def _clears(run: Run, cache: "PackageCache") -> bool:
    if any(is_command(run, command) for command in cache.clears):
        return True
    if run.name in _REMOVERS:
        given = [word for word in run.words[1:] if not word.startswith("-")]
        given += [path for word in given if (path := path_of(run, word)) is not None]
        return any(_is_of(word, cache) for word in given)
    return False


def _is_of(word: str, cache: "PackageCache") -> bool:
    """Whether a word of what removes files is a path of a cache."""
    if _OF_SYSTEM.match(word) and not any(part.startswith(_SYSTEM) for part in cache.paths):
        # The cache of the distribution's own package manager has a similar name.
        return False
    for part in cache.paths:
        at = word.find(part)
        # In a directory that tools share, each has its own.
        if at >= 0 and (part != _SHARED or _REST_OF_SHARED.fullmatch(word, at + len(part))):
            return True
    return False


def _removes_asked(runs: Sequence[Run], cache: "PackageCache") -> bool:
    """Whether commands remove the directory that the tool itself says, as in `rm -rf "$(poetry config cache-dir)"`."""
    if not any(is_command(run, command) for run in runs for command in cache.asks):
        return False
    return any(
        (run.name in _REMOVERS and any("$" in word or "`" in word for word in run.words[1:]))
        or (run.name == "xargs" and not set(_REMOVERS).isdisjoint(run.words[1:]))
        for run in runs
    )


def _may_clear(run: Run, cache: "PackageCache") -> bool:
    # A script with such a name most likely clears caches, also one that is downloaded.
    names = run.words if run.name in DOWNLOADING else (*run.words[:1], script_of(run))
    return any("clean" in word.rpartition("/")[2] for word in names) or _clears(run, cache)


def _is_elsewhere(context: RuleContext, number: StepId, cache: "PackageCache") -> bool:
    mounts = context.commands.mounts(number)
    return any(mount.path is None or any(part in mount.path + "/" for part in cache.paths) for mount in mounts)


def _lacks(context: RuleContext, run: Run, cache: "PackageCache") -> bool:
    """Whether an earlier RUN removed the file that a command needs, and nothing brings another one."""
    if not cache.needs or run.directory is None:
        return False
    steps = context.build.plan.steps
    path = paths.join(run.directory, cache.needs)
    for number in reversed([number for number in context.commands.image_steps if number < run.step]):
        if steps[number].kind in ("COPY", "ADD"):
            return False
        for one in reversed(context.commands.of(number)):
            if any(covers(target.path, path) for target in removed(one)):
                return True
            if any(cache.needs in word for word in one.words):
                return False
    return False


def finding(
    kept: Kept,
    rule: str,
    message: str,
    fix: str,
    *,
    severity: Severity = Severity.WARNING,
    confidence: Confidence | None = None,
    edits: tuple[Edit, ...] = (),
) -> Finding:
    """The finding about a cache in a layer."""
    step = kept.step
    if kept.removed is not None:
        message += f"; the RUN in line {kept.removed} only hides {'them' if 'lists' in message else 'it'}"
    return Finding(
        rule,
        severity,
        kept.file,
        step.line,
        message,
        fix,
        confidence=confidence or kept.confidence,
        evidence=(f"line {step.line}: {layers.shown_step(step)}",),
        end_line=step.end_line,
        edits=edits,
    )


def is_removed_after(context: RuleContext, kept: Kept) -> bool:
    """Whether the RUN uninstalls something after it filled the cache, so that the tool may be gone at its end."""
    if kept.cache.clean.startswith("rm ") and "$(" not in kept.cache.clean:
        return False
    runs = context.commands.of(kept.run.step)
    at = max((index for index, run in enumerate(runs) if run.words == kept.run.words), default=-1)
    return any(_may_uninstall(run, kept) for run in runs[at + 1 :])


def _may_uninstall(run: Run, kept: Kept) -> bool:
    """Whether a command removes packages, or the files of the tool that filled the cache."""
    if run.name not in _REMOVERS:
        return not UNINSTALLS.isdisjoint(run.words[1:3])
    tools = kept.run.name, kept.cache.tool or kept.cache.name
    return any(word.rpartition("/")[2].startswith(tools) for word in run.words[1:])


def needs_variables(kept: Kept) -> bool:
    """Whether what empties the cache runs the tool itself, which was given variables for its command alone."""
    name = kept.run.words[0]
    given = re.search(rf"\w=\S*\s+(?:\\\s+)?{re.escape(name)}\b", kept.step.text)
    return given is not None and f"$({name} " in kept.cache.clean


def _moved_by(kept: Kept) -> str:
    """The variable that puts the cache in another directory than the command that empties it names; "" for none."""
    if "~" not in kept.cache.clean:
        return ""
    return next((place.variable for place in kept.places if place.variable), "")


def _needs_login(kept: Kept) -> bool:
    """Whether what empties the cache runs a tool that only a login shell may find."""
    runs_tool = "$(" in kept.cache.clean or not kept.cache.clean.startswith("rm ")
    return runs_tool and not _is_of_system(kept.cache) and _LOGIN.search(kept.step.text) is not None


def _is_as_another(kept: Kept) -> bool:
    """Whether a command runs as another user, who has a cache of his own, but for one of the system."""
    return not _is_of_system(kept.cache) and _AS_ANOTHER.search(kept.step.text) is not None


def _is_of_system(cache: "PackageCache") -> bool:
    """Whether a cache is one of the system, whoever fills it."""
    return any(path.startswith("/var/") for path in cache.paths)


def at_the_end(context: RuleContext, kept: Kept) -> str:
    """The fix that ends the RUN with the command that empties the cache."""
    if needs_variables(kept):
        return f"empty the cache at the end of the RUN, with the variables that {kept.run.name} is given"
    command = kept.cache.clean_command(kept.run.name)
    if is_removed_after(context, kept):
        return f"run {command} before the RUN removes packages"
    if kept.leaves:
        return f"run {command} behind {kept.run.name}, in the same directory"
    if variable := _moved_by(kept):
        return f"empty the cache at the end of the RUN, where {variable} puts it"
    if _needs_login(kept):
        return f"add && {command} to what the shell in it runs"
    who = ", as the same user" if _is_as_another(kept) else ""
    if "\n" not in kept.step.text and kept.step.text.rstrip().endswith(";"):
        return f"write && {command} in place of the ; at the end{who}"
    if kept.step.words is not None:
        return f"write the RUN without the brackets of JSON, and append && {command}{who}"
    if "\n" not in kept.step.text:
        return f"append && {command}{who}"
    start = "" if ends_at_errors(kept.step.text) else "begin the here-document with set -e, and "
    return f"{start}append the line {command}{who}"


def edits_at_the_end(context: RuleContext, kept: Kept) -> tuple[Edit, ...]:
    """The edits that do that; () where the end of the RUN may not be reached, or cannot be changed."""
    if kept.leaves or needs_variables(kept) or _moved_by(kept) or _needs_login(kept) or is_removed_after(context, kept):
        return ()
    if _is_as_another(kept) or _REPLACES.search(kept.step.text):
        return ()
    runs = context.commands.of(kept.run.step)
    if not is_written(context, kept.run.step) or any(run.name in _ENDS for run in runs):
        return ()
    edit = context.text.with_command(kept.step.line, _clean_command(kept))
    return () if edit is None else (edit,)


def _clean_command(kept: Kept) -> str:
    command = kept.cache.clean_command(kept.run.name)
    # Who needs it to fill the cache needs it to empty the cache.
    return f"sudo {command}" if kept.run.written[0] == "sudo" else command


def is_written(context: RuleContext, number: StepId) -> bool:
    """Whether a step is written in the Dockerfile as it is, and is no trigger."""
    step = context.build.plan.steps[number]
    found = context.text.instruction(step.line)
    return found is not None and found.keyword == step.kind and not context.build.located.inline


def edits_with_flag(context: RuleContext, kept: Kept, words: Sequence[str], flag: str) -> tuple[Edit, ...]:
    """The edits that add a flag behind one of the `words` to each command of a RUN that fills the cache without it.

    () where a command is not found in the text as it was read.
    """
    if not is_written(context, kept.run.step):
        return ()
    edits: list[Edit] = []
    heads: dict[tuple[str, ...], list[Run]] = {}
    for run in context.commands.of(kept.run.step):
        at = next((index for index, word in enumerate(run.written) if word in words), None)
        if at is not None and any(is_command(run, command) for command in kept.cache.fills):
            heads.setdefault(run.written[: at + 1], []).append(run)
    found: set[int] = set()
    # The words of `pip install` are also the last ones of `python -m pip install`.
    for head, runs in sorted(heads.items(), key=lambda item: -len(item[0])):
        ends = [end for end in context.text.ends_of(kept.step.line, head) if end not in found]
        if len(ends) != len(runs):
            return ()
        found.update(ends)
        filling = (end for end, run in zip(ends, runs, strict=True) if _fills(run, kept.cache))
        edits += (Edit(context.text.file, end, end, f" {flag}".encode()) for end in filling)
    return tuple(edits)


def words_after_first(run: Run, names: Sequence[str]) -> list[str]:
    """The words of a command that are no flags, after the first of these."""
    words = list(run.words)
    at = next((index for index, word in enumerate(words) if word in names), len(words))
    return [word for word in words[at + 1 :] if not word.startswith("-")]
