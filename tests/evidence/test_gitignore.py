"""What `.gitignore` files say where there is no repository: the same as git, within bounds."""

import os
import random
import subprocess
from pathlib import Path

import pytest

from ctxopt.builds.opened import walk_unfiltered
from ctxopt.core.context.files import Files
from ctxopt.evidence.gitignore import NothingKnown, gitignore_facts
from ctxopt.git.facts import GitFacts
from ctxopt.proposal.model import Level
from tests.proposal.support import proposed
from tests.support.files import write

_NAMES = ["a", "b", "c", "x.py", "b.txt", ".h", "foo", "a b", "aa"]
_PARTS = ["a", "b", "c", "aa", "*", "**", "*.py", "?", "f*o", "[ab]", ".h", "x.*", "*b*", "\\a", "a\\ b", "a b", "[!a]"]


def _facts(root: Path) -> GitFacts | None:
    return gitignore_facts(walk_unfiltered(str(root)), Files(str(root)).read)


def _ignored(root: Path) -> set[str]:
    facts = _facts(root)
    return set() if facts is None else {*facts.ignored_files, *facts.ignored_directories}


def _write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _random_tree(rng: random.Random, directory: Path, depth: int = 0) -> None:
    directory.mkdir()
    for name in rng.sample(_NAMES, rng.randrange(1, 5)):
        if depth < 3 and rng.random() < 0.5:
            _random_tree(rng, directory / name, depth + 1)
        else:
            (directory / name).write_text("x")


def _random_line(rng: random.Random) -> str:
    pattern = "/".join(rng.choice(_PARTS) for _ in range(rng.randrange(1, 4)))
    before, after = rng.choice(["", "", "!", "/", "!/", "#"]), rng.choice(["", "", "/", "  "])
    return before + pattern + after + rng.choice(["\n", "\n", "\r\n"])


def _random_case(rng: random.Random, root: Path) -> None:
    _random_tree(rng, root)
    directories = [path for path in root.rglob("*") if path.is_dir()]
    for directory in (root, *rng.sample(directories, min(len(directories), 2))):
        (directory / ".gitignore").write_text("".join(_random_line(rng) for _ in range(rng.randrange(1, 5))))


def _git_check_ignore(repository: Path, paths: list[str]) -> set[str]:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "init", "-q"], cwd=repository, env=env, check=True)
    command = ["git", "check-ignore", "-z", "--stdin", "--no-index"]
    done = subprocess.run(command, input="\0".join(paths).encode(), cwd=repository, env=env, capture_output=True)
    return set(done.stdout.decode().split("\0")[:-1])


def test_random_files_against_git(tmp_path: Path) -> None:
    rng = random.Random(7)
    cases = [tmp_path / f"case{number}" for number in range(60)]
    said: set[str] = set()
    unknown: set[str] = set()
    for case in cases:
        _random_case(rng, case)
        try:
            facts = _facts(case)
        except NothingKnown:
            unknown.add(case.name)
            continue
        for path in case.rglob("*"):
            if facts is not None and facts.ignored(path.relative_to(case).as_posix()):
                said.add(path.relative_to(tmp_path).as_posix())
    paths = [path.relative_to(tmp_path).as_posix() for case in cases for path in case.rglob("*")]
    expected = {path for path in _git_check_ignore(tmp_path, paths) if path.partition("/")[0] not in unknown}
    assert said == expected
    assert len(said) > 50
    assert len(unknown) < 20


def test_nested_files_negations_and_directories(tmp_path: Path) -> None:
    _write(tmp_path, **{".gitignore": "*.log\n!keep.log\nbuild/\n/top\n", "sub__.gitignore": "!b.log\n/top\n"})
    _write(tmp_path, **{"a.log": "", "keep.log": "", "build__x": "", "sub__build": "", "top": "", "deep__top": ""})
    _write(tmp_path, **{"sub__a.log": "", "sub__b.log": "", "sub__top": "", "build__.gitignore": "!x\n"})
    assert _ignored(tmp_path) == {"a.log", "build", "top", "sub/a.log", "sub/top"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("*a*b*c*d\n", "a line has more than 3 stars"),
        ("x" * 1001 + "\n", "a line has more than 1,000 characters"),
        ("".join(f"x{number}\n" for number in range(5001)), "there are more than 5,000 lines"),
        ("[[:space:]]x\n", "a line has a class of characters in brackets"),
        ("*a*xa*ab\n" * 4000, "there are too many lines for so many files"),
        ("*\n", "it ignores the whole directory, so it gives no evidence about its contents"),
    ],
)
def test_beyond_a_bound_nothing_is_known(tmp_path: Path, text: str, why: str) -> None:
    _write(tmp_path, **{".gitignore": text, **{"a" * 200 + str(number) + "ab": "" for number in range(10)}})
    with pytest.raises(NothingKnown) as caught:
        _facts(tmp_path)
    assert str(caught.value) == why


@pytest.mark.parametrize("text", ["", "# nothing\n\n", "!\n", "[a\n"])
def test_without_a_line_that_matches_anything_there_are_no_facts(tmp_path: Path, text: str) -> None:
    _write(tmp_path, **{".gitignore": text, "a": ""})
    assert _facts(tmp_path) is None


def test_a_link_is_not_read(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("a\n")
    root = tmp_path / "root"
    _write(root, a="", b="")
    try:
        (root / ".gitignore").symlink_to(outside)
    except OSError:
        pytest.skip("links cannot be made here")
    assert _facts(root) is None


def test_a_proposal_says_where_it_comes_from(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\nRUN make\n", ".gitignore": "/data\n", "data/x": 10, "y": 1})
    proposal = proposed(tmp_path, level=Level.LIKELY)
    rows = {row.pattern: row.evidence for row in proposal.files[0].rows}
    assert rows["data"] == "ignored by .gitignore; without a git repository it is unknown whether git tracks it"
    assert "not in a git repository: .gitignore is the only evidence of what git ignores" in proposal.notes
