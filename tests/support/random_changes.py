"""Random projects with a Dockerfile, and random changes to them, from a seed."""

import os
import random
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

_DIRECTORIES = ("app", "app/inner", "lib", "docs", "web")
_NAMES = ("a.txt", "b.txt", "main.py", "run.sh", "notes.md", "data.bin")


@dataclass(frozen=True)
class Entry:
    """A file, or a link to a target."""

    text: str = ""
    executable: bool = False
    target: str | None = None


@dataclass(frozen=True)
class Instruction:
    """An instruction in its lines, with a number by which it is known after a change."""

    text: str
    counted: bool = False


@dataclass(frozen=True)
class Project:
    """Files by their paths, the stages of a Dockerfile, and an ignore file."""

    files: dict[str, Entry]
    stages: tuple[tuple[Instruction, ...], ...]
    ignored: tuple[str, ...] = (".git",)
    salt: str = ""
    comment: str = ""
    number: int = field(default=0, compare=False)

    @property
    def dockerfile(self) -> str:
        return self.comment + "".join(f"{one.text}\n" for stage in self.stages for one in stage)

    def steps(self) -> Iterator[tuple[int, int, int]]:
        """The line, the number of the stage, and the number in it from 1, of each step but those of FROM.

        BuildKit counts a FROM as the first step of its stage, unless that starts from another one.
        """
        line = 1 + self.comment.count("\n")
        for number, stage in enumerate(self.stages):
            at = 0
            for one in stage:
                if one.text.startswith("FROM"):
                    at += one.text.startswith("FROM busybox")
                elif one.counted:
                    at += 1
                    yield line, number, at
                line += one.text.count("\n") + 1

    def write(self, root: Path) -> None:
        """Make a directory have exactly this, but for `.git`; what is the same is not touched."""
        wanted = {
            **self.files,
            "Dockerfile": Entry(self.dockerfile),
            ".dockerignore": Entry("".join(f"{line}\n" for line in self.ignored)),
        }
        for path in sorted(root.rglob("*"), reverse=True):
            name = path.relative_to(root).as_posix()
            if name == ".git" or name.startswith(".git/"):
                continue
            if not os.path.lexists(path):
                continue
            if path.is_dir() and not path.is_symlink():
                if not any(path.iterdir()):
                    path.rmdir()
            elif name not in wanted or _read(path) != wanted[name]:
                path.unlink()
                if not any(path.parent.iterdir()):
                    path.parent.rmdir()
        for name, entry in wanted.items():
            path = root / name
            if os.path.lexists(path):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if entry.target is not None:
                path.symlink_to(entry.target)
            else:
                path.write_text(entry.text)
                path.chmod(0o755 if entry.executable else 0o644)


def _read(path: Path) -> Entry:
    if path.is_symlink():
        return Entry(target=os.readlink(path))
    return Entry(path.read_text(), bool(path.stat().st_mode & stat.S_IXUSR))


def random_project(seed: int, salt: str) -> Project:
    """A project that builds; `salt` is in everything, so that no other project has the same steps."""
    source = random.Random(seed)
    files = {
        f"{directory}/{name}": Entry(f"{salt} {source.random()}\n", executable=source.random() < 0.2)
        for directory in _DIRECTORIES
        for name in source.sample(_NAMES, 3)
    }
    files["top.txt"] = Entry(f"{salt} top\n")
    files["same/x"] = files["other/x"] = Entry(f"{salt} same\n")
    if source.random() < 0.5:
        files["current"] = Entry(target=source.choice(["app", "lib"]))
        files["lib/link"] = Entry(target=source.choice(["../top.txt", "a.txt", "nowhere"]))
    ignored = [".git", *(["docs"] if source.random() < 0.5 else []), *(["*.md"] if source.random() < 0.4 else [])]
    project = Project(files, (), tuple(ignored), salt)
    stages = []
    for number in range(source.choice([1, 1, 2, 3])):
        names = tuple(f"s{one}" for one in range(number))
        body = tuple(_instruction(source, project, names) for _ in range(source.randint(2, 6)))
        base = source.choice(["busybox", *names]) if source.random() < 0.5 else "busybox"
        stages.append((Instruction(f"FROM {base} AS s{number}", counted=True), *body))
    if len(stages) > 1 and source.random() < 0.7:
        taken = Instruction(f"COPY --from=s0 /etc/passwd /from-{salt}", counted=True)
        stages[-1] = (*stages[-1], taken)
    return replace(project, stages=tuple(stages))


def _instruction(source: random.Random, project: Project, stages: tuple[str, ...]) -> Instruction:
    made = source.choice(_MADE)(source, project, stages)
    return Instruction(made, counted=made.split()[0] in ("RUN", "COPY", "ADD", "WORKDIR"))


def _path(source: random.Random, project: Project) -> str:
    """A source that is there and is not ignored."""
    excluded = ("docs", "same", "other")
    paths = [
        path
        for path, entry in project.files.items()
        if entry.target is None and not path.startswith(excluded) and not path.endswith(".md")
    ]
    return source.choice(paths)


def _to(source: random.Random, project: Project, kind: str = "file") -> str:
    return f"/{project.salt}/{kind}{source.randint(0, 99)}"


_Make: TypeAlias = Callable[[random.Random, Project, tuple[str, ...]], str]
_MADE: tuple[_Make, ...] = (
    lambda source, project, _: f"COPY {_path(source, project)} {_to(source, project)}",
    lambda source, project, _: f"COPY {source.choice(['app', 'lib', 'web', 'app/inner'])} {_to(source, project, 'd')}/",
    lambda source, project, _: f"COPY {source.choice(['app', 'lib'])}/*.txt top.txt {_to(source, project, 'd')}/",
    lambda source, project, _: f"COPY . {_to(source, project, 'd')}",
    lambda source, project, _: f"COPY --link {_path(source, project)} {_to(source, project)}",
    lambda source, project, _: f"COPY --chmod=600 {_path(source, project)} {_to(source, project)}",
    lambda source, project, _: f"COPY {source.choice(['same', 'other'])}/x {_to(source, project)}",
    lambda source, project, _: f"COPY <<END {_to(source, project)}\ntext $V {source.randint(0, 9)}\nEND",
    lambda source, project, _: f"ADD lib {_to(source, project, 'd')}/",
    lambda source, project, _: f"RUN echo {project.salt} {source.randint(0, 99)}",
    lambda source, project, _: f'RUN ["echo", "{project.salt}", "{source.randint(0, 99)}"]',
    lambda source, project, _: f"RUN --mount=type=bind,source=lib,target=/m echo {project.salt} {source.randint(0, 9)}",
    lambda source, project, _: f"RUN <<END\necho {project.salt}\necho {source.randint(0, 99)}\nEND",
    lambda source, project, _: f"WORKDIR /w-{project.salt}-{source.randint(0, 9)}",
    lambda source, project, _: f"WORKDIR below-{project.salt}-{source.randint(0, 9)}",
    lambda source, project, _: f"ENV V=e{source.randint(0, 9)} {source.choice('AB')}={source.randint(0, 9)}",
    lambda source, project, _: f"ARG V=a{source.randint(0, 9)}",
    lambda source, project, _: f"ARG {source.choice('AB')}",
    lambda source, project, _: f"LABEL l={source.randint(0, 9)}",
    lambda source, project, _: f'CMD ["c{source.randint(0, 9)}"]',
    lambda source, project, _: f"USER {source.choice(['0', 'root', 'nobody'])}",
    lambda source, project, _: "# a comment",
    lambda source, project, stages: (
        f"COPY --from={source.choice(stages)} /etc/group {_to(source, project)}" if stages else "STOPSIGNAL 9"
    ),
)

# -- changes ------------------------------------------------------------------------------------


def random_change(seed: int, project: Project) -> tuple[str, Project]:
    """A changed project, and what was changed."""
    source = random.Random(seed ^ 0x5EED)
    name, change = source.choice(_CHANGES)
    changed = change(source, project)
    for _ in range(source.choice([0, 0, 0, 1])):
        other, further = source.choice(_CHANGES)
        name, changed = f"{name}, {other}", further(source, changed)
    return name, changed


def random_file_change(seed: int, project: Project) -> tuple[str, Project]:
    """The same for changes of files alone, that the Dockerfile is not among."""
    source = random.Random(seed)
    name, change = source.choice([one for one in _CHANGES if one[1] in _OF_FILES])
    return name, change(source, project)


def _with_files(project: Project, files: dict[str, Entry]) -> Project:
    return replace(project, files=files)


def _any(source: random.Random, project: Project) -> str:
    return source.choice(sorted(path for path, entry in project.files.items() if entry.target is None))


def _edited(source: random.Random, project: Project) -> Project:
    path = _any(source, project)
    entry = replace(project.files[path], text=f"{project.salt} edited {source.random()}\n")
    return _with_files(project, {**project.files, path: entry})


def _edited_unused(source: random.Random, project: Project) -> Project:
    entry = Entry(f"{project.salt} unused {source.random()}\n")
    return _with_files(project, {**project.files, source.choice(["docs/new.txt", "web/other.md", "docs/a.txt"]): entry})


def _added(source: random.Random, project: Project) -> Project:
    path = f"{source.choice(_DIRECTORIES)}/new-{source.randint(0, 9)}.txt"
    return _with_files(project, {**project.files, path: Entry(f"{project.salt} new\n")})


def _removed(source: random.Random, project: Project) -> Project:
    path = _any(source, project)
    return _with_files(project, {name: entry for name, entry in project.files.items() if name != path})


def _renamed(source: random.Random, project: Project) -> Project:
    path = _any(source, project)
    files = {name: entry for name, entry in project.files.items() if name != path}
    return _with_files(project, {**files, f"{path}.moved.txt": project.files[path]})


def _mode(source: random.Random, project: Project) -> Project:
    path = _any(source, project)
    entry = replace(project.files[path], executable=not project.files[path].executable)
    return _with_files(project, {**project.files, path: entry})


def _linked(source: random.Random, project: Project) -> Project:
    return _with_files(project, {**project.files, "app/link": Entry(target=source.choice(["main.py", "../lib", "x"]))})


def _commented(source: random.Random, project: Project) -> Project:
    return replace(project, comment=f"# {source.random()}\n\n")


def _ignored(source: random.Random, project: Project) -> Project:
    return replace(
        project, ignored=(*project.ignored, source.choice(["# nothing", "nowhere", "web/*.md", "app/inner"]))
    )


def _replaced(source: random.Random, project: Project) -> Project:
    at, stage = _body(source, project)
    index = source.randrange(1, len(stage))
    stages = tuple(f"s{one}" for one in range(at))
    return _with_stage(project, at, (*stage[:index], _instruction(source, project, stages), *stage[index + 1 :]))


def _inserted(source: random.Random, project: Project) -> Project:
    at, stage = _body(source, project)
    index = source.randrange(1, len(stage) + 1)
    stages = tuple(f"s{one}" for one in range(at))
    return _with_stage(project, at, (*stage[:index], _instruction(source, project, stages), *stage[index:]))


def _dropped(source: random.Random, project: Project) -> Project:
    at, stage = _body(source, project)
    index = source.randrange(1, len(stage))
    return _with_stage(project, at, (*stage[:index], *stage[index + 1 :]))


def _swapped(source: random.Random, project: Project) -> Project:
    at, stage = _body(source, project)
    body = list(stage[1:])
    source.shuffle(body)
    return _with_stage(project, at, (stage[0], *body))


def _body(source: random.Random, project: Project) -> tuple[int, tuple[Instruction, ...]]:
    at = source.choice([number for number, stage in enumerate(project.stages) if len(stage) > 1])
    return at, project.stages[at]


def _with_stage(project: Project, at: int, stage: tuple[Instruction, ...]) -> Project:
    return replace(project, stages=(*project.stages[:at], stage, *project.stages[at + 1 :]))


def _nothing(source: random.Random, project: Project) -> Project:
    return project


_CHANGES: tuple[tuple[str, Callable[[random.Random, Project], Project]], ...] = (
    ("edit a file", _edited),
    ("edit a file", _edited),
    ("edit an unused file", _edited_unused),
    ("edit an unused file", _edited_unused),
    ("add a file", _added),
    ("remove a file", _removed),
    ("rename a file", _renamed),
    ("change a mode", _mode),
    ("add a link", _linked),
    ("edit a comment", _commented),
    ("edit the ignore file", _ignored),
    ("replace an instruction", _replaced),
    ("insert an instruction", _inserted),
    ("remove an instruction", _dropped),
    ("reorder instructions", _swapped),
    ("nothing", _nothing),
)
_OF_FILES = (_edited, _edited_unused, _added, _removed, _renamed, _mode, _linked, _ignored)
