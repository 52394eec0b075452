from pathlib import Path

import pytest

from ctxopt.core.context.tree import Totals
from ctxopt.findings.model import Confidence, Severity
from ctxopt.findings.rules.build_tools import RULE
from tests.findings.support import built, named
from tests.support.programs import git

_FILES = {"main.go": "x" * 10, "go.mod": "x" * 5}


def test_a_compiler_in_the_image(tmp_path: Path) -> None:
    text = (
        "FROM golang:1.24\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -trimpath -o /out/server ./cmd\n"
        'CMD ["x"]\n'
    )
    (finding,) = built(tmp_path, RULE, text, _FILES, ignore="Dockerfile\n.dockerignore\n")
    assert (finding.file, finding.line, finding.end_line) == ("Dockerfile", 1, 1)
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.MEDIUM)
    assert finding.totals == Totals(2, 15)
    assert finding.message == (
        "the final image is based on golang:1.24 and contains what only line 4 needs: the compiler and the sources"
    )
    assert finding.fix == (
        'write "FROM golang:1.24 AS build", and add a final stage: "FROM gcr.io/distroless/static-debian12", '
        '"COPY --from=build /out/server /usr/local/bin/" and the CMD'
    )
    assert finding.evidence == (
        "golang is about 840 MB; gcr.io/distroless/static-debian12 is about 2 MB (unpacked, as of 2025-06)",
    )


@pytest.mark.parametrize(
    ("base", "command", "copy"),
    [
        ("rust:1.87", "cargo build --release", "/w/target/release/svc /usr/local/bin/"),
        ("maven:3.9", "mvn -B -DskipTests package", "/w/target/*.jar /app/"),
        ("gradle:8-jdk21", "gradle --no-daemon bootJar", "/w/build/libs/*.jar /app/"),
        ("eclipse-temurin:21", "./mvnw package", "/w/target/*.jar /app/"),
        ("mcr.microsoft.com/dotnet/sdk:9.0", "dotnet publish -c Release -o /out", "/out /app"),
        ("node:22-slim", "npm ci && npm run build:prod", "/w/.next /w/.next"),
        ("node:22", "corepack enable && \\\n  pnpm build", "/w/.next /w/.next"),
    ],
)
def test_tools(tmp_path: Path, base: str, command: str, copy: str) -> None:
    files = {"Cargo.toml": '[package]\nname = "svc"\n', "package.json": '{"dependencies": {"next": "15"}}'}
    (finding,) = built(tmp_path, RULE, f"FROM {base}\nWORKDIR /w\nRUN {command}\nCMD x\n", files)
    assert f'"COPY --from=build {copy}"' in finding.fix
    assert finding.severity is (Severity.NOTE if base.startswith("node") else Severity.WARNING)


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM golang:1.24 AS build\nRUN go build\nFROM alpine:3\nCOPY --from=build /a /a\n",
        # Targets for development, or for tools.
        "FROM golang:1.24\nRUN go install github.com/air-verse/air@v1\nCMD air\n",
        "FROM golang:1.24\nRUN go mod download\nCMD go test ./...\n",
        "FROM node:22\nRUN npm ci\nCMD npm run build\n",
        "FROM golang:1.24\nRUN go build -o /tool\n",
        "FROM node:22\nRUN npm run build-docs\n",
        "FROM python:3.13\nRUN go build\n",
        "FROM golang:1.24 AS build\nFROM build AS last\nCOPY a a\n",
    ],
)
def test_nothing_is_built_in_the_image(tmp_path: Path, dockerfile: str) -> None:
    assert built(tmp_path, RULE, dockerfile, {"a": "a"}) == []


@pytest.mark.parametrize(
    ("base", "command", "runtime"),
    [
        ("mcr.microsoft.com/dotnet/sdk:8.0-alpine", "dotnet publish", "mcr.microsoft.com/dotnet/aspnet:8.0"),
        ("maven:3.9-eclipse-temurin-17", "mvn package", "eclipse-temurin:17-jre"),
        ("gradle:8.10-jdk25", "gradle build", "eclipse-temurin:25-jre"),
        ("gradle", "gradle build", "eclipse-temurin:21-jre"),
        ("openjdk:11-slim", "./mvnw package", "eclipse-temurin:11-jre"),
        ("node:20", "yarn build", "node:20-slim"),
        ("node", "yarn build", "node:22-slim"),
    ],
)
def test_the_version_stays(tmp_path: Path, base: str, command: str, runtime: str) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM {base}\nRUN {command}\nCMD x\n")
    assert f'add a final stage: "FROM {runtime}"' in finding.fix


def test_a_target_that_is_for_building(tmp_path: Path) -> None:
    text = "FROM golang:1.24 AS build\nRUN go build\nFROM alpine:3\nCOPY --from=build /a /a\n"
    assert built(tmp_path, RULE, text, target="build") == []


def test_it_may_be_built_further_up(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "FROM golang:1.24 AS build\nRUN go build\nFROM build\nCMD x\n")
    assert finding.line == 1


@pytest.mark.parametrize(
    ("files", "output"),
    [
        ({"package.json": '{"devDependencies": {"react-scripts": "5"}}'}, "/w/build"),
        ({"package.json": '{"dependencies": {"nuxt": "3"}}'}, "/w/.output"),
        ({"package.json": '{"dependencies": {"nuxt": "^4.1.0"}}'}, "/w/.output"),
        ({"package.json": '{"devDependencies": {"vite": "6"}}'}, "/w/dist"),
        (
            {"package.json": '{"dependencies": {"vite": "6"}}', "vite.config.ts": "build: { outDir: './site' }"},
            "/w/site",
        ),
        ({"package.json": '{"dependencies": {"next": "15"}}', "next.config.js": "output: 'export'"}, "/w/out"),
        ({"package.json": "{}", "tsconfig.json": '{"compilerOptions": {"outDir": "./lib"}}'}, "/w/lib"),
    ],
)
def test_the_output_is_what_the_project_says(tmp_path: Path, files: dict[str, str], output: str) -> None:
    (finding,) = built(tmp_path, RULE, "FROM node:22\nWORKDIR /w\nRUN npm run build\nCMD x\n", files)
    assert f'"COPY --from=build {output} {output}", what else it needs at run time (its packages' in finding.fix


@pytest.mark.parametrize(
    ("base", "files", "output"),
    [
        ("openjdk:11-jdk", {"build.gradle.kts": "plugins {}\n"}, "build/libs"),
        ("eclipse-temurin:21", {"settings.gradle": "include 'a'\n"}, "build/libs"),
        ("eclipse-temurin:21", {"pom.xml": "<project/>\n"}, "target"),
    ],
)
def test_a_jdk_builds_with_the_tool_of_the_project(
    tmp_path: Path, base: str, files: dict[str, str], output: str
) -> None:
    tool = "gradlew build" if output == "build/libs" else "mvnw package"
    (finding,) = built(tmp_path, RULE, f"FROM {base}\nWORKDIR /w\nRUN ./{tool}\nCMD x\n", files)
    assert f"COPY --from=build /w/{output}/*.jar /app/" in finding.fix


def test_nuxt_2_has_no_output_that_runs_alone(tmp_path: Path) -> None:
    files = {"package.json": '{"dependencies": {"nuxt": "^2.15.8"}}'}
    (finding,) = built(tmp_path, RULE, "FROM node:14\nWORKDIR /w\nRUN npm run build\nCMD x\n", files)
    assert "a COPY --from=build of what line 3 builds" in finding.fix


@pytest.mark.parametrize(
    ("base", "command"),
    [("node:22", "npm run build"), ("rust:1.87", "cargo build --release"), ("golang:1.24", "go build ./...")],
)
def test_no_path_where_the_project_does_not_say_it(tmp_path: Path, base: str, command: str) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM {base}\nWORKDIR /w\nRUN {command}\nCMD x\n")
    assert "a COPY --from=build of what line 3 builds" in finding.fix
    assert '"COPY' not in finding.fix


@pytest.mark.parametrize(
    ("path", "count"), [("Dockerfile.dev", 0), ("dev.Dockerfile", 0), ("dev/Dockerfile", 0), ("Dockerfile.device", 1)]
)
def test_an_image_to_work_in_is_to_have_the_compiler(tmp_path: Path, path: str, count: int) -> None:
    dockerfile = "FROM golang:1.26\nWORKDIR /src\nCOPY . .\nRUN go build -o /out/server ./cmd\nCMD x\n"
    assert len(named(tmp_path, RULE, path, dockerfile, _FILES)) == count


@pytest.mark.parametrize(
    ("path", "count"),
    [("Dockerfile.integration", 0), ("test/conformance/Dockerfile", 0), ("integrations/Dockerfile", 1)],
)
def test_images_for_tests_need_the_compiler(tmp_path: Path, path: str, count: int) -> None:
    dockerfile = "FROM golang:1.26\nWORKDIR /src\nCOPY . .\nRUN go build -o /out/server ./cmd\nCMD x\n"
    assert len(named(tmp_path, RULE, path, dockerfile, _FILES)) == count


@pytest.mark.parametrize(("install", "told"), [("RUN apk add build-base\n", True), ("", False)])
def test_a_c_compiler_on_alpine_makes_programs_that_need_a_library(tmp_path: Path, install: str, told: bool) -> None:
    dockerfile = f"FROM golang:1.26-alpine\n{install}WORKDIR /src\nCOPY . .\nRUN go build -o /out/server ./cmd\nCMD x\n"
    (finding,) = built(tmp_path, RULE, dockerfile, _FILES)
    assert ("CGO_ENABLED=0" in finding.fix) is told


@pytest.mark.parametrize(
    ("base", "runtime"),
    [
        ("golang:1.23-bookworm", ': "FROM debian:bookworm-slim", '),
        ("golang:1.23", " from debian slim, in the release of golang:1.23, "),
        ("golang:1.23-alpine3.20", ': "FROM alpine:3.20", '),
        ("golang:1.23-alpine", " from alpine, in the version of golang:1.23-alpine, "),
    ],
)
@pytest.mark.parametrize(
    ("install", "module"), [("apt-get install -y tshark libpcap-dev", "x"), ("true", "github.com/mattn/go-sqlite3")]
)
def test_a_program_that_needs_more_than_itself(
    tmp_path: Path, base: str, runtime: str, install: str, module: str
) -> None:
    dockerfile = f"FROM {base}\nRUN {install}\nWORKDIR /src\nCOPY . .\nRUN go build -o /out/server\nCMD x\n"
    (finding,) = built(tmp_path, RULE, dockerfile, {"go.mod": f"require {module} v1.14\n"})
    assert finding.fix == (
        f'write "FROM {base} AS build", and add a final stage{runtime}"COPY --from=build /out/server /usr/local/bin/", '
        "the libraries and programs that it needs at run time and the CMD"
    )


def test_packages_for_building_alone(tmp_path: Path) -> None:
    dockerfile = "FROM golang:1.23\nRUN apt-get install -y git make\nRUN go build -o /out/server\nCMD x\n"
    (finding,) = built(tmp_path, RULE, dockerfile, _FILES)
    assert '"FROM gcr.io/distroless/static-debian12"' in finding.fix


@pytest.mark.parametrize(
    ("run", "is_there"),
    [
        ("mv /src/server /app/server && rm -rf /src", False),
        ("rm -rf /src", False),
        ("rm -rf /src/cache && mv /src/other /app/", True),
    ],
)
def test_what_is_built_is_moved(tmp_path: Path, run: str, is_there: bool) -> None:
    dockerfile = f"FROM golang:1.23\nWORKDIR /src\nCOPY . .\nRUN go build -o server\nRUN {run}\nCMD /app/server\n"
    (finding,) = built(tmp_path, RULE, dockerfile, _FILES)
    assert ('"COPY --from=build /src/server /usr/local/bin/"' in finding.fix) is is_there
    assert ("a COPY --from=build of what line 4 builds" in finding.fix) is not is_there


def test_the_command_gets_the_new_path(tmp_path: Path) -> None:
    dockerfile = 'FROM maven:3.9\nWORKDIR /src\nRUN mvn package\nCMD ["java", "-jar", "/src/target/a.jar"]\n'
    (finding,) = built(tmp_path, RULE, dockerfile)
    assert finding.fix.endswith("and the CMD with its path in /app/")


def test_a_java_runtime_has_no_compiler(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "FROM openjdk:11-jre-slim\nRUN ./gradlew jar\nCMD x\n")
    assert finding.message.endswith("needs: the downloaded packages and the sources")


def test_a_context_for_tests_in_its_repository(tmp_path: Path) -> None:
    dockerfile = "FROM golang:1.26\nWORKDIR /src\nCOPY . .\nRUN go build -o /out/server ./cmd\nCMD x\n"
    assert len(built(tmp_path / "tests" / "app" / "server", RULE, dockerfile, _FILES)) == 1
    git(tmp_path, "init", "-q")
    assert built(tmp_path / "tests" / "app" / "server", RULE, dockerfile, _FILES) == []


@pytest.mark.parametrize(
    ("start", "count"),
    [
        ("parcel index.html", 0),
        ("parcel", 0),
        ("rsbuild dev", 0),
        ("node --watch a.js", 0),
        ("go run main.go", 0),
        ("parcel build index.html", 1),
        ("parcels", 1),
        ("node dist/air-quality.js", 1),
    ],
)
def test_a_server_that_compiles_when_it_starts(tmp_path: Path, start: str, count: int) -> None:
    files = {"package.json": f'{{"scripts": {{"start": "{start}", "build": "x"}}}}'}
    dockerfile = 'FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm run build\nCMD ["npm", "run", "start"]\n'
    assert len(built(tmp_path, RULE, dockerfile, files)) == count


@pytest.mark.parametrize(
    ("copy", "entry"),
    [
        ("web /app", 'ENTRYPOINT ["/usr/local/bin/npm", "start"]'),
        ("web/package.json /app/", "CMD npm start"),
        ("web .", 'CMD ["npm", "start"]'),
    ],
)
def test_a_package_json_further_down(tmp_path: Path, copy: str, entry: str) -> None:
    files = {"web/package.json": '{"scripts": {"start": "vite", "build": "x"}}'}
    dockerfile = f"FROM node:22\nWORKDIR /app\nCOPY {copy}\nRUN npm run build\n{entry}\n"
    assert built(tmp_path, RULE, dockerfile, files) == []
    assert len(built(tmp_path, RULE, dockerfile, {"web/package.json": '{"scripts": {"start": "node a.js"}}'})) == 1


@pytest.mark.parametrize(
    ("build", "start", "count"),
    [
        ("build:dev", "npm start", 0),
        ("build", "npm --prefix server run start:dev", 0),
        ("build", "npm run dev", 0),
        ("build", "npm --prefix server run start:prod", 1),
        ("build:prod", "yarn workspace web device", 1),
    ],
)
def test_an_image_that_is_built_and_started_to_develop(tmp_path: Path, build: str, start: str, count: int) -> None:
    dockerfile = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm run {build}\nCMD {start}\n"
    assert len(built(tmp_path, RULE, dockerfile, {"a": "x"})) == count


@pytest.mark.parametrize(
    ("text", "told"),
    [('ioutil.ReadFile("config.yml")', True), ('r.LoadHTMLGlob("templates/*")', True), ("http.ListenAndServe", False)],
)
def test_files_that_a_program_reads(tmp_path: Path, text: str, told: bool) -> None:
    dockerfile = "FROM golang:1.24\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /server .\nCMD /server\n"
    (finding,) = built(tmp_path, RULE, dockerfile, {"main.go": text, "go.mod": "module a"})
    assert (", the files that it reads at run time and the CMD" in finding.fix) is told


@pytest.mark.parametrize(
    ("base", "command", "start", "copy"),
    [
        ("eclipse-temurin:21", "javac App.java", '["java", "App"]', "a COPY --from=build of what line 4 builds"),
        ("eclipse-temurin:21", "./mvnw package", '["java", "-jar", "a.jar"]', "/src/target/*.jar /app/"),
        ("node:22", "npm run build", '["node", "index.js"]', "a COPY --from=build of what line 4 builds"),
        ("node:22", "npm run build", '["node", "dist/index.js"]', "/src/dist /src/dist"),
    ],
)
def test_another_output_than_the_usual_one(tmp_path: Path, base: str, command: str, start: str, copy: str) -> None:
    dockerfile = f"FROM {base}\nWORKDIR /src\nCOPY . .\nRUN {command}\nCMD {start}\n"
    (finding,) = built(tmp_path, RULE, dockerfile, {"tsconfig.json": '{"compilerOptions": {"outDir": "./dist"}}'})
    assert copy in finding.fix


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ("    command: sh -c 'npx prisma generate && npm run build && npm start'", 0),
        ("    volumes:\n      - .:/app", 0),
        ("    command: node dist/index.js", 1),
    ],
)
def test_a_service_that_builds_in_the_container(tmp_path: Path, lines: str, count: int) -> None:
    dockerfile = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm run build\nCMD npm start\n"
    files = {"compose.yaml": f"services:\n  a:\n    build: .\n{lines}\n"}
    assert len(built(tmp_path, RULE, dockerfile, files)) == count


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ("COPY --from=example/pyroscope /usr/bin/pyroscope /usr/bin/\n", 0),
        ("COPY --from=other /a /a\n", 0),
        ("ADD https://example.com/a-1.2 /a\n", 0),
        ("RUN adduser -D app\n", 0),
        ("RUN curl -o /a https://example.com/a\n", 0),
        ("HEALTHCHECK CMD wget localhost\n", 0),
        ('ENTRYPOINT ["./entrypoint.sh"]\n', 0),
        ('ENTRYPOINT ["sh", "-c", "server"]\n', 0),
        ("RUN mkdir /data\n", 1),
        ("COPY a /a\n", 1),
    ],
)
def test_what_a_stage_with_the_program_alone_would_lack(tmp_path: Path, lines: str, count: int) -> None:
    text = f'FROM alpine:3 AS other\nFROM golang:1.24\nRUN go build -o /server\n{lines}CMD ["/server"]\n'
    assert len(built(tmp_path, RULE, text, {**_FILES, "a": "a"})) == count


@pytest.mark.parametrize(
    ("base", "lines", "end"),
    [
        ("golang:1.24", 'CMD ["/s"]', '" and the CMD'),
        ("golang:1.24", "CMD /s", '" and the CMD as a JSON array, since there is no shell'),
        (
            "golang:1.24",
            'ENV A=b\nEXPOSE 80\nENTRYPOINT ["/s"]\nCMD ["x"]',
            '" and the ENV, EXPOSE, ENTRYPOINT and CMD',
        ),
        ("node:22", "USER node\nCMD x", "package.json) and the USER and CMD"),
    ],
)
def test_the_instructions_that_a_final_stage_repeats(tmp_path: Path, base: str, lines: str, end: str) -> None:
    build = "npm run build" if base.startswith("node") else "CGO_ENABLED=0 go build -o /out/s ./cmd"
    (finding,) = built(tmp_path, RULE, f"FROM {base}\nRUN {build}\n{lines}\n", _FILES)
    assert finding.fix.endswith(end)


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ('concurrently \\"npm run watch\\" \\"nodemon dist/index.js\\"', 0),
        ('node -r \\"dotenv/config\\" dist/index.js', 1),
    ],
)
def test_a_script_with_quotes_in_it(tmp_path: Path, script: str, count: int) -> None:
    files = {"package.json": f'{{"scripts": {{"start": "{script}"}}}}'}
    text = "FROM node:22\nWORKDIR /w\nCOPY . .\nRUN npm ci && npm run build\nCMD npm run start\n"
    assert len(built(tmp_path, RULE, text, files)) == count


@pytest.mark.parametrize(
    ("path", "count"),
    [("FrontendTests/linux/Dockerfile", 0), ("Extras/TestImages/Dockerfile", 0), ("LatestTestimony/Dockerfile", 1)],
)
def test_a_word_of_a_name_with_capitals(tmp_path: Path, path: str, count: int) -> None:
    text = 'FROM golang:1.24\nCOPY . .\nRUN go build -o /app .\nCMD ["/app"]\n'
    assert len(named(tmp_path, RULE, path, text, {"go.mod": "module a\n"})) == count
