"""The builds of Bake files."""

import json
import os
from pathlib import Path
from unittest.mock import Mock

import pytest
from hcl2 import parses_to_tree

from ctxopt.builds import bake_functions, bake_source, reading
from ctxopt.builds.bake import read
from ctxopt.builds.build import Build, Declared
from ctxopt.core.named_context import ContextSource, NamedContext
from ctxopt.errors import CtxoptError
from tests.builds.support import contexts, only, said
from tests.support.files import write
from tests.support.steps import lines_run


def _read(root: Path, text: str, **environment: str) -> Declared:
    write(root, {"docker-bake.hcl": text})
    return read(str(root / "docker-bake.hcl"), "docker-bake.hcl", environment=environment)


def _read_json(root: Path, data: object, **environment: str) -> Declared:
    write(root, {"docker-bake.json": json.dumps(data)})
    return read(str(root / "docker-bake.json"), "docker-bake.json", environment=environment)


def _args(build: Build) -> dict[str, str]:
    return dict(build.build_args)


def _value(root: Path, expression: str, preamble: str = "", **environment: str) -> str | None:
    """What an argument with this expression gets; None if it cannot be told."""
    declared = _read(root, f'{preamble}\ntarget "t" {{\n  args = {{ A = {expression} }}\n}}\n', **environment)
    value = _args(only(declared)).get("A")
    unknown = "docker-bake.hcl: target t: the value of args.A cannot be evaluated"
    assert (unknown in said(declared)) is (value is None)
    return value


def test_a_target(tmp_path: Path) -> None:
    write(tmp_path, {"app/": ""})
    declared = _read(
        tmp_path,
        """
# A comment
group "default" { targets = ["app", "plain"] }
target "app" {
  context    = "./app"      // where
  dockerfile = "docker/app.Dockerfile"
  target     = "prod"
  args       = { A = "1", "B" = 2, C: true }
  platforms  = ["linux/arm64", "linux/amd64"]
  tags       = ["x:${UNKNOWN}"]
}
target "plain" {}
""",
    )
    root = tmp_path.resolve()
    assert declared == Declared(
        (
            Build(
                "docker-bake.hcl: target app",
                str(root / "app"),
                str(root / "app/docker/app.Dockerfile"),
                None,
                "prod",
                (("A", "1"), ("B", "2"), ("C", "true")),
                "linux/arm64",
            ),
            Build("docker-bake.hcl: target plain", str(root)),
        )
    )


def test_json_has_the_same_keys(tmp_path: Path) -> None:
    write(tmp_path, {"app/": ""})
    declared = _read_json(
        tmp_path,
        {
            "variable": {"TAG": {"default": "v1"}, "N": {"default": 2.50}, "EMPTY": {}},
            "group": {"default": {"targets": ["app"]}},
            "target": {
                "base": [{"args": {"A": '${TAG}-${upper("x")}', "B": None}}],
                "app": {
                    "inherits": ["base"],
                    "context": "app",
                    "dockerfile-inline": "FROM a:$${TAG}\n",
                    "args": {"N": "${N}", "E": "<${EMPTY}>", "${TAG}": True},
                    "platforms": ["${TAG}"],
                },
            },
        },
        TAG="v2",
    )
    app = declared.builds[1]
    assert app.origin == "docker-bake.json: target app"
    assert (app.context, app.inline) == (str((tmp_path / "app").resolve()), "FROM a:${TAG}\n")
    assert _args(app) == {"A": "v2-X", "N": "2.5", "E": "<>", "v2": "true"}
    assert app.platform == "v2"
    assert said(declared) == ()


def test_json_with_lists_of_blocks(tmp_path: Path) -> None:
    declared = _read_json(
        tmp_path,
        {"variable": [{"A": [{"default": "a"}]}], "target": [{"t": {"args": {"A": "${A}"}}}, {"t": {"target": "x"}}]},
    )
    assert (only(declared).target, _args(only(declared))) == ("x", {"A": "a"})


def test_variables_and_the_environment(tmp_path: Path) -> None:
    preamble = """
variable "TEXT" { default = "text" }
variable "ON" { default = false }
variable "COUNT" { default = 3 }
variable "NONE" {}
variable "NULL" { default = null }
variable "FROM_OTHER" { default = "${TEXT}!" }
variable "LIST" { default = ["a"] }
variable "UNTOLD" { default = timestamp() }
fixed = "fixed"
"""

    def value(expression: str, **environment: str) -> str | None:
        return _value(tmp_path, expression, preamble, **environment)

    assert value("TEXT") == "text"
    assert value('"${TEXT}-${COUNT}-${ON}"') == "text-3-false"
    assert value("FROM_OTHER", TEXT="changed") == "changed!"
    assert value("NONE") == ""
    assert value("NONE", NONE="x") == "x"
    assert value('NULL == null ? "null" : "set"') == "null"
    assert value("NULL", NULL="x") == "x"
    assert value('ON ? "on" : "off"', ON="1") == "on"
    assert value("ON", ON="maybe") is None
    assert value("COUNT + 1", COUNT="41") == "42"
    assert value("COUNT", COUNT="many") is None
    assert value("COUNT", COUNT="nan") is None
    assert value("LIST[0]", LIST="b") is None
    assert value("LIST[0]") == "a"
    assert value("UNTOLD") is None
    assert value("UNTOLD", UNTOLD="now") == "now"
    assert value("fixed", fixed="x") == "fixed"
    assert value("UNDECLARED", UNDECLARED="x") is None


def test_the_environment_of_the_process_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTXOPT_TEST_ARG", "from outside")
    write(tmp_path, {"b.hcl": 'variable "CTXOPT_TEST_ARG" {}\ntarget "t" { args = { A = CTXOPT_TEST_ARG } }\n'})
    assert _args(only(read(str(tmp_path / "b.hcl"), "b.hcl"))) == {"A": "from outside"}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('"a\\tb\\"\\\\\\u00e9"', 'a\tb"\\é'),
        ('"$${x} %%{y} 5% $"', "${x} %{y} 5% $"),
        ('""', ""),
        ("1.50", "1.5"),
        ("1e3", "1000"),
        ("-2", "-2"),
        ("1 + 2", "3"),
        ('"1" + 2', "3"),
        ("5 - 2 - 1", "2"),
        ('1 == 1 ? "y" : "n"', "y"),
        ('1 == "1" ? "y" : "n"', "n"),
        ('true == 1 ? "y" : "n"', "n"),
        ('"a" != "b" ? "y" : "n"', "y"),
        ('1 < 2 ? "y" : "n"', "y"),
        ('2 <= 1 ? "y" : "n"', "n"),
        ('!false && true ? "y" : "n"', "y"),
        ('false || (1 == 1 && true) ? "y" : "n"', "y"),
        ('false && undefined ? "y" : "n"', "n"),
        ('true || undefined ? "y" : "n"', "y"),
        ('true ? "y" : undefined', "y"),
        ('"${true ? "in" : "out"}side"', "inside"),
        ('["a", "b"][1]', "b"),
        ('{ a = "x", "b c" = "y" }["b c"]', "y"),
        ('{ a = "x" }.a', "x"),
        ('{ a = ["x", "z"] }.a.1', "z"),
        ('upper("aé")', "AÉ"),
        ('lower("AB")', "ab"),
        ('replace("1.2.3", ".", "-")', "1-2-3"),
        ('trim("--a-b--", "-")', "a-b"),
        ('trimspace("  a ")', "a"),
        ('trimprefix("vv1", "v")', "v1"),
        ('trimsuffix("a.hcl", ".hcl")', "a"),
        ('join(",", ["a", 1], ["b"])', "a,1,b"),
        ('join("/", split(",", "a,b"))', "a/b"),
        ('join("", concat(["a"], ["b"]))', "ab"),
        ('coalesce(null, "", "a")', ""),
        ('format("%s-%d%%-%v", "a", 3, true)', "a-3%-true"),
        ('length(["a", "b"])', "2"),
        ("length({ a = 1 })", "1"),
        ('contains(["a", "b"], "b") ? "y" : "n"', "y"),
        ('contains(["1"], 1) ? "y" : "n"', "n"),
        ('equal("a", "a") && notequal("a", "b") ? "y" : "n"', "y"),
        ('and(true, not(false)) && or(false, true) ? "y" : "n"', "y"),
        ('sanitize("a.b/c_d-e")', "a_b_c_d-e"),
        ('upper([ "a" ]...)', "A"),
        ('upper(\n  # why\n  "a",\n)', "A"),
        ("BAKE_CMD_CONTEXT", "cwd://"),
    ],
)
def test_expressions(tmp_path: Path, expression: str, expected: str) -> None:
    assert _value(tmp_path, expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        *("undefined", "target.t.args", "unknown()", 'regex_replace("a", "(a+)+$", "b")', "timestamp()"),
        *('["a"]', '{ a = "b" }', '"${["a"]} b"', '["a"][1]', '["a"][-1]', '["a"][0.5]', '{ a = "b" }.c', '"a"[0]'),
        *('"a" + 1', '!"a"', '-"a"', '"a" ? 1 : 2', "[for x in [1] : x]", "[1][*]", '"%{if true}a%{endif}"'),
        *('upper("a", "b")', "upper()", 'format("%d", "a")', 'format("%s")', 'format("a", 1)', 'format("%q", "a")'),
        *('length("abc")', 'contains("abc", "a")', 'join(",", "a")', "coalesce(null)", 'upper("a"...)', "6 * 7"),
        *("[1] == [1]", "1e999", '"1e999" + 1', "9" * 5000, "BAKE_LOCAL_PLATFORM"),
    ],
)
def test_what_cannot_be_told(tmp_path: Path, expression: str) -> None:
    assert _value(tmp_path, expression) is None


def test_functions_of_the_file(tmp_path: Path) -> None:
    preamble = """
variable "TAG" { default = "v1" }
function "named" {
  params = [name, suffix]
  result = "${name}:${TAG}${upper(suffix)}"
}
function "endless" {
  params = [x]
  result = endless(x)
}
function "twice" {
  params = [x]
  result = "${twice(x)}${twice(x)}"
}
function "any" {
  params = []
  variadic_params = rest
  result = "x"
}
"""
    assert _value(tmp_path, 'named("app", "b")', preamble) == "app:v1B"
    assert _value(tmp_path, 'named("app")', preamble) is None
    assert _value(tmp_path, 'endless("app")', preamble) is None
    assert _value(tmp_path, "any()", preamble) is None
    assert _value(tmp_path, 'twice("app")', preamble) is None


def test_functions_of_json(tmp_path: Path) -> None:
    declared = _read_json(
        tmp_path,
        {
            "function": {"twice": {"params": ["x"], "result": "${x}${x}"}},
            "target": {"t": {"args": {"A": '${twice("a")}', "B": '${ twice("}") }{', "C": 'a ${"${"b"}"}'}}},
        },
    )
    assert _args(only(declared)) == {"A": "aa", "B": "}}{", "C": "a b"}


def test_here_documents(tmp_path: Path) -> None:
    declared = _read(
        tmp_path,
        'variable "BASE" { default = "alpine" }\n'
        'target "a" {\n  dockerfile-inline = <<EOT\nFROM ${BASE}\n  RUN echo $${X} \\n "q"\nEOT\n}\n'
        'target "b" {\n  dockerfile-inline = <<-EOT\n    FROM ${BASE}\n\n      RUN x\n    EOT\n}\n',
    )
    assert [build.inline for build in declared.builds] == [
        'FROM alpine\n  RUN echo ${X} \\n "q"\n',
        "FROM alpine\n\n  RUN x\n",
    ]


def test_what_cannot_be_told_leaves_out_the_argument_or_the_build(tmp_path: Path) -> None:
    declared = _read(
        tmp_path,
        """
target "args" { args = { A = env("X"), B = "b" } }
target "all" { args = merge({}, {}) }
target "name" { args = { B = "b", (env("X")) = "c" } }
target "context" { context = env("X") }
target "dockerfile" { dockerfile = env("X") }
target "inline" { dockerfile-inline = env("X") }
target "target" { target = env("X") }
target "platforms" { platforms = env("X") }
target "list" { platforms = "linux/amd64" }
target "inherits" { inherits = env("X") }
""",
    )
    assert [(build.origin.split()[-1], _args(build)) for build in declared.builds] == [
        ("args", {"B": "b"}),
        ("all", {}),
        ("name", {"B": "b"}),
        ("platforms", {}),
        ("list", {}),
    ]
    place = "docker-bake.hcl: target"
    assert said(declared) == (
        f"{place} args: the value of args.A cannot be evaluated",
        f"{place} all: some of its args cannot be evaluated",
        f"{place} name: some of its args cannot be evaluated",
        f"{place} context: its context cannot be evaluated",
        f"{place} dockerfile: its dockerfile cannot be evaluated",
        f"{place} inline: its dockerfile-inline cannot be evaluated",
        f"{place} target: its target cannot be evaluated",
        f"{place} platforms: its platforms cannot be evaluated",
        f"{place} list: its platforms cannot be evaluated",
        f"{place} inherits: what it inherits cannot be evaluated",
    )


def test_inherits(tmp_path: Path) -> None:
    write(tmp_path, {"a/": "", "b/": ""})
    declared = _read(
        tmp_path,
        """
target "one" {
  context = "a"
  target = "one"
  args = { A = "1", B = "1", C = "1" }
  platforms = ["x/1", "x/2"]
}
target "two" { context = "b", args = { B = "2", C = "2" } }
target "app" {
  inherits = ["one", "two"]
  args = { C = "3", A = null }
}
target "deep" {
  inherits = ["app"]
  target = "deep"
  platforms = ["x/3"]
}
""".replace('"b", args', '"b"\n args'),
    )
    assert contexts(declared, tmp_path) == {"one": "a", "two": "b", "app": "b", "deep": "b"}
    app, deep = declared.builds[2:]
    assert (app.target, app.platform, _args(app)) == ("one", "x/1", {"A": "1", "B": "2", "C": "3"})
    assert (deep.target, deep.platform, _args(deep)) == ("deep", "x/3", _args(app))


def test_what_a_target_sets_itself_need_not_be_told_of_a_base(tmp_path: Path) -> None:
    declared = _read(
        tmp_path,
        'target "base" { context = env("X") }\ntarget "app" {\n  inherits = ["base"]\n  context = "."\n}\n'
        'target "all" {\n  inherits = env("X")\n  context = "."\n  dockerfile = "D"\n  target = "t"\n}\n',
    )
    assert contexts(declared, tmp_path) == {"app": ".", "all": "."}


def test_a_base_that_is_not_there_is_noted(tmp_path: Path) -> None:
    declared = _read(tmp_path, 'target "app" { inherits = ["none"] }')
    assert contexts(declared, tmp_path) == {"app": "."}
    assert said(declared) == ("docker-bake.hcl: target app: it inherits none, which is not in this file",)


def test_targets_that_are_only_for_others(tmp_path: Path) -> None:
    declared = _read(
        tmp_path,
        """
target "docker-metadata-action" { tags = ["x"] }
target "_common" { args = { A = "1" } }
target "app" { inherits = ["docker-metadata-action", "_common"] }
target "lonely" {}
""",
    )
    assert contexts(declared, tmp_path) == {"app": ".", "lonely": "."}
    assert _args(declared.builds[0]) == {"A": "1"}


def test_blocks_of_one_name_are_merged(tmp_path: Path) -> None:
    declared = _read(
        tmp_path,
        'target "a" {\n  target = "x"\n  args = { A = "1", B = "1" }\n}\ntarget "a" { args = { B = "2" } }\n',
    )
    assert (only(declared).target, _args(only(declared))) == ("x", {"A": "1", "B": "2"})


def test_targets_that_inherit_each_other(tmp_path: Path) -> None:
    declared = _read(
        tmp_path,
        'target "a" {\n  inherits = ["b", "a"]\n  args = { A = "a" }\n}\n'
        'target "b" {\n  inherits = ["a"]\n  args = { A = "b", B = "b" }\n}\n',
    )
    assert [_args(build) for build in declared.builds] == [{"A": "a", "B": "b"}, {"A": "b", "B": "b"}]


def test_variables_in_a_circle(tmp_path: Path) -> None:
    preamble = 'variable "A" { default = B }\nvariable "B" { default = "${A}x" }\nC = C\n'
    assert _value(tmp_path, "A", preamble) is None
    assert _value(tmp_path, "B", preamble) is None
    assert _value(tmp_path, "C", preamble) is None
    assert _value(tmp_path, "A", preamble, B="b") == "b"


def test_a_matrix(tmp_path: Path) -> None:
    write(tmp_path, {"a/": "", "b/": ""})
    declared = _read(
        tmp_path,
        """
variable "VERSIONS" { default = ["1.0", "2.0"] }
target "app" {
  name = "app-${dir}-${replace(item.version, ".", "-")}"
  matrix = {
    dir = ["a", "b"]
    item = [{ version = VERSIONS[0] }, { version = VERSIONS[1] }]
  }
  context = dir
  args = { V = item.version }
}
target "after" { inherits = ["app-b-2-0"] }
""",
    )
    assert contexts(declared, tmp_path) == {
        "app-a-1-0": "a",
        "app-a-2-0": "a",
        "app-b-1-0": "b",
        "app-b-2-0": "b",
        "after": "b",
    }
    assert [_args(build)["V"] for build in declared.builds] == ["1.0", "2.0", "1.0", "2.0", "2.0"]


def test_a_matrix_that_cannot_be_told(tmp_path: Path) -> None:
    declared = _read(
        tmp_path,
        'target "app" {\n  name = "x-${v}"\n  matrix = { v = env("X") }\n  args = { V = v }\n}\n'
        'target "odd" {\n  name = env("X")\n  matrix = { v = ["a", "b"] }\n}\n'
        'target "none" {\n  name = "n-${v}"\n  matrix = { v = [] }\n}\n',
    )
    assert contexts(declared, tmp_path) == {"app": ".", "odd[0]": ".", "odd[1]": "."}
    assert said(declared) == (
        "docker-bake.hcl: target app: its matrix cannot be evaluated",
        "docker-bake.hcl: target odd: the names in its matrix cannot be evaluated",
        "docker-bake.hcl: target app: the value of args.V cannot be evaluated",
    )


@pytest.mark.parametrize("context", ["https://github.com/a/b.git", "git@github.com:a/b", "github.com/a/b", "-"])
def test_a_remote_context_is_noted(tmp_path: Path, context: str) -> None:
    declared = _read(tmp_path, f'target "t" {{ context = "{context}" }}')
    assert declared.builds == ()
    assert said(declared) == (f"docker-bake.hcl: target t: its context {context} is not a directory here",)


def test_paths_of_the_working_directory(tmp_path: Path) -> None:
    write(tmp_path, {"app/": ""})
    declared = _read(
        tmp_path,
        'target "t" {\n  context = "cwd://app"\n  dockerfile = "cwd://docker/D"\n}\n'
        'target "u" { context = BAKE_CMD_CONTEXT }\ntarget "v" { context = "cwd://https://x/y" }\n',
    )
    assert contexts(declared, tmp_path) == {"t": "app", "u": "."}
    assert declared.builds[0].dockerfile == str(tmp_path / "docker/D")


def test_a_context_that_does_not_exist_is_noted(tmp_path: Path) -> None:
    declared = _read(tmp_path, 'target "t" { context = "none" }\ntarget "u" { context = "a\\u0000b" }\n')
    assert declared.builds == ()
    assert said(declared)[0] == "docker-bake.hcl: target t: its context none does not exist"
    assert len(said(declared)) == 2


def test_named_contexts(tmp_path: Path) -> None:
    declared = _read(tmp_path, 'target "t" { contexts = { base = "target:x", src = "../src", out = "cwd://o" } }')
    assert only(declared).contexts == (
        NamedContext("base", "target:x"),
        NamedContext("src", str(tmp_path.resolve().parent / "src")),
        NamedContext("out", str(tmp_path.resolve() / "o")),
    )
    assert said(declared) == ()


def test_named_contexts_are_inherited(tmp_path: Path) -> None:
    declared = _read(
        tmp_path,
        'target "_b" { contexts = { a = "docker-image://x", b = "docker-image://y" } }\n'
        'target "t" {\n  inherits = ["_b"]\n  contexts = { b = "docker-image://z" }\n}\n',
    )
    values = {context.name: context.value for context in only(declared).contexts}
    assert values == {"a": "docker-image://x", "b": "docker-image://z"}


def test_a_named_context_whose_value_is_not_known(tmp_path: Path) -> None:
    declared = _read(tmp_path, 'target "t" { contexts = { a = nosuch("x") } }')
    assert only(declared).contexts == (NamedContext("a", ""),)
    assert only(declared).contexts[0].source is ContextSource.UNKNOWN
    assert said(declared) == ("docker-bake.hcl: target t: the value of contexts.a cannot be evaluated",)


def test_line_ends_of_windows_and_a_byte_order_mark(tmp_path: Path) -> None:
    declared = _read(tmp_path, '\ufefftarget "t" {\r\n  dockerfile-inline = <<E\r\nFROM a\r\nE\r\n}\r\n')
    assert only(declared).inline == "FROM a\r\n"


@pytest.mark.parametrize("text", ["", "# nothing\n", 'group "default" { targets = [] }', 'other "x" "y" {}\n'])
def test_nothing_declared(tmp_path: Path, text: str) -> None:
    assert _read(tmp_path, text) == Declared(())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('target "t" {\n  context = \n}\n', "docker-bake.hcl:2: it cannot be read as HCL; check the syntax there"),
        ('target "t" {', "docker-bake.hcl:1: it cannot be read as HCL"),
        ("\x00\x01\x02", "docker-bake.hcl:1: it cannot be read as HCL"),
        ('x = "' + "${" * 3, "docker-bake.hcl:1: it cannot be read as HCL"),
        ('target "t" "u" {}', "docker-bake.hcl:1: a target block takes one name"),
        ("\ntarget {}", "docker-bake.hcl:2: a target block takes one name"),
        ('target "${x}" {}', "docker-bake.hcl:1: the name of a block takes no variables"),
        ("a = 1\na = 2\n", "docker-bake.hcl:2: a is set twice; remove one"),
        ('target "t" {\n  target = "a"\n  target = "b"\n}\n', "docker-bake.hcl:3: target is set twice"),
    ],
)
def test_errors(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CtxoptError) as caught:
        _read(tmp_path, text)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "docker-bake.json:1: not valid JSON"),
        ('{\n"a": }', "docker-bake.json:2: not valid JSON"),
        ("[]", "docker-bake.json: a Bake file must be a JSON object"),
        ('{"target": "x"}', "docker-bake.json: target must be an object with a name for each"),
        ('{"target": {"x": 5}}', "docker-bake.json: target x must be an object"),
        ('{"a": NaN}', "docker-bake.json: not valid JSON: invalid number"),
        ("[" * 100_000, "docker-bake.json: it is nested too deep"),
        ('{"a":' * 100_000, "docker-bake.json: it is nested too deep"),
        ('{"a": 1e99999999999999999999}', "docker-bake.json: not valid JSON: invalid number"),
    ],
)
def test_errors_in_json(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, {"docker-bake.json": text})
    with pytest.raises(CtxoptError) as caught:
        read(str(tmp_path / "docker-bake.json"), "docker-bake.json")
    assert str(caught.value).startswith(message)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    write(tmp_path, {"docker-bake.hcl/": "", "outside.hcl": "", "project/": ""})
    with pytest.raises(CtxoptError, match="it is a directory"):
        read(str(tmp_path / "docker-bake.hcl"), "docker-bake.hcl")
    with pytest.raises(CtxoptError, match="there is no such file"):
        read(str(tmp_path / "none.hcl"), "none.hcl")
    (tmp_path / "latin.hcl").write_bytes(b"# x\n# \xe9\n")
    with pytest.raises(CtxoptError, match=r"latin.hcl:2: it is not UTF-8 text"):
        read(str(tmp_path / "latin.hcl"), "latin.hcl")
    link = tmp_path / "project/docker-bake.hcl"
    link.symlink_to("../outside.hcl")
    with pytest.raises(CtxoptError, match="leads out of the project"):
        read(str(link), "docker-bake.hcl")
    assert read(str(link), "docker-bake.hcl", root=str(tmp_path)) == Declared(())


def _nested(open_: str, close: str, depth: int) -> str:
    return f'target "t" {{ args = {{ A = {open_ * depth}1{close * depth} }} }}\n'


@pytest.mark.parametrize(
    "text",
    [
        *(_nested("(", ")", 5000), _nested("[", "]", 5000), _nested("!", "", 1), _nested("upper(", ")", 5000)),
        *(_nested('"${', '}"', 3000), _nested("1 + ", "", 10_000), _nested("false ? 1 : ", "", 3000)),
        'target "t" { args = { A = x' + "[0]" * 3000 + " } }\n",
        "".join(f'variable "v{n}" {{ default = v{n + 1} }}\n' for n in range(2000))
        + 'target "t" { args = { A = v0 } }\n',
    ],
)
def test_deep_nesting_is_a_value_that_cannot_be_told(tmp_path: Path, text: str) -> None:
    def call() -> None:
        try:
            declared = _read(tmp_path, text)
        except RecursionError:
            # Without its traceback, which would show an expression of this depth once a frame.
            pytest.fail("the depth of an expression has no limit", pytrace=False)
        assert only(declared).build_args == ()
        assert said(declared) == ("docker-bake.hcl: target t: the value of args.A cannot be evaluated",)

    lines_run(call, at_most=200 * text.count("variable") + 10_000)


_BIG = 'variable "B0" { default = "xxxxxxxxxxxxxxxx" }\n' + "".join(
    f'variable "B{n + 1}" {{ default = "${{B{n}}}${{B{n}}}${{B{n}}}${{B{n}}}" }}\n' for n in range(12)
)


@pytest.fixture
def parser(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """The parser of HCL, which counts its calls."""
    counting = Mock(wraps=parses_to_tree)
    monkeypatch.setattr(bake_source, "parses_to_tree", counting)
    return counting


def _refused(root: Path, text: str, message: str, at_most: int) -> None:
    """Read a file that is refused with a message after a number of lines of code."""

    def call() -> None:
        with pytest.raises(CtxoptError, match=message):
            _read(root, text)

    lines_run(call, at_most)


def test_a_text_that_grows_is_unknown(tmp_path: Path) -> None:
    assert _value(tmp_path, "B12", _BIG) is None


@pytest.mark.parametrize(
    "expression",
    [
        "B5",
        'replace(B3, "x", B3)',
        'split("x", B3)[0]',
        'join(B3, ["a", "b", "c", "d", "e"])',
        'format("%s%s%s%s%s", B3, B3, B3, B3, B3)',
        'concat(split("x", B2), split("x", B2))[0]',
    ],
)
def test_a_result_over_the_maximum_length_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expression: str
) -> None:
    """The maximum is lowered here, so that a missing check costs a wrong value and not all memory."""
    monkeypatch.setattr(bake_functions, "_LONGEST", 1 << 12)
    assert _value(tmp_path, "B4", _BIG) == "x" * (1 << 12)
    assert _value(tmp_path, expression, _BIG) is None


@pytest.mark.parametrize("expression", ["upper(B7)", 'length(split("x", B5))'])
def test_long_texts_and_lists_again_and_again_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expression: str
) -> None:
    call = Mock(wraps=bake_functions.call)
    monkeypatch.setattr(bake_functions, "call", call)
    args = ", ".join(f"A{n} = {expression}" for n in range(500))
    _refused(tmp_path, f'{_BIG}target "t" {{ args = {{ {args} }} }}\n', "unfolds", at_most=50_000)
    assert call.call_count <= 130


def test_functions_that_call_each_other_without_end_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_UNITS", 10_000)
    functions = "".join(
        f'function "f{n}" {{\n  params = [x]\n  result = "${{f{n + 1}(x)}}${{f{n + 1}(x)}}"\n}}\n' for n in range(18)
    )
    text = (
        f'{functions}function "f18" {{\n  params = [x]\n  result = ""\n}}\n'
        'target "t" { args = { A = f0(""), B = f0(""), C = f0("") } }\n'
    )
    _refused(tmp_path, text, "unfolds", at_most=100 * reading._UNITS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = <<A\n" + "\n" * 10_000, "more than 1,000 spaces"),
        ("x = <<A\n" + "\n" * 1000, "more than 1,000 spaces"),
        ("#" * (256 << 10) + "\n", "larger than 256 KiB"),
    ],
)
def test_what_the_parser_would_be_slow_on_is_not_parsed(tmp_path: Path, parser: Mock, text: str, message: str) -> None:
    parser.side_effect = AssertionError("it is parsed")
    with pytest.raises(CtxoptError, match=message):
        _read(tmp_path, text)
    assert bake_source.parse_expression(text) is None


@pytest.mark.parametrize(
    ("text", "message", "at_most"),
    [
        (
            'target "t" {\n  matrix = {\n'
            + "".join(f"    a{n} = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n" for n in range(9))
            + '  }\n  name = "x"\n}\n',
            "expands to more than 1,000 builds",
            10_000,
        ),
        ("".join(f'target "t{n}" {{}}\n' for n in range(1100)), "more than 1,000 targets", 400_000),
        (
            "".join(f'target "t{n}" {{ inherits = ["t{n + 1}"] }}\n' for n in range(900)),
            "more than 200 that one inherits",
            700_000,
        ),
        ("x = <<A\n" + ("\n" * 900 + "x\n") * 20, "cannot be read as HCL", 1000),
    ],
)
def test_hostile_files_are_refused_after_little_work(tmp_path: Path, text: str, message: str, at_most: int) -> None:
    _refused(tmp_path, text, message, at_most)


def test_a_json_file_of_templates_is_refused_after_a_few_parses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parser: Mock
) -> None:
    monkeypatch.setattr(reading, "_UNITS", 10_000)
    args = {f"A{n}": "${upper(x)}" * 20 for n in range(20)}
    with pytest.raises(CtxoptError, match="unfolds"):
        _read_json(tmp_path, {"target": {"t": {"args": args}}, "x": "x"})
    assert 0 < parser.call_count <= reading._UNITS // 200


def test_templates_in_json_that_are_none(tmp_path: Path) -> None:
    declared = _read_json(
        tmp_path,
        {"target": {"t": {"args": {"A": "${", "B": "${${${", "C": "${a)\ny = (b}", "D": "%{ if x }", "E": "\ud800"}}}},
    )
    assert _args(only(declared)) == {"E": "\ufffd"}
    assert len(said(declared)) == 4


def test_nothing_is_run(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    assert _value(tmp_path, f'file("{witness}")') is None
    assert _value(tmp_path, f'__import__("os", "mkdir", "{witness}")') is None
    assert not os.path.exists(witness)
