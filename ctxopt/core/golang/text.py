"""Lines and white space as Go's `bufio`, `bytes` and `unicode` packages see them."""

from collections.abc import Iterator

#: `unicode.IsSpace`: what `strings.TrimSpace` trims. Python's `str.isspace` also counts U+001C to U+001F.
SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)

BOM = "\ufeff"

#: What a text in UTF-16 may begin with.
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")

#: `bufio.MaxScanTokenSize`: a line that fills this many bytes without ending stops the scanner.
MAX_LINE_BYTES = 64 * 1024


class LineTooLong(ValueError):
    """A line that `bufio.Scanner` refuses; `line` is its number, counted from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line is longer than {MAX_LINE_BYTES - 1} bytes")
        self.line = line


def decode(data: bytes) -> str:
    """Bytes as text, losslessly: bytes that are not UTF-8 become lone surrogates."""
    return data.decode("utf-8", "surrogateescape")


def scan_lines(data: bytes) -> Iterator[str]:
    """Yield each line with its line ending, as `bufio.Scanner` splits them.

    Raises LineTooLong where Go's scanner would stop with `token too long`.
    """
    number = start = 0
    while start < len(data):
        number += 1
        end = data.find(b"\n", start) + 1
        if not end:
            end = len(data)
            too_long = end - start >= MAX_LINE_BYTES
        else:
            too_long = end - start > MAX_LINE_BYTES
        if too_long:
            raise LineTooLong(number)
        yield decode(data[start:end])
        start = end


def trim_space(text: str) -> str:
    """`strings.TrimSpace`."""
    return text.strip(SPACE)


def replace_invalid(text: str) -> str:
    """The text with U+FFFD for each byte that is not UTF-8, as Go's decoder reads it."""
    if text.isascii():
        return text
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
