"""What scripts need that run because of where a COPY puts them."""

from pathlib import Path

import pytest

from ctxopt.evidence.started import scheduled_lines
from tests.evidence.support import claimed, judged, text, why_kept, write

READS = "#!/bin/sh\npsql -f /app/docs/schema.sql\n"


def is_kept(root: Path, dockerfile: str, path: str = "docs/schema.sql") -> bool:
    """Whether an entry stays, and another one goes that nothing needs."""
    write(root, "docs/schema.sql", "docs/x.md", "tests/y")
    entries = claimed(judged(root, dockerfile))
    assert "tests" in entries
    return not any(f"{path}/".startswith(f"{entry}/") for entry in entries)


@pytest.mark.parametrize(
    "copy",
    [
        "COPY db/1.sh /docker-entrypoint-initdb.d/",
        "COPY db/1.sh /docker-entrypoint-initdb.d/01-first.sh",
        "COPY db /docker-entrypoint-initdb.d",
        "COPY db/ /docker-entrypoint-initdb.d/",
        "COPY db/* /docker-entrypoint-initdb.d/",
        "COPY db/1.sh /docker-entrypoint.d/",
        "COPY db/1.sh /opt/app/entrypoint.d/",
        "COPY db/1.sh /etc/cron.daily/job",
        "COPY db/1.sh /etc/profile.d/x.sh",
        "COPY db/1.sh /etc/init.d/x",
        "COPY db /etc/services.d/x",
        "COPY db/1.sh /usr/local/bin/docker-entrypoint.sh",
        "COPY db/1.sh /root/.bashrc",
        "COPY --from=a /src/db /docker-entrypoint-initdb.d",
        "COPY --from=a /src/db/*.sh /docker-entrypoint-initdb.d/",
        "RUN cp /app/db/1.sh /docker-entrypoint-initdb.d/",
        "RUN ln -s /app/db/1.sh /etc/profile.d/x.sh",
    ],
)
def test_where_scripts_run(tmp_path: Path, copy: str) -> None:
    text(tmp_path, "db/1.sh", READS)
    assert is_kept(tmp_path, f"FROM x AS a\nCOPY db /src/db\nFROM x\nCOPY . /app\n{copy}\n")


def test_a_directory_that_is_copied_with_all(tmp_path: Path) -> None:
    text(tmp_path, "root/etc/cont-init.d/1", "#!/usr/bin/env bash\ncat /docs/schema.sql\n")
    assert is_kept(tmp_path, "FROM x\nCOPY . /\nCOPY root/ /\n")


def test_what_is_read_in_another_language(tmp_path: Path) -> None:
    text(tmp_path, "db/1.sql", "\\i /app/docs/schema.sql\n")
    dockerfile = "FROM x\nCOPY . /app\nCOPY db /docker-entrypoint-initdb.d\n"
    assert is_kept(tmp_path, dockerfile)
    assert why_kept(judged(tmp_path, dockerfile), "docs/schema.sql") == "db/1.sql:1 names it"


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM x\nCOPY . /app\nCOPY table /etc/cron.d/x\n",
        "FROM x\nCOPY . /app\nCOPY table /etc/crontabs/root\n",
        "FROM x\nCOPY . /app\nRUN crontab /app/table\n",
        'FROM x\nCOPY . /app\nCMD ["supercronic", "/app/table"]\n',
    ],
)
def test_tables_of_cron(tmp_path: Path, dockerfile: str) -> None:
    text(tmp_path, "table", "* * * * * root sh /app/docs/x.md\n")
    assert is_kept(tmp_path, dockerfile, "docs/x.md")


def test_lines_of_cron() -> None:
    table = "# x\nPATH=/bin\n*/5 0 * * 1-5 root run a\n@daily run b\n\n0 0 * * *\n"
    assert list(scheduled_lines(table)) == ["root run a", "run a", "run b", "b"]


def test_scripts_that_nothing_runs(tmp_path: Path) -> None:
    text(tmp_path, "db/1.sh", READS)
    assert not is_kept(tmp_path, "FROM x\nCOPY . /app\nCOPY db /opt/db\n")
