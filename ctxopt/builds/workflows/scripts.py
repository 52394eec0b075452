"""What the scripts of a workflow's steps do to the steps that follow: variables that they set, and files they make."""

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress

from ctxopt.builds.reading import Budget, LeadsOut, inside, read_text
from ctxopt.builds.yaml_parts import text_of
from ctxopt.builds.yaml_tree import Node
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

#: What sets variables for later steps, in a script.
_SETS = lazy_re(r"github[_.]env", re.IGNORECASE)
#: A line of a script that sets one variable and no other, whose value has no line break.
_SETS_ONE = lazy_re(
    r"""echo\s+["']?(\w+)=(?:[^\\`$\n"';|&<>()]|"(?=\s*>>)|'(?=\s*>>)|\$\{\{[^\n{}]*\}\}|\$\{\w[^\n{}`$]*\}|\$\w+"""
    r"""|\$\((?:git|date)\b[^\n()`$;&|]*\))*\s*>>\s*["']?(?:\$\{?GITHUB_ENV\}?|\$\{\{\s*github\.env\s*\}\})["']?"""
)
#: What is given a value in a script.
_ASSIGNED = lazy_re(r"(\w{1,200})=")
#: What may be the path of a script, in another one, and the maximum number of those to read.
_NAMES_FILE = lazy_re(r"[\w./-]{1,300}")
_MOST_SCRIPTS = 200
#: Maximum number of characters of a line that sets a variable.
_LONGEST = 1_000
#: A line of a script that makes no file in the workspace.
_HARMLESS = lazy_re(
    r"""(?:echo|printf|export|set|ls|pwd|env|cat|docker (?:login|version|info)|\w+=)[^>|;&]*"""
    r"""(?:>>?\s*"?\$\{?GITHUB_\w+\}?"?)?"""
)


def makes_files(script: str) -> bool:
    """Whether the commands of a script may make files; those that only show or set something make none."""
    lines = (line.strip() for line in script.splitlines())
    return any(line and not line.startswith("#") and _HARMLESS.fullmatch(line) is None for line in lines)


class Scripts:
    """The scripts of a repository, each read once, and the variables that steps set in them."""

    def __init__(self, root: str, budget: Budget) -> None:
        self._root = root
        self._budget = budget
        #: The texts of files by their paths.
        self._texts: dict[str, str] = {}

    def set_by(self, action: str, parts: Mapping[str, Node]) -> tuple[set[str], Callable[[str], bool]]:
        """The variables to which a step may give values for later steps, and whether it may do so to one.

        By what it or its files say, where that can be read. An action of another repository is taken to set none.
        """
        texts = [text_of(parts.get("run")) or ""]
        if action.startswith("./"):
            texts += [self._text(f"{action}/{name}") for name in ("action.yml", "action.yaml")]
        elif texts[0]:
            directory = text_of(parts.get("working-directory")) or "."
            named = dict.fromkeys(_NAMES_FILE.findall(texts[0]))
            texts += [self._text(os.path.join(directory, name)) for name in list(named)[:_MOST_SCRIPTS]]
        setting = [text for text in texts if _SETS.search(text)]
        written = {name for text in setting for name in _ASSIGNED.findall(text)}
        names: set[str] = set()
        for line in (line for text in setting for line in text.splitlines() if _SETS.search(line)):
            found = _SETS_ONE.fullmatch(line.strip()) if len(line) <= _LONGEST else None
            if found is None:
                return written, lambda _: True
            names.add(found[1])
        return written, names.__contains__

    def _text(self, path: str) -> str:
        """The text of a file of the repository; "" for none that can be read."""
        path = os.path.normpath(os.path.join(self._root, path))
        if path not in self._texts:
            self._texts[path] = ""
            with suppress(CtxoptError, LeadsOut):
                if inside(self._root, path) and os.path.isfile(path):
                    self._texts[path] = read_text(path, path, self._root) or ""
            self._budget.spend(1 + len(self._texts[path]) // 1_000)
        return self._texts[path]
