"""The errors that ctxopt shows to people: one clear line each, and never a traceback."""

from ctxopt.display import printable, shortened


class CtxoptError(Exception):
    """Something is wrong with the input. `str()` is one line: location, problem, and what to do.

    `file` and `line` (counted from 1) are the location; `hint` is what to do about it.
    """

    def __init__(self, problem: str, *, file: str | None = None, line: int | None = None, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.file = file
        self.line = line
        self.hint = hint

    def __str__(self) -> str:
        return printable(self.text)

    @property
    def text(self) -> str:
        """The same line with all names unescaped, for output formats that escape it themselves."""
        location = ":".join(str(part) for part in (self.file and shortened(self.file), self.line) if part is not None)
        problem = shortened(self.problem)
        text = f"{location}: {problem}" if location else problem
        return f"{text}; {shortened(self.hint)}" if self.hint else text


class PatternError(CtxoptError):
    """A pattern that Docker refuses: in an ignore file, in a COPY source, or in `--exclude`."""


class DockerfileError(CtxoptError):
    """A Dockerfile that BuildKit's front end refuses."""


class NoDockerfileError(DockerfileError):
    """A Dockerfile that does not exist. `root` is the context; `default` if none was named."""

    def __init__(self, problem: str, *, root: str, default: bool) -> None:
        super().__init__(problem)
        self.root = root
        self.default = default


class ContextError(CtxoptError):
    """A build context that Docker could not read."""


class ReadError(CtxoptError):
    """An instruction whose source cannot be found in the build context.

    `kind` is "not_found", "bad_pattern" or "other"; `source` is the source as the Dockerfile names it.
    """

    def __init__(self, problem: str, *, kind: str, source: str, file: str | None, line: int | None, hint: str = ""):
        super().__init__(problem, file=file, line=line, hint=hint)
        self.kind = kind
        self.source = source
