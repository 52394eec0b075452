"""One rule: its names, its texts, and the function that finds what it is about."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding

#: The address of the pages about the rules.
_PAGES = "https://github.com/ctxopt/ctxopt/blob/main/docs/rules/"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    `id` and `name` both name it in options, in the configuration and in suppressions. `title` is one line;
    `help` says what to do, in Markdown without HTML. `check` yields the findings of one build, and raises
    CtxoptError where BuildKit would refuse the build. `summary` is what a list says in place of many findings
    about one file, with `{count}` for their number; "" for a general text.
    """

    id: str
    name: str
    title: str
    help: str
    check: Callable[[RuleContext], Iterator[Finding]]
    summary: str = ""

    @property
    def page(self) -> str:
        """The address of the page about the rule, with examples."""
        return f"{_PAGES}{self.id}.md"
