"""Expressions, inheritance and paths of bake files, as buildx itself reads them."""

import re
from pathlib import Path

import pytest

from ctxopt.builds import bake
from ctxopt.builds.build import DeclaringFile
from ctxopt.errors import CtxoptError
from tests.builds.expressions import by_buildx, recorded
from tests.live_declared import bake_facts, difference
from tests.support.engine import DeclarationError, bake_print
from tests.support.files import write

pytestmark = pytest.mark.engine

_CALLED = re.compile(r"\b([a-z_0-9]+)\(")
#: Those with a value, but for what is no variable, to which buildx takes one reference a file.
_WITH_VALUE = {
    one: value
    for one, value in recorded().items()
    if value is not None and "undefined" not in one and "convert(" not in one
}


def _with_functions_of_its_own(folder: Path) -> dict[str, str]:
    """The expressions whose functions this buildx has: it names one that it does not have."""
    left = dict(_WITH_VALUE)
    for _ in range(30):
        args = "".join(f"    A{n} = jsonencode({expression}\n)\n" for n, expression in enumerate(left))
        text = f'target "other" {{ context = "elsewhere" }}\ntarget "t" {{\n  args = {{\n{args}  }}\n}}\n'
        (folder / "docker-bake.hcl").write_text(text, encoding="utf-8")
        try:
            printed = bake_print([folder / "docker-bake.hcl"], None, folder, ["t"])["target"]["t"]["args"]
        except DeclarationError as error:
            missing = re.search(r'There is no function named "(\w+)"|function "(\w+)" does not exist', str(error))
            if missing is None:
                raise
            name = missing[1] or missing[2]
            left = {one: value for one, value in left.items() if name not in _CALLED.findall(one)}
            continue
        return {one: printed[f"A{n}"].replace("$${", "${").replace("%%{", "%{") for n, one in enumerate(left)}
    raise AssertionError("this buildx has hardly any function")


def test_values(tmp_path: Path) -> None:
    """All in one file, which is what makes it bearable; each of them was recorded with a file of its own."""
    found = _with_functions_of_its_own(tmp_path)
    assert len(found) > 200
    assert {one: value for one, value in found.items() if value != _WITH_VALUE[one]} == {}


@pytest.mark.parametrize(
    "expression",
    ["undefined", "1 / 0", '["a"][2]', '"bad \\q"', "upper(null)", 'true ? "a" : ["b"]', "{for x in [1, 1] : x => 1}"],
)
def test_what_is_refused(tmp_path: Path, expression: str) -> None:
    assert recorded().get(expression) is None
    assert by_buildx(expression, tmp_path) is None


_FILES = {
    "inheritance": """
target "_base" {
  context = "app"
  args = { A = "1", B = null }
  contexts = { base = "target:tool", src = "./src" }
}
target "tool" {}
target "app" {
  inherits = ["_base", "tool"]
  dockerfile = "D"
  args = { B = "2", C = "x$${y}" }
  contexts = { src = "" }
}
target "again" { inherits = ["app"] }
group "default" { targets = ["app"] }
""",
    "a matrix": """
variable "VERSIONS" { default = ["1.0", "2.0"] }
target "app" {
  name = "app-${replace(v, ".", "-")}-${item.os}"
  matrix = {
    v = VERSIONS
    item = [{ os = "a" }, { os = "b" }]
  }
  context = item.os
  args = { V = v }
}
target "after" { inherits = ["app-1-0-b"] }
""",
    "functions and references": """
function "tag" {
  params = [name]
  variadic_params = rest
  result = join("-", concat([name], rest))
}
variable "N" { default = 3 }
target "a" {
  context = "x"
  args = { T = tag("a", "b", "c"), N = N + 1, OTHER = target.b.dockerfile }
}
target "b" { dockerfile = "${BAKE_CMD_CONTEXT}D" }
""",
    "blocks of one name": 'target "a" {\n  args = { A = "1", B = "1" }\n}\ntarget "a" { args = { B = "2" } }\n',
    "what is refused: a cycle": 'variable "A" { default = B }\nvariable "B" { default = A }\ntarget "t" {}\n',
    "what is refused: a group": 'group "g" {}\ntarget "t" {}\n',
    "what is refused: a function": 'function "f" {\n  params = []\n  result = 1\n  more = 2\n}\ntarget "t" {}\n',
    "what is refused: a type": 'target "t" { platforms = "linux/amd64" }\n',
    "what is refused: a name": 'target "a.b" {}\n',
    "what is refused: an unused target": 'target "t" {}\ntarget "u" { tags = [nosuch] }\n',
}


@pytest.mark.parametrize("name", _FILES)
def test_files(tmp_path: Path, name: str) -> None:
    contexts = {f"{place}Dockerfile": "FROM scratch\n" for place in ("", "a/", "b/", "app/", "x/")}
    write(tmp_path, {**contexts, "docker-bake.hcl": _FILES[name]})
    outcome, problem = difference((tmp_path / "docker-bake.hcl",), str(tmp_path))
    assert (outcome, problem) == ("refused" if "refused" in name else "read", None)


def test_paths_count_from_where_buildx_runs(tmp_path: Path) -> None:
    write(tmp_path, {"sub/docker-bake.hcl": 'target "t" { context = "app" }\n', "app/": "", "sub/app/": ""})
    file = tmp_path / "sub/docker-bake.hcl"
    printed = bake_print([file], None, tmp_path, ["t"])
    assert printed["target"]["t"]["context"] == "app"
    (build,) = bake.read([DeclaringFile(str(file), "b")], str(tmp_path), environment={}).builds
    assert build.context == str((tmp_path / "app").resolve())


def test_files_that_are_read_together(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Dockerfile": "FROM scratch\n",
            "a.hcl": 'variable "V" { default = "1" }\nx = "a"\n'
            'target "t" {\n  target = "s"\n  args = { V = V, X = x }\n}\n',
            "b.hcl": 'variable "V" { default = "2" }\nx = "b"\ntarget "t" { args = { Y = "y" } }\n',
        },
    )
    files = [tmp_path / "a.hcl", tmp_path / "b.hcl"]
    theirs = bake_print(files, None, tmp_path, ["t"])["target"]["t"]
    (build,) = bake.read([DeclaringFile(str(file), file.name) for file in files], str(tmp_path), environment={}).builds
    assert (dict(build.build_args), build.target) == (theirs["args"], theirs["target"])


def test_a_file_with_long_comments(tmp_path: Path) -> None:
    (tmp_path / "docker-bake.hcl").write_text("# " + "#" * (300 << 10) + '\ntarget "t" {}\n')
    assert isinstance(bake_facts([tmp_path / "docker-bake.hcl"]) or "", dict | str)
    try:
        bake.read([DeclaringFile(str(tmp_path / "docker-bake.hcl"), "b")], str(tmp_path), environment={})
    except CtxoptError as error:
        pytest.fail(str(error))
