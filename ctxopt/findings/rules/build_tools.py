"""A final image that contains the compiler it was built with."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ctxopt.catalogue.base_images import declared_output, known, runtime_of
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals
from ctxopt.core.dockerfile.model import Step
from ctxopt.core.golang import paths
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import FinalImage, building_step, final_image, final_steps, is_for_development
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule

#: Maximum size of a package.json to read, in bytes.
_LARGEST: Final = 64 << 10
#: Commands that serve sources which they compile themselves.
_DEV_SERVER: Final = lazy_re(
    r"\b(?:react-scripts start|next dev|nuxt dev|ng serve|vue-cli-service serve|webpack(?:-dev-server| serve)"
    r"|astro dev|gatsby develop|nodemon|ts-node\S*|tsx|vite(?! (?:build|preview))(?= |$)|nest start"
    r"|parcel(?! (?:build|help))(?= |$)|rspack (?:serve|dev)|rsbuild dev|r(?:emix vite:|emix |eact-router )dev"
    r"|vinxi dev|craco start|docusaurus start|vuepress dev|vitepress dev|quasar dev|ember serve|expo start|nx serve"
    r"|storybook dev|turbo (?:run )?dev|bun (?:--hot|--watch|run --hot|run --watch)|node --watch|go run|air|reflex"
    r"|cargo (?:run|watch)|dotnet (?:run|watch)|spring-boot:run|quarkus:dev|bootRun|quarkusDev|mix phx\.server"
    r"|sbt (?:~\S+|run))(?![\w-])"
)
#: The option for the output of `go build`, `dotnet publish` and others.
_OUTPUT: Final = lazy_re(r"[ \t](?:-o|--output)[ \t=]([\w./-]+)")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find a last stage that builds with the tools of its base image."""
    build = context.build
    final = final_image(build)
    step = None if final is None else building_step(context, final.known)
    # An image that starts nothing is there to build in, or for others to copy from.
    if final is None or step is None or not any(one.kind in ("CMD", "ENTRYPOINT") for one in final_steps(build.plan)):
        return
    if is_for_development(build) or _builds_when_it_starts(context):
        # An image to work in is to have the compiler.
        return
    image, use = final.known, final.use
    runtime = runtime_of(image, final.reference.tag)
    against = f"; {runtime} is about {image.runtime_mb:,} MB" if image.runtime_mb else ""
    # The size that is known is that of the image for Debian.
    is_small = any(word in final.reference.tag.split("-") for word in ("alpine", "slim"))
    sizes = f"{image.name} is about {image.mb:,} MB{against} (unpacked, as of {known().date})"
    yield Finding(
        RULE.id,
        Severity.NOTE if image.interpreted else Severity.WARNING,
        build.plan.file,
        use.line,
        f"the final image is based on {use.name} and contains what only line {step.line} needs: {image.keeps}",
        _fix(build, final, step, runtime),
        totals=_in_image(build),
        confidence=Confidence.MEDIUM,
        evidence=() if is_small else (sizes,),
        end_line=use.end_line,
    )


RULE = Rule(
    id="CTX107",
    name="build-tools-in-image",
    title="Build tools in the final image",
    help=(
        "Name the build stage, and add a final stage from a small image that takes only the build "
        "output with `COPY --from`."
    ),
    check=check,
)


def _fix(build: BuildContext, final: FinalImage, step: Step, runtime: str) -> str:
    image, use = final.known, final.use
    told = _OUTPUT.search(step.text)
    output = told[1] if told else declared_output(image, build.read) or image.output
    # The program would need a C library, which an image for static programs does not have.
    has_compiler = "alpine" not in final.reference.tag or _has_c(build)
    is_linked = "static" in runtime and has_compiler and not _is_static(build)
    static = f", with CGO_ENABLED=0 in line {step.line}" if is_linked else ""
    stage = f'write "FROM {use.written} AS build"{static}, and add a final stage: "FROM {runtime}", '
    packages = ", the packages that it needs at run time" if image.interpreted else ""
    if not output or "$" in output:
        return f"{stage}a COPY --from=build of what line {step.line} builds{packages} and the CMD"
    source = paths.join(step.workdir, output) if step.workdir is not None and not output.startswith("/") else output
    into = source if image.interpreted else image.into
    return f'{stage}"COPY --from=build {source} {into}"{packages} and the CMD'


def _is_static(build: BuildContext) -> bool:
    """Whether a step turns off cgo."""
    return any("CGO_ENABLED=0" in step.text or "CGO_ENABLED 0" in step.text for step in build.plan.steps)


def _has_c(build: BuildContext) -> bool:
    """Whether a step installs a C compiler, which images with Alpine lack: without one, Go uses no cgo."""
    texts = (step.text for step in build.plan.steps if step.kind == "RUN")
    return any(word in text for text in texts for word in ("build-base", "gcc", "musl-dev", "clang"))


def _builds_when_it_starts(context: RuleContext) -> bool:
    """Whether the container starts a server that compiles the sources itself, directly or by a script of npm."""
    from ctxopt.image.commands import COMMAND_STEPS, Reader

    build = context.build
    steps = [
        number
        for number in context.commands.image_steps
        if build.plan.steps[number].kind in COMMAND_STEPS and build.plan.steps[number].kind != "RUN"
    ]
    reader = Reader(build.plan, 0)
    words = [run.words for number in steps for run in reader.of_step(number)]
    return any(any(_DEV_SERVER.search(text) for text in _started(build, one)) for one in words)


def _started(build: BuildContext, words: Sequence[str]) -> Iterator[str]:
    """The text of a command, and that of the script of package.json that it runs."""
    yield " ".join(words)
    if words[0] in ("npm", "yarn", "pnpm", "bun"):
        name = next((word for word in words[1:] if word != "run" and not word.startswith("-")), "")
        text = (build.read("package.json", _LARGEST) or b"").decode("utf-8", "replace")
        found = re.search(rf'"{re.escape(name)}"\s{{0,9}}:\s{{0,9}}"([^"]{{1,500}})"', text)
        if found is not None:
            yield found[1]


def _in_image(build: BuildContext) -> Totals | None:
    """The files of the context that are in the image because it is built there; None if there are none."""
    totals = sum(
        (result.totals for result in build.usage.results if result.read.reaches_image and not result.read.unresolved),
        Totals(),
    )
    return totals if totals.files else None
