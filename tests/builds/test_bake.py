"""The builds of Bake files."""

import json
import re
from pathlib import Path

import pytest

from ctxopt.builds import bake, reading
from ctxopt.builds.build import Build, Declared, DeclaringFile
from ctxopt.builds.hcl.functions import NAMES
from ctxopt.core.named_context import ContextSource, NamedContext
from ctxopt.errors import CtxoptError
from tests.builds.expressions import bake_file, recorded
from tests.builds.support import bake_of as read
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
    assert (only(declared).unknown_args == ("A",)) is (value is None)
    return value


def test_a_target(tmp_path: Path) -> None:
    write(tmp_path, {"app/": ""})
    declared = _read(
        tmp_path,
        """
# A comment
variable "KNOWN" {}
group "default" { targets = ["app", "plain"] }
target "app" {
  context    = "./app"      // where
  dockerfile = "docker/app.Dockerfile"
  target     = "prod"
  args       = { A = "1", "B" = 2, C: true }
  platforms  = ["linux/arm64", "linux/amd64"]
  tags       = ["x:${KNOWN}"]
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
                platforms=("linux/arm64", "linux/amd64"),
            ),
            Build("docker-bake.hcl: target plain", str(root)),
        )
    )


def test_json_has_the_same_keys(tmp_path: Path) -> None:
    write(tmp_path, {"app/": "", "Dockerfile": "FROM scratch\n"})
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
    assert value("COUNT + 1", COUNT="41") == "42"
    assert value("LIST[0]") == "a"
    assert value("UNTOLD") is None
    assert value("UNTOLD", UNTOLD="now") == "now"
    assert value("fixed", fixed="x") == "fixed"


@pytest.mark.parametrize(("name", "given"), [("ON", "maybe"), ("COUNT", "many"), ("COUNT", "nan"), ("LIST", "b")])
def test_a_variable_of_the_environment_in_another_type_is_refused(tmp_path: Path, name: str, given: str) -> None:
    text = 'variable "ON" { default = false }\nvariable "COUNT" { default = 3 }\nvariable "LIST" { default = ["a"] }\n'
    with pytest.raises(CtxoptError, match=rf"docker-bake.hcl:\d: {name}: the environment has no value of the type"):
        _read(tmp_path, text, **{name: given})


@pytest.mark.parametrize(
    ("declared", "given", "expected"),
    [
        ("type = string", {"V": "x"}, '"x"'),
        ("type = number\n default = 1", {"V": "2.5"}, "2.5"),
        ("type = bool", {}, "null"),
        ("type = list(string)", {"V": "a,b"}, '["a","b"]'),
        ("type = set(number)", {"V": "2,1,2"}, "[1,2]"),
        ("type = map(bool)", {"V": "a:true"}, '{"a":true}'),
        ("type = tuple([string, number])", {"V": "a,1"}, '["a",1]'),
        ("type = object({a = string})", {"V_JSON": '{"a": 1}'}, '{"a":"1"}'),
        ("type = list(string)\n default = [1]", {}, '["1"]'),
        ('default = "x"', {"V_JSON": "y"}, '"y"'),
    ],
)
def test_variables_with_a_type(tmp_path: Path, declared: str, given: dict[str, str], expected: str) -> None:
    assert _value(tmp_path, "jsonencode(V)", f'variable "V" {{\n {declared}\n}}\n', **given) == expected


def test_a_validation_that_fails_is_refused(tmp_path: Path) -> None:
    text = """
variable "E" {
  default = "testing"
  validation {
    condition = contains(["testing", "production"], E)
    error_message = "not ${E}"
  }
}
target "t" {}
"""
    assert only(_read(tmp_path, text)).origin.endswith("target t")
    with pytest.raises(CtxoptError, match=r"docker-bake\.hcl:4: validation: it failed with \$\{E\}"):
        _read(tmp_path, text, E="staging")


def test_the_environment_of_the_process_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTXOPT_TEST_ARG", "from outside")
    write(tmp_path, {"b.hcl": 'variable "CTXOPT_TEST_ARG" {}\ntarget "t" { args = { A = CTXOPT_TEST_ARG } }\n'})
    assert _args(only(read(str(tmp_path / "b.hcl"), "b.hcl"))) == {"A": "from outside"}


@pytest.mark.parametrize(("expression", "expected"), recorded().items())
def test_expressions(tmp_path: Path, expression: str, expected: str | None) -> None:
    """As buildx evaluates it; None is a file that it refuses."""
    write(tmp_path, {"docker-bake.hcl": bake_file(expression)})
    if expected is None:
        with pytest.raises(CtxoptError, match=r"^docker-bake\.hcl:\d"):
            read(str(tmp_path / "docker-bake.hcl"), "docker-bake.hcl", environment={})
        return
    declared = read(str(tmp_path / "docker-bake.hcl"), "docker-bake.hcl", environment={})
    (target,) = (build for build in declared.builds if build.origin.endswith("target t"))
    assert _args(target)["A"] == expected


#: What buildx has only learned after the version that the others are recorded with.
_NEWER = {
    "false && undefined": "false",
    "true || undefined": "true",
    'element(["a", "b", "c"], -1)': '"c"',
    'formattimestamp("YYYY-MM-DD", 1690328596)': '"2023-07-25"',
    'formattimestamp("X", "2018-01-02T23:12:01Z")': '"1514934721"',
    "unixtimestampparse(1690328596).rfc3339": '"2023-07-25T23:43:16Z"',
    "unixtimestampparse(1690328596).iso_week": "30",
    'semvercmp("1.2.3", ">= 1.2")': "true",
    'semvercmp("1.2.3", "^1.2.0, <1.2.3")': "false",
    'semvercmp("2.0.0", "~1.2 || 2.x")': "true",
    'semvercmp("1.2.3-beta", ">1.0")': "false",
    'semvercmp("1.2.3-beta.2", ">1.2.3-beta.1")': "true",
    'semvercmp("1.5", "1.2 - 2.0")': "true",
    'semvercmp("1.2.3", "!=1.2")': "false",
    'semvercmp("1.3.0", "<=1.2")': "false",
    'semvercmp("v1.2", "=1.2.0")': "true",
    'semvercmp("0.2.5", "^0.2.3")': "true",
    'semvercmp("0.3.0", "^0.2.3")': "false",
    'semvercmp("1.2.4", ">1.2")': "false",
    'semvercmp("1.0.0", "*")': "true",
}


@pytest.mark.parametrize(("expression", "expected"), _NEWER.items())
def test_newer_expressions(tmp_path: Path, expression: str, expected: str) -> None:
    assert _value(tmp_path, f"jsonencode({expression})") == expected


def test_every_function_has_an_expression() -> None:
    called = {name for one in (*recorded(), *_NEWER) for name in re.findall(r"(\w+)\(", one)}
    assert NAMES - called == {"bcrypt", "homedir", "timestamp", "uuidv4"}


def test_what_is_different_each_time_is_unknown(tmp_path: Path) -> None:
    for expression in (
        "timestamp()",
        "uuidv4()",
        'bcrypt("x")',
        '"${timestamp()}"',
        "timestamp() == 1",
        "can(uuidv4())",
    ):
        assert _value(tmp_path, expression) is None


def test_what_depends_on_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert _value(tmp_path, "homedir()") == "/home/me"
    assert _value(tmp_path, "BAKE_LOCAL_PLATFORM") == "linux/arm64"


def test_functions_of_the_file(tmp_path: Path) -> None:
    preamble = """
variable "TAG" { default = "v1" }
function "named" {
  params = [name, suffix]
  result = "${name}:${TAG}${upper(suffix)}"
}
function "any" {
  params = []
  variadic_params = rest
  result = join("+", rest)
}
"""
    assert _value(tmp_path, 'named("app", "b")', preamble) == "app:v1B"
    assert _value(tmp_path, 'any("a", "b")', preamble) == "a+b"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("params = [x]\n result = f(x)", "function f: it calls itself"),
        ("params = [x]", "function f: params or result is missing"),
        ('params = "x"\n result = 1', "function f: params must be a list of names"),
        ("params = [x]\n result = y", "function f: y does not exist"),
        ("params = [x]\n result = 1\n more = 2", "more is no attribute of a function"),
    ],
)
def test_functions_that_are_refused(tmp_path: Path, function: str, message: str) -> None:
    with pytest.raises(CtxoptError, match=message):
        _read(tmp_path, f'function "f" {{\n {function}\n}}\n')


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
target "args" { args = { A = timestamp(), B = "b" } }
target "all" { args = merge({}, {A = uuidv4()}) }
target "name" { args = { B = "b", (uuidv4()) = "c" } }
target "context" { context = uuidv4() }
target "dockerfile" { dockerfile = uuidv4() }
target "inline" { dockerfile-inline = uuidv4() }
target "target" { target = uuidv4() }
target "platforms" { platforms = [uuidv4()] }
target "inherits" { inherits = [uuidv4()] }
target "tags" { tags = [uuidv4()] }
""",
    )
    assert [(build.origin.split()[-1], _args(build)) for build in declared.builds] == [
        ("args", {"B": "b"}),
        ("all", {}),
        ("name", {"B": "b"}),
        ("platforms", {}),
        ("tags", {}),
    ]
    assert declared.builds[0].unknown_args == ("A",)
    place = "docker-bake.hcl: target"
    assert said(declared) == (
        f"{place} all: some of its args cannot be evaluated",
        f"{place} name: some of its args cannot be evaluated",
        f"{place} context: its context cannot be evaluated",
        f"{place} dockerfile: its dockerfile cannot be evaluated",
        f"{place} inline: its dockerfile-inline cannot be evaluated",
        f"{place} target: its target cannot be evaluated",
        f"{place} platforms: its platforms cannot be evaluated",
        f"{place} inherits: what it inherits cannot be evaluated",
    )


def test_inherits(tmp_path: Path) -> None:
    write(tmp_path, {"a/Dockerfile": "FROM scratch\n", "b/Dockerfile": "FROM scratch\n"})
    declared = _read(
        tmp_path,
        """
target "one" {
  context = "a"
  target = "one"
  args = { A = "1", B = "1", C = "1" }
  platforms = ["x/1", "x/2"]
}
target "two" {
  context = "b"
  args = { B = "2", C = "2" }
}
target "app" {
  inherits = ["one", "two"]
  args = { C = "3", A = null }
}
target "deep" {
  inherits = ["app"]
  target = "deep"
  platforms = ["x/3"]
}
""",
    )
    assert contexts(declared, tmp_path) == {"one": "a", "two": "b", "app": "b", "deep": "b"}
    app, deep = declared.builds[2:]
    assert (app.target, app.platform, _args(app)) == ("one", "x/1", {"A": "1", "B": "2", "C": "3"})
    assert (deep.target, deep.platform, _args(deep)) == ("deep", "x/3", _args(app))


def test_what_a_target_sets_itself_need_not_be_told_of_a_base(tmp_path: Path) -> None:
    declared = _read(
        tmp_path,
        'target "base" { context = uuidv4() }\ntarget "app" {\n  inherits = ["base"]\n  context = "."\n}\n'
        'target "all" {\n  inherits = [uuidv4()]\n  context = "."\n  dockerfile = "D"\n  target = "t"\n}\n',
    )
    assert contexts(declared, tmp_path) == {"app": ".", "all": "."}


def test_a_base_that_is_not_there_is_noted(tmp_path: Path) -> None:
    declared = _read(tmp_path, 'target "app" { inherits = ["none"] }')
    assert contexts(declared, tmp_path) == {"app": "."}
    assert said(declared) == ("docker-bake.hcl: target app: it inherits none, which these files do not have",)


_BASES = """
target "docker-metadata-action" { tags = ["x"] }
target "_common" { args = { A = "1" } }
target "build" {}
target "app" { inherits = ["docker-metadata-action", "_common", "build"] }
target "lonely" {}
"""


def test_no_target_that_can_be_built_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\n"})
    declared = _read(tmp_path, _BASES)
    names = [build.origin.split()[-1] for build in declared.builds]
    assert names == ["docker-metadata-action", "_common", "build", "app", "lonely"]
    assert said(declared) == ()


def test_targets_that_are_only_for_others(tmp_path: Path) -> None:
    declared = _read(tmp_path, _BASES + 'group "default" { targets = ["build"] }\n')
    assert contexts(declared, tmp_path) == {"build": ".", "app": ".", "lonely": "."}
    assert said(declared) == tuple(
        f"docker-bake.hcl: target {name} has no Dockerfile: it only serves to be inherited"
        for name in ("docker-metadata-action", "_common")
    )


def test_blocks_of_one_name_are_merged(tmp_path: Path) -> None:
    declared = _read(
        tmp_path,
        'target "a" {\n  target = "x"\n  args = { A = "1", B = "1" }\n}\ntarget "a" { args = { B = "2" } }\n',
    )
    assert (only(declared).target, _args(only(declared))) == ("x", {"A": "1", "B": "2"})


def test_targets_that_inherit_each_other(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\n"})
    declared = _read(
        tmp_path,
        'target "a" {\n  inherits = ["b", "a"]\n  args = { A = "a" }\n}\n'
        'target "b" {\n  inherits = ["a"]\n  args = { A = "b", B = "b" }\n}\n',
    )
    assert [_args(build) for build in declared.builds] == [{"A": "a", "B": "b"}, {"A": "b", "B": "b"}]


@pytest.mark.parametrize(
    "text",
    [
        'variable "A" { default = B }\nvariable "B" { default = "${A}x" }\n',
        "C = C\n",
        'target "a" { context = target.b.context }\ntarget "b" { context = target.a.context }\n',
    ],
)
def test_what_refers_to_itself_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CtxoptError, match="refers to itself"):
        _read(tmp_path, text)


def test_references_to_targets(tmp_path: Path) -> None:
    write(tmp_path, {"app/": ""})
    declared = _read(
        tmp_path,
        'target "b" {\n  context = target.a.context\n  args = { X = target.a.args.X, N = target.a.name }\n}\n'
        'target "a" {\n  context = "app"\n  args = { X = "1" }\n}\n'
        'target "c" { contexts = { base = "target:${target["a"].name}" } }\n',
    )
    assert contexts(declared, tmp_path) == {"b": "app", "a": "app", "c": "."}
    assert _args(declared.builds[0]) == {"X": "1", "N": "a"}
    assert declared.builds[2].contexts == (NamedContext("base", "target:a"),)


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
        'target "app" {\n  name = "x-${v}"\n  matrix = { v = uuidv4() }\n  args = { V = v }\n}\n'
        'target "odd" {\n  name = "x${uuidv4()}"\n  matrix = { v = ["a", "b"] }\n}\n'
        'target "none" {\n  name = "n-${v}"\n  matrix = { v = [] }\n}\n',
    )
    assert contexts(declared, tmp_path) == {"app": ".", "odd_0": ".", "odd_1": "."}
    assert said(declared) == (
        "docker-bake.hcl: target app: its matrix cannot be evaluated",
        "docker-bake.hcl: target odd: the names in its matrix cannot be evaluated",
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
    declared = _read(tmp_path, 'target "t" { contexts = { a = uuidv4() } }')
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
        ('target "t" {\n  context = \n}\n', "docker-bake.hcl:2: a value is missing; check the syntax there"),
        ('target "t" {', "docker-bake.hcl:1: a block in one line takes one attribute"),
        ('target "t" {\n', "docker-bake.hcl:2: } is missing at the end of the file"),
        ("\x00\x01\x02", "docker-bake.hcl:1: the name of an attribute or of a block is missing"),
        ('x = "' + "${" * 3, "docker-bake.hcl:1: a value is missing"),
        ('x = "\n"', "docker-bake.hcl:1: a quotation mark is missing where the line ends"),
        ("x = <<EOT\n\n", "docker-bake.hcl:3: EOT is missing at the end of the file"),
        ("x = 1 y = 2\n", "docker-bake.hcl:1: a new line is missing before what follows"),
        ('target "t" { target = "a", pull = true }\n', "docker-bake.hcl:1: a block in one line takes one attribute"),
        ('x = "\\q"', "docker-bake.hcl:1: \\q is no escape sequence"),
        ('x = "%{if true}"', "docker-bake.hcl:1: %{endif} is missing"),
        ("x = [1\n", "docker-bake.hcl:2: a comma or ] is missing"),
        ('group "g" {}\n', "docker-bake.hcl:1: a group needs targets"),
        ('function "f" {\n  inner {\n  }\n}\n', "docker-bake.hcl:2: a function has no blocks in it"),
        ('target "a.b" {}\n', 'docker-bake.hcl:1: "a.b" cannot be the name of a target'),
        ('target "t" { tags = [x] }\n', "docker-bake.hcl:1: target t: tags: there is no variable x"),
        ('target "t" { platforms = "linux/amd64" }\n', "docker-bake.hcl:1: target t: platforms: a list is required"),
        ('target "t" { args = ["A"] }\n', "docker-bake.hcl:1: target t: args: a map is required, not tuple"),
        ('target "t" { pull = "maybe" }\n', "docker-bake.hcl:1: target t: pull: a bool is required"),
        ('target "t" { name = "x" }\n', "docker-bake.hcl:1: name takes a matrix"),
        ('group "g" { matrix = {} }\n', "docker-bake.hcl:1: matrix is no attribute of a group"),
        ('target "t" { matrix = { a = [1, 2] } }\n', "docker-bake.hcl:1: two targets have the name t"),
        ('target "t" { matrix = [1] }\n', "docker-bake.hcl:1: target t: matrix: it must be a map"),
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
        ("[]", "docker-bake.json: a bake file must be a JSON object"),
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
        *(_nested("(", ")", 5000), _nested("[", "]", 5000), _nested("!", "", 5000), _nested("upper(", ")", 5000)),
        *(_nested('"${', '}"', 3000), _nested("1 + ", "", 10_000), _nested("false ? 1 : ", "", 3000)),
        *(_nested("{ a = ", "}", 3000), _nested("[for x in [1]: ", "]", 3000)),
        _nested('"%{if true}${', '}%{endif}"', 3000),
        'target "t" { args = { A = x' + "[0]" * 3000 + " } }\nx = 1\n",
    ],
)
def test_deep_nesting_is_refused(tmp_path: Path, text: str) -> None:
    def call() -> None:
        try:
            with pytest.raises(CtxoptError, match=r"nested deeper|unfolds to more"):
                _read(tmp_path, text)
        except RecursionError:
            # Without its traceback, which would show an expression of this depth once a frame.
            pytest.fail("the depth of an expression has no limit", pytrace=False)

    lines_run(call, at_most=2_000_000)


def test_a_long_chain_of_variables(tmp_path: Path) -> None:
    chain = "".join(f'variable "v{n}" {{ default = v{n + 1} }}\n' for n in range(2000))
    assert _value(tmp_path, "v0", chain + 'variable "v2000" { default = "end" }\n') == "end"


def test_comments_of_any_length(tmp_path: Path) -> None:
    text = "# " + "#" * (300 << 10) + "\n/*" + "\n" * 50_000 + "*/\n" + "// x\n" * 10_000
    declared: list[Declared] = []
    lines_run(lambda: declared.append(_read(tmp_path, text + 'target "t" {}\n')), at_most=20_000)
    assert only(declared[0]).origin.endswith("target t")


_BIG = 'variable "B0" { default = "xxxxxxxxxxxxxxxx" }\n' + "".join(
    f'variable "B{n + 1}" {{ default = "${{B{n}}}${{B{n}}}${{B{n}}}${{B{n}}}" }}\n' for n in range(8)
)


def _refused(root: Path, text: str, message: str, at_most: int) -> None:
    """Read a file that is refused with a message after a number of lines of code."""

    def call() -> None:
        with pytest.raises(CtxoptError, match=message):
            _read(root, text)

    lines_run(call, at_most)


@pytest.mark.parametrize(
    "expression",
    [
        *('"${B8}${B8}"', 'replace(B4, "x", B4)', 'split("x", B7)', 'join(B8, ["a", "b", "c"])'),
        *('format("%s%s", B8, B8)', 'indent(100000, replace(B3, "x", "\\n"))', 'regex_replace(B4, "x", B4)'),
        *("setproduct(range(1000), range(1000))", "pow(10, 300) * pow(10, 300) * pow(10, 300) * 1e4000", "1e5000"),
        *('regexall("(x*)*y", B7)', '[for a in split("x", B5): split("x", B5)]', 'format("%99999d", 1)'),
    ],
)
def test_a_value_that_grows_too_large_is_refused(tmp_path: Path, expression: str) -> None:
    text = f'{_BIG}target "t" {{\n  labels = {{ A = jsonencode({expression}) }}\n}}\n'
    _refused(tmp_path, text, "unfolds to more|is too large", at_most=3_000_000)


@pytest.mark.parametrize("expression", ["upper(B7)", 'length(split("x", B5))'])
def test_long_texts_and_lists_again_and_again_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expression: str
) -> None:
    monkeypatch.setattr(reading, "_UNITS", 100_000)
    args = "".join(f"    A{n} = {expression}\n" for n in range(500))
    _refused(tmp_path, f'{_BIG}target "t" {{\n  args = {{\n{args}  }}\n}}\n', "unfolds", at_most=1_500_000)


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
    ("text", "message", "at_most"),
    [
        (
            'target "t" {\n  matrix = {\n'
            + "".join(f"    a{n} = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n" for n in range(9))
            + '  }\n  name = "x"\n}\n',
            "expands to more than 1,000 builds",
            20_000,
        ),
        ("".join(f'target "t{n}" {{}}\n' for n in range(1100)), "more than 1,000 targets", 400_000),
        (
            "".join(f'target "t{n}" {{ inherits = ["t{n + 1}"] }}\n' for n in range(900)),
            "more than 200 that one inherits",
            700_000,
        ),
        ("x = <<A\n" + ("\n" * 900 + "x\n") * 20, "A is missing at the end", 1_500_000),
    ],
)
def test_hostile_files_are_refused_after_little_work(tmp_path: Path, text: str, message: str, at_most: int) -> None:
    _refused(tmp_path, text, message, at_most)


@pytest.mark.parametrize("text", ["${", "${${${", "${a)\ny = (b}", "%{ if x }"])
def test_templates_in_json_that_are_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(CtxoptError, match=r"docker-bake\.json: "):
        _read_json(tmp_path, {"target": {"t": {"args": {"A": text}}}})


def test_a_lone_surrogate_in_json(tmp_path: Path) -> None:
    declared = _read_json(tmp_path, {"target": {"t": {"args": {"E": "\ud800"}}}})
    assert _args(only(declared)) == {"E": "\ufffd"}


def _set(root: Path, *names: str, **environment: str) -> Declared:
    """What bake files declare that are read together, by a buildx that runs in the directory of all."""
    files = [DeclaringFile(str(root / name), name) for name in names]
    return bake.read(files, str(root), environment=environment)


def test_what_a_newer_buildx_may_know_is_not_looked_at(tmp_path: Path) -> None:
    text = (
        'target "t" {\n  nosuch = undefined\n  inner {\n    a = 1\n  }\n}\ngroup "g" {\n  targets = ["t"]\n  b = 2\n}\n'
    )
    assert only(_read(tmp_path, text)).origin.endswith("target t")


def test_files_that_are_read_together(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "docker-bake.hcl": 'variable "V" { default = "1" }\nshared = "a"\n'
            'target "app" {\n  target = "x"\n  args = { V = V, S = shared, O = "o" }\n}\n'
            'group "default" { targets = ["app"] }\n',
            "docker-bake.override.hcl": 'variable "V" { default = "2" }\nshared = "b"\n'
            'target "app" { args = { O = null, P = "p" } }\ntarget "more" { inherits = ["app"] }\n',
            "extra.json": '{"target": {"app": {"target": "y"}}}',
        },
    )
    declared = _set(tmp_path, "docker-bake.hcl", "docker-bake.override.hcl", "extra.json")
    app, more = declared.builds
    assert (app.origin, more.origin) == ("docker-bake.hcl: target app", "docker-bake.override.hcl: target more")
    assert (app.target, _args(app)) == ("y", {"V": "2", "S": "b", "O": "o", "P": "p"})
    assert _args(more) == _args(app)


def test_compose_files_among_them(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "web/": "",
            "compose.yaml": "services: {web.app: {build: {context: web, args: {A: '1'}}}, db: {image: x}}",
            "docker-bake.hcl": 'target "web_app" { args = { B = "2" } }\n',
        },
    )
    (build,) = _set(tmp_path, "compose.yaml", "docker-bake.hcl").builds
    assert (build.context, _args(build)) == (str((tmp_path / "web").resolve()), {"A": "1", "B": "2"})


def test_what_compose_files_say_for_bake_alone(tmp_path: Path) -> None:
    web = (
        "services:\n  web:\n    build:\n      context: web\n      additional_contexts: {a: ./a, b: ./a}\n"
        "      platforms: [linux/amd64]\n"
        "      x-bake:\n        contexts: {b: ./b, c: 'docker-image://alpine', d: '${D:-./d}'}\n"
        "        platforms: linux/arm64 linux/x\n"
    )
    more = "services: {web: {build: {x-bake: {contexts: {e: e}}}}, two: {build: {x-bake: {platforms: [linux/arm64]}}}}"
    write(tmp_path, {"web/": "", "sub/compose.yaml": web, "sub/compose.override.yaml": more})
    web_build, two = _set(tmp_path, "sub/compose.yaml", "sub/compose.override.yaml").builds
    root = tmp_path.resolve()
    # As buildx prints them: paths of x-bake count from the directory that it runs in, and a name is not replaced.
    assert {each.name: each.value for each in web_build.contexts} == {
        "a": str(root / "a"),
        "b": str(root / "a"),
        "c": "docker-image://alpine",
        "d": str(root / "d"),
        "e": str(root / "e"),
    }
    assert (web_build.platform, two.platform) == ("linux/amd64", "linux/arm64")


def test_paths_count_from_the_current_directory(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "app/": "",
            "sub/app/": "",
            "sub/docker-bake.hcl": 'target "t" {\n  context = "app"\n  contexts = { x = "x" }\n}\ntarget "u" {}\n'
            'target "v" { context = "cwd://app" }\n',
        },
    )
    assert contexts(_set(tmp_path, "sub/docker-bake.hcl"), tmp_path) == {"t": "app", "u": ".", "v": "app"}
    by_file = _set(tmp_path, "sub/docker-bake.hcl", BUILDX_BAKE_FILE_RELATIVE_PATHS="1")
    assert contexts(by_file, tmp_path) == {"t": "sub/app", "u": "sub", "v": "app"}
    assert by_file.builds[0].contexts == (NamedContext("x", str(tmp_path.resolve() / "sub/x")),)


def test_a_file_of_another_name(tmp_path: Path) -> None:
    write(tmp_path, {"one": 'target "t" {}\n', "two": '{"target": {"u": {}}}'})
    assert contexts(_set(tmp_path, "one", "two"), tmp_path) == {"t": ".", "u": "."}


def test_the_text_can_be_given(tmp_path: Path) -> None:
    printed = DeclaringFile("standard-input", "standard input", '{"target": {"t": {"context": "."}}}')
    assert only(bake.read([printed], str(tmp_path), environment={})).origin == "standard input: target t"
