from pathlib import Path

import pytest

from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rules.uninstalled_later import RULE
from tests.findings.support import built


def found(root: Path, *lines: str) -> list[Finding]:
    return built(root, RULE, "FROM debian:trixie\nWORKDIR /src\n" + "\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("before", "removes", "what"),
    [
        ("apt-get update && apt-get install -y gcc make", "apt-get purge -y --auto-remove gcc", "gcc stay"),
        ("apt install -y gcc=4:14 make", "apt-get remove -y gcc make && rm -rf /var/lib/apt/lists/*", "gcc and make"),
        ("apk add --no-cache --virtual .deps gcc musl-dev", "apk del .deps", ".deps stay"),
        ("apk add -t .deps gcc", "apk --no-cache del --purge .deps", ".deps stay"),
        ("dnf -y install gcc", "dnf -y remove gcc && dnf clean all", "gcc stay"),
        ("pip install Build_Tool==1.0 x", "pip uninstall -y build-tool", "build-tool stay"),
        ("npm ci", "npm prune --omit=dev", "development dependencies"),
        ("npm install", "npm prune --production", "development dependencies"),
        ("npm ci", "npm ci --omit=dev", "development dependencies"),
        ("yarn install --frozen-lockfile", "yarn install --production", "development dependencies"),
        ("pnpm i", "pnpm prune --prod", "development dependencies"),
        ("composer install", "composer install --no-dev", "development dependencies"),
        ("./configure && make", "make clean", "build output stays"),
        ("cargo build --release", "cargo clean", "build output stays"),
        ("apt-get install -y $BUILD_DEPS", "apt-get purge -y $BUILD_DEPS", "$BUILD_DEPS"),
    ],
)
def test_what_a_later_run_only_hides(tmp_path: Path, before: str, removes: str, what: str) -> None:
    (finding,) = found(tmp_path, f"RUN {before}", "RUN make all", f"RUN {removes}")
    assert (finding.line, finding.severity, finding.confidence) == (5, Severity.WARNING, Confidence.HIGH)
    assert finding.message.startswith("this RUN only hides what line")
    assert what in finding.message


@pytest.mark.parametrize(
    "lines",
    [
        ["RUN apk add --virtual .deps gcc && make && apk del .deps"],
        ["RUN apt-get purge -y python2"],
        ["RUN apt-get install -y gcc", "RUN apt-get purge -y make"],
        ["RUN apt-get install -y gcc", "RUN apt-get autoremove -y"],
        ["RUN npm ci --omit=dev", "RUN npm prune --omit=dev"],
        ["ENV NODE_ENV=production", "RUN npm ci", "RUN npm prune --production"],
        ["RUN npm install -g npm", "RUN npm ci --omit=dev"],
        ["RUN npm ci && npm run build && npm prune --omit=dev"],
        ["RUN make", "WORKDIR /other", "RUN make clean"],
        ["RUN apk add gcc", "FROM scratch", "COPY --from=0 /a /a"],
        ["RUN pip install -r build", "RUN pip uninstall -y build"],
        ["RUN apk add curl && curl x && apk del curl", "RUN apk add curl && curl y && apk del curl"],
    ],
)
def test_near_misses(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


def test_one_that_the_shell_may_skip(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "RUN apk add gcc", 'RUN if [ -n "$SMALL" ]; then apk del gcc; fi')
    assert finding.confidence is Confidence.MEDIUM
