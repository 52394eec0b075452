"""Files beside manifests that may hold a secret, and the commands that read them."""

from types import MappingProxyType
from typing import Final

#: The manifests of all kinds of projects that the commands install.
MANIFESTS: Final = MappingProxyType(
    {
        "package.json": "{}",
        "yarn.lock": "",
        "pnpm-lock.yaml": "",
        "composer.json": "{}",
        "api.csproj": "<Project/>",
        "pom.xml": "<project/>",
    }
)
_NPM: Final = "//registry.npmjs.org/:_authToken=abcdef0123456789\n"
_NPM_MOUNT: Final = "--mount=type=secret,id=npmrc,target=/app/.npmrc"
#: A command, the file that it reads, a text with a secret, and how the file is mounted.
SECRETS: Final = (
    ("npm ci", ".npmrc", _NPM, _NPM_MOUNT),
    ("pnpm install", ".npmrc", _NPM, _NPM_MOUNT),
    ("gosu node npm ci", ".npmrc", _NPM, _NPM_MOUNT),
    (
        "yarn install",
        ".yarnrc.yml",
        "npmAuthToken: abcdef\n",
        "--mount=type=secret,id=yarnrcyml,target=/app/.yarnrc.yml",
    ),
    (
        "composer install --no-scripts --no-autoloader",
        "auth.json",
        '{"http-basic": {"x": {"password": "p"}}}',
        "--mount=type=secret,id=authjson,target=/app/auth.json",
    ),
    (
        "dotnet restore",
        "nuget.config",
        '<add key="ClearTextPassword" value="secretpassword" />',
        "--mount=type=secret,id=nugetconfig,target=/app/nuget.config",
    ),
    (
        "mvn -s settings.xml dependency:go-offline",
        "settings.xml",
        "<password>hunter22</password>",
        "--mount=type=secret,id=settingsxml,target=/app/settings.xml",
    ),
)
