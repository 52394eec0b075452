"""Files of a COPY or ADD whose owner or mode a later RUN changes: two layers contain them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, takewhile

from ctxopt.core.context.tree import Totals
from ctxopt.core.dockerfile.model import StageCopy
from ctxopt.core.ids import ReadId, StepId
from ctxopt.core.lazy_re import lazy_re
from ctxopt.core.usage.snapshot import Node
from ctxopt.findings import layers, owner_users
from ctxopt.findings.context import RuleContext
from ctxopt.findings.layers import Touch
from ctxopt.findings.made_beside import Made
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.mounted_scripts import mode
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import Run
from ctxopt.image.destinations import Destination
from ctxopt.image.effects import Target, changed, moved, removed, rewritten
from ctxopt.image.ownership import changed_mode, flag_of, is_as_copied, is_left_alone
from ctxopt.image.places import below

_WORDS = ("chown", "chgrp", "chmod")
_OCTAL = lazy_re("[0-7]{3,4}")
#: What a shell puts a value in place of, with the name of a plain variable.
_EXPANSION = lazy_re(r"\$(?:\{?([A-Za-z_]\w*))?")
#: Modes that git keeps: that a file may be run, and what a checkout gives others.
_KEPT_MODES = frozenset(("+x", "a+x", "u+x", "ugo+x", "755", "0755", "a+rx", "+rx", "644", "0644"))
#: Starts of directories in which a base image has files.
_SYSTEM = ("/etc/", "/usr/share/", "/usr/lib/", "/usr/local/etc/", "/var/lib/", "/var/log/", "/var/cache/", "/run/")
#: A comment or a short instruction above a RUN, and what a comment says of one that must be there.
_ABOVE = lazy_re(r"[ \t]*(?:#|USER[ \t]|SHELL[ \t])")
_MUST = lazy_re(
    r"\b(?:must|has to|have to|needs to) (?:run|be|come|happen|stay)\b.{0,200}\b(?:after|last|here|end)\b",
    re.IGNORECASE,
)
#: Minimum size of a finding, in bytes.
_LEAST = 250_000
#: The same where the command must stay for what a RUN made in the same directory, or for an instruction of its own.
_LEAST_BESIDE = 500_000
#: Bytes from which a finding is a warning.
_WORTH_A_WARNING = 1_000_000
#: Maximum number of files in a directory whose modes are looked at.
_MOST_FILES = 2_000


def check(context: RuleContext) -> Iterator[Finding]:
    """Find files that are stored again, one finding for each RUN.

    Files from another stage have no size: what the RUN of that stage made of them is unknown.
    """
    plan = context.build.plan

    def stays(read: ReadId, run: Run) -> bool:
        flags = plan.steps[plan.reads[read].step].flags
        return is_left_alone(flags, run) or is_as_copied(flags, run)

    def is_other(read: ReadId, run: Run) -> bool:
        flags = plan.steps[plan.reads[read].step].flags
        return is_left_alone(flags, run) or not is_as_copied(flags, run)

    every = layers.touched(context, _WORDS, _targets, again=True, skips=stays)
    stored = _all_without_moved(context, every)
    touches, unchanged = _compared(context, stored)
    copies = [
        (step, run, copy)
        for step, run, copy in layers.from_stages(context, _WORDS, _targets)
        if not any(same(plan.steps[copy.step].flags, run) for same in (is_left_alone, is_as_copied))
    ]
    again = layers.touched(context, _WORDS, _targets, again=True, skips=is_other)
    same = _all_without_moved(context, again) + unchanged
    changing = {touch.step for touch in touches} | {step for step, _, _ in copies}
    for step in sorted({touch.step for touch in same} - changing):
        group = [touch for touch in same if touch.step == step]
        if sum(touch.totals.size for touch in group) >= _LEAST and not _may_differ(context, group):
            yield _of_same(context, step, group)
    for step in sorted(changing):
        group = [touch for touch in touches if touch.step == step]
        totals = sum((touch.totals for touch in group), Totals())
        taken = [(run, copy) for at, run, copy in copies if at == step]
        reads = (plan.reads[touch.read].line for touch in group)
        if not _can_be_set(context, step, _changers(group, taken), [*reads, *(copy.line for _, copy in taken)]):
            continue
        if totals.size >= _least_of(context, group):
            yield _finding(context, step, group, totals, [copy for _, copy in taken])
        elif taken:
            yield _of_stages(context, step, taken)


RULE = Rule(
    id="CTX203",
    name="size-owner-later",
    of_image=True,
    title="Files in the image twice because a later RUN changes their owner or mode",
    help=(
        "Changing the owner or mode writes the whole file into another layer. Set them when copying: "
        "`COPY --chown=user:group`, `COPY --chmod=755`."
    ),
    check=check,
)


def _may_differ(context: RuleContext, group: Sequence[Touch]) -> bool:
    """Whether a command is needed for what else is there, or is never reached."""
    plan = context.build.plan
    return any(
        _made_beside(context, touch.run) or owner_users.fails(context, plan.reads[touch.read].line) for touch in group
    )


def _changers(group: Sequence[Touch], taken: Sequence[tuple[Run, StageCopy]]) -> list[Run]:
    """The commands of a RUN that change what was copied."""
    runs = {run.identity: run for run in (*(touch.run for touch in group), *(run for run, _ in taken))}
    return list(runs.values())


def _can_be_set(context: RuleContext, step: StepId, runs: Sequence[Run], lines: Sequence[int]) -> bool:
    """Whether instructions can set what commands change, as far as that is known.

    Not where the user may not exist there yet, and not where a mode must be changed for what else is there.
    """
    if _is_deliberate(context, step) or any(owner_users.fails(context, line) for line in lines):
        return False
    owners = (changed(run)[1] or "" for run in runs if run.name == "chown")
    if any(owner_users.is_unknown(context, lines, step, owner) for owner in owners):
        return False
    symbolic = (run for run in runs if run.name == "chmod" and _OCTAL.fullmatch(changed(run)[1] or "") is None)
    return not any(_made_beside(context, run) for run in symbolic)


def _least_of(context: RuleContext, group: Sequence[Touch]) -> int:
    """The size from which a RUN is worth a finding, in bytes."""
    if not group:
        return 1
    if _made_beside(context, group[-1].run) or _has_more(context, group) or _is_apart(context, group):
        # The command must stay, or an instruction is added, and what is stored again is small.
        return _LEAST_BESIDE
    return _LEAST


def _is_apart(context: RuleContext, group: Sequence[Touch]) -> bool:
    """Whether only a part of what an instruction copies gets another owner, or a mode that git does not keep."""
    reads = sorted({touch.read for touch in group})
    owning = [run for run in _runs(context, group) if not _with_kept_modes(context, run, reads)]
    return len(owning) > 0 and not all(_is_all(context, group, read) for read in reads)


def _is_all(context: RuleContext, group: Sequence[Touch], read: ReadId) -> bool:
    """Whether commands change all that an instruction copies."""
    return _taken(group, read) == context.build.usage.results[read].totals or _covers(context, group, read)


def _has_more(context: RuleContext, group: Sequence[Touch]) -> bool:
    """Whether a command changes a directory of the system as a whole, in which the base image has files as well."""
    tops = {target.path for touch in group for target in changed(touch.run)[0] if target.whole and not target.names}
    reads = {touch.read for touch in group}
    return any(
        one.read in reads and below(top, one.path)
        for top in tops
        if top.startswith(_SYSTEM)
        for one in context.once(layers.Copied).about(top)
    )


def _is_deliberate(context: RuleContext, step: StepId) -> bool:
    """Whether a comment directly above a RUN says that it must be where it is."""
    lines = context.lines
    numbers = range(min(context.build.plan.steps[step].line - 1, len(lines)) - 1, -1, -1)
    above = takewhile(lambda text: _ABOVE.match(text) is not None, map(lines.__getitem__, numbers))
    return any(_MUST.search(text.partition("#")[2]) is not None for text in above)


def _made_beside(context: RuleContext, last: Run) -> bool:
    """Whether a command of the image makes something in a directory that a later one changes as a whole."""
    return context.once(Made).in_any(_tops(last), last)


def _tops(run: Run) -> list[str]:
    """The directories that a command changes as a whole."""
    return [target.path for target in changed(run)[0] if target.whole and not target.names and target.path != "/"]


def _rest(context: RuleContext, runs: Sequence[Run]) -> str:
    """What the fix says of commands that must stay for what else is in a directory; "" where nothing is."""
    found = list(dict.fromkeys(filter(None, (_rest_of(context, run) for run in runs))))
    return "".join(f"; {one}" for one in found)


def _rest_of(context: RuleContext, run: Run) -> str:
    tops, value = _tops(run), changed(run)[1]
    if not tops or value is None:
        return ""
    where, made = " ".join(tops), context.once(Made)
    if made.in_any(tops, run) or made.directories_in(tops, run) or made.somewhere(run):
        return f"for what else is there, write `{_only_others(run.name, value, where)}` in place of the {run.name}"
    if made.works_in(tops, run):
        return f"keep the {run.name} of {layers.listed(tops)} without -R, for the directory itself"
    return ""


def _only_others(name: str, value: str, where: str) -> str:
    """A command that changes what has another owner or mode, and leaves the other files alone."""
    if name == "chmod":
        return f"find {where} ! -type l ! -perm {value} -exec chmod {value} {{}} +"
    user, _, group = _owner(name, value).partition(":")
    return f"find {where} ! {f'-user {user}' if user else f'-group {group}'} -exec {name} -h {value} {{}} +"


def _compared(context: RuleContext, touches: Sequence[Touch]) -> tuple[list[Touch], list[Touch]]:
    """The touches with what really gets another owner or mode, and those with what has it already.

    That is what an earlier RUN gave the same owner, and files with a mode that the command does not change.
    """
    given: list[tuple[ReadId, StepId, str, str]] = []
    changing: list[Touch] = []
    unchanged: list[Touch] = []
    for touch in sorted(touches, key=lambda one: one.step):
        same = [entry for entry in touch.entries if _has_already(context, touch, entry[0], given)]
        other = [entry for entry in touch.entries if entry not in same]
        changing += [replace(touch, entries=tuple(other))] if other else []
        unchanged += [replace(touch, entries=tuple(same))] if same else []
        if touch.run.name != "chmod":
            value = changed(touch.run)[1] or ""
            value = f":{value}" if touch.run.name == "chgrp" else value
            given += [(touch.read, touch.step, node.path, value) for node, _ in other]
    return changing, unchanged


def _has_already(
    context: RuleContext, touch: Touch, node: Node, given: Sequence[tuple[ReadId, StepId, str, str]]
) -> bool:
    if touch.run.name == "chmod":
        return _has_mode(context, touch, node)
    about = (
        (path, value)
        for read, step, path, value in reversed(given)
        if read == touch.read and step < touch.step and (_is_in(node.path, path) or _is_in(path, node.path))
    )
    path, value = next(about, ("", ""))
    wanted = changed(touch.run)[1] or ""
    # Without a group, the one of the file stays.
    is_same = value == wanted or (":" in value.strip(":") and is_as_copied((f"--chown={value}",), touch.run))
    return bool(value) and is_same and _is_in(node.path, path)


def _has_mode(context: RuleContext, touch: Touch, node: Node) -> bool:
    """Whether a `chmod` changes the mode of no file of an entry, as far as the context and the COPY say."""
    plan = context.build.plan
    flags = plan.steps[plan.reads[touch.read].step].flags
    text = changed(touch.run)[1] or ""
    if any(flag.startswith("--chmod") for flag in flags):
        return False
    paths = islice((path for path in context.build.usage.files_of(touch.read) if _is_in(path, node.path)), _MOST_FILES)
    modes = {mode(context, path) for path in paths}
    return len(modes) > 0 and all(given is not None and changed_mode(given, text) == given for given in modes)


def _all_without_moved(context: RuleContext, touches: Sequence[Touch]) -> list[Touch]:
    counted: dict[tuple[ReadId, StepId], list[str]] = {}
    found = []
    for touch in touches:
        before = counted.setdefault((touch.read, touch.step), [])
        kept = _without_moved(context, touch, tuple(before))
        before += [node.path for node, _ in touch.entries]
        found += [kept] if kept is not None else []
    return found


def _without_moved(context: RuleContext, touch: Touch, counted: Sequence[str]) -> Touch | None:
    """The same without what is empty, and what is stored again anyway; None without any.

    That is what a command moved or removed before, and what one of the same RUN wrote anew. What is `counted` for
    another command is not in the totals.
    """
    touch = replace(touch, entries=tuple(entry for entry in touch.entries if entry[1].size))
    if not touch.entries:
        return None
    between = layers.runs_between(context, touch.read, touch) or []
    gone = [target for run in between for target in (*moved(run)[0], *removed(run))]
    gone += [target for run in between if run.step == touch.step for target in rewritten(run)]
    if not gone:
        return touch
    own = [one for one in context.destinations if one.read == touch.read]
    away = {node.path: node for one in own for target in gone for node in one.entries(target)}
    usage = context.build.usage
    entries = []
    for node, totals in touch.entries:
        if any(_is_in(node.path, path) for path in away):
            continue
        for path, other in away.items():
            if _is_in(path, node.path) and path not in counted:
                taken = usage.taken(touch.read, other.directory, other.index)
                totals = Totals(totals.files - taken.files, totals.size - taken.size)
        if totals.files > 0:
            entries.append((node, totals))
    return replace(touch, entries=tuple(entries)) if entries else None


def _is_in(path: str, above: str) -> bool:
    return not above or path == above or path.startswith(f"{above}/")


def _targets(run: Run) -> tuple[Target, ...]:
    targets, value = changed(run)
    return targets if value is not None and _is_known(run, value) else ()


def _is_known(run: Run, value: str) -> bool:
    """Whether an owner or a mode is plain, or of variables that instructions set: only a shell knows others."""
    return "`" not in value and all(
        found[1] is not None and run.given.mentions(found[1]) for found in _EXPANSION.finditer(value)
    )


def _finding(
    context: RuleContext, step: StepId, group: Sequence[Touch], totals: Totals, copies: Sequence[StageCopy]
) -> Finding:
    build = context.build
    changer = build.plan.steps[step]
    entries = [entry for touch in group for entry in touch.entries]
    names = [layers.label(node) for node, _ in entries]
    commands = " and ".join(dict.fromkeys(touch.run.name for touch in group))
    reads = [build.plan.reads[read] for read in sorted({touch.read for touch in group})]
    runs = _whole_runs(context, group, _runs(context, group))
    return Finding(
        RULE.id,
        Severity.WARNING if totals.size >= _WORTH_A_WARNING else Severity.NOTE,
        build.plan.file,
        changer.line,
        f"{commands} {_write(commands)} {layers.listed(names)} into another layer: "
        f"{layers.lines(read.line for read in reads)} already copied {'it' if len(names) == 1 else 'them'}",
        _fix(context, group, [copy.line for copy in copies]) + _rest(context, runs),
        totals=totals,
        confidence=Confidence.MEDIUM if all(touch.run.conditional for touch in group) else Confidence.HIGH,
        evidence=(
            *(f"line {read.line}: {layers.shown_read(read)}" for read in reads),
            f"line {changer.line}: {layers.shown_step(changer)}",
            *layers.largest(entries),
        ),
        end_line=changer.end_line,
    )


def _write(commands: str) -> str:
    return "write" if " and " in commands else "writes"


def _of_same(context: RuleContext, step: StepId, group: Sequence[Touch]) -> Finding:
    """The finding about files that have the owner or mode already, which not every storage driver stores again."""
    plan = context.build.plan
    changer = plan.steps[step]
    entries = [entry for touch in group for entry in touch.entries]
    names = [layers.label(node) for node, _ in entries]
    commands = " and ".join(dict.fromkeys(touch.run.name for touch in group))
    reads = [plan.reads[read] for read in sorted({touch.read for touch in group})]
    what = "mode" if all(touch.run.name == "chmod" for touch in group) else "owner"
    return Finding(
        RULE.id,
        Severity.NOTE,
        plan.file,
        changer.line,
        f"{layers.listed(names)} {'has' if len(names) == 1 else 'have'} this {what} since "
        f"{layers.lines(read.line for read in reads)}: with the storage driver overlay2, {commands} still "
        f"{_write(commands)} {'it' if len(names) == 1 else 'them'} into another layer",
        _of_directories(context, group) or f"remove the {commands}, or name only what a RUN made",
        totals=sum((touch.totals for touch in group), Totals()),
        confidence=Confidence.MEDIUM,
        evidence=(
            *(f"line {read.line}: {layers.shown_read(read)}" for read in reads),
            f"line {changer.line}: {layers.shown_step(changer)}",
            *layers.largest(entries),
        ),
        end_line=changer.end_line,
    )


def _of_directories(context: RuleContext, group: Sequence[Touch]) -> str:
    """The fix where instructions made the directories of copied files, as root; "" elsewhere."""
    made, plan = context.once(Made), context.build.plan
    copied = [touch for touch in group if flag_of(plan.steps[plan.reads[touch.read].step].flags, "--chown")]
    runs = {touch.run.identity: touch.run for touch in copied if _owns(touch.run)}
    tops = [top for run in runs.values() for top in _tops(run) if made.works_in([top], run)]
    if not tops:
        return ""
    names = " and ".join(dict.fromkeys(run.name for run in runs.values()))
    also = "" if all(_owns(touch.run) for touch in group) else ", and remove the chmod"
    return f"keep the {names} of {layers.listed(list(dict.fromkeys(tops)))} without -R, for the directory itself{also}"


def _of_stages(context: RuleContext, step: StepId, found: Sequence[tuple[Run, StageCopy]]) -> Finding:
    changer = context.build.plan.steps[step]
    runs = list(dict.fromkeys(run for run, _ in found))
    lines = sorted({copy.line for _, copy in found})
    commands = " and ".join(dict.fromkeys(run.name for run in runs))
    # How large they are is not known, but settings and scripts are small; nor which modes they have already.
    small = all(run.name == "chmod" for run in runs) or layers.are_small(
        source for _, copy in found for source in copy.sources
    )
    return Finding(
        RULE.id,
        Severity.NOTE if small else Severity.WARNING,
        context.build.plan.file,
        changer.line,
        f"{commands} {_write(commands)} everything that {layers.lines(lines)} copied from another stage into another "
        "layer",
        _flagged(context, runs, "COPY", lines, step) + _rest(context, runs),
        confidence=Confidence.MEDIUM,
        evidence=(f"line {changer.line}: {layers.shown_step(changer)}",),
        end_line=changer.end_line,
    )


def _fix(context: RuleContext, group: Sequence[Touch], others: Sequence[int]) -> str:
    build = context.build
    runs = _runs(context, group)
    reads = sorted({touch.read for touch in group})
    modes_of = {run.identity: names for run in runs if (names := _with_kept_modes(context, run, reads))}
    if 0 < len(modes_of) < len(runs):
        # A flag for all would make a directory executable for the sake of a file.
        runs = [run for run in runs if run.identity not in modes_of]
        owned = {touch.run.identity for touch in group} - modes_of.keys()
        group = [touch for touch in group if touch.run.identity in owned] or group
        fix = _fix_of(context, group, runs, others)
        return f"{fix}; run chmod +x {layers.listed(sorted(set(chain(*modes_of.values()))))} before the build"
    if modes_of and len(modes_of) == len(runs):
        listed = layers.listed([layers.label(node) for touch in group for node, _ in touch.entries])
        kinds = " and ".join(sorted({build.plan.reads[read].kind for read in reads}))
        return f"run chmod {' '.join(dict.fromkeys(_modes(runs)))} {listed} before the build: {kinds} keeps modes"
    return _fix_of(context, group, runs, others)


def _with_kept_modes(context: RuleContext, run: Run, reads: Sequence[ReadId]) -> list[str]:
    """The files that a `chmod` gives a mode that git keeps; none where it changes all that instructions copy."""
    targets, mode = changed(run)
    if run.name != "chmod" or mode not in _KEPT_MODES or any(target.whole for target in targets):
        return []
    own = _own(context, reads)
    nodes = [(one, node) for one in own for target in targets for node in one.entries(target)]
    count = Counter(one.read for one in own)
    parts = (one.node.path != node.path or count[one.read] > 1 for one, node in nodes)
    return [layers.label(node) for _, node in nodes] if any(parts) else []


def _fix_of(context: RuleContext, group: Sequence[Touch], runs: Sequence[Run], others: Sequence[int]) -> str:
    build = context.build
    reads = sorted({touch.read for touch in group})
    kinds = " and ".join(sorted({build.plan.reads[read].kind for read in reads} | ({"COPY"} if others else set())))
    lines = [build.plan.reads[read].line for read in reads]
    step = group[0].step
    if all(_is_all(context, group, read) for read in reads):
        whole = _whole_runs(context, group, runs)
        kept = [target.path for run in runs if run not in whole for target in changed(run)[0]]
        also = f"; keep the chmod of {layers.listed(list(dict.fromkeys(kept)))}" if kept else ""
        return _flagged(context, whole, kinds, [*lines, *others], step) + also
    if _differ(runs):
        fix = _apart(runs)
    else:
        names = layers.listed([layers.label(node) for touch in group for node, _ in touch.entries])
        fix = f"copy {names} in a separate COPY with {_flags(runs)}"
    fix += f", and exclude that from {layers.lines(lines)} (--exclude, Dockerfile syntax 1.19 or newer)"
    return fix + _moved(context, lines, step, fix)


def _whole_runs(context: RuleContext, group: Sequence[Touch], runs: Sequence[Run]) -> Sequence[Run]:
    """The commands without each `chmod` of a part, where others change all that instructions copy.

    As a flag it would give the mode to every file.
    """
    reads = sorted({touch.read for touch in group})
    whole = [run for run in runs if run.name != "chmod" or _takes_all(context, run, reads)]
    is_enough = all(any(_takes_all(context, run, [read]) for run in whole) for read in reads)
    return whole if is_enough else runs


def _takes_all(context: RuleContext, run: Run, reads: Sequence[ReadId]) -> bool:
    """Whether one command changes all that instructions copy."""
    targets = changed(run)[0]
    return all(
        any(node.path == one.node.path for target in targets for node in one.entries(target))
        for one in _own(context, reads)
    )


def _covers(context: RuleContext, group: Sequence[Touch], read: ReadId) -> bool:
    """Whether commands change all that an instruction copies, but for what another one moved or wrote anew."""
    paths = {node.path for touch in group if touch.read == read for node, _ in touch.entries}
    return all(one.node.path in paths for one in context.destinations if one.read == read)


def _flagged(context: RuleContext, runs: Sequence[Run], kinds: str, lines: Sequence[int], step: StepId) -> str:
    """The fix that sets the owner and the mode in the instructions of some lines."""
    if _differ(runs):
        fix = _apart(runs)
        return fix + _moved(context, lines, step, fix)
    written: dict[tuple[str, ...], list[int]] = {}
    for line in lines:
        written.setdefault(_set_by(context, line, runs), []).append(line)
    fix = "; ".join(_of_lines(runs, given, f"the {kinds} in {layers.lines(some)}") for given, some in written.items())
    if any(_OCTAL.fullmatch(flag.partition("=")[2]) is None for flag in fix.split() if flag.startswith("--chmod")):
        fix += " (a symbolic mode needs Dockerfile syntax 1.14 or newer)"
    return fix + _moved(context, lines, step, fix)


def _moved(context: RuleContext, lines: Sequence[int], step: StepId, fix: str) -> str:
    """What the fix says of commands that create the user; "" where they need not be moved."""
    made = owner_users.made_between(context, min(lines), step) if "--chown" in fix else []
    verb = "create" if len(made) > 1 else "creates"
    return f", and move the {' and '.join(made)} that {verb} the user above line {min(lines)}" if made else ""


def _set_by(context: RuleContext, line: int, runs: Sequence[Run]) -> tuple[str, ...]:
    """The flags of an instruction that set what commands change: its owner, its mode, or both."""
    names = ["--chmod" if run.name == "chmod" else "--chown" for run in runs]
    step = next(step for step in context.build.plan.steps if step.line == line)
    return tuple(flag for flag in step.flags if flag.startswith(tuple(names)))


def _of_lines(runs: Sequence[Run], given: Sequence[str], where: str) -> str:
    """The fix for instructions with these flags, which can have each only once."""
    if not given:
        return f"add {_flags(runs)} to {where}"
    return f"write {_merged(runs, given)} in place of {' '.join(given)} in {where}"


def _merged(runs: Sequence[Run], given: Sequence[str]) -> str:
    """The flags that set what commands leave of files to which the given ones apply."""
    flags = []
    for flag in _flags(runs).split():
        name, _, value = flag.partition("=")
        before = flag_of(given, name)
        if before is not None and name == "--chown":
            user, _, group = value.partition(":")
            old_user, _, old_group = before.partition(":")
            value = ":".join(filter(None, (user or old_user, group or old_group)))
        elif (
            before is not None
            and _OCTAL.fullmatch(before)
            and (mode := changed_mode(int(before, 8), value)) is not None
        ):
            value = f"{mode:o}"
        flags.append(f"{name}={value}")
    return " ".join(flags)


def _differ(runs: Sequence[Run]) -> bool:
    """Whether commands set several owners or several modes, each of something else: one COPY can only set one."""
    owning = [run for run in runs if _owns(run)]
    is_one = len({changed(run)[0] for run in owning}) == 1 and len(_owner_flags(owning)) == 1
    values = {value for run in owning if (value := changed(run)[1])}
    return (len(values) > 1 and not is_one) or len(set(_modes(runs))) > 1


def _apart(runs: Sequence[Run]) -> str:
    flags = [f"--chmod={mode}" for mode in dict.fromkeys(_modes(runs))]
    owners = dict.fromkeys(_flags([run]) for run in runs if run.name != "chmod")
    return f"copy what gets each of {', '.join((*filter(None, owners), *flags))} in a COPY of its own"


def _modes(runs: Sequence[Run]) -> list[str]:
    return [value for run in runs if run.name == "chmod" and (value := changed(run)[1])]


def _flags(runs: Sequence[Run]) -> str:
    return " ".join(dict.fromkeys((*_owner_flags(runs), *(f"--chmod={mode}" for mode in _modes(runs)))))


def _owner_flags(runs: Sequence[Run]) -> list[str]:
    """The flag for what all commands together set, one where a `chgrp` adds the group to what a `chown` sets."""
    owners = list(dict.fromkeys(_owner(run.name, value) for run in runs if _owns(run) and (value := changed(run)[1])))
    groups = [owner for owner in owners if owner.startswith(":")]
    users = [owner for owner in owners if ":" not in owner]
    if len(owners) == 2 and len(groups) == len(users) == 1:
        owners = [f"{users[0]}{groups[0]}"]
    return [f"--chown={owner}" for owner in owners]


def _owns(run: Run) -> bool:
    return run.name != "chmod"


def _owner(command: str, value: str) -> str:
    """The value of --chown that sets what a `chown` or `chgrp` sets.

    Behind a colon, a `chown` takes an empty group for that of the user, as --chown does without the colon; with it,
    BuildKit takes it for root's.
    """
    if command == "chgrp":
        return f":{value}"
    owner = value if ":" in value else value.replace(".", ":", 1)
    return owner.removesuffix(":")


def _own(context: RuleContext, reads: Iterable[ReadId]) -> list[Destination]:
    """Where some reads put what they copy."""
    return [one for read in sorted(reads) for one in context.once(_by_read).get(read, ())]


def _by_read(context: RuleContext) -> dict[ReadId, list[Destination]]:
    """Where each read puts what it copies."""
    found: dict[ReadId, list[Destination]] = {}
    for destination in context.destinations:
        found.setdefault(destination.read, []).append(destination)
    return found


def _runs(context: RuleContext, group: Sequence[Touch]) -> list[Run]:
    """The commands of a RUN that change something that the same reads copied, but for what flags of these set."""
    reads = {touch.read for touch in group}
    plan = context.build.plan
    flags = [plan.steps[plan.reads[read].step].flags for read in reads]
    own = _own(context, reads)
    touched = {node.path for touch in group for node, _ in touch.entries}
    return [
        run
        for run in context.commands.of(group[0].step)
        if not all(is_as_copied(one, run) for one in flags)
        and any(
            _is_in(path, node.path) or _is_in(node.path, path)
            for target in changed(run)[0]
            for destination in own
            for node in destination.entries(target)
            for path in touched
        )
    ]


def _taken(group: Sequence[Touch], read: ReadId) -> Totals:
    return sum((touch.totals for touch in group if touch.read == read), Totals())
