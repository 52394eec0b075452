"""Regular expressions that are compiled when they are first used, not when modules are loaded.

A command loads some three hundred of them and uses a few dozen, and compiling all was a tenth of the time of a run on
a small project.
"""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    lazy_re = re.compile
else:

    class lazy_re:  # noqa: N801 - it stands where `re.compile` would
        """As `re.compile`, but an error in the expression is raised by its first use."""

        def __init__(self, expression: str | bytes, flags: int = 0) -> None:
            self._given = expression, flags

        def __getattr__(self, name: str) -> Any:
            # Methods are kept, so that every use but the first costs what it does without this class.
            found = getattr(re.compile(*self._given), name)
            setattr(self, name, found)
            return found
