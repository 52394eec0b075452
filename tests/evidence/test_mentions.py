"""What a build mentions, and the entries that are kept because of it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt.evidence.mentions import Mention, Mentions
from ctxopt.image.places import same_part
from tests.evidence.support import claimed, judged, text, tracked, write

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\n"


@pytest.mark.parametrize(
    ("instruction", "path"),
    [
        ("RUN cp docs/x.txt /y", "docs/x.txt"),
        ("RUN cp ./docs/x.txt /y", "docs/x.txt"),
        ("RUN cd docs && cat x.txt", "docs/x.txt"),
        ("RUN cat /app/docs/x.txt", "docs/x.txt"),
        ('RUN cat "docs/x.txt"', "docs/x.txt"),
        ("RUN cat 'docs/'*.txt", "docs/x.txt"),
        ("RUN cat docs/*.t?t", "docs/x.txt"),
        ("RUN cat ${HERE}/docs/x.txt", "docs/x.txt"),
        ("RUN cat $HERE/x.txt", "docs/x.txt"),
        ("RUN cat docs/$NAME", "docs/x.txt"),
        ("RUN tool --config=docs/x.txt", "docs/x.txt"),
        ("RUN tool -Idocs/x.txt", "docs/x.txt"),
        ("RUN tool a:docs/x.txt", "docs/x.txt"),
        ("RUN sort < docs/x.txt", "docs/x.txt"),
        ("RUN cp -r docs /y", "docs/x.txt"),
        ("RUN cp -r docs/ /y", "docs/x.txt"),
        ("RUN rm docs/x.txt", "docs/x.txt"),
        ("RUN sh -c 'cat docs/x.txt'", "docs/x.txt"),
        ("RUN if ] 'docs/x.txt", "docs/x.txt"),
        ("RUN <<EOF\ncat docs/x.txt\nEOF", "docs/x.txt"),
        ('RUN ["cat", "docs/x.txt"]', "docs/x.txt"),
        ('CMD ["serve", "/app/docs/x.txt"]', "docs/x.txt"),
        ("ENTRYPOINT serve docs/x.txt", "docs/x.txt"),
        ("HEALTHCHECK CMD cat docs/x.txt", "docs/x.txt"),
        ("FROM y\nCOPY --from=0 /app/docs /d", "docs/x.txt"),
        ("FROM y\nCOPY --from=0 /app /srv\nRUN cat /srv/docs/x.txt", "docs/x.txt"),
        ('CMD ["python", "-m", "tests.serve"]', "tests/serve.py"),
        ('CMD ["gunicorn", "tests.serve:app"]', "tests/serve.py"),
        ("RUN go run x docs", "docs/x.txt"),
        ("RUN gulp --where docs", "docs/x.txt"),
        ("RUN cpx 'docs/**/*.txt' out", "docs/x.txt"),
        ("RUN cpx 'docs/**/*.txt' out", "docs/a/b/x.txt"),
        ("RUN cpx '**/docs/**' out", "docs/a/x.txt"),
        ("RUN copyfiles 'docs/**/*' out", "docs/x.txt"),
        ("RUN copyfiles docs/**/**/x.* out", "docs/x.txt"),
        ("RUN tool --content './{docs,src}/**/*.{css,txt}'", "docs/a/x.txt"),
        ("RUN tool {a,docs}/x.txt", "docs/x.txt"),
        ("RUN tool docs/x.{css,txt}", "docs/x.txt"),
    ],
)
def test_what_a_mention_keeps(tmp_path: Path, instruction: str, path: str) -> None:
    write(tmp_path, path, "docs/other", "README.md")
    found = claimed(judged(tmp_path, f"{PLAIN}{instruction}\n"))
    assert path not in found
    assert path.partition("/")[0] not in found
    assert "README.md" in found


@pytest.mark.parametrize(
    "instruction",
    [
        "RUN ls . && chown -R app /app && cp -r * /x && cat ./*",
        "RUN go run docs",
        "RUN npm run lint && make -s",
        "RUN gulp docs",
        "RUN curl -o /dev/null https://example.com/docs/x.txt",
        "RUN rm -rf /usr/share/doc/x /tmp/docs",
        "RUN rm -f other/docs",
        "RUN mkdir -p docs",
        "RUN find . -name docs -prune",
        "RUN cat $FILE",
        "RUN apt-get install -y docs",
        "FROM y\nCOPY --from=0 /app /app",
        "LABEL docs=docs/x.txt",
    ],
)
def test_words_that_mention_nothing(tmp_path: Path, instruction: str) -> None:
    write(tmp_path, "docs/x.txt")
    assert claimed(judged(tmp_path, f"{PLAIN}{instruction}\n"))["docs"] == "docs"


def test_paths_are_relative_to_the_copied_context(tmp_path: Path) -> None:
    write(tmp_path, "docs/x.txt", "app/docs/y.txt", "tests/z")
    found = claimed(judged(tmp_path, "FROM x\nCOPY . /srv/app\nRUN ls /srv/app /srv/app/tests\n"))
    assert "docs" in found
    assert "tests" not in found


def test_every_build_counts(tmp_path: Path) -> None:
    write(tmp_path, "docs/x.txt")
    assert "docs" in claimed(judged(tmp_path, PLAIN, PLAIN))
    assert "docs" not in claimed(judged(tmp_path, PLAIN, PLAIN + "CMD cat docs/x.txt\n"))


def test_what_a_script_mentions(tmp_path: Path) -> None:
    write(tmp_path, "docs/x.txt", "tests/fixture.sql")
    text(tmp_path, "entrypoint.sh", "#!/bin/bash\nset -e\npsql < tests/fixture.sql\nexec sh ./deep.sh\n")
    text(tmp_path, "deep.sh", "cat docs/x.txt\n")
    found = claimed(judged(tmp_path, PLAIN + 'ENTRYPOINT ["/app/entrypoint.sh"]\n'))
    assert not {"docs", "docs/x.txt", "tests", "tests/fixture.sql"} & found.keys()


def test_what_git_tracks_and_what_it_does_not(tmp_path: Path) -> None:
    write(tmp_path, "docs/x.txt", "data/y")
    tracked(tmp_path, ignore="data\n")
    found = claimed(judged(tmp_path, PLAIN + "RUN cat docs/x.txt data/y\n", git=True))
    assert not {"docs", "docs/x.txt", "data", "data/y"} & found.keys()


def test_braces_and_depths_without_end(tmp_path: Path) -> None:
    write(tmp_path, "docs/a.md", "README.md")
    many = "{a,b}" * 40 + "/docs" + "/**/x" * 400
    found = claimed(judged(tmp_path, f"{PLAIN}RUN cpx '{many}' 'README.{{a,b}}{{c,d}}' out\n"))
    assert found["README.md"] == "docs"


@pytest.mark.parametrize(
    ("link", "target", "stays"),
    [
        ("public/manual", "../docs", "docs"),
        ("src/shared", "../tests/include", "tests"),
        ("INFO", "README.md", "README.md"),
        ("a/b", "/docs/x.md", "docs"),
        ("public/one", "two", "docs"),
        ("docs/up", "../README.md", ""),
    ],
)
def test_where_a_link_that_stays_leads(tmp_path: Path, link: str, target: str, stays: str) -> None:
    write(tmp_path, "docs/x.md", "tests/include/u.h", "README.md", "src/a.c", "public/a.css")
    (tmp_path / "public/two").symlink_to("../docs/x.md") if target == "two" else None
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(target)
    found = claimed(judged(tmp_path, PLAIN))
    assert {"docs", "tests", "README.md"} - found.keys() == ({stays} if stays else set())


_NAMES = st.text("ab.:*?[]\\-", min_size=1, max_size=5)


@given(st.lists(_NAMES, max_size=4), st.lists(_NAMES, max_size=6))
def test_the_names_that_wildcards_may_be_about(patterns: list[str], there: list[str]) -> None:
    mentions = Mentions(Mention((pattern,), "why") for pattern in patterns)
    named = [name for name in there if any(same_part(pattern, name) for pattern in patterns)]
    assert set(named) <= set(mentions.candidates(there))


@pytest.mark.parametrize(
    "line",
    [
        "ENV DJANGO_SETTINGS_MODULE=tests.settings",
        "RUN python -c 'import tests.settings'",
        'CMD ["python", "-c", "from tests.settings import x; x()"]',
    ],
)
def test_modules_in_values_and_programs(tmp_path: Path, line: str) -> None:
    write(tmp_path, "tests/settings.py", "tests/x.json", "spec/y")
    found = claimed(judged(tmp_path, f"FROM x\nWORKDIR /app\nCOPY . .\n{line}\n"))
    assert not {"tests", "tests/settings.py"} & found.keys()
    assert "spec" in found


def test_the_words_of_a_command_in_a_word_are_not_parts_of_names(tmp_path: Path) -> None:
    write(tmp_path, "_files/x", "docs/a.md", "dune-project")
    dockerfile = "FROM x\nWORKDIR /app\nCOPY . .\nRUN eval $(files env) && eval `tool docs` && make\n"
    text(tmp_path, "Dockerfile", dockerfile)
    tracked(tmp_path, ignore="_files\n")
    found = claimed(judged(tmp_path, dockerfile, git=True))
    assert "_files" in found
    assert "docs" not in found


@pytest.mark.parametrize(
    "command", ["redis-server --requirepass ${PASSWORD:-}", "$X", "${X:-}", "-", "- --", "a ''", "cd"]
)
def test_a_command_from_outside_that_has_no_words(tmp_path: Path, command: str) -> None:
    write(tmp_path, "a.js", "docs/x.md")
    text(tmp_path, "docker-compose.yml", f"services:\n  redis:\n    command: {command}\n")
    assert claimed(judged(tmp_path, 'FROM node\nCOPY . .\nRUN make\nCMD ["node", "a.js"]\n'))
