"""Dockerfiles for an engine that reaches no registry."""

import re
from collections.abc import Mapping

_SYNTAX = re.compile(r"^[ \t]*#[ \t]*syntax[ \t]*=.*\n?", re.MULTILINE | re.IGNORECASE)
_FROM = re.compile(r"^([ \t]*FROM[ \t]+)((?:--\S+[ \t]+)*)(\S+)(?:[ \t]+AS[ \t]+(\S+))?", re.MULTILINE | re.IGNORECASE)
_FROM_PLATFORM = re.compile(r"^([ \t]*FROM[ \t]+)--platform=\S+[ \t]+", re.MULTILINE | re.IGNORECASE)
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}")
_OTHER = re.compile(r"^[ \t]*(?:COPY|RUN)[ \t].*?(?:--from=|--mount=\S*\bfrom=)([^\s,]+)", re.MULTILINE | re.IGNORECASE)
_ARG = re.compile(r"^[ \t]*ARG[ \t]+(\w+)=[\"']?([^\s\"']*)", re.MULTILINE | re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})")


def prepared(text: str, unknown_flags: tuple[str, ...] = ()) -> str:
    """The Dockerfile without what asks for a registry: the front end's image, digests, platforms.

    Flags of COPY and ADD that the engine's own front end does not know can be taken out as well.
    """
    text = _DIGEST.sub("", _FROM_PLATFORM.sub(r"\1", _SYNTAX.sub("", text)))
    for flag in unknown_flags:
        text = re.sub(rf"(?im)(^[ \t]*(?:COPY|ADD)[ \t].*?)--{flag}(?:=\S+)?[ \t]+", r"\1", _repeated(text, flag))
    return text


def _repeated(text: str, flag: str) -> str:
    """The text in which each instruction has the flag at most once."""
    return re.sub(rf"(?i)(--{flag}(?:=\S+)?[ \t]+)(?=--{flag}\b)", "", text)


def base_names(text: str, args: Mapping[str, str] | None = None) -> frozenset[str]:
    """The images that a Dockerfile names, in FROM, `--from` and mounts; its own stages are none."""
    found = [(name, stage) for _, _, name, stage in _FROM.findall(text)]
    stages = {stage.lower() for _, stage in found if stage} | {str(number) for number in range(len(found))}
    values = dict(_ARG.findall(text.split("FROM ", 1)[0])) | dict(args or {})
    names = {_resolved(name, values) for name in [*(name for name, _ in found), *_OTHER.findall(text)]}
    return frozenset(name for name in names if name.lower() not in stages | {"scratch", "context", ""})


def _resolved(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values.get(found[1] or found[2]) or found[3] or "", text)
