"""The ways in which a command may be run by another one."""

from typing import Final

#: {} is the command, in single quotes where it is a text for a shell.
FORMS: Final = (
    *("sudo {}", "sudo -u app -E {}", "doas -u app {}", "gosu node {}", "su-exec node:node {}", "su node -c '{}'"),
    *("su -s /bin/sh node -c '{}'", "runuser -u node -- {}", "runuser node -c '{}'", "setpriv --reuid 1 {}"),
    *("tini -- {}", "/sbin/tini -g -- {}", "dumb-init {}", "exec {}", "exec -a x {}", "command {}", "env {}"),
    *("env -u X A=b {}", "A=b {}", "time {}", "time -p {}", "nice {}", "nice -n 10 {}", "ionice -c2 -n7 {}"),
    *("timeout 60 {}", "timeout -k 5 --signal=INT 60s {}", "retry {}", "retry -t 3 -d 5 -- {}", "retry 5 {}"),
    *("nohup {}", "stdbuf -oL {}", "setarch x86_64 -R {}", "setarch -R {}", "linux32 {}", "flock /tmp/lock {}"),
    *("flock /tmp/lock -c '{}'", "xvfb-run {}", "xvfb-run -a -s '-screen 0 1x1x24' {}", "unbuffer {}", "eatmydata {}"),
    *("dotenv -- {}", "dotenv -e .env.local -- {}", "dotenv -f .env run -- {}", "cross-env A=b C=d {}", "npx {}"),
    *("npx --yes -p x {}", "conda run -n env {}", "sh -c '{}'", "bash -lc '{}'", "bash -euxo pipefail -c '{}'"),
    *("/bin/sh -ec '{}'", "sudo -u app sh -c '{}'", "gosu node timeout 60 nice {}", "tini -- sh -c '{}'"),
    "busybox sh -c '{}'",
)
#: Those that read files of the project first.
PROJECT_FORMS: Final = ("poetry run {}", "uv run --frozen --with x {}", "pipenv run {}", "bundle exec {}")
