"""Contexts on disk: written from recorded cases, and drawn at random from a seed."""

import json
import os
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

Case = dict[str, Any]

#: Where small trees are quickest to make and to remove: in memory, on Linux.
_MEMORY = Path("/dev/shm")


def temporary_directory() -> tempfile.TemporaryDirectory[str]:
    """A directory for one small tree, gone at the end of its `with` block."""
    in_memory = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > 16 << 20
    return tempfile.TemporaryDirectory(dir=_MEMORY if in_memory else None)


def write_case(root: Path, case: Case) -> None:
    """Write a case (see tests/conformance/README.md) below a directory."""
    for entry in case["tree"]:
        path = root / entry["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        if entry["type"] == "dir":
            path.mkdir(exist_ok=True)
        elif entry["type"] == "symlink":
            path.symlink_to(entry["target"])
        else:
            content = os.fsencode(entry["path"]) + b"\n"
            path.write_bytes(content.ljust(entry["size"], b"x")[: entry["size"]])
    for name, text in case["ignore_files"].items():
        _write(root / name, text)
    _write(root / case.get("dockerfile_path", "Dockerfile"), case["dockerfile"])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))


NAMES = (
    *("a", "b", "ab", "A", "src", "lib", "docs", "build", "dist", "node_modules", ".git", ".env", "x.log", "b.txt"),
    *("README.md", "package.json", "main.py", "a*b", "q?", "[x]", "!bang", "#hash", "{br}", "a|b", "b\\s", "^h"),
    *("foo bar", "ünï", "日本", "a.b.c", "-dash", "~", "c++", "(p)", "$d", "%20", "a]"),
)
_GLOBS = ("*", "**", "?", "[a-z]", "[^a]", "[!a]", "\\", "{1,2}", "|", "^", ".", "[[:alpha:]]", "\\d", "+", "$")


def random_tree(rng: random.Random, entries: int = 24) -> list[Case]:
    """A tree of a few names that come again on every level, so that patterns have something to hit."""
    names = rng.sample(NAMES, rng.randint(3, 8))
    directories = [""]
    tree: dict[str, Case] = {}
    for _ in range(rng.randint(1, entries)):
        parent = rng.choice(directories)
        path = f"{parent}/{rng.choice(names)}" if parent else rng.choice(names)
        if path in tree or path in ("Dockerfile", ".dockerignore"):
            continue
        kind = rng.choices(("dir", "file", "symlink"), (5, 6, 1))[0]
        if kind == "dir":
            tree[path] = {"path": path, "type": "dir"}
            directories.append(path)
        elif kind == "file":
            tree[path] = {"path": path, "type": "file", "size": rng.choice((0, 1, 10, 100, 1000))}
        else:
            target = rng.choice((*tree, "nowhere", "../outside", "/" + rng.choice(names)))
            tree[path] = {"path": path, "type": "symlink", "target": target}
    return list(tree.values())


def random_pattern(rng: random.Random, tree: list[Case]) -> str:
    """A pattern for this tree: mostly a path from it with some parts made wild."""
    if rng.random() < 0.05:
        return rng.choice(("", "# comment", "!", ".", "/", "..", "!*", "*", "**", "!**", "\\", "[", "a[", "**/", "/**"))
    path = rng.choice(tree)["path"] if tree and rng.random() < 0.9 else rng.choice(NAMES)
    parts = path.split("/")
    if rng.random() < 0.3:
        parts = parts[-1:]
    wild = [_wild_part(rng, part) if rng.random() < 0.4 else part for part in parts]
    pattern = "/".join(wild)
    if rng.random() < 0.3:
        pattern = rng.choice(("**/", "/", "./", "**", "*/")) + pattern
    if rng.random() < 0.3:
        pattern += rng.choice(("/", "/**", "/*", "**", "/.", "/..", " ", "\t", "\\"))
    if rng.random() < 0.3:
        pattern = rng.choice(("!", "! ", " !")) + pattern
    return pattern


def _wild_part(rng: random.Random, part: str) -> str:
    choice = rng.random()
    if choice < 0.3:
        return rng.choice(("*", "**"))
    at = rng.randint(0, len(part))
    if choice < 0.6:
        return part[:at] + "*" + (part[at + 1 :] if rng.random() < 0.7 else "")
    if choice < 0.8 and part:
        at = rng.randrange(len(part))
        return (
            part[:at] + rng.choice(("?", "[a-z]", f"[{part[at]}]", f"[^{part[at]}]", "\\" + part[at])) + part[at + 1 :]
        )
    return part[:at] + rng.choice(_GLOBS) + part[at:]


def random_case(seed: int) -> Case:
    """A context with an ignore file and a Dockerfile, the same for the same seed."""
    rng = random.Random(seed)
    tree = random_tree(rng)
    lines = [random_pattern(rng, tree) for _ in range(rng.randint(0, 8))]
    end = rng.choice(("\n", "\r\n"))
    text = ("\ufeff" if rng.random() < 0.05 else "") + end.join(lines) + (end if rng.random() < 0.8 else "")
    case: Case = {
        "id": f"random-{seed}",
        "tree": tree,
        "ignore_files": {".dockerignore": text} if rng.random() < 0.95 else {},
        "dockerfile": "FROM scratch\nCOPY . /\n",
    }
    directories = [entry["path"] for entry in tree if entry["type"] == "dir"]
    if directories and rng.random() < 0.25:
        case["dockerfile_path"] = rng.choice(directories) + "/" + rng.choice(("Dockerfile", "prod.Dockerfile"))
    return case


def random_source(rng: random.Random, tree: list[Case]) -> str:
    """A source for COPY: mostly a path from this tree, or one above it, with some parts made wild."""
    path = rng.choice(tree)["path"] if tree and rng.random() < 0.93 else rng.choice(NAMES)
    parts = path.split("/")
    wild = [_wild_source_part(rng, part) for part in parts[: rng.randint(1, len(parts))]]
    source = "/".join(wild)
    if rng.random() < 0.1:
        source = rng.choice(("./", "/")) + source
    return source + rng.choice(("", "", "", "", "/"))


def _wild_source_part(rng: random.Random, part: str) -> str:
    choice = rng.random()
    if choice < 0.12:
        return "*"
    if choice < 0.2:
        return part[:1] + "*"
    if choice < 0.24:
        return "?" * len(part)
    return "[a-z]" + part[1:] if choice < 0.27 else part


def random_reads(rng: random.Random, tree: list[Case]) -> str:
    """A Dockerfile with a few instructions that read the context, seldom all of it."""
    lines = ["FROM scratch"]
    for number in range(rng.randint(1, 4)):
        choice = rng.random()
        if choice < 0.06:
            lines.append(f"COPY . /all{number}/")
        elif choice < 0.1:
            exclude = rng.choice(("*.md", "**/*.txt", "a", "docs", "**/x.log"))
            lines.append(f"COPY --exclude={exclude} . /most{number}/")
        elif choice < 0.16:
            source = rng.choice(tree)["path"] if tree else "a"
            if source.isalnum():
                lines.append(f"RUN --mount=type=bind,source={source},target=/m{number} true")
        else:
            sources = [random_source(rng, tree) for _ in range(rng.choice((1, 1, 1, 2)))]
            flags = rng.choice(("", "", "", "", "--parents ", "--exclude=*.txt ", "--exclude=**/a "))
            words = json.dumps([*sources, f"/d{number}/"], ensure_ascii=False)
            lines.append(f"{rng.choice(('COPY', 'COPY', 'ADD'))} {flags}{words}")
    return "\n".join(lines) + "\n"


def random_build(seed: int) -> Case:
    """A context with an ignore file, or none, and a Dockerfile that reads some of it."""
    case = random_case(seed)
    rng = random.Random(f"build {seed}")
    case["dockerfile"] = random_reads(rng, case["tree"])
    if rng.random() < 0.35:
        case["ignore_files"] = {}
    case.pop("dockerfile_path", None)
    return case
