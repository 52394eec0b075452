"""What of the context could get into the target: the files that it leaves out make no difference there."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctxopt.core.build_context import BuildContext
from ctxopt.reports.stages import image_origins, origins_if_read
from tests.support.files import write

_FILES = ("a/x", "a/b/y", "a/b/z.txt", "c/d/e", "top", "dist/js/app", "dist/i", "a/dist/n")
_SOURCES = (
    ".",
    "a",
    "a/",
    "a/b",
    "c",
    "top",
    "*",
    "a/*",
    "dist",
    "a/b/z.txt",
    "link",
    "./a/../a",
    "to-top",
    "dist/*/app",
)
_PLACES = ("/app", "/app/", ".", "./a", "/app/a/", "/", "/out/top", "b/", "/app/dist")
_TAKEN = ("/app", "/app/dist", "/app/a", ".", "/", "/app/a/*", "/out", "/app/*/b", "/app/a/b/z.txt", "dist", "/app/top")
_read = st.tuples(
    st.sampled_from(("", "--parents ")), st.lists(st.sampled_from(_SOURCES), min_size=1, max_size=2)
).flatmap(
    lambda one: st.sampled_from(_PLACES).map(
        lambda place: f"COPY {one[0]}{' '.join(one[1])} {place if len(one[1]) == 1 else place.rstrip('/') + '/'}"
    )
)
_stage = st.lists(_read, max_size=3)
_copy = st.tuples(st.sampled_from(_TAKEN), st.sampled_from(_PLACES))


@st.composite
def _dockerfiles(draw: st.DrawFn) -> str:
    count = draw(st.integers(1, 4))
    lines = []
    for number in range(count):
        parents = ["scratch", *(f"s{other}" for other in range(number))]
        lines += [
            f"FROM {draw(st.sampled_from(parents))} AS s{number}",
            f"WORKDIR {draw(st.sampled_from(('/app', '/')))}",
        ]
        lines += draw(_stage)
        for taken, place in draw(st.lists(_copy, max_size=2)) if number else ():
            lines.append(f"COPY --from=s{draw(st.integers(0, number - 1))} {taken} {place}")
    return "\n".join(lines)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dockerfile=_dockerfiles())
def test_the_same_files_get_into_the_target(tmp_path: Path, dockerfile: str) -> None:
    if not (tmp_path / "link").is_symlink():
        write(tmp_path, {**dict.fromkeys(_FILES, "x"), "link": "->a/b", "to-top": "->top"})
    context = BuildContext(str(tmp_path), inline=dockerfile)
    usage = context.usage
    everything = [usage.files_of(result.read.number) if result.error is None else [] for result in usage.results]
    assert image_origins(context) == origins_if_read(context, everything)
