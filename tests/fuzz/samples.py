"""What is allowed, as a beginning: whole files of each kind, and the pieces that such files are made of."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Language:
    """Texts that are right, and pieces from which more or less right ones can be made."""

    samples: tuple[str, ...]
    pieces: tuple[str, ...]


def _pieces(text: str) -> tuple[str, ...]:
    """Pieces with bars between them; a return sign stands for the end of a line."""
    return tuple(piece.replace("⏎", "\n") for piece in text.split("¦"))


PATTERNS: Final = Language(
    ("*\n!src\n!src/**\n**/*.log\n", "node_modules\n/build/\n# comment\n!**/keep*\n", "a/*/c\n[a-c]?\\*\n\n!a\n"),
    _pieces("*¦**/¦/**¦a¦b¦src¦/¦!¦?¦[a-b]¦[^a]¦[[:alpha:]]¦\\¦\\d¦{2}¦|¦^¦$¦.¦..¦⏎¦⏎¦ ¦#"),
)

DOCKERFILE: Final = Language(
    (
        """# syntax=docker/dockerfile:1
ARG BASE=scratch
ARG V
FROM ${BASE:-x} AS build
ARG V
ENV A=$V B=${A#x*} C=${B//a?/b} D=a/b
COPY --chown=1:2 src $D/[ab]* "q" /x/
RUN --mount=type=bind,source=src,target=/m make && cp a b
FROM build AS next
ONBUILD COPY . /app
FROM next
COPY --from=build /x /y
ADD --exclude=*.md --exclude=!a . http://x/y.git#z /d/
COPY --parents ./a/./b src/**/c /e/
""",
        """# escape=`
FROM a
RUN x `
  # comment
  y
COPY <<-"E" <<F src /x/
\ttext $a
\tE
$b
F
WORKDIR /w
COPY . .
""",
        """FROM a
COPY ["a b", "c", "/d/"]
RUN ["x", "y"]
HEALTHCHECK --interval=5s CMD x
SHELL ["sh"]
VOLUME ["v"]
ENTRYPOINT x
""",
        """FROM --platform=$BUILDPLATFORM a:b@sha256:0000000000000000000000000000000000000000000000000000000000000000
LABEL a=b 'c d'=e
EXPOSE 80/tcp
USER u:g
STOPSIGNAL 9
COPY $TARGETARCH/x ${TARGETOS}* /
""",
    ),
    _pieces(
        "FROM ¦COPY ¦ADD ¦RUN ¦ARG ¦ENV ¦ONBUILD ¦WORKDIR ¦AS ¦--from=¦--mount=type=¦bind¦--exclude=¦--parents ¦--link="
        "¦--chmod=¦--checksum=¦<<EOF¦EOF¦<<-'E'¦⏎¦⏎¦ ¦a¦b¦$a¦${a}¦${a:-¦${a:+¦${a?¦${a#¦${a%%¦${a/¦${a//¦}¦\\⏎¦# "
        "¦scratch¦0¦./¦x=y¦source=¦target=¦,¦[¦]¦\"¦'¦http://h/¦git@h:x¦TARGETARCH¦HEALTHCHECK ¦SHELL ¦CMD ¦*¦src"
    ),
)

SHELL: Final = Language(
    (
        "apt-get update && \\\n apt-get install -y x | tee log; (cd a && make -C b) > out 2>&1 < in\n",
        "for i in a b; do if [ -f $i ]; then cp \"$i\" ${x:-y}; fi; done; f() { sh -c 'npm ci'; }\n",
        "cat <<EOF > f && echo done\n$x\nEOF\n",
        'set -e; sudo -u x env A=b bash -lc "go build ./..."\n',
        "echo $'a\\nb' $(cat < f) `ls` <(sort) $((1 + 2)) ${a[@]}\n",
    ),
    _pieces(
        "if ¦then ¦fi ¦do ¦done ¦case ¦esac ¦{ ¦}¦(¦)¦$(¦`¦'¦\"¦$'¦<<E⏎¦E⏎¦|¦||¦&&¦&¦;¦;;¦>¦<¦>>¦[[ ¦ ]]¦[ ¦ ]¦$((¦))"
        "¦a¦ ¦⏎¦\\⏎¦=¦$x"
    ),
)

COMPOSE: Final = Language(
    (
        """x-base: &base
  build: {context: ./a, args: {A: 1, B: "${V:-x}"}}
services:
  web:
    <<: *base
    build:
      context: .
      dockerfile: sub/Dockerfile
      target: t
      args:
        - A=b
        - C
      platforms: [linux/amd64]
  api:
    build: https://x/y.git#main
  inline:
    build:
      dockerfile_inline: |
        FROM scratch
        COPY . /
""",
        """include:
  - other.yaml
services:
  a:
    extends: {service: b, file: other.yaml}
    build: .
  b:
    image: x
    build: !reset null
""",
        'version: "3"\nservices: {"\\u001b": {build: ".", profiles: [x]}}\n---\nservices: {}\n',
        "services:\n  b:\n    build: {context: $V, dockerfile: '${W?no}', args: [X=1, Y]}\n",
    ),
    _pieces(
        "services:¦build:¦context:¦args:¦  ¦⏎¦- ¦: ¦{¦}¦[¦]¦&a ¦*a¦<<: ¦|⏎¦>-⏎¦!!binary ¦!reset ¦? ¦'¦\"¦${¦}¦${a:-b}"
        "¦$$¦~¦0x1f¦1_0¦.inf¦yes¦---⏎¦...⏎¦%YAML 1.1⏎¦extends:¦include:¦platforms:"
    ),
)

DOTENV: Final = Language(
    ("V=1\nW='a b'\nexport X=${V}\n# c\nY=\"q\\n$W\"\n",), _pieces("=¦'¦\"¦$¦{¦}¦⏎¦V¦ ¦#¦export ¦\\")
)

HCL: Final = Language(
    (
        """variable "V" { default = "x" }
function "f" {
  params = [a]
  result = "${a}-${V}"
}
target "base" {
  args = {
    A = f("q")
    B = V == "x" ? 1 : null
  }
}
target "app" {
  inherits = ["base"]
  name = "app-${t}"
  matrix = { t = ["a", "b"] }
  context = "."
  dockerfile-inline = <<EOT
FROM scratch
EOT
  platforms = ["linux/amd64"]
  contexts = { c = "target:base" }
}
group "default" { targets = ["app"] }
""",
        """target "x" {
  args = { for k, v in {a = 1} : k => upper(v) if v > 0 }
  context = join("/", ["a", 1 + 2 * 3])
}
target "y" {
  context = "%{ if true }a%{ else }b%{ endif }"
  target = [1, 2][0]
  args = {Z = !true || 1 >= 2}
}
""",
    ),
    _pieces(
        'target "a" ¦{¦}¦[¦]¦(¦)¦args = ¦context = ¦"¦${¦%{¦}¦<<E⏎¦E⏎¦?¦:¦=¦=>¦for x in ¦null¦true¦1¦+¦-¦*¦/¦%¦!¦&&¦||'
        "¦==¦⏎¦#¦//¦/*¦*/¦upper(¦...¦inherits = ¦matrix = ¦name = ¦V"
    ),
)

JSON: Final = Language(
    (
        '{"variable": {"V": {"default": "x"}},\n "target": {"a": {"context": ".", "args": {"B": "${V}", "C": 1}},\n'
        '  "b": {"inherits": ["a"], "matrix": {"m": ["1", "2"]}, "name": "b-${m}"}}}',
    ),
    _pieces('{¦}¦[¦]¦"¦:¦,¦1¦-¦1e9¦NaN¦null¦"target"¦"a"¦\\u0000¦\\ud800¦${¦ ¦⏎'),
)

TOML: Final = Language(
    (
        """max-size = "50 MB"
max-files = 20
max-unused = "5%"
view = "classic"
fail-on = ["warning", "CTX001"]

[[build]]
name = "web"
context = "."
dockerfile = "Dockerfile"
build-args = { A = "b" }
max-files = 3

[[suppress]]
rule = "CTX004"
reason = "x"
path = "a/*"
""",
        'max-file-size = "1kB"\n[[build]]\nname = "\\u001b"\nplatform = "linux/arm64"\nmax-size = 1\n',
    ),
    _pieces(
        "[¦]¦[[build]]⏎¦[[suppress]]⏎¦=¦\"¦'¦\"\"\"¦'''¦{¦}¦,¦.¦⏎¦#¦1¦1_000¦0x¦1979-05-27¦true¦inf¦nan¦max-size¦name¦rule"
        "¦\\u001b¦\\U0001F600¦a.b.c"
    ),
)
