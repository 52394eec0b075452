"""`python -m ctxopt`, and what the installed commands run: `ctxopt`, and `docker-ctxopt` for the docker CLI."""

import sys

#: With this argument alone the docker CLI asks a plugin what it is.
_METADATA = "docker-cli-plugin-metadata"


def run() -> None:
    """Run the command line. Ctrl-C ends it without a word, also while the first modules are still being loaded."""
    try:
        from ctxopt import cli

        cli.run()
    except KeyboardInterrupt:
        sys.exit(130)


def run_plugin() -> None:
    """Run the command line as the plugin `docker ctxopt`; without the name of the plugin it is `ctxopt` itself.

    The docker CLI asks every plugin for its metadata before it shows its help, so nothing else is loaded for that.
    """
    if sys.argv[1:] == [_METADATA]:
        import json
        from importlib.metadata import version

        about = {
            "SchemaVersion": "0.1.0",
            "Vendor": "The ctxopt authors",
            "Version": version("docker-ctxopt"),
            "ShortDescription": "Show what a build sends, and write a proven .dockerignore",
            "URL": "https://github.com/ctxopt/ctxopt",
        }
        print(json.dumps(about))
        return
    try:
        from ctxopt.cli import docker_plugin

        docker_plugin.run(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    run()
