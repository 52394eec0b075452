"""What the docker CLI hands to a plugin: its own global options, the plugin's name, and the plugin's arguments.

It follows docs/extend/cli_plugins.md of docker/cli: `docker-ctxopt [GLOBAL OPTIONS] ctxopt …`, and the same after
`__complete` where a shell asks what can come next.
"""

import os
import sys
from collections.abc import MutableMapping
from typing import Final

from ctxopt.errors import CtxoptError

NAME: Final = "ctxopt"
#: Docker's global options with a value, by all their names, and those without.
_WITH_VALUE: Final = {
    "-c": "context",
    "--context": "context",
    "-H": "host",
    "--host": "host",
    "--config": "config",
    "-l": "log-level",
    "--log-level": "log-level",
    "--tlscacert": "ca.pem",
    "--tlscert": "cert.pem",
    "--tlskey": "key.pem",
}
_FLAGS: Final = {"-D": "debug", "--debug": "debug", "--tls": "tls", "--tlsverify": "tlsverify"}
_CERTIFICATES: Final = ("ca.pem", "cert.pem", "key.pem")
#: How the docker CLI asks for completions, and what ends the answer: nothing but files may follow, or anything may.
_COMPLETE: Final = ("__complete", "__completeNoDesc")
_NO_FILES, _FILES = ":4", ":0"


def run(argv: list[str]) -> None:
    """Run the program for these arguments, of which the first is its name; ends the process."""
    from ctxopt import cli

    arguments = argv[1:]
    asked = arguments[:1] != [] and arguments[0] in _COMPLETE
    try:
        options, rest = split(arguments[1:] if asked else arguments)
        if rest[:2] == ["help", NAME]:
            # The docker CLI hands on what was typed.
            rest = [NAME, "help", *rest[2:]]
        if rest[:1] == [NAME]:
            apply(options, os.environ)
            arguments = rest[1:]
    except CtxoptError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    if asked:
        print("\n".join(completions(arguments)))
        return
    sys.argv = [NAME, *arguments]
    cli.run()


def split(arguments: list[str]) -> tuple[dict[str, str], list[str]]:
    """Docker's global options at the front, by their long names, and the other arguments. Raises CtxoptError."""
    options: dict[str, str] = {}
    index = 0
    while index < len(arguments):
        name, equals, value = arguments[index].partition("=")
        # The value of a short option may follow without a space.
        if not name.startswith("--") and name[:2] in _WITH_VALUE and len(name) > 2:
            name, equals, value = name[:2], "=", arguments[index][2:].removeprefix("=")
        if name in _WITH_VALUE:
            if not equals:
                index += 1
                if index >= len(arguments):
                    raise CtxoptError(f"docker's option {name} needs a value")
                value = arguments[index]
            options[_WITH_VALUE[name]] = value
        elif name in _FLAGS:
            options[_FLAGS[name]] = value or "true"
        else:
            break
        index += 1
    return options, arguments[index:]


def apply(options: dict[str, str], environment: MutableMapping[str, str]) -> None:
    """Set the variables that have the same effect as the options, here and in docker commands that are started.

    Raises CtxoptError for certificates that no variable can name.
    """
    if "config" in options:
        environment["DOCKER_CONFIG"] = options["config"]
    # As with docker, an option takes precedence over both variables.
    if "host" in options:
        environment["DOCKER_HOST"] = options["host"]
        environment.pop("DOCKER_CONTEXT", None)
    elif "context" in options:
        environment["DOCKER_CONTEXT"] = options["context"]
        environment.pop("DOCKER_HOST", None)
    if options.get("tlsverify") == "true":
        environment["DOCKER_TLS_VERIFY"] = "1"
    elif options.get("tls") == "true":
        environment["DOCKER_TLS"] = "1"
    files = [options[name] for name in _CERTIFICATES if name in options]
    if files:
        directories = {os.path.dirname(os.path.abspath(file)) for file in files}
        if len(directories) > 1 or any(os.path.basename(options.get(name, name)) != name for name in _CERTIFICATES):
            raise CtxoptError(
                "certificates are only found by their usual names in one directory",
                hint="name them ca.pem, cert.pem and key.pem, or set a docker context up with them",
            )
        environment["DOCKER_CERT_PATH"] = directories.pop()


def completions(arguments: list[str]) -> list[str]:
    """What can follow, of which the last argument is the beginning; one a line, as cobra has it."""
    from click.shell_completion import ShellComplete

    from ctxopt.cli import main

    *before, begun = arguments or [""]
    found = ShellComplete(main, {}, NAME, "").get_completions(before, begun)
    named = [f"{one.value}\t{one.help}" if one.help else one.value for one in found if one.type == "plain"]
    return [*named, _NO_FILES if named else _FILES]
