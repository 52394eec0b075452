"""JSON with comments, as the settings of TypeScript, Angular and editors are written."""

import re
from typing import Final

#: A string, which is kept, or a comment.
_STRING_OR_COMMENT: Final = re.compile(r'"(?:[^"\\\n]|\\.)*+"|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?')
#: A string, which is kept, or a comma behind which a bracket closes.
_STRING_OR_COMMA: Final = re.compile(r'"(?:[^"\\\n]|\\.)*+"|,(?=\s*+[\]}])')


def without_comments(text: str) -> str:
    """A JSON text without comments, and without a comma behind the last item of a list or an object."""
    if "/" in text:
        text = _STRING_OR_COMMENT.sub(lambda found: found[0] if found[0][0] == '"' else " ", text)
    return _STRING_OR_COMMA.sub(lambda found: found[0] if found[0][0] == '"' else "", text)
