"""The catalogue: what its files may hold, and what they do hold."""

import pytest

from ctxopt.catalogue.ecosystems import Hook, Recreated, Scripts, catalogue, joined, parsed
from ctxopt.catalogue.names import NameIndex, any_match, ends_with
from ctxopt.catalogue.vocabulary import Tool


def test_an_entry() -> None:
    found = parsed('[[dependency]]\nnames = ["x"]\nmade_by = ["make x"]\nnested = "all"\n', "a.toml")
    assert found.dependency == (Recreated(("x",), ("make x",), nested="all"),)
    found = parsed('[[tool]]\nname = "x"\nwords = -1\n[[scripts]]\nfile = "f"\ntable = "t"\nrun = []\n', "a.toml")
    assert found.tool == (Tool("x", -1),)
    assert found.scripts == (Scripts("f", "t", ()),)
    text = '[[scripts]]\nfile = "f"\ntable = "t"\nrun = []\n[[scripts.hooks]]\nby = ["x"]\nnames = ["y"]\n'
    assert parsed(text, "a.toml").scripts[0].hooks == (Hook(("x",), ("y",)),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nothing = 1", "a.toml has an unknown key: nothing"),
        ("[[dependency]]\nnames = []\nmade = []", "a.toml: dependency has an unknown key: made"),
        ("[[dependency]]\nmade_by = []", "a.toml: dependency lacks a key: names"),
        ('manifests = "x"', "a.toml: manifests must be a list"),
        ("manifests = [1]", "a.toml: manifests must be a str"),
        ("[dependency]\nnames = []", "a.toml: dependency must be a list"),
        ('dependency = ["x"]', "a.toml: dependency must be a table"),
        ('[[dependency]]\nnames = []\nnested = "some"', "nested must be one of: 'no', 'workspaces', 'all'"),
        ('[[tool]]\nname = "x"\nwords = true', "a.toml: tool: words must be a int"),
        ('[[junk]]\nkey = "os"\nnames = []\ntext = ""\ntracked = 1', "tracked must be a bool"),
        ("manifests = [", "Invalid value"),
    ],
)
def test_what_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parsed(text, "a.toml")


def test_files_are_joined() -> None:
    found = joined([parsed('manifests = ["a"]', "a"), parsed('manifests = ["b"]\nlocks = ["c"]', "b")])
    assert (found.manifests, found.locks) == (("a", "b"), ("c",))


def test_the_files_that_come_with_it() -> None:
    known = catalogue()
    assert catalogue() is known
    for name in (
        "package.json",
        "poetry.lock",
        "requirements-dev.txt",
        "x.gemspec",
        "go.sum",
        "x.csproj",
        "build.gradle.kts",
    ):
        assert any_match((*known.manifests, *known.locks), name)
    commands = [known.wrappers, known.runs_tests, known.builds_docs]
    commands += [entry.made_by + entry.made_at for entry in (*known.dependency, *known.output)]
    commands += [entry.run for entry in known.need] + [entry.used_by for entry in known.secret]
    commands += [entry.commands for entry in known.install] + [known.independent]
    for command in (command for some in commands for command in some):
        first = command.split()[0]
        assert not first.startswith(("!", "-", "$")), command
    assert len({tool.name for tool in known.tool}) == len(known.tool)
    for junk in known.junk:
        assert not (junk.inside_sources and junk.tracked), junk.names


def test_names() -> None:
    index = NameIndex([("a", 1), ("*.py", 2), ("x*", 3), ("[ab]", 4), ("d/e", 5), ("*.p[xy]", 6), ("a", 7)])
    assert index.find(["a", "b", "c.py", "xa.py", "e", "none"]) == {
        "a": [1, 7, 4],
        "b": [4],
        "c.py": [2, 6],
        "xa.py": [2, 3, 6],
        "e": [5],
    }
    assert ends_with("c/d/e", "d/e")
    assert ends_with("d/e", "d/*")
    assert not ends_with("e", "d/e")
    assert not ends_with("xd/e", "d/e")


def test_names_that_have_a_wildcard_inside() -> None:
    index = NameIndex([("client_secret*.json", 1), ("client_*", 2), ("a[bc]d", 3), ("*.x*", 4)])
    names = ["client_secret_1.json", "client_secret", "abd", "aed", "n.xy", "other"]
    wanted = {"client_secret_1.json": [1, 2], "client_secret": [2], "abd": [3], "n.xy": [4]}
    assert index.find(names) == wanted
    assert index.find(frozenset(names)) == wanted
