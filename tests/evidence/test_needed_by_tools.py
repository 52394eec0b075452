"""What tools need without anybody naming it, and what their descriptions name without need."""

from pathlib import Path

import pytest

from tests.evidence.support import claimed, judged, text, tracked, why_kept, write

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\n"
DOTNET = "FROM mcr.microsoft.com/dotnet/sdk:9.0\nWORKDIR /a\nCOPY . .\nRUN dotnet publish\n"


@pytest.mark.parametrize(
    "command",
    [
        'CMD ["zip", "-r", "/x.zip", "."]',
        "CMD tar czf - .",
        "RUN tar -C /app -cf /x.tar .",
        "RUN tar --create --file /x.tar ./",
        "ENTRYPOINT 7z a /x.7z /app",
        "RUN cd / && tar cJf /x.tar.xz -C app .",
    ],
)
def test_an_archive_of_all_has_all(tmp_path: Path, command: str) -> None:
    write(tmp_path, "docs/a.md", "README.md", ".github/x.yml", "a.c")
    assert claimed(judged(tmp_path, f"{PLAIN}{command}\n")).keys() <= {".git"}


@pytest.mark.parametrize(
    "command", ["RUN tar xzf a.tgz -C .", "RUN zip -r /x.zip src", "RUN tar tf a.tar .", "CMD ls ."]
)
def test_other_archives(tmp_path: Path, command: str) -> None:
    write(tmp_path, "docs/a.md", "src/a.c")
    assert "docs" in claimed(judged(tmp_path, f"{PLAIN}{command}\n"))


def test_a_command_that_may_be_none(tmp_path: Path) -> None:
    write(tmp_path, "docs/a.md")
    text(tmp_path, "compose.yml", "services:\n  a:\n    command: ${A:-}\n  b:\n    command: '${B}'\n")
    assert "docs" in claimed(judged(tmp_path, PLAIN))


@pytest.mark.parametrize(
    ("file", "content", "kept"),
    [
        ("Gemfile", 'gem "lookbook"', "test/components/previews"),
        ("config/environments/production.rb", "config.action_mailer.show_previews = true", "test/mailers/previews"),
        ("config/application.rb", "config.view_component.show_previews = true", "test/components/previews"),
    ],
)
def test_previews_that_a_program_in_ruby_serves(tmp_path: Path, file: str, content: str, kept: str) -> None:
    write(tmp_path, f"{kept}/a_preview.rb", "test/models/a_test.rb", "Gemfile")
    assert "test" in claimed(judged(tmp_path, PLAIN))
    text(tmp_path, file, content)
    found = claimed(judged(tmp_path, PLAIN))
    assert not {"test", kept, f"{kept}/a_preview.rb"} & found.keys()
    assert "test/models" in found


@pytest.mark.parametrize("word", ["InformationalVersion", "SourceRevisionId", "GitHash"])
def test_a_program_of_dotnet_that_shows_its_commit(tmp_path: Path, word: str) -> None:
    write(tmp_path, "a.csproj", "src/VersionInfo.cs")
    tracked(tmp_path)
    assert ".git" in claimed(judged(tmp_path, DOTNET, git=True))
    text(tmp_path, "src/VersionInfo.cs", f"return x.{word};")
    assert f"VersionInfo.cs has '{word}'" in why_kept(judged(tmp_path, DOTNET, git=True), ".git")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("a.sln", "Global\n  Debug|Any CPU = Debug|Any CPU\n"),
        ("a.sln", 'Project("{1}") = "Debug", "Debug", "{2}"\nEndProject\n'),
        ("a.csproj", "<Project Condition=\"'$(Configuration)' == 'Debug'\" />"),
        ("a.csproj", "<IncludeAssets>runtime; Debug; native</IncludeAssets>"),
        ("a.csproj", "<Configurations>Debug;Release</Configurations>"),
        ("a.fsproj", '<Compile Remove="Debug" />'),
    ],
)
def test_what_projects_of_dotnet_do_not_name(tmp_path: Path, file: str, content: str) -> None:
    write(tmp_path, "a.csproj", "Debug/a.dll")
    text(tmp_path, file, content)
    tracked(tmp_path, ignore="Debug\n")
    assert "Debug" in claimed(judged(tmp_path, DOTNET, git=True))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("a.csproj", '<None Include="docs\\a.md" />'),
        ("a.csproj", "<PackageReadmeFile>docs/a.md</PackageReadmeFile>"),
        ("a.props", '<Content Include="docs\\**\\*.md" />'),
        ("a.sln", 'Project("{1}") = "D", "docs\\D.csproj", "{2}"\nEndProject\n'),
        ("a.slnx", '<Solution><Project Path="docs/D.csproj" /></Solution>'),
        ("a.targets", '<Exec Command="cat docs/a.md" />'),
    ],
)
def test_what_projects_of_dotnet_name(tmp_path: Path, file: str, content: str) -> None:
    write(tmp_path, "a.csproj", "docs/a.md", "docs/D.csproj")
    text(tmp_path, file, content)
    assert not {"docs", "docs/a.md"} & claimed(judged(tmp_path, DOTNET)).keys()


@pytest.mark.parametrize(
    ("program", "stays"),
    [("import './boards'", False), ("import './boards.test'", True), ("require('./boards.test.ts')", True)],
)
def test_a_module_beside_its_test(tmp_path: Path, program: str, stays: bool) -> None:
    write(tmp_path, "src/boards.ts", "src/boards.test.ts")
    text(tmp_path, "src/a.ts", program)
    assert ("src/boards.test.ts" in claimed(judged(tmp_path, PLAIN))) != stays


@pytest.mark.parametrize("name", ["x.sql", "ab.rdb", "monica.db", "monica.sqlite3"])
def test_a_word_is_no_database(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    text(tmp_path, "a.json", '{"projectKey": "monica", "path": "x", "file": "ab"}')
    tracked(tmp_path, ignore=f"{name}\n")
    assert name in claimed(judged(tmp_path, PLAIN + "RUN make\n", git=True))


def test_what_crawlers_read(tmp_path: Path) -> None:
    write(tmp_path, "docs/a.md", "b.js")
    text(tmp_path, "public/robots.txt", "Disallow: /docs\n")
    text(tmp_path, "b.js", 'open("robots.txt")')
    assert "docs" in claimed(judged(tmp_path, PLAIN))


def test_a_chart_has_its_documentation(tmp_path: Path) -> None:
    write(tmp_path, "Chart.yaml", "README.md", "docs/a.md", "CONTRIBUTING.md")
    dockerfile = "FROM alpine/helm\nWORKDIR /c\nCOPY . .\nRUN helm {} .\n"
    found = claimed(judged(tmp_path, dockerfile.format("package")))
    assert not {"README.md", "docs"} & found.keys()
    assert {"README.md", "docs"} <= claimed(judged(tmp_path, dockerfile.format("lint"))).keys()
