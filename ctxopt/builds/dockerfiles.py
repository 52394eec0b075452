"""Which files are Dockerfiles, Compose files and Bake files, judged by their names."""

import re

from ctxopt.core.lazy_re import lazy_re

_DOCKERFILE = lazy_re(
    r"""
    (?:Dockerfile|dockerfile|Containerfile)       # the names that are looked for by default
    | .+\.(?:Dockerfile|dockerfile|Containerfile) # api.Dockerfile
    | (?:Dockerfile|Containerfile)[._-].+         # Dockerfile.api, Dockerfile-api, Dockerfile_api
    """,
    re.VERBOSE | re.DOTALL,
)

#: Programs that are about Dockerfiles, such as `dockerfile_parser.py`. After a dot it is the name of a variant.
_PROGRAM = lazy_re(r"[A-Za-z]+[-_].+\.(?:c|cs|go|java|js|json|kt|lua|php|pl|py|rb|rs|sh|ts|xml|ya?ml)", re.DOTALL)

_TEMPLATES = (".j2", ".jinja", ".jinja2", ".tmpl", ".template", ".tpl", ".erb", ".ejs", ".mustache", ".in")
#: Templates, backups, documents, and the policies that buildx reads beside a Dockerfile.
_OTHERS = (
    ".rego",
    *(".dockerignore", ".containerignore"),
    *(".md", ".rst", ".txt"),
    *_TEMPLATES,
    *(".orig", ".bak", ".swp", ".rej", "~"),
)

_COMPOSE = lazy_re(r"(?:docker-)?compose(?:[.-].+)?\.ya?ml", re.DOTALL)
_BAKE = lazy_re(r"docker-bake(?:\..+)?\.hcl|docker-bake(?:\..+)?\.json|.+\.bake\.hcl", re.DOTALL)


#: The files of other tools that declare builds.
_SKAFFOLD = ("skaffold.yaml", "skaffold.yml")
_DEVCONTAINER = ("devcontainer.json", ".devcontainer.json")


def is_skaffold_file(name: str) -> bool:
    """Whether a file of this name is Skaffold's."""
    return name in _SKAFFOLD


def is_devcontainer_file(name: str) -> bool:
    """Whether a file of this name describes a development container."""
    return name in _DEVCONTAINER


def looks_like_dockerfile(name: str) -> bool:
    """Whether a file of this name is a Dockerfile, and not a template, backup or ignore file of one."""
    lower = name.lower()
    return _DOCKERFILE.fullmatch(name) is not None and not lower.endswith(_OTHERS) and not _PROGRAM.fullmatch(lower)


def is_dockerfile_template(name: str) -> bool:
    """Whether a file of this name is a template for a Dockerfile."""
    return _DOCKERFILE.fullmatch(name) is not None and name.lower().endswith(_TEMPLATES)


def is_compose_file(name: str) -> bool:
    """Whether a file of this name is a Compose file, or an override of one."""
    return _COMPOSE.fullmatch(name) is not None


def is_bake_file(name: str) -> bool:
    """Whether a file of this name is a Bake file."""
    return _BAKE.fullmatch(name) is not None
