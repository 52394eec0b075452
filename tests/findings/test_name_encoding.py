from pathlib import Path

from ctxopt.findings.rules.name_encoding import RULE
from tests.findings.support import built
from tests.support.systems import any_name

_FILES = {"caf\udce9": "x", "d\udcff/a": "x", "é": "x", "k": "x"}


@any_name
def test_what_is_transferred(tmp_path: Path) -> None:
    (finding,) = built(tmp_path, RULE, "FROM scratch\nCOPY . /\n", _FILES)
    assert finding.file == "caf\udce9"
    assert finding.message.endswith("a name that is not UTF-8: caf\udce9, d\udcff")


@any_name
def test_what_is_not(tmp_path: Path) -> None:
    assert built(tmp_path, RULE, "FROM scratch\nCOPY k /\n", _FILES) == []
    assert built(tmp_path, RULE, "FROM scratch\nCOPY . /\n", _FILES, "caf?\nd?\n") == []
