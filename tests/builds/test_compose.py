"""The builds of Compose files."""

import os
from pathlib import Path
from unittest.mock import Mock

import pytest
import yaml

from ctxopt.builds import compose, reading
from ctxopt.builds.build import Build, Declared, DeclaringFile
from ctxopt.core.named_context import NamedContext
from ctxopt.errors import CtxoptError
from tests.builds.support import compose_of as read
from tests.builds.support import contexts, only, said
from tests.support.files import write
from tests.support.steps import lines_run
from tests.support.systems import fifo


def _read(root: Path, text: str, **environment: str) -> Declared:
    write(root, {"compose.yaml": text})
    return read(str(root / "compose.yaml"), "compose.yaml", environment=environment)


def _error(root: Path, text: str) -> str:
    with pytest.raises(CtxoptError) as caught:
        _read(root, text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def _args(build: Build) -> dict[str, str]:
    return dict(build.build_args)


def test_short_and_long_form(tmp_path: Path) -> None:
    write(tmp_path, {"web/": "", "api/": ""})
    declared = _read(
        tmp_path,
        """
services:
  web:
    build: ./web
  api:
    build:
      context: api
      dockerfile: docker/api.Dockerfile
      target: prod
      args: {A: "1"}
      platforms: [linux/arm64, linux/amd64]
  db:
    image: postgres
  empty:
""",
    )
    root = tmp_path.resolve()
    assert declared == Declared(
        (
            Build("compose.yaml: service web", str(root / "web")),
            Build(
                "compose.yaml: service api",
                str(root / "api"),
                str(root / "api/docker/api.Dockerfile"),
                target="prod",
                build_args=(("A", "1"),),
                platform="linux/arm64",
                platforms=("linux/arm64", "linux/amd64"),
            ),
        )
    )


def test_inline_dockerfile_and_default_context(tmp_path: Path) -> None:
    build = only(
        _read(tmp_path, "services: {web: {build: {dockerfile_inline: 'FROM a\n\nCOPY . .'}, platform: linux/amd64}}")
    )
    assert (build.context, build.dockerfile, build.inline) == (str(tmp_path.resolve()), None, "FROM a\nCOPY . .")
    assert build.platform == "linux/amd64"


def test_the_service_platform_comes_before_those_of_the_build(tmp_path: Path) -> None:
    assert only(_read(tmp_path, "services: {w: {build: {platforms: [a/b]}, platform: c/d}}")).platform == "c/d"


def test_args_as_list_and_from_the_environment(tmp_path: Path) -> None:
    text = "services: {w: {build: {context: ., args: [A=1=2, B, C, 'D=$E', F=]}}}"
    assert _args(only(_read(tmp_path, text, B="b", E="e"))) == {"A": "1=2", "B": "b", "D": "e", "F": ""}
    text = "services: {w: {build: {context: ., args: {B: , C: ~, D: '${E}'}}}}"
    assert _args(only(_read(tmp_path, text, B="b", E="e"))) == {"B": "b", "D": "e"}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", "1"),
        ("1.20", "1.2"),
        ("'1.20'", "1.20"),
        ("1.0", "1"),
        ("010", "8"),
        ("0o10", "8"),
        ("0x1F", "31"),
        ("1_000", "1000"),
        ("-5", "-5"),
        ("1e3", "1000"),
        ("1e21", "1e+21"),
        ("1e20", "100000000000000000000"),
        ("0.00001", "1e-05"),
        ("08", "8"),
        ("1.2.3", "1.2.3"),
        ("2024-01-02", "2024-01-02 00:00:00 +0000 UTC"),
        ("2024-1-2 1:2:3", "2024-01-02 01:02:03 +0000 UTC"),
        ("2024-01-02T10:11:12Z", "2024-01-02 10:11:12 +0000 UTC"),
        ("2024-01-02t10:11:12.120-03:30", "2024-01-02 10:11:12.12 -0330 -0330"),
        ("'2024-01-02'", "2024-01-02"),
        ("!!str 2024-01-02", "2024-01-02"),
        ("2024-02-30", "2024-02-30"),
        ("2024-01-02 10:11:12 Z", "2024-01-02 10:11:12 Z"),
        ("true", "true"),
        ("True", "true"),
        ("yes", "yes"),
        ("!!str 1.0", "1.0"),
        ("99999999999999999999999", "1e+23"),
    ],
)
def test_values_are_texts_as_compose_makes_them(tmp_path: Path, written: str, value: str) -> None:
    build = only(_read(tmp_path, f"services: {{w: {{build: {{context: ., args: {{A: {written}}}}}}}}}"))
    assert build.build_args == (("A", value),)


def test_interpolation_and_the_env_file(tmp_path: Path) -> None:
    write(tmp_path, {"app-1/": "", ".env": "DIR=app\nNUMBER=9\nONLY=file\n"})
    text = (
        "services: {w: {build: {context: '${DIR}-$NUMBER', dockerfile: '${DF:-Dockerfile.x}', args: [ONLY, P=$$HOME]}}}"
    )
    declared = _read(tmp_path, text, NUMBER="1")
    build = only(declared)
    assert build.context == str((tmp_path / "app-1").resolve())
    assert build.dockerfile == str((tmp_path / "app-1/Dockerfile.x").resolve())
    assert _args(build) == {"ONLY": "file", "P": "$HOME"}
    assert said(declared) == ()


def test_the_environment_of_the_process_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTXOPT_TEST_ARG", "from outside")
    write(tmp_path, {"compose.yaml": "services: {w: {build: {context: ., args: [CTXOPT_TEST_ARG]}}}"})
    assert _args(only(read(str(tmp_path / "compose.yaml"), "x"))) == {"CTXOPT_TEST_ARG": "from outside"}


def test_an_unset_variable_is_noted_once(tmp_path: Path) -> None:
    declared = _read(tmp_path, "services: {w: {build: {context: './$NONE', args: {A: 'x$NONE'}}}}")
    assert _args(only(declared)) == {"A": "x"}
    assert said(declared) == (
        "compose.yaml: the variable NONE is not set; as in Compose, it counts as empty",
        "compose.yaml: build.context depends on the variable NONE, which is not set",
    )


def test_a_demanded_variable_leaves_out_the_argument_or_the_build(tmp_path: Path) -> None:
    declared = _read(
        tmp_path, "services: {a: {build: {args: {A: '${X:?no}', B: b}}}, b: {build: '${X?no}'}, c: {build: .}}"
    )
    assert [build.origin[-1] for build in declared.builds] == ["a", "c"]
    assert _args(declared.builds[0]) == {"B": "b"}
    assert said(declared) == (
        "compose.yaml: service a: build.args.A needs the variable X, which is not set",
        "compose.yaml: service b: build needs the variable X, which is not set",
    )


def test_a_bad_variable_is_an_error_with_its_line(tmp_path: Path) -> None:
    assert _error(tmp_path, "services:\n  w:\n    build: ${\n").startswith("compose.yaml:3: build: ${ without")


def test_a_lone_dollar_is_text(tmp_path: Path) -> None:
    """Compose takes it, whatever stands behind it."""
    build = only(_read(tmp_path, "services: {w: {build: {context: ., args: {P: '^v[0-9]+$', Q: '$1 $', R: 'a$$b'}}}}"))
    assert _args(build) == {"P": "^v[0-9]+$", "Q": "$1 $", "R": "a$b"}


@pytest.mark.parametrize(
    "context",
    [
        *(
            "https://example.com/a.git",
            "git@github.com:a/b.git",
            "github.com/a/b",
            "docker-image://alpine",
            "ssh://a/b",
        ),
        *("service:base", "git://x/y#main:dir"),
    ],
)
def test_a_remote_context_is_noted(tmp_path: Path, context: str) -> None:
    declared = _read(tmp_path, f"services: {{w: {{build: '{context}'}}}}")
    assert declared.builds == ()
    assert said(declared) == (f"compose.yaml: service w: its context {context} is not a directory here",)


def test_a_context_that_does_not_exist_is_noted(tmp_path: Path) -> None:
    write(tmp_path, {"file": ""})
    declared = _read(tmp_path, 'services: {w: {build: ./none}, x: {build: file}, y: {build: "a\\0b"}}')
    assert declared.builds == ()
    assert said(declared)[0] == "compose.yaml: service w: its context none does not exist"
    assert len(said(declared)) == 3


def test_named_contexts(tmp_path: Path) -> None:
    declared = _read(tmp_path, "services: {w: {build: {additional_contexts: [a=../x, b=docker-image://y, c]}}}")
    assert only(declared).context == str(tmp_path.resolve())
    assert only(declared).contexts == (
        NamedContext("a", str(tmp_path.resolve().parent / "x")),
        NamedContext("b", "docker-image://y"),
        NamedContext("c", ""),
    )
    assert said(declared) == ()


def test_anchors_and_merge_keys(tmp_path: Path) -> None:
    write(tmp_path, {"a/": "", "b/": ""})
    declared = _read(
        tmp_path,
        """
x-build: &build
  context: a
  target: base
  args: &args {A: 1, B: 1}
x-other: &other {context: b, dockerfile: O}
services:
  one: {build: *build}
  two:
    build:
      <<: [*build, *other]
      target: two
      args: {<<: *args, B: 2}
""",
    )
    one, two = declared.builds
    assert (one.target, _args(one)) == ("base", {"A": "1", "B": "1"})
    assert (two.context, two.target, _args(two)) == (one.context, "two", {"A": "1", "B": "2"})
    assert two.dockerfile == os.path.join(one.context, "O")


def test_profiles_are_all_counted(tmp_path: Path) -> None:
    declared = _read(tmp_path, "services: {a: {build: ., profiles: [x]}, b: {build: ., profiles: [y]}}")
    assert len(declared.builds) == 2


def test_extends_in_the_same_file(tmp_path: Path) -> None:
    write(tmp_path, {"a/": "", "b/": ""})
    declared = _read(
        tmp_path,
        """
services:
  web:
    extends: {service: base}
    build: {dockerfile: W, args: [B=2, C=3]}
  short:
    extends: base
    build: b
  base:
    build: {context: a, dockerfile: D, target: t, args: {A: 1, B: 1}}
    platform: linux/arm64
  deep:
    extends: web
    platform: linux/amd64
""",
    )
    web, short, _, deep = declared.builds
    assert (web.target, web.platform, _args(web)) == ("t", "linux/arm64", {"A": "1", "B": "2", "C": "3"})
    assert web.dockerfile == str((tmp_path / "a/W").resolve())
    assert short.dockerfile == str((tmp_path / "b/D").resolve())
    assert (deep.context, deep.platform, _args(deep)) == (web.context, "linux/amd64", _args(web))


def test_extends_of_another_file(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "common/base/": "",
            "common/c.yaml": "services: {base: {extends: root, build: {args: {A: '$V'}}},"
            " root: {build: {context: base}}}",
            "common/.env": "V=not-read",
            ".env": "V=read",
        },
    )
    declared = _read(
        tmp_path,
        "services: {web: {extends: {file: common/c.yaml, service: base}},"
        " own: {build: {target: t}, extends: {file: ./common/c.yaml, service: base}}}",
    )
    assert contexts(declared, tmp_path) == {"web": "common/base", "own": "common/base"}
    assert [_args(build) for build in declared.builds] == [{"A": "read"}] * 2
    assert declared.builds[0].origin == "compose.yaml: service web"


def test_a_base_without_a_context_uses_that_of_the_one_who_extends_it(tmp_path: Path) -> None:
    write(tmp_path, {"common/c.yaml": "services: {base: {build: {target: t}}}"})
    declared = _read(tmp_path, "services: {web: {extends: {file: common/c.yaml, service: base}}}")
    assert (only(declared).context, only(declared).target) == (str(tmp_path.resolve()), "t")


def test_platforms_of_a_base_come_first(tmp_path: Path) -> None:
    declared = _read(tmp_path, "services: {a: {build: {platforms: [x/a]}}, b: {extends: a, build: {platforms: [x/b]}}}")
    assert [build.platform for build in declared.builds] == ["x/a", "x/a"]


def test_reset_and_override(tmp_path: Path) -> None:
    write(tmp_path, {"a/": ""})
    declared = _read(
        tmp_path,
        """
services:
  base: {build: {context: a, target: t, args: {A: 1}, platforms: [x/y]}, platform: p/q}
  no: {extends: base, build: !reset null}
  other: {extends: base, build: !override {dockerfile: D}, platform: !reset null}
  args: {extends: base, build: {args: !override {B: 2}, target: !reset null, context: !reset null}}
  gone: !reset {build: .}
  alone: !override {extends: base, build: {target: u}}
""",
    )
    builds = {build.origin.rpartition(" ")[2]: build for build in declared.builds}
    assert sorted(builds) == ["alone", "args", "base", "other"]
    assert (builds["other"].target, builds["other"].platform, builds["other"].build_args) == (None, None, ())
    assert (builds["args"].target, _args(builds["args"])) == (None, {"B": "2"})
    assert builds["args"].context == str(tmp_path.resolve())
    assert builds["alone"].build_args == ()


def test_include(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "sub/compose.yaml": "include: [deeper/c.yaml]\nservices: {sub: {build: {context: ., args: [V, W]}}}",
            "sub/.env": "V=sub\nW=sub",
            "sub/deeper/c.yaml": "services: {deep: {build: .}}",
            "parts/p.yaml": "services: {part: {build: {context: app, args: [V]}}}",
            "parts/p.override.yaml": "services: {part: {build: {target: t}}}",
            "parts/v.env": "V=parts",
            "home/app/": "",
            ".env": "W=main",
        },
    )
    declared = _read(
        tmp_path,
        """
include:
  - sub/compose.yaml
  - path: [parts/p.yaml, "parts/p.override.yaml"]
    project_directory: home
    env_file: parts/v.env
services:
  main: {build: .}
""",
    )
    assert contexts(declared, tmp_path) == {"main": ".", "sub": "sub", "deep": "sub/deeper", "part": "home/app"}
    builds = {build.origin: build for build in declared.builds}
    # An argument without a value has that of the project itself, not of the .env file that an include reads.
    assert _args(builds["sub/compose.yaml: service sub"]) == {"W": "main"}
    assert "sub/deeper/c.yaml: service deep" in builds
    part = builds["parts/p.override.yaml: service part"]
    assert (part.target, _args(part)) == ("t", {})
    assert said(declared) == ()


def test_include_of_one_file_with_two_environments(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "p.yaml": "services: {'part': {build: {args: ['V=$V', W]}}}",
            "a.yaml": "include: [{path: p.yaml, env_file: a.env}]",
            "a.env": "V=a\nW=a",
            "b.env": "V=b\nW=b",
            ".env": "W=main",
        },
    )
    declared = _read(tmp_path, "include: [a.yaml, {path: p.yaml, env_file: b.env}]")
    # The first one counts, and an argument without a value has that of the project itself.
    assert _args(only(declared)) == {"V": "a", "W": "main"}
    assert said(declared) == ()


def test_include_of_the_same_file_by_two_ways_is_no_conflict(tmp_path: Path) -> None:
    write(
        tmp_path, {"a.yaml": "include: [c.yaml]", "b.yaml": "include: [c.yaml]", "c.yaml": "services: {c: {build: .}}"}
    )
    declared = _read(tmp_path, "include: [a.yaml, b.yaml]")
    assert only(declared).origin == "c.yaml: service c"
    assert said(declared) == ()


def test_include_from_beside_the_project(tmp_path: Path) -> None:
    write(tmp_path, {"common/compose.yaml": "services: {c: {build: .}}", "app/": "", ".git/": ""})
    declared = _read(tmp_path / "app", "include: [../common/compose.yaml]")
    assert only(declared).origin == "../common/compose.yaml: service c"
    assert only(declared).context == str((tmp_path / "common").resolve())


def test_remote_include_and_extends_are_noted(tmp_path: Path) -> None:
    declared = _read(
        tmp_path,
        "include: ['https://example.com/x.git', 'oci://example/x', 'git@x:y']\n"
        "services: {w: {build: ., extends: {file: 'oci://x', service: y}}, v: {build: .}}",
    )
    assert contexts(declared, tmp_path) == {"v": "."}
    assert len(said(declared)) == 4
    assert "compose.yaml: service w: it extends a service of oci://x, which is not a file here" in (said(declared))


def test_an_include_that_needs_a_variable_is_noted(tmp_path: Path) -> None:
    declared = _read(tmp_path, "include: ['${WHERE:?}/c.yaml']\nservices: {v: {build: .}}")
    assert contexts(declared, tmp_path) == {"v": "."}
    assert said(declared) == (
        "compose.yaml:1: include needs the variable WHERE, which is not set, so its services are unknown",
    )


def test_several_documents_are_merged(tmp_path: Path) -> None:
    declared = _read(
        tmp_path,
        "services: {a: {build: {target: one, args: {A: 1}}}}\n---\n---\nservices: {a: {build: {target: two}}}\n",
    )
    assert (only(declared).target, _args(only(declared))) == ("two", {"A": "1"})


@pytest.mark.parametrize("text", ["", "# nothing\n", "services:\n", "version: '3'\n", "services: {a: }"])
def test_nothing_declared(tmp_path: Path, text: str) -> None:
    assert _read(tmp_path, text) == Declared(())


def test_a_byte_order_mark_and_line_ends_of_windows(tmp_path: Path) -> None:
    assert only(_read(tmp_path, "\ufeffservices:\r\n  a:\r\n    build: .\r\n")).origin.endswith("service a")


def test_the_shown_name_is_the_callers(tmp_path: Path) -> None:
    write(tmp_path, {"p/compose.yaml": "include: [s/c.yaml]", "p/s/c.yaml": "services: {a: {build: .}}"})
    declared = read(str(tmp_path / "p/compose.yaml"), "p/compose.yaml", environment={})
    assert only(declared).origin == "p/s/c.yaml: service a"


def test_a_link_below_the_project_is_followed(tmp_path: Path) -> None:
    write(tmp_path, {"real/c.yaml": "services: {a: {build: .}}"})
    (tmp_path / "compose.yaml").symlink_to("real/c.yaml")
    declared = read(str(tmp_path / "compose.yaml"), "compose.yaml", environment={})
    assert contexts(declared, tmp_path) == {"a": "."}


@pytest.mark.parametrize("where", ["dir/link.yaml", "dir/linked/c.yaml"])
def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path, where: str) -> None:
    write(tmp_path, {"outside/c.yaml": "services: {a: {build: .}}", "project/dir/": ""})
    (tmp_path / "project/dir/link.yaml").symlink_to(tmp_path / "outside/c.yaml")
    (tmp_path / "project/dir/linked").symlink_to(tmp_path / "outside")
    declared = _read(
        tmp_path / "project",
        f"include: [{where}]\nservices: {{x: {{extends: {{file: {where}, service: a}}}}, y: {{build: .}}}}",
    )
    assert [build.origin for build in declared.builds] == ["compose.yaml: service y"]
    assert said(declared) == (
        f"compose.yaml:1: {where} is a symbolic link that leads out of the project, so its services are unknown",
        f"compose.yaml: service x: it extends a service of {where}, a symbolic link that leads out of the project",
    )


def test_the_file_itself_as_a_link_out(tmp_path: Path) -> None:
    write(tmp_path, {"outside/c.yaml": "services: {a: {build: .}}", "project/": ""})
    link = tmp_path / "project/compose.yaml"
    link.symlink_to("../outside/c.yaml")
    with pytest.raises(CtxoptError, match="leads out of the project"):
        read(str(link), "compose.yaml")
    declared = read(str(link), "compose.yaml", root=str(tmp_path))
    assert only(declared).context == str((tmp_path / "project").resolve())


def test_an_env_file_that_is_a_link_out_or_broken(tmp_path: Path) -> None:
    write(tmp_path, {"outside.env": "SECRET=1", "project/sub/.env/": "", "project/sub/c.yaml": ""})
    (tmp_path / "project/.env").symlink_to("../outside.env")
    declared = _read(tmp_path / "project", "include: [sub/c.yaml]\nservices: {y: {build: {args: [SECRET]}}}")
    assert only(declared).build_args == ()
    assert said(declared) == (
        ".env: it is a symbolic link that leads out of the project",
        "sub/.env: it is a directory",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("services: [a, b]", "compose.yaml:1: services must be a mapping"),
        ("- a", "compose.yaml:1: a Compose file must be a mapping"),
        ("services:\n  a: 5", "compose.yaml:2: service a must be a mapping"),
        ("services:\n  a:\n    build: [x]", "compose.yaml:3: build must be a text"),
        ("services: {a: {build: {context: {x: y}}}}", "compose.yaml:1: build.context must be a text"),
        ("services: {a: {build: {args: x}}}", "compose.yaml:1: build.args must be a list"),
        ("services: {a: {build: {args: {A: [x]}}}}", "compose.yaml:1: build.args.A must be a text"),
        ("services: {a: {build: {platforms: x}}}", "compose.yaml:1: build.platforms must be a list"),
        ("services: {a: {build: {dockerfile: x, dockerfile_inline: y}}}", "compose.yaml:1: dockerfile and"),
        ("include: x.yaml", "compose.yaml:1: include must be a list"),
        ("include:\n- none.yaml", "compose.yaml:2: it includes none.yaml, which does not exist"),
        ("include: [{}]", "compose.yaml:1: include names no file"),
        ("include: [compose.yaml]", "compose.yaml:1: it is included again by way of compose.yaml"),
        ("services: {a: {extends: b}}", "compose.yaml:1: service a extends b, which does not exist"),
        ("services: {a: {extends: {}}}", "compose.yaml:1: extends names no service"),
        ("services: {a: {extends: a}}", "compose.yaml:1: service a extends itself"),
        ("services: {a: {extends: b}, b: {extends: a}}", "compose.yaml:1: service a extends itself"),
        (
            "services: {a: {extends: {file: n.yaml, service: b}}}",
            "compose.yaml:1: it extends a service of n.yaml, which does not exist",
        ),
        (
            "services: {a: {extends: {file: compose.yaml, service: z}}}",
            "compose.yaml:1: service a extends z of compose.yaml, which does not exist",
        ),
        ("services:\n  a:\n    build: .\n  a:\n    build: x", "compose.yaml:4: the key a is there twice"),
        ("services: {a: b", "compose.yaml:"),
        ("a:\n\tb: c", "compose.yaml:2: not valid YAML"),
        ("a: *none", "compose.yaml:1: there is no anchor none"),
        ("a: &a [*a]", "compose.yaml:1: the anchor a contains itself"),
        ("a: {<<: x}", "compose.yaml:1: a merge key"),
        ("? [a]\n: b", "compose.yaml:1: a key must be a text"),
        ("a: \x00", "compose.yaml: not valid YAML: it has characters"),
    ],
)
def test_errors(tmp_path: Path, text: str, message: str) -> None:
    assert _error(tmp_path, text).startswith(message)


def test_an_extends_circle_over_two_files(tmp_path: Path) -> None:
    write(tmp_path, {"b.yaml": "services: {b: {extends: {file: compose.yaml, service: a}}}"})
    assert "extends itself" in _error(tmp_path, "services: {a: {extends: {file: b.yaml, service: b}}}")


def test_an_include_circle_over_two_files(tmp_path: Path) -> None:
    write(tmp_path, {"b.yaml": "include: [compose.yaml]"})
    assert _error(tmp_path, "include: [b.yaml]").startswith("b.yaml:1: it is included again")


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"services:\n  a: \xe9\n", bytes(range(128, 256))])
def test_what_is_not_utf8(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "compose.yaml").write_bytes(data)
    with pytest.raises(CtxoptError, match=r"compose\.yaml:[12]: it is not UTF-8 text"):
        read(str(tmp_path / "compose.yaml"), "compose.yaml")


def test_a_file_that_is_none(tmp_path: Path) -> None:
    write(tmp_path, {"compose.yaml/": ""})
    with pytest.raises(CtxoptError, match="it is a directory"):
        read(str(tmp_path / "compose.yaml"), "compose.yaml")
    with pytest.raises(CtxoptError, match="there is no such file"):
        read(str(tmp_path / "none.yaml"), "none.yaml")
    fifo(tmp_path / "pipe.yaml")
    with pytest.raises(CtxoptError, match="it is not a regular file"):
        read(str(tmp_path / "pipe.yaml"), "pipe.yaml")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    with pytest.raises(CtxoptError, match="cannot read it"):
        read(str(tmp_path / "loop.yaml"), "loop.yaml")
    with pytest.raises(CtxoptError, match="cannot read it: not a valid path"):
        read("a\0b", "a")


def _bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    return "\n".join(lines)


def _merge_bomb() -> str:
    lines = ["m: &m {" + ", ".join(f"k{n}: v" for n in range(500)) + "}"]
    return "\n".join([*lines, *(f"n{n}: {{<<: *m}}" for n in range(500))])


def _args_bomb(value: str) -> str:
    args = ", ".join(f"k{n}: {value}" for n in range(500))
    services = "\n".join(f"  s{n}: {{build: *b}}" for n in range(500))
    return f"b: &b {{args: {{{args}}}}}\nservices:\n{services}"


def _extends_bomb() -> str:
    args = ", ".join(f"k{n}: v" for n in range(500))
    services = "\n".join(f"  s{n}: {{extends: b}}" for n in range(500))
    return f"services:\n  b: {{build: {{args: {{{args}}}}}}}\n{services}"


def _refused(root: Path, text: str, message: str, at_most: int) -> None:
    """Read a file that is refused with a message after a number of lines of code."""
    write(root, {"compose.yaml": text})

    def call() -> None:
        with pytest.raises(CtxoptError, match=message):
            read(str(root / "compose.yaml"), "compose.yaml", environment={})

    lines_run(call, at_most)


@pytest.mark.parametrize(
    "text",
    [_merge_bomb(), _args_bomb("v"), _args_bomb("~"), _extends_bomb(), "- \n" * 13_000, "# \n" * 60_000],
)
def test_what_unfolds_too_far_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(reading, "_UNITS", 10_000)
    _refused(tmp_path, text, "unfolds", at_most=50 * reading._UNITS)


@pytest.mark.parametrize(
    ("text", "message", "at_most"),
    [
        ("a: &a x\nb: [" + "*a, " * 20_000 + "]", "more than 10,000 aliases", 500_000),
        ("a: " + "[" * 500 + "]" * 500, "nested deeper", 10_000),
        ("[" * 100_000, "nested deeper|not valid YAML", 10_000),
        ("{a: " * 100_000, "nested deeper|not valid YAML", 20_000),
        ("- " * 100_000, "nested deeper|not valid YAML", 10_000),
        ("".join(" " * n + "a:\n" for n in range(500)), "nested deeper", 20_000),
        ("services: {a: {build: {args: {A: '" + "${A:-" * 100_000 + "'}}}}", "has no end", 700_000),
        (
            "services:\n" + "".join(f"  s{n}: {{extends: s{n + 1}}}\n" for n in range(300)) + "  s300: {build: .}",
            "more than 50 times",
            100_000,
        ),
    ],
)
def test_hostile_files_are_refused_after_little_work(tmp_path: Path, text: str, message: str, at_most: int) -> None:
    _refused(tmp_path, text, message, at_most)


def test_a_file_that_is_too_large_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parser = Mock(wraps=yaml.parse)
    monkeypatch.setattr(yaml, "parse", parser)
    _refused(tmp_path, "#" * (4 << 20) + "\n", "larger than 4 MiB", at_most=1000)
    parser.assert_not_called()


def test_an_alias_bomb_is_harmless(tmp_path: Path) -> None:
    text = _bomb() + "\nservices: {a: {build: .}}"
    lines_run(lambda: only(_read(tmp_path, text)), at_most=30_000)


def test_a_huge_scalar_is_only_a_value(tmp_path: Path) -> None:
    build = only(_read(tmp_path, "services: {a: {build: {args: {A: " + "x" * 3_000_000 + "}}}}"))
    assert len(_args(build)["A"]) == 3_000_000


def test_includes_that_double_come_to_an_end(tmp_path: Path) -> None:
    write(tmp_path, {f"f{n}.yaml": f"include: [f{n + 1}.yaml, f{n + 1}.yaml]" for n in range(40)})
    write(tmp_path, {"f40.yaml": "services: {}"})
    _refused(tmp_path, "include: [f0.yaml]", "more than 200 files", at_most=100_000)


def test_an_env_file_is_not_read_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_UNITS", 10_000)
    write(tmp_path, {"sub/.env": "broken\n" * 4000, "sub/c.yaml": "services: {}"})
    _refused(tmp_path, "include: [" + "sub/c.yaml, " * 150 + "]", "unfolds", at_most=50 * reading._UNITS)


def test_a_long_chain_of_includes(tmp_path: Path) -> None:
    write(tmp_path, {f"f{n}.yaml": f"include: [f{n + 1}.yaml]" for n in range(150)})
    write(tmp_path, {"f150.yaml": "services: {}"})
    assert "include each other more than 50 times" in _error(tmp_path, "include: [f0.yaml]")


def test_nothing_is_run_or_built_by_tags(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    text = f"services: {{a: {{build: {{args: {{A: !!python/object/apply:os.mkdir ['{witness}']}}}}}}}}"
    assert "build.args.A must be a text" in _error(tmp_path, text)
    assert not witness.exists()


def test_names_cannot_steer_a_terminal(tmp_path: Path) -> None:
    message = _error(tmp_path, 'services: {"a\\e[2J\\n": 5}')
    assert "\x1b" not in message


def test_a_service_is_built_by_bake_as_well_where_it_says_so(tmp_path: Path) -> None:
    a, b = "{contexts: {c: ./c}}", "{tags: x}"
    text = f"services: {{a: {{build: {{context: ., x-bake: {a}}}}}, b: {{build: {{context: ., x-bake: {b}}}}}}}"
    declared = _read(tmp_path, text)
    assert {build.origin: [each.name for each in build.contexts] for build in declared.builds} == {
        "compose.yaml: service a": [],
        "compose.yaml: service a, by bake": ["c"],
        "compose.yaml: service b": [],
    }


@pytest.mark.parametrize("reset", ["build: !reset null", "build: {context: ., x-bake: !reset null}"])
def test_what_is_said_for_bake_can_be_reset(tmp_path: Path, reset: str) -> None:
    write(tmp_path, {"a.yaml": "services: {a: {build: {context: ., x-bake: {contexts: {c: ./c}}}}}"})
    write(tmp_path, {"b.yaml": f"services: {{a: {{{reset}}}}}"})
    files = [DeclaringFile(str(tmp_path / name), name) for name in ("a.yaml", "b.yaml")]
    assert not any("by bake" in build.origin for build in compose.read(files, environment={}).builds)
