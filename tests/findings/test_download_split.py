from pathlib import Path

import pytest

from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.download_split import RULE
from tests.findings.support import built, costs


def found(root: Path, *lines: str) -> list[Finding]:
    return costs(root, RULE, "FROM debian AS base\nWORKDIR /w\n" + "\n".join(lines) + "\n", {})


def test_removed_in_another_run(tmp_path: Path) -> None:
    (finding,) = found(
        tmp_path, "RUN curl -fsSL https://x.io/a.tar.gz -o a.tar.gz", "RUN tar xf a.tar.gz", "RUN rm a.tar.gz"
    )
    assert (finding.line, finding.severity, finding.totals) == (3, Severity.WARNING, None)
    assert finding.message == "/w/a.tar.gz stays in this layer: the RUN in line 5 only hides it"
    assert finding.fix == "download, use and remove it in one RUN (lines 3, 4 and 5)"
    assert finding.evidence[1] == "line 5: RUN rm a.tar.gz"


@pytest.mark.parametrize(
    ("lines", "fix"),
    [
        (
            ["RUN wget https://x.io/a.tgz && tar xzf a.tgz"],
            "append && rm /w/a.tgz to the tar, or pipe the download into it",
        ),
        (
            ["RUN wget https://x.io/a.tgz", "RUN tar xzf a.tgz"],
            "download, unpack and remove it in one RUN (lines 3 and 4)",
        ),
        (
            ["RUN curl -fsSLO https://x.io/v$V/a-$V.zip && unzip a-$V.zip"],
            "append && rm /w/a-$V.zip to the unzip",
        ),
        (
            ["RUN curl -L https://x.io/a.deb > /tmp/a.deb && dpkg -i /tmp/*.deb"],
            "append && rm /tmp/a.deb to the dpkg",
        ),
        (
            ["RUN wget -qO $D/miniconda.sh https://x/Miniconda3.sh", "RUN rm $D/miniconda.sh"],
            "download, use and remove it in one RUN (lines 3 and 4)",
        ),
        (
            ["ADD https://x.io/a.tar.gz /tmp/", "RUN tar xf /tmp/a.tar.gz && rm /tmp/a.tar.gz"],
            "download, use and remove it in one RUN (lines 3 and 4)",
        ),
        (
            ["ADD https://x.io/a.tar.gz /tmp/", "RUN tar xf /tmp/a.tar.gz"],
            "download, unpack and remove it in one RUN (lines 3 and 4)",
        ),
        (
            ["RUN wget -P /tmp https://x.io/a.zip; cd /tmp; unzip a.zip"],
            "append && rm /tmp/a.zip to the unzip",
        ),
    ],
)
def test_ways(tmp_path: Path, lines: list[str], fix: str) -> None:
    (finding,) = found(tmp_path, *lines)
    assert (finding.line, finding.fix, finding.severity) == (3, fix, Severity.WARNING)


@pytest.mark.parametrize("rest", ["load a.dat && rm a.dat", "install a.dat /usr/bin/a && rm a.dat", "mv a.dat /bin/"])
def test_what_is_no_archive_is_a_note(tmp_path: Path, rest: str) -> None:
    (finding,) = found(tmp_path, "RUN curl -Lo a.dat https://x.io/a.dat", f"RUN {rest}")
    assert finding.severity is Severity.NOTE


def test_all_that_use_a_download_are_named(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "RUN curl -Lo k https://x.io/k", "RUN install k /bin/k", "RUN k k", "RUN rm k")
    assert finding.fix == "download, use and remove it in one RUN (lines 3, 4, 5 and 6)"
    (finding,) = found(tmp_path, "RUN wget https://x.io/a.tgz && tar xf a.tgz x", "RUN tar xf a.tgz y")
    assert finding.fix == "download, unpack and remove it in one RUN (lines 3 and 4)"
    (finding,) = found(tmp_path, "RUN wget https://x.io/a.tgz && tar xf a.tgz x && sha256sum a.tgz && unzip a.tgz y")
    assert finding.fix == "append && rm /w/a.tgz to the unzip"


def test_a_download_in_the_working_directory_of_the_base_image(tmp_path: Path) -> None:
    text = "FROM nginx\nRUN wget https://x.io/a-$V.tgz && tar xf a-$V.tgz"
    assert built(tmp_path, RULE, f"{text} && rm /a-$V.tgz\n") == []
    for other in ("/b-$V.tgz", "-rf /var/lib/apt/lists/*"):
        (finding,) = built(tmp_path, RULE, f"{text} && rm {other}\n")
        assert finding.line == 2


def test_an_image_that_becomes_one_layer(tmp_path: Path) -> None:
    text = "FROM debian\nADD https://x.io/a.tgz /t/\nRUN tar xf /t/a.tgz && rm /t/a.tgz\n"
    assert built(tmp_path, RULE, f"# docker export ID | docker import - x\n{text}") == []
    assert len(built(tmp_path, RULE, f"# docker build -t x .\n{text}")) == 1


@pytest.mark.parametrize(
    "lines",
    [
        ["RUN curl -fsSL https://x.io/a.tar.gz | tar xz"],
        ["RUN wget -qO- https://x.io/a.tar.gz | tar xz"],
        ["RUN wget -O - https://x.io/a.tar.gz | tar xz"],
        ["RUN curl -LO https://x.io/a.tgz && tar xzf a.tgz && rm a.tgz"],
        ["RUN cd /tmp && curl -LO https://x.io/a.tgz && tar xzf a.tgz && rm -rf /tmp/*"],
        ["RUN curl -Lo /tmp/x/a.zip https://x.io/a.zip && unzip /tmp/x/a.zip; rm -rf /tmp/x"],
        ["RUN curl -LO https://x.io/a.tgz && tar xzf a.tgz && find . -name '*.tgz' -delete"],
        ["RUN curl -LO https://x.io/a.gz && gunzip a.gz"],
        ["RUN curl -Lo /usr/bin/tool https://x.io/tool && chmod +x /usr/bin/tool"],
        ["RUN curl -Lo install.sh https://x.io/install.sh && sh install.sh"],
        ["RUN curl -LO https://x.io/a.jar"],
        ["RUN curl -Lo key.asc https://x.io/key.asc", "RUN gpg --import key.asc && rm key.asc"],
        ["ADD https://x.io/setup.sh /tmp/", "RUN sh /tmp/setup.sh && rm /tmp/setup.sh"],
        ["RUN curl -o /x.list https://x.io/x.list", "RUN rm /x.list"],
        ["ADD https://x.io/repo.gpg.key /tmp/", "RUN apt-key add /tmp/repo.gpg.key && rm /tmp/repo.gpg.key"],
        ["RUN curl https://x.io/a.tgz -o /dev/null"],
        ["RUN --mount=type=cache,target=/c curl -Lo /c/a.tgz https://x.io/a.tgz && tar xf /c/a.tgz"],
        ["RUN wget https://x.io/a.tgz", "RUN tar xf a.tgz", "FROM debian", "COPY --from=base /w/a /a"],
        ["ADD https://x.io/a.jar /srv/"],
        ["RUN curl -o a.html https://x.io/", "RUN x a.html && rm a.html"],
        ["RUN curl -o setup https://x.io/", "RUN ./setup && rm setup"],
        ["RUN curl -Lo /tmp/x-apt-source.deb https://x.io/x.deb && apt install /tmp/x-apt-source.deb"],
        ["RUN curl -LO https://x.io/keyring_1_all.deb && dpkg -i keyring_1_all.deb"],
        ["RUN curl -LO https://x.io/mysql-apt-config_1_all.deb", "RUN dpkg -i mysql-apt-config_1_all.deb && rm *.deb"],
        [
            "ADD https://x.io/s6-overlay-symlinks-noarch.tar.xz /t/",
            "RUN tar xf /t/s6-overlay-symlinks-noarch.tar.xz && rm /t/*",
        ],
        # It is read as well, so that somebody may want it.
        ["RUN curl -LO https://x.io/a.zip && unzip a.zip && upload a.zip"],
        # What the shell may skip.
        ["RUN curl -LO https://x.io/a.zip", "RUN unzip a.zip; if $X; then rm a.zip; fi"],
        # The stage below may be that of another image.
        ["RUN curl -LO https://x.io/a.zip", "FROM base", "RUN rm a.zip"],
        ["ADD --unpack=true https://x.io/a.tgz /srv/", "RUN rm -rf /srv/a.tgz"],
    ],
)
def test_what_is_fine(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


@pytest.mark.parametrize(
    "run",
    [
        'D="$(mktemp -d)"; cd "$D"; curl -fO https://x.org/${V}.tar.gz; tar xf ${V}.tar.gz; cd /; rm -rf "$D"',
        "if a; then curl -O https://x.org/t-1.zip && unzip t-1.zip && cd t-*/ && mv t /bin && cd .. && rm -rf t-*; fi",
    ],
)
def test_a_download_that_is_removed_with_an_unknown_directory(tmp_path: Path, run: str) -> None:
    assert found(tmp_path, f"RUN {run}") == []


@pytest.mark.parametrize(
    ("rest", "to"),
    [
        ("dpkg -i a.deb; apt-get -fy install", "apt-get install that follows the dpkg"),
        ("dpkg -i a.deb || apt-get install -f -y", "apt-get install that follows the dpkg"),
        ("dpkg -i a.deb; apt install --fix-broken -y", "apt install that follows the dpkg"),
        ("dpkg -i a.deb; apt-get install -y x", "dpkg"),
        ("apt-get -fy install && dpkg -i a.deb", "dpkg"),
    ],
)
def test_a_dpkg_that_is_repaired(tmp_path: Path, rest: str, to: str) -> None:
    (finding,) = built(tmp_path, RULE, f"FROM debian\nWORKDIR /w\nRUN wget http://x.io/a.deb && {rest}\n")
    assert finding.fix == f"append && rm /w/a.deb to the {to}"


@pytest.mark.parametrize(
    ("add", "path"),
    [
        ("https://x.io/tool /bin-of-tool", "/bin-of-tool"),
        ("https://x.io/tool.tar.gz /srv/t", "/srv/t"),
        ("https://x.io/tool /tmp", "/tmp/tool"),
        ("https://x.io/tool /opt/x/", "/opt/x/tool"),
        ("https://x.io/tool .", "/w/tool"),
        ("https://x.io/tool /srv", "/srv/tool"),
        ("https://x.io/Miniconda3-latest.sh /tmp/", "/tmp/Miniconda3-latest.sh"),
    ],
)
def test_the_path_of_what_add_downloads(tmp_path: Path, add: str, path: str) -> None:
    findings = found(tmp_path, f"ADD {add}", f"RUN install {path} /usr/bin/x && rm {path}")
    shown = [finding.message.partition(" ")[0] for finding in findings]
    assert shown == [path]


def test_an_archive_in_a_directory_below_an_unknown_one(tmp_path: Path) -> None:
    text = "FROM x\nRUN mkdir d && cd d && wget https://x.io/a.tgz && tar xzf a.tgz\n"
    (finding,) = built(tmp_path, RULE, text)
    assert finding.fix == "append && rm a.tgz to the tar, or pipe the download into it"
