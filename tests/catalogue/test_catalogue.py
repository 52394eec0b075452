"""The catalogue: what its files may hold, and what they do hold."""

from importlib import import_module
from pathlib import Path

import pytest

from ctxopt.catalogue import compiled
from ctxopt.catalogue.archives import downloaders, unpackers
from ctxopt.catalogue.commands import known_commands, reads_unasked
from ctxopt.catalogue.ecosystems import Hook, Recreated, Scripts, catalogue, joined, parsed
from ctxopt.catalogue.history import needs
from ctxopt.catalogue.installs import cautions, installs
from ctxopt.catalogue.names import NameIndex, any_match, ends_with
from ctxopt.catalogue.package_caches import package_caches
from ctxopt.catalogue.secrets import is_for_tests, secret_in, secrets
from ctxopt.catalogue.sources import sources
from ctxopt.catalogue.vocabulary import may_run_another, shells, tools, wrappers, wrappers_by_name
from ctxopt.catalogue.words import DOWNLOADING, INSTALLS, PACKAGE_CACHES, UNPACKING, WRITING
from ctxopt.catalogue.writers import writers


def test_an_entry() -> None:
    found = parsed('[[dependency]]\nnames = ["x"]\nmade_by = ["make x"]\nnested = "all"\n', "a.toml")
    assert found.dependency == (Recreated(("x",), ("make x",), nested="all"),)
    found = parsed('[[scripts]]\nfiles = ["f"]\nformat = "json"\ntables = ["t"]\n', "a.toml")
    assert found.scripts == (Scripts(("f",), "json", ("t",)),)
    text = '[[scripts]]\nfiles = ["f"]\nformat = "make"\n[[scripts.hooks]]\nby = ["x"]\nnames = ["y"]\n'
    assert parsed(text, "a.toml").scripts[0].hooks == (Hook(("x",), ("y",)),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nothing = 1", "a.toml has an unknown key: nothing"),
        ("[[dependency]]\nnames = []\nmade = []", "a.toml: dependency has an unknown key: made"),
        ("[[dependency]]\nmade_by = []", "a.toml: dependency lacks a key: names"),
        ('manifests = "x"', "a.toml: manifests must be a list"),
        ("manifests = [1]", "a.toml: manifests must be a list of texts"),
        ("[dependency]\nnames = []", "a.toml: dependency must be a list"),
        ('dependency = ["x"]', "a.toml: dependency must be a table"),
        ('[[dependency]]\nnames = []\nnested = "some"', "nested must be one of: 'no', 'workspaces', 'all'"),
        ('[[junk]]\nkey = "os"\nnames = []\ntext = ""\ntracked = 1', "tracked must be a bool"),
        ("manifests = [", "Invalid value"),
    ],
)
def test_what_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parsed(text, "a.toml")


def test_files_are_joined() -> None:
    found = joined([parsed('manifests = ["a"]', "a"), parsed('manifests = ["b"]\nlocks = ["c"]', "b")])
    assert (found.manifests, found.locks) == (("a", "b"), ("c",))


def test_the_compiled_modules_say_what_the_files_say() -> None:
    found = sources()
    package = Path(compiled.__file__).parent
    assert {file.stem for file in package.glob("*.py")} == {*(f"{name}_table" for name in found), "__init__"}
    files = {file.stem for file in package.parent.glob("*.toml")} - {"spellings"}
    assert {*files, "projects"} == set(found), "a file is read by nobody: see catalogue/sources.py"
    for name, value in found.items():
        same = value == import_module(f"{compiled.__name__}.{name}_table").VALUE
        assert same, f"{name} has changed: run `make catalogue`"


def test_the_files_that_come_with_it() -> None:
    known = catalogue()
    assert catalogue() is known
    for name in (
        "package.json",
        "poetry.lock",
        "requirements-dev.txt",
        "x.gemspec",
        "go.sum",
        "x.csproj",
        "build.gradle.kts",
    ):
        assert any_match((*known.manifests, *known.locks), name)
    commands = [known.runs_tests, known.builds_docs]
    commands += [entry.made_by + entry.made_at for entry in (*known.dependency, *known.output)]
    commands += [entry.run for entry in needs()] + [entry.used_by for entry in secrets()]
    commands += [entry.commands + entry.alone + entry.also for entry in installs()] + [known_commands().independent]
    for command in (command for some in commands for command in some):
        first = command.split()[0]
        assert not first.startswith(("!", "-", "$")), command
    for junk in known.junk:
        assert not (junk.inside_sources and junk.tracked), junk.names


def test_no_table_is_read_for_a_text_that_has_no_word_of_it() -> None:
    for command in (command for install in installs() for command in (*install.commands, *install.alone)):
        assert any(word in f"{command} " for word in INSTALLS), command


def test_what_an_installation_reads_is_a_manifest_or_may_hold_a_secret() -> None:
    known = catalogue()
    for name in (name for install in installs() for name in (*install.manifest, *install.reads, *install.nested)):
        assert any_match((*known.manifests, *known.locks), name.replace("*.*", "*.cs").removesuffix("*")) or any(
            name in secret.names for secret in secrets()
        ), name


def test_spellings() -> None:
    found = parsed('runs_tests = ["{pip} x", "y"]', "a.toml")
    assert found.runs_tests == ("pip x", "pip[0-9]* x", "python* -m pip x", "y")
    with pytest.raises(ValueError, match=r"a.toml: runs_tests has an unknown name: \{nobody\}"):
        parsed('runs_tests = ["{nobody} x"]', "a.toml")


@pytest.mark.parametrize(
    ("path", "text", "holds"),
    [
        (".npmrc", "//x/:_authToken=abc\n", True),
        ("web/.npmrc", "//x/:_authToken=abc\n", True),
        (".npmrc", "//x/:_authToken=${NPM_TOKEN}\n", False),
        (".npmrc", "# _authToken=abc\n", False),
        (".npmrc", "registry=https://x/\n", False),
        (".yarnrc.yml", "npmAuthToken: abc\n", True),
        (".yarnrc.yml", "nodeLinker: node-modules\n", False),
        ("pip.conf", "index-url = https://a:b@x/\n", True),
        ("pip.conf", "index-url = https://x/\n", False),
        (".pypirc", "password = abc\n", True),
        (".pypirc", "[pypi]\n", False),
        ("nuget.config", '<add key="ClearTextPassword" value="x" />', True),
        ("nuget.config", '<add key="ClearTextPassword" value="%TOKEN%" />', False),
        ("settings.xml", "<password>abc</password>", True),
        ("settings.xml", "<password>${env.PASSWORD}</password>", False),
        ("auth.json", '{"http-basic": {}}', True),
        ("auth.json", "{}", False),
        (".netrc", "machine x login y password z\n", True),
        (".netrc", "machine x login y\n", False),
        (".gem/credentials", ":rubygems_api_key: abc\n", True),
        (".cargo/credentials.toml", 'token = "abc"\n', True),
        (".cargo/credentials.toml", "[registry]\n", False),
        ("package.json", '"_authToken"', False),
        # What a line has beside a value, and comments, say nothing of it.
        (".npmrc", "//x/:_authToken=abc ;${x}\n", True),
        (".docker/config.json", '{"auths": {"r": {"auth": "dXNlcjpwYXNz"}}, "x": "${HOME}"}', True),
        (".docker/config.json", '{"auths": {"r": {"auth": "${AUTH}"}}, "x": "${HOME}"}', False),
        (".env", "# sops_version\nDB_PASSWORD=q8Zr4kLmT2vX\n", True),
        (".env", "sops_version=3.7\nDB_PASSWORD=q8Zr4kLmT2vX\n", True),
        (".env", "sops_version=3.7\nDB_PASSWORD=ENC[AES256_GCM,data:x]\n", False),
        (".env", 'DOTENV_PUBLIC_KEY="03a"\nDB_PASSWORD="encrypted:BPa3"\n', False),
        ("kubeconfig", '{"users": [{"user": {"token": "abc"}}]}', True),
        ("Web/.NPMRC~", "//x/:_authToken=abc\n", True),
        (".Cargo/credentials.toml.bak", 'token = "abc"\n', True),
        ("nuget.config.orig", '<add key="ClearTextPassword" value="x" />', True),
    ],
)
def test_whether_a_file_holds_a_secret(path: str, text: str, holds: bool) -> None:
    assert (secret_in(path, text.encode()) is not None) is holds


def test_a_file_that_cannot_be_read_may_hold_a_secret() -> None:
    assert secret_in(".npmrc", None) is not None
    assert secret_in("package.json", None) is None


def test_each_tool_and_each_wrapper_is_described_once() -> None:
    names = [name for tool in dict.fromkeys(tools().values()) for name in tool.names]
    assert len(names) == len(set(names)) == len(tools())
    names = [name for wrapper in wrappers() for name in wrapper.names]
    assert len(names) == len(set(names)) == sum(map(len, wrappers_by_name().values()))
    runs = [f"{name} {run}".split() for one in wrappers() for name in one.names for run in one.runs or ("",)]
    assert all(map(may_run_another, (*runs, *map(str.split, shells().shells))))
    assert not any(
        map(may_run_another, (["npm", "ci"], ["pnpm", "install"], ["uv", "sync"], ["bundle"], ["node", "x.js"]))
    )


def test_what_a_wrapper_does_with_an_option_is_said_of_options_that_it_has() -> None:
    for wrapper in wrappers():
        assert set(wrapper.directory) <= {*wrapper.values, *wrapper.script}, wrapper.names
        assert not set(wrapper.script) & set(wrapper.values), wrapper.names
        assert wrapper.words or wrapper.script, wrapper.names


def test_names() -> None:
    index = NameIndex([("a", 1), ("*.py", 2), ("x*", 3), ("[ab]", 4), ("d/e", 5), ("*.p[xy]", 6), ("a", 7)])
    assert index.find(["a", "b", "c.py", "xa.py", "e", "none"]) == {
        "a": [1, 7, 4],
        "b": [4],
        "c.py": [2, 6],
        "xa.py": [2, 3, 6],
        "e": [5],
    }
    assert ends_with("c/d/e", "d/e")
    assert ends_with("d/e", "d/*")
    assert not ends_with("e", "d/e")
    assert not ends_with("xd/e", "d/e")


def test_names_that_have_a_wildcard_inside() -> None:
    index = NameIndex([("client_secret*.json", 1), ("client_*", 2), ("a[bc]d", 3), ("*.x*", 4)])
    names = ["client_secret_1.json", "client_secret", "abd", "aed", "n.xy", "other"]
    wanted = {"client_secret_1.json": [1, 2], "client_secret": [2], "abd": [3], "n.xy": [4]}
    assert index.find(names) == wanted
    assert index.find(frozenset(names)) == wanted


def test_no_archive_or_cache_is_looked_for_in_a_text_without_a_word_of_it() -> None:
    for name in unpackers():
        assert any(word in f"{name} install" for word in UNPACKING), name
    assert tuple(downloaders()) == DOWNLOADING
    assert package_caches().keys() == PACKAGE_CACHES.keys()
    for name, cache in package_caches().items():
        for command in (*cache.fills, *cache.clears):
            assert any(word in command for word in PACKAGE_CACHES[name]), command


def test_no_command_that_writes_a_directory_is_looked_for_in_a_text_without_a_word_of_it() -> None:
    for writer in writers():
        for command in writer.commands:
            assert any(word in command for word in WRITING), command


def test_what_each_text_of_a_manifest_says() -> None:
    assert {text for install in installs() for text in (*install.unless, *install.mind)} == cautions().keys()


def test_what_reads_a_file_unasked() -> None:
    assert reads_unasked("npm", ".npmrc")
    assert reads_unasked("pip3", "pyproject.toml")
    assert reads_unasked("gradlew", "build.gradle.kts")
    assert reads_unasked("make", "Makefile")
    assert not reads_unasked("npm", "composer.json")


@pytest.mark.parametrize(
    ("name", "harmless"),
    [
        ("test_rsa", True),
        ("testkey.pem", True),
        ("id-example.key", True),
        ("attestation.key", False),
        ("id_rsa_latest", False),
    ],
)
def test_words_that_say_that_a_key_is_for_tests(name: str, harmless: bool) -> None:
    assert is_for_tests(name) is harmless
