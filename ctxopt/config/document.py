"""Parsing the TOML of a configuration file, which is untrusted input."""

import re
import tomllib
from typing import Any

from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

#: Maximum size of a configuration file in bytes.
_LARGEST = 1 << 20

#: A key of very many parts. The parser's time grows with their square: one line could keep it busy for hours.
_LONG_KEY = lazy_re(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){50}""", re.ASCII)


def parsed(text: str, file: str) -> dict[str, Any]:
    """The parsed TOML of a file. Raises CtxoptError for what is not TOML, or would take too long to parse."""
    if len(text.encode()) > _LARGEST:
        raise CtxoptError("it is larger than 1 MiB", file=file, hint="is it the right file?")
    long = _LONG_KEY.search(text)
    if long is not None:
        raise CtxoptError("a key has too many parts", file=file, line=text.count("\n", 0, long.start()) + 1)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise CtxoptError("it is nested too deep", file=file, hint="is it the right file?") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        problem = str(error) if place is None else str(error)[: place.start()]
        raise CtxoptError(
            f"not valid TOML: {problem[:1].lower()}{problem[1:]}",
            file=file,
            line=None if place is None else int(place[1]),
        ) from None
    except ValueError:
        # Python refuses to convert integers of more than 4,300 digits.
        raise CtxoptError("a number in it is too long", file=file) from None
