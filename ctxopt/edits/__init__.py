"""Changes to a user's Dockerfile and ignore file as values, and the bytes that they make; never writes a file.

Whoever changes lines of the user's does it with these edits: the fix of a finding, `generate --tidy`, and what tries a
changed Dockerfile. An edit replaces bytes of one file and leaves all others as they are: comments, continuations, line
ends and a byte order mark.
"""

from ctxopt.edits.model import Edit as Edit
from ctxopt.edits.model import OverlapError as OverlapError
from ctxopt.edits.model import applied as applied
from ctxopt.edits.model import compatible as compatible
