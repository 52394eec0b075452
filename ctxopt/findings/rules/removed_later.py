"""Files that an instruction brings and a later RUN of the same image removes: their bytes stay in the layer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from ctxopt.catalogue.archives import is_archive
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals
from ctxopt.core.dockerignore.quote import literal
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId, StepId
from ctxopt.core.lazy_re import lazy_re
from ctxopt.core.usage.snapshot import Node
from ctxopt.findings import archives, layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.downloads import shown_path, written_path
from ctxopt.findings.final_image import is_flattened
from ctxopt.findings.layers import Touch
from ctxopt.findings.made import Made, Taken, made_and_removed, taken_and_removed
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.mounted_scripts import hint_to_run
from ctxopt.findings.rule import Rule
from ctxopt.findings.rules import uninstalled_later
from ctxopt.findings.shared_ignore import needed_elsewhere, other_dockerfiles
from ctxopt.image.commands import Run, is_independent
from ctxopt.image.effects import Target, found_and_removed, is_forced, is_whole, removed
from ctxopt.image.places import below, same_part

#: Commands that fail for a file that is not there, and make nothing of what is in it.
_CHANGERS = ("chmod", "chown", "chgrp")
#: The names of Dockerfiles, and an rm in one that fails for what is not there.
_PLAIN_RM = lazy_re(r"\brm(?=\s)(?:(?!\s--?\w*f)[^;&|\n\\]|\\\n)*(?=[;&|\n]|$)")
#: Minimum size of removed files without a secret, in bytes, and of those that a command before the rm may need: then
#: only a stage of its own is sure to help.
_LEAST = 400_000
_LEAST_OF_UNKNOWN = 1_000_000
#: Maximum number of patterns in a fix.
_PATTERNS = 4
#: The names of files that keep a directory.
_PLACEHOLDER = lazy_re(
    r"readme(?:\.\w+|[\w.-]*\.(?:md|txt|rst|adoc))?|\.?(?:git)?keep|\.?placeholder(?:\.\w+)?|\.?empty|\.gitignore"
)


def check(context: RuleContext) -> Iterator[Finding]:
    """Find removed files, one finding for each pair of instructions."""
    if is_flattened(context.build):
        return

    def targets(run: Run) -> Iterator[Target]:
        yield from removed(run)
        yield from found_and_removed(run if run.name != "find" else _with_xargs(context, run))

    # What the shell may skip removes nothing where the files are wanted.
    touches = layers.touched(context, ("rm", "unlink", "-delete"), targets, skips=lambda _read, run: run.conditional)
    for read, step, group in layers.by_instructions(touches):
        if not _is_placeholder(context.build, read, group) and _is_worth_it(context, read, group):
            yield _finding(context, read, step, group)
    yield from (
        _of_stage(context, taken)
        for taken in taken_and_removed(context)
        if not taken.remover.conditional and _is_large(context, taken)
    )
    elsewhere = {finding.line for finding in uninstalled_later.check(context)}
    certain = (
        made
        for made in made_and_removed(context)
        # What is installed again without some packages is a finding of its own.
        if not (made.run.conditional or made.remover.conditional or _line(context, made.remover) in elsewhere)
    )
    made = sorted(certain, key=_steps)
    yield from (_of_runs(context, list(group)) for _, group in groupby(made, key=_steps))


RULE = Rule(
    id="CTX201",
    name="size-removed-later",
    of_image=True,
    title="Files removed by a later RUN stay in the image",
    help=(
        "Removing a file in a later layer only hides it: its bytes are still pulled and stored. Exclude "
        "the files, or copy less; mount files that only a `RUN` needs with `--mount=type=bind`."
    ),
    check=check,
)


def _is_worth_it(context: RuleContext, read: ReadId, group: Sequence[Touch]) -> bool:
    """Whether removed files are large enough for somebody to care, or one of them is a secret."""
    size = sum(touch.totals.size for touch in group)
    if size >= _LEAST_OF_UNKNOWN or (size >= _LEAST and _is_certain(context, read, group)):
        return True
    removed_paths = {node.path for touch in group for node, totals in touch.entries if totals.size}
    secrets = (found.file.path for found in context.secrets) if removed_paths else ()
    return any(f"{secret}/".startswith(f"{path}/") or not path for secret in secrets for path in removed_paths)


def _is_certain(context: RuleContext, read: ReadId, group: Sequence[Touch]) -> bool:
    """Whether it is known which commands before the removal need the files: one names them, or none can."""
    between = layers.runs_between(context, read, group[-1])
    nodes = [node for touch in group for node, _ in touch.entries]
    if between is None or _copies_out(context.build, read, between) is not None:
        return between is not None
    return _need_nothing([run for run in between if not any(_mentions(run, node) for node in nodes)])


def _need_nothing(runs: Sequence[Run]) -> bool:
    """Whether commands read nothing that was copied."""
    from ctxopt.catalogue.commands import is_blind

    return all(is_blind(run.name) or is_independent(run) for run in runs)


def _with_xargs(context: RuleContext, run: Run) -> Run:
    """A find whose output an xargs removes, as the find that removes it itself; any other as it is."""
    runs = context.commands.of(run.step)
    after = runs[runs.index(run) + 1 :][:1]
    if (
        not after
        or after[0].name != "xargs"
        or "xargs" not in context.build.plan.steps[run.step].text.split("|", 1)[-1]
    ):
        return run
    words = list(after[0].words[1:])
    while words and words[0] in ("-0", "-r", "-0r", "-r0", "--null", "--no-run-if-empty"):
        del words[0]
    if words[:1] != ["rm"] or not all(word.startswith("-") for word in words[1:]):
        return run
    tests = [word for word in run.words if word not in ("-print0", "-print")]
    return replace(run, words=(*tests, "-exec", *words, "{}", "+"))


def _finding(context: RuleContext, read: ReadId, step: StepId, group: Sequence[Touch]) -> Finding:
    build = context.build
    instruction, remover = build.plan.reads[read], build.plan.steps[step]
    entries = [entry for touch in group for entry in touch.entries]
    names = [layers.label(node) for node, _ in entries]
    totals = sum((touch.totals for touch in group), Totals())
    verb = "stays" if len(names) == 1 else "stay"
    return Finding(
        RULE.id,
        layers.severity(totals),
        build.plan.file,
        instruction.line,
        f"{layers.listed(names)} {verb} in the layer of this {instruction.kind}: the RUN in line {remover.line} "
        f"only hides {'it' if len(names) == 1 else 'them'}",
        _fix(context, read, group),
        totals=totals,
        evidence=(
            f"line {instruction.line}: {layers.shown_read(instruction)}",
            f"line {remover.line}: {layers.shown_step(remover)}",
            *layers.largest(entries),
        ),
        end_line=instruction.end_line,
    )


def _line(context: RuleContext, run: Run) -> int:
    return context.build.plan.steps[run.step].line


def _steps(made: Made) -> tuple[StepId, StepId]:
    return made.run.step, made.remover.step


def _is_large(context: RuleContext, taken: Taken) -> bool:
    """Whether what is removed is mostly large: archives and directories are, and other files are mostly not."""
    if any(is_archive(source) for source in taken.sources):
        return True
    # A directory is not shown, and what a shell takes for words is a line or two.
    is_text = f"cat {taken.path}" in context.build.plan.steps[taken.remover.step].text
    return not is_text and is_whole(taken.remover) and not layers.are_small(taken.sources)


def _of_stage(context: RuleContext, taken: Taken) -> Finding:
    """The finding about what a COPY took from a stage or an image; how large that is, is not known."""
    steps = context.build.plan.steps
    step, remover = steps[taken.step], steps[taken.remover.step]
    if len(taken.sources) == 1 and not gomatch.has_wildcards(taken.sources[0]):
        source = paths.join("/", taken.sources[0])
        mount = f"from={taken.origin},source={source},target={shown_path(taken.path)},rw"
    else:
        mount = f"from={taken.origin},…"
    return Finding(
        RULE.id,
        Severity.WARNING,
        context.build.plan.file,
        step.line,
        f"{shown_path(taken.path)} stays in the layer of this COPY: the RUN in line {remover.line} only hides it",
        f"mount it in each RUN that needs it, with --mount=type=bind,{mount}, instead of the COPY and the rm",
        evidence=tuple(f"line {one.line}: {layers.shown_step(one)}" for one in (step, remover)),
        end_line=step.end_line,
    )


def _outermost(names: Iterable[str]) -> list[str]:
    """Those of some directories that are in none of the others, each once."""
    found: list[str] = []
    for name in sorted(set(names)):
        if not found or not name.startswith(f"{found[-1]}/"):
            found.append(name)
    return found


def _of_runs(context: RuleContext, group: Sequence[Made]) -> Finding:
    """The finding about directories that one RUN writes and another one removes."""
    steps = context.build.plan.steps
    step, remover = steps[group[0].run.step], steps[group[0].remover.step]
    names = _outermost(shown_path(made.path) for made in group)
    verb = "stays" if len(names) == 1 else "stay"
    lines = sorted({step.line, remover.line, *(steps[number].line for number in _using(context, group))})
    return Finding(
        RULE.id,
        Severity.WARNING,
        context.build.plan.file,
        step.line,
        f"{layers.listed(names)} {verb} in the layer of this RUN: the RUN in line {remover.line} "
        f"only hides {'it' if len(names) == 1 else 'them'}",
        f"write, use and remove {'it' if len(names) == 1 else 'them'} in one RUN "
        f"({layers.lines(lines)}), or build in a separate stage and COPY --from it what the "
        "image needs",
        evidence=tuple(f"line {one.line}: {layers.shown_step(one)}" for one in (step, remover)),
        end_line=step.end_line,
    )


def _using(context: RuleContext, group: Sequence[Made]) -> Iterator[StepId]:
    """The steps between two RUN in which a command runs in a directory of the first one, or names it."""
    first, last = group[0].run.step, group[0].remover.step
    for number in context.commands.image_steps:
        if first < number < last and any(
            _is_about(run, made.path) for run in context.commands.of(number) for made in group
        ):
            yield number


def _is_about(run: Run, path: str) -> bool:
    found = (run.directory, *(written_path(run.directory, word) for word in run.words[1:]))
    return any(one is not None and below(path, one) is not None for one in found)


def _fix(context: RuleContext, read: ReadId, group: Sequence[Touch]) -> str:
    build = context.build
    nodes = [node for touch in group for node, _ in touch.entries]
    between = layers.runs_between(context, read, group[-1])
    user = next((run for run in between or () if any(_mentions(run, node) for node in nodes)), None)
    if user is None and (copier := _copies_out(build, read, between or ())) is not None:
        return (
            f"line {build.plan.steps[copier.step].line} copies from it: mount it there with RUN --mount=type=bind, "
            f"without the COPY and the {group[0].run.name}"
        )
    if user is not None and not _is_certain(context, read, group):
        return "build in a separate stage and COPY --from it what the image needs"
    if user is not None:
        return _mounted(context, read, group, user, between or ())
    out = _leave_out(context, read, nodes)
    line = build.plan.steps[group[-1].step].line
    if not all(is_forced(touch.run) or touch.run.name == "find" for touch in group):
        out += f", and remove the {group[0].run.name} in line {line}, which would fail"
        others = _failing_elsewhere(context, nodes)
        if others:
            out += f"; the rm in {layers.listed(others)} would fail, too"
    for run in between or ():
        pieces = [piece for word in run.words for piece in _pieces(word)] if run.name in _CHANGERS else []
        if any(node.name in pieces for node in nodes if node.name):
            out += f", and remove the {run.name} in line {build.plan.steps[run.step].line}, which would fail"
    if between is not None and _need_nothing(between):
        return out
    own = {paths.join("/", source)[1:] for source in build.plan.reads[read].sources}
    if between and {node.path for node in nodes} == own:
        # The commands in between need what was copied for them alone.
        return "build in a separate stage and COPY --from it what the image needs"
    if any(run.step == group[-1].step and not _need_nothing([run]) for run in between or ()):
        # What runs before the rm in the same RUN is mostly there for the files.
        return "build in a separate stage and COPY --from it what the image needs"
    return (
        "build in a separate stage and COPY --from it what the image needs; or, if no command before the "
        f"{group[0].run.name} in line {line} needs {'it' if len(nodes) == 1 else 'them'}, {out}"
    )


def _mounted(context: RuleContext, read: ReadId, group: Sequence[Touch], user: Run, between: Sequence[Run]) -> str:
    """The fix that mounts what commands before the removal need; `user` is the first of them."""
    build = context.build
    nodes = [node for touch in group for node, _ in touch.entries]
    hint = hint_to_run(context, read, nodes, between)
    using = {build.plan.steps[run.step].line for run in between if any(_mentions(run, one) for one in nodes)}
    if len(nodes) == 1 and len(using) == 1:
        changer = next((run.name for run in context.commands.of(user.step) if _changes(run, nodes[0])), None)
        if any(gomatch.has_wildcards(word) for word in group[-1].run.words[1:]):
            return (
                f"mount it in line {build.plan.steps[user.step].line} in a directory of its own (RUN "
                f"--mount=type=bind), instead of the {build.plan.reads[read].kind}: the {group[-1].run.name} fails "
                "on a mount that it matches"
            )
        instead = f"{archives.instead(context, read, nodes[0], user)}, without the {group[0].run.name}"
        if nodes[0].inside is not None:
            # It is mounted so that it can be written to.
            return instead if changer or not hint else f"{instead}; {hint}"
        mode = f"has the mode of the file{f', so {hint}' if hint else ''}"
        if changer:
            return f"{instead} and the {changer}: a mount is read-only, and {mode}"
        return f"{instead}: a mount {mode}" if hint else instead
    them, need = "it" if len(nodes) == 1 else "them", "needs" if len(using) == 1 else "need"
    return (
        f"{layers.lines(using)} {need} {them}: mount {them} there with RUN --mount=type=bind"
        f"{f' ({hint})' if hint else ''}, or build in a separate stage and COPY --from it what the image needs"
    )


def _copies_out(build: BuildContext, read: ReadId, between: Sequence[Run]) -> Run | None:
    """The cp that takes files out of the place to which an instruction copied a directory, such as `cp /tmp/in/* /`."""
    target = paths.base(build.plan.reads[read].destination.rstrip("/"))
    words = ((run, word) for run in between if run.name in ("cp", "rsync") for word in run.words[1:-1])
    return next((run for run, word in words if target and target in word.split("/")), None)


def _failing_elsewhere(context: RuleContext, nodes: Sequence[Node]) -> list[str]:
    """The other Dockerfiles of the context that read the same ignore file, and in which an rm needs an entry."""
    found = []
    for other in other_dockerfiles(context):
        plain = _PLAIN_RM.finditer(other.text)
        words = [word for one in plain for word in one[0].split()[1:] if not word.startswith("-")]
        removed = [paths.join("/", word) for word in words]
        if any(f"{one}/".endswith(f"/{node.path}/") for one in removed for node in nodes if node.path):
            found.append(other.path)
    return found


def _changes(run: Run, node: Node) -> bool:
    """Whether a command changes the mode or the owner of an entry, judging by its name."""
    return run.name in _CHANGERS and any(node.name in _pieces(word) for word in run.words)


def _is_placeholder(build: BuildContext, read: ReadId, group: Sequence[Touch]) -> bool:
    """Whether the files only keep a directory for files of others, so that a COPY of it has something.

    Of a source with wildcards it takes just these files; otherwise the directory is the source, and has no others.
    """
    nodes = [node for touch in group for node, _ in touch.entries]
    named = {paths.join("/", source)[1:] for source in build.plan.reads[read].sources}
    if all(node.path in named and node.inside is not None for node in nodes):
        inside = tuple(f"{node.path}/" if node.path else "" for node in nodes)
        files = [path for path in build.usage.files_of(read) if path.startswith(inside)]
        return len(files) > 0 and all(_PLACEHOLDER.fullmatch(paths.base(path).lower()) for path in files)
    whole = [source for source in build.plan.reads[read].sources if source.endswith("/*")]
    return all(_PLACEHOLDER.fullmatch(node.name.lower()) for node in nodes) and any(
        _takes_just(build, read, source, nodes) for source in whole
    )


def _mentions(run: Run, node: Node) -> bool:
    """Whether a command reads an entry: one of its words has the name of it, or it is implied."""
    from ctxopt.catalogue.commands import is_blind, reads_unasked

    if is_blind(run.name):
        return False
    name = node.name
    words = (*run.words, *run.files)
    return bool(name) and (reads_unasked(run.name, name) or any(name in _pieces(word) for word in words))


def _pieces(word: str) -> list[str]:
    for mark in "=:,@":
        word = word.replace(mark, "/")
    return word.split("/")


def _leave_out(context: RuleContext, read: ReadId, nodes: Sequence[Node]) -> str:
    """The fix for entries that no command needs."""
    build = context.build
    instruction = build.plan.reads[read]
    named = {paths.join("/", source)[1:] for source in instruction.sources}
    optional = [source for source in instruction.sources if _takes_just(build, read, source, nodes)]
    if optional and len(instruction.sources) > len(optional):
        return f"remove {layers.listed(optional)} from the {instruction.kind}"
    if all(node.path in named for node in nodes):
        if len(named) == len(nodes):
            return f"remove the {instruction.kind}"
        return f"remove {layers.listed([node.path for node in nodes])} from the {instruction.kind}"
    tops = tuple(f"{node.path}/" if node.path else "" for node in nodes)
    if all(f"{path}/".startswith(tops) for path in build.usage.files_of(read)):
        return f"remove the {instruction.kind}"
    others = _other_readers(build, read, nodes)
    elsewhere = needed_elsewhere(context, [node.path for node in nodes]) if not others else ""
    if others or elsewhere:
        excludes = " ".join(f"--exclude={archives.relative(instruction.sources, node)}" for node in nodes[:_PATTERNS])
        return (
            f"write {instruction.kind} {excludes} … (Dockerfile syntax 1.19 or newer), or name less in it; "
            f"{elsewhere or f'line {others[0]}'} needs the same files, so the ignore file cannot exclude them"
        )
    return layers.hint_to_exclude(build, [literal(node.path) for node in nodes])


def _takes_just(build: BuildContext, read: ReadId, source: str, nodes: Sequence[Node]) -> bool:
    """Whether a source with wildcards takes just some of these entries; without it, the COPY takes the others."""
    if not gomatch.has_wildcards(source):
        return False
    parts = paths.join("/", source)[1:].split("/")
    taken = [path for path in build.usage.files_of(read) if _is_named(path.split("/"), parts)]
    return bool(taken) and {node.path for node in nodes}.issuperset(taken)


def _is_named(path: list[str], parts: list[str]) -> bool:
    return len(path) == len(parts) and all(map(same_part, parts, path))


def _other_readers(build: BuildContext, read: ReadId, nodes: Sequence[Node]) -> list[int]:
    """The lines of other instructions that read one of the entries."""
    return sorted(
        {
            other.line
            for other in build.plan.reads
            if other.number != read
            and any(build.usage.taken(other.number, node.directory, node.index).files for node in nodes)
        }
    )
