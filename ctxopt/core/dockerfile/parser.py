"""From the text of a Dockerfile to its instructions, as BuildKit's parser splits them."""

import json
import re
from collections.abc import Iterator
from dataclasses import field, replace
from functools import lru_cache

from ctxopt.core.dockerfile.lex import Lex, LexError
from ctxopt.core.golang.text import BOM, SPACE, LineTooLong, replace_invalid, scan_lines, trim_space
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import DockerfileError

_WHITESPACE = lazy_re(r"[\t\v\f\r ]+")
_DIRECTIVE = lazy_re(r"([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=(?=.)")
_GO_SPACE = "\t\n\f\r "
_DIRECTIVES = ("syntax", "escape", "check")
_HEREDOC = lazy_re(r"([0-9]*)<<(-?)([^<]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A here-document: its terminator, its text, and whether leading tabs are removed and variables expanded."""

    name: str
    strip_tabs: bool
    expand: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction as written.

    `keyword` is in capitals; `line` and `end_line` count from 1; `text` is the whole instruction with
    its continuation lines joined; `rest` is the text after the keyword and the flags; `args` are
    its words, unexpanded; `is_json` is True for the JSON form. `comments` are the texts of the comments right above it.
    `empty_lines` says that it has empty lines in it.
    """

    keyword: str
    line: int
    end_line: int
    text: str
    flags: tuple[str, ...]
    args: tuple[str, ...]
    is_json: bool = False
    heredocs: tuple[Heredoc, ...] = ()
    rest: str = ""
    comments: tuple[str, ...] = ()
    empty_lines: bool = False


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A parsed Dockerfile: its instructions, parser directives and escape character."""

    instructions: tuple[Instruction, ...]
    directives: dict[str, str] = field(default_factory=dict)
    escape: str = "\\"


@lru_cache(maxsize=2)
def parse(data: bytes, file: str) -> ParsedFile:
    """Parse a Dockerfile. Raises DockerfileError with the line at which BuildKit would give up.

    The last ones are remembered: several targets of one are looked at one after the other.
    """
    return _parsed(data, file)


def _parsed(data: bytes, file: str) -> ParsedFile:
    if not data:
        raise DockerfileError("the Dockerfile is empty", file=file, hint="add a FROM instruction")
    parser = _Parser(data, file)
    try:
        return parser.run()
    except LineTooLong as error:
        raise DockerfileError(
            f"a {error}, which is more than BuildKit reads", file=file, line=error.line, hint="split the line"
        ) from None


def parse_trigger(text: str, file: str, line: int) -> Instruction:
    """Parse the instruction of an ONBUILD; the result has the given line.

    Raises DockerfileError.
    """
    parsed = _parsed(text.encode("utf-8", "surrogateescape"), file).instructions
    if len(parsed) != 1:
        raise DockerfileError("an ONBUILD trigger must be one instruction", file=file, line=line)
    return replace(parsed[0], line=line, end_line=line)


def heredoc_of(word: str) -> Heredoc | None:
    """The here-document that a word such as `<<-"EOF"` opens, or None."""
    found = _HEREDOC.fullmatch(word)
    if found is None or not found[3]:
        return None
    words = Lex(keep_unset=True).expand(found[3], {}).words
    if len(words) != 1:
        return None
    raw = Lex(keep_unset=True, raw_quotes=True).expand(found[3], {}).words
    return Heredoc(words[0], found[2] == "-", _quotes(words[0]) == _quotes(raw[0] if raw else ""))


class _Parser:
    def __init__(self, data: bytes, file: str) -> None:
        self.file = file
        self.lines = scan_lines(data)
        self.number = 0
        self.directives: dict[str, str] = {}
        self.directives_done = False
        self.escape = "\\"
        #: Whether the instruction that is read has an empty line in it.
        self.empty_lines = False

    def run(self) -> ParsedFile:
        instructions = []
        comments: list[str] = []
        while (raw := self._read()) is not None:
            if self.number == 1:
                raw = raw.removeprefix(BOM)
            line = raw.rstrip("\r\n").lstrip(SPACE)
            is_directive = self._directive(line)
            if line.startswith("#"):
                comment = trim_space(raw[1:])
                if not comment:
                    comments = []
                elif not is_directive:
                    comments.append(comment)
                continue
            start = self.number
            text, goes_on = self._continuation(line)
            if not goes_on and not text:
                continue
            self.empty_lines = False
            instruction = self._instruction(text + (self._continued() if goes_on else ""), start)
            if comments or self.empty_lines:
                instruction = replace(instruction, comments=tuple(comments), empty_lines=self.empty_lines)
            instructions.append(self._with_heredocs(instruction))
            comments = []
        if not instructions:
            raise DockerfileError("the file has no instructions", file=self.file, hint="add a FROM instruction")
        return ParsedFile(tuple(instructions), self.directives, self.escape)

    def _read(self) -> str | None:
        line = next(self.lines, None)
        self.number += line is not None
        return line

    def _error(self, problem: str, line: int, hint: str = "") -> DockerfileError:
        return DockerfileError(problem, file=self.file, line=line, hint=hint)

    def _directive(self, line: str) -> bool:
        """Record a parser directive, and return whether it is one; after any other line there are no more of them."""
        if self.directives_done:
            return False
        # What Go's regular expressions take for space: no vertical tab, and nothing beyond ASCII.
        comment = line[1:].lstrip(_GO_SPACE)
        found = _DIRECTIVE.match(comment) if line.startswith("#") else None
        name = found[1].lower() if found else ""
        if found is None or name not in _DIRECTIVES:
            self.directives_done = True
            return False
        if name in self.directives:
            raise self._error(f"only one {name} parser directive can be used", self.number)
        value = comment[found.end() :]
        self.directives[name] = value = value.strip(_GO_SPACE) or value[-1]
        if name == "escape":
            if value not in ("\\", "`"):
                raise self._error(f"invalid escape character '{value}'", self.number, "use \\ or `")
            self.escape = value
        return True

    def _continuation(self, line: str) -> tuple[str, bool]:
        """The line without a final escape character, and whether it had one.

        An escaped escape character does not continue a line. What looks like the end of a line here
        is any newline that is not stripped, so the text before it stays.
        """
        body = line.rstrip(" \t")
        if body.endswith(self.escape) and not body[:-1].endswith(self.escape):
            return body[:-1], True
        return line, False

    def _continued(self) -> str:
        parts = []
        goes_on = True
        while goes_on and (raw := self._read()) is not None:
            line = raw.rstrip("\r\n")
            stripped = line.lstrip(SPACE)
            self.directives_done = True
            if not stripped or stripped.startswith("#"):
                self.empty_lines |= not stripped
                continue
            line, goes_on = self._continuation(line)
            parts.append(line)
        return "".join(parts)

    def _instruction(self, text: str, line: int) -> Instruction:
        words = _WHITESPACE.split(trim_space(text), maxsplit=1)
        keyword = words[0].upper()
        flags: tuple[str, ...] = ()
        rest = ""
        if len(words) == 2:
            rest, flags = _split_flags(words[1])
            rest = trim_space(rest)
        try:
            args, is_json = self._arguments(keyword, rest)
        except ValueError as error:
            raise self._error(str(error), line) from None
        return Instruction(keyword, line, self.number, text, flags, args, is_json, rest=rest)

    def _arguments(self, keyword: str, rest: str) -> tuple[tuple[str, ...], bool]:
        """The words of an instruction, split as its keyword requires. Raises ValueError."""
        if not rest:
            return (), False
        if keyword in ("COPY", "ADD", "VOLUME"):
            words = _json_words(rest)
            return (words, True) if words is not None else (tuple(_WHITESPACE.split(rest)), False)
        if keyword in ("RUN", "CMD", "ENTRYPOINT", "SHELL"):
            words = _json_words(rest)
            return (words, True) if words is not None else ((rest,), False)
        if keyword in ("FROM", "EXPOSE"):
            return tuple(_WHITESPACE.split(rest)), False
        if keyword in ("ENV", "LABEL"):
            return _key_values(rest, keyword, self.escape), False
        if keyword == "ARG":
            return tuple(_words(rest, self.escape)), False
        if keyword == "HEALTHCHECK":
            kind, _, command = _partition_space(rest)
            if not command:
                return (kind,), False
            words = _json_words(command)
            return ((kind, *words), True) if words is not None else ((kind, command), False)
        if keyword == "ONBUILD":
            # The trigger is cut here only to see that it can be; it is parsed again where it fires.
            if _WHITESPACE.split(rest, maxsplit=1)[0].upper() == "ONBUILD":
                return ("ONBUILD",), False
            inner = self._instruction(rest, self.number)
            return (inner.keyword, *inner.args), inner.is_json
        return (rest,), False

    def _with_heredocs(self, instruction: Instruction) -> Instruction:
        keyword = instruction.keyword
        if keyword == "ONBUILD" and instruction.args:
            keyword = instruction.args[0]
        if keyword not in ("COPY", "ADD", "RUN") or instruction.is_json or "<<" not in instruction.text:
            return instruction
        try:
            opened = list(_heredocs_in(instruction.text))
        except LexError as error:
            raise self._error(str(error), instruction.line) from None
        if not opened:
            return instruction
        heredocs = tuple(self._heredoc_text(heredoc, instruction.line) for heredoc in opened)
        return replace(instruction, heredocs=heredocs, end_line=self.number)

    def _heredoc_text(self, heredoc: Heredoc, line: int) -> Heredoc:
        text: list[str] = []
        while (raw := self._read()) is not None:
            end = replace_invalid(raw.rstrip("\r\n"))
            if (end.lstrip("\t") if heredoc.strip_tabs else end) == heredoc.name:
                return replace(heredoc, text="".join(text))
            text.append(raw)
        raise self._error(f"the here-document {heredoc.name} is not ended", line, f"add a line {heredoc.name}")


def _heredocs_in(text: str) -> Iterator[Heredoc]:
    lex = Lex(raw_quotes=True, raw_escapes=True, keep_unset=True)
    try:
        words = lex.expand(text, {}).words
    except LexError:
        return
    for word in words:
        heredoc = heredoc_of(word)
        if heredoc is not None:
            yield heredoc


def _quotes(text: str) -> int:
    return text.count("'") + text.count('"')


def _json_words(text: str) -> tuple[str, ...] | None:
    """The words of a JSON array; None for what is no JSON array. Raises ValueError for other members."""
    text = text.lstrip(SPACE)
    if not text.startswith("["):
        return None
    try:
        value = json.loads(replace_invalid(text), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(word, str) for word in value):
        raise ValueError("a JSON array here must contain only strings")
    return tuple(replace_invalid(word) for word in value)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _split_flags(line: str) -> tuple[str, tuple[str, ...]]:
    """Split `--flag` words off the front; returns the rest and the flags with quotes and escapes removed.

    BuildKit goes byte by byte here, and takes each for a character: `é` in a flag is two others, of which
    the second byte of `à` is even a space.
    """
    line = _as_bytes(line)
    flags: list[str] = []
    at = 0
    while True:
        while at < len(line) and line[at] in SPACE:
            at += 1
        if not line.startswith("--", at):
            return _from_bytes(line[at:]), tuple(flags)
        word, at, quoted = _flag_word(line, at)
        if word == "--":
            return _from_bytes(line[at:]), tuple(flags)
        if word or quoted:
            flags.append(word)


def _flag_word(line: str, at: int) -> tuple[str, int, bool]:
    word = []
    quote = ""
    quoted = False
    while at < len(line):
        char = line[at]
        if quote:
            if char == quote:
                quote = ""
                at += 1
                continue
        elif char in SPACE:
            break
        elif char in "'\"":
            quote = char
            quoted = True
            at += 1
            continue
        if char == "\\":
            at += 1
            if at == len(line):
                break
            char = line[at]
        word.append(char)
        at += 1
    return "".join(word), at, quoted


def _words(text: str, escape: str) -> list[str]:
    """Words separated by space, with quotes and escapes left in them."""
    words = []
    word: list[str] = []
    quote = ""
    quoted = False
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if not quote and char in SPACE:
            if word or quoted:
                words.append("".join(word))
            word, quoted = [], False
            continue
        if quote:
            if char == quote:
                quote = ""
        elif char in "'\"":
            quote = char
            quoted = True
        if char == escape and quote != "'":
            if at == len(text):
                break
            word.append(char)
            char = text[at]
            at += 1
        word.append(char)
    if word or quoted:
        words.append("".join(word))
    return words


def _key_values(text: str, keyword: str, escape: str) -> tuple[str, ...]:
    """`KEY value` or `KEY=value ...` as keys and values in turn. Raises ValueError."""
    words = _words(text, escape)
    if not words:
        return ()
    if "=" not in words[0]:
        parts = _WHITESPACE.split(text, maxsplit=1)
        if len(parts) < 2:
            raise ValueError(f"{keyword} must have two arguments")
        return tuple(parts)
    pairs: list[str] = []
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f'cannot find = in "{word}"; write name=value')
        pairs += [key, value]
    return tuple(pairs)


def _partition_space(text: str) -> tuple[str, str, str]:
    """A text up to its first space, that space, and what follows; BuildKit goes byte by byte here too."""
    mapped = _as_bytes(text)
    for at, char in enumerate(mapped):
        if char in SPACE:
            return _from_bytes(mapped[:at]), char, _from_bytes(mapped[at:].lstrip(SPACE))
    return text, "", ""


def _as_bytes(text: str) -> str:
    """A text in which each byte is a character."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def _from_bytes(mapped: str) -> str:
    return mapped if mapped.isascii() else mapped.encode("latin-1").decode("utf-8", "surrogateescape")
