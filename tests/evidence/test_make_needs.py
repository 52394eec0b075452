"""Files and directories that a Makefile names by functions, searches and the targets of patterns."""

from pathlib import Path

import pytest

from tests.evidence.support import claimed, judged, text, write

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\n"
SUBDIRS = "$(SUBDIRS):\n\t$(MAKE) -C $@\n"


def gone(root: Path, *paths: str, run: str = "RUN make\n") -> set[str]:
    """Those of some paths that can be excluded, alone or with a directory above them."""
    entries = claimed(judged(root, PLAIN + run))
    return {path for path in paths if any(f"{path}/".startswith(f"{entry}/") for entry in entries)}


@pytest.mark.parametrize(
    "makefile",
    [
        "SRC := $(shell git ls-files 'docs/*.md')\nall: $(SRC)\n",
        "SRC = $(shell git ls-files docs)\nall: ; pack $(SRC)\n",
        "SRC := $(shell git ls-files '*.md')\nall: $(SRC)\n",
        "SRC := $(shell find docs -name '*.md')\nall: $(SRC)\n",
        "SRC = $(shell find . -name '*.md')\nall: out\nout: $(SRC)\n",
        "all: $(shell find docs -type f)\n",
        "all: $(shell ls docs/*.md)\n",
        "SRC := $(shell fd -g '*.md')\nall: $(SRC)\n",
        "D := docs\nall: $(wildcard $(D)/*.md)\n",
        "all: $(patsubst docs/%.md,out/%.html,$(wildcard docs/*.md))\nout/%.html: docs/%.md\n\tcmark $<\n",
        "SRC := $(wildcard docs/*.md)\nall: $(SRC:.md=.html)\n%.html: %.md\n\tcmark $<\n",
        "DIRS = docs lib\nall: $(foreach d,$(DIRS),$(wildcard $(d)/*.md))\n",
        "N = a b\nall: $(addsuffix .md,$(addprefix docs/,$(N)))\n",
        "N = docs/a docs/b\nall: $(N:=.md)\n",
        "N := $(notdir $(basename $(wildcard docs/*.md)))\nall: $(N:%=out/%.html)\nout/%.html: docs/%.md\n\tcmark $<\n",
        "P = out/a.html out/b.html\nall: $(P)\n$(P): out/%.html: docs/%.md\n\tcmark $<\n",
        "VPATH = docs\nall: a.html\n%.html: %.md\n\tcmark $<\n",
        "all:\n\tpack $(join docs/,a.md)\n",
        "ROOT := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))\nall:\n\tpack $(ROOT)docs/a.md\n",
    ],
)
def test_prerequisites(tmp_path: Path, makefile: str) -> None:
    write(tmp_path, "docs/a.md", "docs/b.md", "tests/x.json", "lib/x.c")
    text(tmp_path, "Makefile", makefile)
    assert gone(tmp_path, "docs/a.md", "tests/x.json") == {"tests/x.json"}


@pytest.mark.parametrize(
    "makefile",
    [
        f"SUBDIRS := $(wildcard */)\nall: $(SUBDIRS)\n{SUBDIRS}",
        f"SUBDIRS := docs tests\nall: $(SUBDIRS)\n{SUBDIRS}",
        f"SUBDIRS := $(dir $(wildcard */Makefile))\nall: $(SUBDIRS)\n{SUBDIRS}",
        "D := $(patsubst %/Makefile,%,$(wildcard */Makefile))\nall: $(D)\n$(D):\n\t$(MAKE) --directory=$@\n",
        f"SUBDIRS := $(shell ls -d */)\nall: $(SUBDIRS)\n{SUBDIRS}",
        f"SUBDIRS = $(shell find . -maxdepth 1 -type d)\nall: $(SUBDIRS)\n{SUBDIRS}",
        "all: sub-docs sub-tests\nsub-%:\n\t$(MAKE) -C $*\n",
        "all: docs.build tests.build\n%.build:\n\t$(MAKE) -C $* all\n",
        "all: sub-docs sub-tests\nsub-%: %/Makefile\n\t$(MAKE) -C $(<D)\n",
        "D = docs tests\nall: $(D:%=%/all)\n%/all:\n\tcd $* && $(MAKE)\n",
        "D = docs tests\nall: $(D)\n.PHONY: all $(D)\n$(D):\n\tcd $@ && $(MAKE)\n",
        "D = docs tests\nall:\n\tfor d in $(D); do $(MAKE) -C $$d; done\n",
        "all:\n\tfor d in */; do $(MAKE) -C $$d; done\n",
        "all:\n\t$(foreach d,docs tests,$(MAKE) -C $(d);)\n",
        "D = docs tests\nall: $(addprefix b-,$(D))\n$(addprefix b-,$(D)): b-%:\n\t$(MAKE) -C $*\n",
        "all: docs/out tests/out\n%/out:\n\t$(MAKE) -C $(@D)\n",
        "-include $(wildcard mk/*.mk)\nall: extra\n",
    ],
)
def test_directories_in_which_make_runs(tmp_path: Path, makefile: str) -> None:
    write(tmp_path, "docs/a.md", "tests/t.c", "lib/x.c")
    text(tmp_path, "docs/Makefile", "all:\n\tcmark a.md\n")
    text(tmp_path, "tests/Makefile", "all:\n\tcc t.c\n")
    text(tmp_path, "mk/x.mk", "extra:\n\t$(MAKE) -C docs\n\t$(MAKE) -C tests\n")
    text(tmp_path, "Makefile", makefile)
    assert gone(tmp_path, "docs/a.md", "docs/Makefile", "tests/t.c", "tests/Makefile") == set()


def test_targets_that_nothing_asks_for(tmp_path: Path) -> None:
    write(tmp_path, "docs/a.md", "tests/t.c")
    text(tmp_path, "docs/Makefile", "all:\n\tcmark a.md\n")
    text(tmp_path, "Makefile", f"SUBDIRS := $(wildcard */)\nall:\n\tcc m.c\nevery: $(SUBDIRS)\n{SUBDIRS}")
    assert gone(tmp_path, "docs/a.md", "tests/t.c") == {"docs/a.md", "tests/t.c"}


def test_one_directory_of_several(tmp_path: Path) -> None:
    write(tmp_path, "spec/a.x", "tests/t.c")
    text(tmp_path, "spec/Makefile", "all:\n\ttool a.x\n")
    text(tmp_path, "tests/Makefile", "all:\n\tcc t.c\n")
    text(tmp_path, "Makefile", "all: sub-spec\nsub-%:\n\t$(MAKE) -C $*\n")
    assert gone(tmp_path, "spec/a.x", "tests/t.c") == {"tests/t.c"}


@pytest.mark.parametrize(
    "run", ["RUN make -C spec\n", "WORKDIR /app/spec\nRUN make\n", "WORKDIR /app/spec\nRUN just x\n"]
)
def test_the_file_with_the_tasks_is_needed_itself(tmp_path: Path, run: str) -> None:
    write(tmp_path, "spec/z.x")
    text(tmp_path, "spec/Makefile", "all:\n\ttrue\n")
    text(tmp_path, "spec/justfile", "x:\n  true\n")
    file = "spec/justfile" if "just" in run else "spec/Makefile"
    assert gone(tmp_path, file, run=run) == set()


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("git ls-files 'docs/*.md' | xargs pack", "docs/c/d.md"),
        ("git ls-files -- docs tests | xargs pack", "tests/x.json"),
        ("git archive HEAD docs | tar x", "docs/c/d.md"),
        ("rg --files docs | xargs pack", "docs/c/d.md"),
    ],
)
def test_commands_that_list_files(tmp_path: Path, command: str, kept: str) -> None:
    write(tmp_path, "docs/c/d.md", "tests/x.json", "spec/y")
    assert gone(tmp_path, kept, "spec/y", run=f"RUN {command}\n") == {"spec/y"}
