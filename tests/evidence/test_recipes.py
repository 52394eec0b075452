"""What the recipes of make and just, and tasks in other files, run."""

from pathlib import Path

import pytest

from ctxopt.catalogue.ecosystems import Scripts, catalogue
from ctxopt.evidence.manifests import strings
from ctxopt.evidence.recipes import justfile, makefile, shell_texts
from ctxopt.evidence.tasks import named_tasks, tasks
from ctxopt.evidence.trees import tree_of, without_comments
from tests.evidence.support import claimed, judged, text, why_kept, write

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\n"


def test_targets_and_what_they_need() -> None:
    recipes = makefile("V := 1\nall: a b\n\t@echo $(V)\na:\n\tcc a.c \\\n\t  -o a\nb: c ; touch b\n%.o: %.c\n\tcc\n")
    assert list(recipes.wanted([])) == ["all", "a", "b", "c"]
    assert recipes.by_name["all"].lines == ["echo 1"]
    assert recipes.by_name["a"].lines == ["cc a.c  -o a"]
    assert recipes.by_name["b"].lines == ["touch b"]
    assert list(recipes.wanted(["x.o"])) == ["x.o", "x.c"]
    assert not recipes.opaque


def test_what_make_runs_before_any_target() -> None:
    recipes = makefile("A := $(shell git describe)\nB = $(shell lazy)\nC != date\nall:\n\ttrue $(B)\n")
    assert recipes.always == ["git describe", "date"]
    assert recipes.by_name["all"].lines == ["true $(shell lazy)"]
    assert list(shell_texts("x $(shell a (b)) y")) == ["a (b)"]


def test_a_default_of_another_branch_may_be_the_one_that_counts() -> None:
    text = "ifdef X\nV ?= $(X)\nelse\nV ?= $(shell [ -d .git ] && git describe)\nendif\nall:\n\techo $(V)\n"
    assert makefile(text).always == ["[ -d .git ] && git describe"]
    assert makefile("V ?= $(shell git describe)\nall:\n\ttrue\n").always == []


@pytest.mark.parametrize("line", ["$(eval X=1)", "$(foreach d,$(D),$(d))", "$(call f,x)"])
def test_what_cannot_be_followed(line: str) -> None:
    assert makefile(f"{line}\nall:\n\ttrue\n").opaque


def test_macros() -> None:
    text = "define run\n\t@echo $(1)\n\ttool $(2) docs\nendef\na:\n\t$(call run,x,$(wildcard b/*.md))\nc:\n\ttrue\n"
    recipes = makefile(text)
    assert not recipes.opaque
    assert recipes.by_name["a"].lines == ["$(call run,x,b/*.md)", "echo x", "tool b/*.md docs"]
    assert recipes.by_name["c"].lines == ["true"]


def test_conditions_in_a_recipe() -> None:
    recipes = makefile("a:\nifeq ($(X),1)\n\tone\nelse\n\ttwo\nendif\nb: $(patsubst docs/%.md,%.html,$(D))\n")
    assert recipes.by_name["a"].lines == ["one", "two"]
    assert recipes.by_name["b"].needs == ["patsubst", "docs/%.md", "%.html", "D"]


def test_a_pattern_for_files_in_directories() -> None:
    assert list(makefile("a: out/x.html\nout/%.html: docs/%.md\n").wanted(["a"])) == ["a", "out/x.html", "docs/x.md"]


def test_variables_that_name_themselves() -> None:
    assert makefile("A = $(A) $(A)\nall:\n\techo $(A)\n").by_name["all"].lines[0].startswith("echo ")


def test_a_justfile() -> None:
    recipes = justfile("v := 'x'\nbuild arg: check\n    cargo build {{v}}\n\n@check:\n    -pytest\n")
    assert list(recipes.wanted([])) == ["build", "check"]
    assert (recipes.by_name["build"].lines, recipes.by_name["check"].lines) == (["cargo build x"], ["pytest"])


def test_an_included_file(tmp_path: Path) -> None:
    write(tmp_path, "docs/x", "tests/y")
    text(tmp_path, "Makefile", "include mk/vars.mk\nall: $(DIRS)\n")
    text(tmp_path, "mk/vars.mk", "DIRS = docs\n")
    found = judged(tmp_path, PLAIN + "RUN make\n")
    assert "docs" not in claimed(found)
    assert why_kept(found, "docs") == "Makefile, read by RUN make (Dockerfile:4), names it"
    assert "tests" in claimed(found)


def _scripts(name: str, form: str) -> Scripts:
    return next(scripts for scripts in catalogue().scripts if name in scripts.files and scripts.format == form)


@pytest.mark.parametrize(
    ("name", "form", "content", "asked", "lines"),
    [
        ("package.json", "json", '{"scripts": {"a": "b", /* c */ "x:1": "y",}}', ["x:*"], ["y"]),
        ("pyproject.toml", "toml", "[tool.poe.tasks]\na = {shell = 'b'}\n", ["a"], ["b"]),
        ("pyproject.toml", "toml", "[tool.hatch.envs.x.scripts]\na = ['b', 'c']\n", ["a"], ["b", "c"]),
        ("Taskfile.yml", "yaml", "tasks:\n  a:\n    cmds:\n      - b\n      - task: c\n  c: d\n", ["a"], ["b"]),
        ("tox.ini", "ini", "[testenv]\ncommands = b\n[testenv:a]\ncommands =\n  c\n  - d\n", ["a"], ["c", "d"]),
        ("noxfile.py", "quoted", 'session.run("mkdocs", "build")\n# "x"\n', ["a"], []),
        ("package.json", "json", "{", ["a"], []),
        ("tox.ini", "ini", "[", ["a"], []),
        ("Taskfile.yml", "yaml", "a: &x [*x]", ["a"], []),
    ],
)
def test_tasks(name: str, form: str, content: str, asked: list[str], lines: list[str]) -> None:
    recipes = tasks(_scripts(name, form), content, lambda _: None)
    found = [recipes.by_name.get(task) for task in named_tasks(recipes, asked)]
    assert [line for recipe in found if recipe is not None for line in recipe.lines] == lines


def test_source_code_may_run_all_that_it_quotes() -> None:
    recipes = tasks(_scripts("noxfile.py", "quoted"), 'session.run("mkdocs", "build")\n', lambda _: None)
    assert recipes.always == ["mkdocs build"]


def test_json_with_comments() -> None:
    given = '{ // a\n "x": "//no", /* b */ "y": [1, 2,], }'
    assert tree_of(given, "json") == {"x": "//no", "y": [1, 2]}
    assert without_comments('{"a": ",]"}') == '{"a": ",]"}'
    assert tree_of("a: 1", "yaml") == {"a": "1"}
    assert tree_of("a = 1", "toml") == {"a": 1}
    assert tree_of("{", "json") is tree_of("[", "toml") is tree_of("a: [", "yaml") is None


@pytest.mark.parametrize(
    "run", ["tox -e a", "nox -s a", "invoke a", "hatch run a", "pdm run a", "poe a", "just a", "task a", "make a"]
)
def test_runners(tmp_path: Path, run: str) -> None:
    write(tmp_path, "docs/x", "tests/y")
    text(tmp_path, "tox.ini", "[testenv:a]\ncommands = cp docs/x /\n")
    text(tmp_path, "noxfile.py", 'session.run("cp", "docs/x", "/")\n')
    text(tmp_path, "tasks.py", 'c.run("cp docs/x /")\n')
    text(
        tmp_path,
        "pyproject.toml",
        "[tool.hatch.envs.default.scripts]\na = 'cp docs/x /'\n[tool.pdm.scripts]\na = 'cp docs/x /'\n"
        "[tool.poe.tasks]\na = 'cp docs/x /'\n",
    )
    text(tmp_path, "justfile", "a:\n  cp docs/x /\n")
    text(tmp_path, "Taskfile.yml", "tasks:\n  a: cp docs/x /\n")
    text(tmp_path, "Makefile", "a:\n\tcp docs/x /\n")
    assert "docs" not in claimed(judged(tmp_path, f"{PLAIN}RUN {run}\n"))


def test_a_procfile_and_a_file_of_supervisor() -> None:
    found = tasks(_scripts("Procfile", "lines"), "web: python a.py\n# x\nworker: celery\n", lambda _: None)
    assert {name: recipe.lines for name, recipe in found.by_name.items()} == {
        "web": ["python a.py"],
        "worker": ["celery"],
    }
    text = "[program:x]\ncommand=node /app/x.js\nautostart=true\n"
    assert tasks(_scripts("supervisord.conf", "lines"), text, lambda _: None).always == ["node /app/x.js"]


def test_included_tasks() -> None:
    files = {"docs/Taskfile.yml": "tasks:\n  html: pandoc a.md\n", "mk/x.just": "doc:\n    mdbook build\n"}
    text = "includes:\n  docs: ./docs\n  gone: ./gone\ntasks:\n  all:\n    cmds:\n      - task: docs:html\n"
    found = tasks(_scripts("Taskfile.yml", "yaml"), text, files.get)
    assert list(found.wanted(["all"])) == ["all", "docs:html"]
    assert found.by_name["docs:html"].lines == ["pandoc a.md"]
    assert found.included == ["docs/Taskfile.yml"]
    just = tasks(_scripts("justfile", "just"), "import 'mk/x.just'\nmod? y 'gone'\nall: doc\n", files.get)
    assert list(just.wanted(["all"])) == ["all", "doc"]


def test_keys_that_are_paths() -> None:
    text = '[tool.hatch.build.targets.wheel.force-include]\n"docs" = "x/docs"\n'
    assert strings(text, "toml", ["tool.hatch.build.targets.*.force-include.@"]) == ["docs"]
