"""A final image that contains the compiler it was built with."""

from collections.abc import Iterator
from typing import Final

from ctxopt.catalogue.base_images import Image, declared_output, known, runtime_of
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals
from ctxopt.core.dockerfile.model import Step
from ctxopt.core.golang import paths
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import (
    FinalImage,
    building_step,
    final_image,
    final_steps,
    installed_to_run,
    is_for_development,
)
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.findings.started import started_runs, starts_dev_server
from ctxopt.image.effects import moved, removed
from ctxopt.image.places import below

#: Maximum size of a manifest to read, in bytes.
_LARGEST: Final = 256 << 10
#: A script that builds for people who develop.
_DEV_BUILD: Final = lazy_re(r"\bbuild[:-](?:dev|development|local|watch)\b|\bdev[:-]build\b")
#: A compiler that writes beside the sources.
_COMPILES_BESIDE: Final = lazy_re(r"\b(?:javac|kotlinc|scalac)\b")
#: The instructions that a final stage of its own has to repeat, the last ones being those that start the program.
_INSTRUCTIONS: Final = ("ENV", "USER", "EXPOSE", "VOLUME", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD")
_STARTING: Final = ("ENTRYPOINT", "CMD")
#: The option for the output of `go build`, `dotnet publish` and others.
_OUTPUT: Final = lazy_re(r"[ \t](?:-o|--output)[ \t=]([\w./-]+)")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find a last stage that builds with the tools of its base image."""
    build = context.build
    final = final_image(build)
    step = None if final is None else building_step(context, final.known)
    # An image that starts nothing is there to build in, or for others to copy from.
    if final is None or step is None or not any(one.kind in _STARTING for one in final_steps(build.plan)):
        return
    if is_for_development(build) or starts_dev_server(context) or _DEV_BUILD.search(step.text) is not None:
        # An image to work in is to have the compiler.
        return
    if _works_there(context, final) or _gets_more(context, final):
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
        f"the final image is based on {use.name} and contains what only line {step.line} needs: {_kept(final)}",
        _fix(context, final, step, runtime),
        totals=_in_image(build),
        confidence=Confidence.MEDIUM,
        evidence=() if is_small else (sizes,),
        end_line=use.end_line,
    )


def _gets_more(context: RuleContext, final: FinalImage) -> bool:
    """Whether the image gets programs, users or files that a final stage with what is built would lack.

    Files of other stages, images and URLs; users and what a RUN downloads; what a small image has no shell for.
    """
    # Imported here because few images are built with all that building needs.
    from ctxopt.catalogue.commands import known_commands
    from ctxopt.catalogue.plain_programs import plain_programs

    plan, commands = context.build.plan, context.commands
    exported = {stage.number for stage in plan.stages if stage.exported}
    stages = [one.stage for one in plan.copies] + [one.stage for one in plan.downloads]
    stages += [use.stage for use in plan.images if use.kind == "COPY"]
    if not exported.isdisjoint(stages):
        return True
    more = (*plain_programs().changing, *known_commands().users)
    runs = (run for number in commands.with_words(commands.image_steps, more) for run in commands.of(number))
    if any(run.name in more for run in runs):
        return True
    if final.known.interpreted:
        return False
    is_checked = any(step.kind == "HEALTHCHECK" for step in final_steps(plan))
    return is_checked or _needs_shell(context)


def _needs_shell(context: RuleContext) -> bool:
    """Whether a container starts a script of a shell, or a shell by its name, which a small image may not have."""
    # Imported here because few programs are compiled in the image.
    from ctxopt.catalogue.vocabulary import shells

    words = [word for step in final_steps(context.build.plan) if step.kind in _STARTING for word in step.words or ()]
    words += [word for run in started_runs(context) for word in run.words]
    return any(word.endswith((".sh", ".bash")) or paths.base(word) in shells().shells for word in words)


def _works_there(context: RuleContext, final: FinalImage) -> bool:
    """Whether a service of a Compose file mounts the sources, or builds in the container."""
    # Imported here because it reads many files.
    from ctxopt.evidence.privileges import commands_of, mounts_sources

    if mounts_sources(context.build):
        return True
    texts = (" ".join(one.words) for one in commands_of(context.build))
    return any(command in text for text in texts for command in final.known.builds)


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


def _fix(context: RuleContext, final: FinalImage, step: Step, runtime: str) -> str:
    build = context.build
    image, use = final.known, final.use
    told = _OUTPUT.search(step.text)
    output = told[1] if told else declared_output(image, build.read) or image.output
    # The program would need a C library, which an image for static programs does not have.
    has_compiler = "alpine" not in final.reference.tag or _has_c(build)
    stage = f'write "FROM {use.written} AS build"'
    if output and not _is_output(context, image, step, output):
        output = ""
    needs_system = image.native and (bool(installed_to_run(context)) or _needs_libraries(build, image))
    packages = _also(context, image, needs_system)
    start = _instructions(build, has_shell=image.interpreted or needs_system or "distroless" not in runtime)
    if needs_system:
        stage += f", and add a final stage{_system(final)}, "
    else:
        is_linked = "static" in runtime and has_compiler and not _is_static(build)
        static = f", with CGO_ENABLED=0 in line {step.line}" if is_linked else ""
        stage += f'{static}, and add a final stage: "FROM {runtime}", '
    if not output or "$" in output:
        return f"{stage}a COPY --from=build of what line {step.line} builds{packages} and {start}"
    source = paths.join(step.workdir, output) if step.workdir is not None and not output.startswith("/") else output
    if _is_taken_away(context, step, source):
        return f"{stage}a COPY --from=build of what line {step.line} builds{packages} and {start}"
    into = source if image.interpreted else image.into
    return f'{stage}"COPY --from=build {source} {into}"{packages} and {start}{_with_path(build, source, into)}'


def _instructions(build: BuildContext, *, has_shell: bool) -> str:
    """What else of the image belongs into a new final stage, as a part of the fix."""
    steps = list(final_steps(build.plan))
    present = {step.kind for step in steps}
    names = [kind for kind in _INSTRUCTIONS if kind in present]
    *first, last = names
    listed = f"the {', '.join(first)}{' and ' if first else ''}{last}"
    needs_shell = any(step.kind in _STARTING and step.words is None for step in steps)
    return f"{listed} as a JSON array, since there is no shell" if needs_shell and not has_shell else listed


def _also(context: RuleContext, image: Image, needs_system: bool) -> str:
    """What the final stage gets besides what is built, as a part of the fix."""
    if image.interpreted:
        return ", what else it needs at run time (its packages, package.json)"
    read = ", the files that it reads at run time" if image.native and _reads_files(context.build) else ""
    if needs_system:
        return f", the libraries and programs that it needs at run time{read}"
    return f"{', the packages that it needs at run time' if installed_to_run(context) else ''}{read}"


def _is_output(context: RuleContext, image: Image, step: Step, output: str) -> bool:
    """Whether the usual output of an image is what a step writes, and what the image starts."""
    if _COMPILES_BESIDE.search(step.text) is not None:
        return False
    started = " ".join(run.words[1] for run in started_runs(context) if run.name in ("node", "bun") and run.words[1:])
    return not image.interpreted or not started or paths.base(output) in started.split("/") or output == "."


def _reads_files(build: BuildContext) -> bool:
    """Whether the source code that the build reads opens files."""
    # Imported here because it reads the code.
    from ctxopt.evidence.plain_code import reads_files

    return reads_files(build)


def _system(final: FinalImage) -> str:
    """What says the image for a program that needs libraries of the distribution in which it was built."""
    words = final.reference.tag.split("-")
    alpine = next((word.removeprefix("alpine") for word in words if word.startswith("alpine")), None)
    if alpine is not None:
        return f': "FROM alpine:{alpine}"' if alpine else f" from alpine, in the version of {final.use.name}"
    release = next((word for word in words if word in known().codenames.split()), "")
    return f': "FROM debian:{release}-slim"' if release else f" from debian slim, in the release of {final.use.name}"


def _needs_libraries(build: BuildContext, image: Image) -> bool:
    """Whether a manifest of the project names a package that is built with libraries of C."""
    text = (build.read(image.linked.file, _LARGEST) or b"").decode("utf-8", "replace") if image.linked.file else ""
    return any(name in text for name in image.linked.names)


def _is_taken_away(context: RuleContext, step: Step, source: str) -> bool:
    """Whether a later RUN of the image moves or removes what is built."""
    commands = context.commands
    after = [number for number in commands.image_steps if context.build.plan.steps[number].line >= step.line]
    runs = [run for number in commands.with_words(after, ("mv", "rm")) for run in commands.of(number)]
    gone = [target for run in runs for target in (*moved(run)[0], *removed(run)) if not target.names]
    return any(target.path == source or (target.whole and below(target.path, source) is not None) for target in gone)


def _with_path(build: BuildContext, source: str, into: str) -> str:
    """The end of the fix where the present CMD has the path of what is built."""
    texts = (step.text for step in final_steps(build.plan) if step.kind in _STARTING)
    is_named = source.rpartition("/")[0] + "/" in " ".join(texts) and not source.startswith(into)
    return f" with its path in {into}" if is_named and source != into else ""


def _kept(final: FinalImage) -> str:
    """What stays in the image; a Java runtime has no compiler."""
    return final.known.keeps.replace("the compiler, ", "") if "jre" in final.reference.tag else final.known.keeps


def _is_static(build: BuildContext) -> bool:
    """Whether a step turns off cgo."""
    return any("CGO_ENABLED=0" in step.text or "CGO_ENABLED 0" in step.text for step in build.plan.steps)


def _has_c(build: BuildContext) -> bool:
    """Whether a step installs a C compiler, which images with Alpine lack: without one, Go uses no cgo."""
    texts = (step.text for step in build.plan.steps if step.kind == "RUN")
    return any(word in text for text in texts for word in ("build-base", "gcc", "musl-dev", "clang"))


def _in_image(build: BuildContext) -> Totals | None:
    """The files of the context that are in the image because it is built there; None if there are none."""
    totals = sum(
        (result.totals for result in build.usage.results if result.read.reaches_image and not result.read.unresolved),
        Totals(),
    )
    return totals if totals.files else None
