"""Suppressions in the comments of a Dockerfile.

`# ctxopt ignore=RULE,RULE reason` applies to the instruction that follows, or that contains it;
`# ctxopt global ignore=RULE reason` to the whole build, including its ignore file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.parser import Instruction, parse
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re

_COMMENT = lazy_re(r"[ \t]*#[ \t]*ctxopt(?:[ \t]+(?P<rest>[^\n]*))?")
_IGNORE = lazy_re(
    r"(?P<whole>global[ \t]+)?ignore[ \t]*=[ \t]*(?P<rules>[\w-]++(?:,[\w-]++)*+)(?P<reason>[ \t][^\n]*)?"
)


@dataclass(frozen=True, slots=True)
class InlineSuppression:
    """A suppression in a comment: its line, the rules, the reason, and the lines of the instruction it applies to.

    A `Suppression` is one of the configuration. `lines` is None for a comment that applies to the whole build.
    `lines_before` are those of the same instruction at the revision that says whether the comment counts, if one does.
    """

    line: int
    rules: tuple[str, ...]
    reason: str
    lines: tuple[int, int] | None
    lines_before: tuple[int, int] | None = None

    def covers(self, rule: str, line: int | None, *, in_dockerfile: bool) -> bool:
        """Whether it suppresses a finding, by its rule and location."""
        if rule not in self.rules:
            return False
        if self.lines is None:
            return True
        return in_dockerfile and line is not None and self.lines[0] <= line <= self.lines[1]


#: The bytes of a Dockerfile at a revision, by the Dockerfile's absolute path; None where it does not have one.
DockerfileAt = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class InlinePolicy:
    """Which comments of a Dockerfile suppress findings: all, none, or those that a revision has as well.

    `at_revision` gives the Dockerfile of that revision, whose name is `revision`. `before` gives the build as it was
    there, None where that is not known: then the Dockerfile of there is planned like the one of now.
    """

    allowed: bool = True
    at_revision: DockerfileAt | None = None
    revision: str = ""
    before: Callable[[], BuildContext | None] | None = None


@dataclass(frozen=True, slots=True)
class Inline:
    """The suppressions in the comments of a Dockerfile, and notes about comments that are invalid."""

    suppressions: tuple[InlineSuppression, ...] = ()
    notes: tuple[str, ...] = ()


def inline_suppressions(data: bytes, file: str, rules: Mapping[str, str]) -> Inline:
    """The suppressions of a Dockerfile that can be parsed; `rules` maps the names of rules to their ids."""
    instructions = parse(data, file).instructions
    found: list[InlineSuppression] = []
    notes: list[str] = []
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
        comment = _COMMENT.fullmatch(line.rstrip("\r"))
        if comment is None or _is_text(number, instructions):
            continue
        rest = comment["rest"] or ""
        said = _IGNORE.fullmatch(rest)
        if said is None and _is_prose(rest):
            continue
        unknown = () if said is None else tuple(rule for rule in said["rules"].split(",") if rule not in rules)
        if said is None or not (said["reason"] or "").strip():
            notes.append(f"{file}:{number}: write # ctxopt ignore=RULE and a reason; this comment suppresses nothing")
        elif unknown:
            notes.append(f"{file}:{number}: unknown rule {', '.join(unknown)}; this comment suppresses nothing")
        else:
            lines = None if said["whole"] else _about(number, instructions)
            named = tuple(rules[name] for name in said["rules"].split(","))
            found.append(InlineSuppression(number, named, said["reason"].strip(), lines))
    return Inline(tuple(found), tuple(notes))


def _is_prose(rest: str) -> bool:
    """Whether a comment only mentions ctxopt, and is not meant to suppress anything."""
    words = rest.split(None, 2)[:2]
    return bool(words) and words[0] not in ("ignore", "global") and not any("=" in word for word in words)


def _is_text(number: int, instructions: Sequence[Instruction]) -> bool:
    """Whether a line may belong to a here-document, which has no comments of the Dockerfile."""
    return any(one.heredocs and one.line < number <= one.end_line for one in instructions)


def _about(number: int, instructions: Sequence[Instruction]) -> tuple[int, int]:
    """The lines of the instruction that contains or follows a comment; after the last one it applies to none."""
    return next(((one.line, one.end_line) for one in instructions if one.end_line >= number), (number, number))


def as_in(inline: Inline, data: bytes, before: Inline, earlier: bytes, revision: str, file: str) -> Inline:
    """The suppressions of a Dockerfile that another state of it has as well, with a note about each of the others.

    `data` and `earlier` are the bytes of the two states. A suppression is the same if its rules and its reason are, and
    the instruction that it applies to.
    """
    known: dict[object, list[InlineSuppression]] = {}
    for one in reversed(before.suppressions):
        known.setdefault(_identity(one, earlier), []).append(one)
    kept: list[InlineSuppression] = []
    notes = [*inline.notes]
    for one in inline.suppressions:
        same = known.get(_identity(one, data))
        if same:
            kept.append(replace(one, lines_before=same.pop().lines))
        else:
            notes.append(f"{file}:{one.line}: this comment suppresses nothing: {revision} does not have it")
    return Inline(tuple(kept), tuple(notes))


def _identity(suppression: InlineSuppression, data: bytes) -> tuple[frozenset[str], str, bytes | None]:
    """What makes a suppression the same in another state: not its line."""
    if suppression.lines is None:
        about = None
    else:
        first, last = suppression.lines
        about = b"\n".join(line.strip() for line in data.split(b"\n")[first - 1 : last])
    return frozenset(suppression.rules), suppression.reason, about
