"""A secret in the Dockerfile itself: in ARG or ENV, by name or by value, or in the words of a command."""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import Step
from ctxopt.core.golang import paths
from ctxopt.core.ids import StageId, StepId
from ctxopt.core.image_reference import reference
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.display import plural, size
from ctxopt.evidence.deliberate import is_deliberate
from ctxopt.evidence.secret_files import is_for_trying
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import is_for_development, is_for_tests
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule

if TYPE_CHECKING:
    from ctxopt.catalogue.secret_variables import Found, Value

#: What every secret has in its name, or near it: the catalogue is only read for a build that has one of these.
_HINTS: Final = (
    *("PASS", "PWD", "SECRET", "TOKEN", "KEY", "CREDENTIAL", "://", "AUTH", "AKIA", "ASIA", "XOX", "AIZA", "GHP_"),
    *("GLPAT", "SK-", "_LIVE_", "HF_", "NPM_", "SG.", "DCKR_", "_V1_", "_PAT", "_PW", "CURL", "MACHINE", "LOGIN"),
)
#: A word that may be the name of a variable, and a reference to one.
_NAME: Final = lazy_re(r"[A-Za-z_]\w*")
_REFERENCE: Final = lazy_re(r"\$\{?([A-Za-z_]\w*)")
_WORD: Final = lazy_re(r"\w+")
#: Commands that collect or compile files, for which a program starts and needs its settings, whatever they are.
_COLLECTS: Final = lazy_re(
    r"\b(?:collectstatic|compilemessages|manage\.py compress|assets:precompile|webpacker:compile|vite:build|shakapacker"
    r"|bootsnap precompile|assets\.deploy)\b"
)
#: A comment by which somebody wants a value in the image, and the maximum length of one that is searched.
_MEANT: Final = lazy_re(
    r"\b(?:inject(?:ed|s)?|baked?|baking|embed(?:ded|s)?|on purpose|intentional(?:ly)?|deliberate(?:ly)?|meant to)\b",
    re.IGNORECASE,
)
_LONGEST_LINE: Final = 1_000
#: The name of a variable that says where a server is.
_SERVER: Final = lazy_re(r"([A-Z0-9_]+)_(?:URL|URI|HOST|HOSTNAME|SERVER|ADDRESS|ADDR|ENDPOINT)")
#: What a secret in the text of a command is called, and a program by which people log in at a container.
_LOGIN: Final = "the password of a login"
_LOGS_IN: Final = lazy_re(r"\b(?:openssh-server|openssh|sshd|dropbear|xrdp|telnetd)\b")
#: Files of package managers that may take a token from a variable; maximum number and size in bytes.
_SETTINGS: Final = (
    ".npmrc",
    ".yarnrc.yml",
    ".yarnrc",
    "auth.json",
    "pip.conf",
    "nuget.config",
    "NuGet.Config",
    "settings.xml",
)
_MOST_SETTINGS: Final = 50
_LARGEST_SETTINGS: Final = 64 << 10
#: Maximum number of lines that a fix names.
_NAMED: Final = 10
#: Maximum length of all texts that are searched, in characters.
_LONGEST: Final = 4 << 20
_KINDS: Final = (
    *("ARG", "ENV", "RUN", "LABEL", "CMD", "ENTRYPOINT", "COPY", "ADD", "HEALTHCHECK"),
    *("WORKDIR", "VOLUME", "SHELL", "USER", "EXPOSE", "STOPSIGNAL", "MAINTAINER"),
)


@dataclass(frozen=True, slots=True)
class _Variable:
    """A variable with the name of a secret, the step that sets it, and the text of its value as far as it is known."""

    name: str
    number: StepId
    step: Step
    value: "Value"
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Uses:
    """What the steps of a build do with variables, found once for all of them.

    `file` is the Dockerfile's name, `labels` has the names of the stages. `exported` are the stages whose layers the
    image has, `last_run` is the last RUN of each stage, and `arguments` has
    the first ARG of each name in a stage. `runs` are the RUN that have a name in their text, by the stage and the name:
    their numbers, and their lines. In the stages `collecting` a RUN collects files. `servers` are the beginnings of the
    names of variables that say in a stage where another server is. `for_trying` says that the Dockerfile is among tests
    or examples, `for_development` that its image is for development or tests. `settings` are the paths of the files of
    package managers, by the names in their texts. `proven`: only what is certainly a secret counts; `logs_in`: a
    program of the image lets people log in, `for_tests`: the image is for tests alone, and `accounts` are variables
    from which its base image makes the password of an account. `words` are those of all RUN.
    """

    file: str
    labels: Mapping[StageId, str]
    exported: frozenset[StageId]
    last_run: Mapping[StageId, StepId]
    arguments: Mapping[tuple[StageId, str], StepId]
    runs: Mapping[tuple[StageId, str], tuple[list[StepId], list[int]]]
    collecting: frozenset[StageId]
    servers: frozenset[tuple[StageId, str]]
    for_trying: bool
    for_development: bool
    settings: Mapping[str, Sequence[str]]
    proven: bool
    logs_in: bool
    for_tests: bool
    accounts: Collection[str]
    words: Collection[str]


def check(context: RuleContext) -> Iterator[Finding]:
    """Find secrets in the instructions of all stages that the build needs. No value is shown.

    In the image one is an error, elsewhere a warning; one that is passed while building is less, and a note where
    everybody would try it first, or where the Dockerfile is for tests.
    """
    build = context.build
    places = [(number, step) for number, step in build.plan.numbered_steps() if _may_have_one(step, _KINDS)]
    triggers = [step for step in build.plan.triggers if _may_have_one(step, ("ONBUILD",))]
    lengths = accumulate(len(step.text) for step in (*triggers, *(step for _, step in places)))
    fit = sum(length <= _LONGEST for length in lengths)
    steps = places[: max(0, fit - len(triggers))]
    if fit < len(triggers) + len(places):
        yield _unread(build, [*triggers, *(step for _, step in places)][fit:])
        triggers = triggers[:fit]
    if not (steps or triggers) or (not context.settings.scan_secrets and is_deliberate(build)):
        return
    uses = _uses(build, proven=not context.settings.scan_secrets)
    yield from _in_triggers(uses, triggers)
    # Imported here because most builds have nothing that looks like a secret.
    from ctxopt.catalogue.secret_variables import Value, secrets_in_text

    variables = _with_own_values(build, {number: list(_variables(number, step)) for number, step in steps})
    every = [one for several in variables.values() for one in several]
    kept = {(one.step.stage, one.name) for one in every if one.step.kind == "ENV"}
    # What an ENV takes from one of these is told there.
    own = {(one.step.stage, one.name) for one in every if one.step.kind == "ARG" and one.value is Value.SECRET}
    for number, step in steps:
        if _is_for_collecting(uses, step):
            continue
        inside = [secret for secret in secrets_in_text(_text(step)) if _counts_in_text(uses, secret)]
        for secret in inside:
            yield _in_text(uses, step, secret.what, weak=secret.weak)
        if inside:
            continue
        yield from _written(uses, number, step)
        for one in variables[number]:
            is_kept = (step.stage, one.name) in kept
            if one.value in (Value.SECRET, Value.WEAK) and not _counts(build, uses, one):
                continue
            if one.value is Value.SECRET:
                yield _given(uses, one, is_kept=is_kept, is_simple=uses.proven and not _was_chosen(one))
            elif one.value is Value.WEAK and step.kind == "ENV" and _is_exported(uses, step):
                yield from () if _logs_in(uses, one) or uses.for_development else (_weak(uses, one),)
            elif one.value is Value.REFERENCE and _is_meant(context, one):
                continue
            elif _is_passed(uses, one, is_kept=is_kept) and (step.kind == "ARG" or (step.stage, one.name) not in own):
                fed = _fed(build, uses, one)
                told = any((step.stage, name) in kept for name in fed)
                matters = bool(fed) or not uses.proven or _stays(uses, one)
                if matters and not (told or _is_unused(build, uses, one)):
                    yield _passed(context, uses, one, fed)


RULE = Rule(
    id="CTX111",
    name="secret-in-dockerfile",
    title="Secret in the Dockerfile",
    help=(
        "Values of `ARG` and `ENV`, and the text of each `RUN`, stay in the history of the image. Mount a secret in "
        "the `RUN` that needs it with `--mount=type=secret`, and pass what the container needs when it starts."
    ),
    check=check,
    hides_lines=True,
)


def _counts(build: BuildContext, uses: _Uses, one: _Variable) -> bool:
    """Whether a value in the Dockerfile keeps somebody out: it was chosen to, or containers have it as it is.

    No manual names it, and the image is for more than tests or development.
    """
    if uses.proven:
        # What people try out or develop with needs some value to start.
        tries = uses.for_trying or uses.for_development
        counts = not tries and (_was_chosen(one) or _is_never_replaced(build, uses, one))
        if not counts and not _makes_account(build, uses, one):
            return False
    return not _is_default_of_all(build, one)


def _was_chosen(one: _Variable) -> bool:
    """Whether somebody chose a value to keep others out."""
    from ctxopt.catalogue.chosen_values import is_chosen
    from ctxopt.catalogue.secret_variables import Value

    return one.value is Value.SECRET and is_chosen(one.name, one.text)


def _is_never_replaced(build: BuildContext, uses: _Uses, one: _Variable) -> bool:
    """Whether containers have a value as it is, as far as the repository says: nothing gives them another.

    One that everybody would try first is a default of a program.
    """
    from ctxopt.catalogue.chosen_values import says_so
    from ctxopt.catalogue.secret_variables import Value

    if one.value is not Value.SECRET or one.step.kind != "ENV" or not _is_exported(uses, one.step) or says_so(one.text):
        return False
    # Imported here because few builds have such a variable.
    from ctxopt.evidence.operation import is_set_when_run

    return not is_set_when_run(build, one.name)


def _makes_account(build: BuildContext, uses: _Uses, one: _Variable) -> bool:
    """Whether the base image gives an account the value of a variable, and nothing of the repository gives another."""
    from ctxopt.catalogue.secret_variables import Value

    if one.value is not Value.WEAK or one.name not in uses.accounts or uses.for_trying:
        return False
    # Imported here because few builds have such a variable.
    from ctxopt.evidence.operation import is_set_when_run

    return not is_set_when_run(build, one.name)


def _counts_in_text(uses: _Uses, secret: "Found") -> bool:
    """Whether what is in the text of an instruction is a secret: a key of a provider, or a value that was chosen.

    A password of a login counts where a program of the image lets people log in, whatever it is, but for those that
    tests log in with.
    """
    from ctxopt.catalogue.chosen_values import is_chosen, is_drawn

    if not uses.proven or not secret.value:
        return True
    if uses.logs_in and secret.what == _LOGIN and not uses.for_tests:
        return True
    if secret.what == _LOGIN or uses.for_trying or uses.for_development:
        return is_drawn(secret.user, secret.value)
    return is_chosen(secret.user, secret.value)


def _is_default_of_all(build: BuildContext, one: _Variable) -> bool:
    """Whether a manual tells the value of a variable, which nobody drew by chance: there is nothing to revoke."""
    from ctxopt.catalogue.secret_variables import looks_drawn
    from ctxopt.image.variables import variables_of

    values = [value for name, value in variables_of(one.step) if name == one.name and value]
    if not values or any(looks_drawn(one.name, value) for value in values):
        return False
    # Imported here because few builds have such a value.
    from ctxopt.evidence.operation import is_documented

    return all(is_documented(build, one.name, value) for value in values)


def _is_meant(context: RuleContext, one: _Variable) -> bool:
    """Whether a comment above a variable, or above its ARG, says that the image is meant to have the value."""
    lines = context.lines
    number = min(one.step.line - 1, len(lines)) - 1
    while number >= 0 and lines[number].split(" ")[0].upper() in ("ARG", "ENV"):
        number -= 1
    while number >= 0 and lines[number].startswith("#"):
        if _MEANT.search(lines[number][:_LONGEST_LINE]):
            return True
        number -= 1
    return False


def _is_for_collecting(uses: _Uses, step: Step) -> bool:
    """Whether an ARG with a value, or an ENV of no image, is in a stage that collects files: any value does for that.

    One that somebody drew by chance is real.
    """
    from ctxopt.catalogue.secret_variables import looks_drawn
    from ctxopt.image.variables import variables_of

    if step.stage not in uses.collecting or step.kind not in ("ARG", "ENV") or _is_exported(uses, step):
        return False
    values = list(variables_of(step))
    return all(value and not looks_drawn(name, value) for name, value in values) and bool(values)


def _unread(build: BuildContext, steps: Sequence[Step]) -> Finding:
    """The finding about instructions that were not searched."""
    return Finding(
        RULE.id,
        Severity.INFO,
        build.plan.file,
        steps[0].line,
        f"{plural(len(steps), 'instruction')} not searched for secrets: more than {size(_LONGEST)} of text in all",
        "move long scripts into files",
        incomplete=True,
    )


def _may_have_one(step: Step, kinds: Collection[str]) -> bool:
    if step.kind not in kinds:
        return False
    text = _text(step).upper()
    return any(hint in text for hint in _HINTS)


def _text(step: Step) -> str:
    """What is searched of an instruction, its flags included."""
    return f"{' '.join(step.flags)} {step.text}" if step.flags else step.text


def _in_triggers(uses: _Uses, triggers: Iterable[Step]) -> Iterator[Finding]:
    """The findings about ONBUILD, which the configuration of the image has as it is written."""
    from ctxopt.catalogue.secret_variables import Value, secrets_in_text
    from ctxopt.image.variables import triggered

    number = StepId(0)
    for step in filter(None, map(triggered, triggers)):
        inside = [secret for secret in secrets_in_text(step.text) if _counts_in_text(uses, secret)]
        for secret in inside:
            yield _in_text(uses, step, secret.what, weak=secret.weak)
        if not inside:
            yield from _written(uses, number, step)
            given = (one for one in _variables(number, step) if one.value is Value.SECRET)
            yield from (_given(uses, one) for one in given if not _is_default(one) and _is_real(uses, one))


def _is_real(uses: _Uses, one: _Variable) -> bool:
    from ctxopt.catalogue.chosen_values import is_chosen

    return not uses.proven or is_chosen(one.name, one.text)


def _is_default(one: _Variable) -> bool:
    """Whether an ONBUILD ARG has a value that nobody drew by chance: builds on the image give their own."""
    from ctxopt.catalogue.secret_variables import looks_random
    from ctxopt.image.variables import variables_of

    values = (value or "" for name, value in variables_of(one.step) if name == one.name)
    return one.step.kind == "ARG" and not any(looks_random(one.name, value) for value in values)


def _written(uses: _Uses, number: StepId, step: Step) -> Iterator[Finding]:
    """The findings about values that commands and here-documents give to names of secrets, one for each name."""
    from ctxopt.catalogue.chosen_values import is_chosen
    from ctxopt.catalogue.secret_variables import (
        Value,
        has_literal,
        keyed_secrets,
        keyed_values,
        looks_drawn,
        names_secret,
        value_of,
    )
    from ctxopt.catalogue.secrets import is_filler
    from ctxopt.image.variables import assigned_in, heredocs_of

    # What collects files starts the program with any value: only one that somebody drew by chance is real, and that
    # is none among others that only stand for a value.
    collects = step.kind == "RUN" and _COLLECTS.search(step.text) is not None
    if collects and any(names_secret(name) and is_filler(value) for name, value in assigned_in(step)):
        return
    tries = uses.for_trying or uses.for_development

    def is_given(name: str, value: str) -> bool:
        if collects and not looks_drawn(name, value):
            return False
        if uses.proven and (tries or not is_chosen(name, value)):
            return False
        found = value_of(name, value)
        return found is Value.SECRET or (found is Value.REFERENCE and has_literal(name, value))

    assigned = [name for name, value in assigned_in(step) if names_secret(name) and is_given(name, value)]
    text = heredocs_of(step)
    keyed = dict.fromkeys(keyed_secrets(text))
    told = {name for name, value in keyed_values(text) if is_given(name, value)} if keyed else set()
    for name in dict.fromkeys((*assigned, *(one for one in keyed if one in told or not uses.proven))):
        yield _given(uses, _Variable(name, number, step, Value.SECRET))


def _variables(number: StepId, step: Step) -> Iterator[_Variable]:
    from ctxopt.catalogue.secret_variables import names_secret, value_of
    from ctxopt.image.variables import variables_of

    for name, value in variables_of(step):
        if names_secret(name):
            yield _Variable(name, number, step, value_of(name, value or ""), value or "")


def _with_own_values(build: BuildContext, variables: dict[StepId, list[_Variable]]) -> dict[StepId, list[_Variable]]:
    """The same, where a value that is composed of others in the Dockerfile is one of these.

    A variable whose value another one with the name of a secret has already stays a reference.
    """
    from ctxopt.catalogue.secret_variables import Value, has_literal, is_composed, looks_random, names_secret, value_of
    from ctxopt.image.own_values import own_values
    from ctxopt.image.variables import variables_of

    every = [one for several in variables.values() for one in several]
    if not any(one.value is Value.REFERENCE or (one.step.kind == "ARG" and one.value is Value.NONE) for one in every):
        return variables
    own = own_values(build.plan, build.located.dockerfile.data, names_secret)

    def judged(one: _Variable) -> _Variable:
        found = own.get((one.number, one.name))
        if one.value is Value.NONE and one.step.kind == "ARG" and found is not None:
            return replace(one, value=value_of(one.name, found.text), text=found.text)
        if one.value is not Value.REFERENCE:
            return one
        written = " ".join(value or "" for name, value in variables_of(one.step) if name == one.name)
        told = found is None or any(map(names_secret, _REFERENCE.findall(written)))
        if found is not None and found.whole and not told:
            is_secret = value_of(one.name, found.text) is Value.SECRET
            if is_secret and (not is_composed(written) or looks_random(one.name, found.text)):
                return replace(one, value=Value.SECRET, text=found.text)
        return replace(one, value=Value.SECRET) if has_literal(one.name, written) else one

    return {number: list(map(judged, several)) for number, several in variables.items()}


def _is_passed(uses: _Uses, one: _Variable, *, is_kept: bool) -> bool:
    """Whether a variable takes its value from the build, and keeps it; `is_kept`: an ENV sets its name as well."""
    from ctxopt.catalogue.secret_variables import Value

    if one.step.kind == "ENV":
        return one.value is Value.REFERENCE and _from_argument(uses, one)
    is_own = one.value is Value.NONE and not is_kept
    last_run = uses.last_run.get(one.step.stage)
    return one.step.kind == "ARG" and is_own and last_run is not None and last_run > one.number


def _uses(build: BuildContext, *, proven: bool) -> _Uses:
    from ctxopt.catalogue.secret_variables import accounts_of, names_secret
    from ctxopt.image.variables import variables_of

    last_run: dict[StageId, StepId] = {}
    arguments: dict[tuple[StageId, str], StepId] = {}
    runs: dict[tuple[StageId, str], tuple[list[StepId], list[int]]] = {}
    for number, step in build.plan.numbered_steps():
        if step.kind == "ARG":
            for name, _ in variables_of(step):
                arguments.setdefault((step.stage, name), number)
        elif step.kind == "RUN":
            last_run[step.stage] = number
            for name in filter(names_secret, dict.fromkeys(_NAME.findall(step.text))):
                numbers, lines = runs.setdefault((step.stage, name), ([], []))
                numbers.append(number)
                lines.append(step.line)
    stages = build.plan.stages
    exported = frozenset(stage.number for stage in stages if stage.exported)
    labels = {stage.number: stage.label for stage in stages}
    collecting = frozenset(
        step.stage for step in build.plan.steps if step.kind == "RUN" and _COLLECTS.search(step.text)
    )
    servers = frozenset(
        (step.stage, found[1])
        for step in build.plan.steps
        if step.kind == "ENV"
        for name, _ in variables_of(step)
        if (found := _SERVER.fullmatch(name.upper()))
    )
    aims = is_for_trying(build), is_for_development(build)
    logs_in = any(step.kind == "RUN" and _LOGS_IN.search(step.text) for step in build.plan.steps)
    words = {word for step in build.plan.steps if step.kind == "RUN" for word in step.text.split()}
    bases = (reference(use.name) for use in build.plan.images if use.exported and use.kind == "FROM")
    accounts = next((accounts_of(paths.base(base.familiar)) for base in bases if base is not None), ())
    return _Uses(
        *(build.plan.file, labels, exported, last_run, arguments, runs, collecting, servers),
        *(*aims, _package_settings(build), proven, logs_in, is_for_tests(build), accounts, words),
    )


def _package_settings(build: BuildContext) -> dict[str, list[str]]:
    """The paths of the first files of package managers in the context, by the names that each of them has in it."""
    by_name: dict[str, list[str]] = {}
    found = (directory.child_path(directory.names[index]) for directory, index in build.tree.named(_SETTINGS))
    for path in islice(found, _MOST_SETTINGS):
        text = (build.read(path, _LARGEST_SETTINGS) or b"").decode("utf-8", "replace")
        for name in dict.fromkeys(_WORD.findall(text)):
            by_name.setdefault(name, []).append(path)
    return by_name


def _logs_in(uses: _Uses, one: _Variable) -> bool:
    """Whether a container logs in at another server with a password that goes with a URL: it is none of its own."""
    return (one.step.stage, one.name.upper().rpartition("_")[0]) in uses.servers


def _is_exported(uses: _Uses, step: Step) -> bool:
    return step.stage in uses.exported


def _where(uses: _Uses, step: Step) -> str:
    return "the image" if _is_exported(uses, step) else f"the build cache of stage {uses.labels[step.stage]}"


#: What does instead of a value that a container reads from its image.
_AT_START = "pass it when the container starts: docker run --env-file"


def _in_text(uses: _Uses, step: Step, what: str, *, weak: bool) -> Finding:
    severity = Severity.ERROR if _is_exported(uses, step) else Severity.WARNING
    known = ", which everybody would try first" if weak else ""
    is_for_runs = step.kind in ("RUN", "ARG") or not _is_exported(uses, step)
    instead = "mount it in the RUN that needs it: RUN --mount=type=secret,id=NAME …"
    if what == _LOGIN:
        # Who mounts the password in the RUN still has the account with it in the image.
        is_for_runs, instead = True, "let people log in with a key, or set a password when the container starts"
    return _finding(
        uses,
        step,
        Severity.NOTE if weak else severity,
        f"this {step.kind} contains {what}{known}: whoever has the Dockerfile or {_where(uses, step)} can read it",
        f"take it out{'' if weak else ' and revoke it'}; {instead if is_for_runs else _AT_START}",
        Confidence.MEDIUM if weak else Confidence.HIGH,
    )


def _weak(uses: _Uses, one: _Variable) -> Finding:
    message = f"{one.name} has a value that everybody would try first, in every container that is not given another"
    fix = f"remove the value, and pass {one.name} when the container starts"
    return _finding(uses, one.step, Severity.NOTE, message, fix, Confidence.MEDIUM)


def _given(uses: _Uses, one: _Variable, *, is_kept: bool = False, is_simple: bool = False) -> Finding:
    """The finding about a value in the Dockerfile; `is_kept`: an ENV sets one of its name as well.

    With `is_simple`, nobody chose it to keep others out, so that it is used nowhere else.
    """
    step = one.step
    message = f"the value of {one.name} is in the Dockerfile and in {_where(uses, step)}"
    if uses.for_trying:
        fix = f"make sure that {one.name} is for tests alone; else {_instead(uses, one, is_kept=is_kept)}"
        return _finding(uses, step, Severity.NOTE, message, fix, Confidence.MEDIUM)
    if is_simple:
        fix = f"remove the value; {_instead(uses, one, is_kept=is_kept)}"
        return _finding(uses, step, Severity.WARNING, message, fix, Confidence.MEDIUM)
    severity = Severity.ERROR if _is_exported(uses, step) else Severity.WARNING
    fix = f"remove the value and revoke it; {_instead(uses, one, is_kept=is_kept)}"
    return _finding(uses, step, severity, message, fix, Confidence.MEDIUM)


def _fed(build: BuildContext, uses: _Uses, one: _Variable) -> list[str]:
    """The names of what an ENV of the image takes from an ARG that no RUN uses."""
    from ctxopt.image.variables import variables_of

    if one.step.kind != "ARG" or not _is_exported(uses, one.step) or _users(uses, one)[1]:
        return []
    taking = (step for step in build.plan.steps if step.kind == "ENV" and step.stage == one.step.stage)
    pairs = (pair for step in taking for pair in variables_of(step))
    return [name for name, value in pairs if one.name in _REFERENCE.findall(value or "")]


def _is_unused(build: BuildContext, uses: _Uses, one: _Variable) -> bool:
    """Whether an argument is one of a stage that is not in the image, and no build of the repository gives it."""
    if one.step.kind != "ARG" or _is_exported(uses, one.step) or one.name in build.build_args:
        return False
    # Imported here because few builds have such an argument.
    from ctxopt.evidence.operation import is_never_given

    return is_never_given(build, one.name)


def _stays(uses: _Uses, one: _Variable) -> bool:
    """Whether it matters that a value which the build is given is kept: in an ENV of the image, or as a RUN takes it.

    A command takes it where it names it, by a file, or as the tool whose name the variable begins with.
    """
    if uses.for_trying or (uses.for_development and not _users(uses, one)[1]):
        return False
    exported = _is_exported(uses, one.step)
    if _users(uses, one)[1] > 0 or _readers(uses, one.name) or (exported and one.step.kind == "ENV"):
        return True
    return exported and one.name.partition("_")[0].lower() in uses.words


def _readers(uses: _Uses, name: str) -> list[str]:
    """The paths of files of package managers that take a variable."""
    return list(uses.settings.get(name, ()))


def _writing_line(context: RuleContext, uses: _Uses, one: _Variable) -> int:
    """The line of a RUN that writes a variable into a file of the image with `sed -i`; 0 for none.

    A mount would leave it there. A file of a package manager is only there for the build.
    """
    if not _is_exported(uses, one.step):
        return 0
    value = re.compile(rf"\$(?:\{{{re.escape(one.name)}\}}|{re.escape(one.name)}\b)")
    steps = context.build.plan.steps
    for number in uses.runs.get((one.step.stage, one.name), ([], []))[0][:_NAMED]:
        for run in context.commands.of(number) if "sed" in steps[number].text else ():
            edits = run.name == "sed" and any(word.startswith(("-i", "--in-place")) for word in run.words)
            if edits and any(map(value.search, run.written or run.words)) and not run.words[-1].endswith(_SETTINGS):
                return steps[number].line
    return 0


def _passed(context: RuleContext, uses: _Uses, one: _Variable, fed: Sequence[str]) -> Finding:
    """The finding about a value that is not in the Dockerfile, but given to the build as an argument."""
    kept = "environment" if one.step.kind == "ENV" else "history"
    exported = _is_exported(uses, one.step)
    where = f"the {kept} of the image" if exported else _where(uses, one.step)
    writing = _writing_line(context, uses, one)
    instead = f"pass {', '.join(fed)} when the container starts (docker run --env-file)" if fed else ""
    if writing:
        instead = f"let the container write it when it starts, and not line {writing}, which leaves it in a file"
    return _finding(
        uses,
        one.step,
        Severity.WARNING if exported and not uses.for_trying else Severity.NOTE,
        f"the value of {one.name} that the build is given stays in {where}",
        instead or _instead(uses, one),
        Confidence.MEDIUM,
    )


def _instead(uses: _Uses, one: _Variable, *, is_kept: bool = False) -> str:
    """What to do in place of a variable: mount it in the RUN that use it, or pass it to the container."""
    name = one.name
    users, count = _users(uses, one)
    mount = f"RUN --mount=type=secret,id={name},env={name} (Dockerfile syntax 1.10 or newer)"
    if users:
        more = f" and {count - _NAMED:,} more" if count > _NAMED else ""
        readers = _readers(uses, name)
        read = f" and in each RUN that reads {readers[0]}" if readers else ""
        return f"write {mount} in {layers.lines(users)}{more}{read}, and build with --secret id={name}"
    if (is_kept or one.step.kind not in ("ARG", "RUN")) and _is_exported(uses, one.step):
        return f"pass {name} when the container starts (docker run --env-file)"
    return f"write {mount} where a command needs it, and build with --secret id={name}"


def _users(uses: _Uses, one: _Variable) -> tuple[list[int], int]:
    """The lines of the RUN that set a variable, or come after it is set in its stage and name it, and their number.

    Of very many only the first lines are given.
    """
    if one.step.kind == "RUN":
        return [one.step.line], 1
    numbers, lines = uses.runs.get((one.step.stage, one.name), ([], []))
    first = bisect_right(numbers, one.number)
    return lines[first : first + _NAMED], len(lines) - first


def _from_argument(uses: _Uses, one: _Variable) -> bool:
    """Whether a variable takes its value from an ARG of its stage, which has none in the Dockerfile."""
    from ctxopt.image.variables import variables_of

    values = [value or "" for name, value in variables_of(one.step) if name == one.name]
    names = (name for value in values for name in _REFERENCE.findall(value))
    return any(uses.arguments.get((one.step.stage, name), one.number) < one.number for name in names)


def _finding(uses: _Uses, step: Step, severity: Severity, message: str, fix: str, confidence: Confidence) -> Finding:
    return Finding(RULE.id, severity, uses.file, step.line, message, fix, confidence=confidence, end_line=step.end_line)
