"""The commands that the steps of a build run, and how the catalogue names commands."""

import pytest

from ctxopt.core.dockerfile.plan import plan
from ctxopt.image.commands import Reader, Run, is_command, may_be_command, words_after


def runs(*instructions: str) -> list[Run]:
    text = "FROM alpine\n" + "\n".join(instructions) + "\n"
    return list(Reader(plan(text.encode(), "Dockerfile"), 0).runs())


def one(command: str) -> Run:
    (run,) = runs(f"RUN {command}")
    return run


@pytest.mark.parametrize(
    ("text", "command", "expected"),
    [
        ("npm ci", "npm ci", (True, True)),
        ("npm --quiet ci --omit=dev", "npm ci", (True, True)),
        ("/usr/bin/npm ci", "npm ci", (True, True)),
        ("npm run ci", "npm ci", (False, True)),
        ("npm install", "npm ci", (False, False)),
        ("echo npm ci", "npm ci", (False, False)),
        ("pip install pytest", "pytest", (False, False)),
        ("yarn", "yarn $", (True, True)),
        ("yarn --frozen-lockfile", "yarn $", (True, True)),
        ("yarn build", "yarn $", (False, False)),
        ("python3.12 -m venv x", "python* -m venv", (True, True)),
        ("python3 venv", "python* -m venv", (False, False)),
        ("mvn -B package", "mvn package !-DskipTests", (True, True)),
        ("mvn package -DskipTests=true", "mvn package !-DskipTests", (False, False)),
        ("mvn package -DskipTests=false", "mvn package !-DskipTests", (True, True)),
        ("mvn package -DskipTests=$SKIP", "mvn package !-DskipTests", (False, True)),
        ("go build -buildvcs=false .", "go build !-buildvcs=false", (False, False)),
        ("go install example.com/x@latest", "go install !*@", (False, False)),
        ("mvn clean package", "mvn *", (True, True)),
        ("mvn clean package", "mvn package", (False, True)),
        ("make -j 4 unit-test", "make *test*", (False, True)),
        ("sudo -u app npm ci", "npm ci", (True, True)),
        ("CI=1 npm ci", "npm ci", (True, True)),
        ("npx jest --ci", "jest", (True, True)),
        ("uv run --frozen pytest", "pytest", (True, True)),
        ("bundle exec rake", "rake $", (True, True)),
        ("./gradlew build", "gradlew build", (True, True)),
    ],
)
def test_names_of_commands(text: str, command: str, expected: tuple[bool, bool]) -> None:
    run = one(text)
    assert (is_command(run, command), may_be_command(run, command)) == expected


def test_variables_can_make_it_another_command() -> None:
    (run,) = runs("ENV GOFLAGS=-buildvcs=false", "RUN go build ./...")
    assert not may_be_command(run, "go build !-buildvcs=false")
    (run,) = runs("ENV OTHER=1", "RUN go build ./...")
    assert may_be_command(run, "go build !-buildvcs=false")


def test_words_after_a_command() -> None:
    assert words_after(one("npm run build -- --fast"), "npm run") == ("build", "--", "--fast")
    assert words_after(one("npm test"), "npm run") is None
    assert words_after(one("yarn x"), "yarn $") is None


def test_the_directory_of_a_command() -> None:
    found = runs(
        "WORKDIR /app",
        "RUN npm ci && cd web && npm ci && cd ../api && npm ci",
        "RUN npm --prefix web ci",
        "RUN make --directory=/x all",
        "RUN cd $WHERE && npm ci",
    )
    places = [run.directory for run in found if run.name != "cd"]
    assert places == ["/app", "/app/web", "/app/api", "/app/web", "/x", None]


def test_the_directory_after_a_cd_in_a_subshell_or_a_condition() -> None:
    found = runs(
        "WORKDIR /app",
        "RUN (cd web && npm ci) && npm ci",
        "RUN sh -c 'cd web; npm ci'; npm ci",
        "RUN if x; then cd web; npm ci; fi; npm ci",
        "RUN cd web || exit 1; npm ci",
        "RUN pushd web && npm ci",
    )
    places = [run.directory for run in found if run.name == "npm"]
    assert places == ["/app/web", "/app", "/app/web", "/app", "/app/web", None, "/app/web", None]


def test_the_directory_of_a_command_behind_a_wrapper() -> None:
    found = runs(
        "WORKDIR /app",
        "RUN env -C web npm ci",
        "RUN su - node -c 'npm ci'; npm ci",
        "RUN su node -c 'cd web && npm ci'",
        'RUN ["su", "-l", "node", "-c", "npm ci"]',
        'RUN ["env", "-C", "/x", "npm", "ci"]',
    )
    places = [run.directory for run in found if run.name == "npm"]
    assert places == ["/app/web", None, "/app", "/app/web", None, "/x"]


def test_an_inherited_directory_is_distinct() -> None:
    first, second, third = runs("RUN npm ci", "RUN npm i", "WORKDIR sub", "RUN npm ci")
    assert first.directory == second.directory != third.directory


def test_forms() -> None:
    found = runs(
        'RUN ["npm", "ci"]',
        'RUN ["/bin/sh", "-c", "cd x && npm ci"]',
        "RUN <<EOF\nnpm ci\nnpm test\nEOF",
        "CMD npm start",
        'ENTRYPOINT ["node", "x.js"]',
        "HEALTHCHECK --interval=1s CMD curl -f http://localhost",
    )
    assert [" ".join(run.words) for run in found] == [
        *("npm ci", "cd x", "npm ci", "npm ci", "npm test", "npm start", "node x.js", "curl -f http://localhost"),
    ]
    assert found[0].origin == "RUN npm ci (Dockerfile:2)"
    assert all(run.sure for run in found)


def test_words_of_text_that_cannot_be_parsed() -> None:
    found = runs('RUN if ] npm "ci')
    assert not any(run.sure for run in found)
    assert any(may_be_command(run, "npm") for run in found)


def test_a_command_is_shown_on_one_line() -> None:
    assert one("echo " + "x" * 100).origin == "RUN echo " + "x" * 54 + "… (Dockerfile:2)"
    assert one("find . -exec cat {} +").origin == "RUN find . -exec cat {} + (Dockerfile:2)"
