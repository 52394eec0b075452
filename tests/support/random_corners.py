"""Random builds of the kinds in which builders differ from what one would expect, from a seed.

The cases have the form of the recorded ones (tests/conformance/README.md), every file contains its own path. `build` is
the Dockerfile to build, absolute if it is `outside` of the context.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable

from tests.support.trees import Case

#: The same letter as one character and as two, a byte that is not UTF-8, and control characters among plain names.
_NAMES = ("a", "b", "c", "d.txt", "e.txt", "lib", "ü", "u\u0308", "x y", "f\udcff", "t\tb", "E\x1b", "I\r")
_PLAIN = ("a", "b", "c", "d.txt", "e.txt", "lib", "src", "ab")
_ARGUMENTS = ("", "a", "lib", "a/b", "*", "d.txt", ".")


#: What a build says that fails because of what is at the destination, which the context does not decide.
COLLISIONS = ("cannot replace to directory", "cannot copy to non-directory", "not a directory", "file exists")


def may_be_replaced(case: Case, copied: Iterable[str]) -> bool:
    """Whether a later source may replace each of these files of a case, by a file of the same name or by a link.

    A file that is copied through a link has the name of the link.
    """
    names = Counter(entry["path"].rpartition("/")[2] for entry in case["tree"])
    repeated = any(names[entry["path"].rpartition("/")[2]] > 1 for entry in case["tree"] if entry["type"] == "symlink")
    return repeated or all(names[path.rpartition("/")[2]] > 1 for path in copied)


def random_corner(seed: int) -> Case:
    """A case, the same for the same seed."""
    return _Draw(random.Random(f"corner {seed}"), seed).case()


def random_named(seed: int) -> tuple[Case, Case]:
    """The main context of a build, and the named context `lib` that its Dockerfile reads besides."""
    rng = random.Random(f"named {seed}")
    main, other = _Draw(rng, seed), _Draw(rng, seed)
    # A Dockerfile is a file like any other there.
    named = other.contents() | {"dockerfile": "# not read\n"}
    return main.contents() | {"dockerfile": _Named(rng, main, other).dockerfile()}, named


class _Named:
    """A Dockerfile that reads a main context and the named one."""

    def __init__(self, rng: random.Random, main: "_Draw", named: "_Draw") -> None:
        self._rng, self._main, self._named = rng, main, named

    def dockerfile(self) -> str:
        shape: Callable[[], list[str]] = self._rng.choice((self._copied, self._copied, self._started, self._replaced))
        return "\n".join(shape()) + "\n"

    def _reads(self, first: int) -> list[str]:
        made = []
        for number in range(first, first + self._rng.randint(1, 3)):
            chosen = self._rng.random()
            if chosen < 0.25:
                made.append(self._main.copy(number))
            else:
                made.append(self._named.copy(number, "--from=" + self._rng.choice(("lib", "lib", "lib:latest", "LIB"))))
        return made

    def _copied(self) -> list[str]:
        if self._rng.random() < 0.5:
            return ["FROM scratch", *self._named.arguments(), *self._reads(0)]
        lines = ["FROM scratch AS one", *self._named.arguments(), *self._reads(0), "FROM scratch", *self._reads(5)]
        return [*lines, *(["COPY --from=one / /one/"] if self._rng.random() < 0.7 else [])]

    def _started(self) -> list[str]:
        """A stage that starts from it, whose files are read by others."""
        lines = ["FROM lib AS base", *([self._main.copy(0)] if self._rng.random() < 0.4 else [])]
        lines += ["ENV A=1"] if self._rng.random() < 0.4 else []
        if self._rng.random() < 0.3:
            return lines
        if self._rng.random() < 0.3:
            lines += ["FROM base AS base2"]
        return [*lines, "FROM scratch", self._named.copy(1, "--from=base"), *self._reads(2)]

    def _replaced(self) -> list[str]:
        """A stage of its name, which it replaces."""
        lines = ["FROM scratch AS lib", self._main.copy(0)]
        lines += [f"ONBUILD {self._main.copy(1)}"] if self._rng.random() < 0.3 else []
        if self._rng.random() < 0.3:
            return [*lines, "FROM lib", *self._reads(2)]
        by = self._rng.choice(("lib", "0"))
        return [*lines, "FROM scratch", self._named.copy(2, f"--from={by}"), *self._reads(3)]


class _Draw:
    def __init__(self, rng: random.Random, seed: int) -> None:
        self._rng = rng
        self._id = f"corner-{seed}"
        self._names = rng.sample(_NAMES if rng.random() < 0.25 else _PLAIN, rng.randint(3, 6))
        self._tree: dict[str, Case] = {}

    def case(self) -> Case:
        self._draw_tree()
        case: Case = {"id": self._id, "ignore_files": {}, "dockerfile": self._dockerfile()}
        if self._rng.random() < 0.7:
            self._ignore(case)
        if self._rng.random() < 0.15:
            case["outside"] = True
        case["tree"] = list(self._tree.values())
        return case

    def contents(self) -> Case:
        """A tree with an ignore file, or without one, and no Dockerfile."""
        self._draw_tree()
        case: Case = {"id": self._id, "ignore_files": {}}
        if self._rng.random() < 0.7:
            self._ignore(case)
        return case | {"tree": list(self._tree.values())}

    # -- the tree -------------------------------------------------------------------------------

    def _draw_tree(self) -> None:
        directories = [""]
        for _ in range(self._rng.randint(3, 16)):
            parent = self._rng.choice(directories)
            path = f"{parent}/{self._rng.choice(self._names)}" if parent else self._rng.choice(self._names)
            if path in self._tree:
                continue
            kind = self._rng.choices(("dir", "file", "symlink"), (4, 6, 4))[0]
            self._put(path, kind, self._target(path) if kind == "symlink" else "")
            if kind == "dir":
                directories.append(path)

    def _put(self, path: str, kind: str, target: str = "") -> None:
        entry: Case = {"path": path, "type": kind}
        if kind == "file":
            entry["size"] = len(path.encode("utf-8", "surrogateescape")) + 1
        if kind == "symlink":
            entry["target"] = target
        self._tree[path] = entry

    def _target(self, path: str) -> str:
        """Where a link leads: mostly to something that is there, by a relative or an absolute path."""
        if not self._tree or self._rng.random() < 0.08:
            return self._rng.choice(("nowhere", path.rpartition("/")[2], "../../out"))
        wanted = self._rng.choice(list(self._tree))
        if self._rng.random() < 0.2:
            wanted = f"{wanted}/{self._rng.choice(self._names)}"
        if self._rng.random() < 0.3:
            return "/" + wanted
        return "../" * path.count("/") + wanted

    # -- the ignore file ------------------------------------------------------------------------

    def _ignore(self, case: Case) -> None:
        lines = ["#"]
        for _ in range(self._rng.randint(1, 3)):
            pattern = self._rng.choice(("", "", "", "**/", "*/", "/")) + self._wild(self._path())
            pattern = pattern.replace("\n", "")
            lines.append(
                ("!" if self._rng.random() < 0.3 else "")
                + pattern
                + self._rng.choice(("", "", "", "/**", "/*", "\t# x"))
            )
        if self._rng.random() < 0.15:
            lines.insert(1, self._rng.choice(("*", "**")))
        text = "\n".join(lines) + "\n"
        name = ".dockerignore"
        if self._rng.random() < 0.15:
            name = "Dockerfile.dockerignore"
        if self._rng.random() < 0.2 and name not in self._tree:
            target = self._rng.choice(("patterns", "/patterns", "../patterns", name, "gone", "lib"))
            self._put(name, "symlink", target)
            name = "patterns"
        if name not in self._tree:
            case["ignore_files"][name] = text

    def _path(self) -> str:
        if self._tree and self._rng.random() < 0.92:
            return self._rng.choice(list(self._tree))
        return self._rng.choice(self._names)

    def _wild(self, path: str) -> str:
        parts = path.split("/")
        return "/".join(self._wild_part(part) if self._rng.random() < 0.2 else part for part in parts)

    def _wild_part(self, part: str) -> str:
        return self._rng.choice(("*", "?" * len(part), part[:1] + "*", "*" + part[-1:], "[a-l]" + part[1:]))

    # -- the Dockerfile -------------------------------------------------------------------------

    def _dockerfile(self) -> str:
        shape: Callable[[], list[str]] = self._rng.choice(
            (self._one_stage, self._one_stage, self._stages, self._triggers)
        )
        return "\n".join(shape()) + "\n"

    def _one_stage(self) -> list[str]:
        lines = ["FROM scratch", *self.arguments()]
        return [*lines, *(self.copy(number) for number in range(self._rng.randint(1, 3)))]

    def _stages(self) -> list[str]:
        lines = ["FROM scratch AS one", *self.arguments(), self.copy(0), "FROM scratch AS two"]
        lines += [self.copy(1)] if self._rng.random() < 0.5 else []
        lines += ["COPY --from=one / /one/", "FROM two" if self._rng.random() < 0.5 else "FROM scratch"]
        lines += ["COPY --from=two / /two/"] if self._rng.random() < 0.5 else []
        return [*lines, self.copy(2)]

    def _triggers(self) -> list[str]:
        lines = ["FROM scratch AS base"]
        lines += [self.copy(0)] if self._rng.random() < 0.5 else []
        lines += [f"ONBUILD {self.copy(1)}"]
        lines += ["ENV V=" + self._rng.choice(_ARGUMENTS)] if self._rng.random() < 0.4 else []
        lines += ["ONBUILD ARG V", "ONBUILD COPY $V/ /v/"] if self._rng.random() < 0.3 else []
        lines += ["FROM scratch AS other", "COPY --from=base / /base/"] if self._rng.random() < 0.3 else []
        lines += ["FROM base AS next", *self.arguments()]
        lines += ["FROM next"] if self._rng.random() < 0.3 else []
        return [*lines, self.copy(2)]

    def arguments(self) -> list[str]:
        return [f"ARG {name}={self._rng.choice(_ARGUMENTS)}" for name in ("V", "W") if self._rng.random() < 0.4]

    def copy(self, number: int, source: str = "") -> str:
        """An instruction that reads this tree; `source` is a flag that says where it is."""
        chosen = self._rng.random()
        if chosen < 0.12 and not source:
            name = self._rng.choice(("EOF", '"EOF"', "-EOF"))
            text = self._rng.choice(("text $V\n", "text ${V:-x}\n\t\n", "text\n", "text \\$V\n"))
            beside = self._rng.choice(("", "", "a ", "lib/ ", "*.txt "))
            return f"COPY {beside}<<{name} /h{number}/\n{text}EOF"
        keyword = "COPY" if source else self._rng.choice(("COPY", "COPY", "COPY", "ADD"))
        given = f"{source} " if source else ""
        if chosen < 0.2:
            return f"COPY {given}--parents {self._excluding()}{self._pivoted()} /d{number}/"
        flags = self._rng.choice(("", "", "", "--link ", "--chown=1:1 ", self._excluding()))
        return f"{keyword} {given}{flags}{self._words(self._rng.choice((1, 1, 1, 2)), f'/d{number}/')}"

    def _excluding(self) -> str:
        """A `--exclude`, or none; a flag has neither spaces nor bytes above ASCII."""
        pattern = self._rng.choice(("", "**/", "*/", "!")) + self._wild(self._rng.choice(_PLAIN))
        return f"--exclude={pattern} " if self._rng.random() < 0.4 else ""

    def _pivoted(self) -> str:
        """A source for `--parents`, with a pivot or without."""
        plain = ("".join(char if "!" <= char <= "~" else "?" for char in part) for part in self._path().split("/"))
        parts = list(plain)
        at = self._rng.randrange(len(parts) + 1)
        path = "/".join((*parts[:at], ".", *parts[at:])) if self._rng.random() < 0.6 else "/".join(parts)
        return self._wild(path) + self._rng.choice(("", "", "", "/", "/*", "/**"))

    def _words(self, count: int, destination: str) -> str:
        words = [*(self._source() for _ in range(count)), destination]
        if any(not word.isprintable() or " " in word or not word.isascii() for word in words):
            # Bytes that are not UTF-8 cannot be written in JSON.
            return json.dumps([word.replace("\udcff", "?") for word in words])
        return " ".join(words)

    def _source(self) -> str:
        chosen = self._rng.random()
        if chosen < 0.08:
            return self._rng.choice((".", "*", "./", "/", "$V", "${V}/", "$V/$W", "${W:-a}*"))
        parts = self._path().split("/")
        path = "/".join(parts[: self._rng.randint(1, len(parts))])
        wild = self._wild(path) if self._rng.random() < 0.5 else path
        return (
            self._rng.choice(("", "", "", "", "", "./", "/", "../")) + wild + self._rng.choice(("", "", "", "/", "/*"))
        )
