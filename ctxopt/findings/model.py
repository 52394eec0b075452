"""One finding, the scales that order findings, and what is said about a rule."""

from enum import Enum

from ctxopt.core.context.tree import Totals
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.edits.model import Edit

#: The address of the pages about the rules.
_PAGES = "https://github.com/ctxopt/ctxopt/blob/main/docs/rules/"


class Severity(Enum):
    """How serious a finding is; the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)

    def lowered(self, degrees: int) -> "Severity":
        """The severity so many degrees below this one, at least INFO."""
        return list(Severity)[min(self.rank + degrees, Severity.INFO.rank)]


class Confidence(Enum):
    """How certain a finding is: seen in the files, derived from what is usual, or a guess."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInfo:
    """The names and texts of one rule.

    `id` and `name` both name it in options, in the configuration and in suppressions. `title` is one line;
    `help` says what to do, in Markdown without HTML. `summary` is what a list says in place of many findings
    about one file, with `{count}` for their number; "" for a general text. With `hides_lines`, the lines that its
    findings are about contain secrets, and are not quoted.
    """

    id: str
    name: str
    title: str
    help: str
    summary: str = ""
    hides_lines: bool = False

    @property
    def page(self) -> str:
        """The address of the page about the rule, with examples."""
        return f"{_PAGES}{self.id}.md"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found at one place.

    `rule` is the rule's id. `message` says what is wrong, `fix` what to do. `edits` do that in the Dockerfile or an
    ignore file, all or none of them; () where it depends on a choice or cannot be made safe. `totals` are the files and
    logical bytes that are sent, or stay in a layer, because of it; None where they are not known. `evidence` are lines
    that show it, such as the largest files. `subject` is the entry of the context that it is about, if that is
    not `file`: either can suppress the finding. `allowed_in` are the lines of `file` in which a comment of another
    tool, or a pattern, says that there is nothing wrong, if all that it is about is in them: where these count, it is
    suppressed. `allowed_by` is what they say. With `incomplete`, it is about what the rule did not look at, so that
    nobody knows what it would find there.
    """

    rule: str
    severity: Severity
    file: str
    line: int | None
    message: str
    fix: str
    totals: Totals | None = None
    confidence: Confidence = Confidence.HIGH
    evidence: tuple[str, ...] = ()
    end_line: int | None = None
    subject: str | None = None
    edits: tuple[Edit, ...] = ()
    allowed_in: tuple[int, ...] = ()
    allowed_by: str = ""
    incomplete: bool = False
