"""Texts with variables: `"..."`, here-documents, and the strings of a JSON file."""

from collections.abc import Callable
from dataclasses import field

from ctxopt.builds.hcl.syntax import Expression, Literal, Part, Template, TemplateFor, TemplateIf
from ctxopt.builds.hcl.text import Cursor
from ctxopt.core.golang.text import replace_invalid
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re

#: Reads the expression at a place.
Inserted = Callable[[Cursor], Expression]

_HEREDOC = lazy_re(r"<<(-?)([^\W\d][\w-]*)[ \t\r]*\n")
#: Text up to the next character that may mean something.
_PLAIN = lazy_re(r"[^\"\\$%\n]+")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_CODE_POINT = lazy_re(r"u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})")


@dataclass(slots=True)
class _Piece:
    """A piece of a template: the text of one line, or an expression, or a directive by its keyword."""

    text: str = ""
    part: Part | None = None
    keyword: str = ""
    names: tuple[str, ...] = ()
    line: int = 0


def quoted_template(cursor: Cursor, inserted: Inserted) -> Expression:
    """The template in quotation marks here. Raises CtxoptError."""
    cursor.at += 1
    return _Reader(cursor, inserted, quoted=True).template()


def heredoc(cursor: Cursor, inserted: Inserted) -> Expression:
    """The here-document here. Raises CtxoptError."""
    begin = cursor.matched(_HEREDOC)
    if begin is None:
        raise cursor.error("<< begins no here-document")
    return _Reader(cursor, inserted, marker=begin[2], flush=bool(begin[1])).template()


def bare_template(cursor: Cursor, inserted: Inserted) -> Expression:
    """The template that a whole text is, whose escapes are already replaced. Raises CtxoptError."""
    return _Reader(cursor, inserted).template()


@dataclass(slots=True)
class _Reader:
    cursor: Cursor
    inserted: Inserted
    quoted: bool = False
    marker: str = ""
    flush: bool = False
    pieces: list[_Piece] = field(default_factory=list)
    literal: list[str] = field(default_factory=list)
    strips_next: bool = False

    def template(self) -> Expression:
        self._read()
        if self.flush:
            _flush(self.pieces)
        parts = _Assembled(self.cursor, self.pieces).whole()
        if not parts:
            return Literal("")
        return Literal(parts[0]) if len(parts) == 1 and isinstance(parts[0], str) else Template(parts)

    def _read(self) -> None:
        cursor = self.cursor
        if self.marker and self._ends():
            return
        while cursor.at < len(cursor.text):
            plain = cursor.matched(_PLAIN)
            if plain is not None:
                self.literal.append(plain[0])
            elif self.quoted and cursor.takes('"'):
                self._close()
                return
            elif cursor.sees("\n"):
                self._end_line()
                if self.marker and self._ends():
                    return
            elif self.quoted and cursor.takes("\\"):
                self.literal.append(self._escaped())
            elif cursor.takes("$${") or cursor.takes("%%{"):
                self.literal.append(cursor.text[cursor.at - 2 : cursor.at])
            elif cursor.takes("${"):
                self._insert()
            elif cursor.takes("%{"):
                self._directive()
            else:
                self.literal.append(cursor.text[cursor.at])
                cursor.at += 1
        if self.quoted or self.marker:
            raise cursor.error(f"{self.marker or 'a quotation mark'} is missing at the end of the file")
        self._close()

    def _ends(self) -> bool:
        """Go over the line that ends a here-document, if it is this one."""
        cursor = self.cursor
        end = cursor.text.find("\n", cursor.at)
        end = len(cursor.text) if end < 0 else end
        if end - cursor.at > len(self.marker) + 1000 or cursor.text[cursor.at : end].strip() != self.marker:
            return False
        cursor.at = end
        self._close()
        return True

    def _end_line(self) -> None:
        if self.quoted:
            raise self.cursor.error("a quotation mark is missing where the line ends")
        self.literal.append("\n")
        self.cursor.at += 1
        self._close()

    def _close(self) -> None:
        """Add the text that was read as a piece."""
        text = replace_invalid("".join(self.literal))
        self.literal = []
        if text:
            if self.strips_next:
                text = text.lstrip()
            self.pieces.append(_Piece(text, line=self.cursor.line))
        self.strips_next = False

    def _begin_code(self) -> None:
        strips = self.cursor.takes("~")
        self._close()
        if strips and self.pieces and self.pieces[-1].part is None and not self.pieces[-1].keyword:
            self.pieces[-1].text = self.pieces[-1].text.rstrip()

    def _end_code(self) -> None:
        self.cursor.blanks(lines=True)
        self.strips_next = self.cursor.takes("~")
        self.cursor.expect("}")

    def _insert(self) -> None:
        self._begin_code()
        line = self.cursor.line
        self.pieces.append(_Piece(part=self.inserted(self.cursor), line=line))
        self._end_code()

    def _directive(self) -> None:
        from ctxopt.builds.hcl.expressions import loop_names

        self._begin_code()
        cursor = self.cursor
        cursor.blanks(lines=True)
        piece = _Piece(keyword=cursor.identifier() or "", line=cursor.line)
        if piece.keyword == "for":
            piece.names = loop_names(cursor)
        if piece.keyword in ("if", "for"):
            piece.part = self.inserted(cursor)
        elif piece.keyword not in ("else", "endif", "endfor"):
            raise cursor.error("%{ takes if, else, endif, for or endfor")
        self.pieces.append(piece)
        self._end_code()

    def _escaped(self) -> str:
        cursor = self.cursor
        found = cursor.matched(_CODE_POINT)
        if found is not None:
            code = int(found[1] or found[2], 16)
            return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
        name = cursor.text[cursor.at : cursor.at + 1]
        if name not in _ESCAPES:
            raise cursor.error(f"\\{name} is no escape sequence", "write \\\\ for a backslash")
        cursor.at += 1
        return _ESCAPES[name]


def _flush(pieces: list[_Piece]) -> None:
    """Remove the indentation that all lines of a here-document have; a blank line has none."""
    begins = True
    least: int | None = None
    lines: list[_Piece] = []
    for piece in pieces:
        is_text = piece.part is None and not piece.keyword
        if begins:
            blank = is_text and not piece.text.strip() and piece.text.endswith("\n")
            if not blank:
                spaces = len(piece.text) - len(piece.text.lstrip()) if is_text else 0
                least = spaces if least is None else min(least, spaces)
                lines += [piece] if is_text else []
        begins = is_text and piece.text.endswith("\n")
    for piece in lines:
        piece.text = piece.text[least or 0 :]


class _Assembled:
    """Puts pieces together: directives with what is in them, and texts that follow each other."""

    def __init__(self, cursor: Cursor, pieces: list[_Piece]) -> None:
        self._cursor = cursor
        self._pieces = pieces
        self._next = 0

    def whole(self) -> tuple[Part, ...]:
        parts, end = self._until()
        if end:
            raise self._cursor.error(f"%{{{end}}} ends nothing")
        return parts

    def _until(self, *ends: str) -> tuple[tuple[Part, ...], str]:
        """The parts up to one of these directives, and which it was."""
        parts: list[Part] = []
        self._cursor.enter()
        while self._next < len(self._pieces):
            piece = self._pieces[self._next]
            self._next += 1
            if piece.keyword in ("else", "endif", "endfor"):
                self._cursor.leave()
                if ends and piece.keyword not in ends:
                    raise self._cursor.error(f"%{{{ends[-1]}}} is missing before %{{{piece.keyword}}}")
                return _melded(parts), piece.keyword
            parts.append(self._part(piece))
        self._cursor.leave()
        if ends:
            raise self._cursor.error(f"%{{{ends[-1]}}} is missing")
        return _melded(parts), ""

    def _part(self, piece: _Piece) -> Part:
        if piece.part is None:
            return piece.text
        if piece.keyword == "for":
            return TemplateFor(piece.names, _only(piece.part), Template(self._until("endfor")[0]))
        if piece.keyword == "if":
            yes, end = self._until("else", "endif")
            no = self._until("endif")[0] if end == "else" else ()
            return TemplateIf(_only(piece.part), Template(yes), Template(no))
        return piece.part


def _only(part: Part) -> Expression:
    assert not isinstance(part, str | TemplateIf | TemplateFor)
    return part


def _melded(parts: list[Part]) -> tuple[Part, ...]:
    """The parts, with texts that follow each other put together; one without any text has none."""
    melded: list[Part] = []
    texts: list[str] = []
    for part in [*parts, None]:
        if isinstance(part, str):
            texts.append(part)
            continue
        if joined := "".join(texts):
            melded.append(joined)
        texts = []
        if part is not None:
            melded.append(part)
    return tuple(melded)
