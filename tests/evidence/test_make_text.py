"""The values of variables and functions in a Makefile."""

from collections.abc import Callable
from functools import partial

import pytest

from ctxopt.evidence.make_text import Expansion, automatic
from ctxopt.evidence.recipes import makefile
from tests.support.steps import assert_linear

FILES = {"docs/*.md": ["docs/a.md", "docs/b.md"], "*/": ["docs/", "lib/"]}


def expansion(**known: str) -> Expansion:
    return Expansion(dict(known), lambda pattern: FILES.get(pattern, []))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$(A) ${A} $A", "x y x y x y"),
        ("$(B)", "x y/z"),
        ("$($(C))", "x y"),
        ("$(wildcard docs/*.md gone/*.x)", "docs/a.md docs/b.md gone/*.x"),
        ("$(wildcard */)", "docs/ lib/"),
        ("$(patsubst %.md,out/%.html,a.md b.txt)", "out/a.html b.txt"),
        ("$(F:.md=.html)", "docs/a.html docs/b.html"),
        ("$(A:%=build-%)", "build-x build-y"),
        ("$(subst x,ab,$(A))", "ab y"),
        ("$(addprefix d/,$(addsuffix .c,$(A)))", "d/x.c d/y.c"),
        ("$(notdir $(basename $(F)))", "a b"),
        ("$(sort $(dir $(F)))", "docs/"),
        ("$(suffix a.b c/d)", ".b"),
        ("$(basename c.d/e)", "c.d/e"),
        ("$(filter %.md,a.md b.c d.md)", "a.md d.md"),
        ("$(filter-out a.md %.c,a.md b.c d.md)", "d.md"),
        ("$(join a b,1 2 3)", "a1 b2 3"),
        ("$(firstword p q)$(lastword p q)", "pq"),
        ("$(strip  a   b )", "a b"),
        ("$(foreach d,$(A),$(d)/*.md)", "x/*.md y/*.md"),
        ("$(dir $(abspath a/b))", "a/"),
        ("$$HOME $@ $(GONE) $(GONE:.a=.b)", "$$HOME $@ $(GONE) $(GONE:.a=.b)"),
        ("$(shell ls $(A))", "$(shell ls x y)"),
        ("${call f,$(A)}", "${call f,x y}"),
        ("$(wildcard $(GONE)/*)", "$(wildcard $(GONE)/*)"),
        ("$(foreach d,$(GONE),$(d) $(A))", "$(foreach d,$(GONE),$(d) x y)"),
        ("$(dir $@)", "$(dir $@)"),
        ("$(A", "x y"),
        ("$", "$"),
    ],
)
def test_values(text: str, value: str) -> None:
    assert expansion(A="x y", B="$(A)/z", C="A", F="$(wildcard docs/*.md)").expanded(text) == value


def test_the_variable_of_a_loop_is_as_before_behind_it() -> None:
    known = expansion(d="x")
    assert known.expanded("$(foreach d,1 2,$d) $d") == "1 2 x"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("make -C $@", "make -C out/a.html"),
        ("$(MAKE) -C $(@D) $(@F)", "$(MAKE) -C out a.html"),
        ("cd $* && x $< $^ $(^D)", "cd a && x docs/a.md docs/a.md lib/x docs lib"),
        ("echo $$@ $$(date) $(<F)", "echo $$@ $$(date) a.md"),
    ],
)
def test_what_make_sets_for_a_target(line: str, value: str) -> None:
    assert automatic(line, "out/a.html", "a", ["docs/a.md", "lib/x"]) == value


def test_recipes_of_patterns() -> None:
    recipes = makefile(
        "all: out/a.html sub-docs\nout/%.html: src/%.md\n\tx $< -o $@\nsub-%:\n\tmake -C $*\n\techo $$HOME\n"
    )
    found = recipes.wanted([])
    assert found["out/a.html"].lines == ["x src/a.md -o out/a.html"]
    assert found["sub-docs"].lines == ["make -C docs", "echo $HOME"]
    assert "src/a.md" in found


def test_static_patterns() -> None:
    recipes = makefile("P = out/a.html out/b.html\nall: $(P)\n$(P): out/%.html: src/%.md\n\tx $< $*\n")
    found = recipes.wanted([])
    assert found["out/b.html"].lines == ["x src/b.md b"]
    assert {"src/a.md", "src/b.md"} <= found.keys()


def test_targets_of_which_the_names_are_not_known() -> None:
    recipes = makefile("D = $(shell ls -d */)\nall: $(D)\n$(D):\n\tmake -C $@\nother:\n\tx\n")
    lines = [line for recipe in recipes.wanted([]).values() for line in recipe.lines]
    assert "make -C $@" in lines
    assert "x" not in lines


def test_too_much_to_expand() -> None:
    doubling = "".join(f"V{number} = $(V{number + 1}) $(V{number + 1})\n" for number in range(60))
    assert makefile(f"{doubling}V60 = x\nall: $(V0)\n").opaque
    assert makefile(f"V = {'x ' * 20_000}\nall: $(V)\n").opaque
    many = " ".join(f"t{number}" for number in range(1_500))
    assert makefile("".join(f"{many}: {many}\n" for _ in range(3))).opaque


def test_too_much_that_is_wanted() -> None:
    patterns = "".join(f"%x{'y' * number}:\n\tc\n" for number in range(200))
    names = " ".join(f"{number}x" for number in range(600))
    found = makefile(f"all: {names}\n%x:\n" + "\tc\n" * 400 + patterns).wanted([])
    assert "%x" in found


def test_time_grows_with_the_text() -> None:
    def read(count: int) -> Callable[[], object]:
        lines = (f"a{number}: $(wildcard b/*.c) $(A:%=x-%)\n\tx $@ $(dir $@)\n" for number in range(count))
        return partial(makefile, "".join(lines))

    assert_linear(read, 200)
