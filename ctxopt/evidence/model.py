"""What the evidence is about and what comes of it."""

from dataclasses import dataclass

from ctxopt.core.dockerfile.model import ContextRead, Plan


@dataclass(frozen=True, slots=True)
class Site:
    """One broad read in one build. `build` is the build's name for people."""

    build: str
    plan: Plan
    read: ContextRead


@dataclass(frozen=True, slots=True)
class Reason:
    """Why entries may go, in words that a person can check.

    `key` is one of "secret", "dependency", "output", "removed-later", "vcs", "cache", "os", "editor",
    "docker", "ci", "git-ignored", "tests" and "docs". `warning` says what else matters about them.
    """

    key: str
    text: str
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Entries that may go: paths relative to the context, whole directories without a slash at the end.

    `patterns` are the general patterns that people would write for them, none where there are none that
    would leave the entries out and nothing else that was looked at.
    """

    reason: Reason
    entries: tuple[str, ...]
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry that some evidence spoke for leaving out, and what speaks against."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What may go, what looks as if it might but may not, and what people should know besides."""

    claims: tuple[Claim, ...]
    kept: tuple[Kept, ...]
    warnings: tuple[str, ...]
