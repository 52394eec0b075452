"""Where the files of a stage come from."""

from ctxopt.core.dockerfile.plan import plan
from ctxopt.core.ids import StageId
from ctxopt.evidence.image import image_locations
from ctxopt.evidence.model import BuildRead
from ctxopt.image.sources import Found, Sources


def found(dockerfile: str, stage: int, path: str) -> Found:
    """What of the context may be at a path in a stage."""
    planned = plan(dockerfile.encode(), "Dockerfile")
    locations = image_locations(BuildRead(planned, read) for read in planned.reads)
    places = [place for location in locations for place in location.places()]
    return Sources(planned, places).find(StageId(stage), path)


def test_a_copy_of_the_context() -> None:
    text = "FROM x\nWORKDIR /app\nCOPY . .\n"
    assert found(text, 0, "/app/docs/x") == Found(("docs/x",), False)
    assert found(text, 0, "/docs") == Found((), False)


def test_specific_sources() -> None:
    text = "FROM x\nWORKDIR /app\nCOPY web/src ./\nCOPY conf/a.toml /etc/\nCOPY *.md /docs/\n"
    assert found(text, 0, "/app/a") == Found(("web/src/a",), False)
    assert "conf/a.toml" in found(text, 0, "/etc/a.toml").paths
    assert found(text, 0, "/docs/x.md") == Found((), True)


def test_through_other_stages() -> None:
    text = (
        "FROM x AS a\nCOPY . /src\nFROM y AS b\nCOPY --from=a /src/web /w\nFROM b\n"
        "COPY --from=b /w/x.js /x.js\nCOPY --from=z /docs /d\n"
    )
    assert found(text, 1, "/w/i.js") == Found(("web/i.js",), False)
    assert found(text, 2, "/w/i.js") == Found(("web/i.js",), False)
    assert found(text, 2, "/x.js").paths == ("web/x.js",)
    assert found(text, 2, "/d/a") == Found((), False)


def test_an_unknown_destination() -> None:
    assert found("FROM x\nCOPY . $D\n", 0, "/a").unknown


def test_paths_that_double_with_each_stage_are_unknown() -> None:
    stages = "".join(f"FROM x AS s{i}\nCOPY --from=s{i - 1} /a /\nCOPY --from=s{i - 1} /b /\n" for i in range(1, 40))
    assert found(f"FROM x AS s0\nCOPY . /\n{stages}", 39, "/f") == Found((), True)


def test_a_path_is_followed_through_many_stages() -> None:
    stages = "".join(f"FROM x AS s{i}\nCOPY --from=s{i - 1} / /\n" for i in range(1, 400))
    assert found(f"FROM x AS s0\nCOPY . /\n{stages}", 399, "/f") == Found(("f",), False)
