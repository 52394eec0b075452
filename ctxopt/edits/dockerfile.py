"""Edits of a Dockerfile by its instructions."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

from ctxopt.core.dockerfile.parser import Instruction, parse
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.edits.lines import Lines
from ctxopt.edits.model import Edit

_KEYWORD: Final = lazy_re(rb"[ \t]*[A-Za-z]+")
#: What has a shell end at the first error: `set -e`, or an option of its own.
_ENDS_AT_ERRORS: Final = lazy_re(
    r"(?m)(?:^[ \t]*|[;&][ \t]*)(?:set|#![^\n]*sh|[a-z]*sh)[ \t]+(?:[^\n]*[ \t])?(?:-[a-z]*e|-o errexit)"
)
#: A flag of an instruction, unless it has quotes.
_FLAG: Final = lazy_re(rb"--[^\s\"'\\`]*(?=\s)")
#: What joins a RUN's commands so that the next one only runs after the one before it succeeded.
_AND: Final = b"&& "
#: What a command that another one is added to must not end with: an operator, a comment, or nothing.
_OPEN_END: Final = lazy_re(r"(?:[;&|(]|\b(?:then|do|else))\s*$|(?:^|\s)#[^\n]*$")
#: The indentation of continuation lines where there is none to copy.
_INDENT: Final = b"    "


def ends_at_errors(script: str) -> bool:
    """Whether the shell that runs a here-document, with its text, ends at the first error."""
    return _ENDS_AT_ERRORS.search(script) is not None


@dataclass(frozen=True)
class DockerfileText:
    """The text of a Dockerfile, `file` being its name in edits.

    Instructions are named by the line in which they start. Raises DockerfileError, on first use, where BuildKit would
    refuse the file.
    """

    file: str
    data: bytes

    @cached_property
    def lines(self) -> Lines:
        """Its lines."""
        return Lines(self.file, self.data)

    @cached_property
    def _instructions(self) -> dict[int, Instruction]:
        return {one.line: one for one in parse(self.data, self.file).instructions}

    @cached_property
    def _escape(self) -> bytes:
        return parse(self.data, self.file).escape.encode()

    def instruction(self, line: int) -> Instruction | None:
        """The instruction that starts in a line; None if none does."""
        return self._instructions.get(line)

    def without(self, line: int) -> tuple[Edit, ...]:
        """The edits that remove an instruction, and the empty line below it if one is above; comments stay."""
        return self._removed([line])

    def _removed(self, instructions: Iterable[int]) -> tuple[Edit, ...]:
        found = [self._instructions[line] for line in instructions]
        return self.lines.removed_with_gaps(number for one in found for number in range(one.line, one.end_line + 1))

    def lines_of(self, line: int) -> list[bytes]:
        """The lines of an instruction without their line ends."""
        found = self._instructions[line]
        return [self.lines.text(number) for number in range(found.line, found.end_line + 1)]

    def moved(self, moves: Sequence[int], target: int) -> tuple[Edit, ...]:
        """The edits that move instructions, in this order, above another one and the comments that belong to it."""
        texts = [text for line in moves for text in self.lines_of(line)]
        return (self.inserted_above(target, texts), *self._removed(moves))

    def inserted_above(self, line: int, texts: Iterable[bytes]) -> Edit:
        """The edit that inserts lines above an instruction, and above the comments directly above that."""
        above = line
        while above > 1 and self.lines.text(above - 1).lstrip(b" \t").startswith(b"#"):
            above -= 1
        if above == 1 and line > 1:
            # The first lines may be parser directives.
            above = line
        return self.lines.inserted(above, texts)

    def inserted_below(self, line: int, texts: Iterable[bytes]) -> Edit:
        """The edit that inserts lines below an instruction."""
        return self.lines.inserted(self._instructions[line].end_line + 1, texts)

    def with_keyword(self, line: int, keyword: str) -> Edit:
        """The edit that gives an instruction another keyword, in the case of the letters that it has."""
        start = self.lines.start_of(line)
        found = _KEYWORD.match(self.data, start)
        assert found is not None
        written = found[0].lstrip(b" \t")
        new = keyword.lower() if written.islower() else keyword
        return Edit(self.file, found.end() - len(written), found.end(), new.encode())

    def places(self, line: int, text: str) -> list[int]:
        """The offsets of a text in the lines of an instruction, without comments.

        A text that is continued in another line is not found.
        """
        found = self._instructions[line]
        wanted = text.encode("utf-8", "surrogateescape")
        offsets: list[int] = []
        for number in self._content_lines(found):
            start = self.lines.start_of(number)
            end = start + len(self.lines.text(number))
            at = self.data.find(wanted, start, end)
            while at >= 0:
                offsets.append(at)
                at = self.data.find(wanted, at + 1, end)
        return offsets

    def ends_of(self, line: int, words: Sequence[str]) -> list[int]:
        """The offsets behind some words that follow each other in a line of an instruction, wherever they do.

        They are words of a shell: nothing but space or an operator is around them.
        """
        found = self._instructions[line]
        each = (re.escape(word.encode("utf-8", "surrogateescape")) for word in words)
        wanted = re.compile(rb"(?<![^\s;&|(`])" + rb"[ \t]+".join(each) + rb"(?![^\s;&|)`])")
        return [
            self.lines.start_of(number) + match.end()
            for number in self._content_lines(found)
            for match in wanted.finditer(self.lines.text(number))
        ]

    def replaced(self, line: int, old: str, new: str) -> Edit | None:
        """The edit that replaces a text which an instruction has once; None where it has it never or more often."""
        offsets = self.places(line, old)
        if len(offsets) != 1:
            return None
        length = len(old.encode("utf-8", "surrogateescape"))
        return Edit(self.file, offsets[0], offsets[0] + length, new.encode("utf-8", "surrogateescape"))

    def with_first_command(self, line: int, command: str) -> Edit | None:
        """The edit that adds a command to the start of a RUN that a shell runs.

        None in the JSON form, and where the start is not found.
        """
        found = self._instructions[line]
        if found.is_json or found.keyword != "RUN":
            return None
        if found.heredocs:
            return self._with_first_in_heredoc(found, command)
        at = self._body_of(found)
        return None if at is None else Edit(self.file, at, at, command.encode() + b" " + _AND)

    def _body_of(self, found: Instruction) -> int | None:
        """The offset of the text after the keyword and the flags of an instruction; None where it is not found."""
        keyword = _KEYWORD.match(self.data, self.lines.start_of(found.line))
        end = self.lines.start_of(found.end_line + 1)
        at = end if keyword is None else keyword.end()
        gap = re.compile(rb"(?:[ \t]|" + re.escape(self._escape) + rb"[ \t]*\r?\n(?:[ \t]*#[^\n]*\n|[ \t]*\r?\n)*)*")
        while at < end:
            skipped = gap.match(self.data, at, end)
            at = at if skipped is None else skipped.end()
            flag = _FLAG.match(self.data, at, end)
            if flag is None:
                return at if at < end else None
            at = flag.end()
        return None

    def _with_first_in_heredoc(self, found: Instruction, command: str) -> Edit | None:
        if not self._is_script(found):
            return None
        first = found.line + 1
        while first < found.end_line and self.lines.text(first).lstrip().startswith((b"#", b"set ")):
            first += 1
        body = self.lines.text(first)
        indent = body[: len(body) - len(body.lstrip(b"\t "))] if first < found.end_line else b""
        return self.lines.inserted(first, [indent + command.encode()])

    @staticmethod
    def _is_script(found: Instruction) -> bool:
        """Whether an instruction is one here-document that a shell runs."""
        if len(found.heredocs) != 1 or not re.fullmatch(r"(?:(?:set|[a-z]*sh)\s[^;&|]*)?<<-?\S+", found.rest):
            return False
        first = found.heredocs[0].text.split("\n", 1)[0]
        return not first.startswith("#!") or re.search(r"\b(?:ba|da|a)?sh\b", first) is not None

    def with_command(self, line: int, command: str) -> Edit | None:
        """The edit that adds a command to the end of a RUN that a shell runs.

        It gets a line of its own where the RUN has several. None where something else would become of it: in the JSON
        form, after a comment, or where the text ends within an operator.
        """
        found = self._instructions[line]
        if found.is_json or found.keyword != "RUN":
            return None
        if found.heredocs:
            return self._with_command_in_heredoc(found, command)
        if _OPEN_END.search(found.text):
            return None
        last = max(self._content_lines(found), default=None)
        if last is None:
            return None
        start = self.lines.start_of(last)
        content = self.lines.text(last).rstrip(b" \t\r")
        if content.endswith(self._escape):
            content = content[: -len(self._escape)].rstrip(b" \t")
        at = start + len(content)
        new = _AND + command.encode()
        if last > found.line:
            # Aligned with the line above, whose indentation comes before an operator.
            indent = content[: len(content) - len(content.lstrip(b" \t"))] or _INDENT
            return Edit(self.file, at, at, b" " + self._escape + self.lines.end + indent + new)
        return Edit(self.file, at, at, b" " + new)

    def _with_command_in_heredoc(self, found: Instruction, command: str) -> Edit | None:
        """The edit that adds a command as the last line of a RUN's only here-document, which a shell runs.

        None where the shell goes on after an error: the RUN would no longer end with the error of its last line.
        """
        if not self._is_script(found) or not ends_at_errors(f"{found.rest}\n{found.heredocs[0].text}"):
            return None
        body = self.lines.text(found.end_line - 1) if found.end_line - 1 > found.line else b""
        if body.rstrip().endswith((b"\\", b"&&", b"|", b";")):
            return None
        indent = body[: len(body) - len(body.lstrip(b"\t "))]
        return self.lines.inserted(found.end_line, [indent + command.encode()])

    def _content_lines(self, found: Instruction) -> list[int]:
        """The lines of an instruction that are no comments and not empty, here-documents included."""
        numbers = range(found.line, found.end_line + 1)
        if found.heredocs:
            return list(numbers)
        return [
            number
            for number in numbers
            if (text := self.lines.text(number).strip(b" \t\r")) and (number == found.line or not text.startswith(b"#"))
        ]
